//! Image names as kustomize splits them (`api/internal/image/image.go`, v5.8.1).

mod grammar;
pub mod reference;

/// An image: what comes before the tag, the tag, the digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'t> {
    /// Registry and repository, as written.
    pub name: &'t str,
    /// The tag, without its colon.
    pub tag: Option<&'t str>,
    /// The digest, without its `@`.
    pub digest: Option<&'t str>,
}

impl<'t> Image<'t> {
    /// Splits `text`. A colon before the first slash belongs to a port; everything behind the
    /// first `@` is the digest.
    pub fn split(text: &'t str) -> Self {
        let slash = text.find('/').filter(|at| *at > 0).map_or(0, |at| at + 1);
        let (path, digest) = match text[slash..].find('@') {
            Some(at) => (&text[..slash + at], Some(&text[slash + at + 1..])),
            None => (text, None),
        };
        let colon = path[slash..].find(':').map(|at| slash + at);
        let (name, tag) = match colon {
            Some(at) => (&path[..at], Some(&path[at + 1..])),
            None => (path, None),
        };
        Self { name, tag, digest }
    }
}

/// The repository without its registry host: what two mirrors of one image share.
///
/// The first segment is a host where Docker takes it for one; Docker Hub's `library/` is left out as
/// there.
pub fn without_host(name: &str) -> &str {
    let rest = match name.split_once('/') {
        Some((host, rest)) if reference::is_host(host) => rest,
        _ => name,
    };
    rest.strip_prefix("library/").unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_split_as_in_kustomize() {
        for (text, name, tag, digest) in [
            ("nginx", "nginx", None, None),
            ("nginx:1.27", "nginx", Some("1.27"), None),
            ("localhost:5000/nginx", "localhost:5000/nginx", None, None),
            (
                "localhost:5000/nginx:1@sha256:a",
                "localhost:5000/nginx",
                Some("1"),
                Some("sha256:a"),
            ),
            ("ghcr.io/a/b@sha256:a", "ghcr.io/a/b", None, Some("sha256:a")),
            ("a:1:2", "a", Some("1:2"), None),
            ("a/b@x:y@z", "a/b", None, Some("x:y@z")),
        ] {
            assert_eq!(Image::split(text), Image { name, tag, digest }, "{text}");
        }
    }

    #[test]
    fn mirrors_share_what_follows_the_host() {
        for name in [
            "nginx",
            "docker.io/library/nginx",
            "localhost/nginx",
            "mirror:5000/nginx",
            "Mirror/nginx",
        ] {
            assert_eq!(without_host(name), "nginx", "{name}");
        }
        assert_eq!(without_host("acme/web"), "acme/web");
    }
}
