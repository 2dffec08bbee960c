//! Where an old version still stands in the file that it was promoted in: patches and literals.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::overlay::Overlay;
use crate::plan::{Planned, Verdict, Work};
use crate::span::Span;
use crate::version::is_telling;
use crate::yaml::{Document, NodeId, Rewrite};

/// The lists whose values are promoted themselves, and what nobody may read.
const PASSED_OVER: &[&str] = &[
    "images",
    "imagetags",
    "resources",
    "components",
    "bases",
    "helmcharts",
    "helmchartinflationgenerator",
    "secretgenerator",
];

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

/// Looks through the target's kustomization for the versions that `work` replaces.
pub(super) fn occurrences(target: &Overlay<'_>, work: &Work<'_>) -> Occurrences {
    let replaced = replaced(work);
    let doc = &target.kustomization().doc;
    let mut found = Vec::new();
    if !replaced.is_empty() {
        for entry in doc.entries(target.root()) {
            let key = doc.scalar(entry.key).unwrap_or_default().to_ascii_lowercase();
            if !PASSED_OVER.contains(&key.as_str()) {
                search(doc, entry.value, &key, &replaced, &mut found);
            }
        }
    }
    Occurrences { found }
}

/// Old versions and what they become, where that is one thing; `None` where it is several.
type Replaced = BTreeMap<String, Option<(String, usize)>>;

fn replaced(work: &Work<'_>) -> Replaced {
    let mut out = Replaced::new();
    for (position, change) in work.changes.iter().enumerate() {
        if change.verdict != Verdict::Promote {
            continue;
        }
        let (Some(old), Some(new)) = (&change.old, &change.new) else {
            continue;
        };
        let pairs = [(&old.version, &new.version), (&old.digest, &new.digest)];
        for (old, new) in pairs {
            let (Some(old), Some(new)) = (old, new) else {
                continue;
            };
            if old == new || !is_telling(old) {
                continue;
            }
            let value = Some((new.clone(), position));
            out.entry(old.clone())
                .and_modify(|known| {
                    if known.as_ref().map(|(known, _)| known) != Some(new) {
                        *known = None;
                    }
                })
                .or_insert(value);
        }
    }
    out
}

fn search(
    doc: &Document<'_>,
    id: NodeId,
    key: &str,
    replaced: &Replaced,
    found: &mut Vec<Occurrence>,
) {
    // An alias is looked at where its anchor is.
    if doc.follow(id) != id {
        return;
    }
    for item in doc.items(id) {
        search(doc, *item, key, replaced, found);
    }
    for entry in doc.entries(id) {
        search(doc, entry.value, &path(key, doc.scalar(entry.key)), replaced, found);
    }
    let Some(text) = doc.scalar(id) else { return };
    let mut parts = Vec::new();
    let mut open = is_open(key);
    for (old, new) in replaced {
        let spans = whole_words(text, old);
        // One old version that becomes several new ones cannot be followed.
        open &= new.is_some() || spans.is_empty();
        let (new, change) = new.clone().unwrap_or_default();
        parts.extend(spans.into_iter().map(|span| Part {
            span,
            old: old.clone(),
            new: new.clone(),
            change,
            line: line_of(doc, id, text, span),
        }));
    }
    if !parts.is_empty() {
        parts.sort_by_key(|part| part.span);
        found.push(Occurrence { node: id, open, parts });
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
