//! Bad days: whatever keeps the cluster from answering, nothing is written, and the user is told what
//! to do.

use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, FROM, NEW, TO, binding};
use super::healthy::rolled_out;
use crate::objects::workload;
use crate::place::Place;
use crate::server::{ADMIN, Act, Fault, Response, Server};
use crate::{Contract, Special};

pub(crate) const TESTS: &[Contract] = &[
    ("wrong_token", wrong_token),
    ("token_files", token_files),
    ("no_rights", no_rights),
    ("some_rights", some_rights),
    ("kinds_that_are_not_there", kinds_that_are_not_there),
    ("no_authority", no_authority),
];

pub(crate) const SPECIALS: &[Special] = &[
    ("servers", servers),
    ("passing", passing),
    ("nobody_there", nobody_there),
    ("kubeconfigs", kubeconfigs),
    ("contexts", contexts),
    ("plugins", plugins),
    #[cfg(unix)]
    ("interrupts", interrupts),
    ("vanishing", vanishing),
    ("renderers", renderers),
];

/// Every way to ask a cluster.
const FLAGS: &[&[&str]] = &[
    &["--require-healthy"],
    &["--require-healthy", "--wait", "1s"],
    &["--require-ready", "deployment.apps/web"],
    &["--digest-from", "running", "--pin", "images"],
    &["--pull-secrets", "--pin", "images"],
];

/// A desk whose Deployment `web` is well.
fn desk(place: &dyn Place) -> Desk<'_> {
    let desk = Desk::new(place);
    let state = rolled_out(&format!("ghcr.io/acme/web:{NEW}"));
    desk.put_state(&state).base(std::slice::from_ref(&state.object));
    desk
}

/// Whatever is asked for, nothing is written and this is said, whichever verb asks.
#[track_caller]
fn refused(desk: &Desk<'_>, set_up: impl Fn(&mut Command), sentences: &[&str]) {
    let said = |mut command: Command| {
        set_up(&mut command);
        let said = desk.refused(&mut command);
        for sentence in sentences {
            assert!(said.contains(sentence), "{command:?}: {sentence}\n{said}");
        }
        assert_eq!(said.matches("error: ").count(), 1, "{said}");
    };
    for flags in FLAGS {
        said(desk.promotion(flags));
    }
    said(desk.command(&["pin", FROM, "--require-healthy"]));
    said(desk.command(&["export", FROM, "--require-healthy"]));
    said(desk.command(&["running", FROM]));
    let mut diff = desk.command(&["diff", FROM, TO, "--require-healthy"]);
    set_up(&mut diff);
    let (before, run) = (desk.files(), crate::support::Run::of(&mut diff));
    assert!(run.code > 1 && before == desk.files(), "{run:?}");
    assert!(sentences.iter().all(|sentence| run.stderr.contains(sentence)), "{run:?}");
}

fn with_kubeconfig(desk: &Desk<'_>, name: &str) -> impl Fn(&mut Command) {
    let path = desk.sandbox.join(name);
    move |command| {
        command.env("KUBECONFIG", &path);
    }
}

fn wrong_token(place: &dyn Place) {
    let desk = desk(place);
    desk.sandbox.write("kubeconfig-old", place.kubeconfig("hunter2-expired", &desk.namespace));
    let sentences = ["does not accept the credentials of `test` (401)", "log in again"];
    refused(&desk, with_kubeconfig(&desk, "kubeconfig-old"), &sentences);
    let said = desk.refused(
        desk.promotion(&["--require-healthy", "-v"])
            .env("KUBECONFIG", desk.sandbox.join("kubeconfig-old")),
    );
    assert!(!said.contains("hunter2"), "{said}");
    // Nobody at all.
    desk.sandbox.write("kubeconfig-nobody", place.kubeconfig("", &desk.namespace));
    let sentences = ["403", "no credentials were sent"];
    refused(&desk, with_kubeconfig(&desk, "kubeconfig-nobody"), &sentences);
}

/// Files of tokens end with a line break, and tokens that do are refused without a panic.
fn token_files(place: &dyn Place) {
    let desk = desk(place);
    let config = desk.sandbox.read("kubeconfig");
    let user = format!("{{\"token\":\"{ADMIN}\"}}");
    let with = |other: &str| {
        let text = config.replace(&user, other);
        assert_ne!(text, config);
        desk.sandbox.write("kubeconfig", text);
        desk.set_target_back();
    };
    desk.sandbox.write("token", format!("{ADMIN}\n"));
    with("{\"tokenFile\":\"token\"}");
    desk.passes(FLAGS[0], "");
    for other in ["{\"token\":\"hunter2\\n\"}", "{\"tokenFile\":\"odd\"}"] {
        desk.sandbox.write("odd", "hunter2\nhunter2\n");
        with(other);
        let said = desk.refused(&mut desk.promotion(FLAGS[0]));
        assert!(said.contains("its token has characters that cannot be sent"), "{said}");
        assert!(!said.contains("panicked") && !said.contains("hunter2"), "{said}");
    }
}

