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

/// The contexts of `kubeconfig`, or of what kubectl would read; none where that cannot be read.
pub fn contexts(kubeconfig: Option<&Utf8PathBuf>) -> Vec<Context> {
    let files = files(kubeconfig, &|name| env::var_os(name), env::home_dir());
    let contexts = read(&files).map(|config| config.contexts).unwrap_or_default();
    let named = contexts.into_iter().filter_map(|named| {
        let context = named.context?;
        let namespace = context.namespace.filter(|name| !name.is_empty());
        Some(Context { name: named.name, cluster: context.cluster, namespace })
    });
    named.collect()
}
