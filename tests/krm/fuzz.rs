//! Lists that somebody broke: never success without the whole list, and never a panic.
//!
//! `PROMOTE_PROPERTY_CASES` and `PROMOTE_PROPERTY_SEED` say how many and from which on.

use crate::function;
use crate::lists::{file, indented, list, overlay, pair, placed, promotion, without_results};
use crate::support::dice::{Dice, Tally, seeds};

/// What breaks YAML, lists and configurations.
const SCRAPS: &[&str] = &[
    "- ",
    "-",
    ": ",
    ":",
    "\n",
    "\r\n",
    "\n\n",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "#",
    " # x\n",
    "&a ",
    "*a",
    "<<: *a\n",
    "---\n",
    "\n---\n",
    "...\n",
    "|",
    "|+\n",
    ">-\n",
    "\t",
    "  ",
    "!!str ",
    "!x ",
    "? ",
    "\u{feff}",
    "\0",
    "é",
    "~",
    "null",
    "items:\n",
    "items: []\n",
    "kind: ResourceList\n",
    "functionConfig:\n",
    "functionConfig: {}\n",
    "a: b\n",
    "- a\n",
    "metadata:\n",
    "%YAML 1.1\n",
    "images:\n",
    "newTag: v1\n",
    "spec: {from: dev}\n",
    ",",
    "v2",
    "v1@sha256:",
    "@",
];

fn base(dice: &mut Dice) -> String {
    let odd = "-\n".to_owned()
        + &indented(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |\n    - b\n\n  c: &x \"d\"\n  e: *x\n",
        );
    let items = |package: &str| {
        vec![
            placed(package, "dev/kustomization.yaml", &overlay("v2")),
            odd.clone(),
            placed(package, "tst/kustomization.yaml", &overlay("v1 # mine")),
            file("x.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n"),
        ]
    };
    let spec = "{from: dev, to: [tst], add: true}";
    match dice.below(5) {
        0 => pair("v1", "v2"),
        1 => list(&items(""), &promotion(spec)),
        2 => list(&items("/w/shop"), &promotion("\n  from: dev\n  to:\n  - tst\n")),
        3 => list(
            &items(""),
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {from: dev, to: tst}\n",
        ),
        _ => {
            let value: serde_json::Value = serde_yaml::from_str(&pair("v1", "v2")).unwrap();
            if dice.chance(50) {
                value.to_string()
            } else {
                serde_json::to_string_pretty(&value).unwrap()
            }
        }
    }
}

/// A place in `text` at which a character begins.
fn place(text: &str, dice: &mut Dice) -> usize {
    let at = dice.below(text.len() + 1);
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn range(text: &str, dice: &mut Dice) -> std::ops::Range<usize> {
    let start = place(text, dice);
    let length = dice.below(40);
    let end = (start + length).min(text.len());
    let end = (end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    start..end
}

fn broken(mut text: String, dice: &mut Dice) -> String {
    let changes = if dice.chance(60) { 1 } else { dice.between(2, 3) };
    for _ in 0..changes {
        match dice.below(6) {
            0 => drop(text.drain(range(&text, dice))),
            1 => {
                let twice = text[range(&text, dice)].to_owned();
                text.insert_str(place(&text, dice), &twice);
            }
            2 => text.truncate(place(&text, dice)),
            3 => {
                let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
                let (one, other) = (dice.below(lines.len()), dice.below(lines.len()));
                lines.swap(one, other);
                text = lines.concat();
            }
            _ => {
                let scrap = dice.pick(SCRAPS);
                let at = place(&text, dice);
                let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
                text.insert_str(if dice.chance(50) { at } else { line }, scrap);
            }
        }
    }
    text
}

/// The items that another parser finds; `None` where it finds no list.
fn items(text: &str) -> Option<Vec<serde_yaml::Value>> {
    let list: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
    Some(list.get("items")?.as_sequence()?.clone())
}

fn without_images(mut item: serde_yaml::Value) -> serde_yaml::Value {
    if let Some(item) = item.as_mapping_mut() {
        item.remove("images");
    }
    item
}

/// Whether every line of `after` is one of `before` or says another version.
fn only_versions_differ(before: &str, after: &str) -> bool {
    let diff = similar::TextDiff::from_lines(before, after);
    let mut changes =
        diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    let words = ["newTag", "digest", "name", "images", "kind\":"];
    changes.all(|change| words.iter().any(|word| change.value().contains(word)))
}

#[test]
fn a_broken_list_is_whole_or_refused() {
    let mut tally = Tally::default();
    for seed in seeds(300) {
        let mut dice = Dice::new(seed);
        let input = base(&mut dice);
        let input = broken(input, &mut dice);
        let run = function(input.clone());
        let told = format!("seed {seed}\n{input}\n---\n{run:?}");
        assert!(matches!(run.code, 0 | 1), "{told}");
        assert!(!run.stderr.contains("panicked"), "{told}");
        if run.stdout.is_empty() {
            assert_eq!(run.code, 1, "{told}");
            tally.note("nothing");
            continue;
        }
        let flow = input.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let out = if flow { run.stdout.clone() } else { without_results(&run.stdout) };
        if let Some(before) = items(&input) {
            let after = items(&run.stdout).unwrap_or_else(|| panic!("no list: {told}"));
            let others = |items: Vec<serde_yaml::Value>| items.into_iter().map(without_images);
            assert!(run.code == 0 || before == after, "{told}");
            assert!(others(before).eq(others(after)), "{told}");
        }
        if run.code == 1 && !flow {
            assert_eq!(out, input, "{told}");
            tally.note("given back");
        } else {
            assert!(flow || only_versions_differ(&input, &out), "{told}");
            tally.note("done");
        }
        if run.code == 1 {
            assert!(run.stderr.starts_with("kubectl-promote: "), "{told}");
        }
    }
    for what in ["nothing", "given back", "done"] {
        assert!(tally.count(what) > 0, "{what}: {tally:?}");
    }
}

#[test]
fn depth_is_no_danger() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        for depth in [100, 10_000, 200_000] {
            let deep = format!("{}x{}", open.repeat(depth), close.repeat(depth));
            let text = pair("v1", "v2")
                .replace("functionConfig:", &format!("- a: {deep}\nfunctionConfig:"));
            let text = if open == "- " { text.replace("a: - ", "a:\n    - ") } else { text };
            let run = function(text.clone());
            assert!(matches!(run.code, 0 | 1), "{open} {depth}: {} {}", run.code, run.stderr);
            assert!(run.code == 1 || run.stdout.contains(&deep), "{open} {depth}");
        }
    }
}
