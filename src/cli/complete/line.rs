//! The command line as far as it was typed: verb, positional arguments, flags.

use clap::{Arg, ArgAction, Command};

/// What has been typed, read without complaints.
pub(super) struct Line<'c> {
    /// The verb, or the program itself.
    pub(super) command: &'c Command,
    /// What is no flag and no value of one.
    pub(super) positionals: Vec<String>,
    /// The flags with their values, empty where they have none.
    flags: Vec<(&'c Arg, String)>,
    /// What the cursor's word is.
    pub(super) next: Next<'c>,
}

/// What the next word is.
#[derive(Clone, Copy)]
pub(super) enum Next<'c> {
    /// A verb, a flag or a positional argument.
    Any,
    /// The value of this flag.
    Value(&'c Arg),
    /// A positional argument, whatever it looks like.
    Positional,
}

impl<'c> Line<'c> {
    /// Reads `words` as arguments of `program`, which has been built.
    pub(super) fn read(program: &'c Command, words: &[String]) -> Self {
        let (positionals, flags) = (Vec::new(), Vec::new());
        let mut line = Self { command: program, positionals, flags, next: Next::Any };
        words.iter().for_each(|word| line.take(word));
        line
    }

    /// The values of the flag `id`.
    pub(super) fn values(&self, id: &str) -> impl Iterator<Item = &str> {
        let given = self.flags.iter().filter(move |(arg, _)| arg.get_id() == id);
        given.map(|(_, value)| value.as_str())
    }

    /// Whether a verb may come next: verbs stand first.
    pub(super) fn takes_verb(&self) -> bool {
        self.positionals.is_empty() && self.flags.is_empty() && matches!(self.next, Next::Any)
    }

    /// The flags that may still be given.
    pub(super) fn open_flags(&self) -> impl Iterator<Item = &'c Arg> {
        let given = |arg: &Arg| self.flags.iter().any(|(flag, _)| flag.get_id() == arg.get_id());
        let is_open =
            move |arg: &&Arg| matches!(arg.get_action(), ArgAction::Append) || !given(arg);
        self.command.get_arguments().filter(|arg| !arg.is_hide_set()).filter(is_open)
    }

    /// The positional argument that the next word is.
    pub(super) fn positional(&self) -> Option<&'c Arg> {
        let mut all = self.command.get_positionals();
        let last = self.command.get_positionals().last();
        let is_list = |arg: &&Arg| arg.get_num_args().is_some_and(|range| range.max_values() > 1);
        all.nth(self.positionals.len()).or(last.filter(is_list))
    }

    /// The flag that `word` names, which begins with dashes.
    pub(super) fn flag(&self, word: &str) -> Option<&'c Arg> {
        let mut all = self.command.get_arguments();
        match word.strip_prefix("--") {
            Some(long) => all.find(|arg| arg.get_long() == Some(long)),
            None => {
                let mut letters = word.chars().skip(1);
                let short = letters.next().filter(|_| letters.next().is_none());
                all.find(|arg| short.is_some() && arg.get_short() == short)
            }
        }
    }

    fn take(&mut self, word: &str) {
        match self.next {
            Next::Value(arg) => {
                self.flags.push((arg, word.to_owned()));
                self.next = Next::Any;
            }
            Next::Any if word == "--" => self.next = Next::Positional,
            Next::Any if word.starts_with('-') && word.len() > 1 => self.take_flag(word),
            Next::Any if self.takes_verb() => match self.command.find_subcommand(word) {
                Some(verb) => self.command = verb,
                None => self.positionals.push(word.to_owned()),
            },
            Next::Any | Next::Positional => self.positionals.push(word.to_owned()),
        }
    }

    fn take_flag(&mut self, word: &str) {
        let (name, value) = word.split_once('=').map_or((word, None), |(a, b)| (a, Some(b)));
        match (self.flag(name), value) {
            (Some(arg), None) if takes_word(arg) => self.next = Next::Value(arg),
            (Some(arg), value) => {
                self.flags.push((arg, value.unwrap_or_default().to_owned()));
            }
            (None, _) => self.take_letters(word),
        }
    }

    /// `-qn NAME`, `-ojson`: of letters only the last may want a word.
    fn take_letters(&mut self, word: &str) {
        let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        for (at, letter) in letters.unwrap_or_default().char_indices() {
            let Some(arg) = self.flag(&format!("-{letter}")) else { return };
            let rest = &word[1 + at + letter.len_utf8()..];
            match (takes_word(arg), rest.is_empty()) {
                (true, true) => self.next = Next::Value(arg),
                (true, false) => return self.flags.push((arg, rest.to_owned())),
                (false, _) => self.flags.push((arg, String::new())),
            }
        }
    }
}

/// Whether a value stands behind the flag as a word of its own.
fn takes_word(arg: &Arg) -> bool {
    let takes = arg.get_num_args().is_some_and(|range| range.min_values() > 0);
    takes && !arg.is_require_equals_set()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::args::Cli;

    #[test]
    fn lines_are_read_as_far_as_they_go() {
        let mut program = Cli::command();
        program.build();
        for (typed, verb, positionals, values) in [
            ("dev", "", "dev", ""),
            ("diff dev --only a tst", "diff", "dev tst", "a"),
            ("diff dev --only=a --only b", "diff", "dev", "a b"),
            ("dev diff", "", "dev diff", ""),
            ("--dry-run dev -v tst -o json", "", "dev tst", ""),
            ("-qojson dev", "", "dev", ""),
            ("-qo json dev", "", "dev", ""),
            ("-n x dev -- --only", "", "dev --only", ""),
            ("--unknown dev -7", "", "dev", ""),
        ] {
            let words: Vec<_> = typed.split(' ').map(str::to_owned).collect();
            let line = Line::read(&program, &words);
            let name = if verb.is_empty() { "kubectl-promote" } else { verb };
            assert_eq!(line.command.get_name(), name, "{typed}");
            assert_eq!(line.positionals.join(" "), positionals, "{typed}");
            let given: Vec<_> = line.values("only").collect();
            assert_eq!(given.join(" "), values, "{typed}");
        }
    }
}
