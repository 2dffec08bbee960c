//! Changes as they happen.

use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::call::Call;
use super::http::{Request, Response, send_chunk};
use super::list::stamped;
use super::select::Selection;
use super::status;
use super::store::{Change, Store};
use super::world::World;

/// How often a watch looks whether its client or its server has gone.
const TICK: Duration = Duration::from_millis(100);

/// A watch that has been asked for.
pub struct Watch {
    call: Call,
    kind: usize,
    selection: Selection,
    /// Where it begins; `None` with all that is there.
    from: Option<u64>,
    until: Instant,
    bookmarks: bool,
    /// Whether a bookmark is to tell where what was there ends.
    marks_start: bool,
}

impl Watch {
    pub fn of(
        store: &Store,
        call: &Call,
        kind: usize,
        request: &Request,
    ) -> Result<Self, Response> {
        let from = match request.parameter("resourceVersion") {
            None | Some("0") => None,
            Some(text) => Some(text.parse().map_err(|_| {
                let message = format!("resourceVersion: Invalid value: \"{text}\"");
                status::failure(500, "", &message)
            })?),
        };
        let initial = request.wants("sendInitialEvents");
        let seconds = request.parameter("timeoutSeconds").and_then(|text| text.parse().ok());
        Ok(Self {
            call: call.clone(),
            kind,
            selection: Selection::of(request, &call.namespace, &store.kinds[kind])?,
            from: from.filter(|_| !initial),
            until: Instant::now() + Duration::from_secs(seconds.unwrap_or(1_800)),
            bookmarks: request.wants("allowWatchBookmarks"),
            marks_start: initial,
        })
    }

    /// Sends events until the time is up, the client goes, or the server ends. `cut` is how many
    /// events are sent before the connection breaks in the next one.
    pub fn run(
        mut self,
        world: &World,
        stream: &mut TcpStream,
        mut cut: Option<usize>,
    ) -> io::Result<()> {
        let head = Response::new(200, "application/json", "");
        head.open(stream, &world.store().date())?;
        let mut quiet = Instant::now();
        loop {
            let mut events = self.next(&world.store());
            let over = Instant::now() >= self.until;
            if self.bookmarks && (over || quiet.elapsed() >= world.bookmarks()) {
                events.push(self.bookmark(&world.store(), false));
            }
            for event in &events {
                quiet = Instant::now();
                let line = format!("{event}\n");
                if cut == Some(0) {
                    send_chunk(stream, &line.as_bytes()[..line.len() / 2])?;
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
                send_chunk(stream, line.as_bytes())?;
                cut = cut.map(|left| left - 1);
            }
            let failed = events.last().is_some_and(|event| event["type"] == "ERROR");
            if over || failed || world.is_closed() {
                return send_chunk(stream, b"");
            }
            if has_gone(stream)? {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            world.wait_for_change(self.from.unwrap_or_default(), TICK);
        }
    }

    /// What has happened since the last time.
    fn next(&mut self, store: &Store) -> Vec<Value> {
        let Some(from) = self.from else { return self.start(store) };
        if from + 1 < store.oldest() {
            let gone = status::too_old(from, store.oldest());
            return vec![json!({"type": "ERROR", "object": gone})];
        }
        let changes = store.since(self.kind, from);
        self.from = Some(from.max(store.revision()));
        changes.iter().filter_map(|change| self.event(store, change)).collect()
    }

    /// All that is there.
    fn start(&mut self, store: &Store) -> Vec<Value> {
        self.from = Some(store.revision());
        let objects = store.all(self.kind).values();
        let selected = objects.filter(|object| self.selection.selects(object));
        let added = selected.map(|object| self.say(store, "ADDED", object));
        let mut events: Vec<_> = added.collect();
        if self.marks_start {
            events.push(self.bookmark(store, true));
        }
        events
    }

    /// A change as it looks to one who sees the selected objects only.
    fn event(&self, store: &Store, change: &Change) -> Option<Value> {
        let before = change.before.as_ref().is_some_and(|object| self.selection.selects(object));
        let after = !change.gone && self.selection.selects(&change.after);
        let word = match (before, after) {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            (false, false) => return None,
        };
        Some(self.say(store, word, &change.after))
    }

    fn say(&self, store: &Store, word: &str, object: &Value) -> Value {
        let object = stamped(&store.kinds[self.kind], &self.call.version, object);
        json!({"type": word, "object": object})
    }

    fn bookmark(&self, store: &Store, start: bool) -> Value {
        let mut metadata = json!({"resourceVersion": store.revision().to_string()});
        if start {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        self.say(store, "BOOKMARK", &json!({"metadata": metadata}))
    }
}

/// Whether the client has closed its side.
fn has_gone(stream: &TcpStream) -> io::Result<bool> {
    stream.set_nonblocking(true)?;
    let peeked = stream.peek(&mut [0]);
    stream.set_nonblocking(false)?;
    Ok(matches!(peeked, Ok(0)))
}
