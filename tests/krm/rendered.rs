//! Rendered objects: where values come from, under which names they are applied, what is told.

use crate::fed;
use crate::support::{BINARY, Run, Sandbox};

/// A Deployment as kustomize gives it to a function, with these images and odd handwriting.
fn deployment(images: &[&str]) -> String {
    let containers: String = images
        .iter()
        .enumerate()
        .map(|(number, image)| {
            format!("      - image: {image}   # {number}\n        name: c{number}\n")
        })
        .collect();
    format!(
        "- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: web\n    annotations:\n      \
         kustomize.config.k8s.io/id: |\n        kind: Deployment\n  data: {{on: 9e1234, off: \"012\"}}\n  \
         spec:\n   template:\n    spec:\n      containers:\n{containers}"
    )
}

const RELEASE: &str = "\
- apiVersion: kubectl-promote.dev/v1alpha1
  kind: Release
  metadata: {name: r1}
  spec:
    images:
    - {name: web, newTag: r1}
    resources: ['https://github.com/acme/deploy?ref=v2']
";

fn list(items: &[String], spec: &str) -> String {
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{}functionConfig:\n  \
         apiVersion: kubectl-promote.dev/v1alpha1\n  kind: Promotion\n  metadata: {{name: x}}\n  spec: {spec}\n",
        items.concat()
    )
}

/// `dev` with web v2 and a ref, `prod` with web from a mirror.
fn overlays() -> Sandbox {
    let sandbox = Sandbox::new();
    let overlay = |version: &str, name: &str| {
        format!(
            "resources: ['https://github.com/acme/deploy?ref={version}']\nimages:\n- {{name: web{name}, newTag: {version}}}\n"
        )
    };
    sandbox.write("dev/kustomization.yaml", overlay("v2", ""));
    sandbox.write("prod/kustomization.yaml", overlay("v1", ", newName: mirror.io/web"));
    sandbox.write("empty/nothing", "");
    sandbox
}

/// The function in the directory `dir` of `sandbox`.
fn run(sandbox: &Sandbox, dir: &str, input: String) -> Run {
    let mut command = sandbox.command(BINARY);
    fed(command.current_dir(sandbox.join(dir)).arg("fn"), input)
}

