//! Pinning in the function: the same rounds of questions as on the command line.

#[path = "../support/standin.rs"]
mod standin;

use std::process::Command;

use crate::fed;
use crate::lists::{file, list, promotion, results, without_results};
use crate::support::{BINARY, Run, Sandbox};
use standin::Standin;

fn input(spec: &str) -> String {
    let overlay = |tag: &str| format!("images:\n- name: ghcr.io/acme/web\n  newTag: {tag}\n");
    let items = [
        file("dev/kustomization.yaml", &overlay("v2")),
        file("tst/kustomization.yaml", &overlay("v1")),
    ];
    list(&items, &promotion(spec))
}

/// The function on `input`, in a world in which every registry is the stand-in.
fn asked(input: &str, change: impl FnOnce(&mut Command)) -> Run {
    let sandbox = Sandbox::new();
    let standin = Standin::new();
    let mut command = sandbox.command(BINARY);
    standin.serve(&mut command, sandbox.path());
    command.arg("fn").env_remove("STRUCTURED_RESULTS");
    change(&mut command);
    fed(&mut command, input)
}

#[test]
fn tags_become_digests() {
    let input = input("{from: dev, to: [tst], pin: [images]}");
    let run = asked(&input, |_| {});
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let found = results(&run.stdout);
    let field = &found[0]["field"];
    let proposed = field["proposedValue"].as_str().unwrap();
    let digest = proposed.strip_prefix("v2@").unwrap();
    assert!(digest.starts_with("sha256:") && digest.len() == 71, "{proposed}");
    let wanted = input.replacen("newTag: v1\n", &format!("newTag: v2\n    digest: {digest}\n"), 1);
    assert_eq!(without_results(&run.stdout), wanted);
}

#[test]
fn without_a_source_targets_are_only_pinned() {
    let run = asked(&input("{to: [tst], pin: [images]}"), |_| {});
    let found = results(&run.stdout);
    assert_eq!(run.code, 0, "{run:?}");
    let message = found[0]["message"].as_str().unwrap();
    assert!(message.starts_with("`ghcr.io/acme/web` pinned to v1@sha256:"), "{message}");
}

#[test]
fn without_the_targets_files_the_repository_is_the_one_that_names_say() {
    let object = "- apiVersion: v1\n  kind: Pod\n  metadata: {name: web}\n  spec: {containers: [{image: 'IMAGE:v1'}]}\n";
    for (mirror, wanted) in [("quay.io/acme/web", 0), ("quay.io/nobody/web", 1)] {
        let spec = format!(
            "{{images: [{{name: ghcr.io/acme/web, newTag: v2}}], pin: [images], names: {{ghcr.io/acme/web: {mirror}}}}}"
        );
        let input = list(&[object.replace("IMAGE", mirror)], &promotion(&spec));
        let run = asked(&input, |_| {});
        assert_eq!(run.code, wanted, "{run:?}");
        if wanted == 0 {
            assert!(run.stdout.contains(&format!("image: '{mirror}:v2@sha256:")), "{run:?}");
        } else {
            assert_eq!(without_results(&run.stdout), input);
            assert!(run.stderr.lines().next().unwrap().contains(mirror), "{run:?}");
        }
    }
}

#[test]
fn a_container_without_a_network_is_told_the_switches() {
    let input = input("{from: dev, to: [tst], pin: [images]}");
    let nowhere = |command: &mut Command| {
        // Nothing listens there.
        command.env("NO_PROXY", "*").env("HTTPS_PROXY", "");
        command.env("PROMOTE_TEST", "x");
    };
    let spec = input.replace("ghcr.io/acme/web", "registry.invalid/acme/web");
    let run = asked(&spec, |command| {
        nowhere(command);
        command.env("STRUCTURED_RESULTS", "true");
    });
    assert_eq!((run.code, without_results(&run.stdout)), (1, spec.clone()), "{run:?}");
    assert!(
        run.stderr.contains("`network: true`") && run.stderr.contains("`--network`"),
        "{run:?}"
    );
    let run = asked(&spec, nowhere);
    assert_eq!(run.code, 1);
    assert!(!run.stderr.contains("network: true"), "{run:?}");
}

#[test]
fn an_image_that_is_not_there_stops_everything() {
    let input = input("{from: dev, to: [tst], pin: [images]}").replace("acme/web", "other/web");
    let run = asked(&input, |_| {});
    assert_eq!((run.code, without_results(&run.stdout)), (1, input), "{run:?}");
    assert!(run.stderr.lines().next().unwrap().contains("ghcr.io/other/web:v2"), "{run:?}");
}
