//! The function: a list of objects in on stdin, the same list with versions promoted out on stdout.
//!
//! Runners lose data in silence when a function gets a detail wrong, so: text stays text, only the
//! bytes of promoted values change, and it never ends with 0 without having written a complete list.

mod asked;
mod call;
mod check;
mod config;
mod entry;
mod files;
mod help;
mod home;
mod host;
mod item;
mod list;
mod mode;
mod output;
mod package;
mod rendered;
mod source;
mod told;
mod words;

use std::process::ExitCode;

pub use asked::Asked;
pub use call::Call;
pub use check::{Checked, Wrong, check};

use crate::diagnostic::Diagnostic;
use crate::promotion::Promotion;
use host::Host;
use list::List;
use mode::{Made, Task};

/// kustomize shows no results, and has to read them all the same: the first images are enough to see
/// what was done. Warnings are not counted.
const RESULTS: usize = 20;

/// Does what `call` asks for. Exit codes: 0 done, 1 failed or refused, 2 wrong usage.
pub fn run(call: &Call) -> ExitCode {
    match call {
        Call::Help => help::print(),
        Call::Usage(argument) => {
            told::line(&format!("the function takes no arguments, and `{argument}` is one"));
            told::line("  hint: its configuration comes with the list; `--help` says how");
            ExitCode::from(2)
        }
        Call::Function => function(),
        Call::Plugin { config } => plugin(config),
    }
}

/// A ResourceList on stdin.
fn function() -> ExitCode {
    let text = match output::stdin() {
        Ok(text) => text,
        Err(problem) => return told::failure(&problem),
    };
    match List::read(&text) {
        Ok(list) => answered(&list, made(&list)),
        Err(problem) => told::failure(&problem),
    }
}

/// Objects on stdin without a list around them: kustomize's older way to call plugins.
fn plugin(config: &str) -> ExitCode {
    let text = match output::stdin() {
        Ok(text) => text,
        Err(problem) => return told::failure(&problem),
    };
    let made = |list: &List<'_>| {
        let promotion = config::plugin(config)?;
        Ok(rendered(&task(list, &promotion, &Host::here())))
    };
    match List::stream(&text) {
        Ok(list) => answered(&list, made(&list)),
        Err(problem) => told::failure(&problem),
    }
}

/// What the mode that `list` is for makes of it.
fn made(list: &List<'_>) -> Result<Made, Diagnostic> {
    let promotion = config::read(list)?;
    let host = Host::here();
    let task = task(list, &promotion, &host);
    match mode::of(list)? {
        mode::Mode::Files => files::promote(&task).map_err(|problem| host.advised(problem)),
        mode::Mode::Rendered => Ok(rendered(&task)),
    }
}

const fn task<'a>(list: &'a List<'a>, promotion: &'a Promotion, host: &'a Host) -> Task<'a> {
    Task { list, all: false, most: RESULTS, promotion, host }
}

fn rendered(task: &Task<'_>) -> Made {
    let refused = |problem| Made::refused(task.host.advised(problem));
    rendered::promote(task).unwrap_or_else(refused).of_disk()
}

/// Writes `list` as it is to be, and tells what there is to tell.
fn answered(list: &List<'_>, made: Result<Made, Diagnostic>) -> ExitCode {
    let mut made = made.unwrap_or_else(Made::refused);
    let done = match made.is_refused() {
        true => Err(None),
        false => list.edited(std::mem::take(&mut made.edits), &made.entries).map_err(Some),
    };
    told::made(&made);
    let (text, code) = match done {
        Ok(text) => (text, ExitCode::SUCCESS),
        Err(problem) => {
            problem.iter().for_each(told::problem);
            (list.unchanged(&made.entries), ExitCode::FAILURE)
        }
    };
    match output::stdout(&text) {
        Ok(()) => code,
        Err(problem) => told::failure(&problem),
    }
}
