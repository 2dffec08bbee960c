//! An HTTP server on the loopback interface that does to its clients what it is told to, and
//! writes down what they asked.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::certs::Leaf;
use crate::reply::{Act, Reply};

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `TLS` for a handshake that the server does not speak, `PLAIN` for the lack of one.
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The number of its connection, from 0 on.
    pub connection: usize,
    /// How many like it (by method and path) came before.
    pub before: usize,
    /// When its head had come in.
    pub at: Instant,
}

/// Decides what to say.
pub(crate) type Handler = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

/// A port that is taken and does not answer yet.
pub(crate) struct Port {
    listener: TcpListener,
    /// Its address, `127.0.0.1:` and the port.
    pub address: String,
}

/// What a server has seen.
#[derive(Default)]
pub(crate) struct Log(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    requests: Vec<Request>,
    connections: usize,
    under_way: usize,
    peak: usize,
}

impl Port {
    pub(crate) fn take() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        Self { listener, address }
    }

    /// Serves until the test is over.
    pub(crate) fn serve(self, leaf: Option<&Leaf>, handler: Handler) -> Arc<Log> {
        let log = Arc::new(Log::default());
        let config = leaf.map(tls);
        let seen = Arc::clone(&log);
        thread::spawn(move || {
            for (number, stream) in self.listener.incoming().enumerate() {
                let Ok(stream) = stream else { return };
                seen.seen().connections += 1;
                let (config, handler, log) = (config.clone(), handler.clone(), seen.clone());
                let connection = Connection { number, handler, log };
                thread::spawn(move || connection.serve(stream, config));
            }
        });
        log
    }
}

fn tls(leaf: &Leaf) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = leaf.chain_der.iter().map(|der| CertificateDer::from(der.clone())).collect();
    let key = PrivateKeyDer::Pkcs8(leaf.key_der.clone().into());
    let config = ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    Arc::new(config.with_single_cert(chain, key).unwrap())
}

impl Log {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All requests, in the order in which they came.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen().requests.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen().connections
    }

    /// How many requests were under way at once, at most.
    pub(crate) fn peak(&self) -> usize {
        self.seen().peak
    }
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn authorization(&self) -> Option<&str> {
        self.header("authorization")
    }

    pub(crate) fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    /// The value of a parameter of the query, as it stands there.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.path.split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

struct Connection {
    number: usize,
    handler: Handler,
    log: Arc<Log>,
}

/// How a reply ends.
#[derive(PartialEq)]
enum Then {
    Go,
    Stop,
}

impl Connection {
    fn serve(&self, stream: TcpStream, config: Option<Arc<ServerConfig>>) {
        let _ = stream.set_nodelay(true);
        let mut first = [0];
        let Ok(1) = stream.peek(&mut first) else { return };
        let hello = first[0] == 0x16;
        let _ = match config {
            Some(config) if hello => match ServerConnection::new(config) {
                Ok(tls) => self.talk(&mut StreamOwned::new(tls, stream)),
                Err(_) => return,
            },
            None if !hello => self.talk(&mut { stream }),
            Some(_) => self.mistaken("PLAIN", stream),
            None => self.mistaken("TLS", stream),
        };
    }

    /// The client speaks another protocol: takes what it says and answers.
    fn mistaken(&self, what: &str, mut stream: TcpStream) -> io::Result<()> {
        let _ = stream.read(&mut [0; 1 << 14])?;
        let request = self.note(&[what, ""], Vec::new(), String::new());
        self.reply(&request, &mut stream)?;
        Ok(())
    }

    fn talk(&self, wire: &mut dyn Wire) -> io::Result<()> {
        while let Some(head) = head(wire)? {
            let mut lines = head.split("\r\n");
            let first: Vec<_> = lines.next().unwrap_or_default().split(' ').collect();
            let headers: Vec<_> = lines.filter_map(header).collect();
            let length = headers.iter().find(|(name, _)| name == "content-length");
            let length = length.map_or(0, |(_, value)| value.parse().unwrap_or(0));
            let mut body = vec![0; length];
            if length > 0 {
                wire.read_exact(&mut [0])?;
                wire.read_exact(&mut body)?;
            }
            let body = String::from_utf8_lossy(&body).into_owned();
            let request = self.note(&first, headers, body);
            self.log.enter(1);
            let then = self.reply(&request, wire);
            self.log.enter(-1);
            if then? == Then::Stop {
                break;
            }
        }
        Ok(())
    }

    fn note(&self, first: &[&str], headers: Vec<(String, String)>, body: String) -> Request {
        let part = |at: usize| first.get(at).copied().unwrap_or_default().to_owned();
        let (method, path) = (part(0), part(1));
        let mut seen = self.log.seen();
        let alike = |other: &&Request| other.method == method && other.path == path;
        let before = seen.requests.iter().filter(alike).count();
        let (connection, at) = (self.number, Instant::now());
        let request = Request { method, path, headers, body, connection, before, at };
        seen.requests.push(request.clone());
        request
    }

    fn reply(&self, request: &Request, wire: &mut dyn Wire) -> io::Result<Then> {
        let acts = (self.handler)(request).acts();
        // The last byte of the request: a socket that is closed before it is read, resets.
        let unread = request.body.is_empty() && !["TLS", "PLAIN"].contains(&&*request.method);
        if unread && !acts.iter().any(|act| matches!(act, Act::Reset)) {
            wire.read_exact(&mut [0])?;
        }
        for act in acts {
            if act.perform(wire, request.is_head())? == Then::Stop {
                return Ok(Then::Stop);
            }
        }
        Ok(Then::Go)
    }
}

impl Log {
    fn enter(&self, step: isize) {
        let mut seen = self.seen();
        seen.under_way = seen.under_way.saturating_add_signed(step);
        seen.peak = seen.peak.max(seen.under_way);
    }
}

impl Act {
    fn perform(self, wire: &mut dyn Wire, head: bool) -> io::Result<Then> {
        match self {
            Self::Say(bytes) => wire.write_all(&bytes)?,
            Self::Body(bytes) if !head => wire.write_all(&bytes)?,
            Self::Drip(bytes, each) => {
                for byte in bytes {
                    wire.write_all(&[byte])?;
                    wire.flush()?;
                    thread::sleep(each);
                }
            }
            Self::Blanks(mut left) if !head => {
                let block = [b' '; 1 << 16];
                while left > 0 {
                    let count = left.min(block.len() as u64);
                    wire.write_all(&block[..count as usize])?;
                    left -= count;
                }
            }
            Self::Body(_) | Self::Blanks(_) => {}
            Self::Wait(time) => thread::sleep(time.min(Duration::from_secs(60))),
            Self::Close | Self::Reset => return Ok(Then::Stop),
        }
        wire.flush()?;
        Ok(Then::Go)
    }
}

/// Reads a head up to the last byte of its blank line, which stays unread. `None` at the end.
fn head(wire: &mut dyn Wire) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r") {
        if wire.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.push(byte[0]);
    }
    Ok(Some(String::from_utf8_lossy(&head).trim_end().to_owned()))
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.to_ascii_lowercase(), value.trim().to_owned()))
}
