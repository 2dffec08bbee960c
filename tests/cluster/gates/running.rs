//! `kubectl promote running`: what an overlay says beside what runs, as a table and as JSON.

use std::fs;

use serde_json::{Value, json};

use super::desk::{Desk, FROM, IMAGE, NEW};
use super::healthy::rolled_out;
use crate::Contract;
use crate::objects::workload;
use crate::place::Place;
use crate::states::{self, State, digest, running_pod};
use crate::support::Run;

pub(crate) const TESTS: &[Contract] = &[
    ("states", states_of_all),
    ("table", table),
    ("several", several),
    ("nothing", nothing),
    ("revisions", revisions),
];

/// Every state without its pods: what the word for it is, and whether it is well.
const STATES: &[(&str, &str, &str, bool)] = &[
    ("Deployment", "complete", "unknown", true),
    ("Deployment", "updating", "not ready", false),
    ("Deployment", "terminating-old", "not ready", false),
    ("Deployment", "starting", "not ready", false),
    ("Deployment", "stalled", "not ready", false),
    ("Deployment", "dead", "not ready", false),
    ("Deployment", "new", "not ready", false),
    ("Deployment", "zero", "idle", true),
    ("Deployment", "paused", "unknown", true),
    ("Deployment", "behind", "not ready", false),
    ("ReplicaSet", "complete", "unknown", true),
    ("ReplicaSet", "starting", "not ready", false),
    ("ReplicaSet", "shrinking", "not ready", false),
    ("ReplicaSet", "denied", "not ready", false),
    ("ReplicaSet", "behind", "not ready", false),
    ("ReplicaSet", "zero", "idle", true),
    ("StatefulSet", "complete", "unknown", true),
    ("StatefulSet", "updating", "not ready", false),
    ("StatefulSet", "starting", "not ready", false),
    ("StatefulSet", "partitioned", "unknown", true),
    ("StatefulSet", "on-delete", "not ready", false),
    ("DaemonSet", "complete", "unknown", true),
    ("DaemonSet", "updating", "not ready", false),
    ("DaemonSet", "starting", "not ready", false),
    ("DaemonSet", "on-delete", "not ready", false),
    ("Job", "running", "not ready", false),
    ("Job", "complete", "idle", true),
    ("Job", "failed", "not ready", false),
    ("Job", "suspended", "idle", true),
    ("CronJob", "nightly", "idle", true),
    ("Pod", "ready", "same", true),
    ("Pod", "docker", "same", true),
    ("Pod", "loaded", "same", true),
    ("Pod", "unready", "not ready", false),
    ("Pod", "crashing", "not ready", false),
    ("Pod", "pulling", "not ready", false),
    ("Pod", "unscheduled", "not ready", false),
    ("Pod", "done", "same", true),
    ("Pod", "evicted", "not ready", false),
    ("Pod", "many", "same", true),
];

fn run(desk: &Desk<'_>, args: &[&str]) -> Run {
    Run::of(&mut desk.command(&[&["running", "--exit-code"], args].concat()))
}

/// What it says as JSON, and how it ends: with 1 where anything differs, and only then.
#[track_caller]
fn rows(desk: &Desk<'_>, overlay: &str) -> Vec<Value> {
    let run = run(desk, &[overlay, "-o", "json"]);
    let output: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    let rows = output["images"].as_array().unwrap().clone();
    let differs = rows.iter().any(|row| row["status"] != "same" && row["status"] != "idle");
    assert_eq!((run.code, &output["same"]), (i32::from(differs), &json!(!differs)), "{run:?}");
    for row in &rows {
        let reason = row["reason"].as_str().unwrap_or_default();
        assert_eq!(row["healthy"], json!(reason.is_empty()), "{row:#}");
        assert!(run.stderr.contains(reason), "{reason}: {}", run.stderr);
    }
    rows
}

