//! The request: from where, to where, what, and how. The command line's flags and the function's
//! configuration are both this.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::objects::{FieldSpec, ImageEntry};

/// The API group and version of everything that this project reads or writes as an object.
pub const API_VERSION: &str = "kubectl-promote.dev/v1alpha1";

/// What is to be promoted, and how
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Promotion {
    /// The overlay that versions come from: a directory or its kustomization file, or `PATH@REV`, the
    /// overlay as it was at a Git revision
    pub from: String,
    /// The overlays that versions go to
    pub to: Vec<String>,
    /// Kinds to promote: all where none is named
    #[cfg_attr(test, schemars(extend("items" = known_kinds())))]
    pub kinds: Vec<String>,
    /// Globs on keys: only fields that match one of them, each optionally `KIND=GLOB`
    pub only: Vec<String>,
    /// Globs on keys: no field that matches one of them, each optionally `KIND=GLOB`
    pub except: Vec<String>,
    /// Create what only the source has
    pub add: bool,
    /// Let a version go back to an older one
    pub allow_downgrade: bool,
    /// Whether the target keeps its own `newName`
    pub new_name: NewName,
    /// Replace the old version inside inline patches and generator literals of the same file too
    pub follow: bool,
    /// Kinds whose moving names become what they are now: tags digests, branches and tags commits
    pub pin: Vec<Pin>,
    /// Who knows the digests of images: no part of the object, since a function asks no cluster.
    #[serde(skip)]
    pub digest_from: DigestFrom,
    /// Promote an image only when the target's repository has it; `pin: [images]` implies it
    pub require_present: bool,
    /// Values given here instead of taken from a source, as kustomize's `images`: rendered objects only
    pub images: Vec<ImageEntry>,
    /// Further places of images, as in kustomize's `configurations`: rendered objects only
    pub field_specs: Vec<FieldSpec>,
    /// Under which name the rendered objects have an image of the source, where the target's own
    /// kustomization cannot tell: a mirror renamed it
    pub names: BTreeMap<String, String>,
}

impl Promotion {
    /// Whether fields of the kind `id` are to be pinned.
    pub fn pins(&self, id: &str) -> bool {
        self.pin.iter().any(|pin| pin.kind() == id)
    }

    /// Whether it may need to know what only the outside world knows.
    pub fn asks(&self) -> bool {
        self.require_present || !self.pin.is_empty()
    }

    /// Whether registries are asked about images.
    pub fn asks_registries(&self) -> bool {
        self.require_present || self.pins("images")
    }
}

/// Who knows which digest a tag is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DigestFrom {
    /// The registry: what the tag is now.
    #[default]
    Registry,
    /// The cluster of the source: what runs.
    Running,
}

/// What the schema says about an item of `kinds`.
#[cfg(test)]
fn known_kinds() -> serde_json::Value {
    let ids: Vec<_> = crate::kind::KINDS.iter().map(|kind| kind.id()).collect();
    serde_json::json!({ "type": "string", "enum": ids })
}

/// A kind that can be pinned
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Pin {
    /// Tags of images, to digests
    Images,
    /// Branches and tags of remote bases, to commits
    Refs,
}

impl Pin {
    /// The id of the kind.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Refs => "refs",
        }
    }
}

/// What happens to an image's `newName`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NewName {
    /// The target's own stays: its mirror
    #[default]
    Keep,
    /// The source's is promoted with the version, where the source has one
    Copy,
}

/// A promotion as an object: the configuration of the function
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, schemars(title = "Promotion"))]
pub struct PromotionObject {
    /// Always `kubectl-promote.dev/v1alpha1`
    #[cfg_attr(test, schemars(extend("const" = API_VERSION)))]
    pub api_version: String,
    /// Always `Promotion`
    #[cfg_attr(test, schemars(extend("const" = "Promotion")))]
    pub kind: String,
    /// The object's name
    pub metadata: Metadata,
    /// The request
    pub spec: Promotion,
}

/// The part of an object's metadata that tools ask for
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Metadata {
    /// A name
    pub name: String,
    /// Anything that the runner of the function needs
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub annotations: std::collections::BTreeMap<String, String>,
}
