//! A copy of an example, and what running its `cmd` comes to.

use std::process::Command;

use crate::support::{Run, Sandbox, has, root};

/// What `krm/image` calls the image unless it is told otherwise: the one that the examples name.
pub(crate) const IMAGE: &str = "kubectl-promote:dev";

/// A copy of an example, with the binary on its `PATH`.
pub(crate) struct Example {
    sandbox: Sandbox,
    name: &'static str,
    cmd: String,
}

impl Example {
    pub(crate) fn new(name: &'static str) -> Self {
        let sandbox = Sandbox::new();
        sandbox.copy(&root().join("krm/examples").join(name), ".");
        std::fs::create_dir(sandbox.join(".bin")).unwrap();
        sandbox.install(&sandbox.join(".bin/kubectl-promote"));
        let cmd = sandbox.read("cmd");
        Self { sandbox, name, cmd }
    }

    /// The same, with another image than [`IMAGE`] in its files.
    pub(crate) fn with_image(name: &'static str, image: &str) -> Self {
        let example = Self::new(name);
        example.replace("prod/promotion.yaml", IMAGE, image);
        example
    }

    /// Replaces a text of a file, which has to be there.
    pub(crate) fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.sandbox.read(path);
        assert!(text.contains(old), "{path} has no {old}");
        self.sandbox.write(path, text.replace(old, new));
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// `script`, run by a shell in the example.
    pub(crate) fn shell(&self, script: &str) -> Run {
        Run::of(&mut self.command(script))
    }

    /// The same, not yet started.
    pub(crate) fn command(&self, script: &str) -> Command {
        let bin = self.sandbox.join(".bin");
        let path = std::env::var("PATH").unwrap();
        let mut command = self.sandbox.command("sh");
        command.args(["-e", "-c", script]);
        command.env("PATH", format!("{}:{path}", bin.display()));
        command
    }

    /// What the example's own `cmd` comes to.
    pub(crate) fn run(&self) -> Run {
        self.shell(&self.cmd)
    }

    /// What the example says that its `cmd` prints.
    pub(crate) fn expected(&self) -> String {
        self.sandbox.read("expected.yaml")
    }

    /// That `run` printed that, and nothing to complain about.
    pub(crate) fn matches(&self, run: &Run) {
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", self.name);
        assert_eq!(run.stdout, self.expected(), "{}", self.name);
    }
}

/// Whether it is here.
pub(crate) fn kustomize() -> bool {
    has("kustomize", &["version"])
}

/// Whether it is here.
pub(crate) fn kubectl() -> bool {
    has("kubectl", &["version", "--client"])
}

/// Whether it is here.
pub(crate) fn kpt() -> bool {
    has("kpt", &["version"])
}

/// The images in what kustomize prints.
pub(crate) fn images(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.trim().strip_prefix("image: ")).collect()
}

/// What production runs where no function ran.
pub(crate) const OLD: [&str; 2] =
    ["mirror.acme.example/acme/shop-web:1.4.0", "ghcr.io/acme/shop-assets:2024.8"];
