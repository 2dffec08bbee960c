//! Which version this is: of the package, with the commit and its day where they are known.
//!
//! A crate's archive says its commit in a file, a clone asks Git. The same sources make the same
//! text: there is no clock. `SOURCE_DATE_EPOCH` is the day, if it is set
//! (https://reproducible-builds.org/specs/source-date-epoch/).

use std::env;
use std::fs;
use std::process::Command;

/// Written by `cargo package`.
const ARCHIVE: &str = ".cargo_vcs_info.json";

fn main() {
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let archived = archived();
    let commit = archived.clone().or_else(|| is_clone().then(|| git(&["rev-parse", "HEAD"]))?);
    let asked = env::var("SOURCE_DATE_EPOCH").ok();
    let seconds = asked.or_else(|| {
        let clone = archived.is_none() && is_clone();
        clone.then(|| git(&["show", "-s", "--format=%ct", "HEAD"]))?
    });
    let day = seconds.and_then(|seconds| day(seconds.trim().parse().ok()?));
    let commit = commit.map(|commit| commit.chars().take(12).collect());
    let facts: Vec<String> = commit.into_iter().chain(day).collect();
    let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
    println!("cargo::rustc-env=KUBECTL_PROMOTE_VERSION={version}{facts}");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rerun-if-changed=build.rs");
    watch();
    link();
}

/// Has the binary linked to where it is loaded, as the Go programs beside it are: otherwise every start
/// would first write thousands of addresses, and have every page that holds one for itself.
fn link() {
    let is = |what: &str, wanted: &str| env::var(what).is_ok_and(|value| value == wanted);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

/// Tells cargo which files change with the commit.
fn watch() {
    if !is_clone() {
        return;
    }
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["HEAD", "packed-refs"].into_iter().chain(branch.as_deref()) {
        let path = git(&["rev-parse", "--git-path", name]);
        // What is not there would have the script run every time.
        if let Some(path) = path.filter(|path| fs::exists(path).unwrap_or(false)) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
}

/// The commit that a crate's archive was made of.
fn archived() -> Option<String> {
    let text = fs::read_to_string(ARCHIVE).ok()?;
    let (_, rest) = text.split_once("\"sha1\"")?;
    let commit = rest.split('"').nth(1)?;
    commit.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| commit.to_owned())
}

/// Whether this directory is a clone of its own, and not a copy inside of somebody else's.
fn is_clone() -> bool {
    git(&["rev-parse", "--show-prefix"]).is_some_and(|prefix| prefix.is_empty())
        && git(&["ls-files", "--error-unmatch", "build.rs"]).is_some()
}

fn git(args: &[&str]) -> Option<String> {
    let answer = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    answer.status.success().then(|| text.trim().to_owned())
}

/// The day of a time in seconds since 1970, in UTC
/// (http://howardhinnant.github.io/date_algorithms.html#civil_from_days).
fn day(seconds: u64) -> Option<String> {
    let days = i64::try_from(seconds / 86_400).ok()? + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}
