//! Digests from real registries: Debian's `docker-registry` with every kind of door, images that
//! skopeo pushes, and what other programs say about the same tags.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../../benches/delay/mod.rs"]
mod delay;
mod digests;
mod doors;
mod encrypted;
mod missing;
mod opinions;
mod people;
mod rig;
mod runs;
#[path = "../support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use camino::Utf8PathBuf;
use kubectl_promote::facts::{Answer, Manifest};
use kubectl_promote::image::reference::Repository;
use kubectl_promote::io::registry::{Options, Watch, ask};
use rig::distribution::PROGRAM;
use rig::image::{Format, Image};
use rig::store::Store;
use support::{Sandbox, has};

const AMD: (&str, &str) = ("linux", "amd64");
const ARM: (&str, &str) = ("linux", "arm64");

/// Whether the programs of these tests are here.
fn ready() -> bool {
    has(PROGRAM, &["--version"]) && has("skopeo", &["--version"])
}

/// Nobody looks on.
struct Nobody;

impl Watch for Nobody {}

/// A place for files with credentials, and how to ask with them.
struct Client {
    sandbox: Sandbox,
    options: Options,
}

impl Client {
    /// One that has these credentials, and no others of this machine.
    fn new(credentials: &str) -> Self {
        let sandbox = Sandbox::new();
        sandbox.write("auth.json", credentials);
        let authfiles = vec![Utf8PathBuf::from_path_buf(sandbox.join("auth.json")).unwrap()];
        let options = Options {
            logins: Vec::new(),
            authfiles,
            ca_files: Vec::new(),
            plain_http: Vec::new(),
            concurrency: 16,
            timeout: Duration::from_secs(30),
            verify: false,
            platform: None,
            keep_going: true,
        };
        Self { sandbox, options }
    }

    fn anonymous() -> Self {
        Self::new("{}")
    }

    /// The answers about `versions` (path and tag or digest) at the plain HTTP registry `host`, in
    /// that order.
    fn ask(&mut self, host: &str, versions: &[(&str, &str)]) -> Vec<Answer> {
        self.options.plain_http = vec![host.to_owned()];
        self.ask_securely(host, versions)
    }

    fn ask_securely(&self, host: &str, versions: &[(&str, &str)]) -> Vec<Answer> {
        let manifests: Vec<_> =
            versions.iter().map(|(path, version)| manifest(host, path, version)).collect();
        let answers = ask(&manifests, &self.options, &Nobody).unwrap();
        let (asked, answers): (Vec<_>, Vec<_>) = answers.into_iter().unzip();
        assert_eq!(asked, manifests, "questions come back in their order");
        answers
    }
}

fn manifest(host: &str, path: &str, version: &str) -> Manifest {
    let repository = Repository { domain: host.to_owned(), path: path.to_owned() };
    Manifest { repository, version: version.to_owned() }
}

/// One image of every type that registries keep, each in a repository of its own, pushed by skopeo.
struct Shelf {
    store: Store,
    /// Repository, tag, and the digest of the bytes that were pushed.
    images: Vec<(&'static str, &'static str, String)>,
}

/// What tests that run at the same time share; it is cleared away when the last one has ended.
static SHARED: Mutex<Weak<Shelf>> = Mutex::new(Weak::new());

impl Shelf {
    fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let shelf = Arc::new(Self::new());
            *shared = Arc::downgrade(&shelf);
            shelf
        })
    }

    fn new() -> Self {
        let store = Store::new();
        let registry = rig::distribution::Registry::open(&store);
        let mut images = Vec::new();
        for (name, tag, image) in wares() {
            image.push(&registry.host(), &format!("{name}:{tag}"));
            assert_eq!(store.manifest(name, tag), image.manifest, "{name} changed on its way");
            images.push((name, tag, image.digest()));
        }
        // As skopeo itself writes it: the bytes are those that the registry was given.
        let (host, name) = (registry.host(), "converted");
        let dir = format!("docker://{host}/team/oci:1.0");
        let to = format!("docker://{host}/{name}:v1");
        let tls = ["--src-tls-verify=false", "--dest-tls-verify=false"];
        let fixed = ["copy", "--insecure-policy", "--format", "v2s2"];
        rig::image::skopeo(&[&fixed[..], &tls, &[&dir, &to]].concat());
        let written = store.manifest(name, "v1");
        assert!(String::from_utf8_lossy(&written).contains("docker.distribution.manifest.v2"));
        images.push((name, "v1", rig::image::sha256(&written)));
        Self { store, images }
    }

    /// Repository and tag of each.
    fn names(&self) -> Vec<(&str, &str)> {
        self.images.iter().map(|(name, tag, _)| (*name, *tag)).collect()
    }

    /// The answers that are right.
    fn digests(&self) -> Vec<Answer> {
        self.images.iter().map(|(_, _, digest)| Ok(digest.clone())).collect()
    }

    fn digest(&self, name: &str) -> &str {
        &self.images.iter().find(|(own, _, _)| *own == name).unwrap().2
    }
}

/// Repository, tag and image of what is on the shelf.
fn wares() -> Vec<(&'static str, &'static str, Image)> {
    vec![
        ("team/oci", "1.0", Image::single(Format::Oci, AMD, "oci")),
        ("team/docker", "v2.1.0-rc.1", Image::single(Format::Docker, ARM, "docker")),
        ("index", "latest", index(Format::Oci)),
        ("deep/er/list", "_1", index(Format::Docker)),
    ]
}

/// Two platforms, and a statement about one of them as `docker buildx` adds it.
fn index(format: Format) -> Image {
    let child = |platform, content| (platform, Image::single(format, platform, content));
    Image::index(format, vec![child(AMD, "a"), child(ARM, "b"), child(("unknown", "unknown"), "c")])
}
