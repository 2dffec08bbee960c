//! What runs in a cluster, as data, and the rules by which it is healthy.
//!
//! Pure: an adapter reads a [`Snapshot`] of what is [`Wanted`]; the rest is judged here.

mod beside;
mod fit;
mod health;
mod object;
mod placement;
mod pods;
mod ready;
mod rendered;
mod revision;
mod rollout;
mod running;
mod runs;
#[cfg(test)]
mod scene;
mod selector;
mod sets;
mod since;
mod soak;
mod template;
mod trouble;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use jiff::Timestamp;

pub use beside::{Beside, Compared, beside};
pub use health::{Health, State, health};
pub use object::{
    Chart, ChartSpec, Condition, Container, ContainerState, ContainerStatus, Job, Meta, Named,
    Object, Owner, Phase, Revision, Rolling, Spec, Status, Template, Update,
};
pub use ready::ready;
pub use rendered::{Placed, Rendered, Workload, rendered, wanted};
pub use revision::{chart_revision, revisions};
pub use running::{Is, Running, digest, digests};
pub use selector::{Expression, Selector};
pub use since::{age, at, since, span};

/// An object of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// Its API group; empty for the core group.
    pub group: String,
    /// The version of the group; empty where nobody said one.
    pub version: String,
    /// Its kind: `Deployment`.
    pub kind: String,
    /// Its namespace; empty for what stands in none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// As kubectl writes it, with the namespace behind: `deployment.apps/web in shop`.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.group.is_empty() { "" } else { "." };
        write!(f, "{}{dot}{}/{}", self.kind.to_lowercase(), self.group, self.name)?;
        match self.namespace.as_str() {
            "" => Ok(()),
            namespace => write!(f, " in {namespace}"),
        }
    }
}

/// What is to be read.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Objects whose group, version and kind are known: what an overlay renders.
    pub workloads: BTreeSet<Id>,
    /// Pods, by namespace and selector.
    pub pods: BTreeSet<(String, Selector)>,
    /// Objects that a user named; kind, group and version are what he wrote, and may be short names,
    /// plurals or empty.
    pub named: BTreeSet<Id>,
}

/// What was there when a cluster was read.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The cluster's own time.
    pub now: Timestamp,
    /// Of [`Wanted::workloads`] those that exist.
    pub workloads: BTreeMap<Id, Object>,
    /// The pods that any of [`Wanted::pods`] selects, each once, in the order of their names.
    pub pods: Vec<Object>,
    /// Of [`Wanted::named`] those that exist, by what was asked for.
    pub named: BTreeMap<Id, Object>,
    /// Of [`Wanted::named`] those whose kind stands in no namespace.
    pub clusterwide: BTreeSet<Id>,
}

impl Wanted {
    /// Whether it is nothing.
    pub fn is_empty(&self) -> bool {
        self.workloads.is_empty() && self.pods.is_empty() && self.named.is_empty()
    }
}

impl Snapshot {
    /// Nothing, at that time.
    pub const fn empty(now: Timestamp) -> Self {
        Self {
            now,
            workloads: BTreeMap::new(),
            pods: Vec::new(),
            named: BTreeMap::new(),
            clusterwide: BTreeSet::new(),
        }
    }

    /// The pods of `namespace` that `selector` selects.
    pub fn pods<'s>(
        &'s self,
        namespace: &'s str,
        selector: &'s Selector,
    ) -> impl Iterator<Item = &'s Object> {
        let here = move |pod: &&Object| pod.metadata.namespace == namespace;
        self.pods.iter().filter(here).filter(|pod| selector.selects(&pod.metadata.labels))
    }
}
