//! Whether what is run to its end has ended well, or is on its way: Jobs, CronJobs, and Pods that
//! nothing manages.

use crate::cluster::rollout::{Standing, count, own_words};
use crate::cluster::since::at;
use crate::cluster::trouble::{condition, is_true, worst};
use crate::cluster::words::{joined, words};
use crate::cluster::{Condition, Object};

/// How a Job stands. `FailureTarget` is a Job that has failed and still ends its pods.
pub(super) fn job(object: &Object) -> Standing {
    let status = &object.status;
    let holds = |name: &str| condition(object, name).filter(|at| is_true(at));
    if let Some(failed) = holds("Failed").or_else(|| holds("FailureTarget")) {
        return Standing::failed(joined(&["has failed", &own_words(failed)]), time(failed));
    }
    if let Some(complete) = holds("Complete") {
        return Standing::healthy(status.completion_time.or_else(|| time(complete)));
    }
    if object.spec.suspend {
        return Standing::waiting("is suspended", holds("Suspended").and_then(time));
    }
    let failed = match status.failed {
        0 => String::new(),
        failed => format!(" after {}", count(failed, "failed pod")),
    };
    match status.start_time {
        Some(start) => Standing::waiting(format!("is still running{failed}"), Some(start)),
        None => Standing::waiting("has not been started", None),
    }
}

const fn time(condition: &Condition) -> Option<jiff::Timestamp> {
    condition.last_transition_time
}

/// How a CronJob stands: by its last run that is over. It has no conditions, and which spec a run was
/// made from is not written down.
pub(super) fn cron_job(object: &Object) -> Standing {
    let status = &object.status;
    match (status.last_schedule_time, status.last_successful_time) {
        (None, None) => Standing::healthy(None).warn("has not run yet"),
        (_, None) if status.active > 0 => {
            Standing::waiting("is at its first run", status.last_schedule_time)
        }
        (Some(run), None) => Standing::waiting("has not had a run that succeeded", Some(run)),
        (Some(run), Some(success)) if success < run && status.active == 0 => {
            let what = format!(
                "has not succeeded since {}: its last run failed or was missed",
                at(success)
            );
            Standing::waiting(what, Some(run))
        }
        (_, success) => Standing::healthy(success),
    }
}

