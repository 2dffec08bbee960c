//! An API server in memory, over plain HTTP: discovery, reads, lists in pages, watches, writes,
//! roles; and faults. Its words are those of kube-apiserver 1.34, as far as clients look at them.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "tests and benches use their own parts"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it works or it fails")]

mod call;
mod connection;
mod discovery;
mod fault;
mod http;
mod kinds;
mod list;
mod rights;
mod select;
mod status;
mod store;
mod watch;
mod world;
mod write;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;

pub use fault::{Act, Fault};
pub use http::Response;
pub use rights::{ADMIN, PLAIN, PLAIN_USER};
pub use store::Store;
pub use world::Seen;

use world::World;

/// A server that runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    world: Arc<World>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let world = Arc::new(World::new());
        let shared = Arc::clone(&world);
        thread::spawn(move || {
            for (number, client) in listener.incoming().filter_map(Result::ok).enumerate() {
                if shared.is_closed() {
                    return;
                }
                let world = Arc::clone(&shared);
                // A client that goes in the middle is no news.
                thread::spawn(move || drop(connection::converse(&world, client, number)));
            }
        });
        Self { address, world }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts an object there as it is, with its status.
    pub fn place(&self, object: Value) {
        self.change(|store| store.place(object));
    }

    /// Does something to the objects.
    pub fn change(&self, change: impl FnOnce(&mut Store)) {
        change(&mut self.world.store());
        self.world.tell();
    }

    /// Adds a row to the table of faults.
    pub fn fault(&self, fault: Fault) {
        self.world.faults().add(fault);
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.world.faults().clear();
    }

    /// Makes continue tokens and revisions of before too old.
    pub fn expire(&self) {
        self.change(Store::expire);
    }

    /// Sets its clock that far ahead of ours.
    pub fn set_skew(&self, skew: SignedDuration) {
        self.world.store().set_skew(skew);
    }

    /// How long a watch is quiet before a bookmark comes: a minute where nothing else is said.
    pub fn set_bookmarks(&self, every: Duration) {
        self.world.set_bookmarks(every);
    }

    /// Lets everybody do everything: kubectl sends no token to a server without TLS.
    pub fn open(&self) {
        self.world.open();
    }

    /// From now on it is of before 1.26: discovery goes group by group.
    pub fn grow_old(&self) {
        self.world.discovery().old = true;
    }

    /// Adds a group of somebody else's server, which does not answer.
    pub fn break_group(&self, group: &str, version: &str) {
        self.world.discovery().broken.push((group.to_owned(), version.to_owned()));
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.world.seen().clone()
    }

    /// Forgets them.
    pub fn forget_requests(&self) {
        self.world.seen().clear();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.world.close();
        // Wakes the listener up.
        drop(TcpStream::connect(self.address));
    }
}
