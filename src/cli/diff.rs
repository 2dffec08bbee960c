//! `kubectl promote diff FROM TO…`: the promotion as a diff, and nothing written.

use std::process::Command;

use anyhow::{Context as _, Result};
use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::cli::args::{DiffArgs, Format, What};
use crate::cli::ask::Asker;
use crate::cli::outcome::{Asked, Fate, print};
use crate::cli::{Outcome, found, report};
use crate::plan::Found;

/// kubectl's variable for a program to compare two directories with.
const EXTERNAL: &str = "KUBECTL_EXTERNAL_DIFF";

pub(super) fn run(args: &DiffArgs) -> Result<Outcome> {
    let promotion = args.what.promotion();
    let What { network, gates, .. } = &args.what;
    let format = args.output.or(Format::Diff);
    let asked = Asked { promotion: &promotion, format, look: &args.look, dry_run: true };
    let found = found::find(&promotion, gates, &mut Asker::of(network, &args.look));
    let found = asked.found(found)?;
    report::found(&found);
    if found.is_refused() {
        // What cannot be done has no diff; programs get the reasons.
        if matches!(format, Format::Json | Format::Yaml) {
            print(&found, Fate::Refused, &asked)?;
        }
        return Ok(Outcome::CannotCompare);
    }
    let external = std::env::var(EXTERNAL).ok().filter(|program| !program.trim().is_empty());
    match external.filter(|_| format == Format::Diff && !args.look.quiet) {
        Some(program) if found.changes() => return external_diff(&program, &found),
        _ => print(&found, Fate::DryRun, &asked)?,
    }
    Ok(if found.changes() { Outcome::Differs } else { Outcome::Done })
}

/// Runs `program` on two directories with the files as they are and as they would be; like kubectl
/// it is split at blanks, and its exit code says whether they differ.
fn external_diff(program: &str, found: &Found) -> Result<Outcome> {
    let dir = tempfile::tempdir().context("failed to make a directory to compare in")?;
    let root =
        Utf8Path::from_path(dir.path()).context("the temporary directory's name is not UTF-8")?;
    for file in found.plans.iter().flat_map(|plan| &plan.files) {
        let name = inside(&file.path);
        for (side, text) in [("LIVE", &file.before), ("MERGED", &file.after)] {
            let path = root.join(side).join(&name);
            let parent = path.parent().unwrap_or(root);
            std::fs::create_dir_all(parent).with_context(|| format!("failed to make {parent}"))?;
            std::fs::write(&path, text).with_context(|| format!("failed to write {path}"))?;
        }
    }
    let mut words = program.split_whitespace();
    let status = Command::new(words.next().unwrap_or("diff"))
        .args(words)
        .arg(root.join("LIVE"))
        .arg(root.join("MERGED"))
        .status()
        .with_context(|| format!("failed to run `{program}` from {EXTERNAL}"))?;
    Ok(match status.code() {
        Some(0) => Outcome::Done,
        Some(1) => Outcome::Differs,
        _ => Outcome::CannotCompare,
    })
}

/// `path` as one that stays where it is put, whatever drive or directory it comes from.
fn inside(path: &Utf8Path) -> Utf8PathBuf {
    let names = path.components().filter_map(|component| match component {
        Utf8Component::Normal(name) => Some(name),
        Utf8Component::ParentDir => Some("_"),
        _ => None,
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_stay_in_their_directory() {
        for (path, wanted) in [
            ("web/dev/kustomization.yaml", "web/dev/kustomization.yaml"),
            ("../../web/x", "_/_/web/x"),
            ("/srv/web/x", "srv/web/x"),
            #[cfg(windows)]
            ("C:/shop/x", "shop/x"),
            #[cfg(windows)]
            (r"\\?\C:\shop\x", "shop/x"),
        ] {
            assert_eq!(inside(Utf8Path::new(path)), wanted, "{path}");
        }
    }
}