/// Which verb on which resource, and which Role would allow it.
fn no_rights(place: &dyn Place) {
    let desk = desk(place);
    let plain = desk.sandbox.join("kubeconfig-plain");
    let place = format!("a Role in `{}` has to allow it", desk.namespace);
    let deployments = "`{apiGroups: [apps], resources: [deployments], verbs: [get, list]}`";
    let pods = "`{apiGroups: [\"\"], resources: [pods], verbs: [get, list]}`";
    for (flags, what, rules) in [
        (FLAGS[0], "`plain` may not get `deployments.apps` `web`", &[deployments, pods][..]),
        (FLAGS[1], "`plain` may not list `deployments.apps`", &[deployments, pods]),
        (FLAGS[2], "`plain` may not get `deployments.apps` `web`", &[deployments]),
        (FLAGS[3], "`plain` may not get `deployments.apps` `web`", &[deployments, pods]),
        (
            FLAGS[4],
            "`plain` may not get `serviceaccounts` `default`",
            &["`{apiGroups: [\"\"], resources: [serviceaccounts], verbs: [get]}`"],
        ),
    ] {
        let said = desk.refused(desk.promotion(flags).env("KUBECONFIG", &plain));
        for sentence in [what, "(context `test`, 403)", &place].iter().chain(rules) {
            assert!(said.contains(sentence), "{flags:?}: {sentence}\n{said}");
        }
    }
}

