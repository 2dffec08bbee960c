//! The structured results of a run: kpt prints and keeps them, kustomize shows none.
//!
//! Form: `kyaml/fn/framework/result.go` (kustomize 5.8.1).

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::krm::item::Item;
use crate::krm::words::said;
use crate::yaml::{Quote, quoted};

/// One result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) message: String,
    pub(super) severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resource_ref: Option<ResourceRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<Field>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<File>,
}

/// The object that a result is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceRef {
    pub(super) api_version: String,
    pub(super) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
}

/// The place in that object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Field {
    pub(super) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) current_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) proposed_value: Option<String>,
}

/// The file that holds that object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) index: usize,
}

impl Entry {
    /// What `problem` says, about no object.
    pub(super) fn new(problem: &Diagnostic) -> Self {
        let (message, hint) = said(problem);
        let severity = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let message = hint.map_or(message.clone(), |hint| format!("{message}; {hint}"));
        let path = problem.file.as_ref().map(ToString::to_string);
        let file = path.map(|path| File { path, index: 0 });
        Self { message, severity, resource_ref: None, field: None, file }
    }

    /// What happened, about no object.
    pub(super) fn note(message: String) -> Self {
        Self { message, severity: "info", resource_ref: None, field: None, file: None }
    }

    /// The same, about `item`. A kustomization without a kind is what kustomize takes it for.
    #[must_use]
    pub(super) fn about(self, item: &Item<'_>) -> Self {
        let implied =
            item.is_kustomization().then_some(("kustomize.config.k8s.io/v1beta1", "Kustomization"));
        let api_version = item.api_version().or(implied.map(|(version, _)| version));
        let kind = item.kind().or(implied.map(|(_, kind)| kind));
        let resource_ref = api_version.zip(kind).map(|(api_version, kind)| ResourceRef {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: item.namespace().map(str::to_owned),
            name: item.name().map(str::to_owned),
        });
        let path = item.path().map(ToString::to_string);
        let file = path.map(|path| File { path, index: item.index() });
        Self { resource_ref, file: file.or(self.file), ..self }
    }

    /// Its scalars by key, those of the inner mappings below theirs.
    fn lines(&self) -> Vec<(usize, &'static str, String)> {
        let text = |text: &str| quoted(text, Quote::AsNeeded);
        let mut out =
            vec![(0, "message", text(&self.message)), (0, "severity", text(self.severity))];
        let mut inner = |name: &'static str, pairs: Vec<(&'static str, Option<String>)>| {
            out.push((0, name, String::new()));
            let pairs = pairs.into_iter().filter_map(|(key, value)| Some((1, key, value?)));
            out.extend(pairs);
        };
        if let Some(ResourceRef { api_version, kind, namespace, name }) = &self.resource_ref {
            let (namespace, name) = (namespace.as_deref().map(text), name.as_deref().map(text));
            let version = ("apiVersion", Some(text(api_version)));
            let kind = ("kind", Some(text(kind)));
            inner("resourceRef", vec![version, kind, ("namespace", namespace), ("name", name)]);
        }
        if let Some(Field { path, current_value, proposed_value }) = &self.field {
            let current = ("currentValue", current_value.as_deref().map(text));
            let proposed = ("proposedValue", proposed_value.as_deref().map(text));
            inner("field", vec![("path", Some(text(path))), current, proposed]);
        }
        if let Some(File { path, index }) = &self.file {
            inner("file", vec![("path", Some(text(path))), ("index", Some(index.to_string()))]);
        }
        out
    }
}

/// `results` as a list of a mapping with `indent` blanks before its keys.
pub(super) fn block(results: &[Entry], indent: usize, eol: &str) -> String {
    let margin = " ".repeat(indent);
    let mut out = format!("{margin}results:{eol}");
    for entry in results {
        for (number, (depth, key, value)) in entry.lines().into_iter().enumerate() {
            let dash = if number == 0 { "- " } else { "  " };
            let inner = "  ".repeat(depth);
            let blank = if value.is_empty() { "" } else { " " };
            out.push_str(&format!("{margin}{dash}{inner}{key}:{blank}{value}{eol}"));
        }
    }
    out
}

/// `results` between brackets, for JSON and for YAML.
pub(super) fn flow(results: &[Entry]) -> String {
    serde_json::to_string(results).unwrap_or_else(|_| "[]".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            message: "a: \"b\"\n# c".into(),
            severity: "info",
            resource_ref: Some(ResourceRef {
                api_version: "v1".into(),
                kind: "ConfigMap".into(),
                namespace: None,
                name: Some("on".into()),
            }),
            field: Some(Field {
                path: "images[0].newTag".into(),
                current_value: Some("1.10".into()),
                proposed_value: Some("012".into()),
            }),
            file: Some(File { path: "a/b.yaml".into(), index: 0 }),
        }
    }

    #[test]
    fn both_forms_say_the_same_and_values_stay_text() {
        let entries = [entry(), Entry { resource_ref: None, field: None, file: None, ..entry() }];
        let block = block(&entries, 2, "\r\n");
        let block: serde_json::Value = serde_yaml::from_str(&block).unwrap();
        let flow: serde_json::Value = serde_json::from_str(&flow(&entries)).unwrap();
        assert_eq!(block["results"], flow);
        assert_eq!(flow[0]["field"]["proposedValue"], "012");
        assert_eq!(flow[0]["resourceRef"]["name"], "on");
        assert_eq!(flow[1].as_object().unwrap().len(), 2);
    }
}
