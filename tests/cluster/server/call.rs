//! What a request asks of which resource.

use serde_json::{Value, json};

use super::http::Request;

/// A request as Kubernetes sees it (`RequestInfo`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`.
    pub verb: String,
    pub group: String,
    pub version: String,
    /// Empty for all of them, and for what stands in none.
    pub namespace: String,
    /// The plural: `deployments`.
    pub resource: String,
    /// Empty for all of them.
    pub name: String,
    /// `status`, or empty.
    pub subresource: String,
}

impl Call {
    /// `None` where the path names no resource.
    pub fn of(request: &Request) -> Option<Self> {
        let words: Vec<_> = request.path.split('/').skip(1).collect();
        let (group, version, rest) = match words.as_slice() {
            ["api", version, rest @ ..] => ("", version, rest),
            ["apis", group, version, rest @ ..] => (*group, version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !matches!(rest, [] | ["status"]) => {
                (*namespace, rest)
            }
            // A namespace stands in itself.
            ["namespaces", namespace, ..] => (*namespace, rest),
            rest => ("", rest),
        };
        let (resource, name, subresource) = match rest {
            [resource] => (resource, "", ""),
            [resource, name] => (resource, *name, ""),
            [resource, name, subresource] => (resource, *name, *subresource),
            _ => return None,
        };
        let verb = verb(request, name);
        let [verb, group, version, namespace, resource, name, subresource] =
            [verb, group, version, namespace, resource, name, subresource].map(str::to_owned);
        Some(Self { verb, group, version, namespace, resource, name, subresource })
    }

    /// `deployments.apps`.
    pub fn group_resource(&self) -> String {
        let dot = if self.group.is_empty() { "" } else { "." };
        format!("{}{dot}{}", self.resource, self.group)
    }

    /// `deployments/status`.
    pub fn full_resource(&self) -> String {
        let slash = if self.subresource.is_empty() { "" } else { "/" };
        format!("{}{slash}{}", self.resource, self.subresource)
    }

    /// The `details` of a status.
    pub fn details(&self) -> Value {
        let mut out = json!({"kind": self.resource});
        for (key, value) in [("name", &self.name), ("group", &self.group)] {
            if !value.is_empty() {
                out[key] = value.as_str().into();
            }
        }
        out
    }
}

fn verb(request: &Request, name: &str) -> &'static str {
    match (request.method.as_str(), name) {
        ("GET", "") if request.wants("watch") => "watch",
        ("GET", "") => "list",
        ("GET", _) => "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", "") => "deletecollection",
        ("DELETE", _) => "delete",
        _ => "",
    }
}
