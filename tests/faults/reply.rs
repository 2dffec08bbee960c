//! What a server says to one request: well formed where [`Reply::new`] makes it, any bytes where
//! [`Reply::raw`] does.

use std::time::Duration;

/// What is said, with the manifest and its digest.
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    wait: Duration,
    raw: Option<Vec<Act>>,
}

/// One thing that a server does. Those about bodies are left out where HEAD asked.
pub(crate) enum Act {
    /// Sends these bytes.
    Say(Vec<u8>),
    /// Sends these bytes of a body.
    Body(Vec<u8>),
    /// Sends these bytes one at a time.
    Drip(Vec<u8>, Duration),
    /// Sends so many blanks of a body, or as many as are taken.
    Blanks(u64),
    /// Does nothing for a while.
    Wait(Duration),
    /// Closes the connection.
    Close,
    /// Resets the connection.
    Reset,
}

pub(crate) const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
pub(crate) const DIGEST: &str = "docker-content-digest";

/// An index with two platforms and an attestation.
pub(crate) const INDEX: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":500,"digest":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","platform":{"os":"linux","architecture":"amd64"}},
{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":500,"digest":"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","platform":{"os":"linux","architecture":"arm64","variant":"v8"}},
{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":500,"digest":"sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","platform":{"os":"unknown","architecture":"unknown"}}]}"#;

/// The digest of `bytes`.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, bytes.as_ref());
    format!("sha256:{}", hex(hash.as_ref()))
}

/// The longer digest of `bytes`.
pub(crate) fn sha512(bytes: impl AsRef<[u8]>) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA512, bytes.as_ref());
    format!("sha512:{}", hex(hash.as_ref()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        let wait = Duration::ZERO;
        Self { status, headers: Vec::new(), body: Vec::new(), wait, raw: None }
    }

    /// The index, as a registry without faults sends it.
    pub(crate) fn manifest() -> Self {
        Self::document(INDEX, INDEX_TYPE)
    }

    /// A manifest or a blob, with its digest.
    pub(crate) fn document(text: &str, media_type: &str) -> Self {
        Self::new(200).body(text).header("content-type", media_type).header(DIGEST, &sha256(text))
    }

    /// An error as the distribution specification has it.
    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        let errors = serde_json::json!({"errors": [{"code": code, "message": message}]});
        Self::json(status, &errors.to_string())
    }

    pub(crate) fn json(status: u16, text: &str) -> Self {
        Self::new(status).body(text).header("content-type", "application/json")
    }

    pub(crate) fn html(status: u16, text: &str) -> Self {
        Self::new(status).body(text).header("content-type", "text/html; charset=utf-8")
    }

    /// Wants a login, of one of these sorts.
    pub(crate) fn unauthorized(challenges: &[&str]) -> Self {
        let reply = Self::error(401, "UNAUTHORIZED", "authentication required");
        challenges.iter().fold(reply, |reply, one| reply.also("www-authenticate", one))
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::new(status).header("location", location)
    }

    /// No reply at all, but these acts.
    pub(crate) fn raw(acts: Vec<Act>) -> Self {
        Self { raw: Some(acts), ..Self::new(0) }
    }

    /// With this header, in place of those of the same name.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        self.without(name).also(name, value)
    }

    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// With one more header.
    pub(crate) fn also(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// After a while.
    pub(crate) fn after(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// What to do for it.
    pub(crate) fn acts(self) -> Vec<Act> {
        if let Some(acts) = self.raw {
            return acts;
        }
        vec![Act::Wait(self.wait), Act::Say(self.head()), Act::Body(self.body)]
    }

    /// Status line and headers, with the blank line behind them.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Whatever\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let sized = self
            .headers
            .iter()
            .any(|(name, _)| ["content-length", "transfer-encoding"].contains(&name.as_str()));
        if !sized && self.status != 204 {
            head += &format!("content-length: {}\r\n", self.body.len());
        }
        (head + "\r\n").into_bytes()
    }
}
