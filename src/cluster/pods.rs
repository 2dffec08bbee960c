//! Which pods are whose. Found by label once, since every workload of a namespace asks.

use std::collections::HashMap;

use crate::cluster::rendered::Workload;
use crate::cluster::{Object, Owner, Snapshot};

/// The pods of a snapshot, by namespace and label.
pub(super) struct Pods<'s> {
    snapshot: &'s Snapshot,
    labelled: HashMap<Label<'s>, Vec<&'s Object>>,
}

/// A namespace, a label and its value.
type Label<'s> = (&'s str, &'s str, &'s str);

/// The longest name of a ReplicaSet, and how much of it its hash may take (`validation.go` and
/// `sync.go` of Kubernetes 1.34): the workload's own name is cut to fit.
const LONGEST_WHOLE: usize = 253 - 1 - 10;

impl<'s> Pods<'s> {
    /// The pods of `snapshot`.
    pub(super) fn new(snapshot: &'s Snapshot) -> Self {
        let mut labelled: HashMap<Label<'s>, Vec<&'s Object>> = HashMap::new();
        for pod in &snapshot.pods {
            for (key, value) in &pod.metadata.labels {
                labelled.entry((&pod.metadata.namespace, key, value)).or_default().push(pod);
            }
        }
        Self { snapshot, labelled }
    }

    /// The pods of `workload` that stay: not those that are going away, which are another rollout's
    /// or nobody's soon, and not those that somebody else manages though the labels fit.
    pub(super) fn of(&self, workload: &Workload) -> Vec<&'s Object> {
        // What is not there has none, whatever the labels say.
        let Some(object) = self.snapshot.workloads.get(&workload.id) else { return Vec::new() };
        let hash = object.status.current_pod_hash.as_str();
        let mut pods = match workload.id.kind.as_str() {
            "Pod" => vec![object],
            _ => self.selected(workload),
        };
        pods.retain(|pod| pod.metadata.deletion_timestamp.is_none());
        if workload.id.kind == "Rollout" && !hash.is_empty() {
            // A blue-green Rollout keeps the pods of its last version for a while.
            pods.retain(|pod| is_or_none(pod, "rollouts-pod-template-hash", hash));
        }
        if workload.id.kind == "CronJob" {
            newest_run(&mut pods);
        }
        pods
    }

    fn selected(&self, workload: &Workload) -> Vec<&'s Object> {
        let (namespace, selector) = (&workload.id.namespace, &workload.selector);
        let lists = selector.match_labels.iter().map(|(key, value)| {
            let label: Label<'_> = (namespace, key, value);
            self.labelled.get(&label).map_or(&[] as &[_], Vec::as_slice)
        });
        let is_its = |pod: &&'s Object| {
            selector.selects(&pod.metadata.labels) && owner(pod).is_none_or(|by| owns(workload, by))
        };
        match lists.min_by_key(|list| list.len()) {
            Some(list) => list.iter().copied().filter(is_its).collect(),
            None => {
                let pods = self.snapshot.pods.iter();
                pods.filter(|pod| pod.metadata.namespace == *namespace).filter(is_its).collect()
            }
        }
    }
}

fn is_or_none(pod: &Object, label: &str, value: &str) -> bool {
    pod.metadata.labels.get(label).is_none_or(|there| there == value)
}

fn owner(pod: &Object) -> Option<&Owner> {
    pod.metadata.owner_references.iter().find(|owner| owner.controller)
}

/// Whether the pods of `owner` are those of `workload`.
fn owns(workload: &Workload, owner: &Owner) -> bool {
    let name = &workload.id.name;
    let made = || owner.name.rsplit_once('-');
    match (workload.id.kind.as_str(), owner.kind.as_str()) {
        ("Deployment" | "Rollout", "ReplicaSet") => made().is_some_and(|(head, _)| {
            head == name || head.len() >= LONGEST_WHOLE && name.starts_with(head)
        }),
        ("CronJob", "Job") => made().is_some_and(|(head, run)| head == name && is_run(run)),
        (kind, other) => kind == other && *name == owner.name,
    }
}

/// Whether `text` is what a CronJob puts behind its name: minutes since 1970.
fn is_run(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Leaves the pods of the newest run: older ones are history.
fn newest_run(pods: &mut Vec<&Object>) {
    let run = |pod: &Object| {
        let (_, run) = owner(pod)?.name.rsplit_once('-')?;
        run.parse::<u64>().ok()
    };
    let newest = pods.iter().filter_map(|pod| run(pod)).max();
    pods.retain(|pod| run(pod) == newest);
}

/// Whether the container statuses of a pod say what of it runs: it is not over. What is run to its
/// end, `ends`, may have ended well.
pub(super) fn counts(pod: &Object, ends: bool) -> bool {
    match pod.status.phase.as_str() {
        "Failed" => false,
        "Succeeded" => ends,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Id;

    #[test]
    fn owners_are_told_by_kind_and_name() {
        let long = "x".repeat(260);
        let cut = format!("{}-7d4f5c6b9d", &long[..242]);
        for (kind, name, owner, wanted) in [
            ("Deployment", "web", "ReplicaSet/web-7d4f", true),
            ("Deployment", "web", "ReplicaSet/web-canary-7d4f", false),
            ("Deployment", "web", "ReplicaSet/web", false),
            ("Deployment", "web", "StatefulSet/web-7d4f", false),
            ("Deployment", long.as_str(), &format!("ReplicaSet/{cut}"), true),
            ("Rollout", "web", "ReplicaSet/web-7d4f", true),
            ("StatefulSet", "web", "StatefulSet/web", true),
            ("StatefulSet", "web", "StatefulSet/web-2", false),
            ("DaemonSet", "web", "DaemonSet/web", true),
            ("Job", "web", "Job/web", true),
            ("Job", "web", "Job/web-29385720", false),
            ("CronJob", "web", "Job/web-29385720", true),
            ("CronJob", "web", "Job/web-by-hand", false),
            ("CronJob", "web", "Job/web-api-29385720", false),
        ] {
            let id = Id { kind: kind.into(), name: name.into(), ..Id::default() };
            let (kind, name) = owner.split_once('/').unwrap();
            let owner = Owner { kind: kind.into(), name: name.into(), controller: true };
            let workload = Workload { id, ..Workload::default() };
            assert_eq!(owns(&workload, &owner), wanted, "{} {owner:?}", workload.id);
        }
    }
}
