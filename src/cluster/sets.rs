//! Whether StatefulSets and DaemonSets are rolled out (`rollout_status.go` of k8s.io/kubectl v0.34.1);
//! `OnDelete`, which kubectl has no word for, is rolled out when every pod is new.

use crate::cluster::Object;
use crate::cluster::rollout::{Standing, behind, count};

/// What nobody but a user changes.
const BY_HAND: &str = "by `OnDelete` the others change when somebody deletes them";

/// How a StatefulSet stands.
pub(super) fn stateful(object: &Object) -> Standing {
    let (status, strategy) = (&object.status, &object.spec.update_strategy);
    let wanted = object.spec.replicas.unwrap_or(1);
    if status.observed_generation.unwrap_or_default() == 0 {
        return Standing::waiting("has not been seen by its controller", None);
    }
    if let Some(behind) = behind(object) {
        return behind;
    }
    let of = count(wanted, "replica");
    if status.ready_replicas < wanted {
        return Standing::waiting(format!("has {} of {of} ready", status.ready_replicas), None);
    }
    let updated = format!("has {} of {of} updated", status.updated_replicas);
    let missing = status.updated_replicas < wanted;
    match strategy.rolling_update.partition {
        _ if strategy.r#type == "OnDelete" && missing => {
            Standing::failed(format!("{updated}, and {BY_HAND}"), None)
        }
        partition if partition > 0 && missing => partitioned(object, wanted, partition),
        ..=0 if missing => Standing::waiting(updated, None),
        ..=0 if strategy.r#type != "OnDelete" && is_moving(object) => {
            Standing::waiting("has not finished moving to its newest revision", None)
        }
        _ => Standing::healthy(None),
    }
}

/// Whether there is a newer revision than the one that all pods had last.
fn is_moving(object: &Object) -> bool {
    object.status.update_revision != object.status.current_revision
}

/// kubectl calls it complete when what the partition leaves is; where it leaves nothing, nothing new runs.
fn partitioned(object: &Object, wanted: i64, partition: i64) -> Standing {
    let updated = object.status.updated_replicas;
    let left = wanted.saturating_sub(partition).max(0);
    let of = count(wanted, "replica");
    if updated < left {
        let what = format!("has {updated} of the {left} that its partition lets change updated");
        Standing::waiting(what, None)
    } else if updated == 0 {
        Standing::failed(format!("has none of {of} updated: partition {partition} holds all"), None)
    } else {
        let held = wanted.saturating_sub(updated);
        Standing::healthy(None)
            .warn(format!("has {held} of {of} held back by partition {partition}"))
    }
}

/// How a DaemonSet stands.
pub(super) fn daemon(object: &Object) -> Standing {
    let status = &object.status;
    if let Some(behind) = behind(object) {
        return behind;
    }
    let of = count(status.desired_number_scheduled, "node");
    if status.updated_number_scheduled < status.desired_number_scheduled {
        let what = format!("is updated on {} of {of}", status.updated_number_scheduled);
        return match object.spec.update_strategy.r#type.as_str() {
            "OnDelete" => Standing::failed(format!("{what}, and {BY_HAND}"), None),
            _ => Standing::waiting(what, None),
        };
    }
    if status.number_available < status.desired_number_scheduled {
        return Standing::waiting(
            format!("is available on {} of {of}", status.number_available),
            None,
        );
    }
    match status.desired_number_scheduled {
        0 => Standing::healthy(None).warn("has no node to run on"),
        _ => Standing::healthy(None),
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::rollout::tests::check;

    #[test]
    fn stateful_sets_in_every_state() {
        check(
            "StatefulSet",
            &[
                (
                    "{metadata: {generation: 1}, spec: {replicas: 3}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 3, currentRevision: a, updateRevision: a}}",
                    "H -",
                ),
                (
                    "{metadata: {generation: 1}, spec: {replicas: 3}, status: {}}",
                    "W - has not been seen by its controller",
                ),
                (
                    "{metadata: {generation: 2}, spec: {replicas: 3}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 3}}",
                    "W - has a newer spec than its controller has seen (generation 2, not 1)",
                ),
                (
                    "{spec: {replicas: 3}, status: {observedGeneration: 1, readyReplicas: 2, updatedReplicas: 3}}",
                    "W - has 2 of 3 replicas ready",
                ),
                ("{spec: {}, status: {observedGeneration: 1}}", "W - has 0 of 1 replica ready"),
                (
                    "{spec: {replicas: 3}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}}",
                    "W - has 1 of 3 replicas updated",
                ),
                (
                    "{spec: {replicas: 3}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 3, currentRevision: a, updateRevision: b}}",
                    "W - has not finished moving to its newest revision",
                ),
                ("{spec: {replicas: 0}, status: {observedGeneration: 1}}", "H -"),
                (
                    "{spec: {replicas: 3, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 0, currentRevision: a, updateRevision: b}}",
                    "W - has 0 of the 1 that its partition lets change updated",
                ),
                (
                    "{spec: {replicas: 3, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 2}}}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}}",
                    "H - [has 2 of 3 replicas held back by partition 2]",
                ),
                (
                    "{spec: {replicas: 3, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 3}}}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 0, currentRevision: a, updateRevision: b}}",
                    "F - has none of 3 replicas updated: partition 3 holds all",
                ),
                (
                    "{spec: {replicas: 3, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 9}}}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 3, currentRevision: a, updateRevision: a}}",
                    "H -",
                ),
                (
                    "{spec: {replicas: 3, updateStrategy: {type: OnDelete}}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 2, currentRevision: a, updateRevision: b}}",
                    "F - has 2 of 3 replicas updated, and by `OnDelete` the others change when somebody deletes them",
                ),
                (
                    "{spec: {replicas: 3, updateStrategy: {type: OnDelete}}, status: {observedGeneration: 1, readyReplicas: 3, updatedReplicas: 3, currentRevision: a, updateRevision: b}}",
                    "H -",
                ),
            ],
        );
    }

    #[test]
    fn daemon_sets_in_every_state() {
        check(
            "DaemonSet",
            &[
                (
                    "{metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 5, updatedNumberScheduled: 5, numberAvailable: 5}}",
                    "H -",
                ),
                (
                    "{metadata: {generation: 1}, status: {}}",
                    "W - has a newer spec than its controller has seen (generation 1, not 0)",
                ),
                (
                    "{status: {desiredNumberScheduled: 5, updatedNumberScheduled: 2, numberAvailable: 5}}",
                    "W - is updated on 2 of 5 nodes",
                ),
                (
                    "{status: {desiredNumberScheduled: 5, updatedNumberScheduled: 5, numberAvailable: 4}}",
                    "W - is available on 4 of 5 nodes",
                ),
                ("{status: {desiredNumberScheduled: 0}}", "H - [has no node to run on]"),
                (
                    "{spec: {updateStrategy: {type: OnDelete}}, status: {desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2}}",
                    "F - is updated on 1 of 2 nodes, and by `OnDelete` the others change when somebody deletes them",
                ),
                (
                    "{spec: {updateStrategy: {type: OnDelete}}, status: {desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2}}",
                    "H -",
                ),
            ],
        );
    }
}
