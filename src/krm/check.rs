//! Whether rendered objects have the images that a promotion says they should have: the answer to
//! runners that skip functions in silence.

use camino::Utf8Path;
use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::krm::asked::Asked;
use crate::krm::entry::Entry;
use crate::krm::host::Host;
use crate::krm::item::Item;
use crate::krm::list::List;
use crate::krm::mode::Task;
use crate::krm::rendered;

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
#[cfg_attr(test, derive(schemars::JsonSchema))]
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

/// Compares the objects in `text`, one a YAML document, with what `asked` says of the overlay in `dir`.
///
/// # Errors
/// A diagnostic for what cannot be read or resolved, and for text that is not what kustomize renders.
pub fn check(text: &str, dir: &Utf8Path, asked: &Asked) -> Result<Checked, Diagnostic> {
    let rendered = objects(text)?;
    // kustomize gave them to the function, and dropped them from what it rendered.
    let releases: String = asked.releases.iter().map(|text| format!("\n---\n{text}")).collect();
    let all = if releases.is_empty() { String::new() } else { format!("{text}{releases}") };
    let list = if all.is_empty() { rendered } else { List::stream(&all)? };
    let mut checked = Checked::default();
    let host = Host { home: dir.to_owned(), ..Host::here() };
    for promotion in &asked.promotions {
        let (list, host) = (&list, &host);
        let task = Task { list, all: true, most: usize::MAX, promotion, host };
        let made = rendered::promote(&task)?;
        checked.problems.extend(made.problems);
        checked.wrong.extend(made.entries.iter().filter_map(wrong));
    }
    Ok(checked)
}

/// The objects in `text`. Refuses what kustomize does not render: an error message can be YAML too.
fn objects(text: &str) -> Result<List<'_>, Diagnostic> {
    let hint = |problem: Diagnostic| Diagnostic {
        hint: Some("`kustomize build OVERLAY | kubectl promote check OVERLAY`".to_owned()),
        ..problem
    };
    let list = List::stream(text).map_err(hint)?;
    let is_object = |item: &Item<'_>| item.kind().is_some() && item.api_version().is_some();
    let other = list.items.iter().position(|item| !is_object(item)).map(|at| at + 1);
    let message = match other {
        Some(number) => format!(
            "document {number} is no Kubernetes object: it has no `apiVersion` or no `kind`"
        ),
        None if list.items.is_empty() => "nothing was rendered: there is no object".to_owned(),
        None => return Ok(list),
    };
    Err(hint(Diagnostic::error(message)))
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
