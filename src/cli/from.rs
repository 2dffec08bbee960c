//! FROM: an overlay, or `PATH@REV`, the overlay as it was at a Git revision.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::io::fs;
use crate::overlay::is_kustomization;
use crate::tree::normalized;

/// Where versions come from.
pub(super) struct From {
    /// What the user calls it.
    pub(super) name: String,
    /// Its directory, which need not exist when there is a revision.
    pub(super) dir: Utf8PathBuf,
    /// The revision to read it at.
    pub(super) revision: Option<String>,
}

impl From {
    /// What exists as it is written is a path. Otherwise the revision begins behind an `@`: the last
    /// one whose left side exists, else the first one. One that begins a name (`@scope`) is none.
    ///
    /// # Errors
    /// A diagnostic when there is no such overlay, or nothing on one side of the `@`.
    pub(super) fn parse(text: &str) -> Result<Self, Diagnostic> {
        let name = text.to_owned();
        let whole = Utf8Path::new(text);
        let splits = || {
            let inside = |at: usize| at == 0 || !text[..at].ends_with('/');
            let ats = text.match_indices('@').map(|(at, _)| at).filter(move |at| inside(*at));
            ats.map(|at| (&text[..at], &text[at + 1..]))
        };
        let exists = |(path, _): &(&str, &str)| Utf8Path::new(path).exists();
        let split = splits().rfind(exists).or_else(|| splits().next());
        match split.filter(|_| !whole.exists()) {
            None => Ok(Self { name, dir: fs::locate(whole)?, revision: None }),
            Some(("", _) | (_, "")) => {
                let message = format!("`{text}` is neither a path nor PATH@REV");
                Err(Diagnostic::error(message).hint("for example `overlays/prod@HEAD~3`"))
            }
            Some((path, revision)) => {
                let dir = directory(Utf8Path::new(path));
                Ok(Self { name, dir, revision: Some(revision.to_owned()) })
            }
        }
    }
}

/// The directory of an overlay that may not exist in the working tree.
fn directory(path: &Utf8Path) -> Utf8PathBuf {
    let is_file = path.file_name().is_some_and(is_kustomization);
    let dir = if is_file { path.parent().unwrap_or(path) } else { path };
    normalized(dir)
}
