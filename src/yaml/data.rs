//! What a document says, without how: for proving that a rewrite did what it should and no more.

use std::collections::HashMap;

use crate::span::Span;
use crate::yaml::node::{Body, Document, NodeId};
use crate::yaml::render::New;
use crate::yaml::rewrite::Rewrite;
use crate::yaml::scalar::Type;
use crate::yaml::set::replaced;

/// The data of a node, aliases expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// A scalar: what readers take it for, its tag, its text.
    Scalar(Type, Option<String>, String),
    /// A sequence.
    Sequence(Option<String>, Vec<Self>),
    /// A mapping in the order of the text, repeated keys and all.
    Mapping(Option<String>, Vec<(Self, Self)>),
}

/// How many nodes aliases may add to those of the file itself: aliases of aliases multiply without
/// limit.
const LIMIT: usize = 100_000;

/// Deeper than the parser follows brackets: aliases of aliases nest without limit.
const DEPTH: usize = 600;

impl Data {
    /// The data of every YAML document of `doc`; `None` where aliases make too much of it.
    pub fn of(doc: &Document<'_>) -> Option<Vec<Self>> {
        expected(doc, &[])
    }
}

/// The data that `doc` has to have after `rewrites`; `None` where aliases make too much of it, or
/// where a rewrite does not fit its node.
pub fn expected(doc: &Document<'_>, rewrites: &[Rewrite]) -> Option<Vec<Data>> {
    let mut reader =
        Reader { doc, by_node: HashMap::new(), left: LIMIT + 4 * doc.nodes.len(), depth: 0 };
    for rewrite in rewrites.iter().filter(|rewrite| !matches!(rewrite, Rewrite::Comment { .. })) {
        reader.by_node.entry(target(rewrite)).or_default().push(rewrite);
    }
    doc.roots().iter().map(|root| reader.read(root.node, true)).collect()
}

const fn target(rewrite: &Rewrite) -> NodeId {
    match rewrite {
        Rewrite::Set { node, .. }
        | Rewrite::SetParts { node, .. }
        | Rewrite::Comment { node, .. }
        | Rewrite::Append { node, .. } => *node,
        Rewrite::InsertKey { mapping, .. }
        | Rewrite::RemoveKey { mapping, .. }
        | Rewrite::ReplaceKey { mapping, .. } => *mapping,
    }
}

struct Reader<'d, 't> {
    doc: &'d Document<'t>,
    by_node: HashMap<NodeId, Vec<&'d Rewrite>>,
    left: usize,
    depth: usize,
}

impl Reader<'_, '_> {
    /// `here` is false below an alias: what changes at the anchor must not change for its users.
    fn read(&mut self, id: NodeId, here: bool) -> Option<Data> {
        self.left = self.left.checked_sub(1)?;
        if self.depth == DEPTH {
            return None;
        }
        self.depth += 1;
        let data = self.node(id, here);
        self.depth -= 1;
        data
    }

    fn node(&mut self, id: NodeId, here: bool) -> Option<Data> {
        let node = self.doc.node(id);
        let rewrites =
            if here { self.by_node.get(&id).cloned().unwrap_or_default() } else { Vec::new() };
        for rewrite in &rewrites {
            match rewrite {
                Rewrite::Set { text, .. } => {
                    let tag = node.tag.clone().filter(|_| !matches!(node.body, Body::Alias(_)));
                    return Some(Data::Scalar(Type::Text, tag, text.clone()));
                }
                Rewrite::SetParts { parts, .. } => return self.parts(id, parts),
                _ => {}
            }
        }
        match &node.body {
            Body::Alias(target) => self.read(*target, false),
            Body::Scalar { text, .. } => match rewrites.as_slice() {
                [] => Some(self.scalar(id, text)),
                appends => Some(Data::Sequence(None, appended(appends))),
            },
            Body::Sequence { items, .. } => {
                let mut data = self.all(items, here)?;
                data.extend(appended(&rewrites));
                Some(Data::Sequence(node.tag.clone(), data))
            }
            Body::Mapping { .. } => self.mapping(id, &rewrites, here),
        }
    }

    fn scalar(&self, id: NodeId, text: &str) -> Data {
        let kind = self.doc.kind(id);
        // Every spelling of null is the same null.
        let text = if kind == Type::Null { String::new() } else { text.to_owned() };
        Data::Scalar(kind, self.doc.node(id).tag.clone(), text)
    }

    fn all(&mut self, items: &[NodeId], here: bool) -> Option<Vec<Data>> {
        items.iter().map(|item| self.read(*item, here)).collect()
    }

    fn parts(&self, id: NodeId, parts: &[(Span, String)]) -> Option<Data> {
        let Body::Scalar { text, .. } = &self.doc.node(id).body else {
            return None;
        };
        let new = replaced(text, parts)?;
        Some(Data::Scalar(Type::Text, self.doc.node(id).tag.clone(), new))
    }

    fn mapping(&mut self, id: NodeId, rewrites: &[&Rewrite], here: bool) -> Option<Data> {
        let doc = self.doc;
        let mut out = Vec::new();
        for (position, entry) in doc.entries(id).iter().enumerate() {
            let own = rewrites.iter().find(|rewrite| match rewrite {
                Rewrite::RemoveKey { entry, .. } | Rewrite::ReplaceKey { entry, .. } => {
                    *entry == position
                }
                _ => false,
            });
            match own {
                Some(Rewrite::RemoveKey { .. }) => {}
                Some(Rewrite::ReplaceKey { key, text, .. }) => {
                    let tag = doc.node(entry.value).tag.clone();
                    out.push((text_data(key), Data::Scalar(Type::Text, tag, text.clone())));
                }
                _ => out.push((self.read(entry.key, here)?, self.read(entry.value, here)?)),
            }
            for rewrite in rewrites {
                match rewrite {
                    Rewrite::InsertKey { after, key, value, .. } if *after == position => {
                        out.push((text_data(key), new_data(value)));
                    }
                    _ => {}
                }
            }
        }
        Some(Data::Mapping(doc.node(id).tag.clone(), out))
    }
}

fn appended(rewrites: &[&Rewrite]) -> Vec<Data> {
    let items = rewrites.iter().filter_map(|rewrite| match rewrite {
        Rewrite::Append { items, .. } => Some(items),
        _ => None,
    });
    items.flatten().map(new_data).collect()
}

fn text_data(text: &str) -> Data {
    Data::Scalar(Type::Text, None, text.to_owned())
}

fn new_data(new: &New) -> Data {
    match new {
        New::Text(text, _) => text_data(text),
        New::Noted(scalar, _) => new_data(scalar),
        New::Sequence(items) => Data::Sequence(None, items.iter().map(new_data).collect()),
        New::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| (text_data(key), new_data(value)));
            Data::Mapping(None, entries.collect())
        }
    }
}
