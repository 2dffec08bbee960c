//! `--wait`: what happens while the binary waits.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::desk::{Desk, FROM, NEW, TO};
use super::healthy::rolled_out;
use super::ready::{condition, object};
use crate::place::Place;
use crate::server::{Act, Fault, Server};
use crate::states::{self, State};
use crate::support::Run;
use crate::{Contract, Special};

pub(crate) const TESTS: &[Contract] = &[
    ("becomes_healthy", becomes_healthy),
    ("appears", appears),
    ("changed_meanwhile", changed_meanwhile),
    ("does_not", does_not),
    ("fails", fails),
    ("is_failed", is_failed),
    ("becomes_ready", becomes_ready),
    ("several", several),
];

pub(crate) const SPECIALS: &[Special] = &[
    ("cut", cut),
    ("expired", expired),
    ("without_watch", without_watch),
    ("denied_meanwhile", denied_meanwhile),
    ("gone_meanwhile", gone_meanwhile),
    ("interrupted", interrupted),
    ("quiet", quiet),
];

const DEPLOYMENT: &str = "apps/v1/Deployment";
const LONG: &[&str] = &["--require-healthy", "--wait", "3m"];

/// A run that waits.
struct Waiting {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Waiting {
    fn start(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr, said: String::new() }
    }

    /// Until it has said this.
    #[track_caller]
    fn until(&mut self, text: &str) -> &mut Self {
        while !self.said.contains(text) {
            let read = self.stderr.read_line(&mut self.said).unwrap();
            assert_ne!(read, 0, "it has ended and did not say `{text}`: {}", self.said);
        }
        self
    }

    /// Until it ends by itself.
    fn end(mut self) -> Run {
        self.stderr.read_to_string(&mut self.said).unwrap();
        let output = self.child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        Run { code: output.status.code().unwrap_or(-1), stdout, stderr: self.said }
    }
}

/// A desk whose Deployment `web` is on its way, and what it is when it has arrived.
fn on_its_way(place: &dyn Place) -> (Desk<'_>, Value) {
    let desk = Desk::new(place);
    let state = rolled_out(&format!("ghcr.io/acme/web:{NEW}"));
    let status = states::deployments().remove(1).status;
    desk.put_state(&State { object: state.object.clone(), status });
    desk.base(std::slice::from_ref(&state.object));
    let mut done = state.status;
    done["unavailableReplicas"] = Value::Null;
    (desk, done)
}

#[track_caller]
fn made(desk: &Desk<'_>, run: &Run) {
    assert_eq!(run.code, 0, "{run:?}");
    assert!(desk.target().contains(&format!("newTag: {NEW} # kept")), "{}", desk.target());
}

#[track_caller]
fn not_made(desk: &Desk<'_>, run: &Run, sentence: &str) {
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains(sentence), "{sentence}: {}", run.stderr);
    assert!(!desk.target().contains(NEW), "{}", desk.target());
}

fn becomes_healthy(place: &dyn Place) {
    let (desk, done) = on_its_way(place);
    let mut waiting = Waiting::start(&mut desk.promotion(LONG));
    waiting.until(&format!(
        "waiting: `deployment.apps/web in {}` has 1 of 2 replicas updated\n",
        desk.namespace
    ));
    let starting = states::deployments().remove(3).status;
    desk.set_status(DEPLOYMENT, "web", starting);
    waiting.until("has 1 of 2 updated replicas available\n");
    assert!(!desk.target().contains(NEW));
    desk.set_status(DEPLOYMENT, "web", done);
    let run = waiting.end();
    made(&desk, &run);
    assert_eq!(run.stderr.matches("waiting: ").count(), 2, "{}", run.stderr);
    assert!(!run.stderr.contains("error"), "{}", run.stderr);
}

fn appears(place: &dyn Place) {
    let desk = Desk::new(place);
    let state = rolled_out(&format!("ghcr.io/acme/web:{NEW}"));
    desk.base(std::slice::from_ref(&state.object));
    let mut waiting = Waiting::start(&mut desk.promotion(LONG));
    waiting.until("is not there\n");
    desk.put_state(&state);
    made(&desk, &waiting.end());
}

