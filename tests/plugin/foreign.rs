//! Flags of kubectl that do not apply are refused by name.

use super::*;

#[test]
fn flags_of_kubectl_are_refused_by_name() {
    let shop = shop();
    let (dev, tst) = ("web/overlays/dev", "web/overlays/tst");
    for (args, words) in [
        (
            &[dev, tst, "--token", "x"][..],
            "`--token` of kubectl does not apply here; put it into a context",
        ),
        (&["explain", "--as=me"], "`--as` of kubectl does not apply here; this asks no cluster"),
        (&[dev, tst, "--as=me"], "`--as` is for asking a cluster, and nothing asks one"),
        (&[dev, tst, "-s", "x"], "`-s` of kubectl"),
        (&["-f", dev, tst], "`-f` of kubectl does not apply here; name overlays without a flag"),
        (
            &["diff", dev, tst, "-l", "app=web"],
            "`-l` of kubectl does not apply here; choose with `--kinds`",
        ),
        (&["diff", dev, tst, "-A"], "`-A` of kubectl"),
        (&[dev, tst, "--yes"], "`--yes` of kubectl"),
        (&[dev, tst, "--server-side"], "only files are written"),
        (&["explain", "-n", "x"], "`-n` of kubectl does not apply here; this asks no cluster"),
        (&[dev, tst, "--dry-run=server"], "`--dry-run=server` of kubectl does not apply here"),
        (
            &[dev, tst, "-o", "jsonpath={.x}"],
            "`-o jsonpath` of kubectl does not exist here; take `-o json`",
        ),
        (&["explain", "-o", "json"], "`-o` of kubectl does not apply here; there is one form"),
        (&["diff", dev, tst, "--dry-run=client"], "`--dry-run` of kubectl does not apply here"),
        (&[dev, tst, "--timeout", "1m"], "`--request-timeout` is for one request"),
        (&[dev, tst, "--nonsense"], "unexpected argument '--nonsense'"),
    ] {
        let run = shop.promote(args);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{args:?}: {run:?}");
        assert!(run.stderr.contains(words), "{args:?}: {run:?}");
        assert!(run.stderr.contains("Usage: kubectl promote"), "{args:?}: {run:?}");
    }
}

/// Those of kubectl itself and of the commands that people compare us with, as kubectl tells them.
#[test]
fn every_flag_of_kubectl_is_known_or_refused_by_name() {
    if kubectl() {
        let shop = shop();
        let commands = ["apply", "diff", "get", "explain", "delete"].map(|name| [name, "-h"]);
        let mut flags = std::collections::BTreeSet::new();
        for args in commands.iter().map(|args| &args[..]).chain([&["options"][..]]) {
            let help = Run::of(beside(&shop, "kubectl", "").args(args)).stdout;
            let lines = help.lines().filter(|line| line.trim_start().starts_with('-'));
            let names = lines.filter_map(|line| line.trim().strip_suffix(':')?.split('=').next());
            flags.extend(names.flat_map(|names| names.split(", ")).map(str::to_owned));
        }
        assert!(flags.len() > 60, "{flags:?}");
        for verb in ["", "diff", "pin", "export", "check", "running", "explain", "schema"] {
            for flag in &flags {
                let args =
                    [verb, flag].into_iter().filter(|arg| !arg.is_empty()).collect::<Vec<_>>();
                let run = shop.promote(&args);
                assert!(!run.stderr.contains("unexpected"), "{args:?}: {run:?}");
            }
        }
    }
}

/// Some of them are written in more ways than one.
#[test]
fn flags_are_read_as_kubectl_reads_them() {
    let shop = shop();
    let start = ["web/overlays/dev", "web/overlays/tst", "--dry-run"];
    let with = |more: &[&str]| shop.promote(&[&start[..], more].concat());
    for level in [&["-v", "4"][..], &["-v4"], &["-v=4"], &["--v=4"], &["--v", "4"], &["-v10"]] {
        let run = with(level);
        assert!(
            run.code == 0 && run.stderr.contains("read web/overlays/dev"),
            "{level:?}: {run:?}"
        );
    }
    assert_eq!(with(&["--no-headers=true"]).stdout, with(&["--no-headers"]).stdout);
    assert_eq!(with(&["--no-headers=false"]).stdout, with(&[]).stdout);
    assert_eq!(with(&["--no-headers=perhaps"]).code, 2);
}
