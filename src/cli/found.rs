//! From a request to plans: finds and reads the overlays, then asks the core.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use crate::cli::ask::Asker;
use crate::cli::cluster::Gates;
use crate::cli::from::From;
use crate::cli::source;
use crate::diagnostic::Diagnostic;
use crate::io::fs;
use crate::overlay::{Overlay, Reach, gather};
use crate::plan::{self, Found, Plan, Request, Selection, Source, any_error};
use crate::promotion::Promotion;
use crate::tree::{Content, Tree};

/// Asks the cluster of the source what `gates` say, and plans `promotion` where nothing stands in the
/// way.
pub(super) fn find(promotion: &Promotion, gates: &Gates, asker: &mut Asker) -> Result<Found> {
    let sources = match promotion.from.as_str() {
        "" => &promotion.to[..],
        _ => std::slice::from_ref(&promotion.from),
    };
    let said = gates.pass(sources, asker)?;
    if any_error(&said) {
        return Ok(Found { plans: Vec::new(), general: said });
    }
    let mut found = planned(promotion, asker)?;
    found.general.extend(said);
    Ok(found)
}

/// Plans `promotion`; without a source every target is its own. What the plans need to know is asked
/// in rounds, until nothing is open or something is refused.
fn planned(promotion: &Promotion, asker: &Asker) -> Result<Found> {
    let selection = Selection::new(promotion)?;
    let from = Some(&promotion.from).filter(|from| !from.is_empty());
    let from = from.map(|from| From::parse(from)).transpose()?;
    let targets = targets(promotion, from.as_ref())?;
    let read = |path: &Utf8Path| source::file(path, asker.verbose);
    let source = from.map(|from| source::read(&from, &targets, &selection, asker.verbose));
    let source = source.transpose()?;
    let plans = asker.settled(|facts| {
        let request = Request { promotion, selection: &selection, facts };
        in_parallel(&targets, |targets| plans(targets, source.as_ref(), request, &read))
    })?;
    Ok(Found::new(plans, &selection, source.as_ref()))
}

/// The plans of `targets`, which share what is read for them.
fn plans(
    targets: &[Target],
    source: Option<&Source>,
    request: Request<'_>,
    read: &dyn Fn(&Utf8Path) -> Content,
) -> Result<Vec<Plan>, Diagnostic> {
    let mut tree = Tree::default();
    for (_, dir) in targets {
        gather(&mut tree, dir, Reach::Around, &mut |path| read(path));
    }
    let plan = |(name, dir): &Target| {
        let target = Overlay::read(&tree, dir, name, None)?;
        match source {
            Some(source) => plan::plan(source, &target, &tree, request),
            None => {
                let own = Source::read(&target, request.selection)?;
                plan::plan(&own, &target, &tree, request)
            }
        }
    };
    targets.iter().map(plan).collect()
}

/// A target's name and directory.
pub(super) type Target = (String, Utf8PathBuf);

/// How many targets share what is read for them, and are done by one thread in a row.
const TOGETHER: usize = 64;

/// The plans of all `targets`, in their order; the first error of the first one that has any.
fn in_parallel(
    targets: &[Target],
    plans: impl Fn(&[Target]) -> Result<Vec<Plan>, Diagnostic> + Sync,
) -> Result<Vec<Plan>, Diagnostic> {
    let groups: Vec<_> = targets.chunks(TOGETHER).collect();
    if groups.len() < 2 {
        // To ask how many processors there are takes longer than to plan one target.
        return in_order(groups.into_iter().map(plans));
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(groups.len());
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

/// The targets by name and directory: none of them the source, none of them twice.
fn targets(promotion: &Promotion, from: Option<&From>) -> Result<Vec<Target>, Diagnostic> {
    let source = from.filter(|from| from.revision.is_none() && from.release.is_none());
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
        if let Some(from) = source.filter(|from| fs::identity(&from.dir) == identity) {
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
