//! Overlays on disk: finding and reading them.

use std::fs;
use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::io::near;
use crate::overlay::{FILE_NAMES, is_kustomization};
use crate::tree::{Content, normalized};

/// What `path` holds. What is no file, such as a directory or a pipe, is absent.
pub fn read(path: &Utf8Path) -> Content {
    let is_file = fs::metadata(path).map(|metadata| metadata.is_file());
    match is_file.and_then(|is_file| is_file.then(|| fs::read(path)).transpose()) {
        Ok(Some(bytes)) => Content::Bytes(bytes),
        Ok(None) => Content::Absent,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Content::Absent
        }
        Err(error) => Content::Unreadable(reason(&error)),
    }
}

/// The directory of the overlay that `path` names: itself, or that of the kustomization file.
///
/// # Errors
/// A diagnostic that says what is there instead, and which overlays are near.
pub fn locate(path: &Utf8Path) -> Result<Utf8PathBuf, Diagnostic> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(near::suggest(Diagnostic::error(format!("`{path}` does not exist")), path));
        }
        Err(error) => {
            return Err(Diagnostic::error(format!("`{path}` cannot be read: {}", reason(&error))));
        }
    };
    if metadata.is_file() {
        let dir =
            path.parent().filter(|dir| !dir.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
        if path.file_name().is_some_and(is_kustomization) {
            return Ok(plain(dir));
        }
        let message = format!("`{path}` is a file, not an overlay");
        return Err(near::suggest(Diagnostic::error(message), path));
    }
    if FILE_NAMES.iter().any(|name| path.join(name).is_file()) {
        return Ok(plain(path));
    }
    if let Err(error) = fs::read_dir(path) {
        return Err(Diagnostic::error(format!("`{path}` cannot be read: {}", reason(&error))));
    }
    let names = FILE_NAMES.join("`, `");
    let message = format!("`{path}` is not an overlay: it has no `{names}`");
    Err(near::suggest(Diagnostic::error(message), path))
}

/// `path` without detours by name, unless symbolic links make them matter.
fn plain(path: &Utf8Path) -> Utf8PathBuf {
    let short = normalized(path);
    if short == path {
        return short;
    }
    match path.canonicalize_utf8() {
        Ok(meant) if short.canonicalize_utf8().ok().as_ref() != Some(&meant) => meant,
        _ => short,
    }
}

/// What two names of one overlay have in common: the file behind all links.
pub fn identity(dir: &Utf8Path) -> Utf8PathBuf {
    let files = FILE_NAMES.iter().map(|name| dir.join(name));
    let found = files.filter_map(|path| path.canonicalize_utf8().ok()).next();
    found.or_else(|| dir.canonicalize_utf8().ok()).unwrap_or_else(|| normalized(dir))
}

/// The system's reason without its number.
pub(super) fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
