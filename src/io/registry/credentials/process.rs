//! A program that is given a line and a time, and whose output nobody but us sees.

use std::ffi::OsStr;
use std::fmt;
use std::io::{ErrorKind, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::io::fs::reason;

/// The most that a program may write.
const MOST: u64 = 1 << 20;

/// How often to look whether a program that has closed its output has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// What a program did.
pub(super) struct Output {
    /// What it wrote to its standard output. It may be a secret.
    pub(super) text: Vec<u8>,
    /// What it ended with; `None` when a signal ended it.
    pub(super) code: Option<i32>,
}

/// What can go wrong with a program. Its words follow the program's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mishap {
    /// There is no such program.
    Missing,
    /// It cannot be run, for the system's reason.
    Unusable(String),
    /// It has not ended in time.
    Late(Duration),
    /// It has ended with another code than zero, or by a signal.
    Failed(Option<i32>),
    /// It has written more than any helper has to say.
    Endless,
    /// It has written something else than helpers do.
    Unintelligible,
}

/// Runs `program` with `args`, `input` on its standard input and nothing on its error output, found
/// on `path` instead of `PATH`, and ends it and what it has started after `limit`.
///
/// # Errors
/// It did not run to its end.
pub(super) fn run(
    program: &str,
    args: &[&str],
    input: &str,
    path: Option<&OsStr>,
    limit: Duration,
) -> Result<Output, Mishap> {
    let started = Instant::now();
    let mut child = command(program, args, path).spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => Mishap::Missing,
        _ => Mishap::Unusable(reason(&error)),
    })?;
    let output = talk(&mut child, input).and_then(|text| finish(&mut child, &text, started, limit));
    if output.is_err() {
        end(&mut child);
    }
    output
}

fn command(program: &str, args: &[&str], path: Option<&OsStr>) -> Command {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    // A group of its own, so that all of it can be ended.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// Writes `input` and reads the output beside us: a program may do neither, for ever.
fn talk(child: &mut Child, input: &str) -> Result<Receiver<std::io::Result<Vec<u8>>>, Mishap> {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (sender, receiver) = mpsc::channel();
    let input = input.to_owned();
    let work = move || {
        if let Some(mut stdin) = stdin {
            // Not to read its input is the program's right.
            let _ = stdin.write_all(input.as_bytes());
        }
        let mut text = Vec::new();
        let read = stdout.map_or(Ok(0), |stdout| stdout.take(MOST + 1).read_to_end(&mut text));
        // Nobody listens any more when it was late.
        let _ = sender.send(read.map(|_| text));
    };
    let thread = thread::Builder::new().spawn(work);
    thread.map_err(|error| Mishap::Unusable(reason(&error)))?;
    Ok(receiver)
}

fn finish(
    child: &mut Child,
    text: &Receiver<std::io::Result<Vec<u8>>>,
    started: Instant,
    limit: Duration,
) -> Result<Output, Mishap> {
    let text = text.recv_timeout(limit.saturating_sub(started.elapsed()));
    let text = text.map_err(|_| Mishap::Late(limit))?;
    let text = text.map_err(|error| Mishap::Unusable(reason(&error)))?;
    if text.len() as u64 > MOST {
        return Err(Mishap::Endless);
    }
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(Output { text, code: status.code() }),
            Ok(None) if started.elapsed() >= limit => return Err(Mishap::Late(limit)),
            Ok(None) => thread::sleep(PAUSE),
            Err(error) => return Err(Mishap::Unusable(reason(&error))),
        }
    }
}

/// Ends `child`, and what it has started as far as the system can be asked to.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        let group = format!("-{}", child.id());
        let mut kill = Command::new("kill");
        kill.args(["-s", "KILL", "--", &group]);
        // Where there is no `kill`, the child alone is better than nothing.
        let _ = kill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
    // Both can only fail when it has ended already.
    let _ = child.kill();
    let _ = child.wait();
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is not installed"),
            Self::Unusable(reason) => write!(f, "cannot be run: {reason}"),
            Self::Late(limit) => write!(f, "has no answer after {} s", limit.as_secs_f32()),
            Self::Failed(Some(code)) => write!(f, "failed with exit code {code}"),
            Self::Failed(None) => f.write_str("was ended by a signal"),
            Self::Endless => f.write_str("does not stop writing"),
            Self::Unintelligible => f.write_str("gave an answer that is none"),
        }
    }
}