/// What became healthy is not what the source says by then.
fn changed_meanwhile(place: &dyn Place) {
    let (desk, done) = on_its_way(place);
    let mut waiting = Waiting::start(&mut desk.promotion(LONG));
    waiting.until("waiting: ");
    desk.set_image("newTag: 1.2.4");
    let before = desk.files();
    desk.set_status(DEPLOYMENT, "web", done);
    let run = waiting.end();
    not_made(&desk, &run, "error: `overlays/staging` changed while its cluster was waited for");
    assert!(run.stderr.contains("hint: run it again"), "{}", run.stderr);
    assert_eq!(before, desk.files());
}

fn does_not(place: &dyn Place) {
    let (desk, _) = on_its_way(place);
    let (before, start) = (desk.files(), Instant::now());
    let run = desk.promote(&["--require-healthy", "--wait", "2s"]);
    assert!(start.elapsed() >= Duration::from_secs(2));
    let sentence =
        format!("error: `deployment.apps/web in {}` has 1 of 2 replicas updated", desk.namespace);
    not_made(&desk, &run, &sentence);
    assert!(!run.stderr.contains("--wait"), "that did not help: {}", run.stderr);
    assert_eq!(before, desk.files());
    // Who does not wait is told that he can.
    let said = desk.refused(&mut desk.promotion(&["--require-healthy"]));
    assert!(said.contains("`--wait 10m` waits until it is"), "{said}");
}

/// Nobody waits for what will not become well by waiting.
fn fails(place: &dyn Place) {
    let (desk, _) = on_its_way(place);
    let before = desk.files();
    let mut waiting = Waiting::start(&mut desk.promotion(LONG));
    waiting.until("waiting: ");
    desk.set_status(DEPLOYMENT, "web", states::deployments().remove(4).status);
    let run = waiting.end();
    not_made(&desk, &run, "is stalled: it exceeded its progress deadline");
    assert_eq!(before, desk.files());
}

fn is_failed(place: &dyn Place) {
    let desk = Desk::new(place);
    for state in [states::jobs().remove(2), states::deployments().remove(3)] {
        desk.put_state(&state);
    }
    desk.base(&[states::jobs().remove(2).object, states::deployments().remove(3).object]);
    let run = desk.promote(LONG);
    not_made(&desk, &run, "has failed: BackoffLimitExceeded");
    // What is on its way is said as well, but nobody waits for it.
    assert!(run.stderr.contains("has 1 of 2 updated replicas available"), "{}", run.stderr);
    assert!(!run.stderr.contains("waiting: "), "{}", run.stderr);
}

/// A Kustomization that has to apply the source's commit first.
fn becomes_ready(place: &dyn Place) {
    let desk = Desk::with_kinds(place);
    desk.sandbox.git(&["init", "--quiet"]);
    desk.sandbox.git(&["add", "base", "overlays"]);
    let commits = ["one", "two"].map(|message| {
        desk.sandbox.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        desk.sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned()
    });
    let kind = "kustomize.toolkit.fluxcd.io/v1/Kustomization";
    let applied = |commit: &str| {
        json!({"lastAppliedRevision": format!("main@sha1:{commit}"),
            "conditions": [condition("Ready", "True", "ReconciliationSucceeded", "")]})
    };
    desk.put(&object(kind, "apps"));
    let flags = ["--require-ready", "kustomization/apps", "--wait", "3m"];
    let mut waiting = Waiting::start(&mut desk.promotion(&flags));
    waiting.until("has no conditions yet");
    desk.set_status(kind, "apps", applied(&commits[0]));
    waiting.until("which does not contain");
    desk.set_status(kind, "apps", applied(&commits[1]));
    made(&desk, &waiting.end());
}

/// All have to be well at the same time.
fn several(place: &dyn Place) {
    let (desk, done) = on_its_way(place);
    let mut other = rolled_out(&format!("ghcr.io/acme/web:{NEW}"));
    other.object["metadata"]["name"] = "api".into();
    desk.base(&[rolled_out(&format!("ghcr.io/acme/web:{NEW}")).object, other.object.clone()]);
    let mut waiting = Waiting::start(&mut desk.promotion(LONG));
    waiting.until("deployment.apps/web").until("waiting: `deployment.apps/api");
    desk.put_state(&other);
    thread::sleep(Duration::from_millis(300));
    assert!(!desk.target().contains(NEW));
    desk.set_status(DEPLOYMENT, "web", done);
    made(&desk, &waiting.end());
}

