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
use support::{BINARY, Run, Sandbox, files, root};

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

/// Every object of ours in an example is one by its schema.
#[test]
fn the_examples_keep_to_the_schemas() {
    let mut seen = 0;
    for (path, bytes) in files(&root().join("krm/examples")) {
        let Ok(object) = serde_yaml::from_slice::<Value>(&bytes) else { continue };
        if object["apiVersion"] != "kubectl-promote.dev/v1alpha1" {
            continue;
        }
        let schema = schema(&object["kind"].as_str().unwrap().to_lowercase());
        assert_eq!(is_valid(&object, &schema, &schema), Ok(()), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 6, "only {seen} objects of ours were seen");
}

/// What the function takes for a Promotion is one by the schema, and nothing else is. Where the schema is
/// the stricter one, tools are: they want names.
#[test]
fn the_schema_of_a_promotion_says_what_the_function_takes() {
    let sandbox = Sandbox::new();
    sandbox.write("kustomization.yaml", "images:\n- {name: web, newTag: v1}\n");
    sandbox.write("dev/kustomization.yaml", "images:\n- {name: web, newTag: v2}\n");
    let (head, schema) = (head("Promotion"), schema("promotion"));
    for (spec, is_one) in [
        ("{from: dev}", true),
        ("{from: dev, to: [.], kinds: [images, refs, charts], only: [w*], except: []}", true),
        ("{from: dev, add: true, allowDowngrade: false, follow: true, newName: copy}", true),
        ("{from: dev, names: {web: w}, fieldSpecs: [{path: a/b, kind: A, create: true}]}", true),
        ("{images: [{name: web, newTag: '1.10', newName: w, digest: 'sha256:a'}]}", true),
        ("{images: [{name: web, tagSuffix: -x}], pin: [], requirePresent: false}", true),
        ("", false),
        ("[]", false),
        ("{form: dev}", false),
        ("{from: 1.10}", false),
        ("{from: null}", false),
        ("{from: dev, to: .}", false),
        ("{from: dev, to: null}", false),
        ("{from: dev, kinds: [image]}", false),
        ("{from: dev, kinds: images}", false),
        ("{from: dev, only: [1]}", false),
        ("{from: dev, add: 'true'}", false),
        ("{from: dev, add: null}", false),
        ("{from: dev, newName: move}", false),
        ("{from: dev, pin: [charts]}", false),
        ("{from: dev, names: [web]}", false),
        ("{from: dev, names: {web: 1}}", false),
        ("{from: dev, fieldSpecs: [{kind: A}]}", false),
        ("{from: dev, fieldSpecs: [{paths: a}]}", false),
        ("{from: dev, images: [{newTag: v1}]}", false),
        ("{from: dev, images: [{name: web, newTag: 1.10}]}", false),
        ("{from: dev, images: [{name: web, newTag: null}]}", false),
        ("{from: dev, images: [{name: web, tag: v1}]}", false),
    ] {
        let config = format!("{head}spec: {spec}\n");
        let object: Value = serde_yaml::from_str(&config).unwrap();
        assert_eq!(is_valid(&object, &schema, &schema).is_ok(), is_one, "{spec}: the schema");
        let list = format!(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- {{apiVersion: v1, kind: Pod, metadata: {{name: x}}}}\nfunctionConfig:\n  {}\n",
            config.replace('\n', "\n  ").trim_end()
        );
        sandbox.write("list.yaml", list);
        let mut command = sandbox.command(BINARY);
        let list = fs::File::open(sandbox.join("list.yaml")).unwrap();
        let run = Run::of(command.arg("fn").stdin(list));
        assert_eq!(run.code == 0, is_one, "{spec}: {run:?}");
    }
}

/// The same about a Release, as a file that is promoted.
#[test]
fn the_schema_of_a_release_says_what_is_taken_for_one() {
    let sandbox = Sandbox::new();
    sandbox.write("prod/kustomization.yaml", "images:\n- {name: web, newTag: v1}\n");
    let (head, schema) = (head("Release"), schema("release"));
    for (rest, is_one) in [
        ("spec: {}", true),
        ("spec: {source: {path: a, commit: b}, images: [{name: web, newTag: '1.10'}]}", true),
        ("spec: {images: [{name: web, newName: w, digest: 'sha256:a'}]}", true),
        ("spec: {resources: ['https://github.com/a/b?ref=v1'], components: [], bases: []}", true),
        ("spec: {helmCharts: [{name: a, repo: b, version: c, releaseName: d}]}", true),
        ("spec: {helmChartInflationGenerator: [{chartName: a, chartVersion: v1}]}", true),
        ("spec:", false),
        ("{}", false),
        ("spec: []", false),
        ("spec: {}\nstatus: {}", false),
        ("spec: {image: []}", false),
        ("spec: {images: null}", false),
        ("spec: {images: {web: v1}}", false),
        ("spec: {images: [web]}", false),
        ("spec: {images: [{newTag: v1}]}", false),
        ("spec: {images: [{name: web, tag: v1}]}", false),
        ("spec: {images: [{name: web, newtag: v1}]}", false),
        ("spec: {images: [{name: web, newTag: 1.10}]}", false),
        ("spec: {images: [{name: web, newTag: null}]}", false),
        ("spec: {resources: [{url: a}]}", false),
        ("spec: {resources: [1]}", false),
        ("spec: {source: a}", false),
        ("spec: {source: {path: a, commit: 1234567}}", false),
        ("spec: {helmCharts: [{name: a, version: 1.0}]}", false),
        ("spec: {helmCharts: [{name: a, namespace: b}]}", false),
        ("spec: {helmChartInflationGenerator: [{name: a}]}", false),
    ] {
        let text = format!("{head}{rest}\n");
        // No object at all is none by the schema either.
        let object: Value = serde_yaml::from_str(&text).unwrap_or_default();
        assert_eq!(is_valid(&object, &schema, &schema).is_ok(), is_one, "{rest}: the schema");
        sandbox.write("r.yaml", text);
        let run = sandbox.promote(&["r.yaml", "prod", "--dry-run"]);
        assert_eq!(run.code == 0, is_one, "{rest}: {run:?}");
    }
}

fn head(kind: &str) -> String {
    format!("apiVersion: kubectl-promote.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: x}}\n")
}

fn schema(name: &str) -> Value {
    let path = root().join(format!("krm/{name}.schema.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Whether `value` is as `schema`, a part of `whole`, wants it: the words of JSON Schema that our own
/// schemas use, and no others.
fn is_valid(value: &Value, schema: &Value, whole: &Value) -> Result<(), String> {
    let wrong = |word: &str| Err(format!("{word}: {value}"));
    for (word, wanted) in schema.as_object().unwrap() {
        match word.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" => {}
            "$ref" => {
                let part = whole.pointer(wanted.as_str().unwrap().trim_start_matches('#'));
                is_valid(value, part.unwrap(), whole)?;
            }
            "type" if kind(value) != wanted => return wrong("type"),
            "const" if value != wanted => return wrong("const"),
            "enum" if !wanted.as_array().unwrap().contains(value) => return wrong("enum"),
            "type" | "const" | "enum" | "properties" => {}
            "oneOf" => {
                let all = wanted.as_array().unwrap().iter();
                if all.filter(|one| is_valid(value, one, whole).is_ok()).count() != 1 {
                    return wrong("oneOf");
                }
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    is_valid(item, wanted, whole)?;
                }
            }
            "required" => {
                let missing = |key: &&Value| value.get(key.as_str().unwrap()).is_none();
                if value.is_object() && wanted.as_array().unwrap().iter().any(|key| missing(&key)) {
                    return wrong("required");
                }
            }
            "additionalProperties" => {}
            word => panic!("{word} is not known here"),
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        match (&schema["properties"][key], &schema["additionalProperties"]) {
            (Value::Null, Value::Bool(false)) => return wrong(key),
            (Value::Null, Value::Null) => {}
            (Value::Null, other) => is_valid(inner, other, whole)?,
            (known, _) => is_valid(inner, known, whole)?,
        }
    }
    Ok(())
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
