//! `kubectl promote schema`: the JSON Schemas of the objects that it reads and writes.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::cli::look::listed;
use crate::cli::{Outcome, stdout};

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
    #[arg(value_enum, default_value_t, ignore_case = true, help = listed::<Object>("Which object"),
          hide_possible_values = true)]
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

impl Object {
    /// Its schema, as it is published.
    const fn schema(self) -> &'static str {
        match self {
            Self::Promotion => include_str!("../../krm/promotion.schema.json"),
            Self::Release => include_str!("../../krm/release.schema.json"),
            Self::Plan => include_str!("../../plugin/plan.schema.json"),
            Self::Check => include_str!("../../plugin/check.schema.json"),
            #[cfg(feature = "cluster")]
            Self::Running => include_str!("../../plugin/running.schema.json"),
        }
    }
}

pub(super) fn run(args: &SchemaArgs) -> Result<Outcome> {
    stdout::answer(|out| Ok(out.write_all(args.object.schema().as_bytes())?))?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use schemars::generate::SchemaSettings;
    use schemars::{JsonSchema, Schema, schema_for};

    use super::*;
    use crate::cli::check::CheckOutput;
    use crate::cli::json::PlanOutput;
    #[cfg(feature = "cluster")]
    use crate::cli::running::RunningOutput;
    use crate::promotion::PromotionObject;
    use crate::release::ReleaseObject;

    /// `SNAPSHOTS=overwrite` writes the schemas anew.
    #[test]
    fn the_schemas_are_those_of_the_types() {
        for (path, object, schema) in [
            ("krm/promotion", Object::Promotion, schema_for!(PromotionObject)),
            ("krm/release", Object::Release, schema_for!(ReleaseObject)),
            ("plugin/plan", Object::Plan, printed::<PlanOutput<'static>>()),
            ("plugin/check", Object::Check, printed::<CheckOutput<'static>>()),
            #[cfg(feature = "cluster")]
            ("plugin/running", Object::Running, printed::<RunningOutput<'static>>()),
        ] {
            let wanted = serde_json::to_string_pretty(&schema).unwrap() + "\n";
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{path}.schema.json"));
            if std::env::var("SNAPSHOTS").as_deref() == Ok("overwrite") {
                fs::write(&path, &wanted).unwrap();
            }
            assert!(object.schema() == wanted, "{} is stale: SNAPSHOTS=overwrite", path.display());
        }
    }

    /// The schema of what is printed, and not of what is read: what may be left out is not required.
    fn printed<T: JsonSchema>() -> Schema {
        SchemaSettings::default().for_serialize().into_generator().into_root_schema_for::<T>()
    }
}
