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
    let Summary { promoted, added, unchanged, held, refused, missing, extra, inherited, left } =
        *summary;
    let written = match fate {
        Fate::Written => [(promoted, "promoted"), (added, "added")],
        Fate::DryRun => [(promoted + added, "to promote"), (0, "")],
        Fate::Refused => [(promoted + added, "not promoted"), (0, "")],
    };
    let others = [
        (unchanged, "unchanged"),
        (held, "held"),
        (refused, "refused"),
        (missing, "missing"),
        (extra, "extra"),
        (inherited, "inherited"),
        (left, "left"),
    ];
    let counts = written.iter().chain(&others).filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, what)| format!("{count} {what}")).collect();
    let nothing = promoted + added == 0;
    match (fate, counts.is_empty()) {
        (Fate::Refused, true) => "nothing was written".to_owned(),
        (Fate::Refused, false) => format!("nothing was written: {}", counts.join(", ")),
        (_, true) => format!("nothing to promote from {from}"),
        (Fate::DryRun, _) => format!("nothing was written (dry run): {}", counts.join(", ")),
        (Fate::Written, _) if nothing => format!("nothing to promote: {}", counts.join(", ")),
        (Fate::Written, _) => counts.join(", "),
    }
}
