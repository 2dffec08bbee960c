//! Manual pages: one for every verb, with what its help has.

use super::*;

#[test]
fn every_verb_has_a_page() {
    let sandbox = Sandbox::new();
    let run = sandbox.promote(&["man", "."]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    let main = sandbox.read("kubectl-promote.1");
    for verb in ["diff", "pin", "export", "check", "running", "explain", "schema", "fn"] {
        let page = sandbox.read(&format!("kubectl-promote-{verb}.1"));
        assert!(page.contains(&format!("kubectl promote {verb}")), "{page}");
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "\"EXIT STATUS\"", "\"SEE ALSO\""] {
            assert!(page.contains(&format!(".SH {section}\n")), "{verb} has no {section}: {page}");
        }
        assert!(page.contains(".SH EXAMPLES\n"), "{page}");
        assert!(main.contains(&format!("kubectl\\-promote\\-{verb}")), "{main}");
    }
    // Elsewhere troff makes two letters of one.
    assert!(support::files(sandbox.path()).values().all(|page| page.is_ascii()));
    // Nothing is left out for want of room.
    assert!(sandbox.read("kubectl-promote-diff.1").contains("\\-\\-context"));
    assert!(!main.contains("promote\\-man"), "{main}");
    let again = Sandbox::new();
    again.promote(&["man", "."]);
    assert!(support::files(sandbox.path()) == support::files(again.path()), "pages differ");
}

#[test]
fn mandoc_finds_nothing_wrong() {
    if has("mandoc", &["-T", "ascii", "-W", "fatal", "/dev/null"]) {
        let sandbox = Sandbox::new();
        sandbox.promote(&["man", "."]);
        let run = Run::of(sandbox.command("sh").args(["-c", "mandoc -T lint -W warning *.1"]));
        assert_eq!(run.stdout, "", "{run:?}");
    }
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let run = Sandbox::new().promote(&["man", "nowhere"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("failed to write `nowhere/kubectl-promote.1`"), "{run:?}");
}
