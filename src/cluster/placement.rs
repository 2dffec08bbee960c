//! Whether a workload and its pods are at the rendered images.

use std::collections::BTreeMap;

use crate::cluster::fit::{Fit, asked, fit, is_version, pulled};
use crate::cluster::health::Subject;
use crate::cluster::rendered::{Placed, Workload};
use crate::cluster::rollout::Standing;
use crate::cluster::template::{placed, pod_spec};
use crate::cluster::{ContainerStatus, Object, Spec};
use crate::facts::{Facts, Manifest};

/// A rendered image, and what the cluster has in its place.
pub(super) struct Pair<'s> {
    rendered: &'s Placed,
    /// `None` where there is no such container.
    live: Option<String>,
    fit: Fit,
}

/// The images of `workload` beside those that `object` says. A Rollout that has its template from
/// another workload says none: they are the other one's.
pub(super) fn images<'s>(workload: &'s Workload, object: &Object, facts: &Facts) -> Vec<Pair<'s>> {
    if workload.refers.is_some() {
        return Vec::new();
    }
    let live = pod_spec(&workload.id.kind, &object.spec).map(placed).unwrap_or_default();
    let pair = |rendered: &'s Placed| {
        let live = image(&live, &rendered.container);
        let fit = live.as_deref().map_or(Fit::Other, |live| fit(&rendered.image, live, facts));
        Pair { rendered, live, fit }
    };
    workload.images.iter().map(pair).collect()
}

fn image(placed: &[Placed], container: &str) -> Option<String> {
    placed.iter().find(|placed| placed.container == container).map(|placed| placed.image.clone())
}

