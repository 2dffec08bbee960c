//! Debian's `docker-registry`, started for one test.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::certs::Leaf;
use super::login::HTPASSWD;
use super::store::Store;
use super::tokens::Tokens;

/// The program.
pub const PROGRAM: &str = "docker-registry";

/// How long it may take to come up on a machine that does a lot else.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whom the registry lets in.
pub enum Door<'t> {
    Open,
    /// Name and password: [`super::login::USER`] and its password.
    Password,
    /// A token of this server, which clients are told to find there.
    Token(&'t Tokens, String),
}

/// A running registry; it ends when it is dropped.
pub struct Registry {
    address: SocketAddr,
    process: Child,
    /// Its configuration and its log.
    dir: TempDir,
}

impl Registry {
    /// Starts one on what `store` holds.
    pub fn start(store: &Store, door: &Door<'_>, tls: Option<&Leaf>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config.yml");
        fs::write(&config, configuration(dir.path(), store.root(), door, tls)).unwrap();
        let log = |name| fs::File::create(dir.path().join(name)).unwrap();
        let mut command = Command::new(PROGRAM);
        command.arg("serve").arg(config).stdin(Stdio::null());
        command.stdout(log("access.log")).stderr(log("error.log"));
        let process = command.spawn().unwrap();
        let mut registry = Self { address: ([127, 0, 0, 1], 0).into(), process, dir };
        registry.address = registry.listening();
        registry
    }

    /// One that lets everybody in.
    pub fn open(store: &Store) -> Self {
        Self::start(store, &Door::Open, None)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `HOST:PORT`, as references begin.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// `localhost:PORT`, as certificates name it.
    pub fn local_name(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// What it says about what went wrong.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("error.log")).unwrap()
    }

    /// Waits for the address that the registry has chosen.
    fn listening(&mut self) -> SocketAddr {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let log = self.log();
            let address = log.split_once("listening on ").and_then(|(_, rest)| {
                let end = rest.find(['"', ','])?;
                rest[..end].parse().ok()
            });
            if let Some(address) = address {
                return address;
            }
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("{PROGRAM} has ended: {status}\n{log}");
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("{PROGRAM} does not come up:\n{}", self.log());
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// JSON, which is YAML: paths need no thought.
fn configuration(dir: &Path, store: &Path, door: &Door<'_>, tls: Option<&Leaf>) -> String {
    let mut config = serde_json::json!({
        "version": "0.1",
        "log": {"level": "info", "formatter": "text"},
        "storage": {"filesystem": {"rootdirectory": store, "maxthreads": 200}},
        "http": {"addr": "127.0.0.1:0", "secret": "for one test"},
    });
    let file = |name: &str, text: &str| {
        let path = dir.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    match door {
        Door::Open => {}
        Door::Password => {
            let path = file("htpasswd", HTPASSWD);
            config["auth"]["htpasswd"] = serde_json::json!({"realm": "rig", "path": path});
        }
        Door::Token(tokens, realm) => {
            let bundle = file("tokens.pem", &tokens.certificate());
            config["auth"]["token"] = serde_json::json!({
                "realm": realm, "service": super::tokens::SERVICE,
                "issuer": super::tokens::ISSUER, "rootcertbundle": bundle,
            });
        }
    }
    if let Some(leaf) = tls {
        let certificate = file("tls.pem", &leaf.chain_pem);
        let key = file("tls.key", &leaf.key_pem);
        config["http"]["tls"] = serde_json::json!({"certificate": certificate, "key": key});
    }
    let mut text = String::new();
    write!(text, "{config:#}").unwrap();
    text
}
