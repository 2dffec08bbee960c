//! One repository: who asks for it, what its registry wishes to see, and the token that it gave.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::image::reference::Repository;

use super::clock::Clock;
use super::credentials::{Credential, Login as Secret};
use super::endpoint::Endpoint;
use super::login::Login;
use super::pass::{Pass, basic, secrets};
use super::token::{Token, fetch};
use super::trouble::{Kind, Trouble, unresolved};
use super::wish::{Bearer, Wish};

/// A token, or why there is none, and what it is for.
type Held = (Bearer, Result<Arc<Token>, Trouble>);

type Identity = Option<(Arc<Credential>, Arc<Login>)>;

/// A repository that is asked about.
pub(super) struct Repo {
    /// Which one.
    pub(super) repository: Repository,
    identity: OnceLock<Result<Identity, Trouble>>,
    /// What the registry has wished of this repository, rather than of any.
    wish: Mutex<Option<Wish>>,
    /// Locked while a token is being fetched, so that it is once.
    token: Mutex<Option<Held>>,
}

impl Repo {
    /// Nothing is known about it.
    pub(super) fn new(repository: Repository) -> Self {
        let (identity, wish, token) = Default::default();
        Self { repository, identity, wish, token }
    }

    /// Takes up what the registry wishes.
    pub(super) fn take_up(&self, wish: Wish) {
        *self.wish.lock().unwrap_or_else(PoisonError::into_inner) = Some(wish);
    }

    /// What to show; `stale` is a token that was refused.
    ///
    /// # Errors
    /// When it cannot be found or fetched.
    pub(super) fn pass(
        &self,
        endpoint: &Endpoint<'_>,
        stale: Option<&Arc<Token>>,
        clock: &Clock,
    ) -> Result<Pass, Trouble> {
        let own = self.wish.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_own = own.is_some();
        let wish = own.or_else(|| Some(endpoint.wish()?.about(&self.repository.path)));
        let Some(wish) = wish else {
            return Ok(Pass::default());
        };
        let identity = self.identity(endpoint, clock)?;
        match self.shown(endpoint, wish, identity.as_ref(), stale, clock) {
            // Others need a token here; whoever gets none may be let in without one.
            Err(trouble) if !is_own && identity.is_none() && trouble.kind == Kind::Final => {
                Ok(Pass::default())
            }
            outcome => outcome,
        }
    }

    fn shown(
        &self,
        endpoint: &Endpoint<'_>,
        wish: Wish,
        identity: Option<&(Arc<Credential>, Arc<Login>)>,
        stale: Option<&Arc<Token>>,
        clock: &Clock,
    ) -> Result<Pass, Trouble> {
        let credential = identity.map(|(credential, _)| Arc::clone(credential));
        let secrets = secrets(credential.as_deref());
        let mut pass = Pass { credential, secrets, ..Pass::default() };
        let is_whole = |credential: &Credential| matches!(credential.login, Secret::Bearer(_));
        match (&wish, identity) {
            (Wish::Basic, None) => {}
            (Wish::Bearer(bearer), identity) if !identity.is_some_and(|(it, _)| is_whole(it)) => {
                let identity = identity.map(|(credential, login)| (credential, login));
                let token = self.token(endpoint, bearer, identity, stale, clock)?;
                pass.header = Some(token.header.clone());
                pass.secrets.push(token.secret.clone());
                pass.token = Some(token);
            }
            (_, Some((credential, login))) => {
                pass.header = Some(basic(credential).ok_or_else(|| unsendable(credential))?);
                pass.login = Some(Arc::clone(login));
            }
            (Wish::Bearer(_), None) => {}
        }
        pass.wish = Some(wish);
        Ok(pass)
    }

    /// What must not be in a message about it.
    pub(super) fn secrets(&self) -> Vec<String> {
        let identity = self.identity.get().and_then(|identity| identity.as_ref().ok()?.as_ref());
        let mut all = secrets(identity.map(|(credential, _)| credential.as_ref()));
        // Who is fetching one has none yet.
        if let Ok(held) = self.token.try_lock()
            && let Some((_, Ok(token))) = &*held
        {
            all.push(token.secret.clone());
        }
        all
    }

    /// Whether there is a login for it.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub(super) fn has_login(
        &self,
        endpoint: &Endpoint<'_>,
        clock: &Clock,
    ) -> Result<bool, Trouble> {
        Ok(self.identity(endpoint, clock)?.is_some())
    }

    fn identity(&self, endpoint: &Endpoint<'_>, clock: &Clock) -> Result<Identity, Trouble> {
        let find = || {
            let found = endpoint.store.find(&self.repository)?;
            Ok(found.map(|credential| {
                let login = endpoint.habits.logins.of(&credential.login);
                (credential, login)
            }))
        };
        // Helpers have a time limit of their own.
        let identity = match self.identity.get() {
            Some(identity) => identity,
            None => clock.without(|| self.identity.get_or_init(find)),
        };
        identity.clone()
    }

    fn token(
        &self,
        endpoint: &Endpoint<'_>,
        wish: &Bearer,
        identity: Option<(&Arc<Credential>, &Arc<Login>)>,
        stale: Option<&Arc<Token>>,
        clock: &Clock,
    ) -> Result<Arc<Token>, Trouble> {
        let mut held = clock.without(|| self.token.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some((of, outcome)) = &*held
            && of == wish
        {
            let is_stale = |token: &Arc<Token>| stale.is_some_and(|it| Arc::ptr_eq(it, token));
            match outcome {
                Ok(token) if !token.is_good() || is_stale(token) => {}
                outcome => return outcome.clone(),
            }
        }
        let outcome = fetch(endpoint, wish, identity, clock).map(Arc::new);
        if !outcome.as_ref().is_err_and(|trouble| trouble.kind == Kind::Stopped) {
            *held = Some((wish.clone(), outcome.clone()));
        }
        outcome
    }
}

fn unsendable(credential: &Credential) -> Trouble {
    unresolved(format!("the login from {} has characters that cannot be sent", credential.source))
}
