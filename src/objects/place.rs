//! Places in an object as kustomize sees it: aliases and merge keys expanded (`deAnchor` and
//! `mergeAll` in `kyaml/yaml/rnode.go`, v5.8.1), every place still with its bytes.

use crate::yaml::{Body, CannotWrite, Document, NodeId, Style};

/// How many places aliases may lead to: aliases of aliases multiply without limit.
const LIMIT: usize = 200_000;

/// As deep as the proof of an edit follows a document.
const DEPTH: usize = 600;

const MERGE_TAG: &str = "tag:yaml.org,2002:merge";

/// A node, and how it was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The node; an alias where it is one.
    pub(super) node: NodeId,
    /// The alias around it, where there is one: its bytes are those of another place too.
    pub(super) shared: Option<NodeId>,
}

/// An entry of a mapping.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'d> {
    pub(super) key: &'d str,
    pub(super) value: Place,
}

impl Place {
    pub(super) const fn new(node: NodeId) -> Self {
        Self { node, shared: None }
    }

    /// A part of what this place holds.
    pub(super) const fn inside(self, node: NodeId) -> Self {
        Self { node, ..self }
    }
}

/// Finds its way through a document, and remembers the first thing that is wrong.
#[derive(Debug)]
pub(super) struct Guide<'d, 't> {
    pub(super) doc: &'d Document<'t>,
    problem: Option<CannotWrite>,
    /// Whether something was not looked at.
    lost: bool,
    depth: usize,
    left: usize,
}

impl<'d, 't> Guide<'d, 't> {
    pub(super) const fn new(doc: &'d Document<'t>) -> Self {
        Self { doc, problem: None, lost: false, depth: 0, left: LIMIT }
    }

    /// What is wrong, if anything is, and whether something was not looked at because of it.
    pub(super) fn finish(self) -> (Option<CannotWrite>, bool) {
        (self.problem, self.lost)
    }

    /// Remembers that something is wrong at `node`.
    pub(super) fn fail(&mut self, node: NodeId, message: impl Into<String>) {
        let span = self.doc.node(node).span;
        self.problem.get_or_insert_with(|| CannotWrite { span, message: message.into() });
    }

    /// One step down; `false` where it would be one too many.
    pub(super) fn enter(&mut self, place: Place) -> bool {
        let step = usize::from(place.shared.is_some());
        if self.depth == DEPTH || self.left < step {
            self.fail(place.node, "the object nests too deeply, or its aliases expand too far");
            self.lost = true;
            return false;
        }
        self.left -= step;
        self.depth += 1;
        true
    }

    /// Back from the step.
    pub(super) const fn leave(&mut self) {
        self.depth -= 1;
    }

    /// The place that an alias stands for, or `place` itself.
    pub(super) fn follow(&self, place: Place) -> Place {
        match self.doc.node(place.node).body {
            Body::Alias(target) => Place { node: target, shared: Some(place.node) },
            _ => place,
        }
    }

    /// What stands at `place`, aliases followed.
    pub(super) fn body(&self, place: Place) -> &'d Body<'t> {
        &self.doc.node(self.doc.follow(place.node)).body
    }

    /// The text at `place` as it is written, whatever type it has; empty for collections.
    pub(super) fn text(&self, place: Place) -> &'d str {
        match self.body(place) {
            Body::Scalar { text, .. } => text,
            _ => "",
        }
    }

    /// The items of a sequence.
    pub(super) fn items(&self, sequence: Place) -> impl Iterator<Item = Place> + use<'d, 't> {
        let at = self.follow(sequence);
        self.doc.items(at.node).iter().map(move |item| at.inside(*item))
    }

    /// The fields of a mapping: its own, then those that it merges.
    pub(super) fn fields(&mut self, mapping: Place) -> Vec<Field<'d>> {
        let at = self.follow(mapping);
        let entries = self.doc.entries(at.node);
        let mut fields = Vec::with_capacity(entries.len());
        let mut merge = None;
        for entry in entries {
            let value = at.inside(entry.value);
            if !self.is_merge(entry.key) {
                fields.push(Field { key: self.text(Place::new(entry.key)), value });
            } else if merge.replace(value).is_some() {
                self.fail(entry.key, "there are two merge keys in one mapping");
            }
        }
        if let Some(merge) = merge.filter(|merge| self.enter(*merge)) {
            self.merge(merge, &mut fields);
            self.leave();
        }
        fields
    }

    /// Adds the fields of the mapping or mappings `from` that are not there yet.
    fn merge(&mut self, from: Place, fields: &mut Vec<Field<'d>>) {
        match self.body(from) {
            Body::Mapping { .. } => {
                for field in self.fields(from) {
                    if !fields.iter().any(|own| own.key == field.key) {
                        fields.push(field);
                    }
                }
            }
            Body::Sequence { .. } => {
                for item in self.items(from) {
                    if matches!(self.body(item), Body::Mapping { .. }) && self.enter(item) {
                        self.merge(item, fields);
                        self.leave();
                    }
                }
            }
            _ => self.fail(from.node, "a merge key needs a mapping, or a list of them"),
        }
    }

    /// go-yaml: a plain `<<`, or anything that says so itself.
    fn is_merge(&self, key: NodeId) -> bool {
        let node = self.doc.node(key);
        let Body::Scalar { text, style, .. } = &node.body else {
            return false;
        };
        match node.tag.as_deref() {
            None => *style == Style::Plain && text == "<<",
            Some(tag) => tag == MERGE_TAG,
        }
    }

    /// The value of `key` among `fields`. kustomize renders no object that says a key twice.
    pub(super) fn find(&mut self, fields: &[Field<'d>], key: &str) -> Option<Place> {
        let mut found = fields.iter().filter(|field| field.key == key);
        let first = found.next()?.value;
        if let Some(second) = found.next() {
            self.fail(second.value.node, format!("`{key}` stands twice in one mapping"));
        }
        Some(first)
    }
}
