//! Odd places to be run in.

use super::*;

#[cfg(unix)]
#[test]
fn paths_lead_where_the_system_says_behind_links() {
    use std::os::unix::fs::symlink;
    let sandbox = Sandbox::new();
    sandbox.write("shop/api/dev/kustomization.yaml", overlay("v2"));
    sandbox.write("shop/api/tst/kustomization.yaml", overlay("v1"));
    sandbox.write("shop/web/deep/x", "");
    symlink("shop/web/deep", sandbox.join("link")).unwrap();
    // `link/..` is `shop/web`, whatever it looks like.
    let run = sandbox.promote(&["link/../../api/dev", "link/../../api/tst"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(sandbox.read("shop/api/tst/kustomization.yaml"), overlay("v2"));
    // The working directory itself may be one.
    let mut command = sandbox.command(BINARY);
    command.current_dir(sandbox.join("link")).env("PWD", sandbox.join("link"));
    let run = Run::of(command.args(["../../api/dev", "../../api/tst"]));
    assert!(run.code == 0 && run.stdout.contains("unchanged"), "{run:?}");
}

#[cfg(unix)]
#[test]
fn paths_that_are_not_utf_8_are_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = pair("v1", "v2");
    let odd = OsStr::from_bytes(b"bad\xff/dev");
    let run = Run::of(sandbox.command(BINARY).arg(odd).arg("tst"));
    assert!(run.code == 2 && run.stderr.contains("`bad\u{fffd}/dev` is not UTF-8"), "{run:?}");
    // Beside the overlays they are nobody's business.
    std::fs::create_dir_all(sandbox.path().join(odd)).unwrap();
    assert_eq!(sandbox.promote(&["dve", "tst"]).code, 1);
    assert_eq!(sandbox.promote(&["dev", "tst"]).code, 0);
}

#[test]
fn nothing_depends_on_the_language_or_the_terminal() {
    let sandbox = pair("v1", "v2");
    let plain = sandbox.promote(&["dev", "tst", "--dry-run"]);
    for (name, value) in [
        ("LC_ALL", "tr_TR.UTF-8"),
        ("LC_ALL", "C"),
        ("TERM", "dumb"),
        ("NO_COLOR", "1"),
        ("COLUMNS", "20"),
        ("TZ", "Pacific/Apia"),
    ] {
        let mut command = sandbox.command(BINARY);
        let run = Run::of(command.env(name, value).args(["dev", "tst", "--dry-run"]));
        assert_eq!((&run.stdout, &run.stderr), (&plain.stdout, &plain.stderr), "{name}={value}");
    }
}

#[test]
fn long_keys_are_whole_in_every_format() {
    let key = format!("registry.example/{}", "long/".repeat(80) + "web");
    let text = |tag: &str| format!("images:\n- name: {key}\n  newTag: {tag}\n");
    let sandbox = Sandbox::new();
    sandbox.write("dev/kustomization.yaml", text("v2"));
    sandbox.write("tst/kustomization.yaml", text("v1"));
    for format in ["table", "wide", "json", "yaml", "name", "diff"] {
        let run = sandbox.promote(&["dev", "tst", "--dry-run", "-o", format]);
        assert!(run.code == 0 && run.stdout.contains(&key), "{format}: {run:?}");
    }
    assert_eq!(sandbox.promote(&["dev", "tst", "--only", "registry.example/**"]).code, 0);
    assert_eq!(sandbox.read("tst/kustomization.yaml"), text("v2"));
}
