//! The query of an entry, as Go's `url.ParseQuery` reads it.

use crate::remote::{Place, Version};
use crate::secret::is_secret_parameter;
use crate::span::Span;

/// The parameters in order: name, value, and where the value stands in the entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    parameters: Vec<(String, String, Span)>,
}

/// The query cannot be read as a whole.
#[derive(Debug)]
pub(super) struct Malformed;

impl Query {
    /// Reads `query`, which begins at `offset` of the entry.
    pub(super) fn parse(query: &str, offset: usize) -> Result<Self, Malformed> {
        let mut parameters = Vec::new();
        let mut at = offset;
        for part in query.split('&') {
            if part.contains(';') {
                return Err(Malformed);
            }
            if !part.is_empty() {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                let start = at + part.len() - value.len();
                let span = Span::new(start, start + value.len());
                parameters.push((decode(name)?, decode(value)?, span));
            }
            at += part.len() + 1;
        }
        Ok(Self { parameters })
    }

    /// The first value of `name`, unless it is empty.
    fn get(&self, name: &str) -> Option<Version> {
        let (_, text, span) = self.parameters.iter().find(|(own, ..)| own == name)?;
        let version = Version { span: *span, text: text.clone(), place: Place::Query };
        (!text.is_empty()).then_some(version)
    }

    /// What kustomize checks out: `ref`, else `version`.
    pub(super) fn version(&self) -> Option<Version> {
        self.get("ref").or_else(|| self.get("version"))
    }

    /// Bitbucket Server's parameter for the same, for files.
    pub(super) fn at(&self) -> Option<Version> {
        self.get("at")
    }

    /// Whether a page for a file is asked to be the file.
    pub(super) fn raw(&self) -> bool {
        self.get("raw").is_some_and(|raw| matches!(raw.text.as_str(), "true" | "1"))
    }

    /// The parameters that say how to fetch, sorted, for comparing.
    pub(super) fn options(&self) -> String {
        let mut options: Vec<_> = self
            .parameters
            .iter()
            .filter(|(name, ..)| is_option(name))
            .map(|(name, value, _)| format!("&{name}={value}"))
            .collect();
        options.sort_unstable();
        options.concat()
    }

    /// The parameters that are part of what a file's URL means, in order.
    pub(super) fn identity(&self) -> String {
        let parts = self.parameters.iter().filter(|(name, ..)| {
            !is_option(name)
                && !is_secret_parameter(name)
                && !matches!(name.as_str(), "ref" | "version" | "at")
        });
        let parts: Vec<_> = parts.map(|(name, value, _)| format!("{name}={value}")).collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

fn is_option(name: &str) -> bool {
    matches!(name, "timeout" | "submodules" | "depth" | "raw" | "inline" | "ref_type")
}

/// `+` and `%XX` undone; to Go any bytes will do, here those that are no text become `\u{fffd}`.
fn decode(text: &str) -> Result<String, Malformed> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || {
                    let value = char::from(bytes.next()?).to_digit(16)?;
                    u8::try_from(value).ok()
                };
                match (digit(), digit()) {
                    (Some(high), Some(low)) => high * 16 + low,
                    _ => return Err(Malformed),
                }
            }
            byte => byte,
        });
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// `value` with those characters encoded that a query, or the URL around it, would take otherwise.
pub(super) fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:@!$*(),".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
