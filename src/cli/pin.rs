//! `kubectl promote pin OVERLAY…`: tags to digests where nothing else is to change.

use anyhow::Result;

use crate::cli::args::PinArgs;
use crate::cli::{Outcome, promote};

pub(super) fn run(args: &PinArgs) -> Result<Outcome> {
    promote::make(&args.promotion(), &args.network, &args.how)
}
