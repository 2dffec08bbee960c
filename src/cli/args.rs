//! The arguments, and their help.

use std::ffi::OsString;

use camino::Utf8Path;
use clap::builder::styling::{AnsiColor, Styles};
use clap::error::ErrorKind;
use clap::{Args, Command, Parser, Subcommand, ValueEnum};
use strsim::damerau_levenshtein;

use crate::cli::check::{self, CheckArgs};
use crate::cli::cluster::Gates;
use crate::cli::export::{self, ExportArgs};
use crate::cli::look::{Color, Look, Output};
use crate::cli::manual::{self, ManualArgs};
use crate::cli::network::Network;
use crate::cli::pin::{self, PinArgs};
use crate::cli::running::{self, RunningArgs};
use crate::cli::schema::{self, SchemaArgs};
use crate::promotion::{DigestFrom, NewName, Pin, Promotion};

/// Colours of help and of usage errors.
pub(super) const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  # Give tst the versions of dev; --dry-run shows it first
  kubectl promote overlays/dev overlays/tst
  # See it as a diff, and change nothing
  kubectl promote diff overlays/dev overlays/tst
  # To production: only what has run well for a day
  kubectl promote overlays/tst overlays/prod --require-healthy --soak 24h
  # Roll back to what prod was three commits ago
  kubectl promote overlays/prod@HEAD~3 overlays/prod";

const DIFF_EXAMPLES: &str = "\
Examples:
  # What would promoting dev to tst change?
  kubectl promote diff overlays/dev overlays/tst
  # What has main that production has not? Exit code 1: something
  kubectl promote diff overlays/prod@origin/main overlays/prod";

const FN_EXAMPLES: &str = "\
Examples:
  # Promote dev to tst in a kpt package, or any directory of files
  kpt fn eval . --exec \"kubectl-promote fn\" -- from=overlays/dev to=overlays/tst
  # The same without kpt, from a list of them
  kubectl promote fn < list.yaml";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  # Everything that can be promoted
  kubectl promote explain
  # Which fields of a kustomization are images, and which are left alone?
  kubectl promote explain images";

/// Copy versions from one kustomize overlay to others and leave all else alone
///
/// Tags and digests of images, refs of remote bases and versions of charts move; every other byte
/// stays. FROM is an overlay, a release, or PATH@REV, one as it was at a Git revision; TO are
/// overlays. All is written or nothing.
#[derive(Debug, Parser)]
#[command(
    name = "kubectl-promote",
    styles = STYLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = EXAMPLES,
    max_term_width = 80
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
    #[command(flatten)]
    pub(super) plain: Plain,
}

/// What can be said without a verb: a promotion.
#[derive(Debug, Parser)]
pub(super) struct Plain {
    #[command(flatten)]
    pub(super) promote: PromoteArgs,
    /// When to use colours: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(super) color: Color,
}

impl Plain {
    /// The promotion that `args` ask for, the program's own name first; none where they have a verb,
    /// or where anything is to be said about them. To build the arguments of all verbs, and their
    /// help, takes longer than what most calls are made for.
    pub(super) fn read(args: &[OsString]) -> Option<Cli> {
        let is_verb = |arg: &OsString| {
            arg.to_str().is_none_or(|arg| arg == "help" || Verb::has_subcommand(arg))
        };
        if args.iter().skip(1).any(is_verb) {
            return None;
        }
        let cli = Cli { verb: None, plain: Self::try_parse_from(args).ok()? };
        // What is not there may be a verb that is mistyped.
        let from = cli.plain.promote.what.from.as_deref()?;
        let is_plain = from.contains(['/', '@']) || Utf8Path::new(from).exists();
        (is_plain && cli.fit().is_ok()).then_some(cli)
    }
}

impl Cli {
    /// Refuses a verb that is mistyped or stands behind flags: the parser takes it for FROM.
    ///
    /// # Errors
    /// A usage error.
    pub(super) fn checked(self, command: &mut Command) -> Result<Self, clap::Error> {
        let from = self.plain.promote.what.from.as_deref().unwrap_or_default();
        let verbs = command.get_subcommands().map(Command::get_name).chain(["help"]);
        let verb = verbs.min_by_key(|verb| damerau_levenshtein(verb, from)).unwrap_or_default();
        let problem = match damerau_levenshtein(verb, from) {
            _ if self.verb.is_some() => self.fit(),
            0 => Err(format!(
                "`{from}` is a verb: put it first, or write `./{from}` for the directory"
            )),
            1 if from.len() > 2 && !Utf8Path::new(from).exists() => {
                Err(format!("`{from}` is neither an overlay nor a verb: did you mean `{verb}`?"))
            }
            _ => self.fit(),
        };
        match problem {
            Ok(()) => Ok(self),
            Err(problem) => Err(command.error(ErrorKind::ArgumentConflict, problem)),
        }
    }

