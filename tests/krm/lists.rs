//! Lists of the tests: files as items, as kpt makes them, and back.

use std::fmt::Write as _;

/// The annotations that kpt adds to the file `path` as item number `number`.
pub(crate) fn annotations(path: &str, package: &str, number: usize) -> String {
    let mut out = String::from("metadata:\n  annotations:\n");
    let mut add = |key: &str, value: &str| writeln!(out, "    {key}: '{value}'").unwrap();
    add("config.kubernetes.io/index", "0");
    add("config.kubernetes.io/path", path);
    add("internal.config.kubernetes.io/index", "0");
    if !package.is_empty() {
        add("internal.config.kubernetes.io/package-path", package);
    }
    add("internal.config.kubernetes.io/path", path);
    add("internal.config.kubernetes.io/seqindent", "compact");
    add("internal.config.kubernetes.io/id", &(number + 1).to_string());
    out
}

/// `text` with two blanks before every line that is not empty.
pub(crate) fn indented(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    let is_blank = |line: &str| line.trim_end_matches(['\r', '\n']).is_empty();
    lines.map(|line| if is_blank(line) { line.to_owned() } else { format!("  {line}") }).collect()
}

/// `text`, a mapping written in blocks, as an item of a list.
pub(crate) fn item(text: &str) -> String {
    format!("-{}", &indented(text)[1..])
}

/// A list of `items`, each as [`item`] makes them, with a configuration.
pub(crate) fn list(items: &[String], config: &str) -> String {
    let config = match config {
        "" => String::new(),
        config => format!("functionConfig:\n{}", indented(config)),
    };
    format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{}{config}",
        items.concat()
    )
}

/// A file as an item: its text and the annotations.
pub(crate) fn file(path: &str, text: &str) -> String {
    placed("", path, text)
}

/// The same for a file of the package in the directory `package`.
pub(crate) fn placed(package: &str, path: &str, text: &str) -> String {
    let own = annotations(path, package, 0);
    item(&annotated(text, &own))
}

/// `text` with the `annotations`, in the metadata that it has or at its end.
pub(crate) fn annotated(text: &str, annotations: &str) -> String {
    let own = "\nmetadata:\n";
    let inner = annotations.replacen("metadata:\n", own, 1);
    if text.contains(own) { text.replacen(own, &inner, 1) } else { format!("{text}{annotations}") }
}

/// A kustomization with the tag `tag` for the image `web`.
pub(crate) fn overlay(tag: &str) -> String {
    format!("images:\n- name: web\n  newTag: {tag}\n")
}

/// A Promotion with this `spec`.
pub(crate) fn promotion(spec: &str) -> String {
    format!(
        "apiVersion: kubectl-promote.dev/v1alpha1\nkind: Promotion\nmetadata:\n  name: p\nspec: {spec}\n"
    )
}

/// The overlays `dev` and `tst`, and a promotion from one to the other.
pub(crate) fn pair(old: &str, new: &str) -> String {
    let items = [
        file("dev/kustomization.yaml", &overlay(new)),
        file("tst/kustomization.yaml", &overlay(old)),
    ];
    list(&items, &promotion("{from: dev, to: [tst]}"))
}

/// The results of a list, by another parser.
pub(crate) fn results(text: &str) -> Vec<serde_json::Value> {
    let list: serde_json::Value = serde_yaml::from_str(text).unwrap();
    list["results"].as_array().cloned().unwrap_or_default()
}

/// `text` without its results.
pub(crate) fn without_results(text: &str) -> String {
    let mut lines = text.split_inclusive('\n').peekable();
    let mut out = String::new();
    while let Some(line) = lines.next() {
        let Some(margin) = line.find("results:").filter(|_| line.trim() == "results:") else {
            out.push_str(line);
            continue;
        };
        let is_part =
            |line: &&str| line.get(margin..).is_some_and(|rest| rest.starts_with(['-', ' ']));
        while lines.next_if(is_part).is_some() {}
        out.extend(lines);
        break;
    }
    out
}
