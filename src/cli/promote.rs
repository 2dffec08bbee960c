//! `kubectl promote FROM TO…`: plan, write, print.

use anyhow::Result;

use crate::cli::args::{DryRun, PromoteArgs};
use crate::cli::outcome::{Fate, print};
use crate::cli::{Outcome, found, report};
use crate::io::write::{Change, write_all};
use crate::plan::{Plan, Summary};

pub(super) fn run(args: &PromoteArgs) -> Result<Outcome> {
    args.look.color.apply();
    let promotion = args.what.promotion();
    let found = found::find(&promotion, args.look.verbose > 0)?;
    let fate = match (found.is_refused(), args.dry_run) {
        (true, _) => Fate::Refused,
        (false, DryRun::Client) => Fate::DryRun,
        (false, DryRun::None) => Fate::Written,
    };
    if fate == Fate::Written && found.changes() {
        write_all(&changes(&found.plans))?;
    }
    print(&found, fate, &promotion, args.output, &args.look)?;
    report::found(&found);
    if !args.look.quiet {
        report::note(&summary(&Summary::of(&found.plans), fate, &promotion.from));
    }
    Ok(match fate {
        Fate::Refused => Outcome::Failed,
        _ if !found.changes() && args.error_unchanged => Outcome::Unchanged,
        _ => Outcome::Done,
    })
}

fn changes(plans: &[Plan]) -> Vec<Change> {
    let files = plans.iter().flat_map(|plan| &plan.files);
    let changes = files.map(|file| Change {
        path: file.path.clone(),
        before: file.before.clone(),
        after: file.after.clone(),
    });
    changes.collect()
}

/// The run in one line.
fn summary(summary: &Summary, fate: Fate, from: &str) -> String {
    let Summary { promoted, added, unchanged, held, refused, missing, left } = *summary;
    let mut parts = Vec::new();
    let mut count = |count: usize, what: &str| {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    };
    match fate {
        Fate::Written => {
            count(promoted, "promoted");
            count(added, "added");
        }
        Fate::DryRun => count(promoted + added, "to promote"),
        Fate::Refused => count(promoted + added, "not promoted"),
    }
    count(unchanged, "unchanged");
    count(held, "held");
    count(refused, "refused");
    count(missing, "missing");
    count(left, "left");
    let counts = parts.join(", ");
    match fate {
        Fate::Refused => format!("nothing was written: {counts}"),
        Fate::DryRun => format!("nothing was written (dry run): {counts}"),
        Fate::Written if promoted + added == 0 && counts.is_empty() => {
            format!("nothing to promote from {from}")
        }
        Fate::Written if promoted + added == 0 => format!("nothing to promote: {counts}"),
        Fate::Written => counts,
    }
}
