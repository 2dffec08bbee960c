//! `kubectl promote export OVERLAY[@REV]`: its versions as a release.

use crate::cli::ask::Asker;
use crate::cli::cluster::Gates;
use crate::cli::from::From;
use crate::cli::look::{Output, Verbosity};
use crate::cli::network::Network;
use crate::cli::source::{Files, files, overlay};
use crate::cli::{Outcome, report, stdout};
use crate::diagnostic::Diagnostic;
use crate::io::git::head;
use crate::kind::Field;
use crate::overlay::Overlay;
use crate::plan::{self, Found, Plan, Request, Selection, Source, any_error};
use crate::promotion::{Pin, Promotion};
use crate::release::{self, Origin};
use crate::tree::{Content, Tree};
use anyhow::Result;
use clap::{Args, ValueEnum};

/// Shown with the help.
pub(super) const EXAMPLES: &str = "\
Examples:
  # Keep what was tested, with the digest that every tag is now
  kubectl promote export overlays/tst --pin images > release-42.yaml
  # Promote exactly that, whatever tst is by then
  kubectl promote release-42.yaml overlays/prod
  # What prod was at a tag
  kubectl promote export overlays/prod@v2024.10";

/// Arguments of an export.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The overlay: a directory, or PATH@REV as it was at a Git revision
    #[arg(value_name = "OVERLAY")]
    pub(super) from: String,
    /// The release's name; made of the overlay's path by default
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Take only these kinds along
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kinds: Vec<String>,
    /// Take only keys along that match, or KIND=GLOB; repeatable
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Leave out keys that match, or KIND=GLOB; repeatable
    #[arg(long, value_name = "GLOB")]
    except: Vec<String>,
    /// Pin images to digests, refs to commits
    #[arg(long, value_name = "images|refs", value_delimiter = ',', hide_possible_values = true)]
    pin: Vec<Pin>,
    #[command(flatten)]
    pub(super) network: Network,
    #[command(flatten)]
    pub(super) gates: Gates,
    #[command(flatten)]
    output: Output<ReleaseFormat>,
    #[command(flatten)]
    verbosity: Verbosity,
}

/// How a release is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReleaseFormat {
    /// As people keep it
    Yaml,
    /// For programs
    Json,
}

impl ExportArgs {
    /// What is taken along, and how it is pinned.
    pub(super) fn promotion(&self) -> Promotion {
        Promotion {
            kinds: self.kinds.clone(),
            only: self.only.clone(),
            except: self.except.clone(),
            pin: self.pin.clone(),
            digest_from: self.gates.digest_from,
            ..Promotion::default()
        }
    }
}

pub(super) fn run(args: &ExportArgs) -> Result<Outcome> {
    let (promotion, from) = (args.promotion(), From::parse(&args.from)?);
    let selection = Selection::new(&promotion)?;
    let mut asker = Asker::new(&args.network, args.verbosity.is_verbose(), false);
    let said = args.gates.pass(std::slice::from_ref(&args.from), &mut asker)?;
    said.iter().for_each(report::say);
    if any_error(&said) {
        return Ok(Outcome::Failed);
    }
    let files = files(&from, asker.verbose)?;
    let found = pinned(&files.tree, &from, &promotion, &selection, &asker)?;
    report::found(&found);
    if found.is_refused() {
        return Ok(Outcome::Failed);
    }
    let tree = written(&files.tree, &found.plans);
    let fields = chosen(&overlay(&tree, &from)?, &selection)?;
    if fields.is_empty() {
        let message = format!("`{}` names no version that a release could hold", from.name);
        return Err(Diagnostic::error(message).into());
    }
    let origin = origin(&from, &files)?;
    let name = args.name.clone().unwrap_or_else(|| name(&origin.path));
    let text = release::write(&name, &origin, &fields);
    stdout::answer(|out| match args.output.or(ReleaseFormat::Yaml) {
        ReleaseFormat::Yaml => Ok(write!(out, "{text}")?),
        ReleaseFormat::Json => {
            stdout::json(out, &serde_yaml::from_str::<serde_json::Value>(&text)?)
        }
    })?;
    Ok(Outcome::Done)
}

/// What pinning makes of the source, in memory.
fn pinned(
    tree: &Tree,
    from: &From,
    promotion: &Promotion,
    selection: &Selection,
    asker: &Asker,
) -> Result<Found> {
    let overlay = overlay(tree, from)?;
    let source = Source::read(&overlay, selection)?;
    let plans = asker.settled(|facts| {
        let request = Request { promotion, selection, facts };
        Ok(vec![plan::plan(&source, &overlay, tree, request)?])
    })?;
    Ok(Found::new(plans, selection, None))
}

/// `tree` as it would be with the plans written.
fn written(tree: &Tree, plans: &[Plan]) -> Tree {
    let mut out = tree.clone();
    for file in plans.iter().flat_map(|plan| &plan.files) {
        out.insert(file.path.clone(), Content::Bytes(file.after.clone().into_bytes()));
    }
    out
}

fn chosen(overlay: &Overlay<'_>, selection: &Selection) -> Result<Vec<Field>, Diagnostic> {
    let mut fields = plan::fields(overlay, selection)?;
    if let Some(problem) = fields.iter().find_map(|field| field.unclear.clone()) {
        return Err(problem);
    }
    fields.retain(|field| field.value.is_some() && selection.takes(&[field]));
    Ok(fields)
}

/// Where the versions stand: as a path of the repository and a commit of it, where Git knows them.
fn origin(from: &From, files: &Files) -> Result<Origin> {
    let dir = from.release.as_deref().unwrap_or(&from.dir);
    if let Some(revision) = &files.revision {
        let path = revision.path(dir).into_string();
        return Ok(Origin { path, commit: Some(revision.commit.clone()) });
    }
    let paths: Vec<_> = files.tree.paths().collect();
    Ok(match head(dir, &paths)? {
        Some((path, commit)) => {
            if commit.is_none() {
                report::note(&format!("`{dir}` has changes that are in no commit"));
            }
            Origin { path: path.into_string(), commit }
        }
        None => Origin { path: dir.to_string(), commit: None },
    })
}

/// A name for a release of the overlay at `path`: letters, digits and dashes of it.
fn name(path: &str) -> String {
    let plain = path.to_ascii_lowercase();
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-");
    if name.is_empty() { "release".to_owned() } else { name }
}
