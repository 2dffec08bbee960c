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

/// The command of the README, with the request on the command line.
#[test]
fn fn_run_takes_the_request_from_its_arguments() {
    if !kustomize() {
        return;
    }
    let example = Example::new("kpt");
    let command = "kustomize fn run package --enable-exec --exec-path kubectl-promote -- from=staging to=prod";
    let readme = std::fs::read_to_string(crate::support::root().join("krm/README.md")).unwrap();
    assert!(readme.contains(&format!("`{command}`")));
    let run = example.shell(command);
    assert_eq!(run.code, 0, "{run:?}");
    let prod = example.sandbox().read("package/prod/kustomization.yaml");
    for version in ["newTag: 1.5.0\n", "newTag: \"2024.10\"\n", "?ref=v0.9.2"] {
        assert!(prod.contains(version), "{version}: {prod}");
    }
    assert!(!prod.contains("internal.config.kubernetes.io/"), "{prod}");
}

/// kustomize writes anew what it gives to functions: tags that look like numbers stay what they are
/// where an export put quotes around them, and are refused where a person left them out.
#[test]
fn tags_that_look_like_numbers_come_through_or_are_refused() {
    if !kustomize() {
        return;
    }
    let tags =
        ["2.10", "012", "1e3", "0x10", "9e1234", "1_000", "2024-10-01", "1:20", "on", "~", ".5"];
    let entry =
        |tag: &str| format!("images:\n- name: ghcr.io/acme/shop-web\n  newTag: \"{tag}\"\n");
    for tag in tags {
        let example = Example::new("kustomize-container");
        let exec = "exec:\n        path: kubectl-promote";
        let container = format!("container:\n        image: {}", crate::bench::IMAGE);
        example.replace("prod/promotion.yaml", &container, exec);
        example.replace("prod/promotion.yaml", "spec:", "spec:\n  allowDowngrade: true");
        example.sandbox().write("staging/kustomization.yaml", entry(tag));
        let export = "kubectl-promote export staging > prod/release.yaml";
        assert_eq!(example.shell(export).code, 0);
        let build = "kustomize build --enable-alpha-plugins --enable-exec prod";
        let run = example.shell(build);
        let wanted = format!("mirror.acme.example/acme/shop-web:{tag}");
        assert_eq!(run.code, 0, "{tag}: {run:?}");
        assert_eq!(images(&run.stdout)[0], wanted);
        let is_text = matches!(tag, "9e1234" | "1:20" | "on");
        example.replace("prod/release.yaml", &format!("\"{tag}\""), tag);
        let run = example.shell(build);
        assert_eq!(run.code, i32::from(!is_text), "{tag}: {run:?}");
    }
}
