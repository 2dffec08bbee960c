//! An object of a cluster, as far as anybody here looks: one shape for workloads, pods and whatever
//! has conditions. What is missing or null is as if it were empty.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::cluster::Selector;

/// An object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Object {
    /// `apps/v1`; missing in the items of a list.
    pub api_version: String,
    /// `Deployment`; missing in the items of a list.
    pub kind: String,
    /// Who it is.
    pub metadata: Meta,
    /// What is wanted of it.
    #[serde(deserialize_with = "lenient")]
    pub spec: Spec,
    /// What became of it.
    #[serde(deserialize_with = "lenient")]
    pub status: Status,
}

/// Who an object is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// What tells it from others of the same name.
    pub uid: String,
    /// How often its spec was changed.
    pub generation: i64,
    /// Of which change of the cluster it is.
    pub resource_version: String,
    /// When it was created.
    #[serde(deserialize_with = "lenient")]
    pub creation_timestamp: Option<Timestamp>,
    /// Since when it is going away.
    #[serde(deserialize_with = "lenient")]
    pub deletion_timestamp: Option<Timestamp>,
    /// Its labels.
    #[serde(deserialize_with = "lenient")]
    pub labels: BTreeMap<String, String>,
    /// Whose it is.
    #[serde(deserialize_with = "lenient")]
    pub owner_references: Vec<Owner>,
}

/// Whose an object is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Owner {
    /// The owner's kind.
    pub kind: String,
    /// The owner's name.
    pub name: String,
    /// Whether it is the one that manages it.
    pub controller: bool,
}

/// What is wanted of a workload or a pod.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spec {
    /// How many pods; 1 where nothing is said.
    #[serde(deserialize_with = "lenient")]
    pub replicas: Option<i64>,
    /// Its pods.
    #[serde(deserialize_with = "lenient")]
    pub selector: Selector,
    /// What its pods are made of.
    #[serde(deserialize_with = "lenient")]
    pub template: Option<Template>,
    /// How a StatefulSet or a DaemonSet changes its pods.
    #[serde(deserialize_with = "lenient")]
    pub update_strategy: Update,
    /// Whether a Deployment or a Rollout stands still.
    #[serde(deserialize_with = "lenient")]
    pub paused: bool,
    /// Whether a Job, a CronJob or an object of Flux stands still.
    #[serde(deserialize_with = "lenient")]
    pub suspend: bool,
    /// The Job that a CronJob makes.
    #[serde(deserialize_with = "lenient")]
    pub job_template: Option<Job>,
    /// A pod's containers.
    #[serde(deserialize_with = "lenient")]
    pub containers: Vec<Container>,
    /// A pod's init containers.
    #[serde(deserialize_with = "lenient")]
    pub init_containers: Vec<Container>,
    /// A pod's ephemeral containers.
    #[serde(deserialize_with = "lenient")]
    pub ephemeral_containers: Vec<Container>,
    /// A pod's service account.
    #[serde(deserialize_with = "lenient")]
    pub service_account_name: String,
    /// The Secrets that a pod's images are pulled with.
    #[serde(deserialize_with = "lenient")]
    pub image_pull_secrets: Vec<Named>,
    /// How long a Job stays when it is finished.
    #[serde(deserialize_with = "lenient")]
    pub ttl_seconds_after_finished: Option<i64>,
    /// The workload that a Rollout has its pods' template from.
    #[serde(deserialize_with = "lenient")]
    pub workload_ref: Option<Named>,
    /// The chart of a `HelmRelease`.
    #[serde(deserialize_with = "lenient")]
    pub chart: Chart,
}

/// The chart that a `HelmRelease` is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Chart {
    /// What it is made of.
    pub spec: ChartSpec,
}

/// Where a chart is from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ChartSpec {
    /// The source.
    pub source_ref: Named,
    /// Whether every commit makes a version of its own: `Revision`.
    pub reconcile_strategy: String,
}

/// Another object, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Named {
    /// Its kind, where it can be of several.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// What pods are made of.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Template {
    /// Their labels and annotations.
    pub metadata: Meta,
    /// Their spec.
    #[serde(deserialize_with = "lenient")]
    pub spec: Box<Spec>,
}

