//! What stands in the files afterwards, also after an interrupt and on a full disk.

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

/// Others may read the file by its group: it is not given another one, and it is said why.
#[cfg(target_os = "linux")]
#[test]
fn a_group_that_cannot_be_kept_is_said() {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let sandbox = pair("v1", "v2");
    let file = sandbox.join("tst/kustomization.yaml");
    let somebody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let owner = metadata(&file).unwrap();
    if owner.uid() != 0 || !support::has("setpriv", &[&somebody[..], &["true"]].concat()) {
        return;
    }
    for (path, mode) in [("", 0o777), ("tst", 0o777), ("tst/kustomization.yaml", 0o666)] {
        set_permissions(sandbox.join(path), Permissions::from_mode(mode)).unwrap();
    }
    // Where the binary is, somebody may not look.
    sandbox.install(&sandbox.join("promote"));
    let mut command = sandbox.command("setpriv");
    command.args(somebody).arg(sandbox.join("promote")).args(["dev", "tst"]);
    let run = Run::of(&mut command);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("cannot be written: its group (0) is not yours"), "{run:?}");
    assert_eq!(sandbox.read("tst/kustomization.yaml"), overlay("v1"));
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
    let script = format!("ulimit -f 0; exec '{BINARY}' dev tst prod");
    let mut command = sandbox.command("sh");
    // With that limit not even a pipe's file may be written; pipes themselves may.
    let run = Run::of(command.args(["-c", &script]));
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.stderr.contains("cannot be written"), "{run:?}");
    assert_eq!(files(sandbox.path()), before);
}

/// Systems let a program open some hundreds of files at a time, and repositories have more overlays.
#[cfg(unix)]
#[test]
fn files_are_not_open_all_at_once() {
    let sandbox = pair("v1", "v2");
    let targets: Vec<_> = (0..60).map(|number| format!("t{number}")).collect();
    for target in &targets {
        sandbox.write(&format!("{target}/kustomization.yaml"), overlay("v1"));
    }
    let script = format!("ulimit -n 32; exec '{BINARY}' dev t[0-9]*");
    let run = Run::of(sandbox.command("sh").args(["-c", &script]));
    assert_eq!(run.code, 0, "{run:?}");
    for target in &targets {
        assert_eq!(sandbox.read(&format!("{target}/kustomization.yaml")), overlay("v2"));
    }
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
