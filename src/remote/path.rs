//! Versions inside the path of a file's URL.
//!
//! Hosts with a known place for the ref give it whatever it is called (`main` too); elsewhere a
//! segment, or a part of one, that looks like a version or a commit is one.

use crate::remote::query::Query;
use crate::remote::{Git, Place, Remote, Trouble, Version};
use crate::span::Span;
use crate::version::is_commit;

/// Whether `base` is fetched by HTTP before anything else is tried.
pub(super) fn is_http(base: &str) -> bool {
    let scheme = |scheme: &str| {
        base.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    };
    scheme("https://") || scheme("http://")
}

/// `base` as the URL of a file; `None` when it is rather a Git repository.
pub(super) fn read(base: &str, query: &Query, git: Option<&Git>) -> Option<Remote> {
    let start = base.find("://")? + 3;
    let segments = segments(base, start);
    let host = base[start..].split('/').next()?.to_ascii_lowercase();
    let names: Vec<&str> = segments.iter().map(|span| span.of(base)).collect();
    let known = known_ref(&host, &names);
    let last = *names.last()?;
    let is_file = known.is_some() || ends_as_file(last) || last == "raw" || git.is_none();
    let asked = query.version().or_else(|| query.at().filter(|_| names.contains(&"raw")));
    if !is_file && (asked.is_some() || host == "github.com") {
        return None;
    }
    if let Some(version) = asked.filter(|_| !matches!(known, Some(Known::Segment(_)))) {
        let key = format!("{base}{}", query.identity());
        return Some(remote(key, vec![version], query, None));
    }
    let trouble = known.as_ref().and_then(Known::trouble);
    let versions = versions(base, &segments, known.as_ref());
    if !is_file && versions.is_empty() {
        return None;
    }
    let key = format!("{}{}", masked(base, &versions), query.identity());
    Some(remote(key, versions, query, trouble))
}

fn remote(key: String, versions: Vec<Version>, query: &Query, trouble: Option<Trouble>) -> Remote {
    Remote { key, versions, manner: query.options(), trouble }
}

/// The path segments of `base`, whose authority begins at `start`.
fn segments(base: &str, start: usize) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = start;
    for part in base[start..].split('/') {
        out.push(Span::new(at, at + part.len()));
        at += part.len() + 1;
    }
    out.remove(0);
    out
}

fn ends_as_file(segment: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| segment.ends_with(end))
}

/// What a host's own layout says.
#[derive(Debug, PartialEq, Eq)]
enum Known {
    /// The segment at this position is the ref.
    Segment(usize),
    /// The part of that segment behind its last `@` is the version.
    BehindAt(usize),
    /// The URL is one of these.
    Bad(Trouble),
}

impl Known {
    const fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Bad(trouble) => Some(*trouble),
            _ => None,
        }
    }
}

/// Where the ref stands in the paths of code hosts and file mirrors.
fn known_ref(host: &str, path: &[&str]) -> Option<Known> {
    let at = |position: usize| path.get(position).copied().unwrap_or_default();
    // `refs/tags/v1` instead of `v1`
    let segment = |position: usize| {
        let long = at(position) == "refs" && matches!(at(position + 1), "tags" | "heads");
        let position = if long { position + 2 } else { position };
        (position < path.len()).then_some(Known::Segment(position))
    };
    let releases = path.windows(2).position(|pair| pair == ["releases", "download"]);
    let raw = path.iter().position(|name| *name == "raw");
    match host {
        "raw.githubusercontent.com" => return segment(2),
        "github.com" if path.get(2..5) == Some(&["releases", "latest", "download"]) => {
            return Some(Known::Bad(Trouble::LatestRelease));
        }
        "github.com" if at(2) == "blob" => return Some(Known::Bad(Trouble::HtmlPage)),
        "github.com" if at(2) == "raw" => return segment(3),
        "bitbucket.org" if at(2) == "raw" => return segment(3),
        "cdn.jsdelivr.net" | "unpkg.com" => {
            return path.iter().position(|name| name.contains('@')).map(Known::BehindAt);
        }
        _ => {}
    }
    if let Some(position) = releases {
        return segment(position + 2);
    }
    if let Some(raw) = raw {
        if raw > 0 && at(raw - 1) == "-" {
            return segment(raw + 1);
        }
        if matches!(at(raw + 1), "tag" | "branch" | "commit") {
            return segment(raw + 2);
        }
    }
    let generic = path.windows(2).position(|pair| pair == ["packages", "generic"]);
    generic.and_then(|position| segment(position + 3))
}

