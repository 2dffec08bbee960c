//! A client's connection: what it asks, what goes wrong, and what is answered.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::call::Call;
use super::fault::Act;
use super::http::{Request, Response};
use super::kinds::Kind;
use super::rights::User;
use super::store::Store;
use super::watch::Watch;
use super::world::World;
use super::{discovery, list, status, write};

/// What a request comes to.
enum Answer {
    Whole(Response),
    Watch(Box<Watch>),
}

/// Request after request, until the client goes.
pub fn converse(world: &World, mut stream: TcpStream, number: usize) -> io::Result<()> {
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
    let user = if world.is_open() { User::admin() } else { User::of(request)? };
    let user = user.acting(store, request)?;
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
    let served = |kind: &Kind| kind.group == *group && kind.versions.contains(version);
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