/// How a Pod stands that nothing manages.
pub(super) fn pod(object: &Object) -> Standing {
    let status = &object.status;
    let own = joined(&[&words(&status.reason), &words(&status.message)]);
    let trouble = worst(&[object]);
    let since = trouble.as_ref().and_then(|trouble| trouble.since);
    let ends = || status.container_statuses.iter().filter_map(|at| at.state.terminated.as_ref());
    match status.phase.as_str() {
        "Succeeded" => Standing::healthy(ends().filter_map(|end| end.finished_at).max()),
        "Failed" => {
            let end = ends().filter_map(|end| end.finished_at).max();
            Standing::failed(joined(&["has failed", &own]), end.or(since))
        }
        "Running" if trouble.is_none() => {
            let ready = condition(object, "Ready");
            Standing::healthy(ready.and_then(time))
        }
        "Running" => Standing::waiting("is not ready", since),
        "Pending" => Standing::waiting(joined(&["is pending", &own]), since),
        "" => Standing::waiting("has no phase yet", since),
        other => {
            Standing::waiting(joined(&[&format!("is in phase `{}`", words(other)), &own]), since)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::rollout::tests::check;

    #[test]
    fn jobs_in_every_state() {
        check(
            "Job",
            &[
                (
                    "{status: {completionTime: '2026-11-20T05:00:00Z', conditions: [{type: SuccessCriteriaMet, status: 'True'}, {type: Complete, status: 'True', lastTransitionTime: '2026-11-20T06:00:00Z'}]}}",
                    "H 05",
                ),
                (
                    "{status: {conditions: [{type: Complete, status: 'True', lastTransitionTime: '2026-11-20T06:00:00Z'}]}}",
                    "H 06",
                ),
                (
                    "{status: {startTime: '2026-11-20T05:00:00Z', conditions: [{type: SuccessCriteriaMet, status: 'True'}]}}",
                    "W 05 is still running",
                ),
                (
                    "{status: {failed: 7, conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: Job has reached the specified backoff limit, lastTransitionTime: '2026-11-20T07:00:00Z'}]}}",
                    "F 07 has failed: BackoffLimitExceeded: Job has reached the specified backoff limit",
                ),
                (
                    "{status: {active: 1, conditions: [{type: FailureTarget, status: 'True', reason: DeadlineExceeded}]}}",
                    "F - has failed: DeadlineExceeded",
                ),
                (
                    "{status: {active: 1, startTime: '2026-11-20T05:00:00Z'}}",
                    "W 05 is still running",
                ),
                (
                    "{status: {active: 1, failed: 1, startTime: '2026-11-20T05:00:00Z'}}",
                    "W 05 is still running after 1 failed pod",
                ),
                (
                    "{status: {conditions: [{type: Complete, status: 'False'}]}}",
                    "W - has not been started",
                ),
                ("{status: {}}", "W - has not been started"),
                (
                    "{spec: {suspend: true}, status: {conditions: [{type: Suspended, status: 'True', lastTransitionTime: '2026-11-20T03:00:00Z'}]}}",
                    "W 03 is suspended",
                ),
            ],
        );
    }

    #[test]
    fn cron_jobs_in_every_state() {
        check(
            "CronJob",
            &[
                ("{status: {}}", "H - [has not run yet]"),
                (
                    "{status: {lastScheduleTime: '2026-11-20T05:00:00Z', lastSuccessfulTime: '2026-11-20T05:01:00Z'}}",
                    "H 05",
                ),
                (
                    "{status: {lastScheduleTime: '2026-11-20T05:00:00Z', lastSuccessfulTime: '2026-11-20T04:01:00Z'}}",
                    "W 05 has not succeeded since 2026-11-20T04:01:00Z: its last run failed or was missed",
                ),
                (
                    "{status: {active: [{name: x}], lastScheduleTime: '2026-11-20T05:00:00Z', lastSuccessfulTime: '2026-11-20T04:01:00Z'}}",
                    "H 04",
                ),
                (
                    "{status: {active: [{name: x}], lastScheduleTime: '2026-11-20T05:00:00Z'}}",
                    "W 05 is at its first run",
                ),
                (
                    "{status: {lastScheduleTime: '2026-11-20T05:00:00Z'}}",
                    "W 05 has not had a run that succeeded",
                ),
            ],
        );
    }

    #[test]
    fn pods_in_every_phase() {
        check(
            "Pod",
            &[
                (
                    "{status: {phase: Running, conditions: [{type: Ready, status: 'True', lastTransitionTime: '2026-11-20T05:00:00Z'}]}}",
                    "H 05",
                ),
                (
                    "{status: {phase: Running, conditions: [{type: Ready, status: 'False', lastTransitionTime: '2026-11-20T06:00:00Z'}]}}",
                    "W 06 is not ready",
                ),
                ("{status: {phase: Running}}", "W - is not ready"),
                ("{status: {phase: Pending}}", "W - is pending"),
                (
                    "{status: {phase: Unknown, reason: NodeLost}}",
                    "W - is in phase `Unknown`: NodeLost",
                ),
                ("{status: {}}", "W - has no phase yet"),
                (
                    "{status: {phase: Failed, reason: Evicted, message: low on memory}}",
                    "F - has failed: Evicted: low on memory",
                ),
                (
                    "{status: {phase: Succeeded, containerStatuses: [{name: a, state: {terminated: {finishedAt: '2026-11-20T04:00:00Z'}}}]}}",
                    "H 04",
                ),
            ],
        );
    }
}
