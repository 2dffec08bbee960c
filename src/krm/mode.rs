//! The two worlds in which a function runs: files of a package, and objects that kustomize rendered.

use camino::Utf8Path;

use crate::diagnostic::Diagnostic;
use crate::edit::Edit;
use crate::krm::entry::{Entry, File};
use crate::krm::host::Host;
use crate::krm::item::Item;
use crate::krm::list::List;
use crate::promotion::Promotion;

/// What the items are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Files, kustomization files among them.
    Files,
    /// Objects, as kustomize gives them to transformers.
    Rendered,
}

/// What is to be done.
pub(super) struct Task<'a> {
    pub(super) list: &'a List<'a>,
    /// Whether images are compared with what they should be, whoever made them what they are: then the
    /// target may be its own source.
    pub(super) all: bool,
    /// How many changed images get a result of their own.
    pub(super) most: usize,
    pub(super) promotion: &'a Promotion,
    pub(super) host: &'a Host,
}

/// What a mode makes of a task.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// The bytes of the input that change, in their order. None are made where it is refused.
    pub(super) edits: Vec<Edit>,
    /// How many images changed.
    pub(super) images: usize,
    /// The results that the list gets.
    pub(super) entries: Vec<Entry>,
    /// What goes to stderr: errors refuse the whole.
    pub(super) problems: Vec<Diagnostic>,
    /// The files that they name are on disk, and their lines as they are said. Runners write the files
    /// that are items anew.
    pub(super) on_disk: bool,
}

impl Made {
    /// Nothing, because of `problem`.
    pub(super) fn refused(problem: Diagnostic) -> Self {
        let entries = vec![Entry::new(&problem)];
        Self { entries, problems: vec![problem], ..Self::default() }
    }

    /// The same, made of what stands on disk: what is no file there is named in no result.
    #[must_use]
    pub(super) fn of_disk(mut self) -> Self {
        let is_there = |file: &File| Utf8Path::new(&file.path).is_file();
        for entry in &mut self.entries {
            entry.file = entry.file.take().filter(is_there);
        }
        Self { on_disk: true, ..self }
    }

    /// Whether anything stands in the way.
    pub(super) fn is_refused(&self) -> bool {
        crate::plan::any_error(&self.problems)
    }
}

/// What `list` is: kustomize marks every object that it gives to a function. A package may hold such
/// an object too, which somebody rendered and kept, and kustomize gives no kustomizations.
///
/// # Errors
/// A diagnostic for the files of a package without any kustomization, and for a list of nothing: the
/// working directory of kpt's functions is anybody's.
pub(super) fn of(list: &List<'_>) -> Result<Mode, Diagnostic> {
    if list.items.iter().any(|item| item.is_kustomization() && !item.is_rendered()) {
        return Ok(Mode::Files);
    }
    if list.items.iter().any(Item::is_rendered) {
        return Ok(Mode::Rendered);
    }
    if list.items.is_empty() {
        let message = "there are no items, so there is nothing to promote";
        let hint = "in a Kptfile leave `selectors` out: they do not match a kustomization without a `kind`";
        return Err(Diagnostic::error(message).hint(hint));
    }
    if list.items.iter().any(|item| item.path().is_some()) {
        let message = "no kustomization file is among the items, so there is nothing to promote";
        let hint = "run the function on a directory with overlays; files called `Kustomization` and those in `.krmignore` do not reach it";
        return Err(Diagnostic::error(message).hint(hint));
    }
    Ok(Mode::Rendered)
}
