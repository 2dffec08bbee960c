//! What to offer for the word at the cursor.

use clap::builder::ValueHint;
use clap::{Arg, Command};
use clap_complete::engine::{PathCompleter, ValueCompleter as _};

use super::line::{Line, Next};
use super::{Candidate, Offer, keys, overlays};
#[cfg(feature = "cluster")]
use crate::io::cluster::Context;
use crate::kind::KINDS;

/// What images are built for, by and large; any other can be typed.
const PLATFORMS: &[&str] = &["linux/amd64", "linux/arm64", "linux/arm/v7", "windows/amd64"];

/// What may stand in the place of `word`, which begins it.
pub(super) fn offer(line: &Line<'_>, word: &str) -> Offer {
    match line.next {
        Next::Value(arg) => plain(values(arg, line, word)),
        Next::Any if word.starts_with('-') => match word.split_once('=') {
            Some((name, value)) => Offer {
                prefix: format!("{name}="),
                candidates: line.flag(name).map_or_else(Vec::new, |arg| values(arg, line, value)),
            },
            None => plain(flags(line, word)),
        },
        Next::Any | Next::Positional => {
            let mut out = if line.takes_verb() { verbs(line.command, word) } else { Vec::new() };
            out.extend(line.positional().map_or_else(Vec::new, |arg| values(arg, line, word)));
            plain(out)
        }
    }
}

const fn plain(candidates: Vec<Candidate>) -> Offer {
    Offer { prefix: String::new(), candidates }
}

fn verbs(command: &Command, word: &str) -> Vec<Candidate> {
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let verbs = verbs.filter(|verb| verb.get_name().starts_with(word));
    verbs.map(|verb| Candidate::new(verb.get_name(), first_line(verb.get_about()))).collect()
}

fn flags(line: &Line<'_>, word: &str) -> Vec<Candidate> {
    let flags = line.open_flags().filter_map(|arg| Some((format!("--{}", arg.get_long()?), arg)));
    let flags = flags.filter(|(name, _)| name.starts_with(word));
    flags.map(|(name, arg)| Candidate::new(name, first_line(arg.get_help()))).collect()
}

fn first_line(text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}

/// The values of `arg` that begin with `word` and are not given yet; of a list separated by commas, what
/// may come behind the last one.
fn values(arg: &Arg, line: &Line<'_>, word: &str) -> Vec<Candidate> {
    let comma = arg.get_value_delimiter().and_then(|comma| word.rfind(comma)).map(|at| at + 1);
    let (list, word) = word.split_at(comma.unwrap_or(0));
    let mut out = single(arg, line, word);
    let given = || line.values(arg.get_id().as_str()).flat_map(|given| given.split(','));
    out.retain(|candidate| list.split(',').chain(given()).all(|one| one != candidate.value));
    for candidate in &mut out {
        candidate.value.insert_str(0, list);
    }
    out
}

/// What the repository, the kubeconfig or the flag itself knows.
fn single(arg: &Arg, line: &Line<'_>, word: &str) -> Vec<Candidate> {
    match arg.get_id().as_str() {
        "from" | "overlay" => overlays::sources(arg, line, word),
        "to" | "overlays" => overlays::targets(line, word),
        "only" | "except" => keys::keys(line, word),
        "kinds" | "kind" => begins(kinds(), word),
        name @ ("cluster" | "context" | "namespace" | "user") => {
            begins(of_kubeconfig(name, line), word)
        }
        "platform" => {
            begins(PLATFORMS.iter().map(|name| Candidate::new(*name, "")).collect(), word)
        }
        _ if arg.get_value_hint() == ValueHint::FilePath => files(word),
        _ => begins(possible(arg), word),
    }
}

fn begins(mut candidates: Vec<Candidate>, word: &str) -> Vec<Candidate> {
    candidates.retain(|candidate| candidate.value.starts_with(word));
    candidates
}

fn possible(arg: &Arg) -> Vec<Candidate> {
    let takes = arg.get_num_args().is_some_and(|range| range.takes_values());
    let values = arg.get_value_parser().possible_values().filter(|_| takes);
    let values = values.into_iter().flatten().filter(|value| !value.is_hide_set());
    values.map(|value| Candidate::new(value.get_name(), first_line(value.get_help()))).collect()
}

fn kinds() -> Vec<Candidate> {
    KINDS.iter().map(|kind| Candidate::new(kind.id(), kind.about().what)).collect()
}

fn files(word: &str) -> Vec<Candidate> {
    let found = PathCompleter::file().complete(word.as_ref()).into_iter();
    let names = found.filter_map(|found| Some(found.get_value().to_str()?.to_owned()));
    names.map(|name| Candidate::new(name, "")).collect()
}

/// What the kubeconfig has for a flag. No cluster is asked for more.
#[cfg(feature = "cluster")]
fn of_kubeconfig(flag: &str, line: &Line<'_>) -> Vec<Candidate> {
    let file = line.values("kubeconfig").last().map(camino::Utf8PathBuf::from);
    let all = crate::io::cluster::names(file.as_ref());
    let plain = |names: Vec<String>| {
        names.into_iter().map(|name| Candidate::new(name, "")).collect::<Vec<_>>()
    };
    match flag {
        "cluster" => plain(all.clusters),
        "user" => plain(all.users),
        "context" => contexts(&all.contexts),
        _ => namespaces(all.contexts, line.values("context").last().unwrap_or_default()),
    }
}

#[cfg(not(feature = "cluster"))]
const fn of_kubeconfig(_: &str, _: &Line<'_>) -> Vec<Candidate> {
    Vec::new()
}

#[cfg(feature = "cluster")]
fn contexts(all: &[Context]) -> Vec<Candidate> {
    let about = |context: &Context| match &context.namespace {
        Some(namespace) => format!("cluster {}, namespace {namespace}", context.cluster),
        None => format!("cluster {}", context.cluster),
    };
    all.iter().map(|context| Candidate::new(&context.name, about(context))).collect()
}

/// The namespaces that contexts name: that of the `chosen` one first.
#[cfg(feature = "cluster")]
fn namespaces(mut all: Vec<Context>, chosen: &str) -> Vec<Candidate> {
    all.sort_by_key(|context| context.name != chosen);
    let mut out: Vec<Candidate> = Vec::new();
    for (name, namespace) in
        all.into_iter().filter_map(|context| Some((context.name, context.namespace?)))
    {
        if out.iter().all(|known| known.value != namespace) {
            out.push(Candidate::new(namespace, format!("of context {name}")));
        }
    }
    out
}
