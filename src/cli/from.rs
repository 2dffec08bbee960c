//! FROM: an overlay or a release, or `PATH@REV`, what it was at a Git revision.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::io::fs;
use crate::overlay::is_kustomization;
use crate::tree::{dir_of, normalized};

/// Where versions come from.
pub(super) struct From {
    /// What the user calls it.
    pub(super) name: String,
    /// Its directory, which need not exist when there is a revision.
    pub(super) dir: Utf8PathBuf,
    /// The file, where it is a release and no overlay.
    pub(super) release: Option<Utf8PathBuf>,
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
        match split(text) {
            None => match release(whole).filter(|file| file.is_file()) {
                Some(file) => {
                    Ok(Self { name, dir: dir_of(&file), release: Some(file), revision: None })
                }
                None => Ok(Self { name, dir: fs::locate(whole)?, release: None, revision: None }),
            },
            Some(("", _) | (_, "")) => {
                let message = format!("`{text}` is neither a path nor PATH@REV");
                Err(Diagnostic::error(message).hint("for example `overlays/prod@HEAD~3`"))
            }
            Some((path, revision)) => {
                let path = Utf8Path::new(path);
                let release = release(path).filter(|file| !file.is_dir());
                let dir = release.as_deref().map_or_else(|| directory(path), dir_of);
                Ok(Self { name, dir, release, revision: Some(revision.to_owned()) })
            }
        }
    }
}

/// Path and revision of `text`, where it has both.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let splits = || {
        let inside = |at: usize| at == 0 || !text[..at].ends_with('/');
        let ats = text.match_indices('@').map(|(at, _)| at).filter(move |at| inside(*at));
        ats.map(|at| (&text[..at], &text[at + 1..]))
    };
    let exists = |(path, _): &(&str, &str)| Utf8Path::new(path).exists();
    let split = splits().rfind(exists).or_else(|| splits().next());
    split.filter(|_| !Utf8Path::new(text).exists())
}

/// The file that `path` names, if that can be a release: YAML, and no kustomization.
fn release(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let is_yaml = matches!(path.extension(), Some("yaml" | "yml" | "json"));
    let other = is_yaml && !path.file_name().is_some_and(is_kustomization);
    other.then(|| normalized(path))
}

/// The directory of an overlay that may not exist in the working tree.
fn directory(path: &Utf8Path) -> Utf8PathBuf {
    let is_file = path.file_name().is_some_and(is_kustomization);
    let dir = if is_file { path.parent().unwrap_or(path) } else { path };
    normalized(dir)
}
