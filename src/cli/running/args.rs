//! The arguments of `running`.

use clap::{Args, ValueEnum};

use crate::cli::cluster::Access;
use crate::cli::look::{Output, Verbosity};

/// Shown with the help.
pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  # What of the overlay in this directory runs
  kubectl promote running
  # The same of production's cluster, with whole images and digests
  kubectl promote running overlays/prod --context prod -o wide
  # Fail where the cluster has something else than Git
  kubectl promote running overlays/prod --exit-code";

/// Arguments of `running`.
#[derive(Debug, Args)]
pub(in crate::cli) struct RunningArgs {
    /// The overlay: a directory, or PATH@REV as it was at a Git revision
    #[arg(value_name = "OVERLAY", default_value = ".", hide_default_value = true)]
    pub(super) overlay: String,
    /// Exit with 1 where anything differs
    #[arg(long, help_heading = "Output")]
    pub(super) exit_code: bool,
    #[command(flatten)]
    pub(super) output: Output<Format>,
    /// Print no column headers
    #[arg(long, help_heading = "Output")]
    pub(super) no_headers: bool,
    #[command(flatten)]
    pub(super) verbosity: Verbosity,
    #[command(flatten)]
    pub(super) access: Access,
}

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A table
    Table,
    /// The table with whole images and digests
    Wide,
    /// All of it
    Json,
}
