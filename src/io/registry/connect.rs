//! Connections: through a proxy where there is one, over TLS where the URL says so, and with an
//! error that says which step failed.

use std::cell::Cell;
use std::fmt;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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

/// How long one of several addresses may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

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
    /// The address of the last connection.
    good: Mutex<Option<SocketAddr>>,
}

/// What ureq makes of a connection.
type Made<In> = Option<<TcpConnector as Connector<In>>::Out>;

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
        match line {
            None if details.addrs.len() > 1 => self.any(details),
            line => self.tcp.connect(details, line),
        }
        .map_err(Failed::at(Step::Connect))
    }

    /// A connection to one of several addresses: the one that was good last time first, and none
    /// for so long that there is no time for the others.
    fn any<In: Transport>(&self, details: &ConnectionDetails<'_>) -> Result<Made<In>, ureq::Error> {
        let start = Instant::now();
        let good = *self.good.lock().unwrap_or_else(PoisonError::into_inner);
        let mut addresses = details.addrs.to_vec();
        addresses.sort_by_key(|address| Some(*address) != good);
        let mut error = None;
        for (at, address) in addresses.iter().enumerate() {
            let left = details.timeout.after.saturating_sub(start.elapsed());
            let patience = if at + 1 == addresses.len() { left } else { left.min(PATIENCE) };
            let mut one = per_agent(details, details.config);
            one.addrs = details.resolver.empty();
            one.addrs.push(*address);
            one.timeout.after = patience.into();
            match self.tcp.connect(&one, None) {
                Ok(line) => {
                    *self.good.lock().unwrap_or_else(PoisonError::into_inner) = Some(*address);
                    return Ok(line);
                }
                // That there is no way to some says less than what another one does.
                Err(failed) => {
                    error = error.filter(|error| !has_no_way(error)).or(Some(failed));
                }
            }
        }
        Err(error.unwrap_or(ureq::Error::ConnectionFailed))
    }
}

fn has_no_way(error: &ureq::Error) -> bool {
    use ErrorKind::{AddrNotAvailable, HostUnreachable, NetworkUnreachable};
    let kinds = [AddrNotAvailable, HostUnreachable, NetworkUnreachable];
    matches!(error, ureq::Error::Io(error) if kinds.contains(&error.kind()))
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use ureq::http::Uri;
    use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
    use ureq::unversioned::transport::NextTimeout;

    use super::*;

    #[derive(Debug)]
    struct Fixed(Vec<SocketAddr>);

    impl Resolver for Fixed {
        fn resolve(
            &self,
            _: &Uri,
            _: &Config,
            _: NextTimeout,
        ) -> Result<ResolvedSocketAddrs, ureq::Error> {
            let mut all = self.empty();
            self.0.iter().for_each(|address| all.push(*address));
            Ok(all)
        }
    }

    fn answer(mut stream: TcpStream) {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
    }

    #[test]
    fn one_of_several_addresses_will_do() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let there = listener.local_addr().unwrap();
        thread::spawn(move || listener.incoming().flatten().for_each(answer));
        let nobody = "127.0.0.1:1".parse().unwrap();
        for addresses in [vec![nobody, there], vec![there, nobody], vec![nobody, nobody, there]] {
            let config = Agent::config_builder().proxy(None);
            let config = config.timeout_global(Some(Duration::from_secs(20))).build();
            let agent = Agent::with_parts(config, Wire::default(), Fixed(addresses));
            for _ in 0..3 {
                forget();
                assert_eq!(agent.get("http://r.example/").call().unwrap().status(), 204);
                assert!(is_fresh());
            }
        }
    }

    #[test]
    fn none_of_several_addresses_is_a_failed_connection() {
        let nobody = "127.0.0.1:1".parse().unwrap();
        let config = Agent::config_builder().proxy(None).build();
        let agent = Agent::with_parts(config, Wire::default(), Fixed(vec![nobody, nobody]));
        match agent.get("http://r.example/").call().unwrap_err() {
            ureq::Error::Other(other) => {
                let failed = other.downcast_ref::<Failed>().unwrap();
                assert_eq!(failed.step, Step::Connect);
                assert!(failed.to_string().contains("refused"), "{failed}");
            }
            other => panic!("{other:?}"),
        }
    }
}
