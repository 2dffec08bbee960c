//! The schemas in the tree are those that the binary prints, and the examples keep to them. That they
//! are those of the types is tested where the types are.
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

/// Every schema, and where it stands.
const SCHEMAS: &[(&str, &str)] = &[
    ("krm", "promotion"),
    ("krm", "release"),
    ("plugin", "plan"),
    ("plugin", "check"),
    #[cfg(feature = "cluster")]
    ("plugin", "running"),
];

#[test]
fn the_schemas_of_the_tree_are_printed() {
    for (dir, object) in SCHEMAS {
        let run = Sandbox::new().promote(&["schema", object]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        let path = root().join(format!("{dir}/{object}.schema.json"));
        assert_eq!(run.stdout, fs::read_to_string(path).unwrap());
    }
}

#[test]
fn a_promotion_is_what_is_meant_without_a_name() {
    let of = |args: &[&str]| Sandbox::new().promote(args).stdout;
    assert_eq!(of(&["schema"]), of(&["schema", "promotion"]));
    assert_eq!(Sandbox::new().promote(&["schema", "plans"]).code, 2);
}

/// What programs read is a contract: whoever changes it tells them.
#[test]
fn the_changelog_knows_every_form() {
    let changelog = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let forms = SCHEMAS.iter().map(|(_, object)| {
        let mut form = schema(object);
        without_prose(&mut form);
        let digest = ring::digest::digest(&ring::digest::SHA256, form.to_string().as_bytes());
        let digits = digest.as_ref()[..6].iter().map(|byte| format!("{byte:02x}"));
        format!("`{object}` {}", digits.collect::<String>())
    });
    let new: Vec<_> = forms.filter(|form| !changelog.contains(form)).collect();
    assert!(new.is_empty(), "say in CHANGELOG.md what changed, and that these are new: {new:?}");
}

/// Readers have to bear fields that they do not know; we print none that are not told.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.values_mut().for_each(closed);
            if map.contains_key("properties") {
                map.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(closed),
        _ => {}
    }
}

/// Descriptions may change.
fn without_prose(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.retain(|key, value| key != "description" || !value.is_string());
            map.values_mut().for_each(without_prose);
        }
        Value::Array(items) => items.iter_mut().for_each(without_prose),
        _ => {}
    }
}

/// What is printed is what the schemas say, whatever becomes of a run.
#[test]
fn what_is_printed_keeps_to_the_schemas() {
    let sandbox = Sandbox::new();
    let overlay = |entries: &str| {
        format!("resources: [https://github.com/acme/x?ref=v1]\nimages:\n{entries}")
    };
    sandbox.write(
        "dev/kustomization.yaml",
        overlay("- {name: web, newTag: v2}\n- {name: new, newTag: v1}\n"),
    );
    sandbox.write(
        "tst/kustomization.yaml",
        overlay("- {name: web, newTag: v1}\n- {name: old, newTag: v1}\n"),
    );
    sandbox.write("bad/kustomization.yaml", overlay("- &a {name: web, newTag: v1}\n- *a\n"));
    for (args, code, dry_run, written) in [
        (&["dev", "tst", "--dry-run"][..], 0, true, false),
        (&["diff", "dev", "tst"], 1, true, false),
        (&["diff", "dev", "bad"], 2, true, false),
        (&["dev", "bad", "--dry-run"], 1, true, false),
        (&["dev", "bad"], 1, false, false),
        (&["dev", "tst"], 0, false, true),
        (&["dev", "tst"], 0, false, false),
    ] {
        let run = sandbox.promote(&[args, &["-o", "json"]].concat());
        assert_eq!(run.code, code, "{args:?} {run:?}");
        let plan: Value = serde_json::from_str(&run.stdout).unwrap();
        let mut schema = schema("plan");
        closed(&mut schema);
        assert_eq!(is_valid(&plan, &schema, &schema), Ok(()), "{args:?} {plan:#}");
        assert_eq!((&plan["dryRun"], &plan["written"]), (&dry_run.into(), &written.into()));
    }
    // What nobody could plan is an object as well, with the reason that people read on stderr.
    sandbox.write("broken/kustomization.yaml", "images: [\n");
    for (args, code, message) in [
        (&["dev", "nowhere"][..], 1, "`nowhere` does not exist"),
        (&["diff", "nowhere", "tst"], 2, "`nowhere` does not exist"),
        (&["diff", "dev", "broken"], 2, "the file is not YAML: unclosed bracket '['"),
        (&["dev", "tst", "--kinds", "image"], 1, "there is no kind `image`"),
        (&["pin", "nowhere"], 1, "`nowhere` does not exist"),
        (&["check", "nowhere", "--from", "dev"], 1, "`nowhere` does not exist"),
        (&["check", "tst", "--from", "dev"], 1, "nothing was rendered: stdin is empty"),
    ] {
        let run = sandbox.promote(&[args, &["-o", "json"]].concat());
        assert_eq!(run.code, code, "{args:?} {run:?}");
        assert!(run.stderr.contains(message), "{args:?} {run:?}");
        let object: Value = serde_json::from_str(&run.stdout).unwrap();
        let mut schema = schema(if args[0] == "check" { "check" } else { "plan" });
        closed(&mut schema);
        assert_eq!(is_valid(&object, &schema, &schema), Ok(()), "{args:?} {object:#}");
        assert_eq!(object["diagnostics"][0]["message"], message, "{args:?}");
        assert_ne!(object["ok"], true);
    }
    let release = sandbox.promote(&["export", "dev", "-o", "json"]);
    let release: Value = serde_json::from_str(&release.stdout).unwrap();
    let schema = schema("release");
    assert_eq!(is_valid(&release, &schema, &schema), Ok(()), "{release:#}");
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
    let dir = SCHEMAS.iter().find(|(_, object)| *object == name).unwrap().0;
    let path = root().join(format!("{dir}/{name}.schema.json"));
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
            "type" if !is_kind(value, wanted) => return wrong("type"),
            "minimum" if value.as_i64() < wanted.as_i64() && value.is_number() => {
                return wrong("minimum");
            }
            "const" if value != wanted => return wrong("const"),
            "enum" if !wanted.as_array().unwrap().contains(value) => return wrong("enum"),
            "type" | "const" | "enum" | "properties" | "minimum" | "format" => {}
            "anyOf" => {
                let mut all = wanted.as_array().unwrap().iter();
                if !all.any(|one| is_valid(value, one, whole).is_ok()) {
                    return wrong("anyOf");
                }
            }
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

/// Whether `value` is of the kind `wanted`, or of one of them.
fn is_kind(value: &Value, wanted: &Value) -> bool {
    let is = |wanted: &Value| wanted == kind(value) || wanted == "integer" && value.is_i64();
    wanted.as_array().map_or_else(|| is(wanted), |all| all.iter().any(is))
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
