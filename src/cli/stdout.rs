//! The answer of a run: what goes to stdout, and nothing else does.

use std::io::{BufWriter, Error, ErrorKind, Write};

use anyhow::Result;
use serde::Serialize;

/// Has `write` write the answer. Where nobody reads it any more, the run goes on: its exit code and its
/// errors are for others.
///
/// # Errors
/// The system's error where it cannot be written, and those of `write`.
pub(super) fn answer(write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let mut out = BufWriter::new(anstream::stdout().lock());
    match write(&mut out).and_then(|()| Ok(out.flush()?)) {
        Err(error) if is_closed_pipe(&error) => Ok(()),
        written => written,
    }
}

/// Writes `object` for programs.
///
/// # Errors
/// The system's error where it cannot be written.
pub(super) fn json(out: &mut dyn Write, object: &impl Serialize) -> Result<()> {
    // The system's error, and not one about it: a closed pipe is to be known.
    serde_json::to_writer_pretty(&mut *out, object).map_err(Error::from)?;
    Ok(writeln!(out)?)
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
