//! The target of rendered objects: the kustomization in the working directory, which made their
//! images what they are; or, where that cannot be read, what the configuration says about names.

use crate::diagnostic::Diagnostic;
use crate::krm::mode::Task;
use crate::krm::rendered::source::Given;
use crate::overlay::{FILE_NAMES, Overlay, Reach, gather};
use crate::promotion::Promotion;
use crate::tree::{Content, Tree, join};
use crate::yaml::{Quote, quoted};

/// The files around the target: those in the working directory, or a kustomization that has the images
/// of `given` and no versions of them.
///
/// # Errors
/// A diagnostic for a source that cannot be read.
pub(super) fn tree(task: &Task<'_>, given: &Option<Given<'_>>) -> Result<Tree, Diagnostic> {
    let mut tree = Tree::default();
    if is_here(task) {
        gather(&mut tree, &task.host.home, Reach::Own, &mut |path| crate::io::fs::read(path));
        return Ok(tree);
    }
    let keys = given.as_ref().map(Given::image_keys).transpose()?.unwrap_or_default();
    let mut text = String::from("resources: []\nimages:\n");
    for key in keys {
        text.push_str(&format!("- name: {}\n", quoted(&key, Quote::Double)));
    }
    tree.insert(join(&task.host.home, FILE_NAMES[0]), Content::Bytes(text.into_bytes()));
    Ok(tree)
}

/// The target, and the request as it is for that target.
///
/// # Errors
/// A diagnostic for a kustomization that cannot be read.
pub(super) fn read<'t>(
    task: &Task<'_>,
    tree: &'t Tree,
    given: &Option<Given<'_>>,
) -> Result<(Overlay<'t>, Promotion), Diagnostic> {
    let overlay = Overlay::read(tree, &task.host.home, task.host.home.as_str(), None)?;
    let mut promotion = task.promotion.clone();
    if !is_here(task) {
        // It names no versions, so whatever the source has is added.
        promotion.add = given.is_some();
        promotion.kinds = vec!["images".to_owned()];
    }
    Ok((overlay, promotion))
}

/// Whether the directory is that of a kustomization: not so in a container.
pub(super) fn is_here(task: &Task<'_>) -> bool {
    FILE_NAMES.iter().any(|name| task.host.home.join(name).is_file())
}
