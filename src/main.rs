//! Who am I: the command line, an answer to TAB, or a function that a tool runs.

use std::ffi::OsString;
use std::process::ExitCode;

use kubectl_promote::cli;
use kubectl_promote::krm::{self, Call};

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    if let Some(answered) = cli::complete(&args) {
        return answered;
    }
    match Call::of(&args) {
        Some(call) => krm::run(&call),
        None => cli::run(args, |args| krm::run(&Call::named(args))),
    }
}
