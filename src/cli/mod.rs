//! The command line: arguments in, a promotion done, an exit code out.

mod args;
mod ask;
mod check;
mod cluster;
mod complete;
mod diff;
mod duration;
mod explain;
mod export;
mod foreign;
mod found;
mod from;
#[cfg(feature = "cluster")]
mod gate;
#[cfg(feature = "cluster")]
mod gitops;
mod help;
mod hunks;
mod json;
mod look;
mod manual;
mod name;
mod network;
mod outcome;
mod pin;
mod progress;
mod promote;
mod report;
mod running;
mod schema;
mod source;
mod stdout;
mod table;
mod typed;
#[cfg(feature = "cluster")]
mod workloads;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::FromArgMatches as _;

use args::{Cli, Plain, Verb};
pub use complete::complete;
pub use explain::table as kinds_table;
use look::Color;
use name::Name;

/// What a verb came to.
enum Outcome {
    /// Done, also when there was nothing to do.
    Done,
    /// Refused or failed.
    Failed,
    /// Nothing changed, and the user wants to know by the exit code.
    Unchanged,
    /// `diff` found differences.
    Differs,
    /// `diff` could not compare.
    CannotCompare,
    /// Ctrl-C before anything was written.
    Interrupted,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Failed | Outcome::Differs => 1,
            Outcome::CannotCompare => 2,
            Outcome::Unchanged => 3,
            // As a shell reports a process that SIGINT ended.
            Outcome::Interrupted => 130,
        })
    }
}

/// Runs the command line `args`, the program's own name first; `function` with its own arguments
/// where the verb is that.
///
/// Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 3 nothing changed and
/// `--error-unchanged` given; `diff`: 0 same, 1 different, 2 error. A closed pipe is no error.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    function: impl FnOnce(&[OsString]) -> ExitCode,
) -> ExitCode {
    let args = typed::levels_joined(args);
    let cli = match Plain::read(&args).map_or_else(|| parsed(&args), Ok) {
        Ok(cli) => cli,
        Err(error) => {
            Color::of(&args).apply();
            return unparsed(&error);
        }
    };
    cli.plain.color.apply();
    let diff = matches!(cli.verb, Some(Verb::Diff(_)));
    let result = match cli.verb {
        None => promote::run(&cli.plain.promote),
        Some(Verb::Diff(args)) => diff::run(&args),
        Some(Verb::Pin(args)) => pin::run(&args),
        Some(Verb::Check(args)) => check::run(&args),
        Some(Verb::Export(args)) => export::run(&args),
        Some(Verb::Explain(args)) => explain::run(&args),
        Some(Verb::Running(args)) => running::run(&args),
        Some(Verb::Man(args)) => manual::run(&args),
        Some(Verb::Schema(args)) => schema::run(&args),
        Some(Verb::Fn { args }) => return function(&args),
    };
    ended(result, diff)
}

/// Says what is wrong with the arguments, or help and version, which were asked for.
fn unparsed(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        // Nothing can be said when the message itself cannot be written.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let text = error.render();
    let said = stdout::answer(|out| Ok(write!(out, "{}", text.ansi())?));
    ended(said.map(|()| Outcome::Done), false)
}

/// The exit code for `result`; errors are said. `diff` has codes of its own.
fn ended(result: anyhow::Result<Outcome>, diff: bool) -> ExitCode {
    match result {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            let interrupted = error.is::<crate::io::write::Interrupted>();
            report::failure(error);
            ExitCode::from(match (interrupted, diff) {
                (true, _) => Outcome::Interrupted,
                (false, true) => Outcome::CannotCompare,
                (false, false) => Outcome::Failed,
            })
        }
    }
}

/// What `args` say, the program's own name first.
fn parsed(args: &[OsString]) -> Result<Cli, clap::Error> {
    let mut command = Name::of(args.first().map(OsString::as_os_str)).command();
    let words = typed::plain(args, &command);
    let matches = readable(args, &mut command);
    let matches = matches.and_then(|()| command.try_get_matches_from_mut(words));
    let cli = matches.and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    match cli {
        Ok(cli) => cli.checked(&mut command),
        Err(error) => {
            let verb = args.get(1).and_then(|verb| verb.to_str()).unwrap_or_default();
            let is_verb = command.find_subcommand(verb).is_some();
            let verb = if is_verb { command.find_subcommand_mut(verb) } else { Some(&mut command) };
            Err(foreign::explained(error, verb))
        }
    }
}

/// Says which of `args` is not UTF-8, which the parser does not.
fn readable(args: &[OsString], command: &mut clap::Command) -> Result<(), clap::Error> {
    match args.iter().find(|arg| arg.to_str().is_none()) {
        None => Ok(()),
        Some(arg) => {
            let message =
                format!("`{}` is not UTF-8, and no path that can be written down", arg.display());
            Err(command.error(clap::error::ErrorKind::InvalidUtf8, message))
        }
    }
}
