//! What is wrong with a list: each a message whose first line tells the story, and no list that could be
//! taken for the result.

use crate::lists::{file, list, overlay, pair, promotion, results};
use crate::support::{BINARY, Run, Sandbox};
use crate::{fed, function};

/// The function fails on `input`: its first line has `words`, and stdout is empty.
fn refused(input: impl Into<Vec<u8>>, words: &[&str]) {
    let run = function(input);
    let first = run.stderr.lines().next().unwrap_or_default();
    assert_eq!(run.code, 1, "{run:?}");
    assert!(first.starts_with("kubectl-promote: "), "{first}");
    for word in words {
        assert!(first.contains(word), "{word}: {first}");
    }
    assert_eq!(run.stdout, "", "{first}");
}

/// The function fails on `input`, and gives the list back with one result that has `words`.
fn given_back(input: &str, words: &[&str]) -> Run {
    let run = function(input);
    let first = run.stderr.lines().next().unwrap_or_default().to_owned();
    assert_eq!(run.code, 1, "{run:?}");
    let found = results(&run.stdout);
    assert!(!found.is_empty(), "{run:?}");
    assert_eq!(crate::lists::without_results(&run.stdout), input);
    let error = found.iter().find(|found| found["severity"] == "error").expect("an error");
    for word in words {
        assert!(first.contains(word), "{word}: {first}");
        assert!(error["message"].as_str().unwrap().contains(word), "{word}: {error}");
    }
    run
}

#[test]
fn what_is_no_list_says_so() {
    let head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
    refused("", &["stdin is empty"]);
    refused("\u{feff} \n\n", &["stdin is empty"]);
    refused("# nothing\n", &["stdin is empty"]);
    refused("a: [", &["stdin is not YAML", "line 1"]);
    refused("\0", &["stdin is not YAML"]);
    refused(b"a: \xff\n".to_vec(), &["not UTF-8", "line 1"]);
    refused(b"\xff\xfea\0".to_vec(), &["UTF-16"]);
    refused("kind: Deployment\n", &["`Deployment`, not a `ResourceList`"]);
    refused("a: b\n", &["no `kind`"]);
    refused("- a\n", &["no `kind`"]);
    refused("text\n", &["no `kind`"]);
    refused("kind: A\n---\nkind: B\n", &["several YAML documents"]);
    refused("apiVersion: v9\nkind: ResourceList\nitems: []\n", &["`apiVersion` is `v9`"]);
    refused("kind: ResourceList\nitems: []\n", &["`apiVersion` is ``"]);
    refused(head, &["no `items`"]);
    refused(format!("{head}items:\n"), &["`items` of the ResourceList is not a list"]);
    refused(format!("{head}items: {{}}\n"), &["is not a list"]);
    refused(format!("{head}items: []\nitems: []\n"), &["`items` twice"]);
    refused(format!("{head}items: [{{a: b}}, x]\n"), &["`items[1]` is not an object"]);
    refused(format!("{head}items:\n- a: b\n-\n"), &["`items[1]` is not an object"]);
    refused(format!("{head}items:\n- a: &x b\n- *y\n"), &["stdin is not YAML", "line 5"]);
}

