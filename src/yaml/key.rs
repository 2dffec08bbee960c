//! Entries of a mapping: one more, one less, or another one in its place.

use crate::span::{Span, line_content_end, line_end, line_start};
use crate::yaml::flow;
use crate::yaml::layout::{colon_end, indentation, line_break};
use crate::yaml::node::{Body, Document, Entry, NodeId, Style};
use crate::yaml::quote::{Quote, quoted};
use crate::yaml::render::{Block, New};
use crate::yaml::rewrite::{CannotWrite, Replacement};
use crate::yaml::set;

/// A new entry behind the one at `after`.
pub(super) fn insert(
    doc: &Document<'_>,
    mapping: NodeId,
    after: usize,
    key: &str,
    value: &New,
) -> Result<Vec<Replacement>, CannotWrite> {
    let sibling = entry(doc, mapping, after)?;
    if is_flow(doc, mapping) {
        return Ok(flow::insert_entry(doc, mapping, after, key, value));
    }
    let text = doc.text();
    let end = doc.content_end(sibling.value);
    let eol = line_break(text, end);
    let indent = key_indentation(doc, mapping);
    let block = Block { eol, step: doc.list_step(mapping, after) };
    let key = quoted(key, key_quote(doc, sibling.key));
    let new = block.entry(&key, value, &indent);
    Ok(vec![(Span::at(line_content_end(text, end)), format!("{eol}{indent}{new}"))])
}

/// The entry at `position` goes: its line, or its part of a line shared with others. The entries at
/// `others` go too.
pub(super) fn remove(
    doc: &Document<'_>,
    mapping: NodeId,
    position: usize,
    others: &[usize],
) -> Result<Vec<Replacement>, CannotWrite> {
    let Entry { key, value } = entry(doc, mapping, position)?;
    let siblings = doc.entries(mapping);
    if (0..siblings.len()).all(|at| at == position || others.contains(&at)) {
        let message = "the only entry of a mapping cannot be taken away";
        return Err(CannotWrite::new(doc.node(key).span, message));
    }
    if is_flow(doc, mapping) {
        return Ok(flow::remove_entry(doc, mapping, position, others));
    }
    let text = doc.text();
    let start = doc.node(key).span.start;
    let end = line_content_end(text, doc.content_end(value));
    let first = doc.node(siblings[0].key).span.start;
    let moved_up = (0..position).all(|at| others.contains(&at)) && !doc.starts_line(first);
    if moved_up || !doc.starts_line(start) {
        // It shares its line with the dash of its item: what comes next moves up.
        let next = text[end..].find(|c: char| !c.is_whitespace()).map_or(end, |at| end + at);
        return Ok(vec![(Span::new(start, next), String::new())]);
    }
    let line = line_start(text, start);
    let last = siblings.last().map_or(value, |last| last.value);
    let ended = line_end(text, doc.content_end(last)).is_some();
    let tail = (position + 1..siblings.len()).all(|at| others.contains(&at));
    let span = match line_end(text, end) {
        Some(next) if ended || !tail => Span::new(line, next),
        // The last lines of a text without a final line break take the breaks before them along.
        _ => Span::new(text[..line].trim_end_matches(['\n', '\r']).len(), end),
    };
    Ok(vec![(span, String::new())])
}

/// The entry at `position` becomes `key: text` where it stands.
pub(super) fn replace(
    doc: &Document<'_>,
    mapping: NodeId,
    position: usize,
    key: &str,
    text: &str,
) -> Result<Vec<Replacement>, CannotWrite> {
    let old = at(doc, mapping, position)?;
    let mut out = set::whole(doc, old.value, text)?;
    let quote = doc.quote(old.key, key, key_quote(doc, old.key));
    out.push((doc.node(old.key).span, quoted(key, quote)));
    Ok(out)
}

fn at(doc: &Document<'_>, mapping: NodeId, position: usize) -> Result<Entry, CannotWrite> {
    let absent = || CannotWrite::new(doc.node(mapping).span, "the entry is not there");
    doc.entries(mapping).get(position).copied().ok_or_else(absent)
}

/// The entry at `position` of a mapping whose keys are all scalars with their colon behind them.
pub(super) fn entry(
    doc: &Document<'_>,
    mapping: NodeId,
    position: usize,
) -> Result<Entry, CannotWrite> {
    let entry = at(doc, mapping, position)?;
    let complex = doc.entries(mapping).iter().find(|entry| {
        let key = doc.node(entry.key);
        let marked = doc.text()[..key.span.start].trim_end_matches([' ', '\t']).ends_with('?');
        !matches!(key.body, Body::Scalar { .. }) || marked
    });
    if let Some(complex) = complex {
        let message = "a mapping with `? key` entries is not edited";
        return Err(CannotWrite::new(doc.node(complex.key).span, message));
    }
    Ok(entry)
}

fn is_flow(doc: &Document<'_>, mapping: NodeId) -> bool {
    matches!(doc.node(mapping).body, Body::Mapping { flow: true, .. })
}

/// New keys look like their neighbour.
pub(super) fn key_quote(doc: &Document<'_>, key: NodeId) -> Quote {
    match &doc.node(key).body {
        Body::Scalar { style, .. } if *style != Style::Plain => Quote::from(*style),
        _ => Quote::AsNeeded,
    }
}

/// The white space before a key of a block mapping: that of a key on a line of its own, else made
/// from the line that the mapping begins on.
fn key_indentation(doc: &Document<'_>, mapping: NodeId) -> String {
    let starts = doc.entries(mapping).iter().map(|entry| doc.node(entry.key).span.start);
    let own = starts.clone().find(|start| doc.starts_line(*start));
    indentation(doc.text(), own.or_else(|| starts.min()).unwrap_or_default())
}

impl Document<'_> {
    /// How far the dashes of lists below `mapping` stand behind their keys: as in the list nearest
    /// before the entry at `position`, else in any list; kustomize's own habit is not at all.
    pub(super) fn list_step(&self, mapping: NodeId, position: usize) -> usize {
        let column = |offset: usize| offset - line_start(self.text(), offset);
        let step = |entry: &Entry| {
            let Body::Sequence { flow: false, items } = &self.node(entry.value).body else {
                return None;
            };
            let first = self.node(*items.first()?).span.start;
            let key = self.node(entry.key).span;
            let dash = self.dash(colon_end(self.text(), key.end)?, first)?;
            column(dash).checked_sub(column(key.start))
        };
        let entries = self.entries(mapping);
        let before = entries.iter().take(position + 1).rev().find_map(step);
        before.or_else(|| entries.iter().skip(position + 1).find_map(step)).unwrap_or(0)
    }
}
