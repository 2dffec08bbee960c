//! What can be asked of an API server: resources, paths and queries
//! (kubernetes.io/docs/reference/using-api/api-concepts).

use std::fmt;

use crate::cluster::Id;

/// Kinds that have a plural of their own, and the group and version that they are of. All of them
/// stand in namespaces.
const KNOWN: &[(&str, &str, &str, &str)] = &[
    ("apps", "v1", "Deployment", "deployments"),
    ("apps", "v1", "StatefulSet", "statefulsets"),
    ("apps", "v1", "DaemonSet", "daemonsets"),
    ("apps", "v1", "ReplicaSet", "replicasets"),
    ("batch", "v1", "Job", "jobs"),
    ("batch", "v1", "CronJob", "cronjobs"),
    ("", "v1", "Pod", "pods"),
    ("argoproj.io", "v1alpha1", "Rollout", "rollouts"),
];

/// How many objects of a list are asked for at a time.
pub(super) const PAGE: usize = 1000;

/// A kind as a server serves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Resource {
    /// Its group; empty for the core group.
    pub(super) group: String,
    /// The version to ask for.
    pub(super) version: String,
    /// `Deployment`.
    pub(super) kind: String,
    /// `deployments`.
    pub(super) plural: String,
    /// Whether its objects stand in namespaces.
    pub(super) is_namespaced: bool,
}

/// Which objects of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Filter {
    /// All.
    All,
    /// The one of a name.
    Name(String),
    /// Those that a label selector selects.
    Labels(String),
}

/// A verb that the rules of a Role name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    List,
    Watch,
}

/// Something to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// What is done.
    pub(super) verb: Verb,
    /// What it is done to; `None` for what is not about a resource.
    pub(super) resource: Resource,
    /// Where; empty for what stands in none.
    pub(super) namespace: String,
    /// Which of them.
    pub(super) filter: Filter,
}

impl Resource {
    /// The resource of a workload.
    pub(super) fn of(id: &Id) -> Self {
        let known =
            KNOWN.iter().find(|(group, _, kind, _)| (*group, *kind) == (&id.group, &id.kind));
        let version = known.map_or("v1", |(_, version, ..)| version);
        let plural = known.map_or_else(
            || format!("{}s", id.kind.to_ascii_lowercase()),
            |(.., plural)| (*plural).to_owned(),
        );
        let version = if id.version.is_empty() { version } else { &id.version };
        Self {
            group: id.group.clone(),
            version: version.to_owned(),
            kind: id.kind.clone(),
            plural,
            is_namespaced: true,
        }
    }

    /// `apps/v1`, or `v1` of the core group.
    pub(super) fn api(&self) -> String {
        let slash = if self.group.is_empty() { "" } else { "/" };
        format!("{}{slash}{}", self.group, self.version)
    }

    /// A resource of the core group.
    pub(super) fn core(kind: &str, plural: &str) -> Self {
        Self {
            group: String::new(),
            version: "v1".to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
            is_namespaced: true,
        }
    }
}

impl Request {
    /// A request of `verb`.
    pub(super) fn new(verb: Verb, resource: Resource, namespace: &str, filter: Filter) -> Self {
        let namespace = if resource.is_namespaced { namespace } else { "" };
        Self { verb, namespace: namespace.to_owned(), resource, filter }
    }

    /// The same, with another verb.
    pub(super) fn to(&self, verb: Verb) -> Self {
        Self { verb, ..self.clone() }
    }

    /// Path and query; `more` are parameters of the query.
    pub(super) fn target(&self, more: &[(&str, &str)]) -> String {
        let Resource { group, version, plural, .. } = &self.resource;
        let mut path = match group.as_str() {
            "" => format!("/api/{}", encoded(version)),
            group => format!("/apis/{}/{}", encoded(group), encoded(version)),
        };
        if !self.namespace.is_empty() {
            path += &format!("/namespaces/{}", encoded(&self.namespace));
        }
        path += &format!("/{}", encoded(plural));
        let field;
        let mut query: Vec<(&str, &str)> = Vec::new();
        match (&self.filter, self.verb) {
            (Filter::All, _) => {}
            (Filter::Name(name), Verb::Get) => path += &format!("/{}", encoded(name)),
            (Filter::Name(name), _) => {
                field = format!("metadata.name={name}");
                query.push(("fieldSelector", &field));
            }
            (Filter::Labels(labels), _) => query.push(("labelSelector", labels)),
        }
        query.extend(more);
        let query = query.iter().map(|(key, value)| format!("{key}={}", encoded(value)));
        let query = query.collect::<Vec<_>>().join("&");
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }

