//! What is near a path that leads nowhere.

use std::fs::File;
use std::io::Read as _;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::io::walk::overlays;
use crate::overlay::{FILE_NAMES, is_kustomization};
use crate::promotion::API_VERSION;
use crate::release;
use crate::tree::normalized;

/// `problem` with the overlays that `path` may have meant.
pub fn suggest(problem: Diagnostic, path: &Utf8Path) -> Diagnostic {
    let path = normalized(path);
    let ground = ground(&path);
    let mut found: Vec<_> =
        overlays(&ground, "").iter().map(|inner| normalized(&ground.join(inner))).collect();
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

/// How long somebody waits who has pressed TAB, how many files are looked at for that, and how much of
/// one says whether it is a release.
const PATIENCE: Duration = Duration::from_millis(200);
const FILES: usize = 20_000;
const HEAD: u64 = 4096;

/// The overlays whose paths begin with `typed`, a directory with its slash or nothing, and then with
/// `first`; `.` is the directory itself.
pub fn below(typed: &str, first: &str) -> Vec<String> {
    let ground = Utf8Path::new(if typed.is_empty() { "." } else { typed });
    let names = overlays(ground, first).into_iter().map(|dir| match (dir.as_str(), typed) {
        ("", "") => ".".to_owned(),
        (dir, typed) => format!("{typed}{dir}"),
    });
    names.collect()
}

/// The names of the overlays beside the current directory.
pub fn beside() -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    let entries = std::fs::read_dir("..").into_iter().flatten().filter_map(Result::ok);
    let others = entries.filter(|entry| Some(entry.file_name().as_os_str()) != here.file_name());
    let overlays = others.filter(|entry| {
        FILE_NAMES.iter().filter(|name| entry.path().join(name).is_file()).count() == 1
    });
    let mut names: Vec<_> =
        overlays.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

/// The releases whose paths begin with `word`, in that directory.
pub fn releases(word: &str) -> Vec<String> {
    let (dir, first) = word.split_at(word.rfind('/').map_or(0, |at| at + 1));
    let start = Instant::now();
    let entries = std::fs::read_dir(if dir.is_empty() { "." } else { dir }).into_iter().flatten();
    let entries = entries.take(FILES).take_while(|_| start.elapsed() < PATIENCE);
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let names = names.filter(|name| name.starts_with(first) && !is_kustomization(name));
    let yaml =
        names.filter(|name| [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)));
    let paths = yaml.map(|name| format!("{dir}{name}"));
    let mut found: Vec<_> = paths.filter(|path| is_release(Utf8Path::new(path))).collect();
    found.sort_unstable();
    found
}

/// Whether the file at `path` begins as a release does.
fn is_release(path: &Utf8Path) -> bool {
    // To open a pipe would be to wait for somebody to write.
    let file = path.is_file().then(|| File::open(path).ok()).flatten();
    let mut head = Vec::new();
    let read = file.and_then(|file| file.take(HEAD).read_to_end(&mut head).ok());
    let head = String::from_utf8_lossy(&head);
    read.is_some() && head.contains(API_VERSION) && head.contains(release::KIND)
}
