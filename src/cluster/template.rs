//! Where each kind of workload has its pods: their spec and what selects them.

use std::collections::BTreeMap;

use crate::cluster::rendered::Placed;
use crate::cluster::{Container, Expression, Id, Selector, Spec};

/// The label of a Job's pods: Kubernetes before 1.27 knows no other.
const JOB_NAME: &str = "job-name";

/// The path of the pods' spec by kind; the first is that of the kinds that are not here.
pub(super) const PATHS: [(&str, &[&str]); 3] = [
    ("", &["spec", "template", "spec"]),
    ("CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
    ("Pod", &["spec"]),
];

/// What selects the pods of a workload, which for Jobs is what Kubernetes fills in. A Pod is its own.
pub(super) fn selector(id: &Id, spec: &Spec) -> Selector {
    match id.kind.as_str() {
        "Job" => Selector {
            match_labels: BTreeMap::from([(JOB_NAME.into(), id.name.clone())]),
            ..Selector::default()
        },
        "CronJob" => {
            let template = spec.job_template.as_ref().and_then(|job| job.spec.template.as_ref());
            let labels = template.map(|template| template.metadata.labels.clone());
            let made =
                Expression { key: JOB_NAME.into(), operator: "Exists".into(), values: vec![] };
            Selector { match_labels: labels.unwrap_or_default(), match_expressions: vec![made] }
        }
        "Pod" => Selector::default(),
        _ => spec.selector.clone(),
    }
}

/// The spec of the pods of a workload, wherever its kind has it.
pub(super) fn pod_spec<'s>(kind: &str, spec: &'s Spec) -> Option<&'s Spec> {
    match kind {
        "Pod" => Some(spec),
        "CronJob" => pod_spec("Job", &spec.job_template.as_ref()?.spec),
        _ => spec.template.as_ref().map(|template| &*template.spec),
    }
}

/// The images of a pod's containers and init containers.
pub(super) fn placed(pod: &Spec) -> Vec<Placed> {
    let containers = pod.containers.iter().chain(&pod.init_containers);
    let place = |container: &Container| Placed {
        container: container.name.clone(),
        image: container.image.clone(),
    };
    containers.map(place).collect()
}
