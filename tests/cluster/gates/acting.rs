//! Another cluster or user of the kubeconfig, and who acts as somebody else: the flags of kubectl.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, NEW, RBAC, binding_of};
use super::healthy::rolled_out;
use crate::place::Place;
use crate::server::{PLAIN, PLAIN_USER, Server};
use crate::support::Run;
use crate::{Contract, Special};

pub(crate) const TESTS: &[Contract] =
    &[("others_of_the_file", others_of_the_file), ("denied", denied), ("allowed", allowed)];

pub(crate) const SPECIALS: &[Special] = &[("headers", headers), ("names", names)];

const HEALTHY: &str = "--require-healthy";

/// A desk whose Deployment `web` is well.
fn desk(place: &dyn Place) -> Desk<'_> {
    let desk = Desk::new(place);
    let state = rolled_out(&format!("ghcr.io/acme/web:{NEW}"));
    desk.put_state(&state).base(std::slice::from_ref(&state.object));
    desk
}

/// The administrator's kubeconfig, with a user that has no rights and a cluster where nobody is.
fn with_others(desk: &Desk<'_>) {
    let mut config: Value = serde_json::from_str(&desk.sandbox.read("kubeconfig")).unwrap();
    let users = config["users"].as_array_mut().unwrap();
    users.push(json!({"name": "plain", "user": {"token": PLAIN}}));
    let clusters = config["clusters"].as_array_mut().unwrap();
    clusters.push(json!({"name": "gone", "cluster": {"server": "https://127.0.0.1:1"}}));
    desk.sandbox.write("kubeconfig", config.to_string());
}

