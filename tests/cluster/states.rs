//! States that workloads and pods get into, as controllers and kubelets write them: each status is
//! one that a real API server accepts (it checks that their numbers and conditions make sense).

use serde_json::{Value, json};

use crate::objects::{pod, workload};

/// When everything that has happened happened.
pub(crate) const THEN: &str = "2026-11-20T10:00:00Z";

/// An object, and the status that it comes to. Its name is the name of the state.
pub(crate) struct State {
    pub(crate) object: Value,
    pub(crate) status: Value,
}

/// A digest of this letter.
pub(crate) fn digest(letter: char) -> String {
    format!("sha256:{}", String::from(letter).repeat(64))
}

/// One of each.
pub(crate) fn all() -> Vec<State> {
    [deployments(), replica_sets(), sets(), jobs(), pods()].into_iter().flatten().collect()
}

fn condition(kind: &str, status: &str, reason: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": format!("{reason}."),
        "lastTransitionTime": THEN})
}

/// With the time that a Deployment's conditions have besides.
fn updated(kind: &str, status: &str, reason: &str) -> Value {
    let mut condition = condition(kind, status, reason);
    condition["lastUpdateTime"] = THEN.into();
    condition
}

fn deployment(name: &str, status: &Value, conditions: &[Value]) -> State {
    let mut object = workload("Deployment", name, "ghcr.io/acme/web:1.2.3");
    object["spec"]["replicas"] = 2.into();
    let mut all = json!({"observedGeneration": 1, "conditions": conditions});
    let parts = status.as_object().cloned().unwrap_or_default();
    all.as_object_mut().unwrap().extend(parts);
    State { object, status: all }
}

