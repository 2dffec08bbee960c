//! `kubectl promote schema`: the JSON Schemas of the objects that it reads and writes.

use std::io::Write as _;

use anyhow::Result;
use clap::{Args, ValueEnum};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, schema_for};

use crate::cli::Outcome;
use crate::cli::check::CheckOutput;
use crate::cli::json::PlanOutput;
#[cfg(feature = "cluster")]
use crate::cli::running::RunningOutput;
use crate::promotion::PromotionObject;
use crate::release::ReleaseObject;

/// Shown with the help.
pub(super) const EXAMPLES: &str = "\
Examples:
  # Check what you write for the function while you write it
  kubectl promote schema > promotion.schema.json
  # The same for releases
  kubectl promote schema release > release.schema.json";

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Which object
    #[arg(value_enum, default_value_t, ignore_case = true)]
    object: Object,
}

/// An object that has a schema.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Object {
    /// The configuration of the function
    #[default]
    Promotion,
    /// The versions of an overlay at one moment
    Release,
    /// What `promote`, `diff` and `pin` print with `-o json`
    Plan,
    /// What `check` prints with `-o json`
    Check,
    /// What `running` prints with `-o json`
    #[cfg(feature = "cluster")]
    Running,
}

pub(super) fn run(args: &SchemaArgs) -> Result<Outcome> {
    let schema = match args.object {
        Object::Promotion => schema_for!(PromotionObject),
        Object::Release => schema_for!(ReleaseObject),
        Object::Plan => printed::<PlanOutput<'static>>(),
        Object::Check => printed::<CheckOutput<'static>>(),
        #[cfg(feature = "cluster")]
        Object::Running => printed::<RunningOutput<'static>>(),
    };
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}", serde_json::to_string_pretty(&schema)?)?;
    out.flush()?;
    Ok(Outcome::Done)
}

/// The schema of what is printed, and not of what is read: what may be left out is not required.
fn printed<T: JsonSchema>() -> Schema {
    SchemaSettings::default().for_serialize().into_generator().into_root_schema_for::<T>()
}
