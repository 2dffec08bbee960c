//! A real kube-apiserver with its etcd, from the folder that `KUBEBUILDER_ASSETS` names.

mod process;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::certs::Authority;
use crate::place::{self, Place};
use crate::server::{ADMIN, PLAIN, PLAIN_USER};
use process::Process;

/// How long both may take to come up on a machine that does a lot else.
const PATIENCE: Duration = Duration::from_secs(120);

/// The folder with both; where there is none, the tests that want them are skipped, or fail where
/// everything is required.
pub(crate) fn assets() -> Option<PathBuf> {
    std::env::var_os("KUBEBUILDER_ASSETS").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The file with who has signed the API server's certificate.
const AUTHORITY: &str = "authority.pem";

/// Both, until they are dropped.
pub(crate) struct Real {
    port: u16,
    etcd_port: u16,
    apiserver: Process,
    etcd: Process,
    dir: TempDir,
}

impl Real {
    /// Starts both from a folder, or says what they said.
    pub(crate) fn start(assets: &Path) -> Result<Self, String> {
        let dir = tempfile::tempdir().unwrap();
        let [port, etcd_port, peer_port] = free_ports();
        let etcd =
            Process::start(&assets.join("etcd"), &etcd_args(&dir, etcd_port, peer_port), &dir);
        let args = apiserver_args(&dir, port, etcd_port);
        let apiserver = Process::start(&assets.join("kube-apiserver"), &args, &dir);
        let real = Self { port, etcd_port, apiserver, etcd, dir };
        real.wait().map(|()| real)
    }

    fn wait(&self) -> Result<(), String> {
        let start = Instant::now();
        while !self.is_ready() {
            let ended = [&self.etcd, &self.apiserver].iter().any(|process| process.has_ended());
            if ended || start.elapsed() > PATIENCE {
                let said = format!("{}\n{}", self.etcd.log(), self.apiserver.log());
                return Err(format!("kube-apiserver does not come up:\n{said}"));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn is_ready(&self) -> bool {
        place::run(async {
            let client = place::client(self, ADMIN, "default").await;
            let request = http::Request::get("/readyz").body(Vec::new()).unwrap();
            client.request_text(request).await.is_ok_and(|text| text == "ok")
        })
    }

    /// What etcd answers through its HTTP gateway.
    fn ask_etcd(&self, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.etcd_port)).unwrap();
        let length = body.len();
        write!(stream, "POST {path} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Place for Real {
    fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    fn authority(&self) -> Option<PathBuf> {
        Some(self.dir.path().join(AUTHORITY))
    }

    /// As kube-apiserver does every five minutes: the newest revision is the first that is kept.
    fn expire(&self) {
        // The key is a zero byte: none there is, but the answer says which revision is the newest.
        let answer = self.ask_etcd("/v3/kv/range", r#"{"key": "AA=="}"#);
        let revision = answer.split_once("\"revision\":\"").unwrap().1.split('"').next().unwrap();
        let body = format!(r#"{{"revision": "{revision}"}}"#);
        let answer = self.ask_etcd("/v3/kv/compaction", &body);
        assert!(answer.contains(" 200 "), "{answer}");
    }
}

/// Ports that nobody listens on, a moment ago.
fn free_ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn etcd_args(dir: &TempDir, port: u16, peer_port: u16) -> Vec<String> {
    let [own, peer] = [port, peer_port].map(|port| format!("http://127.0.0.1:{port}"));
    vec![
        format!("--data-dir={}", dir.path().join("data").display()),
        format!("--listen-client-urls={own}"),
        format!("--advertise-client-urls={own}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
        // Nothing has to outlive the test.
        "--unsafe-no-fsync".to_owned(),
    ]
}

fn apiserver_args(dir: &TempDir, port: u16, etcd_port: u16) -> Vec<String> {
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let authority = Authority::new();
    file(AUTHORITY, &authority.pem());
    let leaf = authority.leaf(&["127.0.0.1", "localhost"], false);
    let [certificate, key] = [("tls.pem", &leaf.chain_pem), ("tls.key", &leaf.key_pem)]
        .map(|(name, text)| file(name, text));
    let tokens = format!("{ADMIN},admin,1,\"system:masters\"\n{PLAIN},{PLAIN_USER},2\n");
    vec![
        format!("--etcd-servers=http://127.0.0.1:{etcd_port}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        format!("--cert-dir={}", dir.path().display()),
        format!("--tls-cert-file={certificate}"),
        format!("--tls-private-key-file={key}"),
        format!("--token-auth-file={}", file("tokens.csv", &tokens)),
        "--authorization-mode=RBAC".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-key-file={certificate}"),
        format!("--service-account-signing-key-file={key}"),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        // No controller makes service accounts here.
        "--disable-admission-plugins=ServiceAccount".to_owned(),
        // Lists that go on, and watches of config maps, see what etcd has forgotten.
        "--feature-gates=ListFromCacheSnapshot=false".to_owned(),
        "--watch-cache-sizes=configmaps#0".to_owned(),
    ]
}
