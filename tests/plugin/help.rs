//! Help fits a screen, begins with examples, and speaks in the words that were typed.

use super::*;
use crate::support::copy;

const VERBS: &[&str] = &["diff", "pin", "export", "check", "running", "explain", "schema"];

/// The whole help of everything, also of what is hidden; the function's `--help` is for kpt.
fn whole() -> Vec<String> {
    let verbs = VERBS.iter().copied().chain(["fn", "man"]).map(|verb| help(&["help", verb]));
    [help(&["help"])].into_iter().chain(verbs).collect()
}

fn help(args: &[&str]) -> String {
    let run = Sandbox::new().promote(args);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{args:?}");
    run.stdout
}

#[test]
fn help_fits_a_screen() {
    for args in [&[][..]].into_iter().chain(VERBS.iter().map(std::slice::from_ref)) {
        let long = help(&[args, &["--help"]].concat());
        assert_eq!(long, help(&[args, &["-h"]].concat()), "{args:?}");
        assert!(long.lines().count() <= 50, "{args:?} has {} lines", long.lines().count());
        assert!(long.lines().all(|line| line.chars().count() <= 80), "{long}");
        assert!(!long.contains("\n\n\n") && long.ends_with('\n'), "{long}");
    }
}

/// One line, a paragraph, examples (comments with commands below them), and only then flags.
#[test]
fn examples_come_before_flags() {
    for help in whole() {
        let mut lines = help.lines();
        assert!(lines.next().is_some_and(|line| !line.is_empty()), "{help}");
        assert_eq!(lines.next(), Some(""), "{help}");
        assert_ne!(lines.next(), Some("Examples:"), "{help}");
        let (examples, flags) =
            (help.find("Examples:\n").unwrap(), help.find("\nUsage: ").unwrap());
        assert!(examples < flags, "{help}");
        let shown: Vec<_> =
            help[examples..flags].lines().skip(1).filter(|line| !line.is_empty()).collect();
        assert!(shown.len() >= 2, "{help}");
        for pair in shown.chunks(2) {
            assert!(pair[0].starts_with("  # "), "{help}");
            assert!(pair[1].contains("promote"), "{help}");
        }
    }
}

/// They are commands that can be run, as they are shown: none is wrong usage.
#[cfg(unix)]
#[test]
fn examples_are_commands() {
    let shop = shop();
    copy(&shop.join("web/overlays"), &shop.join("overlays"));
    for _ in 0..4 {
        shop.git(&["add", "."]);
        shop.git(&["commit", "-qm", "more", "--allow-empty"]);
    }
    shop.git(&["tag", "v2024.10"]);
    shop.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let outside =
        ["--require", "--pin", " pin ", "running", "release-42", "list.yaml", "check", "kpt "];
    let own = |command: &str| command.replace("kubectl promote", "kubectl-promote");
    for help in whole() {
        let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        let shown = lines.take_while(|line| !line.is_empty());
        for command in shown.filter(|line| !line.starts_with("  #")) {
            let script =
                own(command).replace(" prod", " overlays/prod").replace(" tst", " overlays/tst");
            let mut shell = beside(&shop, "sh", "");
            // Nobody listens there, and nothing farther away is asked.
            shell.env("https_proxy", "http://127.0.0.1:9");
            let run = Run::of(shell.args(["-c", &script]));
            assert!(!run.stderr.contains("Usage:"), "{command}: {run:?}");
            if !outside.iter().any(|word| command.contains(word)) {
                let differs = command.contains(" diff ");
                assert!(run.code == 0 || differs && run.code == 1, "{command}: {run:?}");
            }
        }
    }
}

/// On any terminal: what wraps can be copied no more.
#[test]
fn examples_do_not_wrap() {
    let sandbox = Sandbox::new();
    let narrow = Run::of(sandbox.command(BINARY).env("COLUMNS", "80").arg("--help"));
    assert_eq!(narrow.stdout, help(&["--help"]));
    let wide = Run::of(sandbox.command(BINARY).env("COLUMNS", "200").arg("--help"));
    assert_eq!(narrow.stdout, wide.stdout);
}

