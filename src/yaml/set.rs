//! A scalar gets another text where it stands.

use crate::span::{Span, line_content_end, line_start};
use crate::yaml::node::{Body, Document, NodeId, Style};
use crate::yaml::quote::{Quote, quoted};
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
            let value = quoted(text, doc.quote(Quote::from(*style)));
            // Nothing is written there yet: keep a blank from the colon or the dash.
            let blank = if node.span.is_empty() { " " } else { "" };
            Ok(vec![(node.span, format!("{blank}{value}"))])
        }
        Body::Alias(_) => Ok(vec![(node.span, quoted(text, doc.quote(Quote::AsNeeded)))]),
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
    let Body::Scalar { text, content, .. } = &node.body else {
        return Err(CannotWrite::new(node.span, "a text is expected here"));
    };
    let raw = content.of(doc.text());
    let place = |span: Span| {
        if raw == text { Some(span) } else { find_again(text, raw, span) }
    };
    let mut out = Vec::new();
    for (span, new) in parts {
        let Some(found) = place(*span) else {
            let message = format!("`{}` is written with escapes or line breaks", span.of(text));
            return Err(CannotWrite::new(node.span, message));
        };
        out.push((Span::new(content.start + found.start, content.start + found.end), new.clone()));
    }
    Ok(out)
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
    /// Whether the text is JSON rather than YAML, so that it has to stay JSON.
    pub(super) fn is_json(&self) -> bool {
        self.roots().first().is_some_and(|root| {
            let key = self.entries(root.node).first().map(|entry| &self.node(entry.key).body);
            matches!(self.node(root.node).body, Body::Mapping { flow: true, .. })
                && matches!(key, Some(Body::Scalar { style: Style::Double, .. }))
        })
    }

    /// The quotes to use where `quote` was asked for: JSON knows double ones only.
    pub(super) fn quote(&self, quote: Quote) -> Quote {
        if self.is_json() { Quote::Double } else { quote }
    }

    /// Whether `offset` is behind white space only on its line.
    pub(super) fn starts_line(&self, offset: usize) -> bool {
        let start = line_start(self.text(), offset);
        self.text()[start..offset].trim_start_matches('\u{feff}').trim().is_empty()
    }
}
