//! One entry of `images`: its parts, and the version that they make together.

use crate::diagnostic::Diagnostic;
use crate::image::Image;
use crate::kind::{Field, Value};
use crate::overlay::File;
use crate::span::Span;
use crate::yaml::{Document, NodeId, Type};

/// The keys of an entry. `tagSuffix` changes a tag that others set, so it is no version.
pub(super) const PARTS: [&str; 5] = ["name", "newName", "newTag", "digest", "tagSuffix"];

/// One entry of the list, its parts by position in the mapping.
pub(super) struct Entry<'d, 't> {
    pub(super) doc: &'d Document<'t>,
    pub(super) node: NodeId,
    parts: [Option<usize>; PARTS.len()],
    twice: Option<usize>,
    merge: Option<Span>,
}

impl<'d, 't> Entry<'d, 't> {
    /// `None` for items that are no mappings; kustomize reads null as an entry without a name.
    pub(super) fn read(doc: &'d Document<'t>, node: NodeId) -> Option<Self> {
        if !doc.is_mapping(node) {
            return None;
        }
        let positions = PARTS.map(|part| doc.positions(node, part));
        let twice = positions.iter().find_map(|positions| positions.get(1).copied());
        let merges = doc.entries(node).iter().find(|entry| doc.scalar(entry.key) == Some("<<"));
        let merge = merges.map(|entry| doc.node(entry.key).span);
        let parts = positions.map(|positions| positions.last().copied());
        Some(Self { doc, node, parts, twice, merge })
    }

    pub(super) fn position(&self, part: &str) -> Option<usize> {
        let index = PARTS.iter().position(|known| *known == part)?;
        self.parts[index]
    }

    /// The node of a part written in the entry itself.
    pub(super) fn value(&self, part: &str) -> Option<NodeId> {
        Some(self.doc.entries(self.node)[self.position(part)?].value)
    }

    /// The text of a part; empty is absent, as for kustomize. A merge key is read in kustomize's
    /// order: it overrides what stands above it.
    pub(super) fn text(&self, part: &str) -> Option<&'d str> {
        let mut found = None;
        for entry in self.doc.entries(self.node) {
            match self.doc.scalar(entry.key) {
                Some("<<") => {
                    let merged = self.doc.get_scalar(entry.value, part);
                    found = merged.or(found);
                }
                Some(key) if key.eq_ignore_ascii_case(part) => found = self.doc.scalar(entry.value),
                _ => {}
            }
        }
        found.filter(|text| !text.is_empty())
    }

    /// `newName: repo:tag@digest`, and no other version beside it.
    pub(super) fn version_in_name(&self) -> bool {
        let image = self.text("newName").map(Image::split);
        let named = image.is_some_and(|image| image.tag.is_some() || image.digest.is_some());
        named && self.text("newTag").is_none() && self.text("digest").is_none()
    }

    pub(super) fn field(&self, file: &File<'_>) -> Option<Field> {
        let key = self.text("name")?.to_owned();
        let span = ["newTag", "digest", "newName", "name"]
            .into_iter()
            .find_map(|part| self.text(part).and_then(|_| self.value(part)))
            .map_or(self.doc.node(self.node).span, |node| self.doc.node(node).span);
        let entry = ["name", "newName", "newTag", "digest"].into_iter();
        Some(Field {
            kind: "images",
            list: "images",
            key,
            omitted: Vec::new(),
            text: None,
            repository: self.text("newName").map(|name| Image::split(name).name.to_owned()),
            entry: entry.filter_map(|part| Some((part, self.text(part)?.to_owned()))).collect(),
            value: self.version(),
            together: self.text("newTag").is_some_and(|tag| tag.contains('@')),
            named: None,
            noted: None,
            place: None,
            file: 0,
            node: self.node,
            span,
            unclear: self.unclear(file),
            fixed: self.merge.map(|span| {
                let problem = Diagnostic::error("the entry takes its fields from a merge key");
                file.point(problem.hint("write `newTag` into the entry itself"), span)
            }),
            odd: self.number(file),
        })
    }

    /// The version that the entry gives an image; `None` when it leaves that alone.
    fn version(&self) -> Option<Value> {
        let new_name = self.text("newName").map(Image::split);
        let tag = self.text("newTag").map(split_tag);
        let digest = self.text("digest").or_else(|| tag?.1);
        let (version, digest) = match (tag, digest) {
            (None, None) => (new_name?.tag, new_name?.digest),
            (tag, digest) => (tag.map(|(tag, _)| tag), digest),
        };
        // `repo:` and `tag@` have a part that says nothing.
        let part = |part: Option<&str>| part.filter(|part| !part.is_empty()).map(str::to_owned);
        let (version, digest) = (part(version), part(digest));
        let value = Value { repository: None, version, digest };
        (value != Value::default()).then_some(value)
    }

    /// Why nobody can say which version the entry means.
    fn unclear(&self, file: &File<'_>) -> Option<Diagnostic> {
        if let Some(twice) = self.twice {
            let key = self.doc.entries(self.node)[twice].key;
            let name = self.doc.scalar(key).unwrap_or_default();
            let problem = Diagnostic::error(format!("`{name}` is there twice in this entry"));
            let problem = problem.hint("kustomize silently takes the last one: delete the other");
            return Some(file.point(problem, self.doc.node(key).span));
        }
        let parts = ["name", "newName", "newTag", "digest"].into_iter();
        let nodes = parts.filter_map(|part| Some((part, self.value(part)?)));
        if let Some((part, node)) = nodes.into_iter().find(|(_, node)| self.is_collection(*node)) {
            let problem = Diagnostic::error(format!("`{part}` is a list or a mapping, not text"));
            let problem = problem.hint("kustomize refuses the file; is it a template?");
            return Some(file.point(problem, self.doc.node(node).span));
        }
        let tag = self.text("newTag").map(split_tag);
        let new_name = self.text("newName").map(Image::split);
        let named = new_name.is_some_and(|image| image.tag.is_some() || image.digest.is_some());
        let message =
            if tag.is_some_and(|(_, digest)| digest.is_some()) && self.text("digest").is_some() {
                "the entry has a digest in `newTag` and another one in `digest`"
            } else if named && (tag.is_some() || self.text("digest").is_some()) {
                "the entry has a version in `newName` and another one beside it"
            } else {
                return None;
            };
        let problem =
            Diagnostic::error(message).hint("kustomize pastes the two together: keep one");
        Some(file.point(problem, self.doc.node(self.node).span))
    }

    fn is_collection(&self, node: NodeId) -> bool {
        self.doc.kind(node) == Type::Collection
    }

    /// A version that YAML takes for a number, which kustomize does not build.
    fn number(&self, file: &File<'_>) -> Option<Diagnostic> {
        let parts = ["newTag", "digest", "newName"].into_iter().filter_map(|part| self.value(part));
        let node = parts.into_iter().find(|node| self.doc.kind(*node) == Type::Other)?;
        let text = self.doc.scalar(node).unwrap_or_default();
        let message =
            format!("`{text}` without quotes is not text to YAML, and kustomize refuses the file");
        let span = self.doc.node(node).span;
        Some(file.point(Diagnostic::warning(message).hint(format!("write `\"{text}\"`")), span))
    }
}

/// `1.2@sha256:…` in `newTag` is a legal way to write both.
fn split_tag(tag: &str) -> (&str, Option<&str>) {
    tag.split_once('@').map_or((tag, None), |(tag, digest)| (tag, Some(digest)))
}