/// The Job that a CronJob makes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Job {
    /// Its spec.
    #[serde(deserialize_with = "lenient")]
    pub spec: Box<Spec>,
}

/// How pods are changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Update {
    /// `RollingUpdate` or `OnDelete`.
    pub r#type: String,
    /// How they roll.
    #[serde(deserialize_with = "lenient")]
    pub rolling_update: Rolling,
}

/// How pods roll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rolling {
    /// The first ordinal that is changed.
    pub partition: i64,
}

/// A container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
}

/// What became of an object.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// The generation that the rest is about. Argo Rollouts writes it as a text.
    #[serde(deserialize_with = "number")]
    pub observed_generation: Option<i64>,
    /// Its conditions.
    #[serde(deserialize_with = "lenient")]
    pub conditions: Vec<Condition>,
    /// Pods that there are.
    #[serde(deserialize_with = "lenient")]
    pub replicas: i64,
    /// Pods of the newest template.
    #[serde(deserialize_with = "lenient")]
    pub updated_replicas: i64,
    /// Pods that are ready.
    #[serde(deserialize_with = "lenient")]
    pub ready_replicas: i64,
    /// Pods that have been ready for long enough.
    #[serde(deserialize_with = "lenient")]
    pub available_replicas: i64,
    /// Nodes that a DaemonSet is to run on.
    #[serde(deserialize_with = "lenient")]
    pub desired_number_scheduled: i64,
    /// Nodes that run its newest pod.
    #[serde(deserialize_with = "lenient")]
    pub updated_number_scheduled: i64,
    /// Nodes that run an available pod of it.
    #[serde(deserialize_with = "lenient")]
    pub number_available: i64,
    /// The revision that a StatefulSet comes from.
    #[serde(deserialize_with = "lenient")]
    pub current_revision: String,
    /// The revision that a StatefulSet goes to.
    #[serde(deserialize_with = "lenient")]
    pub update_revision: String,
    /// How many of a Job's pods run, or a CronJob's Jobs.
    #[serde(deserialize_with = "count")]
    pub active: i64,
    /// How many of a Job's pods failed.
    #[serde(deserialize_with = "lenient")]
    pub failed: i64,
    /// When a Job was complete.
    #[serde(deserialize_with = "lenient")]
    pub completion_time: Option<Timestamp>,
    /// When a Job or a pod was started.
    #[serde(deserialize_with = "lenient")]
    pub start_time: Option<Timestamp>,
    /// When a CronJob last made a Job.
    #[serde(deserialize_with = "lenient")]
    pub last_schedule_time: Option<Timestamp>,
    /// When a Job of a CronJob last succeeded.
    #[serde(deserialize_with = "lenient")]
    pub last_successful_time: Option<Timestamp>,
    /// The phase of a pod or a Rollout.
    #[serde(deserialize_with = "lenient")]
    pub phase: String,
    /// What a Rollout or a pod says about it.
    #[serde(deserialize_with = "lenient")]
    pub message: String,
    /// What tells the newest pods of a Rollout from others.
    #[serde(deserialize_with = "lenient")]
    pub current_pod_hash: String,
    /// What a pod says about it in a word.
    #[serde(deserialize_with = "lenient")]
    pub reason: String,
    /// A pod's containers.
    #[serde(deserialize_with = "lenient")]
    pub container_statuses: Vec<ContainerStatus>,
    /// A pod's init containers.
    #[serde(deserialize_with = "lenient")]
    pub init_container_statuses: Vec<ContainerStatus>,
    /// A pod's ephemeral containers.
    #[serde(deserialize_with = "lenient")]
    pub ephemeral_container_statuses: Vec<ContainerStatus>,
    /// What Flux applied last: `main@sha1:…`.
    #[serde(deserialize_with = "lenient")]
    pub last_applied_revision: String,
    /// What that was made of, where it is an artifact: the commit that it was pushed from.
    #[serde(deserialize_with = "lenient")]
    pub last_applied_origin_revision: String,
    /// The version of a chart that Flux last installed.
    #[serde(deserialize_with = "lenient")]
    pub last_attempted_revision: String,
    /// What Argo CD last compared with.
    #[serde(deserialize_with = "lenient")]
    pub sync: Revision,
    /// What Argo CD thinks of the application's objects.
    #[serde(deserialize_with = "lenient")]
    pub health: Revision,
}

