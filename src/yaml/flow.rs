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
    behind(
        doc,
        key_start,
        doc.content_end(sibling.value).max(doc.node(sibling.key).span.end),
        &[new],
    )
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
    let items: Vec<_> = items.iter().map(|item| style.value(item)).collect();
    behind(doc, start, end, &items)
}

/// A null inside brackets becomes a list there.
pub(super) fn from_null(doc: &Document<'_>, id: NodeId, items: &[New]) -> Vec<Replacement> {
    let span = doc.node(id).span;
    let list = style(doc, id).value(&New::Sequence(items.to_vec()));
    let blank = if span.is_empty() { " " } else { "" };
    vec![(span, format!("{blank}{list}"))]
}

/// `new` members behind the one from `start` to `end`, on lines of their own where that one has it.
fn behind(doc: &Document<'_>, start: usize, end: usize, new: &[String]) -> Vec<Replacement> {
    let text = doc.text();
    let blank = blank_behind(&text[..end]);
    if !doc.starts_line(start) {
        let new = new.join(", ");
        return vec![(Span::at(end), format!("{blank}, {new}"))];
    }
    let between = format!("{}{}", line_break(text, end), indentation(text, start));
    let new = new.join(&format!(",{between}"));
    let comma = skip_blank(text, end);
    let line = line_content_end(text, end);
    let followed = text[end..].trim_start_matches([' ', '\t']);
    if text[comma..].starts_with(',') {
        if comma < line && ends_line(text, comma + 1) {
            return vec![(Span::at(line), format!("{between}{new},"))];
        }
    } else if followed.starts_with('#') {
        // The comment stays with the member it is written behind.
        return vec![
            (Span::at(end), format!("{blank},")),
            (Span::at(line), format!("{between}{new}")),
        ];
    }
    vec![(Span::at(end), format!("{blank},{between}{new}"))]
}

/// What has to stand between a member and a comma or bracket: libyaml does not take `a:,` and `a:}`
/// for a key without a value, and to go-yaml `!!str,` is a tag.
fn blank_behind(before: &str) -> &'static str {
    let absent = |token: &str| token.ends_with(':') || token.starts_with(['!', '&']);
    let mut tokens = before.rsplit([' ', '\t', '\n', '\r', '[', '{', ',']);
    if tokens.next().is_some_and(absent) { " " } else { "" }
}

/// Whether only blanks and a comment stand on the line from `offset` on.
fn ends_line(text: &str, offset: usize) -> bool {
    let rest = text[offset..line_content_end(text, offset)].trim_start_matches([' ', '\t']);
    rest.is_empty() || rest.starts_with('#')
}

/// The entry at `position` of a flow mapping goes, with one comma; so do the `others`.
pub(super) fn remove_entry(
    doc: &Document<'_>,
    mapping: NodeId,
    position: usize,
    others: &[usize],
) -> Vec<Replacement> {
    let text = doc.text();
    let entries = doc.entries(mapping);
    let end_of =
        |at: usize| doc.content_end(entries[at].value).max(doc.node(entries[at].key).span.end);
    let start = doc.node(entries[position].key).span.start;
    let end = end_of(position);
    let last = (position + 1..entries.len()).all(|later| others.contains(&later));
    if let Some(next) = entries.get(position + 1).filter(|_| !last) {
        let next = doc.node(next.key).span.start;
        let line = line_content_end(text, skip_blank(text, end));
        let above = text.get(line..next).unwrap_or_default();
        if !doc.starts_line(start) && above.contains('#') {
            // What is written above the next entry stays there.
            let start = text[..start].trim_end_matches([' ', '\t']).len();
            return vec![(Span::new(start, line), String::new())];
        }
        let own_line = doc.starts_line(start) && doc.starts_line(next);
        let span = match line_end(text, end).filter(|after| own_line && *after <= next) {
            Some(after) => Span::new(line_start(text, start), after),
            None => Span::new(start, next),
        };
        return vec![(span, String::new())];
    }
    let before = end_of(position - 1);
    if !text[before..start].contains('#') {
        // Nor does libyaml take `a:}` for a key without a value.
        let blank = if text[..before].ends_with(':') { " " } else { "" };
        return vec![(Span::new(before, end), blank.to_owned())];
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
    Flow { json: doc.is_json(near), padded }
}
