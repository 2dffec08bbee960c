//! The flags about the network: whether to use it, and how.

use std::time::Duration;

use clap::Args;
#[cfg(feature = "registry")]
use {crate::io::registry, camino::Utf8PathBuf};

use crate::cli::duration;
use crate::io::world;

/// How to ask registries and Git.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub(super) struct Network {
    /// Refuse every flag that would need the network
    #[arg(long)]
    pub(super) offline: bool,
    /// Go on after the first thing that cannot be resolved, and list all of them
    #[arg(long)]
    pub(super) keep_going: bool,
    /// How long one image or one Git repository may take, retries included
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration::parse)]
    registry_timeout: Duration,
    #[cfg(feature = "registry")]
    #[command(flatten)]
    registry: Registry,
}

#[cfg(feature = "registry")]
#[derive(Debug, Args)]
struct Registry {
    /// Check that every image has this platform; what is written is the digest of all of them
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<registry::Platform>,
    /// Read and hash every manifest instead of trusting the registry's header
    #[arg(long)]
    verify: bool,
    /// Take logins from this file only: config.json, auth.json or .dockerconfigjson; repeatable
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    authfile: Vec<Utf8PathBuf>,
    /// Trust the certificates in this PEM file too; repeatable
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    ca_file: Vec<Utf8PathBuf>,
    /// Speak plain HTTP to this registry; repeatable
    #[arg(long, value_name = "HOST[:PORT]", value_parser = host)]
    plain_http: Vec<String>,
    /// How many requests one registry gets at a time
    #[arg(long, value_name = "N", default_value = "64",
          value_parser = clap::value_parser!(u16).range(1..=1024))]
    registry_concurrency: u16,
}

impl Network {
    /// The first flag that only makes sense when images are asked about.
    pub(super) fn image_flag(&self) -> Option<&'static str> {
        #[cfg(feature = "registry")]
        {
            let Registry { platform, verify, .. } = &self.registry;
            let flags = [(platform.is_some(), "--platform"), (*verify, "--verify")];
            flags.into_iter().find_map(|(given, flag)| given.then_some(flag))
        }
        #[cfg(not(feature = "registry"))]
        None
    }

    /// How to ask the outside world.
    pub(super) fn options(&self) -> world::Options {
        let Self { keep_going, registry_timeout, .. } = *self;
        world::Options {
            keep_going,
            timeout: registry_timeout,
            #[cfg(feature = "registry")]
            registries: self.registries(),
        }
    }

    #[cfg(feature = "registry")]
    fn registries(&self) -> registry::Options {
        let Registry { platform, verify, authfile, ca_file, plain_http, registry_concurrency } =
            &self.registry;
        registry::Options {
            logins: Vec::new(),
            authfiles: authfile.clone(),
            ca_files: ca_file.clone(),
            plain_http: plain_http.clone(),
            concurrency: usize::from(*registry_concurrency),
            timeout: self.registry_timeout,
            verify: *verify,
            platform: platform.clone(),
            keep_going: self.keep_going,
        }
    }
}

/// A URL would match no registry, and silently so.
#[cfg(feature = "registry")]
fn host(text: &str) -> Result<String, String> {
    match text.is_empty() || text.contains('/') {
        true => Err("write it as HOST or HOST:PORT".to_owned()),
        false => Ok(text.to_owned()),
    }
}

#[cfg(feature = "registry")]
fn platform(text: &str) -> Result<registry::Platform, String> {
    let parts: Vec<_> = text.split('/').map(str::to_owned).collect();
    let (os, architecture, variant) = match parts.as_slice() {
        [os, architecture] => (os, architecture, None),
        [os, architecture, variant] => (os, architecture, Some(variant.clone())),
        _ => return Err("write it as linux/arm64 or linux/arm/v7".to_owned()),
    };
    if parts.iter().any(String::is_empty) {
        return Err("write it as linux/arm64 or linux/arm/v7".to_owned());
    }
    Ok(registry::Platform { os: os.clone(), architecture: architecture.clone(), variant })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_flags_it_asks_as_the_function_does() {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            network: Network,
        }
        let options = <Cli as clap::Parser>::parse_from(["x"]).network.options();
        assert_eq!(format!("{options:?}"), format!("{:?}", world::Options::default()));
    }
}
