//! The machine-readable plan of a run: a contract, whose schema `kubectl promote schema plan` prints.

use serde::Serialize;

use crate::cli::outcome::Fate;
use crate::diagnostic::Diagnostic;
use crate::kind::Value;
use crate::plan::{Found, Plan, Summary, Verdict};
use crate::promotion::{API_VERSION, Promotion};

/// What a run of `kubectl promote`, `diff` or `pin` found and did
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, schemars(title = "Plan"))]
pub(super) struct PlanOutput<'f> {
    /// Always `kubectl-promote.dev/v1alpha1`
    #[cfg_attr(test, schemars(extend("const" = API_VERSION)))]
    api_version: &'static str,
    /// Always `Plan`
    #[cfg_attr(test, schemars(extend("const" = "Plan")))]
    kind: &'static str,
    /// Where the versions come from, as it was written; absent where every target is pinned by itself
    #[serde(skip_serializing_if = "str::is_empty")]
    from: &'f str,
    /// Whether files were written
    written: bool,
    /// Whether nothing was to be written, whatever was found
    dry_run: bool,
    /// The targets, in the order in which they were named; none where nothing could be planned
    targets: Vec<Target<'f>>,
    /// How many fields have which status
    summary: Summary,
    /// What there is to say about the run as a whole; errors stop it
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diagnostics: Vec<&'f Diagnostic>,
}

/// An overlay that versions go to
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Target<'f> {
    /// The overlay, as it was written
    path: &'f str,
    /// The files that were written, or would be
    changed_files: Vec<&'f str>,
    /// Its fields, in the order of the file
    changes: Vec<Change<'f>>,
    /// What there is to say about it; errors stop the run
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diagnostics: Vec<&'f Diagnostic>,
}

/// A field and what happens to it
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Change<'f> {
    /// Its kind: `images`, `refs`, `charts`
    kind: &'f str,
    /// What makes it the same field in source and target
    key: &'f str,
    /// The value that the target has
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<&'f Value>,
    /// The value that it gets, or would get
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<&'f Value>,
    /// The branch or tag that the new commit was looked up by
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_from: Option<&'f str>,
    /// What happens to it
    #[cfg_attr(test, schemars(extend("enum" = Verdict::WORDS)))]
    status: &'static str,
    /// Why, or what to do about it
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    /// The file that it stands in
    file: &'f str,
    /// Its line, from one
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

impl<'f> PlanOutput<'f> {
    /// The plan of `found`, for which `promotion` asked.
    pub(super) fn new(
        found: &'f Found,
        fate: Fate,
        promotion: &'f Promotion,
        dry_run: bool,
    ) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "Plan",
            from: &promotion.from,
            written: fate == Fate::Written && found.changes(),
            dry_run,
            targets: found.plans.iter().map(|plan| Target::new(plan, fate)).collect(),
            summary: Summary::of(&found.plans),
            diagnostics: found.general.iter().collect(),
        }
    }
}

impl<'f> Target<'f> {
    fn new(plan: &'f Plan, fate: Fate) -> Self {
        let changes = plan.changes.iter().map(|change| Change {
            kind: change.kind,
            key: &change.key,
            old: change.old.as_ref(),
            new: change.new.as_ref().filter(|_| change.verdict != Verdict::Inherited),
            resolved_from: change.named.as_deref(),
            status: change.verdict.word(),
            reason: change.verdict.reason(),
            file: change.file.as_str(),
            line: (change.line > 0).then_some(change.line),
        });
        Self {
            path: &plan.target,
            changed_files: match fate {
                Fate::Refused => Vec::new(),
                _ => plan.files.iter().map(|file| file.path.as_str()).collect(),
            },
            changes: changes.collect(),
            diagnostics: plan.refusals().into_iter().chain(&plan.cautions).collect(),
        }
    }
}
