//! What the outside world said, as data: digests of tags, commits of branches and tags, what runs.
//!
//! A plan lists the [`Question`]s that it cannot be made without; adapters answer, and the
//! [`Facts`] go into the next plan. `Facts::default()` is "asked nobody".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::image::reference::Repository;

/// Something that only the outside world knows. The order is that in which questions are asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// The digest that runs of an image in the environment of an overlay, as the user calls it.
    Running(String, Manifest),
    /// The digest of a manifest in a registry.
    Manifest(Manifest),
    /// The commit that a branch or a tag of a Git repository is.
    Commit(Ref),
}

/// A manifest, by tag or digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Manifest {
    /// Where it is.
    pub repository: Repository,
    /// Its tag or its digest: a tag has no colon, a digest always has one.
    pub version: String,
}

/// A branch or tag of a Git repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ref {
    /// What Git clones from.
    pub url: String,
    /// The branch or tag.
    pub name: String,
}

/// An answer: a digest (`sha256:…`) or a commit (40 or 64 hexadecimal digits).
pub type Answer = Result<String, Failure>;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it means for whoever asked.
    pub reason: Reason,
    /// What is wrong, beginning with what was asked for: one sentence, lower case, no full stop,
    /// no secret.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The outside world was reached, and says that there is no such thing.
    Absent,
    /// It is there, and is not as it has to be: another platform, another content.
    Unfit,
    /// Nobody could tell.
    Unknown,
    /// Nobody was reached at all: no name, no connection.
    Unreachable,
}

/// What is known.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    answers: BTreeMap<Question, Answer>,
}

impl Facts {
    /// The answer to `question`; `None` when nobody was asked.
    pub fn answer(&self, question: &Question) -> Option<&Answer> {
        self.answers.get(question)
    }

    /// Takes up more answers.
    pub fn extend(&mut self, answers: impl IntoIterator<Item = (Question, Answer)>) {
        self.answers.extend(answers);
    }
}

/// Facts being looked into: it remembers what was looked for and is not known.
#[derive(Debug)]
pub struct Inquiry<'f> {
    facts: &'f Facts,
    open: BTreeSet<Question>,
}

impl<'f> Inquiry<'f> {
    /// An inquiry into `facts`.
    pub const fn new(facts: &'f Facts) -> Self {
        Self { facts, open: BTreeSet::new() }
    }

    /// The answer to `question`; `None` when nobody was asked, so that it is open.
    pub fn look(&mut self, question: Question) -> Option<&'f Answer> {
        let answer = self.facts.answer(&question);
        if answer.is_none() {
            self.open.insert(question);
        }
        answer
    }

    /// The questions that are open.
    pub fn into_open(self) -> BTreeSet<Question> {
        self.open
    }
}

impl Failure {
    /// Whether there is no such thing.
    pub fn is_absent(&self) -> bool {
        self.reason == Reason::Absent
    }
}

impl Manifest {
    /// Whether [`Manifest::version`] is a digest.
    pub fn is_digest(&self) -> bool {
        self.version.contains(':')
    }
}

/// As people write it: `ghcr.io/acme/web:1.5.0`, `ghcr.io/acme/web@sha256:…`.
impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.is_digest() { '@' } else { ':' };
        write!(f, "{}{separator}{}", self.repository, self.version)
    }
}
