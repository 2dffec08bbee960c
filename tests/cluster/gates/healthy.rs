//! `--require-healthy`: every state of every kind, and what the cluster may have instead of what is
//! rendered.

use serde_json::{Value, json};

use super::desk::{Desk, IMAGE, NEW, kind};
use crate::Contract;
use crate::objects::workload;
use crate::place::Place;
use crate::states::{self, State, digest, running_pod};

pub(crate) const TESTS: &[Contract] = &[
    ("states", states),
    ("images", images),
    ("digests", digests),
    ("crashes", crashes),
    ("missing", missing),
    ("selectors", selectors),
    ("changes", changes),
    ("scaled", scaled),
    ("rollouts", rollouts),
    ("all_of_them", all_of_them),
    ("others", others),
];

const FLAG: &[&str] = &["--require-healthy"];

/// Whether a promotion is made, and what is said: nothing, a warning, or why not.
#[derive(Clone, Copy)]
enum Then {
    Passes,
    Warns(&'static str),
    Refuses(&'static str),
}

use Then::{Passes, Refuses, Warns};

const SINCE: &str = ", since 2026-11-20T10:00:00Z (";

/// What becomes of each state of [`states::all`]; `…` is since when.
const TABLE: &[(&str, &str, Then)] = &[
    ("Deployment", "complete", Passes),
    ("Deployment", "updating", Refuses("has 1 of 2 replicas updated")),
    ("Deployment", "terminating-old", Refuses("still has 1 old replica")),
    ("Deployment", "starting", Refuses("has 1 of 2 updated replicas available")),
    ("Deployment", "stalled", Refuses("is stalled: it exceeded its progress deadline…")),
    ("Deployment", "dead", Refuses("has 0 of 2 updated replicas available…")),
    (
        "Deployment",
        "new",
        Refuses("has a newer spec than its controller has seen (generation 1, not 0)"),
    ),
    ("Deployment", "zero", Warns("is scaled to zero: nothing of it runs")),
    ("Deployment", "paused", Warns("is paused")),
    (
        "Deployment",
        "behind",
        Refuses("has a newer spec than its controller has seen (generation 1, not 0)"),
    ),
    ("ReplicaSet", "complete", Passes),
    ("ReplicaSet", "starting", Refuses("has 1 of 2 replicas available")),
    ("ReplicaSet", "shrinking", Refuses("still has 1 replica too many")),
    ("ReplicaSet", "denied", Refuses("has 0 of 2 replicas available: FailedCreate: FailedCreate")),
    (
        "ReplicaSet",
        "behind",
        Refuses("has a newer spec than its controller has seen (generation 1, not 0)"),
    ),
    ("ReplicaSet", "zero", Warns("is scaled to zero: nothing of it runs")),
    ("StatefulSet", "complete", Passes),
    ("StatefulSet", "updating", Refuses("has 1 of 2 replicas ready")),
    ("StatefulSet", "starting", Refuses("has 1 of 2 replicas ready")),
    ("StatefulSet", "partitioned", Warns("has 1 of 2 replicas held back by partition 1")),
    (
        "StatefulSet",
        "on-delete",
        Refuses(
            "has 0 of 2 replicas updated, and by `OnDelete` the others change when somebody deletes them",
        ),
    ),
    ("DaemonSet", "complete", Passes),
    ("DaemonSet", "updating", Refuses("is updated on 2 of 3 nodes")),
    ("DaemonSet", "starting", Refuses("is available on 1 of 3 nodes")),
    (
        "DaemonSet",
        "on-delete",
        Refuses(
            "is updated on 0 of 3 nodes, and by `OnDelete` the others change when somebody deletes them",
        ),
    ),
    ("Job", "running", Refuses("is still running…")),
    ("Job", "complete", Passes),
    ("Job", "failed", Refuses("has failed: BackoffLimitExceeded: BackoffLimitExceeded…")),
    ("Job", "suspended", Warns("is suspended, as the overlay says")),
    ("CronJob", "nightly", Passes),
    ("Pod", "ready", Passes),
    ("Pod", "docker", Passes),
    ("Pod", "loaded", Passes),
    ("Pod", "unready", Refuses("is not ready: container `web` runs and is not ready…")),
    (
        "Pod",
        "crashing",
        Refuses("is not ready: container `web`: CrashLoopBackOff: restarted 12 times…"),
    ),
    ("Pod", "pulling", Refuses("is pending: container `web`: ImagePullBackOff")),
    ("Pod", "unscheduled", Refuses("is pending: Unschedulable: Unschedulable…")),
    ("Pod", "done", Passes),
    ("Pod", "evicted", Refuses("has failed: Evicted: The node was low on memory")),
    ("Pod", "many", Passes),
];

fn states(place: &dyn Place) {
    let all = states::all();
    let desk = Desk::new(place);
    for state in &all {
        desk.put_state(state);
    }
    assert_eq!(all.len(), TABLE.len());
    for (kind, name, then) in TABLE {
        let is = |state: &&State| {
            state.object["kind"] == *kind && state.object["metadata"]["name"] == *name
        };
        let state = all.iter().find(is).unwrap_or_else(|| panic!("no {kind}/{name}"));
        check(&desk, &state.object, *then);
    }
}

/// What becomes of a promotion whose source renders `object` alone.
#[track_caller]
fn check(desk: &Desk<'_>, object: &Value, then: Then) {
    desk.base(std::slice::from_ref(object));
    desk.set_target_back();
    let named = format!("`{} in {}` ", short(object), desk.namespace);
    match then {
        Passes => desk.passes(FLAG, ""),
        Warns(what) => desk.passes(FLAG, &format!("{named}{what}")),
        Refuses(what) => desk.refuses(FLAG, &format!("{named}{}", what.replace('…', SINCE))),
    }
}

/// `deployment.apps/web`.
fn short(object: &Value) -> String {
    let kind = kind(object).to_lowercase();
    let parts: Vec<_> = kind.split('/').collect();
    let name = object["metadata"]["name"].as_str().unwrap();
    match parts.as_slice() {
        [group, _, kind] => format!("{kind}.{group}/{name}"),
        [_, kind] => format!("{kind}/{name}"),
        other => panic!("{other:?}"),
    }
}

/// A Deployment that is rolled out at this image, of which it has two pods.
pub(crate) fn rolled_out(image: &str) -> State {
    let mut state = states::deployments().remove(0);
    state.object["metadata"]["name"] = "web".into();
    for path in ["/spec/selector/matchLabels/app", "/spec/template/metadata/labels/app"] {
        *state.object.pointer_mut(path).unwrap() = "web".into();
    }
    state.object["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
    state
}

fn web(image: &str) -> Value {
    rolled_out(image).object
}

/// What the template of the cluster may have in place of what is rendered.
fn images(place: &dyn Place) {
    let tagged = format!("{IMAGE}:1.2.3");
    for (live, then) in [
        (tagged.clone(), Passes),
        (format!("{tagged}@{}", digest('a')), Passes),
        (
            format!("{IMAGE}:1.2.2"),
            Refuses(
                "is at `ghcr.io/acme/web:1.2.2` in container `web`, not at `ghcr.io/acme/web:1.2.3`",
            ),
        ),
        (IMAGE.to_owned(), Refuses("is at `ghcr.io/acme/web` in container `web`, not at")),
        (
            "quay.io/acme/web:1.2.3".to_owned(),
            Refuses("is at `quay.io/acme/web:1.2.3` in container `web`, not at"),
        ),
    ] {
        let desk = Desk::new(place);
        desk.put_state(&rolled_out(&live));
        check(&desk, &web(&tagged), then);
    }
    let desk = Desk::new(place);
    let mut other = rolled_out(&tagged);
    other.object["spec"]["template"]["spec"]["containers"][0]["name"] = "app".into();
    desk.put_state(&other);
    let then = Refuses("has no container `web`, which the overlay has at `ghcr.io/acme/web:1.2.3`");
    check(&desk, &web(&tagged), then);
}

/// The overlay says a digest, the cluster a tag: its pods tell what runs.
fn digests(place: &dyn Place) {
    let running = json!({"running": {"startedAt": states::THEN}});
    for (ids, then) in [
        (["ghcr.io/acme/web@A", "ghcr.io/acme/web@A"], Passes),
        (["docker-pullable://ghcr.io/acme/web@A", "mirror.example.org/acme/web@A"], Passes),
        (
            ["ghcr.io/acme/web@A", "ghcr.io/acme/web@B"],
            Refuses("has pod `web-2` that runs `sha256:bbbb"),
        ),
        (
            ["A", "ghcr.io/acme/web@A"],
            Refuses("has pod `web-1` that does not tell whether it runs `sha256:aaaa"),
        ),
    ] {
        let desk = Desk::new(place);
        desk.set_image(&format!("digest: {}", digest('a')));
        desk.put_state(&rolled_out(&format!("{IMAGE}:1.2.3")));
        for (name, id) in ["web-1", "web-2"].iter().zip(ids) {
            let id = id.replace('A', &digest('a')).replace('B', &digest('b'));
            desk.put_state(&running_pod(name, &id, true, &running));
        }
        let named = format!("`deployment.apps/web in {}` ", desk.namespace);
        desk.base(&[web(IMAGE)]);
        match then {
            Passes => assert_eq!(desk.promote(FLAG).code, 0),
            Warns(what) | Refuses(what) => desk.refuses(FLAG, &format!("{named}{what}")),
        }
    }
}

/// The pods of what does not come up say why.
fn crashes(place: &dyn Place) {
    let waiting = |reason: &str| json!({"waiting": {"reason": reason, "message": "It waits."}});
    for (reason, why) in [
        ("CrashLoopBackOff", "CrashLoopBackOff: restarted 12 times"),
        ("ImagePullBackOff", "ImagePullBackOff: It waits"),
        ("InvalidImageName", "InvalidImageName: It waits"),
        ("CreateContainerConfigError", "CreateContainerConfigError: It waits"),
    ] {
        let desk = Desk::new(place);
        let mut state = rolled_out(&format!("{IMAGE}:1.2.3"));
        state.status = states::deployments().remove(5).status;
        desk.put_state(&state);
        desk.put_state(&running_pod("web-1", "", false, &waiting(reason)));
        desk.base(&[state.object.clone()]);
        let sentence = format!(
            "`deployment.apps/web in {}` has 0 of 2 updated replicas available: pod `web-1`: container `web`: {why}{SINCE}",
            desk.namespace
        );
        desk.refuses(FLAG, &sentence);
    }
}

/// What is not there, and what cannot be.
fn missing(place: &dyn Place) {
    let desk = Desk::new(place);
    for object in [
        web("web:1"),
        workload("StatefulSet", "db", "web:1"),
        workload("DaemonSet", "agent", "web:1"),
        states::jobs().remove(0).object,
        states::jobs().remove(4).object,
        states::pods().remove(0).object,
    ] {
        check(&desk, &object, Refuses("is not there"));
    }
    let mut job = states::jobs().remove(0).object;
    job["spec"]["ttlSecondsAfterFinished"] = 60.into();
    check(&desk, &job, Warns("is gone, as it is deleted when it is done"));
    // Nothing that runs is nothing to refuse, and passing it says nothing.
    desk.base(&[json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}})]);
    desk.set_target_back();
    desk.passes(FLAG, "`overlays/staging` renders no workload, so nothing of it can be healthy");
}

