//! Objects get their images.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use crate::diagnostic::Diagnostic;
use crate::edit::{self, Edit};
use crate::krm::entry::{Entry, Field};
use crate::krm::item::Item;
use crate::objects::{Images, Seen};
use crate::span::Span;
use crate::yaml::{CannotWrite, Document};

/// So many objects are worth a thread of their own.
const ENOUGH: usize = 64;

/// What objects were given.
#[derive(Default)]
pub(super) struct Given {
    /// The edits that give them their images, in order.
    pub(super) edits: Vec<Edit>,
    /// How many images change.
    pub(super) images: usize,
    /// What is told of the first of them.
    pub(super) entries: Vec<Entry>,
    /// Which of the images that were to be given were there.
    pub(super) matched: Vec<bool>,
}

impl Given {
    /// Takes what the objects behind these were given; at most `most` changes are told.
    fn extend(&mut self, next: Self, most: usize) {
        self.edits.extend(next.edits);
        self.images += next.images;
        let left = most.saturating_sub(self.entries.len());
        self.entries.extend(next.entries.into_iter().take(left));
        self.matched.resize(self.matched.len().max(next.matched.len()), false);
        for (all, own) in self.matched.iter_mut().zip(next.matched) {
            *all |= own;
        }
    }
}

/// Gives `items` their `images`; at most `most` changes are told. Objects know nothing of each other:
/// where there are many, all processors work on them.
///
/// # Errors
/// A diagnostic that names the first object that cannot be edited safely, or on which kustomize would
/// fail.
pub(super) fn to_items(
    items: &[Item<'_>],
    images: &Images,
    most: usize,
) -> Result<Given, Diagnostic> {
    if items.len() < 2 * ENOUGH {
        return to_share(items, images, most);
    }
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(processors).max(ENOUGH);
    thread::scope(|scope| {
        let shares = items.chunks(share).map(|items| scope.spawn(|| to_share(items, images, most)));
        let shares: Vec<_> = shares.collect();
        let mut given = Given::default();
        for share in shares {
            given.extend(share.join().unwrap_or_else(|why| resume_unwind(why))?, most);
        }
        Ok(given)
    })
}

fn to_share(items: &[Item<'_>], images: &Images, most: usize) -> Result<Given, Diagnostic> {
    let mut given = Given::default();
    for item in items {
        given.extend(to_item(item, images, most)?, most);
    }
    Ok(given)
}

fn to_item(item: &Item<'_>, images: &Images, most: usize) -> Result<Given, Diagnostic> {
    let (sheet, start) = item.sheet();
    if !images.matches(&sheet) {
        return Ok(Given::default());
    }
    let wrong = |message: &str| Diagnostic::error(format!("{}: {message}", called(item)));
    let doc = Document::parse(&sheet).map_err(|error| wrong(&error.message))?;
    let Some(root) = doc.roots().first() else { return Ok(Given::default()) };
    let unwritable = |error: CannotWrite| wrong(&error.message);
    let applied = images.apply(&doc, root.node).map_err(unwritable)?;
    let matched = applied.matched;
    if applied.rewrites.is_empty() {
        return Ok(Given { matched, ..Given::default() });
    }
    let (edits, _) = edit::apply(&doc, &applied.rewrites).map_err(unwritable)?;
    let edits = edits.into_iter().map(|edit| Edit {
        span: Span::new(start + edit.span.start, start + edit.span.end),
        text: edit.text,
    });
    let changed: Vec<_> = applied.images.iter().filter(|seen| seen.before != seen.after).collect();
    let entries = changed.iter().take(most).map(|seen| changed_image(&doc, seen).about(item));
    Ok(Given { edits: edits.collect(), images: changed.len(), entries: entries.collect(), matched })
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
