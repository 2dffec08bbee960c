//! Versions inside the path of a file's URL.
//!
//! Hosts with a known place for the ref give it whatever it is called (`main` too); elsewhere a
//! segment, or a part of one, that looks like a version or a commit is one. What a segment says, a
//! file name may say again in other words: `v2.4.7/v2_4_7_full.yaml`.

use crate::remote::layout::Layout;
use crate::remote::query::Query;
use crate::remote::{Git, Place, Remote, Version};
use crate::span::Span;
use crate::version::{is_commit, is_telling};

/// The part of `base` that is fetched by HTTP before anything else is tried: all of it, or the URL in
/// it that a proxy (`https://proxy/https://…`) is asked for. `None` for what is no HTTP.
pub(super) fn http(base: &str) -> Option<&str> {
    let is_http = |url: &str| {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
    };
    let inner = ["/https://", "/http://"].iter().filter_map(|start| base.rfind(start)).max();
    is_http(base).then(|| inner.map_or(base, |at| &base[at + 1..]))
}

/// `base` as the URL of a file, with `url` what `http` gives for it; `None` when it is rather a Git
/// repository.
pub(super) fn read(base: &str, url: &str, query: &Query, git: Option<&Git>) -> Option<Remote> {
    let start = base.len() - url.len() + url.find("://")? + 3;
    let authority = base[start..].split('/').next()?;
    let host = authority.rsplit('@').next()?.to_ascii_lowercase();
    let segments = segments(base, start + authority.len());
    let names: Vec<&str> = segments.iter().map(|span| span.of(base)).collect();
    let layout = Layout::of(&host, &names, query.raw());
    let last = *names.last()?;
    let asked = query.version().or_else(|| query.at().filter(|_| names.contains(&"raw")));
    let explicit = git.is_some_and(|git| git.explicit) && base.len() == url.len();
    if explicit && (layout.is_none() || asked.is_some()) {
        return None;
    }
    let is_file = layout.is_some() || ends_as_file(last) || last == "raw" || git.is_none();
    if !is_file && (asked.is_some() || host == "github.com") {
        return None;
    }
    let placed = matches!(layout, Some(Layout::Ref(_) | Layout::BehindAt(_)));
    let versions = match asked.filter(|_| !placed) {
        Some(version) => vec![version],
        None => versions(base, &segments, layout.as_ref()),
    };
    if !is_file && versions.is_empty() {
        return None;
    }
    let path = masked(base, start + authority.len(), &versions);
    let before = base[..start].to_ascii_lowercase();
    let key = format!("{before}{host}{path}{}", query.identity());
    let trouble = layout.as_ref().and_then(Layout::trouble);
    Some(Remote { key, versions, repository: None, manner: query.options(), trouble })
}

/// The path segments of `base`, whose path begins at `start`.
fn segments(base: &str, start: usize) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = start + 1;
    for part in base[start..].split('/').skip(1) {
        out.push(Span::new(at, at + part.len()));
        at += part.len() + 1;
    }
    out
}

fn ends_as_file(segment: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| segment.ends_with(end))
}

fn versions(base: &str, segments: &[Span], layout: Option<&Layout>) -> Vec<Version> {
    let mut whole = Vec::new();
    let mut parts = Vec::new();
    for (position, span) in segments.iter().enumerate().skip(layout.map_or(0, Layout::start)) {
        let name = span.of(base);
        match layout {
            Some(Layout::Ref(own)) if own.contains(&position) => {
                if position == own.start {
                    whole.push(Span::new(span.start, segments[own.end - 1].end));
                }
            }
            Some(Layout::BehindAt(own)) if *own == position => {
                let behind = name.rfind('@').map_or(0, |at| at + 1);
                whole.push(Span::new(span.start + behind, span.end));
            }
            _ if !ends_as_file(name) && (is_version(name) || is_hash(name)) => whole.push(*span),
            _ => parts.push(*span),
        }
    }
    whole.retain(|span| !span.is_empty());
    let said: Vec<_> = whole.iter().flat_map(|span| spellings(span.of(base))).collect();
    let inner = parts.iter().flat_map(|span| inner(*span, base, &said));
    let mut spans: Vec<_> = whole.iter().copied().chain(inner).collect();
    spans.sort_by_key(|span| span.start);
    let version =
        |span: &Span| Version { span: *span, text: span.of(base).to_owned(), place: Place::Path };
    spans.iter().map(version).collect()
}

