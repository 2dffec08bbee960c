//! What is known about registries as long as a run lasts, over all rounds of questions: logins, which
//! of them are none, and tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::diagnostic::Diagnostic;
use crate::facts::{Answer, Manifest};
use crate::image::reference::Repository;
use crate::io::proxy::Proxies;

use super::credentials::Store;
use super::endpoint::Habits;
use super::repo::Repo;
use super::transport::Transport;
use super::trust::Trust;
use super::url::Origin;
use super::{Options, Watch, run};

/// A run's acquaintance with registries.
#[derive(Default)]
pub struct Session {
    /// Read with the first question: helpers are asked once a run.
    store: OnceLock<Store>,
    habits: Mutex<HashMap<Origin, Arc<Habits>>>,
    repos: Mutex<HashMap<Repository, Arc<Repo>>>,
}

impl Session {
    /// The digests of `manifests`, in their order. Without [`Options::keep_going`] those that were
    /// not asked about after the first failure are left out.
    ///
    /// # Errors
    /// A diagnostic for options that cannot be used: a file that cannot be read, for example. What
    /// concerns single images is in the answers.
    pub fn ask(
        &self,
        manifests: &[Manifest],
        options: &Options,
        watch: &dyn Watch,
    ) -> Result<Vec<(Manifest, Answer)>, Diagnostic> {
        if manifests.is_empty() {
            return Ok(Vec::new());
        }
        let store = self.store(options)?;
        let trust = Trust::new(&options.ca_files)?;
        let proxies = Proxies::new(|name| std::env::var(name).ok());
        let transport = Transport::new(watch, trust, proxies, options.concurrency);
        let answers = run::run(manifests, options, &transport, self, store);
        let all = manifests.iter().zip(answers);
        Ok(all.filter_map(|(manifest, answer)| Some((manifest.clone(), answer?))).collect())
    }

    fn store(&self, options: &Options) -> Result<&Store, Diagnostic> {
        match self.store.get() {
            Some(store) => Ok(store),
            None => Store::load(options).map(|store| self.store.get_or_init(|| store)),
        }
    }

    /// What is known about the registry at `origin`, which may have several names.
    pub(super) fn habits(&self, origin: &Origin) -> Arc<Habits> {
        let mut habits = self.habits.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(habits.entry(origin.clone()).or_default())
    }

    /// What is known about `repository`.
    pub(super) fn repo(&self, repository: &Repository) -> Arc<Repo> {
        let mut repos = self.repos.lock().unwrap_or_else(PoisonError::into_inner);
        let repo = || Arc::new(Repo::new(repository.clone()));
        Arc::clone(repos.entry(repository.clone()).or_insert_with(repo))
    }
}
