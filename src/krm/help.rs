//! `--help` of the function: Markdown, as `kpt fn doc` shows it.

use std::process::ExitCode;

use crate::krm::{output, told};

const HELP: &str = include_str!("help.md");

/// Prints what the function does.
pub(super) fn print() -> ExitCode {
    match output::stdout(HELP) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => told::failure(&problem),
    }
}
