//! Which proxy a request goes through: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` as Go reads them
//! (golang.org/x/net/http/httpproxy), because everything else that people use with registries and
//! clusters is written in it.

use std::net::IpAddr;

/// What the environment says about proxies.
#[derive(Default)]
pub(crate) struct Proxies {
    http: String,
    https: String,
    /// Servers of a CGI hand the header `Proxy` on as `HTTP_PROXY` (golang.org/s/cgihttpproxy).
    is_cgi: bool,
    exceptions: Vec<Exception>,
}

/// Where a request goes.
#[derive(Clone, Copy)]
pub(crate) struct Target<'t> {
    /// `https` rather than `http`.
    pub(crate) secure: bool,
    /// In lower case; an IPv6 address without its brackets.
    pub(crate) host: &'t str,
    /// Its port.
    pub(crate) port: u16,
}

/// A proxy, and who names it.
pub(crate) struct Found {
    /// The variable of the environment.
    pub(crate) variable: &'static str,
    /// Its URL, which may have a password.
    pub(crate) url: String,
}

/// `HTTP_PROXY` is set in what looks like a CGI, where anybody could have set it.
pub(crate) struct Untrusted;

enum Exception {
    All,
    Network(IpAddr, u8),
    Address(IpAddr, Option<String>),
    /// The name with a dot before it, the port, and whether the name itself is meant as well.
    Domain(String, Option<String>, bool),
}

impl Proxies {
    /// Reads the environment through `variable`.
    pub(crate) fn new(variable: impl Fn(&str) -> Option<String>) -> Self {
        let either = |upper: &str| {
            let found = [upper, &upper.to_ascii_lowercase()].map(&variable);
            found.into_iter().flatten().find(|value| !value.is_empty()).unwrap_or_default()
        };
        Self {
            http: either("HTTP_PROXY"),
            https: either("HTTPS_PROXY"),
            is_cgi: variable("REQUEST_METHOD").is_some_and(|method| !method.is_empty()),
            exceptions: exceptions(&either("NO_PROXY")),
        }
    }

    /// The proxy on the way to `target`; `None` where there is none.
    ///
    /// # Errors
    /// When nobody can say who has set it.
    pub(crate) fn find(&self, target: Target<'_>) -> Result<Option<Found>, Untrusted> {
        let (variable, address) = match target.secure {
            true => ("HTTPS_PROXY", &self.https),
            false => ("HTTP_PROXY", &self.http),
        };
        if address.is_empty() || !self.is_used(target) {
            return Ok(None);
        }
        match self.is_cgi && !target.secure {
            true => Err(Untrusted),
            false => Ok(Some(Found { variable, url: with_scheme(address) })),
        }
    }

    fn is_used(&self, target: Target<'_>) -> bool {
        let address = target.host.parse().ok().map(|address: IpAddr| address.to_canonical());
        let is_here = target.host == "localhost" || address.is_some_and(|ip| ip.is_loopback());
        !is_here && !self.exceptions.iter().any(|exception| exception.covers(target, address))
    }
}

impl Exception {
    fn read(text: &str) -> Option<Self> {
        if let Some((network, bits)) = text.split_once('/')
            && let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse())
            && bits <= if network.is_ipv4() { 32 } else { 128 }
        {
            return Some(Self::Network(network, bits));
        }
        let (host, port) = split_port(text);
        let port = port.map(str::to_owned);
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Self::Address(address.to_canonical(), port));
        }
        let domain = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        match domain.strip_prefix('.') {
            _ if domain.is_empty() => None,
            Some(rest) => Some(Self::Domain(format!(".{rest}"), port, false)),
            None => Some(Self::Domain(format!(".{domain}"), port, true)),
        }
    }

    fn covers(&self, target: Target<'_>, address: Option<IpAddr>) -> bool {
        let same = |port: &Option<String>| {
            port.as_ref().is_none_or(|port| *port == target.port.to_string())
        };
        match self {
            Self::All => true,
            Self::Network(network, bits) => address.is_some_and(|ip| is_in(ip, *network, *bits)),
            Self::Address(one, port) => address == Some(*one) && same(port),
            Self::Domain(domain, port, itself) => {
                let host = target.host;
                let is_meant = host.ends_with(domain.as_str()) || (*itself && host == &domain[1..]);
                is_meant && same(port)
            }
        }
    }
}

fn exceptions(text: &str) -> Vec<Exception> {
    let words = text.split(',').map(|word| word.trim().to_ascii_lowercase());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    match words.iter().any(|word| word == "*") {
        true => vec![Exception::All],
        false => words.iter().filter_map(|word| Exception::read(word)).collect(),
    }
}

