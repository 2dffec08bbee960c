//! Looking up names: once a run, however many threads want to know.

use std::collections::HashMap;
use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The most addresses that a connection is tried with.
const ADDRESSES: usize = 16;

/// Why a name has no address.
#[derive(Clone, Debug)]
pub(super) struct Unknown {
    /// The name.
    pub(super) host: String,
    /// What the system says.
    pub(super) cause: String,
    /// Whether asking again may help.
    pub(super) passing: bool,
}

type Found = Result<Vec<SocketAddr>, Unknown>;

/// What is known about names.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Arc<Mutex<Known>>);

type Known = HashMap<(String, u16), Arc<Name>>;

#[derive(Debug, Default)]
struct Name {
    found: Mutex<Option<Found>>,
    changed: Condvar,
}

impl Names {
    /// The addresses of `host`; `None` when `limit` is over before they are known.
    pub(super) fn look_up(&self, host: &str, port: u16, limit: Duration) -> Option<Found> {
        if let Ok(address) = host.parse() {
            return Some(Ok(vec![SocketAddr::new(address, port)]));
        }
        let (name, is_new) = self.name(host, port);
        if is_new {
            let (name, names, wanted) = (Arc::clone(&name), self.clone(), host.to_owned());
            let search = move || names.search(&name, &wanted, port);
            // The system has no time limit of its own, so that it is asked in a thread that can be
            // left behind.
            if thread::Builder::new().spawn(search).is_err() {
                self.forget(host, port);
                let (host, cause) = (host.to_owned(), "no thread can be started".to_owned());
                return Some(Err(Unknown { host, cause, passing: true }));
            }
        }
        let end = Instant::now() + limit;
        let mut found = name.found.lock().unwrap_or_else(PoisonError::into_inner);
        while found.is_none() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let waited = name.changed.wait_timeout(found, left);
            found = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        found.clone()
    }

    fn name(&self, host: &str, port: u16) -> (Arc<Name>, bool) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_new = false;
        let name = names.entry((host.to_owned(), port)).or_insert_with(|| {
            is_new = true;
            Arc::default()
        });
        (Arc::clone(name), is_new)
    }

    fn forget(&self, host: &str, port: u16) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.remove(&(host.to_owned(), port));
    }

    fn search(&self, name: &Name, host: &str, port: u16) {
        let found = search(host, port);
        if found.as_ref().is_err_and(|unknown| unknown.passing) {
            self.forget(host, port);
        }
        *name.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        name.changed.notify_all();
    }
}

fn search(host: &str, port: u16) -> Found {
    let unknown = |cause: String, passing| Unknown { host: host.to_owned(), cause, passing };
    match (host, port).to_socket_addrs() {
        Ok(addresses) => match addresses.collect::<Vec<_>>() {
            none if none.is_empty() => Err(unknown("it has no address".to_owned(), false)),
            found => Ok(found),
        },
        Err(error) => {
            let text = error.to_string();
            let cause = text.rsplit_once("information: ").map_or(text.as_str(), |(_, cause)| cause);
            // EAI_AGAIN, as glibc and musl put it: the standard library does not tell the number.
            let passing = cause.contains("Temporary failure") || cause.contains("Try again");
            Err(unknown(cause.to_owned(), passing && has_network(Path::new(INTERFACES))))
        }
    }
}

/// Where Linux lists the network's interfaces.
const INTERFACES: &str = "/sys/class/net";

/// Whether there is more than the machine's way to itself: a container without a network has nothing
/// else, and asking again takes it as long as the first time. Where nothing is listed there may be one.
fn has_network(interfaces: &Path) -> bool {
    let Ok(listed) = std::fs::read_dir(interfaces) else { return true };
    let mut names = listed.filter_map(|entry| Some(entry.ok()?.file_name())).peekable();
    names.peek().is_none() || names.any(|name| name != "lo")
}

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = match (uri.port_u16(), uri.scheme_str()) {
            (Some(port), _) => port,
            (None, Some("https")) => 443,
            (None, Some("http")) => 80,
            // What is left are the schemes of SOCKS.
            (None, _) => 1080,
        };
        let found = self.look_up(host, port, *timeout.after);
        let found = found.ok_or(ureq::Error::Timeout(timeout.reason))?;
        let mut addresses = self.empty();
        for address in found.map_err(|unknown| ureq::Error::Other(unknown.into()))? {
            if addresses.len() < ADDRESSES {
                addresses.push(address);
            }
        }
        Ok(addresses)
    }
}

impl std::error::Error for Unknown {}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no address of `{}`: {}", self.host, self.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_oneself_is_no_network() {
        let dir = std::env::temp_dir().join(format!("promote-names-{}", std::process::id()));
        let with = |names: &[&str]| {
            let _ = std::fs::remove_dir_all(&dir);
            std::fs::create_dir(&dir).unwrap();
            names.iter().for_each(|name| std::fs::write(dir.join(name), "").unwrap());
            has_network(&dir)
        };
        assert!(!with(&["lo"]));
        assert!(with(&["lo", "eth0"]) && with(&["eth0"]) && with(&[]));
        std::fs::remove_dir_all(&dir).unwrap();
        assert!(has_network(&dir));
    }

    #[test]
    fn addresses_are_their_own_names() {
        let names = Names::default();
        for host in ["127.0.0.1", "::1"] {
            let found = names.look_up(host, 5000, Duration::ZERO).unwrap().unwrap();
            assert_eq!(found, [SocketAddr::new(host.parse().unwrap(), 5000)]);
        }
    }

    #[test]
    fn a_name_is_looked_up_once() {
        let names = Names::default();
        let limit = Duration::from_secs(20);
        let found = names.look_up("localhost", 5000, limit).unwrap().unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 5000));
        assert!(!names.name("localhost", 5000).1);
        assert_eq!(names.look_up("localhost", 5000, Duration::ZERO).unwrap().unwrap(), found);
    }
}
