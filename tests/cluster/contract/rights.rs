//! Who may do what: roles are objects like others.

use kube::Client;
use kube::api::{ListParams, WatchParams};
use serde_json::{Value, json};

use super::refusal;
use crate::Contract;
use crate::objects::{api, create, pod, set_status, workload};
use crate::place::{Place, admin, client, run};
use crate::server::{PLAIN, PLAIN_USER};

pub(crate) const TESTS: &[Contract] = &[
    ("denials", denials),
    ("namespaces", namespaces),
    ("anonymous", anonymous),
    ("roles", roles),
    ("names", names),
    ("missing_kinds", missing_kinds),
];

/// What the user without rights may do in the administrator's namespace.
async fn allow(admin: &Client, rules: Value) {
    let metadata = json!({"name": "reader"});
    let version = "rbac.authorization.k8s.io/v1";
    let role = json!({"apiVersion": version, "kind": "Role", "metadata": metadata, "rules": rules});
    create(admin, role).await;
    let group = "rbac.authorization.k8s.io";
    let binding = json!({
        "apiVersion": version, "kind": "RoleBinding", "metadata": metadata,
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "reader"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": PLAIN_USER}],
    });
    create(admin, binding).await;
}

/// The user's client, as soon as he may list what he was allowed to: a real server looks at its
/// roles a moment later.
async fn plain(place: &dyn Place, namespace: &str, kind: &str) -> Client {
    let client = client(place, PLAIN, namespace).await;
    for _ in 0..100 {
        if api(&client, kind).list(&ListParams::default()).await.is_ok() {
            return client;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the role does not help");
}

fn denials(place: &dyn Place) {
    run(async {
        let admin = admin(place).await;
        let namespace = admin.default_namespace();
        create(&admin, workload("Deployment", "web", "web:1")).await;
        let client = client(place, PLAIN, namespace).await;
        let deployments = api(&client, "apps/v1/Deployment");
        let of = |verb: &str, name: &str, resource: &str| {
            let message = format!(
                "deployments.apps{name} is forbidden: User \"{PLAIN_USER}\" cannot {verb} resource \
                 \"{resource}\" in API group \"apps\" in the namespace \"{namespace}\""
            );
            (403, "Forbidden".to_owned(), message)
        };
        let everything = ListParams::default();
        let got = refusal(deployments.get("web").await);
        assert_eq!(got, of("get", " \"web\"", "deployments"));
        let got = refusal(deployments.list(&everything).await);
        assert_eq!(got, of("list", "", "deployments"));
        let watched = deployments.watch(&WatchParams::default(), "0").await;
        assert_eq!(refusal(watched.map(|_| ())), of("watch", "", "deployments"));
        let got = refusal(set_status(&deployments, "web", json!({})).await);
        assert_eq!(got, of("patch", " \"web\"", "deployments/status"));
        let pods: kube::Api<k8s_openapi::api::core::v1::Pod> = kube::Api::all(client.clone());
        let (_, _, message) = refusal(pods.list(&everything).await);
        let text = "pods is forbidden: User \"plain\" cannot list resource \"pods\" in API group \
                    \"\" at the cluster scope";
        assert_eq!(message, text);
    });
}

/// A namespace stands in itself.
fn namespaces(place: &dyn Place) {
    run(async {
        let client = client(place, PLAIN, "default").await;
        let (_, _, message) = refusal(api(&client, "v1/Namespace").get("default").await);
        let text = "namespaces \"default\" is forbidden: User \"plain\" cannot get resource \
                    \"namespaces\" in API group \"\" in the namespace \"default\"";
        assert_eq!(message, text);
        let refused = api(&client, "v1/Namespace").list(&ListParams::default()).await;
        let (_, _, message) = refusal(refused);
        assert!(message.ends_with("\"namespaces\" in API group \"\" at the cluster scope"));
    });
}

/// Who has no token may not even see what kinds there are.
fn anonymous(place: &dyn Place) {
    run(async {
        let client = client(place, "", "default").await;
        let (code, _, message) = refusal(api(&client, "v1/Pod").get("web").await);
        assert_eq!(code, 403);
        assert!(message.contains("User \"system:anonymous\" cannot get"), "{message}");
        let (_, reason, message) = refusal(client.list_api_groups().await);
        let text = "forbidden: User \"system:anonymous\" cannot get path \"/apis\"";
        assert_eq!((reason.as_str(), message.as_str()), ("Forbidden", text));
        client.apiserver_version().await.unwrap();
    });
}

fn roles(place: &dyn Place) {
    run(async {
        let admin = admin(place).await;
        create(&admin, pod("web-1", "web", "web:1")).await;
        create(&admin, workload("Deployment", "web", "web:1")).await;
        let verbs = json!(["get", "list"]);
        allow(&admin, json!([{"apiGroups": [""], "resources": ["pods"], "verbs": verbs}])).await;
        let client = plain(place, admin.default_namespace(), "v1/Pod").await;
        let pods = api(&client, "v1/Pod");
        assert_eq!(pods.list(&ListParams::default()).await.unwrap().items.len(), 1);
        pods.get("web-1").await.unwrap();
        assert_eq!(refusal(api(&client, "apps/v1/Deployment").get("web").await).0, 403);
        assert_eq!(refusal(pods.delete("web-1", &Default::default()).await.map(|_| ())).0, 403);
        assert_eq!(refusal(set_status(&pods, "web-1", json!({})).await).0, 403);
        assert_eq!(refusal(pods.watch(&WatchParams::default(), "0").await.map(|_| ())).0, 403);
        let elsewhere = crate::place::client(place, PLAIN, "default").await;
        assert_eq!(refusal(api(&elsewhere, "v1/Pod").list(&ListParams::default()).await).0, 403);
    });
}

/// A role may be about some objects only.
fn names(place: &dyn Place) {
    run(async {
        let admin = admin(place).await;
        for name in ["mine", "yours"] {
            create(&admin, workload("Deployment", name, "web:1")).await;
        }
        let rules = json!([
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"], "resourceNames": ["mine"]},
            {"apiGroups": [""], "resources": ["*"], "verbs": ["*"]},
        ]);
        allow(&admin, rules).await;
        let client = plain(place, admin.default_namespace(), "v1/ConfigMap").await;
        let deployments = api(&client, "apps/v1/Deployment");
        deployments.get("mine").await.unwrap();
        assert_eq!(refusal(deployments.get("yours").await).0, 403);
        assert_eq!(refusal(deployments.list(&ListParams::default()).await).0, 403);
    });
}

/// He who may not ask is not told that there is nothing.
fn missing_kinds(place: &dyn Place) {
    run(async {
        let client = client(place, PLAIN, "default").await;
        let (code, _, message) = refusal(api(&client, "example.org/v1/Nothing").get("web").await);
        assert_eq!(code, 403, "{message}");
        assert!(message.contains("cannot get resource \"nothings\""), "{message}");
        client.list_api_groups().await.unwrap();
    });
}
