//! Reads what questions ask for: single objects and lists in pages, a few at a time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::task::JoinSet;

use crate::cluster::Object;

use super::discovery;
use super::plan::{Objects, Question};
use super::resource::{Filter, PAGE, Request, Verb};
use super::session::{JSON, Session};
use super::whom::Trouble;

/// How many requests are under way at a time.
const AT_A_TIME: usize = 4;

/// How often a list is begun again that changes faster than it is read.
const BEGINNINGS: usize = 3;

/// The most pages that one list may have.
const PAGES: usize = 1000;

/// The code of what is not there any more: the rest of a list, or changes since a version.
pub(super) const GONE: u16 = 410;

/// What answers a question.
#[derive(Default)]
pub(super) struct Listing {
    /// The objects.
    pub(super) objects: Objects,
    /// The version of the cluster that the list is of.
    pub(super) version: String,
    /// The server's time.
    pub(super) date: Option<Timestamp>,
}

/// A request, and what went wrong with it.
pub(super) type Failed = (Request, Trouble);

/// The answers to `questions`, in their order. `by_list` asks for single objects by lists as well,
/// which have a version to watch from.
///
/// # Errors
/// The first request that went wrong; all of them where they are forbidden.
pub(super) async fn gather(
    session: &Session,
    questions: &[Question],
    by_list: bool,
) -> Result<Vec<Listing>, Failed> {
    let mut waiting = questions.iter().cloned().enumerate();
    let (mut running, mut found) = (JoinSet::new(), BTreeMap::new());
    let mut forbidden = BTreeMap::new();
    loop {
        while running.len() < AT_A_TIME
            && let Some((index, question)) = waiting.next()
        {
            let session = session.clone();
            running.spawn(async move { (index, ask(&session, &question, by_list).await) });
        }
        match running.join_next().await {
            None => break,
            Some(Ok((index, Ok(listing)))) => {
                found.insert(index, listing);
            }
            // Whoever lacks one right may lack others, and wants to hear of all.
            Some(Ok((index, Err((request, Trouble::Refused(refusal))))))
                if refusal.code == 403 && refusal.is_status =>
            {
                forbidden.insert(index, (request, refusal));
            }
            Some(Ok((_, Err(failed)))) => return Err(failed),
            Some(Err(error)) => {
                let trouble = Trouble::Unreachable(error.to_string());
                return Err((discovery::request(), trouble));
            }
        }
    }
    match forbidden.first_key_value() {
        None => Ok(found.into_values().collect()),
        Some((_, (request, _))) => {
            Err((request.clone(), Trouble::Forbidden(forbidden.into_values().collect())))
        }
    }
}

async fn ask(session: &Session, question: &Question, by_list: bool) -> Result<Listing, Failed> {
    match question.is_single() && !by_list {
        true => single(session, &question.request).await,
        false => list(session, &question.request.to(Verb::List)).await,
    }
}

/// One object, or none.
async fn single(session: &Session, request: &Request) -> Result<Listing, Failed> {
    let failed = |trouble| (request.clone(), trouble);
    let Filter::Name(name) = &request.filter else {
        return list(session, &request.to(Verb::List)).await;
    };
    let answer = match session.get(&request.target(&[]), JSON).await {
        Ok(answer) => answer,
        Err(trouble) if is_absent(&trouble, name) => return Ok(Listing::default()),
        Err(trouble) => return Err(failed(trouble)),
    };
    let object: Object = answer.read().map_err(failed)?;
    if object.metadata.name != *name {
        return Err(failed(Trouble::Garbage("it is another object".to_owned())));
    }
    let objects = Objects::from([(name.clone(), object)]);
    Ok(Listing { objects, date: answer.date, version: String::new() })
}

/// Whether an object is not there. A kind that is not there has no object to name.
pub(super) fn is_absent(trouble: &Trouble, name: &str) -> bool {
    match trouble {
        Trouble::Refused(refusal) => refusal.code == 404 && refusal.name == name,
        _ => false,
    }
}

/// All objects that `request` lists.
///
/// # Errors
/// What went wrong.
pub(super) async fn list(session: &Session, request: &Request) -> Result<Listing, Failed> {
    for _ in 0..BEGINNINGS {
        match pages(session, request).await {
            Err(trouble) if trouble.code() == GONE => {}
            Err(trouble) => return Err((request.clone(), trouble)),
            Ok(listing) => return Ok(listing),
        }
    }
    Err((request.clone(), Trouble::Restless))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    kind: String,
    metadata: Meta,
    items: Option<Vec<Object>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
    resource_version: String,
    r#continue: String,
}

async fn pages(session: &Session, request: &Request) -> Result<Listing, Trouble> {
    let (limit, mut out, mut next) = (PAGE.to_string(), Listing::default(), String::new());
    for _ in 0..PAGES {
        let more = [("limit", limit.as_str()), ("continue", next.as_str())];
        let more = if next.is_empty() { &more[..1] } else { &more[..] };
        let answer = session.get(&request.target(more), JSON).await?;
        let page: Page = answer.read()?;
        if !page.kind.ends_with("List") {
            return Err(Trouble::Garbage("it is no list".to_owned()));
        }
        let items = page.items.into_iter().flatten();
        out.objects.extend(items.map(|item| (item.metadata.name.clone(), item)));
        out.date = answer.date.or(out.date);
        out.version = page.metadata.resource_version;
        next = page.metadata.r#continue;
        if next.is_empty() {
            return Ok(out);
        }
    }
    Err(Trouble::Garbage("its list has no end".to_owned()))
}