/// The manifests that a registry has to be asked about before anybody can tell.
pub(super) fn questions(
    subject: &Subject<'_>,
    images: &[Pair<'_>],
    facts: &Facts,
) -> Vec<Manifest> {
    let open = images.iter().filter_map(|pair| match told(subject, pair, facts) {
        Fit::Ask(manifest, _) => Some(manifest),
        _ => None,
    });
    let mut out: Vec<_> = open.collect();
    out.sort();
    out.dedup();
    out
}

/// What is wrong with the template.
pub(super) fn template(images: &[Pair<'_>]) -> Option<Standing> {
    let pair = images.iter().find(|pair| pair.fit == Fit::Other)?;
    let Placed { container, image } = pair.rendered;
    Some(Standing::waiting(
        match &pair.live {
            Some(live) => format!("is at `{live}` in container `{container}`, not at `{image}`"),
            None => format!("has no container `{container}`, which the overlay has at `{image}`"),
        },
        None,
    ))
}

/// What is wrong with the images of what is rolled out.
pub(super) fn wrong(
    subject: &Subject<'_>,
    object: &Object,
    images: &[Pair<'_>],
    facts: &Facts,
) -> Option<Standing> {
    let by_digest = images.iter().find_map(|pair| unfit(subject, pair, facts));
    by_digest.or_else(|| match holds_back(object) || subject.workload.id.kind == "CronJob" {
        true => None,
        false => other_version(subject).map(|what| Standing::waiting(what, None)),
    })
}

/// Whether a partition leaves pods at another template.
const fn holds_back(object: &Object) -> bool {
    object.spec.update_strategy.rolling_update.partition > 0
}

/// What is to be said of `pair`, with what its pods run.
fn told(subject: &Subject<'_>, pair: &Pair<'_>, facts: &Facts) -> Fit {
    match &pair.fit {
        Fit::Running { digest, named } => {
            let started = started(subject, &pair.rendered.container);
            if started.is_empty() { asked(named.clone(), digest, facts) } else { pair.fit.clone() }
        }
        fit => fit.clone(),
    }
}

/// The containers of that name that a runtime has made anything of, with their pods.
fn started<'s>(subject: &Subject<'s>, name: &str) -> Vec<(&'s Object, &'s ContainerStatus)> {
    let all = subject.running().flat_map(|pod| statuses(pod).map(move |status| (pod, status)));
    all.filter(|(_, status)| status.name == name && !status.image_id.is_empty()).collect()
}

/// The statuses of a pod's containers and init containers.
fn statuses(pod: &Object) -> impl Iterator<Item = &ContainerStatus> {
    pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses)
}

fn unfit(subject: &Subject<'_>, pair: &Pair<'_>, facts: &Facts) -> Option<Standing> {
    let Placed { container, image } = pair.rendered;
    let live = pair.live.as_deref().unwrap_or_default();
    let at = format!("is at `{live}` in container `{container}`");
    match told(subject, pair, facts) {
        Fit::Same => None,
        Fit::Other => Some(Standing::waiting(format!("{at}, which is not `{image}`"), None)),
        Fit::Running { digest, .. } => not_running(subject, container, &digest),
        Fit::Ask(manifest, _) => {
            let what =
                format!("{at}, and only the registry of `{manifest}` tells if that is `{image}`");
            Some(Standing::waiting(what, None))
        }
        Fit::Untold(why) => {
            let what = format!("{at}, and nobody could tell if that is `{image}`: {why}");
            Some(Standing::failed(what, None))
        }
    }
}

/// What is wrong where not every pod runs `digest`.
fn not_running(subject: &Subject<'_>, container: &str, digest: &str) -> Option<Standing> {
    started(subject, container).into_iter().find_map(|(pod, status)| {
        let pod = &pod.metadata.name;
        match pulled(&status.image_id) {
            Some((_, runs)) if runs == digest => None,
            Some((_, runs)) => {
                let what = format!("has pod `{pod}` that runs `{runs}` in container `{container}`, not `{digest}`");
                Some(Standing::waiting(what, None))
            }
            None => {
                let what = format!("has pod `{pod}` that does not tell whether it runs `{digest}` in container `{container}`: its image ID is `{}`", status.image_id);
                Some(Standing::failed(what, None))
            }
        }
    })
}

/// The first pod that is at another version than is rendered.
fn other_version(subject: &Subject<'_>) -> Option<String> {
    let images = &subject.workload.images;
    let wrong = |pod: &'_ Object, spec: &Spec| {
        let live = placed(spec);
        images.iter().find_map(|Placed { container, image: rendered }| {
            let live = image(&live, container).filter(|live| !is_version(rendered, live))?;
            let pod = &pod.metadata.name;
            Some(format!(
                "has pod `{pod}` at `{live}` in container `{container}`, not at `{rendered}`"
            ))
        })
    };
    subject.running().find_map(|pod| wrong(pod, &pod.spec))
}

/// `found`, with what is odd about the pods of what is healthy.
pub(super) fn warned(subject: &Subject<'_>, object: &Object, mut found: Standing) -> Standing {
    if subject.workload.id.kind == "CronJob"
        && let Some(what) = other_version(subject)
    {
        found = found.warn(format!("has not run at the rendered image yet: its last run {what}"));
    }
    if !holds_back(object) {
        found.warnings.extend(subject.workload.images.iter().filter_map(|at| moved(subject, at)));
    }
    found
}

/// What to say where pods run several digests of one image: its tag was moved between their starts.
fn moved(subject: &Subject<'_>, placed: &Placed) -> Option<String> {
    let started = started(subject, &placed.container);
    let digests = started.iter().filter_map(|(pod, status)| {
        let (_, digest) = pulled(&status.image_id)?;
        Some((digest, pod.metadata.name.as_str()))
    });
    let digests: BTreeMap<_, _> = digests.collect();
    (digests.len() > 1).then(|| {
        let runs = digests.iter().map(|(digest, pod)| format!("`{digest}` in pod `{pod}`"));
        let runs = runs.collect::<Vec<_>>().join(", ");
        format!("runs {} digests of `{}`: {runs}", digests.len(), placed.image)
    })
}
