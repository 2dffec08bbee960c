//! The binary with what people have on their machines: files with logins at the usual places,
//! programs that keep them, certificates of their company.

use std::process::Command;

use crate::delay::{Distance, Proxy};
use crate::rig::certs::Authority;
use crate::rig::distribution::{Door, Registry};
use crate::rig::image::{Format, Image};
use crate::rig::login::{self, PASSWORD};
use crate::rig::store::Store;
use crate::rig::tokens::Tokens;
use crate::support::{BINARY, Run, Sandbox};
use crate::{AMD, ready};

const COUNT: usize = 50;

/// An overlay with 50 images of one registry, and nothing of this machine's settings.
struct Desk {
    sandbox: Sandbox,
    store: Store,
    image: Image,
}

impl Desk {
    fn new() -> Self {
        let (sandbox, store) = (Sandbox::new(), Store::new());
        let image = Image::single(Format::Oci, AMD, "desk");
        for number in 0..COUNT {
            store.publish(&format!("desk/image-{number}"), "v1", &image);
        }
        Self { sandbox, store, image }
    }

    /// The binary, about to pin the 50 images of `host`.
    fn pin(&self, host: &str) -> Command {
        let names = (0..COUNT).map(|number| format!("{host}/desk/image-{number}"));
        let images = names.map(|name| format!("- name: {name}\n  newTag: v1\n"));
        let text = format!("images:\n{}", images.collect::<String>());
        self.sandbox.write("overlay/kustomization.yaml", text);
        let mut command = self.sandbox.command(BINARY);
        command.args(["pin", "overlay"]).env_clear();
        command.env("HOME", self.sandbox.path()).env("PATH", "/usr/bin:/bin");
        command
    }

    #[track_caller]
    fn pinned(&self, command: &mut Command) -> Run {
        let run = Run::of(command);
        assert_eq!(run.code, 0, "{run:?}");
        let text = self.sandbox.read("overlay/kustomization.yaml");
        assert_eq!(text.matches(&self.image.digest()).count(), COUNT, "{text}");
        run
    }
}

#[test]
fn a_login_at_its_usual_place() {
    if !ready() {
        return;
    }
    let desk = Desk::new();
    let registry = Registry::start(&desk.store, &Door::Password, None);
    let host = registry.host();
    desk.sandbox.write(".docker/config.json", login::password(&host, PASSWORD));
    desk.pinned(desk.pin(&host).args(["--plain-http", &host]));
}

/// A program that keeps logins is asked once, however many images there are.
#[cfg(unix)]
#[test]
fn a_program_that_keeps_logins() {
    if !ready() {
        return;
    }
    let desk = Desk::new();
    let tokens = Tokens::start();
    for door in [Door::Password, Door::Token(&tokens, tokens.realm())] {
        let registry = Registry::start(&desk.store, &door, None);
        let (host, dir) = (registry.host(), Sandbox::new());
        let file = login::program(dir.path(), &host);
        let mut command = desk.pin(&host);
        command.args(["--plain-http", &host, "--authfile"]).arg(file);
        command.env("PATH", format!("{}:/usr/bin:/bin", dir.path().display()));
        desk.pinned(&mut command);
        assert_eq!(dir.read("asked"), format!("get {host}\n"));
    }
}

#[test]
fn certificates_of_the_company() {
    if !ready() {
        return;
    }
    let desk = Desk::new();
    let authority = Authority::new();
    let leaf = authority.leaf(&["localhost"], false);
    let registry = Registry::start(&desk.store, &Door::Open, Some(&leaf));
    let host = registry.local_name();
    desk.sandbox.write("company.pem", authority.pem());
    let path = desk.sandbox.join("company.pem");
    desk.pinned(desk.pin(&host).env("SSL_CERT_FILE", &path));
    desk.pinned(desk.pin(&host).arg("--ca-file").arg(&path));
    // It is no setting of this machine that lets them in.
    let run = Run::of(&mut desk.pin(&host));
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("--ca-file"), "{}", run.stderr);
}

/// 50 images with a wrong password: one failed login, nothing written, and no secret in sight.
#[test]
fn a_wrong_password_in_a_whole_run() {
    if !ready() {
        return;
    }
    let desk = Desk::new();
    let registry = Registry::start(&desk.store, &Door::Password, None);
    let proxy = Proxy::start(registry.address(), Distance::default(), None);
    let (host, wrong) = (proxy.host(), "wr0ng-passw0rd");
    desk.sandbox.write("auth.json", login::password(&host, wrong));
    for flags in [&["-v"][..], &["-v", "--keep-going"]] {
        let mut command = desk.pin(&host);
        let before = desk.sandbox.read("overlay/kustomization.yaml");
        command.args(["--plain-http", &host, "--authfile", "auth.json"]).args(flags);
        let run = Run::of(&mut command);
        assert_eq!(run.code, 1, "{run:?}");
        assert_eq!(desk.sandbox.read("overlay/kustomization.yaml"), before);
        let said = run.stdout + &run.stderr;
        assert!(said.contains("auth.json"), "{said}");
        assert!(!said.contains(wrong) && !said.contains(&login::coded(wrong)), "{said}");
        let tries = proxy.take().iter().filter(|seen| seen.login == "Basic").count();
        assert_eq!(tries, 1);
    }
}

#[test]
fn a_registry_that_does_not_answer_in_time() {
    if !ready() {
        return;
    }
    let desk = Desk::new();
    let registry = Registry::open(&desk.store);
    let far = Distance::of(std::time::Duration::from_secs(120));
    let proxy = Proxy::start(registry.address(), far, None);
    let start = std::time::Instant::now();
    let mut command = desk.pin(&proxy.host());
    command.args(["--plain-http", &proxy.host(), "--registry-timeout", "1s"]);
    let run = Run::of(&mut command);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{run:?}");
}
