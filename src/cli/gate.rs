//! What the source's cluster has to say before anything is promoted: what is required of it, which
//! digests run, and who may ask the registries.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::Result;
use jiff::SignedDuration;

use crate::cli::ask::Asker;
use crate::cli::cluster::Gates;
use crate::cli::from::From;
use crate::cli::gitops::Applied;
use crate::cli::report;
use crate::cli::workloads::{self, pull_secrets};
use crate::cluster::{
    Health, Id, Is, Meta, Rendered, Snapshot, State, Timestamp, Wanted, Workload, at, digest,
    digests, health, ready, span, wanted,
};
use crate::diagnostic::Diagnostic;
use crate::facts::{Answer, Facts, Manifest, Question};
use crate::io::cluster::Cluster;
use crate::io::fs;
use crate::promotion::DigestFrom;

/// Asks the cluster of `sources` what `gates` say, once or until it is well; `asker` learns what runs
/// and how to log in. What is returned is to be said; errors stand in the way.
///
/// # Errors
/// A diagnostic for a cluster, an overlay or a registry that cannot be asked.
pub(super) fn pass(gates: &Gates, sources: &[From], asker: &mut Asker) -> Result<Vec<Diagnostic>> {
    let cluster = Cluster::connect(&gates.access.options(asker.verbose))?;
    let named = named(gates, &cluster)?;
    let mut gate = Gate {
        gates,
        sources,
        asker,
        named,
        workloads: Vec::new(),
        shares: Vec::new(),
        others: Vec::new(),
        facts: Facts::default(),
        applied: Applied::default(),
        said: Vec::new(),
    };
    gate.look(&cluster)?;
    if gates.pull_secrets {
        pull_secrets(&cluster, &gate.workloads, gate.asker)?;
    }
    gate.pass(&cluster)
}

/// Whoever requires something of nothing may have named the wrong directory.
fn nothing_runs(from: &From) -> Diagnostic {
    let message =
        format!("`{}` renders no workload, so nothing of it can be healthy or run", from.name);
    Diagnostic::warning(message)
}

/// The objects that `--require-ready` names.
fn named(gates: &Gates, cluster: &Cluster) -> Result<Vec<Id>, Diagnostic> {
    let id = |text: &String| {
        let id = workloads::named(text)?;
        let namespace =
            if id.namespace.is_empty() { cluster.namespace().to_owned() } else { id.namespace };
        Ok(Id { namespace, ..id })
    };
    gates.require_ready.iter().map(id).collect()
}

struct Gate<'g> {
    gates: &'g Gates,
    sources: &'g [From],
    asker: &'g mut Asker,
    named: Vec<Id>,
    workloads: Vec<Workload>,
    /// How many of them each source renders, in order.
    shares: Vec<usize>,
    /// What may run pods besides.
    others: Vec<Id>,
    /// What registries said of it.
    facts: Facts,
    applied: Applied,
    /// What is to be said whatever the cluster has.
    said: Vec<Diagnostic>,
}

