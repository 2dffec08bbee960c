//! The binary as people and pipelines meet it: Git revisions, bad input, writing, pipes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod bad_input;
mod check;
mod edges;
mod looks;
mod pins;
mod releases;
mod revisions;
#[path = "../support/mod.rs"]
mod support;
mod writing;

use std::process::Stdio;

use support::{BINARY, Run, Sandbox, files};

/// A source and a target with one image each.
fn pair(old: &str, new: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("dev/kustomization.yaml", overlay(new));
    sandbox.write("tst/kustomization.yaml", overlay(old));
    sandbox
}

fn overlay(tag: &str) -> String {
    format!("resources: [../base]\nimages:\n- name: web\n  newTag: {tag} # tag\n")
}

/// The run failed with `code`, said `words`, fits on a screen, and changed nothing.
#[track_caller]
fn refused(sandbox: &Sandbox, args: &[&str], code: i32, words: &[&str]) {
    let before = files(sandbox.path());
    let run = sandbox.promote(args);
    assert_eq!(run.code, code, "{run:?}");
    for word in words {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    assert!(run.stderr.lines().count() <= 24, "{}", run.stderr);
    assert_eq!(files(sandbox.path()), before);
}