pub(crate) fn deployments() -> Vec<State> {
    let available = updated("Available", "True", "MinimumReplicasAvailable");
    let unavailable = updated("Available", "False", "MinimumReplicasUnavailable");
    let rolling = updated("Progressing", "True", "ReplicaSetUpdated");
    let done = updated("Progressing", "True", "NewReplicaSetAvailable");
    let stalled = updated("Progressing", "False", "ProgressDeadlineExceeded");
    let full =
        json!({"replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2});
    let mut none = deployment("zero", &json!({}), &[available.clone(), done.clone()]);
    none.object["spec"]["replicas"] = 0.into();
    let mut paused = deployment("paused", &full, std::slice::from_ref(&available));
    paused.object["spec"]["paused"] = true.into();
    let mut behind = deployment("behind", &full, &[available.clone(), done.clone()]);
    behind.status["observedGeneration"] = 0.into();
    let half = json!({"replicas": 3, "updatedReplicas": 1, "readyReplicas": 2,
        "availableReplicas": 2, "unavailableReplicas": 1});
    let old =
        json!({"replicas": 3, "updatedReplicas": 2, "readyReplicas": 3, "availableReplicas": 3});
    let starting = json!({"replicas": 2, "updatedReplicas": 2, "readyReplicas": 1,
        "availableReplicas": 1, "unavailableReplicas": 1});
    let dead = json!({"replicas": 2, "updatedReplicas": 2, "unavailableReplicas": 2});
    vec![
        deployment("complete", &full, &[available.clone(), done]),
        deployment("updating", &half, &[available.clone(), rolling.clone()]),
        deployment("terminating-old", &old, &[available.clone(), rolling.clone()]),
        deployment("starting", &starting, &[available.clone(), rolling.clone()]),
        deployment("stalled", &half, &[available, stalled]),
        deployment("dead", &dead, &[unavailable, rolling]),
        deployment("new", &json!({"observedGeneration": 0}), &[]),
        none,
        paused,
        behind,
    ]
}

/// ReplicaSets that no Deployment has made.
pub(crate) fn replica_sets() -> Vec<State> {
    let state = |name: &str, wanted: u64, status: Value| {
        let mut object = workload("ReplicaSet", name, "ghcr.io/acme/web:1.2.3");
        object["spec"]["replicas"] = wanted.into();
        State { object, status }
    };
    let counts = |all: u64, available: u64| {
        json!({"observedGeneration": 1, "replicas": all, "fullyLabeledReplicas": all,
            "readyReplicas": available, "availableReplicas": available})
    };
    let mut denied = counts(0, 0);
    denied["conditions"] = json!([condition("ReplicaFailure", "True", "FailedCreate")]);
    let mut behind = counts(2, 2);
    behind["observedGeneration"] = 0.into();
    vec![
        state("complete", 2, counts(2, 2)),
        state("starting", 2, counts(2, 1)),
        state("shrinking", 2, counts(3, 3)),
        state("denied", 2, denied),
        state("behind", 2, behind),
        state("zero", 0, counts(0, 0)),
    ]
}

fn set(kind: &str, name: &str, spec: &Value, status: Value) -> State {
    let mut object = workload(kind, name, "ghcr.io/acme/web:1.2.3");
    let parts = spec.as_object().cloned().unwrap_or_default();
    object["spec"].as_object_mut().unwrap().extend(parts);
    State { object, status }
}

/// StatefulSets and DaemonSets.
pub(crate) fn sets() -> Vec<State> {
    let stateful = |name, spec: Value, updated: u64, ready: u64, revisions: [&str; 2]| {
        let mut all = json!({"replicas": 2});
        all.as_object_mut().unwrap().extend(spec.as_object().cloned().unwrap_or_default());
        let status = json!({"observedGeneration": 1, "replicas": 2, "updatedReplicas": updated,
            "currentReplicas": 2 - updated, "readyReplicas": ready, "availableReplicas": ready,
            "currentRevision": revisions[0], "updateRevision": revisions[1]});
        set("StatefulSet", name, &all, status)
    };
    let daemon = |name, spec: Value, updated: u64, available: u64| {
        let status = json!({"observedGeneration": 1, "currentNumberScheduled": 3,
            "desiredNumberScheduled": 3, "numberMisscheduled": 0, "numberReady": available,
            "updatedNumberScheduled": updated, "numberAvailable": available,
            "numberUnavailable": 3 - available});
        set("DaemonSet", name, &spec, status)
    };
    let on_delete = json!({"updateStrategy": {"type": "OnDelete"}});
    let partition =
        json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}});
    vec![
        stateful("complete", json!({}), 2, 2, ["web-2", "web-2"]),
        stateful("updating", json!({}), 1, 1, ["web-1", "web-2"]),
        stateful("starting", json!({}), 2, 1, ["web-2", "web-2"]),
        stateful("partitioned", partition, 1, 2, ["web-1", "web-2"]),
        stateful("on-delete", on_delete.clone(), 0, 2, ["web-1", "web-2"]),
        daemon("complete", json!({}), 3, 3),
        daemon("updating", json!({}), 2, 2),
        daemon("starting", json!({}), 3, 1),
        daemon("on-delete", on_delete, 0, 3),
    ]
}

fn job(name: &str, suspend: bool, status: Value) -> State {
    let containers = json!([{"name": "web", "image": "ghcr.io/acme/migrate:1.2.3"}]);
    let spec = json!({"suspend": suspend, "template": {"spec":
        {"restartPolicy": "Never", "containers": containers}}});
    let metadata = json!({"name": name});
    let object =
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec});
    State { object, status }
}