/// Go's `net.SplitHostPort`: an address of IPv6 has a port only behind brackets.
fn split_port(text: &str) -> (&str, Option<&str>) {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']').unwrap_or((rest, ""));
        return (host, port.strip_prefix(':').filter(|port| !port.is_empty()));
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port).filter(|p| !p.is_empty())),
        _ => (text, None),
    }
}

fn is_in(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let (address, network, width) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (u128::from(address.to_bits()), u128::from(network.to_bits()), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    // Shifting by the whole width is not defined: a network of no bits has everything.
    let shift = width - u32::from(bits);
    address.checked_shr(shift) == network.checked_shr(shift) || bits == 0
}

/// `proxy:3128` is `http://proxy:3128`. Proxies of SOCKS look up names themselves, as with Go.
pub(crate) fn with_scheme(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("socks5") => {
            format!("socks5h://{rest}")
        }
        Some((scheme, rest)) if !scheme.is_empty() => {
            format!("{}://{rest}", scheme.to_ascii_lowercase())
        }
        _ => format!("http://{address}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(exceptions: &str, url: &str) -> bool {
        let variable = |name: &str| match name {
            "HTTP_PROXY" | "HTTPS_PROXY" => Some("proxy:3128".to_owned()),
            "no_proxy" => Some(exceptions.to_owned()),
            _ => None,
        };
        let (scheme, authority) = url.split_once("://").unwrap();
        let secure = scheme == "https";
        let (host, port) = split_port(authority);
        let port = port.map_or(if secure { 443 } else { 80 }, |port| port.parse().unwrap());
        let found = Proxies::new(variable).find(Target { secure, host, port });
        found.unwrap_or_else(|_| panic!("{url}")).is_some()
    }

    /// The cases of Go's own `UseProxyTests` (`httpproxy/proxy_test.go`), and some more.
    #[test]
    fn exceptions_are_those_of_go() {
        let go = "foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, \
                  192.168.1.3:80, 10.0.0.0/30, 2001:db8::52:0:1, [2001:db8::52:0:2]:443, \
                  [2001:db8::52:0:3]:80, 2002:db8:a::45/64";
        for (exceptions, url, expected) in [
            (go, "http://localhost", false),
            (go, "http://127.0.0.1", false),
            (go, "http://127.0.0.2", false),
            (go, "http://[::1]", false),
            (go, "http://[::2]", true),
            (go, "http://192.168.1.1", false),
            (go, "http://192.168.1.2", true),
            (go, "http://192.168.1.3", false),
            (go, "http://192.168.1.4", true),
            (go, "http://10.0.0.2", false),
            (go, "http://10.0.0.4", true),
            (go, "http://[2001:db8::52:0:1]", false),
            (go, "http://[2001:db8::52:0:2]", true),
            (go, "https://[2001:db8::52:0:2]", false),
            (go, "http://[2001:db8::52:0:3]", false),
            (go, "http://[2002:db8:a::123]", false),
            (go, "http://[fe80::424b:c8be:1643:a1b6]", true),
            (go, "http://barbaz.net", true),
            (go, "http://www.barbaz.net", false),
            (go, "http://foobar.com", false),
            (go, "http://www.foobar.com", false),
            (go, "http://foofoobar.com", true),
            (go, "http://baz.com", true),
            (go, "http://wildcard.io", true),
            (go, "http://nested.wildcard.io", false),
            (go, "http://awildcard.io", true),
            ("", "https://ghcr.io", true),
            ("*", "https://ghcr.io", false),
            ("a, * ,b", "https://ghcr.io", false),
            ("GHCR.io", "https://ghcr.io", false),
            ("ghcr.io:443", "https://ghcr.io", false),
            ("ghcr.io:443", "https://ghcr.io:8443", true),
            ("0.0.0.0/0", "https://1.2.3.4", false),
            ("0.0.0.0/0", "https://[2001:db8::1]", true),
            ("::/0", "https://[2001:db8::1]", false),
            ("10.0.0.0/33", "https://10.0.0.1", true),
            (":80,[", "http://ghcr.io", true),
        ] {
            assert_eq!(used(exceptions, url), expected, "{url} with {exceptions}");
        }
    }

    #[test]
    fn socks_looks_up_names_itself() {
        for (address, expected) in [
            ("socks5://p:1", "socks5h://p:1"),
            ("SOCKS5h://p:1", "socks5h://p:1"),
            ("HTTP://p", "http://p"),
            ("p:3128", "http://p:3128"),
            ("://p", "http://://p"),
        ] {
            assert_eq!(with_scheme(address), expected);
        }
    }
}
