//! What is shown to a registry with a request, and what of it must never be shown to anybody else.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ureq::http::HeaderValue;

use super::credentials::{Credential, Login as Secret};
use super::login::Login;
use super::token::Token;
use super::wish::Wish;

/// What is shown.
#[derive(Default)]
pub(super) struct Pass {
    /// What the registry wished, where it is known.
    pub(super) wish: Option<Wish>,
    /// The header.
    pub(super) header: Option<HeaderValue>,
    /// Where it came from.
    pub(super) credential: Option<Arc<Credential>>,
    /// Where the credential itself is shown.
    pub(super) login: Option<Arc<Login>>,
    /// Where a token is.
    pub(super) token: Option<Arc<Token>>,
    /// What must not be in a message.
    pub(super) secrets: Vec<String>,
}

/// The header that shows `credential` itself; `None` where it cannot be one.
pub(super) fn basic(credential: &Credential) -> Option<HeaderValue> {
    let text = match &credential.login {
        Secret::Basic { user, password } => encoded(user, password),
        // As `docker login` has it.
        Secret::Identity(token) => encoded("<token>", token),
        Secret::Bearer(token) => format!("Bearer {token}"),
    };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let mut header = HeaderValue::from_str(&text).ok().filter(|_| is_plain)?;
    header.set_sensitive(true);
    Some(header)
}

fn encoded(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// All forms in which a server could repeat `credential`.
pub(super) fn secrets(credential: Option<&Credential>) -> Vec<String> {
    match credential.map(|credential| &credential.login) {
        Some(Secret::Basic { user, password }) => {
            let header = encoded(user, password);
            let mut forms = vec![password.clone(), header["Basic ".len()..].to_owned()];
            forms.push(super::url::form([("", password.as_str())])[1..].to_owned());
            forms
        }
        Some(Secret::Identity(token) | Secret::Bearer(token)) => vec![token.clone()],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_a_secret_in_all_its_forms() {
        let login = Secret::Basic { user: "a".into(), password: "b c".into() };
        let credential = Credential { login, source: "x".into(), remedy: String::new() };
        assert_eq!(basic(&credential).unwrap().to_str().unwrap(), "Basic YTpiIGM=");
        assert!(basic(&credential).unwrap().is_sensitive());
        assert_eq!(secrets(Some(&credential)), ["b c", "YTpiIGM=", "b%20c"]);
        assert_eq!(secrets(None), Vec::<String>::new());
    }
}
