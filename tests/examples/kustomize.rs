//! kustomize on its own: exec functions.

use crate::bench::{Example, images, kustomize};

#[test]
fn an_exec_function_gives_prod_what_staging_runs() {
    if kustomize() {
        let example = Example::new("kustomize-exec");
        example.matches(&example.run());
    }
}

#[test]
fn twice_is_once() {
    if kustomize() {
        let example = Example::new("kustomize-exec");
        example.shell("cp prod/promotion.yaml prod/again.yaml");
        example.replace("prod/again.yaml", "name: from-staging", "name: once-more");
        example.replace(
            "prod/kustomization.yaml",
            "- promotion.yaml",
            "- promotion.yaml\n  - again.yaml",
        );
        example.matches(&example.run());
    }
}

/// `kustomize fn run` gives the function files, and what it edits are they. It indents every list its
/// own way, so what is compared are the values.
#[test]
fn fn_run_edits_the_files() {
    if !kustomize() {
        return;
    }
    let example = Example::new("kpt");
    let program = example.sandbox().join(".bin/kubectl-promote");
    // It knows no Kptfile, and finds its configuration by the annotation.
    let annotation = format!(
        "config.kubernetes.io/local-config: \"true\"\n    config.kubernetes.io/function: |\n      exec:\n        path: {}",
        program.display()
    );
    let old = "config.kubernetes.io/local-config: \"true\"";
    example.replace("package/promotion.yaml", old, &annotation);
    let run = example.shell("kustomize fn run package --enable-exec");
    assert_eq!(run.code, 0, "{run:?}");
    let prod = example.sandbox().read("package/prod/kustomization.yaml");
    let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    assert_eq!(lines(&prod), lines(&example.sandbox().read("expected/prod/kustomization.yaml")));
}

/// A refusal is a failed build whose first line says why.
#[test]
fn a_refusal_fails_the_build() {
    if !kustomize() {
        return;
    }
    let example = Example::new("kustomize-exec");
    example.replace("prod/promotion.yaml", "../staging", "../stagin");
    let run = example.run();
    assert_eq!((run.code, images(&run.stdout).len()), (1, 0), "{run:?}");
    let first = run.stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with("kubectl-promote: ") && first.contains("../stagin"), "{first}");
}
