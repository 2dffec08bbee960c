//! `--pull-secrets`: the namespace's logins for a registry that wants one, in memory only.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::desk::{Desk, FROM, NEW, TO, binding};
use crate::place::Place;
use crate::registry::distribution::{Door, PROGRAM, Registry};
use crate::registry::image::{Format, Image};
use crate::registry::login::{self, PASSWORD, USER, coded};
use crate::registry::store::Store;
use crate::server::Server;
use crate::support::{Run, has};
use crate::{Contract, Special};

pub(crate) const TESTS: &[Contract] = &[
    ("of_accounts", of_accounts),
    ("of_templates", of_templates),
    ("of_before", of_before),
    ("several", several),
    ("missing", missing),
    ("wrong", wrong),
    ("broken", broken),
    ("helpers", helpers),
    ("denied", denied),
];

pub(crate) const SPECIALS: &[Special] = &[("requests", requests)];

const FLAGS: &[&str] = &["--pin", "images", "--pull-secrets", "-v"];

/// What a registry's refusal is called.
const LOGIN: &str = "wants a login (401)";

/// A registry that wants a login, and a desk whose source has its image there.
struct Shop<'p> {
    desk: Desk<'p>,
    registry: Registry,
    image: Image,
    _store: Store,
}

impl<'p> Shop<'p> {
    /// `None` where there is no registry to start.
    fn open(place: &'p dyn Place) -> Option<Self> {
        if !has(PROGRAM, &["--version"]) {
            return None;
        }
        let store = Store::new();
        let image = Image::single(Format::Oci, ("linux", "amd64"), "web");
        store.publish("acme/web", NEW, &image);
        let registry = Registry::start(&store, &Door::Password, None);
        let shop = Self { desk: Desk::new(place), registry, image, _store: store };
        shop.desk.set_image(&format!("newName: {}/acme/web\n  newTag: {NEW}", shop.host()));
        shop.set_target_back();
        shop.render(&json!({}));
        Some(shop)
    }

    /// The target has its image from there too.
    fn set_target_back(&self) {
        let (image, host) = (super::desk::IMAGE, self.host());
        let text = format!(
            "resources:\n- ../../base\nimages:\n- name: {image}\n  newName: {host}/acme/web\n  newTag: 1.2.2\n"
        );
        self.desk.sandbox.write(&format!("{TO}/kustomization.yaml"), text);
    }

    fn host(&self) -> String {
        self.registry.host()
    }

    /// The base has a Deployment whose pods say this besides.
    fn render(&self, spec: &Value) {
        let mut deployment =
            super::healthy::rolled_out(&format!("{}:{NEW}", super::desk::IMAGE)).object;
        let own = deployment["spec"]["template"]["spec"].as_object_mut().unwrap();
        own.extend(spec.as_object().cloned().unwrap_or_default());
        self.desk.base(&[deployment]);
    }

