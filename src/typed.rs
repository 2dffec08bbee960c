//! Whether the values of our own objects are what their schemas say. Nearly all of them are text, and
//! kustomize writes what it reads anew before a function sees it: `2.10` without quotes arrives as
//! `2.1`, `012` as `10`, `1e3` as `1000`.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::yaml::{Document, NodeId, Type};

/// The end of a date that had no quotes, as kustomize writes it anew.
const MIDNIGHT: &str = "T00:00:00Z";

const NULL: &str = "is null";

/// The first value below `node`, a part of `root`, that is no text though text is meant, and where it
/// stands. Keys in `flags` have values that are none.
pub(crate) fn untyped(
    doc: &Document<'_>,
    root: NodeId,
    node: NodeId,
    flags: &[&str],
) -> Option<(Diagnostic, Span)> {
    let within = doc.node(node).span;
    let inner = doc.ids().filter(|id| within.contains(doc.node(*id).span));
    inner
        .filter_map(|id| found(doc, root, id))
        .find(|(path, _, _)| {
            let last = path.rsplit('.').next().unwrap_or_default();
            !flags.contains(&last)
        })
        .map(|(_, problem, span)| (problem, span))
}

fn found(doc: &Document<'_>, root: NodeId, id: NodeId) -> Option<(String, Diagnostic, Span)> {
    let span = doc.node(id).span;
    let (what, hint) = match doc.kind(id) {
        Type::Other => (
            "without quotes is not text to YAML",
            "write it in quotes, and look whether it is complete: kustomize cuts zeros off",
        ),
        Type::Null => (NULL, "leave it out, or give it a value"),
        Type::Text if doc.scalar(id).is_some_and(is_date) => {
            ("is what kustomize makes of a date without quotes", "write the date in quotes")
        }
        Type::Text | Type::Collection => return None,
    };
    let path = doc.path(root, span);
    let shown = if what == NULL { String::new() } else { format!(": `{}`", span.of(doc.text())) };
    let message = format!("`{path}`{shown} {what}");
    Some((path, Diagnostic::error(message).hint(hint), span))
}

/// `2024-10-01T00:00:00Z`, which is no tag either.
fn is_date(text: &str) -> bool {
    text.strip_suffix(MIDNIGHT).is_some_and(|date| {
        date.len() == 10 && date.chars().all(|c| c.is_ascii_digit() || c == '-')
    })
}
