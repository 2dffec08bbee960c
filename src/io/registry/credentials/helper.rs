//! Credential helpers: programs named `docker-credential-NAME` that keep logins, asked once a run
//! for each server (<https://github.com/docker/docker-credential-helpers>).

use std::collections::HashMap;
use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use crate::io::process::{Call, Mishap};

use super::json::{Object, or_default};
use super::{Login, Trouble};

/// How long a helper may take. People unlock a keyring in that time.
const LIMIT: Duration = Duration::from_secs(20);

/// The most that a helper may write.
const MOST: u64 = 1 << 20;

/// The user of an answer whose secret is a refresh token.
const TOKEN_USER: &str = "<token>";

/// What all helpers say about a server that they have no login for (`credentials/error.go`).
const NOT_FOUND: &str = "credentials not found";

/// A helper, what it is to be asked about, and who says so.
pub(super) struct Helper<'a> {
    /// The program's name without `docker-credential-`.
    pub(super) name: &'a str,
    /// The field that names it.
    pub(super) field: &'static str,
    /// The server as the helper knows it.
    pub(super) server: &'a str,
    /// The file with the field, for messages.
    pub(super) file: &'a str,
}

/// All answers of helpers so far.
pub(super) struct Helpers {
    limit: Duration,
    path: Option<OsString>,
    answers: Mutex<HashMap<Question, Arc<OnceLock<Answer>>>>,
}

/// A helper's name and a server.
type Question = (String, String);

type Answer = Result<Option<Login>, Mishap>;

impl Helpers {
    /// Nobody was asked yet.
    pub(super) fn new() -> Self {
        Self { limit: LIMIT, path: None, answers: Mutex::default() }
    }

    /// The same, with another limit and another `PATH` to find helpers on.
    #[cfg(all(test, unix))]
    pub(super) fn within(limit: Duration, path: OsString) -> Self {
        Self { limit, path: Some(path), ..Self::new() }
    }

    /// What `helper` says; `None` when it has no login for its server. Those who ask while it runs
    /// wait for the one answer.
    ///
    /// # Errors
    /// What went wrong, in words that name the helper and the file, and nothing that it said.
    pub(super) fn ask(&self, helper: &Helper<'_>) -> Result<Option<Login>, Trouble> {
        if !helper.is_legal() {
            return Err(helper.illegal());
        }
        let slot = self.slot(helper.name, helper.server);
        let answer = slot.get_or_init(|| self.call(&helper.program(), helper.server));
        answer.clone().map_err(|mishap| helper.trouble(&mishap))
    }

    fn slot(&self, name: &str, server: &str) -> Arc<OnceLock<Answer>> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(answers.entry((name.to_owned(), server.to_owned())).or_default())
    }

    fn call(&self, program: &str, server: &str) -> Answer {
        let mut command = Command::new(program);
        command.arg("get").stderr(Stdio::null());
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        let input = Some(server.to_owned());
        let call = Call { command, input, most: MOST, limit: self.limit, alone: true };
        let output = call.run()?;
        match output.code {
            Some(0) => login(&output.text),
            _ if says_not_found(&output.text) => Ok(None),
            code => Err(Mishap::Failed(code)),
        }
    }
}

impl Helper<'_> {
    /// Where a login of the helper is from, for messages.
    pub(super) fn source(&self) -> String {
        format!("`{}` (`{}` of {})", self.program(), self.field, self.file)
    }

    fn program(&self) -> String {
        format!("docker-credential-{}", self.name)
    }

    /// Nothing that a shell or the file system could take for something else.
    fn is_legal(&self) -> bool {
        let is_legal =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        self.name.bytes().all(is_legal)
    }

    fn illegal(&self) -> Trouble {
        Trouble {
            message: format!("`{}` of {} is not the name of a helper", self.field, self.file),
            hint: "it is what follows `docker-credential-` in the name of the program".to_owned(),
        }
    }

    fn trouble(&self, mishap: &Mishap) -> Trouble {
        let Self { field, file, server, .. } = self;
        let program = self.program();
        let hint = match mishap {
            Mishap::Missing => format!("install it, or take it out of `{field}` of {file}"),
            _ => format!("`printf %s {server} | {program} get` shows why"),
        };
        Trouble { message: format!("`{program}` (`{field}` of {file}) {mishap}"), hint }
    }
}

/// What helpers write.
#[derive(Deserialize)]
struct Written {
    #[serde(default, rename = "Username", deserialize_with = "or_default")]
    username: String,
    #[serde(default, rename = "Secret", deserialize_with = "or_default")]
    secret: String,
}

/// The login of an answer. One without user and secret is none.
fn login(text: &[u8]) -> Answer {
    let Object(Written { username, secret }) =
        serde_json::from_slice(text).map_err(|_| Mishap::Unintelligible)?;
    Ok(match username.as_str() {
        "" | TOKEN_USER if secret.is_empty() => None,
        TOKEN_USER => Some(Login::Identity(secret)),
        _ => Some(Login::Basic { user: username, password: secret }),
    })
}

fn says_not_found(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).to_ascii_lowercase().contains(NOT_FOUND)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::super::rig::{Rig, Row};
    use super::*;
    use crate::image::reference::Repository;

    /// 64 threads want the same of one helper, and get it from one call for each server.
    #[test]
    fn a_helper_is_called_once_for_each_server() {
        let rig = Rig::new();
        let (good, broken) = (r#"{"credsStore": "calm"}"#, r#"{"credsStore": "broken"}"#);
        for (text, name) in [(good, "calm"), (broken, "broken")] {
            let store = rig.open(&Row::docker(text, "")).unwrap();
            std::thread::scope(|scope| {
                for thread in 0..64 {
                    let store = &store;
                    scope.spawn(move || {
                        let domain = ["a.io", "b.io"][thread % 2].to_owned();
                        let found = store.find(&Repository { domain, path: format!("x/{thread}") });
                        assert_eq!(found.is_ok_and(|found| found.is_some()), name == "calm");
                    });
                }
            });
            let mut calls = rig.calls();
            calls.sort();
            assert_eq!(calls, [format!("{name} get a.io"), format!("{name} get b.io")]);
        }
    }

    /// What a helper has started ends with it.
    #[test]
    fn a_helper_that_does_not_answer_is_ended() {
        let rig = Rig::new();
        for name in ["slow", "parent", "closed", "daemon"] {
            let row = Row::docker(
                &format!(r#"{{"credsStore": "{name}"}}"#),
                "! has no answer after 0.7 s",
            );
            let started = std::time::Instant::now();
            rig.check_within(&row, Duration::from_millis(700));
            assert!(started.elapsed() < Duration::from_secs(10), "{name}");
            rig.check_ended();
        }
    }
}
