//! As much of HTTP/1.1 as an API server needs.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

/// What came in. The body is empty until it has been read.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// Decoded, without the query.
    pub path: String,
    /// Decoded names and values.
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What goes out.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// Reads the next one, but for its last byte and its body: a socket that is closed before it is
    /// read empty, resets. `None` where the client has gone.
    pub fn read_head(stream: &mut TcpStream) -> io::Result<Option<Self>> {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r") {
            if stream.read(&mut byte)? == 0 {
                return Ok(None);
            }
            head.push(byte[0]);
        }
        Ok(Self::parse(&String::from_utf8_lossy(&head)))
    }

    /// Reads what [`Request::read_head`] has left.
    pub fn read_rest(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        stream.read_exact(&mut [0])?;
        let length = self.header("content-length").and_then(|length| length.parse().ok());
        self.body = vec![0; length.unwrap_or(0)];
        stream.read_exact(&mut self.body)
    }

    fn parse(head: &str) -> Option<Self> {
        let mut lines = head.lines();
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let headers = lines.filter_map(|line| line.split_once(':'));
        Some(Self {
            method,
            path: decoded(path),
            query: query.map(|(name, value)| (decoded(name), decoded(value))).collect(),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
                .collect(),
            body: Vec::new(),
        })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the query; the empty one is as if it were not there.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        found.filter(|value| !value.is_empty())
    }

    /// Whether a parameter is `1` or `true`.
    pub fn wants(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| value == "1" || value == "true")
    }
}

impl Response {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into() }
    }

    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends it, or of its body only as much as `upto` says, while the head promises all.
    pub fn send(&self, stream: &mut TcpStream, date: &str, upto: Option<usize>) -> io::Result<()> {
        let mut bytes = self.head(date, &format!("Content-Length: {}", self.body.len()));
        bytes.extend(&self.body[..upto.unwrap_or(usize::MAX).min(self.body.len())]);
        stream.write_all(&bytes)
    }

    /// Sends the head of a body that comes in chunks.
    pub fn open(&self, stream: &mut TcpStream, date: &str) -> io::Result<()> {
        stream.write_all(&self.head(date, "Transfer-Encoding: chunked"))
    }

    fn head(&self, date: &str, length: &str) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Whatever\r\nDate: {date}\r\n{length}\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        (head + "\r\n").into_bytes()
    }
}

/// Sends a chunk; the empty one is the last.
pub fn send_chunk(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend(bytes);
    chunk.extend(b"\r\n");
    stream.write_all(&chunk)
}

/// `%2F` and `+` as what they stand for.
fn decoded(text: &str) -> String {
    let (mut out, mut rest) = (Vec::new(), text.as_bytes());
    while let [byte, tail @ ..] = rest {
        rest = tail;
        let code = tail.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        match (byte, code.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(code)) => {
                out.push(code);
                rest = &tail[2..];
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(*byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
