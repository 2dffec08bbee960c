//! Creating, changing and deleting: so that tests can bring about every state.

use kube::api::{DeleteParams, DynamicObject, PostParams};
use serde_json::{Value, json};

use super::refusal;
use crate::Contract;
use crate::both::differences;
use crate::objects::{api, change, create, pod, set_status, try_create, workload};
use crate::place::{Place, admin, run};

pub(crate) const TESTS: &[Contract] = &[
    ("generations", generations),
    ("statuses", statuses),
    ("states", states),
    ("refusals", refusals),
    ("jobs", jobs),
    ("deleting", deleting),
    ("finalizers", finalizers),
];

/// A status that all servers accept: there is one more pod than there should be.
fn rolling() -> Value {
    json!({
        "observedGeneration": 1, "replicas": 3, "updatedReplicas": 1, "readyReplicas": 2,
        "availableReplicas": 2, "unavailableReplicas": 1,
        "conditions": [{
            "type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated",
            "message": "ReplicaSet \"web-1\" is progressing.",
            "lastTransitionTime": "2026-11-20T10:00:00Z", "lastUpdateTime": "2026-11-20T10:00:00Z",
        }],
    })
}

fn generation(object: &DynamicObject) -> i64 {
    object.metadata.generation.unwrap()
}

fn generations(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        for kind in ["Deployment", "StatefulSet", "DaemonSet"] {
            let api = api(&client, &format!("apps/v1/{kind}"));
            let new = create(&client, workload(kind, "web", "web:1")).await;
            assert_eq!(generation(&new), 1);
            assert!(new.metadata.uid.is_some() && new.metadata.creation_timestamp.is_some());
            let label = json!({"metadata": {"labels": {"a": "b"}}});
            assert_eq!(generation(&change(&api, "web", label).await), 1);
            let status = json!({"spec": {"minReadySeconds": 5}, "status": {"readyReplicas": 5}});
            let changed = change(&api, "web", status).await;
            assert_eq!(generation(&changed), 2, "the spec, and not the status");
            assert_ne!(changed.data["status"]["readyReplicas"], 5);
            let same = change(&api, "web", json!({"spec": {"minReadySeconds": 5}})).await;
            assert_eq!(same.metadata.resource_version, changed.metadata.resource_version);
        }
    });
}

fn statuses(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let deployments = api(&client, "apps/v1/Deployment");
        let mut web = workload("Deployment", "web", "web:1");
        web["spec"]["replicas"] = 2.into();
        create(&client, web).await;
        let patched = set_status(&deployments, "web", rolling()).await.unwrap();
        assert_eq!(patched.data["status"], rolling());
        assert_eq!(generation(&patched), 1);
        let mut all = deployments.get("web").await.unwrap();
        all.data["status"]["readyReplicas"] = 3.into();
        all.data["spec"]["replicas"] = 9.into();
        let replaced =
            deployments.replace_status("web", &PostParams::default(), &all).await.unwrap();
        assert_eq!(replaced.data["status"]["readyReplicas"], 3);
        assert_eq!(replaced.data["spec"]["replicas"], 2);

        let started = create(&client, pod("web-1", "web", "web:1")).await;
        assert_eq!(started.data["status"]["phase"], "Pending");
        let running = json!({"phase": "Running", "containerStatuses": [{
            "name": "web", "image": "docker.io/library/web:1", "ready": false, "restartCount": 12,
            "imageID": format!("docker.io/library/web@sha256:{}", "a".repeat(64)),
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        }]});
        let pods = api(&client, "v1/Pod");
        let patched = set_status(&pods, "web-1", running.clone()).await.unwrap();
        for (key, value) in running["containerStatuses"][0].as_object().unwrap() {
            assert_eq!(patched.data["status"]["containerStatuses"][0][key], *value);
        }
    });
}

/// Every state of the tests is one that a cluster can be in.
fn states(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        for state in crate::states::all() {
            let object = state.object;
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let kind = format!("{}/{}", text(&object["apiVersion"]), text(&object["kind"]));
            let name = text(&object["metadata"]["name"]);
            create(&client, object).await;
            let written = set_status(&api(&client, &kind), &name, state.status.clone()).await;
            let written = written.unwrap_or_else(|error| panic!("{kind} {name}: {error}"));
            let mut apart = Vec::new();
            differences("", &state.status, &written.data["status"], &mut apart);
            assert!(apart.is_empty(), "{kind} {name}: {apart:#?}");
        }
    });
}

