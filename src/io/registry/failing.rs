//! What it means when no answer comes: the root cause in words, whether to try again, a hint.

use std::error::Error as _;
use std::io::ErrorKind;

use ureq::{Error, Timeout};

use super::clock::Clock;
use super::connect::{Failed, Step};
use super::names::Unknown;
use super::transport::Ask;
use super::trouble::{Kind, Trouble, printable, unresolved};
use super::url::Origin;

/// What `error`, which came instead of an answer to `ask`, means.
pub(super) fn trouble(error: &Error, ask: &Ask, clock: &Clock) -> Trouble {
    let origin = &ask.url.origin;
    match error {
        Error::Timeout(reason) => timeout(*reason, origin, clock),
        Error::Other(other) => match (other.downcast_ref(), other.downcast_ref::<Unknown>()) {
            (Some(failed), _) => step(failed, origin),
            (_, Some(unknown)) => unknown_name(unknown),
            (None, None) => unresolved(format!("`{origin}`: {}", cause(error))),
        },
        _ if is_closed(error) => {
            let why = format!("`{origin}` closed the connection early: {}", cause(error));
            plain_hint(unresolved(why).kind(Kind::Passing), origin)
        }
        Error::Protocol(_) => {
            let trouble =
                unresolved(format!("`{origin}` does not answer in HTTP: {}", cause(error)));
            plain_hint(trouble, origin)
        }
        Error::LargeResponseHeader(..) => {
            unresolved(format!("`{origin}` answers with too many headers"))
        }
        _ => unresolved(format!("`{origin}`: {}", cause(error))),
    }
}

/// Whether the server closed the connection instead of answering.
pub(super) fn is_closed(error: &Error) -> bool {
    let kinds = [
        ErrorKind::UnexpectedEof,
        ErrorKind::ConnectionReset,
        ErrorKind::ConnectionAborted,
        ErrorKind::BrokenPipe,
        ErrorKind::NotConnected,
        ErrorKind::WriteZero,
    ];
    matches!(error, Error::Io(error) if kinds.contains(&error.kind()))
}

/// Whether nobody that is trusted vouches for the server.
pub(super) fn is_distrust(error: &Error) -> bool {
    let failed = match error {
        Error::Other(other) => other.downcast_ref::<Failed>(),
        _ => None,
    };
    let handshake = failed.filter(|failed| failed.step == Step::Handshake);
    handshake.is_some_and(|failed| distrust(&cause(&failed.error)))
}

/// The words of rustls' `CertificateError`.
fn distrust(cause: &str) -> bool {
    cause.contains("UnknownIssuer") || cause.contains("CaUsedAsEndEntity")
}

/// Without a connection there is none for other images either.
fn timeout(reason: Timeout, origin: &Origin, clock: &Clock) -> Trouble {
    let message = match clock.left().is_zero() {
        true => format!("`{origin}` did not answer within {} s", clock.whole().as_secs_f64()),
        false => format!("`{origin}` did not answer in time"),
    };
    let is_lost = matches!(reason, Timeout::Connect | Timeout::Resolve);
    unresolved(message).kind(if is_lost { Kind::Lost } else { Kind::Passing })
}

fn unknown_name(unknown: &Unknown) -> Trouble {
    let kind = if unknown.passing { Kind::Lost } else { Kind::Unreachable };
    unresolved(unknown).kind(kind)
}

fn step(failed: &Failed, origin: &Origin) -> Trouble {
    let cause = cause(&failed.error);
    match failed.step {
        Step::Connect => {
            let kind = match is_closed(&failed.error) {
                true => Kind::Lost,
                false => Kind::Unreachable,
            };
            unresolved(format!("no connection to `{origin}`: {cause}")).kind(kind)
        }
        Step::Proxy => {
            let trouble =
                unresolved(format!("no connection to `{origin}` through its proxy: {cause}"));
            trouble.kind(Kind::Unreachable).hint(
                "the proxy is the one in HTTPS_PROXY or HTTP_PROXY; what needs none belongs into \
                 NO_PROXY",
            )
        }
        Step::Handshake => handshake(&failed.error, &cause, origin),
    }
}

fn handshake(error: &Error, cause: &str, origin: &Origin) -> Trouble {
    let kind = if is_closed(error) { Kind::Lost } else { Kind::Unreachable };
    let trouble = unresolved(format!("no TLS with `{origin}`: {cause}")).kind(kind);
    if distrust(cause) {
        return trouble
            .hint("name the certificate of its authority with `--ca-file`, or in SSL_CERT_FILE");
    }
    // What a server of plain HTTP makes of a handshake: an answer in HTTP, or none.
    let is_plain = is_closed(error) || cause.contains("InvalidContentType");
    match is_plain {
        true => {
            trouble.hint(format!("if it speaks plain HTTP, say so with `--plain-http {origin}`"))
        }
        false => trouble,
    }
}

