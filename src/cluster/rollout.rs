//! Whether a workload is rolled out: for Deployments, StatefulSets and DaemonSets by the rules of
//! `kubectl rollout status` (`rollout_status.go` of k8s.io/kubectl v0.34.1).

use jiff::Timestamp;

use crate::cluster::health::State;
use crate::cluster::trouble::{condition, is_true};
use crate::cluster::words::{joined, words};
use crate::cluster::{Condition, Object, runs, sets};

/// How a workload stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whether it is well.
    pub(super) state: State,
    /// What is wrong, to be read behind its name; empty when it is well.
    pub(super) what: String,
    /// Since when it is so, as far as the workload itself tells.
    pub(super) since: Option<Timestamp>,
    /// When it will be well, where that takes nothing but time.
    pub(super) until: Option<Timestamp>,
    /// What else is to be said, to be read behind its name.
    pub(super) warnings: Vec<String>,
}

impl Standing {
    pub(super) const fn healthy(since: Option<Timestamp>) -> Self {
        Self {
            state: State::Healthy,
            what: String::new(),
            since,
            until: None,
            warnings: Vec::new(),
        }
    }

    pub(super) fn waiting(what: impl Into<String>, since: Option<Timestamp>) -> Self {
        Self { state: State::Waiting, what: what.into(), ..Self::healthy(since) }
    }

    pub(super) fn failed(what: impl Into<String>, since: Option<Timestamp>) -> Self {
        Self { state: State::Failed, ..Self::waiting(what, since) }
    }

    pub(super) fn warn(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }
}

/// How `object`, which is of `kind`, stands; `None` for a kind that has no rules here.
pub(super) fn standing(kind: &str, object: &Object) -> Option<Standing> {
    Some(match kind {
        "Deployment" => deployment(object),
        "ReplicaSet" | "ReplicationController" => replica_set(object),
        "StatefulSet" => sets::stateful(object),
        "DaemonSet" => sets::daemon(object),
        "Job" => runs::job(object),
        "CronJob" => runs::cron_job(object),
        "Pod" => runs::pod(object),
        "Rollout" => rollout(object),
        _ => return None,
    })
}

/// What is wrong when the controller has not yet seen the newest spec.
pub(super) fn behind(object: &Object) -> Option<Standing> {
    let (newest, seen) = (object.metadata.generation, object.status.observed_generation);
    let seen = seen.unwrap_or_default();
    (newest > seen).then(|| {
        let what = format!(
            "has a newer spec than its controller has seen (generation {newest}, not {seen})"
        );
        Standing::waiting(what, None)
    })
}

