//! The binary as people and pipelines meet it: Git revisions, bad input, writing, pipes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::process::Stdio;

use support::{BINARY, Run, Sandbox, files};

/// A source and a target with one image each.
fn pair(old: &str, new: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("dev/kustomization.yaml", overlay(new));
    sandbox.write("tst/kustomization.yaml", overlay(old));
    sandbox
}

fn overlay(tag: &str) -> String {
    format!("resources: [../base]\nimages:\n- name: web\n  newTag: {tag} # tag\n")
}

/// The run failed with `code`, said `words`, fits on a screen, and changed nothing.
#[track_caller]
fn refused(sandbox: &Sandbox, args: &[&str], code: i32, words: &[&str]) {
    let before = files(sandbox.path());
    let run = sandbox.promote(args);
    assert_eq!(run.code, code, "{run:?}");
    for word in words {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    assert!(run.stderr.lines().count() <= 24, "{}", run.stderr);
    assert_eq!(files(sandbox.path()), before);
}

mod revisions {
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
            sandbox
                .command(BINARY)
                .args(["../prod@next", "."])
                .current_dir(sandbox.join("apps/tst")),
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
        refused(
            &sandbox,
            &["apps/gone@HEAD", "apps/tst"],
            1,
            &["`apps/gone@HEAD` is not an overlay"],
        );
        refused(&sandbox, &["@main", "apps/tst"], 1, &["neither a path nor PATH@REV"]);
        refused(&sandbox, &["apps/prod@", "apps/tst"], 1, &["neither a path nor PATH@REV"]);
        refused(
            &sandbox,
            &["apps/prod", "apps/tst@next"],
            1,
            &["only FROM can be at a Git revision"],
        );
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
        refused(
            &sandbox,
            &["apps/@scope/devv", "apps/tst"],
            1,
            &["does not exist", "apps/@scope/dev"],
        );
    }

    #[test]
    fn names_that_look_like_options_stay_names() {
        let sandbox = history();
        refused(
            &sandbox,
            &["apps/prod@--output=x", "apps/tst"],
            1,
            &["no Git revision `--output=x`"],
        );
    }
}

mod bad_input {
    use super::*;

    #[test]
    fn paths_that_lead_nowhere() {
        let sandbox = pair("v1", "v2");
        refused(&sandbox, &["dve", "tst"], 1, &["`dve` does not exist", "did you mean `dev`"]);
        refused(&sandbox, &[".", "tst"], 1, &["`.` is not an overlay", "`dev`"]);
        sandbox.write("dev/deployment.yaml", "kind: Deployment\n");
        refused(
            &sandbox,
            &["dev/deployment.yaml", "tst"],
            1,
            &["is a file, not an overlay", "`dev`"],
        );
        sandbox.write("empty/x", "");
        refused(
            &sandbox,
            &["dev", "empty"],
            1,
            &["`empty` is not an overlay", "kustomization.yaml"],
        );
    }

    #[test]
    fn usage_errors_exit_with_2() {
        let sandbox = pair("v1", "v2");
        refused(&sandbox, &["dev"], 2, &["<TO>"]);
        refused(&sandbox, &["dev", "tst", "--onyl", "x"], 2, &["--only"]);
        refused(&sandbox, &["dev", "tst", "-o", "xml"], 2, &["table, wide, json"]);
        refused(&sandbox, &["dev", "tst", "--dry-run=server"], 2, &["client"]);
    }

