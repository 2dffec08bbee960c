//! A comment behind a value, at the end of its line.

use crate::span::{Span, line_content_end};
use crate::yaml::node::{Body, Document, NodeId, Style};
use crate::yaml::quote::needs_escape;
use crate::yaml::rewrite::{CannotWrite, Replacement};

/// What stands behind a value on the line on which it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind<'t> {
    /// Nothing, so that a comment can be put there.
    Nothing,
    /// A comment: its text, without `#` and the blanks around it.
    Comment(&'t str),
    /// Something else, or a place where no comment can be.
    Other,
}

impl<'t> Document<'t> {
    /// What stands behind the scalar `id`. Between brackets and behind block scalars it is
    /// [`Behind::Other`].
    pub fn behind(&self, id: NodeId) -> Behind<'t> {
        self.comment(id).map_or(Behind::Other, |(text, _)| match text {
            "" => Behind::Nothing,
            text => Behind::Comment(text),
        })
    }

    /// The text of the comment behind a scalar, and its bytes; both empty where there is none.
    fn comment(&self, id: NodeId) -> Option<(&'t str, Span)> {
        let node = self.node(id);
        let block = matches!(node.body, Body::Scalar { style: Style::Block, .. });
        if block || !matches!(node.body, Body::Scalar { .. } | Body::Alias(_)) || self.in_flow(id) {
            return None;
        }
        let start = node.span.end;
        let rest = self.text().get(start..line_content_end(self.text(), start))?;
        let behind = rest.trim_start_matches([' ', '\t']);
        if behind.is_empty() {
            return Some(("", Span::at(start)));
        }
        let comment = behind.strip_prefix('#').filter(|_| behind.len() < rest.len())?;
        let text = comment.trim_matches([' ', '\t']);
        let at = start + rest.len() - comment.trim_start_matches([' ', '\t']).len();
        (!text.is_empty()).then_some((text, Span::new(at, at + text.len())))
    }
}

/// Puts the comment `text` behind the scalar `id`, or in the place of the one that is there.
pub(super) fn put(
    doc: &Document<'_>,
    id: NodeId,
    text: &str,
) -> Result<Vec<Replacement>, CannotWrite> {
    let refuse = |message: &str| CannotWrite::new(doc.node(id).span, message);
    if text.is_empty() || text.contains(|c| needs_escape(c) || matches!(c, '\n' | '\r')) {
        return Err(refuse("the comment would not be one line of text"));
    }
    let (_, span) = doc.comment(id).ok_or_else(|| refuse("there is no place for a comment"))?;
    let text = if span.is_empty() { format!(" # {text}") } else { text.to_owned() };
    Ok(vec![(span, text)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::apply;
    use crate::yaml::Rewrite;

    fn behind(text: &str) -> Behind<'_> {
        let doc = Document::parse(text).unwrap();
        doc.behind(doc.get(doc.roots()[0].node, "a").unwrap())
    }

    #[test]
    fn what_stands_behind_a_value_is_seen() {
        for (text, wanted) in [
            ("a: x", Behind::Nothing),
            ("a: x \t\r\nb: y", Behind::Nothing),
            ("a: x # v1\n", Behind::Comment("v1")),
            ("a: 'x'\t#v1  \nb: y", Behind::Comment("v1")),
            ("a: x #\n", Behind::Other),
            ("a: x#y\n", Behind::Nothing),
            ("a: |  # v1\n  x\n", Behind::Other),
            ("{a: x # v1\n}", Behind::Other),
            ("a: {}  # v1\n", Behind::Other),
        ] {
            assert_eq!(behind(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn comments_are_put_and_replaced() {
        for (text, wanted) in [
            ("a: x", "a: x # v2"),
            ("a: x  \r\nb: y", "a: x # v2  \r\nb: y"),
            ("a: x    # v1 \n", "a: x    # v2 \n"),
        ] {
            let doc = Document::parse(text).unwrap();
            let node = doc.get(doc.roots()[0].node, "a").unwrap();
            let rewrite = Rewrite::Comment { node, text: "v2".to_owned() };
            assert_eq!(apply(&doc, &[rewrite]).unwrap().1, wanted);
            assert!(apply(&doc, &[Rewrite::Comment { node, text: "v2\nb".to_owned() }]).is_err());
        }
    }
}
