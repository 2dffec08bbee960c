//! `kubectl promote man DIR`: the manual pages, one for the program and one for each verb, made of what
//! the command line knows of itself. Hidden: packages have them.
//!
//! The same sources make the same pages: their day is that of the version.

use anyhow::{Context as _, Result};
use camino::Utf8PathBuf;
use clap::{Args, Command, CommandFactory as _, ValueHint};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::Outcome;
use crate::cli::args::Cli;
use crate::cli::help::{self, VERSION};

/// Exit codes with what they mean.
type Codes = &'static [(&'static str, &'static str)];

/// What ends with which code.
const CODES: &[(&[&str], Codes)] = &[
    (
        &["kubectl-promote", "kubectl-promote-pin"],
        &[
            ("0", "Done, also when there was nothing to do."),
            ("1", "Refused or failed; no file was written."),
            ("2", "Wrong usage."),
            ("3", "Nothing changed, and --error-unchanged was given."),
        ],
    ),
    (
        &["kubectl-promote-diff"],
        &[
            ("0", "No differences."),
            ("1", "Some differences."),
            ("2", "Refused, failed, or wrong usage."),
        ],
    ),
    (
        &["kubectl-promote-check"],
        &[
            ("0", "All images are as promoted."),
            ("1", "Some are not, or the check could not be made."),
            ("2", "Wrong usage."),
        ],
    ),
    (
        &["kubectl-promote-running"],
        &[
            ("0", "Done, also with differences."),
            ("1", "Failed; or some differences, and --exit-code was given."),
            ("2", "Wrong usage."),
        ],
    ),
];

/// For every other page.
const OTHER_CODES: Codes = &[("0", "Done."), ("1", "Refused or failed."), ("2", "Wrong usage.")];

/// Shown with the help.
pub(super) const EXAMPLES: &str = "\
Examples:
  # Have them in this directory; man ./kubectl-promote.1 shows one
  kubectl promote man .";

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(super) struct ManualArgs {
    /// The directory to write the pages to
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    dir: Utf8PathBuf,
}

pub(super) fn run(args: &ManualArgs) -> Result<Outcome> {
    for (name, page) in pages()? {
        let path = args.dir.join(name);
        std::fs::write(&path, page).with_context(|| format!("failed to write `{path}`"))?;
    }
    Ok(Outcome::Done)
}

/// Every page with the name of its file.
fn pages() -> Result<Vec<(String, Vec<u8>)>> {
    // Not laid out for a screen: the examples stand after the help.
    let program = Cli::command().bin_name("kubectl promote").version(VERSION);
    let program = program.disable_help_subcommand(true);
    let helped = |command: Command| command.disable_help_flag(true).arg(help::flag_of_help());
    let mut program = helped(program.disable_version_flag(true).arg(help::flag_of_version()));
    program = program.mut_subcommands(helped);
    program.build();
    let verbs: Vec<_> = program.get_subcommands().filter(|verb| !verb.is_hide_set()).collect();
    let names: Vec<_> = verbs.iter().map(|verb| name(verb)).collect();
    let mut pages = vec![page(program.clone(), &names)?];
    for verb in verbs {
        pages.push(page(verb.clone(), &[name(&program)])?);
    }
    Ok(pages)
}

fn name(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn page(mut command: Command, others: &[String]) -> Result<(String, Vec<u8>)> {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let name = name(&command);
    let command = command.override_usage(usage);
    let day = VERSION.rsplit_once(", ").map_or("", |(_, day)| day.trim_end_matches(')'));
    let man = Man::new(command.clone()).title(name.to_uppercase()).date(day);
    let man = man.source(format!("kubectl-promote {}", env!("CARGO_PKG_VERSION")));
    let man = man.manual("kubectl promote");
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    shown(&examples).to_writer(&mut out)?;
    man.render_options_section(&mut out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut out)?;
    }
    codes(&name).to_writer(&mut out)?;
    also(others).to_writer(&mut out)?;
    Ok((format!("{name}.1"), out))
}

/// Examples, each a comment and the command below it.
fn shown(examples: &str) -> Roff {
    let mut roff = Roff::new();
    let lines = examples.lines().skip(1).map(str::trim).filter(|line| !line.is_empty());
    for (at, line) in lines.enumerate() {
        if at == 0 {
            roff.control("SH", ["EXAMPLES"]);
        }
        match line.strip_prefix("# ") {
            Some(comment) => {
                if at > 0 {
                    roff.control("PP", []);
                }
                roff.text([roman(comment)]);
            }
            None => {
                roff.control("RS", ["4"]);
                roff.control("nf", []);
                roff.text([bold(line)]);
                roff.control("fi", []);
                roff.control("RE", []);
            }
        }
    }
    roff
}

fn codes(name: &str) -> Roff {
    let found = CODES.iter().find(|(names, _)| names.contains(&name));
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in found.map_or(OTHER_CODES, |(_, codes)| codes) {
        roff.control("TP", []);
        roff.text([bold(*code)]);
        roff.text([roman(*meaning)]);
    }
    roff
}

fn also(others: &[String]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    let names = others.iter().map(String::as_str).chain(["kubectl", "kustomize"]);
    let mut line = Vec::new();
    for (at, name) in names.enumerate() {
        line.push(roman(if at > 0 { ", " } else { "" }));
        line.extend([bold(name), roman("(1)")]);
    }
    roff.text(line);
    roff
}
