//! The source of a promotion, read from the working tree or from Git.

use anyhow::Result;
use camino::Utf8Path;

use crate::cli::found::Target;
use crate::cli::from::From;
use crate::cli::report;
use crate::io::git::Revision;
use crate::io::{fs, near};
use crate::overlay::{Overlay, Reach, gather};
use crate::plan::{Selection, Source};
use crate::tree::{Content, Tree};

/// The files of a source, and the commit that they were read at.
pub(super) struct Files {
    pub(super) tree: Tree,
    pub(super) revision: Option<Revision>,
}

/// The file at `path`; `verbose` says on stderr that it was read.
pub(super) fn file(path: &Utf8Path, verbose: bool) -> Content {
    let content = fs::read(path);
    if verbose && content != Content::Absent {
        report::note(&format!("read {path}"));
    }
    content
}

/// What `from` names, as the source of a promotion to `targets`.
///
/// # Errors
/// A diagnostic for what cannot be read, Git's own where a revision cannot.
pub(super) fn read(
    from: &From,
    targets: &[Target],
    selection: &Selection,
    verbose: bool,
) -> Result<Source> {
    let files = files(from, verbose)?;
    let mut source = Source::read(&overlay(&files.tree, from)?, selection)?;
    if from.release.is_some() {
        // It stands beside overlays, and is none of them.
        return Ok(Source { dir: None, ..source });
    }
    let identity = fs::identity(&from.dir);
    if let Some((_, dir)) = targets.iter().find(|(_, dir)| fs::identity(dir) == identity) {
        source.dir = Some(dir.clone());
        source.past = files.revision.map(|revision| revision.is_past()).transpose()? == Some(true);
    }
    Ok(source)
}

/// Reads the files that hold the fields of `from`.
pub(super) fn files(from: &From, verbose: bool) -> Result<Files> {
    let mut tree = Tree::default();
    let revision = from.revision.as_deref();
    let mut revision = revision.map(|name| Revision::open(&from.dir, name)).transpose()?;
    if let Some(revision) = revision.as_ref().filter(|_| verbose) {
        report::note(&format!("read {} at commit {}", from.dir, revision.commit));
    }
    let mut read = |path: &Utf8Path| match &mut revision {
        Some(revision) => revision.read(path),
        None => file(path, verbose),
    };
    match &from.release {
        Some(path) => tree.insert(path.clone(), read(path)),
        None => gather(&mut tree, &from.dir, Reach::Own, &mut read),
    }
    Ok(Files { tree, revision })
}

/// The overlay or release that `from` names, out of its files.
pub(super) fn overlay<'t>(tree: &'t Tree, from: &From) -> Result<Overlay<'t>> {
    let revision = from.revision.as_deref();
    let overlay = match &from.release {
        Some(path) => Overlay::release(tree, path, &from.name, revision),
        None => Overlay::read(tree, &from.dir, &from.name, revision),
    };
    Ok(overlay.map_err(|problem| match &problem.file {
        None if revision.is_some() => near::suggest(problem, &from.dir),
        _ => problem,
    })?)
}