/// What a screen has no room for is in `help`, and `--help` says so.
#[test]
fn nothing_is_hidden_for_good() {
    let brief = help(&["diff", "--help"]);
    assert!(
        brief.ends_with("`kubectl promote help diff`\n") && !brief.contains("--authfile"),
        "{brief}"
    );
    let whole = help(&["help", "diff"]);
    for flag in ["--authfile", "--plain-http", "--context", "--soak", "--color"] {
        // A build without registries or clusters has fewer.
        let is_there = help(&["help"]).contains(flag);
        assert_eq!(whole.contains(flag), is_there, "{flag}: {whole}");
    }
    assert!(whole.contains("--context") && whole.contains("Examples:"), "{whole}");
}

#[test]
fn a_verb_that_is_mistyped_is_told() {
    let shop = shop();
    for (typed, verb) in [("dif", "diff"), ("pinn", "pin"), ("exprot", "export"), ("hepl", "help")]
    {
        let run = shop.promote(&[typed, "web/overlays/dev"]);
        assert_eq!(run.code, 2, "{run:?}");
        let words = format!("`{typed}` is neither an overlay nor a verb: did you mean `{verb}`?");
        assert!(run.stderr.contains(&words), "{run:?}");
    }
    // What is there is meant.
    copy(&shop.join("web/overlays/dev"), &shop.join("dif"));
    assert_eq!(shop.promote(&["dif", "web/overlays/tst", "--dry-run"]).code, 0);
}

#[test]
fn help_has_help() {
    assert_eq!(help(&["help", "--help"]), help(&["help"]));
    assert_eq!(help(&["help", "diff", "-h"]), help(&["help", "diff"]));
    assert!(help(&["fn", "--help"]).starts_with("# kubectl-promote\n"), "as `kpt fn doc` wants it");
}

#[test]
fn the_name_is_the_one_that_was_typed() {
    let shop = shop();
    let own = Run::of(
        beside(&shop, "sh", "").args(["-c", "kubectl-promote diff --help; kubectl-promote --help"]),
    );
    assert!(own.stdout.contains("Usage: kubectl-promote diff [OPTIONS] <FROM>"), "{own:?}");
    assert!(own.stdout.contains("\n  kubectl-promote overlays/dev"), "{own:?}");
    assert!(!own.stdout.contains("kubectl promote"), "{own:?}");
    if kubectl() {
        let run = Run::of(beside(&shop, "kubectl", "").args(["promote", "pin", "--help"]));
        assert!(
            run.stdout.contains("Usage: kubectl promote pin [OPTIONS] <OVERLAY>..."),
            "{run:?}"
        );
        assert!(!run.stdout.contains("kubectl-promote"), "{run:?}");
        let wrong = Run::of(beside(&shop, "kubectl", "").args(["promote", "pin"]));
        assert!(wrong.stderr.contains("Usage: kubectl promote pin"), "{wrong:?}");
    }
}

/// `0.1.0 (COMMIT, DAY)` in a clone; the version alone where nobody knows more.
#[test]
fn the_version_has_its_commit_and_day() {
    let version = help(&["--version"]);
    assert_eq!(version, help(&["-V"]));
    let facts =
        version.strip_prefix(concat!("kubectl-promote ", env!("CARGO_PKG_VERSION"))).unwrap();
    if let Some(facts) = facts.trim_end().strip_prefix(" (") {
        let facts: Vec<_> = facts.strip_suffix(')').unwrap().split(", ").collect();
        let is_commit =
            |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let is_day = |text: &str| text.len() == 10 && text.split('-').count() == 3;
        assert!(facts.iter().all(|fact| is_commit(fact) || is_day(fact)), "{version}");
    }
}
