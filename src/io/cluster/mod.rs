//! Clusters: what is wanted of one, read through the user's own kubeconfig.
//!
//! Nothing but GET is ever sent. Everything has a time: requests, connections, plugins.

mod discovery;
mod fetch;
mod kubeconfig;
mod plan;
mod plugin;
mod pull;
mod resource;
mod session;
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
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::cluster::{Id, Snapshot, Timestamp, Wanted};
use crate::diagnostic::Diagnostic;
use crate::io::fs::reason;

pub use pull::{Place, PullSecrets};

use fetch::{Failed, Listing, gather};
use kubeconfig::Access;
use plan::Question;
use resource::Resource;
use session::Session;
use watch::Following;
use whom::{Trouble, Whom};

/// How often a watch looks at the time, which alone may make something healthy.
const TICK: Duration = Duration::from_secs(1);

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
    /// The namespace of what has none; otherwise the context's.
    pub namespace: Option<String>,
    /// How long one request may take, and a plugin that has credentials. One that a person logs in
    /// with may take longer.
    pub timeout: Duration,
}

/// A cluster that can be read.
pub struct Cluster {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    access: Access,
    limit: Duration,
    session: RefCell<Session>,
    /// When the credentials were last renewed.
    renewed: Cell<Option<Instant>>,
}

/// How far the server's clock is from ours.
#[derive(Clone, Copy)]
struct Clock {
    then: Timestamp,
    at: Instant,
}

impl Clock {
    fn new(date: Option<Timestamp>) -> Self {
        Self { then: date.unwrap_or_else(Timestamp::now), at: Instant::now() }
    }

    fn now(self) -> Timestamp {
        self.then.checked_add(self.at.elapsed()).unwrap_or(self.then)
    }
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
        let (access, session) = match runtime.block_on(session(access, options.timeout)) {
            Ok(made) => made,
            Err((whom, trouble)) => {
                runtime.shutdown_background();
                return Err(whom.explain(&discovery::request(), &trouble));
            }
        };
        let (runtime, session) = (Some(runtime), RefCell::new(session));
        Ok(Self { runtime, access, limit: options.timeout, session, renewed: Cell::new(None) })
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
            let clock = clock(&listings);
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
                let clock = clock(&listings);
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

    async fn resources(&self, named: &BTreeSet<Id>) -> Result<BTreeMap<Id, Resource>, Diagnostic> {
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
        trouble.code() == 401 && self.access.plugin.is_some() && is_old
    }

    async fn renew(&self) -> Result<(), Diagnostic> {
        let made = session(self.access.clone(), self.limit).await;
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

/// A client with the credentials that there are: a plugin's, or what kube makes of the rest. Both
/// may take their time beside us.
async fn session(
    mut access: Access,
    limit: Duration,
) -> Result<(Access, Session), (Whom, Trouble)> {
    if let Some(plugin) = &access.plugin {
        access.whom.plugin = plugin::name(plugin).ok();
    }
    let (config, plugin) = (access.config.clone(), access.plugin.clone());
    let made = match plugin {
        None => connect(config, limit).await,
        Some(plugin) => match with_plugin(config, plugin, limit).await {
            Ok(config) => connect(config, limit).await,
            Err(trouble) => Err(trouble),
        },
    };
    match made {
        Ok(session) => Ok((access, session)),
        Err(trouble) => Err((access.whom, trouble)),
    }
}

async fn with_plugin(
    mut config: kube::Config,
    plugin: kube::config::ExecConfig,
    limit: Duration,
) -> Result<kube::Config, Trouble> {
    let asked =
        spawn_blocking(move || plugin::ask(&plugin, &mut config.auth_info, limit).map(|()| config));
    let asked = asked.await.unwrap_or_else(|error| Err(error.to_string()));
    asked.map_err(Trouble::Login)
}

async fn connect(config: kube::Config, limit: Duration) -> Result<Session, Trouble> {
    let made = timeout(limit, spawn_blocking(move || Session::new(config, limit)));
    match made.await {
        Ok(made) => made.unwrap_or_else(|error| Err(Trouble::Login(error.to_string()))),
        Err(_) => Err(Trouble::Login("the program that has them does not end".to_owned())),
    }
}

fn clock(listings: &[Listing]) -> Clock {
    Clock::new(listings.iter().filter_map(|listing| listing.date).max())
}

/// Shows `look` what changes, until it has seen enough or there is no time left.
async fn follow(
    wanted: &Wanted,
    questions: &[Question],
    mut following: Following,
    mut clock: Clock,
    left: &dyn Fn() -> Duration,
    look: &mut dyn FnMut(&Snapshot) -> bool,
) -> Result<Snapshot, Failed> {
    let mut shown = plan::snapshot(wanted, questions, following.objects(), clock.now());
    loop {
        if following.failed().is_none() && look(&shown) {
            return Ok(shown);
        }
        if let Some((request, trouble)) = following.failed()
            && (left().is_zero() || !trouble.is_passing())
        {
            return Err((request.clone(), trouble.clone()));
        }
        if left().is_zero() {
            return Ok(shown);
        }
        let (is_new, date) = following.next(TICK.min(left())).await;
        clock = date.map_or(clock, |date| Clock::new(Some(date)));
        shown = match is_new {
            true => plan::snapshot(wanted, questions, following.objects(), clock.now()),
            false => Snapshot { now: clock.now(), ..shown },
        };
    }
}
