//! Refs pinned through real Git, and the flags about the network. Registries: `tests/registry`.

use super::*;

/// A Git repository `deploy` with the tags v1 (light) and v2 (annotated) and the branch main.
fn deploy() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    sandbox.write("deploy/web/kustomization.yaml", "resources: []\n");
    let git = |args: &[&str]| sandbox.git(&[&["-C", "deploy"], args].concat());
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    git(&["tag", "v1"]);
    git(&["commit", "-qm", "two", "--allow-empty"]);
    git(&["tag", "-a", "v2", "-m", "two"]);
    git(&["commit", "-qm", "three", "--allow-empty"]);
    let url = format!("file://{}//web", sandbox.join("deploy").display());
    (sandbox, url)
}

fn commit(sandbox: &Sandbox, revision: &str) -> String {
    sandbox.git(&["-C", "deploy", "rev-parse", revision]).trim().to_owned()
}

fn base(url: &str, version: &str) -> String {
    format!("resources:\n  - {url}?ref={version}\n")
}

#[test]
fn refs_become_commits() {
    let (sandbox, url) = deploy();
    for (version, revision) in [("v1", "v1"), ("v2", "v2^{commit}"), ("main", "main")] {
        sandbox.write("dev/kustomization.yaml", base(&url, version));
        sandbox.write("tst/kustomization.yaml", base(&url, "v0"));
        let run = sandbox.promote(&["dev", "tst", "--pin", "refs"]);
        assert_eq!(run.code, 0, "{run:?}");
        let commit = commit(&sandbox, revision);
        let wanted = base(&url, &format!("{commit} # {version}"));
        assert_eq!(sandbox.read("tst/kustomization.yaml"), wanted);
        let again = sandbox.promote(&["dev", "tst", "--pin", "refs", "--error-unchanged"]);
        assert_eq!(again.code, 3, "{again:?}");
    }
}

#[test]
fn the_verb_pins_where_nothing_else_is_to_change() {
    let (sandbox, url) = deploy();
    sandbox.write("prod/kustomization.yaml", base(&url, "v2"));
    let run = sandbox.promote(&["pin", "prod", "--pin", "refs"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "1 pinned\n"), "{run:?}");
    let pinned = base(&url, &format!("{} # v2", commit(&sandbox, "v2^{commit}")));
    assert_eq!(sandbox.read("prod/kustomization.yaml"), pinned);
    let again = sandbox.promote(&["pin", "prod", "--pin", "refs"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, "nothing to pin: 1 unchanged\n"));
}

#[test]
fn the_plan_says_what_a_commit_was() {
    let (sandbox, url) = deploy();
    sandbox.write("prod/kustomization.yaml", base(&url, "v2"));
    let run = sandbox.promote(&["pin", "prod", "--pin", "refs", "--dry-run", "-o", "json"]);
    let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let change = &plan["targets"][0]["changes"][0];
    assert_eq!(change["status"], "pinned");
    assert_eq!(change["resolvedFrom"], "v2");
    assert_eq!(change["new"]["version"], commit(&sandbox, "v2^{commit}"));
    assert_eq!(plan.get("from"), None);
    assert_eq!(sandbox.read("prod/kustomization.yaml"), base(&url, "v2"));
}

#[test]
fn a_ref_that_is_not_there_stops_everything() {
    let (sandbox, url) = deploy();
    sandbox.write("dev/kustomization.yaml", base(&url, "v9"));
    sandbox.write("tst/kustomization.yaml", base(&url, "v1"));
    let words = ["has no branch or tag `v9`", "dev/kustomization.yaml:2", "nothing was written"];
    refused(&sandbox, &["dev", "tst", "--pin", "refs"], 1, &words);
    sandbox.write("dev/kustomization.yaml", base(&url, &commit(&sandbox, "v1")[..9]));
    let words = ["short commit", "40 characters"];
    refused(&sandbox, &["dev", "tst", "--pin", "refs"], 1, &words);
    let gone = format!("file://{}//web", sandbox.join("nowhere").display());
    sandbox.write("dev/kustomization.yaml", base(&gone, "v1"));
    sandbox.write("tst/kustomization.yaml", base(&gone, "v0"));
    refused(&sandbox, &["dev", "tst", "--pin", "refs"], 1, &["cannot be asked for its refs"]);
}

