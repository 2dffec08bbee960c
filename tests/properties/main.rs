//! Properties of the editor, on documents and rewrites made by chance.
//!
//! Whatever it is asked: it does not panic; it touches only the bytes of what is to change; no
//! comment is lost but with its line; and another parser finds exactly the data that was asked for.
//! `PROMOTE_PROPERTY_CASES` and `PROMOTE_PROPERTY_SEED` say how many cases and from which on;
//! a failure names the seed of its case.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "helpers of tests stand outside of their functions"
)]

mod asks;
mod bytes;
mod generate;
mod oracle;
mod scalars;
#[path = "../support/mod.rs"]
mod support;
mod words;

use std::io::{BufRead as _, BufReader, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, Stdio};

use kubectl_promote::edit::{Edit, apply};
use kubectl_promote::yaml::{Body, Document, NodeId, Rewrite};

use crate::asks::{Asks, asks};
use crate::generate::{Source, document};
use crate::support::dice::{Dice, Tally, seeds};

/// Fails where the oracle saw too little, or too much was refused that should not be.
fn is_sound(tally: &Tally) {
    let (edited, checked) = (tally.count("edited"), tally.count("data checked"));
    assert!(checked * 100 >= edited * 60, "{checked} of {edited} checked");
    // Left are block scalars that keep their blank tail (`|+`) or end the text without a line
    // break, where nothing can be put behind; a comment behind a dash without a value; and
    // several rewrites of one end of brackets whose lines hold comments.
    let (plain, refused) = (tally.count("plain cases"), tally.count("plain cases refused"));
    assert!(refused * 100 <= plain, "{refused} of {plain} refused");
}

/// Runs `check` on each case that is YAML, and says which one failed.
fn run(default: u64, mut check: impl FnMut(&Case<'_>, &mut Tally)) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds(default) {
        let mut dice = Dice::new(seed);
        let source = document(&mut dice);
        let mut shown = format!("seed {seed}: {:?}", source.text);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            tally.note("cases");
            let doc = match Document::parse(&source.text) {
                Ok(doc) => doc,
                // An anchor may stand in its own value, which is no data.
                Err(_) if source.mutated || source.anchors => return tally.note("no YAML"),
                Err(error) => panic!("{error:?}"),
            };
            let asks = asks(&doc, &mut dice);
            if asks.rewrites.is_empty() {
                tally.note("nothing to rewrite");
                return;
            }
            shown.push_str(&format!("\n{:?}", asks.rewrites));
            let result = apply(&doc, &asks.rewrites);
            shown.push_str(&format!("\n{result:?}"));
            let plain = !(source.mutated || source.anchors || source.complex || asks.daring);
            if plain {
                tally.note("plain cases");
            }
            match result {
                Ok((edits, after)) => {
                    tally.note("edited");
                    let case = Case {
                        source: &source,
                        doc: &doc,
                        asks: &asks,
                        edits: &edits,
                        after: &after,
                    };
                    check(&case, &mut tally);
                }
                Err(error) if plain => {
                    tally.note("plain cases refused");
                    tally.note(&format!("plain: {}", error.message));
                }
                Err(_) => tally.note("refused"),
            }
        }));
        if let Err(panic) = outcome {
            eprintln!("{shown}");
            resume_unwind(panic);
        }
    }
    println!("{tally:#?}");
    tally
}

/// One edited document.
struct Case<'c> {
    source: &'c Source,
    doc: &'c Document<'c>,
    asks: &'c Asks,
    edits: &'c [Edit],
    after: &'c str,
}

