//! What every test here needs: two servers, credentials in a file, and the answers with the time
//! that they took.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use camino::Utf8PathBuf;
use kubectl_promote::facts::{Answer, Failure, Manifest};
use kubectl_promote::image::reference::Repository;
use kubectl_promote::io::registry::{Options, Watch, ask};

use crate::certs::Authority;
use crate::reply::Reply;
use crate::server::{Handler, Log, Port, Request};
use crate::support::BINARY;

/// How many seconds a machine that does other things too may take longer. Not a factor: a deadline
/// that begins anew with each of three tries takes three times as long, and has to be found.
pub(crate) const SLACK: f64 = 4.0;

pub(crate) const USER: &str = "ci-bot";
pub(crate) const PASSWORD: &str = "correct:horse+battery/staple==";
pub(crate) const WRONG: &str = "incorrect-donkey-battery";
pub(crate) const IDENTITY: &str = "identity+token/with=signs&more";
pub(crate) const TOKEN: &str = "eyJhbGciOiJub25lIn0.bearer-token-value";
/// Part of an address that grants access to who knows it.
pub(crate) const SIGNATURE: &str = "5ignature0f4presignedUrl";

/// Where the servers of a test are, and what it counts.
pub(crate) struct World {
    /// The registry, `HOST:PORT`.
    pub here: String,
    /// Another server, which is not to be trusted.
    pub other: String,
    counts: Mutex<BTreeMap<String, usize>>,
}

impl World {
    /// How often this was called for `what` before.
    pub(crate) fn count(&self, what: &str) -> usize {
        let mut counts = self.counts.lock().unwrap();
        let count = counts.entry(what.to_owned()).or_default();
        *count += 1;
        *count - 1
    }

    /// A challenge that sends to the token endpoint of this server.
    pub(crate) fn bearer(&self) -> String {
        self.bearer_at(&format!("http://{}/token", self.here))
    }

    pub(crate) fn bearer_at(&self, realm: &str) -> String {
        format!(r#"Bearer realm="{realm}",service="registry",scope="repository:acme/web:pull""#)
    }
}

/// What a server does, knowing where the others are.
pub(crate) type Serve = Arc<dyn Fn(&Request, &World) -> Reply + Send + Sync>;

/// How the registry speaks TLS.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Tls {
    Trusted,
    /// By an authority that nobody knows.
    Unknown,
    /// By another authority than that of the file that is given.
    OtherAuthority,
    Expired,
    WrongHost,
}

/// Two servers, and options with which the registry can be asked.
pub(crate) struct Rig {
    dir: tempfile::TempDir,
    pub world: Arc<World>,
    pub log: Arc<Log>,
    pub other: Arc<Log>,
    pub options: Options,
}

/// What came of asking.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub answers: Vec<(Manifest, Answer)>,
    pub took: Duration,
    pub traces: Vec<String>,
}

impl Rig {
    pub(crate) fn new(tls: Option<Tls>, serve: Serve, other: Serve) -> Self {
        let ports = [Port::take(), Port::take()];
        let here = match tls {
            Some(_) => ports[0].address.replace("127.0.0.1", "localhost"),
            None => ports[0].address.clone(),
        };
        let counts = Mutex::default();
        let world = Arc::new(World { here, other: ports[1].address.clone(), counts });
        let authority = Authority::new();
        let leaf = tls.map(|tls| {
            let name = if tls == Tls::WrongHost { "other.example" } else { "localhost" };
            authority.leaf(&[name], tls == Tls::Expired)
        });
        let [first, second] = ports;
        let [serve, other] = [serve, other].map(|serve| -> Handler {
            let world = Arc::clone(&world);
            Arc::new(move |request| serve(request, &world))
        });
        let (log, other) = (first.serve(leaf.as_ref(), serve), second.serve(None, other));
        let options = options(&world, tls.is_some());
        let dir = tempfile::tempdir().unwrap();
        let mut rig = Self { dir, world, log, other, options };
        if let Some(tls) = tls.filter(|tls| *tls != Tls::Unknown) {
            let other = tls == Tls::OtherAuthority;
            let given = if other { Authority::new() } else { authority };
            rig.options.ca_files = vec![rig.write("ca.pem", &given.pem())];
        }
        // Never the credentials of whoever runs the test.
        rig.credentials("{}");
        rig
    }

