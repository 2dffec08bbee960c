//! Whether what an overlay renders is healthy in a cluster: there, at the rendered image, rolled out,
//! ready, and for how long.

use jiff::{SignedDuration, Timestamp};

use crate::cluster::pods::{Pods, counts};
use crate::cluster::rendered::Workload;
use crate::cluster::rollout::{Standing, count, standing};
use crate::cluster::since::since;
use crate::cluster::trouble::worst;
use crate::cluster::{Id, Object, Snapshot, placement, soak};
use crate::facts::{Facts, Manifest};

/// How an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The object.
    pub id: Id,
    /// Whether it is well.
    pub state: State,
    /// Since when it is so, as far as anybody tells; never in the future.
    pub since: Option<Timestamp>,
    /// When it will be well, where that takes nothing but time.
    pub until: Option<Timestamp>,
    /// What is wrong, in one sentence that names the object; empty when it is healthy.
    pub why: String,
    /// What else is to be said, each in a sentence that names the object.
    pub warnings: Vec<String>,
    /// The manifests whose digests would tell what cannot be told here; with them as facts, ask again.
    pub questions: Vec<Manifest>,
}

/// Whether an object is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is.
    Healthy,
    /// It is not, and may become so without anybody's help: controllers work, Git is applied.
    Waiting,
    /// It is not, and somebody has to do something.
    Failed,
}

/// How each of `workloads` is in `snapshot`, in their order. What only registries know is asked of
/// `facts`; with `soak` it has to have been healthy for that long.
pub fn health(
    workloads: &[Workload],
    snapshot: &Snapshot,
    facts: &Facts,
    soak: Option<SignedDuration>,
) -> Vec<Health> {
    let pods = Pods::new(snapshot);
    let judge = |workload: &Workload| {
        let subject = Subject { workload, pods: pods.of(workload), now: snapshot.now };
        let mut questions = Vec::new();
        let found = match snapshot.workloads.get(&workload.id) {
            Some(object) => subject.judge(object, facts, soak, &mut questions),
            None => subject.absent(),
        };
        let found = Health::new(&workload.id, found, snapshot.now);
        Health { questions, ..found }
    };
    workloads.iter().map(judge).collect()
}

impl Health {
    /// What is to be said of `id`, which stands so.
    pub(super) fn new(id: &Id, standing: Standing, now: Timestamp) -> Self {
        let Standing { state, what, since: start, until, warnings } = standing;
        let start = start.map(|start| start.min(now));
        let why = match start {
            _ if state == State::Healthy => String::new(),
            Some(start) => format!("`{id}` {what}, {}", since(start, now)),
            None => format!("`{id}` {what}"),
        };
        let warnings = warnings.into_iter().map(|warning| format!("`{id}` {warning}")).collect();
        Self { id: id.clone(), state, since: start, until, why, warnings, questions: Vec::new() }
    }
}

/// A workload that is looked at.
pub(super) struct Subject<'s> {
    /// What the overlay says of it.
    pub(super) workload: &'s Workload,
    /// Its pods that stay.
    pub(super) pods: Vec<&'s Object>,
    /// The cluster's time.
    pub(super) now: Timestamp,
}

impl<'s> Subject<'s> {
    fn kind(&self) -> &str {
        &self.workload.id.kind
    }

