//! What kustomize renders, as far as pods come from it: the workloads and their images.

use serde::Deserialize as _;
use serde_yaml::Value;

use crate::cluster::template::{PATHS, placed, pod_spec, selector};
use crate::cluster::{Id, Named, Object, Selector, Wanted};
use crate::diagnostic::Diagnostic;

/// The kinds that pods come from, by the groups that have or had them.
const KINDS: [(&str, &[&str]); 8] = [
    ("CronJob", &["batch"]),
    ("DaemonSet", &["apps", "extensions"]),
    ("Deployment", &["apps", "extensions"]),
    ("Job", &["batch"]),
    ("Pod", &[""]),
    ("ReplicaSet", &["apps", "extensions"]),
    ("Rollout", &["argoproj.io"]),
    ("StatefulSet", &["apps"]),
];

/// What has others run pods: controllers that apply whole directories and charts.
const APPLIERS: [(&str, &str); 4] = [
    ("argoproj.io", "Application"),
    ("argoproj.io", "ApplicationSet"),
    ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"),
];

/// What of an overlay runs pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// What there are rules for.
    pub workloads: Vec<Workload>,
    /// What may run pods besides: kinds that are not known here, and what has others run some.
    pub others: Vec<Id>,
}

/// Something that pods come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// Who it is; the name ends with `*` where the cluster makes it up (`generateName`).
    pub id: Id,
    /// The images of its containers and init containers.
    pub images: Vec<Placed>,
    /// Its pods.
    pub selector: Selector,
    /// How many pods the overlay asks for; `None` where it leaves that to somebody else.
    pub replicas: Option<i64>,
    /// Whether the overlay itself says that it stands still.
    pub suspend: bool,
    /// Whether it may be gone because it is done: a Job that is deleted when it is finished, a hook.
    pub fleeting: bool,
    /// The workload that it has its template from (`workloadRef` of a Rollout).
    pub refers: Option<Named>,
    /// Whether a Rollout has its template from it, and says how many pods there are.
    pub referred: bool,
    /// The service account of its pods.
    pub service_account: String,
    /// The Secrets that its own template pulls images with.
    pub pull_secrets: Vec<String>,
}

/// An image in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    /// The container's name.
    pub container: String,
    /// The image, as rendered.
    pub image: String,
}

impl Workload {
    /// Whether the cluster makes up its name, so that nobody can look it up.
    pub fn is_nameless(&self) -> bool {
        self.id.name.ends_with('*')
    }
}

/// What runs pods of `text`, which is what kustomize renders, in its order; `namespace` is that of what
/// names none.
///
/// # Errors
/// Where `text` is not YAML, or a workload in it has not the shape that it must have.
pub fn rendered(text: &str, namespace: &str) -> Result<Rendered, Diagnostic> {
    let mut out = Rendered::default();
    for document in serde_yaml::Deserializer::from_str(text) {
        let value = Value::deserialize(document).map_err(|error| unreadable(&error))?;
        collect(value, namespace, &mut out)?;
    }
    refer(&mut out.workloads);
    Ok(out)
}

/// What is to be read of a cluster about `workloads`.
pub fn wanted<'w>(workloads: impl IntoIterator<Item = &'w Workload>) -> Wanted {
    let mut out = Wanted::default();
    for workload in workloads.into_iter().filter(|workload| !workload.is_nameless()) {
        out.workloads.insert(workload.id.clone());
        if !workload.selector.is_empty() {
            out.pods.insert((workload.id.namespace.clone(), workload.selector.clone()));
        }
    }
    out
}

/// Only where it is: what is rendered may hold secrets.
fn unreadable(error: &serde_yaml::Error) -> Diagnostic {
    let place = error.location().map(|at| format!(" at line {}", at.line())).unwrap_or_default();
    Diagnostic::error(format!("what kustomize rendered is not readable as YAML{place}"))
}

