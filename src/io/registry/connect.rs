//! Connections: through a proxy where there is one, over TLS where the URL says so, and with an
//! error that says which step failed.

use std::cell::Cell;
use std::fmt;

use ureq::Agent;
use ureq::config::Config;
use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, RustlsConnector, SocksConnector,
    TcpConnector, Transport,
};

use super::forward::Forward;

thread_local! {
    /// Whether the last request of this thread made a connection of its own.
    static CONNECTED: Cell<bool> = const { Cell::new(false) };
}

/// Forgets what the last request did.
pub(super) fn forget() {
    CONNECTED.set(false);
}

/// Whether the request since [`forget`] made a connection of its own, rather than taking one that
/// may have died in the pool.
pub(super) fn is_fresh() -> bool {
    CONNECTED.get()
}

/// A record of TLS and what is around it (RFC 8446, 5.2).
const RECORD: usize = 17 * 1024;

/// What a connection takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The connection itself.
    Connect,
    /// All that a proxy has to do.
    Proxy,
    /// The TLS handshake.
    Handshake,
}

/// A step that failed.
#[derive(Debug)]
pub(super) struct Failed {
    /// Which one.
    pub(super) step: Step,
    /// Why.
    pub(super) error: ureq::Error,
}

impl Failed {
    /// Timeouts stay what they are: they are about the whole request.
    fn at(step: Step) -> impl Fn(ureq::Error) -> ureq::Error {
        move |error| match error {
            ureq::Error::Timeout(_) => error,
            error => ureq::Error::Other(Box::new(Self { step, error })),
        }
    }
}

impl std::error::Error for Failed {}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// Makes connections.
#[derive(Debug, Default)]
pub(super) struct Wire {
    socks: SocksConnector,
    forward: Forward,
    tunnel: ConnectProxyConnector,
    tcp: TcpConnector,
    tls: RustlsConnector,
}

impl Connector<()> for Wire {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        CONNECTED.set(true);
        let lean = details.needs_tls().then(|| lean(details.config));
        let line = self.line(&per_agent(details, lean.as_ref().unwrap_or(details.config)))?;
        let details = &per_agent(details, details.config);
        let line = self.tls.connect(details, line).map_err(Failed::at(Step::Handshake))?;
        Ok(line.map(|line| Box::new(line) as Box<dyn Transport>))
    }
}

impl Wire {
    /// A connection without TLS.
    fn line(
        &self,
        details: &ConnectionDetails<'_>,
    ) -> Result<Option<impl Transport + use<>>, ureq::Error> {
        let proxied = Failed::at(Step::Proxy);
        let line = self.socks.connect(details, None::<()>).map_err(&proxied)?;
        let line = self.forward.connect(details, line).map_err(&proxied)?;
        let line = self.tunnel.connect(details, line).map_err(&proxied)?;
        self.tcp.connect(details, line).map_err(Failed::at(Step::Connect))
    }
}

/// The same, as if nothing had been configured for one request alone: only time limits are, and
/// with the rest TLS would read all certificates again for every connection.
fn per_agent<'d>(details: &ConnectionDetails<'d>, config: &'d Config) -> ConnectionDetails<'d> {
    ConnectionDetails {
        uri: details.uri,
        addrs: details.addrs.clone(),
        config,
        request_level: false,
        resolver: details.resolver,
        now: details.now,
        timeout: details.timeout,
        current_time: details.current_time.clone(),
        run_connector: details.run_connector.clone(),
        register_shutdown: details.register_shutdown.clone(),
    }
}

/// The same with small buffers: what is below TLS hands on its records, and keeps nothing.
fn lean(config: &Config) -> Config {
    Agent::config_builder()
        .proxy(config.proxy().cloned())
        .tls_config(config.tls_config().clone())
        .user_agent(config.user_agent().clone())
        .input_buffer_size(RECORD)
        .output_buffer_size(RECORD)
        .build()
}