    #[test]
    fn a_verb_behind_flags_is_no_overlay() {
        let sandbox = pair("v1", "v2");
        sandbox.write("diff/kustomization.yaml", overlay("v3"));
        refused(
            &sandbox,
            &["--kinds", "images", "diff", "dev", "tst"],
            2,
            &["put it first", "./diff"],
        );
        assert_eq!(sandbox.promote(&["./diff", "tst"]).code, 0);
        assert_eq!(sandbox.read("tst/kustomization.yaml"), overlay("v3"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let sandbox = pair("v1", "v2");
        Run::of(sandbox.command("mkfifo").arg("tst/p.yaml"));
        let text = format!("{}patches: [{{path: p.yaml}}]\n", overlay("v1"));
        sandbox.write("tst/kustomization.yaml", &text);
        let run = sandbox.promote(&["dev", "tst"]);
        assert_eq!(run.code, 0, "{run:?}");
    }

    #[cfg(unix)]
    #[test]
    fn directories_that_lead_into_themselves_come_to_an_end() {
        let sandbox = pair("v1", "v2");
        for name in ["x", "y"] {
            std::os::unix::fs::symlink(".", sandbox.join("tst").join(name)).unwrap();
        }
        sandbox.write("tst/kustomization.yaml", overlay("v1").replace("../base", "x, y"));
        assert_eq!(sandbox.promote(&["dev", "tst"]).code, 0);
    }

    #[test]
    fn diff_exits_with_2_for_errors() {
        let sandbox = pair("v1", "v2");
        refused(&sandbox, &["diff", "dve", "tst"], 2, &["did you mean"]);
        sandbox.write(
            "tst/kustomization.yaml",
            format!("{}- name: web\n  newTag: v0\n", overlay("v1")),
        );
        refused(&sandbox, &["diff", "dev", "tst"], 2, &["several times"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_read_is_said() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::PermissionsExt as _;
        let sandbox = pair("v1", "v2");
        set_permissions(sandbox.join("tst/kustomization.yaml"), Permissions::from_mode(0o0))
            .unwrap();
        let run = as_nobody(&sandbox, &["dev", "tst"]);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stderr.contains("cannot be read: permission denied"), "{run:?}");
    }

    #[cfg(unix)]
    #[test]
    fn folders_and_files_that_cannot_be_written_are_said() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::PermissionsExt as _;
        let sandbox = pair("v1", "v2");
        let file = sandbox.join("tst/kustomization.yaml");
        set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
        refused(
            &sandbox,
            &["dev", "tst"],
            1,
            &["is read-only", "tst/kustomization.yaml", "nothing was written"],
        );
        set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        set_permissions(sandbox.join("tst"), Permissions::from_mode(0o777)).unwrap();
        let run = as_nobody(&sandbox, &["dev", "tst"]);
        assert!(run.stderr.contains("file cannot be written: permission denied"), "{run:?}");
        set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
        set_permissions(sandbox.join("tst"), Permissions::from_mode(0o555)).unwrap();
        let run = as_nobody(&sandbox, &["dev", "tst"]);
        set_permissions(sandbox.join("tst"), Permissions::from_mode(0o755)).unwrap();
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stderr.contains("cannot be written to: permission denied"), "{run:?}");
        assert_eq!(sandbox.read("tst/kustomization.yaml"), overlay("v1"));
        assert_eq!(files(&sandbox.join("tst")).len(), 1);
    }

    /// The binary as a user whom permissions stop; root becomes nobody first.
    #[cfg(unix)]
    fn as_nobody(sandbox: &Sandbox, args: &[&str]) -> Run {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        use std::os::unix::process::CommandExt as _;
        let mut command = sandbox.command(BINARY);
        if std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            std::fs::set_permissions(sandbox.path(), std::fs::Permissions::from_mode(0o755))
                .unwrap();
            // The binary may lie where nobody may look.
            let copy = sandbox.join("promote");
            sandbox.install(&copy);
            command = sandbox.command(copy);
            command.uid(65534).gid(65534);
        }
        Run::of(command.args(args))
    }
}

mod writing {
    use super::*;

    #[test]
    fn several_targets_are_written_in_one_run() {
        let sandbox = pair("v1", "v2");
        sandbox.write("prod/kustomization.yaml", overlay("v0"));
        let run = sandbox.promote(&["dev", "tst", "prod"]);
        assert_eq!(run.code, 0, "{run:?}");
        for target in ["tst", "prod"] {
            assert_eq!(sandbox.read(&format!("{target}/kustomization.yaml")), overlay("v2"));
        }
        assert!(run.stdout.contains("tst:\n") && run.stdout.contains("\nprod:\n"), "{run:?}");
    }

