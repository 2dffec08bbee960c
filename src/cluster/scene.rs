//! An overlay and a cluster as texts, for tests.

use crate::cluster::rendered::{Workload, rendered};
use crate::cluster::{Object, Snapshot};

/// `@a` in a text is a digest.
pub(super) fn filled(text: &str) -> String {
    "abcde".chars().fold(text.to_owned(), |text, letter| {
        let digest = format!("@sha256:{}", letter.to_string().repeat(64));
        text.replace(&format!("@{letter}"), &digest)
    })
}

/// What `overlay` renders in `shop`, and a cluster of `objects` at noon: the pods of it, and those of
/// its other objects that are rendered.
pub(super) fn scene(overlay: &str, objects: &[&str]) -> (Vec<Workload>, Snapshot) {
    let workloads = rendered(&filled(overlay), "shop").unwrap().workloads;
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let mut snapshot = Snapshot::empty(now);
    for text in objects {
        let mut object: Object = serde_yaml::from_str(&filled(text)).expect(text);
        object.metadata.namespace = "shop".into();
        let is_it = |workload: &&Workload| {
            workload.id.kind == object.kind && workload.id.name == object.metadata.name
        };
        match workloads.iter().find(is_it) {
            Some(workload) => drop(snapshot.workloads.insert(workload.id.clone(), object)),
            None if object.kind == "Pod" => snapshot.pods.push(object),
            None => {}
        }
    }
    (workloads, snapshot)
}

/// A pod of the ReplicaSet `owner` with one container `web`, ready since `ready` o'clock.
pub(super) fn pod(name: &str, owner: &str, image: &str, image_id: &str, ready: &str) -> String {
    format!(
        "{{kind: Pod, metadata: {{name: {name}, labels: {{app: web}}, creationTimestamp: '2026-11-20T01:00:00Z', ownerReferences: [{{kind: ReplicaSet, name: {owner}, controller: true}}]}}, spec: {{containers: [{{name: web, image: '{image}'}}]}}, status: {{phase: Running, conditions: [{{type: Ready, status: 'True', lastTransitionTime: '2026-11-20T{ready}:00:00Z'}}], containerStatuses: [{{name: web, ready: true, imageID: '{image_id}', state: {{running: {{startedAt: '2026-11-20T01:00:00Z'}}}}}}]}}}}"
    )
}

/// A Deployment `web` of three replicas at `image`.
pub(super) fn overlay(image: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{replicas: 3, {}}}}}",
        template(image)
    )
}

fn template(image: &str) -> String {
    format!(
        "selector: {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: web, image: '{image}'}}]}}}}"
    )
}

/// The same in a cluster, rolled out since 2 o'clock.
pub(super) fn rolled_out(image: &str) -> String {
    deployment(
        image,
        "replicas: 3",
        "replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, conditions: [{type: Available, status: 'True', lastTransitionTime: '2026-11-20T02:00:00Z'}, {type: Progressing, status: 'True', reason: NewReplicaSetAvailable, lastUpdateTime: '2026-11-20T02:00:00Z'}]",
    )
}

/// The same with another spec and status.
pub(super) fn deployment(image: &str, spec: &str, status: &str) -> String {
    format!(
        "{{kind: Deployment, metadata: {{name: web, generation: 3}}, spec: {{{spec}, {}}}, status: {{observedGeneration: 3, {status}}}}}",
        template(image)
    )
}
