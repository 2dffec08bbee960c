//! Images, written by hand: what a registry keeps of them, and the digests that they have.

use std::fs;
use std::path::Path;
use std::process::Command;

use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

/// Whose media types a manifest has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Oci,
    Docker,
}

/// A manifest, and all that it names.
#[derive(Clone)]
pub struct Image {
    pub manifest: Vec<u8>,
    pub media_type: &'static str,
    /// Configuration and layers.
    pub blobs: Vec<Vec<u8>>,
    /// The images of an index.
    pub children: Vec<Self>,
}

/// An operating system and an architecture.
pub type Platform<'t> = (&'t str, &'t str);

impl Image {
    /// One image with one file in it, which says `content`.
    pub fn single(format: Format, (os, architecture): Platform<'_>, content: &str) -> Self {
        let [manifest, config, layer] = match format {
            Format::Oci => [
                "application/vnd.oci.image.manifest.v1+json",
                "application/vnd.oci.image.config.v1+json",
                "application/vnd.oci.image.layer.v1.tar",
            ],
            Format::Docker => [
                "application/vnd.docker.distribution.manifest.v2+json",
                "application/vnd.docker.container.image.v1+json",
                "application/vnd.docker.image.rootfs.diff.tar",
            ],
        };
        let tar = tar(content);
        let settings = json!({
            "architecture": architecture, "os": os, "config": {},
            "rootfs": {"type": "layers", "diff_ids": [sha256(&tar)]},
        });
        let settings = settings.to_string().into_bytes();
        let text = json!({
            "schemaVersion": 2, "mediaType": manifest,
            "config": descriptor(config, &settings), "layers": [descriptor(layer, &tar)],
        });
        Self::new(&text, manifest, vec![settings, tar], Vec::new())
    }

    /// An index of images.
    pub fn index(format: Format, children: Vec<(Platform<'_>, Self)>) -> Self {
        let index = match format {
            Format::Oci => "application/vnd.oci.image.index.v1+json",
            Format::Docker => "application/vnd.docker.distribution.manifest.list.v2+json",
        };
        let entries = children.iter().map(|((os, architecture), child)| {
            let mut entry = descriptor(child.media_type, &child.manifest);
            entry["platform"] = json!({"os": os, "architecture": architecture});
            entry
        });
        let entries: Vec<_> = entries.collect();
        let text = json!({"schemaVersion": 2, "mediaType": index, "manifests": entries});
        let children = children.into_iter().map(|(_, child)| child).collect();
        Self::new(&text, index, Vec::new(), children)
    }

    fn new(
        text: &Value,
        media_type: &'static str,
        blobs: Vec<Vec<u8>>,
        children: Vec<Self>,
    ) -> Self {
        // Not as programs write JSON: whoever writes it anew gets another digest.
        Self { manifest: format!("{text:#}\n").into_bytes(), media_type, blobs, children }
    }

    /// Its digest, from its bytes.
    pub fn digest(&self) -> String {
        sha256(&self.manifest)
    }

    /// Pushes it with skopeo, which reads it from a directory and must not change a byte.
    pub fn push(&self, host: &str, name: &str) {
        let dir = tempfile::tempdir().unwrap();
        self.write(dir.path(), "manifest.json");
        skopeo(&[
            "copy",
            "--insecure-policy",
            "--all",
            "--preserve-digests",
            "--dest-tls-verify=false",
            &format!("dir:{}", dir.path().display()),
            &format!("docker://{host}/{name}"),
        ]);
    }

    /// As skopeo's `dir:` has it.
    fn write(&self, dir: &Path, name: &str) {
        fs::write(dir.join(name), &self.manifest).unwrap();
        for blob in &self.blobs {
            fs::write(dir.join(hex(blob)), blob).unwrap();
        }
        for child in &self.children {
            child.write(dir, &format!("{}.manifest.json", hex(&child.manifest)));
        }
    }
}

/// What skopeo prints, which has to succeed.
pub fn skopeo(args: &[&str]) -> Vec<u8> {
    let output = Command::new("skopeo").args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "skopeo {args:?}: {said}");
    output.stdout
}

/// The digest of these bytes.
pub fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(bytes))
}

/// The same without the algorithm.
pub fn hex(bytes: &[u8]) -> String {
    let digest = digest(&SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": sha256(bytes), "size": bytes.len()})
}

/// An archive with the file `content` in it.
fn tar(content: &str) -> Vec<u8> {
    let mut head = [0_u8; 512];
    head[..7].copy_from_slice(b"content");
    head[100..107].copy_from_slice(b"0000644");
    head[108..115].copy_from_slice(b"0000000");
    head[116..123].copy_from_slice(b"0000000");
    head[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    head[136..147].copy_from_slice(b"00000000000");
    head[156] = b'0';
    head[257..265].copy_from_slice(b"ustar\x0000");
    // The sum counts its own field as spaces.
    head[148..156].fill(b' ');
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut tar = head.to_vec();
    tar.extend(content.as_bytes());
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    tar
}