    #[cfg(unix)]
    #[test]
    fn links_modes_and_hidden_neighbours_are_kept() {
        use std::fs::{Permissions, metadata, set_permissions, symlink_metadata};
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
        let sandbox = pair("v1", "v2");
        std::fs::rename(sandbox.join("tst/kustomization.yaml"), sandbox.join("real.yaml")).unwrap();
        set_permissions(sandbox.join("real.yaml"), Permissions::from_mode(0o640)).unwrap();
        let owner = metadata(sandbox.join("real.yaml")).unwrap().uid();
        symlink("../real.yaml", sandbox.join("tst/kustomization.yaml")).unwrap();
        assert_eq!(sandbox.promote(&["dev", "tst"]).code, 0);
        assert!(symlink_metadata(sandbox.join("tst/kustomization.yaml")).unwrap().is_symlink());
        let real = metadata(sandbox.join("real.yaml")).unwrap();
        assert_eq!((real.mode() & 0o777, real.uid()), (0o640, owner));
        assert_eq!(sandbox.read("real.yaml"), overlay("v2"));
        assert_eq!(files(&sandbox.join("tst")).len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn two_overlays_that_are_one_file_are_refused() {
        let sandbox = pair("v1", "v2");
        std::os::unix::fs::symlink("tst", sandbox.join("alias")).unwrap();
        refused(&sandbox, &["dev", "tst", "alias"], 1, &["same overlay"]);
        refused(&sandbox, &["tst", "alias"], 1, &["same overlay"]);
        std::fs::create_dir(sandbox.join("prod")).unwrap();
        let link = sandbox.join("prod/kustomization.yaml");
        std::os::unix::fs::symlink("../tst/kustomization.yaml", link).unwrap();
        refused(&sandbox, &["dev", "tst", "prod"], 1, &["same overlay"]);
    }

    /// A full disk, made from the limit on the size of files: writing fails in the same place.
    #[cfg(unix)]
    #[test]
    fn a_full_disk_leaves_every_file_whole() {
        let sandbox = pair("v1", "v2");
        sandbox.write("prod/kustomization.yaml", overlay("v0"));
        let before = files(sandbox.path());
        let script = format!("trap '' XFSZ; ulimit -f 0; exec '{BINARY}' dev tst prod");
        let mut command = sandbox.command("sh");
        // With that limit not even a pipe's file may be written; pipes themselves may.
        let run = Run::of(command.args(["-c", &script]));
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stderr.contains("cannot be written"), "{run:?}");
        assert_eq!(files(sandbox.path()), before);
    }

    /// Ctrl-C at random moments of many runs: every file is old or new as a whole, all targets are
    /// alike, and nothing is left behind.
    #[cfg(unix)]
    #[test]
    fn an_interrupt_leaves_every_file_whole() {
        let sandbox = Sandbox::new();
        let targets: Vec<_> = (0..40).map(|number| format!("t{number}")).collect();
        for round in 0..30_u64 {
            sandbox.write("dev/kustomization.yaml", overlay("v2"));
            for target in &targets {
                sandbox.write(&format!("{target}/kustomization.yaml"), overlay("v1"));
            }
            let mut command = sandbox.command(BINARY);
            command.arg("dev").args(&targets).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            std::thread::sleep(std::time::Duration::from_micros(round * 700));
            let id = child.id().to_string();
            Run::of(sandbox.command("kill").args(["-INT", &id]));
            child.wait().unwrap();
            let texts =
                targets.iter().map(|target| sandbox.read(&format!("{target}/kustomization.yaml")));
            let mut texts: Vec<_> = texts.collect();
            texts.dedup();
            assert_eq!(texts.len(), 1, "round {round}: all or none");
            assert!([overlay("v1"), overlay("v2")].contains(&texts[0]), "round {round}");
            assert_eq!(
                files(sandbox.path()).len(),
                targets.len() + 1,
                "round {round}: nothing left behind"
            );
        }
    }
}

mod looks {
    use super::*;

