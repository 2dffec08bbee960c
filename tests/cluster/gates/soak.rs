//! `--soak`: for how long all has been well, by the cluster's own clock.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::desk::{Desk, NEW};
use super::healthy::rolled_out;
use crate::objects::pod;
use crate::place::Place;
use crate::server::Server;
use crate::states::{self, State, digest, running_pod};
use crate::{Contract, Special};

pub(crate) const TESTS: &[Contract] = &[
    ("by_conditions", by_conditions),
    ("by_restarts", by_restarts),
    ("by_pods", by_pods),
    ("untold", untold),
    ("passes_with_time", passes_with_time),
    ("hints", hints),
];

pub(crate) const SPECIALS: &[Special] = &[("clocks", clocks)];

/// So many minutes ago.
fn ago(minutes: i64) -> String {
    (Timestamp::now() - SignedDuration::from_mins(minutes))
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// `value` with all that happened at [`states::THEN`] at this time.
fn at(value: &Value, time: &str) -> Value {
    serde_json::from_str(&value.to_string().replace(states::THEN, time)).unwrap()
}

/// The Deployment `web`, which is well for so many minutes.
fn well(minutes: i64) -> State {
    let state = rolled_out(&format!("ghcr.io/acme/web:{NEW}"));
    State { status: at(&state.status, &ago(minutes)), ..state }
}

/// A pod of `web` that became ready so many minutes ago, and is running for so many.
fn web_pod(name: &str, ready: i64, started: i64, restarts: u64) -> State {
    let id = format!("ghcr.io/acme/web@{}", digest('a'));
    let state = json!({"running": {"startedAt": ago(started)}});
    let mut pod = running_pod(name, &id, true, &state);
    pod.status = at(&pod.status, &ago(ready));
    pod.status["containerStatuses"][0]["restartCount"] = restarts.into();
    pod
}

fn by_conditions(place: &dyn Place) {
    let desk = Desk::new(place);
    let state = well(125);
    desk.put_state(&state).base(std::slice::from_ref(&state.object));
    desk.passes(&["--require-healthy", "--soak", "2h"], "");
    let sentence = format!(
        "`deployment.apps/web in {}` has been healthy for 2h5m of 24h, since ",
        desk.namespace
    );
    desk.set_target_back();
    desk.refuses(&["--require-healthy", "--soak", "24h"], &sentence);
    desk.refuses(&["--require-healthy", "--soak", "1d"], &sentence);
}

/// A container that was restarted was not well then, whatever conditions say.
fn by_restarts(place: &dyn Place) {
    let desk = Desk::new(place);
    let state = well(600);
    desk.put_state(&state).base(std::slice::from_ref(&state.object));
    desk.put_state(&web_pod("web-1", 500, 500, 0));
    desk.passes(&["--require-healthy", "--soak", "9h"], "");
    // Hours, of which no seconds are told: the test takes some.
    desk.put_state(&web_pod("web-2", 500, 125, 3));
    desk.set_target_back();
    let sentence =
        "has been healthy for 2h5m of 9h: pod `web-2`: container `web` was restarted, since ";
    desk.refuses(&["--require-healthy", "--soak", "9h"], sentence);
    desk.passes(&["--require-healthy", "--soak", "2h"], "");
}

/// StatefulSets do not say since when they are well; their pods do.
fn by_pods(place: &dyn Place) {
    let desk = Desk::new(place);
    let mut state = states::sets().remove(0);
    for path in ["/spec/selector/matchLabels/app", "/spec/template/metadata/labels/app"] {
        *state.object.pointer_mut(path).unwrap() = "web".into();
    }
    desk.put_state(&state).base(std::slice::from_ref(&state.object));
    for (name, ready) in [("complete-0", 300), ("complete-1", 125)] {
        let mut pod = web_pod(name, ready, 300, 0);
        pod.object["metadata"]["ownerReferences"] = json!([{"apiVersion": "apps/v1",
            "kind": "StatefulSet", "name": "complete", "uid": "1", "controller": true}]);
        desk.put_state(&pod);
    }
    desk.refuses(
        &["--require-healthy", "--soak", "4h"],
        "has been healthy for 2h5m of 4h: pod `complete-1` became ready, since ",
    );
    desk.passes(&["--require-healthy", "--soak", "2h"], "");
}

/// Whoever does not tell does not stand in the way, and is named.
fn untold(place: &dyn Place) {
    let desk = Desk::new(place);
    let (set, cron) = (states::sets().remove(0), states::jobs().remove(4));
    for (state, name) in [(set, "statefulset.apps/complete"), (cron, "cronjob.batch/nightly")] {
        desk.put_state(&state).base(std::slice::from_ref(&state.object)).set_target_back();
        let warning = format!(
            "`{name} in {}` does not tell for how long it has been healthy",
            desk.namespace
        );
        desk.passes(&["--require-healthy", "--soak", "1h"], &warning);
    }
    // A pod of an app that nobody renders has no say.
    desk.put(&pod("other-1", "other", "web:1"));
    let state = well(90);
    desk.put_state(&state).base(std::slice::from_ref(&state.object)).set_target_back();
    desk.passes(&["--require-healthy", "--soak", "1h"], "");
}

/// What is well becomes well for long enough by waiting.
fn passes_with_time(place: &dyn Place) {
    let desk = Desk::new(place);
    let state = well(0);
    desk.put_state(&state).base(std::slice::from_ref(&state.object));
    desk.refuses(&["--require-healthy", "--soak", "1h", "--wait", "1s"], "s of 1h, since ");
    desk.passes(&["--require-healthy", "--soak", "8s", "--wait", "5m"], "");
}

/// When it will have been is told, and nobody waits for what cannot be in time.
fn hints(place: &dyn Place) {
    let desk = Desk::new(place);
    let state = well(125);
    desk.put_state(&state).base(std::slice::from_ref(&state.object));
    let since = state.status["conditions"][0]["lastTransitionTime"].as_str().unwrap();
    let then = since.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24);
    let started = std::time::Instant::now();
    for flags in [&[][..], &["--wait", "10m"]] {
        let flags = [&["--require-healthy", "--soak", "24h"], flags].concat();
        let said = desk.refused(&mut desk.promotion(&flags));
        let hint = format!("hint: if it stays so, that is long enough at {then} (in 21h54m)");
        assert!(said.contains(&hint), "{hint}: {said}");
        assert!(!said.contains("waiting: "), "{said}");
    }
    assert!(started.elapsed() < std::time::Duration::from_secs(60));
}

/// The server's clock is another one than ours: its own times count.
fn clocks() {
    for skew in [-3, 3] {
        let server = Server::start();
        server.set_skew(SignedDuration::from_hours(skew));
        let desk = Desk::new(&server);
        let state = well(60 - skew * 60);
        desk.put_state(&state).base(std::slice::from_ref(&state.object));
        desk.refuses(
            &["--require-healthy", "--soak", "2h"],
            "has been healthy for 1h of 2h, since ",
        );
        desk.passes(&["--require-healthy", "--soak", "59m"], "");
    }
}
