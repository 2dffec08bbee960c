//! A release: the versions of an overlay at one moment, as an object that can be kept, reviewed and
//! promoted later.
//!
//! Its `spec` says them in kustomize's own form (`images`, `resources`, `components`, `helmCharts`),
//! so that the kinds read a release as they read a kustomization.

mod form;
#[cfg(test)]
mod object;

#[cfg(test)]
pub(crate) use object::ReleaseObject;

use crate::diagnostic::Diagnostic;
use crate::kind::Field;
use crate::overlay::File;
use crate::promotion::API_VERSION;
use crate::secret::without_secrets;
use crate::span::Span;
use crate::yaml::{NodeId, Quote, quoted};

/// The object's kind.
pub const KIND: &str = "Release";

/// Keeps kustomize and kpt from taking the object to a cluster.
pub const LOCAL_CONFIG: &str = "config.kubernetes.io/local-config";

/// Where a release was taken from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The overlay's directory: in its Git repository where it has one.
    pub path: String,
    /// The commit that holds exactly these versions, where there is one.
    pub commit: Option<String>,
}

/// The release called `name` of `fields`, as a YAML document. Fields without a version are left out,
/// and so is everything about an overlay that is no version.
pub fn write(name: &str, origin: &Origin, fields: &[Field]) -> String {
    let mut out = format!(
        "apiVersion: {API_VERSION}\nkind: {KIND}\nmetadata:\n  name: {}\n  annotations:\n    {LOCAL_CONFIG}: \"true\"\nspec:\n  source:\n    path: {}\n",
        text(name),
        text(&origin.path),
    );
    if let Some(commit) = &origin.commit {
        out.push_str(&format!("    commit: {}\n", text(commit)));
    }
    let mut lists: Vec<(&str, String)> = Vec::new();
    for field in fields.iter().filter(|field| field.value.is_some()) {
        let (list, item) = item(field);
        match lists.iter_mut().find(|(known, _)| *known == list) {
            Some((_, items)) => items.push_str(&item),
            None => lists.push((list, item)),
        }
    }
    for (list, items) in lists {
        out.push_str(&format!("  {list}:\n{items}"));
    }
    out
}

/// A field as an item of a list of the `spec`.
fn item(field: &Field) -> (&'static str, String) {
    let list = match field.list {
        "imageTags" => "images",
        "generators" => "helmCharts",
        list => list,
    };
    if let Some(entry) = &field.text {
        return (list, format!("  - {}\n", text(&without_secrets(entry))));
    }
    let parts = field.entry.iter().enumerate().map(|(position, (key, value))| {
        let dash = if position == 0 { "-" } else { " " };
        format!("  {dash} {key}: {}\n", text(&without_secrets(value)))
    });
    (list, parts.collect())
}

fn text(text: &str) -> String {
    quoted(text, Quote::AsNeeded)
}

/// Whether an object of `kind` and `api_version` is a release. Releases of other projects are none.
///
/// # Errors
/// A diagnostic for a release of another version: it is meant, and cannot be read.
pub(crate) fn is_known(kind: Option<&str>, api_version: Option<&str>) -> Result<bool, Diagnostic> {
    let (Some(KIND), Some(version)) = (kind, api_version) else { return Ok(false) };
    let group = |version: &str| version.split_once('/').map(|(group, _)| group.to_owned());
    if version == API_VERSION || group(version) != group(API_VERSION) {
        return Ok(version == API_VERSION);
    }
    let message = format!("a release is of `{version}`, and only `{API_VERSION}` is known");
    Err(Diagnostic::error(message).hint(EXPORT))
}

/// The `spec` of the release in `file`.
///
/// # Errors
/// A diagnostic that says what it is instead.
pub(crate) fn spec(file: &File<'_>) -> Result<NodeId, Diagnostic> {
    let doc = &file.doc;
    let refuse = |message: String, hint: &str, span: Span| {
        Err(file.point(Diagnostic::error(message).hint(hint), span))
    };
    let Some(root) = doc.roots().first().map(|root| root.node) else {
        return refuse("the file is empty".to_owned(), EXPORT, Span::at(0));
    };
    if let [_, second, ..] = doc.roots() {
        let message = "the file has several YAML documents".to_owned();
        return refuse(message, "a release stands alone in its file", Span::at(second.start));
    }
    for (key, wanted) in [("kind", KIND), ("apiVersion", API_VERSION)] {
        let found = doc.get_scalar(root, key);
        if found != Some(wanted) {
            let span = doc.get(root, key).map_or(Span::at(0), |node| doc.node(node).span);
            let found = found.map_or("none".to_owned(), |found| format!("`{found}`"));
            let message = format!(
                "neither an overlay nor a release: the file's `{key}` is {found}, not `{wanted}`"
            );
            return refuse(message, "FROM is an overlay's directory or a release", span);
        }
    }
    match doc.get(root, "spec").filter(|spec| doc.is_mapping(*spec)) {
        Some(spec) => {
            form::check(file, root)?;
            Ok(spec)
        }
        None => refuse("the release has no `spec`".to_owned(), EXPORT, doc.node(root).span),
    }
}

const EXPORT: &str = "`kubectl promote export OVERLAY` makes one";