fn refusals(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let namespace = client.default_namespace().to_owned();
        let web = create(&client, workload("Deployment", "web", "web:1")).await;
        let deployments = api(&client, "apps/v1/Deployment");

        let again = try_create(&client, workload("Deployment", "web", "web:1")).await;
        let text = "deployments.apps \"web\" already exists";
        assert_eq!(refusal(again), (409, "AlreadyExists".to_owned(), text.to_owned()));
        change(&deployments, "web", json!({"metadata": {"labels": {"a": "b"}}})).await;
        let late = deployments.replace("web", &PostParams::default(), &web).await;
        let (code, reason, message) = refusal(late);
        assert_eq!((code, reason.as_str()), (409, "Conflict"));
        assert!(message.starts_with("Operation cannot be fulfilled on deployments.apps \"web\""));

        let nobody = set_status(&deployments, "none", json!({})).await;
        let text = "deployments.apps \"none\" not found";
        assert_eq!(refusal(nobody), (404, "NotFound".to_owned(), text.to_owned()));
        let nowhere = crate::place::client(place, crate::server::ADMIN, "nowhere").await;
        let lost = try_create(&nowhere, pod("web-1", "web", "web:1")).await;
        let text = "namespaces \"nowhere\" not found";
        assert_eq!(refusal(lost), (404, "NotFound".to_owned(), text.to_owned()));
        assert_ne!(namespace, "nowhere");
    });
}

/// A Job selects its pods by its own uid, and not by what a file says.
fn jobs(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let container = json!({"name": "web", "image": "web:1"});
        let template = json!({"spec": {"restartPolicy": "Never", "containers": [container]}});
        let job = create(
            &client,
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"},
                "spec": {"template": template}}),
        )
        .await;
        let uid = job.metadata.uid.unwrap();
        let spec = &job.data["spec"];
        let selector = json!({"batch.kubernetes.io/controller-uid": uid});
        assert_eq!(spec["selector"]["matchLabels"], selector);
        let labels = &spec["template"]["metadata"]["labels"];
        for (key, value) in [("controller-uid", uid.as_str()), ("job-name", "once")] {
            assert_eq!(labels[key], value);
            assert_eq!(labels[format!("batch.kubernetes.io/{key}")], value);
        }
        assert_eq!([&spec["completions"], &spec["parallelism"]], [1, 1]);
    });
}

/// A pod on a node stays until its kubelet has stopped it, and no other.
fn deleting(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let pods = api(&client, "v1/Pod");
        let mut placed = pod("placed", "web", "web:1");
        placed["spec"]["nodeName"] = "node".into();
        create(&client, placed.clone()).await;
        create(&client, pod("waiting", "web", "web:1")).await;
        placed["metadata"]["name"] = "ended".into();
        placed["status"] = json!({"phase": "Succeeded"});
        create(&client, placed).await;
        for name in ["placed", "waiting", "ended"] {
            pods.delete(name, &DeleteParams::default()).await.unwrap();
        }
        let left = pods.list(&kube::api::ListParams::default()).await.unwrap().items;
        let [left] = left.as_slice() else { panic!("{left:?}") };
        assert_eq!(left.metadata.name.as_deref(), Some("placed"));
        assert!(left.metadata.deletion_timestamp.is_some());
        pods.delete("placed", &DeleteParams::default().grace_period(0)).await.unwrap();
        assert!(pods.get_opt("placed").await.unwrap().is_none());
        let gone = pods.delete("placed", &DeleteParams::default()).await;
        assert_eq!(refusal(gone).0, 404);
    });
}

fn finalizers(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let mut web = workload("Deployment", "web", "web:1");
        web["metadata"]["finalizers"] = json!(["example.org/wait"]);
        create(&client, web).await;
        let deployments = api(&client, "apps/v1/Deployment");
        deployments.delete("web", &DeleteParams::default()).await.unwrap();
        assert!(deployments.get("web").await.unwrap().metadata.deletion_timestamp.is_some());
        change(&deployments, "web", json!({"metadata": {"finalizers": null}})).await;
        assert!(deployments.get_opt("web").await.unwrap().is_none());
    });
}