/// Puts what one document runs into `out`; the items of a list may leave out what the list says.
fn collect(value: Value, namespace: &str, out: &mut Rendered) -> Result<(), Diagnostic> {
    let (version, kind) = (text(&value, &["apiVersion"]), text(&value, &["kind"]));
    if let (Some(item), Some(Value::Sequence(items))) =
        (kind.strip_suffix("List"), value.get("items"))
    {
        for item_value in items {
            let mut item_value = item_value.clone();
            fill(&mut item_value, "apiVersion", if item.is_empty() { "" } else { version });
            fill(&mut item_value, "kind", item);
            collect(item_value, namespace, out)?;
        }
        return Ok(());
    }
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let mut id =
        Id { group: group.into(), version: version.into(), kind: kind.into(), ..Id::default() };
    if KINDS.iter().any(|(known, groups)| *known == kind && groups.contains(&group)) {
        out.workloads.push(workload(id, value, namespace)?);
    } else if APPLIERS.contains(&(group, kind)) || value.get("spec").is_some_and(has_pods) {
        let own = text(&value, &["metadata", "namespace"]);
        id.namespace = if own.is_empty() { namespace } else { own }.to_owned();
        id.name = text(&value, &["metadata", "name"]).to_owned();
        out.others.push(id);
    }
    Ok(())
}

/// Whether there is a template of pods in `value`. What stands in lists is of rules about pods, more
/// often than not.
fn has_pods(value: &Value) -> bool {
    let Value::Mapping(map) = value else { return false };
    let template = map.get("template").and_then(|template| template.get("spec")?.get("containers"));
    template.is_some_and(Value::is_sequence) || map.values().any(has_pods)
}

fn fill(item: &mut Value, key: &str, value: &str) {
    if let Value::Mapping(map) = item
        && !value.is_empty()
        && !map.contains_key(key)
    {
        map.insert(key.into(), value.into());
    }
}

/// The text at `path`; empty where there is none.
fn text<'v>(value: &'v Value, path: &[&str]) -> &'v str {
    let found = path.iter().try_fold(value, |value, key| value.get(*key));
    found.and_then(Value::as_str).unwrap_or_default()
}

fn workload(mut id: Id, mut value: Value, namespace: &str) -> Result<Workload, Diagnostic> {
    value.apply_merge().map_err(|_| shapeless(&id, "merge keys"))?;
    let (fleeting, containers) = (is_fleeting(&value), containers(&value, &id.kind));
    let generated = format!("{}*", text(&value, &["metadata", "generateName"]));
    let object: Object = serde_yaml::from_value(value).map_err(|_| shapeless(&id, "metadata"))?;
    let or = |text: String, other: &str| if text.is_empty() { other.to_owned() } else { text };
    id.name = or(object.metadata.name, &generated);
    id.namespace = or(object.metadata.namespace, namespace);
    let spec = object.spec;
    let selector = selector(&id, &spec);
    let pod = pod_spec(&id.kind, &spec).cloned().unwrap_or_default();
    let images = placed(&pod);
    if spec.workload_ref.is_none() {
        // What is of another shape reads as if it were not there.
        let is_whole = images.len() == containers && images.iter().all(|at| !at.image.is_empty());
        if pod.containers.is_empty() || !is_whole {
            return Err(shapeless(&id, "containers"));
        }
        if selector.is_empty() && id.kind != "Pod" {
            return Err(shapeless(&id, "selector"));
        }
    }
    Ok(Workload {
        images,
        selector,
        replicas: spec.replicas,
        suspend: spec.suspend,
        fleeting: fleeting || spec.ttl_seconds_after_finished.is_some(),
        refers: spec.workload_ref,
        referred: false,
        service_account: or(pod.service_account_name, "default"),
        pull_secrets: pod.image_pull_secrets.into_iter().map(|secret| secret.name).collect(),
        id,
    })
}

/// How many containers and init containers a workload has, of whatever shape.
fn containers(value: &Value, kind: &str) -> usize {
    let path = PATHS.iter().find(|(known, _)| *known == kind).map_or(PATHS[0].1, |(_, path)| path);
    let pod = path.iter().try_fold(value, |value, key| value.get(*key));
    let lists = ["containers", "initContainers"].map(|key| pod.and_then(|pod| pod.get(key)));
    lists.iter().flatten().filter_map(|list| list.as_sequence()).map(Vec::len).sum()
}

fn shapeless(id: &Id, what: &str) -> Diagnostic {
    Diagnostic::error(format!("`{id}`, as kustomize renders it, has no {what} that can be read"))
        .hint("a container has a name and an image, which are texts")
}

