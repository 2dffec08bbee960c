//! The function as a container: without a network, as nobody, and without a mount.

use crate::bench::{Example, IMAGE, images, kpt, kubectl, kustomize};
use crate::image;
use crate::kpt::is_promoted;

#[test]
fn kustomize_runs_it_with_a_release() {
    if kustomize()
        && let Some(image) = image::name()
    {
        let example = Example::with_image("kustomize-container", image);
        example.matches(&example.run());
    }
}

#[test]
fn kubectl_runs_it_too() {
    if kubectl()
        && let Some(image) = image::name()
    {
        let example = Example::with_image("kustomize-container", image);
        example.matches(&example.shell("kubectl kustomize --enable-alpha-plugins prod"));
    }
}

/// The release is what export makes of staging, and is in no build.
#[test]
fn the_release_of_the_example_is_that_of_its_staging() {
    let example = Example::new("kustomize-container");
    let run = example.shell("kubectl-promote export staging --name staging-42");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(run.stdout, example.sandbox().read("prod/release.yaml"));
    assert!(!example.expected().contains("Release"));
}

/// The overlay of the other example cannot be read from a container; the message says how it could be.
#[test]
fn without_a_mount_it_says_what_to_do() {
    if kustomize()
        && let Some(image) = image::name()
    {
        let example = Example::with_image("kustomize-container", image);
        example.replace("prod/kustomization.yaml", "  - release.yaml", "  #");
        example.replace("prod/promotion.yaml", "spec:", "spec:\n  from: ../staging");
        let run = example.run();
        assert_eq!(run.code, 1, "{run:?}");
        for part in [
            "promote export ../staging",
            "--mount type=bind,src=../staging,dst=/staging",
            "ln -s ../staging",
        ] {
            assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
        }
    }
}

/// Both of the other recipes: a flag, and a link in Git.
#[test]
fn a_mount_lets_it_read_the_overlay() {
    if !kustomize() {
        return;
    }
    let Some(image) = image::name() else { return };
    let mounted = || {
        let example = Example::with_image("kustomize-container", image);
        example.replace("prod/kustomization.yaml", "  - release.yaml", "  #");
        example.replace("prod/promotion.yaml", "spec:", "spec:\n  from: /staging");
        // Made for this user only, and it runs as nobody.
        assert_eq!(example.shell("chmod 755 . && chmod -R a+rX staging").code, 0);
        example
    };
    let flag = mounted();
    let mount = "--mount type=bind,src=../staging,dst=/staging";
    flag.matches(&flag.shell(&format!("kustomize build --enable-alpha-plugins {mount} prod")));
    let link = mounted();
    let annotation = "        mounts: [{type: bind, src: staging, dst: /staging}]\nspec:";
    link.replace("prod/promotion.yaml", "spec:", annotation);
    assert_eq!(link.shell("ln -s ../staging prod/staging").code, 0);
    link.matches(&link.run());
}

/// Digests are asked of registries, which needs a network that containers do not have by themselves.
#[test]
fn without_a_network_pinning_names_the_switches() {
    if kustomize()
        && let Some(image) = image::name()
    {
        let example = Example::with_image("kustomize-container", image);
        example.replace("prod/promotion.yaml", "spec:", "spec:\n  pin: [images]");
        let run = example.run();
        assert_eq!((run.code, images(&run.stdout).len()), (1, 0), "{run:?}");
        for part in ["`network: true`", "`--network`"] {
            assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
        }
    }
}

#[test]
fn kpt_eval_runs_it() {
    if kpt()
        && let Some(image) = image::with_host()
    {
        let example = Example::new("kpt");
        let run = example.shell(&format!(
            "kpt fn eval package --image-pull-policy never --image {image} -- from=staging to=prod"
        ));
        assert_eq!(run.code, 0, "{run:?}");
        is_promoted(&example);
    }
}

#[test]
fn kpt_render_runs_it() {
    if kpt()
        && let Some(image) = image::with_host()
    {
        let example = Example::new("kpt");
        let mutator = format!("image: {image}");
        example.replace("package/Kptfile", "exec: kubectl-promote fn", &mutator);
        let run = example.shell("kpt fn render package --image-pull-policy never");
        assert_eq!(run.code, 0, "{run:?}");
        is_promoted(&example);
    }
}

#[test]
fn kpt_documents_it() {
    if kpt()
        && let Some(image) = image::with_host()
    {
        let example = Example::new("kpt");
        let run = example.shell(&format!("kpt fn doc --image {image}"));
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stdout.contains("Two modes"), "{}", run.stdout);
    }
}

/// The image that the examples name is the one that `krm/image` builds.
#[test]
fn the_examples_name_the_image_that_is_built() {
    let script = std::fs::read_to_string(crate::support::root().join("krm/image")).unwrap();
    assert!(script.contains(&format!(":-{IMAGE}")), "{script}");
}
