//! Overlays and releases near the current directory.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Arg;

use super::line::Line;
use super::{Candidate, revisions};
use crate::cli::from::{self, From};
use crate::io::near;
use crate::tree::normalized;

/// How many overlays are offered at once; of more, the directories that they are in.
const MOST: usize = 60;

/// Names of directories that overlays build on. They are offered where there is nothing else, and to
/// who has typed the name.
const BELOW: &[&str] = &["base", "bases", "component", "components"];

/// What versions may come from.
pub(super) fn sources(arg: &Arg, line: &Line<'_>, word: &str) -> Vec<Candidate> {
    // Only what stands behind `--from` has no revision: it is read by a path of its own.
    let is_flag = arg.get_long().is_some();
    let verb = line.command.get_name();
    if let Some((path, start)) = from::split(word).filter(|_| !is_flag && verb != "check") {
        return if path.is_empty() { Vec::new() } else { revisions::of(path, start) };
    }
    let mut out = named(folded(near(word), word), word);
    if is_flag || arg.get_id() == "from" && verb != "export" {
        out.extend(near::releases(word).into_iter().map(|file| Candidate::new(file, "release")));
    }
    out
}

/// What versions may go to: FROM and what is named already are left out, its neighbours come first.
pub(super) fn targets(line: &Line<'_>, word: &str) -> Vec<Candidate> {
    let from = match line.command.get_name() {
        "pin" => None,
        _ => line.positionals.first().and_then(|from| From::parse(from).ok()),
    };
    let skip = usize::from(line.command.get_name() != "pin");
    let here = std::env::current_dir().ok().and_then(|dir| Utf8PathBuf::from_path_buf(dir).ok());
    let here = here.unwrap_or_default();
    let own = |path: &str| normalized(&here.join(path));
    let mut taken: Vec<_> = line.positionals.iter().skip(skip).map(|path| own(path)).collect();
    // What an overlay was is promoted to what it is.
    taken.extend(
        from.iter()
            .filter(|from| from.revision.is_none() && from.release.is_none())
            .map(|from| own(from.dir.as_str())),
    );
    let mut found = near(word);
    found.retain(|path| !taken.contains(&own(path)));
    let Some(from) = from else { return named(folded(found, word), word) };
    let dir = own(from.dir.as_str());
    found.sort_by_cached_key(|path| distance(&dir, &own(path)));
    if found.len() > MOST {
        let close = found.iter().filter(|path| distance(&dir, &own(path)) < FAR);
        let close: Vec<_> = close.cloned().collect();
        return named(if close.is_empty() { folded(found, word) } else { close }, word);
    }
    named(found, word)
}

/// `paths`, which begin with `word`: overlays, and directories on the way to some.
fn named(paths: Vec<String>, word: &str) -> Vec<Candidate> {
    let one = |path: String| match path.ends_with('/') && path != word {
        true => Candidate::new(path, "directory"),
        false => Candidate { goes_on: false, ..Candidate::new(path, "overlay") },
    };
    paths.into_iter().map(one).collect()
}

/// The overlays whose path begins with `word`, as it would go on.
fn near(word: &str) -> Vec<String> {
    if word == ".." || word.ends_with("/..") {
        return near(&format!("{word}/"));
    }
    let typed = &word[..word.rfind('/').map_or(0, |at| at + 1)];
    let mut found: Vec<_> = near::below(typed, &word[typed.len()..]);
    if word.is_empty() && found.iter().any(|path| path == ".") {
        // Who stands in an overlay thinks of those beside it.
        found.extend(near::beside().into_iter().map(|name| format!("../{name}")));
    }
    // Without a directory before it, it would be a flag.
    found.retain(|path| !path.starts_with('-'));
    let is_below = |path: &str| {
        let inner = path.get(typed.len()..).unwrap_or_default();
        let begun = &word[typed.len()..];
        inner
            .split('/')
            .any(|part| BELOW.contains(&part) && (begun.is_empty() || !part.starts_with(begun)))
    };
    match found.iter().all(|path| is_below(path)) {
        true => found,
        false => found.into_iter().filter(|path| !is_below(path)).collect(),
    }
}

/// What differs in more than one directory is another application in another environment.
const FAR: usize = 2;

/// How far the overlay in `path` is from that in `from`: 0 beside it, 1 in the same place of another
/// directory, else far.
fn distance(from: &Utf8Path, path: &Utf8Path) -> usize {
    let same = from.components().count() == path.components().count();
    let differing = from.components().zip(path.components()).filter(|(a, b)| a != b).count();
    match (same && differing <= 1, from.parent() == path.parent()) {
        (true, true) => 0,
        (true, false) => 1,
        (false, _) => FAR,
    }
}

/// `paths`, or where they are many the next directories on the way to them behind `word`.
fn folded(paths: Vec<String>, word: &str) -> Vec<String> {
    let mut at = word.len();
    loop {
        if paths.len() <= MOST {
            return paths;
        }
        let end =
            |path: &str| path.get(at..).and_then(|rest| rest.find('/')).map(|end| at + end + 1);
        let mut out: Vec<String> = Vec::new();
        for path in &paths {
            let next = end(path).and_then(|end| path.get(..end)).unwrap_or(path);
            if out.last().is_none_or(|last| last != next) {
                out.push(next.to_owned());
            }
        }
        match out.as_slice() {
            [only] if only.len() > at && only.ends_with('/') => at = only.len(),
            _ => return out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_overlays_are_their_directories() {
        let all = |count: usize| {
            (0..count).map(|n| format!("apps/app-{n:03}/overlays/prod")).collect::<Vec<_>>()
        };
        assert_eq!(folded(all(3), ""), all(3));
        let many = folded(all(100), "");
        assert_eq!((many.len(), many[0].as_str()), (100, "apps/app-000/"));
        let two: Vec<_> = ["a/", "b/"]
            .iter()
            .flat_map(|dir| (0..40).map(move |n| format!("{dir}{n:02}")))
            .collect();
        assert_eq!(folded(two.clone(), ""), ["a/", "b/"]);
        assert_eq!(folded(two[..40].to_vec(), "a/"), two[..40]);
    }

    #[test]
    fn neighbours_are_near() {
        for (path, wanted) in [
            ("web/overlays/tst", 0),
            ("api/overlays/dev", 1),
            ("api/overlays/tst", 2),
            ("web/overlays", 2),
        ] {
            assert_eq!(distance("web/overlays/dev".into(), path.into()), wanted, "{path}");
        }
    }
}