/// Whether it may be gone because it is done: Argo CD and Helm delete hooks that succeeded, and
/// nobody but Helm runs its tests.
fn is_fleeting(value: &Value) -> bool {
    let annotation = |key: &str| text(value, &["metadata", "annotations", key]);
    annotation("argocd.argoproj.io/hook-delete-policy").contains("HookSucceeded")
        || annotation("helm.sh/hook-delete-policy").contains("hook-succeeded")
        || annotation("helm.sh/hook").contains("test")
}

/// Gives Rollouts the template that they refer to; how many pods there are is theirs to say then.
fn refer(workloads: &mut [Workload]) {
    for at in 0..workloads.len() {
        let Some(named) = workloads[at].refers.clone() else { continue };
        let namespace = workloads[at].id.namespace.clone();
        let is_meant = |other: &&mut Workload| {
            let id = &other.id;
            id.kind == named.kind && id.name == named.name && id.namespace == namespace
        };
        let Some(other) = workloads.iter_mut().find(is_meant) else { continue };
        (other.replicas, other.referred) = (None, true);
        let template = other.clone();
        let rollout = &mut workloads[at];
        rollout.images = template.images;
        rollout.selector = template.selector;
        rollout.service_account = template.service_account;
        rollout.pull_secrets = template.pull_secrets;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    spec:
      serviceAccountName: robot
      imagePullSecrets: [{name: registry}]
      initContainers: [{name: migrate, image: 'web-db:1'}]
      containers: [{name: web, image: 'web:1', env: [{name: PASSWORD, value: hunter2}]}]
";

    fn only(text: &str) -> Workload {
        let mut found = rendered(text, "shop").unwrap().workloads;
        assert_eq!(found.len(), 1, "{text}");
        found.remove(0)
    }

    fn images(workload: &Workload) -> Vec<String> {
        let images = workload.images.iter();
        images.map(|placed| format!("{}={}", placed.container, placed.image)).collect()
    }

    #[test]
    fn a_deployment_is_read() {
        let found = only(DEPLOYMENT);
        assert_eq!(found.id.to_string(), "deployment.apps/web in shop");
        assert_eq!(images(&found), ["web=web:1", "migrate=web-db:1"]);
        assert_eq!((found.replicas, found.selector.to_string().as_str()), (Some(3), "app=web"));
        assert_eq!(
            (found.service_account.as_str(), found.pull_secrets.join(",")),
            ("robot", "registry".into())
        );
    }

    #[test]
    fn every_kind_is_found_and_nothing_else() {
        let pod = "containers: [{name: c, image: i}]";
        let template = format!("template: {{spec: {{{pod}}}}}");
        let selecting = format!("selector: {{matchLabels: {{a: b}}}}, {template}");
        for (head, spec, selector) in [
            ("apiVersion: apps/v1\nkind: StatefulSet", selecting.clone(), "a=b"),
            ("apiVersion: apps/v1\nkind: DaemonSet", selecting.clone(), "a=b"),
            ("apiVersion: apps/v1\nkind: ReplicaSet", selecting.clone(), "a=b"),
            ("apiVersion: batch/v1\nkind: Job", template.clone(), "job-name=x"),
            ("apiVersion: v1\nkind: Pod", pod.to_owned(), ""),
            ("apiVersion: argoproj.io/v1alpha1\nkind: Rollout", selecting.clone(), "a=b"),
            (
                "apiVersion: batch/v1\nkind: CronJob",
                format!(
                    "jobTemplate: {{spec: {{template: {{metadata: {{labels: {{c: d}}}}, spec: {{{pod}}}}}}}}}"
                ),
                "c=d,job-name",
            ),
        ] {
            let text = format!(
                "{head}\nmetadata: {{name: x, namespace: n, labels: {{a: b}}}}\nspec: {{{spec}}}"
            );
            let found = only(&text);
            assert_eq!(
                (found.id.namespace.as_str(), images(&found)),
                ("n", vec!["c=i".to_owned()]),
                "{text}"
            );
            assert_eq!(found.selector.to_string(), selector, "{text}");
        }
        for head in [
            "apiVersion: example.com/v1\nkind: Deployment",
            "apiVersion: v1\nkind: Job",
            "apiVersion: v1\nkind: Service",
            "kind: Deployment",
        ] {
            let text = format!("{head}\nmetadata: {{name: x}}\nspec: {{{template}}}");
            assert_eq!(rendered(&text, "n").unwrap().workloads, [], "{head}");
        }
    }

    #[test]
    fn documents_and_lists_are_gone_through() {
        let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n";
        let indented = DEPLOYMENT.trim().replace('\n', "\n  ");
        let list = format!("apiVersion: v1\nkind: List\nitems:\n- {indented}\n");
        let bare = DEPLOYMENT
            .replace("apiVersion: apps/v1\nkind: Deployment\n", "")
            .trim()
            .replace('\n', "\n  ");
        let typed = format!("apiVersion: apps/v1\nkind: DeploymentList\nitems:\n- {bare}\n");
        for (text, count) in [
            (String::new(), 0),
            ("# nothing\n---\n---\n".to_owned(), 0),
            (format!("{service}---\n{DEPLOYMENT}---\n{service}"), 1),
            (format!("{list}---\n{DEPLOYMENT}"), 2),
            (typed, 1),
            ("kind: List\nitems: []\n".to_owned(), 0),
        ] {
            let found = rendered(&text, "shop").unwrap().workloads;
            assert_eq!(found.len(), count, "{text}");
            assert!(found.iter().all(|workload| workload.id.name == "web"));
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_without_its_content() {
        for (text, message) in [
            ("a: [hunter2", "not readable as YAML at line"),
            (
                &DEPLOYMENT.replace("image: 'web:1'", "image: 12"),
                "`deployment.apps/web in shop`, as kustomize renders it, has no containers",
            ),
            (&DEPLOYMENT.replace(", image: 'web:1'", ""), "has no containers"),
            (&DEPLOYMENT.replace(", image: 'web-db:1'", ""), "has no containers"),
            (&DEPLOYMENT.replace("image: 'web-db:1'", "image: 12"), "has no containers"),
            (&DEPLOYMENT.replace("app: web", "app: 12"), "has no selector"),
            (
                &DEPLOYMENT.replace("containers: [{name: web", "containers: [{name: [hunter2]"),
                "has no containers",
            ),
            ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n", "has no containers"),
            ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: [web]}\n", "has no metadata"),
        ] {
            let error = rendered(text, "shop").unwrap_err();
            assert!(error.message.contains(message), "{text}: {error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn what_may_be_gone_is_known() {
        let job = |metadata: &str, spec: &str| {
            only(&format!(
                "apiVersion: batch/v1\nkind: Job\nmetadata: {{{metadata}}}\nspec: {{{spec}template: {{spec: {{containers: [{{name: c, image: i}}]}}}}}}"
            ))
        };
        for (metadata, spec, fleeting) in [
            ("name: x", "", false),
            ("name: x", "ttlSecondsAfterFinished: 0, ", true),
            (
                "name: x, annotations: {argocd.argoproj.io/hook-delete-policy: HookSucceeded}",
                "",
                true,
            ),
            (
                "name: x, annotations: {argocd.argoproj.io/hook-delete-policy: BeforeHookCreation}",
                "",
                false,
            ),
            (
                "name: x, annotations: {helm.sh/hook-delete-policy: 'before-hook-creation,hook-succeeded'}",
                "",
                true,
            ),
            ("name: x, annotations: {helm.sh/hook: test}", "", true),
        ] {
            assert_eq!(job(metadata, spec).fleeting, fleeting, "{metadata} {spec}");
        }
        let nameless = job("generateName: import-", "");
        assert_eq!((nameless.id.name.as_str(), nameless.is_nameless()), ("import-*", true));
        assert!(wanted(&[nameless]).workloads.is_empty());
    }

    #[test]
    fn a_rollout_may_refer_to_a_deployment() {
        let rollout = "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: front}\nspec:\n  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n";
        let found = rendered(&format!("{DEPLOYMENT}{rollout}"), "shop").unwrap().workloads;
        assert_eq!(images(&found[1]), images(&found[0]));
        assert!(found[0].referred && !found[1].referred);
        assert_eq!((found[0].replicas, found[1].selector.to_string().as_str()), (None, "app=web"));
        let alone = only(rollout);
        assert!(alone.images.is_empty() && alone.selector.is_empty());
        let wanted = wanted(&found);
        assert_eq!((wanted.workloads.len(), wanted.pods.len()), (2, 1));
    }
}
