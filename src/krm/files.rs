//! Files of a package: the kustomization of every target is edited in place.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::edit;
use crate::krm::entry::{Entry, Field};
use crate::krm::home::home;
use crate::krm::mode::{Made, Task};
use crate::krm::package::Package;
use crate::krm::source::{self, From, near, overlay_dir};
use crate::krm::words::in_fields;
use crate::overlay::{Overlay, Reach, gather};
use crate::plan::{self, Change, Found, Missing, Plan, Request, Selection, Source, Verdict};
use crate::promotion::Promotion;
use crate::tree::{Tree, join};

/// What promoting makes of the files of a package.
///
/// # Errors
/// A diagnostic for what concerns the run as a whole. What concerns single fields is in the results.
pub(super) fn promote(task: &Task<'_>) -> Result<Made, Diagnostic> {
    let package = Package::new(task.list);
    let home = home(task.list, &package, task.promotion)?;
    let from = from(task, &home, &package)?;
    let targets = targets(task.promotion, &home, from.as_ref(), &package)?;
    let found = found(task, from.as_ref(), &targets, &package)?;
    let mut made = Made { problems: problems(&found), ..Made::default() };
    made.entries = entries(&found, &package);
    if found.is_refused() {
        // Nothing is promoted, whatever could be.
        made.entries.retain(|entry| entry.severity != "info");
        return Ok(made);
    }
    for file in found.plans.iter().flat_map(|plan| &plan.files) {
        made.edits.extend(package.placed(&file.path, &file.edits)?);
    }
    edit::sort(&mut made.edits);
    Ok(made)
}

/// Where the values come from; `None` where every target is its own source and is only pinned.
fn from(
    task: &Task<'_>,
    home: &Utf8Path,
    package: &Package<'_>,
) -> Result<Option<From>, Diagnostic> {
    let Promotion { from, pin, images, .. } = task.promotion;
    if !from.is_empty() {
        return match source::find(from, home, package, task.host) {
            Err(_) if !images.is_empty() => Ok(Some(From::Inline)),
            found => found.map(Some),
        };
    }
    match source::release(package, &task.list.items)? {
        None if !images.is_empty() => Ok(Some(From::Inline)),
        None if pin.is_empty() => {
            let message = "`from` is missing, and no release is among the items";
            Err(Diagnostic::error(message)
                .hint("name the overlay or the release that versions come from"))
        }
        found => Ok(found),
    }
}

/// A target's name and directory.
type Target = (String, Utf8PathBuf);

/// The targets: by default the overlay that the configuration stands in.
fn targets(
    promotion: &Promotion,
    home: &Utf8Path,
    from: Option<&From>,
    package: &Package<'_>,
) -> Result<Vec<Target>, Diagnostic> {
    let mut out: Vec<Target> = Vec::new();
    let own = [".".to_owned()];
    let names = if promotion.to.is_empty() { &own[..] } else { &promotion.to };
    for name in names {
        let dir = overlay_dir(&package.inside(&join(home, name)));
        let shown = if promotion.to.is_empty() { dir.to_string() } else { name.clone() };
        if !package.overlays().contains(&dir) {
            let message = match promotion.to.is_empty() {
                true => format!("`to` is missing, and `{dir}` is no overlay among the items"),
                false => format!("`{name}` is no overlay among the items: they have no `{dir}`"),
            };
            let hint = match promotion.to.is_empty() {
                true => format!("name it: {}", source::known(package)),
                false => near(&dir, package),
            };
            return Err(Diagnostic::error(message).hint(hint));
        }
        if from == Some(&From::Overlay(dir.clone())) {
            let message = format!("`{}` and `{shown}` are the same overlay", promotion.from);
            return Err(Diagnostic::error(message).hint("name another overlay"));
        }
        if let Some((twin, _)) = out.iter().find(|(_, known)| *known == dir) {
            let message = format!("`{twin}` and `{shown}` are the same overlay");
            return Err(Diagnostic::error(message).hint("name each target once"));
        }
        out.push((shown, dir));
    }
    Ok(out)
}

