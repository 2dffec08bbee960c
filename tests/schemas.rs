//! The schemas in `krm/` are those that the binary prints, and the examples keep to them.
//! `SNAPSHOTS=overwrite` writes the schemas anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;

use serde_json::Value;
use support::{Sandbox, files, root};

#[test]
fn the_committed_schemas_are_those_of_the_code() {
    for object in ["promotion", "release"] {
        let run = Sandbox::new().promote(&["schema", object]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        let path = root().join(format!("krm/{object}.schema.json"));
        if std::env::var("SNAPSHOTS").as_deref() == Ok("overwrite") {
            fs::write(&path, &run.stdout).unwrap();
        }
        let known = fs::read_to_string(&path).unwrap_or_default();
        assert!(known == run.stdout, "{} is stale: SNAPSHOTS=overwrite", path.display());
    }
}

#[test]
fn a_promotion_is_what_is_meant_without_a_name() {
    let of = |args: &[&str]| Sandbox::new().promote(args).stdout;
    assert_eq!(of(&["schema"]), of(&["schema", "promotion"]));
    assert_eq!(Sandbox::new().promote(&["schema", "plan"]).code, 2);
}

/// Every object of ours in an example has fields that its schema knows.
#[test]
fn the_examples_keep_to_the_schemas() {
    let mut seen = 0;
    for (path, bytes) in files(&root().join("krm/examples")) {
        let Ok(object) = serde_yaml::from_slice::<Value>(&bytes) else { continue };
        if object["apiVersion"] != "kubectl-promote.dev/v1alpha1" {
            continue;
        }
        let kind = object["kind"].as_str().unwrap();
        let schema = root().join(format!("krm/{}.schema.json", kind.to_lowercase()));
        let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
        assert_eq!(schema["properties"]["kind"]["const"], kind);
        let known = schema["$defs"][kind]["properties"].as_object().unwrap();
        for key in object["spec"].as_object().unwrap().keys() {
            assert!(known.contains_key(key), "{}: {key}", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 6, "only {seen} objects of ours were seen");
}
