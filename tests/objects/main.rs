//! Images of random objects under random entries, beside what real `kustomize build` makes of them.
//!
//! Every case is a kustomization of its own: objects, `images` and, often, `configurations`. Our
//! changes are made to the files, which are then built without `images`; both results have to be the
//! same data. Where we fail, kustomize has to fail too, and the other way round.
//! `PROMOTE_PROPERTY_CASES` and `PROMOTE_PROPERTY_SEED` say how many cases and from which on; a
//! failure names the seed of its case.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "helpers of tests stand outside of their functions"
)]

mod case;
mod compare;
mod manifests;
mod patterns;
mod places;
mod shapes;
#[path = "../support/mod.rs"]
mod support;
mod vocabulary;
#[path = "../promotions/writing.rs"]
mod writing;

use serde::Deserialize as _;
use serde_yaml::Value;

use crate::case::{Case, Outcome};
use crate::support::dice::{Dice, Tally, seeds};
use crate::support::{Run, Sandbox, has};

/// Cases that are built at once: kustomize takes longer for each object the more there are.
const TOGETHER: usize = 40;

#[test]
fn images_are_what_kustomize_makes_of_them() {
    if !has("kustomize", &["version"]) {
        return;
    }
    let mut tally = Tally::default();
    let seeds: Vec<_> = seeds(400).collect();
    for seeds in seeds.chunks(TOGETHER) {
        let cases: Vec<_> =
            seeds.iter().map(|seed| Case::new(*seed, &mut Dice::new(*seed))).collect();
        check(&cases, &mut tally);
    }
    println!("{tally:#?}");
    let cases = tally.count("cases");
    // Less is the replay of a few.
    if cases >= 300 {
        assert!(tally.count("cases that both refuse") * 100 >= cases, "too few cases fail");
        assert!(tally.count("objects compared") >= cases * 3, "too few objects compared");
        assert!(tally.count("images changed") >= cases * 2, "too few images changed");
    }
}

/// Writes `cases` and builds them, those together that are to succeed.
fn check(cases: &[Case], tally: &mut Tally) {
    let sandbox = Sandbox::new();
    let mut good = Vec::new();
    for case in cases {
        tally.note("cases");
        case.write(&sandbox);
        match case.outcome(tally) {
            Outcome::Changed(files) => {
                case.write_changed(&sandbox, &files);
                good.push(case);
            }
            Outcome::Refused(why) => case.check_refused(&sandbox, &why, tally),
            Outcome::Shared => tally.note("cases with an anchor in the way"),
        }
    }
    if let Some((theirs, ours)) = build_both(&sandbox, &good) {
        return compare::objects(&good, &theirs, &ours, tally);
    }
    for case in good {
        check_alone(&sandbox, case, tally);
    }
}

/// A case that stands among others of which one does not build.
fn check_alone(sandbox: &Sandbox, case: &Case, tally: &mut Tally) {
    if let Some((theirs, ours)) = build_both(sandbox, &[case]) {
        return compare::objects(&[case], &theirs, &ours, tally);
    }
    tally.note("cases built alone");
    let why = build(sandbox, &format!("theirs/{}", case.dir())).err().unwrap_or_default();
    let plain = build(sandbox, &format!("plain/{}", case.dir()));
    if plain.is_err() {
        return tally.note("cases that kustomize cannot read");
    }
    // A null that it makes a list and that has a comment: it cannot read its own YAML again.
    let own = why.contains("map[string]interface") && why.contains("yaml: line");
    assert!(own, "kustomize refuses what we do not\n{case}\n{why}");
    tally.note("cases in which kustomize cannot read what it wrote");
}

/// All of `cases` with `images`, and with our changes.
fn build_both(sandbox: &Sandbox, cases: &[&Case]) -> Option<(Vec<Value>, Vec<Value>)> {
    let together = |root: &str| {
        let dirs: Vec<_> = cases.iter().map(|case| case.dir()).collect();
        let text = serde_json::json!({"resources": dirs}).to_string();
        sandbox.write(&format!("{root}/kustomization.yaml"), text);
        build(sandbox, root).ok()
    };
    if cases.is_empty() {
        return Some((Vec::new(), Vec::new()));
    }
    Some((together("theirs")?, together("ours")?))
}

/// What kustomize makes of a directory, or what it says.
pub(crate) fn build(sandbox: &Sandbox, dir: &str) -> Result<Vec<Value>, String> {
    let run = Run::of(sandbox.command("kustomize").args(["build", dir]));
    if run.code != 0 {
        return Err(run.stderr);
    }
    let documents = serde_yaml::Deserializer::from_str(&run.stdout);
    Ok(documents.map(|document| Value::deserialize(document).unwrap()).collect())
}
