//! The house as a test: who may name what, how large rooms are, and that kinds are at home.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

/// Core modules take and return plain data.
const FORBIDDEN_IN_CORE: &[&str] = &[
    "std::fs",
    "std::process",
    "std::env",
    "std::net",
    "std::io",
    "std::time",
    "std::thread",
    "tokio",
    "reqwest",
    "ureq",
    "kube::",
    "clap",
    "anstream",
    "annotate_snippets",
    "tempfile",
    "signal_hook",
    "println!",
    "eprintln!",
    "crate::io",
    "crate::cli",
    "crate::krm",
];

/// Adapters know core types, and no face.
const FORBIDDEN_IN_ADAPTERS: &[&str] =
    &["clap", "crate::cli", "crate::krm", "println!", "eprintln!"];

/// The leaves of the core know nothing of what is promoted.
const FORBIDDEN_IN_LEAVES: &[&str] =
    &["crate::kind", "crate::plan", "crate::overlay", "crate::promotion"];
const LEAVES: &[&str] = &[
    "yaml",
    "edit.rs",
    "span.rs",
    "image",
    "version.rs",
    "remote",
    "tree.rs",
    "diagnostic.rs",
    "secret.rs",
];

const FACES: &[&str] = &["cli", "krm", "main.rs"];

fn sources() -> Vec<(PathBuf, String)> {
    let src = support::root().join("src");
    let files =
        support::files(&src).into_keys().filter(|path| path.extension().is_some_and(|e| e == "rs"));
    files.map(|path| (path.clone(), fs::read_to_string(src.join(path)).unwrap())).collect()
}

fn room(path: &Path) -> String {
    path.components().next().unwrap().as_os_str().to_string_lossy().into_owned()
}

/// The code of a file without its tests and comments.
fn code(text: &str) -> String {
    // Tests stand at the end of a file.
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap().lines();
    code.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn offences(is_room: impl Fn(&str) -> bool, forbidden: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for (path, text) in sources().iter().filter(|(path, _)| is_room(&room(path))) {
        // `use std::{fs, io}` is `std::fs` in other words.
        let code = code(text);
        assert!(!code.contains("std::{"), "{} groups what it uses of std", path.display());
        let found = forbidden.iter().filter(|word| code.contains(**word));
        out.extend(found.map(|word| format!("{} names {word}", path.display())));
    }
    out
}

#[test]
fn the_core_is_pure() {
    let core = |room: &str| !FACES.contains(&room) && room != "io" && room != "lib.rs";
    assert_eq!(offences(core, FORBIDDEN_IN_CORE), Vec::<String>::new());
}

#[test]
fn adapters_know_no_face() {
    assert_eq!(offences(|room| room == "io", FORBIDDEN_IN_ADAPTERS), Vec::<String>::new());
}

#[test]
fn the_function_knows_nothing_of_the_command_line() {
    assert_eq!(offences(|room| room == "krm", &["crate::cli", "clap"]), Vec::<String>::new());
}

#[test]
fn leaves_know_nothing_of_promotion() {
    assert_eq!(offences(|room| LEAVES.contains(&room), FORBIDDEN_IN_LEAVES), Vec::<String>::new());
}

#[test]
fn the_parser_is_behind_one_adapter() {
    for (path, text) in sources() {
        let names = code(&text).contains("yaml_events");
        let adapters = ["yaml/parse.rs", "yaml/outline.rs"].map(Path::new);
        assert_eq!(names, adapters.contains(&path.as_path()), "{}", path.display());
    }
}

/// What speaks to clusters is behind one adapter, and so is everything that is async.
#[test]
fn clusters_are_behind_one_adapter() {
    for (path, text) in sources().iter().filter(|(path, _)| !path.starts_with("io/cluster")) {
        for word in ["kube::", "tokio", "k8s_openapi", "http_body", " async "] {
            assert!(!code(text).contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn files_are_small_and_say_what_they_are() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{} has no first line", path.display());
        let lines = code(&text).lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
    }
}

/// Every file in `kind/` is a kind that is registered, has golden cases, and is in the README.
#[test]
fn kinds_are_at_home() {
    let kinds: Vec<_> = kubectl_promote::kind::KINDS.iter().map(|kind| kind.id()).collect();
    let files = sources().into_iter().filter_map(|(path, _)| {
        let inner = path.strip_prefix("kind").ok()?.to_owned();
        let name = inner.components().next()?.as_os_str().to_string_lossy().into_owned();
        Some(name.trim_end_matches(".rs").to_owned())
    });
    let mut files: Vec<_> = files.filter(|name| name != "mod").collect();
    files.dedup();
    for file in &files {
        assert!(kinds.contains(&file.as_str()), "kind/{file} is not registered");
    }
    assert_eq!(files.len(), kinds.len());
    let readme = fs::read_to_string(support::root().join("README.md")).unwrap();
    assert!(
        readme.contains(&kubectl_promote::cli::kinds_table()),
        "the README's table of kinds is stale:\n{}",
        kubectl_promote::cli::kinds_table()
    );
    for kind in kinds {
        let cases = support::root().join("testdata").join(kind);
        assert!(
            fs::read_dir(cases).is_ok_and(|mut cases| cases.next().is_some()),
            "{kind} has no golden case"
        );
    }
}
