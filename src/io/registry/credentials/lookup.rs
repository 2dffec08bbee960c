//! Which keys of a file are for which image.
//!
//! A key is `host`, `host:port` or either with a path; it is for all images there and below. Keys
//! with a scheme or with the path of an API are from older programs and mean the host. Kubernetes
//! knows `*` within the labels of a host (`URLsMatchStr` of its `pkg/credentialprovider`).

use std::cmp::Reverse;

use crate::image::reference::Repository;

/// Docker Hub's names: the one in references, the one it had first, and that of its server.
const HUB: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/// Docker Hub's name in the files and helpers of Docker.
const HUB_SERVER: &str = "https://index.docker.io/v1/";

/// What a login is wanted for.
pub(super) struct Target {
    /// The registry, as the image has it.
    domain: String,
    /// The same in small letters, and one name for Docker Hub.
    host: String,
    path: String,
}

/// How a key names a registry. The first of these is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Exact,
    Https,
    Alias,
    Http,
    Pattern,
}

/// How well a key fits: the longer its path the better, then the clearer its form, then the fewer
/// its wildcards.
type Fit = (Reverse<usize>, Form, Reverse<usize>);

impl Target {
    /// That of `repository`; `None` where it is in no registry.
    pub(super) fn of(repository: &Repository) -> Option<Self> {
        let Repository { domain, path } = repository;
        let host = canonical(domain);
        (!domain.is_empty()).then(|| Self { domain: domain.clone(), host, path: path.clone() })
    }

    /// The registry, for people.
    pub(super) fn domain(&self) -> &str {
        &self.domain
    }

    /// What a helper for all registries knows the registry as.
    pub(super) fn server(&self) -> &str {
        if self.is_hub() { HUB_SERVER } else { &self.domain }
    }

    /// What `credHelpers` may know the registry as, the first of which counts.
    pub(super) fn servers(&self) -> impl Iterator<Item = &str> {
        let aliases = if self.is_hub() { &["index.docker.io", "docker.io"][..] } else { &[] };
        std::iter::once(self.server()).chain(aliases.iter().copied())
    }

    fn is_hub(&self) -> bool {
        self.host == HUB[0]
    }

    /// Those of `items` whose key is for the target, the best one first.
    pub(super) fn sort<T: Copy>(
        &self,
        items: impl Iterator<Item = T>,
        key: impl Fn(&T) -> &str,
    ) -> Vec<T> {
        let fits = items.filter_map(|item| Some((self.fit(key(&item))?, item)));
        let mut fits: Vec<(Fit, T)> = fits.collect();
        fits.sort_by_key(|(fit, _)| *fit);
        fits.into_iter().map(|(_, item)| item).collect()
    }

    /// How well `key` fits; `None` for a key of another registry or another path.
    fn fit(&self, key: &str) -> Option<Fit> {
        let Key { scheme, host, path } = Key::of(key);
        let rest = self.path.strip_prefix(path)?;
        if !(path.is_empty() || rest.is_empty() || rest.starts_with('/')) {
            return None;
        }
        let form = match scheme {
            _ if canonical(host) != self.host => {
                is_match(&host.to_ascii_lowercase(), &self.host).then_some(Form::Pattern)?
            }
            Some(Scheme::Https) => Form::Https,
            Some(Scheme::Http) => Form::Http,
            None if host == self.domain && !key.ends_with('/') => Form::Exact,
            None => Form::Alias,
        };
        let known = host.bytes().filter(|byte| *byte != b'*').count();
        let known = if form == Form::Pattern { known } else { 0 };
        Some((Reverse(path.len()), form, Reverse(known)))
    }
}

#[derive(Clone, Copy)]
enum Scheme {
    Http,
    Https,
}

/// A key in its parts.
struct Key<'k> {
    scheme: Option<Scheme>,
    host: &'k str,
    path: &'k str,
}

impl<'k> Key<'k> {
    fn of(key: &'k str) -> Self {
        let (scheme, rest) = match (key.strip_prefix("https://"), key.strip_prefix("http://")) {
            (Some(rest), _) => (Some(Scheme::Https), rest),
            (_, Some(rest)) => (Some(Scheme::Http), rest),
            _ => (None, key),
        };
        let bare = rest.trim_end_matches('/');
        let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
        // Without both it is a namespace of that name.
        let is_url = scheme.is_some() || bare.len() < rest.len();
        let path = if is_url && matches!(path, "v1" | "v2") { "" } else { path };
        Self { scheme, host, path }
    }
}

/// `host` in small letters, and one name for Docker Hub.
fn canonical(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    if HUB.contains(&host.as_str()) { HUB[0].to_owned() } else { host }
}

/// Whether `host` has the labels and the port of `pattern`, where `*` is any part of one label.
fn is_match(pattern: &str, host: &str) -> bool {
    let (pattern, port) = split_port(pattern);
    let (host, wanted) = split_port(host);
    let (labels, found) = (pattern.split('.'), host.split('.'));
    port == wanted
        && labels.clone().count() == found.clone().count()
        && labels.zip(found).all(|(label, found)| is_label(label.as_bytes(), found.as_bytes()))
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    host.rsplit_once(':').map_or((host, None), |(host, port)| (host, Some(port)))
}