/// Argo CD's health and sync: a word, and commits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Revision {
    /// `Synced`, `OutOfSync`; `Healthy`, `Degraded`, …
    pub status: String,
    /// Why.
    #[serde(deserialize_with = "lenient")]
    pub message: String,
    /// The commit of its source.
    #[serde(deserialize_with = "lenient")]
    pub revision: String,
    /// The commits of its sources.
    #[serde(deserialize_with = "lenient")]
    pub revisions: Vec<String>,
    /// Since when.
    #[serde(deserialize_with = "lenient")]
    pub last_transition_time: Option<Timestamp>,
}

/// A condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// `Ready`, `Available`, `Progressing`, …
    pub r#type: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Why, in a word.
    #[serde(deserialize_with = "lenient")]
    pub reason: String,
    /// Why, in a sentence.
    #[serde(deserialize_with = "lenient")]
    pub message: String,
    /// Since when its status is what it is.
    #[serde(deserialize_with = "lenient")]
    pub last_transition_time: Option<Timestamp>,
    /// When it was last written.
    #[serde(deserialize_with = "lenient")]
    pub last_update_time: Option<Timestamp>,
    /// The generation that it is about.
    #[serde(deserialize_with = "number")]
    pub observed_generation: Option<i64>,
}

/// A container of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// Its name.
    pub name: String,
    /// Its image, as the runtime calls it.
    #[serde(deserialize_with = "lenient")]
    pub image: String,
    /// What the runtime made of it: `ghcr.io/acme/web@sha256:…`, `docker-pullable://…`, or no digest.
    #[serde(rename = "imageID", deserialize_with = "lenient")]
    pub image_id: String,
    /// Whether it is ready.
    pub ready: bool,
    /// How often it was started again.
    pub restart_count: i64,
    /// What it does.
    #[serde(deserialize_with = "lenient")]
    pub state: ContainerState,
    /// How it ended before it was started again.
    #[serde(deserialize_with = "lenient")]
    pub last_state: ContainerState,
}

/// What a container does: one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerState {
    /// It runs.
    #[serde(deserialize_with = "lenient")]
    pub running: Option<Phase>,
    /// It has not been started.
    #[serde(deserialize_with = "lenient")]
    pub waiting: Option<Phase>,
    /// It has ended.
    #[serde(deserialize_with = "lenient")]
    pub terminated: Option<Phase>,
}

/// Since when a container does what it does, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Phase {
    /// `CrashLoopBackOff`, `ImagePullBackOff`, `Completed`, …
    #[serde(deserialize_with = "lenient")]
    pub reason: String,
    /// Why, in a sentence.
    #[serde(deserialize_with = "lenient")]
    pub message: String,
    /// Since when it runs.
    #[serde(deserialize_with = "lenient")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(deserialize_with = "lenient")]
    pub finished_at: Option<Timestamp>,
    /// How it ended.
    pub exit_code: i64,
}

/// What is there, or the default where it is null or of another shape: a custom resource may call
/// something else by the same name.
fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Shape<T> {
        Right(T),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Option::<Shape<T>>::deserialize(from)? {
        Some(Shape::Right(value)) => value,
        Some(Shape::Other(_)) | None => T::default(),
    })
}

/// A number, or a text that is one.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    #[derive(Default, Deserialize)]
    #[serde(untagged)]
    enum Number {
        Whole(i64),
        Text(String),
        #[default]
        #[serde(skip)]
        None,
    }
    Ok(match lenient(from)? {
        Number::Whole(number) => Some(number),
        Number::Text(text) => text.parse().ok(),
        Number::None => None,
    })
}

/// A number, or how many there are: a Job counts its pods, a CronJob lists its Jobs.
fn count<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Count {
        Number(i64),
        List(Vec<serde::de::IgnoredAny>),
    }
    impl Default for Count {
        fn default() -> Self {
            Self::Number(0)
        }
    }
    Ok(match lenient(from)? {
        Count::Number(number) => number,
        Count::List(list) => i64::try_from(list.len()).unwrap_or(i64::MAX),
    })
}