/// The versions that are only part of a segment of `base`; `said` is how they were said before.
fn inner(segment: Span, base: &str, said: &[String]) -> Vec<Span> {
    let spans = inner_versions(segment.of(base), said).into_iter();
    spans.map(|span| Span::new(segment.start + span.start, segment.start + span.end)).collect()
}

/// A commit that cannot be a word.
fn is_hash(text: &str) -> bool {
    is_commit(text) && text.contains(|c: char| c.is_ascii_digit())
}

/// `v?\d+(\.\d+)+[-+.\w]*` and nothing else.
pub(super) fn is_version(text: &str) -> bool {
    core(text).is_some_and(|end| {
        text[end..].chars().all(|c| c.is_ascii_alphanumeric() || "-+._".contains(c))
    })
}

/// The number of digits that `text` begins with.
fn digits(text: &str) -> usize {
    text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len()
}

/// The end of `v?\d+(\.\d+)+` at the start of `text`.
fn core(text: &str) -> Option<usize> {
    let start = usize::from(text.starts_with('v'));
    let mut end = start + digits(&text[start..]);
    if end == start {
        return None;
    }
    let mut dots = 0;
    while text[end..].starts_with('.') && digits(&text[end + 1..]) > 0 {
        end += 1 + digits(&text[end + 1..]);
        dots += 1;
    }
    (dots > 0).then_some(end)
}

/// Versions that are only part of a segment: `kured-1.14.0-dockerhub.yaml`, `release-1.2`.
fn inner_versions(segment: &str, said: &[String]) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = segment[at..].chars().next() {
        match inner_end(segment, at, said) {
            Some(end) => {
                out.push(Span::new(at, end));
                at = end;
            }
            None => at += c.len_utf8(),
        }
    }
    out
}

/// The end of the version at `at` of `segment`, where one begins.
fn inner_end(segment: &str, at: usize, said: &[String]) -> Option<usize> {
    let (before, text) = segment.split_at(at);
    let slash = before.ends_with("%2F") || before.ends_with("%2f");
    let word = |c: char| c.is_ascii_alphanumeric() || c == '.';
    if before.ends_with(word) && !slash {
        return None;
    }
    let free = |end: &usize| !text[*end..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let bare = text.strip_prefix('v').unwrap_or(text);
    let again = said.iter().filter(|said| bare.starts_with(said.as_str()));
    let again = again.map(|said| text.len() - bare.len() + said.len());
    let found = core(text).map(|end| end + pre_release(&text[end..]));
    again.chain(found).filter(free).max().map(|end| at + end)
}

/// How a file name may say `version` again: without `v` and what is before it, with other separators.
fn spellings(version: &str) -> Vec<String> {
    let bare = bare_start(version);
    let spellings = [bare.to_owned(), bare.replace('.', "_"), bare.replace('.', "-")];
    spellings.into_iter().filter(|_| is_telling(bare)).collect()
}

/// `text` from its first version on, without the `v`.
fn bare_start(text: &str) -> &str {
    let start = inner_versions(text, &[]).first().map_or(0, |span| span.start);
    let bare = text[start..].strip_prefix('v').filter(|bare| digits(bare) > 0);
    bare.unwrap_or(&text[start..])
}

/// The version in `text` alone: `2.4.7` of `v2.4.7`, `controller-v2.4.7` and `v2_4_7`.
pub(super) fn bare(text: &str) -> String {
    let dotted = text.replace(['_', '-'], ".");
    if core(text).is_none() && is_version(&dotted) {
        return bare_start(&dotted).to_owned();
    }
    bare_start(text).to_owned()
}

/// The length of `-rc.1`, `-beta2`, `rc1` and the like at the start of `text`.
fn pre_release(text: &str) -> usize {
    let words = ["alpha", "beta", "rc", "pre", "preview", "dev", "snapshot", "milestone"];
    let body = text.strip_prefix(['-', '.']).unwrap_or(text);
    let rest = body.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let word = &body[..body.len() - rest.len()];
    if !words.iter().any(|known| word.eq_ignore_ascii_case(known)) {
        return 0;
    }
    let separated = rest.strip_prefix(['.', '-']).filter(|rest| digits(rest) > 0);
    let numbers = separated.unwrap_or(rest);
    text.len() - numbers.len() + digits(numbers)
}

/// The rest of `base` from `start` on, with `*` for every version of its path.
fn masked(base: &str, start: usize, versions: &[Version]) -> String {
    let mut out = String::new();
    let mut at = start;
    for version in versions.iter().filter(|version| version.place == Place::Path) {
        out.push_str(&base[at..version.span.start]);
        out.push('*');
        at = version.span.end;
    }
    out.push_str(&base[at..]);
    out
}
