//! Objects for tests, and how they get into a cluster: by requests, as with a real one.

use kube::api::{Api, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, Error};
use serde_json::{Value, json};

/// Kinds that stand in no namespace.
const CLUSTER_WIDE: &[&str] =
    &["Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"];

/// Objects of a kind, which `kind` says as `apps/v1/Deployment` or `v1/Pod`, in the client's own
/// namespace.
pub(crate) fn api(client: &Client, kind: &str) -> Api<DynamicObject> {
    let (api_version, kind) = kind.rsplit_once('/').unwrap();
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    match CLUSTER_WIDE.contains(&kind) {
        true => Api::all_with(client.clone(), &resource),
        false => Api::default_namespaced_with(client.clone(), &resource),
    }
}

/// The same where `object` says itself what it is.
fn api_of(client: &Client, object: &Value) -> Api<DynamicObject> {
    let text = |key: &str| object[key].as_str().unwrap().to_owned();
    api(client, &format!("{}/{}", text("apiVersion"), text("kind")))
}

/// Creates an object; its status, where it has one, in a request of its own.
pub(crate) async fn create(client: &Client, object: Value) -> DynamicObject {
    try_create(client, object).await.unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) async fn try_create(client: &Client, object: Value) -> Result<DynamicObject, Error> {
    let api = api_of(client, &object);
    let status = object["status"].clone();
    let typed = serde_json::from_value(object).unwrap();
    let created = api.create(&PostParams::default(), &typed).await?;
    match status {
        Value::Null => Ok(created),
        status => set_status(&api, created.metadata.name.as_deref().unwrap(), status).await,
    }
}

/// Changes what a status says; lists are replaced.
pub(crate) async fn set_status(
    api: &Api<DynamicObject>,
    name: &str,
    status: Value,
) -> Result<DynamicObject, Error> {
    let patch = Patch::Merge(json!({"status": status}));
    api.patch_status(name, &PatchParams::default(), &patch).await
}

/// Changes whatever else.
pub(crate) async fn change(api: &Api<DynamicObject>, name: &str, patch: Value) -> DynamicObject {
    let patched = api.patch(name, &PatchParams::default(), &Patch::Merge(patch)).await;
    patched.unwrap_or_else(|error| panic!("{error}"))
}

/// A pod of an app, with a container `web`.
pub(crate) fn pod(name: &str, app: &str, image: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": app}},
        "spec": {"containers": [{"name": "web", "image": image}]},
    })
}

/// A Deployment, StatefulSet or DaemonSet of an app, with a container `web`.
pub(crate) fn workload(kind: &str, name: &str, image: &str) -> Value {
    let mut out = json!({
        "apiVersion": "apps/v1", "kind": kind,
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
        },
    });
    if kind == "StatefulSet" {
        out["spec"]["serviceName"] = name.into();
    }
    out
}

/// The definition of a kind of somebody else's, with whatever fields and a status.
pub(crate) fn definition(group: &str, versions: &[&str], kind: &str, plural: &str) -> Value {
    let versions = versions.iter().enumerate().map(|(at, version)| {
        json!({
            "name": version, "served": true, "storage": at == 0,
            "subresources": {"status": {}},
            "schema": {"openAPIV3Schema": {
                "type": "object", "x-kubernetes-preserve-unknown-fields": true,
            }},
        })
    });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {
            "group": group, "scope": "Namespaced", "versions": versions.collect::<Vec<_>>(),
            "names": {"kind": kind, "plural": plural, "singular": kind.to_lowercase()},
        },
    })
}

/// Installs the kinds of Flux, Argo CD, Argo Rollouts and cert-manager, and waits until they are served. A second
/// time it does nothing.
pub(crate) async fn install_definitions(client: &Client) {
    for (group, versions, kind, plural) in [
        ("argoproj.io", &["v1alpha1"][..], "Application", "applications"),
        ("argoproj.io", &["v1alpha1"], "Rollout", "rollouts"),
        ("cert-manager.io", &["v1"], "Certificate", "certificates"),
        ("kustomize.toolkit.fluxcd.io", &["v1"], "Kustomization", "kustomizations"),
        ("helm.toolkit.fluxcd.io", &["v2", "v2beta2"], "HelmRelease", "helmreleases"),
    ] {
        match try_create(client, definition(group, versions, kind, plural)).await {
            Ok(_) => {}
            Err(Error::Api(status)) if status.reason == "AlreadyExists" => {}
            Err(error) => panic!("{error}"),
        }
        served(client, &format!("{group}/{}/{kind}", versions[0])).await;
    }
}

/// Waits until a kind can be listed.
async fn served(client: &Client, kind: &str) {
    let api = api(client, kind);
    for _ in 0..300 {
        if api.list(&kube::api::ListParams::default()).await.is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{kind} is not served");
}
