//! `kubectl promote FROM TO…`: plan, write, print.

use anyhow::Result;

use crate::cli::args::{DryRun, Format, How, PromoteArgs, What};
use crate::cli::ask::Asker;
use crate::cli::cluster::Gates;
use crate::cli::network::Network;
use crate::cli::outcome::{Asked, Fate, print};
use crate::cli::{Outcome, found, report};
use crate::io::write::{Change, write_all};
use crate::plan::{Plan, Summary};
use crate::promotion::Promotion;

pub(super) fn run(args: &PromoteArgs) -> Result<Outcome> {
    let What { network, gates, .. } = &args.what;
    make(&args.what.promotion(), network, gates, &args.how)
}

/// Makes `promotion`: plan, write, print.
pub(super) fn make(
    promotion: &Promotion,
    network: &Network,
    gates: &Gates,
    how: &How,
) -> Result<Outcome> {
    let (format, dry_run) = (how.output.or(Format::Table), how.dry_run == DryRun::Client);
    let asked = Asked { promotion, format, look: &how.look, dry_run };
    let found = found::find(promotion, gates, &mut Asker::of(network, &how.look));
    let found = asked.found(found)?;
    let fate = match (found.is_refused(), dry_run) {
        (true, _) => Fate::Refused,
        (false, true) => Fate::DryRun,
        (false, false) => Fate::Written,
    };
    if fate == Fate::Written && found.changes() {
        write_all(&changes(&found.plans))?;
    }
    print(&found, fate, &asked)?;
    report::found(&found);
    if !how.look.quiet {
        report::note(&summary(&Summary::of(&found.plans), fate, promotion));
    }
    Ok(match fate {
        Fate::Refused => Outcome::Failed,
        _ if !found.changes() && how.error_unchanged => Outcome::Unchanged,
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
fn summary(summary: &Summary, fate: Fate, promotion: &Promotion) -> String {
    let Summary { promoted, added, pinned, .. } = *summary;
    let writes = promoted + added + pinned;
    let verb = if promotion.from.is_empty() { "pin" } else { "promote" };
    let written = match fate {
        Fate::Written => {
            [(promoted, "promoted".to_owned()), (added, "added".into()), (pinned, "pinned".into())]
        }
        Fate::DryRun => [(writes, format!("to {verb}")), (0, String::new()), (0, String::new())],
        Fate::Refused => {
            let not = if verb == "pin" { "not pinned" } else { "not promoted" };
            [(writes, not.to_owned()), (0, String::new()), (0, String::new())]
        }
    };
    let others = [
        (summary.unchanged, "unchanged"),
        (summary.held, "held"),
        (summary.refused, "refused"),
        (summary.unresolved, "unresolved"),
        (summary.missing, "missing"),
        (summary.extra, "extra"),
        (summary.inherited, "inherited"),
        (summary.left, "left"),
    ];
    let others = others.map(|(count, what)| (count, what.to_owned()));
    let counts = written.iter().chain(&others).filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, what)| format!("{count} {what}")).collect();
    match (fate, counts.is_empty()) {
        (Fate::Refused, true) => "nothing was written".to_owned(),
        (Fate::Refused, false) => format!("nothing was written: {}", counts.join(", ")),
        (_, true) if verb == "pin" => "nothing to pin".to_owned(),
        (_, true) => format!("nothing to promote from {}", promotion.from),
        (Fate::DryRun, _) => format!("nothing was written (dry run): {}", counts.join(", ")),
        (Fate::Written, _) if writes == 0 => format!("nothing to {verb}: {}", counts.join(", ")),
        (Fate::Written, _) => counts.join(", "),
    }
}
