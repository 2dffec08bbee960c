//! `--digest-from running`: the target gets the digest that runs, or nothing at all.

use serde_json::{Value, json};

use super::desk::{Desk, FROM, IMAGE, NEW, OLD, TO};
use super::healthy::rolled_out;
use crate::Contract;
use crate::place::Place;
use crate::standin::{self, Standin};
use crate::states::{THEN, digest, running_pod};
use crate::support::Run;

pub(crate) const TESTS: &[Contract] = &[
    ("forms", forms),
    ("answers", answers),
    ("several", several),
    ("other_containers", other_containers),
    ("others", others),
    ("moved", moved),
    ("mirrors", mirrors),
    ("silent_registry", silent_registry),
    ("pinned", pinned),
    ("verbs", verbs),
    ("environments", environments),
];

const FLAGS: &[&str] = &["--digest-from", "running", "--pin", "images"];

/// What the registries say that `1.2.3` is.
fn current() -> String {
    standin::digest(&format!("web:{NEW}"))
}

/// A desk whose Deployment `web` is rolled out.
fn desk(place: &dyn Place) -> Desk<'_> {
    let desk = Desk::new(place);
    let state = rolled_out(&format!("{IMAGE}:{NEW}"));
    desk.put_state(&state).base(std::slice::from_ref(&state.object));
    desk
}

/// A pod of it with this image ID.
fn pod(desk: &Desk<'_>, name: &str, id: &str) {
    let running = json!({"running": {"startedAt": THEN}});
    desk.put_state(&running_pod(name, id, true, &running));
}

/// The same with another image.
fn pod_at(desk: &Desk<'_>, name: &str, image: &str, id: &str) {
    let mut state = running_pod(name, id, true, &json!({"running": {"startedAt": THEN}}));
    state.object["spec"]["containers"][0]["image"] = image.into();
    state.status["containerStatuses"][0]["image"] = image.into();
    desk.put_state(&state);
}

/// The binary with registries behind it.
fn run(desk: &Desk<'_>, args: &[&str]) -> Run {
    let standin = Standin::new();
    let mut command = desk.command(args);
    standin.serve(&mut command, desk.sandbox.path());
    // The cluster is on this machine, and no stand-in.
    Run::of(command.env("NO_PROXY", "127.0.0.1"))
}

#[track_caller]
fn promotes(desk: &Desk<'_>, wanted: &str) -> String {
    desk.set_target_back();
    let run = run(desk, &[&[FROM, TO], FLAGS].concat());
    assert_eq!(run.code, 0, "{run:?}");
    let text = format!("  newTag: {NEW} # kept\n  digest: {wanted}\n");
    assert!(desk.target().ends_with(&text), "{}", desk.target());
    run.stderr
}

#[track_caller]
fn refuses(desk: &Desk<'_>, sentences: &[&str]) {
    desk.set_target_back();
    let before = desk.target();
    let run = run(desk, &[&[FROM, TO], FLAGS].concat());
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(desk.target(), before);
    for sentence in sentences {
        assert!(run.stderr.contains(sentence), "{sentence}: {}", run.stderr);
    }
}

/// The forms of image IDs, of which some have no manifest's digest.
fn forms(place: &dyn Place) {
    let current = current();
    for id in [format!("{IMAGE}@{current}"), format!("docker-pullable://{IMAGE}@{current}")] {
        let desk = desk(place);
        pod(&desk, "web-1", &id);
        let said = promotes(&desk, &current);
        assert!(!said.contains("warning"), "{said}");
    }
    for (id, why) in [
        (current.clone(), format!("the image ID is `{current}`")),
        (format!("docker://{current}"), format!("the image ID is `docker://{current}`")),
        (
            format!("quay.io/else/where@{current}"),
            "the image ID is of another repository, `quay.io/else/where`".to_owned(),
        ),
    ] {
        let desk = desk(place);
        pod(&desk, "web-1", &id);
        let sentence = format!(
            "`{IMAGE}:{NEW}` runs with no digest to be told in container `web` of pod `web-1`: {why}"
        );
        refuses(&desk, &[&sentence, "when the node pulled it from its registry"]);
    }
}

