//! Which digests run of what an overlay renders.
//!
//! A pod counts while it is not over. One that is going away does not: it is the last rollout's, or
//! nobody's soon. One that ended well counts for what is run to its end, since it is what was tried;
//! one that failed, and what an eviction left, never does.

use std::collections::BTreeMap;

use crate::cluster::fit::{Fit, asked, fit, pulled, wanted};
use crate::cluster::health::Subject;
use crate::cluster::pods::Pods;
use crate::cluster::rendered::{Placed, Workload};
use crate::cluster::{Container, ContainerStatus, Object, Snapshot, Spec};
use crate::facts::{Answer, Facts, Failure, Manifest, Reason};

/// What runs in the place of an image, in one or more pods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Running {
    /// Whether it is the rendered image.
    pub is: Is,
    /// The image, as the pods name it.
    pub image: String,
    /// The digest of its manifest in the image's repository; `None` where the runtime tells none,
    /// or another repository's, which the image's may not have.
    pub digest: Option<String>,
    /// What the runtime tells instead.
    pub image_id: String,
    /// In how many pods it runs.
    pub pods: usize,
    /// The first of them, in the order of their names.
    pub pod: String,
    /// Its container.
    pub container: String,
}

/// Whether what runs is what is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Is {
    /// It is.
    Rendered,
    /// Only a registry can tell: pods name a digest, the overlay a tag. The key is the question.
    Unsure,
    /// It is something else: an older version that is being replaced, or a newer one.
    Other,
}

/// What runs of each image that `workloads` place, by repository and tag (or digest) as rendered. An
/// image that runs nowhere has an empty list. What only registries know is asked of `facts`.
pub fn digests(
    workloads: &[Workload],
    snapshot: &Snapshot,
    facts: &Facts,
) -> BTreeMap<Manifest, Vec<Running>> {
    let pods = Pods::new(snapshot);
    let mut found: BTreeMap<Manifest, Vec<Running>> = BTreeMap::new();
    for workload in workloads {
        for placed in &workload.images {
            if let Some(manifest) = wanted(&placed.image) {
                found.entry(manifest).or_default();
            }
        }
        let subject = Subject { workload, pods: pods.of(workload), now: snapshot.now };
        for (manifest, running) in subject.running().flat_map(|pod| of_pod(workload, pod, facts)) {
            add(found.entry(manifest).or_default(), running);
        }
    }
    for list in found.values_mut() {
        list.sort();
    }
    found
}

/// What the pods of `subject`, which is `workload`, run in `container`.
pub(super) fn in_container(
    workload: &Workload,
    subject: &Subject<'_>,
    container: &str,
    facts: &Facts,
) -> Vec<Running> {
    let mut out = Vec::new();
    let all = subject.running().flat_map(|pod| of_pod(workload, pod, facts));
    all.filter(|(_, running)| running.container == container)
        .for_each(|(_, running)| add(&mut out, running));
    out.sort();
    out
}

/// Counts `next`, with others that are the same but for the pod.
fn add(list: &mut Vec<Running>, next: Running) {
    let is_same = |known: &&mut Running| {
        known.is == next.is
            && known.image == next.image
            && known.digest == next.digest
            && known.container == next.container
            && (known.digest.is_some() || known.image_id == next.image_id)
    };
    match list.iter_mut().find(is_same) {
        Some(known) => {
            known.pods += 1;
            known.pod = known.pod.clone().min(next.pod);
        }
        None => list.push(next),
    }
}

/// What a pod runs of the images of `workload`.
fn of_pod(workload: &Workload, pod: &Object, facts: &Facts) -> Vec<(Manifest, Running)> {
    let status = &pod.status;
    let all = status.container_statuses.iter().chain(&status.init_container_statuses);
    let all = all.chain(&status.ephemeral_container_statuses);
    // No runtime has made anything yet of what has no image ID.
    let started = all.filter(|status| !status.image_id.is_empty());
    let found = started.filter_map(|status| {
        let image = image(&pod.spec, status);
        let (placed, is) = place(workload, status, image, facts)?;
        let manifest = wanted(&placed.image)?;
        let own = wanted(image).map(|own| own.repository);
        let digest = pulled(&status.image_id);
        let digest =
            digest.filter(|(from, _)| own.as_ref() == Some(from) || *from == manifest.repository);
        let running = Running {
            is,
            image: image.to_owned(),
            digest: digest.map(|(_, digest)| digest.to_owned()),
            image_id: status.image_id.clone(),
            pods: 1,
            pod: pod.metadata.name.clone(),
            container: status.name.clone(),
        };
        Some((manifest, running))
    });
    found.collect()
}