    fn fit(&self) -> Result<(), String> {
        let Some((promotion, network, gates)) = self.outside() else { return Ok(()) };
        network_fits(&promotion, network)?;
        gates.fit(&promotion, network.offline)
    }

    /// The flags about the outside world, with what they are for.
    fn outside(&self) -> Option<(Promotion, &Network, &Gates)> {
        Some(match &self.verb {
            None => (
                self.plain.promote.what.promotion(),
                &self.plain.promote.what.network,
                &self.plain.promote.what.gates,
            ),
            Some(Verb::Diff(args)) => (args.what.promotion(), &args.what.network, &args.what.gates),
            Some(Verb::Pin(args)) => (args.promotion(), &args.network, &args.gates),
            Some(Verb::Export(args)) => (args.promotion(), &args.network, &args.gates),
            Some(_) => return None,
        })
    }
}

/// What speaks against using the network as asked for.
fn network_fits(promotion: &Promotion, network: &Network) -> Result<(), String> {
    if network.offline && promotion.asks() {
        let flag = if promotion.pin.is_empty() { "--require-present" } else { "pinning" };
        return Err(format!("{flag} needs the network, which `--offline` refuses"));
    }
    match network.image_flag().filter(|_| !promotion.asks_registries()) {
        Some(flag) => {
            Err(format!("`{flag}` checks nothing without `--pin images` or `--require-present`"))
        }
        None => Ok(()),
    }
}

/// What to do instead of promoting.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Show what a promotion would change as a unified diff
    ///
    /// Exits with 0 for no difference and 1 for some; errors exit with 2. Nothing is written.
    /// KUBECTL_EXTERNAL_DIFF names another program to compare with, as for `kubectl diff`.
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(DiffArgs),
    /// Write the digest that every tag is now, and change nothing else
    ///
    /// What is pinned already stays: its tag is looked up all the same, and said to have moved where
    /// it has.
    #[command(after_help = pin::EXAMPLES)]
    Pin(PinArgs),
    /// Print the versions of an overlay as a release, to promote them later
    ///
    /// A release is for keeping and for review. It can stand wherever FROM can, in the `resources` of a
    /// kustomization, and in a kpt package. Nothing is written.
    #[command(after_help = export::EXAMPLES)]
    Export(ExportArgs),
    /// Say whether rendered objects have the images that were promoted
    ///
    /// Exits with 1 when not. Reads what kustomize rendered from stdin. What the images should be comes
    /// from the Promotion in the overlay's `transformers`, or from --from. Runners skip functions in
    /// silence where a flag is missing: this tells.
    #[command(after_help = check::EXAMPLES)]
    Check(CheckArgs),
    /// Show what an overlay says beside what runs in its cluster
    ///
    /// Every image of every workload that the overlay renders: in Git, in the cluster's pods, whether
    /// the workload is ready and since when. Reads only.
    #[command(after_help = running::EXAMPLES)]
    Running(RunningArgs),
    /// Explain what can be promoted, and what is never touched
    ///
    /// Of each kind: the fields, what makes two of them the same, what is promoted, an example.
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Print the JSON Schema of an object that is read or printed
    ///
    /// For editors, and for programs that read `-o json`. Forms are stable: the CHANGELOG names every
    /// change of one.
    #[command(after_help = schema::EXAMPLES)]
    Schema(SchemaArgs),
    /// Write the manual pages into a directory
    ///
    /// One for the program and one for each verb. Packages have them already.
    #[command(hide = true, after_help = manual::EXAMPLES)]
    Man(ManualArgs),
    /// Run as a KRM function, for kustomize and kpt
    ///
    /// A ResourceList in, the same list with versions promoted out; without any arguments and with
    /// something other than a terminal on stdin it is the same. `fn --help` has its configuration.
    #[command(disable_help_flag = true, after_help = FN_EXAMPLES)]
    Fn {
        #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
}

/// Arguments of a promotion.
#[derive(Debug, Args)]
pub(super) struct PromoteArgs {
    #[command(flatten)]
    pub(super) what: What,
    #[command(flatten)]
    pub(super) how: How,
}

/// How to write and to tell.
#[derive(Debug, Args)]
pub(super) struct How {
    /// Show what would be done and write nothing
    #[arg(long, value_name = "MODE", num_args = 0..=1, require_equals = true, default_value = "none",
          default_missing_value = "client", hide_default_value = true, hide_possible_values = true,
          help_heading = "Output")]
    pub(super) dry_run: DryRun,
    /// Exit with 3 when there was nothing to promote
    #[arg(long, help_heading = "Output")]
    pub(super) error_unchanged: bool,
    #[command(flatten)]
    pub(super) output: Output<Format>,
    #[command(flatten)]
    pub(super) look: Look,
}

