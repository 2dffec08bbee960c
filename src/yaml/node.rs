//! A parsed text: nodes in an arena, each with the bytes that it stands in.

use std::borrow::Cow;

use crate::span::Span;
use crate::yaml::scalar::{Type, resolve};

/// The index of a node in its [`Document`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) usize);

/// A text and all its YAML documents.
#[derive(Debug)]
pub struct Document<'t> {
    pub(super) text: &'t str,
    pub(super) nodes: Vec<Node<'t>>,
    pub(super) roots: Vec<Root>,
}

/// One YAML document of a text.
#[derive(Clone, Copy, Debug)]
pub struct Root {
    /// Its only node.
    pub node: NodeId,
    /// Where the document begins: its `---`, or its first content.
    pub start: usize,
    /// The version of a `%YAML` directive.
    pub version: Option<(u32, u32)>,
}

/// One node: a scalar, a sequence, a mapping, or an alias of one.
#[derive(Debug)]
pub struct Node<'t> {
    /// The bytes of the node, quotes, brackets and block header included, anchor and tag not.
    /// An absent value is an empty span where its text would go.
    pub span: Span,
    /// The collection that holds it.
    pub parent: Option<NodeId>,
    /// The anchor's token (`&name`).
    pub anchor: Option<Span>,
    /// The tag, resolved (`tag:yaml.org,2002:str`).
    pub tag: Option<String>,
    /// What it is.
    pub body: Body<'t>,
}

/// What a node is.
#[derive(Debug)]
pub enum Body<'t> {
    /// A scalar.
    Scalar {
        /// Its text after escapes and folding.
        text: Cow<'t, str>,
        /// How it is written.
        style: Style,
        /// The bytes inside the quotes or below the block header; the whole span when plain.
        content: Span,
    },
    /// A sequence.
    Sequence {
        /// Written as `[…]`.
        flow: bool,
        /// Its items in order.
        items: Vec<NodeId>,
    },
    /// A mapping.
    Mapping {
        /// Written as `{…}`.
        flow: bool,
        /// Its entries in order; keys may repeat.
        entries: Vec<Entry>,
    },
    /// An alias (`*name`) and the node that it stands for.
    Alias(NodeId),
}

/// One entry of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; also an absent value.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|` or `>`
    Block,
}

impl<'t> Document<'t> {
    /// The text that was parsed.
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// The YAML documents of the text, in order.
    pub fn roots(&self) -> &[Root] {
        &self.roots
    }

    /// The node `id`, an alias not followed.
    pub fn node(&self, id: NodeId) -> &Node<'t> {
        &self.nodes[id.0]
    }

    /// All nodes in the order in which they begin.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// `id`, or what it is an alias of.
    pub fn follow(&self, id: NodeId) -> NodeId {
        match self.node(id).body {
            Body::Alias(target) => target,
            _ => id,
        }
    }

    /// The text of the scalar `id`, aliases followed; `None` for collections and for null.
    pub fn scalar(&self, id: NodeId) -> Option<&str> {
        let id = self.follow(id);
        match &self.node(id).body {
            Body::Scalar { text, .. } if self.kind(id) != Type::Null => Some(text),
            _ => None,
        }
    }

    /// What go-yaml takes the scalar `id` for; collections are [`Type::Collection`].
    pub fn kind(&self, id: NodeId) -> Type {
        let node = self.node(self.follow(id));
        match &node.body {
            Body::Scalar { text, style, .. } => {
                resolve(text, *style == Style::Plain, node.tag.as_deref())
            }
            _ => Type::Collection,
        }
    }

    /// The entries of the mapping `id`, aliases followed; empty for anything else.
    pub fn entries(&self, id: NodeId) -> &[Entry] {
        match &self.node(self.follow(id)).body {
            Body::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The items of the sequence `id`, aliases followed; empty for anything else.
    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match &self.node(self.follow(id)).body {
            Body::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    /// Whether `id` is a mapping, aliases followed.
    pub fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.node(self.follow(id)).body, Body::Mapping { .. })
    }

    /// Whether `id` is a sequence, aliases followed.
    pub fn is_sequence(&self, id: NodeId) -> bool {
        matches!(self.node(self.follow(id)).body, Body::Sequence { .. })
    }

    /// Whether `id` is null, written or absent.
    pub fn is_null(&self, id: NodeId) -> bool {
        self.kind(id) == Type::Null
    }

    /// The positions of the entries of mapping `id` whose key is `name`, letter case ignored, as
    /// kustomize decodes (Go's `encoding/json`). More than one is a duplicate.
    pub fn positions(&self, id: NodeId, name: &str) -> Vec<usize> {
        let entries = self.entries(id).iter().enumerate();
        entries.filter(|(_, entry)| self.is_key(entry, name)).map(|(at, _)| at).collect()
    }

    fn is_key(&self, entry: &Entry, name: &str) -> bool {
        self.scalar(entry.key).is_some_and(|key| key.eq_ignore_ascii_case(name))
    }

    /// The value of the last entry of mapping `id` whose key is `name`, letter case ignored.
    pub fn get(&self, id: NodeId, name: &str) -> Option<NodeId> {
        let entry = self.entries(id).iter().rfind(|entry| self.is_key(entry, name))?;
        Some(entry.value)
    }

    /// The value under `name` as text; `None` where there is none or it is null or a collection.
    pub fn get_scalar(&self, id: NodeId, name: &str) -> Option<&str> {
        self.scalar(self.get(id, name)?)
    }

    /// Where `id` ends for somebody who writes behind it: the blank tail of a block scalar is not
    /// part of it unless its header keeps it (`|+`).
    pub(super) fn content_end(&self, id: NodeId) -> usize {
        let node = self.node(id);
        let last = match &node.body {
            Body::Mapping { flow: false, entries } => entries.last().map(|entry| entry.value),
            Body::Sequence { flow: false, items } => items.last().copied(),
            _ => None,
        };
        match last {
            Some(child) => self.content_end(child),
            None => node.span.start + node.span.of(self.text).trim_end().len(),
        }
    }

    /// Whether `id` or a collection around it is written in flow style.
    pub(super) fn in_flow(&self, id: NodeId) -> bool {
        let mut at = self.node(id).parent;
        while let Some(parent) = at {
            let node = self.node(parent);
            if matches!(
                node.body,
                Body::Mapping { flow: true, .. } | Body::Sequence { flow: true, .. }
            ) {
                return true;
            }
            at = node.parent;
        }
        false
    }
}
