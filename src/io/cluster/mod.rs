//! Clusters: what is wanted of one, read through the user's own kubeconfig.
//!
//! Nothing but GET is ever sent. Everything has a time: requests, connections, plugins.

mod acting;
mod clock;
mod connect;
mod discovery;
#[cfg(test)]
mod fake;
mod fetch;
mod follow;
mod kubeconfig;
mod names;
mod plan;
mod plugin;
mod pull;
mod resource;
mod session;
mod token;
mod trust;
mod watch;
mod whom;
mod wires;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use tokio::runtime::{Builder, Runtime};

use crate::cluster::{Id, Snapshot, Wanted};
use crate::diagnostic::Diagnostic;
use crate::io::fs::reason;

pub use acting::ActAs;
pub use names::{Context, Names, names};
pub use pull::{Place, PullSecrets};

use clock::Clock;
use connect::session;
use fetch::{Failed, Listing, gather};
use follow::follow;
use kubeconfig::Access;
use plan::Question;
use resource::Resource;
use session::Session;
pub use session::Trace;
use watch::Following;
use whom::Trouble;

/// How long new credentials have to last before they are asked for again.
const LASTING: Duration = Duration::from_secs(30);

/// Which cluster, and how long anything may take there.
#[derive(Clone, Debug)]
pub struct Options {
    /// The only kubeconfig to read; otherwise those of `KUBECONFIG`, or the one in the user's home,
    /// or a pod's service account.
    pub kubeconfig: Option<Utf8PathBuf>,
    /// The context; otherwise the current one.
    pub context: Option<String>,
    /// The cluster of the kubeconfig; otherwise the context's.
    pub cluster: Option<String>,
    /// The user of the kubeconfig; otherwise the context's.
    pub user: Option<String>,
    /// Whom to act as.
    pub act_as: ActAs,
    /// The namespace of what has none; otherwise the context's.
    pub namespace: Option<String>,
    /// How long one request may take, and a plugin that has credentials. One that a person logs in
    /// with may take longer.
    pub timeout: Duration,
    /// Hears of every request.
    pub trace: Trace,
}

impl Options {
    /// Whether they name something of a kubeconfig.
    fn names_one(&self) -> bool {
        self.context.is_some() || self.cluster.is_some() || self.user.is_some()
    }
}

/// What kubectl would ask, and nobody hears of it.
impl Default for Options {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            cluster: None,
            user: None,
            act_as: ActAs::default(),
            namespace: None,
            timeout: Duration::from_secs(30),
            trace: |_| (),
        }
    }
}

/// A cluster that can be read.
pub struct Cluster {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    access: Access,
    limit: Duration,
    trace: Trace,
    session: RefCell<Session>,
    /// When the credentials were last renewed.
    renewed: Cell<Option<Instant>>,
}

