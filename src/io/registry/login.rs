//! One login at one registry: shown by one thread until it is known to be good, and never again
//! when it is refused, because people are locked out for less.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::clock::Clock;
use super::credentials::Login as Secret;
use super::transport::Reply;
use super::trouble::Trouble;

/// How often a server may leave it open whether a login is good before all go on.
const OPEN_ENDS: u32 = 2;

/// How many repositories may be denied to a login before it is taken as refused. GHCR says the same
/// (403) of a package that is not there and of a login that is not good.
const DENIALS: u32 = 3;

/// The logins at one registry.
#[derive(Debug, Default)]
pub(super) struct Logins(Mutex<HashMap<Secret, Arc<Login>>>);

/// What is known about one login.
#[derive(Debug, Default)]
pub(super) struct Login {
    outcome: OnceLock<Result<(), Trouble>>,
    /// Whose turn it is, and what turns have come to.
    turn: Mutex<Turns>,
}

/// Turns that have settled nothing.
#[derive(Debug, Default)]
struct Turns {
    open: u32,
    denied: u32,
}

/// What an answer says about the login it was asked with.
pub(super) enum Verdict {
    /// It is one.
    Good,
    /// It is none.
    Refused(Trouble),
    /// It is none, or it is not for this repository.
    Denied(Trouble),
    /// Nothing: the server has other problems.
    Open,
}

impl Logins {
    /// What is known about `secret`, wherever it comes from.
    pub(super) fn of(&self, secret: &Secret) -> Arc<Login> {
        let mut logins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(logins.entry(secret.clone()).or_default())
    }
}

impl Login {
    /// Shows the login by means of `send`. While it is unknown whether it is good, others wait.
    ///
    /// # Errors
    /// That of `send`, or that the login is refused: now, or before.
    pub(super) fn show<'t>(
        &self,
        clock: &Clock,
        send: impl FnOnce() -> Result<Reply<'t>, Trouble>,
        judge: impl FnOnce(&Reply<'_>) -> Verdict,
    ) -> Result<Reply<'t>, Trouble> {
        if self.outcome.get().is_none() {
            let mut turn =
                clock.without(|| self.turn.lock().unwrap_or_else(PoisonError::into_inner));
            if self.outcome.get().is_none() && turn.open < OPEN_ENDS {
                return self.judged(send(), judge, &mut turn);
            }
        }
        match self.outcome.get() {
            Some(Err(trouble)) => Err(trouble.clone()),
            Some(Ok(())) => send(),
            None => self.judged(send(), judge, &mut Turns::default()),
        }
    }

    fn judged<'t>(
        &self,
        reply: Result<Reply<'t>, Trouble>,
        judge: impl FnOnce(&Reply<'_>) -> Verdict,
        turns: &mut Turns,
    ) -> Result<Reply<'t>, Trouble> {
        let verdict = reply.as_ref().map_or(Verdict::Open, judge);
        match verdict {
            // Somebody else may have been faster, where all go on.
            Verdict::Good => drop(self.outcome.set(Ok(()))),
            Verdict::Refused(trouble) => {
                let _ = self.outcome.set(Err(trouble.clone()));
                return Err(trouble);
            }
            Verdict::Denied(trouble) => {
                turns.denied += 1;
                if turns.denied >= DENIALS {
                    let _ = self.outcome.set(Err(trouble));
                }
            }
            Verdict::Open => turns.open += 1,
        }
        reply
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    use ureq::http::{HeaderMap, StatusCode};

    use super::*;
    use crate::io::registry::body::Body;
    use crate::io::registry::url::Url;

    fn reply(status: u16) -> Reply<'static> {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Body::Short(Vec::new()),
            url: Url::parse("https://a/").unwrap(),
            wait: None,
            sent: Instant::now(),
        }
    }

    fn judge(reply: &Reply<'_>) -> Verdict {
        match reply.status.as_u16() {
            401 => Verdict::Refused(Trouble::new("no")),
            500 => Verdict::Open,
            _ => Verdict::Good,
        }
    }

    /// How often the server sees a login that 64 threads have, and how many of them get through.
    fn shown(status: u16) -> (u32, u32) {
        let (login, seen, through) = (Login::default(), AtomicU32::new(0), AtomicU32::new(0));
        thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| {
                    let send = || {
                        seen.fetch_add(1, Ordering::Relaxed);
                        thread::sleep(Duration::from_millis(2));
                        Ok(reply(status))
                    };
                    let clock = Clock::new(Duration::from_secs(60));
                    if login.show(&clock, send, judge).is_ok() {
                        through.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        (seen.into_inner(), through.into_inner())
    }

    #[test]
    fn a_refused_login_is_shown_once() {
        assert_eq!(shown(401), (1, 0));
        assert_eq!(shown(200), (64, 64));
        assert_eq!(shown(500), (64, 64));
    }

    #[test]
    fn a_good_login_stays_good() {
        let (login, clock) = (Login::default(), Clock::new(Duration::from_secs(60)));
        assert!(login.show(&clock, || Ok(reply(200)), judge).is_ok());
        assert_eq!(login.show(&clock, || Ok(reply(401)), judge).unwrap().status, 401);
    }
}
