//! Tags to digests as a cold process, side by side with `skopeo inspect` and `crane digest`.
//!
//! Debian's `docker-registry` and a token server stand behind proxies that let every request and
//! every new connection wait for 20 ms, as over a network. Each image has a repository of its own.
//! The programs take turns; the other two do one image a process, 16 at a time. `CRANE` names
//! crane where it is not on the `PATH`; what is not here is left out, and that is said.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it prints, or it has failed")]

mod delay;
#[path = "../tests/registry/rig/mod.rs"]
mod rig;
mod support;

use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use delay::{Distance, Proxy};
use rig::certs::Authority;
use rig::distribution::{Door, PROGRAM, Registry};
use rig::image::{Format, Image};
use rig::login::{self, PASSWORD};
use rig::store::Store;
use rig::tokens::Tokens;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use support::{BINARY, Sandbox, Times};

const AWAY: Duration = Duration::from_millis(20);

/// How many images an overlay has.
const SHELF: usize = 25;

/// How clients get in, and over what.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Anonymous,
    Tokens,
    TokensOverTls,
}

/// A registry that is far away, and overlays of its images.
struct Rig {
    sandbox: Sandbox,
    images: Vec<Image>,
    way: Way,
    registry: Proxy,
    tokens: Proxy,
    /// What has to be there until the end.
    _behind: (Registry, Tokens, Store),
}

fn main() {
    let (counts, rounds): (&[usize], _) =
        if support::is_bench() { (&[1, 50, 500], 5) } else { (&[1, 3], 1) };
    if !here(PROGRAM, &["--version"]) {
        println!("NOT MEASURED: {PROGRAM} is not here");
        return;
    }
    let rivals = rivals();
    for way in [Way::Anonymous, Way::Tokens, Way::TokensOverTls] {
        for count in counts {
            let rig = Rig::start(way, *count);
            rig.compare(&rivals, rounds);
        }
    }
}

/// What the images are given to, one a process.
fn rivals() -> Vec<(&'static str, String)> {
    let crane = std::env::var("CRANE").unwrap_or_else(|_| "crane".to_owned());
    let all = [
        ("crane digest", "version", format!("{crane} digest")),
        ("skopeo inspect --raw", "--version", "skopeo inspect --raw".to_owned()),
        ("skopeo inspect", "--version", "skopeo inspect".to_owned()),
    ];
    let mut out = Vec::new();
    for (name, version, command) in all {
        let program = command.split(' ').next().unwrap();
        if here(program, &[version]) {
            out.push((name, command));
        } else {
            println!("NOT COMPARED: {program} is not here");
        }
    }
    out
}

fn here(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|output| output.status.success())
}

impl Rig {
    fn start(way: Way, count: usize) -> Self {
        let sandbox = Sandbox::new();
        let images: Vec<_> = (0..count).map(image).collect();
        let store = Store::new();
        for (number, image) in images.iter().enumerate() {
            store.publish(&repository(number), "v1", image);
        }
        let authority = Authority::new();
        sandbox.write("ca.pem", &authority.pem());
        let tls = (way == Way::TokensOverTls).then(|| tls(&authority));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let far = |server: SocketAddr| Proxy::start(server, Distance::of(AWAY), tls.clone());
        let server = Tokens::start();
        let tokens = far(server.address());
        let door = match way {
            Way::Anonymous => Door::Open,
            // A name: crane asks no token server at a loopback address.
            _ => Door::Token(
                &server,
                format!("{scheme}://localhost:{}/token", tokens.address().port()),
            ),
        };
        let process = Registry::start(&store, &door, None);
        let registry = far(process.address());
        let credentials = login::password(&registry.host(), PASSWORD);
        sandbox.write("config.json", if way == Way::Anonymous { "{}" } else { &credentials });
        let _behind = (process, server, store);
        let rig = Self { sandbox, images, way, registry, tokens, _behind };
        rig.write_list();
        rig
    }

    /// All programs in turns, `rounds` times after one that warms up.
    fn compare(&self, rivals: &[(&str, String)], rounds: usize) {
        let count = self.images.len();
        let mut ours = Times::default();
        let mut theirs: Vec<_> = rivals.iter().map(|_| (Times::default(), 0, 0)).collect();
        let mut costs = (0, 0);
        for round in 0..=rounds {
            self.write_overlays();
            self.forget();
            let time = support::time(&mut self.pin());
            costs = self.costs();
            self.check(costs.0);
            if round > 0 {
                ours.push(time);
            }
            for ((_, command), (times, requests, connections)) in rivals.iter().zip(&mut theirs) {
                self.forget();
                let time = support::time(&mut self.each(command));
                (*requests, *connections) = self.costs();
                if round > 0 {
                    times.push(time);
                }
            }
        }
        support::print_head(&format!("{count} images, {}, {rounds} runs each", self.way.name()));
        ours.print(&format!("kubectl-promote pin{}", cost(costs)));
        for ((name, _), (times, requests, connections)) in rivals.iter().zip(&theirs) {
            times.print(&format!("{name}{}", cost((*requests, *connections))));
            println!("    median of the ratios, run by run: {:.1}", times.ratio(&ours));
        }
        self.write_overlays();
        println!("peak memory: {}", support::memory(support::peak_memory(&self.pin())));
    }

