//! TAB in a whole repository, as kubectl asks: one cold process an answer.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it prints, or it has failed")]

mod support;

use std::fs::File;
use std::process::Command;

use support::{BINARY, Sandbox, Times};

/// What is typed behind `kubectl promote`, the cursor at its end.
const TYPED: &[(&str, &[&str])] = &[
    ("FROM", &[""]),
    ("FROM, begun", &["apps/app-00300/"]),
    ("TO", &["apps/app-00300/overlays/tst", ""]),
    ("revision", &["apps/app-00300/overlays/tst@"]),
    ("--only", &["apps/app-00300/overlays/tst", "apps/app-00301/overlays/prod", "--only", ""]),
    ("flag", &["apps/app-00300/overlays/tst", "--"]),
];

fn main() {
    let (size, runs) = if support::is_bench() { (650, 40) } else { (13, 1) };
    let sandbox = repository(size);
    support::print_head(&format!("{} kustomizations, {runs} runs each", 2 * size));
    for (what, words) in TYPED {
        let mut times = Times::default();
        for run in 0..=runs {
            let mut command = sandbox.command(&*BINARY, "");
            command.arg("__complete").args(*words);
            command.stdout(File::create(sandbox.join("answer")).unwrap());
            let time = support::time(&mut command);
            // The first run fills the caches.
            if run > 0 {
                times.push(time);
            }
        }
        times.print(what);
        let answer = std::fs::read_to_string(sandbox.join("answer")).unwrap();
        assert!(!support::is_bench() || answer.lines().count() > 1, "{what}: {answer}");
    }
}

/// As many overlays, each with a base beside it, and manifests that are none of our business.
fn repository(size: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    for index in 0..size {
        let dir = format!("apps/app-{index:05}");
        let stage = if index % 2 == 0 { "tst" } else { "prod" };
        let overlay =
            "resources: [../../base]\nimages:\n- name: ghcr.io/acme/web\n  newTag: 1.4.2\n";
        sandbox.write(format!("{dir}/overlays/{stage}/kustomization.yaml"), overlay);
        sandbox.write(format!("{dir}/overlays/{stage}/resources.yaml"), "kind: Deployment\n");
        sandbox.write(format!("{dir}/base/kustomization.yaml"), "resources: [deployment.yaml]\n");
        for name in ["deployment", "service", "ingress"] {
            sandbox.write(format!("{dir}/base/{name}.yaml"), "kind: List\n");
        }
    }
    for args in ["init -q", "add .", "commit -qm all", "branch release", "tag v1.0.0"] {
        let who =
            ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"];
        let mut git: Command = sandbox.command("git", "");
        assert!(git.args(who).args(args.split(' ')).status().unwrap().success(), "git {args}");
    }
    sandbox
}
