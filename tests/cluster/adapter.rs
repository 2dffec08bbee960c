//! The adapter itself, on both servers: what it finds, follows, and says when it may not.

use std::collections::BTreeSet;
use std::time::Duration;

use camino::Utf8PathBuf;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use kubectl_promote::cluster::{Id, Selector, Snapshot, Wanted};
use kubectl_promote::io::cluster::{Cluster, Options};
use serde_json::{Value, json};

use crate::objects::{api, change, create, install_definitions, pod, workload};
use crate::place::{Place, admin, run};
use crate::server::{ADMIN, PLAIN, Server};
use crate::{Contract, Special};

pub(crate) const TESTS: &[Contract] = &[
    ("read", read),
    ("named", named),
    ("watch", watch),
    ("denied", denied),
    ("not_installed", not_installed),
    ("pull_secrets", pull_secrets),
];

/// What only the server in memory can do.
pub(crate) const SPECIALS: &[Special] = &[("many", many), ("old_discovery", old_discovery)];

/// The adapter for the user with this token, and what keeps its kubeconfig.
fn connect(place: &dyn Place, token: &str, namespace: &str) -> (Cluster, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let file = Utf8PathBuf::from_path_buf(dir.path().join("kubeconfig")).unwrap();
    std::fs::write(&file, place.kubeconfig(token, namespace)).unwrap();
    let timeout = Duration::from_secs(10);
    let options = Options { kubeconfig: Some(file), timeout, ..Options::default() };
    (Cluster::connect(&options).unwrap(), dir)
}

/// A namespace with these objects in it.
fn filled(place: &dyn Place, objects: Vec<Value>) -> Client {
    run(async {
        let client = admin(place).await;
        for object in objects {
            create(&client, object).await;
        }
        client
    })
}

fn id(group: &str, kind: &str, namespace: &str, name: &str) -> Id {
    let [group, kind, namespace, name] = [group, kind, namespace, name].map(str::to_owned);
    Id { group, version: String::new(), kind, namespace, name }
}

fn selector(app: &str) -> Selector {
    serde_yaml::from_str(&format!("{{matchLabels: {{app: {app}}}}}")).unwrap()
}

fn deployments(namespace: &str, names: &[&str]) -> Wanted {
    Wanted {
        workloads: names.iter().map(|name| id("apps", "Deployment", namespace, name)).collect(),
        pods: names.iter().map(|name| (namespace.to_owned(), selector(name))).collect(),
        named: BTreeSet::new(),
    }
}

fn pods(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.pods.iter().map(|pod| pod.metadata.name.as_str()).collect()
}

/// One by one and by lists, the same is there.
fn read(place: &dyn Place) {
    let names = ["a", "b", "c", "d", "e", "f"];
    let mut objects: Vec<_> = names.map(|name| workload("Deployment", name, "web:1")).into();
    objects.extend(names.map(|name| pod(&format!("{name}-1"), name, "web:1")));
    objects.push(pod("other", "other", "web:1"));
    let client = filled(place, objects);
    let namespace = client.default_namespace();
    let (cluster, _dir) = connect(place, ADMIN, namespace);
    assert_eq!(cluster.namespace(), namespace);
    let few = cluster.read(&deployments(namespace, &["b", "gone"])).unwrap();
    let found: Vec<_> = few.workloads.keys().map(|id| id.name.as_str()).collect();
    assert_eq!((found, pods(&few)), (vec!["b"], vec!["b-1"]));
    let all = cluster.read(&deployments(namespace, &names)).unwrap();
    assert_eq!(all.workloads.len(), 6);
    assert_eq!(pods(&all), names.map(|name| format!("{name}-1")));
    let away = kubectl_promote::cluster::Timestamp::now().duration_since(all.now).abs();
    assert!(away.as_secs() < 60, "{}", all.now);
}

/// By kinds, plurals, short names and groups, of all sorts.
fn named(place: &dyn Place) {
    let client = filled(place, vec![workload("Deployment", "web", "web:1")]);
    let namespace = client.default_namespace();
    run(async {
        let client = crate::place::client(place, ADMIN, namespace).await;
        install_definitions(&client).await;
        let flux = json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": "apps"}, "spec": {},
        });
        create(&client, flux).await;
    });
    let (cluster, _dir) = connect(place, ADMIN, namespace);
    let wanted: BTreeSet<_> = [
        id("", "deploy", "", "web"),
        id("apps", "Deployments", namespace, "web"),
        id("", "kustomization", "", "apps"),
        id("kustomize", "Kustomization", "", "gone"),
        id("", "namespace", "", namespace),
    ]
    .into();
    let found = cluster.read(&Wanted { named: wanted.clone(), ..Wanted::default() }).unwrap();
    let gone = id("kustomize", "Kustomization", "", "gone");
    let there: BTreeSet<_> = found.named.into_keys().collect();
    assert_eq!(there, wanted.into_iter().filter(|id| *id != gone).collect());
    let wrong = [id("", "Deploiment", "", "web")].into();
    let problem = cluster.read(&Wanted { named: wrong, ..Wanted::default() }).unwrap_err();
    assert_eq!(problem.hint.as_deref(), Some("did you mean `Deployment`?"));
}

