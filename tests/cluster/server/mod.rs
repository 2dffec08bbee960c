//! An API server in memory, over plain HTTP: discovery, reads, lists in pages, watches, writes,
//! roles; and faults. Its words are those of kube-apiserver 1.34, as far as clients look at them.
#![allow(dead_code, unreachable_pub, reason = "tests and benches use their own parts")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it works or it fails")]

mod call;
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

use std::io::{self, Write as _};
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

use call::Call;
use http::Request;
use rights::User;
use watch::Watch;
use world::World;

/// A server that runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    world: Arc<World>,
}

/// What a request comes to.
enum Answer {
    Whole(Response),
    Watch(Box<Watch>),
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
                thread::spawn(move || drop(converse(&world, client, number)));
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

/// Request after request, until the client goes.
fn converse(world: &World, mut stream: TcpStream, number: usize) -> io::Result<()> {
    stream.set_nodelay(true)?;
    while let Some(mut request) = Request::read_head(&mut stream)? {
        let target = target(&request);
        let act = world.faults().next(&request, &target);
        let under_way = world.note(&request, &target, number);
        if let Some(Act::Reset) = act {
            return Ok(());
        }
        request.read_rest(&mut stream)?;
        let cut = match act {
            Some(Act::Cut(after)) => Some(after),
            _ => None,
        };
        match befall(world, &mut stream, act)? {
            Some(response) => response.send(&mut stream, &world.store().date(), None)?,
            None => serve(world, &mut stream, &request, cut)?,
        }
        drop(under_way);
        if world.is_closed() {
            break;
        }
    }
    Ok(())
}

/// The path with its query, decoded, as faults and tests look at it.
fn target(request: &Request) -> String {
    let pairs = request.query.iter().map(|(name, value)| format!("{name}={value}"));
    let query = pairs.collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{query}", request.path)
}

/// Lets what goes wrong go wrong. Returns what is said in place of the answer, if anything.
fn befall(world: &World, stream: &mut TcpStream, act: Option<Act>) -> io::Result<Option<Response>> {
    match act {
        Some(Act::Say(response)) => return Ok(Some(response)),
        Some(Act::Delay(time)) => thread::sleep(time),
        Some(Act::Silence) => {
            while !world.is_closed() {
                thread::sleep(Duration::from_millis(50));
            }
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Some(Act::Garbage) => {
            stream.write_all(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n")?;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Some(Act::Meanwhile(change)) => {
            change(&mut world.store());
            world.tell();
        }
        Some(Act::Cut(_) | Act::Reset) | None => {}
    }
    Ok(None)
}

fn serve(
    world: &World,
    stream: &mut TcpStream,
    request: &Request,
    cut: Option<usize>,
) -> io::Result<()> {
    // Nobody waits for the objects while bytes go out.
    let (answer, date) = {
        let mut store = world.store();
        let answer = answer(world, &mut store, request).unwrap_or_else(Answer::Whole);
        (answer, store.date())
    };
    world.tell();
    match answer {
        Answer::Watch(watch) => watch.run(world, stream, cut),
        Answer::Whole(response) => {
            response.send(stream, &date, cut)?;
            match cut {
                Some(_) => Err(io::ErrorKind::ConnectionAborted.into()),
                None => Ok(()),
            }
        }
    }
}

/// Who asks, whether he may, what there is: in this order, as a real one does.
fn answer(world: &World, store: &mut Store, request: &Request) -> Result<Answer, Response> {
    let user = User::of(request)?;
    let Some(call) = Call::of(request) else {
        if !user.may_see(&request.path) {
            return Err(status::forbidden_path(user.name(), &request.path));
        }
        let ready = ["/healthz", "/livez", "/readyz"].contains(&request.path.as_str());
        if ready {
            return Ok(Answer::Whole(Response::new(200, "text/plain; charset=utf-8", "ok")));
        }
        let found = discovery::discover(store, &world.discovery(), request);
        return found.map(Answer::Whole).ok_or_else(status::no_page);
    };
    if !user.may(store, &call) {
        return Err(status::forbidden(&call, user.name()));
    }
    let kind = find(world, store, &call)?;
    match call.verb.as_str() {
        "get" => Ok(Answer::Whole(list::get(store, &call, kind))),
        "list" => Ok(Answer::Whole(list::list(store, &call, kind, request))),
        "watch" => Ok(Answer::Watch(Box::new(Watch::of(store, &call, kind, request)?))),
        _ => write::write(store, &call, kind, request).map(Answer::Whole),
    }
}

/// The kind that a call is about.
fn find(world: &World, store: &Store, call: &Call) -> Result<usize, Response> {
    let Call { group, version, .. } = call;
    if world.discovery().is_broken(group, version) {
        return Err(discovery::unavailable());
    }
    let served = |kind: &kinds::Kind| kind.group == *group && kind.versions.contains(version);
    if !store.kinds.iter().any(served) {
        return Err(status::no_page());
    }
    // Groups of definitions are served by another part of a real server.
    let native = store.kinds.iter().any(|kind| kind.native && served(kind));
    let found = store.find(group, version, &call.resource);
    let found = found.ok_or_else(if native { status::no_resource } else { status::no_page })?;
    match call.subresource.as_str() {
        "" => Ok(found),
        "status" if store.kinds[found].status => Ok(found),
        _ => Err(status::no_resource()),
    }
}
