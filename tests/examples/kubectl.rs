//! `kubectl kustomize`: plugins of the older kind, without docker and without `--enable-exec`.

use crate::bench::{Example, kubectl};

#[test]
fn a_plugin_of_the_older_kind_gives_prod_what_staging_runs() {
    if kubectl() {
        let example = Example::new("kubectl-legacy");
        example.matches(&example.run());
    }
}

#[test]
fn the_whole_of_a_failure_comes_through() {
    if kubectl() {
        let example = Example::new("kubectl-legacy");
        example.replace("prod/promotion.yaml", "from: ../staging", "form: ../staging");
        let run = example.run();
        assert_eq!((run.code, run.stdout.as_str()), (1, ""));
        assert!(run.stderr.contains("kubectl-promote: "), "{}", run.stderr);
        assert!(run.stderr.contains("unknown field `form`"), "{}", run.stderr);
    }
}
