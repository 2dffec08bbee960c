//! What shells read when the program is used without kubectl: clap's scripts for them, and answers in
//! the form that those expect (clap_complete 4.6.11, `env/shells.rs`; pinned for that).

use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;

use clap_complete::env::{EnvCompleter, Shells};

use super::{Candidate, offered};
use crate::cli::name::PROGRAM;

/// Names the shell that asks.
const VARIABLE: &str = "COMPLETE";

/// The script for the shell that `COMPLETE` names, or behind `--` its words' completion. `None` where
/// no shell asks; with any other argument none does, whatever the variable says.
pub(super) fn answer(args: &[OsString]) -> Option<String> {
    let name = std::env::var(VARIABLE).ok()?;
    let name = Path::new(&name).file_stem()?.to_str()?;
    let shells = Shells::builtins();
    let shell = shells.completer(name)?;
    match args {
        [program] => script(shell, program),
        [_, mark, words @ ..] if mark == "--" => Some(completed(shell.name(), words)),
        _ => None,
    }
}

/// The script speaks of the program by its name: it may be part of a package, and stand elsewhere than
/// the program did that wrote it.
fn script(shell: &dyn EnvCompleter, program: &OsString) -> Option<String> {
    let name = Path::new(program).file_stem().and_then(OsStr::to_str).unwrap_or(PROGRAM);
    let mut out = Vec::new();
    shell.write_registration(VARIABLE, PROGRAM, name, name, &mut out).ok()?;
    let text = String::from_utf8(out).ok()?;
    Some(if shell.name() == "zsh" { text + &first(name) } else { text })
}

/// zsh loads the script from `fpath` when it is asked for the first time, and takes it for the answer.
fn first(name: &str) -> String {
    let completer = format!("_clap_dynamic_completer_{}", name.replace('-', "_"));
    format!("if [[ $funcstack[1] == _{name} ]]; then {completer} \"$@\"; fi\n")
}

/// The answer for `words`, the program's own name first.
fn completed(shell: &str, words: &[OsString]) -> String {
    let variable = |name: &str| std::env::var(name).ok();
    let index = variable("_CLAP_COMPLETE_INDEX").and_then(|index| index.parse().ok());
    let index = index.unwrap_or(words.len().saturating_sub(1));
    let mut words: Vec<_> = words.iter().take(index + 1).skip(1).cloned().collect();
    // zsh leaves out an empty one.
    words.resize(index, OsString::new());
    let Some((offer, words)) = offered(&words) else { return String::new() };
    let values = offer.candidates.into_iter().filter_map(|candidate| {
        let value = format!("{}{}", offer.prefix, candidate.value);
        Some(Candidate::new(value.get(words.cut..)?, candidate.help))
    });
    let lines: Vec<_> = values.map(|candidate| line(shell, &candidate)).collect();
    let between = variable("_CLAP_IFS").filter(|ifs| !ifs.is_empty());
    lines.join(between.as_deref().unwrap_or("\n"))
}

fn line(shell: &str, Candidate { value, help, .. }: &Candidate) -> String {
    let help = help.as_str();
    match shell {
        "zsh" => {
            let escaped = |text: &str| text.replace('\\', "\\\\");
            let help = if help.is_empty() { String::new() } else { format!(":{}", escaped(help)) };
            format!("{}{help}", escaped(value).replace(':', "\\:"))
        }
        "fish" | "powershell" if !help.is_empty() => format!("{value}\t{help}"),
        _ => value.clone(),
    }
}