#[test]
fn a_configuration_that_is_missing_or_unknown_is_named() {
    let items = [file("dev/kustomization.yaml", &overlay("v1"))];
    let config = |config: &str| list(&items, config);
    let map = |data: &str| {
        config(&format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: function-input\ndata: {data}\n"
        ))
    };
    given_back(&config(""), &["no configuration"]);
    given_back(
        &config("").replace("items:", "functionConfig: null\nitems:"),
        &["no configuration"],
    );
    let run = given_back(&map("{}"), &["no configuration"]);
    assert!(run.stderr.contains("-- from=dev to=prod"), "{run:?}");
    given_back(&map("{form: dev}"), &["unknown field `form`"]);
    given_back(&map("{add: maybe}"), &["`data.add` is `maybe`"]);
    // What is left out chooses everything.
    given_back(&map("{from: dev, to: tst, only: [api]}"), &["`data.only` is a list or a mapping"]);
    given_back(&map("{from: dev, to: [tst]}"), &["`data.to` is a list or a mapping"]);
    given_back(&map("{from: dev, pin: tags}"), &["data.pin[0]: unknown variant `tags`"]);
    given_back(&config("kind: Promotion\n"), &["`apiVersion` is ``"]);
    given_back(&config("kind: Promote\napiVersion: v1\n"), &["is a `Promote`, not a `Promotion`"]);
    given_back(&config(&promotion("")), &["has no `spec`"]);
    given_back(&config(&promotion("{fro: dev}")), &["unknown field `fro`"]);
    given_back(&config(&promotion("{to: dev}")), &["spec.to", "expected a sequence"]);
    given_back(
        &config(&format!("{}status: x\n", promotion("{from: dev}"))),
        &["unknown field `status`"],
    );
    given_back(&config(&promotion("{kinds: [image]}")), &["`from` is missing"]);
    given_back(&config("- a\n"), &["is a ``"]);
    let inline = |entry: &str| config(&promotion(&format!("{{images: [{{{entry}}}]}}")));
    for tag in ["2.10", "012", "1e3", "true"] {
        let number = inline(&format!("name: web, newTag: {tag}"));
        let run =
            given_back(&number, &[&format!("`spec.images[0].newTag`: `{tag}` without quotes")]);
        assert!(run.stderr.contains("write it in quotes"), "{run:?}");
    }
    for null in ["", "~", "null"] {
        let null = inline(&format!("name: web, newTag: {null}"));
        given_back(&null, &["`spec.images[0].newTag` is null"]);
    }
    given_back(&inline("newTag: v1"), &["spec.images[0]", "missing field `name`"]);
    given_back(&config(&promotion("{from: 2024.10}")), &["`spec.from`: `2024.10` without quotes"]);
    given_back(&config(&promotion("{from: dev, to: }")), &["`spec.to` is null"]);
    given_back(&config(&promotion("{fieldSpecs: [{kind: A}]}")), &["missing field `path`"]);
}

#[test]
fn a_request_that_cannot_be_met_says_why() {
    let ask = |spec: &str| {
        let items = ["dev", "tst", "prod"]
            .map(|dir| file(&format!("{dir}/kustomization.yaml"), &overlay("v1")));
        list(&items, &promotion(spec))
    };
    given_back(&ask("{from: dve, to: [tst]}"), &["`dve` is not among the items"]);
    given_back(&ask("{from: ../dev, to: [tst]}"), &["`../dev` is not among the items"]);
    given_back(&ask("{from: dev@v1, to: [tst]}"), &["`dev@v1`", "Git revision `v1`"]);
    given_back(&ask("{from: dev, to: [tts]}"), &["`tts` is no overlay among the items"]);
    let run = given_back(&ask("{from: dev}"), &["`to` is missing"]);
    assert!(run.stderr.contains("name it: the overlays here are `dev`, `prod`, `tst`"), "{run:?}");
    given_back(&ask("{from: dev, to: [tst, ./dev]}"), &["`dev` and `./dev` are the same overlay"]);
    given_back(&ask("{from: dev, to: [tst, tst/kustomization.yaml]}"), &["are the same overlay"]);
    given_back(&ask("{from: dev, to: [tst], kinds: [image]}"), &["no kind `image`"]);
    given_back(&ask("{from: dev, to: [tst], only: [wbe]}"), &["`only: wbe` matches nothing"]);
    // The error comes first, whatever else there is to say.
    for spec in ["except: [zzz], only: [web, wbe]", "only: [web, wbe], except: [zzz]"] {
        let run = given_back(
            &ask(&format!("{{from: dev, to: [tst], {spec}}}")),
            &["`only: wbe` matches nothing"],
        );
        assert!(run.stderr.contains("warning: `except: zzz` matches nothing"), "{run:?}");
    }
    let run = given_back(&ask("{from: dve, to: [tst]}"), &[]);
    assert!(run.stderr.contains("did you mean `dev`?"), "{run:?}");
    let run = given_back(&ask("{from: staging-europe, to: [tst]}"), &[]);
    assert!(run.stderr.contains("`kubectl promote export`"), "{run:?}");
}

#[test]
fn items_that_nothing_can_be_promoted_in_are_no_success() {
    let config = promotion("{from: dev, to: [tst]}");
    let items = [file("a.yaml", "apiVersion: v1\nkind: ConfigMap\n")];
    given_back(&list(&items, &config), &["no kustomization file is among the items"]);
    let nothing = list(&[], &config).replace("items:", "items: []");
    let run = given_back(&nothing, &["there are no items"]);
    assert!(run.stderr.contains("`selectors`"), "{run:?}");
    let rendered = "- kind: Deployment\n  metadata:\n    annotations:\n      kustomize.config.k8s.io/id: |\n        x: y\n";
    assert_eq!(function(list(&[rendered.to_owned()], &config)).code, 1);
}

