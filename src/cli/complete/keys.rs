//! Keys for `--only` and `--except`: those of the chosen source.

use super::Candidate;
use super::line::Line;
use crate::cli::from::From;
use crate::cli::source::{files, overlay};
use crate::kind::{Field, find};
use crate::plan::{Selection, fields};
use crate::promotion::Promotion;

/// The keys that begin with `word`, or the globs `KIND=KEY` where it begins so. Keys that are no
/// globs of themselves are not offered.
pub(super) fn keys(line: &Line<'_>, word: &str) -> Vec<Candidate> {
    let (kind, start) = match word.split_once('=') {
        Some((kind, start)) if find(kind).is_some() => (Some(kind), start),
        _ => (None, word),
    };
    let kinds = line.values("kinds").flat_map(|list| list.split(',')).map(str::to_owned);
    let kinds: Vec<_> = kinds.collect();
    let mut out: Vec<Candidate> = Vec::new();
    for field in sources(line).iter().flat_map(|from| of(from, &kinds)) {
        let is_wanted = kind.is_none_or(|kind| kind == field.kind) && field.key.starts_with(start);
        let value = match kind {
            Some(kind) => format!("{kind}={}", field.key),
            None => field.key.clone(),
        };
        if is_wanted && out.iter().all(|known| known.value != value) {
            out.push(Candidate::new(value, about(&field)));
        }
    }
    out
}

/// What is promoted: FROM; of `pin` every overlay is its own source.
fn sources<'l>(line: &'l Line<'_>) -> &'l [String] {
    let count = if line.command.get_name() == "pin" { line.positionals.len() } else { 1 };
    line.positionals.get(..count).unwrap_or_default()
}

/// The fields of the source called `name`; none where there is none.
fn of(name: &str, kinds: &[String]) -> Vec<Field> {
    let found = || {
        let promotion = Promotion { kinds: kinds.to_owned(), ..Promotion::default() };
        let selection = Selection::new(&promotion).ok()?;
        let from = From::parse(name).ok()?;
        let files = files(&from, false).ok()?;
        let mut fields = fields(&overlay(&files.tree, &from).ok()?, &selection).ok()?;
        fields.retain(|field| selection.takes_kind(field.kind));
        Some(fields)
    };
    found().unwrap_or_default()
}

fn about(field: &Field) -> String {
    let version = field.value.as_ref().and_then(|value| value.version.as_deref());
    format!("{} {}", field.kind, version.unwrap_or_default()).trim_end().to_owned()
}