impl Case<'_> {
    fn check_bytes(&self) {
        let rewrites = &self.asks.rewrites;
        let complaint = bytes::complaint(self.doc, rewrites, self.edits, self.after);
        assert_eq!(complaint, None);
        if !self.source.mutated {
            assert_eq!(bytes::lost_comment(self.doc, rewrites, self.after), None);
        }
    }

    fn check_data(&self, tally: &mut Tally) {
        let Some(mut wanted) = oracle::read(self.doc.text()) else {
            return tally.note("rejected before");
        };
        if !oracle::agrees(self.doc, &wanted) {
            return tally.note("read differently before");
        }
        for (path, change) in oracle::changes(self.doc, &self.asks.rewrites) {
            oracle::make(&mut wanted, &path, &change);
        }
        let found = oracle::read(self.after);
        if found.is_none() && self.has_odd_tabs() {
            return tally.note("tabs that only one parser takes");
        }
        assert_eq!(found, Some(wanted));
        tally.note("data checked");
    }

    /// Whether it is one of those broken documents that only some parsers take.
    fn has_odd_tabs(&self) -> bool {
        self.source.mutated && oracle::has_odd_tabs(self.doc.text())
    }

    /// The same values once more change nothing.
    fn check_again(&self) {
        let sets: Vec<_> = self
            .asks
            .rewrites
            .iter()
            .filter_map(|rewrite| match rewrite {
                Rewrite::Set { node, text } => Some((*node, text)),
                _ => None,
            })
            .collect();
        if sets.is_empty() || sets.len() != self.asks.rewrites.len() {
            return;
        }
        let again = Document::parse(self.after).unwrap();
        let rewrites: Vec<_> = sets
            .into_iter()
            .map(|(node, text)| Rewrite::Set {
                node: counterpart(self.doc, node, &again),
                text: text.clone(),
            })
            .collect();
        let result = apply(&again, &rewrites).map(|(_, text)| text);
        assert_eq!(result.as_deref(), Ok(self.after), "the second time");
    }
}

/// The node at the place of `id` in a document of the same shape.
fn counterpart(doc: &Document<'_>, id: NodeId, other: &Document<'_>) -> NodeId {
    let Some(parent) = doc.node(id).parent else {
        let number = doc.roots().iter().position(|root| root.node == id);
        return other.roots()[number.unwrap()].node;
    };
    let twin = counterpart(doc, parent, other);
    match &doc.node(parent).body {
        Body::Mapping { entries, .. } => {
            let at = entries.iter().position(|entry| entry.value == id).unwrap();
            other.entries(twin)[at].value
        }
        _ => {
            let at = doc.items(parent).iter().position(|item| *item == id);
            other.items(twin)[at.unwrap()]
        }
    }
}

#[test]
fn edits_change_only_what_was_asked() {
    let tally = run(3_000, |case, tally| {
        case.check_bytes();
        case.check_data(tally);
        case.check_again();
    });
    is_sound(&tally);
}

#[test]
fn pyyaml_reads_edits_as_asked() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/pyyaml.py");
    let probe = Command::new("python3")
        .args(["-c", "from yaml import CSafeLoader"])
        .stderr(Stdio::null())
        .status();
    if !probe.is_ok_and(|status| status.success()) {
        let all = std::env::var("PROMOTE_TEST_REQUIRE").is_ok_and(|what| what == "all");
        assert!(!all, "python3 with PyYAML (libyaml) is required");
        println!("skipped: python3 with PyYAML (libyaml) is not here");
        return;
    }
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut to = python.stdin.take().expect("stdin is piped");
    let mut from = BufReader::new(python.stdout.take().expect("stdout is piped"));
    let tally = run(3_000, |case, tally| {
        // It takes `! "null"` for null, unlike go-yaml.
        let mut tags = case.doc.ids().filter_map(|id| case.doc.node(id).tag.as_deref());
        if tags.any(|tag| tag == "!") {
            return tally.note("a lone `!`");
        }
        let request = oracle::request(case.doc, &case.asks.rewrites, case.after);
        to.write_all(request.as_bytes()).expect("python3 reads");
        let mut answer = String::new();
        from.read_line(&mut answer).expect("python3 answers");
        let answer: String = serde_json::from_str(&answer).expect("an answer is a JSON text");
        match answer.split_once(':') {
            None => tally.note("data checked"),
            Some(("skip", why)) => tally.note(why),
            _ if answer.contains("rejected after") && case.has_odd_tabs() => {
                tally.note("tabs that only one parser takes");
            }
            _ => panic!("{answer}"),
        }
    });
    drop(to);
    assert!(python.wait().expect("python3 ends").success());
    is_sound(&tally);
}
