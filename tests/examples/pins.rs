//! Tags to digests in every runner, asked of registries that stand in for real ones.

use std::sync::LazyLock;

use crate::bench::{Example, images, kubectl, kustomize};
use crate::image;
use crate::standin::Standin;
use crate::support::Run;

static WORLD: LazyLock<Standin> = LazyLock::new(Standin::new);

/// `script`, in a world where the registries are.
fn connected(example: &Example, script: &str) -> Run {
    let mut command = example.command(script);
    WORLD.serve(&mut command, &example.sandbox().join(".bin"));
    Run::of(&mut command)
}

/// That `run` rendered production with the digests that staging's tags are.
fn is_pinned(run: &Run) {
    assert_eq!(run.code, 0, "{run:?}");
    let example = Example::new("kustomize-container");
    let release = connected(&example, "kubectl-promote export staging --pin images --kinds images");
    let assets = images(&run.stdout)[1];
    let digest = assets.strip_prefix("ghcr.io/acme/shop-assets:2024.10@").expect(assets);
    assert!(release.stdout.contains(&format!("digest: {digest}\n")), "{release:?}");
}

fn pinning(name: &'static str) -> Example {
    let example = Example::new(name);
    example.replace("prod/promotion.yaml", "spec:", "spec:\n  pin: [images]");
    example
}

#[test]
fn a_program_pins() {
    if kustomize() {
        let example = pinning("kustomize-exec");
        is_pinned(&connected(
            &example,
            "kustomize build --enable-alpha-plugins --enable-exec prod",
        ));
    }
}

#[test]
fn a_plugin_of_the_older_kind_pins() {
    if kubectl() {
        let example = pinning("kubectl-legacy");
        is_pinned(&connected(&example, &example.sandbox().read("cmd")));
    }
}

/// With both switches, and the variables that it needs.
#[test]
fn a_container_with_a_network_pins() {
    if !kustomize() {
        return;
    }
    let Some(image) = image::name() else { return };
    let example = pinning("kustomize-container");
    let network = format!("{image}\n        network: true\n        envs: [HTTPS_PROXY]");
    example.replace("prod/promotion.yaml", crate::bench::IMAGE, &network);
    // It runs as nobody, and this directory is of this user only.
    let script = "chmod 755 . .bin && kustomize build --enable-alpha-plugins --network \
                  --mount type=bind,src=$PWD/.bin,dst=/ca -e SSL_CERT_FILE=/ca/authority.pem prod";
    is_pinned(&connected(&example, script));
}

/// What a Release with digests is for: no build asks.
#[test]
fn a_release_with_digests_needs_no_network() {
    if kustomize()
        && let Some(image) = image::name()
    {
        let example = Example::with_image("kustomize-container", image);
        let export =
            "kubectl-promote export staging --pin images --name staging-42 > prod/release.yaml";
        assert_eq!(connected(&example, export).code, 0);
        is_pinned(&example.run());
    }
}
