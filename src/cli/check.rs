//! `kubectl promote check OVERLAY < rendered.yaml`: whether what was rendered is what was promoted.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::cli::look::Output;
use crate::cli::{Outcome, report, stdout, table};
use crate::diagnostic::{Diagnostic, printable};
use crate::io::fs;
use crate::krm::{Asked, Checked, Wrong, check};
use crate::plan::any_error;
use crate::promotion::API_VERSION;

/// Shown with the help.
pub(super) const EXAMPLES: &str = "\
Examples:
  # Did the function in prod's transformers run when this was rendered?
  kubectl promote check prod < rendered.yaml
  # Is what is going to be applied what tst runs?
  kubectl kustomize prod | kubectl promote check prod --from tst";

/// Arguments of a check.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The overlay that was rendered
    #[arg(value_name = "OVERLAY")]
    overlay: String,
    /// Where its versions should come from: an overlay or a release
    #[arg(long, value_name = "FROM")]
    from: Option<String>,
    #[command(flatten)]
    output: Output<CheckFormat>,
}

/// How a check is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    /// A table of what is wrong
    Table,
    /// All of it
    Json,
}

pub(super) fn run(args: &CheckArgs) -> Result<Outcome> {
    let checked = match (checked(args), args.output.or(CheckFormat::Table)) {
        // Programs get an object that says why.
        (Err(error), CheckFormat::Json) => {
            Checked { wrong: Vec::new(), problems: vec![report::told(error)] }
        }
        (checked, _) => checked?,
    };
    let failed = any_error(&checked.problems);
    print(&checked, args, failed)?;
    checked.problems.iter().for_each(report::say);
    let summary = match (failed, checked.wrong.len()) {
        (true, _) => "the check could not be made".to_owned(),
        (false, 0) => "all images are as promoted".to_owned(),
        (false, 1) => "1 image is not as promoted".to_owned(),
        (false, count) => format!("{count} images are not as promoted"),
    };
    report::note(&summary);
    Ok(if failed || !checked.wrong.is_empty() { Outcome::Failed } else { Outcome::Done })
}

/// What stdin says of the overlay.
fn checked(args: &CheckArgs) -> Result<Checked> {
    let dir = fs::locate(Utf8Path::new(&args.overlay))?;
    let asked = match &args.from {
        Some(from) => Asked::of(absolute(from)?),
        None => Asked::by(&dir)?,
    };
    let (mut text, stdin) = (String::new(), std::io::stdin());
    let is_terminal = stdin.is_terminal();
    if !is_terminal {
        let read = stdin.lock().read_to_string(&mut text);
        read.context("failed to read the rendered objects from stdin")?;
    }
    if text.trim().is_empty() {
        let what = if is_terminal { "a terminal" } else { "empty" };
        return Err(Diagnostic::error(format!("nothing was rendered: stdin is {what}"))
            .hint(format!("`kustomize build {0} | kubectl promote check {0}`", args.overlay))
            .into());
    }
    Ok(check(&text, &dir, &asked)?)
}

/// FROM as it is from anywhere: the promotion is made in the overlay's directory.
fn absolute(from: &str) -> Result<String, Diagnostic> {
    let path = Utf8PathBuf::from(from);
    let full = path.canonicalize_utf8().map_err(|_| {
        let hint = match from.contains('@') {
            true => format!("what it was at a revision can be kept as a release: `kubectl promote export {from}`"),
            false => "name an overlay or a release".to_owned(),
        };
        Diagnostic::error(format!("`{from}` does not exist")).hint(hint)
    })?;
    Ok(full.into_string())
}

/// What `kubectl promote check` found
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, schemars(title = "Check"))]
pub(super) struct CheckOutput<'c> {
    /// Always `kubectl-promote.dev/v1alpha1`
    #[cfg_attr(test, schemars(extend("const" = API_VERSION)))]
    api_version: &'static str,
    /// Always `Check`
    #[cfg_attr(test, schemars(extend("const" = "Check")))]
    kind: &'static str,
    /// The overlay, as it was written
    overlay: &'c str,
    /// Whether all images are as promoted
    ok: bool,
    /// The images that are not
    wrong: &'c [Wrong],
    /// What else there is to say; errors make the check void
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    diagnostics: &'c [Diagnostic],
}

fn print(checked: &Checked, args: &CheckArgs, failed: bool) -> Result<()> {
    let output = CheckOutput {
        api_version: API_VERSION,
        kind: "Check",
        overlay: &args.overlay,
        ok: !failed && checked.wrong.is_empty(),
        wrong: &checked.wrong,
        diagnostics: &checked.problems,
    };
    stdout::answer(|out| match args.output.or(CheckFormat::Table) {
        CheckFormat::Table => Ok(write!(out, "{}", rows(&checked.wrong))?),
        CheckFormat::Json => stdout::json(out, &output),
    })
}

fn rows(wrong: &[Wrong]) -> String {
    if wrong.is_empty() {
        return String::new();
    }
    let header = ["OBJECT", "FIELD", "RENDERED", "PROMOTED"].map(str::to_owned).to_vec();
    let cells = wrong.iter().map(|wrong| {
        let Wrong { kind, namespace, name, field, found, expected } = wrong;
        let namespace = namespace.as_ref().map(|space| format!("{space}/")).unwrap_or_default();
        let object = format!("{kind} {namespace}{name}");
        [&object, field, found, expected].map(|cell| printable(cell)).to_vec()
    });
    table::plain(std::iter::once(header).chain(cells))
}