/// Watches that break go on, and nothing is missed in between.
fn cut() {
    let garbage = Act::Say(crate::server::Response::new(200, "text/html", "<html>"));
    for act in [
        Act::Cut(0),
        Act::Reset,
        Act::Garbage,
        Act::internal(),
        Act::unavailable(),
        Act::busy(1),
        garbage,
    ] {
        let server = Server::start();
        let (desk, done) = on_its_way(&server);
        server.fault(Fault::on("watch", act).times(2));
        let mut waiting = Waiting::start(&mut desk.promotion(LONG));
        waiting.until("waiting: ");
        desk.set_status(DEPLOYMENT, "web", done);
        made(&desk, &waiting.end());
    }
}

/// The server has forgotten what was before.
fn expired() {
    let server = Server::start();
    let (desk, done) = on_its_way(&server);
    server.fault(Fault::on("watch", Act::expired()).times(1));
    let mut waiting = Waiting::start(&mut desk.promotion(LONG));
    waiting.until("waiting: ");
    server.expire();
    desk.set_status(DEPLOYMENT, "web", done);
    server.expire();
    made(&desk, &waiting.end());
}

/// Who may list and not watch asks again and again.
fn without_watch() {
    let server = Server::start();
    let (desk, done) = on_its_way(&server);
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"}, "rules": [
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
    ]});
    desk.put(&role).put(&super::desk::binding("reader"));
    let mut command = desk.promotion(LONG);
    command.env("KUBECONFIG", desk.sandbox.join("kubeconfig-plain"));
    let mut waiting = Waiting::start(&mut command);
    waiting.until("waiting: ");
    desk.set_status(DEPLOYMENT, "web", done);
    made(&desk, &waiting.end());
}

/// Rights and credentials that go away while somebody waits: there is nothing to wait for.
fn denied_meanwhile() {
    for (act, sentence) in [
        (Act::unauthorized(), "does not accept the credentials of `test` (401)"),
        (Act::html(404), "(404)"),
    ] {
        let server = Server::start();
        let (desk, _) = on_its_way(&server);
        let before = desk.files();
        server.fault(Fault::on("/deployments", act).after(1));
        let run = Waiting::start(&mut desk.promotion(LONG)).end();
        not_made(&desk, &run, sentence);
        assert_eq!(before, desk.files());
    }
}

/// A server that goes away and does not come back within the time.
fn gone_meanwhile() {
    let server = Server::start();
    let (desk, _) = on_its_way(&server);
    let before = desk.files();
    server.fault(Fault::on("/deployments", Act::Reset).after(1));
    let run = desk.promote(&["--require-healthy", "--wait", "4s"]);
    not_made(&desk, &run, "cannot be reached");
    assert_eq!(before, desk.files());
}

/// Who does not want to wait any more has not promoted anything.
fn interrupted() {
    let server = Server::start();
    let (desk, _) = on_its_way(&server);
    let before = desk.files();
    let mut waiting = Waiting::start(&mut desk.promotion(LONG));
    waiting.until("waiting: ");
    let pid = waiting.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let run = waiting.end();
    assert_ne!(run.code, 0, "{run:?}");
    assert_eq!(before, desk.files());
}

/// Nothing is said with `-q`, and files of a release are not promoted before their time either.
fn quiet() {
    let server = Server::start();
    let (desk, done) = on_its_way(&server);
    let done = Arc::new(done);
    let mut command = desk.command(&[FROM, TO, "-q"]);
    let mut waiting = Waiting::start(command.args(LONG));
    while !server.seen().iter().any(|seen| seen.target.contains("watch")) {
        assert!(waiting.child.try_wait().unwrap().is_none(), "it has ended and did not wait");
        thread::sleep(Duration::from_millis(20));
    }
    desk.set_status(DEPLOYMENT, "web", (*done).clone());
    let run = waiting.end();
    made(&desk, &run);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}
