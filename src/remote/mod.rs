//! Remote entries of `resources`, `components` and `bases`: what they point at, and at which version.
//!
//! Git URLs follow kustomize's own grammar (`api/internal/git/repospec.go`, v5.8.1). Files fetched by
//! HTTP carry their version in the path; both give an identity without the version, the key.

mod git;
mod layout;
mod path;
mod query;

pub use git::Git;

use crate::span::Span;
use crate::version::is_floating;
use query::Query;

/// A remote entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// What it is without its version: host, repository and path of a Git URL, whatever the
    /// transport; for a file the URL with `*` for the version.
    pub key: String,
    /// The places of its version, in order. Empty when it names none.
    pub versions: Vec<Version>,
    /// What kustomize clones it from; `None` for a file, which it fetches by HTTP.
    pub repository: Option<String>,
    /// How it is reached, and with which options: not part of what it is, and never promoted.
    pub manner: String,
    /// What is the matter with it, for the user.
    pub trouble: Option<Trouble>,
}

/// One place of a version in an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The bytes of the entry that hold it.
    pub span: Span,
    /// The version; percent-encoding undone where the place is a query.
    pub text: String,
    /// How to write another one there.
    pub place: Place,
}

/// Where in a URL a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The value of a query parameter.
    Query,
    /// A path segment or part of one: the text is taken over as written.
    Path,
}

/// Why an entry may not be what it seems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The query cannot be read, so kustomize ignores all of it, the ref too.
    MalformedQuery,
    /// A page for people, not the file.
    HtmlPage,
    /// Whatever is the newest release when it is built.
    LatestRelease,
}

impl Trouble {
    /// The trouble in words, as the end of "the entry …".
    pub const fn describe(self) -> &'static str {
        match self {
            Self::MalformedQuery => {
                "has a query that cannot be read, so kustomize ignores its ref and builds the default branch"
            }
            Self::HtmlPage => "is a web page (`/blob/`), not a file that kustomize can read",
            Self::LatestRelease => "is the newest release at the time of each build",
        }
    }
}

impl Remote {
    /// Reads an entry; `None` when kustomize takes it for a local path.
    pub fn parse(entry: &str) -> Option<Self> {
        let (base, query) = match entry.split_once('?') {
            Some((base, query)) => (base, Query::parse(query, base.len() + 1)),
            None => (entry, Ok(Query::default())),
        };
        let trouble = query.is_err().then_some(Trouble::MalformedQuery);
        let query = query.unwrap_or_default();
        let git = Git::parse(base);
        let file = path::http(base).and_then(|url| path::read(base, url, &query, git.as_ref()));
        if let Some(file) = file {
            return Some(Self { trouble: trouble.or(file.trouble), ..file });
        }
        let git = git?;
        let versions = query.version().into_iter().collect();
        let manner = format!("{}{}", git.transport, query.options());
        let repository = Some(format!("{}{}", git.host, git.repository));
        Some(Self { key: git.key(), versions, repository, manner, trouble })
    }

    /// The ref that kustomize checks out when it clones `entry`; `None` for the default branch.
    pub fn checkout(entry: &str) -> Option<String> {
        let query = entry.split_once('?').map(|(_, query)| Query::parse(query, 0))?;
        query.ok()?.version().map(|version| version.text)
    }

    /// The version to show; `None` when the entry names none.
    ///
    /// A branch is it only where nothing else is (`refs/heads/main/deploy/v4.11.0/x.yaml`), and of two
    /// that agree the more exact one (`release-1.20/releases/cnpg-1.20.2.yaml`).
    pub fn version(&self) -> Option<&str> {
        let is_pin = |version: &&Version| {
            !is_floating(&version.text) && version.text.contains(|c: char| c.is_ascii_digit())
        };
        let first = self.versions.iter().find(is_pin).or_else(|| self.versions.first())?;
        let exact = self.versions.iter().fold(first, |best, version| {
            let longer = version.bare().len() > best.bare().len();
            if longer && version.agrees(best) { version } else { best }
        });
        Some(&exact.text)
    }
}

