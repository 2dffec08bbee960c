//! A client, and what it does with one request: a time, another try, and an answer or a trouble.

use std::future::poll_fn;
use std::path::Path;
use std::pin::Pin;
use std::time::{Duration, Instant};

use http::header::{ACCEPT, DATE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use http_body::Body as _;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use kube::Client;
use kube::client::{AuthError, Body};
use kube::config::{KubeconfigError, LoadDataError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};

use crate::diagnostic::printable;
use crate::io::fs::reason;

use super::whom::{Refusal, Trouble, certificate, words};

/// The most that one answer may have: a page of a thousand pods has some tens of megabytes.
const MOST: usize = 256 << 20;

/// How much of an answer that is an error is read.
const MOST_OF_AN_ERROR: usize = 64 << 10;

/// How often to ask at most, and how long to wait before the second time.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(250);

/// What the media type of a plain answer is.
pub(super) const JSON: &str = "application/json";

/// A client, and how long one request may take.
#[derive(Clone)]
pub(super) struct Session {
    client: Client,
    limit: Duration,
    trace: Trace,
}

/// Hears of every request: what, and what came of it.
pub type Trace = fn(&str);

/// An answer of success.
pub(super) struct Answer {
    /// The server's time, where it says so.
    pub(super) date: Option<Timestamp>,
    /// Its body.
    pub(super) body: Vec<u8>,
}

/// An answer of success whose body goes on.
pub(super) struct Stream {
    body: Body,
    left: Vec<u8>,
}

impl Session {
    /// A client as `config` says. Files are read, and nothing is asked yet.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn new(
        mut config: kube::Config,
        limit: Duration,
        trace: Trace,
    ) -> Result<Self, Trouble> {
        config.connect_timeout = Some(limit);
        // Ours knows how long it may take, and waits as long as the server wants.
        config.default_retry = false;
        let client = Client::try_from(config).map_err(|error| trouble(&error))?;
        Ok(Self { client, limit, trace })
    }

    /// How long one request may take.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// What is at `target`, asked again where the server has too much to do or a connection breaks.
    ///
    /// # Errors
    /// What went wrong the last time.
    pub(super) async fn get(&self, target: &str, accept: &str) -> Result<Answer, Trouble> {
        let mut tries = 1;
        loop {
            let trouble = match timeout(self.limit, self.try_once(target, accept)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(trouble)) => trouble,
                Err(_) => Trouble::Late(self.limit),
            };
            let pause = pause(&trouble, tries).filter(|pause| *pause <= self.limit);
            let Some(pause) = pause.filter(|_| tries < TRIES) else { return Err(trouble) };
            sleep(pause).await;
            tries += 1;
        }
    }

    async fn try_once(&self, target: &str, accept: &str) -> Result<Answer, Trouble> {
        let (headers, mut stream) = self.send(target, accept).await?;
        let body = stream.rest(MOST).await?;
        Ok(Answer { date: date(&headers), body })
    }

    /// What begins at `target`, once.
    ///
    /// # Errors
    /// What went wrong.
    pub(super) async fn stream(&self, target: &str) -> Result<Stream, Trouble> {
        let answer = timeout(self.limit, self.send(target, JSON)).await;
        Ok(answer.map_err(|_| Trouble::Late(self.limit))??.1)
    }

    async fn send(&self, target: &str, accept: &str) -> Result<(HeaderMap, Stream), Trouble> {
        let before = Instant::now();
        let sent = self.exchange(target, accept).await;
        let outcome = match &sent {
            Ok(_) => 200,
            Err(trouble) => trouble.code(),
        };
        let outcome = if outcome == 0 { "no answer".to_owned() } else { outcome.to_string() };
        (self.trace)(&format!("GET {target}: {outcome} ({} ms)", before.elapsed().as_millis()));
        sent
    }

    /// Nothing but GET is ever sent.
    async fn exchange(&self, target: &str, accept: &str) -> Result<(HeaderMap, Stream), Trouble> {
        let request = http::Request::get(target).header(ACCEPT, accept).body(Body::empty());
        let request = request.map_err(|_| Trouble::Garbage("there is no such path".to_owned()))?;
        let response = self.client.send(request).await.map_err(|error| trouble(&error))?;
        let (parts, body) = response.into_parts();
        let mut stream = Stream { body, left: Vec::new() };
        if parts.status.is_success() {
            return Ok((parts.headers, stream));
        }
        // A body that breaks off says less, and no other than the status.
        let body = stream.rest(MOST_OF_AN_ERROR).await.unwrap_or_default();
        Err(Trouble::Refused(refusal(parts.status, &parts.headers, &body)))
    }
}