impl Gate<'_> {
    /// Looks at the sources: what they render, and which commit they are of.
    fn look(&mut self, cluster: &Cluster) -> Result<()> {
        (self.workloads, self.shares, self.others, self.said) = Default::default();
        for from in self.sources.iter().filter(|_| self.gates.renders()) {
            let Rendered { workloads: found, others } = workloads::of(from, cluster.namespace())?;
            if found.is_empty() {
                self.said.push(nothing_runs(from));
            }
            self.shares.push(found.len());
            self.workloads.extend(found);
            self.others.extend(others);
        }
        if self.reads() {
            self.told_apart()?;
        }
        if !self.named.is_empty() {
            self.applied = Applied::of(self.sources)?;
        }
        Ok(())
    }

    /// The workloads of each source.
    fn by_source(&self) -> impl Iterator<Item = (&From, &[Workload])> {
        let mut rest = self.workloads.as_slice();
        self.sources.iter().zip(&self.shares).map(move |(from, share)| {
            let (own, others) = rest.split_at(*share);
            rest = others;
            (from, own)
        })
    }

    /// Looks whether one cluster can be that of all sources.
    ///
    /// # Errors
    /// A diagnostic for two that render one object: of which of them it would be, nobody can tell.
    fn told_apart(&self) -> Result<(), Diagnostic> {
        let mut seen: BTreeMap<&Id, &From> = BTreeMap::new();
        for (from, workloads) in self.by_source() {
            for Workload { id, .. } in workloads.iter().filter(|one| !one.is_nameless()) {
                // Who names one overlay twice is told so when it is planned.
                let is_other = |other: &&From| fs::identity(&other.dir) != fs::identity(&from.dir);
                let Some(other) = seen.insert(id, from).filter(is_other) else { continue };
                let message = format!(
                    "`{}` and `{}` both render `{id}`, and one cluster has only one",
                    other.name, from.name
                );
                return Err(Diagnostic::error(message)
                    .hint("ask the cluster of each by itself, with its `--context`"));
            }
        }
        Ok(())
    }

    /// Looks again: who waited did so for what was there then, and that is what is to be promoted.
    fn look_again(&mut self, cluster: &Cluster) -> Result<()> {
        let then = (self.workloads.clone(), std::mem::take(&mut self.applied));
        self.look(cluster)?;
        if then == (self.workloads.clone(), std::mem::take(&mut self.applied)) {
            return Ok(());
        }
        let names = self.sources.iter().map(|from| format!("`{}`", from.name)).collect::<Vec<_>>();
        let message = format!("{} changed while its cluster was waited for", names.join(", "));
        Err(Diagnostic::error(message)
            .hint("run it again: what changed may not be well yet")
            .into())
    }

    fn pass(&mut self, cluster: &Cluster) -> Result<Vec<Diagnostic>> {
        let wanted = self.wanted();
        let snapshot = match self.gates.wait {
            // Nothing of it can be looked up, and that is said.
            _ if wanted.is_empty() => Snapshot::empty(Timestamp::now()),
            None => cluster.read(&wanted)?,
            Some(limit) => self.watched(cluster, &wanted, limit)?,
        };
        let found = self.judge(&snapshot)?;
        if self.gates.wait.is_some() && !found.iter().any(|health| health.state != State::Healthy) {
            self.look_again(cluster)?;
        }
        if self.gates.digest_from == DigestFrom::Running {
            self.asker.world.running = self.running(&snapshot)?;
        }
        let now = snapshot.now;
        self.said.extend(self.overlooked(&snapshot));
        let found = found.iter().flat_map(|health| said(health, self.gates, now));
        Ok(std::mem::take(&mut self.said).into_iter().chain(found).collect())
    }

    /// What is there once there is nothing to wait for any more, or `limit` is over.
    fn watched(&mut self, cluster: &Cluster, wanted: &Wanted, limit: Duration) -> Result<Snapshot> {
        let (mut said, mut failed, mut end) = (BTreeSet::new(), None, None);
        let quiet = self.asker.is_quiet();
        let snapshot = cluster.watch(wanted, limit, &mut |snapshot| {
            let now = snapshot.now;
            let end = *end.get_or_insert(now.checked_add(limit).unwrap_or(Timestamp::MAX));
            match self.judge(snapshot) {
                Ok(found) => is_late(&found, end) || is_settled(&found, &mut said, quiet),
                Err(error) => {
                    failed = Some(error);
                    true
                }
            }
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(snapshot?),
        }
    }

    /// What is to be said of what --require-healthy has no rules for, and nobody named either.
    fn overlooked(&self, snapshot: &Snapshot) -> Vec<Diagnostic> {
        let is_named = |id: &&Id| {
            snapshot.named.values().any(|object| {
                let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
                let Meta { name, namespace, .. } = &object.metadata;
                (group, &object.kind, name, namespace)
                    == (id.group.as_str(), &id.kind, &id.name, &id.namespace)
            })
        };
        let others = self.others.iter().filter(|_| self.gates.require_healthy);
        others.filter(|id| !is_named(id)).map(workloads::without_rules).collect()
    }

    /// Whether the workloads themselves are looked up.
    fn reads(&self) -> bool {
        self.gates.require_healthy || self.gates.digest_from == DigestFrom::Running
    }

    fn wanted(&self) -> Wanted {
        let mut out = if self.reads() { wanted(&self.workloads) } else { Wanted::default() };
        out.named = self.named.iter().cloned().collect();
        out
    }

    /// How everything is that something is required of; registries are asked what only they know.
    fn judge(&mut self, snapshot: &Snapshot) -> Result<Vec<Health>> {
        let mut out = Vec::new();
        if self.gates.require_healthy {
            let soak = self.gates.soak.map(SignedDuration::try_from).transpose()?;
            loop {
                out = health(&self.workloads, snapshot, &self.facts, soak);
                let questions = out.iter().flat_map(|health| health.questions.iter().cloned());
                if !self.asked(questions.collect())? {
                    break;
                }
            }
        }
        for id in &self.named {
            let object = snapshot.named.get(id);
            let shown = match snapshot.clusterwide.contains(id) {
                true => Id { namespace: String::new(), ..id.clone() },
                false => id.clone(),
            };
            let found = ready(&shown, object, snapshot.now);
            out.push(self.applied.judge(found, object)?);
        }
        Ok(out)
    }

    /// Asks registries about `manifests`, and says whether there was anything new to ask.
    fn asked(&mut self, manifests: BTreeSet<Manifest>) -> Result<bool> {
        let questions = manifests.into_iter().map(Question::Manifest);
        let new: BTreeSet<_> =
            questions.filter(|question| self.facts.answer(question).is_none()).collect();
        if new.is_empty() {
            return Ok(false);
        }
        self.facts.extend(self.asker.ask(&new, true)?);
        Ok(true)
    }

    /// The digest that runs of every image that a source renders, in its own workloads.
    fn running(&mut self, snapshot: &Snapshot) -> Result<BTreeMap<(String, Manifest), Answer>> {
        loop {
            let (mut out, mut unsure) = (BTreeMap::new(), BTreeSet::new());
            for (from, workloads) in self.by_source() {
                let found = digests(workloads, snapshot, &self.facts);
                for (image, all) in &found {
                    if all.iter().any(|one| one.is == Is::Unsure) {
                        unsure.insert(image.clone());
                    }
                    out.insert((from.name.clone(), image.clone()), digest(image, &found));
                }
            }
            if !self.asked(unsure)? {
                return Ok(out);
            }
        }
    }
}

