//! Where the function's configuration stands: relative paths begin there.

use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostic;
use crate::krm::config;
use crate::krm::item::Item;
use crate::krm::list::List;
use crate::krm::package::Package;
use crate::promotion::Promotion;
use crate::tree::dir_of;

/// The directory of the file that the configuration of `list` stands in; the package's root for one
/// that stands in none.
///
/// Only `kpt fn render` says which file that is. `kpt fn eval --fn-config` does not, and `kpt fn source`
/// gives a path that begins elsewhere: so the item that is the same object is looked for.
///
/// # Errors
/// A diagnostic where several items are the same object.
pub(super) fn home(
    list: &List<'_>,
    package: &Package<'_>,
    promotion: &Promotion,
) -> Result<Utf8PathBuf, Diagnostic> {
    let Some(own) = &list.config else { return Ok(Utf8PathBuf::from(".")) };
    let told = package.path(own);
    let same =
        |item: &&Item<'_>| is_same(item, own) && promotion_of(item).as_ref() == Some(promotion);
    let mut found: Vec<_> =
        list.items.iter().filter(same).filter_map(|item| package.path(item)).collect();
    found.sort();
    found.dedup();
    if let Some(path) = told.as_ref().filter(|path| found.contains(path)) {
        return Ok(dir_of(path));
    }
    match found.as_slice() {
        [] => Ok(told.as_deref().map_or_else(|| Utf8PathBuf::from("."), dir_of)),
        [path] => Ok(dir_of(path)),
        [first, second, ..] => {
            let message = format!(
                "the function's configuration stands in `{first}` and in `{second}`, and the runner does not say which is meant"
            );
            Err(Diagnostic::error(message).hint("give each a `metadata.name` of its own"))
        }
    }
}

fn is_same(item: &Item<'_>, own: &Item<'_>) -> bool {
    let id = |item: &Item<'_>| {
        [item.api_version(), item.kind(), item.name()].map(|part| part.map(str::to_owned))
    };
    id(item) == id(own)
}

fn promotion_of(item: &Item<'_>) -> Option<Promotion> {
    config::parse(&item.sheet().0).ok()
}
