//! What every test of the binary needs: a directory of its own, and the binary run in it.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

pub(crate) mod dice;

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Variables that change what a command prints, or where Git looks.
const SCRUBBED: &[&str] = &[
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "KUBECTL_EXTERNAL_DIFF",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "RUST_BACKTRACE",
];

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_kubectl-promote");

/// The project's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A directory that goes away with the test.
pub struct Sandbox {
    dir: tempfile::TempDir,
}

/// What a run of the binary came to.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sandbox {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path().join(path)
    }

    /// Writes a file and the directories above it.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.join(path)).unwrap()
    }

    /// Copies a directory of the project into the sandbox.
    pub fn copy(&self, from: &Path, to: &str) -> &Self {
        copy(from, &self.join(to));
        self
    }

    /// Puts a copy of the binary at `path`. Another process makes it: a file that this one writes
    /// could still be open in a child that another test starts, and then it cannot be run.
    pub fn install(&self, path: &Path) {
        let run = Run::of(self.command("cp").arg(BINARY).arg(path));
        assert_eq!(run.code, 0, "{run:?}");
    }

    /// A program in the sandbox's directory, with a clean environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path());
        for name in SCRUBBED {
            command.env_remove(name);
        }
        command
    }

    /// The binary with these arguments.
    pub fn promote(&self, args: &[&str]) -> Run {
        Run::of(self.command(BINARY).args(args))
    }

    /// Git with these arguments, which has to succeed.
    pub fn git(&self, args: &[&str]) -> String {
        let mut command = self.command("git");
        command.args(["-c", "user.name=Test", "-c", "user.email=test@example.org"]);
        command.args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]).args(args);
        let run = Run::of(&mut command);
        assert_eq!(run.code, 0, "git {args:?}: {}", run.stderr);
        run.stdout
    }
}

impl Run {
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
    }
}

/// Copies a directory with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Every file below `dir`, by its path from there.
pub fn files(dir: &Path) -> std::collections::BTreeMap<PathBuf, Vec<u8>> {
    let mut out = std::collections::BTreeMap::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(next) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                out.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    out
}

/// Whether a tool is here. Where it is not, the test says so and is skipped, unless
/// `PROMOTE_TEST_REQUIRE=all` makes that a failure.
pub fn has(tool: &str, args: &[&str]) -> bool {
    let found = Command::new(tool).args(args).output().is_ok_and(|output| output.status.success());
    let without = std::env::var("PROMOTE_TEST_WITHOUT").unwrap_or_default();
    if !found && without.split_whitespace().any(|name| name == tool) {
        skipped(&format!("{tool} cannot be had here"));
    } else if !found {
        missing(&format!("{tool} is not here"));
    }
    found
}

/// Says that a test is skipped, or fails it where everything is required.
pub fn missing(what: &str) {
    assert_ne!(std::env::var("PROMOTE_TEST_REQUIRE").as_deref(), Ok("all"), "{what}");
    skipped(what);
}

/// Says that a test is skipped. Not captured by the test harness, so that people see it.
pub fn skipped(what: &str) {
    std::io::stderr().lock().write_all(format!("skipped: {what}\n").as_bytes()).unwrap();
}
