//! Tokens: fetched once for a repository, kept until they are too old or refused
//! (distribution.github.io/distribution/spec/auth/token, …/oauth).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use ureq::http::{HeaderValue, Method, StatusCode};

use super::clock::Clock;
use super::credentials::{Credential, Login as Secret};
use super::endpoint::Endpoint;
use super::follow::follow;
use super::login::{Login, Verdict};
use super::pass::{basic, secrets};
use super::realm::admit;
use super::retry::Tries;
use super::transport::{Ask, Reply, Server, TOKEN};
use super::trouble::{Trouble, printable, unresolved};
use super::url::form as form_of;
use super::wish::Bearer;
use super::words::Words;

/// The most bytes of an answer.
const LIMIT: usize = 64 * 1024;
/// How long a token is good at least (the specification's default as well).
const LIFE: u64 = 60;
/// How long before its end a token is not used any more.
const LEEWAY: Duration = Duration::from_secs(10);

/// A token.
#[derive(PartialEq, Eq)]
pub(super) struct Token {
    /// What is sent: `Bearer …`.
    pub(super) header: HeaderValue,
    /// What must not be shown.
    pub(super) secret: String,
    end: Instant,
}

/// What a token server answers; the rest is left alone.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<serde_json::Number>,
}

/// Who asks for a token.
pub(super) type Identity<'i> = Option<(&'i Arc<Credential>, &'i Arc<Login>)>;

impl Token {
    /// Whether it can still be used.
    pub(super) fn is_good(&self) -> bool {
        Instant::now() < self.end
    }

    /// Reads the answer of a token server.
    fn read(body: &[u8], asked: Instant) -> Result<Self, &'static str> {
        let answer: Answer =
            serde_json::from_slice(body).map_err(|_| "something that is no token")?;
        let tokens = [answer.token, answer.access_token].into_iter().flatten();
        let secret = tokens.into_iter().find(|token| !token.is_empty()).ok_or("an empty token")?;
        let is_plain = secret.bytes().all(|byte| byte.is_ascii_graphic()) && secret.len() < TOKEN;
        let header = HeaderValue::from_str(&format!("Bearer {secret}")).ok();
        let mut header = header.filter(|_| is_plain).ok_or("a token that cannot be sent")?;
        header.set_sensitive(true);
        let life = answer.expires_in.and_then(|life| life.as_f64()).unwrap_or_default();
        // Nobody needs one for longer than a day.
        let life = Duration::from_secs((life as u64).clamp(LIFE, 86_400));
        Ok(Self { header, secret, end: asked + life - LEEWAY })
    }
}

/// Fetches a token from where `wish` says.
///
/// # Errors
/// When there is none: the server must not be asked, refuses, or does not answer.
pub(super) fn fetch(
    endpoint: &Endpoint<'_>,
    wish: &Bearer,
    identity: Identity<'_>,
    clock: &Clock,
) -> Result<Token, Trouble> {
    let transport = endpoint.transport;
    let mut form = matches!(identity, Some((credential, _)) if is_refresh(credential));
    let mut tries = Tries::default();
    loop {
        let outcome = admit(&wish.realm, &endpoint.origin, identity.is_some(), transport, clock)
            .and_then(|()| transport.server(&wish.realm.origin))
            .and_then(|server| {
                let reply = send(endpoint, &server, wish, identity, form, clock)?;
                Ok((server, reply))
            });
        let trouble = match outcome {
            Ok((_, reply)) if reply.status == StatusCode::OK => return read(wish, &reply),
            Ok((_, reply)) if form && matches!(reply.status.as_u16(), 404 | 405) => {
                form = false;
                continue;
            }
            Ok((server, reply)) => {
                let trouble = unanswered(endpoint, wish, identity, &reply);
                if endpoint.slowed(&server, &reply, &mut tries, &trouble)? {
                    continue;
                }
                trouble
            }
            Err(trouble) => trouble,
        };
        tries.again(trouble.elsewhere().because("no token"), clock, &transport.stop)?;
    }
}

fn is_refresh(credential: &Credential) -> bool {
    matches!(credential.login, Secret::Identity(_))
}

fn send<'s>(
    endpoint: &Endpoint<'s>,
    server: &Server,
    wish: &Bearer,
    identity: Identity<'_>,
    form: bool,
    clock: &Clock,
) -> Result<Reply<'s>, Trouble> {
    let credential = identity.map(|(credential, _)| credential.as_ref());
    let ask = match form {
        true => posted(wish, credential),
        false => got(wish, credential),
    };
    let send = || follow(endpoint.transport, server, &ask, clock);
    let Some((_, login)) = identity else {
        return send();
    };
    login.show(clock, send, |reply| match reply.status.as_u16() {
        401 => Verdict::Refused(refused(endpoint, identity, reply)),
        403 => Verdict::Denied(refused(endpoint, identity, reply)),
        400 if form => Verdict::Refused(refused(endpoint, identity, reply)),
        200 => Verdict::Good,
        _ => Verdict::Open,
    })
}