    /// A file in a directory that goes away with the rig.
    pub(crate) fn write(&self, name: &str, text: &str) -> Utf8PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        Utf8PathBuf::from_path_buf(path).unwrap()
    }

    /// Makes this the only file with credentials.
    pub(crate) fn credentials(&mut self, text: &str) {
        self.options.authfiles = vec![self.write("credentials.json", text)];
    }

    pub(crate) fn ask(&self, manifests: &[Manifest]) -> Outcome {
        let watch = Traces::default();
        let start = Instant::now();
        let answers = ask(manifests, &self.options, &watch);
        let took = start.elapsed();
        let answers = answers.unwrap_or_else(|diagnostic| panic!("{diagnostic:?}"));
        Outcome { answers, took, traces: watch.0.into_inner().unwrap() }
    }
}

fn options(world: &World, tls: bool) -> Options {
    Options {
        logins: Vec::new(),
        authfiles: Vec::new(),
        ca_files: Vec::new(),
        plain_http: if tls { Vec::new() } else { vec![world.here.clone()] },
        concurrency: 64,
        timeout: Duration::from_secs(12),
        verify: false,
        platform: None,
        keep_going: true,
    }
}

#[derive(Default)]
struct Traces(Mutex<Vec<String>>);

impl Watch for Traces {
    fn trace(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

/// A question about `HOST/PATH:VERSION`.
pub(crate) fn manifest(host: &str, path: &str, version: &str) -> Manifest {
    let repository = Repository { domain: host.to_owned(), path: path.to_owned() };
    Manifest { repository, version: version.to_owned() }
}

/// A file with one user for one server or repository.
pub(crate) fn password(key: &str, password: &str) -> String {
    let auth = BASE64_STANDARD.encode(format!("{USER}:{password}"));
    serde_json::json!({"auths": {key: {"auth": auth}}}).to_string()
}

/// The header by which a user with this password logs in.
pub(crate) fn basic(password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{USER}:{password}")))
}

/// All that must never be seen, as it is and as it could be written down.
fn secrets() -> Vec<String> {
    let mut secrets = Vec::from([PASSWORD, WRONG, IDENTITY, TOKEN, SIGNATURE].map(str::to_owned));
    secrets.extend([PASSWORD, WRONG].map(|word| basic(word).replace("Basic ", "")));
    let encoded = |text: &str| text.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    secrets.extend(secrets.clone().iter().map(|secret| encoded(secret)));
    secrets
}

/// Fails where `text` holds a secret.
#[track_caller]
pub(crate) fn no_secret(text: &str) {
    for secret in secrets() {
        assert!(!text.contains(&secret), "{secret} is in: {text}");
    }
}

/// Fails where a line is not one line that can be printed as it is.
#[track_caller]
fn printable(line: &str) {
    let reorders = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!line.contains(|c: char| c.is_control() || reorders(c)), "cannot be printed: {line:?}");
    no_secret(line);
}

/// Fails where a flag is named that there is not.
#[track_caller]
fn flags_exist(line: &str) {
    static HELP: LazyLock<String> = LazyLock::new(|| {
        let output = Command::new(BINARY).arg("help").env_clear().output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    });
    for word in line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
        assert!(!word.starts_with("--") || HELP.contains(word), "no such flag as {word}: {line}");
    }
}

/// Fails where a person could not read the failure, act on it, and show it around.
#[track_caller]
pub(crate) fn readable(manifest: &Manifest, failure: &Failure) {
    let Failure { message, hint, .. } = failure;
    let image = manifest.to_string();
    assert!(message.trim_start_matches('`').starts_with(&image), "not first {image}: {message}");
    assert!(!message.ends_with('.'), "a full stop: {message}");
    assert!(message.len() < 600, "{} bytes are too long: {message}", message.len());
    for line in [Some(message), hint.as_ref()].into_iter().flatten() {
        printable(line);
        flags_exist(line);
    }
    no_secret(&format!("{failure:?}"));
}

impl Outcome {
    /// The only answer.
    #[track_caller]
    pub(crate) fn only(&self) -> &Answer {
        assert_eq!(self.answers.len(), 1);
        &self.answers[0].1
    }

    /// Fails where anything that was said should not have been.
    #[track_caller]
    pub(crate) fn check(&self) {
        for (manifest, answer) in &self.answers {
            if let Err(failure) = answer {
                readable(manifest, failure);
            }
        }
        for line in &self.traces {
            printable(line);
        }
    }
}