/// No pod, none that has started, and an image that nobody runs.
fn answers(place: &dyn Place) {
    let desk = desk(place);
    let sentence = format!("`{IMAGE}:{NEW}` runs in no pod");
    refuses(&desk, &[&sentence, "it has to be rolled out before what runs is promoted"]);
    let creating = json!({"waiting": {"reason": "ContainerCreating"}});
    desk.put_state(&running_pod("web-1", "", false, &creating));
    refuses(&desk, &[&sentence]);
    pod_at(&desk, "web-2", &format!("{IMAGE}:{OLD}"), &format!("{IMAGE}@{}", digest('b')));
    refuses(
        &desk,
        &[&format!(
            "{sentence}: pod `web-2` has `{IMAGE}:{OLD}` in container `web`, which is `{}`",
            digest('b')
        )],
    );
    pod(&desk, "web-3", &format!("{IMAGE}@{}", current()));
    promotes(&desk, &current());
    desk.base(&[json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}})]);
    refuses(&desk, &["is in none of the workloads that the source renders", "`--except`"]);
}

fn several(place: &dyn Place) {
    let desk = desk(place);
    for (name, letter) in [("web-1", 'a'), ("web-2", 'a'), ("web-3", 'b')] {
        pod(&desk, name, &format!("{IMAGE}@{}", digest(letter)));
    }
    let [a, b] = ['a', 'b'].map(digest);
    let sentence =
        format!("`{IMAGE}:{NEW}` runs with 2 digests: `{a}` in pod `web-1`, `{b}` in pod `web-3`");
    refuses(&desk, &[&sentence, "restart the pods that run the one that is not meant"]);
    desk.delete("v1/Pod", "web-3");
    promotes(&desk, &a);
}

/// Init and ephemeral containers run images too.
fn other_containers(place: &dyn Place) {
    let (current, id) = (current(), format!("{IMAGE}@{}", current()));
    let desk = Desk::new(place);
    let mut state = rolled_out("ghcr.io/acme/sidecar:1");
    let image = format!("{IMAGE}:{NEW}");
    state.object["spec"]["template"]["spec"]["initContainers"] =
        json!([{"name": "migrate", "image": image}]);
    desk.put_state(&state).base(std::slice::from_ref(&state.object));
    let mut pod = running_pod(
        "web-1",
        &format!("ghcr.io/acme/sidecar@{}", digest('c')),
        true,
        &json!({"running": {"startedAt": THEN}}),
    );
    pod.object["spec"]["containers"][0]["image"] = "ghcr.io/acme/sidecar:1".into();
    pod.object["spec"]["initContainers"] = json!([{"name": "migrate", "image": image}]);
    let ended = json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
    pod.status["initContainerStatuses"] = json!([{"name": "migrate", "image": image, "imageID": id,
        "ready": true, "restartCount": 0, "state": ended}]);
    desk.put_state(&pod);
    promotes(&desk, &current);
    // Somebody looks into the pod with the image as it is today.
    let looking = json!([{"name": "debug", "image": image, "imageID": format!("{IMAGE}@{}", digest('d')),
        "ready": false, "restartCount": 0, "state": {"running": {"startedAt": THEN}}}]);
    desk.set_status("v1/Pod", "web-1", json!({"ephemeralContainerStatuses": looking}));
    refuses(&desk, &["runs with 2 digests"]);
}

