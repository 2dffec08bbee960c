//! The archives, and what goes beside them.

use std::fs;
use std::process::Command;

use crate::dist::{self, TARGETS, VERSION, archive, host, made, own, release, script};
use crate::support::{BINARY, Run, Sandbox, has};

/// The names of what an archive holds.
fn names(path: &std::path::Path) -> Vec<String> {
    let run = Run::of(Command::new("tar").arg("-tzf").arg(path));
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn an_archive_has_what_an_installation_wants() {
    if has("python3", &["-c", "import tomllib"]) {
        let names = names(&own().join(archive(&host())));
        // krew's index wants a licence under one of a few names.
        for name in ["kubectl-promote", "LICENSE", "README.md", "CHANGELOG.md"] {
            assert!(names.iter().any(|one| one == name), "{name}: {names:?}");
        }
    }
}

#[test]
fn manual_pages_and_completions_are_what_the_binary_writes() {
    if !has("python3", &["-c", "import tomllib"]) {
        return;
    }
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.join("pages")).unwrap();
    let run = sandbox.promote(&["man", "pages"]);
    assert_eq!(run.code, 0, "{run:?}");
    let names = names(&own().join(archive(&host())));
    for page in fs::read_dir(sandbox.join("pages")).unwrap() {
        let page = format!("man/{}", page.unwrap().file_name().to_str().unwrap());
        assert!(names.contains(&page), "{page}: {names:?}");
    }
    for name in
        ["kubectl-promote", "_kubectl-promote", "kubectl-promote.fish", "kubectl_complete-promote"]
    {
        assert!(names.contains(&format!("completions/{name}")), "{name}: {names:?}");
    }
    let path = own().join(archive(&host()));
    let run =
        Run::of(Command::new("tar").arg("-xzOf").arg(path).arg("completions/kubectl-promote"));
    let complete = run.stdout.lines().find(|line| line.trim().starts_with("complete ")).unwrap();
    assert!(complete.ends_with(" kubectl-promote"), "{complete}");
}

#[test]
fn the_same_input_makes_the_same_bytes() {
    if has("python3", &["-c", "import tomllib"]) {
        let sandbox = Sandbox::new();
        let binary = sandbox.write("binary", "not so large").join("binary");
        for target in [TARGETS[0], "x86_64-pc-windows-msvc"] {
            let args = ["--documented-by", BINARY];
            let first = fs::read(dist::pack(sandbox.path(), target, &binary, &args)).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(1100)); // times in it are in seconds
            let second = fs::read(dist::pack(sandbox.path(), target, &binary, &args)).unwrap();
            assert!(first == second, "{target}");
        }
    }
}

#[test]
fn the_checksums_are_of_all_files_and_can_be_checked() {
    if has("python3", &["-c", "import tomllib"]) && has("sha256sum", &["--version"]) {
        let (sandbox, dir) = release();
        made(&dir, &["manifests"]);
        made(&dir, &["checksums"]);
        let run =
            Run::of(sandbox.command("sha256sum").args(["-c", "SHA256SUMS"]).current_dir(&dir));
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(run.stdout.lines().count(), TARGETS.len() + 2, "{run:?}");
    }
}

#[test]
fn a_manifest_without_an_archive_is_refused_and_a_partial_one_leaves_it_out() {
    if has("python3", &["-c", "import tomllib"]) {
        let (sandbox, dir) = release();
        fs::remove_file(dir.join(archive("aarch64-apple-darwin"))).unwrap();
        let run = script(&dir, &["manifests"]);
        assert_ne!(run.code, 0, "{run:?}");
        made(&dir, &["manifests", "--partial"]);
        let manifest = sandbox.read(&format!("v{VERSION}/promote.yaml"));
        let manifest: serde_json::Value = serde_yaml::from_str(&manifest).unwrap();
        assert_eq!(manifest["spec"]["platforms"].as_array().unwrap().len(), TARGETS.len() - 1);
    }
}

/// Nothing is left of the template, and every hash is that of the archive beside it.
#[test]
fn the_formula_names_the_archives_by_their_hashes() {
    if !has("python3", &["-c", "import tomllib"]) || !has("sha256sum", &["--version"]) {
        return;
    }
    let (sandbox, dir) = release();
    made(&dir, &["manifests"]);
    let formula = sandbox.read(&format!("v{VERSION}/kubectl-promote.rb"));
    assert!(!formula.contains('@'), "{formula}");
    let quoted = |line: &str| line.split('"').nth(1).unwrap().to_owned();
    let lines: Vec<_> = formula.lines().map(str::trim).collect();
    let mut seen = 0;
    for pair in lines.windows(2).filter(|pair| pair[0].starts_with("url ")) {
        let url = quoted(pair[0]);
        let name = url.rsplit('/').next().unwrap();
        let run = Run::of(sandbox.command("sha256sum").arg(dir.join(name)));
        assert!(run.stdout.starts_with(&quoted(pair[1])), "{name}: {formula}");
        seen += 1;
    }
    assert_eq!(seen, 4, "Homebrew is for macOS and Linux");
}

