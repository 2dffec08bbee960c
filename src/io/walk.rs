//! Overlays below a directory, while somebody waits who has pressed TAB: of each directory its list of
//! names is read, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use ignore::gitignore::Gitignore;

use crate::overlay::is_kustomization;

/// How many directories deep and how many names wide to look, and for how long.
const DEPTH: usize = 8;
const NAMES: usize = 100_000;
const PATIENCE: Duration = Duration::from_millis(200);

/// A walk, and what it found.
struct Walk<'w> {
    start: Instant,
    /// What names directly below the ground have to begin with.
    first: &'w str,
    names: usize,
    /// What Git ignores, that of the innermost directory last.
    ignored: Vec<Gitignore>,
    found: Vec<Utf8PathBuf>,
}

/// The overlays below `ground` as seen from there, in order, whose paths begin with `first`; the ground
/// itself, where it is one and `first` is empty, is the empty path. Hidden directories, unless `first` is
/// hidden itself, and those that Git ignores are left out, links are not followed, and what takes too long is not there.
pub fn overlays(ground: &Utf8Path, first: &str) -> Vec<Utf8PathBuf> {
    let Ok(ground) = fs::canonicalize(ground) else { return Vec::new() };
    let (start, ignored) = (Instant::now(), above(&ground));
    let mut walk = Walk { start, first, names: 0, ignored, found: Vec::new() };
    walk.enter(&ground, Utf8Path::new(""), 0);
    walk.found.sort_unstable();
    walk.found
}

/// What the directories above `ground` say, up to that of the repository.
fn above(ground: &Path) -> Vec<Gitignore> {
    let mut files: Vec<PathBuf> = Vec::new();
    let mut at = ground;
    while !at.join(".git").exists() {
        let Some(parent) = at.parent() else { return Vec::new() };
        files.push(parent.join(".gitignore"));
        at = parent;
    }
    files.iter().rev().filter(|file| file.is_file()).map(|file| Gitignore::new(file).0).collect()
}

impl Walk<'_> {
    /// Takes the directory at `path`, which is `inner` as seen from the ground.
    fn enter(&mut self, path: &Path, inner: &Utf8Path, depth: usize) {
        let entries = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
        let named = entries.filter_map(|entry| {
            Some((entry.file_name().into_string().ok()?, entry.file_type().ok()?))
        });
        let entries: Vec<_> = named.take(NAMES).collect();
        self.names += entries.len();
        let ignores = entries.iter().any(|(name, _)| name == ".gitignore");
        if ignores {
            self.ignored.push(Gitignore::new(path.join(".gitignore")).0);
        }
        let is_file = |name: &str, kind: &fs::FileType| {
            kind.is_file() || (kind.is_symlink() && path.join(name).is_file())
        };
        let files =
            entries.iter().filter(|(name, kind)| is_kustomization(name) && is_file(name, kind));
        // A directory with two kustomization files is no overlay.
        if files.count() == 1 && (depth > 0 || self.first.is_empty()) {
            self.found.push(inner.to_owned());
        }
        for (name, _) in entries.iter().filter(|(_, kind)| kind.is_dir()) {
            let path = path.join(name);
            if self.goes_on(depth) && self.is_open(name, &path, depth) {
                let slash = if depth == 0 { "" } else { "/" };
                self.enter(&path, format!("{inner}{slash}{name}").as_str().into(), depth + 1);
            }
        }
        if ignores {
            self.ignored.pop();
        }
    }

    fn goes_on(&self, depth: usize) -> bool {
        depth < DEPTH && self.names < NAMES && self.start.elapsed() < PATIENCE
    }

    fn is_open(&self, name: &str, path: &Path, depth: usize) -> bool {
        let is_begun = depth > 0 || name.starts_with(self.first);
        let is_hidden = name.starts_with('.') && (depth > 0 || !self.first.starts_with('.'));
        if !is_begun || is_hidden || name == ".git" {
            return false;
        }
        let said = self.ignored.iter().rev().map(|ignored| ignored.matched(path, true));
        !said.into_iter().find(|said| !said.is_none()).is_some_and(|said| said.is_ignore())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ground: &Path, first: &str) -> Vec<String> {
        let ground = Utf8Path::from_path(ground).unwrap();
        overlays(ground, first).into_iter().map(Utf8PathBuf::into_string).collect()
    }

    #[test]
    fn overlays_are_found_as_git_sees_them() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for path in ["web/dev", "web/tst", "web/out", "out/web", "keep/out", "two", ".hidden/a"] {
            write(&format!("{path}/kustomization.yaml"), "");
        }
        write("two/Kustomization", "");
        write("notes/kustomization.yaml/text", "");
        write(".gitignore", "out\n");
        write("keep/.gitignore", "!out\n");
        fs::create_dir(root.join(".git")).unwrap();
        assert_eq!(found(root, ""), ["keep/out", "web/dev", "web/tst"]);
        assert_eq!(found(root, "w"), ["web/dev", "web/tst"]);
        assert_eq!(found(root, ".h"), [".hidden/a"]);
        // What is above is known below.
        assert_eq!(found(&root.join("web"), ""), ["dev", "tst"]);
        assert_eq!(found(&root.join("web/dev"), ""), [""]);
        assert_eq!(found(&root.join("web/dev"), "x"), [""; 0]);
        assert_eq!(found(&root.join("nowhere"), ""), [""; 0]);
    }
}
