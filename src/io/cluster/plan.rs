//! What to ask so that everything wanted is known, with few requests; and what the answers make.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::{Id, Object, Selector, Snapshot, Timestamp, Wanted};

use super::resource::{Filter, Request, Resource, Verb};

/// How many objects of a kind and a namespace are asked for one by one.
const FEW: usize = 2;

/// How many selections of pods of a namespace are asked for one by one.
const FEW_SELECTORS: usize = 4;

/// One thing to ask, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// What is asked.
    pub(super) request: Request,
    /// Whose the answer is.
    purpose: Purpose,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Purpose {
    Workloads(BTreeSet<Id>),
    Pods,
    Named(Id),
}

/// The objects that answer a question, by name.
pub(super) type Objects = BTreeMap<String, Object>;

/// All questions that `wanted` needs; `named` are the resources of [`Wanted::named`], and the objects'
/// names.
pub(super) fn questions(
    wanted: &Wanted,
    named: &BTreeMap<Id, (Resource, String)>,
    namespace: &str,
) -> Vec<Question> {
    let mut out = workloads(&wanted.workloads);
    out.extend(pods(&wanted.pods));
    out.extend(named.iter().map(|(id, (resource, name))| {
        let place = if id.namespace.is_empty() { namespace } else { &id.namespace };
        let filter = Filter::Name(name.clone());
        let request = Request::new(Verb::Get, resource.clone(), place, filter);
        Question { request, purpose: Purpose::Named(id.clone()) }
    }));
    out
}

fn workloads(wanted: &BTreeSet<Id>) -> Vec<Question> {
    let mut groups: BTreeMap<(Resource, &str), BTreeSet<Id>> = BTreeMap::new();
    for id in wanted {
        let group = groups.entry((Resource::of(id), &id.namespace)).or_default();
        group.insert(id.clone());
    }
    let ask = |resource: &Resource, namespace: &str, ids: BTreeSet<Id>, filter| Question {
        request: Request::new(Verb::Get, resource.clone(), namespace, filter),
        purpose: Purpose::Workloads(ids),
    };
    let mut out = Vec::new();
    for ((resource, namespace), ids) in groups {
        match ids.len() {
            0..=FEW => out.extend(ids.into_iter().map(|id| {
                let filter = Filter::Name(id.name.clone());
                ask(&resource, namespace, BTreeSet::from([id]), filter)
            })),
            _ => out.push(ask(&resource, namespace, ids, Filter::All)),
        }
    }
    out
}

fn pods(wanted: &BTreeSet<(String, Selector)>) -> Vec<Question> {
    let mut groups: BTreeMap<&str, Vec<&Selector>> = BTreeMap::new();
    for (namespace, selector) in wanted.iter().filter(|(_, selector)| !selector.is_empty()) {
        groups.entry(namespace).or_default().push(selector);
    }
    let mut out = Vec::new();
    for (namespace, selectors) in groups {
        let filters = match selectors.len() {
            0..=FEW_SELECTORS => {
                selectors.iter().map(|it| Filter::Labels(it.to_string())).collect()
            }
            _ => vec![Filter::All],
        };
        let pods = || Resource::core("Pod", "pods");
        out.extend(filters.into_iter().map(|filter| Question {
            request: Request::new(Verb::List, pods(), namespace, filter),
            purpose: Purpose::Pods,
        }));
    }
    out
}

impl Question {
    /// Whether the answer is one object.
    pub(super) fn is_single(&self) -> bool {
        matches!(self.request.filter, Filter::Name(_))
    }
}

/// What `answers` to `questions` say about `wanted`.
pub(super) fn snapshot<'a>(
    wanted: &Wanted,
    questions: &[Question],
    answers: impl Iterator<Item = &'a Objects>,
    now: Timestamp,
) -> Snapshot {
    let mut out = Snapshot::empty(now);
    let (mut pods, selections) = (BTreeMap::new(), Selections::new(wanted));
    for (question, objects) in questions.iter().zip(answers) {
        match &question.purpose {
            Purpose::Workloads(ids) => {
                let found = ids.iter().filter_map(|id| Some((id.clone(), objects.get(&id.name)?)));
                out.workloads.extend(found.map(|(id, object)| (id, object.clone())));
            }
            Purpose::Named(id) => {
                let resource = &question.request.resource;
                if !resource.is_namespaced {
                    out.clusterwide.insert(id.clone());
                }
                let found = objects.values().next().map(|object| Object {
                    // The items of a list leave them out.
                    api_version: resource.api(),
                    kind: resource.kind.clone(),
                    ..object.clone()
                });
                out.named.extend(found.map(|object| (id.clone(), object)));
            }
            Purpose::Pods => {
                let selected = objects.values().filter(|pod| selections.have(pod));
                pods.extend(
                    selected.map(|pod| ((&pod.metadata.namespace, &pod.metadata.name), pod)),
                );
            }
        }
    }
    out.pods = pods.into_values().cloned().collect();
    out
}