/// One right is not enough; with what the hints say it works.
fn some_rights(place: &dyn Place) {
    let desk = desk(place);
    let plain = desk.sandbox.join("kubeconfig-plain");
    let role = |rules: Value| {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": "reader"}, "rules": rules})
    };
    let verbs = json!(["get", "list"]);
    let deployments = json!({"apiGroups": ["apps"], "resources": ["deployments"], "verbs": verbs});
    desk.put(&role(json!([deployments]))).put(&binding("reader"));
    let promote =
        || desk.promotion(&["--require-healthy"]).env("KUBECONFIG", &plain).output().unwrap();
    let until = |wanted: &str| {
        // A real server looks at its roles a moment later.
        for _ in 0..100 {
            let said = String::from_utf8(promote().stderr).unwrap();
            if said.contains(wanted) {
                return said;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{wanted}: {:?}", promote());
    };
    let said = until("may not list `pods`");
    assert!(!said.contains("deployments") && !desk.target().contains(NEW), "{said}");
    let pods = json!({"apiGroups": [""], "resources": ["pods"], "verbs": verbs});
    desk.change(
        "rbac.authorization.k8s.io/v1/Role",
        "reader",
        json!({"rules": [deployments, pods]}),
    );
    until("1 promoted");
    assert!(desk.target().contains(NEW));
}

/// 404 whose body is not JSON: what brings the kind is not installed.
fn kinds_that_are_not_there(place: &dyn Place) {
    let desk = Desk::new(place);
    let mut rollout = workload("Deployment", "web", "web:1");
    // A version that nobody serves: other tests install the kind.
    rollout["apiVersion"] = "argoproj.io/v1beta7".into();
    rollout["kind"] = "Rollout".into();
    desk.base(&[rollout]);
    let said = desk.refused(&mut desk.promotion(&["--require-healthy"]));
    assert!(
        said.contains(
            "the cluster of context `test` has no `Rollout` of `argoproj.io/v1beta7` (404)"
        ),
        "{said}"
    );
    assert!(said.contains("is what brings that kind installed there"), "{said}");
}

/// A certificate that nobody vouches for.
fn no_authority(place: &dyn Place) {
    if place.authority().is_none() {
        return;
    }
    let desk = desk(place);
    let mut config: Value = serde_json::from_str(&desk.sandbox.read("kubeconfig")).unwrap();
    config["clusters"][0]["cluster"].as_object_mut().unwrap().remove("certificate-authority");
    desk.sandbox.write("kubeconfig-strict", config.to_string());
    refused(&desk, with_kubeconfig(&desk, "kubeconfig-strict"), &["certificate"]);
}

/// What a server, or something in its place, may do to any request.
fn servers() {
    let page = |status, kind: &'static str, body: &str| Act::Say(Response::new(status, kind, body));
    let elsewhere =
        Response::new(302, "text/html", "").header("Location", "https://login.example.org/");
    let table = [
        (Act::html(404), &["(404)"][..]),
        (Act::unauthorized(), &["(401)", "log in again"]),
        (Act::html(403), &["answered 403"]),
        (Act::internal(), &["answered 500", "etcdserver: request timed out"]),
        (Act::unavailable(), &["answered 503"]),
        (Act::busy(3600), &["has too much to do (429)", "ask again later"]),
        (Act::Reset, &["cannot be reached"]),
        (Act::Garbage, &["cannot be reached"]),
        (Act::Cut(0), &["error: "]),
        (Act::Cut(25), &["error: "]),
        (Act::Silence, &["has no answer after 1 s"]),
        (
            page(200, "text/html", "<html>Log in</html>"),
            &["is not of an API server: it is no JSON"],
        ),
        (page(200, "application/json", "{\"kind\":"), &["is not of an API server: it breaks off"]),
        (page(200, "application/json", "[]"), &["is not of an API server"]),
        (page(200, "application/json", "{}"), &["is not of an API server"]),
        (page(418, "text/plain", "token hunter2"), &["answered 418"]),
        (Act::Say(elsewhere), &["sends elsewhere (302)"]),
    ];
    thread::scope(|scope| {
        for (act, sentences) in table {
            scope.spawn(move || {
                let server = Server::start();
                let desk = desk(&server);
                server.fault(Fault::on("/", act));
                let soon = |command: &mut Command| {
                    command.args(["--request-timeout", "1s"]);
                };
                refused(&desk, soon, sentences);
            });
        }
    });
}

/// What goes by is asked again, and the promotion is made.
fn passing() {
    for act in
        [Act::Reset, Act::unavailable(), Act::busy(1), Act::Delay(Duration::from_millis(300))]
    {
        let server = Server::start();
        let desk = desk(&server);
        server.fault(Fault::on("/", act).times(1));
        desk.passes(&["--require-healthy"], "");
    }
}

/// Addresses where nobody listens, or that are none.
fn nobody_there() {
    let server = Server::start();
    let desk = desk(&server);
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    for (url, sentence) in [
        (format!("http://127.0.0.1:{free}"), "cannot be reached: "),
        (format!("https://127.0.0.1:{free}"), "cannot be reached: "),
        ("https://no-such-host.invalid:6443".to_owned(), "cannot be reached: "),
    ] {
        let config = desk.sandbox.read("kubeconfig").replace(&server.url(), &url);
        desk.sandbox.write("kubeconfig-lost", config);
        refused(
            &desk,
            with_kubeconfig(&desk, "kubeconfig-lost"),
            &[sentence, &url, "context `test`"],
        );
    }
}

/// Files that are not there, or are not what they should be.
fn kubeconfigs() {
    let server = Server::start();
    let desk = desk(&server);
    let unset = |command: &mut Command| {
        command.env_remove("KUBECONFIG");
    };
    refused(
        &desk,
        unset,
        &["there is no kubeconfig: `", ".kube/config` does not exist", "`--kubeconfig`"],
    );
    for (text, sentences) in [
        ("", &["has no context"][..]),
        ("token: hunter2: {", &["cannot be read: "]),
        ("apiVersion: v1\nkind: Pod\n", &["kubeconfig"]),
        (
            "apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: b, user: c}}]\n",
            &["the context `a` names the cluster `b`, which"],
        ),
        ("\u{0}\u{1}", &["cannot be read: "]),
    ] {
        desk.sandbox.write("kubeconfig-odd", text);
        refused(&desk, with_kubeconfig(&desk, "kubeconfig-odd"), sentences);
        let said = desk.refused(
            desk.promotion(FLAGS[0]).env("KUBECONFIG", desk.sandbox.join("kubeconfig-odd")),
        );
        assert!(!said.contains("hunter2"), "{said}");
    }
    let named = |command: &mut Command| {
        command.args(["--kubeconfig", "not/there"]);
    };
    refused(&desk, named, &["the kubeconfig `not/there` cannot be read: "]);
    // Of several files the first word counts, as with kubectl.
    let config = desk.sandbox.read("kubeconfig");
    desk.sandbox.write("one", "current-context: test\n").write("two", config);
    let path = ["one", "not-there", "two"]
        .map(|name| desk.sandbox.join(name).display().to_string())
        .join(":");
    let run = crate::support::Run::of(desk.promotion(FLAGS[0]).env("KUBECONFIG", path));
    assert_eq!(run.code, 0, "{run:?}");
}

fn contexts() {
    let server = Server::start();
    let desk = desk(&server);
    for (name, sentence) in [("tets", "did you mean `test`?"), ("production", "there are `test`")] {
        let named = |command: &mut Command| {
            command.args(["--context", name]);
        };
        refused(&desk, named, &[&format!("there is no context `{name}` in `"), sentence]);
    }
}

/// Programs that have the credentials, and do not.
fn plugins() {
    let server = Server::start();
    let desk = desk(&server);
    desk.sandbox.write("says-no", "#!/bin/sh\necho hunter2 is wrong >&2\nexit 3\n");
    desk.sandbox.write("hangs", "#!/bin/sh\nsleep 60\n");
    desk.sandbox.write("babbles", "#!/bin/sh\necho hunter2\n");
    for (program, sentence) in [
        ("not-there-at-all", "there are no credentials of `test` for context `test`: "),
        ("says-no", "there are no credentials of `test` for context `test`: "),
        ("hangs", "there are no credentials of `test` for context `test`: "),
        ("babbles", "there are no credentials of `test` for context `test`: "),
    ] {
        let mut config: Value = serde_json::from_str(&desk.sandbox.read("kubeconfig")).unwrap();
        let path = desk.sandbox.join(program);
        if path.exists() {
            let run = Command::new("chmod").arg("755").arg(&path).status();
            assert!(run.unwrap().success());
        }
        config["users"][0]["user"] = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1",
            "command": path, "interactiveMode": "Never"}});
        desk.sandbox.write("kubeconfig-exec", config.to_string());
        let path = desk.sandbox.join("kubeconfig-exec");
        let said = desk.refused(
            desk.promotion(&["--require-healthy", "--request-timeout", "1s"])
                .env("KUBECONFIG", path),
        );
        assert!(said.contains(sentence) && said.contains(program), "{program}: {said}");
        assert!(program != "babbles" || !said.contains("hunter2"), "{said}");
    }
}

