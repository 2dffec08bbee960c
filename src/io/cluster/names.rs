//! What kubeconfigs name, for who types it: nothing is asked, and nothing said about credentials.

use std::env;

use camino::Utf8PathBuf;

use super::kubeconfig::{files, read};

/// A context of a kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// What it calls the cluster.
    pub cluster: String,
    /// The namespace that it names.
    pub namespace: Option<String>,
}

/// What a kubeconfig has names for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The contexts.
    pub contexts: Vec<Context>,
    /// The clusters.
    pub clusters: Vec<String>,
    /// The users.
    pub users: Vec<String>,
}

/// The names of `kubeconfig`, or of what kubectl would read; none where that cannot be read.
pub fn names(kubeconfig: Option<&Utf8PathBuf>) -> Names {
    let files = files(kubeconfig, &|name| env::var_os(name), env::home_dir());
    let config = read(&files).unwrap_or_default();
    let contexts = config.contexts.into_iter().filter_map(|named| {
        let context = named.context?;
        let namespace = context.namespace.filter(|name| !name.is_empty());
        Some(Context { name: named.name, cluster: context.cluster, namespace })
    });
    Names {
        contexts: contexts.collect(),
        clusters: config.clusters.into_iter().map(|named| named.name).collect(),
        users: config.auth_infos.into_iter().map(|named| named.name).collect(),
    }
}