impl Stream {
    async fn frame(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        let body = &mut self.body;
        let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
        match frame {
            None => Ok(None),
            Some(Ok(frame)) => {
                Ok(Some(frame.into_data().map(|data| data.to_vec()).unwrap_or_default()))
            }
            Some(Err(error)) => Err(trouble(&error)),
        }
    }

    /// All that is left of it.
    async fn rest(&mut self, most: usize) -> Result<Vec<u8>, Trouble> {
        let mut out = std::mem::take(&mut self.left);
        while let Some(frame) = self.frame().await? {
            out.extend(frame);
            if out.len() > most {
                return Err(Trouble::Garbage(format!("it is larger than {} MB", most >> 20)));
            }
        }
        Ok(out)
    }

    /// The next line; `None` at the end. What comes after the last line break is no line: it was
    /// cut off.
    ///
    /// # Errors
    /// The connection broke.
    pub(super) async fn line(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        let mut seen = 0;
        loop {
            if let Some(end) = self.left[seen..].iter().position(|byte| *byte == b'\n') {
                let rest = self.left.split_off(seen + end + 1);
                return Ok(Some(std::mem::replace(&mut self.left, rest)));
            }
            seen = self.left.len();
            if seen > MOST {
                return Err(Trouble::Garbage(format!("a line is larger than {} MB", MOST >> 20)));
            }
            match self.frame().await? {
                Some(frame) => self.left.extend(frame),
                None => return Ok(None),
            }
        }
    }
}

impl Answer {
    /// The body as what it should be.
    ///
    /// # Errors
    /// It is something else.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let why = match error.classify() {
                serde_json::error::Category::Eof => "it breaks off",
                serde_json::error::Category::Data => "it is JSON of another kind",
                _ => "it is no JSON",
            };
            Trouble::Garbage(why.to_owned())
        })
    }
}

/// How long to wait before the next try; `None` where another one would end the same way.
fn pause(trouble: &Trouble, tries: u32) -> Option<Duration> {
    let own = PAUSE * 2_u32.pow(tries - 1);
    match trouble {
        Trouble::Refused(refusal) if matches!(refusal.code, 429 | 503 | 504) => {
            Some(refusal.wait.map_or(own, Duration::from_secs))
        }
        Trouble::Unreachable(why) if is_broken(why) => Some(own),
        _ => None,
    }
}

/// Whether a connection broke that was there: all that is asked may be asked twice.
fn is_broken(why: &str) -> bool {
    ["reset", "closed", "broken pipe", "incomplete", "unexpected EOF", "end of file"]
        .iter()
        .any(|word| why.contains(word))
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(headers.get(DATE)?.as_bytes()).ok()
}

