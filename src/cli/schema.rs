//! `kubectl promote schema`: the JSON Schemas of the objects that it reads and writes.

use std::io::Write as _;

use anyhow::Result;
use schemars::schema_for;

use crate::cli::Outcome;
use crate::cli::args::{Object, SchemaArgs};
use crate::promotion::PromotionObject;
use crate::release::ReleaseObject;

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
