//! From a request to plans: finds and reads the overlays, then asks the core.

use std::collections::HashMap;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use crate::cli::report;
use crate::diagnostic::Diagnostic;
use crate::io::fs;
use crate::io::git::Revision;
use crate::overlay::{Overlay, Reach, gather};
use crate::plan::{self, Plan, Selection, Source, any_error};
use crate::promotion::Promotion;
use crate::tree::{Content, Tree, normalized};

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
    let mut tree = Tree::default();
    for (_, dir) in &targets {
        gather(&mut tree, dir, Reach::Around, &mut |path| read(path));
    }
    let source = source(&from, &selection, verbose, &read)?;
    let mut plans = Vec::new();
    for (name, dir) in &targets {
        let target = Overlay::read(&tree, dir, name, None)?;
        plans.push(plan::plan(&source, &target, &tree, promotion, &selection)?);
    }
    let mut general = selection.unmatched(&keys(&plans));
    if source.fields.is_empty() {
        let message = format!("`{}` names no version that could be promoted", source.name);
        general.push(Diagnostic::warning(message));
    }
    Ok(Found { plans, general })
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

/// Where versions come from.
struct From {
    name: String,
    dir: Utf8PathBuf,
    revision: Option<String>,
}

impl From {
    /// `PATH` or `PATH@REV`. What exists as it is written is a path; otherwise the revision begins
    /// behind the first `@` whose left side exists, or behind the first one.
    fn parse(text: &str) -> Result<Self, Diagnostic> {
        let name = text.to_owned();
        let whole = Utf8Path::new(text);
        let splits = || text.match_indices('@').map(|(at, _)| (&text[..at], &text[at + 1..]));
        let split =
            splits().find(|(path, _)| Utf8Path::new(path).exists()).or_else(|| splits().next());
        match split.filter(|_| !whole.exists()) {
            None => Ok(Self { name, dir: fs::locate(whole)?, revision: None }),
            Some(("", _) | (_, "")) => {
                let message = format!("`{text}` is neither a path nor PATH@REV");
                Err(Diagnostic::error(message).hint("for example `overlays/prod@HEAD~3`"))
            }
            Some((path, revision)) => {
                let dir = directory(Utf8Path::new(path));
                Ok(Self { name, dir, revision: Some(revision.to_owned()) })
            }
        }
    }
}

/// The directory of an overlay that may not exist in the working tree.
fn directory(path: &Utf8Path) -> Utf8PathBuf {
    let is_file = path.file_name().is_some_and(crate::overlay::is_kustomization);
    let dir = if is_file { path.parent().unwrap_or(path) } else { path };
    normalized(dir)
}

/// The targets by name and directory: none of them the source, none of them twice.
fn targets(promotion: &Promotion, from: &From) -> Result<Vec<(String, Utf8PathBuf)>, Diagnostic> {
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
    selection: &Selection,
    verbose: bool,
    read: &dyn Fn(&Utf8Path) -> Content,
) -> Result<Source> {
    let mut tree = Tree::default();
    match &from.revision {
        None => gather(&mut tree, &from.dir, Reach::Own, &mut |path| read(path)),
        Some(revision) => {
            let mut revision = Revision::open(&from.dir, revision)?;
            if verbose {
                report::note(&format!("read {} at commit {}", from.dir, revision.commit));
            }
            gather(&mut tree, &from.dir, Reach::Own, &mut |path| revision.read(path));
        }
    }
    let overlay = Overlay::read(&tree, &from.dir, &from.name, from.revision.as_deref())?;
    let fields = plan::fields(&overlay, selection)?;
    Ok(Source { name: from.name.clone(), dir: Some(overlay.dir.clone()), fields })
}
