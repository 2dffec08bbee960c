//! The program without kubectl: the scripts of shells, run by the shells.

use super::*;

/// What bash puts in for `words`, broken as bash breaks them; the last one is at the cursor.
fn bash(sandbox: &Sandbox, setup: &str, words: &[&str], at_cursor: &str) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "{setup}\nCOMP_WORDS=({}); COMP_CWORD={}; COMP_TYPE=9; COMP_LINE=x; COMP_POINT=1\n\
         $function {} '{at_cursor}' '' 2>/dev/null\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" "),
        words.len() - 1,
        words[0],
    );
    let run = Run::of(beside(sandbox, "bash", "").args(["--norc", "-c", &script]));
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout
}

const BASH: &str =
    "function=_clap_complete_kubectl_promote\nsource <(COMPLETE=bash kubectl-promote)";

#[test]
fn bash_completes() {
    if cfg!(unix) && has("bash", &["--version"]) {
        let shop = shop();
        let name = "kubectl-promote";
        for (words, at_cursor, wanted) in [
            (&[name, "pi"][..], "pi", "pin\n"),
            (&[name, "web/overlays/t"], "web/overlays/t", "web/overlays/tst\n"),
            (&[name, "web/overlays/dev", "@", "fe"], "@fe", "@feature/x\n"),
            (
                &[name, "web/overlays/dev", "@", "v1.0", "web/overlays/p"],
                "web/overlays/p",
                "web/overlays/prod\n",
            ),
            (
                &[name, "web/overlays/dev", "--only", "=", "ghcr.io/acme/shop-w"],
                "ghcr.io/acme/shop-w",
                "ghcr.io/acme/shop-web\n",
            ),
            (&[name, "web/overlays/dev", "--dry-run", "=", "c"], "c", "client\n"),
        ] {
            assert_eq!(bash(&shop, BASH, words, at_cursor), wanted, "{words:?}");
        }
    }
}

#[test]
fn fish_completes_with_and_without_kubectl() {
    if cfg!(unix) && has("fish", &["--version"]) {
        let shop = shop();
        let fish = |setup: &str, line: &str| {
            let script = format!("{setup} | source; complete -C '{line}'");
            Run::of(beside(&shop, "fish", "").args(["--no-config", "-c", &script])).stdout
        };
        let own = "COMPLETE=fish kubectl-promote";
        assert_eq!(fish(own, "kubectl-promote web/overlays/t"), "web/overlays/tst\toverlay\n");
        let flag = "kubectl-promote web/overlays/dev --only=ghcr.io/acme/shop-w";
        assert_eq!(fish(own, flag), "--only=ghcr.io/acme/shop-web\timages 1.5.0\n");
        if kubectl() {
            let line = "kubectl promote web/overlays/dev@fe";
            assert_eq!(
                fish("kubectl completion fish", line),
                "web/overlays/dev@feature/x\tbranch\n"
            );
        }
    }
}

/// A package puts the script where zsh loads functions from, at the first TAB: that one is answered too.
#[test]
fn zsh_answers_the_first_tab() {
    if cfg!(unix) && has("zsh", &["--version"]) {
        let shop = shop();
        let script = "compdef() { :; }; _describe() { print -rl -- ${(P)@[-1]}; }
            fpath=($PWD $fpath); autoload -U _kubectl-promote
            words=(kubectl-promote web/overlays/t); CURRENT=2; _kubectl-promote";
        let written = Run::of(beside(&shop, "kubectl-promote", "").env("COMPLETE", "zsh")).stdout;
        shop.write("_kubectl-promote", written);
        let run = Run::of(beside(&shop, "zsh", "").args(["-f", "-c", script]));
        assert_eq!(run.stdout, "web/overlays/tst:overlay\n", "{run:?}");
    }
}

/// What the README tells somebody to do who has just installed the program, and has nothing else.
#[test]
fn the_lines_of_the_readme_are_those() {
    if !cfg!(unix) || !has("bash", &["--version"]) {
        return;
    }
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    for line in [BASH.lines().last().unwrap(), "COMPLETE=fish kubectl-promote | source"] {
        assert!(readme.lines().any(|one| one.starts_with(line)), "{line}");
    }
    let shop = shop();
    let link = shop.join(".bin/kubectl_complete-promote");
    std::fs::remove_file(&link).unwrap();
    let line = readme.lines().find(|line| line.starts_with("ln -s")).unwrap();
    let run = Run::of(beside(&shop, "bash", "").args(["--norc", "-ec", line]));
    assert_eq!(run.code, 0, "{run:?}");
    let run = Run::of(beside(&shop, "kubectl_complete-promote", "").arg("web/overlays/t"));
    assert!(run.stdout.starts_with("web/overlays/tst\t"), "{run:?}");
}

/// A package has the scripts: they must not name the place where they were made.
#[test]
fn scripts_name_the_program_and_no_place() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish", "/usr/bin/zsh"] {
        let run = Run::of(sandbox.command(BINARY).env("COMPLETE", shell));
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{shell}");
        assert!(run.stdout.contains("kubectl-promote"), "{shell}: {run:?}");
        let place = std::path::Path::new(BINARY).parent().unwrap().to_str().unwrap();
        assert!(!run.stdout.contains(place), "{shell}: {run:?}");
    }
}

#[test]
fn zsh_reads_its_script() {
    if cfg!(unix) && has("zsh", &["--version"]) {
        let shop = shop();
        let script = "autoload -U compinit; compinit -u; source <(COMPLETE=zsh kubectl-promote); print $_comps[kubectl-promote]";
        let run = Run::of(beside(&shop, "zsh", "").args(["-f", "-c", script]));
        assert_eq!(run.stdout, "_clap_dynamic_completer_kubectl_promote\n", "{run:?}");
        let mut command = beside(&shop, "kubectl-promote", "");
        command.env("COMPLETE", "zsh").env("_CLAP_COMPLETE_INDEX", "3").env("_CLAP_IFS", "\n");
        let run = Run::of(command.args(["--", "kubectl-promote", "web/overlays/dev", "--only"]));
        let wanted = "ghcr.io/acme/shop-web:images 1.5.0\nghcr.io/acme/shop-assets:images 2024.10";
        assert_eq!(run.stdout, wanted, "{run:?}");
    }
}

/// The variable may be set for something else: it makes a promotion nothing else.
#[test]
fn the_variable_alone_changes_no_command() {
    let shop = shop();
    for shell in ["bash", "1", "0", ""] {
        let run = Run::of(shop.command(BINARY).env("COMPLETE", shell).args([
            "web/overlays/dev",
            "web/overlays/tst",
            "--dry-run",
        ]));
        assert!(run.stdout.contains("promoted"), "{shell}: {run:?}");
    }
}
