//! Who may be asked for a token: a registry names the server, and could name any.

use std::net::IpAddr;
use std::time::Duration;

use super::clock::Clock;
use super::transport::Transport;
use super::trouble::{Kind, Trouble, unresolved};
use super::url::{Origin, Url};

/// Names of servers that tell machines in a cloud their secrets.
const METADATA: &[&str] = &["metadata", "metadata.google.internal", "instance-data"];

/// Who an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Public,
    Private,
    /// Nothing that is a server: link-local (the clouds' metadata), unspecified, multicast.
    Nobody,
}

/// Checks that `realm` may be asked for a token for the registry at `registry`, with a login or
/// without.
///
/// # Errors
/// When it may not: plain HTTP for a registry in HTTPS, an address that belongs to nobody, or a
/// private address for the login of a public registry.
pub(super) fn admit(
    realm: &Url,
    registry: &Origin,
    with_login: bool,
    transport: &Transport<'_>,
    clock: &Clock,
) -> Result<(), Trouble> {
    let refused = |why: &str| {
        let message = format!("`{registry}` wants tokens to be fetched from `{realm}`, {why}");
        Err(unresolved(message).hint("nothing was sent there; ask who runs the registry"))
    };
    if registry.secure && !realm.origin.secure {
        return refused("which is not HTTPS");
    }
    if realm.origin.host == registry.host {
        return Ok(());
    }
    let limit = clock.connecting();
    match reach(&realm.origin, transport, limit)? {
        Reach::Nobody => refused("which is no server of a registry"),
        Reach::Private if with_login && reach(registry, transport, limit)? == Reach::Public => {
            refused("which is a private address")
        }
        Reach::Private | Reach::Public => Ok(()),
    }
}

/// The worst of all addresses. Where a proxy looks the name up nobody here knows them.
fn reach(origin: &Origin, transport: &Transport<'_>, limit: Duration) -> Result<Reach, Trouble> {
    if METADATA.contains(&origin.host.trim_end_matches('.')) {
        return Ok(Reach::Nobody);
    }
    if let Some(address) = origin.address() {
        return Ok(reach_of(address));
    }
    if transport.server(origin)?.is_proxied {
        return Ok(Reach::Public);
    }
    match transport.names.look_up(&origin.host, origin.port, limit) {
        Some(Ok(addresses)) => {
            let all = addresses.iter().map(|address| reach_of(address.ip()));
            Ok(all.max().unwrap_or(Reach::Public))
        }
        Some(Err(unknown)) => Err(unresolved(&unknown).kind(if unknown.passing {
            Kind::Passing
        } else {
            Kind::Final
        })),
        None => {
            Err(unresolved(format!("`{}` was not found in time", origin.host)).kind(Kind::Passing))
        }
    }
}

fn reach_of(address: IpAddr) -> Reach {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            // 100.64.0.0/10 is shared between a provider and its customers (RFC 6598).
            let is_shared = first == 100 && (64..128).contains(&second);
            match () {
                () if v4.is_link_local() || first == 0 || first >= 224 => Reach::Nobody,
                () if v4.is_private() || v4.is_loopback() || is_shared => Reach::Private,
                () => Reach::Public,
            }
        }
        IpAddr::V6(v6) => match () {
            () if v6.is_unicast_link_local() || v6.is_unspecified() || v6.is_multicast() => {
                Reach::Nobody
            }
            () if v6.is_unique_local() || v6.is_loopback() => Reach::Private,
            () => Reach::Public,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::proxy::Proxies;
    use crate::io::registry::Watch;
    use crate::io::registry::trust::Trust;

    struct Nobody;
    impl Watch for Nobody {}

    #[test]
    fn addresses_belong_to_somebody() {
        for (address, expected) in [
            ("1.2.3.4", Reach::Public),
            ("10.1.2.3", Reach::Private),
            ("172.16.0.1", Reach::Private),
            ("192.168.0.1", Reach::Private),
            ("127.0.0.1", Reach::Private),
            ("100.64.0.1", Reach::Private),
            ("100.128.0.1", Reach::Public),
            ("169.254.169.254", Reach::Nobody),
            ("0.0.0.0", Reach::Nobody),
            ("224.0.0.1", Reach::Nobody),
            ("255.255.255.255", Reach::Nobody),
            ("::1", Reach::Private),
            ("fd00:ec2::254", Reach::Private),
            ("fe80::1", Reach::Nobody),
            ("::", Reach::Nobody),
            ("::ffff:169.254.169.254", Reach::Nobody),
            ("2001:db8::1", Reach::Public),
        ] {
            assert_eq!(reach_of(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[test]
    fn a_registry_may_not_name_any_server() {
        let trust = Trust::new(&[]).unwrap();
        let transport = Transport::new(&Nobody, trust, Proxies::default(), 1);
        let clock = Clock::new(Duration::from_secs(60));
        for (registry, realm, anonymous, with_login) in [
            ("https://8.8.8.8", "https://8.8.4.4/token", true, true),
            ("https://8.8.8.8", "http://8.8.4.4/token", false, false),
            ("https://8.8.8.8", "http://8.8.8.8/token", false, false),
            ("http://8.8.8.8", "http://8.8.4.4/token", true, true),
            ("https://8.8.8.8", "https://10.0.0.1/token", true, false),
            ("https://8.8.8.8", "https://127.0.0.1/token", true, false),
            ("https://10.0.0.2", "https://10.0.0.1/token", true, true),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5001/token", true, true),
            ("http://127.0.0.1:5000", "http://localhost:5001/token", true, true),
            ("http://10.0.0.2", "http://169.254.169.254/token", false, false),
            ("http://10.0.0.2", "http://0.0.0.0/token", false, false),
            ("https://10.0.0.2", "https://metadata.google.internal./token", false, false),
        ] {
            let registry = Url::parse(registry).unwrap().origin;
            let realm = Url::parse(realm).unwrap();
            let may = |login| admit(&realm, &registry, login, &transport, &clock).is_ok();
            assert_eq!((may(false), may(true)), (anonymous, with_login), "{registry} {realm}");
        }
    }
}
