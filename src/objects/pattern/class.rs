//! Classes between brackets in a Go pattern.

use super::escape;

/// A class that no character is in.
pub(super) const NOTHING: &str = r"[^\x{0}-\x{10FFFF}]";

/// A class that every character is in.
const EVERYTHING: &str = r"[\x{0}-\x{10FFFF}]";

const NAMES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Reads the class whose opening bracket stands before `text`: the class for the crate, and what
/// follows it.
///
/// # Errors
/// Where Go finds no end, no such class, or a range that goes backwards.
pub(super) fn parse(text: &str) -> Result<(String, &str), String> {
    let negated = text.strip_prefix('^');
    let mut rest = negated.unwrap_or(text);
    let mut items = String::new();
    loop {
        let (item, after) = item(rest)?;
        items.push_str(&item);
        rest = after;
        // A bracket that comes first stands for itself.
        if let Some(after) = rest.strip_prefix(']') {
            return Ok((bracketed(&items, negated.is_some()), after));
        }
    }
}

fn bracketed(items: &str, negated: bool) -> String {
    match (items.is_empty(), negated) {
        (true, false) => NOTHING.to_owned(),
        (true, true) => EVERYTHING.to_owned(),
        (false, false) => format!("[{items}]"),
        (false, true) => format!("[^{items}]"),
    }
}

/// One thing inside of a class.
fn item(text: &str) -> Result<(String, &str), String> {
    if let Some((class, rest)) = named(text)? {
        return Ok((class, rest));
    }
    if let Some(escaped) = text.strip_prefix('\\')
        && let Some(found) = escape::class(escaped)?
    {
        return Ok(found);
    }
    let (low, rest) = character(text)?;
    // `[a-]` ends with a dash that stands for itself.
    let Some(end) = rest.strip_prefix('-').filter(|end| !end.is_empty() && !end.starts_with(']'))
    else {
        return Ok((range(low, low), rest));
    };
    let (high, rest) = character(end)?;
    if high < low {
        return Err("invalid character class range".to_owned());
    }
    Ok((range(low, high), rest))
}

/// `[:alpha:]` or `[:^alpha:]`.
fn named(text: &str) -> Result<Option<(String, &str)>, String> {
    let Some((name, rest)) = text.strip_prefix("[:").and_then(|inside| inside.split_once(":]"))
    else {
        return Ok(None);
    };
    if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
        return Err("invalid character class range".to_owned());
    }
    Ok(Some((format!("[:{name}:]"), rest)))
}

fn character(text: &str) -> Result<(u32, &str), String> {
    let first = text.chars().next().ok_or("missing closing ]")?;
    match text.strip_prefix('\\') {
        Some(escaped) => escape::character(escaped),
        None => Ok((first.into(), &text[first.len_utf8()..])),
    }
}

/// The characters from `low` to `high` without the surrogates, which the crate does not know.
fn range(low: u32, high: u32) -> String {
    let is_surrogate = |code: &u32| char::from_u32(*code).is_none();
    let low = if is_surrogate(&low) { 0xE000 } else { low };
    let high = if is_surrogate(&high) { 0xD7FF } else { high };
    if high < low { String::new() } else { format!(r"\x{{{low:X}}}-\x{{{high:X}}}") }
}
