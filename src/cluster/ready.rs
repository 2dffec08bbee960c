//! Whether an object that a user named is ready: by its conditions, as Flux, cert-manager and others
//! write them; Argo CD's Applications by sync and health; workloads as `kubectl rollout status` does.

use jiff::Timestamp;

use crate::cluster::health::Health;
use crate::cluster::rollout::{Standing, own_words, standing};
use crate::cluster::trouble::{condition, is_true};
use crate::cluster::words::{joined, words};
use crate::cluster::{Condition, Id, Object};

/// The kinds whose rollout says more than their conditions do.
const ROLLED_OUT: [(&str, &str); 8] = [
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("argoproj.io", "Rollout"),
    ("batch", "CronJob"),
    ("batch", "Job"),
];

/// How `object`, which `asked` named, is; `None` is that it is not there.
pub fn ready(asked: &Id, object: Option<&Object>, now: Timestamp) -> Health {
    let found = match object {
        None => Standing::waiting("is not there", None),
        Some(object) => match object.metadata.deletion_timestamp {
            Some(time) => Standing::waiting("is being deleted", Some(time)),
            None => judge(asked, object),
        },
    };
    Health::new(asked, found, now)
}

fn judge(asked: &Id, object: &Object) -> Standing {
    let (group, kind) = kind(asked, object);
    let rolled_out = ROLLED_OUT.contains(&(group, kind)).then(|| standing(kind, object)).flatten();
    let found = match rolled_out {
        Some(found) => found,
        None if is_application(group, kind, object) => application(object),
        None => by_conditions(object),
    };
    match object.spec.suspend {
        true => found.warn("is suspended: nothing changes until it is resumed"),
        false => found,
    }
}

/// What an object says it is; what was asked for where the items of a list leave it out.
fn kind<'o>(asked: &'o Id, object: &'o Object) -> (&'o str, &'o str) {
    let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
    match object.kind.as_str() {
        "" => (&asked.group, &asked.kind),
        kind => (group, kind),
    }
}

/// Whether an object is Argo CD's: it has both a sync and a health even if nobody says its kind.
fn is_application(group: &str, kind: &str, object: &Object) -> bool {
    let status = &object.status;
    (group, kind) == ("argoproj.io", "Application")
        || !status.sync.status.is_empty() && !status.health.status.is_empty()
}

