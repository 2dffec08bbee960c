//! A release as `plugin/release` makes it, less what only other machines can build.
//!
//! `PROMOTE_TEST_DIST` names a directory with the archive of a release build; without it the binary
//! under test is packed. The archives of other systems hold a stand-in.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::{BINARY, Run, Sandbox, root};

/// The targets of a release, as `.github/workflows/release.yml` builds them.
pub(crate) const TARGETS: &[&str] = &[
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
];

/// The version of the package.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The target of the machine's own archive.
pub(crate) fn host() -> String {
    let system = match std::env::consts::OS {
        "macos" => "apple-darwin",
        "windows" => "pc-windows-msvc",
        _ => "unknown-linux-musl",
    };
    format!("{}-{system}", std::env::consts::ARCH)
}

/// The name of a target's archive.
pub(crate) fn archive(target: &str) -> String {
    let suffix = if target.contains("windows") { "zip" } else { "tar.gz" };
    format!("kubectl-promote-v{VERSION}-{target}.{suffix}")
}

/// A directory `vX.Y.Z` below a sandbox, with all five archives in it.
pub(crate) fn release() -> (Sandbox, PathBuf) {
    static ALL: OnceLock<Sandbox> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let all = Sandbox::new();
        std::fs::copy(own().join(archive(&host())), all.join(archive(&host()))).unwrap();
        let elsewhere = Sandbox::new();
        let standin = elsewhere.write("stand-in", "#!/bin/sh\nexit 70\n").join("stand-in");
        for target in TARGETS.iter().filter(|target| **target != host()) {
            pack(all.path(), target, &standin, &["--documented-by", BINARY]);
        }
        all
    });
    let sandbox = Sandbox::new();
    let name = format!("v{VERSION}");
    sandbox.copy(all.path(), &name);
    let dir = sandbox.join(name);
    (sandbox, dir)
}

/// Where the archive of this machine is; it is made once.
pub(crate) fn own() -> &'static Path {
    static OWN: OnceLock<(Option<Sandbox>, PathBuf)> = OnceLock::new();
    let (_, dir) = OWN.get_or_init(|| {
        if let Some(dir) = std::env::var_os("PROMOTE_TEST_DIST") {
            return (None, dir.into());
        }
        let sandbox = Sandbox::new();
        let dir = sandbox.path().to_owned();
        pack(&dir, &host(), &slim(&sandbox), &[]);
        (Some(sandbox), dir)
    });
    dir
}

/// The binary without what only debuggers read, which is most of it, where `strip` is at hand.
fn slim(sandbox: &Sandbox) -> PathBuf {
    let path = sandbox.join("slim");
    let run = Command::new("strip").arg("-o").arg(&path).arg(BINARY).output();
    match run.is_ok_and(|run| run.status.success()) {
        true => path,
        false => BINARY.into(),
    }
}

/// Puts `binary` into an archive for `target`.
pub(crate) fn pack(dir: &Path, target: &str, binary: &Path, args: &[&str]) -> PathBuf {
    let binary = binary.to_str().unwrap();
    let run = script(dir, &[&["archive", "--target", target, "--binary", binary], args].concat());
    assert_eq!(run.code, 0, "{run:?}");
    dir.join(archive(target))
}

/// `plugin/release` with `dir` as its directory.
pub(crate) fn script(dir: &Path, args: &[&str]) -> Run {
    let mut command = Command::new("python3");
    command.arg(root().join("plugin/release")).args(args).arg("--dir").arg(dir);
    Run::of(command.env("SOURCE_DATE_EPOCH", "1700000000"))
}

/// The same, which has to succeed.
pub(crate) fn made(dir: &Path, args: &[&str]) -> String {
    let run = script(dir, args);
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}
