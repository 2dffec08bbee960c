//! What a server says about an error in the body of its answer, as far as it may be repeated.

use serde::Deserialize;

use super::trouble::printable;

/// The most characters of a server's own words.
const LIMIT: usize = 200;

/// What a server says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// The error's code, for programs: `MANIFEST_UNKNOWN`.
    pub(super) code: String,
    message: String,
}

/// The forms that registries, GitHub, and OAuth (RFC 6749, 5.2) have for errors.
#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Registry {
        errors: Vec<Entry>,
    },
    Oauth {
        error: String,
        #[serde(default)]
        error_description: String,
    },
    Message {
        message: String,
    },
    Details {
        details: String,
    },
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

impl Words {
    /// What `body` says; nothing where it is a page for people.
    pub(super) fn read(body: &[u8]) -> Self {
        let (code, message) = match serde_json::from_slice(body) {
            Ok(Form::Registry { errors }) => {
                let first = errors.into_iter().next();
                first.map(|entry| (entry.code, entry.message)).unwrap_or_default()
            }
            Ok(Form::Oauth { error, error_description }) => (Some(error), Some(error_description)),
            Ok(Form::Message { message } | Form::Details { details: message }) => {
                (None, Some(message))
            }
            Err(_) => (code(body), None),
        };
        Self { code: code.unwrap_or_default(), message: message.unwrap_or_default() }
    }

    /// `: …`, or nothing where there is nothing to say or it has one of `secrets` in it.
    pub(super) fn quoted(&self, secrets: &[String]) -> String {
        let said = match self.message.trim().is_empty() {
            true => &self.code,
            false => &self.message,
        };
        match said.trim().is_empty() || has_secret(said, secrets) {
            true => String::new(),
            false => format!(": {}", printable(said, LIMIT)),
        }
    }
}

/// Whether `text` has one of `secrets` in it that is too long to be there by chance.
pub(super) fn gives_away(text: &str, secrets: &[String]) -> bool {
    secrets.iter().any(|secret| secret.len() >= 10 && has(text, secret))
}

/// The code in a body that is too long to be read to its end.
fn code(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start().strip_prefix(r#"{"errors""#)?;
    let (_, text) = text.split_once(r#""code""#)?;
    let text = text.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let (code, _) = text.split_once('"')?;
    let is_code = |c: char| c.is_ascii_uppercase() || c == '_';
    (code.len() < 40 && code.chars().all(is_code)).then(|| code.to_owned())
}

/// Whether `text` has one of `secrets` in it.
pub(super) fn has_secret(text: &str, secrets: &[String]) -> bool {
    secrets.iter().any(|secret| has(text, secret))
}

/// Whether `text` has `secret`, or the beginning of a long one, in it.
fn has(text: &str, secret: &str) -> bool {
    let long = secret.char_indices().nth(12).map_or(secret.len(), |(at, _)| at);
    !secret.is_empty() && text.contains(&secret[..long])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_it_in_four_forms() {
        for (body, code, said) in [
            (
                r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"x":1}}]}"#,
                "MANIFEST_UNKNOWN",
                ": manifest unknown",
            ),
            (r#"{"errors":[{"code":"DENIED"}]}"#, "DENIED", ": DENIED"),
            (r#"{"errors":[{"code":"DENIED","message":null}]}"#, "DENIED", ": DENIED"),
            (r#"{"errors":[]}"#, "", ""),
            (r#"{"error":"invalid_grant","error_description":"no"}"#, "invalid_grant", ": no"),
            (r#"{"error":"invalid_grant"}"#, "invalid_grant", ": invalid_grant"),
            (r#"{"message":"bad credentials"}"#, "", ": bad credentials"),
            (
                r#"{"details":"incorrect username or password"}"#,
                "",
                ": incorrect username or password",
            ),
            (r#"{"message":"a\nb"}"#, "", ": a\\nb"),
            (r#"{"errors":[{"code":"DENIED","message":"no, and"#, "DENIED", ": DENIED"),
            ("<html>no</html>", "", ""),
            ("\u{0}", "", ""),
            ("", "", ""),
        ] {
            let words = Words::read(body.as_bytes());
            assert_eq!((words.code.as_str(), words.quoted(&[]).as_str()), (code, said), "{body}");
        }
        let long = format!(r#"{{"message":"{}"}}"#, "x".repeat(1000));
        assert_eq!(Words::read(long.as_bytes()).quoted(&[]).chars().count(), LIMIT + 3);
    }

    #[test]
    fn what_has_a_secret_in_it_is_not_repeated() {
        let words = Words::read(br#"{"message":"no user with password hunter2 here"}"#);
        assert_eq!(words.quoted(&["hunter2".to_owned()]), "");
        assert!(!words.quoted(&["hunter3".to_owned(), String::new()]).is_empty());
        let words = Words::read(br#"{"message":"the token abcdefghijkl is too old"}"#);
        let long = ["abcdefghijklmnopqrstuvwxyz".to_owned()];
        assert_eq!(words.quoted(&long), "");
        assert!(gives_away("abcdefghijkl", &long) && !gives_away("admin", &["admin".to_owned()]));
    }
}
