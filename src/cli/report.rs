//! What goes to stderr: errors with their place, warnings, and one line about the run.

use std::collections::HashSet;
use std::io::Write as _;

use annotate_snippets::level::{ERROR, HELP, Level, WARNING};
use annotate_snippets::{AnnotationKind, Group, Origin, Renderer, Snippet};
use anstream::ColorChoice;
use anstream::adapter::strip_str;

use crate::cli::found::Found;
use crate::diagnostic::{Diagnostic, Severity};

/// Errors of the run, then warnings.
pub(super) fn found(found: &Found) {
    let refusals = found.plans.iter().flat_map(|plan| plan.refusals());
    let all: Vec<_> = found
        .general
        .iter()
        .chain(refusals)
        .chain(found.plans.iter().flat_map(|plan| &plan.cautions))
        .collect();
    let mut shown: HashSet<&Diagnostic> = HashSet::new();
    for severity in [Severity::Warning, Severity::Error] {
        for diagnostic in all.iter().filter(|diagnostic| diagnostic.severity == severity) {
            if shown.insert(diagnostic) {
                say(diagnostic);
            }
        }
    }
}

/// The error that ended the run.
pub(super) fn failure(error: anyhow::Error) {
    match error.downcast::<Diagnostic>() {
        Ok(diagnostic) => say(&diagnostic),
        Err(error) => say(&Diagnostic::error(format!("{error:#}"))),
    }
}

/// A line about the run.
pub(super) fn note(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let mut line = match stderr.current_choice() {
        // The stream would write what stands between two escapes, one by one.
        ColorChoice::Never => strip_str(text).to_string(),
        _ => text.to_owned(),
    };
    line.push('\n');
    // There is nowhere to report that stderr is gone.
    let _ = stderr.write_all(line.as_bytes());
}

fn say(diagnostic: &Diagnostic) {
    let text = Renderer::styled().render(&[group(diagnostic)]);
    note(&text);
}

fn group(diagnostic: &Diagnostic) -> Group<'_> {
    let level: Level<'_> = match diagnostic.severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
    };
    let mut group = Group::with_title(level.primary_title(diagnostic.message.as_str()));
    let file = diagnostic.file.as_ref().map(|file| file.as_str());
    match (file, &diagnostic.place) {
        (Some(file), Some(place)) => {
            let position = place.position;
            match place.excerpt.as_deref() {
                Some(line) => {
                    let start = offset(line, position.column - 1);
                    let end = offset(line, position.column - 1 + place.width);
                    let span = AnnotationKind::Primary.span(start..end.max(start));
                    let snippet = Snippet::source(line).line_start(position.line).path(file);
                    group = group.element(snippet.annotation(span));
                }
                None => {
                    let origin =
                        Origin::path(file).line(position.line).char_column(position.column);
                    group = group.element(origin);
                }
            }
        }
        (Some(file), None) => group = group.element(Origin::path(file)),
        (None, _) => {}
    }
    match &diagnostic.hint {
        Some(hint) => group.element(HELP.with_name("hint").message(hint.as_str())),
        None => group,
    }
}

/// The byte at which the character number `column` begins.
fn offset(line: &str, column: usize) -> usize {
    line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
}