/// Whoever gives up on a plugin that hangs is rid of it, and of what it has started.
#[cfg(unix)]
fn interrupts() {
    use std::os::unix::process::ExitStatusExt as _;
    let server = Server::start();
    let desk = desk(&server);
    let mut config: Value = serde_json::from_str(&desk.sandbox.read("kubeconfig")).unwrap();
    let script = "sleep 60 & echo $$ $! > pids.new; mv pids.new pids; wait";
    config["users"][0]["user"] = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1",
        "command": "sh", "args": ["-c", script], "interactiveMode": "Never"}});
    desk.sandbox.write("kubeconfig", config.to_string());
    let before = [desk.target(), desk.sandbox.read(&format!("{FROM}/kustomization.yaml"))];
    let wait = |what: &str, is_so: &dyn Fn() -> bool| {
        let started = std::time::Instant::now();
        while !is_so() {
            assert!(started.elapsed() < Duration::from_secs(20), "{what}");
            thread::sleep(Duration::from_millis(20));
        }
    };
    for (signal, number) in [("INT", 2), ("TERM", 15)] {
        let pids = desk.sandbox.join("pids");
        drop(std::fs::remove_file(&pids));
        let mut child = desk.promotion(&["--require-healthy"]).spawn().unwrap();
        wait("the plugin starts", &|| pids.exists());
        let pids = desk.sandbox.read("pids");
        let kill = |args: &[&str]| Command::new("kill").args(args).output().unwrap().status;
        assert!(kill(&["-s", signal, &child.id().to_string()]).success());
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        for pid in pids.split_whitespace() {
            let is_gone = || {
                let state =
                    std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
                !kill(&["-0", pid]).success() || state.contains(") Z ")
            };
            wait("the plugin ends", &is_gone);
        }
        let after = [desk.target(), desk.sandbox.read(&format!("{FROM}/kustomization.yaml"))];
        assert_eq!(before, after);
    }
}

/// A Deployment that goes between two requests, or whose pods do.
fn vanishing() {
    let server = Server::start();
    let desk = desk(&server);
    let namespace = desk.namespace.clone();
    let vanish = move |store: &mut crate::server::Store| {
        let kind = store.find("apps", "v1", "deployments").unwrap();
        store.remove(kind, &(namespace.clone(), "web".to_owned()));
    };
    server.fault(Fault::on("/deployments/web", Act::Meanwhile(std::sync::Arc::new(vanish))));
    desk.refuses(&["--require-healthy"], "is not there");
}

/// An overlay that cannot be rendered, or that nobody is there to render.
fn renderers() {
    let server = Server::start();
    let desk = desk(&server);
    desk.sandbox.write("base/kustomization.yaml", "resources:\n- gone.yaml\n");
    let said = desk.refused(&mut desk.promotion(&["--require-healthy"]));
    assert!(said.contains("`kustomize build ") && said.contains("gone.yaml"), "{said}");
    desk.sandbox.write("base/kustomization.yaml", "resources:\n- objects.yaml\n");
    let empty = desk.sandbox.join("nothing-here");
    let said = desk.refused(desk.promotion(&["--require-healthy"]).env("PATH", &empty));
    assert!(said.contains("neither `kustomize` nor `kubectl` is installed"), "{said}");
    assert!(server.seen().iter().all(|seen| !seen.target.contains("/pods")), "{:?}", server.seen());
}