fn states_of_all(place: &dyn Place) {
    let all = states::all();
    assert_eq!(all.len(), STATES.len());
    for (state, (kind, name, word, healthy)) in all.iter().zip(STATES) {
        let desk = Desk::new(place);
        assert_eq!(
            (&state.object["kind"], &state.object["metadata"]["name"]),
            (&json!(kind), &json!(name))
        );
        desk.base(std::slice::from_ref(&state.object));
        let missing = rows(&desk, FROM);
        assert!(missing.iter().all(|row| row["status"] == "missing"), "{missing:#?}");
        desk.put_state(state);
        let found = rows(&desk, FROM);
        let own = found.iter().find(|row| row["container"] == "web").unwrap();
        let wanted = (&json!(word), &json!(healthy));
        assert_eq!((&own["status"], &own["healthy"]), wanted, "{own:#}");
    }
}

/// A Deployment with a sidecar that nobody rendered, beside one of the same labels that is not there.
fn web(desk: &Desk<'_>) {
    let mut state = rolled_out(&format!("{IMAGE}:{NEW}"));
    let mut api = state.object.clone();
    api["metadata"]["name"] = "api".into();
    let suspended = states::jobs().remove(3);
    desk.base(&[state.object.clone(), api, suspended.object.clone()]);
    let proxy = json!({"name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.30"});
    let containers = &mut state.object["spec"]["template"]["spec"]["containers"];
    containers.as_array_mut().unwrap().push(proxy.clone());
    desk.put_state(&state).put_state(&suspended);
    for name in ["web-1", "web-2"] {
        desk.put_state(&with_proxy(pod(name, 'a'), &proxy));
    }
}

fn pod(name: &str, letter: char) -> State {
    let id = format!("{IMAGE}@{}", digest(letter));
    running_pod(name, &id, true, &json!({"running": {"startedAt": states::THEN}}))
}

/// `pod` with a container that an admission put into it, which is at another image than anything.
fn with_proxy(mut pod: State, proxy: &Value) -> State {
    let mut status = pod.status["containerStatuses"][0].clone();
    status["name"] = "istio-proxy".into();
    status["imageID"] = format!("docker.io/istio/proxyv2@{}", digest('f')).into();
    pod.object["spec"]["containers"].as_array_mut().unwrap().push(proxy.clone());
    pod.status["containerStatuses"].as_array_mut().unwrap().push(status);
    pod
}

/// The words of each line.
fn words(text: &str) -> Vec<Vec<&str>> {
    text.lines()
        .map(|line| line.split("  ").map(str::trim).filter(|it| !it.is_empty()).collect())
        .collect()
}

fn table(place: &dyn Place) {
    let desk = Desk::new(place);
    web(&desk);
    let short = "sha256:aaaaaaaaaaaa";
    let at = format!("{IMAGE}:{NEW}");
    let run_of = |args: &[&str]| run(&desk, &[&[FROM], args].concat());
    let found = run_of(&[]);
    assert_eq!(found.code, 1, "{found:?}");
    let since = words(&found.stdout)[2][5].to_owned();
    let wanted = [
        vec!["WORKLOAD", "CONTAINER", "IMAGE", "RUNNING", "READY", "SINCE", "STATUS"],
        vec!["deployment/api", "web", &at, "<none>", "<none>", "<none>", "missing"],
        vec!["deployment/web", "web", &at, short, "2/2", &since, "same"],
        vec![
            "job/suspended",
            "web",
            "ghcr.io/acme/migrate:1.2.3",
            "<none>",
            "<none>",
            "<none>",
            "idle",
        ],
    ];
    assert_eq!(words(&found.stdout), wanted, "{}", found.stdout);
    let api = format!("warning: `deployment.apps/api in {}` is not there\n", desk.namespace);
    assert_eq!(found.stderr, api);
    let wide = run_of(&["-o", "wide", "--no-headers"]).stdout;
    let wide = words(&wide);
    assert_eq!(wide.len(), 3);
    assert_eq!(wide[1][0], format!("{}/deployment/web", desk.namespace));
    assert_eq!(wide[1][3], digest('a'));
    // Whoever asks for no exit code gets none.
    assert_eq!(Run::of(&mut desk.command(&["running", FROM])).code, 0);
}