    /// The rule of a Role that allows all that is done to the resource.
    pub(super) fn rule(&self) -> String {
        let Resource { group, plural, .. } = &self.resource;
        let group = if group.is_empty() { "\"\"" } else { group };
        let verbs = match (self.verb, plural.as_str()) {
            (Verb::Watch, _) => "get, list, watch",
            // They are never listed, and a list of Secrets shows all of them.
            (Verb::Get, "secrets" | "serviceaccounts") => "get",
            (Verb::Get | Verb::List, _) => "get, list",
        };
        format!("{{apiGroups: [{group}], resources: [{plural}], verbs: [{verbs}]}}")
    }

    /// The kind, for messages: `` `Rollout` of `argoproj.io/v1alpha1` ``.
    pub(super) fn kind(&self) -> String {
        format!("`{}` of `{}`", self.resource.kind, self.resource.api())
    }

    /// Whether every cluster has the group in this version.
    pub(super) fn is_built_in(&self) -> bool {
        matches!(self.resource.api().as_str(), "v1" | "apps/v1" | "batch/v1")
    }
}

/// `list pods in shop`.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.verb {
            Verb::Get => "get",
            Verb::List => "list",
            Verb::Watch => "watch",
        };
        let Resource { group, plural, .. } = &self.resource;
        let dot = if group.is_empty() { "" } else { "." };
        write!(f, "{verb} `{plural}{dot}{group}`")?;
        if let Filter::Name(name) = &self.filter {
            write!(f, " `{}`", crate::diagnostic::printable(name))?;
        }
        match self.namespace.as_str() {
            "" => Ok(()),
            namespace => {
                write!(f, " in the namespace `{}`", crate::diagnostic::printable(namespace))
            }
        }
    }
}

/// `text` as a part of a path or a query: all but what RFC 3986 does not reserve is escaped.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(group: &str, version: &str, kind: &str) -> Id {
        let [group, version, kind] = [group, version, kind].map(str::to_owned);
        Id { group, version, kind, ..Id::default() }
    }

    #[test]
    fn paths_are_those_of_the_api() {
        let all = || Filter::All;
        let name = || Filter::Name("a/b?".to_owned());
        let labels = || Filter::Labels("app=web,t notin (a,b)".to_owned());
        let pods = "/api/v1/namespaces/shop/pods";
        for (id, verb, filter, wanted) in [
            (id("", "", "Pod"), Verb::List, all(), pods.to_owned()),
            (id("", "v1", "Pod"), Verb::Get, name(), format!("{pods}/a%2Fb%3F")),
            (
                id("", "", "Pod"),
                Verb::Watch,
                name(),
                format!("{pods}?fieldSelector=metadata.name%3Da%2Fb%3F"),
            ),
            (
                id("", "", "Pod"),
                Verb::List,
                labels(),
                format!("{pods}?labelSelector=app%3Dweb%2Ct%20notin%20%28a%2Cb%29"),
            ),
            (
                id("argoproj.io", "", "Rollout"),
                Verb::List,
                all(),
                "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts".to_owned(),
            ),
            (
                id("batch", "v1beta1", "CronJob"),
                Verb::List,
                all(),
                "/apis/batch/v1beta1/namespaces/shop/cronjobs".to_owned(),
            ),
        ] {
            let request = Request::new(verb, Resource::of(&id), "shop", filter);
            assert_eq!(request.target(&[]), wanted);
        }
        let request = Request::new(Verb::List, Resource::of(&id("", "", "Pod")), "shop", all());
        assert_eq!(
            request.target(&[("limit", "2"), ("continue", "a+b")]),
            format!("{pods}?limit=2&continue=a%2Bb")
        );
    }

    #[test]
    fn what_is_asked_is_said_and_what_would_allow_it() {
        let deployment = Resource::of(&id("apps", "", "Deployment"));
        let request = Request::new(Verb::Watch, deployment, "shop", Filter::All);
        assert_eq!(request.to_string(), "watch `deployments.apps` in the namespace `shop`");
        assert_eq!(
            request.rule(),
            "{apiGroups: [apps], resources: [deployments], verbs: [get, list, watch]}"
        );
        assert_eq!(request.kind(), "`Deployment` of `apps/v1`");
        let node = Resource { is_namespaced: false, ..Resource::core("Node", "nodes") };
        let request = Request::new(Verb::Get, node, "shop", Filter::Name("n".to_owned()));
        assert_eq!(request.to_string(), "get `nodes` `n`");
        assert_eq!(request.rule(), "{apiGroups: [\"\"], resources: [nodes], verbs: [get, list]}");
        let request = Request::new(
            Verb::Get,
            Resource::core("Secret", "secrets"),
            "shop",
            Filter::Name("pull".to_owned()),
        );
        assert_eq!(request.rule(), "{apiGroups: [\"\"], resources: [secrets], verbs: [get]}");
    }
}
