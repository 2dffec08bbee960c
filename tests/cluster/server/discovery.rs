//! What kinds there are, as clients ask for it: group by group, or all at once.

use serde_json::{Value, json};

use super::http::{Request, Response};
use super::kinds::Kind;
use super::status;
use super::store::Store;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const STATUS_VERBS: &[&str] = &["get", "patch", "update"];

/// How much of it works.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// Whether it is of before 1.26: there is no answer with all of it.
    pub old: bool,
    /// Groups and versions of others that do not answer.
    pub broken: Vec<(String, String)>,
}

/// The answer, where a path is about kinds.
pub fn discover(store: &Store, how: &Discovery, request: &Request) -> Option<Response> {
    let all = request.header("accept").is_some_and(|accept| accept.contains(AGGREGATED));
    let words: Vec<_> = request.path.trim_matches('/').split('/').collect();
    match words.as_slice() {
        ["version"] => Some(ok(&version(how))),
        ["api"] if all && !how.old => Some(aggregated(store, how, true)),
        ["apis"] if all && !how.old => Some(aggregated(store, how, false)),
        ["api"] => Some(ok(&json!({"kind": "APIVersions", "versions": ["v1"]}))),
        ["apis"] => Some(ok(&groups(store, how))),
        ["api", "v1"] => Some(resources(store, "", "v1")),
        ["apis", group] => Some(one(store, group)),
        ["apis", group, version] if how.is_broken(group, version) => Some(unavailable()),
        ["apis", group, version] => Some(resources(store, group, version)),
        _ => None,
    }
}

fn ok(body: &Value) -> Response {
    Response::json(200, body)
}

fn version(how: &Discovery) -> Value {
    let minor = if how.old { "25" } else { "34" };
    json!({"major": "1", "minor": minor, "gitVersion": format!("v1.{minor}.1"),
        "gitCommit": "", "gitTreeState": "", "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "", "compiler": "", "platform": "linux/amd64"})
}

impl Discovery {
    pub fn is_broken(&self, group: &str, version: &str) -> bool {
        self.broken.iter().any(|(own, other)| own == group && other == version)
    }
}

/// What somebody else's server says that is not there.
pub fn unavailable() -> Response {
    let message = "the server is currently unable to handle the request";
    status::failure(503, "ServiceUnavailable", message)
}

/// The groups but the core one, in the order of their first kind, with their versions.
fn grouped(store: &Store) -> Vec<(&str, Vec<&str>)> {
    let mut out: Vec<(&str, Vec<&str>)> = Vec::new();
    for kind in store.kinds.iter().filter(|kind| !kind.group.is_empty()) {
        let known = out.iter().position(|(group, _)| *group == kind.group);
        let at = known.unwrap_or_else(|| {
            out.push((&kind.group, Vec::new()));
            out.len() - 1
        });
        let versions = &mut out[at].1;
        for version in &kind.versions {
            if !versions.contains(&version.as_str()) {
                versions.push(version);
            }
        }
    }
    out
}

fn group(name: &str, versions: &[&str]) -> Value {
    let version =
        |version: &&str| json!({"groupVersion": format!("{name}/{version}"), "version": version});
    let all: Vec<_> = versions.iter().map(version).collect();
    json!({"name": name, "versions": all, "preferredVersion": all[0]})
}

fn groups(store: &Store, how: &Discovery) -> Value {
    let own = grouped(store).into_iter().map(|(name, versions)| group(name, &versions));
    let others = how.broken.iter().map(|(name, version)| group(name, &[version]));
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": own.chain(others).collect::<Vec<_>>()})
}

fn one(store: &Store, name: &str) -> Response {
    match grouped(store).iter().find(|(own, _)| *own == name) {
        Some((name, versions)) => {
            let mut body = group(name, versions);
            body["kind"] = "APIGroup".into();
            body["apiVersion"] = "v1".into();
            ok(&body)
        }
        None => status::no_page(),
    }
}

fn in_version<'s>(store: &'s Store, group: &str, version: &str) -> Vec<&'s Kind> {
    let is = |kind: &&Kind| kind.group == group && kind.versions.iter().any(|own| own == version);
    store.kinds.iter().filter(is).collect()
}

fn resources(store: &Store, group: &str, version: &str) -> Response {
    let kinds = in_version(store, group, version);
    let Some(first) = kinds.first() else { return status::no_page() };
    let mut out = Vec::new();
    for kind in &kinds {
        let mut whole = json!({"name": kind.plural, "singularName": kind.singular(),
            "namespaced": kind.namespaced, "kind": kind.kind, "verbs": kind.verbs()});
        if !kind.short.is_empty() {
            whole["shortNames"] = json!(kind.short);
        }
        out.push(whole);
        if kind.status {
            out.push(json!({"name": format!("{}/status", kind.plural), "singularName": "",
                "namespaced": kind.namespaced, "kind": kind.kind, "verbs": STATUS_VERBS}));
        }
    }
    let mut body = json!({"kind": "APIResourceList",
        "groupVersion": first.api_version(version), "resources": out});
    // The core group does not say it.
    if !group.is_empty() {
        body["apiVersion"] = "v1".into();
    }
    ok(&body)
}

/// All groups with all of their kinds; the core group stands for itself.
fn aggregated(store: &Store, how: &Discovery, core: bool) -> Response {
    let groups = if core { vec![("", vec!["v1"])] } else { grouped(store) };
    let own = groups.into_iter().map(|(name, versions)| {
        let versions = versions.into_iter().map(|version| {
            let kinds = in_version(store, name, version);
            let kinds: Vec<_> = kinds.into_iter().map(|kind| discovered(kind, version)).collect();
            json!({"version": version, "resources": kinds, "freshness": "Current"})
        });
        json!({"metadata": if core { json!({}) } else { json!({"name": name}) },
            "versions": versions.collect::<Vec<_>>()})
    });
    let others = how.broken.iter().filter(|_| !core).map(|(name, version)| {
        json!({"metadata": {"name": name}, "versions": [{"version": version, "freshness": "Stale"}]})
    });
    let body = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {}, "items": own.chain(others).collect::<Vec<_>>()});
    Response::new(200, AGGREGATED, body.to_string())
}

fn discovered(kind: &Kind, version: &str) -> Value {
    // Kubernetes' own kinds leave group and version out, as 1.34 does.
    let place = if kind.native { ("", "") } else { (kind.group.as_str(), version) };
    let response = json!({"group": place.0, "version": place.1, "kind": kind.kind});
    let mut out = json!({"resource": kind.plural, "responseKind": response,
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": kind.singular(), "verbs": kind.verbs()});
    if !kind.short.is_empty() {
        out["shortNames"] = json!(kind.short);
    }
    if kind.status {
        out["subresources"] =
            json!([{"subresource": "status", "responseKind": response, "verbs": STATUS_VERBS}]);
    }
    out
}