/// Servers that want HTTPS do not always say so.
pub(super) fn insecure(origin: &Origin) -> String {
    format!("`{origin}` was asked in plain HTTP: leave `--plain-http` out if it speaks HTTPS")
}

fn plain_hint(trouble: Trouble, origin: &Origin) -> Trouble {
    match origin.secure {
        true => trouble,
        false => trouble.hint(insecure(origin)),
    }
}

/// What is at the bottom of `error`, in words.
fn cause(error: &Error) -> String {
    let text = match error {
        Error::Io(error) => error.to_string(),
        Error::Other(other) => match other.downcast_ref::<Failed>() {
            Some(failed) => return cause(&failed.error),
            None => other.to_string(),
        },
        Error::ConnectProxyFailed(reason) => proxy_cause(reason),
        _ => {
            let mut deepest = error.source();
            while let Some(next) = deepest.and_then(|error| error.source()) {
                deepest = Some(next);
            }
            deepest.map_or_else(|| error.to_string(), ToString::to_string)
        }
    };
    printable(&text, 200)
}

/// `proxy server responded 407/407` is meant for nobody.
fn proxy_cause(reason: &str) -> String {
    let status = reason.rsplit_once('/').and_then(|(_, status)| status.parse().ok());
    match status {
        Some(407) => "it wants a login (407)".to_owned(),
        Some(status) => {
            let status: u16 = status;
            format!("it refuses ({status})")
        }
        None => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use super::*;
    use crate::io::registry::url::Url;

    fn read(error: &Error) -> Trouble {
        let ask = Ask {
            method: ureq::http::Method::HEAD,
            url: Url::parse("https://r.example/v2/").unwrap(),
            accept: "*/*",
            authorization: None,
            secrets: Vec::new(),
            form: None,
            limit: 0,
        };
        trouble(error, &ask, &Clock::new(Duration::from_secs(60)))
    }

    fn failed(step: Step, kind: ErrorKind, text: &str) -> Error {
        let error = Error::Io(io::Error::new(kind, text));
        Error::Other(Box::new(Failed { step, error }))
    }

    #[test]
    fn a_step_that_fails_is_told_by_its_root_cause() {
        use ErrorKind::{ConnectionRefused, InvalidData, UnexpectedEof};
        use Kind::{Lost, Unreachable};
        use Step::{Connect, Handshake};

        const UNKNOWN: &str = "invalid peer certificate: UnknownIssuer";
        const EXPIRED: &str = "invalid peer certificate: Expired";
        const CORRUPT: &str = "received corrupt message of type InvalidContentType";
        for (step, kind, cause, expected, why, hint) in [
            (Connect, ConnectionRefused, "refused", Unreachable, "no connection to", ""),
            (Handshake, InvalidData, UNKNOWN, Unreachable, "no TLS with", "--ca-file"),
            (Handshake, InvalidData, EXPIRED, Unreachable, "no TLS with", ""),
            (Handshake, InvalidData, CORRUPT, Unreachable, "no TLS with", "--plain-http r.example"),
            (Handshake, UnexpectedEof, "eof", Lost, "no TLS with", "--plain-http r.example"),
        ] {
            let found = read(&failed(step, kind, cause));
            assert_eq!(found.kind, expected, "{cause}");
            assert_eq!(found.why(), format!("{why} `r.example`: {cause}"));
            told(&found, hint);
        }
    }

    #[test]
    fn what_ends_a_request_is_told() {
        let proxy = || {
            let error = Error::ConnectProxyFailed("proxy server responded 407/407".to_owned());
            Error::Other(Box::new(Failed { step: Step::Proxy, error }))
        };
        for (error, kind, why, hint) in [
            (
                Error::Io(ErrorKind::ConnectionReset.into()),
                Kind::Passing,
                "`r.example` closed the connection early: connection reset",
                "",
            ),
            (
                Error::Timeout(Timeout::Global),
                Kind::Passing,
                "`r.example` did not answer in time",
                "",
            ),
            (
                Error::Timeout(Timeout::Connect),
                Kind::Lost,
                "`r.example` did not answer in time",
                "",
            ),
            (
                proxy(),
                Kind::Unreachable,
                "no connection to `r.example` through its proxy: it wants a login (407)",
                "NO_PROXY",
            ),
        ] {
            let found = read(&error);
            assert_eq!((found.kind, found.why()), (kind, why));
            told(&found, hint);
        }
    }

    fn told(trouble: &Trouble, hint: &str) {
        let found = trouble.hint.as_deref().unwrap_or_default();
        assert!(found.contains(hint) && found.is_empty() == hint.is_empty(), "{found}");
    }
}
