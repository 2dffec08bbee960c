//! Why there is no answer, on its way to the one line that people read.

use std::fmt::Display;

use crate::facts::{Failure, Manifest, Reason};

/// What went wrong with one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// What may follow from it.
    pub(super) kind: Kind,
    /// The sentence behind the image's name.
    pub(super) message: String,
    /// What to do about it.
    pub(super) hint: Option<String>,
}

/// What may follow from a trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The registry says that there is no such thing.
    Absent,
    /// It is there, and not as it has to be.
    Unfit,
    /// The same would happen again.
    Final,
    /// Another try may go better.
    Passing,
    /// No answer, and no other image of the registry would get one either.
    Unreachable,
    /// The same, but another try may go better.
    Lost,
    /// The whole run is ending, and nobody wants to know any more.
    Stopped,
    /// Somebody else has said it in full, beginning with the repository.
    Told,
}

impl Trouble {
    /// Something that would happen again.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { kind: Kind::Final, message: message.into(), hint: None }
    }

    /// The end of the run.
    pub(super) fn stopped() -> Self {
        Self::new("").kind(Kind::Stopped)
    }

    /// The same, with other consequences.
    #[must_use]
    pub(super) fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same, as the reason for `what`.
    #[must_use]
    pub(super) fn because(self, what: &str) -> Self {
        match self.message.strip_prefix(UNRESOLVED) {
            Some(why) => Self { message: format!("{UNRESOLVED}{what}: {why}"), ..self },
            None => self,
        }
    }

    /// What is wrong, without what follows from it.
    pub(super) fn why(&self) -> &str {
        self.message.strip_prefix(UNRESOLVED).unwrap_or(&self.message)
    }

    /// The same of another server than the registry itself, which has answered: others may have
    /// more luck.
    #[must_use]
    pub(super) fn elsewhere(self) -> Self {
        let kind = match self.kind {
            Kind::Unreachable => Kind::Final,
            Kind::Lost => Kind::Passing,
            kind => kind,
        };
        self.kind(kind)
    }

    /// Whether another try may go better.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self.kind, Kind::Passing | Kind::Lost)
    }

    /// Whether nothing at all came back.
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(self.kind, Kind::Unreachable | Kind::Lost)
    }

    /// What to tell about `manifest`; `None` where nobody wants to know.
    pub(super) fn about(self, manifest: &Manifest) -> Option<Failure> {
        let message = match self.kind {
            Kind::Stopped => return None,
            Kind::Told => self.message.replacen(
                &format!("`{}`", manifest.repository),
                &format!("`{manifest}`"),
                1,
            ),
            _ => format!("`{manifest}` {}", self.message),
        };
        let reason = match self.kind {
            Kind::Absent => Reason::Absent,
            Kind::Unfit => Reason::Unfit,
            Kind::Unreachable | Kind::Lost => Reason::Unreachable,
            _ => Reason::Unknown,
        };
        Some(Failure { reason, message, hint: self.hint })
    }
}

/// What the credentials could not be found for is said there.
impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self { kind: Kind::Told, message: failure.message, hint: failure.hint }
    }
}

const UNRESOLVED: &str = "cannot be resolved: ";

/// `cannot be resolved: …`
pub(super) fn unresolved(why: impl Display) -> Trouble {
    Trouble::new(format!("{UNRESOLVED}{why}"))
}

/// At most `limit` characters of `text` on one line, without what a terminal would obey.
pub(super) fn printable(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for (count, character) in text.trim().chars().enumerate() {
        if count == limit {
            out.push('…');
            break;
        }
        // Marks that turn the direction of the text around are not control characters.
        let hidden = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}');
        match character.is_control() || hidden {
            true => out.extend(character.escape_default()),
            false => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::reference::Repository;

    #[test]
    fn a_failure_begins_with_the_image() {
        let repository = Repository { domain: "ghcr.io".into(), path: "acme/web".into() };
        let manifest = Manifest { repository, version: "1.5.0".into() };
        let trouble = Trouble::new("is not there").kind(Kind::Absent).hint("look");
        let failure = trouble.about(&manifest).unwrap();
        assert_eq!(failure.message, "`ghcr.io/acme/web:1.5.0` is not there");
        assert_eq!((failure.is_absent(), failure.hint.as_deref()), (true, Some("look")));
        let failure = Failure { message: "`ghcr.io/acme/web` has none".into(), ..failure };
        let told = Trouble::from(failure).about(&manifest).unwrap();
        assert_eq!(told.message, "`ghcr.io/acme/web:1.5.0` has none");
        assert_eq!(unresolved("x").because("no y").message, "cannot be resolved: no y: x");
        assert_eq!(unresolved("x").why(), "x");
        assert_eq!(unresolved("x").kind(Kind::Lost).elsewhere().kind, Kind::Passing);
        assert_eq!(Trouble::stopped().about(&manifest), None);
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_printed() {
        assert_eq!(printable(" a\nb\u{1b}[31m\u{202e}é ", 200), "a\\nb\\u{1b}[31m\\u{202e}é");
        assert_eq!(printable("abcdef", 3), "abc…");
        assert_eq!(printable("abc", 3), "abc");
    }
}
