//! `images`: tag and digest as one value, in every form that kustomize reads.
//!
//! Semantics: kustomize `api/filters/imagetag/updater.go` and `api/internal/image/image.go`, v5.8.1.

use crate::diagnostic::Diagnostic;
use crate::image::{Image, without_host};
use crate::kind::{About, Comparison, Field, Kind, Value, append};
use crate::overlay::{File, Overlay};
use crate::promotion::{NewName, Promotion};
use crate::span::Span;
use crate::version::is_floating;
use crate::yaml::{Body, Document, New, NodeId, Quote, Rewrite, Style, Type};

/// The kind.
pub(super) struct Images;

/// `imageTags` is the deprecated name of the same list.
const LISTS: [&str; 2] = ["images", "imageTags"];
const PARTS: [&str; 5] = ["name", "newName", "newTag", "digest", "tagSuffix"];

impl Kind for Images {
    fn id(&self) -> &'static str {
        "images"
    }

    fn about(&self) -> About {
        About {
            what: "the version of an image: its tag and its digest, as one value",
            places: &[
                "images[].newTag",
                "images[].digest",
                "a tag or digest inside images[].newName",
                "imageTags[]",
            ],
            key: "the entry's `name`, exactly as written",
            value: "tag and digest together; the target keeps the form that it has",
            never: "`newName` (unless `--new-name copy`), `tagSuffix`, images in patches and manifests",
            example: ("newTag: 1.4.1", "newTag: 1.5.0"),
        }
    }

    fn collect(&self, overlay: &Overlay<'_>) -> Result<Vec<Field>, Diagnostic> {
        let file = overlay.kustomization();
        let mut fields = Vec::new();
        for list in LISTS {
            let items = overlay.list(list)?;
            fields.extend(
                items
                    .iter()
                    .filter_map(|item| Entry::read(&file.doc, *item)?.field(file)),
            );
        }
        Ok(fields)
    }

    fn compare(&self, source: &Field, target: &Field, promotion: &Promotion) -> Comparison {
        let Some(new) = &source.value else {
            return Comparison::Same;
        };
        let copied = source.repository.is_some() && promotion.new_name == NewName::Copy;
        let whole = |value: &Value, field: &Field| Value {
            repository: field.repository.clone().filter(|_| copied),
            ..value.clone()
        };
        let old = target.value.as_ref().map(|old| whole(old, target));
        let new = whole(new, source);
        if old.as_ref() == Some(&new) {
            Comparison::Same
        } else {
            Comparison::Differs { old, new }
        }
    }

    fn replace(
        &self,
        overlay: &Overlay<'_>,
        target: &Field,
        source: &Field,
        new: &Value,
    ) -> Result<Vec<Rewrite>, Diagnostic> {
        let doc = &overlay.kustomization().doc;
        let Some(entry) = Entry::read(doc, target.node) else {
            return Ok(Vec::new());
        };
        // The source's own form matters only where the target has none that could hold the value.
        let mut rewrites = entry.write(new, source.together);
        if let Some(repository) = &new.repository {
            rewrites.extend(entry.rename(repository));
        }
        Ok(rewrites)
    }

    fn add(&self, fields: &[&Field], target: &Overlay<'_>) -> Result<Vec<Rewrite>, Diagnostic> {
        let doc = &target.kustomization().doc;
        let model = target.list("images")?.last().copied();
        let items = fields
            .iter()
            .map(|field| new_entry(&field.entry, doc, model))
            .collect();
        Ok(vec![append(target, "images", items)?])
    }

    fn remarks(&self, source: &Field, target: &Field) -> Vec<String> {
        let repository = |field: &Field| {
            field
                .repository
                .clone()
                .unwrap_or_else(|| Image::split(&field.key).name.to_owned())
        };
        let (from, to) = (repository(source), repository(target));
        let mut remarks = Vec::new();
        if without_host(&from) != without_host(&to) {
            remarks.push(format!(
                "the source runs `{from}`, the target `{to}`: the version may not exist there"
            ));
        }
        if let Some(Value {
            version: Some(tag),
            digest: None,
            ..
        }) = &source.value
            && is_floating(tag)
        {
            remarks.push(format!(
                "`{tag}` is a moving tag: what it is can change after the promotion"
            ));
        }
        remarks
    }
}

