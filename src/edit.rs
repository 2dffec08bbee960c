//! Rewrites become bytes here, and no byte leaves before the result was read again and proved.

use crate::span::{Span, line_end};
use crate::yaml::{CannotWrite, Data, Document, Rewrite, edits, expected};

/// Bytes to splice into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go; empty where something is only put in.
    pub span: Span,
    /// What comes in their place.
    pub text: String,
}

/// The edits that make `rewrites` of `doc`, and the text that they lead to.
///
/// The result is parsed again and its data compared with what the rewrites ask for, aliases
/// expanded: a difference of any kind is an error, so a wrong file is never written.
///
/// # Errors
/// [`CannotWrite`] where a rewrite has no safe form, two of them overlap, or the result would not
/// say exactly what was asked.
pub fn apply(doc: &Document<'_>, rewrites: &[Rewrite]) -> Result<(Vec<Edit>, String), CannotWrite> {
    if let Some(at) = ["\n\u{feff}", "\r\u{feff}"].iter().find_map(|mark| doc.text().find(mark)) {
        // Readers do not agree on the columns behind it.
        let message = "a byte order mark stands in the middle of the file".to_owned();
        return Err(CannotWrite { span: Span::at(at + 1), message });
    }
    let parts = edits(doc, rewrites)?;
    let mut all: Vec<_> = parts.into_iter().map(|(span, text)| Edit { span, text }).collect();
    beside_removed(doc.text(), &mut all);
    sort(&mut all);
    let result = splice(doc.text(), &all)?;
    prove(doc, rewrites, &result, &all)?;
    Ok((all, result))
}

/// Lines to be put in behind one that goes come before the next line instead.
fn beside_removed(text: &str, edits: &mut [Edit]) {
    let removed: Vec<_> = edits.iter().map(|edit| edit.span).collect();
    for edit in edits.iter_mut().filter(|edit| edit.span.is_empty()) {
        let at = edit.span.start;
        let around =
            removed.iter().find(|span| span.start < at && line_end(text, at) == Some(span.end));
        let eol = around.and_then(|span| text.get(at..span.end));
        if let (Some(span), Some(eol)) = (around, eol)
            && let Some(lines) = edit.text.strip_prefix(eol)
        {
            edit.text = format!("{lines}{eol}");
            edit.span = Span::at(span.end);
        }
    }
}

/// Puts `edits` into order. What is put in at one place stays in the order in which it was asked for.
pub fn sort(edits: &mut [Edit]) {
    edits.sort_by_key(|edit| edit.span);
}

/// `text` with `edits` made, which have to be in order and apart.
///
/// # Errors
/// [`CannotWrite`] where two edits overlap or one does not fit the text.
pub fn splice(text: &str, edits: &[Edit]) -> Result<String, CannotWrite> {
    let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut out = String::with_capacity(text.len() + added);
    let mut at = 0;
    for Edit { span, text: new } in edits {
        let between = text.get(at..span.start).filter(|_| span.start >= at);
        let (Some(between), true) = (between, text.is_char_boundary(span.end)) else {
            let message = "two changes want the same bytes".to_owned();
            return Err(CannotWrite { span: *span, message });
        };
        out.push_str(between);
        out.push_str(new);
        at = span.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    Ok(out)
}

fn prove(
    doc: &Document<'_>,
    rewrites: &[Rewrite],
    result: &str,
    edits: &[Edit],
) -> Result<(), CannotWrite> {
    let span = edits.first().map_or(Span::at(0), |edit| edit.span);
    let wrong = |message: &str| CannotWrite { span, message: message.to_owned() };
    let again =
        Document::parse(result).map_err(|_| wrong("the edited file would not be YAML any more"))?;
    let wanted =
        expected(doc, rewrites).ok_or_else(|| wrong("the file's aliases expand too far"))?;
    if Data::of(&again).as_ref() == Some(&wanted) {
        return Ok(());
    }
    let shared = edits.iter().find(|edit| is_shared(doc, edit.span));
    Err(shared.map_or_else(
        || wrong("the edited file would say something else than was asked"),
        |edit| CannotWrite {
            span: edit.span,
            message: "the value has an anchor, and what uses it elsewhere would change too"
                .to_owned(),
        },
    ))
}

/// Whether `span` lies in a node, or is one, whose anchor an alias uses.
fn is_shared(doc: &Document<'_>, span: Span) -> bool {
    doc.ids().any(|id| {
        let target = doc.follow(id);
        target != id && doc.node(target).span.contains(span)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_edits_are_refused() {
        let edit = |start, end| Edit { span: Span::new(start, end), text: "x".to_owned() };
        assert!(splice("abcdef", &[edit(0, 3), edit(2, 4)]).is_err());
        assert!(splice("abcdef", &[edit(2, 9)]).is_err());
        assert_eq!(splice("abcdef", &[edit(0, 1), edit(1, 1), edit(5, 6)]).unwrap(), "xxbcdex");
    }
}
