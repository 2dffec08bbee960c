//! Who asks, and what he may do: tokens, and Roles and ClusterRoles that are bound to users.

use serde_json::Value;

use super::call::Call;
use super::http::{Request, Response};
use super::status;
use super::store::Store;

/// The token of a user who may do everything.
pub const ADMIN: &str = "admin-token";
/// The token of the user [`PLAIN_USER`].
pub const PLAIN: &str = "plain-token";
/// Who may do nothing but what a role lets him.
pub const PLAIN_USER: &str = "plain";

const RBAC: &str = "rbac.authorization.k8s.io";

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    name: String,
    groups: Vec<String>,
}

impl User {
    /// Who may do everything.
    pub fn admin() -> Self {
        Self::new("admin", &["system:masters", "system:authenticated"])
    }

    /// Whose token it is.
    pub fn of(request: &Request) -> Result<Self, Response> {
        let Some(value) = request.header("authorization") else {
            return Ok(Self::new("system:anonymous", &["system:unauthenticated"]));
        };
        match value.strip_prefix("Bearer ") {
            Some(ADMIN) => Ok(Self::admin()),
            Some(PLAIN) => Ok(Self::new(PLAIN_USER, &["system:authenticated"])),
            _ => Err(status::unauthorized()),
        }
    }

    /// Whom he acts as, where he may: `WithImpersonation` of kube-apiserver.
    pub fn acting(self, store: &Store, request: &Request) -> Result<Self, Response> {
        let all = |header: &str| {
            let headers = request.headers.iter().filter(|(name, _)| name == header);
            headers.map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        let groups = all("impersonate-group");
        let asked = [
            ("", "users", all("impersonate-user")),
            ("", "groups", groups.clone()),
            ("authentication.k8s.io", "uids", all("impersonate-uid")),
        ];
        for (group, resource, names) in &asked {
            for name in names {
                let call = Call {
                    verb: "impersonate".to_owned(),
                    group: (*group).to_owned(),
                    resource: (*resource).to_owned(),
                    name: name.clone(),
                    ..Call::default()
                };
                if !self.may(store, &call) {
                    return Err(status::forbidden(&call, self.name()));
                }
            }
        }
        match asked[0].2.first() {
            None => Ok(self),
            Some(name) => {
                let mut found = Self::new(name, &["system:authenticated"]);
                found.groups.extend(groups);
                Ok(found)
            }
        }
    }

    fn new(name: &str, groups: &[&str]) -> Self {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        Self { name: name.to_owned(), groups }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn has(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own == group)
    }

    /// Whether he may see a path that is no resource: `system:discovery`, `system:public-info-viewer`.
    pub fn may_see(&self, path: &str) -> bool {
        let public = ["/version", "/healthz", "/livez", "/readyz"].contains(&path);
        let first = path.split('/').nth(1).unwrap_or_default();
        public
            || (self.has("system:authenticated") && ["api", "apis", "openapi"].contains(&first))
            || self.has("system:masters")
    }

    /// Whether any role that is bound to him allows it.
    pub fn may(&self, store: &Store, call: &Call) -> bool {
        let everywhere = store.native("clusterrolebindings").values();
        let here = store.native("rolebindings").values();
        let here = here.filter(|binding| binding["metadata"]["namespace"] == *call.namespace);
        self.has("system:masters")
            || everywhere
                .chain(here.filter(|_| !call.namespace.is_empty()))
                .filter(|binding| self.is_in(&binding["subjects"]))
                .filter_map(|binding| role(store, binding))
                .any(|role| entries(&role["rules"]).iter().any(|rule| allows(rule, call)))
    }

    fn is_in(&self, subjects: &Value) -> bool {
        entries(subjects).iter().any(|subject| match subject["kind"].as_str() {
            Some("User") => subject["name"] == self.name.as_str(),
            Some("Group") => self.groups.iter().any(|group| subject["name"] == group.as_str()),
            _ => false,
        })
    }
}

/// The role that a binding names.
fn role<'s>(store: &'s Store, binding: &Value) -> Option<&'s Value> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let reference = &binding["roleRef"];
    let name = text(&reference["name"]);
    let (plural, namespace) = match reference["kind"].as_str() {
        Some("Role") => ("roles", text(&binding["metadata"]["namespace"])),
        _ => ("clusterroles", String::new()),
    };
    let found = store.native(plural).get(&(namespace, name));
    found.filter(|_| reference["apiGroup"] == RBAC).map(|role| &**role)
}

fn allows(rule: &Value, call: &Call) -> bool {
    let has = |key: &str, wanted: &str| {
        entries(&rule[key]).iter().any(|entry| entry == "*" || entry == wanted)
    };
    let names = entries(&rule["resourceNames"]);
    has("verbs", &call.verb)
        && has("apiGroups", &call.group)
        && has("resources", &call.full_resource())
        && (names.is_empty() || names.iter().any(|name| *name == *call.name))
}

fn entries(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
