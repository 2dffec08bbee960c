//! What both benches need: a directory of their own, the wall-clock time of a process, its memory.
#![allow(dead_code, unreachable_pub, reason = "each bench uses its own part")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The binary that is measured: what `KUBECTL_PROMOTE` names, or the one that Cargo builds with the
/// profile of the benches, optimised.
pub static BINARY: LazyLock<String> = LazyLock::new(|| {
    std::env::var("KUBECTL_PROMOTE")
        .unwrap_or_else(|_| env!("CARGO_BIN_EXE_kubectl-promote").to_owned())
});

/// Where GNU time is found where it is found at all.
const GNU_TIME: &str = "/usr/bin/time";

/// Whether this is `cargo bench`; `cargo test --benches` only wants to know that it runs.
pub fn is_bench() -> bool {
    std::env::args().any(|arg| arg == "--bench")
}

/// A directory that goes away with the bench.
pub struct Sandbox {
    dir: tempfile::TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Writes a file and the directories above it.
    pub fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A program in the directory `dir` of the sandbox that prints to nowhere.
    pub fn command(&self, program: impl AsRef<OsStr>, dir: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.join(dir)).env_remove("RUST_BACKTRACE");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

/// The wall-clock time of one process, from before it is started until after it has ended well.
pub fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.status().unwrap();
    let time = start.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    time
}

/// The peak resident memory of one process in KiB; `None` where GNU time is not here.
pub fn peak_memory(command: &Command) -> Option<u64> {
    let mut timed = Command::new(GNU_TIME);
    timed.args(["-f", "%M"]).arg(command.get_program()).args(command.get_args());
    timed.current_dir(command.get_current_dir()?).stdin(Stdio::null());
    let output = timed.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stderr).ok()?.lines().last()?.trim().parse().ok()
}

/// What [`peak_memory`] found, for people.
pub fn memory(peak: Option<u64>) -> String {
    peak.map_or_else(
        || format!("not measured ({GNU_TIME} is not here)"),
        #[expect(clippy::cast_precision_loss, reason = "it is shown with one digit")]
        |peak| format!("{:.1} MiB", peak as f64 / 1024.0),
    )
}

/// Milliseconds of repeated runs, in the order in which they ran.
#[derive(Default)]
pub struct Times(Vec<f64>);

impl Times {
    pub fn push(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1000.0);
    }

    pub fn median(&self) -> f64 {
        median(&self.0)
    }

    /// The median of the ratios of runs made side by side: how many times longer these took.
    pub fn ratio(&self, to: &Self) -> f64 {
        let ratios: Vec<_> = self.0.iter().zip(&to.0).map(|(own, other)| own / other).collect();
        median(&ratios)
    }

    /// One row: `what`, then the least, the median and the most milliseconds.
    pub fn print(&self, what: &str) {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(0.0, f64::max);
        println!("{what:<44} {least:>9.2} {:>9.2} {most:>9.2}", self.median());
    }
}

/// The head of a table of [`Times::print`].
pub fn print_head(what: &str) {
    println!("\n{what:<44} {:>9} {:>9} {:>9}", "min ms", "median ms", "max ms");
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}
