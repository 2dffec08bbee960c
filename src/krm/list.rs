//! The list on the wire: where its parts stand, and the same list with some bytes changed.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::edit::{self, Edit, splice};
use crate::krm::entry::{Entry, block, flow};
use crate::krm::item::{Item, SCALARS};
use crate::span::Span;
use crate::yaml::outline::{Outline, Part, Shape, Top, Wanted, outline};

const ITEMS: &str = "items";
const CONFIG: &str = "functionConfig";
const RESULTS: &str = "results";

/// The versions of a ResourceList, which differ in nothing that we touch.
const VERSIONS: [&str; 3] =
    ["config.kubernetes.io/v1", "config.kubernetes.io/v1beta1", "config.kubernetes.io/v1alpha1"];

/// A list of objects, and its text.
#[derive(Debug)]
pub(super) struct List<'t> {
    text: &'t str,
    /// Its items, in order.
    pub(super) items: Vec<Item<'t>>,
    /// The function's configuration.
    pub(super) config: Option<Item<'t>>,
    /// Its top-level entries; `None` for objects without a list around them.
    entries: Option<Vec<Top<'t>>>,
}

impl<'t> List<'t> {
    /// Reads a ResourceList.
    ///
    /// # Errors
    /// A diagnostic that says what `text` is instead.
    pub(super) fn read(text: &'t str) -> Result<Self, Diagnostic> {
        let mut documents = documents(text)?.into_iter();
        let document = match (documents.next(), documents.next()) {
            (Some(document), None) => document,
            (None, _) => {
                return Err(Diagnostic::error("stdin is empty, and no ResourceList").hint(HINT));
            }
            (Some(_), Some(_)) => {
                let message = "stdin has several YAML documents, and is no ResourceList";
                return Err(Diagnostic::error(message).hint(HINT));
            }
        };
        check(&document)?;
        let Outline { items, entries, .. } = document;
        let items: Vec<_> = items.into_iter().map(|part| Item::new(part, text)).collect();
        if let Some(number) = items.iter().position(|item| !is_object(&item.part)) {
            return Err(Diagnostic::error(format!("`{ITEMS}[{number}]` is not an object")));
        }
        let config = entries.iter().find(|top| top.key == CONFIG).map(|top| &top.value);
        let config = config.filter(|value| value.shape != Shape::Null);
        let config = config.map(|value| Item::new(value.clone(), text));
        Ok(Self { text, items, config, entries: Some(entries) })
    }

    /// Reads objects without a list around them, one a document.
    ///
    /// # Errors
    /// A diagnostic for text that is no YAML, and for documents that are no objects.
    pub(super) fn stream(text: &'t str) -> Result<Self, Diagnostic> {
        let documents = documents(text)?;
        if let Some(number) = objects(&documents).position(|part| !is_object(part)) {
            return Err(Diagnostic::error(format!("document {number} is not an object")));
        }
        let items = objects(&documents).map(|part| Item::new(part.clone(), text)).collect();
        Ok(Self { text, items, config: None, entries: None })
    }

