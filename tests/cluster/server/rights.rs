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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    Admin,
    Plain,
    Anonymous,
}

impl User {
    /// Whose token it is.
    pub fn of(request: &Request) -> Result<Self, Response> {
        match request.header("authorization") {
            None => Ok(Self::Anonymous),
            Some(value) => match value.strip_prefix("Bearer ") {
                Some(ADMIN) => Ok(Self::Admin),
                Some(PLAIN) => Ok(Self::Plain),
                _ => Err(status::unauthorized()),
            },
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Plain => PLAIN_USER,
            Self::Anonymous => "system:anonymous",
        }
    }

    fn groups(self) -> &'static [&'static str] {
        match self {
            Self::Admin => &["system:masters", "system:authenticated"],
            Self::Plain => &["system:authenticated"],
            Self::Anonymous => &["system:unauthenticated"],
        }
    }

    /// Whether he may see a path that is no resource: `system:discovery`, `system:public-info-viewer`.
    pub fn may_see(self, path: &str) -> bool {
        let public = ["/version", "/healthz", "/livez", "/readyz"].contains(&path);
        let first = path.split('/').nth(1).unwrap_or_default();
        public
            || (self != Self::Anonymous && ["api", "apis", "openapi"].contains(&first))
            || self == Self::Admin
    }

    /// Whether any role that is bound to him allows it.
    pub fn may(self, store: &Store, call: &Call) -> bool {
        let everywhere = store.native("clusterrolebindings").values();
        let here = store.native("rolebindings").values();
        let here = here.filter(|binding| binding["metadata"]["namespace"] == *call.namespace);
        self == Self::Admin
            || everywhere
                .chain(here.filter(|_| !call.namespace.is_empty()))
                .filter(|binding| self.is_in(&binding["subjects"]))
                .filter_map(|binding| role(store, binding))
                .any(|role| entries(&role["rules"]).iter().any(|rule| allows(rule, call)))
    }

    fn is_in(self, subjects: &Value) -> bool {
        entries(subjects).iter().any(|subject| match subject["kind"].as_str() {
            Some("User") => subject["name"] == self.name(),
            Some("Group") => self.groups().iter().any(|group| subject["name"] == *group),
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
