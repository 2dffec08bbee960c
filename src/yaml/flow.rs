//! Entries and items between brackets: commas, and lines of their own where the others have them.

use crate::span::{Span, line_content_end, line_end, line_start};
use crate::yaml::layout::{indentation, line_break, skip_blank};
use crate::yaml::node::{Body, Document, NodeId};
use crate::yaml::render::{Flow, New};
use crate::yaml::rewrite::Replacement;

/// A new entry behind the one at `after` of a flow mapping.
pub(super) fn insert_entry(
    doc: &Document<'_>,
    mapping: NodeId,
    after: usize,
    key: &str,
    value: &New,
) -> Vec<Replacement> {
    let sibling = doc.entries(mapping)[after];
    let key_start = doc.node(sibling.key).span.start;
    let new = style(doc, mapping).entry(key, value);
    behind(doc, key_start, doc.content_end(sibling.value).max(doc.node(sibling.key).span.end), &new)
}

/// `items` behind the last of the flow sequence `id`.
pub(super) fn append(
    doc: &Document<'_>,
    id: NodeId,
    old: &[NodeId],
    items: &[New],
) -> Vec<Replacement> {
    let style = old.last().map_or_else(|| style(doc, id), |last| style(doc, *last));
    let Some(last) = old.last() else {
        let all = items.iter().map(|item| style.value(item)).collect::<Vec<_>>().join(", ");
        return vec![(Span::at(doc.node(id).span.start + 1), all)];
    };
    let start = doc.node(*last).span.start;
    let end = doc.content_end(*last);
    items.iter().flat_map(|item| behind(doc, start, end, &style.value(item))).collect()
}

/// A null inside brackets becomes a list there.
pub(super) fn from_null(doc: &Document<'_>, id: NodeId, items: &[New]) -> Vec<Replacement> {
    let span = doc.node(id).span;
    let list = style(doc, id).value(&New::Sequence(items.to_vec()));
    let blank = if span.is_empty() { " " } else { "" };
    vec![(span, format!("{blank}{list}"))]
}

/// `new` behind the member from `start` to `end`, on a line of its own where that one has it.
fn behind(doc: &Document<'_>, start: usize, end: usize, new: &str) -> Vec<Replacement> {
    let text = doc.text();
    if !doc.starts_line(start) {
        return vec![(Span::at(end), format!(", {new}"))];
    }
    let eol = line_break(text, end);
    let indent = indentation(text, start);
    let comma = skip_blank(text, end);
    let line = line_content_end(text, end);
    let followed = text[end..].trim_start_matches([' ', '\t']);
    if text[comma..].starts_with(',') {
        if comma < line && ends_line(text, comma + 1) {
            return vec![(Span::at(line), format!("{eol}{indent}{new},"))];
        }
    } else if followed.starts_with('#') {
        // The comment stays with the member it is written behind.
        return vec![
            (Span::at(end), ",".to_owned()),
            (Span::at(line), format!("{eol}{indent}{new}")),
        ];
    }
    vec![(Span::at(end), format!(",{eol}{indent}{new}"))]
}

/// Whether only blanks and a comment stand on the line from `offset` on.
fn ends_line(text: &str, offset: usize) -> bool {
    let rest = text[offset..line_content_end(text, offset)].trim_start_matches([' ', '\t']);
    rest.is_empty() || rest.starts_with('#')
}

/// The entry at `position` of a flow mapping goes, with one comma.
pub(super) fn remove_entry(
    doc: &Document<'_>,
    mapping: NodeId,
    position: usize,
) -> Vec<Replacement> {
    let text = doc.text();
    let entries = doc.entries(mapping);
    let end_of =
        |at: usize| doc.content_end(entries[at].value).max(doc.node(entries[at].key).span.end);
    let start = doc.node(entries[position].key).span.start;
    let end = end_of(position);
    if let Some(next) = entries.get(position + 1) {
        let next = doc.node(next.key).span.start;
        let own_line = doc.starts_line(start) && doc.starts_line(next);
        let span = match line_end(text, end).filter(|after| own_line && *after <= next) {
            Some(after) => Span::new(line_start(text, start), after),
            None => Span::new(start, next),
        };
        return vec![(span, String::new())];
    }
    let before = end_of(position - 1);
    if !text[before..start].contains('#') {
        return vec![(Span::new(before, end), String::new())];
    }
    // A comment stands between: it stays, and only its comma and the entry's line go.
    let comma = skip_blank(text, before);
    let line = Span::new(line_start(text, start), line_end(text, end).unwrap_or(end));
    vec![(Span::new(comma, comma + 1), String::new()), (line, String::new())]
}

fn style(doc: &Document<'_>, near: NodeId) -> Flow {
    let padded = match doc.node(near).body {
        Body::Mapping { flow: true, .. } => doc.node(near).span.of(doc.text()).starts_with("{ "),
        _ => false,
    };
    Flow { json: doc.is_json(), padded }
}
