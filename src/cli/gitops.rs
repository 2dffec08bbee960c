//! Whether what Flux or Argo CD applied contains the commit that a source was read at.

use anyhow::Result;
use camino::Utf8PathBuf;

use crate::cli::from::From;
use crate::cluster::{Health, Object, State, revisions};
use crate::diagnostic::Diagnostic;
use crate::io::git::{self, Revision};

/// The commits that have to be applied: of each source its name, where it is, and the commit.
#[derive(Default)]
pub(super) struct Applied {
    sources: Vec<(String, Utf8PathBuf, String)>,
}

impl Applied {
    /// The commits of `sources`; a source outside of any repository has none.
    ///
    /// # Errors
    /// A diagnostic for a source that no commit has as it is, Git's own for a revision.
    pub(super) fn of(sources: &[From]) -> Result<Self> {
        let mut out = Self::default();
        for from in sources {
            let commit = match &from.revision {
                Some(name) => Some(Revision::open(&from.dir, name)?.commit.clone()),
                None => match git::head(&from.dir, &[&from.dir])? {
                    None => None,
                    Some((_, Some(commit))) => Some(commit),
                    Some((_, None)) => return Err(uncommitted(from).into()),
                },
            };
            out.sources.extend(commit.map(|commit| (from.name.clone(), from.dir.clone(), commit)));
        }
        Ok(out)
    }

    /// `health` of `object`, unless that applied something that lacks a source's commit.
    ///
    /// # Errors
    /// The system's error when `git` cannot be run.
    pub(super) fn judge(&self, health: Health, object: Option<&Object>) -> Result<Health> {
        let applied = object.map(revisions).unwrap_or_default();
        if health.state != State::Healthy || applied.is_empty() {
            return Ok(health);
        }
        for (name, dir, commit) in &self.sources {
            let known = applied.iter().map(|applied| git::is_ancestor(dir, commit, applied));
            let known = known.collect::<Result<Vec<_>>>()?;
            if known.contains(&Some(true)) {
                continue;
            }
            let (id, list) = (&health.id, short(&applied));
            let commit = &commit[..12.min(commit.len())];
            let (state, why) = if known.contains(&Some(false)) {
                let why = format!(
                    "`{id}` has applied {list}, which does not contain `{commit}`, the commit of `{name}`"
                );
                (State::Waiting, why)
            } else {
                let why = format!(
                    "`{id}` has applied {list}, which is not in this clone, so whether it contains the commit of `{name}` cannot be told: fetch it"
                );
                (State::Failed, why)
            };
            return Ok(Health { state, why, ..health });
        }
        Ok(health)
    }
}

fn short(commits: &[String]) -> String {
    let short = |commit: &String| format!("`{}`", &commit[..12.min(commit.len())]);
    commits.iter().map(short).collect::<Vec<_>>().join(", ")
}

fn uncommitted(from: &From) -> Diagnostic {
    let message = format!(
        "`{}` has changes that are in no commit, so no cluster can have applied them",
        from.name
    );
    Diagnostic::error(message)
        .hint("commit and push them first, or name what was applied: PATH@REV")
}
