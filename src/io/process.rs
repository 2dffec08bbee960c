//! A program that is given a text and a time, and whose output nobody but us sees.

use std::fmt;
use std::io::{ErrorKind, Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::io::fs::reason;
use crate::io::interrupt::{self, Held};

/// How often to look whether a program that has closed its output has ended.
const PAUSE: Duration = Duration::from_millis(2);

/// How often to look whether we are to end.
const LOOK: Duration = Duration::from_millis(20);

/// A program, and what it may do.
pub(crate) struct Call {
    /// The program with its arguments and its environment; its standard output is ours.
    pub(crate) command: Command,
    /// What it is given on its standard input; `None` leaves that as the command has it.
    pub(crate) input: Option<String>,
    /// The most that it may write.
    pub(crate) most: u64,
    /// How long it may take.
    pub(crate) limit: Duration,
    /// Whether it gets a group of its own, so that all that it starts can be ended with it: when it is
    /// late, and when we are to end, of which it does not hear. One that talks to a person must not: it
    /// could not read from the terminal.
    #[cfg_attr(not(unix), allow(dead_code, reason = "only Unix has groups of processes"))]
    pub(crate) alone: bool,
}

/// What a program did.
pub(crate) struct Output {
    /// What it wrote to its standard output. It may be a secret.
    pub(crate) text: Vec<u8>,
    /// What it wrote to its error output, where that was piped.
    pub(crate) errors: Vec<u8>,
    /// What it ended with; `None` when a signal ended it.
    pub(crate) code: Option<i32>,
}

/// What can go wrong with a program. Its words follow the program's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// There is no such program.
    Missing,
    /// It cannot be run, for the system's reason.
    Unusable(String),
    /// It was ended, since we are to end as well.
    Interrupted,
    /// It has not ended in time.
    Late(Duration),
    /// It has ended with another code than zero, or by a signal.
    #[cfg(any(feature = "cluster", feature = "registry"))]
    Failed(Option<i32>),
    /// It has written more than it may.
    Endless,
    /// It has written something else than expected.
    #[cfg(any(feature = "cluster", feature = "registry"))]
    Unintelligible,
}

/// What is read of one of a program's outputs.
type Text = std::io::Result<Vec<u8>>;

impl Call {
    /// Runs the program, and ends it (and what it has started, where it is alone) when it takes too
    /// long or writes too much. Ctrl-C ends both it, where it is alone, and us.
    ///
    /// # Errors
    /// It did not run to its end.
    pub(crate) fn run(self) -> Result<Output, Mishap> {
        let held = self.alone.then(|| interrupt::hold().ok()).flatten();
        let output = self.run_unless(held.as_ref());
        drop(held);
        interrupt::obey();
        output
    }

