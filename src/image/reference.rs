//! Image references as Docker reads them: which registry, which repository, which tag or digest.
//!
//! Equal to `ParseNormalizedNamed` of github.com/distribution/reference (`reference.go`,
//! `normalize.go`, `regexp.go`), except that nothing is filled in: no tag is no tag, never `latest`.

use std::fmt;

/// A repository in a registry, in its canonical form. The order is that of registry, then path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    /// The registry's host, with its port where it has one; `docker.io` for Docker Hub.
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

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.domain, self.path)
    }
}
