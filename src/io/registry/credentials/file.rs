//! One file with logins: `config.json` of Docker, `auth.json` of Podman, `.dockerconfigjson` of
//! Kubernetes, which are one format, and the older `.dockercfg`.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;

use camino::Utf8Path;
use serde::Deserialize;

use super::entry::Entry;
use super::helper::{Helper, Helpers};
use super::json::{Object, or_default};
use super::lookup::Target;
use super::places::{INLINE, Place};
use super::{Credential, Logins, Trouble};
use crate::diagnostic::Diagnostic;
use crate::io::fs::reason;
use crate::span::Span;

/// The name of files without `auths`: their entries are all that they have.
pub(super) const LEGACY: &str = ".dockercfg";

/// A file that was read.
pub(super) struct File {
    /// What it is in messages.
    name: String,
    config: Config,
    /// Whether somebody else keeps it: `docker login` would change nothing in it.
    handed: bool,
}

/// What is of use in it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    #[serde(deserialize_with = "or_default")]
    auths: BTreeMap<String, Option<Object<Entry>>>,
    #[serde(rename = "credHelpers", deserialize_with = "or_default")]
    helpers: BTreeMap<String, Option<String>>,
    #[serde(rename = "credsStore", deserialize_with = "or_default")]
    store: String,
}

impl File {
    /// Reads `place`; `None` where nothing is there and nothing has to be.
    ///
    /// # Errors
    /// A diagnostic with the file, and the line of what is wrong, but nothing of what it says.
    pub(super) fn read(place: &Place) -> Result<Option<Self>, Diagnostic> {
        let path = match place {
            Place::Inline(text) => return Self::inline(text).map(Some),
            Place::Handed(logins) => return Self::handed(logins).map(Some),
            Place::Given(path) | Place::Usual(path) => path,
        };
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if is_missing(&error) && matches!(place, Place::Usual(_)) => {
                return Ok(None);
            }
            Err(error) => return Err(unreadable(path, &error, place)),
        };
        let legacy = path.file_name() == Some(LEGACY);
        let config = parse(&text, legacy).map_err(|wrong| wrong.in_file(path))?;
        Ok(Some(Self { name: format!("`{path}`"), config, handed: false }))
    }

    fn inline(text: &[u8]) -> Result<Self, Diagnostic> {
        let config = parse(text, false).map_err(|wrong| wrong.in_variable(INLINE))?;
        Ok(Self { name: format!("`{INLINE}`"), config, handed: false })
    }

    /// What others wrote names no program that runs here: its helpers are left out, as kubelet does.
    fn handed(logins: &Logins) -> Result<Self, Diagnostic> {
        let Logins { name, text, legacy } = logins;
        let config = parse(text, *legacy)
            .map_err(|wrong| Diagnostic::error(format!("{name} {}", wrong.message)))?;
        let config = Config { auths: config.auths, ..Config::default() };
        Ok(Self { name: name.clone(), config, handed: true })
    }

    /// The login for `target`: from the helper of its registry, else from the helper for all
    /// registries, else out of the file itself, where the longest path comes first.
    ///
    /// # Errors
    /// The login is somewhere and cannot be had.
    pub(super) fn find(
        &self,
        target: &Target,
        helpers: &Helpers,
    ) -> Result<Option<Credential>, Trouble> {
        for helper in self.helpers(target) {
            if let Some(login) = helpers.ask(&helper)? {
                let (source, remedy) = (helper.source(), self.remedy(target));
                return Ok(Some(Credential { login, source, remedy }));
            }
        }
        let entries = target.sort(self.config.auths.iter(), |(key, _)| key);
        for (key, entry) in entries {
            let login = entry.as_ref().map_or(Ok(None), |Object(entry)| entry.login());
            let login = login.map_err(|wrong| self.broken(key, wrong, target))?;
            if let Some(login) = login {
                let source = format!("the entry `{key}` of {}", self.name);
                return Ok(Some(Credential { login, source, remedy: self.remedy(target) }));
            }
        }
        Ok(None)
    }

    fn helpers<'a>(&'a self, target: &'a Target) -> Vec<Helper<'a>> {
        let mut asked = Vec::new();
        let mut add = |name: &'a str, field: &'static str, server: &'a str| {
            if !name.is_empty() {
                asked.push(Helper { name, field, server, file: &self.name });
            }
        };
        let own = target.servers().find_map(|key| Some((key, self.config.helpers.get(key)?)));
        if let Some((key, name)) = own {
            let name = name.as_deref().unwrap_or_default();
            add(name, "credHelpers", key);
            // Podman stores what it is told under the key, Docker always under the long one.
            if key != target.server() {
                add(name, "credHelpers", target.server());
            }
        }
        add(&self.config.store, "credsStore", target.server());
        asked
    }

    fn broken(&self, key: &str, wrong: &str, target: &Target) -> Trouble {
        Trouble {
            message: format!("the entry `{key}` of {} {wrong}", self.name),
            hint: self.remedy(target),
        }
    }

    /// What to do where a login of it is refused.
    fn remedy(&self, target: &Target) -> String {
        match self.handed {
            true => format!("put a login that works into {}", self.name),
            false => format!("log in again with `docker login {}`", target.domain()),
        }
    }
}

