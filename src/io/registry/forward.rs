//! Plain HTTP through an HTTP proxy: the request goes to the proxy, with the whole URL in its first
//! line (RFC 9112, 3.2.2). A tunnel, which is all that ureq has, is what proxies refuse for it.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ureq::http::uri::Authority;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport,
};
use ureq::{Error, Proxy, ProxyProtocol};

/// Makes connections to HTTP proxies for plain HTTP.
#[derive(Debug, Default)]
pub(super) struct Forward;

impl<In: Transport> Connector<In> for Forward {
    type Out = Either<In, Forwarded>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let is_http =
            |proxy: &&Proxy| matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
        let proxy = details.config.proxy().filter(is_http);
        match (chained, proxy) {
            (Some(chained), _) => Ok(Some(Either::A(chained))),
            (None, Some(proxy)) if !details.needs_tls() => {
                let line = to_proxy(details, proxy)?;
                let server = details.uri.authority().map(Authority::as_str);
                let start = format!("http://{}", server.unwrap_or_default());
                let login = login(proxy);
                Ok(Some(Either::B(Forwarded { line, start, login, in_head: false })))
            }
            _ => Ok(None),
        }
    }
}

fn to_proxy(details: &ConnectionDetails<'_>, proxy: &Proxy) -> Result<Box<dyn Transport>, Error> {
    let config = ureq::Agent::config_builder()
        .proxy(None)
        .tls_config(details.config.tls_config().clone())
        .build();
    let addrs = details.resolver.resolve(proxy.uri(), &config, details.timeout)?;
    (details.run_connector)(&ConnectionDetails {
        uri: proxy.uri(),
        addrs,
        config: &config,
        request_level: details.request_level,
        resolver: details.resolver,
        now: details.now,
        timeout: details.timeout,
        current_time: details.current_time.clone(),
        run_connector: details.run_connector.clone(),
        register_shutdown: details.register_shutdown.clone(),
    })
}

fn login(proxy: &Proxy) -> Option<String> {
    let user = proxy.username()?;
    let login = format!("{user}:{}", proxy.password().unwrap_or_default());
    Some(format!("Proxy-Authorization: Basic {}\r\n", BASE64_STANDARD.encode(login)))
}

/// A connection to a proxy, on which requests name the server they are for.
pub(super) struct Forwarded {
    line: Box<dyn Transport>,
    /// `http://host[:port]`
    start: String,
    /// A header of its own, with its line break.
    login: Option<String>,
    /// Whether the first line of the request is on its way already.
    in_head: bool,
}

impl Forwarded {
    /// `output` with the server in its first line: `HEAD /v2/ HTTP/1.1` → `HEAD http://…`.
    fn rewritten(&self, output: &[u8]) -> Option<Vec<u8>> {
        let path = output.iter().position(|byte| *byte == b' ')? + 1;
        let headers = output.windows(2).position(|pair| pair == b"\r\n")? + 2;
        let login = self.login.as_deref().unwrap_or_default();
        let parts: [&[u8]; 5] = [
            &output[..path],
            self.start.as_bytes(),
            output.get(path..headers)?,
            login.as_bytes(),
            &output[headers..],
        ];
        Some(parts.concat())
    }
}

impl Transport for Forwarded {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.line.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.in_head {
            return self.line.transmit_output(amount, timeout);
        }
        let output = &self.line.buffers().output()[..amount];
        let request = output.to_vec();
        let request = self.rewritten(&request).ok_or(Error::ConnectionFailed)?;
        self.in_head = true;
        let size = self.line.buffers().output().len().max(1);
        for part in request.chunks(size) {
            self.line.buffers().output()[..part.len()].copy_from_slice(part);
            self.line.transmit_output(part.len(), timeout)?;
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        // What is sent after an answer is another request.
        self.in_head = false;
        self.line.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.line.is_open()
    }
}

/// Without the login.
impl fmt::Debug for Forwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarded").field("start", &self.start).finish_non_exhaustive()
    }
}
