//! Stdin and stdout, whole.

use std::io::{Read as _, Write as _};

use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// All of stdin as text.
///
/// # Errors
/// A diagnostic for what cannot be read or is no text.
pub(super) fn stdin() -> Result<String, Diagnostic> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Diagnostic::error(format!("stdin cannot be read: {error}")))?;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Diagnostic::error("stdin is UTF-16, and has to be UTF-8"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let end = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..end]).into_owned();
        let line = Span::at(end).position(&text).line;
        Diagnostic::error(format!("stdin is not UTF-8 text: line {line}"))
    })
}

/// Writes all of `text` to stdout.
///
/// # Errors
/// A diagnostic when not all of it could be written: the runner must not take it for the list.
pub(super) fn stdout(text: &str) -> Result<(), Diagnostic> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| {
        Diagnostic::error(format!("the list cannot be written to stdout: {error}"))
    })
}
