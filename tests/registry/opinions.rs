//! What other programs find behind the same tags: skopeo, and the crate oci-client.

use std::path::Path;
use std::process::Command;

use crate::rig::distribution::{Door, Registry};
use crate::rig::image::{sha256, skopeo};
use crate::rig::login::{self, PASSWORD, USER};
use crate::rig::tokens::Tokens;
use crate::support::{root, skipped};
use crate::{Client, Shelf, ready};

#[test]
fn skopeo_finds_the_same() {
    same_everywhere(|host, names, client| {
        let file = client.options.authfiles[0].as_str();
        let fixed = ["inspect", "--raw", "--tls-verify=false", "--authfile", file];
        let images = names.iter().map(|(name, tag)| format!("docker://{host}/{name}:{tag}"));
        images.map(|image| sha256(&skopeo(&[&fixed[..], &[&image]].concat()))).collect()
    });
}

/// Another crate's view takes a long time to build: only where everything is required.
#[test]
fn oci_client_finds_the_same() {
    if std::env::var("PROMOTE_TEST_REQUIRE").as_deref() != Ok("all") {
        skipped("oci-client is only built with PROMOTE_TEST_REQUIRE=all");
        return;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("opinion");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--locked", "--manifest-path"]);
    build.arg(root().join("tests/opinion/Cargo.toml")).arg("--target-dir").arg(&target);
    assert!(build.status().unwrap().success(), "{build:?}");
    let program = target.join("debug/opinion");
    same_everywhere(|host, names, _| {
        let mut command = Command::new(&program);
        command.args(names.iter().map(|(name, tag)| format!("{host}/{name}:{tag}")));
        command.env("OPINION_USER", USER).env("OPINION_PASSWORD", PASSWORD);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        str::from_utf8(&output.stdout).unwrap().lines().map(str::to_owned).collect()
    });
}

/// `other` and we find what is on the shelf, behind every kind of door.
fn same_everywhere(other: impl Fn(&str, &[(&str, &str)], &Client) -> Vec<String>) {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let tokens = Tokens::start();
    for door in [Door::Open, Door::Password, Door::Token(&tokens, tokens.realm())] {
        let registry = Registry::start(&shelf.store, &door, None);
        let host = registry.host();
        let mut client = Client::new(&login::password(&host, PASSWORD));
        let others = other(&host, &shelf.names(), &client);
        let others: Vec<_> = others.into_iter().map(Ok).collect();
        assert_eq!(others, shelf.digests());
        assert_eq!(client.ask(&host, &shelf.names()), others);
    }
}
