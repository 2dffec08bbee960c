//! What a release may hold. A field that nobody reads would be a version that is never promoted, without
//! a word: so all that is unknown is refused, by its name.

use crate::diagnostic::Diagnostic;
use crate::overlay::File;
use crate::typed;
use crate::yaml::{Document, NodeId};

/// The fields of the object.
const OBJECT: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];

/// The fields of the `spec`, and those of what they hold, the one that has to be there first; none for
/// texts.
pub(super) const FIELDS: [(&str, &[&str]); 7] = [
    ("source", &["path", "commit"]),
    ("images", &["name", "newName", "newTag", "digest"]),
    ("resources", &[]),
    ("components", &[]),
    ("bases", &[]),
    ("helmCharts", &["name", "repo", "version", "releaseName"]),
    ("helmChartInflationGenerator", &["chartName", "chartRepoUrl", "chartVersion", "releaseName"]),
];

/// Whether the release in `file`, whose object is `root`, has the fields of one and no others, and text
/// where text belongs.
///
/// # Errors
/// A diagnostic that names the first field that is not so.
pub(super) fn check(file: &File<'_>, root: NodeId) -> Result<(), Diagnostic> {
    let doc = &file.doc;
    known(file, root, root, &OBJECT)?;
    let Some(spec) = doc.get(root, "spec") else { return Ok(()) };
    known(file, root, spec, &FIELDS.map(|(name, _)| name))?;
    for (name, fields) in FIELDS {
        let Some(value) = doc.get(spec, name) else { continue };
        match name {
            "source" => mapping(file, root, value, fields)?,
            _ => items(file, root, value, fields)?,
        }
    }
    let odd = typed::untyped(doc, root, spec, &[]);
    odd.map_or(Ok(()), |(problem, span)| Err(file.point(problem, span)))
}

fn items(file: &File<'_>, root: NodeId, list: NodeId, fields: &[&str]) -> Result<(), Diagnostic> {
    let doc = &file.doc;
    if !doc.is_sequence(list) {
        return wrong(file, root, list, "is not a list");
    }
    for item in doc.items(list) {
        match fields {
            [] if doc.scalar(*item).is_none() => return wrong(file, root, *item, "is no text"),
            [] => {}
            [first, ..] => {
                mapping(file, root, *item, fields)?;
                if doc.get(*item, first).is_none() {
                    return wrong(file, root, *item, &format!("has no `{first}`"));
                }
            }
        }
    }
    Ok(())
}

fn mapping(file: &File<'_>, root: NodeId, node: NodeId, fields: &[&str]) -> Result<(), Diagnostic> {
    match file.doc.is_mapping(node) {
        true => known(file, root, node, fields),
        false => wrong(file, root, node, &format!("has to say `{}`", fields.join("`, `"))),
    }
}

/// Whether the mapping `node` has no other keys than `fields`.
fn known(file: &File<'_>, root: NodeId, node: NodeId, fields: &[&str]) -> Result<(), Diagnostic> {
    let doc = &file.doc;
    for entry in doc.entries(node) {
        let key = doc.scalar(entry.key).unwrap_or_default();
        if !fields.contains(&key) {
            let place = place(doc, root, node);
            let dot = if place.is_empty() { "" } else { "." };
            let problem = Diagnostic::error(format!("a release has no field `{place}{dot}{key}`"))
                .hint(format!("it has `{}` there", fields.join("`, `")));
            return Err(file.point(problem, doc.node(entry.key).span));
        }
    }
    Ok(())
}

fn wrong(file: &File<'_>, root: NodeId, node: NodeId, what: &str) -> Result<(), Diagnostic> {
    let problem = Diagnostic::error(format!("`{}` {what}", place(&file.doc, root, node)));
    Err(file.point(problem, file.doc.node(node).span))
}

fn place(doc: &Document<'_>, root: NodeId, node: NodeId) -> String {
    if node == root { String::new() } else { doc.path(root, doc.node(node).span) }
}
