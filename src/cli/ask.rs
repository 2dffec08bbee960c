//! The questions of plans, asked as the flags say, with how far it is on stderr.

use std::collections::BTreeSet;

use crate::cli::look::Look;
use crate::cli::network::Network;
use crate::cli::progress::Progress;
use crate::diagnostic::Diagnostic;
use crate::facts::{Answer, Facts, Question};
#[cfg(all(feature = "cluster", feature = "registry"))]
use crate::io::registry::Logins;
use crate::io::world::World;
use crate::plan::{self, Plan};

/// Asks the outside world, and shows how far it is.
pub(super) struct Asker {
    pub(super) world: World,
    /// Every file and every request is said on stderr.
    pub(super) verbose: bool,
    quiet: bool,
}

impl Asker {
    pub(super) fn new(network: &Network, verbose: bool, quiet: bool) -> Self {
        Self { world: World::new(network.options()), verbose, quiet }
    }

    pub(super) fn of(network: &Network, look: &Look) -> Self {
        Self::new(network, look.verbosity.is_verbose(), look.quiet)
    }

    /// Whether nothing but warnings and errors is to be said.
    #[cfg(feature = "cluster")]
    pub(super) const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Logs in to registries with the texts of `secrets`, each by its namespace and name.
    #[cfg(all(feature = "cluster", feature = "registry"))]
    pub(super) fn log_in(&mut self, secrets: Vec<((String, String), String)>) {
        let logins = secrets.into_iter().map(|((namespace, name), text)| Logins {
            name: format!("the secret `{namespace}/{name}`"),
            text: text.into_bytes(),
            legacy: false,
        });
        self.world.options.registries.logins = logins.collect();
    }

    /// There are no registries to log in to.
    #[cfg(all(feature = "cluster", not(feature = "registry")))]
    #[allow(clippy::unused_self, reason = "the same as with registries")]
    pub(super) fn log_in(&mut self, _: Vec<((String, String), String)>) {}

    /// The plans that `plans` makes once all that they have to ask is answered.
    ///
    /// # Errors
    /// As [`plan::settled`].
    pub(super) fn settled(
        &self,
        plans: impl Fn(&Facts) -> Result<Vec<Plan>, Diagnostic>,
    ) -> Result<Vec<Plan>, Diagnostic> {
        let keep_going = self.world.options.keep_going;
        plan::settled(keep_going, |questions, keep_going| self.ask(questions, keep_going), plans)
    }

    /// The answers to `questions`; `keep_going` hears of all that fail.
    ///
    /// # Errors
    /// As [`World::ask`].
    pub(super) fn ask(
        &self,
        questions: &BTreeSet<Question>,
        keep_going: bool,
    ) -> Result<Vec<(Question, Answer)>, Diagnostic> {
        let progress = Progress::new(questions.len(), self.verbose, self.quiet);
        self.world.ask(questions, keep_going, &progress)
    }
}