/// Containers at different images, and pods at different digests.
fn several(place: &dyn Place) {
    let desk = Desk::new(place);
    let mut state = rolled_out(&format!("{IMAGE}:{NEW}"));
    state.object["spec"]["template"]["spec"]["initContainers"] =
        json!([{"name": "init", "image": "ghcr.io/acme/init:1"}]);
    desk.base(std::slice::from_ref(&state.object)).put_state(&state);
    let with_init = |mut pod: State, letter: char| {
        pod.object["spec"]["initContainers"] =
            state.object["spec"]["template"]["spec"]["initContainers"].clone();
        let id = format!("ghcr.io/acme/init@{}", digest(letter));
        pod.status["initContainerStatuses"] = json!([{"name": "init", "image": "ghcr.io/acme/init:1",
            "imageID": id, "ready": true, "restartCount": 0,
            "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]);
        pod
    };
    desk.put_state(&with_init(pod("web-1", 'a'), 'b'));
    desk.put_state(&with_init(pod("web-2", 'a'), 'b'));
    let status = |rows: &[Value]| {
        let all = rows.iter().map(|row| format!("{} {}", row["container"], row["status"]));
        all.collect::<Vec<_>>().join(", ").replace('"', "")
    };
    assert_eq!(status(&rows(&desk, FROM)), "web same, init same");
    // The tag was moved before the third one was started.
    desk.put_state(&with_init(pod("web-3", 'c'), 'b'));
    let found = rows(&desk, FROM);
    assert_eq!(status(&found), "web differs, init same");
    let image = format!("{IMAGE}:1.2.3");
    let runs = json!([
        {"image": image, "digest": digest('a'), "pods": 2, "pod": "web-1"},
        {"image": image, "digest": digest('c'), "pods": 1, "pod": "web-3"},
    ]);
    assert_eq!(found[0]["running"], runs);
    // What Git says now runs nowhere.
    desk.set_image("newTag: 1.2.4");
    let found = rows(&desk, FROM);
    assert_eq!(status(&found), "web differs, init not ready");
    let reason = found[0]["reason"].as_str().unwrap();
    assert!(
        reason.contains(&format!("is at `{image}` in container `web`, not at `{IMAGE}:1.2.4`")),
        "{reason}"
    );
}

/// An overlay without workloads, and what is none.
fn nothing(place: &dyn Place) {
    let desk = Desk::new(place);
    desk.base(&[json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}})]);
    let found = run(&desk, &[FROM]);
    assert_eq!((found.code, found.stdout.as_str()), (0, ""));
    assert_eq!(found.stderr, "warning: `overlays/staging` renders no workload that could run\n");
    assert!(rows(&desk, FROM).is_empty());
    desk.base(&[states::jobs().remove(4).object]);
    let exported = Run::of(&mut desk.command(&["export", FROM]));
    fs::write(desk.sandbox.join("release.yaml"), exported.stdout).unwrap();
    for (overlay, said) in [
        ("release.yaml", "`release.yaml` is a release, and no overlay whose workloads run"),
        ("overlays/staign", "did you mean `overlays/staging`?"),
        ("overlays/staging@nowhere", "error: "),
    ] {
        let found = run(&desk, &[overlay, "-o", "json"]);
        assert_eq!((found.code, found.stdout.as_str()), (1, ""), "{found:?}");
        assert!(found.stderr.contains(said), "{found:?}");
    }
}

/// What it was at a commit, whatever is in the working tree.
fn revisions(place: &dyn Place) {
    let desk = Desk::new(place);
    let state = rolled_out(&format!("{IMAGE}:{NEW}"));
    desk.base(std::slice::from_ref(&state.object)).put_state(&state);
    desk.put_state(&pod("web-1", 'a')).put_state(&pod("web-2", 'a'));
    desk.sandbox.git(&["init", "--quiet"]);
    desk.sandbox.git(&["add", "base", "overlays"]);
    desk.sandbox.git(&["commit", "--quiet", "-m", "one"]);
    desk.set_image("newTag: 9.9.9");
    desk.base(&[workload("Deployment", "other", "ghcr.io/acme/web:1")]);
    let found = rows(&desk, "overlays/staging@HEAD");
    assert_eq!((found.len(), &found[0]["status"]), (1, &json!("same")), "{found:#?}");
    assert_eq!(rows(&desk, FROM)[0]["status"], "missing");
}
