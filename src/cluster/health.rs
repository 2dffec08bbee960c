//! Whether what an overlay renders is healthy in a cluster: there, at the rendered image, rolled out,
//! ready, and for how long.

use jiff::{SignedDuration, Timestamp};

use crate::cluster::pods::{Pods, counts};
use crate::cluster::rendered::Workload;
use crate::cluster::rollout::{Standing, count, standing};
use crate::cluster::since::since;
use crate::cluster::trouble::worst;
use crate::cluster::{Id, Object, Snapshot, placement, soak};
use crate::facts::{Facts, Manifest};

/// How an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The object.
    pub id: Id,
    /// Whether it is well.
    pub state: State,
    /// Since when it is so, as far as anybody tells; never in the future.
    pub since: Option<Timestamp>,
    /// What is wrong, in one sentence that names the object; empty when it is healthy.
    pub why: String,
    /// What else is to be said, each in a sentence that names the object.
    pub warnings: Vec<String>,
    /// The manifests whose digests would tell what cannot be told here; with them as facts, ask again.
    pub questions: Vec<Manifest>,
}

/// Whether an object is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is.
    Healthy,
    /// It is not, and may become so without anybody's help: controllers work, Git is applied.
    Waiting,
    /// It is not, and somebody has to do something.
    Failed,
}

/// How each of `workloads` is in `snapshot`, in their order. What only registries know is asked of
/// `facts`; with `soak` it has to have been healthy for that long.
pub fn health(
    workloads: &[Workload],
    snapshot: &Snapshot,
    facts: &Facts,
    soak: Option<SignedDuration>,
) -> Vec<Health> {
    let pods = Pods::new(snapshot);
    let judge = |workload: &Workload| {
        let subject = Subject { workload, pods: pods.of(workload), now: snapshot.now };
        let mut questions = Vec::new();
        let found = match snapshot.workloads.get(&workload.id) {
            Some(object) => subject.judge(object, facts, soak, &mut questions),
            None => subject.absent(),
        };
        let found = Health::new(&workload.id, found, snapshot.now);
        Health { questions, ..found }
    };
    workloads.iter().map(judge).collect()
}

impl Health {
    /// What is to be said of `id`, which stands so.
    pub(super) fn new(id: &Id, standing: Standing, now: Timestamp) -> Self {
        let Standing { state, what, since: start, warnings } = standing;
        let start = start.map(|start| start.min(now));
        let why = match start {
            _ if state == State::Healthy => String::new(),
            Some(start) => format!("`{id}` {what}, {}", since(start, now)),
            None => format!("`{id}` {what}"),
        };
        let warnings = warnings.into_iter().map(|warning| format!("`{id}` {warning}")).collect();
        Self { id: id.clone(), state, since: start, why, warnings, questions: Vec::new() }
    }
}

/// A workload that is looked at.
pub(super) struct Subject<'s> {
    /// What the overlay says of it.
    pub(super) workload: &'s Workload,
    /// Its pods that stay.
    pub(super) pods: Vec<&'s Object>,
    /// The cluster's time.
    pub(super) now: Timestamp,
}

impl<'s> Subject<'s> {
    fn kind(&self) -> &str {
        &self.workload.id.kind
    }

    /// The pods that say what of it runs.
    pub(super) fn running(&self) -> impl Iterator<Item = &'s Object> {
        let ends = matches!(self.kind(), "CronJob" | "Job" | "Pod");
        self.pods.iter().copied().filter(move |pod| counts(pod, ends))
    }

    fn absent(&self) -> Standing {
        let well = Standing::healthy(None);
        if self.workload.is_nameless() {
            well.warn("has a name that the cluster makes up: whether it is healthy cannot be told")
        } else if self.workload.fleeting {
            well.warn(
                "is gone, as it is deleted when it is done: whether it succeeded cannot be told",
            )
        } else {
            Standing::waiting("is not there", None)
        }
    }

    fn judge(
        &self,
        object: &Object,
        facts: &Facts,
        soak: Option<SignedDuration>,
        questions: &mut Vec<Manifest>,
    ) -> Standing {
        if let Some(time) = object.metadata.deletion_timestamp {
            return Standing::waiting("is being deleted", Some(time));
        }
        let images = placement::images(self.workload, object, facts);
        questions.extend(placement::questions(self, &images, facts));
        if let Some(wrong) = placement::template(&images) {
            return wrong;
        }
        if let Some(suspended) = self.suspended(object) {
            return suspended;
        }
        let found = standing(self.kind(), object).unwrap_or_else(|| Standing::healthy(None));
        if found.state != State::Healthy {
            return self.blame(found);
        }
        let found = match self.scaled(object, found) {
            Ok(found) => found,
            Err(wrong) => return wrong,
        };
        if let Some(wrong) = placement::wrong(self, object, &images, facts) {
            return wrong;
        }
        soak::soaked(self, placement::warned(self, object, found), soak)
    }

    /// `found`, with what its pods say.
    fn blame(&self, mut found: Standing) -> Standing {
        let pods: Vec<_> = match self.kind() {
            "Job" | "Pod" => self.pods.clone(),
            _ => self.running().collect(),
        };
        let Some(trouble) = worst(&pods) else { return found };
        let own = format!("pod `{}`: ", self.workload.id.name);
        let why = match self.kind() {
            "Pod" => trouble.why.strip_prefix(&own).unwrap_or(&trouble.why),
            _ => &trouble.why,
        };
        found.what = format!("{}: {why}", found.what);
        found.since = trouble.since.or(found.since);
        if trouble.is_final {
            found.state = State::Failed;
        }
        found
    }

    /// What is to be said of a Job or a CronJob that stands still.
    fn suspended(&self, object: &Object) -> Option<Standing> {
        let is_run = matches!(self.kind(), "CronJob" | "Job");
        (is_run && object.spec.suspend).then(|| match self.workload.suspend {
            true => Standing::healthy(None).warn("is suspended, as the overlay says"),
            false => Standing::waiting("is suspended, which the overlay does not say", None),
        })
    }

    /// `found`, unless there are no pods though the overlay asks for some. Where it leaves their
    /// number to somebody else, nobody may need any just now.
    fn scaled(&self, object: &Object, found: Standing) -> Result<Standing, Standing> {
        let scales = matches!(self.kind(), "Deployment" | "Rollout" | "StatefulSet");
        if !scales || object.spec.replicas != Some(0) {
            return Ok(found);
        }
        match self.workload.replicas {
            Some(asked) if asked > 0 => {
                let asked = count(asked, "replica");
                let what = format!("is scaled to zero, and the overlay asks for {asked}");
                Err(Standing::waiting(what, None))
            }
            _ => Ok(found.warn("is scaled to zero: nothing of it runs")),
        }
    }
}
