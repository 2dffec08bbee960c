//! Packages of files: subpackages, releases, files of several objects, sources on disk.

use std::fs;

use crate::function;
use crate::lists::{
    annotated, annotations, file, item, list, overlay, pair, placed, promotion, results,
    without_results,
};
use crate::support::{Run, Sandbox};

fn promoted(input: &str) -> Run {
    let run = function(input);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{input}");
    run
}

/// What `input` becomes when the only `v1` of an image is promoted.
fn wanted(input: &str) -> String {
    assert_eq!(input.matches("newTag: v1").count(), 1);
    input.replace("newTag: v1", "newTag: v2")
}

#[test]
fn subpackages_with_the_same_paths_are_told_apart() {
    let items = [
        placed("/w/shop/dev", "kustomization.yaml", &overlay("v2")),
        placed("/w/shop/tst", "kustomization.yaml", &overlay("v1")),
        placed("/w/shop/tst", "Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\n"),
        placed("/w/shop", "Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\n"),
    ];
    // The pipeline of the package above both has no file of its own here.
    let input = list(&items, &promotion("{from: dev, to: [tst]}"));
    let run = promoted(&input);
    assert_eq!(without_results(&run.stdout), wanted(&input));
    // A configuration in one of them begins there.
    let config = promotion("{from: ../dev}");
    let mut items = items.to_vec();
    items.push(placed("/w/shop/tst", "promote.yaml", &config));
    let told = annotated(&config, &annotations("promote.yaml", "/w/shop/tst", 9));
    for config in [config, told] {
        let input = list(&items, &config);
        let run = promoted(&input);
        assert_eq!(without_results(&run.stdout), wanted(&input));
        let found = results(&run.stdout);
        assert_eq!(found[0]["file"], serde_json::json!({"path": "kustomization.yaml", "index": 0}));
    }
}

#[test]
fn what_is_no_item_is_read_from_where_the_package_is() {
    let sandbox = Sandbox::new();
    sandbox.write("dev/kustomization.yaml", overlay("v2"));
    sandbox.write("release.yaml", release("{images: [{name: web, newTag: v2}]}"));
    fs::create_dir_all(sandbox.join("tst")).unwrap();
    let dir = sandbox.path().canonicalize().unwrap();
    let dir = dir.join("tst").to_str().unwrap().to_owned();
    let config = |from: &str| promotion(&format!("{{from: {from}, to: [.]}}"));
    let items = [placed(&dir, "kustomization.yaml", &overlay("v1"))];
    for from in ["../dev", "../release.yaml", &format!("{dir}/../dev/kustomization.yaml")] {
        let input = list(&items, &config(from));
        let run = promoted(&input);
        assert_eq!(without_results(&run.stdout), wanted(&input), "{from}");
    }
    let run = function(list(&items, &config("../prod")));
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("`../prod` is not among the items, and `/"), "{run:?}");
    // Without a package path nobody knows where it is: the working directory is the caller's.
    let run = function(list(&[file("kustomization.yaml", &overlay("v1"))], &config("../dev")));
    assert_eq!(run.code, 1);
}

/// The disk that it looks at is not the one where the package is.
#[test]
fn a_container_says_that_it_sees_no_files() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(crate::support::BINARY);
    let items = [placed("/w/shop/tst", "kustomization.yaml", &overlay("v1"))];
    let input = list(&items, &promotion("{from: ../dev, to: [.]}"));
    let run = crate::fed(command.arg("fn").env("STRUCTURED_RESULTS", "true"), input);
    assert_eq!(run.code, 1);
    let first = run.stderr.lines().next().unwrap();
    assert!(first.ends_with("`/w/shop/dev` does not exist: a container sees no files of the host"));
    for part in ["`kubectl promote export`", "`--mount type=bind,src=OVERLAY,dst=/dev`"] {
        assert!(run.stderr.contains(part), "{part}: {run:?}");
    }
}

fn release(spec: &str) -> String {
    format!(
        "apiVersion: kubectl-promote.dev/v1alpha1\nkind: Release\nmetadata:\n  name: r\nspec: {spec}\n"
    )
}

