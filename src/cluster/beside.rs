//! What an overlay says beside what runs, image by image.

use crate::cluster::health::{Health, State, Subject, health};
use crate::cluster::pods::Pods;
use crate::cluster::rendered::Workload;
use crate::cluster::running::{Is, Running, in_container};
use crate::cluster::{Object, Snapshot};
use crate::facts::Facts;

/// An image of an overlay, and what runs in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its workload, and how that is.
    pub health: Health,
    /// The container that has it.
    pub container: String,
    /// The image, as rendered.
    pub image: String,
    /// How it compares.
    pub compared: Compared,
    /// How many of the workload's pods are ready, and how many there should be; `None` for what is
    /// run to its end.
    pub ready: Option<(i64, i64)>,
    /// What runs in its place.
    pub runs: Vec<Running>,
}

/// How what runs compares with what is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// It is the same, and well.
    Same,
    /// Nothing runs now, as it should be: it is done, scaled to zero, or has not begun.
    Idle,
    /// It is the same, and not well.
    NotReady,
    /// It is something else, or more than one thing.
    Differs,
    /// Pods name a digest and the overlay a tag, so that only a registry can tell; or there are none to
    /// be seen of what is ready.
    Unknown,
    /// The workload is not there.
    Missing,
}

impl Compared {
    /// All words that there are.
    pub const WORDS: [&'static str; 6] =
        ["same", "idle", "not ready", "differs", "unknown", "missing"];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Idle => "idle",
            Self::NotReady => "not ready",
            Self::Differs => "differs",
            Self::Unknown => "unknown",
            Self::Missing => "missing",
        }
    }

    /// Whether it is a difference between Git and the cluster.
    pub const fn is_difference(self) -> bool {
        !matches!(self, Self::Same | Self::Idle)
    }
}

/// Every image of `workloads`, in their order, beside what of it runs.
pub fn beside(workloads: &[Workload], snapshot: &Snapshot) -> Vec<Beside> {
    let (pods, nothing) = (Pods::new(snapshot), Facts::default());
    let all = health(workloads, snapshot, &nothing, None);
    let mut out = Vec::new();
    for (workload, health) in workloads.iter().zip(all) {
        let subject = Subject { workload, pods: pods.of(workload), now: snapshot.now };
        let object = snapshot.workloads.get(&workload.id);
        let ready = object.and_then(|object| ready(&workload.id.kind, object));
        for placed in &workload.images {
            let runs = in_container(workload, &subject, &placed.container, &nothing);
            out.push(Beside {
                container: placed.container.clone(),
                image: placed.image.clone(),
                compared: compared(&health, object.is_some(), ready, &runs),
                ready,
                health: health.clone(),
                runs,
            });
        }
    }
    out
}

fn compared(
    health: &Health,
    exists: bool,
    ready: Option<(i64, i64)>,
    runs: &[Running],
) -> Compared {
    let is_well = health.state == State::Healthy;
    let has_ready = ready.is_some_and(|(ready, _)| ready > 0);
    let any = |is: Is| runs.iter().any(|running| running.is == is);
    let digests = runs.iter().map(|running| &running.digest);
    let several = digests.clone().any(|digest| Some(digest) != digests.clone().next());
    match (exists, runs.is_empty()) {
        (false, _) if !is_well => Compared::Missing,
        (_, true) if is_well && has_ready => Compared::Unknown,
        (_, true) if is_well => Compared::Idle,
        (_, true) => Compared::NotReady,
        _ if any(Is::Other) || several => Compared::Differs,
        _ if any(Is::Unsure) => Compared::Unknown,
        _ if is_well => Compared::Same,
        _ => Compared::NotReady,
    }
}

fn ready(kind: &str, object: &Object) -> Option<(i64, i64)> {
    let status = &object.status;
    match kind {
        "Deployment" | "ReplicaSet" | "Rollout" | "StatefulSet" => {
            Some((status.ready_replicas, object.spec.replicas.unwrap_or(1)))
        }
        "DaemonSet" => Some((status.number_available, status.desired_number_scheduled)),
        "Pod" => {
            let mut conditions = status.conditions.iter();
            let ready = conditions.any(|it| it.r#type == "Ready" && it.status == "True");
            Some((ready.into(), 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::scene::{overlay, pod, rolled_out, scene};

    /// The word for the only image of a Deployment of three at `web:1` that has these pods.
    fn word(cluster: &str, pods: &[(&str, &str)]) -> &'static str {
        let pods = pods
            .iter()
            .enumerate()
            .map(|(number, (image, id))| pod(&format!("p{number}"), "web-7d4", image, id, "02"));
        let objects: Vec<_> = std::iter::once(cluster.to_owned()).chain(pods).collect();
        let objects: Vec<_> = objects.iter().map(String::as_str).collect();
        let (workloads, snapshot) = scene(&overlay("web:1"), &objects);
        let found = beside(&workloads, &snapshot);
        assert_eq!((found.len(), found[0].image.as_str()), (1, "web:1"));
        found[0].compared.word()
    }

    #[test]
    fn what_runs_is_compared_with_what_is_rendered() {
        let good = rolled_out("web:1");
        let rolling = good.replace("availableReplicas: 3", "availableReplicas: 1");
        let zero = good.replace("replicas: 3", "replicas: 0").replace("Replicas: 3", "Replicas: 0");
        for (cluster, pods, wanted) in [
            (good.as_str(), &[("web:1", "web@a"), ("web:1", "web@a")][..], "same"),
            (&rolling, &[("web:1", "web@a")], "not ready"),
            (&good, &[("web:1", "web@a"), ("web:0", "web@b")], "differs"),
            (&good, &[("web:1", "web@a"), ("web:1", "web@b")], "differs"),
            (&good, &[("web@a", "web@a")], "unknown"),
            (&rolled_out("web:0"), &[("web:0", "web@b")], "differs"),
            (&rolled_out("web:0"), &[], "not ready"),
            (&zero, &[], "not ready"),
            (&good, &[], "unknown"),
            ("{kind: Deployment, metadata: {name: other}}", &[], "missing"),
        ] {
            assert_eq!(word(cluster, pods), wanted, "{pods:?}");
        }
    }

    #[test]
    fn pods_that_are_ready_are_counted_by_kind() {
        let object = |text: &str| serde_yaml::from_str::<Object>(text).unwrap();
        for (kind, text, wanted) in [
            ("Deployment", "{spec: {replicas: 3}, status: {readyReplicas: 2}}", Some((2, 3))),
            ("StatefulSet", "{status: {readyReplicas: 1}}", Some((1, 1))),
            (
                "DaemonSet",
                "{status: {desiredNumberScheduled: 4, numberAvailable: 3}}",
                Some((3, 4)),
            ),
            ("Pod", "{status: {conditions: [{type: Ready, status: 'True'}]}}", Some((1, 1))),
            ("Pod", "{}", Some((0, 1))),
            ("Job", "{status: {succeeded: 1}}", None),
        ] {
            assert_eq!(ready(kind, &object(text)), wanted, "{kind}");
        }
    }
}
