//! The questions of plans, put to registries and to Git.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::cli::args::Look;
use crate::cli::network::Network;
use crate::cli::progress::Progress;
use crate::diagnostic::Diagnostic;
use crate::facts::{Answer, Manifest, Question, Ref};
use crate::io::commits;
use crate::io::watch::Watch;

/// Asks the outside world, and shows how far it is.
pub(super) struct Asker<'n> {
    pub(super) network: &'n Network,
    /// Every file and every request is said on stderr.
    pub(super) verbose: bool,
    pub(super) quiet: bool,
    #[cfg(feature = "registry")]
    session: crate::io::registry::Session,
}

impl<'n> Asker<'n> {
    pub(super) fn new(network: &'n Network, look: &Look) -> Self {
        Self {
            network,
            verbose: look.verbose > 0,
            quiet: look.quiet,
            #[cfg(feature = "registry")]
            session: crate::io::registry::Session::default(),
        }
    }

    /// The answers to `questions`; without `keep_going` some are missing where one failed.
    ///
    /// # Errors
    /// A [`Diagnostic`] for flags that cannot be used.
    pub(super) fn ask(
        &self,
        questions: &BTreeSet<Question>,
        keep_going: bool,
    ) -> Result<Vec<(Question, Answer)>> {
        let (mut manifests, mut refs) = (Vec::new(), Vec::new());
        for question in questions {
            match question {
                Question::Manifest(manifest) => manifests.push(manifest.clone()),
                Question::Commit(wanted) => refs.push(wanted.clone()),
            }
        }
        let progress = Progress::new(questions.len(), self.verbose, self.quiet);
        let mut answers = self.manifests(&manifests, keep_going, &progress)?;
        let failed = answers.iter().any(|(_, answer)| answer.is_err());
        if keep_going || !failed {
            answers.extend(self.commits(&refs, keep_going, &progress));
        }
        Ok(answers)
    }

    fn commits(
        &self,
        refs: &[Ref],
        keep_going: bool,
        watch: &dyn Watch,
    ) -> Vec<(Question, Answer)> {
        let answers = commits::ask(refs, self.network.git(keep_going), watch).into_iter();
        answers.map(|(wanted, answer)| (Question::Commit(wanted), answer)).collect()
    }

    #[cfg(feature = "registry")]
    fn manifests(
        &self,
        manifests: &[Manifest],
        keep_going: bool,
        watch: &dyn Watch,
    ) -> Result<Vec<(Question, Answer)>, Diagnostic> {
        if manifests.is_empty() {
            return Ok(Vec::new());
        }
        let answers = self.session.ask(manifests, &self.network.registries(keep_going), watch)?;
        let question = |(manifest, answer)| (Question::Manifest(manifest), answer);
        Ok(answers.into_iter().map(question).collect())
    }

    #[cfg(not(feature = "registry"))]
    #[allow(clippy::unused_self, reason = "the same as with registries")]
    fn manifests(
        &self,
        manifests: &[Manifest],
        _: bool,
        _: &dyn Watch,
    ) -> Result<Vec<(Question, Answer)>, Diagnostic> {
        match manifests.first() {
            None => Ok(Vec::new()),
            Some(manifest) => Err(Diagnostic::error(format!(
                "`{manifest}` cannot be looked up: this build has no registry client"
            ))
            .hint("build it with the feature `registry`")),
        }
    }
}