    fn pin(&self) -> Command {
        let mut command = self.sandbox.command(&*BINARY, "");
        command.arg("pin").args(self.overlays()).args(["--authfile", "config.json"]);
        match self.way {
            Way::TokensOverTls => command.args(["--ca-file", "ca.pem"]),
            _ => command.args(["--plain-http", &self.registry.host()]),
        };
        command
    }

    /// `command` for each image, 16 at a time, with the same credentials and trust.
    fn each(&self, command: &str) -> Command {
        let mut shell = self.sandbox.command("sh", "");
        let (list, plain) = match command.starts_with("skopeo") {
            true => ("transports", "--tls-verify=false"),
            // It speaks plain HTTP to this machine anyway, and with `--insecure` tries TLS before.
            false => ("images", ""),
        };
        let plain = if self.way == Way::TokensOverTls { "" } else { plain };
        shell.arg("-c").arg(format!("xargs -P16 -n1 {command} {plain} < {list}"));
        shell.env("REGISTRY_AUTH_FILE", self.sandbox.join("config.json"));
        shell.env("DOCKER_CONFIG", self.sandbox.join("."));
        shell.env("SSL_CERT_FILE", self.sandbox.join("ca.pem"));
        shell
    }

    fn overlays(&self) -> Vec<String> {
        let count = self.images.len().div_ceil(SHELF);
        (0..count).map(|number| format!("overlays/{number}")).collect()
    }

    /// The overlays with tags only.
    fn write_overlays(&self) {
        for (number, (overlay, images)) in
            self.overlays().iter().zip(self.images.chunks(SHELF)).enumerate()
        {
            let mut text = String::from("resources:\n- ../../base\nimages:\n");
            for place in 0..images.len() {
                let name = self.name(number * SHELF + place);
                text += &format!("- name: {name} # ours\n  newTag: v1\n");
            }
            self.sandbox.write(format!("{overlay}/kustomization.yaml"), &text);
        }
    }

    /// The images as others want them.
    fn write_list(&self) {
        let names = (0..self.images.len()).map(|number| self.name(number) + ":v1\n");
        let names: Vec<_> = names.collect();
        self.sandbox.write("images", &names.concat());
        let transports: Vec<_> = names.iter().map(|name| format!("docker://{name}")).collect();
        self.sandbox.write("transports", &transports.concat());
    }

    fn name(&self, number: usize) -> String {
        format!("{}/{}", self.registry.host(), repository(number))
    }

    /// Every image has its own digest, and there were no more requests than there have to be.
    fn check(&self, requests: usize) {
        let read = |overlay: &String| {
            let path = self.sandbox.join(overlay).join("kustomization.yaml");
            fs::read_to_string(path).unwrap()
        };
        let text: String = self.overlays().iter().map(read).collect();
        let digests: Vec<_> = text.lines().filter_map(|line| line.split_once("sha256:")).collect();
        let digests: Vec<_> = digests.iter().map(|(_, hex)| format!("sha256:{hex}")).collect();
        let wanted: Vec<_> = self.images.iter().map(Image::digest).collect();
        assert!(digests == wanted, "not these images' digests:\n{text}");
        let count = self.images.len();
        let fewest = if self.way == Way::Anonymous { count } else { 2 * count + 1 };
        assert_eq!(requests, fewest, "requests for {count} images");
    }

    /// Requests and connections to the registry and its token server since the last call.
    fn costs(&self) -> (usize, usize) {
        let both = [&self.registry, &self.tokens];
        let requests = both.iter().map(|proxy| proxy.take().len()).sum();
        (requests, both.iter().map(|proxy| proxy.take_connections()).sum())
    }

    fn forget(&self) {
        self.costs();
    }
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Tokens => "tokens",
            Self::TokensOverTls => "tokens over TLS",
        }
    }
}

fn cost((requests, connections): (usize, usize)) -> String {
    format!(" ({requests} requests, {connections} connections)")
}

fn repository(number: usize) -> String {
    format!("team-{}/service-{number}", number % 20)
}

/// No two have the same digest.
fn image(number: usize) -> Image {
    Image::single(Format::Oci, ("linux", "amd64"), &format!("service {number}"))
}

fn tls(authority: &Authority) -> Arc<ServerConfig> {
    let leaf = authority.leaf(&["127.0.0.1", "localhost"], false);
    let chain = leaf.chain_der.into_iter().map(CertificateDer::from).collect();
    let key = PrivateKeyDer::try_from(leaf.key_der).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    Arc::new(config.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap())
}