#[test]
fn a_release_is_a_source_and_passes() {
    let release = |path: &str, tag: &str| {
        file(path, &release(&format!("{{images: [{{name: web, newTag: {tag}}}]}}")))
    };
    let target = file("tst/kustomization.yaml", &overlay("v1"));
    for spec in ["{from: releases/42.yaml, to: [tst]}", "{to: [tst]}"] {
        let items = [target.clone(), release("releases/42.yaml", "v2")];
        let input = list(&items, &promotion(spec));
        let run = promoted(&input);
        let wanted = input.replacen("newTag: v1", "newTag: v2", 1);
        assert_eq!(without_results(&run.stdout), wanted);
    }
    let items = [target, release("releases/42.yaml", "v2"), release("releases/43.yaml", "v3")];
    let run = function(list(&items, &promotion("{to: [tst]}")));
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("`releases/42.yaml` and `releases/43.yaml` are both releases"));
    let run = promoted(&list(&items, &promotion("{from: releases/43.yaml, to: [tst]}")));
    assert!(run.stdout.contains("promoted from v1 to v3"));
    let run = function(list(&items, &promotion("{from: tst/../releases, to: [tst]}")));
    assert_eq!(run.code, 1);
}

/// Somebody rendered it, kept it in the package, and with it what kustomize marks its objects with.
#[test]
fn an_object_that_was_rendered_makes_a_package_no_rendering() {
    let kept = file("kept.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n")
        .replace("annotations:\n", "annotations:\n      kustomize.config.k8s.io/id: x\n");
    let items = [
        file("dev/kustomization.yaml", &overlay("v2")),
        file("tst/kustomization.yaml", &overlay("v1")),
        kept,
    ];
    let input = list(&items, &promotion("{from: dev, to: [tst]}"));
    assert_eq!(without_results(&promoted(&input).stdout), wanted(&input));
}

#[test]
fn a_release_of_a_version_that_is_not_known_is_named() {
    let release = release("{images: []}").replace("v1alpha1", "v2");
    let items = [file("tst/kustomization.yaml", &overlay("v1")), file("r.yaml", &release)];
    for spec in ["{to: [tst]}", "{to: [tst], from: r.yaml}"] {
        let run = function(list(&items, &promotion(spec)));
        let told = "a release is of `kubectl-promote.dev/v2`, and only";
        assert!(run.code == 1 && run.stderr.contains(told), "{run:?}");
    }
}

#[test]
fn values_in_the_configuration_are_a_source_of_their_own() {
    let items = [file("tst/kustomization.yaml", &overlay("v1"))];
    for from in ["", "from: ../not-mounted, "] {
        let spec = format!("{{{from}to: [tst], images: [{{name: web, newTag: v2}}]}}");
        let input = list(&items, &promotion(&spec));
        let run = promoted(&input);
        assert_eq!(without_results(&run.stdout), wanted(&input));
    }
}

#[test]
fn what_is_neither_overlay_nor_release_is_no_source() {
    let items = [
        file("tst/kustomization.yaml", &overlay("v1")),
        file("a.yaml", "apiVersion: v1\nkind: Service\n"),
    ];
    let run = function(list(&items, &promotion("{from: a.yaml, to: [tst]}")));
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("`a.yaml` is a `Service`: neither an overlay nor a release"),
        "{run:?}"
    );
}

fn chart(path: &str, index: usize, name: &str, version: &str) -> String {
    let own = annotations(path, "", 0).replace("index: '0'", &format!("index: '{index}'"));
    item(&format!(
        "apiVersion: builtin\nkind: HelmChartInflationGenerator\nname: {name}\nrepo: https://charts.example.org\nversion: {version}\n{own}"
    ))
}

