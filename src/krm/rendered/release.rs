//! Which release among the objects is meant: one stands for the overlay that `from` names, and never
//! for another release.

use camino::Utf8Path;

use crate::diagnostic::Diagnostic;
use crate::krm::item::Item;
use crate::krm::mode::Task;
use crate::release;
use crate::yaml::{Document, NodeId, Type};

/// Where kustomize keeps the names that an object had before prefixes and suffixes.
const OLDER_NAMES: &str = "internal.config.kubernetes.io/previousNames";

/// The release among the objects that is meant; `None` where there is none, and where `from` is a
/// file of its own.
///
/// # Errors
/// A diagnostic for several releases, for one of another name or version, and for one that kustomize
/// cannot have left as it was.
pub(super) fn find<'a>(task: &Task<'a>) -> Result<Option<&'a Item<'a>>, Diagnostic> {
    let mut releases = Vec::new();
    for item in task.list.items.iter().filter(|item| item.kind() == Some(release::KIND)) {
        if release::is_known(item.kind(), item.api_version())? {
            releases.push(item);
        }
    }
    let names: Vec<_> = releases.iter().map(|item| names(item)).collect();
    let chosen = choose(&task.promotion.from, &task.host.home, &names)?;
    let chosen = chosen.and_then(|number| releases.get(number).copied());
    chosen.map(intact).transpose()
}

/// The number of the release that `from`, said in the directory `home`, means; `names` has what each
/// of them is called.
///
/// # Errors
/// As [`find`].
pub(in crate::krm) fn choose(
    from: &str,
    home: &Utf8Path,
    names: &[Vec<String>],
) -> Result<Option<usize>, Diagnostic> {
    let known: Vec<_> =
        names.iter().filter_map(|names| names.first()).map(String::as_str).collect();
    let known = known.join("`, `");
    let called = |names: &Vec<String>| names.iter().any(|name| name == from);
    let on_disk = home.join(from);
    let is_name = !from.contains('/') && !is_file_name(from) && !on_disk.exists();
    match (names, names.iter().position(called)) {
        ([], _) => Ok(None),
        (_, Some(number)) if !names[number + 1..].iter().any(called) => Ok(Some(number)),
        // A file that is named is meant, and not what else is there.
        _ if is_file_name(from) && on_disk.is_file() => Ok(None),
        ([_], None) if from.is_empty() || !is_name => Ok(Some(0)),
        ([_], _) => {
            let message = format!("`{from}` is no release among the objects, which have `{known}`");
            Err(Diagnostic::error(message).hint("name that one, or leave `from` out"))
        }
        _ => {
            let message = format!("there are several releases: `{known}`");
            Err(Diagnostic::error(message).hint("name one of them: `from: NAME`"))
        }
    }
}

fn is_file_name(from: &str) -> bool {
    let extension = Utf8Path::new(from).extension();
    extension.is_some_and(|extension| matches!(extension, "yaml" | "yml"))
}

/// What `item` is called, and was called before kustomize gave it prefixes.
fn names(item: &Item<'_>) -> Vec<String> {
    let (sheet, _) = item.sheet();
    let Ok(doc) = Document::parse(&sheet) else { return Vec::new() };
    let older = || {
        let annotations =
            doc.get(doc.get(doc.roots().first()?.node, "metadata")?, "annotations")?;
        doc.get_scalar(annotations, OLDER_NAMES)
    };
    let older = older().unwrap_or_default().split(',').filter(|name| !name.is_empty());
    item.name().into_iter().chain(older).map(str::to_owned).collect()
}

/// `item`, unless it has a version that was a number to kustomize, which wrote `1.10` as `1.1` then and
/// `012` as `10`: it puts text that looks like one in quotes.
fn intact<'a>(item: &'a Item<'a>) -> Result<&'a Item<'a>, Diagnostic> {
    let (sheet, _) = item.sheet();
    let Ok(doc) = Document::parse(&sheet) else { return Ok(item) };
    let spec = doc.roots().first().and_then(|root| doc.get(root.node, "spec"));
    let Some((path, text)) = spec.and_then(|spec| number(&doc, spec)) else { return Ok(item) };
    let name = item.name().unwrap_or_default();
    let message = format!(
        "the release `{name}` has the number `{text}` in `{path}`, and kustomize may have cut it: it is no text"
    );
    Err(Diagnostic::error(message).hint("write the version in quotes, where the release stands"))
}

/// The first value of an entry of a list in `spec` that is a number or a truth value.
fn number(doc: &Document<'_>, spec: NodeId) -> Option<(String, String)> {
    let lists = doc.entries(spec).iter().flat_map(|list| doc.items(list.value));
    let values = lists.flat_map(|item| doc.entries(*item)).map(|entry| entry.value);
    let node = values.into_iter().find(|node| doc.kind(*node) == Type::Other)?;
    let text = doc.scalar(node).unwrap_or_default().to_owned();
    Some((doc.path(spec, doc.node(node).span), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(from: &str, names: &[&[&str]]) -> Result<Option<usize>, String> {
        let names: Vec<Vec<String>> =
            names.iter().map(|names| names.iter().map(|&name| name.into()).collect()).collect();
        choose(from, Utf8Path::new("."), &names).map_err(|problem| problem.message)
    }

    #[test]
    fn a_release_stands_for_an_overlay_and_not_for_another_release() {
        let one: &[&[&str]] = &[&["p-r1", "r1"]];
        for from in ["", "r1", "p-r1", "../staging", "../nowhere", "src", "r1.yaml"] {
            assert_eq!(chosen(from, one), Ok(Some(0)), "{from}");
        }
        assert!(chosen("r2", one).unwrap_err().contains("`r2` is no release among the objects"));
        assert_eq!(chosen("Cargo.yaml", &[]), Ok(None));
        let two: &[&[&str]] = &[&["p-r1", "r1"], &["p-r2", "r2"]];
        assert_eq!((chosen("r2", two), chosen("p-r1", two)), (Ok(Some(1)), Ok(Some(0))));
        for from in ["", "../staging", "r3", "r2.yaml"] {
            assert!(chosen(from, two).unwrap_err().contains("several releases: `p-r1`, `p-r2`"));
        }
        assert!(chosen("r1", &[&["a", "r1"], &["b", "r1"]]).is_err());
    }
}
