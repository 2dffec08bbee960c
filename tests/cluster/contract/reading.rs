//! Objects one by one.

use serde_json::json;

use super::refusal;
use crate::Contract;
use crate::objects::{api, create, install_definitions, set_status, workload};
use crate::place::{Place, admin, client, run};
use crate::server::ADMIN;

pub(crate) const TESTS: &[Contract] = &[
    ("get", get),
    ("missing_kinds", missing_kinds),
    ("flux", flux),
    ("argo_cd", argo_cd),
    ("dates", dates),
    ("tokens", tokens),
];

fn get(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        create(&client, workload("StatefulSet", "web", "web:1")).await;
        let api = api(&client, "apps/v1/StatefulSet");
        let found = api.get("web").await.unwrap();
        assert_eq!(found.types.unwrap().kind, "StatefulSet");
        assert_eq!(found.metadata.namespace.as_deref(), Some(client.default_namespace()));
        assert_eq!(found.data["spec"]["replicas"], 1, "what nobody has said");
        assert!(api.get_opt("none").await.unwrap().is_none());
        let text = "statefulsets.apps \"none\" not found";
        assert_eq!(refusal(api.get("none").await), (404, "NotFound".to_owned(), text.to_owned()));
    });
}

/// What a server does not have: a group's 404 is not JSON, a resource's is.
fn missing_kinds(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let group = api(&client, "example.org/v1/Nothing").get("web").await;
        let (code, _, message) = refusal(group);
        assert_eq!(code, 404);
        assert!(message.contains("404 page not found"), "{message}");
        let resource = api(&client, "apps/v1/Nothing").get("web").await;
        let text = "the server could not find the requested resource";
        assert_eq!(refusal(resource), (404, "NotFound".to_owned(), text.to_owned()));
        let version = api(&client, "apps/v1beta1/Deployment").get("web").await;
        assert_eq!(refusal(version).0, 404);
    });
}

fn flux(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        install_definitions(&client).await;
        let kind = "kustomize.toolkit.fluxcd.io/v1/Kustomization";
        let object = json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": "apps"}, "spec": {"path": "./apps", "interval": "10m"},
        });
        let new = create(&client, object).await;
        assert!(new.data["status"].is_null());
        let status = json!({
            "observedGeneration": 1,
            "lastAppliedRevision": "main@sha1:4b825dc642cb6eb9a060e54bf8d69288fbee4904",
            "conditions": [{"type": "Ready", "status": "True", "reason": "ReconciliationSucceeded",
                "message": "Applied revision: main@sha1:4b825dc6", "observedGeneration": 1,
                "lastTransitionTime": "2026-11-20T10:00:00Z"}],
        });
        set_status(&api(&client, kind), "apps", status.clone()).await.unwrap();
        let read = api(&client, kind).get("apps").await.unwrap();
        assert_eq!(read.data["status"], status);
        assert_eq!(read.metadata.generation, Some(1));

        // A kind in two versions.
        let release = json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
            "metadata": {"name": "db"}, "spec": {"interval": "5m"}});
        create(&client, release).await;
        let older = api(&client, "helm.toolkit.fluxcd.io/v2beta2/HelmRelease");
        let types = older.get("db").await.unwrap().types.unwrap();
        assert_eq!(types.api_version, "helm.toolkit.fluxcd.io/v2beta2");
    });
}

fn argo_cd(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        install_definitions(&client).await;
        let application = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "shop"}, "spec": {"project": "default"},
            "status": {
                "sync": {"status": "Synced", "revision": "4b825dc642cb6eb9a060e54bf8d69288fbee4904"},
                "health": {"status": "Healthy"},
                "operationState": {"phase": "Succeeded", "finishedAt": "2026-11-20T10:00:00Z"},
            },
        });
        create(&client, application.clone()).await;
        let read = api(&client, "argoproj.io/v1alpha1/Application").get("shop").await.unwrap();
        assert_eq!(read.data["status"], application["status"]);
        let rollout = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"},
            "spec": {"replicas": 2}, "status": {"phase": "Healthy", "observedGeneration": "1"},
        });
        let rollout = create(&client, rollout).await;
        assert_eq!(rollout.data["status"]["observedGeneration"], "1", "a text");
    });
}

/// Every answer has the server's time.
fn dates(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let request = http::Request::get("/version").body(kube::client::Body::empty()).unwrap();
        let response = client.send(request).await.unwrap();
        let date = response.headers()["date"].to_str().unwrap();
        let time = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
        let apart = jiff::Timestamp::now().duration_since(time).abs();
        assert!(apart < jiff::SignedDuration::from_mins(1), "{date}");
    });
}

fn tokens(place: &dyn Place) {
    run(async {
        let stranger = client(place, "no-such-token", "default").await;
        let refused = api(&stranger, "v1/Pod").get("web").await;
        assert_eq!(refusal(refused), (401, "Unauthorized".to_owned(), "Unauthorized".to_owned()));
        let known = client(place, ADMIN, "default").await;
        assert!(api(&known, "v1/Pod").get_opt("no-such-pod").await.unwrap().is_none());
    });
}
