//! For how long a workload has been healthy, by the times of its conditions and its pods.

use jiff::{SignedDuration, Timestamp};

use crate::cluster::Object;
use crate::cluster::health::Subject;
use crate::cluster::rollout::Standing;
use crate::cluster::since::{age, span};
use crate::cluster::trouble::condition;

/// `found`, healthy since its newest event; not healthy if that is not `soak` ago.
pub(super) fn soaked(
    subject: &Subject<'_>,
    mut found: Standing,
    soak: Option<SignedDuration>,
) -> Standing {
    let kind = subject.workload.id.kind.as_str();
    let event = match kind {
        // What is run to its end is not disturbed by what its pods do later.
        "CronJob" | "Job" => None,
        _ => subject.running().filter_map(|pod| event(pod, found.since)).max(),
    };
    let event = event.filter(|(time, _)| found.since.is_none_or(|since| *time > since));
    found.since = event.as_ref().map(|(time, _)| *time).or(found.since);
    let Some(soak) = soak else { return found };
    match found.since {
        // A CronJob's last run is a moment ago for ever.
        Some(start) if kind != "CronJob" => {
            let age = age(start, subject.now);
            if age >= soak {
                return found;
            }
            let blamed = event.map(|(_, what)| format!(": {what}")).unwrap_or_default();
            let what = format!("has been healthy for {} of {}{blamed}", span(age), span(soak));
            let until = start.checked_add(soak).ok();
            Standing { warnings: found.warnings, until, ..Standing::waiting(what, Some(start)) }
        }
        _ => found.warn("does not tell for how long it has been healthy"),
    }
}

/// The last time that a pod was not well, and what happened then.
///
/// A pod that was made after its workload was well, `since`, is one more of what is well or replaces
/// one on another node: that it had to start does not count. A restart always does. StatefulSets,
/// DaemonSets and ReplicaSets do not say since when they are well, so that every pod of theirs counts.
fn event(pod: &Object, since: Option<Timestamp>) -> Option<(Timestamp, String)> {
    let name = &pod.metadata.name;
    let is_late = since.is_some_and(|since| pod.metadata.creation_timestamp > Some(since));
    let ready = condition(pod, "Ready").and_then(|ready| ready.last_transition_time);
    let ready = ready.filter(|_| !is_late).map(|time| (time, format!("pod `{name}` became ready")));
    let statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    let restarts = statuses.filter(|status| status.restart_count > 0).filter_map(|status| {
        let start = status.state.running.as_ref()?.started_at?;
        Some((start, format!("pod `{name}`: container `{}` was restarted", status.name)))
    });
    restarts.chain(ready).max()
}