fn got(wish: &Bearer, credential: Option<&Credential>) -> Ask {
    let service = wish.service.as_deref().map(|service| ("service", service));
    let scopes = wish.scopes.iter().map(|scope| ("scope", scope.as_str()));
    Ask {
        method: Method::GET,
        url: wish.realm.with_query(service.into_iter().chain(scopes)),
        accept: "application/json",
        authorization: credential.and_then(basic),
        secrets: secrets(credential),
        form: None,
        limit: LIMIT,
    }
}

fn posted(wish: &Bearer, credential: Option<&Credential>) -> Ask {
    let token = match credential.map(|credential| &credential.login) {
        Some(Secret::Identity(token)) => token.as_str(),
        _ => "",
    };
    let scope = wish.scopes.join(" ");
    let fields = [
        ("grant_type", "refresh_token"),
        ("service", wish.service.as_deref().unwrap_or_default()),
        ("client_id", env!("CARGO_PKG_NAME")),
        ("refresh_token", token),
        ("scope", &scope),
    ];
    Ask {
        method: Method::POST,
        url: wish.realm.clone(),
        accept: "application/json",
        authorization: None,
        secrets: secrets(credential),
        form: Some(form_of(fields)),
        limit: LIMIT,
    }
}

fn read(wish: &Bearer, reply: &Reply<'_>) -> Result<Token, Trouble> {
    let token = Token::read(reply.body.bytes(), reply.sent);
    token.map_err(|what| unresolved(format!("`{}` answers with {what}", wish.realm)))
}

/// What it means that there is no token.
fn unanswered(
    endpoint: &Endpoint<'_>,
    wish: &Bearer,
    identity: Identity<'_>,
    reply: &Reply<'_>,
) -> Trouble {
    let credential = identity.map(|(credential, _)| credential.as_ref());
    let secrets = secrets(credential);
    match reply.status.as_u16() {
        401 | 403 => endpoint.denied(reply, credential, &secrets),
        _ => endpoint.unexpected(reply, &wish.realm, &secrets),
    }
}

fn refused(endpoint: &Endpoint<'_>, identity: Identity<'_>, reply: &Reply<'_>) -> Trouble {
    let credential = identity.map(|(credential, _)| credential.as_ref());
    let (source, remedy) = credential
        .map_or(("", ""), |credential| (credential.source.as_str(), credential.remedy.as_str()));
    let words = Words::read(reply.body.bytes()).quoted(&secrets(credential));
    let (domain, status) = (&endpoint.domain, reply.status.as_u16());
    let source = printable(source, 200);
    Trouble::new(format!(
        "cannot be read: `{domain}` refuses the login from {source} ({status}){words}"
    ))
    .hint(format!("{remedy}; no other try was made with it"))
}

/// Without the token.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("end", &self.end).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_two_names_and_may_be_missing() {
        let now = Instant::now();
        for (body, expected) in [
            (r#"{"token":"a"}"#, Ok("a")),
            (r#"{"access_token":"b"}"#, Ok("b")),
            (r#"{"token":"","access_token":"b","expires_in":300,"issued_at":"x"}"#, Ok("b")),
            (r#"{"token":null,"access_token":"b","expires_in":3e2}"#, Ok("b")),
            (r#"{"token":""}"#, Err("an empty token")),
            ("{}", Err("an empty token")),
            (r#"{"token":"a\nb"}"#, Err("a token that cannot be sent")),
            (r#"{"token":"é"}"#, Err("a token that cannot be sent")),
            ("<html>", Err("something that is no token")),
            ("", Err("something that is no token")),
            ("[]", Err("an empty token")),
        ] {
            let token = Token::read(body.as_bytes(), now);
            assert_eq!(
                token.as_ref().map(|t| t.secret.as_str()),
                expected.as_ref().copied(),
                "{body}"
            );
        }
    }

    #[test]
    fn tokens_are_good_for_a_minute_at_least() {
        let now = Instant::now();
        for (life, seconds) in [("1", 50), ("300", 290), ("-5", 50), ("1e300", 86_390)] {
            let body = format!(r#"{{"token":"a","expires_in":{life}}}"#);
            let token = Token::read(body.as_bytes(), now).unwrap();
            assert_eq!((token.end - now).as_secs(), seconds, "{life}");
        }
        let token = Token::read(br#"{"token":"secret"}"#, now).unwrap();
        assert!(token.is_good() && !format!("{token:?}").contains("secret"));
    }
}
