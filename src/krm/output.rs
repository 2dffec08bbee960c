//! Stdin and stdout, whole.

use std::io::{Read as _, Write as _};

use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// Room for what kustomize hands in at once. Memory costs nothing before it is written to; to grow means
/// to have the text twice.
const ROOM: usize = 32 << 20;

/// All of stdin as text.
///
/// # Errors
/// A diagnostic for what cannot be read or is no text.
pub(super) fn stdin() -> Result<String, Diagnostic> {
    let mut bytes = Vec::with_capacity(ROOM);
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
/// A diagnostic when not all of it could be written, or to nobody: the runner must not take it for the
/// list.
pub(super) fn stdout(text: &str) -> Result<(), Diagnostic> {
    if is_closed() {
        let message = "the list cannot be written to stdout: it is closed, or nobody reads it";
        return Err(
            Diagnostic::error(message).hint("to look at the exit code alone, send it to a file")
        );
    }
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| {
        Diagnostic::error(format!("the list cannot be written to stdout: {error}"))
    })
}

/// Whether stdout was closed when the program began. Rust's runtime opens `/dev/null` for reading and
/// writing in its place (`library/std/src/sys/pal/unix/mod.rs`), so that every write succeeds; a shell's
/// `> /dev/null` is open for writing alone, and means it. What cannot be looked at is open.
fn is_closed() -> bool {
    let is_null =
        std::fs::read_link("/proc/self/fd/1").is_ok_and(|path| path.as_os_str() == "/dev/null");
    is_null && std::fs::read_to_string("/proc/self/fdinfo/1").is_ok_and(|info| is_for_both(&info))
}

/// Whether the access mode in Linux's `info` of an open file, the last two bits of its octal `flags`, is
/// reading and writing.
fn is_for_both(info: &str) -> bool {
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & 0b11 == 0b10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_access_mode_is_the_end_of_the_flags() {
        assert!(is_for_both("pos:\t0\nflags:\t0100002\nmnt_id:\t24\n"));
        for info in ["pos:\t0\nflags:\t0100001\n", "flags:\t0100000\n", "flags: x\n", ""] {
            assert!(!is_for_both(info), "{info}");
        }
    }
}