/// Arguments of a comparison.
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    pub(super) what: What,
    #[command(flatten)]
    pub(super) output: Output<Format>,
    #[command(flatten)]
    pub(super) look: Look,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The kind to explain; all of them where none is named
    pub(super) kind: Option<String>,
}

/// What goes where.
#[derive(Debug, Args)]
pub(super) struct What {
    /// What to take versions from: an overlay, a release, or PATH@REV, one as it was at a Git revision
    // Optional to the type only: a verb in its place takes no FROM.
    #[arg(required = true, value_name = "FROM")]
    pub(super) from: Option<String>,
    /// The overlays to promote to
    #[arg(required = true, value_name = "TO")]
    pub(super) to: Vec<String>,
    /// Promote only these kinds
    #[arg(long, value_name = "KIND", value_delimiter = ',', help_heading = "What to promote")]
    pub(super) kinds: Vec<String>,
    /// Promote only keys that match, or KIND=GLOB; repeatable
    #[arg(long, value_name = "GLOB", help_heading = "What to promote")]
    pub(super) only: Vec<String>,
    /// Leave out keys that match, or KIND=GLOB; repeatable
    #[arg(long, value_name = "GLOB", help_heading = "What to promote")]
    pub(super) except: Vec<String>,
    /// Create what only the source has
    #[arg(long, help_heading = "What to promote")]
    pub(super) add: bool,
    /// Let versions go back to older ones
    #[arg(long, help_heading = "What to promote")]
    pub(super) allow_downgrade: bool,
    /// Keep the target's newName, or copy the source's
    #[arg(
        long,
        value_name = "keep|copy",
        default_value = "keep",
        help_heading = "What to promote",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(super) new_name: NewName,
    /// Replace old versions in inline patches and literals
    #[arg(long, help_heading = "What to promote")]
    pub(super) follow: bool,
    /// Pin images to digests, refs to commits
    #[arg(
        long,
        value_name = "images|refs",
        value_delimiter = ',',
        help_heading = "Network",
        hide_possible_values = true
    )]
    pub(super) pin: Vec<Pin>,
    /// Promote only images that the target's repository has
    #[arg(long, help_heading = "Network")]
    pub(super) require_present: bool,
    #[command(flatten)]
    pub(super) network: Network,
    #[command(flatten)]
    pub(super) gates: Gates,
}

/// How a plan is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A table for people
    Table,
    /// The table with whole values, files and lines
    Wide,
    /// The whole plan
    Json,
    /// The whole plan
    Yaml,
    /// KIND/KEY of what changes, one a line
    Name,
    /// A unified diff
    Diff,
}

/// Whether to write; kubectl's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DryRun {
    /// Write
    None,
    /// Show only
    Client,
}

impl ValueEnum for Pin {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Images, Self::Refs]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.kind()))
    }
}

impl ValueEnum for DigestFrom {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Registry, Self::Running]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(match self {
            Self::Registry => "registry",
            Self::Running => "running",
        }))
    }
}

impl ValueEnum for NewName {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Keep, Self::Copy]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(match self {
            Self::Keep => "keep",
            Self::Copy => "copy",
        }))
    }
}

impl What {
    /// The request that these arguments make.
    pub(super) fn promotion(&self) -> Promotion {
        Promotion {
            from: self.from.clone().unwrap_or_default(),
            to: self.to.clone(),
            kinds: self.kinds.clone(),
            only: self.only.clone(),
            except: self.except.clone(),
            add: self.add,
            allow_downgrade: self.allow_downgrade,
            new_name: self.new_name,
            follow: self.follow,
            pin: self.pin.clone(),
            digest_from: self.gates.digest_from,
            require_present: self.require_present,
            ..Promotion::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::*;

    #[test]
    fn a_promotion_is_read_alike_with_and_without_the_verbs() {
        for line in [
            "web/dev tst",
            "web/dev tst prod --only web -o json --dry-run=client --color never -vv",
            "--from dev --to tst --to prod -q --except=a,b --pin images --offline",
            "dev@HEAD~3 tst --kinds images,refs --new-name keep",
            "-- web/dev tst",
        ] {
            let args: Vec<OsString> =
                format!("promote {line}").split(' ').map(From::from).collect();
            let all = Cli::command().try_get_matches_from(&args);
            let all = all.and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
            let all = all.map_err(|error| error.to_string());
            let plain = Plain::read(&args).ok_or_else(|| all.as_ref().unwrap_err().clone());
            assert_eq!(format!("{plain:?}"), format!("{all:?}"), "{line}");
        }
    }

    #[test]
    fn what_is_no_promotion_is_left_to_the_verbs() {
        for line in ["diff dev tst", "help", "dev", "dev tst -h", "dev tst --user x", "-q diff a b"]
        {
            let args: Vec<OsString> =
                format!("promote {line}").split(' ').map(From::from).collect();
            assert!(Plain::read(&args).is_none(), "{line}");
        }
    }
}
