//! New content as text, in block or flow style.

use crate::yaml::quote::{Quote, quoted};

/// Content that is not in the document yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum New {
    /// A scalar and its quotes.
    Text(String, Quote),
    /// A mapping in the order given.
    Mapping(Vec<(String, Self)>),
    /// A sequence.
    Sequence(Vec<Self>),
    /// A scalar with a comment behind it, where there can be one.
    Noted(Box<Self>, String),
}

impl New {
    /// A scalar in the quotes that it needs.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into(), Quote::AsNeeded)
    }
}

/// How block content is laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'a> {
    /// The line break.
    pub(super) eol: &'a str,
    /// How far dashes stand behind the key of their list.
    pub(super) step: usize,
}

impl Block<'_> {
    /// `new` for a place behind `indent`, on whose line it begins.
    pub(super) fn value(self, new: &New, indent: &str) -> String {
        match new {
            New::Text(text, quote) => quoted(text, *quote),
            New::Noted(scalar, note) => format!("{} # {note}", self.value(scalar, indent)),
            New::Mapping(entries) => {
                let lines = entries
                    .iter()
                    .map(|(key, value)| self.entry(&quoted(key, Quote::AsNeeded), value, indent));
                lines.collect::<Vec<_>>().join(&format!("{}{indent}", self.eol))
            }
            New::Sequence(items) => {
                let inner = format!("{indent}  ");
                let lines = items.iter().map(|item| format!("- {}", self.value(item, &inner)));
                lines.collect::<Vec<_>>().join(&format!("{}{indent}", self.eol))
            }
        }
    }

    /// `key: value`, the key as it is to be written, standing behind `indent`.
    pub(super) fn entry(self, key: &str, value: &New, indent: &str) -> String {
        let inner = match value {
            New::Text(..) | New::Noted(..) => {
                return format!("{key}: {}", self.value(value, indent));
            }
            New::Mapping(_) => format!("{indent}  "),
            New::Sequence(_) => format!("{indent}{}", " ".repeat(self.step)),
        };
        format!("{key}:{}{inner}{}", self.eol, self.value(value, &inner))
    }
}

/// How flow content is laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    /// JSON: quotes around every key and text.
    pub(super) json: bool,
    /// A blank inside braces.
    pub(super) padded: bool,
}

impl Flow {
    /// `new` on one line.
    pub(super) fn value(self, new: &New) -> String {
        match new {
            New::Text(text, quote) => self.quoted(text, *quote),
            New::Noted(scalar, _) => self.value(scalar),
            New::Mapping(entries) => {
                let parts = entries.iter().map(|(key, value)| self.entry(key, value));
                let inner = parts.collect::<Vec<_>>().join(", ");
                if self.padded { format!("{{ {inner} }}") } else { format!("{{{inner}}}") }
            }
            New::Sequence(items) => {
                let parts = items.iter().map(|item| self.value(item));
                format!("[{}]", parts.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// `key: value` on one line.
    pub(super) fn entry(self, key: &str, value: &New) -> String {
        let key = self.quoted(key, Quote::AsNeeded);
        format!("{key}: {}", self.value(value))
    }

    fn quoted(self, text: &str, quote: Quote) -> String {
        if self.json { quoted(text, Quote::Double) } else { quoted(text, quote.in_flow(text)) }
    }
}
