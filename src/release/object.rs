//! The form of a release, for its schema alone: releases are read through the span layer, as
//! kustomizations are. A test keeps the two the same.

#![allow(dead_code, reason = "the form is what it is for")]

use schemars::JsonSchema;

use crate::promotion::{API_VERSION, Metadata};

/// The versions of an overlay at one moment
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Release")]
pub(crate) struct ReleaseObject {
    /// Always `kubectl-promote.dev/v1alpha1`
    #[schemars(extend("const" = API_VERSION))]
    api_version: String,
    /// Always `Release`
    #[schemars(extend("const" = super::KIND))]
    kind: String,
    /// The object's name; the annotation `config.kubernetes.io/local-config` keeps it from clusters
    metadata: Metadata,
    /// The versions
    spec: Release,
}

/// Versions, in the form that they have in a kustomization
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[derive(Default)]
struct Release {
    /// Where they were taken from
    source: Source,
    /// Images with their tags and digests
    images: Vec<Image>,
    /// Remote bases with their refs, and URLs of files with versions
    resources: Vec<String>,
    /// Remote components with their refs
    components: Vec<String>,
    /// The older name of `resources`
    bases: Vec<String>,
    /// Charts with their versions
    helm_charts: Vec<Chart>,
    /// Charts in their older form
    helm_chart_inflation_generator: Vec<OlderChart>,
}

/// Where versions were taken from
#[derive(JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Source {
    /// The overlay's directory, in its Git repository where it has one
    path: String,
    /// The commit that holds exactly these versions, where there is one
    commit: String,
}

/// An image and its version
#[derive(JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Image {
    /// The image's name, as the manifests have it
    name: String,
    /// Where the overlay takes it from instead
    #[serde(default)]
    new_name: String,
    /// Its tag
    #[serde(default)]
    new_tag: String,
    /// Its digest
    #[serde(default)]
    digest: String,
}

/// A Helm chart and its version
#[derive(JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Chart {
    /// The chart's name
    name: String,
    /// The URL of its repository
    #[serde(default)]
    repo: String,
    /// Its version
    #[serde(default)]
    version: String,
    /// What it is installed as
    #[serde(default)]
    release_name: String,
}

/// A Helm chart and its version, in the older form
#[derive(JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OlderChart {
    /// The chart's name
    chart_name: String,
    /// The URL of its repository
    #[serde(default)]
    chart_repo_url: String,
    /// Its version
    #[serde(default)]
    chart_version: String,
    /// What it is installed as
    #[serde(default)]
    release_name: String,
}

#[cfg(test)]
mod tests {
    use super::super::form::FIELDS;
    use super::*;

    #[test]
    fn its_fields_are_those_that_are_read() {
        let schema = serde_json::to_value(schemars::schema_for!(Release)).unwrap();
        assert_eq!(schema["properties"].as_object().unwrap().len(), FIELDS.len());
        for (name, fields) in FIELDS {
            let property = &schema["properties"][name];
            let form = if name == "source" { property } else { &property["items"] };
            let Some(inner) = form["$ref"].as_str() else {
                assert_eq!((form["type"].as_str(), fields.len()), (Some("string"), 0), "{name}");
                continue;
            };
            let inner = &schema["$defs"][inner.trim_start_matches("#/$defs/")];
            let mut known: Vec<_> = inner["properties"].as_object().unwrap().keys().collect();
            let mut read = fields.to_vec();
            known.sort();
            read.sort_unstable();
            assert_eq!(known, read, "{name}");
            assert_eq!(inner["additionalProperties"], false, "{name}");
            if name != "source" {
                assert_eq!(inner["required"], serde_json::json!([fields[0]]), "{name}");
            }
        }
    }
}
