//! Container registries: which digest a tag is, asked with as few requests as there can be.

mod body;
mod challenge;
mod clock;
mod connect;
mod credentials;
mod digest;
mod endpoint;
mod failing;
mod follow;
mod forward;
mod gate;
mod inquiry;
mod login;
mod manifest;
mod media;
mod names;
mod pass;
mod platform;
mod proxy;
mod realm;
mod repo;
mod retry;
mod run;
mod session;
mod token;
mod transport;
mod trouble;
mod trust;
mod url;
mod wish;
mod words;

use std::fmt;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostic;
use crate::facts::{Answer, Manifest};
pub use crate::io::watch::Watch;

pub use session::Session;

/// How to ask.
#[derive(Clone, Debug)]
pub struct Options {
    /// Logins that come before those of all files.
    pub logins: Vec<Logins>,
    /// Files with credentials instead of the usual ones.
    pub authfiles: Vec<Utf8PathBuf>,
    /// PEM files with certificates to trust beside the system's.
    pub ca_files: Vec<Utf8PathBuf>,
    /// Registries (`host` or `host:port`) that speak plain HTTP.
    pub plain_http: Vec<String>,
    /// How many requests one registry gets at a time.
    pub concurrency: usize,
    /// How long one image may take, waiting and retries included.
    pub timeout: Duration,
    /// Read and hash every manifest instead of trusting the registry's header.
    pub verify: bool,
    /// The platform that every image has to have.
    pub platform: Option<Platform>,
    /// Go on after the first failure.
    pub keep_going: bool,
}

/// The content of a file with logins that is in no file: a pull secret of a cluster.
#[derive(Clone)]
pub struct Logins {
    /// What it is called in messages: ``the secret `regcred` ``.
    pub name: String,
    /// `.dockerconfigjson`, or `.dockercfg` where it is `legacy`.
    pub text: Vec<u8>,
    /// Whether there is no `auths` around the entries.
    pub legacy: bool,
}

/// Without the secret.
impl fmt::Debug for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logins").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The usual files and a minute, and it stops at the first failure.
impl Default for Options {
    fn default() -> Self {
        Self {
            logins: Vec::new(),
            authfiles: Vec::new(),
            ca_files: Vec::new(),
            plain_http: Vec::new(),
            concurrency: 64,
            timeout: Duration::from_secs(60),
            verify: false,
            platform: None,
            keep_going: false,
        }
    }
}

/// An operating system and an architecture, in the words of the OCI image specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// `linux`, `windows`, …
    pub os: String,
    /// `amd64`, `arm64`, …
    pub architecture: String,
    /// `v7`, `v8`, …; any where it is `None`.
    pub variant: Option<String>,
}

/// As [`Session::ask`], for those who ask once.
///
/// # Errors
/// As there.
pub fn ask(
    manifests: &[Manifest],
    options: &Options,
    watch: &dyn Watch,
) -> Result<Vec<(Manifest, Answer)>, Diagnostic> {
    Session::default().ask(manifests, options, watch)
}