impl Version {
    /// The version alone, however it is said here: `2.4.7` of `v2.4.7`, `app-v2.4.7` and `v2_4_7`.
    pub fn bare(&self) -> String {
        path::bare(&self.text)
    }

    /// Whether the two can be one release: `1.20` and `1.20.2`.
    pub fn agrees(&self, other: &Self) -> bool {
        let (one, other) = (self.bare(), other.bare());
        let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
        long.strip_prefix(&short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// `version` as it has to be written here, in the place of what `entry` has: a query whose
    /// slashes are encoded keeps them so.
    pub fn written(&self, version: &str, entry: &str) -> String {
        let encodes_slashes = self.span.of(entry).to_ascii_lowercase().contains("%2f");
        match self.place {
            Place::Query if encodes_slashes => query::encode(version).replace('/', "%2F"),
            Place::Query => query::encode(version),
            Place::Path => version.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entry: &str) -> (String, Option<String>) {
        let remote = Remote::parse(entry).unwrap_or_else(|| panic!("{entry} is remote"));
        for version in &remote.versions {
            if version.place == Place::Path {
                assert_eq!(version.span.of(entry), version.text);
            }
        }
        let version = remote.version().map(str::to_owned);
        (remote.key, version)
    }

    #[test]
    fn one_base_has_one_key_whatever_the_transport() {
        for entry in [
            "https://github.com/Acme/deploy//base?ref=v1",
            "https://github.com/acme/deploy/base/?ref=v1",
            "https://github.com/acme/deploy.git/base?ref=v1",
            "github.com/acme/deploy/base?version=v1",
            "git@github.com:acme/deploy.git//base?ref=v1&timeout=90",
            "ssh://git@github.com/acme/deploy//./base?submodules=0&ref=v1",
            "git::https://GitHub.com/acme/deploy//base?ref=v1&ref=v2",
            "https://user@github.com/acme/deploy//base?ref=&version=v1",
            "https://github.com:443/acme/deploy.git//base?ref=v1",
        ] {
            let wanted = ("github.com/acme/deploy//base".to_owned(), Some("v1".to_owned()));
            assert_eq!(read(entry), wanted, "{entry}");
        }
    }

    #[test]
    fn local_paths_are_not_remote() {
        for entry in [
            "../base",
            "/abs",
            "deploy.yaml",
            "gitlab.com/org/repo",
            "oci://x/y",
            "s3::https://x",
            "",
        ] {
            assert_eq!(Remote::parse(entry), None, "{entry}");
        }
    }

    #[test]
    #[allow(clippy::too_many_lines, reason = "a table")]
    fn versions_in_paths_are_found_and_masked() {
        for (entry, key, version) in [
            (
                "https://raw.githubusercontent.com/o/r/v0.48.1/bundle.yaml",
                "https://raw.githubusercontent.com/o/r/*/bundle.yaml",
                "v0.48.1",
            ),
            (
                "https://raw.githubusercontent.com/o/r/main/bundle.yaml",
                "https://raw.githubusercontent.com/o/r/*/bundle.yaml",
                "main",
            ),
            (
                "https://github.com/o/r/releases/download/1.14.0/kured-1.14.0-dockerhub.yaml",
                "https://github.com/o/r/releases/download/*/kured-*-dockerhub.yaml",
                "1.14.0",
            ),
            (
                "https://raw.githubusercontent.com/o/r/refs/heads/master/deploy/v4.11.0/x.yaml",
                "https://raw.githubusercontent.com/o/r/refs/heads/*/deploy/*/x.yaml",
                "v4.11.0",
            ),
            (
                "https://github.com/o/r/releases/download/c/v2.4.7/v2_4_7_full.yaml?timeout=90",
                "https://github.com/o/r/releases/download/*/*_full.yaml",
                "c/v2.4.7",
            ),
            (
                "https://raw.githubusercontent.com/o/r/v1.2/.github/x.yaml",
                "https://raw.githubusercontent.com/o/r/*/.github/x.yaml",
                "v1.2",
            ),
            (
                "https://cdn.jsdelivr.net/npm/@o/r@1.2.3/x.yaml",
                "https://cdn.jsdelivr.net/npm/@o/r@*/x.yaml",
                "1.2.3",
            ),
            (
                "https://gitlab.com/api/v4/projects/1/repository/files/x/raw?ref=v2",
                "https://gitlab.com/api/v4/projects/1/repository/files/x/raw",
                "v2",
            ),
            (
                "https://bb.example.org/projects/P/repos/r/raw/x.yaml?at=v2",
                "https://bb.example.org/projects/P/repos/r/raw/x.yaml",
                "v2",
            ),
        ] {
            assert_eq!(read(entry), (key.to_owned(), Some(version.to_owned())), "{entry}");
        }
    }

    #[test]
    fn one_release_is_said_in_many_ways() {
        for (text, bare) in [
            ("v2.4.7", "2.4.7"),
            ("v2_4_7", "2.4.7"),
            ("controller-v2.4.7", "2.4.7"),
            ("kustomize%2Fv4.5.7", "4.5.7"),
            ("c/v1.25.3-gke.4", "1.25.3-gke.4"),
            ("release-1.20", "1.20"),
            ("vault", "vault"),
            ("688b2b6", "688b2b6"),
        ] {
            let version = |text: &str| Version {
                span: Span::at(0),
                text: text.to_owned(),
                place: Place::Path,
            };
            assert_eq!(version(text).bare(), bare);
            assert!(version(text).agrees(&version(bare)), "{text}");
            assert!(!version(text).agrees(&version("1.2")), "{text}");
            assert!(version("1.20.2").agrees(&version("release-1.20")));
        }
    }

    #[test]
    fn what_defeats_a_ref_is_known() {
        let trouble = |entry: &str| Remote::parse(entry).unwrap().trouble;
        assert_eq!(trouble("https://github.com/o/r?ref=%zz"), Some(Trouble::MalformedQuery));
        assert_eq!(trouble("https://github.com/o/r?a=1;ref=v1"), Some(Trouble::MalformedQuery));
        assert_eq!(trouble("https://github.com/o/r/blob/main/x.yaml"), Some(Trouble::HtmlPage));
        let latest = "https://github.com/o/r/releases/latest/download/x.yaml";
        assert_eq!(trouble(latest), Some(Trouble::LatestRelease));
        assert_eq!(Remote::parse(latest).unwrap().version(), None);
        assert_eq!(Remote::parse("https://github.com/o/r?ref=%zz").unwrap().version(), None);
    }

    #[test]
    fn other_git_hosts_split_as_kustomize_splits() {
        for (entry, key) in [
            ("https://gitlab.com/group/sub/repo/path?ref=v1", "gitlab.com/group/sub//repo/path"),
            ("https://gitlab.com/group/sub/repo//path?ref=v1", "gitlab.com/group/sub/repo//path"),
            (
                "https://dev.azure.com/org/project/_git/repo//path?ref=v1",
                "dev.azure.com/org/project/_git/repo//path",
            ),
            ("git@git.example.org:team/repo.git?ref=v1", "git.example.org/team/repo"),
            (
                "ssh://git@git.example.org:22/team/repo.git//a/../b?ref=v1",
                "git.example.org/team/repo//b",
            ),
            (
                "ssh://git@git.example.org:7999/team/repo.git?ref=v1",
                "git.example.org:7999/team/repo",
            ),
            ("file:///srv/repo?ref=v1", "file:///srv/repo"),
            ("https://github.com/o/r?ref=v1#x", "github.com/o/r"),
            ("g\u{130}thub.com/o/r?ref=v1", "github.com/o/r"),
        ] {
            assert_eq!(read(entry).0, key, "{entry}");
        }
        assert_eq!(read("https://github.com/o/r?x=%ff&ref=v1").1.as_deref(), Some("v1"));
        assert_eq!(read("https://github.com/o/r?ref=v1#x").1.as_deref(), Some("v1#x"));
        assert_eq!(
            read("https://github.com/o/r?ref=kustomize%2Fv4.5.7").1.as_deref(),
            Some("kustomize/v4.5.7")
        );
    }
}
