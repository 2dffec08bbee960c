//! A program that ends with the test, even where the test is killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use tempfile::TempDir;

/// Runs a program until it ends or nobody holds the other end of the standard input any more.
const WATCH: &str = r#"
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
{ read -r _ <&3; kill -KILL $child; } 2>/dev/null &
wait $child
"#;

/// A running program.
pub(super) struct Process {
    shell: Mutex<Child>,
    log: PathBuf,
}

impl Process {
    /// Starts `program`; what it says goes into `dir`.
    pub(super) fn start(program: &Path, args: &[String], dir: &TempDir) -> Self {
        let name = program.file_name().unwrap().to_string_lossy();
        let log = dir.path().join(format!("{name}.log"));
        let file = fs::File::create(&log).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", WATCH, "sh"]).arg(program).args(args).current_dir(dir.path());
        command.stdin(Stdio::piped()).stdout(file.try_clone().unwrap()).stderr(file);
        Self { shell: Mutex::new(command.spawn().unwrap()), log }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.shell.lock().unwrap().try_wait().unwrap().is_some()
    }

    /// The end of what it has said.
    pub(super) fn log(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let Ok(shell) = self.shell.get_mut() else { return };
        drop(shell.stdin.take());
        let _ = shell.wait();
    }
}
