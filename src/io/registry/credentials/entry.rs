//! One entry of `auths`, and the login in it.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::Login;
use super::json::or_default;

/// As lenient as Go's decoder, which Docker reads with, and with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What Docker, Podman or Kubernetes write for one registry.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    #[serde(deserialize_with = "or_default")]
    auth: String,
    #[serde(deserialize_with = "or_default")]
    username: String,
    #[serde(deserialize_with = "or_default")]
    password: String,
    #[serde(deserialize_with = "or_default")]
    identitytoken: String,
    #[serde(deserialize_with = "or_default")]
    registrytoken: String,
}

impl Entry {
    /// The login; `None` for an entry without one, which Docker writes where a helper has it.
    ///
    /// # Errors
    /// What is wrong with the entry, in words that follow its name.
    pub(super) fn login(&self) -> Result<Option<Login>, &'static str> {
        let [identity, bearer] = [&self.identitytoken, &self.registrytoken].map(|t| t.trim());
        if !identity.is_empty() {
            return Ok(Some(Login::Identity(identity.to_owned())));
        }
        if !bearer.is_empty() {
            return Ok(Some(Login::Bearer(bearer.to_owned())));
        }
        if !self.username.is_empty() && !self.password.is_empty() {
            let (user, password) = (self.username.clone(), self.password.clone());
            return Ok(Some(Login::Basic { user, password }));
        }
        decode(&self.auth)
    }
}

/// The login in an `auth`, which is `user:password` in base64.
fn decode(auth: &str) -> Result<Option<Login>, &'static str> {
    let auth: String = auth.split_ascii_whitespace().collect();
    if auth.is_empty() {
        return Ok(None);
    }
    let text = BASE64.decode(auth).map_err(|_| "has an `auth` that is not base64")?;
    let text = String::from_utf8(text).map_err(|_| "has an `auth` that is not UTF-8")?;
    let (user, password) =
        text.split_once(':').ok_or("has an `auth` that is not `user:password` in base64")?;
    // Docker's own trim: some programs fill up the password to a block.
    let password = password.trim_matches('\0');
    Ok(Some(Login::Basic { user: user.to_owned(), password: password.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(json: &str) -> Result<Option<Login>, &'static str> {
        serde_json::from_str::<Entry>(json).unwrap().login()
    }

    fn basic(user: &str, password: &str) -> Login {
        Login::Basic { user: user.to_owned(), password: password.to_owned() }
    }

    #[test]
    fn entries_hold_logins() {
        let long = "A".repeat(60);
        let wrapped = {
            let text = BASE64.encode(format!("me:{long}"));
            format!(r#"{{"auth": "{}\n{}\r\n"}}"#, &text[..40], &text[40..])
        };
        for (json, wanted) in [
            (r#"{"auth": "bWU6Z29vZA=="}"#, basic("me", "good")),
            (r#"{"auth": "bWU6Z29vZA"}"#, basic("me", "good")),
            (r#"{"auth": " bWU6Z29vZA==\n"}"#, basic("me", "good")),
            // Go's decoder does not mind the last bits.
            (r#"{"auth": "bWU6Z29vZB=="}"#, basic("me", "good")),
            (r#"{"auth": "bWU6YTpiOmM="}"#, basic("me", "a:b:c")),
            (r#"{"auth": "bWU6Z29vZAAAAA=="}"#, basic("me", "good")),
            (r#"{"auth": "bWU6"}"#, basic("me", "")),
            (r#"{"auth": "OnB3"}"#, basic("", "pw")),
            (wrapped.as_str(), basic("me", &long)),
            (r#"{"username": "a", "password": "b", "auth": "bWU6Z29vZA=="}"#, basic("a", "b")),
            (r#"{"username": "a", "auth": "bWU6Z29vZA=="}"#, basic("me", "good")),
            (r#"{"password": "b", "auth": "bWU6Z29vZA==", "email": 7}"#, basic("me", "good")),
            (
                r#"{"auth": "bWU6Z29vZA==", "username": "a", "password": "b", "identitytoken": "t\n"}"#,
                Login::Identity("t".to_owned()),
            ),
            (
                r#"{"auth": "bWU6Z29vZA==", "username": "a", "password": "b", "registrytoken": "t"}"#,
                Login::Bearer("t".to_owned()),
            ),
            (r#"{"registrytoken": "r", "identitytoken": "i"}"#, Login::Identity("i".to_owned())),
            (
                r#"{"identitytoken": "", "registrytoken": null, "auth": "bWU6Z29vZA=="}"#,
                basic("me", "good"),
            ),
        ] {
            assert!(login(json) == Ok(Some(wanted)), "{json}");
        }
    }

    #[test]
    fn some_entries_hold_none() {
        for json in [
            "{}",
            r#"{"auth": ""}"#,
            r#"{"auth": " \n"}"#,
            r#"{"auth": null, "username": null}"#,
            r#"{"username": "me"}"#,
            r#"{"username": "me", "password": ""}"#,
            r#"{"email": "me@example.com"}"#,
        ] {
            assert!(login(json) == Ok(None), "{json}");
        }
    }

    #[test]
    fn broken_entries_are_no_secret_keepers() {
        for (auth, word) in [
            ("c2VjcmV0", "`user:password`"),
            ("s3cr3t!", "base64"),
            ("bWU6Z29vZA==bWU6", "base64"),
            ("bWU6/w==", "UTF-8"),
        ] {
            let wrong = login(&format!(r#"{{"auth": "{auth}"}}"#)).unwrap_err();
            assert!(wrong.contains(word), "{auth}: {wrong}");
        }
    }
}