/// Jobs and CronJobs.
pub(crate) fn jobs() -> Vec<State> {
    let with_probe = |kind, status, reason| {
        let mut condition = condition(kind, status, reason);
        condition["lastProbeTime"] = THEN.into();
        condition
    };
    let ended = "2026-11-20T10:05:00Z";
    let mut cron =
        job("nightly", false, json!({"lastScheduleTime": THEN, "lastSuccessfulTime": ended}));
    let spec = json!({"schedule": "0 0 * * *", "jobTemplate": {"spec": {
        "template": cron.object["spec"]["template"]}}});
    cron.object["kind"] = "CronJob".into();
    cron.object["spec"] = spec;
    vec![
        job(
            "running",
            false,
            json!({"startTime": THEN, "active": 1, "ready": 1, "terminating": 0}),
        ),
        job(
            "complete",
            false,
            json!({"startTime": THEN, "completionTime": ended, "succeeded": 1, "ready": 0,
                "terminating": 0, "uncountedTerminatedPods": {}, "conditions": [
                with_probe("SuccessCriteriaMet", "True", "CompletionsReached"),
                with_probe("Complete", "True", "CompletionsReached")]}),
        ),
        job(
            "failed",
            false,
            json!({"startTime": THEN, "failed": 7, "ready": 0, "terminating": 0,
                "uncountedTerminatedPods": {}, "conditions": [
                with_probe("FailureTarget", "True", "BackoffLimitExceeded"),
                with_probe("Failed", "True", "BackoffLimitExceeded")]}),
        ),
        job(
            "suspended",
            true,
            json!({"conditions": [with_probe("Suspended", "True", "JobSuspended")]}),
        ),
        cron,
    ]
}

/// A pod of the Deployment `web` on a node, whose container `web` is in this state.
pub(crate) fn running_pod(name: &str, image_id: &str, ready: bool, state: &Value) -> State {
    let mut object = pod(name, "web", "ghcr.io/acme/web:1.2.3");
    object["spec"]["nodeName"] = "node-1".into();
    let answer = if ready { "True" } else { "False" };
    let reason = if ready { "" } else { "ContainersNotReady" };
    let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(|kind| {
        let own = ["Ready", "ContainersReady"].contains(&kind);
        condition(kind, if own { answer } else { "True" }, if own { reason } else { "" })
    });
    let restarts = if state["waiting"]["reason"] == "CrashLoopBackOff" { 12 } else { 0 };
    let status = json!({"phase": "Running", "startTime": THEN, "conditions": conditions,
        "podIP": "10.1.2.3", "podIPs": [{"ip": "10.1.2.3"}], "hostIP": "10.0.0.1",
        "containerStatuses": [{"name": "web", "image": "ghcr.io/acme/web:1.2.3",
            "imageID": image_id, "ready": ready, "started": ready, "restartCount": restarts,
            "state": state}]});
    State { object, status }
}

pub(crate) fn pods() -> Vec<State> {
    let id = format!("ghcr.io/acme/web@{}", digest('a'));
    let waiting = |reason: &str| json!({"waiting": {"reason": reason, "message": "back-off"}});
    let running = json!({"running": {"startedAt": THEN}});
    let mut pulling = running_pod("pulling", "", false, &waiting("ImagePullBackOff"));
    pulling.status["phase"] = "Pending".into();
    let mut unscheduled = running_pod("unscheduled", "", false, &running);
    unscheduled.object["spec"].as_object_mut().unwrap().remove("nodeName");
    unscheduled.status = json!({"phase": "Pending",
        "conditions": [condition("PodScheduled", "False", "Unschedulable")]});
    let end = json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": THEN, "finishedAt": THEN}});
    let mut done = running_pod("done", &id, false, &end);
    done.object["spec"]["restartPolicy"] = "Never".into();
    done.status["phase"] = "Succeeded".into();
    let mut evicted = running_pod("evicted", "", false, &running);
    evicted.status =
        json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."});
    let mut many = running_pod("many", &id, true, &running);
    many.object["spec"]["initContainers"] =
        json!([{"name": "init", "image": "ghcr.io/acme/init:1"}]);
    many.status["initContainerStatuses"] = json!([{"name": "init", "image": "ghcr.io/acme/init:1",
        "imageID": format!("ghcr.io/acme/init@{}", digest('b')), "ready": true, "restartCount": 0,
        "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]);
    let pullable = format!("docker-pullable://ghcr.io/acme/web@{}", digest('a'));
    vec![
        running_pod("ready", &id, true, &running),
        running_pod("docker", &pullable, true, &running),
        running_pod("loaded", &digest('c'), true, &running),
        running_pod("unready", &id, false, &running),
        running_pod("crashing", &id, false, &waiting("CrashLoopBackOff")),
        pulling,
        unscheduled,
        done,
        evicted,
        many,
    ]
}
