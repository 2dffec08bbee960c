//! A run's plans in the format that was asked for.

use std::io::Write;

use anyhow::{Context as _, Result};

use crate::cli::args::Format;
use crate::cli::json::PlanOutput;
use crate::cli::look::Look;
use crate::cli::{hunks, report, stdout, table};
use crate::diagnostic::printable;
use crate::plan::Found;
use crate::promotion::Promotion;

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

/// How a run is to be printed.
pub(super) struct Asked<'a> {
    /// The request.
    pub(super) promotion: &'a Promotion,
    /// In which form.
    pub(super) format: Format,
    /// How it looks.
    pub(super) look: &'a Look,
    /// Whether nothing was to be written, whatever was found.
    pub(super) dry_run: bool,
}

impl Asked<'_> {
    /// What was `found`. Programs get an object that says why where nothing could be.
    ///
    /// # Errors
    /// That of `found`, for people.
    pub(super) fn found(&self, found: Result<Found>) -> Result<Found> {
        match (found, self.format) {
            (Err(error), Format::Json | Format::Yaml) => {
                Ok(Found { plans: Vec::new(), general: vec![report::told(error)] })
            }
            (found, _) => found,
        }
    }
}

/// Prints `found` to stdout.
pub(super) fn print(found: &Found, fate: Fate, asked: &Asked<'_>) -> Result<()> {
    if asked.look.quiet {
        return Ok(());
    }
    let result = match fate {
        Fate::Written => "the promotion was made, but its report cannot be printed",
        Fate::DryRun | Fate::Refused => "the report cannot be printed",
    };
    stdout::answer(|out| show(out, found, fate, asked)).context(result)
}

fn show(out: &mut dyn Write, found: &Found, fate: Fate, asked: &Asked<'_>) -> Result<()> {
    let Asked { promotion, format, look, dry_run } = *asked;
    let plan = || PlanOutput::new(found, fate, promotion, dry_run);
    match format {
        Format::Table | Format::Wide => {
            let wide = format == Format::Wide;
            write!(out, "{}", table::render(&found.plans, fate, wide, !look.no_headers))?;
        }
        Format::Json => stdout::json(out, &plan())?,
        Format::Yaml => write!(out, "{}", serde_yaml::to_string(&plan())?)?,
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
    Ok(())
}
