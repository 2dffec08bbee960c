//! Writing a version into an entry, in the form that the entry has.

use crate::image::Image;
use crate::kind::Value;
use crate::kind::images::entry::{Entry, PARTS};
use crate::span::Span;
use crate::yaml::{Body, Document, New, NodeId, Quote, Rewrite, Style};

impl Entry<'_, '_> {
    /// Writes a version into the entry, whole: what it does not have goes.
    pub(super) fn write(&self, new: &Value, combined: bool) -> Vec<Rewrite> {
        self.write_in_name(new).unwrap_or_else(|| {
            let rename = new.repository.as_deref().map(|repository| self.rename(repository));
            [rename.unwrap_or_default(), self.write_beside(new, combined)].concat()
        })
    }

    fn write_beside(&self, new: &Value, combined: bool) -> Vec<Rewrite> {
        let (version, digest) = (new.version.as_deref(), new.digest.as_deref());
        let (own_tag, own_digest) = (self.position("newTag"), self.position("digest"));
        let holds_both = self.text("newTag").is_some_and(|tag| tag.contains('@')) || combined;
        match (version, digest, own_tag, own_digest) {
            (Some(version), Some(digest), _, None) if holds_both => {
                self.put("newTag", &format!("{version}@{digest}"))
            }
            (Some(version), Some(digest), ..) => {
                [self.put("newTag", version), self.put("digest", digest)].concat()
            }
            (Some(version), None, None, Some(entry)) => {
                vec![self.replace_key(entry, "newTag", version)]
            }
            (Some(version), None, _, old) => {
                [self.put("newTag", version), self.remove(old)].concat()
            }
            (None, Some(digest), Some(entry), None) => {
                vec![self.replace_key(entry, "digest", digest)]
            }
            (None, Some(digest), old, _) => [self.put("digest", digest), self.remove(old)].concat(),
            (None, None, ..) => Vec::new(),
        }
    }

    /// `newName: repo:tag@digest` stays in that form.
    fn write_in_name(&self, new: &Value) -> Option<Vec<Rewrite>> {
        let text = self.text("newName").filter(|_| self.version_in_name())?;
        let image = Image::split(text);
        let name = new.repository.as_deref().unwrap_or(image.name);
        if name != image.name && self.text("name") == Some(name) {
            // kustomize applies an entry twice, and one that matches itself gets two versions.
            return None;
        }
        let tag = new.version.as_ref().map_or(String::new(), |tag| format!(":{tag}"));
        let digest = new.digest.as_ref().map_or(String::new(), |digest| format!("@{digest}"));
        let node = self.value("newName")?;
        let suffix = format!("{tag}{digest}");
        if let Body::Alias(_) = self.doc.node(node).body {
            return Some(vec![Rewrite::Set { node, text: format!("{name}{suffix}") }]);
        }
        let at = image.name.len();
        let parts = [(Span::new(0, at), name), (Span::new(at, text.len()), &suffix)];
        let parts = parts.into_iter().filter(|(span, part)| span.of(text) != *part);
        let parts = parts.map(|(span, part)| (span, part.to_owned())).collect();
        Some(vec![Rewrite::SetParts { node, parts }])
    }

    /// Sets a part that is there, or inserts it: the digest behind the tag, the tag behind the names.
    fn put(&self, part: &str, text: &str) -> Vec<Rewrite> {
        match self.value(part) {
            Some(node) if self.doc.scalar(node) == Some(text) => Vec::new(),
            Some(node) => vec![Rewrite::Set { node, text: text.to_owned() }],
            None => {
                let before = ["newTag", "newName", "digest", "name"];
                let after = before.into_iter().find_map(|part| self.position(part)).unwrap_or(0);
                let value = New::Text(text.to_owned(), self.neighbouring_quote());
                vec![Rewrite::InsertKey { mapping: self.node, after, key: part.to_owned(), value }]
            }
        }
    }

    fn neighbouring_quote(&self) -> Quote {
        let node =
            self.value("newTag").or_else(|| self.value("digest")).or_else(|| self.value("newName"));
        node.map_or(Quote::AsNeeded, |node| quote_of(self.doc, node))
    }

    fn replace_key(&self, entry: usize, key: &str, text: &str) -> Rewrite {
        Rewrite::ReplaceKey {
            mapping: self.node,
            entry,
            key: key.to_owned(),
            text: text.to_owned(),
        }
    }

    fn remove(&self, position: Option<usize>) -> Vec<Rewrite> {
        position.map(|entry| Rewrite::RemoveKey { mapping: self.node, entry }).into_iter().collect()
    }

    /// The other repository, in an entry whose version stands elsewhere, or is going to.
    fn rename(&self, repository: &str) -> Vec<Rewrite> {
        match self.value("newName") {
            Some(node) if self.doc.scalar(node) == Some(repository) => Vec::new(),
            Some(node) => vec![Rewrite::Set { node, text: repository.to_owned() }],
            None => {
                let after = self.position("name").unwrap_or(0);
                let (key, value) = ("newName".to_owned(), New::text(repository));
                vec![Rewrite::InsertKey { mapping: self.node, after, key, value }]
            }
        }
    }
}

/// An entry as new content for `doc`, in the key order and the quotes of `model`.
pub(super) fn new_entry(
    parts: &[(&'static str, String)],
    doc: &Document<'_>,
    model: Option<NodeId>,
) -> New {
    let mut entries: Vec<(usize, String, New)> = Vec::new();
    for (order, (part, text)) in parts.iter().enumerate() {
        let known = model.and_then(|model| doc.positions(model, part).first().copied());
        let quote = model.and_then(|model| doc.get(model, part)).map(|node| quote_of(doc, node));
        let rank = known.unwrap_or(PARTS.len() + order);
        let value = New::Text(text.clone(), quote.unwrap_or_default());
        entries.push((rank, (*part).to_owned(), value));
    }
    entries.sort_by_key(|(rank, ..)| *rank);
    New::Mapping(entries.into_iter().map(|(_, key, value)| (key, value)).collect())
}

fn quote_of(doc: &Document<'_>, node: NodeId) -> Quote {
    match &doc.node(node).body {
        Body::Scalar { style: Style::Single, .. } => Quote::Single,
        Body::Scalar { style: Style::Double, .. } => Quote::Double,
        _ => Quote::AsNeeded,
    }
}