    fn run_unless(mut self, held: Option<&Held>) -> Result<Output, Mishap> {
        let started = Instant::now();
        self.prepare();
        let mut child = self.command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => Mishap::Missing,
            _ => Mishap::Unusable(reason(&error)),
        })?;
        let output = self.attend(&mut child, started, held);
        if output.is_err() {
            self.end(&mut child);
        }
        output
    }

    fn prepare(&mut self) {
        self.command.stdout(Stdio::piped());
        if self.input.is_some() {
            self.command.stdin(Stdio::piped());
        }
        #[cfg(unix)]
        if self.alone {
            std::os::unix::process::CommandExt::process_group(&mut self.command, 0);
        }
    }

    fn attend(
        &mut self,
        child: &mut Child,
        started: Instant,
        held: Option<&Held>,
    ) -> Result<Output, Mishap> {
        let errors = child.stderr.take().map(|stderr| read(stderr, self.most)).transpose()?;
        let text = self.talk(child)?;
        let (text, code) = self.finish(child, &text, started, held)?;
        // Whoever has the error output besides the program may keep it open for ever.
        let errors = errors.map(|errors| errors.recv_timeout(PAUSE * 100));
        let errors = errors.and_then(Result::ok).and_then(Result::ok).unwrap_or_default();
        Ok(Output { text, errors, code })
    }

    /// Writes the input and reads the output beside us: a program may do neither, for ever.
    fn talk(&mut self, child: &mut Child) -> Result<Receiver<Text>, Mishap> {
        let (stdin, input) = (child.stdin.take(), self.input.take());
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            let work = move || {
                // Not to read its input is the program's right.
                let _ = stdin.write_all(input.as_bytes());
            };
            beside(work)?;
        }
        let stdout = child.stdout.take();
        stdout.map_or_else(|| Ok(mpsc::channel().1), |stdout| read(stdout, self.most))
    }

    fn finish(
        &self,
        child: &mut Child,
        text: &Receiver<Text>,
        started: Instant,
        held: Option<&Held>,
    ) -> Result<(Vec<u8>, Option<i32>), Mishap> {
        let limit = self.limit;
        let goes_on = || match held.is_some_and(Held::is_asked) {
            true => Err(Mishap::Interrupted),
            false if started.elapsed() >= limit => Err(Mishap::Late(limit)),
            false => Ok(()),
        };
        let text = loop {
            match text.recv_timeout(LOOK.min(limit.saturating_sub(started.elapsed()))) {
                Ok(text) => break text,
                Err(RecvTimeoutError::Timeout) => goes_on()?,
                Err(RecvTimeoutError::Disconnected) => return Err(Mishap::Late(limit)),
            }
        };
        let text = text.map_err(|error| Mishap::Unusable(reason(&error)))?;
        if text.len() as u64 > self.most {
            return Err(Mishap::Endless);
        }
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok((text, status.code())),
                Ok(None) => {
                    goes_on()?;
                    thread::sleep(PAUSE);
                }
                Err(error) => return Err(Mishap::Unusable(reason(&error))),
            }
        }
    }

    /// Ends `child`, and what it has started as far as the system can be asked to.
    fn end(&self, child: &mut Child) {
        #[cfg(unix)]
        if self.alone {
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
}

/// Reads `from` beside us, and one byte more than `most` where there is more.
fn read(from: impl Read + Send + 'static, most: u64) -> Result<Receiver<Text>, Mishap> {
    let (sender, receiver) = mpsc::channel();
    beside(move || {
        let mut text = Vec::new();
        let read = from.take(most + 1).read_to_end(&mut text);
        // Nobody listens any more when it was late.
        let _ = sender.send(read.map(|_| text));
    })?;
    Ok(receiver)
}

fn beside(work: impl FnOnce() + Send + 'static) -> Result<(), Mishap> {
    let thread = thread::Builder::new().spawn(work);
    thread.map(drop).map_err(|error| Mishap::Unusable(reason(&error)))
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is not installed"),
            Self::Unusable(reason) => write!(f, "cannot be run: {reason}"),
            Self::Interrupted => f.write_str("was interrupted"),
            Self::Late(limit) => write!(f, "has no answer after {} s", limit.as_secs_f32()),
            #[cfg(any(feature = "cluster", feature = "registry"))]
            Self::Failed(Some(code)) => write!(f, "failed with exit code {code}"),
            #[cfg(any(feature = "cluster", feature = "registry"))]
            Self::Failed(None) => f.write_str("was ended by a signal"),
            Self::Endless => f.write_str("does not stop writing"),
            #[cfg(any(feature = "cluster", feature = "registry"))]
            Self::Unintelligible => f.write_str("gave an answer that is none"),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn sh(script: &str, most: u64, limit: u64) -> Result<Output, Mishap> {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stderr(Stdio::piped());
        let limit = Duration::from_millis(limit);
        Call { command, input: Some("in".to_owned()), most, limit, alone: true }.run()
    }

    #[test]
    fn both_outputs_and_the_code_are_had() {
        let output = sh("cat; echo why >&2; exit 3", 100, 10_000).unwrap_or_else(|_| panic!());
        assert_eq!(output.text, b"in");
        assert_eq!(output.errors, b"why\n");
        assert_eq!(output.code, Some(3));
    }

    #[test]
    fn what_has_no_end_is_ended() {
        let started = Instant::now();
        assert_eq!(
            sh("sleep 30 & sleep 30", 9, 200).err(),
            Some(Mishap::Late(Duration::from_millis(200)))
        );
        assert_eq!(sh("exec yes", 9, 10_000).err(), Some(Mishap::Endless));
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
