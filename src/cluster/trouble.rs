//! Why a pod is not ready, in its own words.

use jiff::Timestamp;

use crate::cluster::words::{joined, words};
use crate::cluster::{Condition, ContainerStatus, Object, Phase};

/// What is the matter with a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// It, with the pod's name before it.
    pub(super) why: String,
    /// Since when.
    pub(super) since: Option<Timestamp>,
    /// Whether waiting does not help.
    pub(super) is_final: bool,
    /// How much it tells.
    rank: u8,
}

/// Reasons to wait that say nothing but that a pod is young.
const YOUNG: [&str; 2] = ["ContainerCreating", "PodInitializing"];

/// Reasons to wait that nothing but another spec ends.
const FINAL: [&str; 2] = ["ErrImageNeverPull", "InvalidImageName"];

/// The most telling trouble of `pods`; of several the first.
pub(super) fn worst(pods: &[&Object]) -> Option<Trouble> {
    let found = pods.iter().filter_map(|pod| trouble(pod));
    found.reduce(|worst, next| if next.rank > worst.rank { next } else { worst })
}

/// The condition of `object` that is called `name`.
pub(super) fn condition<'o>(object: &'o Object, name: &str) -> Option<&'o Condition> {
    object.status.conditions.iter().find(|condition| condition.r#type == name)
}

/// Whether a condition holds.
pub(super) fn is_true(condition: &Condition) -> bool {
    condition.status.eq_ignore_ascii_case("true")
}

/// What is the matter with `pod`; `None` when it is ready or has ended well.
fn trouble(pod: &Object) -> Option<Trouble> {
    let ready = condition(pod, "Ready");
    if pod.status.phase == "Succeeded" || ready.is_some_and(is_true) {
        return None;
    }
    let since = ready.and_then(|ready| ready.last_transition_time);
    let since = since.or(pod.metadata.creation_timestamp);
    let inits = pod.status.init_container_statuses.iter().map(|status| ("init container", status));
    let others = pod.status.container_statuses.iter().map(|status| ("container", status));
    let found = inits.chain(others).filter_map(|(what, status)| container(what, status, since));
    let worst = found.chain(unschedulable(pod)).max_by_key(|trouble| trouble.rank);
    let mut out = worst.unwrap_or_else(|| plain(pod, since));
    out.why = format!("pod `{}`: {}", pod.metadata.name, out.why);
    Some(out)
}

fn container(what: &str, status: &ContainerStatus, since: Option<Timestamp>) -> Option<Trouble> {
    let state = &status.state;
    let (rank, text, since) = if let Some(waiting) = &state.waiting {
        let rank = if YOUNG.contains(&waiting.reason.as_str()) { 1 } else { 5 };
        (rank, format!(": {}", waits(waiting, status)), since)
    } else if let Some(ended) = state.terminated.as_ref().filter(|ended| ended.exit_code != 0) {
        (4, format!(" ended with {}", exit(ended)), ended.finished_at.or(since))
    } else if state.running.is_some() && !status.ready && what == "container" {
        (2, joined(&[" runs and is not ready", &restarts(status)]), since)
    } else {
        return None;
    };
    let is_final = state.waiting.as_ref().is_some_and(|at| FINAL.contains(&at.reason.as_str()));
    Some(Trouble { why: format!("{what} `{}`{text}", status.name), since, is_final, rank })
}

/// `CrashLoopBackOff: restarted 12 times, last ended with exit code 1`, `ImagePullBackOff: …`.
fn waits(waiting: &Phase, status: &ContainerStatus) -> String {
    let reason = if waiting.reason.is_empty() { "waiting" } else { &waiting.reason };
    let restarts = restarts(status);
    // Kubernetes' own message about a crash says how long it backs off, and nothing else.
    let message = if restarts.is_empty() { words(&waiting.message) } else { restarts };
    joined(&[&words(reason), &message])
}

/// How often a container was restarted, and how it ended before that; empty for never.
fn restarts(status: &ContainerStatus) -> String {
    let times = match status.restart_count {
        ..=0 => return String::new(),
        1 => "restarted once".to_owned(),
        count => format!("restarted {count} times"),
    };
    match &status.last_state.terminated {
        Some(last) => format!("{times}, last ended with {}", exit(last)),
        None => times,
    }
}

fn exit(ended: &Phase) -> String {
    match words(&ended.reason).as_str() {
        "" | "Error" | "Completed" => format!("exit code {}", ended.exit_code),
        reason => format!("exit code {} ({reason})", ended.exit_code),
    }
}

fn unschedulable(pod: &Object) -> Option<Trouble> {
    let found = condition(pod, "PodScheduled").filter(|condition| !is_true(condition))?;
    let why = joined(&[&words(&found.reason), &words(&found.message)]);
    let why = if why.is_empty() { "not scheduled".to_owned() } else { why };
    Some(Trouble { why, since: found.last_transition_time, is_final: false, rank: 3 })
}

