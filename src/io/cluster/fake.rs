//! A server of the tests: it answers what it is told to, and remembers what it was asked.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::io::cluster::{Cluster, Options};

/// What a fake answers to a target and an `Authorization`; how often it was asked for that target
/// before is the third.
type Answers = dyn Fn(&str, &str, usize) -> Answer + Send + Sync;

/// An answer.
#[derive(Clone)]
pub(super) enum Answer {
    /// A status, further headers and a body.
    Whole(u16, &'static str, String),
    /// A body in pieces, with a pause before each.
    Pieces(Vec<String>),
    /// Bytes as they are, after which the connection ends.
    Raw(&'static str),
    /// Nothing, for ever.
    Silence,
}

/// A server.
pub(super) struct Fake {
    /// Its address.
    pub(super) server: String,
    asked: Arc<Mutex<Vec<String>>>,
    dir: tempfile::TempDir,
}

impl Fake {
    /// A server that answers with `answers`.
    pub(super) fn new(
        answers: impl Fn(&str, &str, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (answers, log): (Arc<Answers>, _) = (Arc::new(answers), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answers, log) = (Arc::clone(&answers), Arc::clone(&log));
                thread::spawn(move || serve(stream, answers.as_ref(), &log));
            }
        });
        Self { server, asked, dir: tempfile::tempdir().unwrap() }
    }

    /// What it was asked for.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// A client for it, whose user is `user` in a kubeconfig.
    pub(super) fn cluster(&self, user: &str) -> Cluster {
        let file = Utf8PathBuf::from_path_buf(self.dir.path().join("kubeconfig")).unwrap();
        let text = format!(
            "{{clusters: [{{name: c, cluster: {{server: '{}'}}}}], \
             contexts: [{{name: x, context: {{cluster: c, user: u, namespace: shop}}}}], \
             current-context: x, users: [{{name: u, user: {user}}}]}}",
            self.server
        );
        std::fs::write(&file, text).unwrap();
        let timeout = Duration::from_millis(1500);
        let options = Options { kubeconfig: Some(file), timeout, ..Options::default() };
        Cluster::connect(&options).unwrap()
    }
}

/// A `metav1.Status`.
pub(super) fn status(code: u16, name: &str) -> Answer {
    let body = format!(
        r#"{{"kind":"Status","code":{code},"message":"no","details":{{"name":"{name}"}}}}"#
    );
    Answer::Whole(code, "", body)
}

/// A list of pods, and what it goes on with.
pub(super) fn pods(names: impl IntoIterator<Item = String>, version: u32, next: &str) -> Answer {
    let items: Vec<_> = names.into_iter().map(|name| pod(&name, version)).collect();
    let body = format!(
        r#"{{"kind":"PodList","metadata":{{"resourceVersion":"{version}","continue":"{next}"}},"items":[{}]}}"#,
        items.join(",")
    );
    Answer::Whole(200, "Date: Fri, 20 Nov 2026 14:26:04 GMT\r\n", body)
}

/// A pod.
pub(super) fn pod(name: &str, version: u32) -> String {
    format!(
        r#"{{"metadata":{{"name":"{name}","namespace":"shop","labels":{{"app":"web"}},"resourceVersion":"{version}"}}}}"#
    )
}

fn serve(stream: TcpStream, answers: &Answers, log: &Mutex<Vec<String>>) {
    let mut out = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    while let Some(first) = lines.next() {
        let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let headers: Vec<_> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        let login = headers.iter().find_map(|it| it.strip_prefix("authorization: "));
        let before = {
            let mut log = log.lock().unwrap();
            let before = log.iter().filter(|it| it.ends_with(&format!(" {target}"))).count();
            log.push(first.trim_end_matches(" HTTP/1.1").to_owned());
            before
        };
        let written = match answers(&target, login.unwrap_or_default(), before) {
            Answer::Whole(code, more, body) => {
                let length = body.len();
                write!(out, "HTTP/1.1 {code} x\r\n{more}Content-Length: {length}\r\n\r\n{body}")
            }
            Answer::Pieces(pieces) => {
                let _ = write!(out, "HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n");
                for piece in pieces {
                    thread::sleep(Duration::from_millis(120));
                    let _ = write!(out, "{:x}\r\n{piece}\r\n", piece.len());
                }
                write!(out, "0\r\n\r\n")
            }
            Answer::Raw(text) => {
                let _ = out.write_all(text.as_bytes());
                return;
            }
            Answer::Silence => {
                thread::sleep(Duration::from_secs(30));
                return;
            }
        };
        if written.is_err() {
            return;
        }
    }
}
