//! A namespace with 500 workloads that are well, and their 5,000 pods; what renders it.
#![allow(dead_code, unreachable_pub, reason = "tests and benches use their own parts")]

use serde_json::{Value, json};

use crate::server::Server;

/// How many there are.
pub const WORKLOADS: usize = 500;
pub const PODS: usize = 5_000;

/// How many images they have.
const IMAGES: usize = 20;

/// Where all of it is.
pub const NAMESPACE: &str = "crowd";

/// The version of everything, and since when it runs.
const VERSION: &str = "1.2.3";
const THEN: &str = "2026-11-20T10:00:00Z";

/// Of ten workloads seven are Deployments, two are StatefulSets, and one is a DaemonSet.
fn kind(number: usize) -> &'static str {
    match number % 10 {
        0..=6 => "Deployment",
        7 | 8 => "StatefulSet",
        _ => "DaemonSet",
    }
}

/// Every image runs in many workloads: kustomize holds each of an overlay's images against each of its
/// objects, which would be most of the time.
fn image(number: usize) -> String {
    format!("ghcr.io/acme/image-{}", number % IMAGES)
}

/// The workload as Git has it; without a tag, which the overlay gives it.
fn workload(number: usize, image: &str) -> Value {
    let name = format!("app-{number}");
    let labels = json!({"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "crowd"});
    let mut out = json!({
        "apiVersion": "apps/v1", "kind": kind(number),
        "metadata": {"name": name, "labels": labels, "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{
                "name": "app", "image": image,
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
                "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}},
                "env": [{"name": "PORT", "value": "8080"}, {"name": "LOG_LEVEL", "value": "info"}],
            }]}},
        },
    });
    if kind(number) != "DaemonSet" {
        out["spec"]["replicas"] = (PODS / WORKLOADS).into();
    }
    out
}

/// All workloads, as a base has them.
pub fn base() -> String {
    let texts = (0..WORKLOADS).map(|number| workload(number, &image(number)).to_string());
    texts.collect::<Vec<_>>().join("\n---\n")
}

/// An overlay of that base with this version of everything.
pub fn overlay(version: &str) -> String {
    let images =
        (0..IMAGES).map(|number| format!("- name: {}\n  newTag: {version}\n", image(number)));
    format!(
        "namespace: {NAMESPACE}\nresources:\n- ../base\nimages:\n{}",
        images.collect::<String>()
    )
}

/// The same overlay as it runs.
pub fn source() -> String {
    overlay(VERSION)
}

/// Puts all of it there.
pub fn fill(server: &Server) {
    for number in 0..WORKLOADS {
        let mut object = workload(number, &format!("{}:{VERSION}", image(number)));
        object["status"] = status(kind(number));
        object["metadata"]["managedFields"] = managed();
        server.place(object);
        for pod in 0..PODS / WORKLOADS {
            server.place(self::pod(number, pod));
        }
    }
}

fn condition(name: &str) -> Value {
    json!({"type": name, "status": "True", "lastTransitionTime": THEN, "lastUpdateTime": THEN})
}

fn status(kind: &str) -> Value {
    let all = PODS / WORKLOADS;
    match kind {
        "DaemonSet" => json!({"observedGeneration": 1, "currentNumberScheduled": all,
            "desiredNumberScheduled": all, "numberReady": all, "updatedNumberScheduled": all,
            "numberAvailable": all, "numberMisscheduled": 0}),
        "StatefulSet" => json!({"observedGeneration": 1, "replicas": all, "readyReplicas": all,
            "updatedReplicas": all, "currentReplicas": all, "availableReplicas": all,
            "currentRevision": "r", "updateRevision": "r"}),
        _ => json!({"observedGeneration": 1, "replicas": all, "readyReplicas": all,
            "updatedReplicas": all, "availableReplicas": all,
            "conditions": [condition("Available"), condition("Progressing")]}),
    }
}

/// Half of what an API server says of a pod is who wrote what of it.
fn managed() -> Value {
    let field = json!({"f:name": {}, "f:image": {}, "f:resources": {}, "f:imagePullPolicy": {}});
    let fields = json!({"f:metadata": {"f:labels": {}}, "f:spec": {"f:containers": {"k:{\"name\":\"app\"}": field}}});
    let entry = json!({"manager": "kube-controller-manager", "operation": "Update",
        "apiVersion": "v1", "time": THEN, "fieldsType": "FieldsV1", "fieldsV1": fields});
    json!([entry, entry])
}

fn pod(number: usize, pod: usize) -> Value {
    let mut template =
        workload(number, &format!("{}:{VERSION}", image(number)))["spec"]["template"].take();
    let name = format!("app-{number}-7d4b9c-{pod}");
    let owner = match kind(number) {
        "Deployment" => json!({"kind": "ReplicaSet", "name": format!("app-{number}-7d4b9c")}),
        kind => json!({"kind": kind, "name": format!("app-{number}")}),
    };
    let mut owner = owner;
    owner["controller"] = true.into();
    owner["apiVersion"] = "apps/v1".into();
    template["metadata"]["name"] = name.into();
    template["metadata"]["namespace"] = NAMESPACE.into();
    template["metadata"]["ownerReferences"] = json!([owner]);
    template["metadata"]["managedFields"] = managed();
    let image = image(number);
    let conditions =
        ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
    let status = json!({
        "phase": "Running", "startTime": THEN, "podIP": "10.1.2.3", "hostIP": "10.0.0.1",
        "conditions": conditions.map(condition), "qosClass": "Burstable",
        "containerStatuses": [{
            "name": "app", "image": format!("{image}:{VERSION}"), "ready": true, "started": true,
            "imageID": format!("{image}@sha256:{}", format!("{number:04x}").repeat(16)),
            "containerID": format!("containerd://{}", "c".repeat(64)),
            "restartCount": 0, "state": {"running": {"startedAt": THEN}}, "lastState": {},
        }],
    });
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": template["metadata"],
        "spec": template["spec"], "status": status})
}