#[test]
fn a_tag_that_is_not_the_version_is_no_release() {
    if has("python3", &["-c", "import tomllib"]) {
        let sandbox = Sandbox::new();
        let run = script(sandbox.path(), &["notes", "--tag", "v99.0.0"]);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stderr.contains(&format!("Cargo.toml says v{VERSION}")), "{run:?}");
    }
}

/// The script with what it reads, and a change log of one's own.
fn elsewhere(changelog: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    for file in ["plugin/release", "plugin/kubectl_complete-promote", "Cargo.toml", "README.md"] {
        sandbox.write(file, fs::read(crate::support::root().join(file)).unwrap());
    }
    sandbox.write("LICENSE", "").write("CHANGELOG.md", changelog);
    sandbox
}

fn python(sandbox: &Sandbox, args: &[&str]) -> Run {
    let mut command = sandbox.command("python3");
    command.arg(sandbox.join("plugin/release")).args(args).arg("--dir").arg(sandbox.path());
    Run::of(command.env("SOURCE_DATE_EPOCH", "1700000000"))
}

/// Before anything is built or pushed, not when all of it is.
#[test]
fn a_tag_without_notes_is_no_release_either() {
    if has("python3", &["-c", "import tomllib"]) {
        let tag = format!("v{VERSION}");
        for changelog in [
            "# Changelog\n\n## [Unreleased]\n\n- New.\n".to_owned(),
            format!("## [{VERSION}] - 2026-11-20\n\n## [0.0.1]\n\n- Old.\n"),
        ] {
            let sandbox = elsewhere(&changelog);
            for verb in ["notes", "checksums", "archive"] {
                let args = [verb, "--tag", &tag, "--binary", BINARY];
                let run = python(&sandbox, &args);
                assert_eq!(run.code, 1, "{verb}: {run:?}");
                assert!(run.stderr.contains("CHANGELOG.md says nothing of"), "{verb}: {run:?}");
            }
        }
        let released = format!(
            "## [Unreleased]\n\n## [{VERSION}] - 2026-11-20\n\n- New.\n\n## [0.0.1]\n\n- Old.\n"
        );
        let run = python(&elsewhere(&released), &["notes", "--tag", &tag]);
        assert_eq!((run.code, run.stdout.as_str()), (0, "- New.\n"), "{run:?}");
    }
}

/// The jobs that may write on the forge run no compiler.
#[test]
fn only_what_is_built_needs_rust() {
    if has("python3", &["-c", "import tomllib"]) {
        let (sandbox, dir) = release();
        for verb in ["manifests", "checksums", "notes"] {
            let mut command = sandbox.command("python3");
            command.arg(crate::support::root().join("plugin/release")).args([verb, "--dir"]);
            let run = Run::of(command.arg(&dir).env("RUSTUP_TOOLCHAIN", "absent"));
            assert_eq!(run.code, 0, "{verb}: {run:?}");
        }
    }
}

/// cargo has its relative paths from where it is run, which is the repository.
#[test]
fn the_directory_of_the_build_is_where_cargo_has_it() {
    if cfg!(unix) && has("python3", &["-c", "import tomllib"]) {
        let sandbox = elsewhere("");
        let cargo = format!(
            "#!/bin/sh\nset -e\ndir=built/{}/release\nmkdir -p $dir\ncp {BINARY} $dir\n",
            host()
        );
        sandbox.write("bin/cargo", cargo).write("out/.keep", "");
        std::fs::set_permissions(
            sandbox.join("bin/cargo"),
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut command = sandbox.command("python3");
        command.args(["../plugin/release", "archive", "--dir", "."]);
        command.current_dir(sandbox.join("out")).env("CARGO_TARGET_DIR", "built");
        command.env("PATH", format!("{}:{path}", sandbox.join("bin").display()));
        let run = Run::of(command.env("SOURCE_DATE_EPOCH", "1700000000"));
        assert_eq!(run.code, 0, "{run:?}");
    }
}

#[test]
fn the_notes_are_the_section_of_the_changelog() {
    if has("python3", &["-c", "import tomllib"]) {
        let sandbox = Sandbox::new();
        let notes = made(sandbox.path(), &["notes"]);
        assert!(notes.starts_with("### "), "{notes}");
        assert!(!notes.contains("\n## "), "{notes}");
        let changelog = fs::read_to_string(crate::support::root().join("CHANGELOG.md")).unwrap();
        let released = changelog.contains(&format!("\n## [{VERSION}]"));
        let run = script(sandbox.path(), &["notes", "--tag", &format!("v{VERSION}")]);
        assert_eq!(run.code, i32::from(!released), "{run:?}");
    }
}
