//! Label selectors, as workloads select their pods (`metav1.LabelSelector`, Kubernetes 1.34).

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// A selector; the empty one selects nothing here, since no workload may have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selector {
    /// Labels that have to be there with these values.
    pub match_labels: BTreeMap<String, String>,
    /// Further requirements.
    pub match_expressions: Vec<Expression>,
}

/// A requirement on one label.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Expression {
    /// The label.
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: String,
    /// What it may or may not be.
    pub values: Vec<String>,
}

impl Selector {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// Whether it selects an object with `labels`.
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        !self.is_empty()
            && self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|expression| expression.holds(labels))
    }
}

impl Expression {
    fn holds(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        let listed = || value.is_some_and(|value| self.values.contains(value));
        match self.operator.as_str() {
            "In" => listed(),
            "NotIn" => !listed(),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    }
}

/// As in the query of a list: `app=web,tier in (a,b),!canary`.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = self.match_labels.iter().map(|(key, value)| format!("{key}={value}"));
        let expressions = self.match_expressions.iter().map(ToString::to_string);
        f.write_str(&labels.chain(expressions).collect::<Vec<_>>().join(","))
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, operator, values } = self;
        match operator.as_str() {
            "Exists" => f.write_str(key),
            "DoesNotExist" => write!(f, "!{key}"),
            operator => write!(f, "{key} {} ({})", operator.to_lowercase(), values.join(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(text: &str) -> Selector {
        serde_yaml::from_str(text).unwrap()
    }

    #[test]
    fn labels_are_selected_as_a_cluster_does() {
        let labels: BTreeMap<_, _> =
            [("app", "web"), ("tier", "a")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        for (text, wanted) in [
            ("{}", false),
            ("{matchLabels: {app: web}}", true),
            ("{matchLabels: {app: web, x: y}}", false),
            ("{matchExpressions: [{key: tier, operator: In, values: [a, b]}]}", true),
            ("{matchExpressions: [{key: tier, operator: NotIn, values: [a]}]}", false),
            ("{matchExpressions: [{key: none, operator: NotIn, values: [a]}]}", true),
            ("{matchExpressions: [{key: tier, operator: Exists}]}", true),
            ("{matchExpressions: [{key: tier, operator: DoesNotExist}]}", false),
            ("{matchExpressions: [{key: tier, operator: Gt, values: ['1']}]}", false),
        ] {
            assert_eq!(selector(text).selects(&labels), wanted, "{text}");
        }
    }

    #[test]
    fn a_query_says_the_same() {
        let text = "{matchLabels: {app: web}, matchExpressions: [{key: t, operator: NotIn, values: [a, b]}, {key: c, operator: DoesNotExist}]}";
        assert_eq!(selector(text).to_string(), "app=web,t notin (a,b),!c");
    }
}