    /// A Secret with this content under this key.
    fn secret(&self, name: &str, key: &str, text: &str) -> &Self {
        let kind = format!("kubernetes.io/{}", key.trim_start_matches('.'));
        self.desk.put(&json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
            "type": kind, "data": {key: STANDARD.encode(text)}}));
        self
    }

    fn login(&self, name: &str) -> &Self {
        self.secret(name, ".dockerconfigjson", &login::password(&self.host(), PASSWORD))
    }

    fn account(&self, name: &str, secrets: &[&str]) -> &Self {
        let named: Vec<_> = secrets.iter().map(|name| json!({"name": name})).collect();
        self.desk.put(&json!({"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": name}, "imagePullSecrets": named}));
        self
    }

    fn command(&self, flags: &[&str]) -> Command {
        let host = self.host();
        let mut command = self.desk.promotion(flags);
        command.args(["--plain-http", &host]);
        let home = self.desk.sandbox.join("home");
        command.env("HOME", &home).env_remove("DOCKER_CONFIG").env_remove("DOCKER_AUTH_CONFIG");
        command.env_remove("REGISTRY_AUTH_FILE").env_remove("XDG_RUNTIME_DIR");
        command
    }

    /// What a run says, which must not be a secret; nothing is left behind either.
    #[track_caller]
    fn run(&self, command: &mut Command) -> Run {
        let before: Vec<_> = self.desk.files().into_keys().collect();
        let run = Run::of(command);
        let files = self.desk.files();
        assert!(before.iter().eq(files.keys()), "{:?}", files.keys());
        for secret in
            [PASSWORD.to_owned(), coded(PASSWORD), STANDARD.encode(PASSWORD), "hunter2".to_owned()]
        {
            assert!(!run.stdout.contains(&secret) && !run.stderr.contains(&secret), "{run:?}");
            let kept = files
                .iter()
                .find(|(_, (bytes, _))| String::from_utf8_lossy(bytes).contains(&secret));
            assert!(kept.is_none(), "{kept:?}");
        }
        run
    }

    #[track_caller]
    fn promotes(&self) -> String {
        self.set_target_back();
        let run = self.run(&mut self.command(FLAGS));
        assert_eq!(run.code, 0, "{run:?}");
        assert!(self.desk.target().contains(&self.image.digest()), "{}", self.desk.target());
        run.stderr
    }

    #[track_caller]
    fn refuses(&self, sentences: &[&str]) {
        self.set_target_back();
        let target = self.desk.target();
        let run = self.run(&mut self.command(FLAGS));
        assert_eq!((run.code, self.desk.target()), (1, target), "{run:?}");
        assert!(!run.stderr.contains("log in again"), "nobody but a Secret had a login: {run:?}");
        for sentence in sentences {
            assert!(run.stderr.contains(sentence), "{sentence}: {}", run.stderr);
        }
    }
}

/// The pull secrets of the account that pods get, or name.
fn of_accounts(place: &dyn Place) {
    let Some(shop) = Shop::open(place) else { return };
    shop.login("regcred").account("default", &["regcred"]).promotes();
    let Some(shop) = Shop::open(place) else { return };
    shop.account("default", &[]).refuses(&[LOGIN]);
    shop.login("regcred").account("puller", &["regcred"]);
    shop.refuses(&[LOGIN]);
    shop.render(&json!({"serviceAccountName": "puller"}));
    shop.promotes();
}

fn of_templates(place: &dyn Place) {
    let Some(shop) = Shop::open(place) else { return };
    shop.login("regcred").render(&json!({"imagePullSecrets": [{"name": "regcred"}]}));
    shop.promotes();
    // Without the flag nobody uses it.
    shop.set_target_back();
    let run = shop.run(&mut shop.command(&["--pin", "images"]));
    assert!(run.code == 1 && run.stderr.contains(LOGIN), "{run:?}");
}

/// Secrets of the type that was before.
fn of_before(place: &dyn Place) {
    let Some(shop) = Shop::open(place) else { return };
    let text =
        json!({shop.host(): {"auth": coded(PASSWORD), "email": "a@example.org"}}).to_string();
    shop.secret("regcred", ".dockercfg", &text).account("default", &["regcred"]).promotes();
    let Some(shop) = Shop::open(place) else { return };
    let text = json!({shop.host(): {"username": USER, "password": PASSWORD}}).to_string();
    shop.secret("regcred", ".dockercfg", &text).account("default", &["regcred"]).promotes();
}

/// Of several the one with the registry's login.
fn several(place: &dyn Place) {
    let Some(shop) = Shop::open(place) else { return };
    let other = login::password("registry.example.org", "hunter2");
    shop.secret("a", ".dockerconfigjson", &other).login("b");
    shop.render(&json!({"imagePullSecrets": [{"name": "a"}]}));
    shop.account("default", &["b"]).promotes();
}

/// What is named and not there is said, as far as it may be what is missing.
fn missing(place: &dyn Place) {
    let Some(shop) = Shop::open(place) else { return };
    shop.login("regcred").account("default", &["regcred", "gone"]);
    let sentence = format!(
        "warning: the pull secret `{}/gone` is not there, or holds no logins",
        shop.desk.namespace
    );
    let said = shop.promotes();
    assert!(said.contains(&sentence), "{said}");
    shop.desk.delete("v1/Secret", "regcred");
    shop.refuses(&[&sentence, LOGIN]);
}

