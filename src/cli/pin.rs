//! `kubectl promote pin OVERLAY…`: tags to digests where nothing else is to change.

use anyhow::Result;
use clap::Args;

use crate::cli::args::How;
use crate::cli::cluster::Gates;
use crate::cli::network::Network;
use crate::cli::{Outcome, promote};
use crate::promotion::{Pin, Promotion};

/// Shown with the help.
pub(super) const EXAMPLES: &str = "\
Examples:
  # Write the digest that every tag of prod is now beside it
  kubectl promote pin overlays/prod
  # Pin the refs of remote bases to commits too
  kubectl promote pin overlays/prod --pin images,refs
  # See what the tags are, and write nothing
  kubectl promote pin overlays/prod --dry-run -o wide";

/// Arguments of pinning.
#[derive(Debug, Args)]
pub(super) struct PinArgs {
    /// The overlays to pin
    #[arg(required = true, value_name = "OVERLAY")]
    overlays: Vec<String>,
    /// What to pin; images by default
    #[arg(
        long,
        value_name = "images|refs",
        value_delimiter = ',',
        default_value = "images",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pin: Vec<Pin>,
    /// Pin only keys that match, or KIND=GLOB; repeatable
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Leave out keys that match, or KIND=GLOB; repeatable
    #[arg(long, value_name = "GLOB")]
    except: Vec<String>,
    #[command(flatten)]
    pub(super) network: Network,
    #[command(flatten)]
    pub(super) gates: Gates,
    #[command(flatten)]
    pub(super) how: How,
}

impl PinArgs {
    /// The request that these arguments make: every overlay is its own source.
    pub(super) fn promotion(&self) -> Promotion {
        Promotion {
            to: self.overlays.clone(),
            kinds: self.pin.iter().map(|pin| pin.kind().to_owned()).collect(),
            only: self.only.clone(),
            except: self.except.clone(),
            pin: self.pin.clone(),
            digest_from: self.gates.digest_from,
            ..Promotion::default()
        }
    }
}

pub(super) fn run(args: &PinArgs) -> Result<Outcome> {
    promote::make(&args.promotion(), &args.network, &args.gates, &args.how)
}
