//! What goes to stderr: errors with their place, warnings, and one line about the run.

use std::collections::HashSet;
use std::io::Write as _;

use annotate_snippets::level::{ERROR, HELP, Level, WARNING};
use annotate_snippets::{AnnotationKind, Group, Origin, Renderer, Snippet};
use anstream::ColorChoice;
use anstream::adapter::strip_str;

use crate::diagnostic::{Diagnostic, Place, Severity, printable};
use crate::plan::Found;

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
    say(&told(error));
}

/// What there is to say about `error`.
pub(super) fn told(error: anyhow::Error) -> Diagnostic {
    error.downcast().unwrap_or_else(|error| Diagnostic::error(format!("{error:#}")))
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

/// One diagnostic.
pub(super) fn say(diagnostic: &Diagnostic) {
    let diagnostic = Diagnostic {
        message: printable(&diagnostic.message),
        hint: diagnostic.hint.as_deref().map(printable),
        ..diagnostic.clone()
    };
    // One by one: together they would be joined by a line in the margin.
    let parts = groups(&diagnostic).into_iter().map(|group| Renderer::styled().render(&[group]));
    note(&parts.collect::<Vec<_>>().join("\n"));
}

/// The diagnostic with its place; a hint stands with it, or alone where there is no file.
fn groups(diagnostic: &Diagnostic) -> Vec<Group<'_>> {
    let level: Level<'_> = match diagnostic.severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
    };
    let group = Group::with_title(level.primary_title(diagnostic.message.as_str()));
    let hint = diagnostic.hint.as_deref();
    let help = || HELP.with_name("hint");
    match (&diagnostic.file, hint) {
        (None, None) => vec![group],
        (None, Some(hint)) => vec![group, Group::with_title(help().secondary_title(hint))],
        (Some(file), None) => vec![placed(group, file.as_str(), diagnostic.place.as_ref())],
        (Some(file), Some(hint)) => {
            let group = placed(group, file.as_str(), diagnostic.place.as_ref());
            vec![group.element(help().message(hint))]
        }
    }
}

/// `group` with the line that is meant, or with the file's name where no line may be shown.
fn placed<'a>(group: Group<'a>, file: &'a str, place: Option<&'a Place>) -> Group<'a> {
    let Some(place) = place else { return group.element(Origin::path(file)) };
    let position = place.position;
    let Some(line) = place.excerpt.as_deref() else {
        return group.element(Origin::path(file).line(position.line).char_column(position.column));
    };
    let start = offset(line, position.column - 1);
    let end = offset(line, position.column - 1 + place.width);
    let span = AnnotationKind::Primary.span(start..end.max(start));
    group.element(Snippet::source(line).line_start(position.line).path(file).annotation(span))
}

/// The byte at which the character number `column` begins.
fn offset(line: &str, column: usize) -> usize {
    line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
}
