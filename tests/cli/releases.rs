//! Releases: made of an overlay, kept, and promoted.

use super::*;

/// `dev` in a Git repository, with one field of each kind and what is no version.
fn dev() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write(
        "apps/dev/kustomization.yaml",
        "namespace: dev # not a version\nresources:\n- ../base\n- https://me:secret@github.com/acme/deploy//db?ref=v3 # db\n\
         images:\n- {name: web, newName: ghcr.io/acme/web, newTag: \"1.10\", digest: sha256:aa}\n- name: none\n\
         helmCharts:\n- {name: redis, repo: https://charts.example.org, version: 0x10, valuesFile: v.yaml}\n\
         secretGenerator:\n- {name: s, literals: [password=hunter2]}\n",
    );
    sandbox.git(&["init", "-q"]);
    sandbox.git(&["add", "."]);
    sandbox.git(&["commit", "-qm", "dev"]);
    sandbox
}

fn release(commit: &str) -> String {
    format!(
        "apiVersion: kubectl-promote.dev/v1alpha1\nkind: Release\nmetadata:\n  name: apps-dev\n  annotations:\n    \
         config.kubernetes.io/local-config: \"true\"\nspec:\n  source:\n    path: apps/dev\n{commit}  images:\n  - name: web\n    \
         newName: ghcr.io/acme/web\n    newTag: \"1.10\"\n    digest: sha256:aa\n  resources:\n  \
         - https://github.com/acme/deploy//db?ref=v3\n  helmCharts:\n  - name: redis\n    repo: https://charts.example.org\n    \
         version: \"0x10\"\n"
    )
}

#[test]
fn a_release_is_the_versions_and_nothing_else() {
    let sandbox = dev();
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    let head = head.trim();
    let commit = format!("    commit: {head}\n");
    // One that a reader of YAML could take for a number (`0b…`) has quotes.
    let plain = |text: String| text.replace(&format!("\"{head}\""), head);
    let run = sandbox.promote(&["export", "apps/dev"]);
    assert_eq!((run.code, plain(run.stdout)), (0, release(&commit)), "{}", run.stderr);
    let past = sandbox.promote(&["export", "apps/dev@HEAD"]);
    assert_eq!(plain(past.stdout), release(&commit));
    // What is in no commit names none.
    let text = sandbox.read("apps/dev/kustomization.yaml");
    sandbox.write("apps/dev/kustomization.yaml", format!("{text}# changed\n"));
    let dirty = sandbox.promote(&["export", "apps/dev"]);
    assert_eq!(dirty.stdout, release(""));
    // Nor where Git is told not to look.
    for (mark, unmark) in
        [("--assume-unchanged", "--no-assume-unchanged"), ("--skip-worktree", "--no-skip-worktree")]
    {
        sandbox.git(&["update-index", mark, "apps/dev/kustomization.yaml"]);
        let hidden = sandbox.promote(&["export", "apps/dev"]);
        assert_eq!(hidden.stdout, release(""), "{mark}");
        sandbox.git(&["update-index", unmark, "apps/dev/kustomization.yaml"]);
    }
    assert!(dirty.stderr.contains("changes that are in no commit"), "{}", dirty.stderr);
}

#[test]
fn a_release_promotes_what_its_overlay_would() {
    let sandbox = dev();
    let kept = sandbox.promote(&["export", "apps/dev", "--name", "r-42"]).stdout;
    sandbox.write("r.yaml", &kept);
    // An entry without a version is no version, and in no release.
    let text = sandbox.read("apps/dev/kustomization.yaml").replace("- name: none\n", "");
    sandbox.write("apps/dev/kustomization.yaml", text);
    let target = "resources:\n- git@github.com:acme/deploy//db?ref=v2\nimages:\n- name: web\n  newTag: \"1.9\"\n";
    let mut results = Vec::new();
    for from in ["apps/dev", "r.yaml"] {
        sandbox.write("prod/kustomization.yaml", target);
        let run = sandbox.promote(&[from, "prod", "--add"]);
        assert_eq!(run.code, 0, "{run:?}");
        results.push(sandbox.read("prod/kustomization.yaml"));
    }
    assert_eq!(results[0], results[1]);
    // A release can be kept in Git, too.
    sandbox.git(&["add", "r.yaml"]);
    sandbox.git(&["commit", "-qm", "release"]);
    std::fs::remove_file(sandbox.join("r.yaml")).unwrap();
    let run = sandbox.promote(&["r.yaml@HEAD", "prod"]);
    assert_eq!((run.code, run.stderr.lines().last()), (0, Some("nothing to promote: 3 unchanged")));
}

