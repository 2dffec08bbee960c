//! Who am I: so far always the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    kubectl_promote::cli::run(std::env::args_os())
}
