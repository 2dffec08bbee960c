//! The answer of a run: what goes to stdout, and nothing else does.

use std::io::{ErrorKind, Write};

use anstream::adapter::strip_bytes;
use anstream::{AutoStream, ColorChoice};
use anyhow::Result;
use serde::Serialize;

/// Has `write` write the answer, and prints it in one go. Where nobody reads it any more, the run goes
/// on: its exit code and its errors are for others.
///
/// # Errors
/// The system's error where it cannot be written, and those of `write`.
pub(super) fn answer(write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut text = Vec::new();
    write(&mut text)?;
    // Colours taken away on the way out would make many small writes of it.
    if AutoStream::choice(&std::io::stdout()) == ColorChoice::Never {
        text = strip_bytes(&text).into_vec();
    }
    let mut out = anstream::stdout().lock();
    match out.write_all(&text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Writes `object` for programs.
///
/// # Errors
/// The system's error where it cannot be written.
pub(super) fn json(out: &mut dyn Write, object: &impl Serialize) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, object)?;
    Ok(writeln!(out)?)
}