    #[test]
    fn a_closed_pipe_is_no_error() {
        let sandbox = pair("v1", "v2");
        let script = format!("'{BINARY}' dev tst -o json; echo $? >&2");
        let run = Run::of(sandbox.command("sh").args(["-c", &format!("({script}) | true")]));
        assert!(run.stderr.ends_with("0\n"), "{run:?}");
        assert!(!run.stderr.contains("panicked"), "{run:?}");
    }

    #[test]
    fn colours_are_for_terminals_or_on_request() {
        let sandbox = pair("v1", "v2");
        let run = |args: &[&str]| sandbox.promote(&[&["dev", "tst", "--dry-run"], args].concat());
        assert!(!run(&[]).stdout.contains('\u{1b}'));
        assert!(run(&["--color=always"]).stdout.contains("\u{1b}["));
        assert!(!run(&["--color", "never"]).stdout.contains('\u{1b}'));
        let forced = Run::of(
            sandbox.command(BINARY).args(["diff", "dev", "tst"]).env("CLICOLOR_FORCE", "1"),
        );
        assert!(forced.stdout.contains("\u{1b}["), "{forced:?}");
    }

    #[test]
    fn diff_can_use_another_program() {
        let sandbox = pair("v1", "v2");
        let run = |program: &str| {
            let mut command = sandbox.command(BINARY);
            Run::of(command.args(["diff", "dev", "tst"]).env("KUBECTL_EXTERNAL_DIFF", program))
        };
        let plain = run("diff -r");
        assert_eq!(plain.code, 1, "{plain:?}");
        assert!(plain.stdout.contains("> ") && plain.stdout.contains("v2 # tag"), "{plain:?}");
        assert_eq!(run("true").code, 0);
        let missing = run("no-such-program");
        assert_eq!(missing.code, 2);
        assert!(missing.stderr.contains("KUBECTL_EXTERNAL_DIFF"), "{missing:?}");
    }

    #[test]
    fn a_diff_is_what_git_applies() {
        let sandbox = pair("v1", "v2");
        sandbox.git(&["init", "-q"]);
        let diff = sandbox.promote(&["diff", "dev", "tst"]);
        assert_eq!(diff.code, 1);
        sandbox.write("p.diff", &diff.stdout);
        sandbox.git(&["apply", "p.diff"]);
        assert_eq!(sandbox.read("tst/kustomization.yaml"), overlay("v2"));
        let none = sandbox.promote(&["diff", "dev", "tst"]);
        assert_eq!((none.code, none.stdout.as_str()), (0, ""));
    }

    #[test]
    fn verbose_says_what_is_read() {
        let run = pair("v1", "v2").promote(&["dev", "tst", "-v"]);
        for file in ["read dev/kustomization.yaml", "read tst/kustomization.yaml"] {
            assert!(run.stderr.contains(file), "{run:?}");
        }
        assert_eq!(pair("v1", "v2").promote(&["dev", "tst", "-v=4"]).code, 0);
        assert_eq!(pair("v1", "v2").promote(&["-v", "4", "dev", "tst"]).code, 0);
    }

    #[test]
    fn the_schema_is_that_of_the_request() {
        let run = Sandbox::new().promote(&["schema"]);
        let schema: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let spec = &schema["$defs"]["Promotion"]["properties"];
        for field in
            ["from", "to", "kinds", "only", "except", "add", "allowDowngrade", "newName", "follow"]
        {
            assert!(spec[field].is_object(), "{field}");
        }
        assert_eq!(schema["$defs"]["Promotion"]["additionalProperties"], false);
    }

    #[test]
    fn kinds_are_explained() {
        let sandbox = Sandbox::new();
        let all = sandbox.promote(&["explain"]);
        for kind in kubectl_promote::kind::KINDS {
            assert!(all.stdout.contains(&format!("KIND:     {}\n", kind.id())), "{all:?}");
        }
        let one = sandbox.promote(&["explain", "refs"]);
        assert!(
            one.stdout.contains("resources[]") && !one.stdout.contains("helmCharts"),
            "{one:?}"
        );
        assert_eq!(sandbox.promote(&["explain", "ref"]).code, 1);
    }
}