/// One entry of the list, its parts by position in the mapping.
struct Entry<'d, 't> {
    doc: &'d Document<'t>,
    node: NodeId,
    parts: [Option<usize>; PARTS.len()],
    twice: Option<usize>,
    merge: Option<Span>,
}

impl<'d, 't> Entry<'d, 't> {
    /// `None` for items that are no mappings; kustomize reads null as an entry without a name.
    fn read(doc: &'d Document<'t>, node: NodeId) -> Option<Self> {
        if !doc.is_mapping(node) {
            return None;
        }
        let positions = PARTS.map(|part| doc.positions(node, part));
        let twice = positions
            .iter()
            .find_map(|positions| positions.get(1).copied());
        let merges = doc
            .entries(node)
            .iter()
            .find(|entry| doc.scalar(entry.key) == Some("<<"));
        let merge = merges.map(|entry| doc.node(entry.key).span);
        let parts = positions.map(|positions| positions.last().copied());
        Some(Self {
            doc,
            node,
            parts,
            twice,
            merge,
        })
    }

    fn position(&self, part: &str) -> Option<usize> {
        let index = PARTS.iter().position(|known| *known == part)?;
        self.parts[index]
    }

    /// The node of a part written in the entry itself.
    fn value(&self, part: &str) -> Option<NodeId> {
        Some(self.doc.entries(self.node)[self.position(part)?].value)
    }

    /// The text of a part; empty is absent, as for kustomize. A merge key is read in kustomize's
    /// order: it overrides what stands above it.
    fn text(&self, part: &str) -> Option<&'d str> {
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

