//! Where an old version still stands in the file that it was promoted in: patches and literals.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::kind::KINDS;
use crate::overlay::Overlay;
use crate::plan::{Change, Planned, Verdict, Work};
use crate::secret::secrets;
use crate::span::Span;
use crate::version::{is_commit, is_telling};
use crate::yaml::{Document, NodeId, Rewrite};

/// Where the old versions of one target's promoted fields still stand.
pub(super) struct Occurrences {
    found: Vec<Occurrence>,
}

/// One scalar and the old versions in it.
struct Occurrence {
    node: NodeId,
    /// It is an inline patch or a generator's literal, so that it can be followed.
    open: bool,
    parts: Vec<Part>,
}

struct Part {
    span: Span,
    old: String,
    new: String,
    change: usize,
    line: usize,
}

/// Looks through the target's kustomization for the versions that `work` replaces. What the kinds
/// promote themselves is passed over, and what may be a secret.
pub(super) fn occurrences(target: &Overlay<'_>, work: &Work<'_>) -> Occurrences {
    let doc = &target.kustomization().doc;
    let (replaced, secrets) = (replaced(work), secrets(doc));
    let mut search = Search { doc, replaced, secrets, found: Vec::new() };
    if !search.replaced.is_empty() {
        for entry in doc.entries(target.root()) {
            let key = doc.scalar(entry.key).unwrap_or_default().to_ascii_lowercase();
            let lists = KINDS.iter().flat_map(|kind| kind.lists());
            if !lists.into_iter().any(|list| list.eq_ignore_ascii_case(&key)) {
                search.look(entry.value, &key);
            }
        }
    }
    Occurrences { found: search.found }
}

/// Old versions and what they become, where that is one thing; `None` where it is several, or where
/// a field keeps the old one.
type Replaced = BTreeMap<String, Option<(String, usize)>>;

fn replaced(work: &Work<'_>) -> Replaced {
    let mut out = Replaced::new();
    let all = || work.changes.iter().enumerate();
    for (position, change) in
        all().filter(|(_, change)| matches!(change.verdict, Verdict::Promote | Verdict::Pin))
    {
        for (old, new) in pairs(change) {
            let known = out.entry(old.clone()).or_insert_with(|| Some((new.clone(), position)));
            if known.as_ref().is_some_and(|(known, _)| known != new) {
                *known = None;
            }
        }
    }
    for (_, change) in all().filter(|(_, change)| !change.verdict.writes()) {
        let old = change.old.iter().flat_map(|old| [&old.version, &old.digest]).flatten();
        for kept in old {
            out.entry(kept.clone()).and_modify(|known| *known = None);
        }
    }
    out
}

/// The texts of a change that become others and are worth looking for.
fn pairs(change: &Change) -> impl Iterator<Item = (&String, &String)> {
    let values = change.old.as_ref().zip(change.new.as_ref());
    let parts = values.into_iter().flat_map(|(old, new)| {
        // A name elsewhere stays a name where the field got the name's commit.
        let by_name = old.version.as_deref().is_some_and(|old| !is_commit(old));
        let named = change.named.as_ref().filter(|_| by_name);
        [
            old.version.as_ref().zip(named.or(new.version.as_ref())),
            old.digest.as_ref().zip(new.digest.as_ref()),
        ]
    });
    parts.flatten().filter(|(old, new)| old != new && is_telling(old))
}

struct Search<'d, 't> {
    doc: &'d Document<'t>,
    replaced: Replaced,
    secrets: Vec<Span>,
    found: Vec<Occurrence>,
}

impl Search<'_, '_> {
    fn look(&mut self, id: NodeId, key: &str) {
        let doc = self.doc;
        let span = doc.node(id).span;
        // An alias is looked at where its anchor is.
        if doc.follow(id) != id || self.secrets.iter().any(|secret| secret.contains(span)) {
            return;
        }
        for item in doc.items(id) {
            self.look(*item, key);
        }
        for entry in doc.entries(id) {
            self.look(entry.value, &path(key, doc.scalar(entry.key)));
        }
        if let Some(text) = doc.scalar(id) {
            self.found.extend(self.parts(id, text, is_open(key)));
        }
    }

    /// The old versions in one text; `open` says whether they may be followed there.
    fn parts(&self, id: NodeId, text: &str, mut open: bool) -> Option<Occurrence> {
        let mut parts = Vec::new();
        for (old, new) in &self.replaced {
            let spans = whole_words(text, old);
            open &= new.is_some() || spans.is_empty();
            let (new, change) = new.clone().unwrap_or_default();
            parts.extend(spans.into_iter().map(|span| Part {
                span,
                old: old.clone(),
                new: new.clone(),
                change,
                line: line_of(self.doc, id, text, span),
            }));
        }
        parts.sort_by_key(|part| part.span);
        open &= !tears(text, &parts);
        (!parts.is_empty()).then_some(Occurrence { node: id, open, parts })
    }
}

