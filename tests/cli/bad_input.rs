//! What goes wrong: each a message of one screen, and nothing written.

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
        &["neither an overlay nor a release", "`Deployment`"],
    );
    sandbox.write("empty/x", "");
    refused(&sandbox, &["dev", "empty"], 1, &["`empty` is not an overlay", "kustomization.yaml"]);
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
    refused(&sandbox, &["--kinds", "images", "diff", "dev", "tst"], 2, &["put it first", "./diff"]);
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
    sandbox
        .write("tst/kustomization.yaml", format!("{}- name: web\n  newTag: v0\n", overlay("v1")));
    refused(&sandbox, &["diff", "dev", "tst"], 2, &["several times"]);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_said() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = pair("v1", "v2");
    set_permissions(sandbox.join("tst/kustomization.yaml"), Permissions::from_mode(0o0)).unwrap();
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
        std::fs::set_permissions(sandbox.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        // The binary may lie where nobody may look.
        let copy = sandbox.join("promote");
        sandbox.install(&copy);
        command = sandbox.command(copy);
        command.uid(65534).gid(65534);
    }
    Run::of(command.args(args))
}
