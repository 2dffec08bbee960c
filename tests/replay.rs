//! Promotions that people made in public repositories, made again.
//!
//! `PROMOTE_REPLAY` names the folder with the cases; without it the test is skipped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Sandbox, files, skipped};

/// Cases in which the person changed more than values, and what.
const BY_HAND: &[(&str, &str)] = &[(
    "d623aa7ddc",
    "took the quotes off the tag (`'4'` became a commit without quotes); quotes are kept here",
)];

struct Case {
    dir: PathBuf,
    data: Value,
}

impl Case {
    fn text(&self, name: &str) -> &str {
        self.data[name].as_str().unwrap()
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.dir.join(name)).unwrap()
    }

    fn fields(&self) -> Vec<[String; 4]> {
        let fields = self.data["fields"].as_array().unwrap().iter();
        fields
            .map(|field| [0, 1, 2, 3].map(|at| field[at].as_str().unwrap_or_default().to_owned()))
            .collect()
    }

    /// What a person would type for this promotion.
    fn args(&self) -> Vec<String> {
        let mut args = vec![self.text("source_dir").to_owned(), self.text("target_dir").to_owned()];
        for [what, key, ..] in self.fields() {
            let image = matches!(what.as_str(), "newTag" | "digest" | "newName");
            if self.text("cls") == "partial" {
                let kind = if image { "images" } else { "refs" };
                args.extend(["--only".to_owned(), format!("{kind}={key}")]);
            }
            if what == "newName" {
                args.extend(["--new-name".to_owned(), "copy".to_owned()]);
            }
        }
        args
    }

    /// Runs it in a sandbox: the target's text afterwards, and the plan.
    fn run(&self) -> (String, Value) {
        let sandbox = Sandbox::new();
        let target = self.text("file");
        sandbox.write(self.text("source_file"), self.file("source.yaml"));
        sandbox.write(target, self.file("before.yaml"));
        let before = files(sandbox.path());
        let args = self.args();
        let args: Vec<_> = args.iter().map(String::as_str).chain(["-o", "json"]).collect();
        let run = sandbox.promote(&args);
        assert_eq!(run.code, 0, "{}: {}", self.text("id"), run.stderr);
        let after = files(sandbox.path());
        let changed: Vec<_> =
            after.iter().filter(|(path, text)| before.get(*path) != Some(*text)).collect();
        assert!(changed.iter().all(|(path, _)| *path == Path::new(target)), "{}", self.text("id"));
        let again = sandbox.promote(&args);
        assert_eq!((again.code, files(sandbox.path())), (0, after), "{}: twice", self.text("id"));
        (sandbox.read(target), serde_json::from_str(&run.stdout).unwrap())
    }
}

#[test]
fn promotions_of_people_come_out_as_they_were_committed() {
    let Some(folder) = std::env::var_os("PROMOTE_REPLAY").map(|path| support::root().join(path))
    else {
        return skipped("PROMOTE_REPLAY names no folder with real promotions");
    };
    let index = fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for line in index.lines() {
        let data: Value = serde_json::from_str(line).unwrap();
        let dir = folder.join(data["id"].as_str().unwrap());
        let case = Case { dir, data };
        let (result, plan) = case.run();
        let id = case.text("id").to_owned();
        let exact = result == case.file("after.yaml");
        match case.text("cls") {
            "full" | "partial" if BY_HAND.iter().any(|(known, _)| *known == id) => {
                assert!(!exact, "{id} is exact now: take it off the list");
                only_promoted(&case, &result, &plan);
            }
            "full" | "partial" if !exact => wrong.push(id.clone()),
            "full" | "partial" => {}
            _ => only_promoted(&case, &result, &plan),
        }
        seen.insert(id);
    }
    assert!(seen.len() >= 40, "only {} cases", seen.len());
    assert!(wrong.is_empty(), "not as committed: {wrong:?}");
}

