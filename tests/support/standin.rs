//! Registries that cannot be had in a test: `ghcr.io` and whatever else the README's example names.
//!
//! A proxy that answers CONNECT for every host with a certificate of its own authority, and is an
//! anonymous registry behind it, in which every tag of `acme/` is there. The digest is made of path
//! and tag alone, so that all hosts hold the same images, as mirrors do.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

#[path = "certs.rs"]
mod certs;

use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The stand-in; it answers as long as the test runs.
pub struct Standin {
    address: String,
    authority: Arc<certs::Authority>,
}

impl Standin {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let authority = Arc::new(certs::Authority::new());
        let own = Arc::clone(&authority);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let authority = Arc::clone(&own);
                // A client that hangs up early is its own business.
                thread::spawn(move || drop(tunnel(stream, &authority)));
            }
        });
        Self { address, authority }
    }

    /// Lets `command` find the stand-in behind every host; its certificate goes to `dir`.
    pub fn serve(&self, command: &mut Command, dir: &Path) {
        let certificate = dir.join("authority.pem");
        std::fs::write(&certificate, self.authority.pem()).unwrap();
        command.env("HTTPS_PROXY", format!("http://{}", self.address));
        command.env("SSL_CERT_FILE", certificate);
        command.env_remove("NO_PROXY").env_remove("no_proxy").env_remove("https_proxy");
        // No login of whoever runs the tests is for a stand-in.
        command.env("HOME", dir).env("DOCKER_CONFIG", dir).env_remove("DOCKER_AUTH_CONFIG");
        command.env_remove("REGISTRY_AUTH_FILE").env_remove("XDG_RUNTIME_DIR");
    }
}

/// `CONNECT host:port`, then TLS as that host.
fn tunnel(stream: TcpStream, authority: &certs::Authority) -> std::io::Result<()> {
    let mut plain = BufReader::new(stream);
    let head = head(&mut plain)?;
    let target = head.split(' ').nth(1).unwrap_or_default();
    let host = target.rsplit_once(':').map_or(target, |(host, _)| host).to_owned();
    let mut stream = plain.into_inner();
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let leaf = authority.leaf(&[&host], false);
    let chain = leaf.chain_der.into_iter().map(CertificateDer::from).collect();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf.key_der));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let connection = ServerConnection::new(Arc::new(config)).unwrap();
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    loop {
        let request = self::head(&mut stream)?;
        if request.is_empty() {
            return Ok(());
        }
        let answer = answer(request.split(' ').nth(1).unwrap_or_default());
        stream.get_mut().write_all(answer.as_bytes())?;
        stream.get_mut().flush()?;
    }
}

/// The first line of a request, all of which is read.
fn head(stream: &mut impl BufRead) -> std::io::Result<String> {
    let mut first = String::new();
    stream.read_line(&mut first)?;
    let mut line = first.clone();
    while !line.trim_end().is_empty() {
        line.clear();
        stream.read_line(&mut line)?;
    }
    Ok(first)
}

/// The answer to a HEAD.
fn answer(path: &str) -> String {
    let image = path.strip_prefix("/v2/acme/").and_then(|rest| rest.split_once("/manifests/"));
    let Some((name, version)) = image else {
        return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned();
    };
    let digest = match version.starts_with("sha256:") {
        true => version.to_owned(),
        false => digest(&format!("{name}:{version}")),
    };
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.oci.image.index.v1+json\r\n\
         Docker-Content-Digest: {digest}\r\nContent-Length: 0\r\n\r\n"
    )
}

/// The digest of the image `name:version` without its host and `acme/`.
pub fn digest(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    let hexadecimal = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
    format!("sha256:{}", hexadecimal.collect::<String>())
}