/// By `Ready`, else by `Available`; `Stalled` and `Reconciling` as kstatus reads them
/// (`pkg/kstatus/status` of sigs.k8s.io/cli-utils).
fn by_conditions(object: &Object) -> Standing {
    let holds = |name: &str| condition(object, name).filter(|at| is_true(at));
    if let Some(stalled) = holds("Stalled") {
        return Standing::failed(told("is stalled", stalled), stalled.last_transition_time);
    }
    let Some(ready) = condition(object, "Ready").or_else(|| condition(object, "Available")) else {
        return unconditional(object);
    };
    if let Some(behind) = behind(object, ready) {
        return behind;
    }
    let name = words(&ready.r#type);
    if !is_true(ready) {
        let what = match ready.status.as_str() {
            "False" => format!("is not `{name}`"),
            _ => format!("may become `{name}`"),
        };
        return Standing::waiting(told(&what, ready), ready.last_transition_time);
    }
    match holds("Reconciling") {
        Some(at) => Standing::waiting(told("is reconciling", at), at.last_transition_time),
        None => Standing::healthy(ready.last_transition_time),
    }
}

/// What is wrong when `ready` is about an older spec than there is. Whoever does not say which he
/// has seen is taken at his word.
fn behind(object: &Object, ready: &Condition) -> Option<Standing> {
    let newest = object.metadata.generation;
    let seen = ready.observed_generation.into_iter().chain(object.status.observed_generation);
    let seen = seen.min().filter(|seen| *seen < newest)?;
    let what =
        format!("has a newer spec than its controller has seen (generation {newest}, not {seen})");
    Some(Standing::waiting(what, None))
}

fn unconditional(object: &Object) -> Standing {
    let names = object.status.conditions.iter().map(|at| format!("`{}`", words(&at.r#type)));
    let names = names.collect::<Vec<_>>().join(", ");
    match names.as_str() {
        "" => Standing::waiting(
            "has no conditions yet, of which it takes `Ready` or `Available`",
            None,
        ),
        names => Standing::failed(
            format!("has neither `Ready` nor `Available` among its conditions: {names}"),
            None,
        ),
    }
}

fn told(what: &str, condition: &Condition) -> String {
    joined(&[what, &own_words(condition)])
}

/// Argo CD's Application (`application_types.go`, v3): synced, and healthy. The conditions that it
/// has are about what went wrong.
fn application(object: &Object) -> Standing {
    let (sync, health) = (&object.status.sync, &object.status.health);
    let wrong = object.status.conditions.iter().find(|at| at.r#type.ends_with("Error"));
    let error = wrong.map(|at| joined(&[&words(&at.r#type), &words(&at.message)]));
    let error = error.unwrap_or_default();
    match (sync.status.as_str(), health.status.as_str()) {
        ("Synced", "Healthy") => Standing::healthy(health.last_transition_time),
        ("Synced", "") => Standing::waiting("has no health yet", None),
        ("Synced", other) => {
            let what = format!("is synced and `{}`", words(other));
            let what = joined(&[&what, &words(&health.message), &error]);
            Standing::waiting(what, health.last_transition_time)
        }
        ("", _) => Standing::waiting(joined(&["has no sync status yet", &error]), None),
        (other, _) => {
            let since = wrong.and_then(|at| at.last_transition_time);
            let what = format!("is not synced but `{}`", words(other));
            Standing::waiting(joined(&[&what, &error]), since)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::health::State;

    fn found(kind: &str, text: &str) -> Health {
        let object: Object = serde_yaml::from_str(text).unwrap();
        let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
        let id = Id {
            kind: kind.into(),
            group: group.into(),
            namespace: "flux".into(),
            name: "x".into(),
            ..Id::default()
        };
        ready(&id, Some(&object), "2026-11-20T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn conditions_tell() {
        const AT: &str = "lastTransitionTime: '2026-11-20T10:00:00Z'";
        for (text, state, why) in [
            (format!("{{status: {{conditions: [{{type: Ready, status: 'True', {AT}}}]}}}}"), State::Healthy, ""),
            (format!("{{status: {{conditions: [{{type: Available, status: 'True', {AT}}}]}}}}"), State::Healthy, ""),
            (format!("{{status: {{conditions: [{{type: Available, status: 'True'}}, {{type: Ready, status: 'False', reason: BuildFailed, message: 'no such file.', {AT}}}]}}}}"), State::Waiting, "is not `Ready`: BuildFailed: no such file, since 2026-11-20T10:00:00Z (2h)"),
            ("{status: {conditions: [{type: Ready, status: Unknown, reason: Progressing}]}}".into(), State::Waiting, "may become `Ready`: Progressing"),
            ("{status: {conditions: [{type: Ready, status: 'False'}, {type: Stalled, status: 'True', reason: InvalidSource}]}}".into(), State::Failed, "is stalled: InvalidSource"),
            ("{status: {conditions: [{type: Ready, status: 'True'}, {type: Reconciling, status: 'True', reason: Progressing}]}}".into(), State::Waiting, "is reconciling: Progressing"),
            ("{metadata: {generation: 3}, status: {observedGeneration: 2, conditions: [{type: Ready, status: 'True'}]}}".into(), State::Waiting, "has a newer spec than its controller has seen (generation 3, not 2)"),
            ("{metadata: {generation: 3}, status: {observedGeneration: 3, conditions: [{type: Ready, status: 'True', observedGeneration: 2}]}}".into(), State::Waiting, "has a newer spec than its controller has seen (generation 3, not 2)"),
            ("{metadata: {generation: 3}, status: {observedGeneration: -1}}".into(), State::Waiting, "has no conditions yet, of which it takes `Ready` or `Available`"),
            ("{status: {replicas: {a: 1}, failed: true, readyReplicas: 1/1, conditions: [{type: Ready, status: 'True'}]}}".into(), State::Healthy, ""),
            ("{metadata: {generation: 3}, status: {conditions: [{type: Ready, status: 'True'}]}}".into(), State::Healthy, ""),
            ("{status: {conditions: [{type: Accepted, status: 'True'}, {type: Programmed, status: 'True'}]}}".into(), State::Failed, "has neither `Ready` nor `Available` among its conditions: `Accepted`, `Programmed`"),
            ("{metadata: {deletionTimestamp: '2026-11-20T11:59:00Z'}, status: {conditions: [{type: Ready, status: 'True'}]}}".into(), State::Waiting, "is being deleted, since 2026-11-20T11:59:00Z (1m)"),
        ] {
            let found = found("Kustomization.kustomize.toolkit.fluxcd.io", &text);
            let prefix = "`kustomization.kustomize.toolkit.fluxcd.io/x in flux` ";
            assert_eq!((found.state, found.why.strip_prefix(prefix).unwrap_or_default()), (state, why), "{text}");
        }
        let gone = ready(&Id::default(), None, Timestamp::UNIX_EPOCH);
        assert!(gone.state == State::Waiting && gone.why.ends_with("is not there"));
    }

    #[test]
    fn a_time_in_the_future_is_now() {
        let found = found(
            "Certificate",
            "{status: {conditions: [{type: Ready, status: 'True', lastTransitionTime: '2026-11-20T12:03:00Z'}]}}",
        );
        assert_eq!(found.since, Some("2026-11-20T12:00:00Z".parse().unwrap()));
    }

    #[test]
    fn what_is_suspended_says_so() {
        let found = found(
            "HelmRelease",
            "{spec: {suspend: true, replicas: x}, status: {conditions: [{type: Ready, status: 'True'}]}}",
        );
        assert_eq!(found.state, State::Healthy);
        assert_eq!(
            found.warnings,
            ["`helmrelease/x in flux` is suspended: nothing changes until it is resumed"]
        );
    }

    #[test]
    fn applications_tell_by_sync_and_health() {
        for (status, state, why) in [
            (
                "sync: {status: Synced}, health: {status: Healthy, lastTransitionTime: '2026-11-20T10:00:00Z'}",
                State::Healthy,
                "",
            ),
            (
                "sync: {status: OutOfSync}, health: {status: Healthy}",
                State::Waiting,
                "is not synced but `OutOfSync`",
            ),
            (
                "sync: {status: Unknown}, health: {status: Healthy}, conditions: [{type: ComparisonError, message: 'failed to load target state: x', lastTransitionTime: '2026-11-20T10:00:00Z'}]",
                State::Waiting,
                "is not synced but `Unknown`: ComparisonError: failed to load target state: x, since 2026-11-20T10:00:00Z (2h)",
            ),
            (
                "sync: {status: Synced}, health: {status: Degraded, message: 'pod x crashes'}",
                State::Waiting,
                "is synced and `Degraded`: pod x crashes",
            ),
            (
                "sync: {status: Synced}, health: {status: Progressing}",
                State::Waiting,
                "is synced and `Progressing`",
            ),
            (
                "sync: {status: Synced}, health: {status: Suspended}",
                State::Waiting,
                "is synced and `Suspended`",
            ),
            (
                "sync: {status: Synced}, health: {status: Missing}",
                State::Waiting,
                "is synced and `Missing`",
            ),
            ("sync: {status: Synced}", State::Waiting, "has no health yet"),
            ("health: {status: Healthy}", State::Waiting, "has no sync status yet"),
        ] {
            let text = format!(
                "{{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {{generation: 412}}, status: {{{status}}}}}"
            );
            let found = found("app", &text);
            assert_eq!(
                (found.state, found.why.strip_prefix("`app/x in flux` ").unwrap_or_default()),
                (state, why),
                "{text}"
            );
        }
        let bare = found("app", "{status: {sync: {status: Synced}, health: {status: Healthy}}}");
        assert_eq!(bare.state, State::Healthy);
    }

    #[test]
    fn workloads_tell_by_their_rollout() {
        let moving = "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 2}, status: {replicas: 3, updatedReplicas: 1, availableReplicas: 2, conditions: [{type: Available, status: 'True'}]}}";
        let found = found("deploy", moving);
        assert_eq!(
            (found.state, found.why.as_str()),
            (State::Waiting, "`deploy/x in flux` has 1 of 2 replicas updated")
        );
        let started = "{apiVersion: v1, kind: ReplicationController, spec: {replicas: 2}, status: {replicas: 2, availableReplicas: 1}}";
        let found = super::tests::found("rc", started);
        assert_eq!(found.why, "`rc/x in flux` has 1 of 2 replicas available");
    }
}
