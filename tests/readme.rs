//! Every command that the README shows, run.
//!
//! Each block starts from a fresh copy of the example in a Git repository of its own. In `console`
//! blocks what is printed has to be what stands there; in `sh` blocks every line has to succeed, or
//! to exit with the code that its comment `# exit code N` names. `SNAPSHOTS=overwrite` writes the
//! output anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[cfg(feature = "cluster")]
#[path = "readme/cluster.rs"]
mod cluster;
#[path = "support/standin.rs"]
mod standin;
mod support;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use standin::Standin;
use support::{Run, Sandbox, root};

/// The registries and the Git host that the example names.
static WORLD: LazyLock<Standin> = LazyLock::new(Standin::new);

/// Lines that `.ci/run` runs itself, in a fresh clone.
const RUN_BY_CI: &[&str] = &["cargo test", "cargo install --locked --path ."];

#[test]
fn everything_shown_is_true() {
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let mut out = String::new();
    let mut block: Option<(String, Vec<String>)> = None;
    let mut blocks = 0;
    for line in text.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(language @ ("console" | "sh"))) => {
                block = Some((language.to_owned(), Vec::new()));
                out.push_str(&format!("{line}\n"));
            }
            (Some((language, lines)), Some("")) => {
                let new = if language == "console" { console(lines) } else { sh(lines) };
                out.push_str(&format!("{new}```\n"));
                block = None;
                blocks += 1;
            }
            (Some((_, lines)), _) => lines.push(line.to_owned()),
            (None, _) => out.push_str(&format!("{line}\n")),
        }
    }
    assert!(blocks >= 4, "the README has blocks to run");
    if std::env::var("SNAPSHOTS").as_deref() == Ok("overwrite") {
        fs::write(path, out).unwrap();
    } else {
        let diff = similar::TextDiff::from_lines(&text, &out);
        assert_eq!(text, out, "\n{}", diff.unified_diff().header("README.md", "what happens"));
    }
}

/// The example in a repository, and a directory with the plugin for `PATH`.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    copy_example(&sandbox);
    fs::create_dir(sandbox.join(".bin")).unwrap();
    sandbox.install(&sandbox.join(".bin/kubectl-promote"));
    if std::process::Command::new("kubectl").arg("version").arg("--client").output().is_err() {
        // No kubectl here: what it does for plugins, as far as this page needs it.
        let shim = sandbox.join(".bin/kubectl");
        fs::write(&shim, "#!/bin/sh\nshift\nexec kubectl-promote \"$@\"\n").unwrap();
        #[cfg(unix)]
        fs::set_permissions(shim, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    sandbox.write(".gitignore", ".bin\n");
    sandbox.git(&["init", "-q"]);
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "-qm", "the shop"]);
    history(&sandbox);
    database(&sandbox);
    sandbox
}

/// The repository that the example's database comes from, with a commit that is always the same.
fn database(sandbox: &Sandbox) {
    let git = |args: &[&str]| {
        let mut command = sandbox.command("git");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Acme");
            command.env(format!("GIT_{role}_EMAIL"), "shop@example.org");
            command.env(format!("GIT_{role}_DATE"), "2024-10-01T12:00:00Z");
        }
        let run = Run::of(command.args(["-C", ".bin/shop-database"]).args(args));
        assert_eq!(run.code, 0, "{run:?}");
    };
    fs::create_dir(sandbox.join(".bin/shop-database")).unwrap();
    git(&["init", "-q"]);
    git(&["-c", "commit.gpgsign=false", "commit", "-q", "--allow-empty", "-m", "v0.9.2"]);
    git(&["tag", "v0.9.2"]);
}

/// As it is in the last commit: the first command of the README changes the working tree.
fn copy_example(sandbox: &Sandbox) {
    let archive = sandbox.join("shop.tar");
    let git = std::process::Command::new("git")
        .current_dir(root())
        .args(["archive", "--output"])
        .arg(&archive)
        .args(["HEAD", "testdata/shop"])
        .output();
    if git.is_ok_and(|git| git.status.success()) {
        let unpacked = Run::of(sandbox.command("tar").args(["-xf", "shop.tar"]));
        assert_eq!(unpacked.code, 0, "{unpacked:?}");
        fs::remove_file(archive).unwrap();
    } else {
        sandbox.copy(&root().join("testdata/shop"), "testdata/shop");
    }
    let example = "krm/examples/kustomize-exec";
    sandbox.copy(&root().join(example), example);
    for app in ["web", "api"] {
        fs::rename(sandbox.join("testdata/shop").join(app), sandbox.join(app)).unwrap();
    }
}

/// One more promotion to prod, so that there is something to go back to.
fn history(sandbox: &Sandbox) {
    let run = sandbox.promote(&["web/overlays/tst", "web/overlays/prod", "-q"]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox.git(&["commit", "-qam", "web: promote tst to prod"]);
    sandbox.git(&["branch", "release"]);
    sandbox.git(&["checkout", "-q", "HEAD~1"]);
    sandbox.git(&["checkout", "-qB", "main"]);
}

fn shell(sandbox: &Sandbox, line: &str) -> Run {
    let path = std::env::var("PATH").unwrap();
    let bin = sandbox.join(".bin");
    let mut command = sandbox.command("sh");
    command.args(["-c", &format!("{line} 2>&1")]).env("PATH", format!("{}:{path}", bin.display()));
    command.env("GIT_PAGER", "cat").env("LC_ALL", "C");
    WORLD.serve(&mut command, &bin);
    #[cfg(feature = "cluster")]
    cluster::CLUSTER.serve(&mut command, &bin);
    for (name, value) in [
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", &format!("url.file://{}/.insteadOf", bin.display())),
        ("GIT_CONFIG_VALUE_0", "https://github.com/acme/"),
    ] {
        command.env(name, value);
    }
    Run::of(&mut command)
}

fn console(lines: &[String]) -> String {
    if lines.iter().any(|line| builds(line)) && !support::has("kustomize", &["version"]) {
        return lines.iter().map(|line| format!("{line}\n")).collect();
    }
    let sandbox = sandbox();
    let mut out = String::new();
    for line in lines.iter().filter(|line| line.starts_with("$ ")) {
        let run = shell(&sandbox, &line[2..]);
        out.push_str(&format!("{line}\n{}", run.stdout));
    }
    out
}

/// Whether a line renders an overlay.
fn builds(line: &str) -> bool {
    let words =
        ["kustomize build", "promote running", "--require-healthy", "--digest-from running"];
    words.iter().any(|word| line.contains(word))
}

fn sh(lines: &[String]) -> String {
    let mut out = String::new();
    for line in lines {
        out.push_str(&format!("{line}\n"));
        let (command, comment) = line.split_once(" #").unwrap_or((line, ""));
        let command = command.trim();
        if command.is_empty() || command.starts_with('#') || RUN_BY_CI.contains(&command) {
            continue;
        }
        if builds(command) && !support::has("kustomize", &["version"]) {
            continue;
        }
        let code =
            comment.trim().strip_prefix("exit code ").map_or(0, |code| code.parse().unwrap());
        let sandbox = sandbox();
        let run = match command.strip_prefix("cargo run --release -- ") {
            // The same program, without building it once more.
            Some(args) => {
                sandbox.copy(&example(), "testdata/shop");
                shell(&sandbox, &format!("kubectl-promote {args}"))
            }
            None => shell(&sandbox, command),
        };
        assert_eq!(run.code, code, "{line}\n{}", run.stdout);
    }
    out
}

fn example() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/shop")
}
