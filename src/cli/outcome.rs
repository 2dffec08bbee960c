//! A run's plans in the format that was asked for.

use std::io::{BufWriter, Write as _};

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::cli::args::Format;
use crate::cli::look::Look;
use crate::cli::{hunks, is_closed_pipe, table};
use crate::diagnostic::{Diagnostic, printable};
use crate::kind::Value;
use crate::plan::{Found, Plan, Summary, Verdict};
use crate::promotion::{API_VERSION, Promotion};

/// What became of the changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// They were written.
    Written,
    /// They were only shown.
    DryRun,
    /// Something stands in the way, so none was written.
    Refused,
}

/// Prints `found` to stdout. Where nobody reads it any more, the run goes on: its exit code and its
/// errors are for others.
pub(super) fn print(
    found: &Found,
    fate: Fate,
    promotion: &Promotion,
    format: Format,
    look: &Look,
) -> Result<()> {
    if look.quiet {
        return Ok(());
    }
    let result = match fate {
        Fate::Written => "the promotion was made, but its report cannot be printed",
        Fate::DryRun | Fate::Refused => "the report cannot be printed",
    };
    match show(found, fate, promotion, format, look) {
        Err(error) if is_closed_pipe(&error) => Ok(()),
        shown => shown.context(result),
    }
}

fn show(
    found: &Found,
    fate: Fate,
    promotion: &Promotion,
    format: Format,
    look: &Look,
) -> Result<()> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    match format {
        Format::Table | Format::Wide => {
            let wide = format == Format::Wide;
            write!(out, "{}", table::render(&found.plans, fate, wide, !look.no_headers))?;
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &Output::new(found, fate, promotion))
                .map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Format::Yaml => {
            write!(out, "{}", serde_yaml::to_string(&Output::new(found, fate, promotion))?)?;
        }
        Format::Name => {
            for change in found.plans.iter().flat_map(|plan| &plan.changes) {
                if change.verdict.writes() {
                    writeln!(out, "{}/{}", change.kind, printable(&change.key))?;
                }
            }
        }
        Format::Diff => {
            for file in found.plans.iter().flat_map(|plan| &plan.files) {
                write!(out, "{}", hunks::unified(file))?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// The machine-readable plan of a run.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output<'f> {
    api_version: &'static str,
    kind: &'static str,
    /// Absent where every target is pinned by itself.
    #[serde(skip_serializing_if = "str::is_empty")]
    from: &'f str,
    /// Whether files were written.
    written: bool,
    dry_run: bool,
    targets: Vec<Target<'f>>,
    summary: Summary,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diagnostics: Vec<&'f Diagnostic>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'f> {
    path: &'f str,
    changed_files: Vec<&'f str>,
    changes: Vec<Row<'f>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diagnostics: Vec<&'f Diagnostic>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'f> {
    kind: &'f str,
    key: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<&'f Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<&'f Value>,
    /// The branch or tag that the new commit was looked up by.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_from: Option<&'f str>,
    status: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    file: &'f str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

impl<'f> Output<'f> {
    fn new(found: &'f Found, fate: Fate, promotion: &'f Promotion) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "Plan",
            from: &promotion.from,
            written: fate == Fate::Written && found.changes(),
            dry_run: fate == Fate::DryRun,
            targets: found.plans.iter().map(|plan| Target::new(plan, fate)).collect(),
            summary: Summary::of(&found.plans),
            diagnostics: found.general.iter().collect(),
        }
    }
}

impl<'f> Target<'f> {
    fn new(plan: &'f Plan, fate: Fate) -> Self {
        let rows = plan.changes.iter().map(|change| Row {
            kind: change.kind,
            key: &change.key,
            old: change.old.as_ref(),
            new: change.new.as_ref().filter(|_| change.verdict != Verdict::Inherited),
            resolved_from: change.named.as_deref(),
            status: change.verdict.word(),
            reason: change.verdict.reason(),
            file: change.file.as_str(),
            line: (change.line > 0).then_some(change.line),
        });
        Self {
            path: &plan.target,
            changed_files: match fate {
                Fate::Refused => Vec::new(),
                _ => plan.files.iter().map(|file| file.path.as_str()).collect(),
            },
            changes: rows.collect(),
            diagnostics: plan.refusals().into_iter().chain(&plan.cautions).collect(),
        }
    }
}