impl Cluster {
    /// Finds the cluster that `options` mean and makes a client for it. Nothing is asked of it yet;
    /// a plugin that has the credentials is run.
    ///
    /// # Errors
    /// There is no kubeconfig, no such context, or there are no credentials.
    pub fn connect(options: &Options) -> Result<Self, Diagnostic> {
        let access = kubeconfig::find(options)?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| {
            Diagnostic::error(format!("no connection can be made: {}", reason(&error)))
        })?;
        let (access, session) =
            match runtime.block_on(session(access, options.timeout, options.trace)) {
                Ok(made) => made,
                Err((whom, trouble)) => {
                    runtime.shutdown_background();
                    return Err(whom.explain(&discovery::request(), &trouble));
                }
            };
        let (runtime, session) = (Some(runtime), RefCell::new(session));
        let (limit, trace) = (options.timeout, options.trace);
        Ok(Self { runtime, access, limit, trace, session, renewed: Cell::new(None) })
    }

    /// The namespace of what has none.
    pub fn namespace(&self) -> &str {
        &self.access.config.default_namespace
    }

    /// What is wanted, as it is now. What is not there is not in it.
    ///
    /// # Errors
    /// The first thing that could not be read, and what to do about it.
    pub fn read(&self, wanted: &Wanted) -> Result<Snapshot, Diagnostic> {
        self.run(async {
            let questions = self.questions(wanted).await?;
            let listings = self.gather(&questions, false).await?;
            let clock = Clock::of(&listings);
            let objects = listings.iter().map(|listing| &listing.objects);
            Ok(plan::snapshot(wanted, &questions, objects, clock.now()))
        })
    }

    /// What is wanted, as it changes: `look` gets it at first, with every change and every second,
    /// until it says that it has seen enough, or `limit` is over. While something cannot be followed
    /// it gets nothing.
    ///
    /// # Errors
    /// What could not be read at first, or any more.
    pub fn watch(
        &self,
        wanted: &Wanted,
        limit: Duration,
        look: &mut dyn FnMut(&Snapshot) -> bool,
    ) -> Result<Snapshot, Diagnostic> {
        let end = Instant::now().checked_add(limit);
        let left = || end.map_or(limit, |end| end.saturating_duration_since(Instant::now()));
        self.run(async {
            let questions = self.questions(wanted).await?;
            loop {
                let listings = self.gather(&questions, true).await?;
                let clock = Clock::of(&listings);
                let session = self.session.borrow().clone();
                let following = Following::new(&session, &questions, listings);
                let followed = follow(wanted, &questions, following, clock, &left, look).await;
                match followed {
                    Ok(snapshot) => return Ok(snapshot),
                    // Credentials that have come to their end in the meantime.
                    Err((_, trouble)) if self.may_renew(&trouble) => self.renew().await?,
                    Err((request, trouble)) => {
                        return Err(self.access.whom.explain(&request, &trouble));
                    }
                }
            }
        })
    }

    /// Logins for registries: the pull secrets of the service `accounts`, and `secrets`, each by
    /// namespace and name. An account that is not there has none.
    ///
    /// # Errors
    /// The first thing that could not be read, and what to do about it.
    pub fn pull_secrets(
        &self,
        accounts: &BTreeSet<Place>,
        secrets: &BTreeSet<Place>,
    ) -> Result<PullSecrets, Diagnostic> {
        self.run(self.ask(async |session: Session| pull::read(&session, accounts, secrets).await))
    }

    fn run<T>(&self, work: impl Future<Output = Result<T, Diagnostic>>) -> Result<T, Diagnostic> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => Err(Diagnostic::error("the connection is closed")),
        }
    }

    async fn questions(&self, wanted: &Wanted) -> Result<Vec<Question>, Diagnostic> {
        let named = match wanted.named.is_empty() {
            true => BTreeMap::new(),
            false => self.resources(&wanted.named).await?,
        };
        Ok(plan::questions(wanted, &named, self.namespace()))
    }

    async fn resources(
        &self,
        named: &BTreeSet<Id>,
    ) -> Result<BTreeMap<Id, (Resource, String)>, Diagnostic> {
        let groups: Vec<_> = named.iter().map(|id| id.group.as_str()).collect();
        let known = self.ask(async |session: Session| {
            let known = discovery::all(&session, &groups).await;
            known.map_err(|trouble| (discovery::request(), trouble))
        });
        discovery::resolve(named.iter(), &known.await?, &self.access.whom)
    }

    async fn gather(
        &self,
        questions: &[Question],
        by_list: bool,
    ) -> Result<Vec<Listing>, Diagnostic> {
        self.ask(async |session: Session| gather(&session, questions, by_list).await).await
    }

    /// Does `work`, and once more with new credentials where the old ones have come to their end.
    async fn ask<T>(
        &self,
        work: impl AsyncFn(Session) -> Result<T, Failed>,
    ) -> Result<T, Diagnostic> {
        let session = self.session.borrow().clone();
        let answer = match work(session).await {
            Err((_, trouble)) if self.may_renew(&trouble) => {
                self.renew().await?;
                let session = self.session.borrow().clone();
                work(session).await
            }
            answer => answer,
        };
        answer.map_err(|(request, trouble)| self.access.whom.explain(&request, &trouble))
    }

    fn may_renew(&self, trouble: &Trouble) -> bool {
        let is_old = self.renewed.get().is_none_or(|then| then.elapsed() >= LASTING);
        trouble.code() == 401 && self.access.renews() && is_old
    }

    async fn renew(&self) -> Result<(), Diagnostic> {
        let made = session(self.access.clone(), self.limit, self.trace).await;
        let (_, made) =
            made.map_err(|(whom, trouble)| whom.explain(&discovery::request(), &trouble))?;
        self.session.replace(made);
        self.renewed.set(Some(Instant::now()));
        Ok(())
    }
}

