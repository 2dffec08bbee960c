//! The same requests to the server in memory and to a real one, word by word: refusals have to be
//! the same, and what the one in memory says of an object, the real one has to say too.

use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use crate::Contract;
use crate::contract::discovery::settle;
use crate::objects::{create, install_definitions, pod, workload};
use crate::place::{Place, admin, client, run};
use crate::server::{PLAIN, Server};

/// These take place on a real server; the other one is their own.
pub(crate) const TESTS: &[Contract] = &[
    ("refusals", refusals),
    ("discovery", discovery),
    ("objects", objects),
    ("lifetime", lifetime),
];

/// What a request accepts that asks for all kinds at once.
const AGGREGATED: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
const MERGE: &str = "application/merge-patch+json";
const PODS: &str = "/api/v1/namespaces/NS/pods";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/NS/deployments";
const APPLICATIONS: &str = "/apis/argoproj.io/v1alpha1/namespaces/NS/applications";

/// What comes back: status, content type, and the body as JSON or as text.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    content_type: String,
    body: Value,
}

/// The same client on both servers, each with a namespace of its own.
struct Pair([Client; 2]);

impl Pair {
    /// Whose namespaces have the same objects in them.
    async fn new(real: &dyn Place, memory: &Server) -> Self {
        let clients = [admin(memory).await, admin(real).await];
        for client in &clients {
            install_definitions(client).await;
            create(client, workload("Deployment", "web", "web:1")).await;
            create(client, pod("web-1", "web", "web:1")).await;
            create(client, pod("web-2", "web", "web:1")).await;
        }
        Self(clients)
    }

    /// The same namespaces with other tokens.
    async fn with(&self, places: [&dyn Place; 2], token: &str) -> Self {
        let [memory, real] = &self.0;
        Self([
            client(places[0], token, memory.default_namespace()).await,
            client(places[1], token, real.default_namespace()).await,
        ])
    }

    /// What both say, first the one in memory.
    async fn ask(&self, method: &str, path: &str, content_type: &str, body: &Value) -> [Answer; 2] {
        let [memory, real] = &self.0;
        let asked = (method, path, content_type, body);
        [ask(memory, asked).await, ask(real, asked).await]
    }

    /// Both have to refuse in the same words.
    async fn refuse(&self, method: &str, path: &str, content_type: &str, body: &Value) {
        let [memory, real] = self.ask(method, path, content_type, body).await;
        assert!(real.status >= 400, "{method} {path}: {real:?}");
        assert_eq!(memory, real, "{method} {path}");
    }

    /// Both have to do it, and the real one has to say all that the other one says.
    async fn agree(&self, method: &str, path: &str, content_type: &str, body: &Value) {
        let [memory, real] = self.ask(method, path, content_type, body).await;
        assert!(real.status < 300, "{method} {path}: {real:?}");
        assert_eq!((memory.status, &memory.content_type), (real.status, &real.content_type));
        let mut apart = Vec::new();
        differences("", &memory.body, &real.body, &mut apart);
        assert!(apart.is_empty(), "{method} {path}: {apart:#?}");
    }
}

type Asked<'t> = (&'t str, &'t str, &'t str, &'t Value);

