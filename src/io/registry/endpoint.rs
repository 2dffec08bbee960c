//! One registry: where it is, what it wishes to see, and what its refusals mean.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::clock::Clock;
use super::credentials::{Credential, Store};
use super::failing::insecure;
use super::login::Logins;
use super::retry::{Tries, is_passing};
use super::transport::{Reply, Server, Transport};
use super::trouble::{Kind, Trouble, printable, unresolved};
use super::url::{Origin, Url};
use super::wish::Wish;
use super::words::Words;

/// Docker Hub is not where its name says.
const HUB: (&str, &str) = ("docker.io", "registry-1.docker.io");

/// A registry.
pub(super) struct Endpoint<'s> {
    /// The way there.
    pub(super) transport: &'s Transport<'s>,
    /// Logins.
    pub(super) store: &'s Store,
    /// Its name in images.
    pub(super) domain: String,
    /// Where it is.
    pub(super) origin: Origin,
    /// Connections to it.
    pub(super) server: Arc<Server>,
    /// What is known of it from one round of questions to the next.
    pub(super) habits: Arc<Habits>,
    known: OnceLock<Known>,
    probe: Mutex<()>,
}

/// What a registry wants again and again, and which logins it takes.
#[derive(Default)]
pub(super) struct Habits {
    /// What is known about logins.
    pub(super) logins: Logins,
    wish: OnceLock<Wish>,
}

/// What the first answer has told.
#[derive(Debug)]
pub(super) enum Known {
    /// It may answer without further ado.
    Open,
    /// It wishes to see something first.
    Wishes(Wish),
    /// It cannot be reached.
    Dead(Trouble),
}

/// The right to be the first, while others wait.
pub(super) struct Probe<'e> {
    known: &'e OnceLock<Known>,
    habits: &'e Habits,
    _turn: MutexGuard<'e, ()>,
}

impl Probe<'_> {
    /// Tells the others.
    pub(super) fn settle(self, known: Known) {
        if let Known::Wishes(wish) = &known {
            let _ = self.habits.wish.set(wish.clone());
        }
        // Nobody else has the right.
        let _ = self.known.set(known);
    }
}

/// Where the registry `domain` is; `plain` lists those without TLS, as hosts with or without port.
pub(super) fn origin(domain: &str, plain: &[String]) -> Option<Origin> {
    let authority = if domain == HUB.0 { HUB.1 } else { domain };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let is_plain = |name: &String| {
        [domain, authority, host].iter().any(|meant| name.eq_ignore_ascii_case(meant))
    };
    Origin::new(!plain.iter().any(is_plain), authority)
}

impl<'s> Endpoint<'s> {
    /// The registry `domain` at `origin`.
    ///
    /// # Errors
    /// When its proxy cannot be used.
    pub(super) fn new(
        transport: &'s Transport<'s>,
        store: &'s Store,
        domain: &str,
        origin: Origin,
        habits: Arc<Habits>,
    ) -> Result<Self, Trouble> {
        let server = transport.server(&origin)?;
        let known = habits.wish.get().cloned().map(Known::Wishes);
        let known = known.map_or_else(OnceLock::new, OnceLock::from);
        let (domain, probe) = (domain.to_owned(), Mutex::default());
        Ok(Self { transport, store, domain, origin, server, habits, known, probe })
    }

