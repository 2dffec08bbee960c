//! From a request to plans: finds and reads the overlays, then asks the core.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use crate::cli::from::From;
use crate::cli::report;
use crate::diagnostic::Diagnostic;
use crate::io::git::Revision;
use crate::io::{fs, near};
use crate::overlay::{Overlay, Reach, gather};
use crate::plan::{self, Plan, Selection, Source, any_error};
use crate::promotion::Promotion;
use crate::tree::{Content, Tree};

/// What a run found out, before anything is written.
pub(super) struct Found {
    /// One plan a target.
    pub(super) plans: Vec<Plan>,
    /// What concerns the run as a whole.
    pub(super) general: Vec<Diagnostic>,
}

impl Found {
    /// Whether anything stops the run from writing.
    pub(super) fn is_refused(&self) -> bool {
        any_error(&self.general) || self.plans.iter().any(|plan| !plan.refusals().is_empty())
    }

    /// Whether any file would change.
    pub(super) fn changes(&self) -> bool {
        self.plans.iter().any(|plan| !plan.files.is_empty())
    }
}

/// Plans `promotion`; `verbose` says on stderr what is read.
pub(super) fn find(promotion: &Promotion, verbose: bool) -> Result<Found> {
    let selection = Selection::new(promotion)?;
    let from = From::parse(&promotion.from)?;
    let targets = targets(promotion, &from)?;
    let read = |path: &Utf8Path| {
        let content = fs::read(path);
        if verbose && content != Content::Absent {
            report::note(&format!("read {path}"));
        }
        content
    };
    let source = source(&from, &targets, &selection, verbose, &read)?;
    let plans = in_parallel(&targets, |targets| {
        let mut tree = Tree::default();
        for (_, dir) in targets {
            gather(&mut tree, dir, Reach::Around, &mut |path| read(path));
        }
        let plan = |(name, dir): &Target| {
            let target = Overlay::read(&tree, dir, name, None)?;
            plan::plan(&source, &target, &tree, promotion, &selection)
        };
        targets.iter().map(plan).collect()
    })?;
    let mut general = selection.unmatched(&keys(&plans));
    if source.fields.is_empty() {
        let message = format!("`{}` names no version that could be promoted", source.name);
        general.push(Diagnostic::warning(message));
    }
    Ok(Found { plans, general })
}

/// A target's name and directory.
type Target = (String, Utf8PathBuf);

/// How many targets share what is read for them, and are done by one thread in a row.
const TOGETHER: usize = 64;

/// The plans of all `targets`, in their order; the first error of the first one that has any.
fn in_parallel(
    targets: &[Target],
    plans: impl Fn(&[Target]) -> Result<Vec<Plan>, Diagnostic> + Sync,
) -> Result<Vec<Plan>, Diagnostic> {
    let groups: Vec<_> = targets.chunks(TOGETHER).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(groups.len());
    if threads <= 1 {
        return in_order(groups.into_iter().map(plans));
    }
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let take = || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        groups.get(number).map(|group| (number, *group))
    };
    let work = || {
        while let Some((number, group)) = take() {
            let result = plans(group);
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(number, result);
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    in_order(done.into_values())
}

fn in_order(
    groups: impl Iterator<Item = Result<Vec<Plan>, Diagnostic>>,
) -> Result<Vec<Plan>, Diagnostic> {
    let groups: Vec<_> = groups.collect::<Result<_, _>>()?;
    Ok(groups.into_iter().flatten().collect())
}

/// The keys that there are, each once.
fn keys(plans: &[Plan]) -> Vec<String> {
    let mut keys: Vec<_> = plans
        .iter()
        .flat_map(|plan| plan.changes.iter().map(|change| change.key.clone()))
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

/// The targets by name and directory: none of them the source, none of them twice.
fn targets(promotion: &Promotion, from: &From) -> Result<Vec<Target>, Diagnostic> {
    let source = from.revision.is_none().then(|| fs::identity(&from.dir));
    let mut seen: HashMap<Utf8PathBuf, &String> = HashMap::new();
    let mut out = Vec::new();
    for name in &promotion.to {
        let dir = match fs::locate(Utf8Path::new(name)) {
            Err(_) if name.contains('@') && !Utf8Path::new(name).exists() => {
                let message = format!("`{name}`: only FROM can be at a Git revision");
                return Err(
                    Diagnostic::error(message).hint("promote to the overlay in the working tree")
                );
            }
            dir => dir?,
        };
        let identity = fs::identity(&dir);
        if source.as_ref() == Some(&identity) {
            let message = format!("`{}` and `{name}` are the same overlay", from.name);
            return Err(Diagnostic::error(message)
                .hint("name another overlay, or FROM at a revision: PATH@REV"));
        }
        if let Some(twin) = seen.insert(identity, name) {
            let message = format!("`{twin}` and `{name}` are the same overlay");
            return Err(Diagnostic::error(message).hint("name each target once"));
        }
        out.push((name.clone(), dir));
    }
    Ok(out)
}

fn source(
    from: &From,
    targets: &[Target],
    selection: &Selection,
    verbose: bool,
    read: &dyn Fn(&Utf8Path) -> Content,
) -> Result<Source> {
    let mut tree = Tree::default();
    let target = targets.iter().find(|(_, dir)| fs::identity(dir) == fs::identity(&from.dir));
    let mut past = false;
    match &from.revision {
        None => gather(&mut tree, &from.dir, Reach::Own, &mut |path| read(path)),
        Some(revision) => {
            let mut revision = Revision::open(&from.dir, revision)?;
            if verbose {
                report::note(&format!("read {} at commit {}", from.dir, revision.commit));
            }
            past = target.is_some() && revision.is_past()?;
            gather(&mut tree, &from.dir, Reach::Own, &mut |path| revision.read(path));
        }
    }
    let overlay = Overlay::read(&tree, &from.dir, &from.name, from.revision.as_deref());
    let overlay = overlay.map_err(|problem| match &problem.file {
        None if from.revision.is_some() => near::suggest(problem, &from.dir),
        _ => problem,
    })?;
    let fields = plan::fields(&overlay, selection)?;
    let dir = target.map_or_else(|| overlay.dir.clone(), |(_, dir)| dir.clone());
    Ok(Source { name: from.name.clone(), dir: Some(dir), past, fields, notes: overlay.notes })
}
