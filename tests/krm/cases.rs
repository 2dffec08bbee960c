//! The golden cases of the command line, run through the function: the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::function;
use crate::lists::{annotations, indented, list, promotion, without_results};
use crate::support::{files, root};

/// Cases that have no counterpart among items, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("charts/generator-file-that-is-no-text", "an item is text"),
    ("images/broken-yaml-in-a-secret-is-not-shown", "the whole list would not be YAML"),
    ("images/broken-yaml-is-refused", "the whole list would not be YAML"),
    ("images/byte-order-mark-and-no-final-newline", "an item has no byte order mark"),
    ("images/document-markers", "an item has none"),
    ("images/dry-run", "the function has none: its runner writes, or not"),
    ("images/empty-target", "an item is an object"),
    ("images/not-utf-8-is-refused", "an item is text"),
    ("images/several-documents-are-refused", "an item is one document: in packages"),
    ("images/utf-16-is-refused", "an item is text"),
];

/// The same where the annotations stand behind the file's text: what is added at the end comes behind
/// them, and so behind the file's last comment.
const BEHIND_THE_END: &[&str] = &["images/add-a-list"];

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Where in the item the annotations are put.
#[derive(Clone, Copy, Debug)]
enum Place {
    First,
    Last,
}

#[test]
fn every_case_of_the_command_line_gives_the_same_bytes() {
    let (mut failed, mut done) = (Vec::new(), 0);
    for case in cases() {
        let name = case.strip_prefix(root().join("testdata")).unwrap().to_str().unwrap().to_owned();
        if ELSEWHERE.iter().any(|(known, _)| *known == name) {
            continue;
        }
        done += 1;
        let places = [Place::First, Place::Last];
        for place in &places[..if BEHIND_THE_END.contains(&name.as_str()) { 1 } else { 2 }] {
            if let Err(what) = run(&case, *place) {
                failed.push(format!("{name} ({place:?}): {what}"));
            }
        }
    }
    assert!(done > 100, "only {done} cases");
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_exception_is_a_case_that_differs() {
    for (name, why) in ELSEWHERE {
        let case = root().join("testdata").join(name);
        assert!(case.join("cmd").is_file(), "{name}: {why}");
        if *name == "images/dry-run" {
            continue;
        }
        for place in [Place::First, Place::Last] {
            assert!(run(&case, place).is_err(), "{name} is no exception any more: {why}");
        }
    }
}

fn cases() -> Vec<PathBuf> {
    let dirs = |dir: &Path| {
        let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let mut dirs: Vec<_> = entries.filter(|path| path.is_dir()).collect();
        dirs.sort();
        dirs
    };
    let kinds = dirs(&root().join("testdata"));
    let cases = kinds.iter().flat_map(|kind| dirs(kind));
    cases.filter(|case| case.join("cmd").is_file()).collect()
}

fn run(case: &Path, place: Place) -> Result<(), String> {
    let (spec, code) = request(case);
    let before = before(case);
    let items: Vec<_> =
        before.iter().filter_map(|(path, bytes)| embed(path, bytes, place)).collect();
    if let Some(path) = before.keys().find(|path| items.iter().all(|item| item.path != **path)) {
        return Err(format!("{} cannot be an item", path.display()));
    }
    let texts: Vec<_> = items.iter().map(|item| item.text.clone()).collect();
    let input = list(&texts, &promotion(&spec));
    let run = function(input.clone());
    let told = format!("\n{}\n{input}", run.stderr);
    if run.code != code {
        return Err(format!("exit code {} instead of {code}{told}", run.code));
    }
    let mut wanted = before.clone();
    for (path, bytes) in files(&case.join("after")) {
        wanted.insert(Path::new("target").join(path), bytes);
    }
    let text = |item: &Item| dashed(&ended(&String::from_utf8_lossy(&wanted[&item.path])), place);
    let texts: Vec<_> = items.iter().map(text).collect();
    let wanted = list(&texts, &promotion(&spec));
    let strip = |out: String, item: &Item| out.replacen(&item.inserted, "", 1);
    let got = items.iter().fold(without_results(&run.stdout), strip);
    if got == wanted {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(&wanted, &got);
    Err(format!("{}{told}", diff.unified_diff().header("wanted", "got")))
}

/// The files of a case before, the target's where the command looks for them.
fn before(case: &Path) -> Files {
    let mut out = Files::new();
    for (path, bytes) in files(case) {
        let Ok(inner) = path.strip_prefix("before") else {
            if path.components().count() > 1 && !path.starts_with("after") {
                out.insert(path, bytes);
            }
            continue;
        };
        out.insert(Path::new("target").join(inner), bytes);
    }
    out
}

/// A file as an item.
struct Item {
    path: PathBuf,
    text: String,
    /// The annotations, as they were put into the file's own text.
    inserted: String,
}

/// `text` as an item: begun on the line of its dash, as kpt does, or below it.
fn dashed(text: &str, place: Place) -> String {
    match place {
        Place::Last if !text.starts_with(['\n', '\r']) => format!("-{}", &indented(text)[1..]),
        _ => format!("-\n{}", indented(text)),
    }
}

/// `text` with the line break at its end that every item has.
fn ended(text: &str) -> String {
    let end = if text.ends_with(['\n', '\r']) { "" } else { "\n" };
    format!("{text}{end}")
}

/// The file `path` as an item; `None` where it cannot be one.
fn embed(path: &Path, bytes: &[u8], place: Place) -> Option<Item> {
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    let value: serde_yaml::Value = serde_yaml::from_str(&text).ok().unwrap_or_default();
    // What that parser does not read, such as a key that is there twice, may be a mapping too.
    let is_mapping = value.is_mapping() || value.is_null() && text.contains(": ");
    if !is_mapping || text.contains("---") {
        return None;
    }
    let text = ended(&text);
    let annotations = annotations(path.to_str()?, "", 0);
    let text = dashed(&text, place);
    let own = text.find("\n  metadata:\n").map(|at| at + "\n  metadata:\n".len());
    let (at, inserted) = if text[1..].trim_start().starts_with('{') {
        let inner: serde_json::Value = serde_yaml::from_str(&annotations).ok()?;
        (text.rfind('}')?, format!(", \"metadata\": {}", inner["metadata"]))
    } else if let Some(own) = own {
        (own, indented(annotations.strip_prefix("metadata:\n")?))
    } else {
        let at = match place {
            Place::First => "-\n".len(),
            Place::Last => text.len(),
        };
        (at, indented(&annotations))
    };
    let text = format!("{}{inserted}{}", &text[..at], &text[at..]);
    Some(Item { path: path.to_owned(), text, inserted })
}

/// The `spec` that says what the command of a case says, and the exit code.
fn request(case: &Path) -> (String, i32) {
    let text = fs::read_to_string(case.join("cmd")).unwrap();
    let mut lines = text.lines();
    let words = lines.next().unwrap().replace('\'', "");
    let code = lines.next().map_or(0, |line| line.trim_start_matches("? ").parse().unwrap());
    let mut words = words.split_whitespace().skip(2);
    let (mut paths, mut fields) = (Vec::new(), Vec::new());
    while let Some(word) = words.next() {
        let mut value = || format!("{:?}", words.next().unwrap());
        match word {
            "--add" => fields.push("add: true".to_owned()),
            "--follow" => fields.push("follow: true".to_owned()),
            "--allow-downgrade" => fields.push("allowDowngrade: true".to_owned()),
            "--new-name" => fields.push(format!("newName: {}", value())),
            "--only" => fields.push(format!("only: [{}]", value())),
            "--except" => fields.push(format!("except: [{}]", value())),
            "--kinds" => fields.push(format!("kinds: [{}]", value().replace(',', "\", \""))),
            "-o" => drop(value()),
            "-q" | "--no-headers" | "--error-unchanged" => {}
            word if word.starts_with('-') => panic!("{}: {word}", case.display()),
            word => paths.push(word.to_owned()),
        }
    }
    fields.push(format!("from: {:?}", paths.remove(0)));
    fields.push(format!("to: {paths:?}"));
    // Nothing to do is no failure of a function.
    (format!("{{{}}}", fields.join(", ")), if code == 3 { 0 } else { code })
}