/// What changes is seen while it is waited for, and what goes away.
fn watch(place: &dyn Place) {
    let objects = vec![workload("Deployment", "web", "web:1"), pod("web-1", "web", "web:1")];
    let client = filled(place, objects);
    let (cluster, _dir) = connect(place, ADMIN, client.default_namespace());
    let wanted = deployments(client.default_namespace(), &["web"]);
    let mut steps = 0;
    let found = cluster.watch(&wanted, Duration::from_secs(30), &mut |snapshot| {
        let deployment = snapshot.workloads.values().next().unwrap();
        let image = deployment.spec.template.as_ref().unwrap().spec.containers[0].image.clone();
        match (steps, image.as_str(), pods(snapshot).as_slice()) {
            (0, "web:1", ["web-1"]) => {
                steps = 1;
                let file = place.kubeconfig(ADMIN, client.default_namespace());
                std::thread::spawn(move || change_all(&file));
            }
            (1, "web:2", ["web-1"]) => steps = 2,
            (1 | 2, "web:2", ["web-1", "web-2"]) => steps = 3,
            _ => {}
        }
        steps == 3
    });
    assert_eq!(pods(&found.unwrap()), ["web-1", "web-2"]);
    assert_eq!(steps, 3);
}

fn change_all(kubeconfig: &str) {
    run(async {
        let file = Kubeconfig::from_yaml(kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await;
        let mut config = config.unwrap();
        config.proxy_url = None;
        let client = Client::try_from(config).unwrap();
        let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "web:2"}]}}}});
        change(&api(&client, "apps/v1/Deployment"), "web", image).await;
        create(&client, pod("web-2", "web", "web:1")).await;
    });
}

/// All rights that are missing are named at once.
fn denied(place: &dyn Place) {
    let client = filled(place, vec![]);
    let (cluster, _dir) = connect(place, PLAIN, client.default_namespace());
    let wanted = deployments(client.default_namespace(), &["web"]);
    let problem = cluster.read(&wanted).unwrap_err();
    assert!(problem.message.contains("` may not "), "{problem}");
    let hint = problem.hint.unwrap();
    for rule in [
        "`{apiGroups: [apps], resources: [deployments], verbs: [get, list]}`",
        "`{apiGroups: [\"\"], resources: [pods], verbs: [get, list]}`",
    ] {
        assert!(hint.contains(rule), "{hint}");
    }
    let (cluster, _dir) = connect(place, "expired", client.default_namespace());
    let problem = cluster.read(&wanted).unwrap_err();
    assert!(
        problem.message.contains("does not accept the credentials of `test` (401)"),
        "{problem}"
    );
}

fn not_installed(place: &dyn Place) {
    let client = filled(place, vec![]);
    let (cluster, _dir) = connect(place, ADMIN, client.default_namespace());
    let mut old = id("batch", "CronJob", client.default_namespace(), "web");
    old.version = "v1beta1".to_owned();
    let problem = cluster.read(&Wanted { workloads: [old].into(), ..Wanted::default() });
    let message = "the cluster of context `test` has no `CronJob` of `batch/v1beta1` (404)";
    assert_eq!(problem.unwrap_err().message, message);
}

fn pull_secrets(place: &dyn Place) {
    let data = json!({".dockerconfigjson": "eyJhdXRocyI6e319"});
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, "type": "kubernetes.io/dockerconfigjson", "data": data});
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "web"}, "imagePullSecrets": [{"name": "login"}, {"name": "gone"}]});
    let client = filled(place, vec![secret, account]);
    let (cluster, _dir) = connect(place, ADMIN, client.default_namespace());
    let at = |name: &str| (client.default_namespace().to_owned(), name.to_owned());
    let found = cluster.pull_secrets(&[at("web"), at("nobody")].into(), &BTreeSet::new()).unwrap();
    assert_eq!(found.configs, [(at("login"), "{\"auths\":{}}".to_owned())]);
    assert_eq!(found.missing, [at("gone")].into());
}

/// 5,000 pods and 500 workloads of all kinds that any cluster has.
fn many() {
    let server = Server::start();
    let kinds = ["Deployment", "StatefulSet", "DaemonSet"];
    let mut wanted = Wanted::default();
    for number in 0..500 {
        let (name, kind) = (format!("app-{number}"), kinds[number % kinds.len()]);
        let mut object = workload(kind, &name, "ghcr.io/acme/web:1.2.3");
        object["metadata"]["namespace"] = "default".into();
        server.place(object);
        wanted.workloads.insert(id("apps", kind, "default", &name));
        wanted.pods.insert(("default".to_owned(), selector(&name)));
        for pod_number in 0..10 {
            let mut pod = pod(&format!("{name}-{pod_number}"), &name, "ghcr.io/acme/web:1.2.3");
            pod["metadata"]["namespace"] = "default".into();
            server.place(pod);
        }
    }
    let (cluster, _dir) = connect(&server, ADMIN, "default");
    let found = cluster.read(&wanted).unwrap();
    assert_eq!((found.workloads.len(), found.pods.len()), (500, 5_000));
    let seen = server.seen();
    assert!(seen.len() <= 12, "{} requests", seen.len());
    assert!(seen.iter().all(|seen| seen.method == "GET" && seen.together <= 4));
}

fn old_discovery() {
    let server = Server::start();
    server.grow_old();
    named(&server);
}
