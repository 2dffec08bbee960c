//! URLs as far as registries need them: where a request goes, and what of it may be shown.

use std::fmt;
use std::fmt::Write as _;
use std::net::IpAddr;

/// What may be shown of a query.
const SHOWN: &[&str] = &["scope", "service"];

/// Scheme, host and port: what credentials must not leave.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    /// `https` rather than `http`.
    pub(super) secure: bool,
    /// In lower case; an IPv6 address without its brackets.
    pub(super) host: String,
    /// The scheme's own where none is named.
    pub(super) port: u16,
}

/// Where a request goes. There is never anything about a user in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// The server.
    pub(super) origin: Origin,
    /// Path and query, beginning with a slash.
    pub(super) target: String,
}

impl Origin {
    /// The server at `authority` (`host[:port]`); `None` where that is none.
    pub(super) fn new(secure: bool, authority: &str) -> Option<Self> {
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                host.parse::<std::net::Ipv6Addr>().ok()?;
                (host, if port.is_empty() { "" } else { port.strip_prefix(':')? })
            }
            None => authority.split_once(':').unwrap_or((authority, "")),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if host.is_empty() || !(authority.starts_with('[') || host.chars().all(plain)) {
            return None;
        }
        let port = match port {
            "" if secure => 443,
            "" => 80,
            _ => port.parse().ok()?,
        };
        Some(Self { secure, host: host.to_ascii_lowercase(), port })
    }

    /// The address that the host is, where it is one and no name.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// `http` or `https`.
    pub(super) fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// `target` there.
    pub(super) fn at(&self, target: impl Into<String>) -> Url {
        Url { origin: self.clone(), target: target.into() }
    }
}

/// `host[:port]`, without the port that the scheme has anyway.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

impl Url {
    /// An absolute URL; `None` where `text` is none, is not HTTP, or names a user.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let origin = Origin::new(secure, &rest[..end])?;
        Some(Self { origin, target: target(&rest[end..])? })
    }

    /// What `location` means in an answer from here (RFC 3986, 5.2).
    pub(super) fn join(&self, location: &str) -> Option<Self> {
        let scheme = location.find(':').filter(|at| !location[..*at].contains(['/', '?', '#']));
        if scheme.is_some() {
            return Self::parse(location);
        }
        if location.starts_with("//") {
            return Self::parse(&format!("{}:{location}", self.origin.scheme()));
        }
        let path = self.target.split('?').next().unwrap_or_default();
        let text = match location.chars().next() {
            Some('/') => location.to_owned(),
            Some('?') => format!("{path}{location}"),
            Some('#') | None => self.target.clone(),
            _ => format!("{}{location}", &path[..path.rfind('/').map_or(0, |at| at + 1)]),
        };
        Some(self.origin.at(target(&text)?))
    }

    /// The same with `parameters` added to the query.
    pub(super) fn with_query<'t>(
        &self,
        parameters: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Self {
        let mut target = self.target.clone();
        let query = form(parameters);
        if !query.is_empty() {
            target.push(if target.contains('?') { '&' } else { '?' });
            target.push_str(&query);
        }
        Self { origin: self.origin.clone(), target }
    }

    /// The values in the query that could be secrets, and are long enough to be.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or(("", pair)));
        let secret = |(key, value): &(&str, &str)| !SHOWN.contains(key) && value.len() >= 8;
        pairs.filter(secret).map(|(_, value)| value)
    }

    /// All of it, for the wire.
    pub(super) fn whole(&self) -> String {
        format!("{}://{}{}", self.origin.scheme(), self.origin, self.target)
    }
}

/// Without values in the query that could be secrets.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        write!(f, "{}://{}{path}", self.origin.scheme(), self.origin)?;
        let mut separator = '?';
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match SHOWN.contains(&key) {
                true => write!(f, "{separator}{key}={value}")?,
                false => write!(f, "{separator}{key}=…")?,
            }
            separator = '&';
        }
        Ok(())
    }
}

/// `parameters` as `application/x-www-form-urlencoded`.
pub(super) fn form<'t>(parameters: impl IntoIterator<Item = (&'t str, &'t str)>) -> String {
    let mut out = String::new();
    for (key, value) in parameters {
        if !out.is_empty() {
            out.push('&');
        }
        encode(&mut out, key, b"-._~");
        out.push('=');
        encode(&mut out, value, b"-._~");
    }
    out
}

