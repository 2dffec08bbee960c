//! All images: as many at a time as their registries may be asked, and answers in their order.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use crate::facts::{Answer, Manifest};

use super::Options;
use super::credentials::Store;
use super::endpoint::{Endpoint, origin};
use super::inquiry::Inquiry;
use super::manifest::digest;
use super::repo::Repo;
use super::session::Session;
use super::transport::Transport;
use super::trouble::{Trouble, unresolved};
use super::words::gives_away;

/// The most threads of all registries together, where that leaves one for each.
const THREADS: usize = 256;

/// The images of one registry.
struct Queue<'s> {
    endpoint: Result<Endpoint<'s>, Trouble>,
    repos: Vec<Arc<Repo>>,
    /// Which image of which repository: those of different repositories first, because each waits
    /// for a token of its own.
    images: Vec<(usize, usize)>,
    next: AtomicUsize,
}

/// What all threads share.
struct Run<'r> {
    manifests: &'r [Manifest],
    answers: &'r [OnceLock<Answer>],
    options: &'r Options,
    transport: &'r Transport<'r>,
}

/// Asks about all `manifests`; what nobody asked about is `None`.
pub(super) fn run(
    manifests: &[Manifest],
    options: &Options,
    transport: &Transport<'_>,
    session: &Session,
    store: &Store,
) -> Vec<Option<Answer>> {
    let queue = |(domain, images): (&str, Vec<usize>)| {
        let endpoint = origin(domain, &options.plain_http)
            .ok_or_else(|| unresolved(format!("`{domain}` is no host")))
            .and_then(|origin| {
                let habits = session.habits(&origin);
                Endpoint::new(transport, store, domain, origin, habits)
            });
        let (repos, images) = by_repository(&images, manifests, session);
        Queue { endpoint, repos, images, next: AtomicUsize::new(0) }
    };
    let queues: Vec<_> = by_domain(manifests).into_iter().map(queue).collect();
    let mut answers: Vec<OnceLock<Answer>> = manifests.iter().map(|_| OnceLock::new()).collect();
    let run = Run { manifests, answers: &answers, options, transport };
    let each = THREADS / queues.len().max(1);
    thread::scope(|scope| {
        for queue in &queues {
            let threads = options.concurrency.min(each).clamp(1, queue.images.len().max(1));
            for _ in 0..threads {
                let work = || run.work(queue);
                // The others do the work of one that cannot be started.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
        }
    });
    // Nothing is left but what no thread could be started for.
    for queue in &queues {
        run.work(queue);
    }
    answers.iter_mut().map(OnceLock::take).collect()
}

fn by_domain(manifests: &[Manifest]) -> BTreeMap<&str, Vec<usize>> {
    let mut domains: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, manifest) in manifests.iter().enumerate() {
        domains.entry(&manifest.repository.domain).or_default().push(index);
    }
    domains
}

/// Repositories in the order in which they are first there, and their `images`: the first of each
/// before the second of any.
fn by_repository(
    images: &[usize],
    manifests: &[Manifest],
    session: &Session,
) -> (Vec<Arc<Repo>>, Vec<(usize, usize)>) {
    let mut places: HashMap<&str, (usize, usize)> = HashMap::new();
    let (mut repos, mut ranked) = (Vec::new(), Vec::with_capacity(images.len()));
    for image in images {
        let repository = &manifests[*image].repository;
        let (repo, count) = places.entry(&repository.path).or_insert_with(|| {
            repos.push(session.repo(repository));
            (repos.len() - 1, 0)
        });
        ranked.push((*count, *repo, *image));
        *count += 1;
    }
    // Stable: of one rank they stay in their order.
    ranked.sort_by_key(|(rank, _, _)| *rank);
    (repos, ranked.into_iter().map(|(_, repo, image)| (repo, image)).collect())
}

/// `trouble`, unless a server has got a secret into it.
fn shown(trouble: Trouble, repo: &Repo) -> Trouble {
    let secrets = repo.secrets();
    let hint = trouble.hint.as_deref().unwrap_or_default();
    match gives_away(&trouble.message, &secrets) || gives_away(hint, &secrets) {
        true => unresolved("its registry repeats the login, so what it says is not shown"),
        false => trouble,
    }
}

impl Run<'_> {
    fn work(&self, queue: &Queue<'_>) {
        while !self.transport.stop.is_rung() {
            let next = queue.next.fetch_add(1, Ordering::Relaxed);
            let Some((repo, image)) = queue.images.get(next) else {
                return;
            };
            let manifest = &self.manifests[*image];
            let outcome = match &queue.endpoint {
                Ok(endpoint) => {
                    let time = self.options.timeout;
                    let inquiry = Inquiry::new(endpoint, &queue.repos[*repo], manifest, time);
                    let outcome = digest(&inquiry, self.options);
                    outcome.map_err(|trouble| shown(trouble, &queue.repos[*repo]))
                }
                Err(trouble) => Err(trouble.clone()),
            };
            self.tell(*image, outcome);
        }
    }

    fn tell(&self, image: usize, outcome: Result<String, Trouble>) {
        let answer = match outcome {
            Ok(digest) => Ok(digest),
            Err(trouble) => match trouble.about(&self.manifests[image]) {
                Some(failure) => Err(failure),
                None => return,
            },
        };
        let is_last = answer.is_err() && !self.options.keep_going;
        // Every image is asked about by one thread.
        let _ = self.answers[image].set(answer);
        self.transport.watch.answered();
        if is_last {
            self.transport.shut_down();
        }
    }
}
