//! kpt: the function edits the package's files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::bench::{Example, kpt};
use crate::support::files;

/// The files of a directory of the example, but the Kptfile: newer versions of kpt keep the last run's
/// status in it.
pub(crate) fn package(example: &Example, dir: &str) -> BTreeMap<PathBuf, String> {
    let files = files(&example.sandbox().join(dir)).into_iter();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let mut out: BTreeMap<_, _> = files.map(|(path, bytes)| (path, text(bytes))).collect();
    out.remove(&PathBuf::from("Kptfile"));
    out
}

/// That the package is as it is to be.
pub(crate) fn is_promoted(example: &Example) {
    assert_eq!(package(example, "package"), package(example, "expected"));
}

#[test]
fn render_edits_prod() {
    if kpt() {
        let example = Example::new("kpt");
        for _twice_is_once in 0..2 {
            let run = example.run();
            assert_eq!(run.code, 0, "{run:?}");
            is_promoted(&example);
        }
    }
}

#[test]
fn eval_edits_prod() {
    if kpt() {
        let example = Example::new("kpt");
        let run = example
            .shell("kpt fn eval package --exec 'kubectl-promote fn' -- from=staging to=prod");
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stderr.contains("`ghcr.io/acme/shop-assets` promoted from 2024.8 to 2024.10"));
        is_promoted(&example);
        let run = Example::new("kpt").shell(
            "kpt fn eval package --exec 'kubectl-promote fn' --fn-config package/promotion.yaml",
        );
        assert_eq!(run.code, 0, "{run:?}");
    }
}

/// What a failed run leaves: every file as it was, and results that say why.
#[test]
fn a_refusal_changes_no_file_and_is_a_result() {
    if kpt() {
        let example = Example::new("kpt");
        let before = package(&example, "package");
        let command = "kpt fn eval package --results-dir results --exec 'kubectl-promote fn' -- from=stagin to=prod";
        let run = example.shell(command);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stderr.contains("did you mean `staging`?"), "{}", run.stderr);
        assert!(example.sandbox().read("results/results.yaml").contains("severity: error"));
        assert_eq!(package(&example, "package"), before);
    }
}

/// A release of the package's own instead of an overlay of it.
#[test]
fn a_release_in_the_package_is_a_source() {
    if kpt() {
        let example = Example::new("kpt");
        let export = "kubectl-promote export package/staging --name staging-42 > package/release.yaml && rm -r package/staging";
        assert_eq!(example.shell(export).code, 0);
        let run = example
            .shell("kpt fn eval package --exec 'kubectl-promote fn' -- from=release.yaml to=prod");
        assert_eq!(run.code, 0, "{run:?}");
        let path = "prod/kustomization.yaml";
        let [after, expected] =
            ["package", "expected"].map(|dir| example.sandbox().read(&format!("{dir}/{path}")));
        assert_eq!(after, expected);
    }
}
