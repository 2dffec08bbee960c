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

/// The function was given the release, and kustomize has left it out since.
#[test]
fn a_release_of_the_overlay_is_what_was_promoted() {
    let sandbox = prod();
    let release = |tag: &str| {
        format!(
            "apiVersion: kubectl-promote.dev/v1alpha1\nkind: Release\nmetadata: {{name: r-{tag}}}\n\
             spec: {{images: [{{name: web, newTag: {tag}}}]}}\n"
        )
    };
    let kustomization = sandbox.read("prod/kustomization.yaml");
    let resources = |list: &str| {
        sandbox.write("prod/kustomization.yaml", format!("resources: [{list}]\n{kustomization}"));
    };
    sandbox.write("prod/v3.yaml", release("v3")).write("prod/v4.yaml", release("v4"));
    let rendered = |tag: &str| RENDERED.replace("web:v1", &format!("web:{tag}"));
    resources("v3.yaml");
    for (tag, code) in [("v3", 0), ("v2", 1), ("v4", 1)] {
        assert_eq!(check(&sandbox, &rendered(tag), &["prod"]).code, code, "{tag}");
    }
    // Of several the one that the promotion names, as for the function.
    resources("v3.yaml, v4.yaml");
    let run = check(&sandbox, &rendered("v3"), &["prod"]);
    assert!(run.code == 1 && run.stderr.contains("several releases: `r-v3`, `r-v4`"), "{run:?}");
    let promotion = sandbox.read("prod/promotion.yaml").replace("../dev", "r-v4");
    sandbox.write("prod/promotion.yaml", promotion);
    for (tag, code) in [("v3", 1), ("v4", 0)] {
        assert_eq!(check(&sandbox, &rendered(tag), &["prod"]).code, code, "{tag}");
    }
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

#[test]
fn what_nobody_has_to_promote_is_checked_too() {
    let sandbox = prod();
    let files = |version: &str, name: &str| {
        sandbox.write(
            "plain/kustomization.yaml",
            format!("images:\n- {{name: {name}, newTag: {version}}}\n"),
        );
    };
    let rendered = |version: &str| RENDERED.replace("mirror.example/web:v1", version);
    // Promoted already, newer than the source, and not there at all.
    for (version, name) in [("v2", "web"), ("v3", "web"), ("v1", "api")] {
        files(version, name);
        let run = check(&sandbox, &rendered("web:v1"), &["plain", "--from", "dev"]);
        assert_eq!(run.code, 1, "{version} {name}: {run:?}");
        assert!(run.stdout.contains("web:v1     web:v2"), "{run:?}");
        let run = check(&sandbox, &rendered("web:v2"), &["plain", "--from", "dev"]);
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{version} {name}: {run:?}");
        assert_eq!(run.stderr, "all images are as promoted\n");
    }
}

#[test]
fn an_image_of_two_entries_may_be_either() {
    let sandbox = prod();
    sandbox
        .write("dev/kustomization.yaml", "images: [{name: a, newTag: v2}, {name: b, newTag: v3}]");
    let target = "images: [{name: a, newName: x, newTag: v1}, {name: b, newName: x, newTag: v1}]";
    sandbox.write("plain/kustomization.yaml", target);
    for (image, code) in [("x:v2", 0), ("x:v3", 0), ("x:v4", 1)] {
        let rendered = RENDERED.replace("mirror.example/web:v1", image);
        let run = check(&sandbox, &rendered, &["plain", "--from", "dev"]);
        assert_eq!(run.code, code, "{image}: {run:?}");
    }
}

#[test]
fn only_what_kustomize_renders_is_checked() {
    let sandbox = prod();
    for (rendered, words) in [
        ("---\n# nothing\n---\n", "nothing was rendered"),
        ("Error: accumulating resources\n", "document 1 is no Kubernetes object"),
        ("- a\n", "is not an object"),
    ] {
        let run = check(&sandbox, rendered, &["prod"]);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
        assert!(run.stderr.contains("kustomize build OVERLAY"), "{}", run.stderr);
    }
    let run = check(&sandbox, RENDERED, &["plain", "--from", "dev@HEAD"]);
    assert!(run.stderr.contains("kubectl promote export dev@HEAD"), "{}", run.stderr);
}

#[test]
fn promotions_are_found_wherever_kustomize_finds_them() {
    let sandbox = prod();
    let promotion = |name: &str, spec: &str| {
        format!(
            "apiVersion: kubectl-promote.dev/v1alpha1\nkind: Promotion\nmetadata: {{name: {name}}}\nspec: {spec}\n"
        )
    };
    let images = "images: [{name: web, newName: mirror.example/web, newTag: v1}]\n";
    let other = "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\n";
    let flow = "'{apiVersion: kubectl-promote.dev/v1alpha1, kind: Promotion, metadata: {name: x}, spec: {from: ../dev}}'";
    let web = promotion("x", "{from: ../dev}");
    sandbox.write("prod/second.yaml", format!("{other}---\n{web}"));
    sandbox.write("shared/kustomization.yaml", "resources: [promotion.yaml]");
    sandbox.write("shared/promotion.yaml", web);
    for entry in ["second.yaml", "../shared", flow] {
        sandbox.write("prod/kustomization.yaml", format!("{images}transformers: [{entry}]\n"));
        let run = check(&sandbox, RENDERED, &["prod"]);
        assert_eq!(run.code, 1, "{entry}: {run:?}");
        assert!(run.stdout.contains("mirror.example/web:v2"), "{entry}: {run:?}");
    }
    // Two releases in one file, and the promotion names the second one.
    let release = |name: &str, version: &str| {
        format!(
            "apiVersion: kubectl-promote.dev/v1alpha1\nkind: Release\nmetadata: {{name: {name}}}\nspec: {{images: [{{name: web, newTag: {version}}}]}}\n"
        )
    };
    let releases = format!("{}---\n{}", release("r1", "v8"), release("r2", "v9"));
    sandbox.write("prod/releases.yaml", releases);
    sandbox.write("prod/second.yaml", promotion("x", "{from: r2}"));
    let lists = "resources: [releases.yaml]\ntransformers: [second.yaml]\n";
    sandbox.write("prod/kustomization.yaml", format!("{images}{lists}"));
    let run = check(&sandbox, RENDERED, &["prod"]);
    assert!(run.code == 1 && run.stdout.contains("mirror.example/web:v9"), "{run:?}");
}

/// Whoever forgets the pipe is told, and does not wait for a program that waits for them.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_renders_nothing() {
    if crate::support::has("script", &["--version"]) {
        let sandbox = prod();
        let mut command = sandbox.command("script");
        command.args(["-qec", &format!("'{BINARY}' check prod")]);
        // Nothing is ever typed, and it does not end either.
        let mut child =
            command.arg("/dev/null").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let held = child.stdin.take();
        let output = child.wait_with_output().unwrap();
        drop(held);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("nothing was rendered: stdin is a terminal"), "{text}");
        assert!(text.contains("| kubectl promote check prod"), "{text}");
    }
}