async fn ask(client: &Client, (method, path, content_type, body): Asked<'_>) -> Answer {
    let namespace = client.default_namespace();
    let mut request = http::Request::builder().method(method).uri(path.replace("NS", namespace));
    let bytes = match body {
        Value::Null => Vec::new(),
        Value::String(text) => text.clone().into_bytes(),
        body => body.to_string().into_bytes(),
    };
    if !content_type.is_empty() {
        let name = if method == "GET" { "Accept" } else { "Content-Type" };
        request = request.header(name, content_type);
    }
    let response = client.send(request.body(Body::from(bytes)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect_bytes().await.unwrap().to_vec()).unwrap();
    let text = text.replace(namespace, "NS");
    Answer {
        status: parts.status.as_u16(),
        content_type: parts.headers["content-type"].to_str().unwrap().to_owned(),
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}

/// What no two servers have in common.
const OWN: &[&str] =
    &["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "continue"];

/// Where `memory` says what `real` does not; zeros and empty texts need not be said.
pub(crate) fn differences(path: &str, memory: &Value, real: &Value, out: &mut Vec<String>) {
    match (memory, real) {
        (Value::Object(fields), Value::Object(_)) => {
            for (key, value) in fields {
                let path = format!("{path}.{key}");
                match &real[key] {
                    Value::Null if *value == 0 || *value == "" || *value == json!([]) => {}
                    Value::Null => out.push(format!("{path}: {value} in memory only")),
                    _ if OWN.contains(&key.as_str()) || key.ends_with("controller-uid") => {}
                    other => differences(&path, value, other, out),
                }
            }
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            for (at, (item, other)) in items.iter().zip(others).enumerate() {
                differences(&format!("{path}[{at}]"), item, other, out);
            }
        }
        _ if memory == real => {}
        _ => out.push(format!("{path}: {memory} in memory, {real} in truth")),
    }
}

fn refusals(real: &dyn Place) {
    run(async {
        let memory = Server::start();
        let admin = Pair::new(real, &memory).await;
        let plain = admin.with([&memory, real], PLAIN).await;
        let web = format!("{DEPLOYMENTS}/web");
        for path in [
            "/nonsense",
            "/apis/nope.io",
            "/apis/nope.io/v1",
            "/apis/nope.io/v1/foos",
            "/apis/apps/v1/namespaces/NS/foos",
            "/apis/apps/v1/namespaces/NS/foos/bar",
            "/apis/apps/v1/namespaces/NS/deployments/none",
            "/apis/apps/v1/namespaces/NS/deployments/web/foo",
            "/apis/apps/v1/namespaces/NS/deployments/none/status",
            "/apis/argoproj.io/v1alpha1/namespaces/NS/applications/none",
            "/apis/argoproj.io/v1alpha1/namespaces/NS/nothings",
            "/apis/argoproj.io/v1/namespaces/NS/applications",
            "/api/v1/namespaces/none-such",
            "/api/v1/namespaces/NS/configmaps/none/status",
            "/api/v1/namespaces/NS/pods?limit=abc",
            "/api/v1/namespaces/NS/pods?fieldSelector=spec.foo%3Db",
            "/apis/apps/v1/namespaces/NS/deployments?fieldSelector=spec.foo%3Db",
        ] {
            admin.refuse("GET", path, "", &Value::Null).await;
        }
        for path in [PODS, "/api/v1/pods", &web, "/apis/nope.io/v1/foos", "/api/v1/namespaces/NS"] {
            plain.refuse("GET", path, "", &Value::Null).await;
            plain.refuse("GET", &format!("{path}/status"), "", &Value::Null).await;
        }
        plain.refuse("GET", &format!("{PODS}?watch=1"), "", &Value::Null).await;
        plain.refuse("DELETE", PODS, "", &Value::Null).await;
        plain.refuse("GET", "/nonsense", "", &Value::Null).await;
        let stranger = admin.with([&memory, real], "stranger").await;
        stranger.refuse("GET", PODS, "", &Value::Null).await;
        let nobody = admin.with([&memory, real], "").await;
        nobody.refuse("GET", PODS, "", &Value::Null).await;
        nobody.refuse("GET", "/apis", "", &Value::Null).await;

        let json = "application/json";
        let deployment = workload("Deployment", "web", "web:1");
        admin.refuse("POST", DEPLOYMENTS, json, &deployment).await;
        let elsewhere = DEPLOYMENTS.replace("NS", "none-such");
        admin.refuse("POST", &elsewhere, json, &deployment).await;
        plain.refuse("POST", DEPLOYMENTS, json, &deployment).await;
        admin.refuse("PATCH", &web, json, &json!({})).await;
        admin.refuse("PATCH", &format!("{DEPLOYMENTS}/none"), MERGE, &json!({})).await;
        plain.refuse("PATCH", &format!("{web}/status"), MERGE, &json!({})).await;
        admin.refuse("DELETE", &format!("{DEPLOYMENTS}/none"), "", &Value::Null).await;
        let stale = json!({"metadata": {"resourceVersion": "1"}, "spec": {"replicas": 3}});
        admin.refuse("PATCH", &web, MERGE, &stale).await;
    });
}

/// The lists of an answer of discovery, by what names their items.
fn catalogue(body: &Value, out: &mut Vec<(String, Value)>, path: &str) {
    match body {
        Value::Array(items) => {
            for item in items {
                let keys = ["name", "resource", "version", "subresource", "groupVersion"];
                let name = keys.iter().find_map(|key| item[key].as_str());
                let name = name.or_else(|| item["metadata"]["name"].as_str()).unwrap_or_default();
                catalogue(item, out, &format!("{path}/{name}"));
            }
        }
        Value::Object(fields) => {
            let (lists, words): (Vec<_>, Vec<_>) =
                fields.iter().partition(|(_, value)| value[0].is_object());
            let mut own: serde_json::Map<_, _> =
                words.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            if let Some(Value::Array(verbs)) = own.get_mut("verbs") {
                verbs.sort_by_key(Value::to_string);
            }
            out.push((path.to_owned(), own.into()));
            lists.into_iter().for_each(|(_, list)| catalogue(list, out, path));
        }
        _ => {}
    }
}

/// All that the one in memory knows of kinds, the real one knows too.
fn discovery(real: &dyn Place) {
    run(async {
        let memory = Server::start();
        let admin = Pair::new(real, &memory).await;
        for client in &admin.0 {
            settle(client).await;
        }
        for (path, accept) in [
            ("/apis", ""),
            ("/api/v1", ""),
            ("/apis/apps/v1", ""),
            ("/apis/batch/v1", ""),
            ("/apis/rbac.authorization.k8s.io/v1", ""),
            ("/apis/apiextensions.k8s.io/v1", ""),
            ("/apis/argoproj.io/v1alpha1", ""),
            ("/apis/helm.toolkit.fluxcd.io/v2", ""),
            ("/apis/helm.toolkit.fluxcd.io/v2beta2", ""),
            ("/api", AGGREGATED),
            ("/apis", AGGREGATED),
        ] {
            let [memory, real] = admin.ask("GET", path, accept, &Value::Null).await;
            assert_eq!((memory.status, &memory.content_type), (200, &real.content_type), "{path}");
            let [own, other] = [memory, real].map(|answer| {
                let mut out = Vec::new();
                catalogue(&answer.body, &mut out, "");
                out
            });
            for (name, words) in own {
                let found = other.iter().find(|(other, _)| *other == name);
                let found = &found.unwrap_or_else(|| panic!("{path}: no {name}")).1;
                let mut apart = Vec::new();
                differences(&name, &words, found, &mut apart);
                assert!(apart.is_empty(), "{path}: {apart:#?}");
            }
        }
    });
}

fn objects(real: &dyn Place) {
    run(async {
        let memory = Server::start();
        let admin = Pair::new(real, &memory).await;
        for path in [
            "/api",
            "/apis/apps",
            "/apis/argoproj.io",
            "/apis/helm.toolkit.fluxcd.io",
            DEPLOYMENTS,
            "/apis/apps/v1/namespaces/NS/deployments/web",
            "/apis/apps/v1/namespaces/NS/deployments/web/status",
            PODS,
            "/api/v1/namespaces/NS/pods/web-1",
            "/api/v1/namespaces/NS/pods?limit=1",
            "/api/v1/namespaces/NS/pods?labelSelector=app%3Dweb&limit=1",
            "/api/v1/namespaces/NS/pods?fieldSelector=metadata.name%3Dweb-2",
            "/api/v1/namespaces/NS/configmaps?labelSelector=a",
            "/api/v1/namespaces/NS",
            "/api/v1/namespaces/none-such/pods",
            APPLICATIONS,
        ] {
            admin.agree("GET", path, "", &Value::Null).await;
        }
    });
}

/// From the first request about an object to the last one.
fn lifetime(real: &dyn Place) {
    run(async {
        let memory = Server::start();
        let admin = Pair::new(real, &memory).await;
        let json = "application/json";
        let jobs = "/apis/batch/v1/namespaces/NS/jobs";
        let spec = json!({"template": {"spec": {"restartPolicy": "Never",
            "containers": [{"name": "web", "image": "web:1"}]}}});
        let job = |kind: &str, spec: Value| json!({"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": "job"}, "spec": spec});
        admin.agree("POST", jobs, json, &job("Job", spec.clone())).await;
        let cron = json!({"schedule": "0 0 * * *", "jobTemplate": {"spec": spec}});
        admin.agree("POST", &jobs.replace("jobs", "cronjobs"), json, &job("CronJob", cron)).await;
        for (kind, plural) in [("StatefulSet", "statefulsets"), ("DaemonSet", "daemonsets")] {
            let path = DEPLOYMENTS.replace("deployments", plural);
            admin.agree("POST", &path, json, &workload(kind, "web", "web:1")).await;
        }
        let application = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": {"name": "shop"}, "spec": {"a": 1}, "status": {"b": 2}});
        admin.agree("POST", APPLICATIONS, json, &application).await;
        for one in [format!("{DEPLOYMENTS}/web"), format!("{APPLICATIONS}/shop")] {
            for (path, patch) in [
                (&one, json!({"metadata": {"labels": {"a": "b"}}})),
                (&one, json!({"spec": {"replicas": 4}, "status": {"replicas": 3}})),
                (&format!("{one}/status"), json!({"status": {"replicas": 3}, "spec": {"x": 1}})),
                (&format!("{one}/status"), json!({"status": {"replicas": null}})),
                (&one, json!({"spec": {"replicas": 4}})),
                (&one, json!({"metadata": {"finalizers": ["example.org/wait"]}})),
            ] {
                admin.agree("PATCH", path, MERGE, &patch).await;
            }
            admin.agree("DELETE", &one, "", &Value::Null).await;
            admin.agree("GET", &one, "", &Value::Null).await;
            let free = json!({"metadata": {"finalizers": null}});
            admin.agree("PATCH", &one, MERGE, &free).await;
            admin.refuse("GET", &one, "", &Value::Null).await;
        }
        admin.agree("DELETE", &format!("{PODS}/web-1"), "", &Value::Null).await;
        admin.agree("GET", PODS, "", &Value::Null).await;
    });
}
