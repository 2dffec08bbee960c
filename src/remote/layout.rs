//! Where code hosts and mirrors put the ref in the URLs of their files.

use crate::remote::Trouble;
use crate::remote::path::is_version;
use std::ops::Range;

/// What a host's own layout says of the path segments of a URL.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// These segments are the ref; none before them is a version, whatever it looks like.
    Ref(Range<usize>),
    /// The part of that segment behind its last `@` is the version.
    BehindAt(usize),
    /// There is no ref, and nothing up to here is a version.
    None(usize),
    /// The URL is one of these.
    Bad(Trouble),
}

impl Layout {
    /// The layout of `path` at `host`; `raw` says whether the query asks for the raw file.
    pub(super) fn of(host: &str, path: &[&str], raw: bool) -> Option<Self> {
        let at = |position: usize| path.get(position).copied().unwrap_or_default();
        match host {
            "raw.githubusercontent.com" | "raw.githack.com" | "rawcdn.githack.com" => one(path, 2),
            "cdn.statically.io" => one(path, 3),
            "api.bitbucket.org" if at(4) == "src" => one(path, 5),
            "github.com" if at(2) == "blob" && raw => one(path, 3),
            "github.com" if at(2) == "blob" => Some(Self::Bad(Trouble::HtmlPage)),
            "unpkg.com" => behind_at(path),
            host if host.ends_with(".jsdelivr.net") => behind_at(path),
            _ => releases(path).or_else(|| raw_file(host, path)).or_else(|| package(path)),
        }
    }

    /// The first segment that can be a version.
    pub(super) const fn start(&self) -> usize {
        match self {
            Self::Ref(range) => range.start,
            Self::BehindAt(position) | Self::None(position) => *position,
            Self::Bad(_) => 0,
        }
    }

    pub(super) const fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Bad(trouble) => Some(*trouble),
            _ => None,
        }
    }
}

/// The one segment at `position`, unless it is the last; `refs/tags/v1` stands for `v1`.
fn one(path: &[&str], position: usize) -> Option<Layout> {
    let long = matches!(path.get(position..position + 2), Some(["refs", "tags" | "heads"]));
    let position = if long { position + 2 } else { position };
    (position + 1 < path.len()).then_some(Layout::Ref(position..position + 1))
}

/// The position behind `names`, where they stand next to each other.
fn behind(path: &[&str], names: &[&str]) -> Option<usize> {
    path.windows(names.len()).position(|window| window == names).map(|at| at + names.len())
}

/// `package@1.2`, `@scope/package@1.2`
fn behind_at(path: &[&str]) -> Option<Layout> {
    let position = path.iter().position(|name| name.rfind('@').is_some_and(|at| at > 0));
    position.map(Layout::BehindAt)
}

/// The assets of releases. In a repository (`owner/name/releases/…`) all up to the file's name is the
/// tag, which may contain slashes.
fn releases(path: &[&str]) -> Option<Layout> {
    let latest: [&[&str]; 2] =
        [&["releases", "latest", "download"], &["-", "releases", "permalink", "latest"]];
    if latest.iter().any(|names| behind(path, names).is_some()) {
        return Some(Layout::Bad(Trouble::LatestRelease));
    }
    match behind(path, &["releases", "download"]) {
        Some(4) if path.len() > 5 => Some(Layout::Ref(4..path.len() - 1)),
        Some(tag) => one(path, tag),
        None => one(path, behind(path, &["-", "releases"])?),
    }
}

/// Files of repositories behind `raw`, and where `blob` shows a page of them.
fn raw_file(host: &str, path: &[&str]) -> Option<Layout> {
    if behind(path, &["-", "blob"]).is_some() {
        return Some(Layout::Bad(Trouble::HtmlPage));
    }
    if let Some(position) = behind(path, &["-", "raw"]) {
        return one(path, position);
    }
    for kind in ["tag", "branch", "commit"] {
        if let Some(position) = behind(path, &["raw", kind]) {
            return one(path, position);
        }
    }
    let plain = path.get(2) == Some(&"raw") && !path[..2].iter().any(|name| is_version(name));
    let gist = || host.starts_with("gist.").then_some(Layout::None(3));
    if plain { one(path, 3).or_else(gist) } else { None }
}

/// GitLab's generic packages.
fn package(path: &[&str]) -> Option<Layout> {
    one(path, behind(path, &["packages", "generic"])? + 1)
}
