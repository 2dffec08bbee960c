//! Registries that speak TLS, not well, or not at all.

use std::time::Duration;

use crate::reply::{Act, Reply};
use crate::rig::{Outcome, Rig, Tls};
use crate::row::Row;

const HTTP: &str = "HTTP/1.0 400 Bad Request\r\n\r\n";

pub(crate) fn rows() -> Vec<Row> {
    fn tls(name: &'static str, tls: Tls) -> Row {
        Row::new(name, |_, _| Reply::manifest()).tls(tls)
    }
    /// Certificates do not get better by asking again.
    fn asked_once(rig: &Rig, _: &Outcome) {
        assert_eq!(rig.log.connections(), 1);
    }
    let mut rows: Vec<_> = [
        tls("tls-unknownca", Tls::Unknown).fails(&["certificate"]).hints(&["--ca-file"]),
        tls("tls-otherca", Tls::OtherAuthority).fails(&["certificate"]).hints(&["--ca-file"]),
        tls("tls-wronghost", Tls::WrongHost).fails(&["certificate", "localhost", "other.example"]),
        tls("tls-expired", Tls::Expired).fails(&["certificate", "expired"]),
    ]
    .map(|row| row.requests(0..=0).within(2.0).also(asked_once))
    .into();
    rows.push(tls("tls-trusted", Tls::Trusted).also(asked_once));
    rows.into_iter().chain(mistaken()).collect()
}

/// One side speaks TLS, the other does not.
fn mistaken() -> Vec<Row> {
    fn secure(row: Row) -> Row {
        row.options(|options, _| options.plain_http.clear())
            .hints(&["--plain-http"])
            .requests(1..=3)
    }
    fn plain(row: Row) -> Row {
        row.tls(Tls::Trusted)
            .options(|options, world| options.plain_http = vec![world.here.clone()])
            .requests(1..=4)
    }
    let http = || Reply::raw(vec![Act::Say(HTTP.into()), Act::Close]);
    vec![
        secure(Row::new("https-to-http-port", move |_, _| http())).fails(&["tls|https|http"]),
        secure(Row::new("https-to-closing-port", |_, _| Reply::raw(vec![Act::Close])))
            .fails(&["tls|https|http"]),
        plain(Row::new("http-to-https-port", |_, _| Reply::raw(vec![Act::Close])))
            .hints(&["--plain-http"])
            .fails(&["closed|disconnected|https|tls|connection|protocol"]),
        plain(Row::new("http-to-alerting-port", |_, _| {
            Reply::raw(vec![Act::Say(vec![21, 3, 1, 0, 2, 2, 70]), Act::Close])
        }))
        .hints(&["--plain-http"])
        .fails(&["https|tls|http"]),
        plain(Row::new("http-to-go-port", |_, _| {
            let text = "Client sent an HTTP request to an HTTPS server.\n";
            Reply::raw(vec![Act::Say([HTTP, text].concat().into()), Act::Close])
        }))
        .hints(&["--plain-http"])
        .fails(&["400|https"]),
        Row::new("tls-silent", |_, _| Reply::raw(vec![Act::Wait(Duration::from_secs(60))]))
            .hurried()
            .options(|options, _| {
                options.timeout = Duration::from_secs(3);
                options.plain_http.clear();
            })
            .requests(1..=4)
            .fails(&["time|seconds|too long|answer"]),
    ]
}
