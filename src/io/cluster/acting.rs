//! Acting as somebody else (kubernetes.io/docs/reference/access-authn-authz/user-impersonation).

use http::HeaderValue;
use kube::config::AuthInfo;

use crate::diagnostic::{Diagnostic, printable};

use super::whom::Refusal;

/// Whom to act as. What is missing is as the kubeconfig has it.
#[derive(Clone, Debug, Default)]
pub struct ActAs {
    /// The user: a name, or `system:serviceaccount:NAMESPACE:NAME`.
    pub user: Option<String>,
    /// His groups, in place of all that the kubeconfig names.
    pub groups: Vec<String>,
    /// What tells him from others of the same name.
    pub uid: Option<String>,
}

impl ActAs {
    /// Puts it into `login`, field by field, as kubectl does.
    ///
    /// # Errors
    /// Something is said of nobody, or cannot be sent.
    pub(super) fn apply(&self, login: &mut AuthInfo) -> Result<(), Diagnostic> {
        self.check()?;
        if self.user.is_some() {
            login.impersonate.clone_from(&self.user);
        }
        if self.uid.is_some() {
            login.impersonate_uid.clone_from(&self.uid);
        }
        if !self.groups.is_empty() {
            login.impersonate_groups = Some(self.groups.clone());
        }
        // An empty text is nobody, as what kubectl leaves out.
        login.impersonate = login.impersonate.take().filter(|name| !name.is_empty());
        login.impersonate_uid = login.impersonate_uid.take().filter(|uid| !uid.is_empty());
        let what = match login {
            AuthInfo { impersonate: Some(_), .. } => return Ok(()),
            AuthInfo { impersonate_groups: Some(groups), .. } if !groups.is_empty() => "--as-group",
            AuthInfo { impersonate_uid: Some(_), .. } => "--as-uid",
            _ => return Ok(()),
        };
        let message = format!("`{what}` says more of whom to act as, and `--as` is missing");
        Err(Diagnostic::error(message).hint("name the user with `--as`"))
    }

    fn check(&self) -> Result<(), Diagnostic> {
        let user = self.user.iter().map(|name| ("--as", name));
        let groups = self.groups.iter().map(|name| ("--as-group", name));
        let uid = self.uid.iter().map(|name| ("--as-uid", name));
        for (flag, name) in user.chain(groups).chain(uid) {
            if name.is_empty() {
                let problem = Diagnostic::error(format!("`{flag}` names nobody"));
                return Err(problem.hint("leave it out, or is a variable empty?"));
            }
            if HeaderValue::from_str(name).is_err() {
                let name = printable(name);
                let message = format!("`{flag}`: `{name}` cannot be sent to an API server");
                return Err(
                    Diagnostic::error(message).hint("it goes into a header, which is one line")
                );
            }
        }
        Ok(())
    }
}

/// What a server does not let its user do, where it is to act as somebody else: what to call it, and
/// the rule that would allow it. Its words are of `ForbiddenMessage` in k8s.io/apiserver.
pub(super) fn forbidden(refusal: &Refusal) -> Option<(String, String)> {
    let quoted = |before: &str| {
        let (_, rest) = refusal.message.split_once(before)?;
        rest.split_once('"').map(|(text, _)| printable(text))
    };
    let resource = quoted("cannot impersonate resource \"")?;
    let group = quoted("in API group \"").unwrap_or_default();
    let place = quoted("in the namespace \"");
    let name = printable(&refusal.name);
    let dot = if group.is_empty() { "" } else { "." };
    let at = place.as_ref().map(|place| format!(" in the namespace `{place}`"));
    let what = format!("impersonate `{resource}{dot}{group}` `{name}`{}", at.unwrap_or_default());
    let group = if group.is_empty() { "\"\"" } else { &group };
    let rule = format!(
        "{{apiGroups: [{group}], resources: [{resource}], resourceNames: ['{name}'], verbs: [impersonate]}}"
    );
    let role = place.map_or_else(|| "a ClusterRole".into(), |place| format!("a Role in `{place}`"));
    Some((what, format!("{role} has to allow it: `{rule}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_act_as_whom_is_told() {
        let refusal = |message: &str, name: &str| Refusal {
            code: 403,
            message: message.to_owned(),
            name: name.to_owned(),
            is_status: true,
            wait: None,
        };
        for (message, name, what, rule) in [
            (
                "users \"jane\" is forbidden: User \"bot\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope",
                "jane",
                "impersonate `users` `jane`",
                "a ClusterRole has to allow it: `{apiGroups: [\"\"], resources: [users], resourceNames: ['jane'], verbs: [impersonate]}`",
            ),
            (
                "serviceaccounts \"robot\" is forbidden: User \"bot\" cannot impersonate resource \"serviceaccounts\" in API group \"\" in the namespace \"shop\"",
                "robot",
                "impersonate `serviceaccounts` `robot` in the namespace `shop`",
                "a Role in `shop` has to allow it: `{apiGroups: [\"\"], resources: [serviceaccounts], resourceNames: ['robot'], verbs: [impersonate]}`",
            ),
            (
                "uids.authentication.k8s.io \"7\" is forbidden: User \"bot\" cannot impersonate resource \"uids\" in API group \"authentication.k8s.io\" at the cluster scope",
                "7",
                "impersonate `uids.authentication.k8s.io` `7`",
                "a ClusterRole has to allow it: `{apiGroups: [authentication.k8s.io], resources: [uids], resourceNames: ['7'], verbs: [impersonate]}`",
            ),
        ] {
            let found = forbidden(&refusal(message, name));
            assert_eq!(found, Some((what.to_owned(), rule.to_owned())));
        }
        let other = "pods is forbidden: User \"bot\" cannot list resource \"pods\"";
        assert_eq!(forbidden(&refusal(other, "")), None);
    }
}
