//! The decision: which fields of a target change, to what, and why the others do not.
//!
//! A plan is data. It knows every byte that would be written and writes none.

mod around;
mod caution;
mod decide;
mod follow;
mod found;
mod select;

pub use found::{Found, settled};
pub use select::Selection;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::edit::{Edit, apply};
use crate::facts::{Facts, Question};
use crate::kind::{Field, KINDS, Value};
use crate::overlay::{File, Overlay};
use crate::promotion::Promotion;
use crate::tree::Tree;
use crate::yaml::{CannotWrite, Rewrite};

/// Where values come from: the fields of an overlay, or of anything that has some.
#[derive(Clone, Debug)]
pub struct Source {
    /// What the user calls it.
    pub name: String,
    /// Its directory in the target's tree, when it stands there too.
    pub dir: Option<Utf8PathBuf>,
    /// It is what the overlay in that directory was at an earlier commit of its own history.
    pub past: bool,
    /// Its fields, each with its place.
    pub fields: Vec<Field>,
    /// What is odd about it, as warnings.
    pub notes: Vec<Diagnostic>,
}

/// What is to happen to one target.
#[derive(Debug)]
pub struct Plan {
    /// What the user calls the target.
    pub target: String,
    /// Every field of source and target, those of the target first, in file order.
    pub changes: Vec<Change>,
    /// What the user should know before trusting the result.
    pub cautions: Vec<Diagnostic>,
    /// Those of them that the outside world gave rise to.
    pub remarks: Vec<Diagnostic>,
    /// The files that change.
    pub files: Vec<FilePlan>,
    /// What has to be known before the plan can be made; with the answers there may be more.
    pub questions: BTreeSet<Question>,
}

/// One field and what is to happen to it.
#[derive(Clone, Debug)]
pub struct Change {
    /// The kind's id.
    pub kind: &'static str,
    /// The field's key.
    pub key: String,
    /// The file of the target, and the line of the value; of the source where the target has none.
    pub file: Utf8PathBuf,
    /// The line in that file, from one.
    pub line: usize,
    /// Where the value stands in the target (`images[0].newTag`), or the list that lacks it.
    pub path: String,
    /// What the target has.
    pub old: Option<Value>,
    /// What the source has, pinned where that is asked for.
    pub new: Option<Value>,
    /// The branch or tag that the new commit was looked up by.
    pub named: Option<String>,
    /// What happens.
    pub verdict: Verdict,
}

/// What happens to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It gets the source's value.
    Promote,
    /// It keeps its version and gets the digest or the commit that this is now.
    Pin,
    /// It is created with the source's value.
    Add,
    /// It has the source's value already.
    Same,
    /// It would go back to an older version.
    Held,
    /// It cannot be changed safely, so nothing is.
    Refused(Box<Diagnostic>),
    /// Only the source has it.
    Missing(Missing),
    /// Only the target has it: why, where that is not plain.
    Extra(Option<String>),
    /// The source has the field and names no version in it.
    Inherited,
    /// It differs and was not selected.
    Left,
    /// What it would get is not known.
    Unresolved,
}

/// What the target lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The whole entry.
    Entry,
    /// The whole entry, which was not selected.
    NotSelected,
    /// A version in its entry.
    Version,
}

/// A file that changes.
#[derive(Clone, Debug)]
pub struct FilePlan {
    /// Its path in the tree.
    pub path: Utf8PathBuf,
    /// Its text now.
    pub before: String,
    /// Its text afterwards.
    pub after: String,
    /// The bytes that make the difference.
    pub edits: Vec<Edit>,
}

impl Verdict {
    /// All words that there are.
    pub const WORDS: [&'static str; 11] = [
        "promoted",
        "pinned",
        "added",
        "unchanged",
        "held",
        "refused",
        "missing",
        "extra",
        "inherited",
        "left",
        "unresolved",
    ];