#[test]
fn one_refused_field_leaves_everything_as_it_was() {
    let target = "images:\n- name: web\n  newTag: v1\n  newTag: v1\n- name: api\n  newTag: v1\n";
    let source = "images:\n- name: web\n  newTag: v2\n- name: api\n  newTag: v2\n";
    let items = [file("dev/kustomization.yaml", source), file("tst/kustomization.yaml", target)];
    let run = given_back(&list(&items, &promotion("{from: dev, to: [tst]}")), &["twice"]);
    assert!(run.stderr.starts_with("kubectl-promote: tst/kustomization.yaml: "), "{run:?}");
    let found = results(&run.stdout);
    let error = found.iter().find(|found| found["severity"] == "error").unwrap();
    assert_eq!(error["field"]["path"], "images[0].newTag");
    assert_eq!(error["file"]["path"], "tst/kustomization.yaml");
    // What would have been done was not.
    assert!(found.iter().all(|found| found["severity"] != "info"), "{found:?}");
}

#[test]
fn no_argument_is_known() {
    let sandbox = Sandbox::new();
    let run = sandbox.promote(&["fn", "--onyl"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("takes no arguments") && run.stderr.contains("--onyl"), "{run:?}");
}

/// kustomize's variable may be there for any reason; it gives its plugins an absolute path.
#[test]
fn a_verb_is_a_verb_where_a_file_is_called_so() {
    let sandbox = Sandbox::new();
    for verb in ["explain", "schema", "--version"] {
        sandbox.write(verb, "a: b\n");
        let mut command = sandbox.command(BINARY);
        let run = fed(command.arg(verb).env("KUSTOMIZE_PLUGIN_CONFIG_ROOT", "/"), "");
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{verb}");
    }
}

#[test]
fn help_is_markdown_and_says_what_each_mode_can_do() {
    let sandbox = Sandbox::new();
    for args in [["fn", "--help"], ["fn", "-h"]] {
        // kpt gives an empty list to the function whose documentation it wants.
        let run = fed(sandbox.command(BINARY).args(args), "");
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert!(run.stdout.starts_with("# "), "{run:?}");
        for word in
            ["kpt fn eval", "transformers:", "cannot be changed any more", "spec:", "--network"]
        {
            assert!(run.stdout.contains(word), "{word}");
        }
    }
    let help = sandbox.promote(&["--help"]);
    assert!(help.stdout.contains("  fn "), "{help:?}");
    // Every field of the configuration.
    let documentation = sandbox.promote(&["fn", "--help"]).stdout;
    let schema = sandbox.promote(&["schema"]).stdout;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    for key in schema["$defs"]["Promotion"]["properties"].as_object().unwrap().keys() {
        assert!(documentation.contains(&format!("\n  {key}: ")), "{key}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_list_that_cannot_be_written_is_no_success() {
    let sandbox = Sandbox::new();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = sandbox.command("sh");
    sandbox.write("list.yaml", pair("v1", "v2"));
    let line = format!("'{BINARY}' fn < list.yaml");
    let output = command.args(["-c", &line]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("cannot be written to stdout"), "{told}");
    // No stdout at all, and one that is wanted for nothing but its exit code.
    for (to, code) in [(">&-", 1), ("> /dev/null", 0), ("> out", 0)] {
        let line = format!("'{BINARY}' fn < list.yaml {to}");
        let run = Run::of(sandbox.command("sh").args(["-c", &line]));
        assert_eq!(run.code, code, "{to}: {run:?}");
        assert_eq!(run.stderr.contains("cannot be written to stdout"), code == 1, "{run:?}");
    }
    // A reader that hangs up.
    let big = list(
        &[
            file("dev/kustomization.yaml", &overlay("v1")),
            file(
                "tst/kustomization.yaml",
                &format!("{}# {}\n", overlay("v1"), "x".repeat(1 << 20)),
            ),
        ],
        &promotion("{from: dev, to: [tst]}"),
    );
    sandbox.write("big.yaml", big);
    let line = format!("set -o pipefail; '{BINARY}' fn < big.yaml | true; echo ${{PIPESTATUS[0]}}");
    let run = Run::of(sandbox.command("bash").args(["-c", &line]));
    assert_eq!(run.stdout, "1\n", "{run:?}");
}
