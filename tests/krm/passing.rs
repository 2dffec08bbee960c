//! What nothing is promoted in comes out byte for byte.

use crate::function;
use crate::lists::{
    annotations, file, indented, list, overlay, pair, promotion, results, without_results,
};

/// Objects that a reader which takes scalars for more than text would change.
const ODD: &[&str] = &[
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: |\n    - b: |\n        c\n\n     # d\n  e: >-\n    folded\n    text\n  f: |+\n    kept\n\n\n  g: \"\\U0001F600 \\\"x\\\" \\\n    on\"\n",
    "apiVersion: v1\nkind: Secret\nstringData: {a: 9e1234, b: 012, c: 1_000, d: 0o14, e: on, f: 2001-01-01, g: .inf}\n",
    "# a comment\n\napiVersion: v1 # more\nkind: List   \nitems: # of its own\n- a\n# done\n",
    "apiVersion: x/v1\nkind: X\nbase: &base {a: 1}\nspec:\n  !!merge <<: *base\n  b: !mine {c: d}\n  e: [*base, &f g, *f]\n",
    "apiVersion: x/v1\nkind: X\n? [complex, key]\n: value\n? x\nnull:\n~: ~\n1: 2\n",
    "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"data\": {\"a\": \"b\\u00e9\\n\"}}\n",
    "apiVersion: v1\nkind: ConfigMap\ndata:\n  \"quoted key\": 'it''s'\n  é: ü\n  long: a b\n    c\n\n    d\n  \n  tabs: \"\ta\"\n",
];

fn odd_list(config: &str) -> String {
    let mut items = vec![
        file("dev/kustomization.yaml", &overlay("v1")),
        file("tst/kustomization.yaml", &overlay("v1")),
    ];
    items.extend(ODD.iter().map(|text| format!("-\n{}", indented(text))));
    items.extend(ODD.iter().map(|text| format!("-   # x\n{}\n", indented(&indented(text)))));
    list(&items, config)
}

/// `input` is what comes out.
fn passes(input: &str) {
    let run = function(input);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{input}");
    assert!(run.stdout == input, "{}", run.stdout);
}

#[test]
fn odd_objects_come_out_as_they_went_in() {
    let config = promotion("{from: dev, to: [tst]}");
    let text = odd_list(&config);
    passes(&text);
    passes(&format!("\u{feff}{text}"));
    passes(&format!("# first\n--- # x\n{text}...\n# last\n"));
    passes(text.trim_end());
    passes(&text.replace('\n', "\r\n"));
    passes(&text.replace("items:\n", "items:\n\n  # none of these\n\n"));
    passes(
        &text
            .replace("items:", "\"items\":")
            .replace("kind: ResourceList\n", "'kind':   ResourceList # x\n"),
    );
    for version in ["v1beta1", "v1alpha1"] {
        passes(&text.replacen("kubernetes.io/v1", &format!("kubernetes.io/{version}"), 1));
    }
    let whole = indented(&text);
    passes(&whole);
}

#[test]
fn only_the_value_changes_among_odd_objects() {
    let text = odd_list(&promotion("{from: dev, to: [tst]}"));
    let input = text.replacen("newTag: v1", "newTag: v2", 1);
    for input in [input.clone(), input.replace('\n', "\r\n"), indented(&input)] {
        let run = function(input.clone());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        let mut wanted = input.clone();
        let at = input.find("newTag: v1").unwrap();
        wanted.replace_range(at..at + "newTag: v1".len(), "newTag: v2");
        let got = run.stdout;
        assert_eq!(got.matches("- message:").count(), 1);
        let start = got.find("results:").unwrap() - usize::from(input.starts_with(' ')) * 2;
        let end =
            start + got[start..].find("items:").unwrap() - usize::from(input.starts_with(' ')) * 2;
        assert!(format!("{}{}", &got[..start], &got[end..]) == wanted, "{got}");
    }
}

/// The same list as JSON, on one line or on many.
fn json(text: &str, pretty: bool) -> String {
    let value: serde_json::Value = serde_yaml::from_str(text).unwrap();
    if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() }
}

#[test]
fn json_stays_json() {
    for pretty in [true, false] {
        let input = json(&pair("v1", "v1"), pretty);
        passes(&input);
        let input = json(&pair("v1", "v2"), pretty);
        let run = function(input.clone());
        assert_eq!(run.code, 0, "{run:?}");
        let mut out: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let found = out.as_object_mut().unwrap().remove("results").unwrap();
        assert_eq!(found[0]["field"]["proposedValue"], "v2");
        let wanted: serde_json::Value = serde_json::from_str(
            &input.replace("\"v1\"", "\"v2\"").replace("\"v2alpha1\"", "\"v1alpha1\""),
        )
        .unwrap();
        assert_eq!(out, wanted);
        // Refused, it is given back as JSON too.
        let run =
            function(input.replace("[\"tst\"]", "[\"tts\"]").replace("\"tst\"\n", "\"tts\"\n"));
        assert_eq!(run.code, 1);
        let out: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(out["results"][0]["severity"], "error");
    }
}

#[test]
fn results_that_are_there_are_replaced_where_there_are_new_ones() {
    let old = "results:\n- message: old\n  severity: error\n";
    let input = pair("v1", "v1");
    for input in [format!("{input}{old}"), input.replace("items:\n", &format!("{old}items:\n"))] {
        passes(&input);
        let run = function(input.replacen("newTag: v1", "newTag: v2", 1));
        let messages: Vec<_> =
            results(&run.stdout).iter().map(|found| found["message"].clone()).collect();
        assert_eq!(messages, ["`web` promoted from v1 to v2"]);
    }
    let flow = json(&format!("{input}{old}"), false).replacen("\"v1\"", "\"v2\"", 1);
    let run = function(flow);
    assert_eq!((run.code, results(&run.stdout).len()), (0, 1), "{run:?}");
}

#[test]
fn a_block_scalar_at_the_very_end_gets_no_line_break_from_results() {
    let last = format!(
        "- kind: X\n  {}  a: |\n    text",
        indented(&annotations("x.yaml", "", 0)).trim_start()
    );
    let config = format!("functionConfig:\n{}", indented(&promotion("{from: dev, to: [tst]}")));
    let input = list(
        &[
            file("dev/kustomization.yaml", &overlay("v2")),
            file("tst/kustomization.yaml", &overlay("v1")),
            last,
        ],
        "",
    );
    let input = input.replace("items:\n", &format!("{config}items:\n"));
    let run = function(input.clone());
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.ends_with("a: |\n    text"), "{}", run.stdout);
    assert_eq!(without_results(&run.stdout), input.replacen("newTag: v1", "newTag: v2", 1));
}

#[test]
fn twenty_megabytes_pass() {
    let mut items = vec![
        file("dev/kustomization.yaml", &overlay("v1")),
        file("tst/kustomization.yaml", &overlay("v1")),
    ];
    let mut size = 0;
    for number in 0.. {
        let text = ODD[number % ODD.len()];
        let item = format!("-\n{}", indented(text));
        size += item.len();
        items.push(item);
        if size > 20_000_000 {
            break;
        }
    }
    let input = list(&items, &promotion("{from: dev, to: [tst]}"));
    let run = function(input.clone());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout == input);
    let run = function(input.replacen("newTag: v1", "newTag: v2", 1));
    assert_eq!(run.code, 0);
    assert!(without_results(&run.stdout) == input.replacen("newTag: v1", "newTag: v2", 2));
}
