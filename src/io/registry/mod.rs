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
mod token;
mod transport;
mod trouble;
mod trust;
mod url;
mod wish;
mod words;

use std::time::Duration;

use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostic;
use crate::facts::{Answer, Manifest};
pub use crate::io::watch::Watch;

use credentials::Store;
use proxy::Proxies;
use transport::Transport;
use trust::Trust;

/// How to ask.
#[derive(Clone, Debug)]
pub struct Options {
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

/// The digests of `manifests`, in their order. Without [`Options::keep_going`] those that were not
/// asked about after the first failure are left out.
///
/// # Errors
/// A diagnostic for options that cannot be used: a file that cannot be read, for example. What
/// concerns single images is in the answers.
pub fn ask(
    manifests: &[Manifest],
    options: &Options,
    watch: &dyn Watch,
) -> Result<Vec<(Manifest, Answer)>, Diagnostic> {
    if manifests.is_empty() {
        return Ok(Vec::new());
    }
    let store = Store::load(&options.authfiles)?;
    let trust = Trust::new(&options.ca_files)?;
    let proxies = Proxies::new(|name| std::env::var(name).ok());
    let transport = Transport::new(watch, trust, proxies, options.concurrency);
    let answers = run::run(manifests, options, &transport, &store);
    let all = manifests.iter().zip(answers);
    Ok(all.filter_map(|(manifest, answer)| Some((manifest.clone(), answer?))).collect())
}
