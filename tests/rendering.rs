//! What overlays render, by the real kustomize: as they are, and as they were.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use camino::Utf8PathBuf;
use kubectl_promote::io::git::Revision;
use kubectl_promote::io::render::{render, render_at};
use support::{Sandbox, has};

const OVERLAY: &str = "resources: [../../base]\nimages: [{name: web, newTag: \"1\"}]\n";

/// A repository whose overlay is at tag 1 in its commit, and at tag 2 in the working tree.
fn repository() -> (Sandbox, Utf8PathBuf) {
    let dir = Sandbox::new();
    dir.git(&["init", "-q"]);
    dir.write("base/kustomization.yaml", "resources: [pod.yaml]\n");
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: web, image: web}]}}";
    dir.write("base/pod.yaml", pod);
    dir.write("overlays/prod/kustomization.yaml", OVERLAY);
    dir.git(&["add", "-A"]);
    dir.git(&["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "1"]);
    dir.write("overlays/prod/kustomization.yaml", OVERLAY.replace('1', "2"));
    let overlay = Utf8PathBuf::from_path_buf(dir.join("overlays/prod")).unwrap();
    (dir, overlay)
}

#[test]
fn an_overlay_is_rendered_as_it_is_and_as_it_was() {
    if !has("kustomize", &["version"]) {
        return;
    }
    let (dir, overlay) = repository();
    let before = support::files(dir.path());
    let revision = Revision::open(&overlay, "HEAD").unwrap();
    assert!(render(&overlay, false).unwrap().contains("image: web:2"));
    assert!(render_at(&revision, &overlay, false).unwrap().contains("image: web:1"));
    drop(revision);
    assert_eq!(support::files(dir.path()), before);
}

#[test]
fn what_is_wrong_is_told_with_paths_that_are_there() {
    if !has("kustomize", &["version"]) {
        return;
    }
    let (dir, overlay) = repository();
    dir.write("overlays/prod/kustomization.yaml", "resources: [gone.yaml]\n");
    let problem = render(&overlay, false).unwrap_err();
    assert!(problem.message.contains("prod/gone.yaml"), "{problem}");
    let revision = Revision::open(&overlay, "HEAD").unwrap();
    let nowhere = overlay.parent().unwrap().join("nowhere");
    let problem = render_at(&revision, &nowhere, false).unwrap_err();
    let wanted = format!("{}:overlays/nowhere", &revision.commit[..12]);
    assert!(problem.message.contains(&wanted), "{problem}");
}