/// Whether there is nothing to wait for: all is well, or something will not become so by waiting.
/// What is waited for is said once.
fn is_settled(found: &[Health], said: &mut BTreeSet<String>, quiet: bool) -> bool {
    let waits = found.iter().filter(|health| health.state == State::Waiting);
    let failed = found.iter().any(|health| health.state == State::Failed);
    let mut waiting = false;
    for health in waits {
        waiting = true;
        // Without the times, which change.
        let what = health.why.split(", since ").next().unwrap_or_default();
        if !failed && !quiet && said.insert(what.to_owned()) {
            report::note(&format!("waiting: {what}"));
        }
    }
    failed || !waiting
}

/// Whether something takes longer than until `end`, however well all goes.
fn is_late(found: &[Health], end: Timestamp) -> bool {
    found.iter().any(|health| health.until.is_some_and(|until| until > end))
}

fn said(health: &Health, gates: &Gates, now: Timestamp) -> Vec<Diagnostic> {
    let warnings = health.warnings.iter().map(Diagnostic::warning);
    let hint = match (health.state, health.until) {
        (State::Waiting, Some(until)) => Some(format!(
            "if it stays so, that is long enough at {} (in {})",
            at(until),
            span(until.duration_since(now))
        )),
        (State::Waiting, None) if gates.wait.is_none() => {
            Some("`--wait 10m` waits until it is".to_owned())
        }
        _ => None,
    };
    let error = (health.state != State::Healthy).then(|| Diagnostic::error(&health.why));
    let error = error.map(|error| match hint {
        Some(hint) => error.hint(hint),
        None => error,
    });
    error.into_iter().chain(warnings).collect()
}
