//! Faults of registries, of what is between, and of those who want credentials: a row is a test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::exit,
    reason = "a test fails by panicking"
)]

mod answers;
#[path = "../support/certs.rs"]
mod certs;
mod checked;
mod counts;
mod digests;
mod lasting;
mod login;
mod mixed;
mod options;
mod platforms;
mod process;
mod realms;
mod reply;
mod rig;
mod row;
mod server;
mod storms;
#[path = "../support/mod.rs"]
mod support;
mod tls;
mod tokens;
mod wire;

use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};

/// Variables that could lead a client elsewhere.
const PROXIES: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

fn main() {
    if PROXIES.iter().any(|name| std::env::var_os(name).is_some()) {
        again_without_proxies();
    }
    let mut args = Arguments::from_args();
    // Most of the time is spent waiting.
    args.test_threads.get_or_insert(8);
    let trials = trials();
    let mut names: Vec<_> = trials.iter().map(Trial::name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a name is there twice");
    libtest_mimic::run(&args, trials).exit();
}

/// Each row twice, once of them through the binary, and what needs more than a row.
fn trials() -> Vec<Trial> {
    let rows = [
        answers::rows(),
        digests::rows(),
        wire::rows(),
        login::rows(),
        tokens::rows(),
        realms::rows(),
        tls::rows(),
        platforms::rows(),
    ];
    let mut trials = Vec::new();
    for row in rows.into_iter().flatten().map(Arc::new) {
        let same = Arc::clone(&row);
        trials.push(trial("row", row.name, move || row.run()));
        // A digest is asked for where there is a tag only.
        if !same.is_by_digest() {
            trials.push(trial("process", same.name, move || process::pin(&same)));
        }
    }
    for (room, tests) in [
        ("server", checked::TESTS),
        ("options", options::TESTS),
        ("count", counts::TESTS),
        ("lasting", lasting::TESTS),
        ("storm", storms::TESTS),
        ("mixed", mixed::TESTS),
        ("process", process::TESTS),
    ] {
        trials.extend(tests.iter().map(|(name, test)| trial(room, name, test)));
    }
    trials
}

fn trial(room: &str, name: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(format!("{room}/{name}"), move || {
        test();
        Ok(())
    })
}

/// Runs the same tests in a process that knows of no proxy, and ends as it does.
fn again_without_proxies() -> ! {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(std::env::args_os().skip(1));
    for name in PROXIES {
        command.env_remove(name);
    }
    let status = command.status().unwrap();
    std::process::exit(status.code().unwrap_or(1))
}
