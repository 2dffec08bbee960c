//! What the program is called: its help and its examples say what was typed.

use std::ffi::OsStr;
use std::path::Path;

use clap::{Command, CommandFactory as _};

use crate::cli::args::Cli;
use crate::cli::help;

/// The program's own name.
pub(super) const PROGRAM: &str = "kubectl-promote";

/// How the user calls the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name(String);

impl Default for Name {
    /// Under kubectl.
    fn default() -> Self {
        Self("kubectl promote".to_owned())
    }
}

impl Name {
    /// The name by which `program`, the first argument, was called. kubectl runs plugins by their whole
    /// path, people by what they type; of a plugin's name kubectl takes a dash for a blank and an
    /// underscore for a dash.
    pub(super) fn of(program: Option<&OsStr>) -> Self {
        let path = Path::new(program.unwrap_or_default());
        let Some(name) = path.file_stem().and_then(OsStr::to_str) else { return Self::default() };
        match name.strip_prefix("kubectl-") {
            Some(plugin) if path.is_absolute() => {
                Self(format!("kubectl {}", plugin.replace('-', " ").replace('_', "-")))
            }
            _ => Self(name.to_owned()),
        }
    }

    /// `text`, which speaks of `kubectl promote`, in these words.
    pub(super) fn in_words(&self, text: &str) -> String {
        text.replace("kubectl promote", &self.0)
    }

    /// The command line under this name, with its help.
    pub(super) fn command(&self) -> Command {
        help::laid_out(Cli::command().bin_name(&self.0), self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_what_was_typed() {
        for (program, wanted) in [
            ("kubectl-promote", "kubectl-promote"),
            ("./target/debug/kubectl-promote", "kubectl-promote"),
            ("promote", "promote"),
            #[cfg(unix)]
            ("/usr/local/bin/kubectl-promote", "kubectl promote"),
            #[cfg(unix)]
            ("/usr/local/bin/kubectl-promote_overlay", "kubectl promote-overlay"),
            #[cfg(windows)]
            ("C:\\krew\\kubectl-promote.exe", "kubectl promote"),
            ("", "kubectl promote"),
        ] {
            assert_eq!(Name::of(Some(program.as_ref())).0, wanted, "{program}");
        }
    }
}
