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
        (&[dev, tst, "--nonsense"], "unexpected argument '--nonsense'"),
    ] {
        let run = shop.promote(args);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{args:?}: {run:?}");
        assert!(run.stderr.contains(words), "{args:?}: {run:?}");
        assert!(run.stderr.contains("Usage: kubectl promote"), "{args:?}: {run:?}");
    }
}
