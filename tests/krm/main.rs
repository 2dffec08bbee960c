//! The function as tools run it: a list in on stdin, a list out on stdout.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod cases;
mod configs;
mod fuzz;
mod lists;
mod messages;
mod own;
mod packages;
mod passing;
mod pins;
mod rendered;
mod tools;

use std::io::Write as _;
use std::process::{Command, Stdio};

use support::{BINARY, Run, Sandbox};

/// The function with `input` on stdin.
fn function(input: impl Into<Vec<u8>>) -> Run {
    let sandbox = Sandbox::new();
    fed(sandbox.command(BINARY).arg("fn"), input)
}

/// `command` with `input` on stdin.
fn fed(command: &mut Command, input: impl Into<Vec<u8>>) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.into());
    let writer = std::thread::spawn(move || {
        // A program may end without having read it all.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}
