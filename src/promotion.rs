//! The request: from where, to where, what, and how. The command line's flags and the function's
//! configuration are both this.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The API group and version of everything that this project reads or writes as an object.
pub const API_VERSION: &str = "kubectl-promote.dev/v1alpha1";

/// What is to be promoted, and how
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Promotion {
    /// The overlay that versions come from: a directory or its kustomization file, or `PATH@REV`, the
    /// overlay as it was at a Git revision
    pub from: String,
    /// The overlays that versions go to
    pub to: Vec<String>,
    /// Kinds to promote: all where none is named
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
}

/// What happens to an image's `newName`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NewName {
    /// The target's own stays: its mirror
    #[default]
    Keep,
    /// The source's is promoted with the version, where the source has one
    Copy,
}

/// A promotion as an object: the configuration of the function
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Promotion")]
pub struct PromotionObject {
    /// Always `kubectl-promote.dev/v1alpha1`
    #[schemars(extend("const" = API_VERSION))]
    pub api_version: String,
    /// Always `Promotion`
    #[schemars(extend("const" = "Promotion"))]
    pub kind: String,
    /// The object's name
    pub metadata: Metadata,
    /// The request
    pub spec: Promotion,
}

/// The part of an object's metadata that tools ask for
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Metadata {
    /// A name
    pub name: String,
    /// Anything that the runner of the function needs
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub annotations: std::collections::BTreeMap<String, String>,
}
