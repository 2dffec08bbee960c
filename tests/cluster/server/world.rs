//! What all connections of a server share.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::discovery::Discovery;
use super::fault::Faults;
use super::http::Request;
use super::store::Store;

/// A request that was answered, or not.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// With the query, decoded.
    pub target: String,
    /// What stands in front of the address: `Bearer …`, if anything.
    pub authorization: Option<String>,
    pub agent: Option<String>,
    /// The headers that say whom he acts as who asks, in their order.
    pub acting: Vec<(String, String)>,
    /// The number of its connection.
    pub connection: usize,
    /// How many requests were under way with it, itself included.
    pub together: usize,
}

/// Objects, faults, and what has been asked.
pub struct World {
    store: Mutex<Store>,
    changed: Condvar,
    faults: Mutex<Faults>,
    discovery: Mutex<Discovery>,
    seen: Mutex<Vec<Seen>>,
    bookmarks: Mutex<Duration>,
    under_way: AtomicUsize,
    closed: AtomicBool,
    open: AtomicBool,
}

/// A request that is under way, until it is dropped.
pub struct UnderWay<'w>(&'w AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A test that fails while it looks must not stop the others.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub fn new() -> Self {
        Self {
            store: Mutex::new(Store::new()),
            changed: Condvar::new(),
            faults: Mutex::default(),
            discovery: Mutex::default(),
            seen: Mutex::default(),
            // As kube-apiserver has it.
            bookmarks: Mutex::new(Duration::from_secs(60)),
            under_way: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            open: AtomicBool::new(false),
        }
    }

    pub fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }

    /// Everybody may do everything.
    pub fn open(&self) {
        self.open.store(true, Ordering::Relaxed);
    }

    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    pub fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub fn discovery(&self) -> MutexGuard<'_, Discovery> {
        lock(&self.discovery)
    }

    pub fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        lock(&self.seen)
    }

    /// How long a watch is quiet before a bookmark comes.
    pub fn bookmarks(&self) -> Duration {
        *lock(&self.bookmarks)
    }

    pub fn set_bookmarks(&self, every: Duration) {
        *lock(&self.bookmarks) = every;
    }

    /// Writes a request down. It is under way as long as what is returned lives.
    pub fn note(&self, request: &Request, target: &str, connection: usize) -> UnderWay<'_> {
        let together = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        let header = |name| request.header(name).map(str::to_owned);
        let acting = request.headers.iter().filter(|(name, _)| name.starts_with("impersonate-"));
        self.seen().push(Seen {
            method: request.method.clone(),
            target: target.to_owned(),
            authorization: header("authorization"),
            agent: header("user-agent"),
            acting: acting.cloned().collect(),
            connection,
            together,
        });
        UnderWay(&self.under_way)
    }

    /// Tells watches that something has changed.
    pub fn tell(&self) {
        self.changed.notify_all();
    }

    /// Waits until the objects are newer than `revision`, but not for longer than `time`.
    pub fn wait_for_change(&self, revision: u64, time: Duration) {
        let newer = |store: &mut Store| store.revision() <= revision;
        drop(self.changed.wait_timeout_while(self.store(), time, newer));
    }

    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.tell();
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}