/// What a pod says that has no container to blame: its node is gone, a readiness gate is shut.
fn plain(pod: &Object, since: Option<Timestamp>) -> Trouble {
    let own = joined(&[&words(&pod.status.reason), &words(&pod.status.message)]);
    let ready = condition(pod, "Ready");
    let said = ready.map(|ready| joined(&[&words(&ready.reason), &words(&ready.message)]));
    let texts = [own, said.unwrap_or_default(), "not ready".to_owned()];
    let why = texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    Trouble { why, since, is_final: false, rank: 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(status: &str) -> Object {
        let text = format!(
            "{{metadata: {{name: p, creationTimestamp: 2026-11-20T08:00:00Z}}, status: {status}}}"
        );
        serde_yaml::from_str(&text).unwrap()
    }

    fn found(status: &str) -> Option<Trouble> {
        worst(&[&pod(status)])
    }

    #[test]
    fn pods_say_what_is_wrong() {
        const FALSE: &str = "conditions: [{type: Ready, status: 'False', lastTransitionTime: 2026-11-20T10:00:00Z}]";
        for (status, why) in [
            (
                "{containerStatuses: [{name: web, restartCount: 12, state: {waiting: {reason: CrashLoopBackOff, message: back-off 5m0s}}, lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}]",
                "container `web`: CrashLoopBackOff: restarted 12 times, last ended with exit code 137 (OOMKilled)",
            ),
            (
                "{containerStatuses: [{name: web, restartCount: 1, state: {waiting: {reason: CrashLoopBackOff}}}]",
                "container `web`: CrashLoopBackOff: restarted once",
            ),
            (
                "{containerStatuses: [{name: web, state: {waiting: {reason: ImagePullBackOff, message: 'Back-off pulling image \"web:1\"'}}}]",
                "container `web`: ImagePullBackOff: Back-off pulling image \"web:1\"",
            ),
            (
                "{containerStatuses: [{name: web, state: {waiting: {reason: ErrImagePull, message: 'https://robot:hunter2@r.example: denied'}}}]",
                "container `web`: ErrImagePull",
            ),
            (
                "{containerStatuses: [{name: web, state: {waiting: {reason: PodInitializing}}}], initContainerStatuses: [{name: db, state: {waiting: {reason: CreateContainerConfigError, message: 'secret \"x\" not found'}}}]",
                "init container `db`: CreateContainerConfigError: secret \"x\" not found",
            ),
            (
                "{containerStatuses: [{name: web, state: {waiting: {reason: ContainerCreating}}}]",
                "container `web`: ContainerCreating",
            ),
            (
                "{containerStatuses: [{name: web, state: {terminated: {exitCode: 1, reason: Error}}}]",
                "container `web` ended with exit code 1",
            ),
            (
                "{containerStatuses: [{name: web, restartCount: 2, state: {running: {}}}]",
                "container `web` runs and is not ready: restarted 2 times",
            ),
            (
                "{containerStatuses: [{name: a, ready: true, state: {running: {}}}, {name: b, state: {running: {}}}]",
                "container `b` runs and is not ready",
            ),
            (
                "{phase: Failed, reason: Evicted, message: The node was low on memory.",
                "Evicted: The node was low on memory",
            ),
            ("{phase: Pending", "not ready"),
        ] {
            let found = found(&format!("{status}, {FALSE}}}")).unwrap();
            assert_eq!(found.why, format!("pod `p`: {why}"));
            assert_eq!(found.since, Some("2026-11-20T10:00:00Z".parse().unwrap()));
            assert!(!found.is_final);
        }
    }

    #[test]
    fn what_is_not_a_container_s_fault_is_said_too() {
        let unschedulable = "{conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: '0/3 nodes are available.'}]}";
        assert_eq!(
            found(unschedulable).unwrap().why,
            "pod `p`: Unschedulable: 0/3 nodes are available"
        );
        let gate = "{conditions: [{type: Ready, status: 'False', reason: ReadinessGatesNotReady}], containerStatuses: [{name: a, ready: true, state: {running: {}}}]}";
        assert_eq!(found(gate).unwrap().why, "pod `p`: ReadinessGatesNotReady");
        let invalid =
            "{containerStatuses: [{name: a, state: {waiting: {reason: InvalidImageName}}}]}";
        assert!(found(invalid).unwrap().is_final);
        assert_eq!(found(invalid).unwrap().since, Some("2026-11-20T08:00:00Z".parse().unwrap()));
        assert_eq!(found("{phase: Succeeded}"), None);
        assert_eq!(found("{conditions: [{type: Ready, status: 'True'}]}"), None);
    }

    #[test]
    fn the_most_telling_pod_speaks() {
        let young =
            pod("{containerStatuses: [{name: a, state: {waiting: {reason: ContainerCreating}}}]}");
        let crash =
            pod("{containerStatuses: [{name: b, state: {waiting: {reason: CrashLoopBackOff}}}]}");
        assert!(worst(&[&young, &crash, &young]).unwrap().why.contains("`b`"));
        assert_eq!(worst(&[]), None);
    }
}