/// What somebody has done to what was well.
/// A workload of this name that has other pods.
fn selectors(place: &dyn Place) {
    let desk = Desk::new(place);
    let state = rolled_out(&format!("ghcr.io/acme/web:{NEW}"));
    let mut other = state.object.clone();
    let labels = json!({"app": "web", "env": "dev"});
    other["spec"]["selector"]["matchLabels"] = labels.clone();
    other["spec"]["template"]["metadata"]["labels"] = labels;
    desk.put_state(&State { object: other, status: state.status }).base(&[state.object]);
    desk.refuses(
        &["--require-healthy"],
        "selects its pods by `app=web,env=dev`, and the overlay by `app=web`",
    );
}

fn changes(place: &dyn Place) {
    let desk = Desk::new(place);
    let state = rolled_out(&format!("{IMAGE}:1.2.3"));
    desk.put_state(&state);
    check(&desk, &state.object, Passes);
    let deployment = "apps/v1/Deployment";
    desk.change(deployment, "web", json!({"spec": {"minReadySeconds": 5}}));
    let then = Refuses("has a newer spec than its controller has seen (generation 2, not 1)");
    check(&desk, &state.object, then);
    desk.set_status(deployment, "web", json!({"observedGeneration": 2}));
    check(&desk, &state.object, Passes);
    let partly = json!({"readyReplicas": 1, "availableReplicas": 1, "unavailableReplicas": 1});
    desk.set_status(deployment, "web", partly);
    check(&desk, &state.object, Refuses("has 1 of 2 updated replicas available"));
    desk.change(deployment, "web", json!({"metadata": {"finalizers": ["example.org/wait"]}}));
    desk.delete(deployment, "web");
    check(&desk, &state.object, Refuses("is being deleted, since "));
    desk.change(deployment, "web", json!({"metadata": {"finalizers": null}}));
    check(&desk, &state.object, Refuses("is not there"));
}

