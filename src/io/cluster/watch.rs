//! Follows what questions ask for as it changes: one list, then watches from its version
//! (kubernetes.io/docs/reference/using-api/api-concepts, efficient detection of changes).

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::cluster::Object;

use super::fetch::{Failed, GONE, Listing, list};
use super::plan::{Objects, Question};
use super::resource::{Request, Verb};
use super::session::{Session, Stream};
use super::whom::{Refusal, Trouble};

/// How long one watch may be silent: a connection that is dead and does not say so is noticed then.
const SILENCE: Duration = Duration::from_secs(30);

/// How often to list where watching is not allowed.
const POLL: Duration = Duration::from_secs(5);

/// How long to wait before asking again after something went wrong, at first and at most.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long a watch lasts of a server that is well.
const LASTING: Duration = Duration::from_secs(1);

/// Changes that come this soon after each other are shown at once.
const TOGETHER: Duration = Duration::from_millis(50);

/// How many pieces of news may wait.
const NEWS: usize = 1024;

/// What happened to the objects of one question.
enum News {
    /// All of them are new, as of a time of the server.
    Anew(Objects, Option<Timestamp>),
    /// One is there, or as it is now.
    Is(Box<Object>),
    /// One is gone.
    Gone(String),
    /// Nothing, and all is well.
    Well,
    /// They cannot be followed.
    Failed(Box<Failed>),
}

/// Objects that are followed.
pub(super) struct Following {
    news: Receiver<(usize, News)>,
    objects: Vec<Objects>,
    failed: Vec<Option<Failed>>,
    date: Option<Timestamp>,
    // Those who follow end with it.
    _followers: JoinSet<()>,
}

impl Following {
    /// Follows `questions` from what `listings` say.
    pub(super) fn new(session: &Session, questions: &[Question], listings: Vec<Listing>) -> Self {
        let (sender, news) = mpsc::channel(NEWS);
        let (mut followers, mut objects) = (JoinSet::new(), Vec::new());
        for (index, (question, listing)) in questions.iter().zip(listings).enumerate() {
            let follower = Follower {
                session: session.clone(),
                request: question.request.to(Verb::List),
                version: listing.version,
                index,
                sender: sender.clone(),
            };
            followers.spawn(follower.follow());
            objects.push(listing.objects);
        }
        let failed = vec![None; objects.len()];
        Self { news, objects, failed, date: None, _followers: followers }
    }

    /// The objects of each question.
    pub(super) fn objects(&self) -> impl Iterator<Item = &Objects> {
        self.objects.iter()
    }

    /// What cannot be followed at the moment, so that what is known may be old.
    pub(super) fn failed(&self) -> Option<&Failed> {
        self.failed.iter().flatten().next()
    }

    /// Waits for changes, at most for `limit`. Says whether there were any, and the server's time
    /// where it has told it.
    pub(super) async fn next(&mut self, limit: Duration) -> (bool, Option<Timestamp>) {
        let mut is_new = false;
        let mut left = limit;
        while let Ok(Some((index, news))) = timeout(left, self.news.recv()).await {
            is_new |= self.take(index, news);
            left = TOGETHER.min(left);
        }
        (is_new, self.date.take())
    }

    fn take(&mut self, index: usize, news: News) -> bool {
        let (objects, failed) = (&mut self.objects[index], &mut self.failed[index]);
        if let News::Failed(found) = news {
            *failed = Some(*found);
            return false;
        }
        let is_well = failed.take().is_none();
        match news {
            News::Anew(found, date) => {
                self.date = date.max(self.date);
                let is_new = *objects != found;
                *objects = found;
                return is_new;
            }
            News::Is(object) => {
                objects.insert(object.metadata.name.clone(), *object);
            }
            News::Gone(name) => {
                objects.remove(&name);
            }
            News::Well | News::Failed(_) => return !is_well,
        }
        true
    }
}

/// Follows one question.
struct Follower {
    session: Session,
    request: Request,
    version: String,
    index: usize,
    sender: Sender<(usize, News)>,
}

/// One line of a watch.
#[derive(Deserialize)]
struct Event {
    r#type: String,
    object: Value,
}

