//! Who we are to a registry: logins out of the files of Docker, Podman and Kubernetes, and out of
//! the credential helpers that those files name.
//!
//! The first file that has a login for an image wins; one that has none says nothing. A login that
//! should be there and cannot be had is a failure, never a silent "nobody".

mod entry;
mod file;
mod helper;
mod json;
mod lookup;
#[cfg(unix)]
#[cfg(test)]
mod matrix;
mod places;
#[cfg(unix)]
#[cfg(test)]
mod rig;

use std::fmt;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::facts::{Failure, Reason};
use crate::image::reference::Repository;
use crate::io::registry::{Logins, Options};

use file::File;
use helper::Helpers;
use lookup::Target;
use places::{Environment, Place};

/// All logins that there are.
pub(super) struct Store {
    files: Vec<File>,
    helpers: Helpers,
}

/// A login, and where it is from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Credential {
    /// What to show the registry.
    pub(super) login: Login,
    /// Where it is from, in words for messages: never what it is.
    pub(super) source: String,
    /// What to do where it is refused.
    pub(super) remedy: String,
}

/// What a registry, or the server that it gets its tokens from, is shown.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Login {
    /// A user's name and password.
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A refresh token, which buys tokens (`identitytoken`).
    Identity(String),
    /// A token for the registry itself (`registrytoken`).
    Bearer(String),
}

/// Why there is no login where one should be, and what to do about it. No secret.
struct Trouble {
    message: String,
    hint: String,
}

impl Store {
    /// Takes the logins of `options`, and reads its authfiles or, where there are none, what the
    /// environment and the home directory have.
    ///
    /// # Errors
    /// A diagnostic that names the file: an authfile is missing, or any file is there and cannot be
    /// read. It shows nothing of the file.
    pub(super) fn load(options: &Options) -> Result<Self, Diagnostic> {
        let files = match options.authfiles.as_slice() {
            [] => Environment::read()?.places(),
            given => given.iter().cloned().map(Place::Given).collect(),
        };
        let handed_over = options.logins.iter().cloned().map(Place::Handed);
        Self::open(&handed_over.chain(files).collect::<Vec<_>>(), Helpers::new())
    }

    fn open(places: &[Place], helpers: Helpers) -> Result<Self, Diagnostic> {
        let files = places.iter().filter_map(|place| File::read(place).transpose());
        Ok(Self { files: files.collect::<Result<_, _>>()?, helpers })
    }

    /// The login for `repository`; `None` is to ask as nobody in particular. Blocks while a helper
    /// runs, once a run for each helper and server, however many threads ask.
    ///
    /// # Errors
    /// A file names a login for `repository` that cannot be had: its helper is missing, fails or
    /// takes too long, or its entry cannot be read.
    pub(super) fn find(&self, repository: &Repository) -> Result<Option<Arc<Credential>>, Failure> {
        let Some(target) = Target::of(repository) else { return Ok(None) };
        for file in &self.files {
            let found = file.find(&target, &self.helpers);
            let found = found.map_err(|Trouble { message, hint }| Failure {
                reason: Reason::Unknown,
                message: format!("`{repository}` has no usable credentials: {message}"),
                hint: Some(hint),
            })?;
            if let Some(credential) = found {
                return Ok(Some(Arc::new(credential)));
            }
        }
        Ok(None)
    }
}

/// Without the secret.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("login", &self.login)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// Without the secret, and without the name of the user, which can be a key as well.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Basic(..)",
            Self::Identity(_) => "Identity(..)",
            Self::Bearer(_) => "Bearer(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn is_shared<T: Send + Sync>() {}
    const _: () = is_shared::<Store>();

    fn files(authfiles: &[camino::Utf8PathBuf]) -> Options {
        Options { authfiles: authfiles.to_vec(), ..Options::default() }
    }

    #[test]
    fn what_was_handed_over_comes_first_and_runs_nothing() {
        let logins = |text: &str| Logins {
            name: "the secret `regcred`".to_owned(),
            text: text.as_bytes().to_vec(),
            legacy: false,
        };
        let helper = logins(r#"{"credsStore": "evil", "credHelpers": {"reg.io": "evil"}}"#);
        let login = logins(r#"{"auths": {"reg.io": {"auth": "bWU6UzM="}}}"#);
        let options = Options { logins: vec![helper, login], ..Options::default() };
        let web = Repository { domain: "reg.io".to_owned(), path: "team/web".to_owned() };
        let found = Store::load(&options).unwrap().find(&web).unwrap().unwrap();
        assert_eq!(found.source, "the entry `reg.io` of the secret `regcred`");
        assert!(!format!("{options:?}").contains("bWU6UzM"), "{options:?}");
        let broken = Options { logins: vec![logins("{S3")], ..Options::default() };
        let problem = Store::load(&broken).err().unwrap();
        assert_eq!(problem.message, "the secret `regcred` is not JSON");
    }

    #[test]
    fn only_named_files_are_read_where_there_are_some() {
        let dir = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(dir.path().join("some.json")).unwrap();
        std::fs::write(&path, r#"{"auths": {"reg.io:5000": {"auth": "bWU6UzM="}}}"#).unwrap();
        let store = Store::load(&files(std::slice::from_ref(&path))).unwrap();
        let web = Repository { domain: "reg.io:5000".to_owned(), path: "team/web".to_owned() };
        let found = store.find(&web).unwrap().unwrap();
        assert_eq!(found.source, format!("the entry `reg.io:5000` of `{path}`"));
        let other = Repository { domain: "reg.io".to_owned(), path: "team/web".to_owned() };
        assert!(store.find(&other).unwrap().is_none());
        assert!(Store::load(&files(&[path, "/nowhere/at/all".into()])).is_err());
    }

    #[test]
    fn logins_show_nothing_of_themselves() {
        let basic = Login::Basic { user: "S3".to_owned(), password: "S3".to_owned() };
        for (login, wanted) in [
            (basic, "Basic(..)"),
            (Login::Identity("S3".to_owned()), "Identity(..)"),
            (Login::Bearer("S3".to_owned()), "Bearer(..)"),
        ] {
            let shown = format!(
                "{:?}",
                Credential { login, source: "here".to_owned(), remedy: String::new() }
            );
            assert_eq!(shown, format!("Credential {{ login: {wanted}, source: \"here\", .. }}"));
        }
    }
}