/// Every line that changed changed by promoted values; every field that people promoted is in the plan
/// with the source's value; and something was promoted.
fn only_promoted(case: &Case, result: &str, plan: &Value) {
    let id = case.text("id");
    let before = case.file("before.yaml");
    let changes = plan["targets"][0]["changes"].as_array().unwrap();
    let promoted: Vec<_> = changes.iter().filter(|change| change["status"] == "promoted").collect();
    assert!(!promoted.is_empty(), "{id} promotes something");
    let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(&before), lines(result));
    assert_eq!(old.len(), new.len(), "{id} keeps its lines");
    let mut changed = 0;
    for (old, new) in old.iter().zip(&new).filter(|(old, new)| old != new) {
        changed += 1;
        let explained = promoted.iter().any(|change| {
            let part =
                |side: &str, part: &str| change[side][part].as_str().unwrap_or("\0").to_owned();
            ["version", "digest", "repository"]
                .iter()
                .any(|name| old.replace(&part("old", name), &part("new", name)) == *new)
        });
        assert!(explained, "{id}: {old:?} became {new:?}");
    }
    assert!(changed >= promoted.len(), "{id}: a line for each field");
    let source = case.file("source.yaml");
    for [what, key, ..] in case.fields() {
        let wanted = in_source(&source, &what, &key);
        let found = changes.iter().any(|change| {
            let part = if what == "digest" { "digest" } else { "version" };
            let done = matches!(change["status"].as_str(), Some("promoted" | "unchanged"));
            done && change["new"][part].as_str() == wanted.as_deref()
        });
        assert!(what == "newName" || wanted.is_none() || found, "{id}: {what} {key} is {wanted:?}");
    }
}

/// What the source has for a field, by another YAML parser; `*` in the key of a URL is its version.
fn in_source(source: &str, what: &str, key: &str) -> Option<String> {
    let data: serde_yaml::Value = serde_yaml::from_str(source).unwrap();
    if matches!(what, "newTag" | "digest" | "newName") {
        let images = data["images"].as_sequence()?.iter();
        let entry = images.into_iter().find(|image| image["name"].as_str() == Some(key))?;
        return entry[what].as_str().map(str::to_owned);
    }
    let (before, after) = key.split_once('*')?;
    let entries = data["resources"].as_sequence()?.iter().filter_map(|entry| entry.as_str());
    let mut inner = entries.filter_map(|entry| entry.strip_prefix(before)?.strip_suffix(after));
    inner.next().map(str::to_owned)
}

/// What the README says about these promotions, and about `kustomize edit set image` on them.
#[test]
fn the_comparison_in_the_readme_is_measured() {
    let Some(folder) = std::env::var_os("PROMOTE_REPLAY").map(|path| support::root().join(path))
    else {
        return skipped("PROMOTE_REPLAY names no folder with real promotions");
    };
    if !support::has("kustomize", &["version"]) {
        return;
    }
    let index = fs::read_to_string(folder.join("cases.jsonl")).unwrap();
    let (mut all, mut ours, mut expressible, mut theirs) = (0, 0, 0, 0);
    for line in index.lines() {
        let data: Value = serde_json::from_str(line).unwrap();
        let case = Case { dir: folder.join(data["id"].as_str().unwrap()), data };
        if !matches!(case.text("cls"), "full" | "partial") {
            continue;
        }
        all += 1;
        let wanted = case.file("after.yaml");
        ours += usize::from(case.run().0 == wanted);
        if case.fields().iter().all(|[what, ..]| what == "newTag") {
            expressible += 1;
            theirs += usize::from(kustomize_edit(&case) == wanted);
        }
    }
    let readme = fs::read_to_string(support::root().join("README.md")).unwrap();
    for claim in [
        format!("Of {all} promotions"),
        format!("reproduces {ours} byte for byte"),
        format!("can express {expressible} of them and reproduces {theirs}"),
    ] {
        assert!(readme.contains(&claim), "measured: {claim}");
    }
}

/// The target after `kustomize edit set image` for every tag that the person promoted.
fn kustomize_edit(case: &Case) -> String {
    let sandbox = Sandbox::new();
    sandbox.write("kustomization.yaml", case.file("before.yaml"));
    for [_, name, _, tag] in case.fields() {
        let mut command = sandbox.command("kustomize");
        let run =
            support::Run::of(command.args(["edit", "set", "image", &format!("{name}=*:{tag}")]));
        assert_eq!(run.code, 0, "{run:?}");
    }
    sandbox.read("kustomization.yaml")
}