#[test]
fn a_choice_can_be_exported() {
    let sandbox = dev();
    let run = sandbox.promote(&["export", "apps/dev", "--kinds", "refs"]);
    assert!(run.stdout.contains("resources:") && !run.stdout.contains("images:"), "{run:?}");
    let run = sandbox.promote(&["export", "apps/dev", "--except", "images=*"]);
    assert!(run.stdout.contains("helmCharts:") && !run.stdout.contains("images:"), "{run:?}");
    refused(
        &sandbox,
        &["export", "apps/dev", "--only", "wbe"],
        1,
        &["`--only wbe` matches nothing"],
    );
    refused(&sandbox, &["export", "apps/dev", "--only", "none"], 1, &["names no version"]);
}

#[test]
fn what_is_no_release_is_refused() {
    let sandbox = dev();
    sandbox.write("prod/kustomization.yaml", "images:\n- name: web\n  newTag: v1\n");
    let good = release("");
    for (text, words) in [
        (good.replace("v1alpha1", "v9"), "not `kubectl-promote.dev/v1alpha1`"),
        (good.replace("kind: Release", "kind: Promotion"), "neither an overlay nor a release"),
        (good.replace("  images:", "  image:"), "a release has no field `spec.image`"),
        (good.replace("newTag:", "tag:"), "a release has no field `spec.images[0].tag`"),
        (good.replace("newTag:", "newtag:"), "a release has no field `spec.images[0].newtag`"),
        (good.replace("    path:", "    dir:"), "a release has no field `spec.source.dir`"),
        (format!("{good}status: {{}}\n"), "a release has no field `status`"),
        (good.replace("- name: web", "- newName: web"), "`spec.images[0]` has no `name`"),
        (good.replace("- https:", "- url: https:"), "`spec.resources[0]` is no text"),
        (good.replace("newTag: \"1.10\"", "newTag: null"), "`spec.images[0].newTag` is null"),
        (format!("{good}---\n{good}"), "several YAML documents"),
        ("apiVersion: kubectl-promote.dev/v1alpha1\nkind: Release\n".to_owned(), "has no `spec`"),
        ("a: [".to_owned(), "not YAML"),
    ] {
        sandbox.write("r.yaml", text);
        refused(&sandbox, &["r.yaml", "prod"], 1, &[words]);
    }
    refused(&sandbox, &["r.yaml@HEAD", "prod"], 1, &["r.yaml"]);
}

#[test]
fn what_logs_in_is_in_no_release_and_in_no_table() {
    let sandbox = Sandbox::new();
    let text = |version: &str, token: &str| {
        format!(
            "resources:\n\
             - https://gitlab.com/api/v4/projects/1/repository/files/x.yaml/raw?ref={version}&private_token={token}\n\
             - https://raw.githubusercontent.com/o/r/{version}/x.yaml?token={token}\n\
             - https://gitlab.com/o/r.git//x?access_token={token}&ref={version}&timeout=60\n\
             - https://me:{token}@gitlab.com/o/s.git//x?ref={version}\n\
             helmCharts:\n- {{name: redis, repo: 'https://charts.io/x?token={token}', version: {version}}}\n"
        )
    };
    sandbox.write("dev/kustomization.yaml", text("v2.0.0", "s3cret"));
    sandbox.write("prod/kustomization.yaml", text("v1.0.0", "hunter2"));
    let kept = sandbox.promote(&["export", "dev"]);
    assert!(!kept.stdout.contains("s3cret") && kept.stdout.contains("timeout=60"), "{kept:?}");
    sandbox.write("r.yaml", &kept.stdout);
    for from in ["dev", "r.yaml"] {
        sandbox.write("prod/kustomization.yaml", text("v1.0.0", "hunter2"));
        for args in [&[from, "prod", "--dry-run", "-o", "json"][..], &[from, "prod"]] {
            let run = sandbox.promote(args);
            let shown = format!("{}{}", run.stdout, run.stderr);
            assert!(
                run.code == 0 && !shown.contains("s3cret") && !shown.contains("hunter2"),
                "{shown}"
            );
        }
        // Whoever fetches it, it is the same thing, and keeps its own login.
        assert_eq!(sandbox.read("prod/kustomization.yaml"), text("v2.0.0", "hunter2"), "{from}");
    }
}

/// kustomize reads a release before the function does, and writes numbers and dates anew.
#[test]
fn a_version_that_is_no_text_is_refused() {
    let sandbox = dev();
    sandbox.write("prod/kustomization.yaml", "images:\n- name: web\n  newTag: v1\n");
    for tag in ["2.10", "012", "1e3", "1_000", "true", "2024-10-01T00:00:00Z"] {
        sandbox.write("r.yaml", release("").replace("\"1.10\"", tag));
        let place = format!("`spec.images[0].newTag`: `{tag}` ");
        refused(&sandbox, &["r.yaml", "prod"], 1, &[&place, "quotes"]);
    }
    sandbox.write("r.yaml", release("").replace("1.10", "2.10"));
    assert_eq!(sandbox.promote(&["r.yaml", "prod"]).code, 0);
    assert!(sandbox.read("prod/kustomization.yaml").contains("newTag: \"2.10\"\n"));
}