    /// What is known; without it the right to find out, for which others are waited for.
    pub(super) fn known(&self, clock: &Clock) -> Result<&Known, Probe<'_>> {
        if let Some(known) = self.known.get() {
            return Ok(known);
        }
        let turn = clock.without(|| self.probe.lock().unwrap_or_else(PoisonError::into_inner));
        self.known.get().ok_or(Probe { known: &self.known, habits: &self.habits, _turn: turn })
    }

    /// What it wishes of everybody.
    pub(super) fn wish(&self) -> Option<&Wish> {
        match self.known.get() {
            Some(Known::Wishes(wish)) => Some(wish),
            _ => None,
        }
    }

    /// Makes everybody wait where `reply` of `server` asks for it. Whether to ask again without
    /// counting a try.
    ///
    /// # Errors
    /// `trouble`, when it has asked for it too often.
    pub(super) fn slowed(
        &self,
        server: &Server,
        reply: &Reply<'_>,
        tries: &mut Tries,
        trouble: &Trouble,
    ) -> Result<bool, Trouble> {
        match (reply.status.as_u16(), reply.wait) {
            (429, wait) => {
                server.gate.pause(wait.unwrap_or_else(|| tries.pause()), reply.sent);
                tries.refused(trouble.clone(), &server.gate)?;
                return Ok(true);
            }
            (503, Some(wait)) => server.gate.pause(wait, reply.sent),
            _ => server.gate.served(),
        }
        Ok(false)
    }

    /// What a 401 or 403 means, asked with `credential`. None of `secrets` is repeated.
    pub(super) fn denied(
        &self,
        reply: &Reply<'_>,
        credential: Option<&Credential>,
        secrets: &[String],
    ) -> Trouble {
        let who = match credential {
            Some(credential) => {
                format!("asked with the login from {}", printable(&credential.source, 200))
            }
            None => "asked without a login".to_owned(),
        };
        let words = said(reply, secrets);
        let (domain, status) = (&self.domain, reply.status.as_u16());
        let what = if status == 401 { "wants a login" } else { "denies it" };
        let trouble =
            Trouble::new(format!("cannot be read: `{domain}` {what} ({status}), {who}{words}"));
        trouble.hint(match credential {
            Some(credential) if status == 401 => {
                format!("{}, unless that login is right and may not read it", credential.remedy)
            }
            Some(_) => "that login may not read it, or it is not there".to_owned(),
            None => format!(
                "log in with `docker login {domain}`, or name a file with `--authfile`; what is \
                 not there is refused in the same way"
            ),
        })
    }

    /// What an answer means that nobody has asked for. None of `secrets` is repeated.
    pub(super) fn unexpected(&self, reply: &Reply<'_>, url: &Url, secrets: &[String]) -> Trouble {
        let words = said(reply, secrets);
        let status = reply.status;
        if status == 429 {
            let message = format!("`{}` limits the rate of requests (429){words}", url.origin);
            return unresolved(message)
                .hint("try again later, or ask less at a time with `--registry-concurrency`");
        }
        let kind = if is_passing(status) { Kind::Passing } else { Kind::Final };
        let trouble = unresolved(format!("`{url}` answers {}{words}", status.to_string().trim()));
        // As servers in Go and nginx put it, in a page for people.
        let wants_tls = status == 400 && reply.body.bytes().windows(5).any(|word| word == b"HTTPS");
        match wants_tls && !url.origin.secure {
            true => trouble.hint(insecure(&url.origin)),
            false => trouble.kind(kind),
        }
    }
}

/// What `reply` says, as far as it may be repeated.
fn said(reply: &Reply<'_>, secrets: &[String]) -> String {
    let in_url = reply.url.secrets().map(str::to_owned);
    let secrets: Vec<_> = secrets.iter().cloned().chain(in_url).collect();
    Words::read(reply.body.bytes()).quoted(&secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_are_where_they_are() {
        for (domain, plain, expected) in [
            ("docker.io", &[][..], "https registry-1.docker.io"),
            ("ghcr.io", &[], "https ghcr.io"),
            ("localhost", &[], "https localhost"),
            ("localhost:5000", &[], "https localhost:5000"),
            ("localhost:5000", &["localhost:5000"], "http localhost:5000"),
            ("localhost:5000", &["LOCALHOST"], "http localhost:5000"),
            ("localhost:5000", &["localhost:5001"], "https localhost:5000"),
            ("localhost", &["localhost:5000"], "https localhost"),
            ("a.localhost", &["localhost"], "https a.localhost"),
            ("[::1]:5000", &["[::1]"], "http [::1]:5000"),
            ("[::1]:5000", &["[::1]:5000"], "http [::1]:5000"),
            ("[::1]", &[], "https [::1]"),
            ("docker.io", &["docker.io"], "http registry-1.docker.io"),
        ] {
            let plain: Vec<_> = plain.iter().map(ToString::to_string).collect();
            let found = origin(domain, &plain).unwrap();
            assert_eq!(format!("{} {found}", found.scheme()), expected, "{domain} {plain:?}");
        }
        assert_eq!(origin("a b", &[]), None);
    }
}
