//! Which scalars of an object kustomize takes for images, in both of its passes.
//!
//! The legacy pass (`api/filters/imagetag/legacy.go`): any `containers` or `initContainers`, however
//! deep, that is a list of mappings. The other one (`imagetag.go`, `api/filters/fieldspec`): the
//! places of the field specs. Neither enters a `CustomResourceDefinition`.

use std::collections::HashMap;

use super::fieldspec::{Segment, Spec};
use super::place::{Field, Guide, Place};
use crate::yaml::{Body, CannotWrite, Document, NodeId};

/// One thing that a pass does to a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Takes it for an image.
    Set,
    /// Goes on below a null: there is nothing, unless another step made something of it.
    Enter,
    /// Takes a null for a list without items (`handleMap` in `fieldspec.go`): so it stays.
    Empty,
}

/// A scalar, and what both passes do to it for every entry, in their order.
#[derive(Debug)]
pub(super) struct Cell<'d> {
    pub(super) place: Place,
    pub(super) text: &'d str,
    pub(super) is_null: bool,
    /// Only field specs that are not kustomize's own lead here.
    pub(super) elsewhere: bool,
    pub(super) steps: Vec<Step>,
}

/// What there is in an object.
#[derive(Debug)]
pub(super) struct Route<'d> {
    /// No cell depends on another one.
    pub(super) cells: Vec<Cell<'d>>,
    /// Why kustomize fails on the object, as soon as there is any entry at all.
    pub(super) problem: Option<CannotWrite>,
    /// Whether there may be more cells than were found.
    pub(super) lost: bool,
}

/// Finds all images of the object `node`, which may be a list of objects.
pub(super) fn route<'d>(doc: &'d Document<'_>, node: NodeId, specs: &[Spec]) -> Route<'d> {
    let guide = Guide::new(doc);
    let mut walk = Walk { guide, cells: Vec::new(), known: HashMap::new(), elsewhere: false };
    walk.object(Place::new(node), specs);
    let (problem, lost) = walk.guide.finish();
    Route { cells: walk.cells, problem, lost }
}

struct Walk<'d, 't> {
    guide: Guide<'d, 't>,
    cells: Vec<Cell<'d>>,
    known: HashMap<NodeId, usize>,
    /// The field spec that is followed is not one of kustomize's own.
    elsewhere: bool,
}

impl<'d> Walk<'d, '_> {
    /// kustomize takes a kind that ends in `List` and has `items` apart when it reads it, so that both
    /// passes see the items (`inlineAnyEmbeddedLists` in `api/resource/factory.go`).
    fn object(&mut self, object: Place, specs: &[Spec]) {
        let fields = self.guide.fields(object);
        let kind = self.said(&fields, "kind");
        let items = self.guide.find(&fields, "items").filter(|_| kind.ends_with("List"));
        if let Some(items) = items {
            return self.list(items, specs);
        }
        if kind == "CustomResourceDefinition" || !self.is_mapping(object) {
            return;
        }
        let api_version = self.said(&fields, "apiVersion");
        self.elsewhere = false;
        self.legacy(object);
        for spec in specs.iter().filter(|spec| spec.is_for(api_version, kind)) {
            self.elsewhere = !spec.is_default();
            self.descend(object, &spec.path);
        }
    }

    fn said(&mut self, fields: &[Field<'d>], key: &str) -> &'d str {
        self.guide.find(fields, key).map_or("", |place| self.guide.text(place))
    }

    fn is_mapping(&self, place: Place) -> bool {
        matches!(self.guide.body(place), Body::Mapping { .. })
    }

    fn is_null(&self, place: Place) -> bool {
        self.guide.doc.is_null(place.node)
    }

    fn list(&mut self, items: Place, specs: &[Spec]) {
        if !matches!(self.guide.body(items), Body::Sequence { .. }) && !self.is_null(items) {
            return self.guide.fail(items.node, "the `items` of a list are no list");
        }
        for item in self.guide.items(items) {
            if self.is_mapping(item) && self.guide.enter(item) {
                self.object(item, specs);
                self.guide.leave();
            } else if !self.is_null(item) {
                self.guide.fail(item.node, "an item of the list is no object");
            }
        }
    }

    fn legacy(&mut self, place: Place) {
        match self.guide.body(place) {
            Body::Sequence { .. } => {
                for item in self.guide.items(place) {
                    self.below(item);
                }
            }
            Body::Mapping { .. } => {
                let fields = self.guide.fields(place);
                for field in &fields {
                    self.below(field.value);
                }
                for key in ["containers", "initContainers"] {
                    if let Some(list) = self.guide.find(&fields, key) {
                        self.containers(list, key);
                    }
                }
            }
            _ => {}
        }
    }

    fn below(&mut self, place: Place) {
        if !matches!(self.guide.body(place), Body::Scalar { .. }) && self.guide.enter(place) {
            self.legacy(self.guide.follow(place));
            self.guide.leave();
        }
    }

    /// Whatever is no list is left alone; what is in one has to be a mapping or null.
    fn containers(&mut self, list: Place, key: &str) {
        for item in self.guide.items(list) {
            if self.is_mapping(item) {
                let fields = self.guide.fields(item);
                if let Some(image) = self.guide.find(&fields, "image") {
                    self.set(image);
                }
            } else if !self.is_null(item) {
                self.guide.fail(item.node, format!("an item of `{key}` is no mapping"));
            }
        }
    }

    /// Follows a path down from `place` (`filter` in `fieldspec.go`): lists are entered whether the path
    /// says so or not.
    fn descend(&mut self, place: Place, path: &[Segment]) {
        let Some((segment, rest)) = path.split_first() else {
            return self.set(place);
        };
        if self.is_null(place) {
            return self.add(place, Step::Enter);
        }
        if !self.guide.enter(place) {
            return;
        }
        match self.guide.body(place) {
            Body::Sequence { .. } => {
                for item in self.guide.items(place) {
                    self.descend(item, path);
                }
            }
            Body::Mapping { .. } => self.key(place, segment, rest),
            _ => {
                let message = "a mapping or a list is expected where kustomize looks for an image";
                self.guide.fail(place.node, message);
            }
        }
        self.guide.leave();
    }

    fn key(&mut self, mapping: Place, segment: &Segment, rest: &[Segment]) {
        match segment {
            Segment::Wrong(why) => {
                self.guide.fail(mapping.node, format!("the path of a field spec {why}"));
            }
            Segment::Here => self.descend(mapping, rest),
            Segment::Key { name, list } => {
                let fields = self.guide.fields(mapping);
                let Some(value) = self.guide.find(&fields, name) else { return };
                if *list && self.is_null(value) {
                    self.add(value, Step::Empty);
                }
                self.descend(value, rest);
            }
        }
    }

    fn set(&mut self, place: Place) {
        if matches!(self.guide.body(place), Body::Scalar { .. }) {
            self.add(place, Step::Set);
        } else {
            self.guide.fail(place.node, "an image is expected here, not a list or mapping");
        }
    }

    fn add(&mut self, place: Place, step: Step) {
        let next = self.cells.len();
        let at = *self.known.entry(place.node).or_insert(next);
        if at == next {
            let (text, is_null) = (self.guide.text(place), self.is_null(place));
            let (elsewhere, steps) = (true, Vec::with_capacity(2));
            self.cells.push(Cell { place, text, is_null, elsewhere, steps });
        }
        let cell = &mut self.cells[at];
        cell.elsewhere &= self.elsewhere;
        cell.steps.push(step);
        cell.place.shared = cell.place.shared.or(place.shared);
    }
}
