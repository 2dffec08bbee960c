//! Where the values come from: an overlay or a release among the items, or on disk.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::io::fs;
use crate::krm::host::Host;
use crate::krm::item::Item;
use crate::krm::package::Package;
use crate::overlay::{FILE_NAMES, Overlay, Reach, gather, is_kustomization};
use crate::plan::{Selection, Source};
use crate::promotion::Promotion;
use crate::release;
use crate::tree::{Content, Tree, dir_of, join};

/// What FROM is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The overlay in that directory.
    Overlay(Utf8PathBuf),
    /// The release in that file.
    Release(Utf8PathBuf),
    /// `images` of the configuration itself.
    Inline,
}

/// How a hint begins that names what is called alike.
const MEANT: &str = "did you mean";

/// What values in the configuration are called.
const INLINE: &str = "spec.images";

/// What `name`, said in the directory `home`, is: an item where there is one, or else what is on disk.
///
/// # Errors
/// A diagnostic that says where it was looked for, and what to do.
pub(super) fn find(
    name: &str,
    home: &Utf8Path,
    package: &Package<'_>,
    host: &Host,
) -> Result<From, Diagnostic> {
    let path = package.inside(&join(home, name));
    let dir = overlay_dir(&path);
    if package.overlays().contains(&dir) {
        return Ok(From::Overlay(dir));
    }
    for item in package.items(&path) {
        if is_release(item)? {
            return Ok(From::Release(path));
        }
    }
    if let Some(item) = package.items(&path).next() {
        let kind = item.kind().unwrap_or_default();
        let message = format!("`{name}` is a `{kind}`: neither an overlay nor a release");
        return Err(Diagnostic::error(message));
    }
    match package.on_disk(&path).filter(|path| path.exists()) {
        Some(found) if found.is_file() && dir == path => Ok(From::Release(path)),
        Some(found) => fs::locate(&found).map(|_| From::Overlay(dir)),
        None if host.container => Err(unmounted(nowhere(name, &path, package), &path)),
        None => Err(nowhere(name, &path, package)),
    }
}

/// The only release among the items.
///
/// # Errors
/// A diagnostic when there are several, or one that cannot be read.
pub(super) fn release(
    package: &Package<'_>,
    items: &[Item<'_>],
) -> Result<Option<From>, Diagnostic> {
    let mut paths = Vec::new();
    for item in items {
        if is_release(item)? {
            paths.extend(package.path(item));
        }
    }
    match paths.as_slice() {
        [] => Ok(None),
        [path] => Ok(Some(From::Release(path.clone()))),
        [first, second, ..] => {
            let message =
                format!("`{first}` and `{second}` are both releases, and `from` names none");
            Err(Diagnostic::error(message).hint("name one of them: `from: PATH`"))
        }
    }
}

/// The directory of the overlay that `path` names: itself, or that of the kustomization file.
pub(super) fn overlay_dir(path: &Utf8Path) -> Utf8PathBuf {
    let is_file = path.file_name().is_some_and(is_kustomization);
    if is_file { dir_of(path) } else { path.to_owned() }
}

fn is_release(item: &Item<'_>) -> Result<bool, Diagnostic> {
    release::is_known(item.kind(), item.api_version())
}

/// What is wrong with `name` where it is an overlay at a Git revision.
pub(super) fn revision(name: &str) -> Option<Diagnostic> {
    let (_, revision) = name.rsplit_once('@').filter(|(path, _)| !path.is_empty())?;
    let message = format!("`{name}`: a function cannot read the Git revision `{revision}`");
    Some(Diagnostic::error(message))
}

fn nowhere(name: &str, path: &Utf8Path, package: &Package<'_>) -> Diagnostic {
    if let Some(problem) = revision(name) {
        return problem.hint(format!(
            "keep it as a release: `kubectl promote export {name} > release.yaml`, and promote `from: release.yaml`"
        ));
    }
    let meant = if name == path { String::new() } else { format!(": they have no `{path}`") };
    let disk = match package.on_disk(path) {
        Some(place) => format!(", and `{place}` does not exist"),
        None => String::new(),
    };
    let message = format!("`{name}` is not among the items{meant}{disk}");
    Diagnostic::error(message).hint(near(path, package))
}

/// The same in a container, where kpt mounts nothing by itself, and for `render` nothing at all.
fn unmounted(problem: Diagnostic, path: &Utf8Path) -> Diagnostic {
    let hint = problem.hint.clone().unwrap_or_default();
    if hint.starts_with(MEANT) {
        return problem;
    }
    let (message, name) = (problem.message, path.file_name().unwrap_or("source"));
    Diagnostic::error(format!("{message}: a container sees no files of the host")).hint(format!(
        "{hint}; or, with `kpt fn eval`, `--mount type=bind,src=OVERLAY,dst=/{name}` and `from: /{name}`, where OVERLAY is its absolute path"
    ))
}

/// What to do when there is no overlay `path`.
pub(super) fn near(path: &Utf8Path, package: &Package<'_>) -> String {
    let overlays = package.overlays();
    let close = |overlay: &&Utf8PathBuf| {
        strsim::damerau_levenshtein(overlay.as_str(), path.as_str()) * 3 <= path.as_str().len()
    };
    if let Some(close) = overlays.iter().find(close) {
        return format!("{MEANT} `{close}`?");
    }
    let advice = match package.declares_its_function() {
        true => {
            "`kustomize fn run` gives a function that a file of the package declares only what is in that file's directory: declare it in the one above both overlays, or in a directory `functions` beside them"
        }
        false => "run the function on a directory that holds both overlays",
    };
    format!(
        "{advice}, or add a release of the source (`kubectl promote export`); {}",
        known(package)
    )
}

/// The first overlays that there are.
pub(super) fn known(package: &Package<'_>) -> String {
    let shown = package.overlays().into_iter().take(6).map(|overlay| format!("`{overlay}`"));
    format!("the overlays here are {}", shown.collect::<Vec<_>>().join(", "))
}

impl From {
    /// Its values, as far as `selection` may take them. `promotion` says what the user calls it.
    ///
    /// # Errors
    /// A diagnostic for what cannot be read.
    pub(super) fn read(
        &self,
        promotion: &Promotion,
        selection: &Selection,
        read: &mut dyn FnMut(&Utf8Path) -> Content,
    ) -> Result<Source, Diagnostic> {
        let (name, mut tree) = (promotion.from.as_str(), Tree::default());
        match self {
            Self::Overlay(dir) => {
                gather(&mut tree, dir, Reach::Own, read);
                Source::read(&Overlay::read(&tree, dir, name, None)?, selection)
            }
            Self::Inline => {
                let dir = Utf8Path::new(INLINE);
                let text = serde_json::json!({ "images": promotion.images }).to_string();
                tree.insert(dir.join(FILE_NAMES[0]), Content::Bytes(text.into_bytes()));
                let source = Source::read(&Overlay::read(&tree, dir, INLINE, None)?, selection)?;
                Ok(Source { dir: None, ..source })
            }
            Self::Release(path) => {
                let name = if name.is_empty() { path.as_str() } else { name };
                tree.insert(path.clone(), read(path));
                let source = Source::read(&Overlay::release(&tree, path, name, None)?, selection)?;
                // It stands beside overlays, and is none of them.
                Ok(Source { dir: None, ..source })
            }
        }
    }
}
