//! How things are shown.

use std::ffi::OsString;

use clap::{ArgAction, Args, ValueEnum};

/// In which form to print.
#[derive(Debug, Args)]
pub(super) struct Output<F: ValueEnum + Send + Sync + 'static> {
    #[arg(id = "output", short = 'o', long = "output", value_name = "FORMAT", value_enum,
          help = listed::<F>("Output format"), help_heading = "Output", hide_possible_values = true)]
    format: Option<F>,
}

impl<F: ValueEnum + Copy + Send + Sync> Output<F> {
    /// What was asked for, or else the `usual` one.
    pub(super) fn or(&self, usual: F) -> F {
        self.format.unwrap_or(usual)
    }
}

/// `what`, and the values that it may have.
pub(super) fn listed<V: ValueEnum>(what: &str) -> String {
    let values = V::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let names: Vec<_> = values.map(|value| value.get_name().to_owned()).collect();
    match names.split_last() {
        Some((last, rest)) => format!("{what}: {} or {last}", rest.join(", ")),
        None => what.to_owned(),
    }
}

/// How to show things.
#[derive(Debug, Args)]
pub(super) struct Look {
    /// Print no column headers
    #[arg(long, help_heading = "Output")]
    pub(super) no_headers: bool,
    /// Print warnings and errors only
    #[arg(short, long, help_heading = "Output")]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) verbosity: Verbosity,
}

/// How much is said of the work itself.
#[derive(Debug, Args)]
pub(super) struct Verbosity {
    /// Say which files are read and what is asked
    #[arg(short, long, alias = "v", value_name = "LEVEL", num_args = 0..=1, require_equals = true,
          default_value_t = 0, default_missing_value = "1", hide_default_value = true,
          action = ArgAction::Set, help_heading = "Output")]
    verbose: u8,
}

impl Verbosity {
    /// Whether every file and every request is to be said.
    pub(super) const fn is_verbose(&self) -> bool {
        self.verbose > 0
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On terminals
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// What `args` say before anybody has read them.
    pub(super) fn of(args: &[OsString]) -> Self {
        let behind =
            args.iter().skip_while(|arg| *arg != "--color").nth(1).and_then(|arg| arg.to_str());
        let joined = args.iter().find_map(|arg| arg.to_str()?.strip_prefix("--color="));
        joined.or(behind).and_then(|color| Self::from_str(color, true).ok()).unwrap_or(Self::Auto)
    }

    /// Settles the question for both output streams.
    pub(super) fn apply(self) {
        let choice = match self {
            // Which asks NO_COLOR, CLICOLOR, TERM and whether it is a terminal.
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}
