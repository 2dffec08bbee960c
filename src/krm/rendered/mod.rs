//! Objects that kustomize rendered: there are no files to edit, so the images in the objects get the
//! values that the target's kustomization would have given them.

mod apply;
pub(super) mod release;
mod source;
mod target;

use crate::diagnostic::Diagnostic;
use crate::kind::Field;
use crate::krm::entry::Entry;
use crate::krm::mode::{Made, Task};
use crate::krm::words::in_fields;
use crate::objects::{Images, Wanted, told_apart, wanted};
use crate::plan::{self, Change, Found, Plan, Request, Selection, Source, Verdict};
use crate::promotion::Promotion;

/// What promoting makes of rendered objects.
///
/// # Errors
/// A diagnostic for what concerns the run as a whole. What concerns single images is in the results.
pub(super) fn promote(task: &Task<'_>) -> Result<Made, Diagnostic> {
    let selection = Selection::new(task.promotion)?;
    let given = source::find(task)?;
    if given.is_none() && !target::is_here(task) {
        return Err(nothing_to_pin());
    }
    let tree = target::tree(task, &given)?;
    let (target, promotion) = target::read(task, &tree, &given)?;
    let source = match &given {
        Some(given) => given.read(&selection)?,
        // Without a source the target is its own, and is only pinned.
        None => Source::read(&target, &selection)?,
    };
    let plans = task.host.settled(|facts| {
        let request = Request { promotion: &promotion, selection: &selection, facts };
        Ok(vec![plan::plan(&source, &target, &tree, request)?])
    })?;
    let found = Found::new(plans, &selection, Some(&source));
    let mut made = Made { problems: problems(&found), ..Made::default() };
    if found.is_refused() {
        made.entries = made.problems.iter().map(Entry::new).collect();
        return Ok(made);
    }
    // What stands for the target where that cannot be read did nothing to the objects.
    let own = target::is_here(task).then(|| plan::fields(&target, &selection)).transpose()?;
    let (plan, same) = (&found.plans[0], task.all.then_some(&selection));
    let mut wanted = wanted(plan, own.as_deref(), &source, &promotion, same);
    if given.is_some_and(|given| given.is_inline()) {
        source::as_given(&promotion, own.as_deref().unwrap_or_default(), &mut wanted);
    }
    told_apart(&wanted, &promotion.names)?;
    made.problems.extend(unknown_names(&promotion, &source));
    apply(task, &wanted, own.as_deref().unwrap_or_default(), &mut made)?;
    Ok(made)
}

/// Names of images that the source does not have: most likely they are misspelt.
fn unknown_names(promotion: &Promotion, source: &Source) -> Vec<Diagnostic> {
    let is_known =
        |name: &str| source.fields.iter().any(|field| field.kind == "images" && field.key == name);
    let unknown = promotion.names.keys().filter(|name| !is_known(name));
    let message = |name| format!("`names` has `{name}`, which is no image of the source");
    unknown.map(|name| Diagnostic::warning(message(name))).collect()
}

fn nothing_to_pin() -> Diagnostic {
    let message =
        "there is neither a source nor a kustomization here, so nothing says what is to be pinned";
    Diagnostic::error(message)
        .hint("a container sees no files: add a release of the overlay to its `resources`, pinned by `kubectl promote export OVERLAY --pin images`")
}

/// Gives the objects what is `wanted`, and says what matches none of them.
fn apply(
    task: &Task<'_>,
    wanted: &[Wanted],
    own: &[Field],
    made: &mut Made,
) -> Result<(), Diagnostic> {
    let images = Images::of(wanted, own, &task.promotion.field_specs, task.all)?;
    let given = apply::to_items(&task.list.items, &images, task.most)?;
    made.edits.extend(given.edits);
    made.images += given.images;
    made.entries.extend(given.entries);
    if made.images > made.entries.len() {
        let more = made.images - made.entries.len();
        let images = if more == 1 { "image" } else { "images" };
        made.entries.push(Entry::note(format!("{more} more {images} promoted")));
    }
    // No object, and nothing is matched.
    let matched = given.matched.into_iter().chain(std::iter::repeat(false));
    let lost = wanted.iter().zip(matched).filter(|(_, matched)| !matched);
    made.problems.extend(lost.map(|(wanted, _)| unmatched(wanted)));
    made.entries.extend(made.problems.iter().map(Entry::new));
    Ok(())
}

fn unmatched(wanted: &Wanted) -> Diagnostic {
    let Wanted { key, entry, left } = wanted;
    let separator = if entry.new_tag.is_empty() { "" } else { ":" };
    let digest = if entry.digest.is_empty() { String::new() } else { format!("@{}", entry.digest) };
    let lacking = match left {
        Some(left) => {
            format!("no image in the objects is `{left}`, as the target's kustomization makes it")
        }
        None => format!("no image in the objects matches `{}`", plain(&entry.name)),
    };
    let message = format!("`{key}` is to be `{separator}{}{digest}`, and {lacking}", entry.new_tag);
    let why = match left {
        Some(_) => {
            "no object has it, or something behind `images` set it, as replacements do; where it has another name"
        }
        None => "where the target renames it",
    };
    let hint = format!(
        "{why}, say what it is called: `names: {{\"{key}\": NAME}}`; other places of images go into `fieldSpecs`"
    );
    Diagnostic::warning(message).hint(hint)
}

/// A name as it is said, without what keeps its dots from being a pattern.
fn plain(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '\\' || rest.peek().is_none_or(char::is_ascii_alphanumeric) {
            out.push(c);
        }
    }
    out
}

/// What goes to stderr: what stands in the way, and what rendered objects cannot get.
fn problems(found: &Found) -> Vec<Diagnostic> {
    let mut out: Vec<_> = found.plans.iter().flat_map(Plan::refusals).cloned().collect();
    out.extend(found.general.iter().cloned());
    for plan in &found.plans {
        out.extend(plan.remarks.iter().cloned());
        out.extend(plan.changes.iter().filter_map(not_applied));
    }
    out
}

/// A field that is not as it is in the source, and stays so.
fn not_applied(change: &Change) -> Option<Diagnostic> {
    let Change { kind, key, old, new, verdict, .. } = change;
    let show = |value: &Option<_>| value.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    let differ = || format!("{} here, {} in the source", show(old), show(new));
    match verdict {
        verdict if verdict.writes() && *kind != "images" => Some(
            Diagnostic::warning(format!(
                "{kind} `{key}`: {}: objects that are rendered already cannot get it",
                differ()
            ))
            .hint("promote it in the files: `kubectl promote FROM TO`, or the function with kpt"),
        ),
        Verdict::Held | Verdict::Missing(_) => {
            let reason = in_fields(&verdict.reason());
            Some(Diagnostic::warning(format!("{kind} `{key}`: {}: {reason}", differ())))
        }
        _ => None,
    }
}
