//! `kubectl promote running [OVERLAY]`: what an overlay says beside what runs.

mod args;
#[cfg(feature = "cluster")]
mod shown;

use anyhow::Result;

use crate::cli::Outcome;
pub(super) use args::{EXAMPLES, RunningArgs};
#[cfg(feature = "cluster")]
#[cfg(test)]
pub(super) use shown::RunningOutput;

/// Reads the cluster and prints every image of the overlay beside what runs.
#[cfg(feature = "cluster")]
pub(super) fn run(args: &RunningArgs) -> Result<Outcome> {
    use crate::cli::from::From;
    use crate::cli::{report, workloads};
    use crate::cluster::{Rendered, beside, wanted};
    use crate::diagnostic::Diagnostic;
    use crate::io::cluster::Cluster;

    let from = From::parse(&args.overlay)?;
    let cluster = Cluster::connect(&args.access.options(args.verbosity.is_verbose()))?;
    let Rendered { workloads: rendered, others } = workloads::of(&from, cluster.namespace())?;
    let snapshot = cluster.read(&wanted(&rendered))?;
    let rows = beside(&rendered, &snapshot);
    shown::print(&rows, args, &snapshot)?;
    let mut said: Vec<&str> = Vec::new();
    for why in rows.iter().filter(|row| row.compared.is_difference()).map(|row| &row.health.why) {
        if !why.is_empty() && !said.contains(&why.as_str()) {
            said.push(why);
            report::say(&Diagnostic::warning(why));
        }
    }
    others.iter().for_each(|id| report::say(&workloads::without_rules(id)));
    if rows.is_empty() {
        let message = format!("`{}` renders no workload that could run", args.overlay);
        report::say(&Diagnostic::warning(message));
    }
    let differs = rows.iter().any(|row| row.compared.is_difference());
    Ok(if differs && args.exit_code { Outcome::Differs } else { Outcome::Done })
}

/// As with clusters, in a build that has none.
#[cfg(not(feature = "cluster"))]
pub(super) fn run(_: &RunningArgs) -> Result<Outcome> {
    let message = "`running` asks a cluster, and this build has no client for one";
    let problem = crate::diagnostic::Diagnostic::error(message);
    Err(problem.hint("build it with the feature `cluster`").into())
}
