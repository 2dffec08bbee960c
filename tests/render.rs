//! After a promotion, what real `kubectl kustomize` renders carries the source's versions.
//!
//! Runs every golden case of `images` that promotes something, on a base made of the images that
//! the case names.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use support::{BINARY, Run, Sandbox, copy, has};

/// Golden cases that kustomize itself cannot build, and why.
const NOT_BUILDABLE: &[(&str, &str)] = &[
    ("base-that-renames-is-said", "the entry matches nothing, which is what the case warns of"),
    ("replacement-of-an-image-is-said", "the replacement's source is not there"),
    ("follow-leaves-secrets", "the Secret that is patched is not there"),
    ("transformer-of-an-image-is-said", "the transformer wins, which is what the case warns of"),
    ("control-characters-are-escaped", "no image has such a name"),
    ("number-in-the-source-is-said", "its source does not build, its target does"),
];

#[test]
fn rendered_targets_carry_the_promoted_versions() {
    if !has("kubectl", &["kustomize", "--help"]) {
        return;
    }
    let cases = support::root().join("testdata/images");
    let mut rendered = 0;
    for entry in fs::read_dir(&cases).unwrap() {
        let case = entry.unwrap().path();
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let known = NOT_BUILDABLE.iter().any(|(case, _)| *case == name);
        if case.join("after").is_dir() && !known {
            rendered += usize::from(render(&case, &name));
        }
    }
    assert!(rendered >= 40, "only {rendered} cases were rendered");
}

/// Promotes a case with its own options and compares what is rendered with the plan.
fn render(case: &Path, name: &str) -> bool {
    let sandbox = Sandbox::new();
    for dir in ["source", "before"] {
        copy(&case.join(dir), &sandbox.join(if dir == "before" { "target" } else { dir }));
    }
    let cmd = fs::read_to_string(case.join("cmd")).unwrap();
    let options: Vec<_> = cmd.lines().next().unwrap().split_whitespace().skip(2).collect();
    let mut args: Vec<_> = options.into_iter().map(|word| word.trim_matches('\'')).collect();
    if let Some(output) = args.iter().position(|arg| *arg == "-o") {
        args.drain(output..=output + 1);
    }
    args.retain(|arg| !matches!(*arg, "--dry-run" | "-q"));
    let run = sandbox.promote(&[args.clone(), vec!["-o", "json"]].concat());
    assert_eq!(run.code, 0, "{name}: {run:?}");
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    let changes = plan["targets"][0]["changes"].as_array().unwrap();
    let written: Vec<_> = changes
        .iter()
        .filter(|change| matches!(change["status"].as_str(), Some("promoted" | "added")))
        .filter(|change| change["kind"] == "images")
        .collect();
    sandbox.write("base/kustomization.yaml", "resources: [deployment.yaml]\n");
    sandbox.write("base/deployment.yaml", deployment(&written));
    let built = Run::of(sandbox.command("kubectl").args(["kustomize", "target"]));
    assert_eq!(built.code, 0, "{name}: {}", built.stderr);
    let images = images(&built.stdout);
    for (number, change) in written.iter().enumerate() {
        let version = change["new"]["version"].as_str().map(|version| format!(":{version}"));
        let digest = change["new"]["digest"].as_str().map(|digest| format!("@{digest}"));
        let suffix = format!("{}{}", version.unwrap_or_default(), digest.unwrap_or_default());
        let image = &images[&format!("c{number}")];
        assert!(image.ends_with(&suffix), "{name}: {image} is not {suffix}");
        let name_only = image.strip_suffix(&suffix).unwrap();
        assert!(!name_only.contains('@'), "{name}: {image} mixes two versions");
    }
    copy(&case.join("before"), &sandbox.join("target"));
    assert_eq!(images, transformed(&sandbox, &args, name), "{name}: the function does otherwise");
    !written.is_empty()
}

/// The images that the function makes of the objects that the target renders without a promotion.
fn transformed(sandbox: &Sandbox, args: &[&str], name: &str) -> BTreeMap<String, String> {
    let before = Run::of(sandbox.command("kubectl").args(["kustomize", "target"]));
    assert_eq!(before.code, 0, "{name}: {}", before.stderr);
    sandbox.write("objects.yaml", before.stdout).write("promotion.yaml", configuration(args));
    let mut command = sandbox.command(BINARY);
    command.current_dir(sandbox.join("target")).arg(sandbox.join("promotion.yaml"));
    command.env("KUSTOMIZE_PLUGIN_CONFIG_ROOT", ".");
    command.stdin(fs::File::open(sandbox.join("objects.yaml")).unwrap());
    let run = Run::of(&mut command);
    assert_eq!(run.code, 0, "{name}: {run:?}");
    images(&run.stdout)
}

/// What the flags say, as the function's configuration.
fn configuration(args: &[&str]) -> String {
    let mut spec = serde_json::json!({"from": "../source"});
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let mut value = || (*words.next().unwrap()).to_owned();
        match *word {
            "--add" => spec["add"] = true.into(),
            "--allow-downgrade" => spec["allowDowngrade"] = true.into(),
            "--new-name" => spec["newName"] = value().into(),
            "--kinds" => spec["kinds"] = value().split(',').collect(),
            "--only" => spec["only"] = vec![value()].into(),
            "--except" => spec["except"] = vec![value()].into(),
            // Where values come from and go to, and what is about files only.
            _ => {}
        }
    }
    let object = serde_json::json!({
        "apiVersion": "kubectl-promote.dev/v1alpha1",
        "kind": "Promotion",
        "metadata": {"name": "test"},
        "spec": spec,
    });
    object.to_string()
}

fn deployment(changes: &[&Value]) -> String {
    let containers = changes.iter().enumerate().map(|(number, change)| {
        format!("      - name: c{number}\n        image: \"{}\"\n", change["key"].as_str().unwrap())
    });
    let containers: String = containers.collect();
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\nspec:\n  selector: {{}}\n  \
         template:\n    spec:\n      containers:\n{containers}"
    )
}

/// The images of all containers in what was rendered, by container.
fn images(rendered: &str) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for document in serde_yaml::Deserializer::from_str(rendered) {
        let object: serde_yaml::Value = serde::Deserialize::deserialize(document).unwrap();
        let containers = &object["spec"]["template"]["spec"]["containers"];
        for container in containers.as_sequence().into_iter().flatten() {
            let text = |key: &str| container[key].as_str().unwrap().to_owned();
            out.insert(text("name"), text("image"));
        }
    }
    out
}

/// The shop of the README, from dev to prod, as a whole.
#[test]
fn the_shop_renders_with_the_versions_of_dev() {
    if !has("kubectl", &["kustomize", "--help"]) {
        return;
    }
    let sandbox = Sandbox::new();
    sandbox.copy(&support::root().join("testdata/shop"), "shop");
    let before = kustomize(&sandbox, "shop/web/overlays/prod");
    let run = sandbox.promote(&["shop/web/overlays/dev", "shop/web/overlays/prod", "--follow"]);
    assert_eq!(run.code, 0, "{run:?}");
    let after = kustomize(&sandbox, "shop/web/overlays/prod");
    for image in [
        "registry.shop.example/acme/shop-web:1.5.0\n",
        "registry.shop.example/acme/shop-assets:2024.10\n",
    ] {
        assert!(after.contains(image) && !before.contains(image), "{after}");
    }
    assert!(after.contains("namespace: shop\n") && after.contains("replicas: 12"), "{after}");
}

fn kustomize(sandbox: &Sandbox, dir: &str) -> String {
    let run = Run::of(sandbox.command("kubectl").args(["kustomize", dir]));
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}
