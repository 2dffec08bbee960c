//! One change to a document, and the bytes that make it.

use crate::span::Span;
use crate::yaml::node::{Body, Document, NodeId};
use crate::yaml::render::New;
use crate::yaml::{comment, item, key, set};

/// A change to a document, in terms of its nodes.
#[derive(Clone, Debug, PartialEq)]
pub enum Rewrite {
    /// The scalar, null or alias `node` becomes `text`, in the quotes that it has.
    Set {
        /// The value to replace.
        node: NodeId,
        /// Its new text.
        text: String,
    },
    /// Parts of the scalar `node` become other texts; the rest of its bytes stay.
    SetParts {
        /// The scalar.
        node: NodeId,
        /// Byte ranges of the scalar's text (not of the file), in order, with their new text.
        parts: Vec<(Span, String)>,
    },
    /// A new entry behind another one of the same mapping.
    InsertKey {
        /// The mapping.
        mapping: NodeId,
        /// The position of the entry to stand behind.
        after: usize,
        /// The new key.
        key: String,
        /// The new value.
        value: New,
    },
    /// An entry goes, with its line where it has one of its own.
    RemoveKey {
        /// The mapping.
        mapping: NodeId,
        /// The position of the entry.
        entry: usize,
    },
    /// An entry becomes another one where it stands.
    ReplaceKey {
        /// The mapping.
        mapping: NodeId,
        /// The position of the entry.
        entry: usize,
        /// The new key.
        key: String,
        /// The new text of its scalar value.
        text: String,
    },
    /// The line on which the scalar `node` ends gets a comment, in the place of one that is there.
    Comment {
        /// The scalar.
        node: NodeId,
        /// The comment, without its `#`.
        text: String,
    },
    /// Items behind the last one of a sequence; null becomes a sequence.
    Append {
        /// The sequence or null.
        node: NodeId,
        /// What to append, in order.
        items: Vec<New>,
    },
}

/// Bytes to put in the place of others.
pub(super) type Replacement = (Span, String);

/// Why a rewrite cannot be made safely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannotWrite {
    /// The bytes that are in the way.
    pub span: Span,
    /// What is wrong: lower case, no full stop.
    pub message: String,
}

impl CannotWrite {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into() }
    }
}

/// The bytes to replace for `rewrites`, in no particular order.
///
/// # Errors
/// [`CannotWrite`] for what has no safe form: block collections as values, complex keys, aliases
/// where a collection is to grow.
pub fn edits(doc: &Document<'_>, rewrites: &[Rewrite]) -> Result<Vec<Replacement>, CannotWrite> {
    // Where two of them write at one place, what belongs to the inner node comes first.
    let mut inner_first: Vec<_> = rewrites.iter().collect();
    inner_first.sort_by_key(|rewrite| std::cmp::Reverse(depth(doc, rewrite)));
    let mut out = Vec::new();
    for rewrite in inner_first {
        out.extend(edit(doc, rewrite, rewrites)?);
    }
    Ok(out)
}

/// How many collections stand around what a rewrite writes.
fn depth(doc: &Document<'_>, rewrite: &Rewrite) -> usize {
    let around = |id: NodeId| {
        let parent = |id: &NodeId| doc.node(*id).parent;
        std::iter::successors(Some(id), parent).count()
    };
    match rewrite {
        Rewrite::Set { node, .. }
        | Rewrite::SetParts { node, .. }
        | Rewrite::Comment { node, .. }
        | Rewrite::Append { node, .. } => around(*node),
        Rewrite::InsertKey { mapping, .. } => around(*mapping),
        Rewrite::RemoveKey { mapping, .. } | Rewrite::ReplaceKey { mapping, .. } => {
            around(*mapping) + 1
        }
    }
}

fn edit(
    doc: &Document<'_>,
    rewrite: &Rewrite,
    all: &[Rewrite],
) -> Result<Vec<Replacement>, CannotWrite> {
    match rewrite {
        Rewrite::Set { node, text } => set::whole(doc, *node, text),
        Rewrite::SetParts { node, parts } => set::parts(doc, *node, parts),
        Rewrite::Comment { node, text } => comment::put(doc, *node, text),
        Rewrite::InsertKey { mapping, after, key, value } => {
            key::insert(doc, not_alias(doc, *mapping)?, *after, key, value)
        }
        Rewrite::RemoveKey { mapping, entry } => {
            let removed = all.iter().filter_map(|rewrite| match rewrite {
                Rewrite::RemoveKey { mapping: other, entry } if other == mapping => Some(*entry),
                _ => None,
            });
            let removed: Vec<_> = removed.collect();
            key::remove(doc, not_alias(doc, *mapping)?, *entry, &removed)
        }
        Rewrite::ReplaceKey { mapping, entry, key, text } => {
            key::replace(doc, not_alias(doc, *mapping)?, *entry, key, text)
        }
        Rewrite::Append { node, items } => item::append(doc, not_alias(doc, *node)?, items),
    }
}

/// An alias stands for bytes elsewhere, which others use too.
fn not_alias(doc: &Document<'_>, id: NodeId) -> Result<NodeId, CannotWrite> {
    match doc.node(id).body {
        Body::Alias(_) => Err(CannotWrite::new(
            doc.node(id).span,
            "an alias stands for a value written elsewhere",
        )),
        _ => Ok(id),
    }
}
