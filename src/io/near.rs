//! What is near a path that leads nowhere.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use ignore::WalkBuilder;

use crate::diagnostic::Diagnostic;
use crate::overlay::is_kustomization;
use crate::tree::normalized;

/// How many directories deep and how many files wide to look.
const DEPTH: usize = 6;
const FILES: usize = 20_000;

/// `problem` with the overlays that `path` may have meant.
pub fn suggest(problem: Diagnostic, path: &Utf8Path) -> Diagnostic {
    let path = normalized(path);
    let mut found = overlays(&ground(&path));
    found.sort_by_cached_key(|overlay| {
        let distance = strsim::damerau_levenshtein(overlay.as_str(), path.as_str());
        (!overlay.starts_with(&path), distance, overlay.clone())
    });
    match found.as_slice() {
        [] => problem
            .hint("no overlay was found near it; name a directory that has a `kustomization.yaml`"),
        [only] => problem.hint(format!("did you mean `{only}`?")),
        [best, ..] if close(best, &path) => problem.hint(format!("did you mean `{best}`?")),
        [..] => {
            let shown: Vec<_> = found.iter().take(6).map(|path| format!("`{path}`")).collect();
            let more = if found.len() > shown.len() { ", …" } else { "" };
            problem.hint(format!("overlays near it: {}{more}", shown.join(", ")))
        }
    }
}

fn close(best: &Utf8Path, path: &Utf8Path) -> bool {
    // Of a short name everything is near.
    strsim::damerau_levenshtein(best.as_str(), path.as_str()) * 3 <= path.as_str().len()
}

/// The directory to look in: the last one of `path` that exists, or the one above it when that holds
/// the missing name's siblings.
fn ground(path: &Utf8Path) -> Utf8PathBuf {
    let mut at = path;
    while !at.is_dir() {
        match at.parent() {
            Some(parent) if !parent.as_str().is_empty() => at = parent,
            _ => return Utf8PathBuf::from("."),
        }
    }
    at.to_owned()
}

/// The directories below `ground` with a kustomization file, those that Git ignores left out.
fn overlays(ground: &Utf8Path) -> Vec<Utf8PathBuf> {
    let walk = WalkBuilder::new(ground).max_depth(Some(DEPTH)).require_git(false).build();
    let files = walk.take(FILES).filter_map(Result::ok);
    let names = files.filter(|entry| {
        entry.file_name().to_str().is_some_and(is_kustomization) && entry.path().is_file()
    });
    let dirs = names.filter_map(|entry| {
        let path = Utf8PathBuf::from_path_buf(entry.into_path()).ok()?;
        Some(normalized(path.parent()?))
    });
    // A directory with two kustomization files is no overlay.
    let mut counts = BTreeMap::<_, usize>::new();
    dirs.for_each(|dir| *counts.entry(dir).or_default() += 1);
    counts.into_iter().filter(|(_, count)| *count == 1).map(|(dir, _)| dir).collect()
}
