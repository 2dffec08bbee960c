//! What the user got wrong, or should know, as data: a face decides how to show it.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::secret::has_login;
use crate::span::{Position, Span, line_content_end, line_start};

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing can be written because of it.
    Error,
    /// The promotion happens, and may not do what the user thinks.
    Warning,
}

/// A place in a file, with the line it is on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Place {
    /// Line and column of the first character.
    #[serde(flatten)]
    pub position: Position,
    /// The whole line, without its line break; absent where it may hold a secret.
    #[serde(skip)]
    pub excerpt: Option<String>,
    /// How many characters of the line are meant; at least one.
    #[serde(skip)]
    pub width: usize,
}

/// One thing to tell the user: which file, which line, what is wrong, what to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// The file it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub file: Option<Utf8PathBuf>,
    /// Where in the file.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What is wrong: one sentence, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error that no file is to blame for.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: None,
            place: None,
            message: message.into(),
            hint: None,
        }
    }

    /// A warning that belongs to no file.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, about a whole file.
    #[must_use]
    pub fn file(mut self, file: &Utf8Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// The same, about `span` of `file`, whose content is `text`.
    #[must_use]
    pub fn at(mut self, file: &Utf8Path, text: &str, span: Span) -> Self {
        self.place = Some(Place::new(text, span));
        self.file(file)
    }

    /// The same without the excerpt, for a line that may hold a secret.
    #[must_use]
    pub fn without_excerpt(mut self) -> Self {
        if let Some(place) = &mut self.place {
            place.excerpt = None;
        }
        self
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl Place {
    fn new(text: &str, span: Span) -> Self {
        let start = line_start(text, span.start);
        let end = line_content_end(text, start.max(span.start.min(text.len())));
        let line = text.get(start..end).unwrap_or_default().trim_start_matches('\u{feff}');
        let last = span.end.min(end).max(span.start);
        let width = text.get(span.start..last).map_or(1, |meant| meant.chars().count().max(1));
        let excerpt = (!has_login(line)).then(|| line.to_owned());
        Self { position: span.position(text), excerpt, width }
    }
}

/// `text` with what would steer a terminal as escapes.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_shows_its_own_line_only() {
        let text = "a: 1\nb: two\r\nc: 3";
        let start = text.find("two").unwrap();
        let found =
            Diagnostic::error("x").at(Utf8Path::new("f"), text, Span::new(start, text.len()));
        let place = found.place.unwrap();
        assert_eq!(place.excerpt.as_deref(), Some("b: two"));
        assert_eq!((place.position.line, place.position.column, place.width), (2, 4, 3));
    }

    #[test]
    fn a_login_is_not_shown() {
        let text = "- https://token@github.com/a/b?ref=v1\n- https://github.com/a/b";
        assert_eq!(Place::new(text, Span::at(3)).excerpt, None);
        assert!(Place::new(text, Span::at(text.len())).excerpt.is_some());
    }

    #[test]
    fn a_place_at_the_end_of_the_text_is_legal() {
        let place = Place::new("a: [", Span::at(4));
        assert_eq!((place.position.column, place.width), (5, 1));
    }
}
