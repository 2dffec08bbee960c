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
                problem(found);
            }
        }
    }
}

/// `kubectl-promote: FILE: what`, and below it the hint and the line that is meant.
pub(super) fn problem(problem: &Diagnostic) {
    let (message, hint) = said(problem);
    let warning = if problem.severity == Severity::Warning { "warning: " } else { "" };
    let file = problem.file.as_ref().map(|file| format!("{file}: ")).unwrap_or_default();
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