    fn top(&self, key: &str) -> Option<&Top<'t>> {
        self.entries.as_ref()?.iter().find(|top| top.key == key)
    }

    /// The text with `edits` made, which are in order, and with `results`.
    ///
    /// # Errors
    /// A diagnostic where the result would not be the same list: nothing may be written then.
    pub(super) fn edited(
        &self,
        edits: Vec<Edit>,
        results: &[Entry],
    ) -> Result<Cow<'t, str>, Diagnostic> {
        let mut all = edits;
        all.extend(self.results(results));
        if all.is_empty() {
            return Ok(Cow::Borrowed(self.text));
        }
        edit::sort(&mut all);
        let after = splice(self.text, &all).map_err(|error| Diagnostic::error(error.message))?;
        if !self.is_like(&after, &all) {
            let message =
                "the list that would go out is not the one that came in: nothing is changed";
            return Err(Diagnostic::error(message).hint("please report it with the list"));
        }
        Ok(Cow::Owned(after))
    }

    /// The text as it came in, with `results` where they can be put in.
    pub(super) fn unchanged(&self, results: &[Entry]) -> Cow<'t, str> {
        self.edited(Vec::new(), results).unwrap_or(Cow::Borrowed(self.text))
    }

    /// Whether `after` has the same items, each where `edits` have moved it: the bytes between are
    /// the same, so that they say the same.
    fn is_like(&self, after: &str, edits: &[Edit]) -> bool {
        let Ok(documents) = outline(after, Wanted { list: ITEMS, scalars: &[] }) else {
            return false;
        };
        let found: Vec<&Part> = match (&self.entries, documents.as_slice()) {
            (Some(entries), [again]) if keys(entries) == keys(&again.entries) => {
                again.items.iter().collect()
            }
            (Some(_), _) => return false,
            (None, documents) => objects(documents).collect(),
        };
        let mut sums = vec![(0, 0)];
        for (edit, at) in edits.iter().zip(0..) {
            let (added, removed) = sums[at];
            let own = edit.span.end - edit.span.start;
            sums.push((added + edit.text.len(), removed + own));
        }
        let moved = |at: usize| {
            let (added, removed) = sums[edits.partition_point(|edit| edit.span.end <= at)];
            at + added - removed
        };
        let is_moved = |(item, again): (&Item<'_>, &&Part)| {
            let old = &item.part;
            let span = Span::new(moved(old.span.start), moved(old.span.end));
            (span, old.shape, old.in_flow) == (again.span, again.shape, again.in_flow)
        };
        self.items.len() == found.len() && self.items.iter().zip(&found).all(is_moved)
    }

    /// What puts `results` in: in place of those that are there, or before the items, where nothing
    /// that follows can be taken for a part of them.
    fn results(&self, results: &[Entry]) -> Option<Edit> {
        let entries = self.entries.as_ref().filter(|_| !results.is_empty())?;
        let items = self.top(ITEMS)?;
        if items.value.in_flow {
            let text = flow(results);
            return Some(match self.top(RESULTS) {
                Some(old) => Edit { span: old.value.span, text },
                None => {
                    Edit { span: Span::at(items.start), text: format!("\"{RESULTS}\": {text}, ") }
                }
            });
        }
        let line = self.text.get(items.start..).unwrap_or_default();
        let indent = line.len() - line.trim_start_matches(' ').len();
        let text = block(results, indent, self.line_break());
        let old = entries.iter().position(|top| top.key == RESULTS);
        let span = old.map_or(Span::at(items.start), |old| {
            Span::new(entries[old].start, entries[old].value.span.end)
        });
        Some(Edit { span, text })
    }

    fn line_break(&self) -> &'static str {
        let end = self.text.find('\n').unwrap_or(0);
        if self.text[..end].ends_with('\r') { "\r\n" } else { "\n" }
    }
}

const HINT: &str =
    "run it with kustomize or kpt; on the command line it is `kubectl promote FROM TO`";

fn documents(text: &str) -> Result<Vec<Outline<'_>>, Diagnostic> {
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(Diagnostic::error("stdin is empty, and no ResourceList").hint(HINT));
    }
    outline(text, Wanted { list: ITEMS, scalars: SCALARS }).map_err(|error| {
        let line = error.span.position(text).line;
        Diagnostic::error(format!("stdin is not YAML: line {line}: {}", error.message)).hint(HINT)
    })
}

/// What is wrong with `document` as a ResourceList.
fn check(document: &Outline<'_>) -> Result<(), Diagnostic> {
    let refuse = |message: String| Err(Diagnostic::error(message).hint(HINT));
    match document.part.scalar(1) {
        Some("ResourceList") => {}
        Some(kind) => return refuse(format!("stdin is a `{kind}`, not a `ResourceList`")),
        None => return refuse("stdin is no ResourceList: it has no `kind`".to_owned()),
    }
    match document.part.scalar(0) {
        Some(version) if VERSIONS.contains(&version) => {}
        version => {
            let version = version.unwrap_or_default();
            return refuse(format!(
                "the ResourceList's `apiVersion` is `{version}`, not `{}`",
                VERSIONS[0]
            ));
        }
    }
    for key in [ITEMS, CONFIG, RESULTS] {
        if document.entries.iter().filter(|top| top.key == key).count() > 1 {
            return refuse(format!("the ResourceList has `{key}` twice"));
        }
    }
    match document.entries.iter().find(|top| top.key == ITEMS) {
        Some(items) if items.value.shape == Shape::Sequence => Ok(()),
        Some(_) => refuse(format!("`{ITEMS}` of the ResourceList is not a list")),
        None => refuse(format!("the ResourceList has no `{ITEMS}`")),
    }
}

/// What documents say, those without anything left out.
fn objects<'d>(documents: &'d [Outline<'_>]) -> impl Iterator<Item = &'d Part> {
    let parts = documents.iter().map(|document| &document.part);
    parts.filter(|part| part.shape != Shape::Null)
}

/// The keys of a list that no result of ours adds.
fn keys<'e>(entries: &'e [Top<'_>]) -> Vec<&'e str> {
    entries.iter().map(|top| top.key.as_ref()).filter(|key| *key != RESULTS).collect()
}

fn is_object(part: &Part) -> bool {
    matches!(part.shape, Shape::Mapping(_))
}
