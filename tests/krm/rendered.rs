//! Rendered objects: where values come from, under which names they are applied, what is told.

use crate::fed;
use crate::support::{BINARY, Run, Sandbox};

/// A Deployment as kustomize gives it to a function, with these images and odd handwriting.
pub(crate) fn deployment(images: &[&str]) -> String {
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

pub(crate) fn list(items: &[String], spec: &str) -> String {
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

pub(crate) fn images(run: &Run) -> Vec<String> {
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
    assert!(!run.stderr.contains("`names`"), "{run:?}");
    let misspelt = "{from: ../dev, names: {wbe: mirror.io/web}}";
    let run = self::run(&sandbox, "empty", list(&items, misspelt));
    let told = "`names` has `wbe`, which is no image of the source";
    assert!(run.code == 0 && run.stderr.contains(told), "{run:?}");
}

/// Where nobody can tell what the target calls an image, it does not become what the source calls it.
#[test]
fn the_mirror_of_the_source_stays_the_sources() {
    let sandbox = overlays();
    let mirrored = "images:\n- {name: web, newName: dev.mirror/web, newTag: v2}\n";
    sandbox.write("dev/kustomization.yaml", mirrored);
    sandbox.write("prod/kustomization.yaml", "images:\n- {name: web, newTag: v1}\n");
    let release = sandbox.promote(&["export", "dev"]).stdout;
    let items = [crate::lists::item(&release), deployment(&["web:v1"])];
    for (dir, spec, wanted) in [
        ("prod", "{from: ../dev}", "web:v2"),
        ("empty", "{from: ../dev}", "web:v2"),
        ("empty", "{from: ../dev, add: true}", "web:v2"),
        ("prod", "{from: ../dev, newName: copy}", "dev.mirror/web:v2"),
        ("empty", "{from: ../dev, newName: copy}", "dev.mirror/web:v2"),
    ] {
        for items in [&items[..], &items[1..]] {
            let run = run(&sandbox, dir, list(items, spec));
            assert_eq!((run.code, images(&run)), (0, vec![wanted.to_owned()]), "{spec}: {run:?}");
        }
    }
}

#[test]
fn two_images_with_one_name_are_not_guessed() {
    let sandbox = overlays();
    let images = "images: [{name: web, newTag: v2}, {name: api, newTag: v3}]";
    for names in ["{web: x, api: x}", "{web: api}"] {
        let input = list(&[deployment(&["x:v1"])], &format!("{{{images}, names: {names}}}"));
        let run = run(&sandbox, "empty", input);
        assert_eq!(
            (run.code, crate::rendered::images(&run)),
            (1, vec!["x:v1".to_owned()]),
            "{run:?}"
        );
        assert!(run.stderr.contains("are both called `"), "{run:?}");
    }
}

#[test]
fn slashes_may_be_escaped() {
    let sandbox = Sandbox::new();
    let input = list(
        &[deployment(&[r#""r.io\/a\/web:v1""#])],
        "{images: [{name: r.io/a/web, newTag: v2}]}",
    );
    let run = run(&sandbox, ".", input);
    assert_eq!((run.code, images(&run)), (0, vec![r#""r.io/a/web:v2""#.to_owned()]), "{run:?}");
}

#[test]
fn a_value_that_matches_nothing_is_told() {
    let sandbox = overlays();
    let run = run(&sandbox, "empty", list(&[deployment(&["api:v1"])], "{from: ../dev}"));
    assert_eq!((run.code, images(&run)), (0, vec!["api:v1".to_owned()]));
    assert!(
        run.stderr.contains("`web` is to be `:v2`, and no image in the objects matches `web`"),
        "{run:?}"
    );
    assert!(run.stdout.contains("severity: warning"), "{run:?}");
    // A name is told as it is, and not as the pattern that it becomes.
    let run = self::run(&sandbox, "prod", list(&[deployment(&["api:v1"])], "{from: ../dev}"));
    assert!(run.stderr.contains("no image in the objects is `mirror.io/web:v1`"), "{run:?}");
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

/// With the target's files at hand, its mirror is what they are applied to: a name, and no pattern.
#[test]
fn inline_images_find_what_the_targets_mirror_is_called() {
    let sandbox = overlays();
    for (entry, wanted) in [
        ("{name: web, newName: r.io/web, newTag: v2}", "r.io/web:v2"),
        ("{name: web, newName: r.io/web}", "r.io/web:v1"),
        ("{name: web, newTag: v2}", "mirror.io/web:v2"),
    ] {
        let items = [deployment(&["mirror.io/web:v1", "mirrorXio/web:v1"])];
        let run = run(&sandbox, "prod", list(&items, &format!("{{images: [{entry}]}}")));
        let wanted = vec![wanted.to_owned(), "mirrorXio/web:v1".to_owned()];
        assert_eq!((run.code, images(&run)), (0, wanted), "{entry}: {run:?}");
    }
}

#[test]
fn what_is_older_or_only_in_the_source_is_told() {
    let sandbox = overlays();
    let older = "images:\n- {name: web, newTag: v0.9}\n- {name: api, newTag: v3}\n";
    sandbox.write("dev/kustomization.yaml", older);
    let prod = sandbox.read("prod/kustomization.yaml").replace("newTag: v1", "newTag: v1.0");
    sandbox.write("prod/kustomization.yaml", prod);
    let items = [deployment(&["mirror.io/web:v1.0", "api:v1"])];
    let run = run(&sandbox, "prod", list(&items, "{from: ../dev}"));
    let same = vec!["mirror.io/web:v1.0".to_owned(), "api:v1".to_owned()];
    assert_eq!((run.code, images(&run)), (0, same), "{run:?}");
    for words in [
        "images `web`: v1.0 here, v0.9 in the source: older than what the target has; `allowDowngrade: true`",
        "images `api`: nothing here, v3 in the source: only the source has it; `add: true`",
    ] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
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
fn custom_places_need_not_have_been_the_targets() {
    let sandbox = overlays();
    for (image, wanted) in [
        ("web:v0", "mirror.io/web:v2"),
        ("mirror.io/web:v0", "mirror.io/web:v2"),
        ("mirror.io/web:v1", "mirror.io/web:v2"),
        ("api:v1", "api:v1"),
    ] {
        let shop = format!(
            "- apiVersion: acme.io/v1\n  kind: Shop\n  metadata:\n    name: s\n    annotations: {{kustomize.config.k8s.io/id: x}}\n  spec:\n    runs: {image}\n"
        );
        let spec = "{from: ../dev, fieldSpecs: [{kind: Shop, path: spec/runs}]}";
        let run = run(&sandbox, "prod", list(&[shop], spec));
        let found = run.stdout.contains(&format!("    runs: {wanted}\n"));
        assert!(run.code == 0 && found, "{image}: {run:?}");
    }
}

#[test]
fn what_cannot_be_promoted_leaves_the_list_as_it_was() {
    let sandbox = overlays();
    let object = deployment(&["web:v1"]);
    for (dir, spec, words) in [
        ("empty", "{}", "`from` is missing"),
        ("empty", "{from: ../nowhere}", "`../nowhere` does not exist"),
        ("prod", "{from: ../dev@HEAD}", "a function cannot read the Git revision `HEAD`"),
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

/// Fails in `prod` of [`overlays`] on `items` and `spec`; the first line on stderr, and all of it.
fn refused(items: &[String], spec: &str) -> (String, String) {
    let sandbox = overlays();
    let input = list(items, spec);
    let run = run(&sandbox, "prod", input.clone());
    assert_eq!((run.code, crate::lists::without_results(&run.stdout)), (1, input), "{run:?}");
    (run.stderr.lines().next().unwrap_or_default().to_owned(), run.stderr)
}

#[test]
fn another_release_than_the_one_that_is_named_is_never_taken() {
    let object = deployment(&["mirror.io/web:v1"]);
    let (first, _) = refused(&[RELEASE.to_owned(), object.clone()], "{from: r2}");
    assert!(first.contains("`r2` is no release among the objects, which have `r1`"), "{first}");
    // A file that is there is what it says, and not what the objects have.
    let sandbox = overlays();
    let r2 = "apiVersion: kubectl-promote.dev/v1alpha1\nkind: Release\nmetadata: {name: r2}\nspec: {images: [{name: web, newTag: r2}]}\n";
    sandbox.write("prod/r2.yaml", r2);
    let input = list(&[RELEASE.to_owned(), object.clone()], "{from: r2.yaml}");
    let run = run(&sandbox, "prod", input);
    assert_eq!((run.code, images(&run)), (0, vec!["mirror.io/web:r2".to_owned()]), "{run:?}");
    let other = RELEASE.replace("v1alpha1", "v1beta1");
    let (first, _) = refused(&[other, object], "{from: ../dev}");
    assert!(first.contains("`kubectl-promote.dev/v1beta1`"), "{first}");
}

#[test]
fn a_release_has_the_name_that_it_had_before_prefixes() {
    let sandbox = overlays();
    let prefixed = |name: &str| {
        let older = format!(
            "{{name: p-{name}, annotations: {{internal.config.kubernetes.io/previousNames: '{name}'}}}}"
        );
        RELEASE.replace("{name: r1}", &older).replace("newTag: r1", &format!("newTag: {name}"))
    };
    let items = [prefixed("r1"), prefixed("r2"), deployment(&["mirror.io/web:v1"])];
    for from in ["r2", "p-r2"] {
        let run = run(&sandbox, "prod", list(&items, &format!("{{from: {from}}}")));
        assert_eq!((run.code, images(&run)), (0, vec!["mirror.io/web:r2".to_owned()]), "{run:?}");
    }
}

/// kustomize hands `1.10` on as `1.1`, and `012` as `10`; text that looks like a number has quotes.
#[test]
fn a_number_is_no_version() {
    let object = deployment(&["mirror.io/web:v1"]);
    let release = RELEASE.replace("newTag: r1", "newTag: 1.1");
    let (first, all) = refused(&[release, object.clone()], "{}");
    assert!(first.contains("the release `r1` has the number `1.1` in `spec.images[0].newTag`"));
    assert!(all.contains("hint: write the version in quotes"), "{all}");
    let (first, _) = refused(&[object], "{images: [{name: web, newTag: 10}]}");
    assert!(
        first.contains("the Promotion's `spec.images[0].newTag`: `10` without quotes"),
        "{first}"
    );
}

#[test]
fn what_is_rendered_is_no_source_of_its_own() {
    let object = deployment(&["mirror.io/web:v1"]);
    for from in [".", "../prod", "kustomization.yaml", "../dev/../prod"] {
        let (first, _) = refused(std::slice::from_ref(&object), &format!("{{from: {from}}}"));
        assert!(
            first.contains(&format!("`{from}` is the overlay that is rendered here")),
            "{first}"
        );
    }
}

#[test]
fn a_revision_is_no_source() {
    let (first, all) = refused(&[deployment(&["web:v1"])], "{from: ../dev@v1}");
    assert!(first.contains("`../dev@v1`: a function cannot read the Git revision `v1`"), "{first}");
    assert!(all.contains("`kubectl promote export ../dev@v1 > release.yaml`"), "{all}");
}

#[test]
fn a_file_on_disk_is_named_with_its_line() {
    let sandbox = overlays();
    sandbox.write("dev/kustomization.yaml", "images:\n- name: web\n  newTag: v2\n- [\n");
    let run_ = run(&sandbox, "prod", list(&[deployment(&["web:v1"])], "{from: ../dev}"));
    assert!(run_.stderr.starts_with("kubectl-promote: ../dev/kustomization.yaml:4: "), "{run_:?}");
    assert!(run_.stdout.contains("path: ../dev/kustomization.yaml"), "{run_:?}");
    // An object among others is no file.
    let release = RELEASE.replace("images:", "imagez:");
    let run_ = run(&sandbox, "prod", list(&[release], "{}"));
    assert!(run_.stderr.starts_with("kubectl-promote: Release/r1: a release has no"), "{run_:?}");
    assert!(!run_.stdout.contains("path: Release"), "{run_:?}");
}

#[test]
fn in_a_container_the_recipe_fits_what_is_missing() {
    let sandbox = overlays();
    let told = |from: &str| {
        let mut command = sandbox.command(BINARY);
        command.current_dir(sandbox.join("empty")).arg("fn").env("STRUCTURED_RESULTS", "true");
        let input = list(&[deployment(&["web:v1"])], &format!("{{from: {from}}}"));
        fed(&mut command, input).stderr
    };
    let relative = told("../staging");
    assert!(relative.contains("`--mount type=bind,src=../staging,dst=/staging`"), "{relative}");
    // A place inside does not say where the overlay is outside.
    let absolute = told("/nowhere/staging");
    for part in [
        "`--mount type=bind,src=OVERLAY,dst=/nowhere/staging`",
        "`from: /nowhere/staging`",
        "`ln -s OVERLAY staging`",
    ] {
        assert!(absolute.contains(part), "{part}: {absolute}");
    }
    assert!(!absolute.contains("src=/nowhere"), "{absolute}");
}

/// kustomize shows no results and has to read them all, so they are not one for each of many images.
#[test]
fn the_first_images_are_results_and_the_others_are_counted() {
    let sandbox = overlays();
    for (count, more) in
        [(20, None), (21, Some("1 more image promoted")), (45, Some("25 more images promoted"))]
    {
        let object = deployment(&vec!["mirror.io/web:v1"; count]);
        let run = run(&sandbox, "prod", list(&[object], "{from: ../dev}"));
        assert_eq!((run.code, images(&run)), (0, vec!["mirror.io/web:v2".to_owned(); count]));
        let results = crate::lists::results(&run.stdout);
        let said = |words: &str| {
            let has =
                |result: &&serde_json::Value| result["message"].as_str().unwrap().contains(words);
            results.iter().filter(has).count()
        };
        assert_eq!(said("image promoted from mirror.io/web:v1 to mirror.io/web:v2"), 20);
        assert_eq!(said("more"), usize::from(more.is_some()), "{count}");
        assert_eq!(more.map_or(1, said), 1, "{count}");
        // What could not be done is never left out.
        assert_eq!(said("objects that are rendered already cannot get it"), 1);
    }
}

/// Many objects are worked on at the same time, and it cannot be seen.
#[test]
fn many_objects_are_what_they_are_one_by_one() {
    let sandbox = overlays();
    let named = |at: usize| {
        deployment(&["mirror.io/web:v1", "other:v1"])
            .replace("name: web\n", &format!("name: w{at}\n"))
    };
    let objects: Vec<_> = (0..600).map(named).collect();
    let run_in_prod = |objects: &[String]| run(&sandbox, "prod", list(objects, "{from: ../dev}"));
    let all = run_in_prod(&objects);
    assert_eq!(all.code, 0, "{}", all.stderr);
    let after = list(&objects, "{from: ../dev}").replace("mirror.io/web:v1", "mirror.io/web:v2");
    let items = |text: &str| text[text.find("items:").unwrap()..].to_owned();
    assert_eq!(items(&all.stdout), items(&after));
    let results = crate::lists::results(&all.stdout);
    let named: Vec<_> =
        results.iter().filter_map(|result| result["resourceRef"]["name"].as_str()).collect();
    assert_eq!(named, (0..20).map(|at| format!("w{at}")).collect::<Vec<_>>());
    // Of several that cannot be edited the first is told.
    let mut objects = objects;
    for at in [555, 333] {
        objects[at] = objects[at]
            .replace("image: mirror.io/web:v1", "image: &i mirror.io/web:v1\n        args: [*i]");
    }
    let refused = run_in_prod(&objects);
    let results = crate::lists::results(&refused.stdout);
    assert!(
        refused.code != 0 && refused.stderr.contains("`w333`"),
        "{results:?} {}",
        refused.stderr
    );
    assert!(!refused.stderr.contains("`w555`"), "{}", refused.stderr);
    assert_eq!(items(&refused.stdout), items(&list(&objects, "{from: ../dev}")));
}