fn images(run: &Run) -> Vec<String> {
    let lines = run.stdout.lines().filter_map(|line| line.trim().strip_prefix("- image: "));
    lines.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn values_are_applied_under_the_name_that_the_target_left() {
    let sandbox = overlays();
    let items = [deployment(&["mirror.io/web:v1", "web:v1", "mirrorXio/web:v1"])];
    let input = list(&items, "{from: ../dev}");
    let run = run(&sandbox, "prod", input.clone());
    assert_eq!(run.code, 0, "{run:?}");
    // The mirror's name is a name and no pattern, and nothing else changed.
    let wanted = input.replace("mirror.io/web:v1 ", "mirror.io/web:v2 ");
    let items = |text: &str| text.split("items:").nth(1).unwrap().to_owned();
    assert_eq!(items(&run.stdout), items(&wanted));
    assert!(
        run.stderr.contains("refs `github.com/acme/deploy`: v1 here, v2 in the source"),
        "{run:?}"
    );
    assert!(run.stdout.contains("spec.template.spec.containers[0].image"), "{run:?}");
}

#[test]
fn a_release_among_the_objects_comes_first_then_the_disk_then_the_configuration() {
    let sandbox = overlays();
    let object = deployment(&["web:v1"]);
    let inline = "images: [{name: web, newTag: inline}]";
    for (items, dir, spec, wanted) in [
        (
            vec![RELEASE.to_owned(), object.clone()],
            "empty",
            format!("{{from: ../dev, {inline}}}"),
            "web:r1",
        ),
        (vec![object.clone()], "empty", format!("{{from: ../dev, {inline}}}"), "web:v2"),
        (vec![object.clone()], "empty", format!("{{from: ../nowhere, {inline}}}"), "web:inline"),
        (vec![object.clone()], "empty", format!("{{{inline}}}"), "web:inline"),
    ] {
        let run = run(&sandbox, dir, list(&items, &spec));
        assert_eq!((run.code, images(&run)), (0, vec![wanted.to_owned()]), "{run:?}");
    }
}

#[test]
fn without_the_targets_files_names_say_what_mirrors_did() {
    let sandbox = overlays();
    let items = [deployment(&["mirror.io/web:v1"])];
    let run = run(&sandbox, "empty", list(&items, "{from: ../dev, names: {web: mirror.io/web}}"));
    assert_eq!((run.code, images(&run)), (0, vec!["mirror.io/web:v2".to_owned()]), "{run:?}");
}

#[test]
fn a_value_that_matches_nothing_is_told() {
    let sandbox = overlays();
    let run = run(&sandbox, "empty", list(&[deployment(&["api:v1"])], "{from: ../dev}"));
    assert_eq!((run.code, images(&run)), (0, vec!["api:v1".to_owned()]));
    assert!(
        run.stderr.contains("`web` is to be `:v2`, and no image in the objects matches"),
        "{run:?}"
    );
    assert!(run.stdout.contains("severity: warning"), "{run:?}");
}

#[test]
fn inline_images_mean_what_they_mean_to_kustomize() {
    let sandbox = Sandbox::new();
    for (entry, image, wanted) in [
        ("{name: web, newName: r.io/web}", "web:v1", "r.io/web:v1"),
        ("{name: web, tagSuffix: -d}", "web:v1", "web:v1-d-d"),
        ("{name: 'w.*', newTag: v2}", "wob:v1", "wob:v2"),
        ("{name: web, newTag: v2, digest: 'sha256:aa'}", "web:v1", "web:v2@sha256:aa"),
    ] {
        let input = list(&[deployment(&[image])], &format!("{{images: [{entry}]}}"));
        let run = run(&sandbox, ".", input);
        assert_eq!((run.code, images(&run)), (0, vec![wanted.to_owned()]), "{entry}: {run:?}");
    }
}

#[test]
fn custom_places_are_field_specs() {
    let sandbox = Sandbox::new();
    let shop = "- apiVersion: acme.io/v1\n  kind: Shop\n  metadata:\n    name: s\n    annotations: {kustomize.config.k8s.io/id: x}\n  spec:\n    runs: web:v1\n";
    let spec = "{images: [{name: web, newTag: v2}], fieldSpecs: [{kind: Shop, path: spec/runs}]}";
    let run = run(&sandbox, ".", list(&[shop.to_owned()], spec));
    assert!(run.code == 0 && run.stdout.contains("    runs: web:v2\n"), "{run:?}");
}

#[test]
fn what_cannot_be_promoted_leaves_the_list_as_it_was() {
    let sandbox = overlays();
    let object = deployment(&["web:v1"]);
    for (dir, spec, words) in [
        ("empty", "{}", "`from` is missing"),
        ("empty", "{from: ../nowhere}", "`../nowhere` does not exist"),
        ("empty", "{pin: [images]}", "nothing says what is to be pinned"),
        ("empty", "{images: [{name: '[', newTag: v1}]}", "no regular expression"),
    ] {
        let input = list(std::slice::from_ref(&object), spec);
        let run = run(&sandbox, dir, input);
        assert_eq!((run.code, images(&run)), (1, vec!["web:v1".to_owned()]), "{spec}: {run:?}");
        assert!(run.stderr.lines().next().unwrap().contains(words), "{words}: {}", run.stderr);
    }
}

#[test]
fn a_container_without_files_is_told_what_to_add() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(BINARY);
    command.env("STRUCTURED_RESULTS", "true").arg("fn");
    let run = fed(&mut command, list(&[deployment(&["web:v1"])], "{from: ../dev}"));
    assert_eq!(run.code, 1);
    for words in [
        "kubectl promote export ../dev",
        "--mount type=bind,src=../dev,dst=/dev",
        "ln -s ../dev dev",
    ] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
}
