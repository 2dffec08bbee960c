//! One image: requests about it until there is an answer that says something.

use std::time::Duration;

use ureq::http::{Method, StatusCode};

use crate::facts::Manifest;

use super::clock::Clock;
use super::endpoint::{Endpoint, Known, Probe};
use super::follow::follow;
use super::login::Verdict;
use super::pass::Pass;
use super::repo::Repo;
use super::retry::{Tries, is_passing};
use super::transport::{Ask, Reply};
use super::trouble::{Kind, Trouble, printable, unresolved};
use super::wish::{Wish, Wishes};

/// The most bytes of a manifest, and of what belongs to it.
const LIMIT: usize = 4 * 1024 * 1024;

/// An image that is asked about.
pub(super) struct Inquiry<'q> {
    /// Its registry.
    pub(super) endpoint: &'q Endpoint<'q>,
    /// Its repository.
    pub(super) repo: &'q Repo,
    /// Its manifest.
    pub(super) manifest: &'q Manifest,
    /// Its time.
    pub(super) clock: Clock,
}

/// What has been shown in vain.
#[derive(Default)]
struct Shown {
    last: Option<Pass>,
    rounds: u32,
}

/// How often a registry may refuse what it has wished for, and get another.
const ROUNDS: u32 = 1;

/// An answer, and what it was asked with.
pub(super) struct Asked<'t> {
    /// The answer.
    pub(super) reply: Reply<'t>,
    /// What was shown.
    pub(super) pass: Pass,
}

impl<'q> Inquiry<'q> {
    /// A question about `manifest`, which has `time`.
    pub(super) fn new(
        endpoint: &'q Endpoint<'q>,
        repo: &'q Repo,
        manifest: &'q Manifest,
        time: Duration,
    ) -> Self {
        Self { endpoint, repo, manifest, clock: Clock::new(time) }
    }

    /// Asks for `kind` (`manifests`, `blobs`) with the name `name`, and again where that helps.
    ///
    /// # Errors
    /// When there is no answer, or only refusals.
    pub(super) fn ask(
        &self,
        method: Method,
        kind: &str,
        name: &str,
        accept: &'static str,
    ) -> Result<Asked<'q>, Trouble> {
        let path = &self.repo.repository.path;
        let ask = Ask {
            method,
            url: self.endpoint.origin.at(format!("/v2/{path}/{kind}/{name}")),
            accept,
            authorization: None,
            secrets: Vec::new(),
            form: None,
            limit: LIMIT,
        };
        let mut probe = match self.endpoint.known(&self.clock) {
            Ok(Known::Dead(trouble)) => return Err(trouble.clone()),
            Ok(_) => None,
            Err(probe) => Some(probe),
        };
        let outcome = self.insist(ask, &mut probe);
        if let Some(probe) = probe {
            match &outcome {
                Err(trouble) if trouble.kind == Kind::Stopped => {}
                Err(trouble) if trouble.is_unreachable() => {
                    probe.settle(Known::Dead(trouble.clone()));
                }
                _ => probe.settle(Known::Open),
            }
        }
        outcome
    }

    fn insist(&self, mut ask: Ask, probe: &mut Option<Probe<'_>>) -> Result<Asked<'q>, Trouble> {
        let endpoint = self.endpoint;
        let (mut tries, mut shown) = (Tries::default(), Shown::default());
        loop {
            let stale = shown.last.as_ref().and_then(|pass| pass.token.as_ref());
            let pass = self.repo.pass(endpoint, stale, &self.clock)?;
            ask.authorization.clone_from(&pass.header);
            ask.secrets.clone_from(&pass.secrets);
            let trouble = match self.show(&ask, &pass) {
                Ok(reply) if reply.status == StatusCode::UNAUTHORIZED => {
                    endpoint.server.gate.served();
                    self.refused(&reply, pass, &mut shown, probe)?;
                    continue;
                }
                Ok(reply) if !is_passing(reply.status) => {
                    endpoint.server.gate.served();
                    return Ok(Asked { reply, pass });
                }
                Ok(reply) => {
                    let trouble = endpoint.unexpected(&reply, &ask.url, &pass.secrets);
                    if endpoint.slowed(&endpoint.server, &reply, &mut tries, &trouble)? {
                        continue;
                    }
                    trouble
                }
                Err(trouble) => trouble,
            };
            tries.again(trouble, &self.clock, &endpoint.transport.stop)?;
        }
    }

    fn show(&self, ask: &Ask, pass: &Pass) -> Result<Reply<'q>, Trouble> {
        let endpoint = self.endpoint;
        let send = || follow(endpoint.transport, &endpoint.server, ask, &self.clock);
        let Some(login) = &pass.login else {
            return send();
        };
        login.show(&self.clock, send, |reply| match reply.status.as_u16() {
            401 if self.wants_other(reply, pass) => Verdict::Open,
            401 => Verdict::Refused(self.denied(reply, pass)),
            429 | 500..600 => Verdict::Open,
            _ => Verdict::Good,
        })
    }

    /// Whether a 401 wishes something else than what was shown.
    fn wants_other(&self, reply: &Reply<'_>, pass: &Pass) -> bool {
        let wish = Wishes::read(&reply.headers).wish;
        wish.is_some_and(|wish| Some(wish.scoped(&self.repo.repository.path)) != pass.wish)
    }

    /// Takes up what a 401 wishes; `Ok` where there is something else to show.
    fn refused(
        &self,
        reply: &Reply<'_>,
        pass: Pass,
        shown: &mut Shown,
        probe: &mut Option<Probe<'_>>,
    ) -> Result<(), Trouble> {
        if reply.url.origin != self.endpoint.origin {
            let there = &reply.url.origin;
            return Err(unresolved(format!(
                "its registry redirects to `{there}`, which wants a login"
            )));
        }
        let wishes = Wishes::read(&reply.headers);
        let Some(wish) = wishes.wish else {
            return Err(self.unwished(reply, &pass, &wishes.schemes));
        };
        if let Some(probe) = probe.take() {
            probe.settle(Known::Wishes(wish.clone()));
        }
        let wish = wish.scoped(&self.repo.repository.path);
        let is_same = pass.wish.as_ref() == Some(&wish);
        let is_useless = is_same && (pass.token.is_none() || wishes.is_insufficient)
            || wish == Wish::Basic && !self.repo.has_login(self.endpoint, &self.clock)?;
        if is_useless || shown.rounds >= ROUNDS {
            return Err(self.denied(reply, &pass));
        }
        if pass.header.is_some() {
            shown.rounds += 1;
        }
        self.repo.take_up(wish);
        shown.last = Some(pass);
        Ok(())
    }

    fn unwished(&self, reply: &Reply<'_>, pass: &Pass, schemes: &[String]) -> Trouble {
        let mut trouble = self.denied(reply, pass);
        if schemes.iter().any(|scheme| scheme == "bearer") {
            trouble = trouble.hint("its realm, where it wants tokens to be fetched, is no URL");
        } else if !schemes.is_empty() {
            let schemes = printable(&schemes.join(", "), 100);
            trouble = trouble.hint(format!("it can only be asked with `{schemes}`"));
        }
        trouble
    }

    /// What a 401 or 403 means.
    pub(super) fn denied(&self, reply: &Reply<'_>, pass: &Pass) -> Trouble {
        self.endpoint.denied(reply, pass.credential.as_deref(), &pass.secrets)
    }
}
