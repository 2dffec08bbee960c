//! Writing a scalar so that every YAML reader sees the same text.
//!
//! Plain is for texts that no reader of YAML 1.1, YAML 1.2 or go-yaml can take for a number, a
//! date, a truth value or null. The rule over-quotes rather than guess.

use crate::yaml::node::Style;

/// How a new scalar is to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quote {
    /// Plain where that is safe, double quotes otherwise.
    #[default]
    AsNeeded,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
}

impl From<Style> for Quote {
    /// The quotes that keep the look of a scalar written in `style`.
    fn from(style: Style) -> Self {
        match style {
            Style::Single => Self::Single,
            Style::Double => Self::Double,
            Style::Plain | Style::Block => Self::AsNeeded,
        }
    }
}

impl Quote {
    /// The quotes that `text` needs between brackets, where a question mark ends a plain scalar
    /// before go-yaml.
    pub(super) fn in_flow(self, text: &str) -> Self {
        match self {
            Self::AsNeeded if text.contains('?') => Self::Double,
            other => other,
        }
    }
}

const WORDS: &[&str] = &["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// `text` as a scalar with the quotes asked for.
pub fn quoted(text: &str, quote: Quote) -> String {
    match quote {
        Quote::AsNeeded if is_plain(text) => text.to_owned(),
        Quote::Single if !text.chars().any(needs_escape) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        _ => double(text),
    }
}

/// Whether `text` can stand without quotes before every reader; between brackets a question mark
/// cannot.
pub fn is_plain(text: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_./:@?=&%~+-".contains(c);
    let Some(first) = text.chars().next() else {
        return false;
    };
    if !text.chars().all(safe) || text.ends_with(':') {
        return false;
    }
    match first {
        '0'..='9' => is_dotted(text) || is_telling(text),
        '.' | '/' => text.contains('/'),
        'A'..='Z' | 'a'..='z' | '_' => !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)),
        _ => false,
    }
}

/// `1.2.3`, with anything of a version's alphabet behind it: two dots make no number.
fn is_dotted(text: &str) -> bool {
    let mut parts = text.splitn(3, '.');
    let mut number = || {
        parts
            .next()
            .is_some_and(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()))
    };
    let numbers = number() && number();
    let rest = parts.next().unwrap_or_default();
    let legal = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    numbers && rest.starts_with(|c: char| c.is_ascii_digit()) && rest.chars().all(legal)
}

/// Begins with a digit and holds a letter that no number or date has: `8d903c34`, `16-alpine`.
fn is_telling(text: &str) -> bool {
    let mut start = text.chars().skip(1);
    let based = text.starts_with('0') && start.next().is_some_and(|c| "xXoObB".contains(c));
    let telling = |c: char| c.is_ascii_alphabetic() && !"eEtTzZ".contains(c);
    !based && text.chars().any(telling)
}

/// Whether only YAML 1.1 takes the plain `text` for something else: a date, a number to the base of
/// 60, the default or the merge key.
pub(super) fn is_ambiguous(text: &str) -> bool {
    let numeric = |c: char| c.is_ascii_digit() || "+-.:_ \tTtZzeE".contains(c);
    matches!(text, "=" | "<<")
        || text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
            && text.chars().all(numeric)
            && !is_plain(text)
}

/// Whether YAML does not take `c` as it is: control characters, and the line and paragraph
/// separators, which are line breaks to YAML 1.1, the BOM, and what is no character at all.
pub(super) fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn double(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_something_else_is_quoted() {
        for text in [
            "1.10",
            "1e3",
            "07",
            "on",
            "Null",
            "1234567e8",
            "0b11",
            "0x1F",
            "2024-01-02",
            "1:30",
            "",
            "~",
            ".5",
            "2024-01-02T10:00:00Z",
            "x:",
            "1_000",
            ".inf",
            "-1",
            "x y",
            "#x",
            "12345678",
            "7654321e",
        ] {
            assert_eq!(quoted(text, Quote::AsNeeded), format!("\"{text}\""));
        }
    }

    #[test]
    fn what_nobody_can_misread_stays_plain() {
        for text in [
            "v1.10",
            "1.2.3",
            "1.2.3-rc.1",
            "latest",
            "8d903c345b6c374bd14d5878aa3eb5db93968e48",
            "16-alpine",
            "1.27-alpine",
            "sha256:abc",
            "v1@sha256:abc",
            "https://github.com/o/r//p?ref=v1",
            "../base",
            "ghcr.io/acme/web",
            "e1",
        ] {
            assert_eq!(quoted(text, Quote::AsNeeded), text);
        }
    }

    #[test]
    fn quotes_are_escaped_in_their_own_way() {
        assert_eq!(quoted("a'b", Quote::Single), "'a''b'");
        assert_eq!(quoted("a\"\\b", Quote::Double), "\"a\\\"\\\\b\"");
        assert_eq!(quoted("a\nb\u{1}", Quote::Single), "\"a\\nb\\u0001\"");
    }
}