fn others_of_the_file(place: &dyn Place) {
    let desk = desk(place);
    with_others(&desk);
    let refused = |flags: &[&str], sentences: &[&str]| {
        let said = desk.refused(desk.promotion(&[HEALTHY]).args(flags));
        for sentence in sentences {
            assert!(said.contains(sentence), "{flags:?}: {sentence}\n{said}");
        }
    };
    refused(&["--user", "plain"], &["`plain` may not get `deployments.apps` `web`"]);
    refused(
        &["--cluster", "gone"],
        &[
            "(context `test` with cluster `gone`) cannot be reached",
            "kubectl --context test --cluster gone ",
        ],
    );
    refused(&["--cluster", "tset"], &["there is no cluster `tset` in `", "did you mean `test`?"]);
    refused(&["--user", "plian"], &["there is no user `plian` in `", "did you mean `plain`?"]);
    // What a context says wrong, a flag puts right; and where both are said, none is needed.
    let config = desk.sandbox.read("kubeconfig");
    for (from, to) in [
        (r#""cluster":"test","#, r#""cluster":"gone","#),
        (r#""cluster":"test","#, r#""cluster":"nowhere","#),
        (r#""current-context":"test""#, r#""current-context":"""#),
    ] {
        let text = config.replace(from, to);
        assert_ne!(text, config);
        desk.sandbox.write("kubeconfig", text);
        desk.set_target_back();
        desk.passes(&[HEALTHY, "--cluster=test", "--user=test", "-n", &desk.namespace], "");
    }
}

/// Whom to act as, and as a member of what, that no other test has.
fn others(desk: &Desk<'_>) -> (String, String) {
    (format!("deployer-{}", desk.namespace), format!("crew-{}", desk.namespace))
}

/// Who may act as whom is the API server's to say.
fn denied(place: &dyn Place) {
    let desk = desk(place);
    let (deployer, crew) = others(&desk);
    // Whom the administrator acts as has no rights.
    let said = desk.refused(desk.promotion(&[HEALTHY]).args(["--as", &deployer]));
    assert!(said.contains(&format!("`{deployer}` may not get `deployments.apps` `web`")), "{said}");
    // Nobody lets him who has no rights act as others.
    let plain = desk.sandbox.join("kubeconfig-plain");
    for flags in [&["--as", &deployer][..], &["--as", &deployer, "--as-group", &crew]] {
        let said = desk.refused(desk.promotion(&[HEALTHY]).args(flags).env("KUBECONFIG", &plain));
        for sentence in [
            format!(
                "`{PLAIN_USER}` may not impersonate `users` `{deployer}` (context `test`, 403)"
            ),
            format!(
                "a ClusterRole has to allow it: `{{apiGroups: [\"\"], resources: [users], resourceNames: ['{deployer}'], verbs: [impersonate]}}`"
            ),
        ] {
            assert!(said.contains(&sentence), "{sentence}\n{said}");
        }
        assert!(!said.contains("deployments"), "{said}");
    }
}

/// With rights of a group, and the right to act as one of it, it works.
fn allowed(place: &dyn Place) {
    let desk = desk(place);
    let (deployer, crew) = others(&desk);
    let rule = |resource: &str, name: &str| json!({"apiGroups": [""], "resources": [resource], "verbs": ["impersonate"], "resourceNames": [name]});
    let verbs = json!(["get", "list"]);
    let version = format!("{RBAC}/v1");
    desk.put(
        &json!({"apiVersion": version, "kind": "Role", "metadata": {"name": "reader"}, "rules": [
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": verbs},
            {"apiGroups": [""], "resources": ["pods"], "verbs": verbs},
        ]}),
    );
    desk.put(&binding_of("reader", &json!({"apiGroup": RBAC, "kind": "Group", "name": crew})));
    desk.put(&json!({"apiVersion": version, "kind": "ClusterRole", "metadata": {"name": crew},
        "rules": [rule("users", &deployer), rule("groups", &crew)]}));
    desk.put(
        &json!({"apiVersion": version, "kind": "ClusterRoleBinding", "metadata": {"name": crew},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": crew},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": PLAIN_USER}]}),
    );
    let until = |flags: &[&str], wanted: &str| {
        let plain = desk.sandbox.join("kubeconfig-plain");
        let run = || Run::of(desk.promotion(&[HEALTHY]).args(flags).env("KUBECONFIG", &plain));
        // A real server looks at its roles a moment later.
        for _ in 0..100 {
            if run().stderr.contains(wanted) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{wanted}: {:?}", run());
    };
    let as_one = ["--as", &deployer, "--as-group", &crew];
    until(&[&as_one[..], &["--as-group", "x"]].concat(), "may not impersonate `groups` `x`");
    let uids = "may not impersonate `uids.authentication.k8s.io` `7`";
    until(&[&as_one[..], &["--as-uid", "7"]].concat(), uids);
    until(&as_one, "1 promoted");
    assert!(desk.target().contains(NEW));
}

/// What is sent: with every request, and what a kubeconfig says where no flag says otherwise.
fn headers() {
    let server = Server::start();
    let desk = desk(&server);
    let sent = |flags: &[&str]| {
        server.forget_requests();
        desk.set_target_back();
        desk.passes(&[&[HEALTHY], flags].concat(), "");
        let mut all: Vec<_> = server.seen().into_iter().map(|seen| seen.acting).collect();
        assert!(!all.is_empty());
        all.dedup();
        assert_eq!(all.len(), 1, "with every request: {all:?}");
        let pairs =
            all.remove(0).into_iter().map(|(name, value)| format!("{}={value}", &name[12..]));
        pairs.collect::<Vec<_>>().join(" ")
    };
    let masters = "group=system:masters";
    assert_eq!(sent(&[]), "");
    assert_eq!(
        sent(&["--as", "admin", "--as-group", "system:masters"]),
        format!("user=admin {masters}")
    );
    let flags = ["--as=a b", "--as-group=system:masters", "--as-group=x,y", "--as-uid=7"];
    assert_eq!(sent(&flags), format!("user=a b uid=7 {masters} group=x,y"));
    let config = desk.sandbox.read("kubeconfig");
    let own = r#""user":{"as":"own","as-groups":["system:masters"],"token""#;
    desk.sandbox.write("kubeconfig", config.replace(r#""user":{"token""#, own));
    assert_eq!(sent(&[]), format!("user=own {masters}"));
    assert_eq!(sent(&["--as", "other"]), format!("user=other {masters}"));
}

/// What nobody could send, or nobody would understand.
fn names() {
    let server = Server::start();
    let desk = desk(&server);
    for (flags, sentence) in [
        (
            &["--as-group", "a"][..],
            "`--as-group` says more of whom to act as, and `--as` is missing",
        ),
        (&["--as-uid", "a"], "`--as-uid` says more of whom to act as, and `--as` is missing"),
        (&["--as", ""], "`--as` names nobody"),
        (&["--as", "a", "--as-group", ""], "`--as-group` names nobody"),
        (&["--as", "a\nb"], "`a\\nb` cannot be sent to an API server"),
        (&["--cluster", ""], "there is no cluster `` in `"),
        (&["--user", ""], "there is no user `` in `"),
    ] {
        let said = desk.refused(desk.promotion(&[HEALTHY]).args(flags));
        assert!(said.contains(sentence), "{flags:?}: {said}");
    }
    assert!(server.seen().iter().all(|seen| seen.acting.is_empty()), "{:?}", server.seen());
}
