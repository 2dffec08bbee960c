//! `kubectl promote explain [KIND]`: what can be promoted, from the registry of kinds itself.

use anyhow::Result;

use crate::cli::args::ExplainArgs;
use crate::cli::{Outcome, stdout};
use crate::kind::{KINDS, Kind};
use crate::plan::Selection;
use crate::promotion::Promotion;

pub(super) fn run(args: &ExplainArgs) -> Result<Outcome> {
    // The same check as for `--kinds`, with the same did-you-mean.
    let kinds = args.kind.iter().cloned().collect();
    let selection = Selection::new(&Promotion { kinds, ..Promotion::default() })?;
    let chosen = KINDS.iter().filter(|kind| selection.takes_kind(kind.id()));
    let texts: Vec<_> = chosen.map(|kind| explained(*kind)).collect();
    stdout::answer(|out| Ok(write!(out, "{}", texts.join("\n"))?))?;
    Ok(Outcome::Done)
}

fn explained(kind: &dyn Kind) -> String {
    let about = kind.about();
    let header = anstyle::AnsiColor::Green.on_default().bold();
    let (old, new) = about.example;
    let pins =
        about.pins.map(|pins| format!("{header}WITH --pin {}:{header:#}\n  {pins}\n", kind.id()));
    format!(
        "{header}KIND:{header:#}     {}\n\n{}\n\n\
         {header}LOOKS AT:{header:#}\n  {}\n\
         {header}KEY:{header:#}\n  {}\n\
         {header}PROMOTES:{header:#}\n  {}\n\
         {header}NEVER TOUCHES:{header:#}\n  {}\n\
         {}\
         {header}EXAMPLE:{header:#}\n  - {old}\n  + {new}\n",
        kind.id(),
        sentence(about.what),
        about.places.join("\n  "),
        about.key,
        about.value,
        about.never,
        pins.unwrap_or_default(),
    )
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The kinds as a Markdown table, for the README.
pub fn table() -> String {
    let mut out = String::from(
        "| kind | where it looks | what makes it the same | what is promoted | never touched |\n|---|---|---|---|---|\n",
    );
    for kind in KINDS {
        let about = kind.about();
        let places: Vec<_> = about.places.iter().map(|place| code(place)).collect();
        out.push_str(&format!(
            "| `{}` | {} | {} | {} | {} |\n",
            kind.id(),
            places.join("<br>"),
            about.key,
            about.value,
            about.never
        ));
    }
    out
}

/// Field names in backticks, sentences as they are.
fn code(place: &str) -> String {
    if place.contains(' ') { place.to_owned() } else { format!("`{place}`") }
}