/// The plans, once all that they have to ask is answered.
fn found(
    task: &Task<'_>,
    from: Option<&From>,
    targets: &[Target],
    package: &Package<'_>,
) -> Result<Found, Diagnostic> {
    let selection = Selection::new(task.promotion)?;
    let mut read = |path: &Utf8Path| package.read(path);
    let source = from.map(|from| from.read(task.promotion, &selection, &mut read));
    let source = source.transpose()?;
    let mut tree = Tree::default();
    for (_, dir) in targets {
        gather(&mut tree, dir, Reach::Around, &mut read);
    }
    let plans = task.host.settled(|facts| {
        let request = Request { promotion: task.promotion, selection: &selection, facts };
        targets.iter().map(|target| planned(target, source.as_ref(), &tree, request)).collect()
    })?;
    Ok(Found::new(plans, &selection, source.as_ref()))
}

fn planned(
    (name, dir): &Target,
    source: Option<&Source>,
    tree: &Tree,
    request: Request<'_>,
) -> Result<Plan, Diagnostic> {
    let target = Overlay::read(tree, dir, name, None)?;
    match source {
        Some(source) => plan::plan(source, &target, tree, request),
        None => {
            let own = Source::read(&target, request.selection)?;
            plan::plan(&own, &target, tree, request)
        }
    }
}

/// What goes to stderr.
fn problems(found: &Found) -> Vec<Diagnostic> {
    let refusals = found.plans.iter().flat_map(Plan::refusals);
    let cautions = found.plans.iter().flat_map(|plan| &plan.cautions);
    refusals.chain(&found.general).chain(cautions).cloned().collect()
}

/// The results: what happens to every field, and what else there is to say.
fn entries(found: &Found, package: &Package<'_>) -> Vec<Entry> {
    let mut out = Vec::new();
    for plan in &found.plans {
        out.extend(plan.changes.iter().filter_map(|change| changed(change, package)));
        out.extend(plan.cautions.iter().map(|problem| said(problem, package)));
    }
    out.extend(found.general.iter().map(|problem| said(problem, package)));
    out
}

fn said(problem: &Diagnostic, package: &Package<'_>) -> Entry {
    let entry = Entry::new(problem);
    let item = problem.file.as_ref().and_then(|file| package.items(file).next());
    item.map_or(entry.clone(), |item| entry.about(item))
}

/// What happens to a field; `None` where nothing does, and nothing was to.
fn changed(change: &Change, package: &Package<'_>) -> Option<Entry> {
    let Change { key, old, new, path, verdict, .. } = change;
    let [old, new] = [old, new].map(|value| value.as_ref().map(ToString::to_string));
    let (was, is) = (old.as_deref().unwrap_or("nothing"), new.as_deref().unwrap_or_default());
    let (severity, message) = match verdict {
        Verdict::Same | Verdict::Left | Verdict::Missing(Missing::NotSelected) => return None,
        Verdict::Promote => ("info", format!("`{key}` promoted from {was} to {is}")),
        Verdict::Pin => ("info", format!("`{key}` pinned to {is}")),
        Verdict::Add => ("info", format!("`{key}` added with {is}")),
        Verdict::Refused(problem) => ("error", Entry::new(problem).message),
        Verdict::Held | Verdict::Unresolved => ("warning", reason(key, verdict)),
        Verdict::Missing(_) | Verdict::Extra(_) | Verdict::Inherited => {
            ("info", reason(key, verdict))
        }
    };
    let field = Some(Field { path: path.clone(), current_value: old, proposed_value: new });
    let entry = Entry { message, severity, resource_ref: None, field, file: None };
    let item = package.items(&change.file).next()?;
    Some(entry.about(item))
}

fn reason(key: &str, verdict: &Verdict) -> String {
    format!("`{key}`: {}", in_fields(&verdict.reason()))
}
