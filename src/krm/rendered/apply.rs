//! One object gets its images.

use crate::diagnostic::Diagnostic;
use crate::edit::{self, Edit};
use crate::krm::entry::{Entry, Field};
use crate::krm::item::Item;
use crate::krm::mode::Made;
use crate::objects::{Images, Seen};
use crate::span::Span;
use crate::yaml::{CannotWrite, Document};

/// Adds to `made` the edits that give `item` its `images`, and notes which of them `matched`.
///
/// # Errors
/// A diagnostic that names the object, where it cannot be edited safely or kustomize would fail on it.
pub(super) fn to_item(
    item: &Item<'_>,
    images: &Images,
    matched: &mut [bool],
    most: usize,
    made: &mut Made,
) -> Result<(), Diagnostic> {
    let (sheet, start) = item.sheet();
    if !images.matches(&sheet) {
        return Ok(());
    }
    let wrong = |message: &str| Diagnostic::error(format!("{}: {message}", called(item)));
    let doc = Document::parse(&sheet).map_err(|error| wrong(&error.message))?;
    let Some(root) = doc.roots().first() else { return Ok(()) };
    let unwritable = |error: CannotWrite| wrong(&error.message);
    let applied = images.apply(&doc, root.node).map_err(unwritable)?;
    for (all, own) in matched.iter_mut().zip(&applied.matched) {
        *all |= own;
    }
    if applied.rewrites.is_empty() {
        return Ok(());
    }
    let (edits, _) = edit::apply(&doc, &applied.rewrites).map_err(unwritable)?;
    made.edits.extend(edits.into_iter().map(|edit| Edit {
        span: Span::new(start + edit.span.start, start + edit.span.end),
        text: edit.text,
    }));
    let changed: Vec<_> = applied.images.iter().filter(|seen| seen.before != seen.after).collect();
    made.images += changed.len();
    let left = most.saturating_sub(made.entries.len());
    made.entries
        .extend(changed.into_iter().take(left).map(|seen| changed_image(&doc, seen).about(item)));
    Ok(())
}

fn changed_image(doc: &Document<'_>, seen: &Seen) -> Entry {
    let Seen { node, before, after } = seen;
    Entry {
        message: format!("image promoted from {before} to {after}"),
        severity: "info",
        resource_ref: None,
        field: Some(Field {
            path: doc.path(doc.roots()[0].node, doc.node(*node).span),
            current_value: Some(before.clone()),
            proposed_value: Some(after.clone()),
        }),
        file: None,
    }
}

fn called(item: &Item<'_>) -> String {
    let kind = item.kind().unwrap_or("an object without a kind");
    let name = item.name().unwrap_or_default();
    let namespace = item.namespace().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{kind} `{namespace}{name}`")
}
