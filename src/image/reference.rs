//! Image references as Docker reads them: which registry, which repository, which tag or digest.
//!
//! Equal to `ParseNormalizedNamed` of github.com/distribution/reference (`reference.go`,
//! `normalize.go`, `regexp.go`), except that nothing is filled in: no tag is no tag, never `latest`.

use std::fmt;

use super::grammar;

/// A repository in a registry, in its canonical form. The order is that of registry, then path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    /// The registry's host, with its port where it has one; `docker.io` for Docker Hub. Empty where
    /// the first part looks like a host and cannot be one (`my_mirror.io/web`): nobody can be asked.
    pub domain: String,
    /// The path there; `library/nginx` for Docker Hub's `nginx`.
    pub path: String,
}

/// A reference to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<'t> {
    /// Registry and repository, as the author spells them.
    pub name: &'t str,
    /// The same in canonical form.
    pub repository: Repository,
    /// The tag, without its colon.
    pub tag: Option<&'t str>,
    /// The digest with its algorithm, without its `@`.
    pub digest: Option<&'t str>,
}

/// Why a text is no reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Not of the form `[host[:port]/]path[:tag][@digest]`.
    Format,
    /// The repository has capital letters.
    Uppercase,
    /// The repository's path has more than 255 characters.
    TooLong,
    /// 64 hexadecimal digits, which are an image's id to Docker.
    Id,
    /// The digest has an algorithm that registries do not use.
    Algorithm,
    /// The digest is not as long as its algorithm's are.
    DigestLength,
}

/// The name of Docker Hub, and the one that it had when it was young.
const HUB: &str = "docker.io";
const OLD_HUB: &str = "index.docker.io";

/// Where Docker Hub has the images that have no owner.
const OFFICIAL: &str = "library/";

/// The most characters of a repository's path.
const LONGEST_PATH: usize = 255;

impl<'t> Reference<'t> {
    /// Reads `text`.
    ///
    /// # Errors
    /// Where Docker refuses it, with the same reason.
    pub fn parse(text: &'t str) -> Result<Self, Invalid> {
        if text.len() == 64 && text.bytes().all(grammar::is_lower_hex) {
            return Err(Invalid::Id);
        }
        let (domain, remainder) = split_domain(text);
        let end = remainder.find(':').unwrap_or(remainder.len());
        if grammar::has_capitals(&remainder[..end]) {
            return Err(Invalid::Uppercase);
        }
        let parts = Parts::of(domain, remainder).ok_or_else(|| excuse(domain, remainder))?;
        let repository = parts.repository();
        if repository.path.len() > LONGEST_PATH {
            return Err(Invalid::TooLong);
        }
        parts.digest.map_or(Ok(()), grammar::check_digest)?;
        let rest = remainder.len() - parts.path.len();
        let name = &text[..text.len() - rest];
        Ok(Self { name, repository, tag: parts.tag, digest: parts.digest })
    }
}

/// A reference taken to pieces that have the right form.
struct Parts<'t> {
    domain: &'t str,
    path: &'t str,
    tag: Option<&'t str>,
    digest: Option<&'t str>,
}

impl<'t> Parts<'t> {
    /// The pieces of `remainder` at `domain`; `None` where one of them has not the form that it must have.
    fn of(domain: &'t str, remainder: &'t str) -> Option<Self> {
        let (rest, digest) = split_once(remainder, '@');
        let (path, tag) = split_once(rest, ':');
        let fits = (grammar::is_domain(domain) || grammar::is_path(domain))
            && grammar::is_path(path)
            && tag.is_none_or(grammar::is_tag)
            && digest.is_none_or(grammar::is_digest);
        fits.then_some(Self { domain, path, tag, digest })
    }

    fn repository(&self) -> Repository {
        let Self { domain, path, .. } = self;
        if !grammar::is_domain(domain) {
            return Repository { domain: String::new(), path: format!("{domain}/{path}") };
        }
        let official = *domain == HUB && !path.contains('/');
        let prefix = if official { OFFICIAL } else { "" };
        Repository { domain: (*domain).to_owned(), path: format!("{prefix}{path}") }
    }
}

fn split_once(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// The domain of `text`, and what follows it.
fn split_domain(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some((OLD_HUB, rest)) => (HUB, rest),
        Some((first, rest)) if is_host(first) => (first, rest),
        _ => (HUB, text),
    }
}

/// Whether the first of several parts names a registry: it does with a dot, a colon or a capital
/// letter, which owners at Docker Hub cannot have, and `localhost` does.
pub(super) fn is_host(first: &str) -> bool {
    first == "localhost" || first.contains(['.', ':']) || grammar::has_capitals(first)
}

/// Why there are no parts: capital letters, if small ones were right.
fn excuse(domain: &str, remainder: &str) -> Invalid {
    let (domain, remainder) = (grammar::lower(domain), grammar::lower(remainder));
    match Parts::of(&domain, &remainder) {
        Some(_) => Invalid::Uppercase,
        None => Invalid::Format,
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => "it is not of the form `[host[:port]/]path[:tag][@digest]`",
            Self::Uppercase => "the repository has capital letters",
            Self::TooLong => "the repository's path has more than 255 characters",
            Self::Id => "64 hexadecimal digits are an image's id, not its name",
            Self::Algorithm => "the digest is none of `sha256`, `sha384` and `sha512`",
            Self::DigestLength => "the digest has not the length that its algorithm's digests have",
        })
    }
}

impl std::error::Error for Invalid {}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.domain, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_as_spelled() {
        for (text, name) in [
            ("nginx", "nginx"),
            ("nginx:1", "nginx"),
            ("index.docker.io/nginx:1", "index.docker.io/nginx"),
            ("localhost:5000", "localhost"),
            ("localhost:5000/web:1@sha256:", "localhost:5000/web"),
            ("Foo/web@sha256:", "Foo/web"),
        ] {
            let text = match text.strip_suffix("sha256:") {
                Some(_) => format!("{text}{}", "a".repeat(64)),
                None => text.to_owned(),
            };
            assert_eq!(Reference::parse(&text).unwrap().name, name, "{text}");
        }
    }

    #[test]
    fn a_host_that_cannot_be_one_is_no_registry() {
        let read = Reference::parse("my_mirror.io/web").unwrap();
        assert_eq!(read.repository.domain, "");
        assert_eq!(read.repository.path, "my_mirror.io/web");
    }
}