    /// The verdict in one stable word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Promote => "promoted",
            Self::Pin => "pinned",
            Self::Add => "added",
            Self::Same => "unchanged",
            Self::Held => "held",
            Self::Refused(_) => "refused",
            Self::Missing(_) => "missing",
            Self::Extra(_) => "extra",
            Self::Inherited => "inherited",
            Self::Left => "left",
            Self::Unresolved => "unresolved",
        }
    }

    /// Why, or what to do about it; empty where the word says it all.
    pub fn reason(&self) -> String {
        match self {
            Self::Promote | Self::Pin | Self::Add | Self::Same => String::new(),
            Self::Held => {
                "older than what the target has; `--allow-downgrade` promotes it".to_owned()
            }
            Self::Refused(problem) => problem.message.clone(),
            Self::Missing(Missing::Entry) => {
                "only the source has it; `--add` creates it".to_owned()
            }
            Self::Missing(Missing::NotSelected) => {
                "only the source has it; not selected".to_owned()
            }
            Self::Missing(Missing::Version) => {
                "the target names no version here; `--add` writes it".to_owned()
            }
            Self::Extra(None) => "only the target has it; kept".to_owned(),
            Self::Extra(Some(why)) => format!("{why}; kept"),
            Self::Inherited => "the source names no version here; kept".to_owned(),
            Self::Left => "differs, and was not selected".to_owned(),
            Self::Unresolved => "not asked about, since another one failed".to_owned(),
        }
    }

    /// Whether the field gets a new value.
    pub const fn writes(&self) -> bool {
        matches!(self, Self::Promote | Self::Pin | Self::Add)
    }
}

impl Plan {
    /// The diagnostics of the refused changes, each once.
    pub fn refusals(&self) -> Vec<&Diagnostic> {
        let mut out: Vec<&Diagnostic> = Vec::new();
        for change in &self.changes {
            if let Verdict::Refused(problem) = &change.verdict
                && !out.contains(&&**problem)
            {
                out.push(problem);
            }
        }
        out
    }

    /// How many changes have a verdict for which `is` holds.
    pub fn count(&self, is: impl Fn(&Verdict) -> bool) -> usize {
        self.changes.iter().filter(|change| is(&change.verdict)).count()
    }
}

/// All fields of `overlay`, in the order of [`KINDS`].
///
/// # Errors
/// The diagnostic of a list that cannot be read, for the kinds that `selection` takes.
pub fn fields(overlay: &Overlay<'_>, selection: &Selection) -> Result<Vec<Field>, Diagnostic> {
    let mut out = Vec::new();
    for kind in KINDS {
        match kind.collect(overlay) {
            Ok(fields) => out.extend(fields),
            Err(problem) if selection.takes_kind(kind.id()) => return Err(problem),
            Err(_) => {}
        }
    }
    Ok(out)
}

/// What is to be done: the request, what it selects, and what is known.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The request.
    pub promotion: &'r Promotion,
    /// Its selectors.
    pub selection: &'r Selection,
    /// What the outside world said so far.
    pub facts: &'r Facts,
}

impl Source {
    /// The fields of `overlay` that `selection` may take, as a source.
    ///
    /// # Errors
    /// As [`fields`].
    pub fn read(overlay: &Overlay<'_>, selection: &Selection) -> Result<Self, Diagnostic> {
        let mut fields = fields(overlay, selection)?;
        for field in &mut fields {
            let file = &overlay.files[field.file];
            let Diagnostic { file, place, .. } = file.point(Diagnostic::error(""), field.span);
            field.place = file.zip(place);
        }
        let (name, notes) = (overlay.name.clone(), overlay.notes.clone());
        Ok(Self { name, dir: Some(overlay.dir.clone()), past: false, fields, notes })
    }
}

/// What becomes of `target` when `source` is promoted to it. `tree` holds what is around the target.
///
/// # Errors
/// As [`fields`]. What concerns single fields is in the plan, as refused changes.
pub fn plan(
    source: &Source,
    target: &Overlay<'_>,
    tree: &Tree,
    request: Request<'_>,
) -> Result<Plan, Diagnostic> {
    let Request { promotion, selection, .. } = request;
    let fields = fields(target, selection)?;
    let mut work = decide::decide(source, target, &fields, request);
    let found = follow::occurrences(target, &work);
    if promotion.follow {
        work.rewrites.extend(found.rewrites());
    }
    let files = write(target, &mut work);
    let mut cautions = caution::cautions(source, target, tree, &fields, &work, request);
    cautions.extend(found.cautions(target, promotion.follow));
    let Work { changes, questions, remarks, .. } = work;
    Ok(Plan { target: target.name.clone(), changes, cautions, remarks, files, questions })
}