/// A login that the registry does not accept is named, not shown; and it is the Secret that has to
/// change.
fn wrong(place: &dyn Place) {
    let Some(shop) = Shop::open(place) else { return };
    let text = login::password(&shop.host(), "hunter2");
    shop.secret("regcred", ".dockerconfigjson", &text).account("default", &["regcred"]);
    let source = format!("the secret `{}/regcred`", shop.desk.namespace);
    shop.refuses(&[LOGIN, &source, &format!("put a login that works into {source}")]);
}

fn broken(place: &dyn Place) {
    let Some(shop) = Shop::open(place) else { return };
    // What a real server does not accept has been there before it checked.
    let texts = [
        json!({"auths": {shop.host(): {"auth": "hunter2"}}}).to_string(),
        json!({"auths": {shop.host(): {"auth": STANDARD.encode("hunter2")}}}).to_string(),
    ];
    for (name, text) in ["a", "b"].iter().zip(&texts) {
        shop.secret(name, ".dockerconfigjson", text);
        shop.render(&json!({"imagePullSecrets": [{"name": name}]}));
        let secret = format!("the secret `{}/{name}`", shop.desk.namespace);
        shop.refuses(&[&secret, &format!("hint: put a login that works into {secret}")]);
    }
}

/// Who may write a Secret may not have programs run here.
fn helpers(place: &dyn Place) {
    let Some(shop) = Shop::open(place) else { return };
    let tools = crate::support::Sandbox::new();
    login::program(tools.path(), &shop.host());
    let run = Command::new(tools.join("docker-credential-rig"))
        .arg("get")
        .stdin(std::process::Stdio::null())
        .output();
    assert!(run.is_ok() && tools.join("asked").exists(), "the program runs where it may");
    fs::remove_file(tools.join("asked")).unwrap();
    let text =
        json!({"auths": {}, "credHelpers": {shop.host(): "rig"}, "credsStore": "rig"}).to_string();
    shop.secret("regcred", ".dockerconfigjson", &text).account("default", &["regcred"]);
    let path = format!("{}:{}", tools.path().display(), std::env::var("PATH").unwrap());
    let run = shop.run(shop.command(FLAGS).env("PATH", path));
    assert!(run.code == 1 && run.stderr.contains(LOGIN), "{run:?}");
    assert!(!tools.join("asked").exists(), "{run:?}");
}

/// Secrets are a right of their own.
fn denied(place: &dyn Place) {
    let Some(shop) = Shop::open(place) else { return };
    shop.login("regcred").account("default", &["regcred"]);
    let plain = shop.desk.sandbox.join("kubeconfig-plain");
    let said = |shop: &Shop<'_>| {
        let run = shop.run(shop.command(FLAGS).env("KUBECONFIG", &plain));
        assert_eq!(run.code, 1, "{run:?}");
        assert!(!shop.desk.target().contains(NEW));
        run.stderr
    };
    let first = said(&shop);
    assert!(
        first.contains("`plain` may not get `serviceaccounts` `default`")
            && first.contains("serviceaccounts"),
        "{first}"
    );
    let rules = json!([{"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["get"]}]);
    shop.desk.put(&json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": "reader"}, "rules": rules}));
    shop.desk.put(&binding("reader"));
    // A real server looks at its roles a moment later.
    let mut second = said(&shop);
    for _ in 0..50 {
        if second.contains("secrets") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        second = said(&shop);
    }
    assert!(
        second.contains("`plain` may not get `secrets` `regcred`") && second.contains("secrets"),
        "{second}"
    );
}

/// Only what is named is read, and nothing of the flag's where it is not given.
fn requests() {
    let server = Server::start();
    let Some(shop) = Shop::open(&server) else { return };
    shop.login("regcred").login("other").account("default", &["regcred", ""]);
    server.forget_requests();
    shop.promotes();
    let seen: Vec<_> = server.seen().into_iter().map(|seen| seen.target).collect();
    let namespace = format!("/api/v1/namespaces/{}", shop.desk.namespace);
    assert_eq!(
        seen,
        [format!("{namespace}/serviceaccounts/default"), format!("{namespace}/secrets/regcred")]
    );
    assert!(shop.run(shop.desk.command(&[FROM, TO]).env("HOME", "/")).code == 0);
    assert_eq!(server.seen().len(), 2);
}