/// Path and query of `text` as a request line has them: no fragment, nothing that must be escaped.
/// Blanks and the like are in no URL, and `None`.
fn target(text: &str) -> Option<String> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let text = text.split('#').next().unwrap_or_default();
    let (path, query) = text.split_once('?').map_or((text, None), |(path, q)| (path, Some(q)));
    let mut out = String::with_capacity(text.len() + 1);
    encode(&mut out, &without_dots(path), b"-._~:/@!$&'()*+,;=%[]");
    if let Some(query) = query {
        out.push('?');
        encode(&mut out, query, b"-._~:/?@!$&'()*+,;=%[]");
    }
    Some(out)
}

/// `path` without `.` and `..`, beginning with a slash (RFC 3986, 5.2.4).
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let all: Vec<_> = path.trim_start_matches('/').split('/').collect();
    for (at, part) in all.iter().enumerate() {
        let is_last = at + 1 == all.len();
        match *part {
            "." | ".." => {
                if *part == ".." {
                    parts.pop();
                }
                if is_last {
                    parts.push("");
                }
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn encode(out: &mut String, text: &str, plain: &[u8]) {
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            true => out.push(char::from(byte)),
            // Writing to a string cannot fail.
            false => drop(write!(out, "%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_or_refused() {
        for (text, whole) in [
            ("https://Auth.Docker.io/token", Some("https://auth.docker.io/token")),
            ("HTTP://localhost:5000", Some("http://localhost:5000/")),
            ("https://a:443?x=1#f", Some("https://a/?x=1")),
            ("http://[::1]:80/t", Some("http://[::1]/t")),
            ("https://a/b\u{e9}\"", Some("https://a/b%C3%A9%22")),
            ("https://a/b c", None),
            ("https://a/b\r\nc: d", None),
            ("https://user:password@a/", None),
            ("https://", None),
            ("https://a:b/", None),
            ("https://a:70000/", None),
            ("ftp://a/", None),
            ("//a/", None),
            ("https://[::1/", None),
            ("https://a b/", None),
        ] {
            assert_eq!(Url::parse(text).map(|url| url.whole()).as_deref(), whole, "{text}");
        }
    }

    #[test]
    fn locations_are_read_from_where_they_are() {
        let here = Url::parse("http://a:1/v2/b/manifests/c?d=e").unwrap();
        for (location, whole) in [
            ("https://x/y", Some("https://x/y")),
            ("//x/y", Some("http://x/y")),
            ("/y?z", Some("http://a:1/y?z")),
            ("y", Some("http://a:1/v2/b/manifests/y")),
            ("../x/./y", Some("http://a:1/v2/b/x/y")),
            ("../../../../../x", Some("http://a:1/x")),
            ("..", Some("http://a:1/v2/b/")),
            ("/x/../y/.?z/../w", Some("http://a:1/y/?z/../w")),
            ("?y=z", Some("http://a:1/v2/b/manifests/c?y=z")),
            ("", Some("http://a:1/v2/b/manifests/c?d=e")),
            ("file:///etc/passwd", None),
            ("javascript:x", None),
        ] {
            assert_eq!(here.join(location).map(|url| url.whole()).as_deref(), whole, "{location}");
        }
    }

    #[test]
    fn a_shown_url_has_no_secret() {
        let url = Url::parse("https://cdn/blob?X-Amz-Signature=abc&scope=s&sig").unwrap();
        assert_eq!(url.to_string(), "https://cdn/blob?X-Amz-Signature=…&scope=s&sig=…");
        assert_eq!(url.secrets().collect::<Vec<_>>(), Vec::<&str>::new());
        let url = Url::parse("https://cdn/blob?sig=abcdefgh&service=abcdefghi").unwrap();
        assert_eq!(url.secrets().collect::<Vec<_>>(), ["abcdefgh"]);
        let url = Url::parse("https://a/token?x=1").unwrap();
        let url = url.with_query([("service", "a b"), ("scope", "repository:a/b:pull")]);
        assert_eq!(url.target, "/token?x=1&service=a%20b&scope=repository%3Aa%2Fb%3Apull");
    }
}
