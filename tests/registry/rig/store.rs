//! What a registry keeps, on disk. Several registries may have the same: one image pushed once is
//! then behind every kind of door.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::image::{Image, hex, sha256};

/// A directory with repositories that goes away in the end.
pub struct Store {
    dir: TempDir,
}

impl Store {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// Puts an image there as a registry would: for hundreds of repositories at once.
    pub fn publish(&self, repository: &str, tag: &str, image: &Image) {
        let own = self.home().join("repositories").join(repository);
        for blob in &image.blobs {
            self.blob(blob);
            link(&own.join("_layers"), blob);
        }
        for child in &image.children {
            self.blob(&child.manifest);
            link(&own.join("_manifests/revisions"), &child.manifest);
            for blob in &child.blobs {
                self.blob(blob);
                link(&own.join("_layers"), blob);
            }
        }
        self.blob(&image.manifest);
        link(&own.join("_manifests/revisions"), &image.manifest);
        let tag = own.join("_manifests/tags").join(tag);
        link(&tag.join("index"), &image.manifest);
        write(&tag.join("current/link"), sha256(&image.manifest).as_bytes());
    }

    /// The bytes that the registry itself keeps for a tag.
    pub fn manifest(&self, repository: &str, tag: &str) -> Vec<u8> {
        let tags = self.home().join("repositories").join(repository).join("_manifests/tags");
        let digest = fs::read_to_string(tags.join(tag).join("current/link")).unwrap();
        let hex = digest.strip_prefix("sha256:").unwrap();
        fs::read(self.blob_path(hex)).unwrap()
    }

    fn home(&self) -> PathBuf {
        self.root().join("docker/registry/v2")
    }

    fn blob_path(&self, hex: &str) -> PathBuf {
        self.home().join("blobs/sha256").join(&hex[..2]).join(hex).join("data")
    }

    fn blob(&self, bytes: &[u8]) {
        let path = self.blob_path(&hex(bytes));
        if !path.exists() {
            write(&path, bytes);
        }
    }
}

/// A file whose place and content name what it points to.
fn link(below: &Path, bytes: &[u8]) {
    write(&below.join("sha256").join(hex(bytes)).join("link"), sha256(bytes).as_bytes());
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}
