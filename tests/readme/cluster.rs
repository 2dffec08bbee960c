//! The cluster that the README shows: the shop in `shop-dev` as it should be, and in `shop-tst` with a
//! pod that does not come up. Its time stands still.

#[path = "../cluster/server/mod.rs"]
mod server;

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde_json::{Value, json};
use server::{ADMIN, Server};

use crate::standin::digest;

/// The only one.
pub(crate) static CLUSTER: LazyLock<Shop> = LazyLock::new(Shop::new);

/// When the README was written, by the cluster's clock.
const NOW: &str = "2026-11-20T12:00:00Z";

pub(crate) struct Shop {
    server: Server,
}

impl Shop {
    fn new() -> Self {
        let server = Server::start();
        let now: Timestamp = NOW.parse().unwrap();
        server.set_skew(now.duration_since(Timestamp::now()));
        for (namespace, web, assets, ready) in
            [("shop-dev", "1.5.0", "2024.10", true), ("shop-tst", "1.4.1", "2024.9", false)]
        {
            server.place(
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
            );
            server.place(deployment(namespace, web, assets, ready));
            server.place(pod(namespace, web, assets, ready));
        }
        Self { server }
    }

    /// Lets `command` find the cluster; the kubeconfig goes to `dir`.
    pub(crate) fn serve(&self, command: &mut Command, dir: &Path) {
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "shop",
            "clusters": [{"name": "shop", "cluster": {"server": self.server.url()}}],
            "users": [{"name": "shop", "user": {"token": ADMIN}}],
            "contexts": [{"name": "shop", "context": {"cluster": "shop", "user": "shop"}}],
        });
        let file = dir.join("kubeconfig");
        std::fs::write(&file, config.to_string()).unwrap();
        // Only registries are behind the proxy.
        command.env("KUBECONFIG", file).env("NO_PROXY", "127.0.0.1");
    }
}

fn spec(web: &str, assets: &str) -> Value {
    json!({
        "initContainers": [{"name": "assets", "image": format!("ghcr.io/acme/shop-assets:{assets}")}],
        "containers": [{"name": "web", "image": format!("ghcr.io/acme/shop-web:{web}")}],
    })
}

fn deployment(namespace: &str, web: &str, assets: &str, ready: bool) -> Value {
    let replicas = if namespace == "shop-tst" { 2 } else { 1 };
    let available = if ready { replicas } else { 0 };
    let since = "2026-11-20T09:00:00Z";
    let condition = |kind: &str, status: bool, reason: &str| {
        let status = if status { "True" } else { "False" };
        json!({"type": kind, "status": status, "reason": reason, "lastTransitionTime": since,
            "lastUpdateTime": since})
    };
    let rolled_out = if ready { "NewReplicaSetAvailable" } else { "ReplicaSetUpdated" };
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace, "generation": 4},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": spec(web, assets)},
        },
        "status": {
            "observedGeneration": 4, "replicas": replicas, "updatedReplicas": replicas,
            "readyReplicas": available, "availableReplicas": available,
            "conditions": [
                condition("Available", ready, "MinimumReplicasAvailable"),
                condition("Progressing", true, rolled_out),
            ],
        },
    })
}

fn pod(namespace: &str, web: &str, assets: &str, ready: bool) -> Value {
    let id = |name: &str, version: &str| {
        // What the tag of the assets is now is another digest.
        let tested = if name == "shop-assets" { "tested" } else { "" };
        format!("ghcr.io/acme/{name}@{}", digest(&format!("{name}:{version}{tested}")))
    };
    let started = "2026-11-20T09:00:00Z";
    let status = if ready { "True" } else { "False" };
    let state = match ready {
        true => json!({"running": {"startedAt": started}}),
        false => json!({"waiting": {"reason": "CrashLoopBackOff"}}),
    };
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "web-6d4b75cb6d-x2v9k", "namespace": namespace,
            "labels": {"app": "web", "pod-template-hash": "6d4b75cb6d"},
            "creationTimestamp": started,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-6d4b75cb6d",
                "uid": "1", "controller": true}],
        },
        "spec": spec(web, assets),
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": status, "lastTransitionTime": started}],
            "initContainerStatuses": [{"name": "assets", "ready": true, "restartCount": 0,
                "image": format!("ghcr.io/acme/shop-assets:{assets}"),
                "imageID": id("shop-assets", assets),
                "state": {"terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": started}}}],
            "containerStatuses": [{"name": "web", "ready": ready,
                "restartCount": if ready { 0 } else { 12 },
                "image": format!("ghcr.io/acme/shop-web:{web}"),
                "imageID": id("shop-web", web), "state": state}],
        },
    })
}
