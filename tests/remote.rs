//! What remote entries point at, case by case.
//!
//! `data/repospec.jsonl` says how kustomize 5.8.1 itself reads 1,500 URLs: `NewRepoSpecFromURL` of
//! its `api/internal/git/repospec.go` (api v0.21.1, built with Go 1.26), fed with all URLs of its own
//! `repospec_test.go` and with random ones, chosen for variety. A URL that it refuses has `ok: false`;
//! absent fields are empty.
//!
//! `data/release-urls.jsonl` has two releases of each of many files, as public kustomizations and the
//! manuals of vendors name them.

#![allow(clippy::unwrap_used, reason = "data of this test")]

use kubectl_promote::remote::{Git, Remote, Trouble};
use serde::Deserialize;

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

fn lines<T: for<'de> Deserialize<'de>>(text: &str) -> Vec<T> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn git_urls_are_read_as_kustomize_reads_them() {
    let specs: Vec<Spec> = lines(include_str!("data/repospec.jsonl"));
    assert_eq!(specs.len(), 1500);
    for spec in specs {
        assert_eq!(Spec::ours(spec.url.clone()), spec);
    }
}

/// Two releases of one file.
#[derive(Debug, Deserialize)]
struct Release {
    old: String,
    new: String,
    from: String,
    to: String,
}

#[test]
fn releases_of_one_file_differ_in_their_version_only() {
    let mut wrong = Vec::new();
    for release in lines::<Release>(include_str!("data/release-urls.jsonl")) {
        let old = Remote::parse(&release.old).unwrap();
        let new = Remote::parse(&release.new).unwrap();
        let same = old.key == new.key && old.versions.len() == new.versions.len();
        let versions = (old.version().unwrap_or("-"), new.version().unwrap_or("-"));
        if !same || versions != (&release.from, &release.to) {
            wrong.push(format!("{} {versions:?}\n{} {release:?}", old.key, new.key));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn different_files_have_different_keys() {
    const RAW: &str = "https://raw.githubusercontent.com";
    const GITHUB: &str = "https://github.com";
    const GIST: &str = "https://gist.githubusercontent.com/alice";
    const GITLAB: &str = "https://gitlab.com/api/v4/projects";
    const BUCKET: &str = "https://storage.googleapis.com/tekton-releases";
    const DOCS: &str = "https://docs.example.org";
    const BB: &str = "https://bb.example.org/projects/P/repos";
    for (host, one, other) in [
        (RAW, "/o/r/v1.2.0/crds.yaml", "/o/r/v1.2.0/operator.yaml"),
        (RAW, "/o/r/v1.2.0/a/x.yaml", "/o/r/v1.3.0/b/x.yaml"),
        (RAW, "/o/r/v1.2.0/x.yaml", "/o/s/v1.2.0/x.yaml"),
        (RAW, "/o/r/v1.2.0/x.yaml", "/p/r/v1.2.0/x.yaml"),
        (RAW, "/o/r-1.2/main/x.yaml", "/o/r-1.3/main/x.yaml"),
        (RAW, "/o/r/v1.2.0/x.yaml", "/o/r/v1.2.0/x.yml"),
        (GITHUB, "/o/r/releases/download/v1/crds.yaml", "/o/r/releases/download/v1/all.yaml"),
        (GITHUB, "/o/r/releases/download/v1/x.yaml", "/o/s/releases/download/v2/x.yaml"),
        (GITHUB, "/o/r/releases/download/v1/x.yaml", "/o/r/releases/latest/download/x.yaml"),
        (
            GITHUB,
            "/o/r/releases/download/1.2/r-1.2-a.yaml",
            "/o/r/releases/download/1.2/r-1.2.yaml",
        ),
        (GITHUB, "/o/r/releases/download/1.2/x.yaml", "/o/r-1.2/releases/download/1.2/x.yaml"),
        (
            GITHUB,
            "/o/r/releases/download/v1.2.0/v1_2_0_full.yaml",
            "/o/r/releases/download/v1.2.0/v1_2_0_lean.yaml",
        ),
        (GITHUB, "/o/r//web?ref=v1", "/o/r//api?ref=v1"),
        (GITHUB, "/o/r/web?ref=v1", "/o/s/web?ref=v1"),
        (GITHUB, "/o/r/raw/v1/x.yaml", "/o/r//x.yaml?ref=v1"),
        (GIST, "/bc7947cb727d7f92/raw/x.yaml", "/0e8c5f0b1c1a6d7d/raw/x.yaml"),
        (GIST, "/bc7947cb727d7f92/raw/688b2b6/x.yaml", "/0e8c5f0b1c1a6d7d/raw/688b2b6/x.yaml"),
        (BB, "/r/raw/x.yaml?at=v1", "/s/raw/x.yaml?at=v1"),
        (GITLAB, "/1/packages/generic/a/1/x.yaml", "/1/packages/generic/b/1/x.yaml"),
        ("https://gitlab.com", "/o/r/-/raw/v1/x.yaml", "/o/r/-/raw/v1/d/x.yaml"),
        ("https://unpkg.com", "/@a/m@1.2/x.yaml", "/@b/m@1.2/x.yaml"),
        ("https://cdn.jsdelivr.net", "/gh/o/r@v1/x.yaml", "/npm/r@v1/x.yaml"),
        ("https://install.example.com", "/2.13?comp=operator", "/2.13?comp=agent"),
        (
            BUCKET,
            "/pipeline/previous/v0.5.0/release.yaml",
            "/triggers/previous/v0.5.0/release.yaml",
        ),
        (DOCS, "/v3.20/manifests/calico.yaml", "/v3.20/manifests/typha.yaml"),
        (DOCS, "/v1/install.yaml", "/v2/install.yaml"),
    ] {
        let key = |path: &str| Remote::parse(&format!("{host}{path}")).unwrap().key;
        assert_ne!(key(one), key(other), "{host}{one}");
    }
}

#[test]
fn what_a_url_promises_is_known() {
    let page = Some(Trouble::HtmlPage);
    let latest = Some(Trouble::LatestRelease);
    for (url, trouble) in [
        ("https://github.com/o/r/blob/v1.2.0/x.yaml", page),
        ("https://github.com/o/r/blob/v1.2.0/x.yaml?raw=true", None),
        ("https://gitlab.com/o/r/-/blob/v1.2.0/x.yaml", page),
        ("https://gitlab.com/o/r/-/releases/permalink/latest/downloads/x.yaml", latest),
        ("https://github.com/o/r/releases/latest/download/x.yaml", latest),
        ("https://ghe.example.org/o/r/releases/latest/download/x.yaml", latest),
        ("https://github.com/o/r/releases/download/latest/x.yaml", None),
    ] {
        assert_eq!(Remote::parse(url).unwrap().trouble, trouble, "{url}");
    }
}
