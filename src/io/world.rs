//! The questions of plans, put to registries and to Git.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::facts::{Answer, Failure, Manifest, Question, Reason, Ref};
use crate::io::commits;
#[cfg(feature = "registry")]
use crate::io::registry;
use crate::io::watch::Watch;

/// How to ask.
#[derive(Clone, Debug)]
pub struct Options {
    /// Go on after the first failure.
    pub keep_going: bool,
    /// How long one Git repository may take.
    pub timeout: Duration,
    /// How to ask registries.
    #[cfg(feature = "registry")]
    pub registries: registry::Options,
}

/// A minute for everything, and it stops at the first failure.
impl Default for Options {
    fn default() -> Self {
        Self {
            keep_going: false,
            timeout: Duration::from_secs(60),
            #[cfg(feature = "registry")]
            registries: registry::Options::default(),
        }
    }
}

/// The outside world, as it is asked as long as a run lasts.
#[derive(Default)]
pub struct World {
    /// How it is asked.
    pub options: Options,
    /// What a cluster runs, where one was read, by overlay and image.
    pub running: BTreeMap<(String, Manifest), Answer>,
    #[cfg(feature = "registry")]
    session: registry::Session,
}

impl World {
    /// A world that nobody has asked yet.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            running: BTreeMap::new(),
            #[cfg(feature = "registry")]
            session: registry::Session::default(),
        }
    }

    /// The answers to `questions`; without `keep_going` some are missing where one failed.
    ///
    /// # Errors
    /// A diagnostic for options that cannot be used. What concerns single questions is in the answers.
    pub fn ask(
        &self,
        questions: &BTreeSet<Question>,
        keep_going: bool,
        watch: &dyn Watch,
    ) -> Result<Vec<(Question, Answer)>, Diagnostic> {
        let (mut manifests, mut refs, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for question in questions {
            match question {
                Question::Running(overlay, image) => answers.push(self.running(overlay, image)),
                Question::Manifest(manifest) => manifests.push(manifest.clone()),
                Question::Commit(wanted) => refs.push(wanted.clone()),
            }
        }
        answers.extend(self.manifests(&manifests, keep_going, watch)?);
        let failed = answers.iter().any(|(_, answer)| answer.is_err());
        if keep_going || !failed {
            answers.extend(self.commits(&refs, keep_going, watch));
        }
        Ok(answers)
    }

    fn running(&self, overlay: &str, image: &Manifest) -> (Question, Answer) {
        let key = (overlay.to_owned(), image.clone());
        let answer = self.running.get(&key).cloned().unwrap_or_else(|| {
            Err(Failure {
                reason: Reason::Absent,
                message: format!("`{image}` is in none of the workloads that the source renders"),
                hint: Some("leave it out with `--except`".to_owned()),
            })
        });
        (Question::Running(key.0, key.1), answer)
    }

    fn commits(
        &self,
        refs: &[Ref],
        keep_going: bool,
        watch: &dyn Watch,
    ) -> impl Iterator<Item = (Question, Answer)> + use<> {
        let options = commits::Options { timeout: self.options.timeout, keep_going };
        let answers = commits::ask(refs, options, watch).into_iter();
        answers.map(|(wanted, answer)| (Question::Commit(wanted), answer))
    }

    #[cfg(feature = "registry")]
    fn manifests(
        &self,
        manifests: &[Manifest],
        keep_going: bool,
        watch: &dyn Watch,
    ) -> Result<Vec<(Question, Answer)>, Diagnostic> {
        let options = registry::Options { keep_going, ..self.options.registries.clone() };
        let answers = self.session.ask(manifests, &options, watch)?;
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