#[test]
fn failures_are_listed_to_the_end_when_asked() {
    let (sandbox, url) = deploy();
    let lists =
        |one: &str, two: &str| format!("resources:\n- {url}?ref={one}\n- {url}/../x?ref={two}\n");
    sandbox.write("dev/kustomization.yaml", lists("v8", "v9"));
    sandbox.write("tst/kustomization.yaml", lists("v1", "v1"));
    let words = ["has no branch or tag `v8`", "has no branch or tag `v9`", "2 refused"];
    refused(&sandbox, &["dev", "tst", "--pin", "refs", "--keep-going"], 1, &words);
}

#[test]
fn a_git_that_hangs_is_not_waited_for() {
    let (sandbox, url) = deploy();
    sandbox.write("prod/kustomization.yaml", base(&url, "v2"));
    sandbox.write("bin/git", "#!/bin/sh\nexec sleep 60\n");
    sandbox.command("chmod").args(["+x", "bin/git"]).status().unwrap();
    let mut command = sandbox.command(BINARY);
    command.args(["pin", "prod", "--pin", "refs", "--registry-timeout", "200ms"]);
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", sandbox.join("bin").display()));
    let run = Run::of(&mut command);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("no answer within 0.2 s"), "{}", run.stderr);
    assert_eq!(sandbox.read("prod/kustomization.yaml"), base(&url, "v2"));
}

#[test]
fn offline_refuses_what_needs_the_network() {
    let sandbox = pair("v1", "v2");
    for args in [
        &["dev", "tst", "--pin", "images", "--offline"][..],
        &["dev", "tst", "--require-present", "--offline"],
        &["diff", "dev", "tst", "--pin", "refs", "--offline"],
        &["pin", "dev", "--offline"],
    ] {
        refused(&sandbox, args, 2, &["needs the network, which `--offline` refuses"]);
    }
    let run = sandbox.promote(&["dev", "tst", "--offline"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
#[cfg(feature = "registry")]
fn checks_that_check_nothing_are_refused() {
    let sandbox = pair("v1", "v2");
    for flag in [&["--verify"][..], &["--platform", "linux/arm64"]] {
        let args = [&["dev", "tst"], flag].concat();
        refused(&sandbox, &args, 2, &["checks nothing without `--pin images`"]);
    }
    for (flag, words) in [
        (["--platform", "linux"], "linux/arm64"),
        (["--registry-timeout", "5w"], "`w` is no unit"),
        (["--registry-concurrency", "0"], "0 is not in 1..=1024"),
        (["--plain-http", "http://localhost:5000"], "write it as HOST or HOST:PORT"),
        (["--plain-http", "localhost:5000/web"], "write it as HOST or HOST:PORT"),
        (["--plain-http", ""], "write it as HOST or HOST:PORT"),
        (["--pin", "charts"], "possible values: images, refs"),
    ] {
        refused(&sandbox, &["dev", "tst", "--require-present", flag[0], flag[1]], 2, &[words]);
    }
}

#[test]
#[cfg(feature = "registry")]
fn the_help_says_how_long_and_how_many() {
    let run = Sandbox::new().promote(&["help", "pin"]);
    for default in ["[default: 60s]", "[default: 64]"] {
        assert!(run.stdout.contains(default), "{}", run.stdout);
    }
}

#[test]
fn what_is_not_to_be_pinned_is_compared_with_nothing() {
    let sandbox = Sandbox::new();
    let text = "images:\n- name: acme/web\n  newTag: latest\n- name: acme/api\n  digest: x\n";
    sandbox.write("prod/kustomization.yaml", text);
    let run = sandbox.promote(&["pin", "prod", "--except", "acme/*"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "nothing to pin: 2 unchanged\n"), "{run:?}");
}
