//! The flags about clusters: what is asked of the one that the source runs in, and which one it is.

use std::time::Duration;

use anyhow::Result;
use camino::Utf8PathBuf;
use clap::{Args, ValueHint};

use crate::cli::ask::Asker;
use crate::cli::duration;
#[cfg(feature = "cluster")]
use crate::cli::{from::From, gate, report};
use crate::diagnostic::Diagnostic;
#[cfg(feature = "cluster")]
use crate::diagnostic::printable;
#[cfg(feature = "cluster")]
use crate::io::cluster;
use crate::promotion::{DigestFrom, Promotion};

/// What the source's cluster has to say before anything is promoted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub(super) struct Gates {
    /// Promote only if every workload that the source renders is rolled out and ready in its cluster
    #[arg(long)]
    pub(super) require_healthy: bool,
    /// Ask of --require-healthy that it has been so for as long: 24h
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, requires = "require_healthy")]
    pub(super) soak: Option<Duration>,
    /// Promote only if this object is ready: a Kustomization, HelmRelease, Application; repeatable
    #[arg(long, value_name = "[NAMESPACE/]KIND[.GROUP]/NAME")]
    pub(super) require_ready: Vec<String>,
    /// Wait as long for what is required, instead of refusing at once: 10m
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub(super) wait: Option<Duration>,
    /// Where --pin images has its digests from: the registry, or what is running
    #[arg(
        long,
        value_name = "registry|running",
        default_value = "registry",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(super) digest_from: DigestFrom,
    /// Log in to registries with the pull secrets of the source's workloads
    #[arg(long)]
    pub(super) pull_secrets: bool,
    #[command(flatten)]
    pub(super) access: Access,
}

/// Which cluster, and how long it may take.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub(super) struct Access {
    /// The kubeconfig to use instead of KUBECONFIG and ~/.kube/config
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) kubeconfig: Option<Utf8PathBuf>,
    /// The context to use instead of the current one
    #[arg(long, value_name = "NAME")]
    pub(super) context: Option<String>,
    /// The cluster of the kubeconfig to use instead of the context's
    #[arg(long, value_name = "NAME")]
    pub(super) cluster: Option<String>,
    /// The user of the kubeconfig to use instead of the context's
    #[arg(long, value_name = "NAME")]
    pub(super) user: Option<String>,
    /// The user to act as
    #[arg(long = "as", value_name = "NAME")]
    pub(super) act_as: Option<String>,
    /// The group to act as a member of; repeatable
    #[arg(long, value_name = "NAME")]
    pub(super) as_group: Vec<String>,
    /// The UID to act as
    #[arg(long, value_name = "UID")]
    pub(super) as_uid: Option<String>,
    /// The namespace of what names none
    #[arg(short, long, value_name = "NAME")]
    pub(super) namespace: Option<String>,
    /// How long one request may take
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    pub(super) request_timeout: Duration,
}

