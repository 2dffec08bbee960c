//! `kubectl promote schema`: the JSON Schema of the function's configuration.

use std::io::Write as _;

use anyhow::Result;

use crate::cli::Outcome;
use crate::promotion::PromotionObject;

pub(super) fn run() -> Result<Outcome> {
    let schema = schemars::schema_for!(PromotionObject);
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}", serde_json::to_string_pretty(&schema)?)?;
    out.flush()?;
    Ok(Outcome::Done)
}
