//! What a server does to its clients when it is told to.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::discovery;
use super::http::{Request, Response};
use super::status;
use super::store::Store;

/// Something that goes wrong.
#[derive(Clone)]
pub enum Act {
    /// Nothing comes for that long, then the answer.
    Delay(Duration),
    /// Nothing ever comes.
    Silence,
    /// The connection breaks without an answer.
    Reset,
    /// What comes is not HTTP.
    Garbage,
    /// The answer, of which only this many bytes come, or events.
    Cut(usize),
    /// This answer in place of the right one.
    Say(Response),
    /// Something happens to the objects just before the answer.
    Meanwhile(Arc<dyn Fn(&mut Store) + Send + Sync>),
}

/// A row of the table: which requests it befalls, and how often.
#[derive(Clone)]
pub struct Fault {
    method: Option<&'static str>,
    path: String,
    /// Requests that it lets pass first.
    after: usize,
    times: usize,
    act: Act,
}

/// The faults of a server.
#[derive(Default)]
pub struct Faults(Vec<Fault>);

impl Fault {
    /// Befalls every request whose path and query contain `path`.
    pub fn on(path: &str, act: Act) -> Self {
        Self { method: None, path: path.to_owned(), after: 0, times: usize::MAX, act }
    }

    /// With this method only.
    pub fn method(self, method: &'static str) -> Self {
        Self { method: Some(method), ..self }
    }

    /// Not the first ones.
    pub fn after(self, after: usize) -> Self {
        Self { after, ..self }
    }

    /// No more than that.
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }
}

impl Faults {
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What befalls a request, by the first row that does.
    pub fn next(&mut self, request: &Request, target: &str) -> Option<Act> {
        let fits = |fault: &&mut Fault| {
            fault.times > 0
                && fault.method.is_none_or(|method| method == request.method)
                && target.contains(&fault.path)
        };
        for fault in self.0.iter_mut().filter(fits) {
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            fault.times -= 1;
            return Some(fault.act.clone());
        }
        None
    }
}

impl Act {
    /// The 404 of something that is no API server.
    pub fn html(status: u16) -> Self {
        let page = "<html><head><title>404 Not Found</title></head>\
                    <body><center><h1>404 Not Found</h1></center><hr>nginx</body></html>\n";
        Self::Say(Response::new(status, "text/html", page))
    }

    /// A token that has expired.
    pub fn unauthorized() -> Self {
        Self::Say(status::unauthorized())
    }

    /// Too many requests: come back later.
    pub fn busy(seconds: u32) -> Self {
        let message = "too many requests, please try again later";
        let details = json!({"retryAfterSeconds": seconds});
        let response = status::detailed(429, "TooManyRequests", message, details);
        Self::Say(response.header("Retry-After", &seconds.to_string()))
    }

    /// The server is broken.
    pub fn internal() -> Self {
        let message = "Internal error occurred: etcdserver: request timed out";
        Self::Say(status::failure(500, "InternalError", message))
    }

    /// The server behind the server is not there.
    pub fn unavailable() -> Self {
        Self::Say(discovery::unavailable())
    }

    /// The continue token is too old.
    pub fn expired() -> Self {
        Self::Say(status::expired("3a2f"))
    }
}