/// Why a watch has ended.
enum End {
    /// It has, and goes on from where it was.
    Time,
    /// What is known is too old to go on from.
    Old,
    /// Something went wrong.
    Trouble(Trouble),
    /// Nobody listens any more.
    Deaf,
}

impl Follower {
    async fn follow(mut self) {
        // Whether what came last was a list, and no watch that lasted.
        let (mut pause, mut has_listed) = (PAUSE, false);
        loop {
            let begun = Instant::now();
            let end = self.watch().await;
            let has_lasted = begun.elapsed() >= LASTING;
            if has_lasted {
                (pause, has_listed) = (PAUSE, false);
            }
            let wait = match end {
                End::Deaf => return,
                End::Time if has_lasted => continue,
                // Whoever ends watches at once does so again.
                End::Time => {
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    continue;
                }
                End::Old if has_listed => pause,
                End::Old => Duration::ZERO,
                // The rule of a Role may not have the verb: lists tell the same, later.
                End::Trouble(trouble) if matches!(trouble.code(), 403 | 405) => POLL,
                End::Trouble(trouble) => {
                    if !self.tell(self.failed(trouble)).await {
                        return;
                    }
                    pause
                }
            };
            sleep(wait).await;
            match list(&self.session, &self.request).await {
                Ok(listing) => {
                    self.version = listing.version;
                    if !self.tell(News::Anew(listing.objects, listing.date)).await {
                        return;
                    }
                }
                Err(failed) => {
                    // Nothing to go on from: the next watch would be of everything.
                    self.version.clear();
                    if !self.tell(News::Failed(Box::new(failed))).await {
                        return;
                    }
                }
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            has_listed = true;
        }
    }

    async fn tell(&self, news: News) -> bool {
        self.sender.send((self.index, news)).await.is_ok()
    }

    fn failed(&self, trouble: Trouble) -> News {
        News::Failed(Box::new((self.request.to(Verb::Watch), trouble)))
    }

    /// One watch, to its end.
    async fn watch(&mut self) -> End {
        if self.version.is_empty() {
            return End::Old;
        }
        let seconds = SILENCE.as_secs().to_string();
        let target = self.request.to(Verb::Watch).target(&[
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", &self.version),
            ("timeoutSeconds", &seconds),
        ]);
        let mut stream = match self.session.stream(&target).await {
            Ok(stream) => stream,
            Err(trouble) if trouble.code() == GONE => return End::Old,
            Err(trouble) => return End::Trouble(trouble),
        };
        if !self.tell(News::Well).await {
            return End::Deaf;
        }
        loop {
            if let Err(end) = self.step(&mut stream).await {
                return end;
            }
        }
    }

    /// One line of it.
    async fn step(&mut self, stream: &mut Stream) -> Result<(), End> {
        let limit = SILENCE + self.session.limit();
        let line = timeout(limit, stream.line()).await;
        let line = line.map_err(|_| End::Trouble(Trouble::Late(limit)))?;
        let line = line.map_err(End::Trouble)?.ok_or(End::Time)?;
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let news = self.read(&line)?;
        if self.tell(news).await { Ok(()) } else { Err(End::Deaf) }
    }

    fn read(&mut self, line: &[u8]) -> Result<News, End> {
        let garbage = |_| End::Trouble(Trouble::Garbage("it is no event of a watch".to_owned()));
        let event: Event = serde_json::from_slice(line).map_err(garbage)?;
        if event.r#type == "ERROR" {
            return Err(ended(&event.object));
        }
        let object: Object = serde_json::from_value(event.object).map_err(garbage)?;
        self.version.clone_from(&object.metadata.resource_version);
        Ok(match event.r#type.as_str() {
            "BOOKMARK" => News::Well,
            "DELETED" => News::Gone(object.metadata.name),
            _ => News::Is(Box::new(object)),
        })
    }
}

/// What the error of a watch means (`metav1.Status`).
fn ended(status: &Value) -> End {
    let code = status.get("code").and_then(Value::as_u64).unwrap_or_default();
    let message = status.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
    match u16::try_from(code).unwrap_or_default() {
        GONE => End::Old,
        code => End::Trouble(Trouble::Refused(Refusal {
            code,
            message,
            is_status: true,
            ..Refusal::default()
        })),
    }
}
