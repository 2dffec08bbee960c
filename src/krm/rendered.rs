//! Objects that kustomize rendered: there are no files to edit.

use crate::diagnostic::Diagnostic;
use crate::krm::mode::{Made, Task};

/// What `task` makes of rendered objects.
///
/// # Errors
/// Always, for now: a transformer that does nothing would be believed to have done something.
pub(super) fn promote(task: &Task<'_>) -> Result<Made, Diagnostic> {
    let count = task.list.items.len();
    let message = format!("{count} rendered objects came in, and this build promotes files only");
    Err(Diagnostic::error(message)
        .hint("run the function with kpt, or promote with `kubectl promote FROM TO`"))
}
