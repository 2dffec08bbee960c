//! What can be promoted: one file a kind, listed in [`KINDS`].
//!
//! A kind finds its fields, says how two of them differ, and writes a value. It never decides
//! whether to: that is the plan's.

mod charts;
mod images;
mod refs;

use std::fmt;

use camino::Utf8PathBuf;
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Place};
use crate::facts::Inquiry;
use crate::overlay::Overlay;
use crate::promotion::Promotion;
use crate::span::Span;
use crate::yaml::{New, NodeId, Rewrite};

/// Every kind, in the order in which they are explained and printed.
pub const KINDS: &[&dyn Kind] = &[&images::Images, &refs::Refs, &charts::Charts];

/// A sort of promotable field.
pub trait Kind: Sync {
    /// The kind in one word, as the user writes it.
    fn id(&self) -> &'static str;

    /// The top-level fields of a kustomization in which it looks.
    fn lists(&self) -> &'static [&'static str];

    /// What the user is told about it.
    fn about(&self) -> About;

    /// The fields of this kind in `overlay`, in file order.
    ///
    /// # Errors
    /// A diagnostic where the overlay's lists cannot be told apart.
    fn collect(&self, overlay: &Overlay<'_>) -> Result<Vec<Field>, Diagnostic>;

    /// How the value of `source` differs from that of `target`, whose keys are equal. Both have a
    /// value.
    fn compare(&self, source: &Field, target: &Field, promotion: &Promotion) -> Comparison {
        let _ = promotion;
        match (&source.value, &target.value) {
            (Some(new), old) if Some(new) != old.as_ref() => {
                Comparison::Differs { old: old.clone(), new: new.clone() }
            }
            _ => Comparison::Same,
        }
    }

    /// The source's field with its value pinned, as the target is to get it. `None` while a question
    /// is open in `inquiry`.
    ///
    /// The default pins nothing.
    ///
    /// # Errors
    /// [`Unpinned`] where there is nothing to pin it to, or nothing that is sure.
    fn pin(
        &self,
        pinning: &Pinning<'_>,
        inquiry: &mut Inquiry<'_>,
    ) -> Result<Option<Pinned>, Unpinned> {
        let _ = inquiry;
        Ok(Some(Pinned::from(pinning.source.clone())))
    }

    /// Writes `new`, the value of `source`, in the place of the value of `target`.
    ///
    /// The default replaces the scalar that the field stands for.
    ///
    /// # Errors
    /// A diagnostic where the target cannot hold the value.
    fn replace(
        &self,
        overlay: &Overlay<'_>,
        target: &Field,
        source: &Field,
        new: &Value,
    ) -> Result<Vec<Rewrite>, Diagnostic> {
        let _ = (overlay, source);
        let text = new.version.clone().unwrap_or_default();
        Ok(vec![Rewrite::Set { node: target.node, text }])
    }

    /// Creates in `target`'s kustomization file the `fields` that only the source has.
    ///
    /// # Errors
    /// A diagnostic where there is no good place for them.
    fn add(&self, fields: &[&Field], target: &Overlay<'_>) -> Result<Vec<Rewrite>, Diagnostic>;

    /// What the user should know before trusting that `target` gets `new` from `source`.
    fn remarks(
        &self,
        source: &Field,
        target: &Field,
        new: &Value,
        promotion: &Promotion,
    ) -> Vec<String> {
        let _ = (source, target, new, promotion);
        Vec::new()
    }
}

/// What a kind is, for `explain` and the README.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// One line: what it is.
    pub what: &'static str,
    /// Where it looks: fields of the kustomization.
    pub places: &'static [&'static str],
    /// What makes two fields the same thing.
    pub key: &'static str,
    /// What is copied.
    pub value: &'static str,
    /// What it never touches.
    pub never: &'static str,
    /// What `--pin` makes of it.
    pub pins: Option<&'static str>,
    /// A change, before and after.
    pub example: (&'static str, &'static str),
}

