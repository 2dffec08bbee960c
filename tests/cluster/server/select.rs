//! Label and field selectors, as lists and watches are asked with.

use serde_json::Value;

use super::http::{Request, Response};
use super::kinds::Kind;
use super::status;
use super::store::Key;

/// What a list or a watch is about.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Empty for all of them.
    namespace: String,
    labels: Vec<Requirement>,
    /// The path, whether it has to be that, and what.
    fields: Vec<(String, bool, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    Missing,
}

impl Selection {
    /// What the query says.
    pub fn of(request: &Request, namespace: &str, kind: &Kind) -> Result<Self, Response> {
        let labels = terms(request.parameter("labelSelector").unwrap_or_default());
        let labels = labels.into_iter().map(|term| Requirement::parse(&term));
        let fields = terms(request.parameter("fieldSelector").unwrap_or_default());
        Ok(Self {
            namespace: namespace.to_owned(),
            labels: labels.collect::<Result<_, _>>()?,
            fields: fields.iter().map(|term| field(term, kind)).collect::<Result<_, _>>()?,
        })
    }

    /// Whether it leaves out what is in its namespace.
    pub fn filters(&self) -> bool {
        !self.labels.is_empty() || !self.fields.is_empty()
    }

    /// Whether an object with this key may be selected at all.
    pub fn covers(&self, (namespace, _): &Key) -> bool {
        self.namespace.is_empty() || *namespace == self.namespace
    }

    pub fn selects(&self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        (self.namespace.is_empty() || metadata["namespace"] == self.namespace.as_str())
            && self.labels.iter().all(|requirement| requirement.holds(&metadata["labels"]))
            && self.fields.iter().all(|(path, wanted, value)| {
                let found = path.split('.').fold(object, |value, key| &value[key]);
                let found = match found {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                (found == *value) == *wanted
            })
    }
}

impl Requirement {
    fn parse(term: &str) -> Result<Self, Response> {
        let new = |key: &str, operator, values: Vec<&str>| {
            let values = values.into_iter().map(|value| value.trim().to_owned()).collect();
            let requirement = Self { key: key.trim().to_owned(), operator, values };
            let sound = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
            let words = || requirement.values.iter().chain([&requirement.key]);
            match !requirement.key.is_empty() && words().all(|word| word.chars().all(sound)) {
                true => Ok(requirement),
                false => Err(status::bad(&format!("unable to parse requirement: {term}"))),
            }
        };
        if let Some((key, values)) = set(term, " notin ") {
            return new(key, Operator::NotIn, values);
        }
        if let Some((key, values)) = set(term, " in ") {
            return new(key, Operator::In, values);
        }
        for (sign, operator) in [("!=", Operator::NotIn), ("==", Operator::In), ("=", Operator::In)]
        {
            if let Some((key, value)) = term.split_once(sign) {
                return new(key, operator, vec![value]);
            }
        }
        match term.strip_prefix('!') {
            Some(key) => new(key, Operator::Missing, Vec::new()),
            None => new(term, Operator::Exists, Vec::new()),
        }
    }

    fn holds(&self, labels: &Value) -> bool {
        let value = labels[&self.key].as_str();
        let listed = value.is_some_and(|value| self.values.iter().any(|own| own == value));
        match self.operator {
            Operator::In => listed,
            Operator::NotIn => !listed,
            Operator::Exists => value.is_some(),
            Operator::Missing => value.is_none(),
        }
    }
}

/// What stands between commas that are in no parentheses.
fn terms(text: &str) -> Vec<String> {
    let (mut out, mut depth) = (vec![String::new()], 0);
    for letter in text.chars() {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        match (letter, depth, out.last_mut()) {
            (',', 0, _) => out.push(String::new()),
            (letter, _, Some(last)) => last.push(letter),
            _ => {}
        }
    }
    out.into_iter().map(|term| term.trim().to_owned()).filter(|term| !term.is_empty()).collect()
}

/// `key in (a,b)`.
fn set<'t>(term: &'t str, operator: &str) -> Option<(&'t str, Vec<&'t str>)> {
    let (key, values) = term.split_once(operator)?;
    let values = values.trim().strip_prefix('(')?.strip_suffix(')')?;
    Some((key, values.split(',').collect()))
}

fn field(term: &str, kind: &Kind) -> Result<(String, bool, String), Response> {
    let signs = [("!=", false), ("==", true), ("=", true)];
    let parsed = signs.iter().find_map(|(sign, wanted)| {
        term.split_once(sign).map(|(path, value)| (path, *wanted, value))
    });
    let Some((path, wanted, value)) = parsed else {
        return Err(status::bad(&format!("invalid selector: '{term}'; can't understand '{term}'")));
    };
    if !["metadata.name", "metadata.namespace"].contains(&path) && !kind.fields.contains(&path) {
        return Err(status::bad(&match kind.fields {
            [] => format!(
                "\"{path}\" is not a known field selector: only \"metadata.name\", \
                 \"metadata.namespace\""
            ),
            _ => format!("field label not supported: {path}"),
        }));
    }
    Ok((path.to_owned(), wanted, value.to_owned()))
}