fn path(key: &str, inner: Option<&str>) -> String {
    format!("{key}.{}", inner.unwrap_or_default().to_ascii_lowercase())
}

/// Inline patches, and literals of config maps.
fn is_open(key: &str) -> bool {
    matches!(
        key,
        "patches.patch"
            | "patchesjson6902.patch"
            | "patchesstrategicmerge"
            | "configmapgenerator.literals"
    )
}

/// Where `word` stands in `text` as a version of its own: not inside a longer one.
fn whole_words(text: &str, word: &str) -> Vec<Span> {
    let joins =
        |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '+'));
    // A dot belongs to a version only when something stands behind it.
    let glued = |first: Option<char>, second: Option<char>| {
        joins(first) || first == Some('.') && second.is_some_and(char::is_alphanumeric)
    };
    let alone = |at: usize| {
        let mut before = text[..at].chars().rev();
        let mut after = text[at + word.len()..].chars();
        !glued(before.next(), before.next()) && !glued(after.next(), after.next())
    };
    let starts = text.match_indices(word).map(|(at, _)| at).filter(|at| alone(*at));
    starts.map(|at| Span::new(at, at + word.len())).collect()
}

/// Whether a version would change without the digest behind it (`v1@sha256:…`): the two are one value.
fn tears(text: &str, parts: &[Part]) -> bool {
    let goes_along = |part: &Part| {
        let digest = parts.iter().find(|other| other.span.start == part.span.end + 1);
        digest.is_some_and(|digest| digest.change == part.change)
    };
    let has_digest = |part: &&Part| text[part.span.end..].starts_with("@sha");
    parts.iter().filter(has_digest).any(|part| !goes_along(part))
}

/// The line of the file on which the part `span` of the scalar `id` stands.
fn line_of(doc: &Document<'_>, id: NodeId, text: &str, span: Span) -> usize {
    let word = span.of(text);
    let node = doc.node(id).span;
    let number = text.match_indices(word).position(|(at, _)| at == span.start).unwrap_or(0);
    let raw = node.of(doc.text());
    let at = raw.match_indices(word).nth(number).map_or(0, |(at, _)| at);
    Span::at(node.start + at).position(doc.text()).line
}

impl Occurrences {
    /// The rewrites that follow the promotion, in patches and literals.
    pub(super) fn rewrites(&self) -> Vec<Planned> {
        let open = self.found.iter().filter(|occurrence| occurrence.open);
        let planned = open.map(|occurrence| {
            let parts = occurrence.parts.iter().map(|part| (part.span, part.new.clone())).collect();
            let rewrite = Rewrite::SetParts { node: occurrence.node, parts };
            Planned { change: occurrence.parts[0].change, file: 0, rewrite }
        });
        planned.collect()
    }

    /// Where old versions stay, one warning a version. Lines only: they may hold anything.
    pub(super) fn cautions(&self, target: &Overlay<'_>, followed: bool) -> Vec<Diagnostic> {
        let mut lines: BTreeMap<&str, (Vec<usize>, bool)> = BTreeMap::new();
        for occurrence in &self.found {
            if followed && occurrence.open {
                continue;
            }
            for part in &occurrence.parts {
                let (lines, open) = lines.entry(&part.old).or_default();
                lines.push(part.line);
                *open |= occurrence.open;
            }
        }
        let file = &target.kustomization().label;
        let warnings = lines.into_iter().map(|(old, (mut lines, open))| {
            lines.sort_unstable();
            lines.dedup();
            let word = if lines.len() == 1 { "line" } else { "lines" };
            let numbers: Vec<_> = lines.iter().map(ToString::to_string).collect();
            let message = format!("`{old}` still stands at {word} {}", numbers.join(", "));
            let warning = Diagnostic::warning(message).file(file);
            match (open, followed) {
                (true, _) => {
                    warning.hint("`--follow` replaces it inside inline patches and literals")
                }
                (false, true) => {
                    warning.hint("`--follow` leaves it: change it by hand where needed")
                }
                (false, false) => warning,
            }
        });
        warnings.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_inside_another_one_is_not_it() {
        let found = |text: &str| whole_words(text, "v1.10.0").len();
        assert_eq!(found("image: x:v1.10.0\nvalue: \"v1.10.0\" and v1.10.0."), 3);
        for text in ["v1.10.0-rc1", "av1.10.0", "v1.10.01", "v1.10.0.1", "0.v1.10.0"] {
            assert_eq!(found(text), 0, "{text}");
        }
    }
}
