//! As much of an HTTP server as a token server needs.

use std::io::{BufRead, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// What came in.
#[derive(Debug, Default)]
pub struct Request {
    pub method: String,
    /// Name and value, decoded, of the query and of a form.
    pub fields: Vec<(String, String)>,
    pub authorization: Option<String>,
}

/// Status and JSON.
pub type Response = (u16, String);

/// A server that runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let closed = Arc::new(AtomicBool::new(false));
        let (end, answer) = (Arc::clone(&closed), Arc::new(answer));
        thread::spawn(move || {
            for client in listener.incoming().filter_map(Result::ok) {
                if end.load(Ordering::Relaxed) {
                    return;
                }
                let answer = Arc::clone(&answer);
                thread::spawn(move || converse(client, &*answer));
            }
        });
        Self { address, closed }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // Wakes the listener up.
        let _ = TcpStream::connect(self.address);
    }
}

impl Request {
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// Request after request, until the client goes.
fn converse(client: TcpStream, answer: &impl Fn(&Request) -> Response) -> Option<()> {
    client.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(client);
    loop {
        let (status, body) = answer(&request(&mut reader)?);
        let head = format!(
            "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        reader.get_mut().write_all((head + &body).as_bytes()).ok()?;
    }
}

fn request(reader: &mut impl BufRead) -> Option<Request> {
    let line = line(reader)?;
    let (method, rest) = line.split_once(' ')?;
    let target = rest.split(' ').next()?;
    let mut out = Request { method: method.to_owned(), ..Request::default() };
    let mut length = 0;
    loop {
        let line = self::line(reader)?;
        let Some((name, value)) = line.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => out.authorization = Some(value.trim().to_owned()),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut form = vec![0; length];
    reader.read_exact(&mut form).ok()?;
    let query = target.split_once('?').map_or("", |(_, query)| query);
    out.fields = [query, str::from_utf8(&form).ok()?].into_iter().flat_map(fields).collect();
    Some(out)
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    (reader.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
}

fn fields(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// `%2F` and `+` as what they stand for.
fn decoded(text: &str) -> String {
    let (mut out, mut bytes) = (Vec::new(), text.bytes());
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                out.push(u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8(out).unwrap()
}
