//! Tokens, and the files that they are in.

use std::fs;

use http::HeaderValue;
use kube::config::AuthInfo;
use serde_json::Value;

use crate::io::fs::reason;

/// Reads the file of a token into `login`, where one is named. It wins over a token beside it, and
/// white space around it is no part of it, as with client-go (`transport/token_source.go`).
///
/// # Errors
/// Why there is no token that could be sent. It says nothing of what it is.
pub(super) fn read(login: &mut AuthInfo) -> Result<(), String> {
    if let Some(path) = login.token_file.take().filter(|path| !path.is_empty()) {
        match fs::read_to_string(&path) {
            Ok(text) if !text.trim().is_empty() => login.token = Some(text.trim().into()),
            _ if login.token.is_some() => {}
            Ok(_) => return Err(format!("`{path}` is empty")),
            Err(error) => return Err(format!("`{path}` cannot be read: {}", reason(&error))),
        }
    }
    // A secret is shown to nobody but who writes a kubeconfig. The client would panic.
    let written = serde_json::to_value(&*login).unwrap_or_default();
    let token = written.get("token").and_then(Value::as_str).unwrap_or_default();
    match HeaderValue::from_str(token) {
        Ok(_) => Ok(()),
        Err(_) => {
            Err("its token has characters that cannot be sent; does a line break end it?".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The token that would be sent.
    fn token(text: &str) -> Result<Option<String>, String> {
        let mut login = serde_yaml::from_str(text).unwrap();
        read(&mut login)?;
        assert!(login.token_file.is_none());
        let written = serde_json::to_value(&login).unwrap();
        Ok(written["token"].as_str().map(str::to_owned))
    }

    #[test]
    fn a_file_wins_and_its_line_break_is_no_part_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let (good, empty) = (file("good", " abc\r\n"), file("empty", "\n"));
        let (odd, lost) = (file("odd", "a\nb"), dir.path().join("lost").display().to_string());
        let some = |token: &str| Ok(Some(token.to_owned()));
        assert_eq!(token(&format!("tokenFile: {good}")), some("abc"));
        assert_eq!(token(&format!("{{tokenFile: {good}, token: old}}")), some("abc"));
        assert_eq!(token(&format!("{{tokenFile: {lost}, token: old}}")), some("old"));
        assert_eq!(token("token: abc"), some("abc"));
        assert_eq!(token("username: me"), Ok(None));
        for (text, why) in [
            (format!("tokenFile: {empty}"), "is empty"),
            (format!("tokenFile: {lost}"), "cannot be read: no such file"),
            (format!("tokenFile: {odd}"), "does a line break end it?"),
            ("token: \"secret\\n\"".to_owned(), "does a line break end it?"),
        ] {
            let said = token(&text).unwrap_err();
            assert!(said.contains(why) && !said.contains("secret"), "{said}");
        }
    }
}
