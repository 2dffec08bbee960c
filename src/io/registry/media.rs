//! Manifests: their media types, and whether a body is what it is said to be.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::trouble::printable;

/// All that is asked for: the manifests and indexes of Docker and OCI. Without them registries
/// answer in a form of 2014 that has other digests.
pub(super) const ACCEPT: &str = "application/vnd.docker.distribution.manifest.v2+json, \
     application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, \
     application/vnd.oci.image.index.v1+json";

/// What a manifest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// Of one image.
    Manifest,
    /// A list of manifests.
    Index,
}

/// The platforms of an index, each once, and no more of them than anybody builds for.
#[derive(Clone, Debug, Default)]
pub(super) struct Platforms(pub(super) BTreeSet<Runs>);

/// The most platforms of an index.
const PLATFORMS: usize = 1000;

/// One manifest of an index.
#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    platform: Option<Runs>,
}

/// What an image runs on: in an index, and in an image's configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Runs {
    /// The operating system.
    #[serde(default)]
    pub(super) os: String,
    /// The processor.
    #[serde(default)]
    pub(super) architecture: String,
    /// Which one of its kind.
    #[serde(default)]
    pub(super) variant: Option<String>,
}

/// What an image is configured with.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Config {
    /// Where that is.
    pub(super) digest: String,
}

/// A manifest that has been read.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// One image.
    Manifest(Config),
    /// A list of images.
    Index(Platforms),
}

/// What is looked at of both.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    schema_version: u32,
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    config: Option<Config>,
    #[serde(default)]
    layers: Option<Vec<IgnoredAny>>,
    #[serde(default)]
    manifests: Option<Platforms>,
}

impl Media {
    /// What the header `content_type` says, whatever parameters it has.
    pub(super) fn of(content_type: &str) -> Option<Self> {
        let media = content_type.split(';').next().unwrap_or_default().trim();
        match media.to_ascii_lowercase().as_str() {
            "application/vnd.docker.distribution.manifest.v2+json"
            | "application/vnd.oci.image.manifest.v1+json" => Some(Self::Manifest),
            "application/vnd.docker.distribution.manifest.list.v2+json"
            | "application/vnd.oci.image.index.v1+json" => Some(Self::Index),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Platforms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Collect)
    }
}

/// Keeps nothing of an entry but its platform: an index may have very many of them.
struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Platforms;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("manifests")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Platforms, A::Error> {
        let mut platforms = BTreeSet::new();
        while let Some(entry) = entries.next_element::<Entry>()? {
            let known = entry.platform.filter(Runs::is_known);
            platforms.extend(known.filter(|_| platforms.len() < PLATFORMS));
        }
        Ok(Platforms(platforms))
    }
}

/// Reads `body`, which was sent as `content_type`.
///
/// # Errors
/// What it is instead of a manifest.
pub(super) fn read(content_type: &str, body: &[u8]) -> Result<Body, String> {
    let media = Media::of(content_type).ok_or_else(|| other(content_type))?;
    if body.is_empty() {
        return Err("an empty body".to_owned());
    }
    let other_form = || "a body that is no manifest".to_owned();
    // Serde reads lists as objects, in the order of their fields.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let form = serde_json::from_slice(body).ok().filter(|_| is_object);
    let form: Form = form.ok_or_else(other_form)?;
    if form.schema_version != 2 {
        return Err(format!("a manifest of version {}", form.schema_version));
    }
    let bare = content_type.split(';').next().unwrap_or_default().trim();
    if let Some(inner) = form.media_type.filter(|inner| !inner.eq_ignore_ascii_case(bare)) {
        let inner = printable(&inner, 100);
        return Err(format!("`{bare}` that says of itself to be `{inner}`"));
    }
    match (media, form.config, form.layers, form.manifests) {
        (Media::Manifest, Some(config), Some(_), None) => Ok(Body::Manifest(config)),
        (Media::Index, None, None, Some(platforms)) => Ok(Body::Index(platforms)),
        _ => Err(format!("`{bare}` that is none")),
    }
}

/// What `content_type` is, which is no manifest.
pub(super) fn other(content_type: &str) -> String {
    match content_type.trim() {
        "" => "something without a media type".to_owned(),
        other => format!("`{}`, which is no manifest", printable(other, 100)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
    const INDEX: &str = "application/vnd.oci.image.index.v1+json";

    #[test]
    fn media_types_have_parameters_and_capitals() {
        for (text, expected) in [
            (OCI, Some(Media::Manifest)),
            (INDEX, Some(Media::Index)),
            (
                "application/vnd.docker.distribution.manifest.v2+json; charset=utf-8",
                Some(Media::Manifest),
            ),
            ("Application/vnd.docker.distribution.manifest.list.v2+JSON", Some(Media::Index)),
            ("application/vnd.docker.distribution.manifest.v1+prettyjws", None),
            ("application/json", None),
            ("text/html", None),
            ("", None),
        ] {
            assert_eq!(Media::of(text), expected, "{text}");
        }
    }

    #[test]
    fn platforms_are_counted_once() {
        let entry = r#"{"platform":{"os":"linux","architecture":"amd64"}}"#;
        let unknown = r#"{"platform":{"os":"unknown","architecture":"unknown"}},{}"#;
        let all = vec![entry; 5000].join(",");
        let text = format!(r#"{{"schemaVersion":2,"manifests":[{all},{unknown}]}}"#);
        let Ok(Body::Index(platforms)) = read(INDEX, text.as_bytes()) else { panic!() };
        assert_eq!(platforms.0.iter().map(Runs::to_string).collect::<Vec<_>>(), ["linux/amd64"]);
    }

    #[test]
    fn a_body_is_what_it_is_said_to_be() {
        let manifest = r#"{"schemaVersion":2,"config":{"digest":"sha256:a"},"layers":[{"x":1}]}"#;
        let index = r#"{"schemaVersion":2,"manifests":[{"platform":{"os":"linux","architecture":"arm","variant":"v7"}},{}]}"#;
        let named = format!(
            r#"{{"schemaVersion":2,"mediaType":"{OCI}","config":{{"digest":"a"}},"layers":[]}}"#
        );
        for (media, body, problem) in [
            (OCI, manifest, ""),
            (OCI, &named, ""),
            (INDEX, index, ""),
            ("application/vnd.docker.distribution.manifest.v2+json", &named, "says of itself"),
            (INDEX, manifest, "that is none"),
            (OCI, index, "that is none"),
            (OCI, "", "empty"),
            (OCI, "<html>", "no manifest"),
            (OCI, "{}", "no manifest"),
            (OCI, r#"[2,null,{"digest":"a"},[]]"#, "no manifest"),
            (OCI, r#"{"schemaVersion":1}"#, "version 1"),
            (OCI, r#"{"schemaVersion":2}"#, "that is none"),
            (OCI, r#"{"schemaVersion":2,"config":{},"layers":[]}"#, "no manifest"),
            ("text/html", manifest, "`text/html`"),
            ("", manifest, "without a media type"),
        ] {
            let found = read(media, body.as_bytes()).err().unwrap_or_default();
            assert!(
                found.contains(problem) && found.is_empty() == problem.is_empty(),
                "{body}: {found}"
            );
        }
    }
}