#[test]
fn a_file_of_several_objects_is_one_file() {
    let generators = "generators: [charts.yaml]\n";
    let items = [
        file("dev/kustomization.yaml", generators),
        chart("dev/charts.yaml", 0, "a", "1.1.0"),
        chart("dev/charts.yaml", 1, "b", "2.1.0"),
        file("tst/kustomization.yaml", generators),
        // In another order than in the file.
        chart("tst/charts.yaml", 1, "b", "2.0.0"),
        chart("tst/charts.yaml", 0, "a", "1.0.0"),
    ];
    let input = list(&items, &promotion("{from: dev, to: [tst]}"));
    let run = promoted(&input);
    let wanted = input
        .replace("version: 1.0.0", "version: 1.1.0")
        .replace("version: 2.0.0", "version: 2.1.0");
    assert_eq!(without_results(&run.stdout), wanted);
    let found = results(&run.stdout);
    assert_eq!(found[0]["file"]["path"], "tst/charts.yaml");
    // Two kustomizations in one file are as wrong as in a file.
    let second = file("tst/kustomization.yaml", &overlay("v1")).replace("index: '0'", "index: '1'");
    let mut items = items.to_vec();
    items.push(second);
    let run = function(list(&items, &promotion("{from: dev, to: [tst]}")));
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("tst/kustomization.yaml: the file has several YAML documents"),
        "{run:?}"
    );
}

#[test]
fn an_item_that_came_twice_is_changed_twice() {
    let target = file("tst/kustomization.yaml", &overlay("v1"));
    let items = [target.clone(), file("dev/kustomization.yaml", &overlay("v2")), target];
    let input = list(&items, &promotion("{from: dev, to: [tst]}"));
    let run = promoted(&input);
    assert_eq!(without_results(&run.stdout), input.replace("newTag: v1", "newTag: v2"));
}

#[test]
fn a_file_that_is_no_item_cannot_be_changed() {
    let sandbox = Sandbox::new();
    let chart = |version: &str| {
        format!(
            "apiVersion: builtin\nkind: HelmChartInflationGenerator\nname: a\nrepo: https://charts.example.org\nversion: {version}\n"
        )
    };
    sandbox.write("dev/c.yaml", chart("1.1.0")).write("tst/c.yaml", chart("1.0.0"));
    let dir = sandbox.path().canonicalize().unwrap().to_str().unwrap().to_owned();
    let items = ["dev", "tst"]
        .map(|name| placed(&dir, &format!("{name}/kustomization.yaml"), "generators: [c.yaml]\n"));
    let input = list(&items, &promotion("{from: dev, to: [tst]}"));
    let run = function(input.clone());
    assert_eq!((run.code, without_results(&run.stdout)), (1, input));
    assert!(
        run.stderr.starts_with("kubectl-promote: tst/c.yaml: the file is not among the items"),
        "{run:?}"
    );
    assert_eq!(sandbox.read("tst/c.yaml"), chart("1.0.0"));
}

#[test]
fn a_list_keeps_its_kind_of_line_breaks() {
    let input = pair("v1", "v2").replace('\n', "\r\n");
    let run = function(input.clone());
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.contains("promoted from v1 to v2"), "{run:?}");
    assert!(!run.stdout.replace("\r\n", "").contains(['\r', '\n']), "{run:?}");
    let wanted = input.replace("newTag: v1", "newTag: v2");
    assert_eq!(without_results(&run.stdout), wanted);
}

#[test]
fn results_name_the_object_the_field_and_both_values() {
    let target = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nimages:\n- name: x\n- name: web\n  newTag: '1.10'\n";
    let items = [
        file("dev/kustomization.yaml", &overlay("'1.20'")),
        file("tst/kustomization.yaml", target),
    ];
    let run = promoted(&list(&items, &promotion("{from: dev, to: [tst]}")));
    let wanted = serde_json::json!({
        "message": "`web` promoted from 1.10 to 1.20",
        "severity": "info",
        "resourceRef": {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"},
        "field": {"path": "images[1].newTag", "currentValue": "1.10", "proposedValue": "1.20"},
        "file": {"path": "tst/kustomization.yaml", "index": 0},
    });
    let found = results(&run.stdout);
    assert!(found.contains(&wanted), "{found:?}");
    assert!(found.iter().all(|found| found["severity"].is_string()), "{found:?}");
}