/// Pods that do not count: of an older version, evicted, on their way out, somebody else's.
fn others(place: &dyn Place) {
    let desk = desk(place);
    pod(&desk, "web-1", &format!("{IMAGE}@{}", current()));
    let other = format!("{IMAGE}@{}", digest('b'));
    pod_at(&desk, "web-old", &format!("{IMAGE}:{OLD}"), &other);
    let mut evicted =
        running_pod("web-evicted", &other, false, &json!({"terminated": {"exitCode": 137}}));
    evicted.status["phase"] = "Failed".into();
    evicted.status["reason"] = "Evicted".into();
    desk.put_state(&evicted);
    let mut leaving =
        running_pod("web-leaving", &other, true, &json!({"running": {"startedAt": THEN}}));
    leaving.object["metadata"]["finalizers"] = json!(["example.org/wait"]);
    desk.put_state(&leaving).delete("v1/Pod", "web-leaving");
    let mut foreign =
        running_pod("web-foreign", &other, true, &json!({"running": {"startedAt": THEN}}));
    foreign.object["metadata"]["ownerReferences"] = json!([{"apiVersion": "batch/v1", "kind": "Job",
        "name": "web", "uid": "1", "controller": true}]);
    desk.put_state(&foreign);
    promotes(&desk, &current());
    desk.change("v1/Pod", "web-leaving", json!({"metadata": {"finalizers": null}}));
}

/// What was tested goes on, whatever the tag is by now.
fn moved(place: &dyn Place) {
    let desk = desk(place);
    pod(&desk, "web-1", &format!("{IMAGE}@{}", digest('a')));
    let said = promotes(&desk, &digest('a'));
    let sentence = format!(
        "`{NEW}` has moved since it was rolled out: it is `{}` now; what runs is promoted",
        current()
    );
    assert!(said.contains(&sentence), "{said}");
}

/// The target has its images from elsewhere, where the same digest has to be.
fn mirrors(place: &dyn Place) {
    let desk = desk(place);
    let write = |name: &str| {
        let text = format!(
            "resources:\n- ../../base\nimages:\n- name: {IMAGE}\n  newName: {name}\n  newTag: {OLD}\n"
        );
        desk.sandbox.write(&format!("{TO}/kustomization.yaml"), text);
    };
    pod(&desk, "web-1", &format!("{IMAGE}@{}", digest('a')));
    write("mirror.example.org/acme/web");
    let args = [&[FROM, TO], FLAGS].concat();
    let promoted = run(&desk, &args);
    assert_eq!(promoted.code, 0, "{promoted:?}");
    let text = format!(
        "  newName: mirror.example.org/acme/web\n  newTag: {NEW}\n  digest: {}\n",
        digest('a')
    );
    assert!(desk.target().ends_with(&text), "{}", desk.target());
    write("mirror.example.org/elsewhere/web");
    let before = desk.target();
    let refused = run(&desk, &args);
    assert_eq!((refused.code, desk.target()), (1, before), "{refused:?}");
    assert!(refused.stderr.contains("mirror.example.org/elsewhere/web"), "{}", refused.stderr);
}

/// A registry that nobody can ask from here.
fn silent_registry(place: &dyn Place) {
    let desk = desk(place);
    pod(&desk, "web-1", &format!("{IMAGE}@{}", digest('a')));
    let mut command = desk.promotion(FLAGS);
    command.env("HTTPS_PROXY", "http://127.0.0.1:9").env("NO_PROXY", "127.0.0.1");
    let run = Run::of(&mut command);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(
        run.stderr.contains(&format!("whether `{NEW}` has moved could not be told")),
        "{}",
        run.stderr
    );
    assert!(desk.target().contains(&digest('a')), "{}", desk.target());
}

/// The source says a digest itself, which has to be what runs.
fn pinned(place: &dyn Place) {
    let desk = desk(place);
    desk.set_image(&format!("newTag: {NEW}\n  digest: {}", digest('a')));
    pod(&desk, "web-1", &format!("{IMAGE}@{}", digest('a')));
    promotes(&desk, &digest('a'));
    desk.set_image(&format!("newTag: {NEW}\n  digest: {}", digest('b')));
    refuses(&desk, &[&digest('b'), "runs in no pod: pod `web-1` has"]);
}

