//! What goes to stderr. The first line tells the whole story: kpt shows four lines, kustomize none of
//! the results.

use std::io::Write as _;
use std::process::ExitCode;

use crate::diagnostic::{Diagnostic, Severity, printable};
use crate::krm::mode::Made;
use crate::krm::words::said;

/// Tells why nothing came of it.
pub(super) fn failure(failed: &Diagnostic) -> ExitCode {
    problem(failed);
    ExitCode::FAILURE
}

/// Tells the errors, then the warnings.
pub(super) fn made(made: &Made) {
    for severity in [Severity::Error, Severity::Warning] {
        let mut told: Vec<&Diagnostic> = Vec::new();
        for found in made.problems.iter().filter(|found| found.severity == severity) {
            if !told.contains(&found) {
                told.push(found);
                placed(found, made.on_disk);
            }
        }
    }
}

/// What is told of `problem`, which stands in no file that has lines.
pub(super) fn problem(problem: &Diagnostic) {
    placed(problem, false);
}

/// `kubectl-promote: FILE:LINE: what`, and below it the hint and the line that is meant.
fn placed(problem: &Diagnostic, on_disk: bool) {
    let (message, hint) = said(problem);
    let warning = if problem.severity == Severity::Warning { "warning: " } else { "" };
    // The message may say it already.
    let file = problem.file.as_ref().filter(|file| !message.contains(&format!("`{file}`")));
    let number = problem.place.as_ref().map(|place| place.position.line);
    let file = match (file, number) {
        (Some(file), Some(number)) if on_disk && file.is_file() => format!("{file}:{number}: "),
        (Some(file), _) => format!("{file}: "),
        (None, _) => String::new(),
    };
    line(&format!("{warning}{file}{message}"));
    let detail = |text: String| say(&format!("  {}", printable(&text)));
    if let Some(hint) = hint {
        detail(format!("hint: {hint}"));
    }
    if let Some(excerpt) = problem.place.as_ref().and_then(|place| place.excerpt.as_deref()) {
        detail(format!("| {}", excerpt.trim()));
    }
}

/// A line that begins with the program's name.
pub(super) fn line(text: &str) {
    say(&format!("kubectl-promote: {}", printable(text)));
}

fn say(line: &str) {
    // There is nowhere to report that stderr is gone.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
