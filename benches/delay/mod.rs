//! A proxy that makes a server on this machine as far away as a real one, and writes down what
//! goes through. Without a delay it only writes down: the tests count with it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "each user has its own part")]

mod wire;

use std::collections::BTreeSet;
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How far away the server is.
#[derive(Clone, Copy, Default)]
pub struct Distance {
    /// What every new connection waits for, and once more where it speaks TLS.
    pub connection: Duration,
    /// What every request waits for.
    pub request: Duration,
}

/// A request that went through, and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    pub target: String,
    /// The scheme of its `Authorization`; empty without one.
    pub login: String,
    pub status: u16,
}

/// A proxy that runs until it is dropped.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: SocketAddr,
    distance: Distance,
    tls: Option<Arc<ServerConfig>>,
    connections: AtomicUsize,
    seen: Mutex<Vec<Seen>>,
    closed: AtomicBool,
}

impl Distance {
    /// The same time for everything.
    pub fn of(time: Duration) -> Self {
        Self { connection: time, request: time }
    }
}

impl Proxy {
    /// Stands before `upstream`, which speaks plain HTTP; clients speak TLS where `tls` is given.
    pub fn start(upstream: SocketAddr, distance: Distance, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            upstream,
            distance,
            tls,
            connections: AtomicUsize::new(0),
            seen: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        thread::spawn(move || own.listen(&listener));
        Self { address, shared }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `HOST:PORT`, as references begin.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// What went through since the last call.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.shared.seen.lock().unwrap())
    }

    /// How many connections there were since the last call.
    pub fn take_connections(&self) -> usize {
        self.shared.connections.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        // Wakes the listener up.
        let _ = TcpStream::connect(self.address);
    }
}

impl Seen {
    /// Whether this asks for a manifest.
    pub fn is_manifest(&self) -> bool {
        self.target.contains("/manifests/")
    }
}

/// Method and target of what was asked twice or more often.
pub fn repeated(seen: &[Seen]) -> Vec<String> {
    let mut once = BTreeSet::new();
    let names = seen.iter().map(|seen| format!("{} {}", seen.method, seen.target));
    names.filter(|name| !once.insert(name.clone())).collect()
}

impl Shared {
    fn listen(self: Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming() {
            if self.closed.load(Ordering::Relaxed) {
                return;
            }
            let shared = Arc::clone(&self);
            let Ok(client) = client else { continue };
            thread::spawn(move || shared.connection(client));
        }
    }

    fn connection(&self, client: TcpStream) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        thread::sleep(self.distance.connection);
        let _ = client.set_nodelay(true);
        let _ = match &self.tls {
            None => self.relay(client),
            Some(config) => {
                thread::sleep(self.distance.connection);
                let session = ServerConnection::new(Arc::clone(config)).unwrap();
                self.relay(StreamOwned::new(session, client))
            }
        };
    }

    /// Carries requests one after the other until one side has enough. `None` is the end.
    fn relay(&self, client: impl Read + Write) -> Option<()> {
        let server = TcpStream::connect(self.upstream).ok()?;
        server.set_nodelay(true).ok()?;
        let (mut client, mut server) = (BufReader::new(client), BufReader::new(server));
        if wire::is_tls(&mut client)? {
            // What servers say to that; clients that only tried take it for a clear answer.
            return client.get_mut().write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n").ok();
        }
        loop {
            let request = wire::head(&mut client)?;
            thread::sleep(self.distance.request);
            server.get_mut().write_all(request.as_bytes()).ok()?;
            wire::body(&mut client, server.get_mut(), wire::length(&request))?;
            let answer = wire::head(&mut server)?;
            let seen = Seen::of(&request, &answer)?;
            let bodyless = seen.method == "HEAD" || matches!(seen.status, 204 | 304);
            // Before the client has its answer: it must not be able to count faster than this.
            self.seen.lock().unwrap().push(seen);
            client.get_mut().write_all(answer.as_bytes()).ok()?;
            if !bodyless {
                wire::body(&mut server, client.get_mut(), wire::length(&answer))?;
            }
            client.get_mut().flush().ok()?;
        }
    }
}

impl Seen {
    fn of(request: &str, answer: &str) -> Option<Self> {
        let mut words = request.split(' ');
        let login = wire::field(request, "authorization").unwrap_or_default();
        Some(Self {
            method: words.next()?.to_owned(),
            target: words.next()?.to_owned(),
            login: login.split(' ').next()?.to_owned(),
            status: answer.split(' ').nth(1)?.parse().ok()?,
        })
    }
}
