//! Where the function runs, and the world as it is seen from there.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostic;
use crate::facts::{Answer, Facts, Question, Reason};
use crate::io::world::World;
use crate::plan::{self, Plan};

/// Where the function runs.
#[derive(Clone, Debug)]
pub(super) struct Host {
    /// Where rendered objects come from: the kustomization's directory, in which kustomize runs functions.
    pub(super) home: Utf8PathBuf,
    /// It looks like a container, which has no network unless it was given one.
    pub(super) container: bool,
}

/// What to do about a container without a network.
const NO_NETWORK: &str = "a function in a container has no network unless it is given one: with kustomize `network: true` in its annotation and `--network`, with kpt `--network` for `eval` and `--allow-network` for `render`";

/// What to do about a file that a container may not read.
const NOBODY: &str = "a function in a container runs as `nobody`: make what is mounted readable for all, or give kustomize or kpt `--as-current-user`; a login can be given in DOCKER_AUTH_CONFIG";

impl Host {
    /// This process.
    pub(super) fn here() -> Self {
        let dir = std::env::current_dir().ok().and_then(|dir| Utf8PathBuf::from_path_buf(dir).ok());
        // kustomize never runs a program in the root, and an image without a directory does.
        let root = dir.as_ref().is_some_and(|dir| dir.parent().is_none());
        // What kustomize gives containers, and only them.
        let told = std::env::var_os("STRUCTURED_RESULTS").is_some();
        Self { container: root || told, home: Utf8PathBuf::from(".") }
    }

    /// The plans that `plans` makes once all that they have to ask is answered.
    ///
    /// # Errors
    /// As [`plan::settled`].
    pub(super) fn settled(
        &self,
        plans: impl Fn(&Facts) -> Result<Vec<Plan>, Diagnostic>,
    ) -> Result<Vec<Plan>, Diagnostic> {
        let world = World::default();
        let ask = |questions: &BTreeSet<Question>, keep_going| {
            let answers = world.ask(questions, keep_going, &())?.into_iter();
            Ok(answers.map(|(question, answer)| (question, self.explained(answer))).collect())
        };
        plan::settled(false, ask, plans)
    }

    /// `problem`, with what to do where it comes from being in a container.
    pub(super) fn advised(&self, problem: Diagnostic) -> Diagnostic {
        let is_denied = problem.message.contains("permission denied");
        if self.container && is_denied { problem.hint(NOBODY) } else { problem }
    }

    fn explained(&self, answer: Answer) -> Answer {
        answer.map_err(|mut failure| {
            if self.container && failure.reason == Reason::Unreachable && failure.hint.is_none() {
                failure.hint = Some(NO_NETWORK.to_owned());
            }
            failure
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Failure;

    #[test]
    fn only_a_container_lacks_a_network_by_design() {
        let hint = |container: bool, unreachable: bool, hint: Option<&str>| {
            let hint = hint.map(str::to_owned);
            let reason = if unreachable { Reason::Unreachable } else { Reason::Unknown };
            let failure = Failure { reason, message: "x".into(), hint };
            let host = Host { home: ".".into(), container };
            host.explained(Err(failure)).unwrap_err().hint.unwrap_or_default()
        };
        assert!(hint(true, true, None).contains("--allow-network"));
        assert_eq!(hint(true, true, Some("y")), "y");
        assert_eq!(hint(true, false, None) + &hint(false, true, None), "");
    }

    #[test]
    fn only_a_container_is_nobody() {
        let hint = |container: bool, message: &str| {
            let host = Host { home: ".".into(), container };
            host.advised(Diagnostic::error(message)).hint.unwrap_or_default()
        };
        let denied = "the file cannot be read: permission denied";
        assert!(hint(true, denied).contains("--as-current-user"));
        assert_eq!(hint(false, denied) + &hint(true, "the file is not YAML"), "");
    }
}