/// Nothing runs, and what the overlay says about that.
fn scaled(place: &dyn Place) {
    let desk = Desk::new(place);
    let mut state = states::deployments().remove(7);
    desk.put_state(&state);
    state.object["spec"]["replicas"] = 2.into();
    check(&desk, &state.object, Refuses("is scaled to zero, and the overlay asks for 2 replicas"));
    state.object["spec"].as_object_mut().unwrap().remove("replicas");
    check(&desk, &state.object, Warns("is scaled to zero: nothing of it runs"));
}

/// Argo Rollouts.
fn rollouts(place: &dyn Place) {
    let desk = Desk::with_kinds(place);
    let mut object = workload("Deployment", "web", &format!("{IMAGE}:1.2.3"));
    object["apiVersion"] = "argoproj.io/v1alpha1".into();
    object["kind"] = "Rollout".into();
    check(&desk, &object, Refuses("is not there"));
    desk.put(&object);
    check(&desk, &object, Refuses("has no phase, which Argo Rollouts writes since 1.0"));
    for (status, then) in [
        (json!({"observedGeneration": "1", "phase": "Healthy"}), Passes),
        (
            json!({"phase": "Progressing", "message": "more replicas need to be updated"}),
            Refuses("is progressing: more replicas need to be updated"),
        ),
        (
            json!({"phase": "Paused", "message": "CanaryPauseStep"}),
            Refuses("is paused: CanaryPauseStep"),
        ),
        (
            json!({"phase": "Degraded", "message": "ProgressDeadlineExceeded: x"}),
            Refuses("is degraded: ProgressDeadlineExceeded: x"),
        ),
        (
            json!({"phase": "Healthy", "observedGeneration": "0"}),
            Refuses("has a newer spec than its controller has seen (generation 1, not 0)"),
        ),
    ] {
        desk.set_status("argoproj.io/v1alpha1/Rollout", "web", status);
        check(&desk, &object, then);
    }
}

