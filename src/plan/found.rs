//! A run as a whole: its plans, what they have to ask, and what there is to say about all of them.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::facts::{Answer, Facts, Question};
use crate::plan::{Plan, Selection, Source, Summary, Verdict, any_error};

/// What a run found out, before anything is written.
#[derive(Debug)]
pub struct Found {
    /// One plan a target.
    pub plans: Vec<Plan>,
    /// What concerns the run as a whole.
    pub general: Vec<Diagnostic>,
}

impl Found {
    /// The plans of a run for `selection`, with what there is to say about all of them; `source` is
    /// where their values come from, unless every target is its own.
    pub fn new(plans: Vec<Plan>, selection: &Selection, source: Option<&Source>) -> Self {
        let mut general = selection.unmatched(&keys(&plans));
        general.extend(unresolved(&plans));
        if let Some(source) = source.filter(|source| source.fields.is_empty()) {
            let message = format!("`{}` names no version that could be promoted", source.name);
            general.push(Diagnostic::warning(message));
        }
        Self { plans, general }
    }

    /// Whether anything stops the run from writing.
    pub fn is_refused(&self) -> bool {
        let stops =
            |verdict: &Verdict| matches!(verdict, Verdict::Refused(_) | Verdict::Unresolved);
        any_error(&self.general) || self.plans.iter().any(|plan| plan.count(stops) > 0)
    }

    /// Whether any file would change.
    pub fn changes(&self) -> bool {
        self.plans.iter().any(|plan| !plan.files.is_empty())
    }
}

/// Plans again and again, each time with what `ask` answered to the questions of the last plans, until
/// nothing is open; `ask` hears whether to go on after the first failure. Without `keep_going` it ends when something is refused.
///
/// # Errors
/// Those of `ask` and of `plans`.
pub fn settled(
    keep_going: bool,
    ask: impl Fn(&BTreeSet<Question>, bool) -> Result<Vec<(Question, Answer)>, Diagnostic>,
    plans: impl Fn(&Facts) -> Result<Vec<Plan>, Diagnostic>,
) -> Result<Vec<Plan>, Diagnostic> {
    let mut facts = Facts::default();
    let mut to_the_end = keep_going;
    loop {
        let plans = plans(&facts)?;
        let open: BTreeSet<_> = plans.iter().flat_map(|plan| plan.questions.clone()).collect();
        let refused = plans.iter().any(|plan| !plan.refusals().is_empty());
        if open.is_empty() || refused && !keep_going {
            return Ok(plans);
        }
        let answers = ask(&open, to_the_end)?;
        if answers.is_empty() {
            return Ok(plans);
        }
        // If nothing is refused for it, the next one would end the next round as well.
        to_the_end |= answers.iter().any(|(_, answer)| answer.is_err());
        facts.extend(answers);
    }
}

/// What to say when not everything was asked about.
fn unresolved(plans: &[Plan]) -> Option<Diagnostic> {
    let count = Summary::of(plans).unresolved;
    let message = match count {
        0 => return None,
        1 => "1 field was not looked up, since another one failed".to_owned(),
        count => format!("{count} fields were not looked up, since another one failed"),
    };
    if plans.iter().all(|plan| plan.refusals().is_empty()) {
        // Nobody would hear of it otherwise, and nothing is written.
        return Some(Diagnostic::error(message.replace(", since another one failed", "")));
    }
    Some(Diagnostic::warning(message).hint("`--keep-going` looks all up, and lists every failure"))
}

/// The keys that there are, each once.
fn keys(plans: &[Plan]) -> Vec<String> {
    let changes = plans.iter().flat_map(|plan| &plan.changes);
    let mut keys: Vec<_> = changes.map(|change| change.key.clone()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
