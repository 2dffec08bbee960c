//! Whether what Flux or Argo CD applied contains the commit that a source was read at.

use std::collections::BTreeSet;
use std::slice;

use anyhow::Result;
use camino::Utf8PathBuf;

use crate::cli::from::From;
use crate::cluster::{Health, Id, Object, State, chart_revision, revisions};
use crate::diagnostic::Diagnostic;
use crate::io::fs;
use crate::io::git::{self, Revision};
use crate::overlay::{Reach, gather, is_kustomization};
use crate::tree::{Tree, dir_of};

/// What applies a Git repository, or an artifact that is made of one, by group and kind.
const APPLIERS: [(&str, &str); 2] =
    [("argoproj.io", "Application"), ("kustomize.toolkit.fluxcd.io", "Kustomization")];

/// What may be made of one, and is itself applied by others.
const RELEASE: (&str, &str) = ("helm.toolkit.fluxcd.io", "HelmRelease");

/// The sources whose commits have to be applied.
#[derive(Default, PartialEq)]
pub(super) struct Applied {
    sources: Vec<Source>,
}

#[derive(PartialEq)]
struct Source {
    name: String,
    dir: Utf8PathBuf,
    /// `None` outside of any repository.
    commit: Option<Commit>,
}

/// What is checked out.
#[derive(PartialEq)]
enum Commit {
    /// This one.
    Is(String),
    /// Something that is in none.
    Changed,
}

impl Applied {
    /// The commits of `sources`.
    ///
    /// # Errors
    /// Git's own for a revision.
    pub(super) fn of(sources: &[From]) -> Result<Self> {
        let mut out = Self::default();
        for from in sources {
            let commit = match &from.revision {
                Some(name) => Some(Commit::Is(Revision::open(&from.dir, name)?.commit.clone())),
                None => checked_out(from)?,
            };
            let (name, dir) = (from.name.clone(), from.dir.clone());
            out.sources.push(Source { name, dir, commit });
        }
        Ok(out)
    }

    /// `health` of `object`, unless that applied something that lacks a source's commit. Where nobody
    /// can tell, that is said.
    ///
    /// # Errors
    /// A diagnostic for a source that no commit has as it is, where `object` applies commits; the
    /// system's error when `git` cannot be run.
    pub(super) fn judge(&self, mut health: Health, object: Option<&Object>) -> Result<Health> {
        let Some(object) = object else { return Ok(health) };
        let (applied, kind) = (revisions(object), kind(object, &health.id));
        let applies = !applied.is_empty() || APPLIERS.contains(&kind);
        if !applies && kind != RELEASE {
            return Ok(health);
        }
        // Nobody has to wait for that.
        let changed = self.sources.iter().find(|it| it.commit == Some(Commit::Changed));
        if let Some(source) = changed.filter(|_| applies) {
            return Err(uncommitted(&source.name).into());
        }
        let chart = chart_revision(object).filter(|_| applied.is_empty());
        if health.state != State::Healthy {
            return Ok(health);
        }
        for source in &self.sources {
            // A chart may well be of another repository.
            let applied = match &chart {
                Some(chart) if source.knows(chart)? => slice::from_ref(chart),
                _ => &applied,
            };
            if let Some(why) = source.untold(applied) {
                health.warnings.push(format!("`{}` {why}", health.id));
            } else if let Some((state, why)) = source.lacking(applied)? {
                let why = format!("`{}` has applied {}, {why}", health.id, short(applied));
                return Ok(Health { state, why, ..health });
            }
        }
        Ok(health)
    }
}

impl Source {
    /// Whether `commit` can be compared with its own.
    fn knows(&self, commit: &str) -> Result<bool> {
        let Some(Commit::Is(own)) = &self.commit else { return Ok(false) };
        Ok(git::is_ancestor(&self.dir, own, commit)?.is_some())
    }

    /// Why nobody can tell whether it is in `applied`.
    fn untold(&self, applied: &[String]) -> Option<String> {
        let name = &self.name;
        if self.commit.is_none() {
            Some(format!(
                "is ready, but `{name}` is in no Git repository: whether it is what was applied cannot be told"
            ))
        } else if applied.is_empty() {
            Some(format!(
                "is ready, but names no commit that it has applied: whether it contains that of `{name}` cannot be told"
            ))
        } else {
            None
        }
    }

    /// Why its commit is not in `applied`.
    fn lacking(&self, applied: &[String]) -> Result<Option<(State, String)>> {
        let Some(Commit::Is(commit)) = &self.commit else { return Ok(None) };
        let known = applied.iter().map(|applied| git::is_ancestor(&self.dir, commit, applied));
        let known = known.collect::<Result<Vec<_>>>()?;
        let (name, short) = (&self.name, &commit[..12.min(commit.len())]);
        Ok(if known.contains(&Some(true)) {
            None
        } else if known.contains(&Some(false)) {
            let why = format!("which does not contain `{short}`, the commit of `{name}`");
            Some((State::Waiting, why))
        } else {
            let why = format!(
                "which is not in this clone, so whether it contains `{short}`, the commit of `{name}`, cannot be told: fetch it"
            );
            Some((State::Failed, why))
        })
    }
}

/// What is checked out; `None` outside of any repository.
fn checked_out(from: &From) -> Result<Option<Commit>> {
    let tree = surroundings(from);
    let mut paths: BTreeSet<_> = tree.paths().map(ToOwned::to_owned).collect();
    let kustomizations = tree.paths().filter(|path| path.file_name().is_some_and(is_kustomization));
    paths.extend(kustomizations.map(dir_of));
    let paths: Vec<_> = paths.iter().map(Utf8PathBuf::as_path).collect();
    let found = git::head(&from.dir, &paths)?;
    Ok(found.map(|(_, commit)| commit.map_or(Commit::Changed, Commit::Is)))
}

/// The files that `from` is made of, with the bases that it builds on.
fn surroundings(from: &From) -> Tree {
    let mut tree = Tree::default();
    match &from.release {
        Some(path) => tree.insert(path.clone(), fs::read(path)),
        None => gather(&mut tree, &from.dir, Reach::Around, &mut |path| fs::read(path)),
    }
    tree
}

/// Group and kind of `object`; those that were asked for where it leaves them out.
fn kind<'o>(object: &'o Object, asked: &'o Id) -> (&'o str, &'o str) {
    let group = object.api_version.split_once('/').map_or("", |(group, _)| group);
    match object.kind.as_str() {
        "" => (&asked.group, &asked.kind),
        kind => (group, kind),
    }
}

fn short(commits: &[String]) -> String {
    let short = |commit: &String| format!("`{}`", &commit[..12.min(commit.len())]);
    commits.iter().map(short).collect::<Vec<_>>().join(", ")
}

fn uncommitted(name: &str) -> Diagnostic {
    let message =
        format!("`{name}` has changes that are in no commit, so no cluster can have applied them");
    Diagnostic::error(message)
        .hint("commit and push them first, or name what was applied: PATH@REV")
}
