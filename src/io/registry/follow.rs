//! Redirects, by hand: few of them, never from HTTPS to HTTP, and no login for anybody else.

use ureq::http::header::LOCATION;
use ureq::http::{Method, StatusCode};

use super::clock::Clock;
use super::transport::{Ask, Reply, Server, Transport};
use super::trouble::{Trouble, unresolved};
use super::url::Url;

/// How many in a row.
const LIMIT: usize = 5;

/// Asks, and goes where the answers lead. The first request is for `server`.
///
/// # Errors
/// When there is no answer, or a redirect that is not followed.
pub(super) fn follow<'t>(
    transport: &'t Transport<'_>,
    server: &Server,
    ask: &Ask,
    clock: &Clock,
) -> Result<Reply<'t>, Trouble> {
    let mut reply = transport.send(server, ask, clock)?;
    let mut next = ask.clone();
    for _ in 0..LIMIT {
        if !leads_on(reply.status) {
            return Ok(reply);
        }
        next = redirected(&next, &reply)?;
        let server = transport.server(&next.url.origin)?;
        reply = transport.send(&server, &next, clock).map_err(Trouble::elsewhere)?;
    }
    match leads_on(reply.status) {
        true => Err(refused(&ask.url, format!("redirects more than {LIMIT} times"))),
        false => Ok(reply),
    }
}

fn leads_on(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn redirected(ask: &Ask, reply: &Reply<'_>) -> Result<Ask, Trouble> {
    let here = &ask.url;
    let location = reply.header(LOCATION.as_str());
    let url = location.and_then(|location| here.join(location));
    let url = url.ok_or_else(|| refused(here, "redirects to nowhere"))?;
    let is_here = url.origin == here.origin;
    if here.origin.secure && !url.origin.secure {
        return Err(refused(here, format!("redirects to plain HTTP at `{}`", url.origin)));
    }
    let is_same_method = matches!(reply.status.as_u16(), 307 | 308);
    if ask.method == Method::POST && !(is_here && is_same_method) {
        return Err(refused(here, format!("redirects a login to `{url}`")));
    }
    let authorization = ask.authorization.clone().filter(|_| is_here);
    Ok(Ask { url, authorization, ..ask.clone() })
}

fn refused(url: &Url, why: impl std::fmt::Display) -> Trouble {
    unresolved(format!("`{}` {why}", url.origin))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use ureq::http::{HeaderMap, HeaderValue};

    use super::*;
    use crate::io::registry::body::Body;

    fn redirect(
        method: &Method,
        status: u16,
        from: &str,
        to: &str,
    ) -> Result<(String, bool), String> {
        let url = Url::parse(from).unwrap();
        let ask = Ask {
            method: method.clone(),
            url: url.clone(),
            accept: "*/*",
            authorization: Some(HeaderValue::from_static("Basic x")),
            secrets: Vec::new(),
            form: None,
            limit: 1,
        };
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_str(to).unwrap());
        let (body, wait, sent) = (Body::Short(Vec::new()), None, Instant::now());
        let status = StatusCode::from_u16(status).unwrap();
        let reply = Reply { status, headers, body, url, wait, sent };
        match redirected(&ask, &reply) {
            Ok(ask) => Ok((ask.url.whole(), ask.authorization.is_some())),
            Err(trouble) => Err(trouble.message),
        }
    }

    #[test]
    fn logins_stay_where_they_are() {
        for (from, to, expected) in [
            ("https://a/x", "https://a/y", Ok(("https://a/y", true))),
            ("https://a/x", "https://a:443/y", Ok(("https://a/y", true))),
            ("https://a/x", "/y", Ok(("https://a/y", true))),
            ("https://a/x", "https://a:444/y", Ok(("https://a:444/y", false))),
            ("https://a/x", "https://b/y", Ok(("https://b/y", false))),
            ("http://a/x", "https://a/y", Ok(("https://a/y", false))),
            ("https://a/x", "http://a/y", Err("plain HTTP at `a`")),
            ("https://a/x", "https://u:p@a/y", Err("to nowhere")),
            ("https://a/x", "ftp://a/y", Err("to nowhere")),
        ] {
            let found = redirect(&Method::HEAD, 302, from, to);
            match (found, expected) {
                (Ok(found), Ok((url, login))) => assert_eq!(found, (url.to_owned(), login)),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                (found, expected) => panic!("{from} {to}: {found:?} for {expected:?}"),
            }
        }
    }

    #[test]
    fn a_form_is_sent_again_to_the_same_server_only() {
        let post = |status, to| redirect(&Method::POST, status, "https://a/x", to).is_ok();
        assert!(post(307, "/y") && !post(302, "/y") && !post(308, "https://b/y"));
    }
}
