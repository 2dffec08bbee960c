//! `kubectl promote schema`: the JSON Schemas of the objects that it reads and writes.

use std::io::Write as _;

use anyhow::Result;
use clap::{Args, ValueEnum};
use schemars::schema_for;

use crate::cli::Outcome;
use crate::promotion::PromotionObject;
use crate::release::ReleaseObject;

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
}

pub(super) fn run(args: &SchemaArgs) -> Result<Outcome> {
    let schema = match args.object {
        Object::Promotion => schema_for!(PromotionObject),
        Object::Release => schema_for!(ReleaseObject),
    };
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}", serde_json::to_string_pretty(&schema)?)?;
    out.flush()?;
    Ok(Outcome::Done)
}