/// Selections of pods by namespace and one label that they ask for, since thousands of pods are not
/// held against hundreds of selectors each.
#[derive(Default)]
struct Selections<'w> {
    by_label: BTreeMap<(&'w str, &'w str, &'w str), Vec<&'w Selector>>,
    others: Vec<(&'w str, &'w Selector)>,
}

impl<'w> Selections<'w> {
    fn new(wanted: &'w Wanted) -> Self {
        let mut out = Self::default();
        for (namespace, selector) in &wanted.pods {
            match selector.match_labels.iter().next() {
                Some((key, value)) => {
                    out.by_label.entry((namespace, key, value)).or_default().push(selector);
                }
                None => out.others.push((namespace, selector)),
            }
        }
        out
    }

    fn have(&self, pod: &Object) -> bool {
        let (namespace, labels) = (pod.metadata.namespace.as_str(), &pod.metadata.labels);
        let of_label = |(key, value): (&String, &String)| {
            let found = self.by_label.get(&(namespace, key.as_str(), value.as_str()));
            found.is_some_and(|found| found.iter().any(|selector| selector.selects(labels)))
        };
        let mut others = self.others.iter();
        labels.iter().any(of_label)
            || others.any(|(place, selector)| *place == namespace && selector.selects(labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(kind: &str, namespace: &str, name: &str) -> Id {
        let [kind, namespace, name] = [kind, namespace, name].map(str::to_owned);
        Id { group: "apps".to_owned(), version: "v1".to_owned(), kind, namespace, name }
    }

    fn selector(app: &str) -> Selector {
        Selector {
            match_labels: [("app".to_owned(), app.to_owned())].into(),
            match_expressions: Vec::new(),
        }
    }

    fn asked(wanted: &Wanted) -> Vec<String> {
        let questions = questions(wanted, &BTreeMap::new(), "default");
        questions.iter().map(|question| question.request.target(&[])).collect()
    }

    #[test]
    fn few_are_asked_for_by_name_and_many_by_list() {
        let workloads = ["a", "b"].map(|name| id("Deployment", "shop", name));
        let more = ["a", "b", "c"].map(|name| id("StatefulSet", "shop", name));
        let wanted =
            Wanted { workloads: workloads.into_iter().chain(more).collect(), ..Wanted::default() };
        let base = "/apis/apps/v1/namespaces/shop";
        assert_eq!(
            asked(&wanted),
            [
                format!("{base}/deployments/a"),
                format!("{base}/deployments/b"),
                format!("{base}/statefulsets"),
            ]
        );
    }

    #[test]
    fn pods_are_selected_there_or_here() {
        let of = |namespace: &str, names: &[&str]| {
            names.iter().map(|name| (namespace.to_owned(), selector(name))).collect::<Vec<_>>()
        };
        let mut pods = of("few", &["a", "b"]);
        pods.extend(of("many", &["a", "b", "c", "d", "e"]));
        pods.push(("none".to_owned(), Selector::default()));
        let wanted = Wanted { pods: pods.into_iter().collect(), ..Wanted::default() };
        assert_eq!(
            asked(&wanted),
            [
                "/api/v1/namespaces/few/pods?labelSelector=app%3Da",
                "/api/v1/namespaces/few/pods?labelSelector=app%3Db",
                "/api/v1/namespaces/many/pods",
            ]
        );
    }

    #[test]
    fn each_pod_is_there_once_in_order_and_only_where_it_is_selected() {
        let pod = |name: &str, app: &str| {
            let text =
                format!("{{metadata: {{name: {name}, namespace: shop, labels: {{app: {app}}}}}}}");
            (name.to_owned(), serde_yaml::from_str::<Object>(&text).unwrap())
        };
        let wanted = Wanted {
            workloads: [id("Deployment", "shop", "a"), id("Deployment", "shop", "gone")].into(),
            pods: [("shop".to_owned(), selector("a")), ("shop".to_owned(), selector("b"))].into(),
            named: BTreeSet::new(),
        };
        let questions = questions(&wanted, &BTreeMap::new(), "default");
        let answers: Vec<Objects> = questions
            .iter()
            .map(|question| match question.purpose {
                Purpose::Pods => [pod("z", "a"), pod("b", "b"), pod("c", "other")].into(),
                _ => [pod("a", "x")].into(),
            })
            .collect();
        let found = snapshot(&wanted, &questions, answers.iter(), Timestamp::UNIX_EPOCH);
        let names: Vec<_> = found.pods.iter().map(|pod| pod.metadata.name.as_str()).collect();
        assert_eq!(names, ["b", "z"]);
        assert_eq!(
            found.workloads.into_keys().collect::<Vec<_>>(),
            [id("Deployment", "shop", "a")]
        );
    }
}