/// Where and how a text is not what it should be.
struct Wrong<'t> {
    text: &'t str,
    message: &'static str,
    at: usize,
}

impl Wrong<'_> {
    fn in_file(&self, path: &Utf8Path) -> Diagnostic {
        Diagnostic::error(format!("`{path}` {}", self.message))
            .at(path, self.text, Span::at(self.at))
            .without_excerpt()
    }

    fn in_variable(&self, name: &str) -> Diagnostic {
        let place = Span::at(self.at).position(self.text);
        let (line, column) = (place.line, place.column);
        let message = self.message;
        Diagnostic::error(format!("`{name}` {message}: see line {line}, column {column}"))
    }
}

/// Reads a file's content; nothing is a file without logins, as it is to Docker.
fn parse(bytes: &[u8], legacy: bool) -> Result<Config, Wrong<'_>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let text = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
        Wrong { text, message: "is not UTF-8", at }
    })?;
    if text.trim().is_empty() {
        return Ok(Config::default());
    }
    let config = match legacy {
        true => serde_json::from_str(text).map(|auths| Config { auths, ..Config::default() }),
        false => serde_json::from_str(text).map(|Object(config)| config),
    };
    // The error's own words can quote the text.
    config.map_err(|error| Wrong {
        text,
        message: match error.classify() {
            serde_json::error::Category::Data => "is not made as Docker makes it",
            _ => "is not JSON",
        },
        at: offset(text, error.line(), error.column()),
    })
}

/// The byte at `line` and `column` as serde_json counts: lines from one, columns in bytes.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1));
    let start: usize = before.map(str::len).sum();
    let at = (start + column.saturating_sub(1)).min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

fn is_missing(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn unreadable(path: &Utf8Path, error: &std::io::Error, place: &Place) -> Diagnostic {
    let message = match error.kind() {
        ErrorKind::NotFound => format!("`{path}` does not exist"),
        _ => format!("`{path}` cannot be read: {}", reason(error)),
    };
    let problem = Diagnostic::error(message).file(path);
    match place {
        Place::Given(_) => problem,
        _ => problem.hint("`--authfile FILE` reads another file, and that one only"),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::super::rig::{Rig, Row};

    /// Place, text, message, and the line and the column of what is wrong.
    type Case = (&'static str, &'static str, &'static str, Option<(usize, usize)>);

    const UNREADABLE: &[Case] = &[
        ("docker", r#"{"auths": S3}"#, "`HOME/.docker/config.json` is not JSON", Some((1, 11))),
        (
            "docker",
            "{\r\n  \"ä\": \"S3\" S3\r\n}",
            "`HOME/.docker/config.json` is not JSON",
            Some((2, 13)),
        ),
        (
            "docker",
            "\u{feff}{\n  \"auths\": {",
            "`HOME/.docker/config.json` is not JSON",
            Some((2, 12)),
        ),
        ("docker", r#"{"auths": {"h": "S3"}}"#, "is not made as Docker makes it", Some((1, 20))),
        (
            "docker",
            r#"{"auths": {"h": {"auth": ["S3"]}}}"#,
            "is not made as Docker makes it",
            Some((1, 25)),
        ),
        ("docker", "[]", "is not made as Docker makes it", Some((1, 1))),
        ("docker", r#"{"auths": {"h": ["S3"]}}"#, "is not made as Docker makes it", Some((1, 16))),
        ("given", "S3", "`GIVEN/0` is not JSON", Some((1, 1))),
        (".dockercfg", r#"{"auths": "S3"}"#, "is not made as Docker makes it", Some((1, 14))),
        (
            "inline",
            r#"{"auths": S3}"#,
            "`DOCKER_AUTH_CONFIG` is not JSON: see line 1, column 11",
            None,
        ),
        ("given directory", "", "`GIVEN/0` cannot be read: is a directory", None),
        ("docker directory", "", "`HOME/.docker/config.json` cannot be read: is a directory", None),
        ("given missing", "", "`GIVEN/0` does not exist", None),
    ];

    #[test]
    fn files_that_cannot_be_read_are_named() {
        let rig = Rig::new();
        for (place, text, wanted, at) in UNREADABLE {
            let problem = rig.open(&Row::files(&[(place, text)], "")).err().unwrap();
            let shown = rig.shorten(&problem.message);
            assert!(shown.ends_with(wanted), "{place} {text}: {shown}");
            assert!(!rig.shorten(&format!("{problem:?}")).contains("S3"), "{problem:?}");
            let found = problem.place.map(|place| (place.position.line, place.position.column));
            assert_eq!(found, *at, "{text}");
            assert_eq!(problem.file.is_some(), *place != "inline");
        }
        let problem = rig.open_bytes(b"{\n\"S3\": \"\xff\"}").err().unwrap();
        assert!(problem.message.ends_with("is not UTF-8"));
        assert_eq!(problem.place.unwrap().position.line, 2);
    }
}