/// One promotable place in an overlay.
#[derive(Clone, Debug)]
pub struct Field {
    /// The kind's [`Kind::id`].
    pub kind: &'static str,
    /// The list or field of the kustomization that it stands in.
    pub list: &'static str,
    /// What makes it the same thing in two overlays.
    pub key: String,
    /// The keys of its entry that a new entry for the same thing elsewhere would not get.
    pub omitted: Vec<String>,
    /// The entry as written in the file, where globs may match that too.
    pub text: Option<String>,
    /// The repository that an image is taken from instead of its name (`newName`).
    pub repository: Option<String>,
    /// What an entry for the same thing in another file has to hold, key by key.
    pub entry: Vec<(&'static str, String)>,
    /// Its version; `None` when the field is there and names none.
    pub value: Option<Value>,
    /// The branch or tag that its commit was looked up by.
    pub named: Option<String>,
    /// The branch or tag that the comment behind its commit says it is.
    pub noted: Option<String>,
    /// Tag and digest are written as one text.
    pub together: bool,
    /// The position of its file in [`Overlay::files`].
    pub file: usize,
    /// Its node: an entry of a list, or the scalar itself.
    pub node: NodeId,
    /// Where its value stands, or the entry that has none.
    pub span: Span,
    /// Its place for messages; known for the fields of a source.
    pub place: Option<(Utf8PathBuf, Place)>,
    /// Why its value cannot be told.
    pub unclear: Option<Diagnostic>,
    /// Why it cannot be edited.
    pub fixed: Option<Diagnostic>,
    /// What is odd about it even if nothing changes.
    pub odd: Option<Diagnostic>,
}

/// A field that is to be pinned, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Pinning<'p> {
    /// What the user calls the source.
    pub from: &'p str,
    /// The field of the source.
    pub source: &'p Field,
    /// The same field of the target; `None` where it is to be created.
    pub target: Option<&'p Field>,
    /// The request.
    pub promotion: &'p Promotion,
    /// The target gets the value even when nothing is pinned.
    pub writes: bool,
}

/// A pinned field.
#[derive(Clone, Debug)]
pub struct Pinned {
    /// The field of the source with another value, or with the same where it needed no pin.
    pub field: Field,
    /// What the user should know, and about whose file.
    pub remarks: Vec<(Blame, String)>,
}

impl From<Field> for Pinned {
    fn from(field: Field) -> Self {
        Self { field, remarks: Vec::new() }
    }
}

/// Why a field cannot be pinned.
#[derive(Clone, Debug)]
pub struct Unpinned {
    /// What is wrong, without a place.
    pub problem: Diagnostic,
    /// Whose file has to change for it.
    pub blame: Blame,
}

/// Whose file something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The source's.
    Source,
    /// The target's.
    Target,
    /// Nobody's: the outside world could not be asked.
    World,
}

/// A version, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Value {
    /// The repository, where that is promoted too (`newName`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// A tag, ref or version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// A digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// How two values relate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// They are the same.
    Same,
    /// The target's becomes the source's.
    Differs {
        /// What the target has.
        old: Option<Value>,
        /// What the source has.
        new: Value,
    },
    /// The keys are alike and the things are not: why.
    Unrelated(String),
}

impl Value {
    /// A value that is one text.
    pub fn version(text: impl Into<String>) -> Self {
        Self { version: Some(text.into()), ..Self::default() }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { repository, version, digest } = self;
        f.write_str(repository.as_deref().unwrap_or_default())?;
        match (repository, version) {
            (Some(_), Some(version)) => write!(f, ":{version}")?,
            (_, version) => f.write_str(version.as_deref().unwrap_or_default())?,
        }
        match (repository.is_some() || version.is_some(), digest) {
            (true, Some(digest)) => write!(f, "@{digest}"),
            (false, Some(digest)) => f.write_str(digest),
            (_, None) => Ok(()),
        }
    }
}

/// The kind called `id`.
pub fn find(id: &str) -> Option<&'static dyn Kind> {
    KINDS.iter().copied().find(|kind| kind.id() == id)
}

/// `items` at the end of the top-level list `name`, which is created where it is missing.
fn append(target: &Overlay<'_>, name: &str, items: Vec<New>) -> Result<Rewrite, Diagnostic> {
    if let Some((_, node)) = target.field(name)? {
        return Ok(Rewrite::Append { node, items });
    }
    let mapping = target.root();
    let after = target.kustomization().doc.entries(mapping).len().saturating_sub(1);
    let value = New::Sequence(items);
    Ok(Rewrite::InsertKey { mapping, after, key: name.to_owned(), value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_people_write_them() {
        let value = |repository: Option<&str>, version: Option<&str>, digest: Option<&str>| {
            let [repository, version, digest] =
                [repository, version, digest].map(|part| part.map(str::to_owned));
            Value { repository, version, digest }.to_string()
        };
        assert_eq!(value(None, Some("v1"), None), "v1");
        assert_eq!(value(None, Some("v1"), Some("sha256:a")), "v1@sha256:a");
        assert_eq!(value(None, None, Some("sha256:a")), "sha256:a");
        assert_eq!(value(Some("r/x"), Some("v1"), None), "r/x:v1");
        assert_eq!(value(Some("r/x"), None, Some("sha256:a")), "r/x@sha256:a");
    }
}
