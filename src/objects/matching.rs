//! Which images an entry is about (`IsImageMatched` in `api/internal/image/image.go`, v5.8.1).

use regex::Regex;

use super::pattern;

/// The images of one name.
#[derive(Clone, Debug)]
pub(super) enum Matcher {
    /// A name without any sign of a pattern but dots, as nearly all are: compared as it is, since a
    /// pattern takes a hundred times longer to make than most of them are ever asked.
    Plain(String),
    /// A name as a regular expression, with what may follow it.
    Pattern(Regex),
}

/// What may follow a name: a tag, of these characters and no others, and a digest.
const BEHIND: &str = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$";

/// What means something in a Go pattern, beside the dot.
const SIGNS: &str = r"\()[]{}*+?|^$";

impl Matcher {
    /// The images called `name`.
    ///
    /// # Errors
    /// Why it is no regular expression.
    pub(super) fn new(name: &str) -> Result<Self, String> {
        if name.contains(|c| SIGNS.contains(c)) {
            Self::pattern(name)
        } else {
            Ok(Self::Plain(name.to_owned()))
        }
    }

    /// As kustomize builds it, nothing escaped and without a group: `a|b` begins with `a` or ends with
    /// `b`.
    fn pattern(name: &str) -> Result<Self, String> {
        pattern::compile(&format!("^{name}{BEHIND}")).map(Self::Pattern)
    }

    /// Whether `image` is one of them.
    pub(super) fn matches(&self, image: &str) -> bool {
        match self {
            Self::Plain(name) => behind(name, image).is_some_and(is_version),
            Self::Pattern(pattern) => pattern.is_match(image),
        }
    }
}

/// What follows `name` in `image`; a dot in the name is any character but a line break.
fn behind<'i>(name: &str, image: &'i str) -> Option<&'i str> {
    let mut parts = name.split('.');
    let mut rest = image.strip_prefix(parts.next()?)?;
    for part in parts {
        let any = rest.chars().next().filter(|c| *c != '\n')?;
        rest = rest[any.len_utf8()..].strip_prefix(part)?;
    }
    Some(rest)
}

/// Whether `text` is what may follow a name.
fn is_version(text: &str) -> bool {
    let rest = text.strip_prefix(':').map_or(text, behind_word);
    let rest = rest.strip_prefix("@sha256:").map_or(rest, behind_word);
    rest.is_empty()
}

fn behind_word(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "_.{}-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_what_their_patterns_are() {
        let names = [
            "nginx",
            "",
            "a.b",
            "nginx:1.0",
            ":",
            "@sha256:",
            ".",
            "é",
            "...",
            "a:b@sha256:c",
            "a\n.",
        ];
        let texts = [
            "nginx",
            "nginx:",
            "nginx:1.0",
            "nginx:1 0",
            "nginx@sha256:",
            "nginx@sha256:é",
            "nginx@sha512:a",
            "nginx:1@sha256:a:b",
            "nginx:{x}@sha256:a_",
            "",
            ":1",
            "@sha256:a",
            "@",
            "a.b",
            "axb:v",
            "aéb",
            "a\nb",
            "é",
            "e",
            "abc",
            "a:b@sha256:c",
            "a:b@sha256:c:d@sha256:e",
            "nginx\n",
            "nginxx",
            "::",
            ":::",
            "a\nx",
        ];
        for name in names {
            let (plain, pattern) = (Matcher::new(name).unwrap(), Matcher::pattern(name).unwrap());
            assert!(matches!(plain, Matcher::Plain(_)));
            for text in texts {
                assert_eq!(plain.matches(text), pattern.matches(text), "{name:?} {text:?}");
            }
        }
    }
}