fn is_label(pattern: &[u8], label: &[u8]) -> bool {
    let Some(at) = pattern.iter().position(|byte| *byte == b'*') else { return pattern == label };
    let (head, tail) = (&pattern[..at], &pattern[at + 1..]);
    let Some(rest) = label.strip_prefix(head) else { return false };
    (0..=rest.len()).any(|skipped| is_label(tail, &rest[skipped..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(image: &str) -> Target {
        let (domain, path) = image.split_once('/').unwrap();
        Target::of(&Repository { domain: domain.to_owned(), path: path.to_owned() }).unwrap()
    }

    #[test]
    fn keys_are_for_what_is_below_them() {
        for (image, keys) in [
            // The longest path first, then the clearest name.
            (
                "h:1/a/b/c",
                &[
                    "h:1/a/b/c",
                    "h:1/a/b",
                    "https://h:1/a/b/",
                    "h:1/a",
                    "h:1",
                    "https://h:1",
                    "https://h:1/",
                    "https://h:1/v1/",
                    "https://h:1/v2/",
                    "https://h:1/v2",
                    "h:1/",
                    "h:1/v1/",
                    "h:1/v2/",
                    "H:1",
                    "http://h:1",
                    "http://h:1/v1/",
                    "*:1",
                ][..],
            ),
            (
                "docker.io/library/nginx",
                &[
                    "docker.io/library/nginx",
                    "docker.io/library",
                    "index.docker.io/library",
                    "docker.io",
                    "https://index.docker.io/v1/",
                    "https://docker.io",
                    "https://registry-1.docker.io/v2/",
                    "index.docker.io",
                    "registry-1.docker.io",
                    "*.io",
                ],
            ),
            ("registry-1.docker.io/a/b", &["registry-1.docker.io", "https://index.docker.io/v1/"]),
            ("h/v2/a", &["h/v2", "h", "h/v2/", "*"]),
            ("[::1]:5000/a", &["[::1]:5000"]),
            (
                "1.dkr.ecr.eu.amazonaws.com/a",
                &[
                    "1.dkr.ecr.eu.amazonaws.com",
                    "*.dkr.ecr.eu.amazonaws.com",
                    "*.dkr.ecr.*.amazonaws.com",
                ],
            ),
            ("127.0.0.1:5002/a", &["127.0.0.*:5002", "*.*.*.*:5002"]),
            ("my-reg.azurecr.io/a/b", &["my*.azurecr.io/a", "m*-r*g.azurecr.io", "*.azurecr.io"]),
            ("Reg.io/a", &["Reg.io", "reg.io"]),
        ] {
            let target = target(image);
            let fits = keys.iter().map(|key| target.fit(key).ok_or(key));
            let fits: Vec<_> = fits.collect::<Result<_, _>>().unwrap();
            assert!(fits.is_sorted(), "{image} {fits:?}");
            let best = target.sort(keys.iter().rev(), |key| key)[0];
            assert_eq!(*best, keys[0], "{image}");
        }
    }

    #[test]
    fn keys_are_for_nothing_else() {
        for (image, keys) in [
            (
                "h/a/b",
                &[
                    "h/a/b/c",
                    "h/a/bc",
                    "h/b",
                    "h/other/x",
                    "h/ab",
                    "h:1",
                    "h:443",
                    "g",
                    "",
                    "/",
                    "*.*",
                    "https://",
                    "https://h/b",
                    "https://h/a/b/v2/",
                    "h/A",
                    "user@h",
                    "h/a/b:tag",
                    "a",
                    "//h",
                    "h.",
                    ".h",
                    "https://h/api/v1/",
                    "h/v2",
                    "h/v1",
                ][..],
            ),
            ("h/team-a/web", &["h/team", "h/team-a/we", "https://h/t", "h/team-/"]),
            ("x.y.io/a", &["*.io", "*.*.*.io", "**", "y.io", "*.y.io:443", "*.y.io/b", "x.*"]),
            ("x.io:5/a", &["*.io", "x.io", "*.io:*", "x.io:55", "*.io:55"]),
            (
                "docker.io/library/nginx",
                &["docker.io/nginx", "https://index.docker.io/v1/access-token"],
            ),
            ("quay.io/a", &["docker.io", "https://index.docker.io/v1/"]),
            ("docker.io.evil.com/a", &["docker.io", "*.io", "https://index.docker.io/v1/"]),
        ] {
            for key in keys {
                assert!(target(image).fit(key).is_none(), "{image} {key}");
            }
        }
    }

    #[test]
    fn helpers_know_registries_by_name() {
        let hub = target("docker.io/a/b");
        let names: Vec<_> = hub.servers().collect();
        assert_eq!(names, ["https://index.docker.io/v1/", "index.docker.io", "docker.io"]);
        assert_eq!(target("GHCR.io:1/a").servers().collect::<Vec<_>>(), ["GHCR.io:1"]);
    }

    #[test]
    fn no_registry_has_no_keys() {
        let nowhere = Repository { domain: String::new(), path: "my_mirror.io/a".to_owned() };
        assert!(Target::of(&nowhere).is_none());
    }
}