/// Nobody waits for what hangs in the system: a name that is looked up, a program.
impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Nothing about credentials.
impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("whom", &self.access.whom).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::fake::{Answer, Fake, pod, pods, status};
    use super::*;

    const TOKEN: &str = "{token: abc}";

    /// All pods of an application.
    fn wanted() -> Wanted {
        let selector = serde_yaml::from_str("{matchLabels: {app: web}}").unwrap();
        Wanted { pods: [("shop".to_owned(), selector)].into(), ..Wanted::default() }
    }

    fn names(snapshot: &Snapshot) -> Vec<&str> {
        snapshot.pods.iter().map(|pod| pod.metadata.name.as_str()).collect()
    }

    #[test]
    fn lists_are_read_in_pages_and_begun_again() {
        let fake = Fake::new(|target, _, before| match target {
            it if it.contains("continue=two") && before == 0 => status(410, ""),
            it if it.contains("continue=two") => pods(["b".to_owned()], 7, ""),
            _ => pods(["a".to_owned()], 6, "two"),
        });
        let found = fake.cluster(TOKEN).read(&wanted()).unwrap();
        assert_eq!(names(&found), ["a", "b"]);
        assert_eq!(found.now.to_string()[..19], *"2026-11-20T14:26:04");
        assert_eq!(fake.asked().len(), 4);
        assert!(fake.asked().iter().all(|it| it.starts_with("GET ") && it.contains("limit=1000")));
    }

    #[test]
    fn a_list_that_never_holds_still_has_an_end() {
        let fake = Fake::new(|target, _, _| match target.contains("continue") {
            true => status(410, ""),
            false => pods([], 6, "two"),
        });
        let problem = fake.cluster(TOKEN).read(&wanted()).unwrap_err();
        assert!(problem.message.contains("forgets its lists"), "{problem}");
        assert_eq!(fake.asked().len(), 6);
    }

    #[test]
    fn what_passes_is_asked_again_and_what_does_not_is_told() {
        for (answer, tries, wanted_message) in [
            (status(429, ""), 3, "too much to do (429)"),
            (Answer::Whole(503, "Retry-After: 9999\r\n", String::new()), 1, "answered 503"),
            (status(500, ""), 1, "answered 500"),
            (status(403, ""), 1, "`u` may not list `pods`"),
            (status(401, ""), 1, "(401)"),
            (Answer::Whole(404, "", "<html>".to_owned()), 1, "has no `Pod`"),
            (Answer::Whole(302, "Location: /login\r\n", String::new()), 1, "sends elsewhere"),
            (Answer::Whole(200, "", "<html>".to_owned()), 1, "it is no JSON"),
            (Answer::Whole(200, "", "{\"kind\": \"PodList\"".to_owned()), 1, "it breaks off"),
            (Answer::Whole(200, "", "{\"kind\": \"Pod\"}".to_owned()), 1, "JSON of another kind"),
            (
                Answer::Whole(200, "", "{\"kind\": \"Pod\", \"metadata\": {}}".to_owned()),
                1,
                "it is no list",
            ),
            (Answer::Raw("HTTP/1.1 200 x\r\nContent-Length: 99\r\n\r\n{"), 3, "cannot be reached"),
            (Answer::Raw(""), 3, "cannot be reached"),
            (Answer::Raw("garbage\r\n\r\n"), 1, "cannot be reached"),
            (Answer::Silence, 1, "has no answer after 1.5 s"),
        ] {
            let fake = Fake::new(move |_, _, _| answer.clone());
            let started = Instant::now();
            let problem = fake.cluster(TOKEN).read(&wanted()).unwrap_err();
            assert!(problem.message.contains(wanted_message), "{problem}");
            assert!(
                problem.message.contains("context `x`") && problem.hint.is_some(),
                "{problem:?}"
            );
            assert!(!format!("{problem:?}").contains("abc"), "{problem:?}");
            assert_eq!(fake.asked().len(), tries, "{problem}");
            assert!(started.elapsed() < Duration::from_secs(4), "{problem}");
        }
    }

    #[test]
    fn an_object_that_is_not_there_is_no_trouble_and_a_kind_is() {
        let wanted = |kind: &str, group: &str| Wanted {
            workloads: [Id {
                group: group.to_owned(),
                version: String::new(),
                kind: kind.to_owned(),
                namespace: "shop".to_owned(),
                name: "web".to_owned(),
            }]
            .into(),
            ..Wanted::default()
        };
        let fake = Fake::new(|target, _, _| match target.contains("rollouts") {
            true => Answer::Whole(404, "", "404 page not found".to_owned()),
            false => status(404, "web"),
        });
        let cluster = fake.cluster(TOKEN);
        assert!(cluster.read(&wanted("Deployment", "apps")).unwrap().workloads.is_empty());
        let problem = cluster.read(&wanted("Rollout", "argoproj.io")).unwrap_err();
        let message = "the cluster of context `x` has no `Rollout` of `argoproj.io/v1alpha1` (404)";
        assert_eq!(problem.message, message);
    }

    #[test]
    fn changes_are_followed_and_what_is_too_old_is_read_again() {
        let event =
            |kind: &str, object: &str| format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n");
        let fake = Fake::new(move |target, _, before| match target {
            it if it.contains("watch=true") && it.contains("resourceVersion=5") => {
                Answer::Pieces(vec![
                    event("ADDED", &pod("b", 6)),
                    event("DELETED", &pod("a", 7)),
                    event("BOOKMARK", &pod("", 8))[..20].to_owned(),
                    event("BOOKMARK", &pod("", 8))[20..].to_owned(),
                ])
            }
            it if it.contains("watch=true") && it.contains("resourceVersion=8") => {
                Answer::Pieces(vec![event("ERROR", "{\"kind\":\"Status\",\"code\":410}")])
            }
            it if it.contains("watch=true") => Answer::Silence,
            _ if before == 0 => pods(["a".to_owned()], 5, ""),
            _ => pods(["c".to_owned()], 9, ""),
        });
        let mut seen = Vec::new();
        let found =
            fake.cluster(TOKEN).watch(&wanted(), Duration::from_secs(20), &mut |snapshot| {
                let names = names(snapshot).join("");
                if seen.last() != Some(&names) {
                    seen.push(names.clone());
                }
                names == "c"
            });
        assert_eq!(names(&found.unwrap()), ["c"]);
        assert_eq!(seen, ["a", "ab", "b", "c"]);
    }

    #[test]
    fn while_nothing_is_known_nothing_is_shown() {
        let fake = Fake::new(|target, _, before| match (target.contains("watch=true"), before) {
            (false, 0) => pods(["a".to_owned()], 5, ""),
            _ => status(500, ""),
        });
        let mut looks = 0;
        let problem =
            fake.cluster(TOKEN).watch(&wanted(), Duration::from_millis(2500), &mut |_| {
                looks += 1;
                false
            });
        let problem = problem.unwrap_err();
        assert!(problem.message.contains("answered 500"), "{problem}");
        assert_eq!(looks, 1);
    }

    #[test]
    fn who_may_not_watch_lists() {
        let fake = Fake::new(|target, _, before| match (target.contains("watch=true"), before) {
            (false, 0) => pods(["a".to_owned()], 5, ""),
            (false, _) => pods(["b".to_owned()], 6, ""),
            (true, _) => status(403, ""),
        });
        let look = &mut |snapshot: &Snapshot| names(snapshot) == ["b"];
        let found = fake.cluster(TOKEN).watch(&wanted(), Duration::from_secs(20), look).unwrap();
        assert_eq!(names(&found), ["b"]);
    }

    #[test]
    fn who_is_in_trouble_is_not_asked_without_end() {
        // Lists that fail, lists that name no version, watches that end at once.
        let bare = || {
            let body = r#"{"kind": "PodList", "metadata": {}, "items": []}"#;
            Answer::Whole(200, "", body.to_owned())
        };
        for (watch, list) in [
            (status(500, ""), status(500, "")),
            (status(410, ""), pods([], 6, "")),
            (status(500, ""), bare()),
            (Answer::Whole(200, "", String::new()), pods([], 6, "")),
        ] {
            let fake = Fake::new(move |target, _, before| match target.contains("watch=true") {
                true => watch.clone(),
                false if before == 0 => pods([], 5, ""),
                false => list.clone(),
            });
            let limit = Duration::from_millis(2500);
            let _ = fake.cluster(TOKEN).watch(&wanted(), limit, &mut |_| false);
            let asked = fake.asked();
            assert!(asked.len() < 16, "{} requests: {:?}", asked.len(), &asked[..5]);
        }
    }

    #[test]
    fn time_alone_may_be_enough() {
        let fake = Fake::new(|target, _, _| match target.contains("watch=true") {
            false => pods(["a".to_owned()], 5, ""),
            true => Answer::Silence,
        });
        let mut times = Vec::new();
        let look = &mut |snapshot: &Snapshot| {
            times.push(snapshot.now);
            false
        };
        let found =
            fake.cluster(TOKEN).watch(&wanted(), Duration::from_millis(1200), look).unwrap();
        assert_eq!(names(&found), ["a"]);
        assert_eq!(times.len(), 3);
        assert!(times.is_sorted());
    }

    #[test]
    #[cfg(unix)]
    fn a_plugin_is_run_once_and_again_when_its_credentials_are_old() {
        let dir = tempfile::tempdir().unwrap();
        let count = dir.path().join("count");
        let script = format!(
            "echo x >> {0}; n=$(wc -l < {0} | tr -d \" \"); \
             echo \"{{kind: ExecCredential, apiVersion: v, status: {{token: t$n}}}}\"",
            count.display()
        );
        let user = format!(
            "{{exec: {{apiVersion: v, command: sh, interactiveMode: Never, args: [-c, '{script}']}}}}"
        );
        let fake = Fake::new(|_, login, _| match login {
            "Bearer t1" => pods(["a".to_owned()], 5, ""),
            _ => status(401, ""),
        });
        let cluster = fake.cluster(&user);
        assert_eq!(names(&cluster.read(&wanted()).unwrap()), ["a"]);
        assert_eq!(std::fs::read_to_string(&count).unwrap(), "x\n");
        let fake = Fake::new(|_, login, _| match login {
            "Bearer t3" => pods(["b".to_owned()], 5, ""),
            _ => status(401, ""),
        });
        let cluster = fake.cluster(&user);
        assert_eq!(names(&cluster.read(&wanted()).unwrap()), ["b"]);
        std::fs::write(&count, "x\nx\nx\n").unwrap();
        let problem = fake.cluster(&user).read(&wanted()).unwrap_err();
        assert!(problem.hint.as_deref().unwrap().contains("they came from `sh`"), "{problem:?}");
    }

    #[test]
    fn thousands_of_pods_and_hundreds_of_workloads_are_few_requests() {
        let selector = |app: usize| {
            let text = format!("{{matchLabels: {{app: app-{app}}}}}");
            ("shop".to_owned(), serde_yaml::from_str(&text).unwrap())
        };
        let kinds = [
            ("apps", "Deployment"),
            ("apps", "StatefulSet"),
            ("apps", "DaemonSet"),
            ("batch", "Job"),
            ("batch", "CronJob"),
        ];
        let workload = |number: usize| Id {
            group: kinds[number % 5].0.to_owned(),
            version: String::new(),
            kind: kinds[number % 5].1.to_owned(),
            namespace: "shop".to_owned(),
            name: format!("app-{number}"),
        };
        let wanted = Wanted {
            workloads: (0..500).map(workload).collect(),
            pods: (0..500).map(selector).collect(),
            named: BTreeSet::new(),
        };
        let fake = Fake::new(|target, _, _| {
            let all: Vec<String> = match target.contains("/pods") {
                false => (0..500).map(|number| format!("app-{number}")).collect(),
                true => (0..5000).map(|number| format!("pod-{number}")).collect(),
            };
            let from = target.split_once("continue=").map_or(0, |(_, from)| from.parse().unwrap());
            let next = from + 1000;
            let items: Vec<_> = all.iter().skip(from).take(1000).enumerate().map(|(at, name)| {
                let env = "{\"name\":\"KEY\",\"value\":\"some value of a variable\"},".repeat(40);
                format!(
                    "{{\"metadata\":{{\"name\":\"{name}\",\"namespace\":\"shop\",\"labels\":{{\"app\":\"app-{}\"}}}},\
                     \"spec\":{{\"containers\":[{{\"name\":\"a\",\"image\":\"b\",\"env\":[{}]}}]}}}}",
                    at % 500,
                    env.trim_end_matches(',')
                )
            }).collect();
            let next = if next < all.len() { next.to_string() } else { String::new() };
            let items = items.join(",");
            Answer::Whole(
                200,
                "",
                format!(
                    "{{\"kind\":\"XList\",\"metadata\":{{\"continue\":\"{next}\"}},\"items\":[{items}]}}"
                ),
            )
        });
        let cluster = fake.cluster(TOKEN);
        let started = Instant::now();
        let found = cluster.read(&wanted).unwrap();
        let took = started.elapsed();
        assert_eq!((found.workloads.len(), found.pods.len()), (500, 5000));
        assert!(fake.asked().len() <= 12, "{}", fake.asked().len());
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}