/// The other verbs that pin.
fn verbs(place: &dyn Place) {
    let desk = desk(place);
    pod(&desk, "web-1", &format!("{IMAGE}@{}", digest('a')));
    let export = run(&desk, &["export", FROM, "--pin", "images", "--digest-from", "running"]);
    assert!(export.code == 0 && export.stdout.contains(&digest('a')), "{export:?}");
    let overlays = || desk.files().into_iter().filter(|(path, _)| path.starts_with("overlays"));
    let before: Vec<_> = overlays().collect();
    let diff = run(&desk, &[&["diff", FROM, TO], FLAGS].concat());
    assert!(diff.stdout.contains(&format!("+  digest: {}", digest('a'))), "{diff:?}");
    let dry = run(&desk, &[&[FROM, TO, "--dry-run=client", "-o", "json"], FLAGS].concat());
    let output: Value = serde_json::from_str(&dry.stdout).unwrap();
    assert!(output["written"] == false && dry.stdout.contains(&digest('a')), "{dry:?}");
    assert!(before.into_iter().eq(overlays()));
    let pin = run(&desk, &["pin", FROM, "--digest-from", "running"]);
    assert_eq!(pin.code, 0, "{pin:?}");
    let text = desk.sandbox.read(&format!("{FROM}/kustomization.yaml"));
    assert!(text.contains(&format!("newTag: {NEW}\n  digest: {}", digest('a'))), "{text}");
}

/// Every overlay that is pinned gets what runs in its own environment.
fn environments(place: &dyn Place) {
    const OTHER: &str = "overlays/other";
    let [desk, other] = [(); 2].map(|()| desk(place));
    let write = |namespace: &str| {
        let text = format!(
            "namespace: {namespace}\nresources:\n- ../../base\nimages:\n- name: {IMAGE}\n  newTag: {NEW}\n"
        );
        desk.sandbox.write(&format!("{OTHER}/kustomization.yaml"), text);
    };
    let text = |overlay: &str| desk.sandbox.read(&format!("{overlay}/kustomization.yaml"));
    let pin = || run(&desk, &["pin", FROM, OTHER, "--digest-from", "running"]);
    write(&other.namespace);
    let before = [text(FROM), text(OTHER)];
    let refused = |sentences: &[&str]| {
        let found = pin();
        assert_eq!((found.code, [text(FROM), text(OTHER)]), (1, before.clone()), "{found:?}");
        for sentence in sentences {
            assert!(found.stderr.contains(sentence), "{sentence}: {found:?}");
        }
    };
    // Another environment's pods are no answer.
    pod(&desk, "web-1", &format!("{IMAGE}@{}", digest('a')));
    refused(&["overlays/other", &format!("`{IMAGE}:{NEW}` runs in no pod")]);
    pod(&other, "web-1", &format!("{IMAGE}@{}", digest('b')));
    let found = pin();
    assert_eq!(found.code, 0, "{found:?}");
    assert!(text(FROM).ends_with(&format!("newTag: {NEW}\n  digest: {}\n", digest('a'))));
    assert!(text(OTHER).ends_with(&format!("newTag: {NEW}\n  digest: {}\n", digest('b'))));
    // Overlays of two clusters look alike, and only one cluster is asked.
    write(&desk.namespace);
    let before = [text(FROM), text(OTHER)];
    for flags in [&["--digest-from", "running"][..], &["--require-healthy"]] {
        let found = run(&desk, &[&["pin", FROM, OTHER], flags].concat());
        assert_eq!((found.code, [text(FROM), text(OTHER)]), (1, before.clone()), "{found:?}");
        let sentence = format!(
            "`{FROM}` and `{OTHER}` both render `deployment.apps/web in {}`, and one cluster has only one",
            desk.namespace
        );
        assert!(found.stderr.contains(&sentence), "{found:?}");
    }
}
