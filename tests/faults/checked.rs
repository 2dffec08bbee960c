//! The server itself: that it does what it is told, for a fault that does not happen proves nothing.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::reply::{Act, INDEX, Reply};
use crate::server::{Log, Port, Request};

/// The tests, by name.
pub(crate) const TESTS: &[(&str, fn())] = &[
    ("manifest", manifest),
    ("reset", reset),
    ("reset-in-body", reset_in_body),
    ("close", close),
    ("drip", drip),
    ("writes-down", writes_down),
    ("foreign-protocols", foreign_protocols),
];

const HEAD: &str = "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n";
const GET: &str = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

fn serve(reply: fn(&Request) -> Reply) -> (Arc<Log>, TcpStream) {
    let port = Port::take();
    let address = port.address.clone();
    let log = port.serve(None, Arc::new(reply));
    (log, TcpStream::connect(address).unwrap())
}

/// Says `text` and reads until nothing more comes for a while, or the connection ends.
fn say(stream: &mut TcpStream, text: &str) -> (String, io::Result<()>) {
    stream.write_all(text.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut bytes = Vec::new();
    let result = stream.read_to_end(&mut bytes).map(|_| ());
    (String::from_utf8_lossy(&bytes).into_owned(), result)
}

fn kind(result: &io::Result<()>) -> Option<ErrorKind> {
    result.as_ref().err().map(io::Error::kind)
}

fn still_open(result: &io::Result<()>) -> bool {
    matches!(kind(result), Some(ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

fn manifest() {
    let (log, mut stream) = serve(|_| Reply::manifest());
    let (head, open) = say(&mut stream, HEAD);
    assert!(head.ends_with(&format!("content-length: {}\r\n\r\n", INDEX.len())), "{head}");
    assert!(still_open(&open), "{open:?}");
    let (get, open) = say(&mut stream, GET);
    assert_eq!(get, head + INDEX);
    assert!(still_open(&open), "{open:?}");
    assert_eq!((log.requests().len(), log.connections(), log.peak()), (2, 1, 1));
}

fn reset() {
    let (_, mut stream) = serve(|_| Reply::raw(vec![Act::Reset]));
    assert_eq!(kind(&say(&mut stream, GET).1), Some(ErrorKind::ConnectionReset));
}

fn reset_in_body() {
    let (_, mut stream) = serve(|_| Reply::raw(vec![Act::Say(b"HTTP".into()), Act::Reset]));
    assert_eq!(kind(&say(&mut stream, GET).1), Some(ErrorKind::ConnectionReset));
}

fn close() {
    let (_, mut stream) = serve(|_| Reply::raw(vec![Act::Say(b"HT".into()), Act::Close]));
    let (text, end) = say(&mut stream, GET);
    assert_eq!(text, "HT");
    assert!(end.is_ok(), "{end:?}");
}

fn drip() {
    let (_, mut stream) = serve(|_| {
        Reply::raw(vec![Act::Drip(b"12345".into(), Duration::from_millis(40)), Act::Close])
    });
    let start = Instant::now();
    assert_eq!(say(&mut stream, GET).0, "12345");
    assert!(start.elapsed() > Duration::from_millis(150));
}

fn writes_down() {
    let (log, mut stream) = serve(|_| Reply::new(404));
    let text =
        "POST /token?a=1&b=%2F HTTP/1.1\r\nAuthorization: Basic x\r\ncontent-length: 3\r\n\r\na=b";
    let _ = say(&mut stream, text);
    let _ = say(&mut stream, text);
    let requests = log.requests();
    let request = &requests[0];
    assert_eq!((&*request.method, &*request.body), ("POST", "a=b"));
    assert_eq!((request.authorization(), request.parameter("b")), (Some("Basic x"), Some("%2F")));
    assert_eq!((request.before, requests[1].before), (0, 1));
}

fn foreign_protocols() {
    let (log, mut stream) = serve(|_| Reply::raw(vec![Act::Say(b"no".into()), Act::Close]));
    assert_eq!(say(&mut stream, "\u{16}\u{3}\u{1}\0\u{5}hello").0, "no");
    assert_eq!(log.requests()[0].method, "TLS");
}
