//! How help is laid out: one line, a paragraph, examples, then verbs and flags; one screen of it.
//!
//! `--help` shows what people use every day, `help` and the manual pages everything.

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command};

use crate::cli::args::STYLES;
use crate::cli::name::Name;

const LAYOUT: &str =
    "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}\n";

/// The version, with its commit and day where they are known (`build.rs`).
pub(super) const VERSION: &str = env!("KUBECTL_PROMOTE_VERSION");

/// Flags that are for some registries, some clusters and some pipelines.
const SELDOM: &[&str] = &[
    "act_as",
    "as_group",
    "as_uid",
    "authfile",
    "ca_file",
    "cluster",
    "color",
    "context",
    "error_unchanged",
    "from",
    "to",
    "overlays",
    "digest_from",
    "keep_going",
    "kubeconfig",
    "namespace",
    "new_name",
    "no_headers",
    "offline",
    "plain_http",
    "platform",
    "pull_secrets",
    "registry_concurrency",
    "registry_timeout",
    "require_healthy",
    "require_ready",
    "request_timeout",
    "soak",
    "user",
    "verbose",
    "verify",
    "version",
    "wait",
];

/// With fewer flags than these there is nothing to be brief about.
const MANY: usize = 20;

/// `command` and its verbs with their help laid out, in the words of `name`. What stands after the help
/// are the examples.
pub(super) fn laid_out(command: Command, name: &Name) -> Command {
    let command = command.version(VERSION).disable_version_flag(true);
    let command = one(command.arg(flag_of_version()), "", name);
    command.mut_subcommands(|verb| {
        let path = format!(" {}", verb.get_name());
        one(verb, &path, name)
    })
}

/// One command; `verb` is how `help` knows it, with a blank before.
fn one(command: Command, verb: &str, name: &Name) -> Command {
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string);
    let about = about.unwrap_or_default();
    let (line, paragraph) = about.split_once("\n\n").unwrap_or((&about, ""));
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let before = [paragraph.to_owned(), name.in_words(&titled(&examples))];
    let before =
        before.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    let is_long = command.get_arguments().count() > MANY;
    let line = line.to_owned();
    let command = command.about(line.clone()).long_about(line).before_help(before);
    let command = match is_long {
        true => command.after_help(name.in_words(&more(verb))).after_long_help(" "),
        false => command.after_help(None::<&str>),
    };
    // The function answers `--help` itself.
    let command = match command.is_disable_help_flag_set() {
        true => command,
        false => command.disable_help_flag(true).arg(flag_of_help()),
    };
    command.help_template(LAYOUT).mut_args(|arg| {
        let is_seldom = is_long && SELDOM.contains(&arg.get_id().as_str());
        if is_seldom { arg.hide_short_help(true) } else { arg }
    })
}

/// `-h`, `--help`: the brief one, with either name.
pub(super) fn flag_of_help() -> Arg {
    flag('h', "help", ArgAction::HelpShort).help("Print this help")
}

/// `-V`, `--version`.
pub(super) fn flag_of_version() -> Arg {
    flag('V', "version", ArgAction::Version).help("Print version, commit and its day")
}

fn flag(short: char, long: &'static str, action: ArgAction) -> Arg {
    Arg::new(long).short(short).long(long).action(action).help_heading("Output")
}

fn more(verb: &str) -> String {
    format!("More flags for registries, clusters, pipelines: `kubectl promote help{verb}`")
}

/// `examples` with the title that sections of flags have.
fn titled(examples: &str) -> String {
    let header = STYLES.get_header();
    match examples.strip_prefix("Examples:") {
        Some(rest) => {
            StyledStr::from(format!("{header}Examples:{header:#}{rest}")).ansi().to_string()
        }
        None => examples.to_owned(),
    }
}
