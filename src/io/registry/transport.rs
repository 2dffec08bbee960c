//! One request to one server and its whole answer, within its limits of time and size.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use ureq::Agent;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use ureq::http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};

use crate::io::proxy::Proxies;

use super::Watch;
use super::body::{Body, Places, Unread};
use super::clock::{Clock, Stop};
use super::connect::{self, Wire};
use super::failing;
use super::gate::Gate;
use super::names::Names;
use super::proxy;
use super::retry::retry_after;
use super::trouble::{Trouble, unresolved};
use super::trust::Trust;
use super::url::{Origin, Url};
use super::words::gives_away;

const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// The most bytes of all headers of an answer together.
const HEADERS: usize = 32 * 1024;
/// The most bytes of one header of a request; most servers take half of it.
pub(super) const TOKEN: usize = 16 * 1024;

/// How often a connection that has died in the pool is replaced at once.
const STALE: usize = 4;

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// How.
    pub(super) method: Method,
    /// What of.
    pub(super) url: Url,
    /// Which media types.
    pub(super) accept: &'static str,
    /// In whose name; marked as a secret.
    pub(super) authorization: Option<HeaderValue>,
    /// What must not be shown, whoever repeats it.
    pub(super) secrets: Vec<String>,
    /// The fields of a form, which may be secret.
    pub(super) form: Option<String>,
    /// The most bytes that the answer may have.
    pub(super) limit: usize,
}

/// What is answered.
#[derive(Debug)]
pub(super) struct Reply<'t> {
    /// The number.
    pub(super) status: StatusCode,
    /// The headers.
    pub(super) headers: HeaderMap,
    /// The body; of an error what could be read.
    pub(super) body: Body<'t>,
    /// Where it came from.
    pub(super) url: Url,
    /// How long the server asks to wait.
    pub(super) wait: Option<Duration>,
    /// When the request went off.
    pub(super) sent: Instant,
}

impl Reply<'_> {
    /// The header `name`, where it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
    }
}

/// The way to all servers.
pub(super) struct Transport<'w> {
    /// Who wants to know.
    pub(super) watch: &'w dyn Watch,
    /// Whether to go on.
    pub(super) stop: Stop,
    /// What is known about names.
    pub(super) names: Names,
    proxies: Proxies,
    trust: Trust,
    /// How many connections to a server are kept.
    pool: usize,
    servers: Mutex<HashMap<Origin, Arc<Server>>>,
    places: Places,
}

/// One server: its connections and its gate.
pub(super) struct Server {
    agents: Vec<Agent>,
    /// The certificates of which the server's is: settled by the first handshake.
    trusted: OnceLock<usize>,
    /// Lets requests through.
    pub(super) gate: Gate,
    /// Whether a proxy looks up its name.
    pub(super) is_proxied: bool,
}

impl<'w> Transport<'w> {
    /// No connection yet.
    pub(super) fn new(watch: &'w dyn Watch, trust: Trust, proxies: Proxies, pool: usize) -> Self {
        let (stop, names, servers, places) = Default::default();
        Self { watch, stop, names, proxies, trust, pool, servers, places }
    }

    /// The server at `origin`.
    ///
    /// # Errors
    /// When its proxy cannot be used.
    pub(super) fn server(&self, origin: &Origin) -> Result<Arc<Server>, Trouble> {
        let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = servers.get(origin) {
            return Ok(Arc::clone(server));
        }
        let proxy = proxy::find(&self.proxies, origin)?;
        let is_proxied = proxy.is_some();
        // A proxy may want TLS as well.
        let roots = match origin.secure || is_proxied {
            true => self.trust.roots(origin),
            false => vec![RootCerts::WebPki],
        };
        let agent = |roots| {
            let config = Agent::config_builder()
                .proxy(proxy.clone())
                .tls_config(TlsConfig::builder().root_certs(roots).build())
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .user_agent(USER_AGENT)
                // Nothing else can be hashed.
                .accept_encoding("identity")
                .max_response_header_size(HEADERS)
                // Every connection keeps both, and there are many.
                .input_buffer_size(HEADERS + 1024)
                .output_buffer_size(TOKEN + 1024)
                .max_idle_connections(self.pool)
                .max_idle_connections_per_host(self.pool);
            Agent::with_parts(config.build(), Wire::default(), self.names.clone())
        };
        let agents = roots.into_iter().map(agent).collect();
        let (trusted, gate) = Default::default();
        let server = Arc::new(Server { agents, trusted, gate, is_proxied });
        servers.insert(origin.clone(), Arc::clone(&server));
        Ok(server)
    }

