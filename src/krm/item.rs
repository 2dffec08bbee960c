//! An item of the list: an object, or a file of a package.

use std::borrow::Cow;

use camino::Utf8Path;

use crate::overlay::is_kustomization;
use crate::yaml::outline::Part;

/// The scalars of an item that tell what it is, by their number.
pub(super) const SCALARS: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "annotations", "internal.config.kubernetes.io/path"],
    &["metadata", "annotations", "config.kubernetes.io/path"],
    &["metadata", "annotations", "internal.config.kubernetes.io/index"],
    &["metadata", "annotations", "config.kubernetes.io/index"],
    &["metadata", "annotations", "internal.config.kubernetes.io/package-path"],
    &["metadata", "annotations", "kustomize.config.k8s.io/id"],
];

/// One item.
#[derive(Debug)]
pub(super) struct Item<'t> {
    /// Where it stands.
    pub(super) part: Part,
    text: &'t str,
}

impl<'t> Item<'t> {
    pub(super) const fn new(part: Part, text: &'t str) -> Self {
        Self { part, text }
    }

    pub(super) fn api_version(&self) -> Option<&str> {
        self.part.scalar(0)
    }

    pub(super) fn kind(&self) -> Option<&str> {
        self.part.scalar(1)
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.part.scalar(2)
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        self.part.scalar(3)
    }

    /// The file that it is, or stands in: from its package.
    pub(super) fn path(&self) -> Option<&Utf8Path> {
        self.part.scalar(4).or_else(|| self.part.scalar(5)).map(Utf8Path::new)
    }

    /// Its number in that file.
    pub(super) fn index(&self) -> usize {
        let index = self.part.scalar(6).or_else(|| self.part.scalar(7));
        index.and_then(|index| index.parse().ok()).unwrap_or(0)
    }

    /// The directory of the package that [`Item::path`] begins in.
    pub(super) fn package(&self) -> Option<&Utf8Path> {
        self.part.scalar(8).map(Utf8Path::new)
    }

    /// kustomize's own object, which comes from no file.
    pub(super) fn is_rendered(&self) -> bool {
        self.part.scalar(9).is_some()
    }

    /// It is the file that makes a directory an overlay.
    pub(super) fn is_kustomization(&self) -> bool {
        let name = self.path().and_then(Utf8Path::file_name);
        name.is_some_and(is_kustomization)
    }

    /// Its text with every line in its column, and the offset in the input at which that begins.
    pub(super) fn sheet(&self) -> (Cow<'t, str>, usize) {
        self.part.sheet(self.text)
    }
}