impl Gates {
    /// The first flag that needs a cluster.
    pub(super) fn flag(&self) -> Option<&'static str> {
        let flags = [
            (self.require_healthy, "--require-healthy"),
            (!self.require_ready.is_empty(), "--require-ready"),
            (self.digest_from == DigestFrom::Running, "--digest-from running"),
            (self.pull_secrets, "--pull-secrets"),
        ];
        flags.into_iter().find_map(|(given, flag)| given.then_some(flag))
    }

    /// Asks the cluster of the overlays `sources`, where a flag says so; `asker` learns what runs and how to
    /// log in. What is returned is to be said; errors stand in the way.
    ///
    /// # Errors
    /// A diagnostic for a cluster, an overlay or a registry that cannot be asked.
    #[cfg(feature = "cluster")]
    pub(super) fn pass(&self, sources: &[String], asker: &mut Asker) -> Result<Vec<Diagnostic>> {
        if self.flag().is_none() {
            return Ok(Vec::new());
        }
        let sources =
            sources.iter().map(|name| From::parse(name)).collect::<Result<Vec<_>, _>>()?;
        gate::pass(self, &sources, asker)
    }

    /// As with clusters, in a build that has none.
    ///
    /// # Errors
    /// A diagnostic for every flag that needs one.
    #[cfg(not(feature = "cluster"))]
    pub(super) fn pass(&self, _: &[String], _: &mut Asker) -> Result<Vec<Diagnostic>> {
        let Some(flag) = self.flag() else { return Ok(Vec::new()) };
        let message = format!("`{flag}` asks a cluster, and this build has no client for one");
        Err(Diagnostic::error(message).hint("build it with the feature `cluster`").into())
    }

    /// Whether anything is required of the cluster.
    const fn requires(&self) -> bool {
        self.require_healthy || !self.require_ready.is_empty()
    }

    /// Whether the source has to be rendered.
    #[cfg(feature = "cluster")]
    pub(super) fn renders(&self) -> bool {
        self.require_healthy || self.pull_secrets || self.digest_from == DigestFrom::Running
    }

    /// What speaks against these flags beside each other, or beside what `promotion` asks for.
    ///
    /// # Errors
    /// A sentence for a usage error.
    pub(super) fn fit(&self, promotion: &Promotion, offline: bool) -> Result<(), String> {
        if let Some(flag) = self.flag().filter(|_| offline) {
            return Err(format!("`{flag}` needs the network, which `--offline` refuses"));
        }
        if self.digest_from == DigestFrom::Running && !promotion.pins("images") {
            return Err("`--digest-from running` pins nothing without `--pin images`".to_owned());
        }
        if self.pull_secrets && !promotion.asks_registries() {
            let message =
                "`--pull-secrets` logs in nowhere without `--pin images` or `--require-present`";
            return Err(message.to_owned());
        }
        if self.wait.is_some() && !self.requires() {
            let message =
                "`--wait` waits for nothing without `--require-healthy` or `--require-ready`";
            return Err(message.to_owned());
        }
        match self.access.flag().filter(|_| self.flag().is_none()) {
            Some(flag) => Err(format!(
                "`{flag}` is for asking a cluster, and nothing asks one: add `--require-healthy`, `--require-ready`, `--digest-from running` or `--pull-secrets`"
            )),
            None => Ok(()),
        }
    }
}

impl Access {
    /// How to ask the cluster.
    #[cfg(feature = "cluster")]
    pub(super) fn options(&self, verbose: bool) -> cluster::Options {
        cluster::Options {
            kubeconfig: self.kubeconfig.clone(),
            context: self.context.clone(),
            cluster: self.cluster.clone(),
            user: self.user.clone(),
            act_as: cluster::ActAs {
                user: self.act_as.clone(),
                groups: self.as_group.clone(),
                uid: self.as_uid.clone(),
            },
            namespace: self.namespace.clone(),
            timeout: self.request_timeout,
            trace: if verbose { |line| report::note(&printable(line)) } else { |_| () },
        }
    }

    fn flag(&self) -> Option<&'static str> {
        let flags = [
            (self.kubeconfig.is_some(), "--kubeconfig"),
            (self.context.is_some(), "--context"),
            (self.cluster.is_some(), "--cluster"),
            (self.user.is_some(), "--user"),
            (self.act_as.is_some(), "--as"),
            (!self.as_group.is_empty(), "--as-group"),
            (self.as_uid.is_some(), "--as-uid"),
            (self.namespace.is_some(), "--namespace"),
        ];
        flags.into_iter().find_map(|(given, flag)| given.then_some(flag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promotion::Pin;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        gates: Gates,
    }

    #[test]
    fn flags_that_would_do_nothing_are_refused() {
        let pins = Promotion { pin: vec![Pin::Images], ..Promotion::default() };
        for (flags, promotion, wanted) in [
            ("--context x", &pins, "`--context` is for asking a cluster"),
            ("--cluster x", &pins, "`--cluster` is for asking a cluster"),
            ("--as x --as-group y", &pins, "`--as` is for asking a cluster"),
            ("-n x", &pins, "`--namespace` is for asking a cluster"),
            ("--wait 1m --digest-from running", &pins, "`--wait` waits for nothing"),
            ("--digest-from running", &Promotion::default(), "without `--pin images`"),
            ("--pull-secrets", &Promotion::default(), "without `--pin images`"),
            ("--require-healthy --soak 1d --wait 5m -n x --context y", &Promotion::default(), ""),
            ("--require-ready a/b --kubeconfig x", &Promotion::default(), ""),
            ("--digest-from running --pull-secrets", &pins, ""),
        ] {
            let args = ["x"].into_iter().chain(flags.split(' '));
            let gates = <Cli as clap::Parser>::parse_from(args).gates;
            let said = gates.fit(promotion, false).err().unwrap_or_default();
            assert!(
                said.contains(wanted) && said.is_empty() == wanted.is_empty(),
                "{flags}: {said}"
            );
            let offline = gates.fit(promotion, true).err().unwrap_or_default();
            assert_eq!(offline.contains("--offline"), gates.flag().is_some(), "{flags}");
        }
    }
}