    /// Asks `server` and reads the whole answer. Redirects are answers.
    ///
    /// # Errors
    /// When there is no answer, or it is too long.
    pub(super) fn send(
        &self,
        server: &Server,
        ask: &Ask,
        clock: &Clock,
    ) -> Result<Reply<'_>, Trouble> {
        let sent = server.gate.pass(clock, &self.stop)?;
        let before = Instant::now();
        let reply = self.exchange(server, ask, clock, sent);
        let outcome = match &reply {
            Ok(reply) => reply.status.as_str().to_owned(),
            Err(trouble) => trouble.why().to_owned(),
        };
        let (method, url, took) = (&ask.method, &ask.url, before.elapsed().as_millis());
        let line = format!("{method} {url}: {outcome} ({took} ms)");
        match gives_away(&line, &ask.secrets) {
            true => self.watch.trace(&format!("{method} {}: {took} ms", url.origin)),
            false => self.watch.trace(&line),
        }
        if let Some(left) = reply.as_ref().ok().and_then(few_left) {
            let origin = &ask.url.origin;
            self.watch.trace(&format!("`{origin}` allows {left} more pulls for now"));
        }
        // The connection was closed for that, perhaps in the middle of what an error had to say.
        let is_whole = reply.as_ref().is_ok_and(|reply| reply.status.is_success());
        match is_whole || !self.stop.is_rung() {
            true => reply,
            false => Err(Trouble::stopped()),
        }
    }

    fn exchange(
        &self,
        server: &Server,
        ask: &Ask,
        clock: &Clock,
        sent: Instant,
    ) -> Result<Reply<'_>, Trouble> {
        let failed = |error: &ureq::Error| failing::trouble(error, ask, clock);
        let mut response = server.run(ask, clock).map_err(|error| failed(&error))?;
        let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let wait = wait.and_then(|value| retry_after(value, SystemTime::now()));
        let status = response.status();
        let length = response.body().content_length();
        let reader = response.body_mut().as_reader();
        let body = match status.is_success() {
            true => Body::read(reader, length, ask.limit, &self.places),
            false => Ok(Body::read_some(reader)),
        };
        let body = body.map_err(|unread| match unread {
            Unread::TooLong => too_long(ask),
            Unread::Failed(error) => failed(&ureq::Error::from(error)),
        })?;
        let (parts, _) = response.into_parts();
        Ok(Reply { status, headers: parts.headers, body, url: ask.url.clone(), wait, sent })
    }

    /// Ends everything that is under way.
    pub(super) fn shut_down(&self) {
        self.stop.ring();
        let servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        for agent in servers.values().flat_map(|server| &server.agents) {
            agent.clone().shutdown();
        }
    }
}

impl Server {
    /// Asks, with another connection where the one of the pool has died.
    fn run(
        &self,
        ask: &Ask,
        clock: &Clock,
    ) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
        let mut stale = 0;
        let mut at = self.trusted.get().copied().unwrap_or_default();
        loop {
            let Some(agent) = self.agents.get(at) else {
                return Err(ureq::Error::ConnectionFailed);
            };
            connect::forget();
            match run(agent, ask, clock) {
                Err(error) if failing::is_distrust(&error) && at + 1 < self.agents.len() => at += 1,
                Err(error)
                    if failing::is_closed(&error) && !connect::is_fresh() && stale < STALE =>
                {
                    stale += 1;
                }
                Err(error) => return Err(error),
                Ok(response) => {
                    let _ = self.trusted.set(at);
                    return Ok(response);
                }
            }
        }
    }
}

fn run(
    agent: &Agent,
    ask: &Ask,
    clock: &Clock,
) -> Result<ureq::http::Response<ureq::Body>, ureq::Error> {
    let mut request = Request::builder().method(ask.method.clone()).uri(ask.url.whole());
    request = request.header(ACCEPT, ask.accept);
    if let Some(authorization) = &ask.authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    match &ask.form {
        Some(form) => {
            let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            let request = agent.configure_request(request.body(form.as_str())?);
            agent.run(limited(request, clock).build())
        }
        None => {
            let request = agent.configure_request(request.body(())?);
            agent.run(limited(request, clock).build())
        }
    }
}

type Configured<S> = ureq::config::ConfigBuilder<ureq::typestate::HttpCrateScope<S>>;

fn limited<S: ureq::AsSendBody>(request: Configured<S>, clock: &Clock) -> Configured<S> {
    request
        .timeout_global(Some(clock.one_try()))
        .timeout_resolve(Some(clock.connecting()))
        .timeout_connect(Some(clock.connecting()))
}

/// How many pulls are left, where that is few: `ratelimit-remaining: 7;w=21600`, as Docker Hub has it
/// (docs.docker.com/docker-hub/usage/pulls).
fn few_left(reply: &Reply<'_>) -> Option<u32> {
    let left = reply.header("ratelimit-remaining")?.split(';').next()?.trim().parse().ok()?;
    (left <= 10).then_some(left)
}

fn too_long(ask: &Ask) -> Trouble {
    let (origin, limit) = (&ask.url.origin, ask.limit / 1024);
    let limit = if limit < 1024 { format!("{limit} KiB") } else { format!("{} MiB", limit / 1024) };
    unresolved(format!("`{origin}` answers with more than {limit}"))
}