/// The image of a container as the pod names it; as the runtime does where the pod has none.
fn image<'p>(pod: &'p Spec, status: &'p ContainerStatus) -> &'p str {
    let all = pod.containers.iter().chain(&pod.init_containers).chain(&pod.ephemeral_containers);
    let named = |container: &&Container| container.name == status.name;
    all.clone().find(named).map_or(&status.image, |container| &container.image)
}

/// The rendered image in whose place a container is: the one of its name; for one that nobody
/// rendered, such as an ephemeral one, any that it is.
fn place<'w>(
    workload: &'w Workload,
    status: &ContainerStatus,
    image: &str,
    facts: &Facts,
) -> Option<(&'w Placed, Is)> {
    let own = workload.images.iter().find(|placed| placed.container == status.name);
    let is = |placed: &Placed| is(&fit(&placed.image, image, facts), status, facts);
    match own {
        Some(placed) => Some((placed, is(placed))),
        None => {
            let same = workload.images.iter().find(|placed| is(placed) == Is::Rendered)?;
            Some((same, Is::Rendered))
        }
    }
}

fn is(fit: &Fit, status: &ContainerStatus, facts: &Facts) -> Is {
    match fit {
        Fit::Same => Is::Rendered,
        Fit::Other => Is::Other,
        Fit::Ask(..) | Fit::Untold(_) => Is::Unsure,
        Fit::Running { digest, named } => match pulled(&status.image_id) {
            Some((_, runs)) if runs == digest => Is::Rendered,
            Some(_) => Is::Other,
            None => is(&asked(named.clone(), digest, facts), status, facts),
        },
    }
}

/// The one digest that runs of `image`.
///
/// # Errors
/// Where there is not one answer: nothing of it runs, several digests do, or a runtime tells none.
pub fn digest(image: &Manifest, running: &BTreeMap<Manifest, Vec<Running>>) -> Answer {
    let Some(all) = running.get(image) else {
        let message = format!("`{image}` is in none of the workloads that the overlay renders");
        return Err(failure(Reason::Absent, message, None));
    };
    let ours = || all.iter().filter(|found| found.is == Is::Rendered);
    if let Some(unsure) = all.iter().find(|found| found.is == Is::Unsure) {
        return Err(only_the_registry(image, unsure));
    }
    if let Some(silent) = ours().find(|found| found.digest.is_none()) {
        return Err(without_digest(image, silent));
    }
    let mut digests: Vec<_> =
        ours().filter_map(|found| Some((found.digest.as_ref()?, found))).collect();
    digests.sort_by_key(|(digest, _)| *digest);
    digests.dedup_by_key(|(digest, _)| *digest);
    match digests.as_slice() {
        [(digest, _)] => Ok((*digest).clone()),
        [] => Err(nowhere(image, all.first())),
        several => Err(several_run(image, several)),
    }
}

fn failure(reason: Reason, message: String, hint: Option<&str>) -> Failure {
    Failure { reason, message, hint: hint.map(str::to_owned) }
}

fn only_the_registry(image: &Manifest, unsure: &Running) -> Failure {
    let Running { image: runs, pod, container, .. } = unsure;
    let message = format!(
        "`{image}` may run or not: pod `{pod}` has `{runs}` in container `{container}`, and only the registry tells if that is it"
    );
    failure(Reason::Unknown, message, None)
}

fn without_digest(image: &Manifest, silent: &Running) -> Failure {
    let Running { image_id, pod, container, .. } = silent;
    let why = match pulled(image_id) {
        Some((from, _)) => format!("the image ID is of another repository, `{from}`"),
        None => format!("the image ID is `{image_id}`"),
    };
    let message = format!(
        "`{image}` runs with no digest to be told in container `{container}` of pod `{pod}`: {why}"
    );
    let hint = "an image has a digest when the node pulled it from its registry";
    failure(Reason::Unknown, message, Some(hint))
}

fn nowhere(image: &Manifest, other: Option<&Running>) -> Failure {
    let why = other.map(|found| {
        let Running { image, pod, container, .. } = found;
        let digest = found.digest.as_ref().map(|digest| format!(", which is `{digest}`"));
        let digest = digest.unwrap_or_default();
        format!(": pod `{pod}` has `{image}` in container `{container}`{digest}")
    });
    let message = format!("`{image}` runs in no pod{}", why.unwrap_or_default());
    failure(Reason::Absent, message, Some("it has to be rolled out before what runs is promoted"))
}

