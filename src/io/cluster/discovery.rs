//! Which kinds a cluster has, and which of them a user means
//! (kubernetes.io/docs/concepts/overview/kubernetes-api, Discovery API).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::cluster::Id;
use crate::diagnostic::{Diagnostic, printable};

use super::resource::{Filter, Request, Resource, Verb};
use super::session::{JSON, Session};
use super::whom::{Trouble, Whom};

/// All groups in one answer, from servers that know how; the others give a list of their names.
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,\
                          application/json";

/// A resource, and what people call it.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    resource: Resource,
    singular: String,
    short: Vec<String>,
}

/// What a server says about its groups, in the new form or in the old one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Groups {
    kind: String,
    items: Vec<Group>,
    groups: Vec<Old>,
    versions: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Group {
    metadata: Name,
    versions: Vec<Version>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Name {
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Version {
    version: String,
    resources: Vec<New>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct New {
    resource: String,
    response_kind: Kind,
    scope: String,
    singular_resource: String,
    short_names: Vec<String>,
    verbs: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Kind {
    kind: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Old {
    name: String,
    versions: Vec<GroupVersion>,
    preferred_version: GroupVersion,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct GroupVersion {
    group_version: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Resources {
    group_version: String,
    resources: Vec<OldResource>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OldResource {
    name: String,
    singular_name: String,
    namespaced: bool,
    kind: String,
    short_names: Option<Vec<String>>,
    verbs: Vec<String>,
}

/// All kinds of the cluster that can be read, those of the core group first; in the preferred
/// version of their group first. Of an older server only the groups that begin with one of `groups`
/// are asked, or all where one of these is empty.
///
/// # Errors
/// What went wrong.
pub(super) async fn all(session: &Session, groups: &[&str]) -> Result<Vec<Known>, Trouble> {
    let mut out = Vec::new();
    for root in ["/api", "/apis"] {
        let found: Groups = session.get(root, AGGREGATED).await?.read()?;
        match found.kind.as_str() {
            "APIGroupDiscoveryList" => out.extend(found.items.into_iter().flat_map(kinds)),
            "APIVersions" | "APIGroupList" => out.extend(old(session, found, groups).await?),
            _ => return Err(Trouble::Garbage("it is no list of its groups".to_owned())),
        }
    }
    Ok(out)
}

fn kinds(group: Group) -> impl Iterator<Item = Known> {
    let name = group.metadata.name;
    group.versions.into_iter().flat_map(move |version| {
        let (group, version_name) = (name.clone(), version.version);
        let readable =
            version.resources.into_iter().filter(|it| it.verbs.iter().any(|v| v == "get"));
        readable.map(move |found| Known {
            resource: Resource {
                group: group.clone(),
                version: version_name.clone(),
                kind: found.response_kind.kind,
                plural: found.resource,
                is_namespaced: found.scope == "Namespaced",
            },
            singular: found.singular_resource,
            short: found.short_names,
        })
    })
}

async fn old(session: &Session, found: Groups, wanted: &[&str]) -> Result<Vec<Known>, Trouble> {
    let core = found.versions.iter().map(|version| format!("/api/{version}"));
    let is_wanted = |group: &Old| wanted.iter().any(|wanted| group.name.starts_with(wanted));
    let others = found.groups.into_iter().filter(is_wanted).flat_map(|group| {
        let first = group.preferred_version.group_version;
        let rest = group.versions.into_iter().map(|version| version.group_version);
        let rest: Vec<_> = rest.filter(|version| *version != first).collect();
        std::iter::once(first)
            .chain(rest)
            .filter(|it| !it.is_empty())
            .map(|it| format!("/apis/{it}"))
    });
    let mut out = Vec::new();
    for path in core.chain(others).collect::<Vec<_>>() {
        match session.get(&path, JSON).await {
            Ok(answer) => out.extend(old_kinds(answer.read()?)),
            // Behind some groups stand servers that are not there; what they have is not wanted.
            Err(trouble) if matches!(trouble.code(), 404 | 500..=599) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(out)
}

fn old_kinds(found: Resources) -> impl Iterator<Item = Known> {
    let (group, version) = match found.group_version.split_once('/') {
        Some((group, version)) => (group.to_owned(), version.to_owned()),
        None => (String::new(), found.group_version),
    };
    // What has a slash is a part of another resource.
    let is_readable =
        |it: &OldResource| !it.name.contains('/') && it.verbs.iter().any(|verb| verb == "get");
    found.resources.into_iter().filter(is_readable).map(move |it| Known {
        resource: Resource {
            group: group.clone(),
            version: version.clone(),
            kind: it.kind,
            plural: it.name,
            is_namespaced: it.namespaced,
        },
        singular: it.singular_name,
        short: it.short_names.unwrap_or_default(),
    })
}

impl Known {
    /// How well `asked` names it: by its kind better than by another name, by its group better than
    /// by the beginning of that.
    fn rank(&self, asked: &Id) -> Option<(bool, bool)> {
        let Resource { group, version, kind, plural, .. } = &self.resource;
        let word = asked.kind.to_ascii_lowercase();
        let is_kind = kind.to_ascii_lowercase() == word;
        let is_named =
            is_kind || *plural == word || self.singular == word || self.short.contains(&word);
        let is_version = asked.version.is_empty() || asked.version == *version;
        let is_group = asked.group.is_empty() || group.starts_with(&asked.group);
        let is_exact = asked.group == *group;
        (is_named && is_version && is_group).then_some((!is_exact, !is_kind))
    }
}

/// The resources that `asked` mean, and the objects' names. A group may stand behind a name, too:
/// `application/web.argoproj.io`.
///
/// # Errors
/// One of them means none, or several.
pub(super) fn resolve<'i>(
    asked: impl Iterator<Item = &'i Id>,
    known: &[Known],
    whom: &Whom,
) -> Result<BTreeMap<Id, (Resource, String)>, Diagnostic> {
    let found = |id: &Id| match with_group(id, known) {
        Some(found) => Ok(found),
        None => of(id, known, whom).map(|resource| (resource, id.name.clone())),
    };
    asked.map(|id| Ok((id.clone(), found(id)?))).collect()
}

/// The resource and the name of `id` where its name ends with the whole name of a group that has such
/// a kind. Names of objects may have dots of their own.
fn with_group(id: &Id, known: &[Known]) -> Option<(Resource, String)> {
    if !id.group.is_empty() {
        return None;
    }
    id.name.match_indices('.').find_map(|(at, _)| {
        let (name, group) = (&id.name[..at], &id.name[at + 1..]);
        let asked = Id { group: group.to_owned(), ..id.clone() };
        let is_it = |known: &&Known| known.resource.group == group && known.rank(&asked).is_some();
        let found = known.iter().find(is_it)?;
        (!name.is_empty()).then(|| (found.resource.clone(), name.to_owned()))
    })
}

fn of(id: &Id, known: &[Known], whom: &Whom) -> Result<Resource, Diagnostic> {
    let ranked = known.iter().filter_map(|known| Some((known.rank(id)?, &known.resource)));
    let ranked: Vec<_> = ranked.collect();
    let Some(best) = ranked.iter().map(|(rank, _)| *rank).min() else {
        return Err(missing(id, known, whom));
    };
    // The versions of a group come with the preferred one first.
    let mut found: Vec<&Resource> = Vec::new();
    for (_, resource) in ranked.iter().filter(|(rank, _)| *rank == best) {
        let is_new = |it: &&&Resource| (&it.group, &it.kind) == (&resource.group, &resource.kind);
        if !found.iter().any(|it| is_new(&it)) {
            found.push(resource);
        }
    }
    match found.as_slice() {
        [only] => Ok((*only).clone()),
        several => {
            let name = |it: &&Resource| format!("`{}.{}`", it.kind.to_ascii_lowercase(), it.group);
            let names: Vec<_> = several.iter().map(name).collect();
            let word = printable(&id.kind);
            let message = format!("`{word}` is several kinds in {}", whom.cluster());
            Err(Diagnostic::error(message).hint(format!("name one: {}", names.join(", "))))
        }
    }
}

fn missing(id: &Id, known: &[Known], whom: &Whom) -> Diagnostic {
    let dot = if id.group.is_empty() { "" } else { "." };
    let asked = printable(&format!("{}{dot}{}", id.kind, id.group));
    let message = format!("{} has no kind `{asked}`", whom.cluster());
    let word = id.kind.to_ascii_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&name.to_ascii_lowercase(), &word);
    let near = known.iter().map(|it| it.resource.kind.as_str()).min_by_key(|name| distance(name));
    let near = near
        .filter(|name| distance(name) <= 2.max(word.len() / 4).min(word.len().saturating_sub(1)));
    let other = known.iter().find(|it| it.resource.kind.eq_ignore_ascii_case(&word));
    Diagnostic::error(message).hint(match (other, near) {
        (Some(other), _) => {
            format!("there is `{}` of `{}`", other.resource.kind, other.resource.api())
        }
        (None, Some(near)) => format!("did you mean `{near}`?"),
        (None, None) => {
            "`kubectl api-resources` shows all kinds; is it the right context?".to_owned()
        }
    })
}

/// The request that stands for discovery in messages.
pub(super) fn request() -> Request {
    let kinds = Resource { is_namespaced: false, ..Resource::core("APIGroup", "kinds") };
    Request::new(Verb::List, kinds, "", Filter::All)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = r#"{kind: APIGroupDiscoveryList, items: [
      {metadata: {}, versions: [{version: v1, resources: [
        {resource: pods, responseKind: {kind: Pod}, scope: Namespaced, singularResource: pod, shortNames: [po], verbs: [get, list]},
        {resource: bindings, responseKind: {kind: Binding}, scope: Namespaced, verbs: [create]}]}]},
      {metadata: {name: kustomize.toolkit.fluxcd.io}, versions: [
        {version: v1, resources: [{resource: kustomizations, responseKind: {kind: Kustomization}, scope: Namespaced, singularResource: kustomization, shortNames: [ks], verbs: [get]}]},
        {version: v1beta2, resources: [{resource: kustomizations, responseKind: {kind: Kustomization}, scope: Namespaced, singularResource: kustomization, shortNames: [ks], verbs: [get]}]}]},
      {metadata: {name: argoproj.io}, versions: [{version: v1alpha1, resources: [{resource: applications, responseKind: {kind: Application}, scope: Namespaced, singularResource: application, shortNames: [app], verbs: [get]}]}]},
      {metadata: {name: app.k8s.io}, versions: [{version: v1beta1, resources: [{resource: applications, responseKind: {kind: Application}, scope: Namespaced, singularResource: application, verbs: [get]}]}]},
      {metadata: {name: metrics.k8s.io}, versions: [{version: v1beta1, resources: [{resource: pods, responseKind: {kind: PodMetrics}, scope: Namespaced, verbs: [get]}]}]},
      {metadata: {name: cert-manager.io}, versions: [{version: v1, resources: [{resource: clusterissuers, responseKind: {kind: ClusterIssuer}, scope: Cluster, singularResource: clusterissuer, verbs: [get]}]}]}]}"#;

    fn whom() -> Whom {
        let config = kube::Config::new("https://a".parse().unwrap());
        Whom::new("context `x`".to_owned(), &config)
    }

    fn known() -> Vec<Known> {
        let groups: Groups = serde_yaml::from_str(NEW).unwrap();
        groups.items.into_iter().flat_map(kinds).collect()
    }

    #[test]
    fn kinds_are_found_by_all_their_names() {
        let known = known();
        for (kind, group, version, wanted) in [
            ("pod", "", "", Ok("/v1 pods")),
            ("PO", "", "", Ok("/v1 pods")),
            ("pods", "", "", Ok("/v1 pods")),
            ("Kustomization", "", "", Ok("kustomize.toolkit.fluxcd.io/v1 kustomizations")),
            (
                "ks",
                "kustomize",
                "v1beta2",
                Ok("kustomize.toolkit.fluxcd.io/v1beta2 kustomizations"),
            ),
            ("application", "argoproj.io", "", Ok("argoproj.io/v1alpha1 applications")),
            ("applications", "app", "", Ok("app.k8s.io/v1beta1 applications")),
            ("clusterissuer", "", "", Ok("cert-manager.io/v1 clusterissuers")),
            (
                "application",
                "",
                "",
                Err("name one: `application.argoproj.io`, `application.app.k8s.io`"),
            ),
            ("kustomizaton", "", "", Err("did you mean `Kustomization`?")),
            ("pod", "apps", "", Err("there is `Pod` of `v1`")),
            ("binding", "", "", Err("kubectl api-resources")),
        ] {
            let [kind, group, version] = [kind, group, version].map(str::to_owned);
            let id = Id { kind, group, version, ..Id::default() };
            match (of(&id, &known, &whom()), wanted) {
                (Ok(found), Ok(wanted)) => {
                    assert_eq!(
                        format!("{}/{} {}", found.group, found.version, found.plural),
                        wanted
                    );
                }
                (Err(found), Err(wanted)) => {
                    assert!(found.hint.as_deref().unwrap().contains(wanted), "{found:?}");
                }
                (found, _) => panic!("{id}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_group_may_stand_behind_the_name() {
        let known = known();
        for (kind, name, wanted) in [
            ("application", "web.argoproj.io", Some(("argoproj.io", "web"))),
            ("application", "a.b.app.k8s.io", Some(("app.k8s.io", "a.b"))),
            (
                "ks",
                "apps.kustomize.toolkit.fluxcd.io",
                Some(("kustomize.toolkit.fluxcd.io", "apps")),
            ),
            ("pod", "web.argoproj.io", None),
            ("application", "web.example.com", None),
            ("application", ".argoproj.io", None),
        ] {
            let id = Id { kind: kind.into(), name: name.into(), ..Id::default() };
            let found = with_group(&id, &known);
            let found = found.as_ref().map(|(it, name)| (it.group.as_str(), name.as_str()));
            assert_eq!(found, wanted, "{id}");
        }
    }

    #[test]
    fn lists_of_older_servers_say_the_same() {
        let text = "{groupVersion: apps/v1, resources: [{name: deployments, singularName: '', namespaced: true, kind: Deployment, shortNames: [deploy], verbs: [get]}, {name: deployments/status, kind: Deployment, verbs: [get]}]}";
        let found: Vec<_> = old_kinds(serde_yaml::from_str(text).unwrap()).collect();
        assert_eq!(found.len(), 1);
        let id = Id { kind: "deploy".to_owned(), ..Id::default() };
        assert_eq!(of(&id, &found, &whom()).unwrap().version, "v1");
    }
}
