//! A home directory with files, and credential helpers that do what real ones do at their worst.
//! Tests only. All secrets have `S3` in them, and must never be seen.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use camino::{Utf8DirEntry, Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::helper::Helpers;
use super::places::{Environment, Place};
use super::{Login, Store};
use crate::diagnostic::Diagnostic;
use crate::image::reference::Repository;

/// The helpers: name, and what they do with `$server`, which is what they read.
const HELPERS: &[(&str, &str)] = &[
    ("good", r#"echo '{"ServerURL":"x","Username":"me","Secret":"S3-good"}'"#),
    ("bad", r#"echo '{"ServerURL":"x","Username":"me","Secret":"S3-bad"}'"#),
    ("token", r#"echo '{"ServerURL":"x","Username":"<token>","Secret":"S3-token"}'"#),
    ("empty", r#"echo '{"ServerURL":"","Username":"","Secret":""}'"#),
    ("none", "echo 'credentials not found in native keychain'; exit 1"),
    ("broken", "echo S3; echo S3 >&2; exit 1"),
    ("babble", "echo S3; echo S3 >&2"),
    ("endless", "exec yes S3"),
    ("killed", "echo S3; kill -9 $$"),
    ("calm", r#"sleep 0.2; echo '{"Username":"me","Secret":"S3-good"}'"#),
    (
        "hub",
        r#"[ "$server" = https://index.docker.io/v1/ ] && echo '{"Username":"me","Secret":"S3-good"}' && exit
echo 'credentials not found in native keychain'; exit 1"#,
    ),
    (
        "podman",
        r#"[ "$server" = docker.io ] && echo '{"Username":"me","Secret":"S3-good"}' && exit
echo 'credentials not found in native keychain'; exit 1"#,
    ),
    ("slow", "echo $$ >> $0.pids; exec sleep 30"),
    ("parent", "echo $$ >> $0.pids; sleep 30 & echo $! >> $0.pids; wait"),
    ("closed", "echo $$ >> $0.pids; exec >&-; exec sleep 30"),
    // It ends at once, and what it has started keeps its output open.
    ("daemon", "sleep 30 & echo $! >> $0.pids"),
];

/// What somebody has, and what it gives them.
pub(super) struct Row {
    files: Vec<(String, String)>,
    repository: Repository,
    wanted: String,
}

/// A directory with all of it.
pub(super) struct Rig {
    dir: TempDir,
    path: OsString,
}

impl Row {
    /// A `config.json` of Docker, and an image of a registry with a port.
    pub(super) fn docker(text: &str, wanted: &str) -> Self {
        Self::files(&[("docker", text)], wanted)
    }

    /// The same with several files.
    pub(super) fn files(files: &[(&str, &str)], wanted: &str) -> Self {
        let repository =
            Repository { domain: "reg.io:5000".to_owned(), path: "team/web".to_owned() };
        let files = files.iter().map(|(place, text)| ((*place).to_owned(), (*text).to_owned()));
        Self { files: files.collect(), repository, wanted: wanted.to_owned() }
    }

    /// The same with an image of Docker Hub.
    pub(super) fn hub(text: &str, wanted: &str) -> Self {
        let repository =
            Repository { domain: "docker.io".to_owned(), path: "library/nginx".to_owned() };
        Self { repository, ..Self::docker(text, wanted) }
    }

    /// The same with an image of no registry.
    pub(super) fn nowhere(text: &str, wanted: &str) -> Self {
        let repository = Repository { domain: String::new(), path: "my_mirror.io/web".to_owned() };
        Self { repository, ..Self::docker(text, wanted) }
    }
}

impl Rig {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bin = dir.path().join("bin");
        let system = std::env::var_os("PATH").unwrap();
        let dirs = [bin].into_iter().chain(std::env::split_paths(&system));
        let rig = Self { path: std::env::join_paths(dirs).unwrap(), dir };
        for (name, what) in HELPERS {
            // As Docker does, the server comes without a line break.
            let log = r#"server=$(cat); echo "$name $* $server" >> "${0%/bin/*}/calls""#;
            rig.script(name, &format!("#!/bin/sh\nname={name}\n{log}\n{what}\n"));
        }
        let deaf = r#"echo '{"Username":"me","Secret":"S3-good"}'"#;
        rig.script("deaf", &format!("#!/bin/sh\n{deaf}\n"));
        let locked = rig.write("bin/docker-credential-locked", "#!/bin/sh\n");
        fs::set_permissions(locked, fs::Permissions::from_mode(0o600)).unwrap();
        rig.forget();
        rig
    }

    fn root(&self) -> &Utf8Path {
        self.dir.path().try_into().unwrap()
    }

    fn script(&self, name: &str, text: &str) {
        let path = self.write(&format!("bin/docker-credential-{name}"), text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        // Another test's child may have it open for writing until that child is what it becomes.
        let is_busy = || {
            // Without a `PATH` none of them gets far.
            let run = Command::new(&path).env("PATH", "/nowhere").stdin(Stdio::null()).output();
            run.is_err_and(|error| error.kind() == ErrorKind::ExecutableFileBusy)
        };
        while is_busy() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Writes a file below the rig's directory, with its logins filled in.
    pub(super) fn write(&self, name: &str, text: &str) -> Utf8PathBuf {
        let good = r#"{"auth": "bWU6UzMtZ29vZA=="}"#;
        let text = text.replace("{good}", good).replace("{bad}", r#"{"auth": "bWU6UzMtYmFk"}"#);
        self.write_bytes(name, text.as_bytes())
    }

    fn write_bytes(&self, name: &str, text: &[u8]) -> Utf8PathBuf {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The store of what `row` has.
    pub(super) fn open(&self, row: &Row) -> Result<Store, Diagnostic> {
        self.store(row, Duration::from_secs(10))
    }

    fn store(&self, row: &Row, limit: Duration) -> Result<Store, Diagnostic> {
        for dir in ["home", "given", "run", "more"] {
            // It need not be there.
            let _ = fs::remove_dir_all(self.root().join(dir));
        }
        let mut environment =
            Environment { home: Some(self.root().join("home")), ..Environment::default() };
        let mut given = Vec::new();
        for (place, text) in &row.files {
            self.put(place, text, &mut environment, &mut given);
        }
        let places = if given.is_empty() { environment.places() } else { given };
        Store::open(&places, Helpers::within(limit, self.path.clone()))
    }

    fn put(&self, place: &str, text: &str, environment: &mut Environment, given: &mut Vec<Place>) {
        let (name, how) = place.split_once(' ').unwrap_or((place, ""));
        let at = |dir: &str| Some(self.root().join(dir));
        let file = match name {
            "docker" => "home/.docker/config.json",
            ".dockercfg" => "home/.dockercfg",
            "config" => "home/.config/containers/auth.json",
            "given" => "given/0",
            ".dockerconfigjson" => "given/.dockerconfigjson",
            "registry" => "more/registry.json",
            "run" => "run/containers/auth.json",
            "DOCKER_CONFIG" => "more/docker/config.json",
            "XDG_CONFIG_HOME" => "more/config/containers/auth.json",
            "inline" => "more/inline",
            _ => unreachable!("{name}"),
        };
        match how {
            "missing" => {}
            "directory" => fs::create_dir_all(self.root().join(file)).unwrap(),
            _ => drop(self.write(file, text)),
        }
        match name {
            "inline" => environment.inline = Some(fs::read(self.root().join(file)).unwrap()),
            "registry" => environment.registry_auth_file = at(file),
            "run" => environment.runtime_dir = at("run"),
            "DOCKER_CONFIG" => environment.docker_config = at("more/docker"),
            "XDG_CONFIG_HOME" => environment.config_home = at("more/config"),
            "given" | ".dockerconfigjson" => given.push(Place::Given(self.root().join(file))),
            _ => {}
        }
    }

    /// The store of one file that the user named.
    pub(super) fn open_bytes(&self, text: &[u8]) -> Result<Store, Diagnostic> {
        let path = self.write_bytes("given/bytes", text);
        Store::open(&[Place::Given(path)], Helpers::new())
    }

    /// Fails where `row` does not give what it should.
    pub(super) fn check(&self, row: &Row) {
        self.check_within(row, Duration::from_secs(10));
    }

    /// The same with helpers that have less time.
    pub(super) fn check_within(&self, row: &Row, limit: Duration) {
        let Row { files, repository, wanted } = row;
        let found = match self.store(row, limit).unwrap().find(repository) {
            Ok(None) => "nobody".to_owned(),
            Ok(Some(found)) => match &found.login {
                Login::Basic { user, password } => format!("{user}:{password}"),
                Login::Identity(token) => format!("identity {token}"),
                Login::Bearer(token) => format!("bearer {token}"),
            },
            Err(failure) => {
                let shown = self.shorten(&format!("{failure:?}"));
                assert!(!shown.contains("S3"), "{shown}");
                assert!(!failure.is_absent() && failure.hint.is_some());
                format!("! {}", self.shorten(&failure.message))
            }
        };
        match wanted.strip_prefix("! ") {
            Some(part) => {
                let start = format!("! `{repository}` has no usable credentials: ");
                assert!(found.starts_with(&start) && found.contains(part), "{files:?}\n{found}");
            }
            None => assert_eq!(found, *wanted, "{files:?}"),
        }
    }

    /// `text` with short names for the rig's directories, whose own are random.
    pub(super) fn shorten(&self, text: &str) -> String {
        let home = self.root().join("home");
        let given = self.root().join("given");
        text.replace(home.as_str(), "HOME").replace(given.as_str(), "GIVEN")
    }

    /// The calls of helpers since the last time: name, arguments, server.
    pub(super) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.root().join("calls")).unwrap_or_default();
        self.forget();
        calls.lines().map(str::to_owned).collect()
    }

    fn forget(&self) {
        let notes = self.notes().into_iter().chain([self.root().join("calls")]);
        // Not all were made.
        notes.for_each(|note| drop(fs::remove_file(note)));
    }

    /// The files in which helpers note the processes that they are.
    fn notes(&self) -> Vec<Utf8PathBuf> {
        let files = self.root().join("bin").read_dir_utf8().unwrap().map(Result::unwrap);
        let notes = files.map(Utf8DirEntry::into_path);
        notes.filter(|path| path.extension() == Some("pids")).collect()
    }

    /// Fails where a process of a helper goes on.
    pub(super) fn check_ended(&self) {
        let notes = self.notes();
        assert!(!notes.is_empty());
        let text: String = notes.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        self.forget();
        for pid in text.lines() {
            let deadline = std::time::Instant::now() + Duration::from_secs(10);
            while is_running(pid) {
                assert!(std::time::Instant::now() < deadline, "{pid} goes on");
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

/// Whether there is such a process, and it has not just ended.
fn is_running(pid: &str) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap().stdout;
    !matches!(state.trim_ascii().first(), None | Some(b'Z'))
}
