//! Objects as they go out, alone and in lists, page by page.

use std::sync::Arc;

use serde_json::{Value, json};

use super::call::Call;
use super::http::{Request, Response};
use super::kinds::Kind;
use super::select::Selection;
use super::status;
use super::store::{Key, Store};

/// Where a list goes on: as of a revision (none: as of now), behind an object.
struct Token(Option<u64>, Key);

/// An object with its kind and the version that was asked for.
pub fn stamped(kind: &Kind, version: &str, object: &Value) -> Value {
    let mut out = object.clone();
    out["kind"] = kind.kind.as_str().into();
    out["apiVersion"] = kind.api_version(version).into();
    out
}

pub fn get(store: &Store, call: &Call, kind: usize) -> Response {
    let namespaced = store.kinds[kind].namespaced;
    let namespace = if namespaced { call.namespace.clone() } else { String::new() };
    match store.get(kind, &(namespace, call.name.clone())) {
        Some(object) => Response::json(200, &stamped(&store.kinds[kind], &call.version, &object)),
        None => status::not_found(call),
    }
}

pub fn list(store: &Store, call: &Call, kind: usize, request: &Request) -> Response {
    try_list(store, call, kind, request).unwrap_or_else(|failure| failure)
}

fn try_list(
    store: &Store,
    call: &Call,
    number: usize,
    request: &Request,
) -> Result<Response, Response> {
    let kind = &store.kinds[number];
    let selection = Selection::of(request, &call.namespace, kind)?;
    let limit = request.parameter("limit").map_or(Ok(0), |text| {
        text.parse::<usize>().map_err(|_| {
            let message = format!("strconv.ParseInt: parsing \"{text}\": invalid syntax");
            status::bad(&message)
        })
    })?;
    let token = request.parameter("continue").map(|text| token(text, request)).transpose()?;
    let revision = token.as_ref().and_then(|token| token.0).unwrap_or(store.revision());
    let behind = token.map(|token| token.1);
    if revision < store.oldest() {
        return Err(status::expired(&Token(None, behind.unwrap_or_default()).to_string()));
    }
    let objects = store.at(number, revision);
    let here = objects.iter().filter(|(key, _)| {
        behind.as_ref().is_none_or(|behind| *key > behind) && selection.covers(key)
    });
    let mut rest = here.peekable();
    let limit = if limit == 0 { usize::MAX } else { limit };
    let (mut page, mut last) = (Vec::new(), None);
    while page.len() < limit
        && let Some((key, object)) = rest.next()
    {
        if selection.selects(object) {
            page.push(object);
        }
        last = Some(key);
    }
    let mut metadata = json!({"resourceVersion": revision.to_string()});
    // Whether any of the rest is selected, nobody looks, and nobody counts.
    if let Some(last) = last
        && rest.peek().is_some()
    {
        metadata["continue"] = Token(Some(revision), last.clone()).to_string().into();
        if !selection.filters() {
            metadata["remainingItemCount"] = rest.count().into();
        }
    }
    let items: Vec<_> = page.iter().map(|object| item(kind, &call.version, object)).collect();
    let body = json!({
        "kind": format!("{}List", kind.kind), "apiVersion": kind.api_version(&call.version),
        "metadata": metadata, "items": items,
    });
    Ok(Response::json(200, &body))
}

/// Kubernetes' own kinds do not say what they are within a list.
fn item(kind: &Kind, version: &str, object: &Arc<Value>) -> Value {
    let mut out = stamped(kind, version, object);
    if kind.native
        && let Some(fields) = out.as_object_mut()
    {
        fields.remove("kind");
        fields.remove("apiVersion");
    }
    out
}

fn token(text: &str, request: &Request) -> Result<Token, Response> {
    if request.parameter("resourceVersion").is_some_and(|version| version != "0") {
        let message = "specifying resource version is not allowed when using continue";
        return Err(status::bad(message));
    }
    Token::parse(text)
        .ok_or_else(|| status::bad("invalid continue token: continue key is not valid"))
}

impl Token {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes().chunks(2).map(|pair| {
            str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok())
        });
        let plain = String::from_utf8(digits.collect::<Option<Vec<_>>>()?).ok()?;
        let (revision, key) = plain.split_once(':')?;
        let (namespace, name) = key.split_once('/')?;
        let revision = if revision.is_empty() { None } else { Some(revision.parse().ok()?) };
        Some(Self(revision, (namespace.to_owned(), name.to_owned())))
    }
}

/// Nobody is to look into it.
impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(revision, (namespace, name)) = self;
        let revision = revision.map(|revision| revision.to_string()).unwrap_or_default();
        format!("{revision}:{namespace}/{name}")
            .bytes()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
