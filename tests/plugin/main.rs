//! The program as a plugin: completion through kubectl and shells, help, manual pages, kubectl's flags.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod completion;
mod foreign;
mod help;
mod pages;
mod shells;
#[path = "../support/mod.rs"]
mod support;

use std::process::Command;

use support::{BINARY, Run, Sandbox, has, root};

/// The example in a repository with a branch and a tag, and the plugin on the `PATH` under both names.
fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    for app in ["web", "api"] {
        sandbox.copy(&root().join("testdata/shop").join(app), app);
    }
    sandbox.git(&["init", "-q"]);
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "-qm", "the shop"]);
    sandbox.git(&["branch", "feature/x"]);
    sandbox.git(&["tag", "v1.0"]);
    std::fs::create_dir(sandbox.join(".bin")).unwrap();
    sandbox.install(&sandbox.join(".bin/kubectl-promote"));
    #[cfg(unix)]
    std::os::unix::fs::symlink("kubectl-promote", sandbox.join(".bin/kubectl_complete-promote"))
        .unwrap();
    sandbox
}

/// `program` in the sandbox's directory `dir`, which finds the plugin.
fn beside(sandbox: &Sandbox, program: &str, dir: &str) -> Command {
    let path = std::env::var("PATH").unwrap();
    let mut command = sandbox.command(program);
    command.env("PATH", format!("{}:{path}", sandbox.join(".bin").display()));
    command.env("KUBECONFIG", sandbox.join("kubeconfig")).env("HOME", sandbox.path());
    command.current_dir(sandbox.join(dir));
    command
}

/// Whether the tests that want kubectl can run.
fn kubectl() -> bool {
    cfg!(unix) && has("kubectl", &["version", "--client"])
}
