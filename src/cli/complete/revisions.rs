//! Git revisions behind `@`.

use camino::Utf8Path;

use super::Candidate;
use crate::io::git;

/// `PATH@REV` for every revision that begins with `start`.
pub(super) fn of(path: &str, start: &str) -> Vec<Candidate> {
    let mut names = git::names(Utf8Path::new(path));
    names.retain(|(name, _)| name.starts_with(start));
    names.into_iter().map(|(name, what)| Candidate::new(format!("{path}@{name}"), what)).collect()
}
