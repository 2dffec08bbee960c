//! Whether rendered objects have the images that a promotion says they should have: the answer to
//! runners that skip functions in silence.

use camino::Utf8Path;
use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::io::fs;
use crate::krm::config;
use crate::krm::entry::Entry;
use crate::krm::host::Host;
use crate::krm::list::List;
use crate::krm::mode::Task;
use crate::krm::rendered;
use crate::overlay::{Overlay, Reach, gather};
use crate::promotion::{API_VERSION, Promotion};
use crate::release;
use crate::tree::{Tree, join};
use crate::yaml::Document;

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// The images that are not what they should be.
    pub wrong: Vec<Wrong>,
    /// What else there is to say; errors make the check void.
    pub problems: Vec<Diagnostic>,
}

/// An image that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wrong {
    /// The object's kind.
    pub kind: String,
    /// Its namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Where in the object the image stands: `spec.template.spec.containers[0].image`.
    pub field: String,
    /// The image that was rendered.
    pub found: String,
    /// The image that the promotion says.
    pub expected: String,
}

/// Compares the objects in `text`, one a YAML document, with what `promotions` of the overlay in `dir`
/// say.
///
/// # Errors
/// A diagnostic for what cannot be read or resolved.
pub fn check(text: &str, dir: &Utf8Path, promotions: &[Promotion]) -> Result<Checked, Diagnostic> {
    let list = List::stream(text)?;
    let mut checked = Checked::default();
    let host = Host { home: dir.to_owned(), ..Host::here() };
    for promotion in promotions {
        let (list, host) = (&list, &host);
        let task = Task { list, most: usize::MAX, promotion, host, only_compares: true };
        let made = rendered::promote(&task)?;
        checked.problems.extend(made.problems);
        checked.wrong.extend(made.entries.iter().filter_map(wrong));
    }
    Ok(checked)
}

/// A result that would change an image.
fn wrong(entry: &Entry) -> Option<Wrong> {
    let (object, field) = (entry.resource_ref.as_ref()?, entry.field.as_ref()?);
    Some(Wrong {
        kind: object.kind.clone(),
        namespace: object.namespace.clone(),
        name: object.name.clone().unwrap_or_default(),
        field: field.path.clone(),
        found: field.current_value.clone()?,
        expected: field.proposed_value.clone()?,
    })
}

/// The promotions among the `transformers` of the overlay in `dir`: files, or YAML written into the
/// list.
///
/// # Errors
/// A diagnostic for an overlay that cannot be read, for a promotion that is not understood, and when
/// there is none.
pub fn promotions(dir: &Utf8Path) -> Result<Vec<Promotion>, Diagnostic> {
    let mut tree = Tree::default();
    gather(&mut tree, dir, Reach::Own, &mut fs::read);
    let overlay = Overlay::read(&tree, dir, dir.as_str(), None)?;
    let entries = scalars(&overlay, "transformers")?;
    let mut out = Vec::new();
    for entry in &entries {
        let text = match entry.contains('\n') {
            true => Some(entry.clone()),
            false => file(&join(dir, entry))?,
        };
        out.extend(
            text.iter().filter(|text| is(text, config::KIND)).map(|text| config::parse(text)),
        );
    }
    let mut out = out.into_iter().collect::<Result<Vec<_>, _>>()?;
    // kustomize gave them to the function and dropped them from what it rendered.
    let (paths, names): (Vec<_>, Vec<_>) = releases(&overlay)?.into_iter().unzip();
    for promotion in &mut out {
        let chosen = rendered::release::choose(&promotion.from, dir, &names)?;
        if let Some(path) = chosen.and_then(|number| paths.get(number)) {
            promotion.from.clone_from(path);
        }
    }
    match out.is_empty() {
        false => Ok(out),
        true => {
            Err(Diagnostic::error(format!("`{dir}` has no Promotion among its `transformers`"))
                .hint("say where its versions should come from with `--from OVERLAY`"))
        }
    }
}

/// The releases among the `resources`, as the overlay names their files, and what each is called: here,
/// and with the overlay's prefix and suffix.
fn releases(overlay: &Overlay<'_>) -> Result<Vec<(String, Vec<String>)>, Diagnostic> {
    let affix =
        |key: &str| overlay.kustomization().doc.get_scalar(overlay.root(), key).unwrap_or_default();
    let (prefix, suffix) = (affix("namePrefix"), affix("nameSuffix"));
    let mut out = Vec::new();
    for entry in scalars(overlay, "resources")? {
        let path = join(&overlay.dir, &entry);
        let text = if path.is_file() { file(&path)? } else { None };
        if let Some(text) = text.filter(|text| is(text, release::KIND)) {
            let name = name(&text).unwrap_or_default();
            out.push((entry, vec![format!("{prefix}{name}{suffix}"), name]));
        }
    }
    Ok(out)
}

/// The name of the object that is the first in `text`.
fn name(text: &str) -> Option<String> {
    let doc = Document::parse(text).ok()?;
    let metadata = doc.get(doc.roots().first()?.node, "metadata")?;
    doc.get_scalar(metadata, "name").map(str::to_owned)
}

fn scalars(overlay: &Overlay<'_>, list: &str) -> Result<Vec<String>, Diagnostic> {
    let doc = &overlay.kustomization().doc;
    let items = overlay.list(list)?.iter();
    Ok(items.filter_map(|item| doc.scalar(*item).map(str::to_owned)).collect())
}

/// The text of a file; `None` where there is none.
fn file(path: &Utf8Path) -> Result<Option<String>, Diagnostic> {
    let mut tree = Tree::default();
    tree.insert(path.to_owned(), fs::read(path));
    tree.read(path).map(|text| text.map(str::to_owned)).map_err(Clone::clone)
}

fn is(text: &str, kind: &str) -> bool {
    let Ok(doc) = Document::parse(text) else { return false };
    doc.roots().iter().any(|root| {
        doc.get_scalar(root.node, "kind") == Some(kind)
            && doc.get_scalar(root.node, "apiVersion") == Some(API_VERSION)
    })
}
