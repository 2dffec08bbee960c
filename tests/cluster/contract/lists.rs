//! Lists: in pages, and of what a selector selects.

use kube::Client;
use kube::api::{DeleteParams, DynamicObject, ListParams, ObjectList};
use serde_json::json;

use super::refusal;
use crate::Contract;
use crate::objects::{api, create, pod, set_status};
use crate::place::{Place, admin, run};

pub(crate) const TESTS: &[Contract] = &[
    ("pages", pages),
    ("as_of_the_first_page", as_of_the_first_page),
    ("labels", labels),
    ("pages_of_few", pages_of_few),
    ("fields", fields),
    ("items", items),
    ("bad_questions", bad_questions),
];

pub(super) async fn fill(client: &Client, names: &[&str]) {
    for name in names {
        create(client, pod(name, "web", "web:1")).await;
    }
}

pub(super) async fn list(client: &Client, params: &ListParams) -> ObjectList<DynamicObject> {
    api(client, "v1/Pod").list(params).await.unwrap()
}

pub(super) fn names(list: &ObjectList<DynamicObject>) -> Vec<&str> {
    list.items.iter().map(|item| item.metadata.name.as_deref().unwrap()).collect()
}

/// What the next page is asked for with.
pub(super) fn token(list: &ObjectList<DynamicObject>) -> &str {
    list.metadata.continue_.as_deref().unwrap_or_default()
}

fn pages(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        fill(&client, &["c", "a", "e", "d", "b"]).await;
        let params = ListParams::default().limit(2);
        let first = list(&client, &params).await;
        assert_eq!(names(&first), ["a", "b"]);
        assert_eq!(first.metadata.remaining_item_count, Some(3));
        let second = list(&client, &params.clone().continue_token(token(&first))).await;
        assert_eq!(
            (names(&second), second.metadata.remaining_item_count),
            (vec!["c", "d"], Some(1))
        );
        let third = list(&client, &params.clone().continue_token(token(&second))).await;
        assert_eq!((names(&third), token(&third)), (vec!["e"], ""));
        let versions = [&first, &second, &third].map(|page| page.metadata.resource_version.clone());
        assert!(versions.windows(2).all(|pair| pair[0] == pair[1]), "{versions:?}");
        let all = list(&client, &ListParams::default().limit(5)).await;
        assert_eq!((all.items.len(), token(&all)), (5, ""));
    });
}

fn as_of_the_first_page(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        fill(&client, &["a", "b", "c"]).await;
        let params = ListParams::default().limit(1);
        let first = list(&client, &params).await;
        fill(&client, &["bb"]).await;
        let pods = api(&client, "v1/Pod");
        pods.delete("c", &DeleteParams::default()).await.unwrap();
        let rest = ListParams::default().continue_token(token(&first));
        assert_eq!(names(&list(&client, &rest).await), ["b", "c"]);
        assert_eq!(names(&list(&client, &ListParams::default()).await), ["a", "b", "bb"]);
    });
}

fn labels(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        for (name, labels) in [
            ("a", json!({"app": "web", "tier": "front"})),
            ("b", json!({"app": "web", "tier": "back"})),
            ("c", json!({"app": "db"})),
        ] {
            let mut pod = pod(name, "web", "web:1");
            pod["metadata"]["labels"] = labels;
            create(&client, pod).await;
        }
        for (selector, wanted) in [
            ("app=web", "a b"),
            ("app==web,tier=back", "b"),
            ("app!=web", "c"),
            ("tier!=back", "a c"),
            ("tier in (front,back)", "a b"),
            ("tier in (front, back),app in (web)", "a b"),
            ("tier notin (front)", "b c"),
            ("tier", "a b"),
            ("!tier", "c"),
            ("app=web,!tier", ""),
        ] {
            let params = ListParams::default().labels(selector);
            assert_eq!(names(&list(&client, &params).await).join(" "), wanted, "{selector}");
        }
    });
}

/// A page with a selector has as many as were asked for, as long as there are: whether one comes
/// behind it, nobody has looked. The last page may be empty.
fn pages_of_few(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        for (name, app) in [("a", "web"), ("b", "db"), ("c", "web"), ("d", "db"), ("e", "db")] {
            create(&client, pod(name, app, "web:1")).await;
        }
        let params = ListParams::default().labels("app=web").limit(1);
        let first = list(&client, &params).await;
        assert_eq!((names(&first), first.metadata.remaining_item_count), (vec!["a"], None));
        let second = list(&client, &params.clone().continue_token(token(&first))).await;
        assert_eq!(names(&second), ["c"]);
        assert_ne!(token(&second), "");
        let third = list(&client, &params.clone().continue_token(token(&second))).await;
        assert_eq!((third.items.len(), token(&third)), (0, ""));
    });
}

fn fields(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        fill(&client, &["a", "b"]).await;
        set_status(&api(&client, "v1/Pod"), "b", json!({"phase": "Running"})).await.unwrap();
        for (selector, wanted) in [
            ("metadata.name=a", "a"),
            ("metadata.name!=a", "b"),
            ("status.phase=Running", "b"),
            ("status.phase=Running,metadata.name=a", ""),
        ] {
            let params = ListParams::default().fields(selector);
            assert_eq!(names(&list(&client, &params).await).join(" "), wanted, "{selector}");
        }
        let refused =
            api(&client, "v1/Pod").list(&ListParams::default().fields("spec.none=a")).await;
        let text = "field label not supported: spec.none";
        assert_eq!(refusal(refused), (400, "BadRequest".to_owned(), text.to_owned()));
        let params = ListParams::default().fields("spec.replicas=1");
        let (code, _, message) = refusal(api(&client, "apps/v1/Deployment").list(&params).await);
        assert_eq!(code, 400);
        assert!(message.contains("\"spec.replicas\" is not a known field selector"), "{message}");
    });
}

/// Kubernetes' own kinds do not say in a list what they are; others do.
fn items(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        fill(&client, &["a"]).await;
        crate::objects::install_definitions(&client).await;
        let application = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "shop"}, "spec": {}});
        create(&client, application).await;
        for (path, list, typed) in [
            ("/api/v1/namespaces/NS/pods", "PodList", false),
            ("/apis/argoproj.io/v1alpha1/namespaces/NS/applications", "ApplicationList", true),
        ] {
            let path = path.replace("NS", client.default_namespace());
            let request = http::Request::get(path).body(Vec::new()).unwrap();
            let body: serde_json::Value = client.request(request).await.unwrap();
            assert_eq!(body["kind"], list);
            assert_eq!(body["items"].as_array().unwrap().len(), 1);
            assert_eq!(body["items"][0].get("kind").is_some(), typed, "{list}");
            assert_eq!(body["items"][0].get("apiVersion").is_some(), typed, "{list}");
        }
        // Where nobody is, nobody is missed.
        let nowhere = crate::place::client(place, crate::server::ADMIN, "nowhere").await;
        assert!(names(&list(&nowhere, &ListParams::default()).await).is_empty());
    });
}

fn bad_questions(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        fill(&client, &["a", "b"]).await;
        let pods = api(&client, "v1/Pod");
        for params in [
            ListParams::default().continue_token("never-seen"),
            ListParams::default().labels("app===web"),
            ListParams::default().labels("app in web"),
        ] {
            let (code, reason, _) = refusal(pods.list(&params).await);
            assert_eq!((code, reason.as_str()), (400, "BadRequest"), "{params:?}");
        }
    });
}
