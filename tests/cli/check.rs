//! `check`: what was rendered beside what was promoted.

use std::process::Stdio;

use super::*;

const RENDERED: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: prod}
spec:
  template:
    spec:
      containers:
      - name: web
        image: mirror.example/web:v1 # the old one
      - name: other
        image: other:v7
";

/// `prod` takes `web` from a mirror; a promotion stands in its transformers, and `dev` has v2.
fn prod() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("dev/kustomization.yaml", "images:\n- name: web\n  newTag: v2\n");
    let images = "images:\n- {name: web, newName: mirror.example/web, newTag: v1}\n";
    sandbox.write("prod/kustomization.yaml", format!("{images}transformers: [promotion.yaml]\n"));
    sandbox.write(
        "prod/promotion.yaml",
        "apiVersion: kubectl-promote.dev/v1alpha1\nkind: Promotion\nmetadata: {name: x}\nspec: {from: ../dev}\n",
    );
    sandbox.write("plain/kustomization.yaml", images);
    sandbox
}

fn check(sandbox: &Sandbox, rendered: &str, args: &[&str]) -> Run {
    let mut command = sandbox.command(BINARY);
    command.arg("check").args(args).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A check that cannot be made ends without having read anything.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), rendered.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

#[test]
fn a_function_that_did_not_run_is_noticed() {
    let sandbox = prod();
    let run = check(&sandbox, RENDERED, &["prod"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_eq!(
        run.stdout,
        "OBJECT                FIELD                                    RENDERED                PROMOTED\n\
         Deployment prod/web   spec.template.spec.containers[0].image   mirror.example/web:v1   mirror.example/web:v2\n"
    );
    assert_eq!(run.stderr, "1 image is not as promoted\n");
    let ran = RENDERED.replace("web:v1", "web:v2");
    let run = check(&sandbox, &ran, &["prod"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "all images are as promoted\n"), "{run:?}");
}

#[test]
fn the_same_for_programs() {
    let run = check(&prod(), RENDERED, &["plain", "--from", "dev", "-o", "json"]);
    assert_eq!(run.code, 1, "{run:?}");
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&found["kind"], &found["ok"]), (&"Check".into(), &false.into()));
    let wrong = &found["wrong"][0];
    assert_eq!(wrong["field"], "spec.template.spec.containers[0].image");
    assert_eq!(
        (&wrong["found"], &wrong["expected"]),
        (&"mirror.example/web:v1".into(), &"mirror.example/web:v2".into())
    );
}

#[test]
fn a_release_is_as_good_as_an_overlay() {
    let sandbox = prod();
    let release = sandbox.promote(&["export", "dev", "--name", "r"]);
    sandbox.write("release.yaml", &release.stdout);
    let run = check(&sandbox, RENDERED, &["plain", "--from", "release.yaml"]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stdout.contains("mirror.example/web:v2"), "{run:?}");
}

/// The files agree already, and what was rendered is older than they are.
#[test]
fn what_was_rendered_before_is_noticed_too() {
    let sandbox = prod();
    let prod = sandbox.read("prod/kustomization.yaml").replace("v1", "v2");
    sandbox.write("prod/kustomization.yaml", prod);
    for args in [&["prod"][..], &["prod", "--from", "dev"], &["prod", "--from", "prod"]] {
        let run = check(&sandbox, RENDERED, args);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stdout.contains("mirror.example/web:v1   mirror.example/web:v2"), "{run:?}");
        let run = check(&sandbox, &RENDERED.replace("v1 #", "v2 #"), args);
        assert_eq!((run.code, run.stderr.as_str()), (0, "all images are as promoted\n"));
    }
}

/// As the function does: the one that is named, and no other.
#[test]
fn the_release_that_the_promotion_names_is_meant() {
    let sandbox = prod();
    for tag in ["r1", "r2"] {
        let release = format!(
            "apiVersion: kubectl-promote.dev/v1alpha1\nkind: Release\nmetadata: {{name: {tag}}}\nspec: {{images: [{{name: web, newTag: {tag}}}]}}\n"
        );
        sandbox.write(&format!("prod/{tag}.yaml"), release);
    }
    let kustomization = sandbox.read("prod/kustomization.yaml");
    let promotion = sandbox.read("prod/promotion.yaml");
    let check = |resources: &str, from: &str| {
        let text = format!("namePrefix: p-\nresources: {resources}\n{kustomization}");
        sandbox.write("prod/kustomization.yaml", text);
        sandbox.write("prod/promotion.yaml", promotion.replace("../dev", from));
        check(&sandbox, RENDERED, &["prod"])
    };
    let both = "[r1.yaml, r2.yaml]";
    for from in ["r2", "p-r2", "r2.yaml"] {
        let run = check(both, from);
        assert!(run.code == 1 && run.stdout.contains("mirror.example/web:r2"), "{from}: {run:?}");
    }
    let run = check(both, "../dev");
    assert!(run.code == 1 && run.stderr.contains("several releases"), "{run:?}");
    let run = check("[r1.yaml]", "../dev");
    assert!(run.stdout.contains("mirror.example/web:r1"), "{run:?}");
    let run = check("[r1.yaml]", "r3");
    assert!(run.code == 1 && run.stderr.contains("`r3` is no release"), "{run:?}");
}

#[test]
fn what_cannot_be_checked_is_said() {
    let sandbox = prod();
    for (rendered, args, words) in [
        ("", &["prod"][..], "nothing was rendered"),
        (RENDERED, &["plain"], "no Promotion among its `transformers`"),
        (RENDERED, &["plain", "--from", "nowhere"], "`nowhere` does not exist"),
        ("a: [", &["prod"], "not YAML"),
        (RENDERED, &["nowhere"], "`nowhere` does not exist"),
    ] {
        let run = check(&sandbox, rendered, args);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
}