fn versions(base: &str, segments: &[Span], known: Option<&Known>) -> Vec<Version> {
    let mut spans = Vec::new();
    for (position, span) in segments.iter().enumerate() {
        let name = span.of(base);
        match known {
            Some(Known::Segment(own)) if *own == position => spans.push(*span),
            Some(Known::BehindAt(own)) if *own == position => {
                let behind = name.rfind('@').map_or(0, |at| at + 1);
                spans.push(Span::new(span.start + behind, span.end));
            }
            _ if !ends_as_file(name) && (is_version(name) || is_hash(name)) => spans.push(*span),
            _ => spans.extend(
                inner_versions(name)
                    .into_iter()
                    .map(|inner| Span::new(span.start + inner.start, span.start + inner.end)),
            ),
        }
    }
    let version =
        |span: &Span| Version { span: *span, text: span.of(base).to_owned(), place: Place::Path };
    spans.iter().filter(|span| !span.is_empty()).map(version).collect()
}

/// A commit that cannot be a word.
fn is_hash(text: &str) -> bool {
    is_commit(text) && text.contains(|c: char| c.is_ascii_digit())
}

/// `v?\d+(\.\d+)+[-+.\w]*` and nothing else.
fn is_version(text: &str) -> bool {
    core(text).is_some_and(|end| {
        text[end..].chars().all(|c| c.is_ascii_alphanumeric() || "-+._".contains(c))
    })
}

/// The end of `v?\d+(\.\d+)+` at the start of `text`.
fn core(text: &str) -> Option<usize> {
    let digits = |at: usize| {
        let rest = &text[at..];
        at + rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len()
    };
    let start = usize::from(text.starts_with('v'));
    let mut end = digits(start);
    if end == start {
        return None;
    }
    let mut dots = 0;
    while text[end..].starts_with('.') && digits(end + 1) > end + 1 {
        end = digits(end + 1);
        dots += 1;
    }
    (dots > 0).then_some(end)
}

/// Versions that are only part of a segment: `kured-1.14.0-dockerhub.yaml`, `release-1.2`.
fn inner_versions(segment: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < segment.len() {
        let free = segment[..at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_ascii_alphanumeric() && c != '.');
        let found = if free && segment.is_char_boundary(at) { core(&segment[at..]) } else { None };
        let Some(end) = found.map(|end| at + end) else {
            at += segment[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let end = end + pre_release(&segment[end..]);
        if !segment[end..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            out.push(Span::new(at, end));
        }
        at = end;
    }
    out
}

/// The length of `-rc.1`, `-beta2`, `+build` and the like at the start of `text`.
fn pre_release(text: &str) -> usize {
    let words = ["alpha", "beta", "rc", "pre", "dev", "snapshot", "SNAPSHOT"];
    let Some(body) = text.strip_prefix('-') else {
        return 0;
    };
    let Some(word) = words.iter().find(|word| body.starts_with(**word)) else {
        return 0;
    };
    let rest = &body[word.len()..];
    let dotted =
        rest.strip_prefix(['.', '-']).filter(|r| r.starts_with(|c: char| c.is_ascii_digit()));
    let numbers = dotted.unwrap_or(rest);
    let digits = numbers.len() - numbers.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    1 + word.len() + (rest.len() - numbers.len()) + digits
}

/// `base` with `*` for every version.
fn masked(base: &str, versions: &[Version]) -> String {
    let mut out = String::new();
    let mut at = 0;
    for version in versions {
        out.push_str(&base[at..version.span.start]);
        out.push('*');
        at = version.span.end;
    }
    out.push_str(&base[at..]);
    out
}