    fn field(&self, file: &File<'_>) -> Option<Field> {
        let key = self.text("name")?.to_owned();
        let span = ["newTag", "digest", "newName", "name"]
            .into_iter()
            .find_map(|part| self.text(part).and_then(|_| self.value(part)))
            .map_or(self.doc.node(self.node).span, |node| {
                self.doc.node(node).span
            });
        let entry = ["name", "newName", "newTag", "digest"].into_iter();
        Some(Field {
            kind: "images",
            list: "images",
            key,
            text: None,
            repository: self
                .text("newName")
                .map(|name| Image::split(name).name.to_owned()),
            entry: entry
                .filter_map(|part| Some((part, self.text(part)?.to_owned())))
                .collect(),
            value: self.version(),
            together: self.text("newTag").is_some_and(|tag| tag.contains('@')),
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
        if version.is_none() && digest.is_none() {
            return None;
        }
        let [version, digest] = [version, digest].map(|part| part.map(str::to_owned));
        Some(Value {
            repository: None,
            version,
            digest,
        })
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

    /// A version that YAML takes for a number, which kustomize does not build.
    fn number(&self, file: &File<'_>) -> Option<Diagnostic> {
        let parts = ["newTag", "digest", "newName"]
            .into_iter()
            .filter_map(|part| self.value(part));
        let node = parts
            .into_iter()
            .find(|node| self.doc.kind(*node) == Type::Other)?;
        let text = self.doc.scalar(node).unwrap_or_default();
        let message =
            format!("`{text}` without quotes is not text to YAML, and kustomize refuses the file");
        let span = self.doc.node(node).span;
        Some(file.point(
            Diagnostic::warning(message).hint(format!("write `\"{text}\"`")),
            span,
        ))
    }

    /// Writes a version into the entry, whole: what it does not have goes.
    fn write(&self, new: &Value, combined: bool) -> Vec<Rewrite> {
        let (version, digest) = (new.version.as_deref(), new.digest.as_deref());
        let (own_tag, own_digest) = (self.position("newTag"), self.position("digest"));
        if let (None, None, Some(rewrites)) = (own_tag, own_digest, self.write_in_name(new)) {
            return rewrites;
        }
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
        let text = self.text("newName")?;
        let image = Image::split(text);
        image.tag.or(image.digest)?;
        let tag = new
            .version
            .as_ref()
            .map_or(String::new(), |tag| format!(":{tag}"));
        let digest = new
            .digest
            .as_ref()
            .map_or(String::new(), |digest| format!("@{digest}"));
        let node = self.value("newName")?;
        let suffix = format!("{tag}{digest}");
        if let Body::Alias(_) = self.doc.node(node).body {
            return Some(vec![Rewrite::Set {
                node,
                text: format!("{}{suffix}", image.name),
            }]);
        }
        let span = Span::new(image.name.len(), text.len());
        Some(vec![Rewrite::SetParts {
            node,
            parts: vec![(span, suffix)],
        }])
    }

    /// Sets a part that is there, or inserts it: the digest behind the tag, the tag behind the names.
    fn put(&self, part: &str, text: &str) -> Vec<Rewrite> {
        match self.value(part) {
            Some(node) if self.doc.scalar(node) == Some(text) => Vec::new(),
            Some(node) => vec![Rewrite::Set {
                node,
                text: text.to_owned(),
            }],
            None => {
                let before = ["newTag", "newName", "digest", "name"];
                let after = before
                    .into_iter()
                    .find_map(|part| self.position(part))
                    .unwrap_or(0);
                let value = New::Text(text.to_owned(), self.neighbouring_quote());
                vec![Rewrite::InsertKey {
                    mapping: self.node,
                    after,
                    key: part.to_owned(),
                    value,
                }]
            }
        }
    }

    fn neighbouring_quote(&self) -> Quote {
        let node = self
            .value("newTag")
            .or_else(|| self.value("digest"))
            .or_else(|| self.value("newName"));
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
        position
            .map(|entry| Rewrite::RemoveKey {
                mapping: self.node,
                entry,
            })
            .into_iter()
            .collect()
    }

    /// The other repository, in an entry whose version stands elsewhere.
    fn rename(&self, repository: &str) -> Vec<Rewrite> {
        let text = self.text("newName");
        match (text.map(Image::split), self.value("newName")) {
            (Some(image), _) if image.name == repository => Vec::new(),
            (Some(image), Some(node)) if image.tag.is_none() && image.digest.is_none() => {
                vec![Rewrite::Set {
                    node,
                    text: repository.to_owned(),
                }]
            }
            (Some(image), Some(node)) => {
                let span = Span::new(0, image.name.len());
                vec![Rewrite::SetParts {
                    node,
                    parts: vec![(span, repository.to_owned())],
                }]
            }
            _ => {
                let after = self.position("name").unwrap_or(0);
                let value = New::text(repository);
                vec![Rewrite::InsertKey {
                    mapping: self.node,
                    after,
                    key: "newName".to_owned(),
                    value,
                }]
            }
        }
    }
}

/// An entry as new content for `doc`, in the key order and the quotes of `model`.
fn new_entry(parts: &[(&'static str, String)], doc: &Document<'_>, model: Option<NodeId>) -> New {
    let mut entries: Vec<(usize, String, New)> = Vec::new();
    for (order, (part, text)) in parts.iter().enumerate() {
        let known = model.and_then(|model| doc.positions(model, part).first().copied());
        let quote = model
            .and_then(|model| doc.get(model, part))
            .map(|node| quote_of(doc, node));
        let rank = known.unwrap_or(PARTS.len() + order);
        let value = New::Text(text.clone(), quote.unwrap_or_default());
        entries.push((rank, (*part).to_owned(), value));
    }
    entries.sort_by_key(|(rank, ..)| *rank);
    New::Mapping(
        entries
            .into_iter()
            .map(|(_, key, value)| (key, value))
            .collect(),
    )
}

/// `1.2@sha256:…` in `newTag` is a legal way to write both.
fn split_tag(tag: &str) -> (&str, Option<&str>) {
    tag.split_once('@')
        .map_or((tag, None), |(tag, digest)| (tag, Some(digest)))
}

fn quote_of(doc: &Document<'_>, node: NodeId) -> Quote {
    match &doc.node(node).body {
        Body::Scalar {
            style: Style::Single,
            ..
        } => Quote::Single,
        Body::Scalar {
            style: Style::Double,
            ..
        } => Quote::Double,
        _ => Quote::AsNeeded,
    }
}
