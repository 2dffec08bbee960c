//! A scalar gets another text where it stands.

use std::iter::successors;

use crate::span::{Span, line_content_end};
use crate::yaml::node::{Body, Document, NodeId, Style};
use crate::yaml::quote::{Quote, is_ambiguous, needs_escape, quoted};
use crate::yaml::rewrite::{CannotWrite, Replacement};

/// The whole value: quotes are kept, block scalars become a scalar on the line of their header.
pub(super) fn whole(
    doc: &Document<'_>,
    id: NodeId,
    text: &str,
) -> Result<Vec<Replacement>, CannotWrite> {
    let node = doc.node(id);
    match &node.body {
        Body::Scalar { style: Style::Block, content, .. } => {
            Ok(unblock(doc.text(), node.span, *content, &quoted(text, Quote::AsNeeded)))
        }
        Body::Scalar { style, .. } => {
            let value = quoted(text, doc.quote(id, text, Quote::from(*style)));
            // Nothing is written there yet: keep a blank from the colon or the dash.
            let blank = if node.span.is_empty() { " " } else { "" };
            Ok(vec![(node.span, format!("{blank}{value}"))])
        }
        Body::Alias(_) => {
            let value = quoted(text, doc.quote(id, text, Quote::AsNeeded));
            Ok(vec![(node.span, value)])
        }
        Body::Sequence { .. } | Body::Mapping { .. } => {
            Err(CannotWrite::new(node.span, "a text is expected here, not a list or mapping"))
        }
    }
}

/// Puts `value` in the place of the header's sign and takes the lines of the content away.
fn unblock(text: &str, span: Span, content: Span, value: &str) -> Vec<Replacement> {
    let sign_end = span.start
        + text[span.start..].find(char::is_whitespace).unwrap_or(text.len() - span.start);
    let sign = (Span::new(span.start, sign_end), value.to_owned());
    let header_end = line_content_end(text, span.start);
    // A content that keeps its blank tail ends with a line break, which stays.
    let end = span.end.min(text[..span.end].trim_end_matches(['\n', '\r']).len()).max(header_end);
    if content.is_empty() || end <= header_end {
        return vec![sign];
    }
    vec![sign, (Span::new(header_end, end), String::new())]
}

/// Parts of a value: found again in its bytes, where escapes or line breaks may stand between.
pub(super) fn parts(
    doc: &Document<'_>,
    id: NodeId,
    parts: &[(Span, String)],
) -> Result<Vec<Replacement>, CannotWrite> {
    let node = doc.node(id);
    let Body::Scalar { text, content, style } = &node.body else {
        return Err(CannotWrite::new(node.span, "a text is expected here"));
    };
    let raw = content.of(doc.text());
    let place = |span: Span| {
        if raw == text { Some(span) } else { find_again(text, raw, span) }
    };
    let mut out = Vec::new();
    if raw.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        let message = "the value holds line breaks that only some YAML readers take for such";
        return Err(CannotWrite::new(node.span, message));
    }
    let plain = *style == Style::Plain;
    if let Some(whole) = replaced(text, parts).filter(|_| plain) {
        // What libyaml or go-yaml take for a mark between brackets, unless it was there before.
        let marks = |text: &str| [text.starts_with(':'), text.contains('?'), text.contains(":?")];
        let more = marks(&whole).iter().zip(marks(text)).any(|(new, old)| *new && !old);
        if is_ambiguous(&whole) || doc.in_flow(id) && more {
            return Err(CannotWrite::new(node.span, "the new value needs quotes"));
        }
    }
    for (span, new) in parts {
        if new.contains(needs_escape) {
            let message = format!("{new:?} cannot be written without escapes");
            return Err(CannotWrite::new(node.span, message));
        }
        let Some(found) = place(*span) else {
            let message = format!("`{}` is written with escapes or line breaks", span.of(text));
            return Err(CannotWrite::new(node.span, message));
        };
        out.push((Span::new(content.start + found.start, content.start + found.end), new.clone()));
    }
    Ok(out)
}

/// `text` with `parts` of it replaced; `None` where they do not fit it.
pub(super) fn replaced(text: &str, parts: &[(Span, String)]) -> Option<String> {
    let mut new = text.to_owned();
    for (span, part) in parts.iter().rev() {
        new.get(span.start..span.end)?;
        new.replace_range(span.start..span.end, part);
    }
    Some(new)
}

/// Where the part `span` of `text` stands in `raw`: the occurrence with the same number, provided
/// that both hold it equally often.
fn find_again(text: &str, raw: &str, span: Span) -> Option<Span> {
    let part = span.of(text);
    if part.is_empty() || text.matches(part).count() != raw.matches(part).count() {
        return None;
    }
    let number = text.match_indices(part).position(|(at, _)| at == span.start)?;
    let (at, _) = raw.match_indices(part).nth(number)?;
    Some(Span::new(at, at + part.len()))
}

impl Document<'_> {
    /// Whether the YAML document that holds `id` is JSON, so that it has to stay JSON.
    pub(super) fn is_json(&self, id: NodeId) -> bool {
        let parent = |id: &NodeId| self.node(*id).parent;
        let root = successors(Some(id), parent).last().unwrap_or(id);
        let Body::Mapping { flow: true, entries } = &self.node(root).body else {
            return false;
        };
        let key = entries.first().map(|entry| &self.node(entry.key).body);
        matches!(key, Some(Body::Scalar { style, .. }) if *style == Style::Double)
    }

    /// The quotes to use for `text` in the place of `id` where `quote` was asked for: JSON knows
    /// double ones only.
    pub(super) fn quote(&self, id: NodeId, text: &str, quote: Quote) -> Quote {
        if self.is_json(id) {
            Quote::Double
        } else if self.in_flow(id) {
            quote.in_flow(text)
        } else {
            quote
        }
    }

    /// Whether `offset` is behind white space only on its line.
    pub(super) fn starts_line(&self, offset: usize) -> bool {
        // Backwards and no farther than the white space: lines can be long.
        let before = self.text()[..offset].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with(['\n', '\r']) || before == "\u{feff}"
    }
}
