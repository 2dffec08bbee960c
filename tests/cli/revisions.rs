//! FROM at a Git revision.

use super::*;

/// `prod` had v1, then v2; the branch `next` has v3.
fn history() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q"]);
    let commit = |tag: &str| {
        sandbox.write("apps/prod/kustomization.yaml", overlay(tag));
        sandbox.git(&["add", "."]);
        sandbox.git(&["commit", "-qm", tag]);
    };
    commit("v1.0.0");
    commit("v2.0.0");
    sandbox.git(&["checkout", "-qb", "next"]);
    commit("v3.0.0");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("apps/tst/kustomization.yaml", overlay("v0.1.0"));
    sandbox
}

#[test]
fn a_rollback_is_a_promotion_from_the_past() {
    let sandbox = history();
    let run = sandbox.promote(&["apps/prod@HEAD~1", "apps/prod"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(sandbox.read("apps/prod/kustomization.yaml"), overlay("v1.0.0"));
}

#[test]
fn another_branch_is_read_without_touching_the_working_tree() {
    let sandbox = history();
    let before = sandbox.git(&["status", "--porcelain", "-b"]);
    let run = sandbox.promote(&["apps/prod@next", "apps/tst"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(sandbox.read("apps/tst/kustomization.yaml"), overlay("v3.0.0"));
    assert_eq!(sandbox.git(&["status", "--porcelain", "-b"]), before);
}

#[test]
fn an_overlay_that_is_gone_can_be_a_source() {
    let sandbox = history();
    sandbox.git(&["rm", "-qr", "apps/prod"]);
    let run = sandbox.promote(&["apps/prod/kustomization.yaml@HEAD", "apps/tst"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(sandbox.read("apps/tst/kustomization.yaml"), overlay("v2.0.0"));
}

#[test]
fn a_revision_may_hold_an_at_sign_and_a_path_too() {
    let sandbox = history();
    let run = sandbox.promote(&["apps/prod@next@{0}", "apps/tst"]);
    assert_eq!(run.code, 0, "{run:?}");
    sandbox.write("apps/prod@eu/kustomization.yaml", overlay("v7.0.0"));
    let run = sandbox.promote(&["apps/prod@eu", "apps/tst"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(sandbox.read("apps/tst/kustomization.yaml"), overlay("v7.0.0"));
}

#[test]
fn it_works_from_below_and_from_outside_the_repository() {
    let sandbox = history();
    let below = Run::of(
        sandbox.command(BINARY).args(["../prod@next", "."]).current_dir(sandbox.join("apps/tst")),
    );
    assert_eq!(below.code, 0, "{below:?}");
    let (from, to) = (sandbox.join("apps/prod@next"), sandbox.join("apps/tst"));
    let outside = Run::of(sandbox.command(BINARY).args([from, to]).current_dir("/"));
    assert_eq!(outside.code, 0, "{outside:?}");
    assert!(outside.stderr.contains("nothing to promote"), "{outside:?}");
}

#[test]
fn generator_files_are_read_at_the_revision_too() {
    let sandbox = Sandbox::new();
    let generator = |version: &str| {
        format!(
            "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {{name: x}}\nname: x\nrepo: https://c.example\nversion: {version}\n"
        )
    };
    sandbox.git(&["init", "-q"]);
    for dir in ["dev", "tst"] {
        sandbox.write(&format!("{dir}/kustomization.yaml"), "generators: [x.yaml]\n");
        sandbox.write(&format!("{dir}/x.yaml"), generator("1.0.0"));
    }
    sandbox.write("dev/x.yaml", generator("2.0.0"));
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "-qm", "x"]);
    sandbox.write("dev/x.yaml", generator("3.0.0"));
    assert_eq!(sandbox.promote(&["dev@HEAD", "tst"]).code, 0);
    assert_eq!(sandbox.read("tst/x.yaml"), generator("2.0.0"));
}

#[test]
fn what_git_does_not_have_is_said() {
    let sandbox = history();
    refused(
        &sandbox,
        &["apps/prod@nxet", "apps/tst"],
        1,
        &["no Git revision `nxet`", "did you mean `next`"],
    );
    refused(
        &sandbox,
        &["apps/prod@deadbeef", "apps/tst"],
        1,
        &["deadbeef", "branch, a tag or a commit"],
    );
    refused(&sandbox, &["apps/gone@HEAD", "apps/tst"], 1, &["`apps/gone@HEAD` is not an overlay"]);
    refused(&sandbox, &["@main", "apps/tst"], 1, &["neither a path nor PATH@REV"]);
    refused(&sandbox, &["apps/prod@", "apps/tst"], 1, &["neither a path nor PATH@REV"]);
    refused(&sandbox, &["apps/prod", "apps/tst@next"], 1, &["only FROM can be at a Git revision"]);
    refused(
        &pair("v1", "v2"),
        &["dev@HEAD", "tst"],
        1,
        &["Git cannot read `dev`", "not a git repository"],
    );
}

#[test]
fn only_the_own_past_may_be_older_without_a_flag() {
    let sandbox = history();
    sandbox.git(&["checkout", "-qb", "old", "HEAD~1"]);
    sandbox.write("apps/prod/kustomization.yaml", overlay("v0.9.0"));
    sandbox.git(&["commit", "-qam", "elsewhere"]);
    sandbox.git(&["checkout", "-q", "main"]);
    let run = sandbox.promote(&["apps/prod@old", "apps/prod"]);
    assert!(run.stdout.contains("held"), "{run:?}");
    #[cfg(unix)]
    std::os::unix::fs::symlink("prod", sandbox.join("apps/link")).unwrap();
    let run = sandbox.promote(&["apps/prod@HEAD~1", "apps/link"]);
    assert!(run.stdout.contains("promoted"), "{run:?}");
}

#[test]
fn revisions_are_read_in_hooks_and_from_bare_repositories() {
    let sandbox = history();
    let mut hook = sandbox.command(BINARY);
    let hook = Run::of(hook.args(["apps/prod@next", "apps/tst"]).env("GIT_DIR", ".git"));
    assert_eq!(hook.code, 0, "{hook:?}");
    sandbox.git(&["clone", "-q", "--bare", ".", "bare.git"]);
    sandbox.write("apps/tst/kustomization.yaml", overlay("v0.1.0"));
    let bare = sandbox.promote(&["bare.git/apps/prod@next", "apps/tst"]);
    assert_eq!(bare.code, 0, "{bare:?}");
    assert_eq!(sandbox.read("apps/tst/kustomization.yaml"), overlay("v3.0.0"));
    let search = sandbox.promote(&["apps/prod@:/v1.0", "apps/tst", "--allow-downgrade"]);
    assert_eq!(search.code, 0, "{search:?}");
    assert_eq!(sandbox.read("apps/tst/kustomization.yaml"), overlay("v1.0.0"));
}

#[test]
fn an_at_sign_that_begins_a_name_is_no_revision() {
    let sandbox = history();
    sandbox.write("apps/@scope/dev/kustomization.yaml", overlay("v5.0.0"));
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "-qm", "scope"]);
    let run = sandbox.promote(&["apps/@scope/dev@HEAD", "apps/tst"]);
    assert_eq!(run.code, 0, "{run:?}");
    refused(&sandbox, &["apps/@scope/devv", "apps/tst"], 1, &["does not exist", "apps/@scope/dev"]);
}

#[test]
fn names_that_look_like_options_stay_names() {
    let sandbox = history();
    refused(&sandbox, &["apps/prod@--output=x", "apps/tst"], 1, &["no Git revision `--output=x`"]);
}