/// `1 old replica`, `2 old replicas`.
pub(super) fn count(number: i64, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

fn deployment(object: &Object) -> Standing {
    let progress = condition(object, "Progressing");
    let available = condition(object, "Available");
    if let Some(behind) = behind(object) {
        return behind;
    }
    if let Some(late) = progress.filter(|at| at.reason == "ProgressDeadlineExceeded") {
        let what = "is stalled: it exceeded its progress deadline";
        return Standing::failed(what, late.last_transition_time);
    }
    let Some(what) = unfinished(object) else {
        // Without a progress deadline there is no such condition, and nobody says when it rolled out:
        // it may have been available all along.
        let moved = progress.and_then(|at| at.last_update_time.or(at.last_transition_time));
        let available = available.and_then(|at| at.last_transition_time);
        let out = Standing::healthy(moved.and(moved.max(available)));
        return if object.spec.paused { out.warn("is paused") } else { out };
    };
    let since = available.filter(|at| !is_true(at)).and_then(|at| at.last_transition_time);
    if object.spec.paused {
        return Standing::failed(format!("is paused, and {what}"), since);
    }
    let refused = condition(object, "ReplicaFailure").filter(|at| is_true(at));
    Standing::waiting(joined(&[&what, &refused.map(own_words).unwrap_or_default()]), since)
}

/// How a ReplicaSet stands that nothing manages (`replicasetConditions` of sigs.k8s.io/cli-utils); it
/// does not say since when.
fn replica_set(object: &Object) -> Standing {
    let (wanted, status) = (object.spec.replicas.unwrap_or(1), &object.status);
    let refused = condition(object, "ReplicaFailure").filter(|at| is_true(at)).map(own_words);
    let spare = status.replicas.saturating_sub(wanted);
    if let Some(behind) = behind(object) {
        behind
    } else if status.available_replicas < wanted || refused.is_some() {
        let of = count(wanted, "replica");
        let what = format!("has {} of {of} available", status.available_replicas);
        Standing::waiting(joined(&[&what, &refused.unwrap_or_default()]), None)
    } else if spare > 0 {
        Standing::waiting(format!("still has {} too many", count(spare, "replica")), None)
    } else {
        Standing::healthy(None)
    }
}

/// What is missing of a Deployment's replicas.
fn unfinished(object: &Object) -> Option<String> {
    let (wanted, status) = (object.spec.replicas.unwrap_or(1), &object.status);
    let updated = status.updated_replicas;
    let old = status.replicas.saturating_sub(updated);
    if updated < wanted {
        Some(format!("has {updated} of {} updated", count(wanted, "replica")))
    } else if old > 0 {
        Some(format!("still has {}", count(old, "old replica")))
    } else if status.available_replicas < updated {
        let updated = count(updated, "updated replica");
        Some(format!("has {} of {updated} available", status.available_replicas))
    } else {
        None
    }
}

/// Argo Rollouts, by its own `GetRolloutPhase` (`rolloututil.go`, v1.8): before 0.10 the generation
/// is a hash, which reads as none, and before 1.0 there is no phase.
fn rollout(object: &Object) -> Standing {
    if object.status.observed_generation.is_some()
        && let Some(behind) = behind(object)
    {
        return behind;
    }
    let message = words(&object.status.message);
    let told = |what: &str| joined(&[what, &message]);
    let since = |name: &str| condition(object, name).and_then(|at| at.last_transition_time);
    match object.status.phase.as_str() {
        "Healthy" => {
            let times = ["Healthy", "Completed", "Available"];
            let held = times.map(|name| condition(object, name).filter(|at| is_true(at)));
            Standing::healthy(
                held.into_iter().flatten().filter_map(|at| at.last_transition_time).max(),
            )
        }
        "Degraded" => Standing::failed(told("is degraded"), since("Progressing")),
        "Paused" if object.spec.paused => Standing::failed(told("is paused"), since("Paused")),
        "Paused" => Standing::waiting(told("is paused"), since("Paused")),
        "" => Standing::waiting("has no phase, which Argo Rollouts writes since 1.0", None),
        "Progressing" => Standing::waiting(told("is progressing"), since("Progressing")),
        other => Standing::waiting(told(&format!("is in phase `{}`", words(other))), None),
    }
}

/// A condition's reason and message.
pub(super) fn own_words(condition: &Condition) -> String {
    joined(&[&words(&condition.reason), &words(&condition.message)])
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// `H`, `W` or `F`, since when, and what.
    pub(in crate::cluster) fn check(kind: &str, table: &[(&str, &str)]) {
        for (text, wanted) in table {
            let object: Object = serde_yaml::from_str(text).unwrap();
            let found = standing(kind, &object).unwrap();
            let state = match found.state {
                State::Healthy => "H",
                State::Waiting => "W",
                State::Failed => "F",
            };
            let since = found.since.map(|at| at.strftime("%H").to_string());
            let parts = [state, since.as_deref().unwrap_or("-"), &found.what];
            let mut line = parts.join(" ").trim().to_owned();
            for warning in &found.warnings {
                line = format!("{line} [{warning}]");
            }
            assert_eq!(line, *wanted, "{text}");
        }
    }

    #[test]
    fn deployments_in_every_state() {
        check(
            "Deployment",
            &[
                (
                    "{metadata: {generation: 2}, spec: {replicas: 3}, status: {observedGeneration: 2, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, conditions: [{type: Available, status: 'True', lastTransitionTime: '2026-11-20T05:00:00Z'}, {type: Progressing, status: 'True', reason: NewReplicaSetAvailable, lastTransitionTime: '2026-11-20T01:00:00Z', lastUpdateTime: '2026-11-20T06:00:00Z'}]}}",
                    "H 06",
                ),
                (
                    "{metadata: {generation: 2}, spec: {replicas: 3}, status: {observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3}}",
                    "W - has a newer spec than its controller has seen (generation 2, not 1)",
                ),
                (
                    "{metadata: {generation: 1}}",
                    "W - has a newer spec than its controller has seen (generation 1, not 0)",
                ),
                (
                    "{spec: {replicas: 3}, status: {conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded, lastTransitionTime: '2026-11-20T07:00:00Z'}], replicas: 3, updatedReplicas: 3, availableReplicas: 3}}",
                    "F 07 is stalled: it exceeded its progress deadline",
                ),
                (
                    "{spec: {replicas: 3}, status: {replicas: 4, updatedReplicas: 1, availableReplicas: 3}}",
                    "W - has 1 of 3 replicas updated",
                ),
                ("{spec: {}, status: {}}", "W - has 0 of 1 replica updated"),
                (
                    "{spec: {replicas: 3}, status: {replicas: 4, updatedReplicas: 3, availableReplicas: 4}}",
                    "W - still has 1 old replica",
                ),
                (
                    "{spec: {replicas: 3}, status: {replicas: 5, updatedReplicas: 3, availableReplicas: 4}}",
                    "W - still has 2 old replicas",
                ),
                (
                    "{spec: {replicas: 3}, status: {replicas: 3, updatedReplicas: 3, availableReplicas: 2, conditions: [{type: Available, status: 'False', lastTransitionTime: '2026-11-20T08:00:00Z'}]}}",
                    "W 08 has 2 of 3 updated replicas available",
                ),
                (
                    "{spec: {replicas: 3, paused: true}, status: {replicas: 3, updatedReplicas: 0, availableReplicas: 3}}",
                    "F - is paused, and has 0 of 3 replicas updated",
                ),
                (
                    "{spec: {replicas: 1, paused: true}, status: {replicas: 1, updatedReplicas: 1, availableReplicas: 1}}",
                    "H - [is paused]",
                ),
                (
                    "{spec: {replicas: 1}, status: {replicas: 1, updatedReplicas: 1, availableReplicas: 1, conditions: [{type: Available, status: 'True', lastTransitionTime: '2026-11-20T05:00:00Z'}]}}",
                    "H -",
                ),
                ("{spec: {replicas: 0}, status: {}}", "H -"),
                ("{spec: {replicas: 0}, status: {replicas: 1}}", "W - still has 1 old replica"),
                (
                    "{spec: {replicas: 2}, status: {conditions: [{type: ReplicaFailure, status: 'True', reason: FailedCreate, message: 'pods is forbidden: exceeded quota.'}]}}",
                    "W - has 0 of 2 replicas updated: FailedCreate: pods is forbidden: exceeded quota",
                ),
            ],
        );
    }

    #[test]
    fn rollouts_in_every_phase() {
        check(
            "Rollout",
            &[
                (
                    "{metadata: {generation: 4}, status: {observedGeneration: '4', phase: Healthy, conditions: [{type: Healthy, status: 'True', lastTransitionTime: '2026-11-20T05:00:00Z'}, {type: Completed, status: 'True', lastTransitionTime: '2026-11-20T04:00:00Z'}, {type: Progressing, status: 'True', lastTransitionTime: '2026-11-20T09:00:00Z'}]}}",
                    "H 05",
                ),
                (
                    "{metadata: {generation: 4}, status: {observedGeneration: '3', phase: Healthy}}",
                    "W - has a newer spec than its controller has seen (generation 4, not 3)",
                ),
                (
                    "{metadata: {generation: 4}, status: {observedGeneration: 7d4f5c, phase: Healthy}}",
                    "H -",
                ),
                (
                    "{status: {phase: Degraded, message: 'RolloutAborted: aborted update to revision 2', conditions: [{type: Progressing, status: 'False', lastTransitionTime: '2026-11-20T09:00:00Z'}]}}",
                    "F 09 is degraded: RolloutAborted: aborted update to revision 2",
                ),
                (
                    "{status: {phase: Paused, message: CanaryPauseStep, conditions: [{type: Paused, status: 'True', lastTransitionTime: '2026-11-20T03:00:00Z'}]}}",
                    "W 03 is paused: CanaryPauseStep",
                ),
                (
                    "{spec: {paused: true}, status: {phase: Paused, message: manually paused}}",
                    "F - is paused: manually paused",
                ),
                (
                    "{status: {phase: Progressing, message: more replicas need to be updated}}",
                    "W - is progressing: more replicas need to be updated",
                ),
                ("{status: {}}", "W - has no phase, which Argo Rollouts writes since 1.0"),
                ("{status: {phase: New}}", "W - is in phase `New`"),
            ],
        );
        assert_eq!(standing("Service", &Object::default()), None);
    }
}
