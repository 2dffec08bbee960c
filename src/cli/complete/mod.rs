//! TAB: what may come next, for kubectl and for shells.
//!
//! It reads files and asks `git`; it writes nothing, and asks no network and no cluster. Whatever goes
//! wrong, nothing is offered and nothing is said: the user is in the middle of a line.

mod keys;
mod kubectl;
mod line;
mod offer;
mod overlays;
mod revisions;
mod shell;
mod words;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use crate::cli::name::Name;
use crate::cli::typed;
use crate::tree::slashed;
use line::Line;
use words::Words;

/// What the program is called when kubectl wants to complete
/// (k8s.io/kubectl/pkg/cmd/plugin/plugin_completion.go).
const KUBECTL: &str = "kubectl_complete-";

/// The verb that does the same under the program's own name, for a script of that name.
const VERB: &str = "__complete";

/// What may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    value: String,
    help: String,
    /// Whether it is the beginning of something only.
    goes_on: bool,
}

/// What is offered for a line.
#[derive(Debug, Default)]
struct Offer {
    /// What stands before the values in the cursor's word: `--only=`.
    prefix: String,
    candidates: Vec<Candidate>,
}

impl Candidate {
    fn new(value: impl Into<String>, help: impl Into<String>) -> Self {
        let value = value.into();
        Self { goes_on: value.ends_with('/'), value, help: help.into() }
    }

    /// Whether no shell takes a letter of it for anything else: nobody quotes what is put into the
    /// line, kubectl's script runs the line through `eval` at the next TAB, and names of directories
    /// and images come from whoever wrote the repository.
    fn is_plain(&self) -> bool {
        let is_plain = |c: char| c.is_alphanumeric() || "/_-.,+=:@~%".contains(c);
        self.value.chars().all(is_plain) && !self.value.starts_with('~')
    }
}

/// Answers when a shell asks: kubectl by the program's name or by the first argument, shells by the
/// variable `COMPLETE`. `None` is any other call.
pub fn complete(args: &[OsString]) -> Option<ExitCode> {
    let answer = match args {
        [program, words @ ..] if is_for_kubectl(program) => kubectl::answer(words),
        [_, verb, words @ ..] if verb == VERB => kubectl::answer(words),
        args => shell::answer(args)?,
    };
    let mut out = std::io::stdout().lock();
    // A shell that does not listen has lost interest.
    let _ = out.write_all(answer.as_bytes()).and_then(|()| out.flush());
    Some(ExitCode::SUCCESS)
}

fn is_for_kubectl(program: &OsString) -> bool {
    let name = Path::new(program).file_name().unwrap_or_default();
    name.to_string_lossy().starts_with(KUBECTL)
}

/// What may come next behind `typed`, whose last word is the cursor's; and that word.
fn offered(typed: &[OsString]) -> Option<(Offer, Words)> {
    let typed = typed.iter().map(|word| slashed(word.to_string_lossy().into_owned()));
    let typed: Vec<_> = typed.collect();
    let words = Words::of(&typed)?;
    let mut program = Name::default().command();
    program.build();
    let before = typed::levels_joined(words.before.iter().map(Into::into));
    let before: Vec<_> = before.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut offer = offer::offer(&Line::read(&program, &before), &words.current);
    offer.candidates.retain(Candidate::is_plain);
    Some((offer, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_run_is_not_offered() {
        for name in ["$(id)", "a;b", "a b", "`id`", "a'b", "a\nb", "a\tb", "~root", "a*", "\u{1b}["]
        {
            assert!(!Candidate::new(name, "").is_plain(), "{name}");
        }
        for name in ["overlays/prod@HEAD~3", "images=ghcr.io:5000/a_b", "größe", "--only"] {
            assert!(Candidate::new(name, "").is_plain(), "{name}");
        }
    }

    #[test]
    fn kubectl_is_known_by_the_name_of_the_program() {
        for name in ["kubectl_complete-promote", "/a/kubectl_complete-promote.exe"] {
            assert!(is_for_kubectl(&name.into()), "{name}");
        }
        assert!(!is_for_kubectl(&"/kubectl_complete-promote/kubectl-promote".into()));
    }
}