/// What a server says that does not do what it was asked for (`metav1.Status`).
fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refusal {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Status {
        kind: String,
        message: String,
        details: Details,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    struct Details {
        name: String,
        retry_after_seconds: Option<u64>,
    }
    let found = serde_json::from_slice::<Status>(body).ok().filter(|found| found.kind == "Status");
    let is_status = found.is_some();
    let is_page = headers.contains_key(LOCATION) || body.trim_ascii_start().starts_with(b"<");
    let plain = || Status {
        // A page of HTML says nothing in its first line.
        message: if is_page { String::new() } else { String::from_utf8_lossy(body).into_owned() },
        ..Status::default()
    };
    let Status { message, details, .. } = found.unwrap_or_else(plain);
    let header = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let wait = header.or(details.retry_after_seconds);
    Refusal { code: status.as_u16(), message, name: details.name, is_status, wait }
}

/// What went wrong on the way. No words of ours are lost, and none of a plugin's that kube runs:
/// its error has all that the plugin printed.
pub(super) fn trouble(error: &kube::Error) -> Trouble {
    let login = |error: &AuthError| Trouble::Login(login(error));
    match error {
        kube::Error::Auth(error) => login(error),
        kube::Error::InferKubeconfig(error) => Trouble::Login(unread(error)),
        kube::Error::RustlsTls(error) => match error.to_string() {
            why if why.contains("root certificate") || why.contains("server name") => {
                Trouble::Unreachable(why)
            }
            why if why.contains("UnsupportedCertVersion") => {
                let why =
                    "its client certificate is of X.509 version 1, and has to be of version 3";
                Trouble::Login(why.to_owned())
            }
            why => Trouble::Login(why),
        },
        error => match nested(error) {
            Some(error) => login(error),
            None => Trouble::Unreachable(root(error)),
        },
    }
}

fn nested<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e AuthError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn login(error: &AuthError) -> String {
    match error {
        AuthError::AuthExecRun { out, .. } => match out.status.code() {
            Some(code) => format!("the program that has them failed with exit code {code}"),
            None => "the program that has them was ended by a signal".to_owned(),
        },
        // Providers were part of clients once; none of kubectl's have been since 1.26.
        AuthError::AuthExec(why) if why.contains("oauth feature") => {
            "its `auth-provider` is known to nobody any more; plugins have taken its place: \
             `gke-gcloud-auth-plugin`"
                .to_owned()
        }
        AuthError::AuthExecParse(_) => "the program that has them gave no credentials".to_owned(),
        AuthError::ReadTokenFile(error, path) => unreadable(path, error),
        error => words(&error.to_string()),
    }
}

/// Why the files of a login cannot be read.
fn unread(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::LoadClientCertificate(LoadDataError::ReadFile(error, path))
        | KubeconfigError::LoadClientKey(LoadDataError::ReadFile(error, path)) => {
            unreadable(path, error)
        }
        KubeconfigError::LoadClientKey(LoadDataError::NoBase64DataOrFile) => {
            "its client certificate has no `client-key` beside it".to_owned()
        }
        error => words(&error.to_string()),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("`{}` cannot be read: {}", path.display(), reason(error))
}

/// The innermost reason, as the system gives it.
fn root(error: &(dyn std::error::Error + 'static)) -> String {
    let mut found = error;
    while let Some(source) = found.source() {
        found = source;
    }
    let io = found.downcast_ref::<std::io::Error>();
    let why = io.map_or_else(|| found.to_string(), reason);
    match why.as_str() {
        "deadline has elapsed" | "connection timed out" => "no connection in time".to_owned(),
        why => certificate(&printable(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_why_in_its_own_way() {
        let mut headers = HeaderMap::new();
        let status = br#"{"kind":"Status","message":"pods is forbidden","details":{"name":"a","retryAfterSeconds":3}}"#;
        let found = refusal(StatusCode::FORBIDDEN, &headers, status);
        assert!(found.is_status);
        assert_eq!(
            (found.message.as_str(), found.name.as_str(), found.wait),
            ("pods is forbidden", "a", Some(3))
        );
        headers.insert(RETRY_AFTER, "1".parse().unwrap());
        let found = refusal(StatusCode::NOT_FOUND, &headers, b"404 page not found\n");
        assert!(!found.is_status && found.message.starts_with("404 page") && found.wait == Some(1));
        let found = refusal(StatusCode::NOT_FOUND, &headers, b"<html>x");
        assert!(!found.is_status && found.message.is_empty());
        let found = refusal(StatusCode::NOT_FOUND, &headers, br#"{"kind":"Other"}"#);
        assert!(!found.is_status);
    }

    #[test]
    fn only_what_passes_is_tried_again() {
        let refused = |code, wait| Trouble::Refused(Refusal { code, wait, ..Refusal::default() });
        assert_eq!(pause(&refused(429, Some(2)), 1), Some(Duration::from_secs(2)));
        assert_eq!(pause(&refused(503, None), 2), Some(PAUSE * 2));
        assert_eq!(pause(&refused(500, None), 1), None);
        assert_eq!(pause(&refused(401, None), 1), None);
        assert_eq!(pause(&Trouble::Late(PAUSE), 1), None);
        assert_eq!(pause(&Trouble::Unreachable("connection refused".to_owned()), 1), None);
        assert_eq!(
            pause(&Trouble::Unreachable("connection reset by peer".to_owned()), 1),
            Some(PAUSE)
        );
    }

    #[test]
    fn the_time_of_a_server_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Fri, 20 Nov 2026 14:26:04 GMT".parse().unwrap());
        assert_eq!(date(&headers), Some("2026-11-20T14:26:04Z".parse().unwrap()));
        headers.insert(DATE, "yesterday".parse().unwrap());
        assert_eq!(date(&headers), None);
    }
}