/// The changes, and for those that write, the rewrites of which file.
#[derive(Default)]
struct Work<'s> {
    changes: Vec<Change>,
    /// For each change the fields behind it, source and target.
    fields: Vec<(Option<Cow<'s, Field>>, Option<&'s Field>)>,
    rewrites: Vec<Planned>,
    /// What pinning found out, as warnings.
    remarks: Vec<Diagnostic>,
    questions: BTreeSet<Question>,
}

/// A rewrite of the file with that position, for the change with that position.
struct Planned {
    change: usize,
    file: usize,
    rewrite: Rewrite,
}

/// The files that the work changes. What cannot be written turns its changes into refused ones.
fn write(target: &Overlay<'_>, work: &mut Work<'_>) -> Vec<FilePlan> {
    let mut out = Vec::new();
    for (index, file) in target.files.iter().enumerate() {
        let own: Vec<&Planned> =
            work.rewrites.iter().filter(|planned| planned.file == index).collect();
        if own.is_empty() {
            continue;
        }
        let rewrites: Vec<_> = own.iter().map(|planned| planned.rewrite.clone()).collect();
        match apply(&file.doc, &rewrites) {
            Ok((edits, after)) => out.push(FilePlan {
                path: file.path.clone(),
                before: file.doc.text().to_owned(),
                after,
                edits,
            }),
            Err(error) => {
                for (change, problem) in culprits(file, &own, &error) {
                    work.changes[change].verdict = Verdict::Refused(Box::new(problem));
                }
            }
        }
    }
    out
}

/// The changes that cannot be written by themselves; all of the file's where they only fail together
/// or are too many to try one by one.
fn culprits(file: &File<'_>, own: &[&Planned], error: &CannotWrite) -> BTreeMap<usize, Diagnostic> {
    const FEW: usize = 64;
    let refusal = |error: &CannotWrite| {
        let hint = "edit this place by hand, or write it in a plainer form";
        file.point(Diagnostic::error(error.message.clone()).hint(hint), error.span)
    };
    let changes: BTreeSet<usize> = own.iter().map(|planned| planned.change).collect();
    let alone = |change: &usize| {
        let rewrites = own.iter().filter(|planned| planned.change == *change);
        let rewrites: Vec<_> = rewrites.map(|planned| planned.rewrite.clone()).collect();
        apply(&file.doc, &rewrites).err().map(|error| (*change, refusal(&error)))
    };
    if changes.len() <= FEW {
        let found: BTreeMap<_, _> = changes.iter().filter_map(alone).collect();
        if !found.is_empty() {
            return found;
        }
    }
    changes.into_iter().map(|change| (change, refusal(error))).collect()
}

/// Whether any of `diagnostics` stops the run.
pub fn any_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// One run's totals, for people and pipelines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// Fields that get another value.
    pub promoted: usize,
    /// Fields that keep their version and are pinned.
    pub pinned: usize,
    /// Fields that are created.
    pub added: usize,
    /// Fields that have the source's value.
    pub unchanged: usize,
    /// Fields that would go back.
    pub held: usize,
    /// Fields that cannot be written.
    pub refused: usize,
    /// Fields that only the source has.
    pub missing: usize,
    /// Fields that only the target has.
    pub extra: usize,
    /// Fields in which the source names no version.
    pub inherited: usize,
    /// Fields that differ and were not selected.
    pub left: usize,
    /// Fields whose new value is not known.
    pub unresolved: usize,
}

impl Summary {
    /// The totals of `plans`.
    pub fn of(plans: &[Plan]) -> Self {
        let count = |word: &str| plans.iter().map(|plan| plan.count(|v| v.word() == word)).sum();
        Self {
            promoted: count("promoted"),
            added: count("added"),
            unchanged: count("unchanged"),
            held: count("held"),
            refused: count("refused"),
            missing: count("missing"),
            extra: count("extra"),
            inherited: count("inherited"),
            left: count("left"),
            pinned: count("pinned"),
            unresolved: count("unresolved"),
        }
    }
}
