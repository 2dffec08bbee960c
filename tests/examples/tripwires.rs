//! What tools do without a word, or refuse: the reasons for the warnings of `krm/README.md` and for
//! `kubectl promote check`. A test that fails here is good news, and a page to change.

use crate::bench::{Example, OLD, images, kubectl, kustomize};

/// Runs nothing, says nothing, and succeeds.
fn is_silent(example: &Example, command: &str) {
    let run = example.shell(command);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{command}");
    assert_eq!(images(&run.stdout), OLD, "{command}");
}

fn fails_with(example: &Example, command: &str, message: &str) {
    let run = example.shell(command);
    assert!(run.code != 0 && run.stdout.is_empty(), "{command}: {run:?}");
    assert!(run.stderr.contains(message), "{command}: {}", run.stderr);
}

#[test]
fn kubectl_skips_exec_functions() {
    if kubectl() {
        let example = Example::new("kustomize-exec");
        is_silent(&example, "kubectl kustomize --enable-alpha-plugins prod");
        let flags = "--enable-alpha-plugins --enable-exec";
        fails_with(
            &example,
            &format!("kubectl kustomize {flags} prod"),
            "unknown flag: --enable-exec",
        );
    }
}

#[test]
fn kustomize_skips_them_without_its_second_flag() {
    if kustomize() {
        let example = Example::new("kustomize-exec");
        is_silent(&example, "kustomize build --enable-alpha-plugins prod");
        let disabled = "external plugins disabled";
        fails_with(&example, "kustomize build --enable-exec prod", disabled);
        fails_with(&example, "kustomize build prod", disabled);
    }
}

/// They have no flag for it. `--dry-run=client` would ask a cluster for its types first.
#[test]
fn kubectl_apply_and_diff_run_no_functions() {
    if kubectl() {
        for name in ["kustomize-exec", "kustomize-container", "kubectl-legacy"] {
            let example = Example::new(name);
            for verb in ["apply", "diff"] {
                let command = format!("kubectl {verb} -s http://127.0.0.1:1 -k prod");
                fails_with(&example, &command, "external plugins disabled");
            }
        }
    }
}

/// `args` is known since 5.7: older ones fail on it instead of skipping the function, which is the
/// tripwire that the README names.
#[test]
fn an_argument_makes_old_parsers_fail_loudly() {
    if kubectl() && kustomize() {
        let example = Example::new("kustomize-exec");
        let with = "path: kubectl-promote\n        args: [fn]";
        example.replace("prod/promotion.yaml", "path: kubectl-promote", with);
        example.matches(&example.run());
        if example.shell("kubectl version --client").stdout.contains("Kustomize Version: v5.5") {
            let command = "kubectl kustomize --enable-alpha-plugins prod";
            fails_with(&example, command, "json: unknown field");
        }
    }
}

/// Not even one that changes nothing: they fail on what kustomize itself writes into the objects
/// (kustomize issue 5036).
#[test]
fn validators_do_not_work() {
    if kustomize() {
        let example = Example::new("kustomize-exec");
        example.replace("prod/promotion.yaml", "path: kubectl-promote", "path: cat");
        assert_eq!(images(&example.run().stdout), OLD);
        example.replace("prod/kustomization.yaml", "transformers:", "validators:");
        let run = example.run();
        assert_ne!(run.code, 0, "{run:?}");
    }
}

/// The answer to a function that was skipped.
#[test]
fn check_tells_whether_the_function_ran() {
    if kubectl() && kustomize() {
        let example = Example::new("kustomize-exec");
        let check =
            |build: &str| example.shell(&format!("{build} prod | kubectl-promote check prod"));
        let run = check("kustomize build --enable-alpha-plugins --enable-exec");
        assert_eq!(run.code, 0, "{run:?}");
        let run = check("kubectl kustomize --enable-alpha-plugins");
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stdout.contains("ghcr.io/acme/shop-assets"), "{run:?}");
    }
}

#[test]
fn fn_run_skips_them_and_leaves_its_marks() {
    if !kustomize() {
        return;
    }
    let annotation =
        "annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: /bin/false";
    // Without its flag; and with it, where no file says that it is a function's.
    for (annotation, command) in [
        (annotation, "kustomize fn run package"),
        ("annotations:", "kustomize fn run package --enable-exec"),
    ] {
        let example = Example::new("kpt");
        example.replace("package/promotion.yaml", "annotations:", annotation);
        let run = example.shell(command);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
        let prod = example.sandbox().read("package/prod/kustomization.yaml");
        assert!(prod.contains("newTag: 1.4.0"), "{prod}");
        assert!(prod.contains("internal.config.kubernetes.io/"), "{prod}");
    }
}
