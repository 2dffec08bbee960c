//! The two forms of the configuration do the same, and paths in it begin where it stands.

use crate::function;
use crate::lists::{file, list, overlay, promotion, results, without_results};

/// The overlays `a/dev` and `a/tst`, with the configuration as a file of the package at `path`.
fn package(path: &str, config: &str, function_config: &str) -> String {
    let items = [
        file("a/dev/kustomization.yaml", &overlay("v2")),
        file("a/tst/kustomization.yaml", &overlay("v1")),
        file(path, config),
    ];
    list(&items, function_config)
}

/// `input` promotes the second overlay, and changes nothing else.
fn promotes(input: &str) {
    let run = function(input);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert_eq!(without_results(&run.stdout), input.replacen("newTag: v1", "newTag: v2", 1));
}

fn config_map(data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata: {data}\n")
}

#[test]
fn without_a_file_of_its_own_it_begins_at_the_root() {
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\n";
    let with = |config: &str| package("a/other.yaml", other, config);
    promotes(&with(&promotion("{from: a/dev, to: [a/tst]}")));
    promotes(&with(&promotion("{from: ./a/dev/, to: [a/../a/tst/kustomization.yaml]}")));
    promotes(&with(&config_map("{from: a/dev, to: a/tst}")));
    promotes(&with(&config_map("{from: a/dev, to: 'a/tst', kinds: 'images, refs', add: 'false'}")));
}

#[test]
fn the_file_that_is_the_same_object_says_where_it_stands() {
    // `kpt fn eval --fn-config` says nothing, `kpt fn source --fn-config` a path from elsewhere.
    for spec in ["{from: ../dev, to: [.]}", "{from: ../dev}", "{from: ../dev/kustomization.yaml}"] {
        let config = promotion(spec);
        promotes(&package("a/tst/promote.yaml", &config, &config));
        let told = config.replace(
            "  name: p\n",
            "  name: p\n  annotations: {internal.config.kubernetes.io/path: promote.yaml}\n",
        );
        promotes(&package("a/tst/promote.yaml", &config, &told));
    }
    let config = config_map("{from: ../dev}");
    promotes(&package("a/tst/promote.yaml", &config, &config));
}

#[test]
fn two_files_with_the_same_object_are_told_apart_by_the_path() {
    let config = promotion("{from: ../dev}");
    let items = |config: &str| {
        let twin = |dir: &str| file(&format!("{dir}/promote.yaml"), &promotion("{from: ../dev}"));
        let items = [
            file("a/dev/kustomization.yaml", &overlay("v2")),
            file("a/tst/kustomization.yaml", &overlay("v1")),
            file("a/prod/kustomization.yaml", &overlay("v1")),
            twin("a/tst"),
            twin("a/prod"),
        ];
        list(&items, config)
    };
    let run = function(items(&config));
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("stands in `a/prod/promote.yaml` and in `a/tst/promote.yaml`"),
        "{run:?}"
    );
    let told = config.replace(
        "  name: p\n",
        "  name: p\n  annotations:\n    config.kubernetes.io/path: a/tst/promote.yaml\n",
    );
    promotes(&items(&told));
}

#[test]
fn every_field_does_what_its_flag_does() {
    let source = "images:\n- name: web\n  newTag: v1\n- name: api\n  newTag: v2\nresources:\n- https://github.com/acme/base//x?ref=v2\n";
    let target = "images:\n- name: web\n  newName: mirror/web\n  newTag: v3\nresources:\n- https://github.com/acme/base//x?ref=v1\n";
    let messages = |fields: &str| -> Vec<String> {
        let items =
            [file("dev/kustomization.yaml", source), file("tst/kustomization.yaml", target)];
        let spec = format!("{{from: dev, to: [tst], {fields}}}");
        let run = function(list(&items, &promotion(&spec)));
        assert_eq!(run.code, 0, "{run:?}");
        let found = results(&run.stdout);
        let is_held =
            |found: &&serde_json::Value| found["message"].as_str().unwrap().contains("older");
        assert!(found.iter().filter(is_held).all(|found| found["severity"] == "warning"));
        found.iter().map(|found| found["message"].as_str().unwrap().to_owned()).collect()
    };
    let base = "`github.com/acme/base//x` promoted from v1 to v2";
    let held = "`web`: older than what the target has; `allowDowngrade: true` promotes it";
    let missing = "`api`: only the source has it; `add: true` creates it";
    assert_eq!(messages(""), [held, base, missing]);
    assert_eq!(
        messages("allowDowngrade: true, kinds: [images]")[0],
        "`web` promoted from v3 to v1"
    );
    assert_eq!(messages("add: true, only: [api]"), ["`api` added with v2"]);
    assert_eq!(messages("except: ['*api', web]"), [base]);
}
