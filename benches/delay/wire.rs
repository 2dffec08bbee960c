//! HTTP/1.1 as it is on the wire: heads, and bodies of both kinds of length.

use std::io::{BufRead, Read as _, Write};

/// How a message says where it ends.
#[derive(Clone, Copy)]
pub(super) enum Length {
    Bytes(u64),
    Chunks,
}

/// Whether a client begins to speak TLS.
pub(super) fn is_tls(reader: &mut impl BufRead) -> Option<bool> {
    Some(*reader.fill_buf().ok()?.first()? == 0x16)
}

/// The first line and all fields, with the empty line behind them; `None` at the end.
pub(super) fn head(reader: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

/// The value of a field, by its name in small letters.
pub(super) fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().skip(1).find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

pub(super) fn length(head: &str) -> Length {
    if field(head, "transfer-encoding").is_some() {
        return Length::Chunks;
    }
    let bytes = field(head, "content-length").and_then(|length| length.parse().ok());
    Length::Bytes(bytes.unwrap_or_default())
}

/// Carries a body over.
pub(super) fn body(from: &mut impl BufRead, to: &mut impl Write, length: Length) -> Option<()> {
    let Length::Bytes(bytes) = length else {
        return chunks(from, to);
    };
    let carried = std::io::copy(&mut from.by_ref().take(bytes), to).ok()?;
    (carried == bytes).then_some(())
}

fn chunks(from: &mut impl BufRead, to: &mut impl Write) -> Option<()> {
    loop {
        let mut line = String::new();
        from.read_line(&mut line).ok()?;
        to.write_all(line.as_bytes()).ok()?;
        let size = u64::from_str_radix(line.trim().split(';').next()?, 16).ok()?;
        // Each chunk has a line end behind it; so has the last one, which is empty.
        body(from, to, Length::Bytes(size + 2))?;
        if size == 0 {
            return Some(());
        }
    }
}
