//! What people and programs read.

use super::*;

#[test]
fn a_closed_pipe_is_no_error() {
    let sandbox = pair("v1", "v2");
    let script = format!("'{BINARY}' dev tst -o json; echo $? >&2");
    let run = Run::of(sandbox.command("sh").args(["-c", &format!("({script}) | true")]));
    assert!(run.stderr.ends_with("0\n"), "{run:?}");
    assert!(!run.stderr.contains("panicked"), "{run:?}");
}

#[test]
fn a_closed_pipe_hides_no_refusal() {
    let sandbox = pair("v1", "v2");
    sandbox.write("odd/kustomization.yaml", "images:\n- name: web\n  newTag: v1\n  newTag: v2\n");
    for (args, code, words) in [
        ("dev odd", 1, "nothing was written"),
        ("diff dev tst", 1, ""),
        ("diff dev odd", 2, "there twice"),
        ("tst@HEAD tst --error-unchanged", 3, "nothing to promote"),
        ("check tst --from dev <rendered", 1, "1 image is not as promoted"),
        ("check tst --from dev -o json <rendered", 1, "1 image is not as promoted"),
        ("export dev", 0, ""),
        ("explain", 0, ""),
        ("schema plan", 0, ""),
        ("--help", 0, ""),
    ] {
        sandbox.write("rendered", "{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {containers: [{name: x, image: 'web:v1'}]}}");
        sandbox.git(&["init", "-q"]);
        sandbox.git(&["add", "."]);
        sandbox.git(&["commit", "-qm", "x", "--allow-empty"]);
        // Nobody reads any more when it begins to write.
        let script = format!("(sleep 0.2; '{BINARY}' {args}; echo $? >&2) | true");
        let run = Run::of(sandbox.command("sh").args(["-c", &script]));
        assert!(run.stderr.ends_with(&format!("{code}\n")), "{args}: {run:?}");
        assert!(run.stderr.contains(words), "{args}: {run:?}");
    }
}

/// What could not be said was not done: a file that was to hold it would be short.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let sandbox = pair("v1", "v2");
    for (args, code) in [
        (&["dev", "tst", "--dry-run"][..], 1),
        (&["diff", "dev", "tst"], 2),
        (&["export", "dev"], 1),
        (&["explain"], 1),
        (&["schema"], 1),
        (&["--help"], 1),
        (&["--version"], 1),
        (&["help", "diff"], 1),
        (&["fn", "--help"], 1),
    ] {
        let mut shell = sandbox.command("sh");
        let run = Run::of(shell.args(["-c", r#"exec "$0" "$@" >/dev/full"#, BINARY]).args(args));
        assert_eq!(run.code, code, "{args:?}: {run:?}");
        assert!(run.stderr.contains("No space left"), "{args:?}: {run:?}");
    }
}

#[test]
fn colours_are_for_terminals_or_on_request() {
    let sandbox = pair("v1", "v2");
    let run = |args: &[&str]| sandbox.promote(&[&["dev", "tst", "--dry-run"], args].concat());
    assert!(!run(&[]).stdout.contains('\u{1b}'));
    assert!(run(&["--color=always"]).stdout.contains("\u{1b}["));
    assert!(!run(&["--color", "never"]).stdout.contains('\u{1b}'));
    assert!(sandbox.promote(&["--color=always", "--help"]).stdout.contains('\u{1b}'));
    assert!(sandbox.promote(&["--nonsense", "--color", "always"]).stderr.contains('\u{1b}'));
    let forced =
        Run::of(sandbox.command(BINARY).args(["diff", "dev", "tst"]).env("CLICOLOR_FORCE", "1"));
    assert!(forced.stdout.contains("\u{1b}["), "{forced:?}");
}

#[test]
fn diff_can_use_another_program() {
    let sandbox = pair("v1", "v2");
    let run = |program: &str| {
        let mut command = sandbox.command(BINARY);
        Run::of(command.args(["diff", "dev", "tst"]).env("KUBECTL_EXTERNAL_DIFF", program))
    };
    let plain = run("diff -r");
    assert_eq!(plain.code, 1, "{plain:?}");
    assert!(plain.stdout.contains("> ") && plain.stdout.contains("v2 # tag"), "{plain:?}");
    assert_eq!(run("true").code, 0);
    let missing = run("no-such-program");
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("KUBECTL_EXTERNAL_DIFF"), "{missing:?}");
}

#[test]
fn a_diff_is_what_git_applies() {
    let sandbox = pair("v1", "v2");
    sandbox.git(&["init", "-q"]);
    let diff = sandbox.promote(&["diff", "dev", "tst"]);
    assert_eq!(diff.code, 1);
    sandbox.write("p.diff", &diff.stdout);
    sandbox.git(&["apply", "p.diff"]);
    assert_eq!(sandbox.read("tst/kustomization.yaml"), overlay("v2"));
    let none = sandbox.promote(&["diff", "dev", "tst"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, ""));
}

#[test]
fn verbose_says_what_is_read() {
    let run = pair("v1", "v2").promote(&["dev", "tst", "-v"]);
    for file in ["read dev/kustomization.yaml", "read tst/kustomization.yaml"] {
        assert!(run.stderr.contains(file), "{run:?}");
    }
    assert_eq!(pair("v1", "v2").promote(&["dev", "tst", "-v=4"]).code, 0);
    assert_eq!(pair("v1", "v2").promote(&["-v", "4", "dev", "tst"]).code, 0);
}

#[test]
fn the_schema_is_that_of_the_request() {
    let run = Sandbox::new().promote(&["schema"]);
    let schema: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let spec = &schema["$defs"]["Promotion"]["properties"];
    for field in
        ["from", "to", "kinds", "only", "except", "add", "allowDowngrade", "newName", "follow"]
    {
        assert!(spec[field].is_object(), "{field}");
    }
    assert_eq!(schema["$defs"]["Promotion"]["additionalProperties"], false);
}

#[test]
fn kinds_are_explained() {
    let sandbox = Sandbox::new();
    let all = sandbox.promote(&["explain"]);
    for kind in kubectl_promote::kind::KINDS {
        assert!(all.stdout.contains(&format!("KIND:     {}\n", kind.id())), "{all:?}");
    }
    let one = sandbox.promote(&["explain", "refs"]);
    assert!(one.stdout.contains("resources[]") && !one.stdout.contains("helmCharts"), "{one:?}");
    assert_eq!(sandbox.promote(&["explain", "ref"]).code, 1);
}
