//! Where tests of clusters take place: a server in memory or a real one, behind one trait.

use std::future::Future;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::json;

use crate::server::{self, ADMIN};

/// An API server that a test may fill.
pub(crate) trait Place {
    /// `https://127.0.0.1:6443`.
    fn url(&self) -> String;

    /// The file with who has signed its certificate; `None` where it has none.
    fn authority(&self) -> Option<PathBuf>;

    /// Makes continue tokens and revisions of before too old.
    fn expire(&self);

    /// A file as kubectl has it, for the user with this token; for nobody where it is empty.
    fn kubeconfig(&self, token: &str, namespace: &str) -> String {
        let mut cluster = json!({"server": self.url()});
        if let Some(path) = self.authority() {
            cluster["certificate-authority"] = path.display().to_string().into();
        }
        let context = json!({"cluster": "test", "user": "test", "namespace": namespace});
        let user = if token.is_empty() { json!({}) } else { json!({"token": token}) };
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "test", "user": user}],
            "contexts": [{"name": "test", "context": context}],
        });
        config.to_string()
    }
}

impl Place for server::Server {
    fn url(&self) -> String {
        self.url()
    }

    fn authority(&self) -> Option<PathBuf> {
        None
    }

    fn expire(&self) {
        self.expire();
    }
}

/// Runs what clients do.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(work)
}

/// A client with this token, whose default namespace is `namespace`. It does not ask twice.
pub(crate) async fn client(place: &dyn Place, token: &str, namespace: &str) -> Client {
    let file = Kubeconfig::from_yaml(&place.kubeconfig(token, namespace)).unwrap();
    let options = KubeConfigOptions::default();
    let mut config = Config::from_custom_kubeconfig(file, &options).await.unwrap();
    config.default_retry = false;
    // Proxies of this machine have no business here.
    config.proxy_url = None;
    Client::try_from(config).unwrap()
}

/// A client that may do everything, with a namespace that no other test has.
pub(crate) async fn admin(place: &dyn Place) -> Client {
    static NUMBER: AtomicUsize = AtomicUsize::new(1);
    let name = format!("test-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let client = client(place, ADMIN, &name).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
    crate::objects::create(&client, namespace).await;
    client
}