    /// The pods that say what of it runs.
    pub(super) fn running(&self) -> impl Iterator<Item = &'s Object> {
        let ends = matches!(self.kind(), "CronJob" | "Job" | "Pod");
        self.pods.iter().copied().filter(move |pod| counts(pod, ends))
    }

    fn absent(&self) -> Standing {
        let well = Standing::healthy(None);
        if self.workload.is_nameless() {
            well.warn("has a name that the cluster makes up: whether it is healthy cannot be told")
        } else if self.workload.fleeting {
            well.warn(
                "is gone, as it is deleted when it is done: whether it succeeded cannot be told",
            )
        } else {
            Standing::waiting("is not there", None)
        }
    }

    fn judge(
        &self,
        object: &Object,
        facts: &Facts,
        soak: Option<SignedDuration>,
        questions: &mut Vec<Manifest>,
    ) -> Standing {
        if let Some(time) = object.metadata.deletion_timestamp {
            return Standing::waiting("is being deleted", Some(time));
        }
        let images = placement::images(self.workload, object, facts);
        questions.extend(placement::questions(self, &images, facts));
        if let Some(wrong) = placement::template(&images).or_else(|| self.elsewhere(object)) {
            return wrong;
        }
        let found = self.suspended(object).or_else(|| standing(self.kind(), object));
        let found = found.unwrap_or_else(|| Standing::healthy(None));
        if found.state != State::Healthy {
            return self.blame(found);
        }
        let found = match self.scaled(object, found) {
            Ok(found) => found,
            Err(wrong) => return wrong,
        };
        if let Some(wrong) = placement::wrong(self, object, &images, facts) {
            return wrong;
        }
        soak::soaked(self, placement::warned(self, object, found), soak)
    }

    /// What is wrong when it selects other pods than the overlay says: those that would be looked at
    /// are not its own. Nobody but Argo Rollouts lets that change.
    fn elsewhere(&self, object: &Object) -> Option<Standing> {
        let (ours, theirs) = (&self.workload.selector, &object.spec.selector);
        let selects = ["DaemonSet", "Deployment", "ReplicaSet", "Rollout", "StatefulSet"];
        if !selects.contains(&self.kind())
            || theirs.is_empty()
            || ours == theirs
            || self.workload.refers.is_some()
        {
            return None;
        }
        let what = format!("selects its pods by `{theirs}`, and the overlay by `{ours}`");
        Some(match self.kind() {
            "Rollout" => Standing::waiting(what, None),
            _ => Standing::failed(what, None),
        })
    }

    /// `found`, with what its pods say.
    fn blame(&self, mut found: Standing) -> Standing {
        let pods: Vec<_> = match self.kind() {
            "Job" | "Pod" => self.pods.clone(),
            _ => self.running().collect(),
        };
        let Some(trouble) = worst(&pods) else { return found };
        let own = format!("pod `{}`: ", self.workload.id.name);
        let why = match self.kind() {
            "Pod" => trouble.why.strip_prefix(&own).unwrap_or(&trouble.why),
            _ => &trouble.why,
        };
        found.what = format!("{}: {why}", found.what);
        found.since = trouble.since.or(found.since);
        if trouble.is_final {
            found.state = State::Failed;
        }
        found
    }

    /// What is to be said of a Job or a CronJob that stands still.
    fn suspended(&self, object: &Object) -> Option<Standing> {
        let is_run = matches!(self.kind(), "CronJob" | "Job");
        (is_run && object.spec.suspend).then(|| match self.workload.suspend {
            true => Standing::healthy(None).warn("is suspended, as the overlay says"),
            false => Standing::waiting("is suspended, which the overlay does not say", None),
        })
    }

    /// `found`, unless there are no pods though the overlay asks for some. Where it leaves their
    /// number to somebody else, nobody may need any just now.
    fn scaled(&self, object: &Object, found: Standing) -> Result<Standing, Standing> {
        let scales = matches!(self.kind(), "Deployment" | "ReplicaSet" | "Rollout" | "StatefulSet");
        if !scales || object.spec.replicas != Some(0) {
            return Ok(found);
        }
        match self.workload.replicas {
            Some(asked) if asked > 0 => {
                let asked = count(asked, "replica");
                let what = format!("is scaled to zero, and the overlay asks for {asked}");
                Err(Standing::waiting(what, None))
            }
            _ if self.workload.referred => Ok(found),
            _ => Ok(found.warn("is scaled to zero: nothing of it runs")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::scene::{deployment, filled, overlay, pod, rolled_out, scene};
    use crate::facts::{Failure, Question, Reason};

    const WEB: &str = "`deployment.apps/web in shop` ";

    fn judged(overlay: &str, objects: &[&str], facts: &Facts, soak: Option<i64>) -> Health {
        let (workloads, snapshot) = scene(overlay, objects);
        let soak = soak.map(SignedDuration::from_hours);
        let mut found = health(&workloads, &snapshot, facts, soak);
        assert_eq!(found.len(), 1);
        found.remove(0)
    }

    /// `H`, `W` or `F`, and why or what else.
    fn line(found: &Health) -> String {
        let state = match found.state {
            State::Healthy => "H",
            State::Waiting => "W",
            State::Failed => "F",
        };
        let mut said = vec![found.why.clone()];
        said.extend(found.warnings.iter().map(|warning| format!("[{warning}]")));
        let said = said.join(" ").replace(WEB, "");
        format!("{state} {}", said.trim()).trim().to_owned()
    }

    fn check(overlay: &str, objects: &[&str], wanted: &str) {
        let found = judged(overlay, objects, &Facts::default(), None);
        assert_eq!(line(&found), filled(wanted), "{overlay} {objects:#?}");
    }

    fn manifest(version: &str) -> Manifest {
        let repository = crate::image::reference::Repository {
            domain: "docker.io".into(),
            path: "library/web".into(),
        };
        Manifest { repository, version: version.into() }
    }

    const PARTLY: &str = "replicas: 3, updatedReplicas: 3, availableReplicas: 1, conditions: [{type: Available, status: 'False', lastTransitionTime: '2026-11-20T09:00:00Z'}]";

    #[test]
    fn deployments_are_judged() {
        let at = overlay("web:1");
        let well = rolled_out("web:1");
        let one = pod("web-7d4-a", "web-7d4", "web:1", "docker.io/library/web@a", "02");
        let partly = deployment("web:1", "replicas: 3", PARTLY);
        let paused = deployment("web:1", "replicas: 3, paused: true", "updatedReplicas: 1");
        let deleted = "generation: 3, deletionTimestamp: '2026-11-20T11:00:00Z'";
        for (cluster, wanted) in [
            (well.clone(), "H"),
            (well.replace("name: web,", "name: app,"), "W is not there"),
            (rolled_out("web:2"), "W is at `web:2` in container `web`, not at `web:1`"),
            (
                well.replace("{name: web, image", "{name: app, image"),
                "W has no container `web`, which the overlay has at `web:1`",
            ),
            (
                well.replace("generation: 3", "generation: 4"),
                "W has a newer spec than its controller has seen (generation 4, not 3)",
            ),
            (
                well.replace("generation: 3", deleted),
                "W is being deleted, since 2026-11-20T11:00:00Z (1h)",
            ),
            (
                well.replace("matchLabels: {app: web}", "matchLabels: {app: web, env: dev}"),
                "F selects its pods by `app=web,env=dev`, and the overlay by `app=web`",
            ),
            (partly, "W has 1 of 3 updated replicas available, since 2026-11-20T09:00:00Z (3h)"),
            (paused, "F is paused, and has 1 of 3 replicas updated"),
        ] {
            check(&at, &[&cluster, &one], wanted);
        }
    }

    #[test]
    fn pods_say_why_a_rollout_waits() {
        let crash = "CrashLoopBackOff: restarted 12 times, last ended with exit code 1";
        let pulls = "Back-off pulling image \"web:1\"";
        let waits = |reason: &str, more: &str| {
            let ready = "status: 'True', lastTransitionTime: '2026-11-20T02";
            let state = format!("waiting: {{reason: {reason}, message: '{pulls}'}}");
            pod("web-7d4-a", "web-7d4", "web:1", "", "02")
                .replace(ready, "status: 'False', lastTransitionTime: '2026-11-20T10")
                .replace("ready: true", &format!("ready: false{more}"))
                .replace("running: {startedAt: '2026-11-20T01:00:00Z'}", &state)
        };
        let crashing =
            waits("CrashLoopBackOff", ", restartCount: 12, lastState: {terminated: {exitCode: 1}}");
        let stalled = "conditions: [{type: Progressing, reason: ProgressDeadlineExceeded, lastTransitionTime: '2026-11-20T09:00:00Z'}]";
        for (status, waiting, head, why) in [
            (PARTLY, &crashing, "W has 1 of 3 updated replicas available", crash.to_owned()),
            (
                PARTLY,
                &waits("ImagePullBackOff", ""),
                "W has 1 of 3 updated replicas available",
                format!("ImagePullBackOff: {pulls}"),
            ),
            (
                PARTLY,
                &waits("InvalidImageName", ""),
                "F has 1 of 3 updated replicas available",
                format!("InvalidImageName: {pulls}"),
            ),
            (
                stalled,
                &crashing,
                "F is stalled: it exceeded its progress deadline",
                crash.to_owned(),
            ),
        ] {
            let calm = pod("web-7d4-b", "web-7d4", "web:1", "", "02");
            let cluster = deployment("web:1", "replicas: 3", status);
            let wanted = format!(
                "{head}: pod `web-7d4-a`: container `web`: {why}, since 2026-11-20T10:00:00Z (2h)"
            );
            check(&overlay("web:1"), &[&cluster, &calm, waiting], &wanted);
        }
    }

    #[test]
    fn pods_that_do_not_count_say_nothing() {
        let partly = deployment(
            "web:1",
            "replicas: 3",
            "replicas: 3, updatedReplicas: 3, availableReplicas: 1",
        );
        let crashing =
            pod("p", "web-7d4", "web:1", "", "02").replace("status: 'True'", "status: 'False'");
        let said = "W has 1 of 3 updated replicas available";
        check(
            &overlay("web:1"),
            &[&partly, &crashing],
            &format!("{said}: pod `p`: not ready, since 2026-11-20T02:00:00Z (10h)"),
        );
        for other in [
            crashing.replace("name: web-7d4, controller", "name: web-canary-7d4, controller"),
            crashing.replace("kind: ReplicaSet", "kind: StatefulSet"),
            crashing.replace("app: web", "app: api"),
            crashing.replace("phase: Running", "phase: Failed, reason: Evicted"),
            crashing.replace(
                "creationTimestamp",
                "deletionTimestamp: '2026-11-20T11:00:00Z', creationTimestamp",
            ),
        ] {
            check(&overlay("web:1"), &[&partly, &other], said);
        }
    }

    #[test]
    fn what_is_scaled_to_zero_is_as_the_overlay_says_or_not() {
        let none = deployment("web:1", "replicas: 0", "replicas: 0");
        let asked = overlay("web:1");
        check(&asked, &[&none], "W is scaled to zero, and the overlay asks for 3 replicas");
        let said = "H [is scaled to zero: nothing of it runs]";
        check(&asked.replace("replicas: 3", "replicas: 0"), &[&none], said);
        check(&asked.replace("replicas: 3, ", ""), &[&none], said);
        check(
            &asked,
            &[&none.replace(
                "{observedGeneration: 3, replicas: 0",
                "{observedGeneration: 3, replicas: 1",
            )],
            "W still has 1 old replica",
        );
    }

    #[test]
    fn digests_are_compared_with_what_pods_run() {
        let runs = |id: &str| pod("web-7d4-a", "web-7d4", "web:1", id, "02");
        let (a, b) = (runs("docker.io/library/web@a"), runs("docker-pullable://web@b"));
        let loaded = runs("sha256:0123");
        let at = overlay("web@a");
        check(&at, &[&rolled_out("web:1@a"), &b], "H");
        check(&at, &[&rolled_out("web:1"), &a], "H");
        check(&at, &[&rolled_out("web:1"), &a, &runs("mirror.example/web@a")], "H");
        check(
            &at,
            &[&rolled_out("web:1@b"), &a],
            "W is at `web:1@b` in container `web`, not at `web@a`",
        );
        check(
            &at,
            &[&rolled_out("web:1"), &a, &b.replace("7d4-a", "7d4-b")],
            &format!(
                "W has pod `web-7d4-b` that runs `{}` in container `web`, not `{}`",
                &filled("@b")[1..],
                &filled("@a")[1..]
            ),
        );
        check(
            &at,
            &[&rolled_out("web:1"), &loaded],
            &format!(
                "F has pod `web-7d4-a` that does not tell whether it runs `{}` in container `web`: its image ID is `sha256:0123`",
                &filled("@a")[1..]
            ),
        );
        check(
            &overlay("web:1"),
            &[&rolled_out("web:1@a"), &a, &b.replace("7d4-a", "7d4-b")],
            &format!(
                "H [runs 2 digests of `web:1`: `{}` in pod `web-7d4-a`, `{}` in pod `web-7d4-b`]",
                &filled("@a")[1..],
                &filled("@b")[1..]
            ),
        );
        check(
            &overlay("web:1"),
            &[&rolled_out("web:1"), &runs("x").replace("image: 'web:1'", "image: 'web:0'")],
            "W has pod `web-7d4-a` at `web:0` in container `web`, not at `web:1`",
        );
        check(
            &overlay("web:1"),
            &[
                &rolled_out("web:1"),
                &runs("mirror.example/web@a")
                    .replace("image: 'web:1'", "image: 'mirror.example/web:1'"),
            ],
            "H",
        );
    }

    #[test]
    fn what_only_a_registry_tells_is_asked() {
        let failure =
            Failure { reason: Reason::Unknown, message: "`web:1`: denied".into(), hint: None };
        let digest = |letter: &str| filled(letter)[1..].to_owned();
        // By tag in the overlay and digest in the cluster; the other way round without a pod.
        for (rendered, live) in [("web:1", "web@a"), ("web@a", "web:1")] {
            let cluster = rolled_out(live);
            let judge = |facts: &Facts| judged(&overlay(rendered), &[&cluster], facts, None);
            let open = judge(&Facts::default());
            assert_eq!((open.state, open.questions), (State::Waiting, vec![manifest("1")]));
            assert!(
                open.why.contains("only the registry of `docker.io/library/web:1` tells"),
                "{}",
                open.why
            );
            for (answer, state) in [
                (Ok(digest("@a")), State::Healthy),
                (Ok(digest("@b")), State::Waiting),
                (Err(failure.clone()), State::Failed),
            ] {
                let mut facts = Facts::default();
                facts.extend([(Question::Manifest(manifest("1")), answer)]);
                let found = judge(&facts);
                assert_eq!(
                    (found.state, found.questions),
                    (state, vec![]),
                    "{rendered} {}",
                    found.why
                );
            }
        }
        let early = judged(
            &overlay("web:1"),
            &[&deployment("web@a", "replicas: 3", "replicas: 1")],
            &Facts::default(),
            None,
        );
        assert_eq!(early.questions, [manifest("1")], "asked before it is rolled out");
    }

    /// It has been available all along, and pods of before may be gone.
    #[test]
    fn who_has_no_deadline_does_not_say_when_it_rolled_out() {
        let cluster = rolled_out("web:1").replace("type: Progressing", "type: Other");
        let late = pod("web-7d4-a", "web-7d4", "web:1", "", "09")
            .replace("creationTimestamp: '2026-11-20T01", "creationTimestamp: '2026-11-20T08");
        let found = judged(&overlay("web:1"), &[&cluster, &late], &Facts::default(), Some(4));
        assert_eq!(
            line(&found),
            "W has been healthy for 3h of 4h: pod `web-7d4-a` became ready, since 2026-11-20T09:00:00Z (3h)"
        );
    }

    #[test]
    fn healthy_for_how_long() {
        let at = overlay("web:1");
        let calm = pod("web-7d4-a", "web-7d4", "web:1", "", "02");
        let flapped = calm.replace(
            "status: 'True', lastTransitionTime: '2026-11-20T02",
            "status: 'True', lastTransitionTime: '2026-11-20T09",
        );
        let late = flapped
            .replace("creationTimestamp: '2026-11-20T01", "creationTimestamp: '2026-11-20T08");
        let restarted = calm
            .replace("ready: true", "ready: true, restartCount: 2")
            .replace("startedAt: '2026-11-20T01", "startedAt: '2026-11-20T11");
        let ahead = restarted.replace("startedAt: '2026-11-20T11", "startedAt: '2026-11-20T13");
        for (pods, hours, wanted) in [
            (vec![&calm], 10, "H"),
            (
                vec![&calm],
                11,
                "W has been healthy for 10h of 11h, since 2026-11-20T02:00:00Z (10h)",
            ),
            (vec![&calm, &flapped], 3, "H"),
            (
                vec![&calm, &flapped],
                4,
                "W has been healthy for 3h of 4h: pod `web-7d4-a` became ready, since 2026-11-20T09:00:00Z (3h)",
            ),
            (vec![&calm, &late], 10, "H"),
            (
                vec![&calm, &restarted],
                2,
                "W has been healthy for 1h of 2h: pod `web-7d4-a`: container `web` was restarted, since 2026-11-20T11:00:00Z (1h)",
            ),
            (
                vec![&ahead],
                1,
                "W has been healthy for 0s of 1h: pod `web-7d4-a`: container `web` was restarted, since 2026-11-20T12:00:00Z (0s)",
            ),
            (vec![], 10, "H"),
        ] {
            let cluster = rolled_out("web:1");
            let mut objects = vec![cluster.as_str()];
            objects.extend(pods.iter().map(|pod| pod.as_str()));
            let found = judged(&at, &objects, &Facts::default(), Some(hours));
            assert_eq!(line(&found), wanted, "{hours}");
        }
        let bare = deployment(
            "web:1",
            "replicas: 3",
            "replicas: 3, updatedReplicas: 3, availableReplicas: 3",
        );
        let found = judged(&at, &[&bare], &Facts::default(), Some(1));
        assert_eq!(line(&found), "H [does not tell for how long it has been healthy]");
        assert_eq!(
            judged(&at, &[&bare, &calm], &Facts::default(), None).since,
            Some("2026-11-20T02:00:00Z".parse().unwrap())
        );
    }

    fn run(head: &str, spec: &str, status: &str) -> String {
        format!("{{apiVersion: batch/v1, {head}, spec: {{{spec}}}, status: {{{status}}}}}")
    }

    #[test]
    fn jobs_are_judged() {
        let spec = "template: {spec: {containers: [{name: web, image: 'web:1'}]}}";
        let head = "kind: Job, metadata: {name: db}";
        let job = run(head, spec, "");
        let with = |status: &str| run(head, spec, status);
        let done = "completionTime: '2026-11-20T04:00:00Z', conditions: [{type: Complete, status: 'True'}]";
        let crash = "{kind: Pod, metadata: {name: db-x, labels: {job-name: db}, ownerReferences: [{kind: Job, name: db, controller: true}]}, spec: {containers: [{name: web, image: 'web:1'}]}, status: {phase: Failed, containerStatuses: [{name: web, imageID: x, state: {terminated: {exitCode: 3, finishedAt: '2026-11-20T05:00:00Z'}}}]}}";
        let name = "`job.batch/db in shop`";
        check(&job, &[&with(done)], "H");
        check(
            &job,
            &[&with("startTime: '2026-11-20T11:00:00Z'")],
            &format!("W {name} is still running, since 2026-11-20T11:00:00Z (1h)"),
        );
        check(
            &job,
            &[
                &with("conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded}]"),
                crash,
            ],
            &format!(
                "F {name} has failed: BackoffLimitExceeded: pod `db-x`: container `web` ended with exit code 3, since 2026-11-20T05:00:00Z (7h)"
            ),
        );
        check(
            &job,
            &[&with(done).replace("web:1", "web:0")],
            &format!("W {name} is at `web:0` in container `web`, not at `web:1`"),
        );
        check(&job, &[], &format!("W {name} is not there"));
        check(
            &run(head, &format!("ttlSecondsAfterFinished: 60, {spec}"), ""),
            &[],
            &format!(
                "H [{name} is gone, as it is deleted when it is done: whether it succeeded cannot be told]"
            ),
        );
        check(
            &run("kind: Job, metadata: {generateName: db-}", spec, ""),
            &[],
            "H [`job.batch/db-* in shop` has a name that the cluster makes up: whether it is healthy cannot be told]",
        );
        check(
            &job,
            &[&run(head, &format!("suspend: true, {spec}"), "")],
            &format!("W {name} is suspended, which the overlay does not say"),
        );
        let soaked = |hours| judged(&job, &[&with(done)], &Facts::default(), Some(hours)).state;
        assert_eq!((soaked(8), soaked(9)), (State::Healthy, State::Waiting));
    }

    #[test]
    fn cron_jobs_are_judged() {
        let job =
            "jobTemplate: {spec: {template: {spec: {containers: [{name: web, image: 'web:1'}]}}}}";
        let head = "kind: CronJob, metadata: {name: db}";
        let (cron, suspended) =
            (run(head, job, ""), run(head, &format!("suspend: true, {job}"), ""));
        let ran = run(
            head,
            job,
            "lastScheduleTime: '2026-11-20T11:00:00Z', lastSuccessfulTime: '2026-11-20T11:01:00Z'",
        );
        let pod = |run: &str, image: &str| {
            format!(
                "{{kind: Pod, metadata: {{name: p{run}, labels: {{job-name: db-{run}}}, ownerReferences: [{{kind: Job, name: db-{run}, controller: true}}]}}, spec: {{containers: [{{name: web, image: '{image}'}}]}}, status: {{phase: Succeeded}}}}"
            )
        };
        let name = "`cronjob.batch/db in shop`";
        check(&cron, &[&cron], &format!("H [{name} has not run yet]"));
        check(&cron, &[&ran, &pod("100", "web:0"), &pod("101", "web:1")], "H");
        check(
            &cron,
            &[&ran, &pod("101", "web:0"), &pod("99", "web:1")],
            &format!(
                "H [{name} has not run at the rendered image yet: its last run has pod `p101` at `web:0` in container `web`, not at `web:1`]"
            ),
        );
        check(&suspended, &[&suspended], &format!("H [{name} is suspended, as the overlay says]"));
        check(
            &cron,
            &[&suspended],
            &format!("W {name} is suspended, which the overlay does not say"),
        );
        let unsure = judged(
            &suspended,
            &[&suspended.replace("web:1", &filled("web@a"))],
            &Facts::default(),
            None,
        );
        assert_eq!((unsure.state, unsure.questions), (State::Waiting, vec![manifest("1")]));
        let found = judged(&cron, &[&ran], &Facts::default(), Some(24));
        assert_eq!(
            line(&found),
            format!("H [{name} does not tell for how long it has been healthy]")
        );
    }

    #[test]
    fn pods_sets_and_rollouts_are_judged() {
        let bare = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: web, image: 'web:1'}]}";
        let pending = format!(
            "{bare}, status: {{phase: Pending, containerStatuses: [{{name: web, state: {{waiting: {{reason: ContainerCreating}}}}}}], conditions: [{{type: Ready, status: 'False', lastTransitionTime: '2026-11-20T11:00:00Z'}}]}}}}"
        );
        check(
            &format!("{bare}}}"),
            &[&pending],
            "W `pod/web in shop` is pending: container `web`: ContainerCreating, since 2026-11-20T11:00:00Z (1h)",
        );
        let set = "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {replicas: 2, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}, selector: {matchLabels: {app: web}}, template: {spec: {containers: [{name: web, image: 'web:1'}]}}}, status: {observedGeneration: 1, readyReplicas: 2, updatedReplicas: 1, currentRevision: a, updateRevision: b}}";
        let member = |name: &str, image: &str| {
            pod(name, "web", image, "", "02").replace("ReplicaSet", "StatefulSet")
        };
        check(
            set,
            &[set, &member("web-0", "web:0"), &member("web-1", "web:1")],
            "H [`statefulset.apps/web in shop` has 1 of 2 replicas held back by partition 1]",
        );
        let soak = |hours| {
            judged(set, &[set, &member("web-0", "web:0")], &Facts::default(), Some(hours)).state
        };
        assert_eq!((soak(10), soak(11)), (State::Healthy, State::Waiting));
        // The pods of the version before stay for a while.
        let rollout = "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: web}, spec: {replicas: 1, selector: {matchLabels: {app: web}}, template: {spec: {containers: [{name: web, image: 'web:1'}]}}}, status: {phase: Healthy, currentPodHash: b}}";
        let labelled = |hash: &str, image: &str| {
            pod(&format!("web-{hash}-x"), &format!("web-{hash}"), image, "", "02")
                .replace("app: web", &format!("app: web, rollouts-pod-template-hash: {hash}"))
        };
        check(rollout, &[rollout, &labelled("a", "web:0"), &labelled("b", "web:1")], "H");
        check(
            rollout,
            &[&rollout.replace("Healthy", "Degraded, message: aborted")],
            "F `rollout.argoproj.io/web in shop` is degraded: aborted",
        );
    }
}
