//! Logins for registries that a cluster has: the pull secrets of service accounts, and others that
//! pods name (kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry).

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::fetch::{Failed, is_absent};
use super::resource::{Filter, Request, Resource, Verb};
use super::session::{JSON, Session};
use super::whom::Trouble;

/// Where something stands, and its name.
pub type Place = (String, String);

/// Logins in the form of Docker's `config.json`, in memory only.
#[derive(Default)]
pub struct PullSecrets {
    /// The texts, each with the namespace and the name of its Secret. They are secrets.
    pub configs: Vec<(Place, String)>,
    /// Secrets that are named and are not there, or are of another type. Kubernetes goes on without
    /// them.
    pub missing: BTreeSet<Place>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Account {
    metadata: Named,
    image_pull_secrets: Option<Vec<Named>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Secret {
    metadata: Named,
    data: Option<BTreeMap<String, String>>,
}

/// Something that says what it is called.
trait Called {
    fn name(&self) -> &str;
}

impl Called for Account {
    fn name(&self) -> &str {
        &self.metadata.name
    }
}

impl Called for Secret {
    fn name(&self) -> &str {
        &self.metadata.name
    }
}

/// Those of `accounts`, and `secrets`.
///
/// # Errors
/// The first request that went wrong.
pub(super) async fn read(
    session: &Session,
    accounts: &BTreeSet<Place>,
    secrets: &BTreeSet<Place>,
) -> Result<PullSecrets, Failed> {
    let mut wanted = secrets.clone();
    for (namespace, name) in accounts {
        let resource = Resource::core("ServiceAccount", "serviceaccounts");
        let account: Option<Account> = get(session, resource, namespace, name).await?;
        let named = account.and_then(|account| account.image_pull_secrets).unwrap_or_default();
        wanted.extend(named.into_iter().map(|named| (namespace.clone(), named.name)));
    }
    // A reference may be empty, which to a server would be the question for all of them.
    wanted.retain(|(_, name)| !name.is_empty());
    let mut out = PullSecrets::default();
    for (namespace, name) in wanted {
        let resource = Resource::core("Secret", "secrets");
        let secret: Option<Secret> = get(session, resource, &namespace, &name).await?;
        match secret.and_then(|secret| config(&secret.data.unwrap_or_default())) {
            Some(text) => out.configs.push(((namespace, name), text)),
            None => {
                out.missing.insert((namespace, name));
            }
        }
    }
    Ok(out)
}

async fn get<T: DeserializeOwned + Called>(
    session: &Session,
    resource: Resource,
    namespace: &str,
    name: &str,
) -> Result<Option<T>, Failed> {
    let request = Request::new(Verb::Get, resource, namespace, Filter::Name(name.to_owned()));
    let answer = session.get(&request.target(&[]), JSON).await;
    match answer.and_then(|answer| answer.read::<T>()) {
        Ok(found) if found.name() == name => Ok(Some(found)),
        Ok(_) => Err((request, Trouble::Garbage("it is another object".to_owned()))),
        Err(trouble) if is_absent(&trouble, name) => Ok(None),
        Err(trouble) => Err((request, trouble)),
    }
}

/// The text of a Secret of type `kubernetes.io/dockerconfigjson`, or of its predecessor
/// `kubernetes.io/dockercfg`, which is the field `auths` alone.
fn config(data: &BTreeMap<String, String>) -> Option<String> {
    let text = |key: &str| String::from_utf8(STANDARD.decode(data.get(key)?).ok()?).ok();
    let old = || text(".dockercfg").map(|auths| format!("{{\"auths\":{auths}}}"));
    text(".dockerconfigjson").or_else(old)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_logins_are_read() {
        for (key, text, wanted) in [
            (".dockerconfigjson", r#"{"auths":{}}"#, Some(r#"{"auths":{}}"#)),
            (".dockercfg", r#"{"ghcr.io":{}}"#, Some(r#"{"auths":{"ghcr.io":{}}}"#)),
            ("token", "x", None),
        ] {
            let data = [(key.to_owned(), STANDARD.encode(text))].into();
            assert_eq!(config(&data).as_deref(), wanted);
        }
        assert_eq!(config(&[(".dockercfg".to_owned(), "!".to_owned())].into()), None);
    }
}