/// One line for each that is not well, and the others are not named.
fn all_of_them(place: &dyn Place) {
    let desk = Desk::new(place);
    let all = states::deployments();
    for state in &all {
        desk.put_state(state);
    }
    desk.base(&all.iter().map(|state| state.object.clone()).collect::<Vec<_>>());
    let said = desk.refused(&mut desk.promotion(FLAG));
    assert_eq!(said.matches("error: ").count(), 7, "{said}");
    assert!(!said.contains("deployment.apps/complete"), "{said}");
}

/// What may run pods and has no rules here is named, unless somebody asks about it.
fn others(place: &dyn Place) {
    let desk = Desk::with_kinds(place);
    let state = rolled_out(&format!("{IMAGE}:{NEW}"));
    desk.put_state(&state);
    let template = state.object["spec"]["template"].clone();
    let other = |kind: &str, spec: Value| {
        let mut object = super::ready::object(kind, "other");
        object["spec"] = spec;
        object
    };
    let release = "helm.toolkit.fluxcd.io/v2/HelmRelease";
    for (object, name) in [
        (
            other("serving.knative.dev/v1/Service", json!({"template": template})),
            "service.serving.knative.dev/other",
        ),
        (
            other("keda.sh/v1alpha1/ScaledJob", json!({"jobTargetRef": {"template": template}})),
            "scaledjob.keda.sh/other",
        ),
        (other(release, json!({})), "helmrelease.helm.toolkit.fluxcd.io/other"),
    ] {
        desk.base(&[state.object.clone(), object]).set_target_back();
        let warning = format!("`{name} in {}` may run pods, and has no rules here", desk.namespace);
        desk.passes(FLAG, &warning);
        let run = crate::support::Run::of(&mut desk.command(&["running", super::desk::FROM]));
        assert!(run.code == 0 && run.stderr.contains(&warning), "{run:?}");
        let hint = format!("hint: `--require-ready {}/{name}`", desk.namespace);
        assert!(run.stderr.contains(&hint), "{run:?}");
    }
    let ready = json!({"conditions": [super::ready::condition("Ready", "True", "Up", "")]});
    desk.put(&super::ready::object(release, "other")).set_status(release, "other", ready);
    desk.set_target_back();
    desk.passes(&[FLAG[0], "--require-ready", "helmrelease/other"], "is in no Git repository");
    desk.set_target_back();
    let run = desk.promote(&[FLAG[0], "--require-ready", "helmrelease/other"]);
    assert!(run.code == 0 && !run.stderr.contains("no rules"), "{run:?}");
    // A policy about pods runs none.
    let rules = json!({"rules": [{"validate": {"pattern": {"spec": {"template": template}}}}]});
    let policy = other("kyverno.io/v1/Policy", rules);
    desk.base(&[state.object.clone(), policy]).set_target_back();
    desk.passes(FLAG, "");
}