fn several_run(image: &Manifest, several: &[(&String, &Running)]) -> Failure {
    let is_one_pod = several.windows(2).all(|pair| pair[0].1.pod == pair[1].1.pod);
    let place = |found: &Running| match is_one_pod {
        true => format!("container `{}` of pod `{}`", found.container, found.pod),
        false => format!("pod `{}`", found.pod),
    };
    let each = several.iter().map(|(digest, found)| format!("`{digest}` in {}", place(found)));
    let each = each.collect::<Vec<_>>().join(", ");
    let message = format!("`{image}` runs with {} digests: {each}", several.len());
    let hint =
        "restart the pods that run the one that is not meant, or promote the registry's digest";
    failure(Reason::Unfit, message, Some(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::scene::{filled, overlay, pod, rolled_out, scene};
    use crate::facts::Question;

    fn key(version: &str) -> Manifest {
        wanted(&filled(&format!("web{version}"))).unwrap()
    }

    fn digest_of(letter: &str) -> String {
        filled(letter)[1..].to_owned()
    }

    fn found(overlay: &str, pods: &[String], facts: &Facts) -> BTreeMap<Manifest, Vec<Running>> {
        let cluster = rolled_out("web:1");
        let mut objects = vec![cluster.as_str()];
        objects.extend(pods.iter().map(String::as_str));
        let (workloads, snapshot) = scene(overlay, &objects);
        digests(&workloads, &snapshot, facts)
    }

    fn runs(name: &str, image: &str, id: &str) -> String {
        pod(name, "web-7d4", image, id, "02")
    }

    /// The digest, or what is wrong.
    fn answer(rendered: &str, pods: &[String]) -> String {
        let found = found(&overlay(rendered), pods, &Facts::default());
        let version = rendered.strip_prefix("web").unwrap();
        digest(&key(version), &found).unwrap_or_else(|failure| failure.message)
    }

    #[test]
    fn one_digest_is_an_answer() {
        let a = digest_of("@a");
        for (rendered, pods) in [
            (
                "web:1",
                vec![runs("p", "web:1", "docker.io/library/web@a"), runs("q", "web:1", "web@a")],
            ),
            ("web:1", vec![runs("p", "web:1", "docker-pullable://web@a")]),
            ("web:1", vec![runs("p", "web:1@a", "docker.io/library/web@a")]),
            ("web:latest", vec![runs("p", "web", "web@a")]),
            ("web@a", vec![runs("p", "web:1", "web@a")]),
            ("web@a", vec![runs("p", "mirror.example/web@a", "mirror.example/web@a")]),
            // What has not been started, is going away, has failed, is over or is another version.
            ("web:1", vec![runs("p", "web:1", "web@a"), runs("q", "web:1", "")]),
            (
                "web:1",
                vec![
                    runs("p", "web:1", "web@a"),
                    runs("q", "web:1", "web@b").replace(
                        "creationTimestamp",
                        "deletionTimestamp: '2026-11-20T11:00:00Z', creationTimestamp",
                    ),
                ],
            ),
            (
                "web:1",
                vec![
                    runs("p", "web:1", "web@a"),
                    runs("q", "web:1", "web@b").replace("Running", "Failed"),
                ],
            ),
            (
                "web:1",
                vec![
                    runs("p", "web:1", "web@a"),
                    runs("q", "web:1", "web@b").replace("Running", "Succeeded"),
                ],
            ),
            ("web:1", vec![runs("p", "web:1", "web@a"), runs("q", "web:0", "web@b")]),
            (
                "web:1",
                vec![
                    runs("p", "web:1", "web@a"),
                    runs("q", "web:1", "web@b").replace("name: web-7d4,", "name: web-canary-7d4,"),
                ],
            ),
        ] {
            assert_eq!(answer(rendered, &pods), a, "{rendered} {pods:#?}");
        }
    }

    #[test]
    fn what_is_not_one_answer_is_refused() {
        let (a, b) = (digest_of("@a"), digest_of("@b"));
        let which = |letter: &str| format!(", which is `{}`", digest_of(letter));
        for (rendered, pods, wanted) in [
            ("web:1", vec![], "`docker.io/library/web:1` runs in no pod".to_owned()),
            ("web:1", vec![runs("p", "web:0", "web@a")], "`docker.io/library/web:1` runs in no pod: pod `p` has `web:0` in container `web`".to_owned() + &which("@a")),
            ("web:1", vec![runs("p", "mirror.example/web:1", "mirror.example/web@a")], "`docker.io/library/web:1` runs in no pod: pod `p` has `mirror.example/web:1` in container `web`".to_owned() + &which("@a")),
            ("web:1", vec![runs("p", "web:1", "web@b"), runs("o", "web:1", "web@a"), runs("q", "web:1", "web@b")], format!("`docker.io/library/web:1` runs with 2 digests: `{a}` in pod `o`, `{b}` in pod `p`")),
            ("web:1", vec![runs("o", "web:1", "web@a"), runs("p", "web:1", "sha256:01")], "`docker.io/library/web:1` runs with no digest to be told in container `web` of pod `p`: the image ID is `sha256:01`".into()),
            ("web:1", vec![runs("p", "web:1", "docker.io/library/import-2026@a")], "`docker.io/library/web:1` runs with no digest to be told in container `web` of pod `p`: the image ID is of another repository, `docker.io/library/import-2026`".into()),
            ("web:1", vec![runs("p", "web@a", "web@a")], filled("`docker.io/library/web:1` may run or not: pod `p` has `web@a` in container `web`, and only the registry tells if that is it")),
            ("web@a", vec![runs("p", "web:1", "web@b")], filled("`docker.io/library/web@a` runs in no pod: pod `p` has `web:1` in container `web`") + &which("@b")),
        ] {
            assert_eq!(answer(rendered, &pods), wanted, "{rendered} {pods:#?}");
        }
        let elsewhere = digest(&key(":9"), &found(&overlay("web:1"), &[], &Facts::default()));
        assert_eq!(elsewhere.unwrap_err().reason, Reason::Absent);
    }

    #[test]
    fn a_registry_tells_what_a_digest_is() {
        let pods = [runs("p", "web@a", "web@a")];
        for (letter, wanted) in [("@a", Is::Rendered), ("@b", Is::Other)] {
            let mut facts = Facts::default();
            facts.extend([(Question::Manifest(key(":1")), Ok(digest_of(letter)))]);
            let found = found(&overlay("web:1"), &pods, &facts);
            assert_eq!(found[&key(":1")][0].is, wanted);
            assert_eq!(digest(&key(":1"), &found).is_ok(), wanted == Is::Rendered);
        }
    }

    #[test]
    fn init_and_ephemeral_containers_count() {
        let overlay = overlay("web:1")
            .replace("containers:", "initContainers: [{name: db, image: 'web:2'}], containers:");
        let pod = runs("p", "web:1", "web@a")
            .replace("spec: {", "spec: {initContainers: [{name: db, image: 'web:2'}], ephemeralContainers: [{name: debug, image: 'web:2'}, {name: shell, image: 'busybox'}], ")
            .replace("status: {phase", "status: {initContainerStatuses: [{name: db, imageID: 'web@b'}], ephemeralContainerStatuses: [{name: debug, imageID: 'web@c'}, {name: shell, imageID: 'busybox@d'}], phase");
        let found = found(&overlay, &[pod], &Facts::default());
        let list = |version: &str| -> Vec<_> {
            found[&key(version)]
                .iter()
                .map(|at| (at.container.as_str(), at.digest.clone(), at.pods))
                .collect()
        };
        assert_eq!(list(":1"), [("web", Some(digest_of("@a")), 1)]);
        assert_eq!(
            list(":2"),
            [("db", Some(digest_of("@b")), 1), ("debug", Some(digest_of("@c")), 1)]
        );
        assert_eq!(found.len(), 2);
        let problem = digest(&key(":2"), &found).unwrap_err().message;
        assert!(problem.contains("2 digests"), "{problem}");
        for container in ["db", "debug"] {
            let place = format!("in container `{container}` of pod `");
            assert!(problem.contains(&place), "one pod has both: {problem}");
        }
    }

    #[test]
    fn a_job_s_pods_count_when_they_ended_well() {
        let job = "{apiVersion: batch/v1, kind: Job, metadata: {name: db}, spec: {template: {spec: {containers: [{name: web, image: 'web:1'}]}}}}";
        let pod = |name: &str, id: &str, phase: &str| {
            filled(&format!(
                "{{kind: Pod, metadata: {{name: {name}, labels: {{job-name: db}}}}, spec: {{containers: [{{name: web, image: 'web:1'}}]}}, status: {{phase: {phase}, containerStatuses: [{{name: web, imageID: '{id}'}}]}}}}"
            ))
        };
        let gone = found(job, &[pod("a", "web@a", "Succeeded")], &Facts::default());
        assert!(digest(&key(":1"), &gone).is_err(), "what is not there has no pods");
        let found = found(
            job,
            &[job.to_owned(), pod("a", "web@a", "Succeeded"), pod("b", "web@b", "Failed")],
            &Facts::default(),
        );
        assert_eq!(digest(&key(":1"), &found), Ok(digest_of("@a")));
    }
}
