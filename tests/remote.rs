//! What remote entries point at, case by case.
//!
//! `data/repospec.jsonl` says how kustomize 5.8.1 itself reads 1,500 URLs: `NewRepoSpecFromURL` of
//! its `api/internal/git/repospec.go` (api v0.21.1, built with Go 1.26), fed with all URLs of its own
//! `repospec_test.go` and with random ones, chosen for variety. A URL that it refuses has `ok: false`;
//! absent fields are empty.

mod support;

use kubectl_promote::remote::{Git, Remote};
use serde::Deserialize;
use std::fs;

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Spec {
    url: String,
    ok: bool,
    host: String,
    repo: String,
    path: String,
    r#ref: String,
}

impl Spec {
    fn ours(url: String) -> Self {
        let base = url.split('?').next().unwrap();
        let Some(git) = Git::parse(base) else {
            return Self { url, ..Self::default() };
        };
        let r#ref = Remote::checkout(&url).unwrap_or_default();
        Self { ok: true, host: git.host, repo: git.repository, path: git.path, r#ref, url }
    }
}

fn lines<T: for<'de> Deserialize<'de>>(name: &str) -> Vec<T> {
    let text = fs::read_to_string(support::root().join("tests/data").join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn git_urls_are_read_as_kustomize_reads_them() {
    let specs: Vec<Spec> = lines("repospec.jsonl");
    assert_eq!(specs.len(), 1500);
    for spec in specs {
        assert_eq!(Spec::ours(spec.url.clone()), spec);
    }
}
