//! Items at the end of a sequence, in the style of those that are there.

use crate::span::{Span, line_content_end};
use crate::yaml::flow;
use crate::yaml::key::entry;
use crate::yaml::layout::{colon_end, indentation, line_break, skip_blank};
use crate::yaml::node::{Body, Document, NodeId};
use crate::yaml::render::{Block, New};
use crate::yaml::rewrite::{CannotWrite, Replacement};

/// Appends `items` to the sequence or null `id`.
pub(super) fn append(
    doc: &Document<'_>,
    id: NodeId,
    items: &[New],
) -> Result<Vec<Replacement>, CannotWrite> {
    let node = doc.node(id);
    match &node.body {
        Body::Sequence { flow: false, items: old } => behind_last(doc, id, old, items),
        Body::Sequence { flow: true, items: old } => {
            let bare = old.is_empty() && !node.span.of(doc.text()).contains('#');
            if bare && !doc.in_flow(id) {
                return fresh(doc, id, items);
            }
            Ok(flow::append(doc, id, old, items))
        }
        Body::Scalar { .. } if doc.is_null(id) && doc.in_flow(id) => {
            Ok(flow::from_null(doc, id, items))
        }
        Body::Scalar { .. } if doc.is_null(id) => fresh(doc, id, items),
        _ => Err(CannotWrite::new(node.span, "a list is expected here")),
    }
}

fn behind_last(
    doc: &Document<'_>,
    id: NodeId,
    old: &[NodeId],
    items: &[New],
) -> Result<Vec<Replacement>, CannotWrite> {
    let text = doc.text();
    let unclear =
        || CannotWrite::new(doc.node(id).span, "the dashes of this list are not where expected");
    let last = *old.last().ok_or_else(unclear)?;
    let from = match old.len() {
        1 => doc.before_items(id).ok_or_else(unclear)?,
        count => doc.content_end(old[count - 2]),
    };
    let start = doc.node(last).span.start;
    let dash = doc.dash(from, start).ok_or_else(unclear)?;
    let gap = &text[dash + 1..];
    let gap = gap.len() - gap.trim_start_matches(' ').len();
    let on_line = line_content_end(text, dash) > dash + 1 + gap;
    let gap = if gap > 0 && on_line && !text[dash + 1 + gap..].starts_with(['#', '\t']) {
        gap
    } else {
        1
    };
    let indent = indentation(text, dash);
    let end = doc.content_end(last).max(dash + 1);
    let eol = line_break(text, end);
    let block = Block { eol, step: 0 };
    let blanks = " ".repeat(gap);
    let inner = format!("{indent} {blanks}");
    let lines: String = items
        .iter()
        .map(|item| format!("{eol}{indent}-{blanks}{}", block.value(item, &inner)))
        .collect();
    Ok(vec![(Span::at(line_content_end(text, end)), lines)])
}

/// `key:`, `key: null` and `key: []` get their first items below the key.
fn fresh(doc: &Document<'_>, id: NodeId, items: &[New]) -> Result<Vec<Replacement>, CannotWrite> {
    let text = doc.text();
    let node = doc.node(id);
    let parent = node.parent.and_then(|mapping| {
        let values = doc.entries(mapping).iter();
        let position = values.map(|entry| entry.value).position(|value| value == id)?;
        Some((mapping, position))
    });
    let Some((mapping, position)) = parent else {
        return Err(CannotWrite::new(node.span, "only the value of a key can become a list"));
    };
    let key = doc.node(entry(doc, mapping, position)?.key).span;
    if node.anchor.is_some() || node.tag.is_some() {
        return Err(CannotWrite::new(
            node.span,
            "a value with an anchor or tag is not made a list",
        ));
    }
    let end = line_content_end(text, node.span.end.max(key.end));
    let eol = line_break(text, end);
    let step = doc.list_step(mapping, position);
    let indent = format!("{}{}", indentation(text, key.start), " ".repeat(step));
    let block = Block { eol, step };
    let lines = block.value(&New::Sequence(items.to_vec()), &indent);
    let mut out = vec![(Span::at(end), format!("{eol}{indent}{lines}"))];
    if !node.span.is_empty() {
        let blank = text[..node.span.start].ends_with([' ', '\t']);
        out.push((Span::new(node.span.start - usize::from(blank), node.span.end), String::new()));
    }
    Ok(out)
}

impl Document<'_> {
    /// The dash between `from` and the item that begins at `item`.
    pub(super) fn dash(&self, from: usize, item: usize) -> Option<usize> {
        let mut at = from;
        loop {
            at = skip_blank(self.text(), at);
            let rest = self.text().get(at..item.max(at))?;
            match rest.chars().next()? {
                '-' => return Some(at),
                // The anchor or tag of the sequence itself.
                '&' | '!' => at += rest.find(char::is_whitespace)?,
                _ => return None,
            }
        }
    }

    /// An offset before the first dash of the block sequence `id` and behind all else.
    fn before_items(&self, id: NodeId) -> Option<usize> {
        let Some(parent) = self.node(id).parent else {
            let root = self.roots().iter().find(|root| root.node == id)?;
            let marker = self.text()[root.start..].starts_with("---");
            return Some(root.start + if marker { 3 } else { 0 });
        };
        match &self.node(parent).body {
            Body::Mapping { entries, .. } => {
                let entry = entries.iter().find(|entry| entry.value == id)?;
                colon_end(self.text(), self.node(entry.key).span.end)
            }
            // `- - a`: the span of an indented sequence begins at its dash.
            _ => Some(self.node(id).span.start),
        }
    }
}
