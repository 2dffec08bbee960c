//! Servers that hang, drip, break off, or do not speak HTTP.

use std::time::Duration;

use crate::reply::{Act, DIGEST, INDEX, Reply};
use crate::rig::manifest;
use crate::row::Row;
use crate::server::Request;

pub(crate) fn rows() -> Vec<Row> {
    [slow(), cut(), gone(), strange(), floods(), nobody()].into_iter().flatten().collect()
}

const TICK: Duration = Duration::from_millis(50);

fn say(bytes: impl AsRef<[u8]>) -> Act {
    Act::Say(bytes.as_ref().to_vec())
}

/// A manifest whose digest takes GET to know.
fn undigested() -> Reply {
    Reply::manifest().without(DIGEST)
}

fn slow() -> Vec<Row> {
    const HANG: Act = Act::Wait(Duration::from_secs(60));
    const LATE: &[&str] = &["time|within|took too long|seconds|did not answer"];
    let rows = [
        Row::new("hang", |_, _| Reply::raw(vec![HANG])).requests(1..=3),
        Row::new("slowhdr", |_, _| Reply::raw(vec![Act::Drip(Reply::manifest().head(), TICK)]))
            .requests(1..=3),
        Row::new("slowbody", |request, _| match request.is_head() {
            true => undigested(),
            false => Reply::raw(vec![
                say(undigested().body(INDEX).head()),
                Act::Drip(INDEX.into(), TICK),
            ]),
        })
        .requests(2..=4),
        Row::new("slowchunks", |request, _| match request.is_head() {
            true => undigested(),
            false => {
                let head = undigested().header("transfer-encoding", "chunked").head();
                Reply::raw(vec![say(head), Act::Drip(b"1\r\n \r\n".repeat(500), TICK)])
            }
        })
        .requests(2..=4),
        Row::new("stopped", |request, _| match request.is_head() {
            true => undigested(),
            false => Reply::raw(vec![say(undigested().body(INDEX).head()), say("{"), HANG]),
        })
        .requests(2..=4),
        Row::new("slowerror", |request, _| match request.is_head() {
            true => Reply::new(404),
            false => Reply::raw(vec![say(Reply::new(404).body("x").head()), HANG]),
        })
        .requests(2..=4),
        Row::new("instant", |_, _| Reply::raw(vec![HANG])).requests(0..=3),
        Row::new("hangafterinterim", |_, _| {
            Reply::raw(vec![say("HTTP/1.1 103 Early Hints\r\n\r\n"), HANG])
        })
        .requests(1..=3),
    ];
    rows.map(|row| match row.name {
        "instant" => row.fails(&[]).within(1.0).options(|options, _| {
            options.timeout = Duration::from_millis(1);
        }),
        "slowerror" => row.fails_somehow(&[]).hurried(),
        _ => row.fails(LATE).hurried(),
    })
    .into()
}

/// Bodies that end too early.
fn cut() -> Vec<Row> {
    const HALF: &str = INDEX.split_at(50).0;
    fn half(head: bool, get: Reply) -> Reply {
        if head { undigested() } else { get }
    }
    fn truncated() -> Reply {
        Reply::raw(vec![say(undigested().body(INDEX).head()), say(HALF), Act::Close])
    }
    fn chunk() -> Reply {
        let head = undigested().header("transfer-encoding", "chunked").head();
        Reply::raw(vec![say(head), say(format!("{:x}\r\n{HALF}", INDEX.len())), Act::Close])
    }
    fn old(body: &str) -> Reply {
        let head =
            "HTTP/1.0 200 OK\r\ncontent-type: application/vnd.oci.image.index.v1+json\r\n\r\n";
        Reply::raw(vec![say(head), Act::Body(body.into()), Act::Close])
    }
    vec![
        Row::new("trunc", |request, _| half(request.is_head(), truncated()))
            .fails(&["broke|body|closed|ended|end of|incomplete|cut|disconnected|early|eof"])
            .requests(3..=6),
        Row::new("trunconce", |request, _| match request.before {
            0 => half(request.is_head(), truncated()),
            _ => undigested(),
        })
        .requests(3..=4),
        Row::new("truncdigest", |request, _| half(request.is_head(), Reply::manifest().body(HALF)))
            .fails(&["digest|json"])
            .requests(2..=4),
        Row::new("truncchunk", |request, _| half(request.is_head(), chunk()))
            .fails(&["broke|body|closed|ended|end of|incomplete|cut|disconnected|early|eof|chunk"])
            .requests(3..=6),
        Row::new("noclclose", |_, _| old(HALF)).fails(&["json|manifest"]).requests(2..=6),
        Row::new("http10", |_, _| old(INDEX)).requests(2..=2),
    ]
}

/// Connections that end without an answer.
fn gone() -> Vec<Row> {
    const GONE: &[&str] = &["reset|closed|disconnected|broke|hung up|connection|ended"];
    vec![
        Row::new("reset", |_, _| Reply::raw(vec![Act::Reset])).fails(GONE).requests(2..=4),
        Row::new("resetonce", |request, _| match request.before {
            0 => Reply::raw(vec![Act::Reset]),
            _ => Reply::manifest(),
        })
        .requests(2..=2),
        Row::new("resetbody", |request, _| match request.is_head() {
            true => undigested(),
            false => Reply::raw(vec![say(undigested().body(INDEX).head()), say("{"), Act::Reset]),
        })
        .fails(GONE)
        .requests(3..=6),
        Row::new("fin", |_, _| Reply::raw(vec![Act::Close])).fails(GONE).requests(2..=4),
        // The second question finds a connection that the server has given up.
        Row::new("stale", |request, _| match (request.path.ends_with("v1"), request.before) {
            (false, 0) => Reply::raw(vec![Act::Close]),
            _ => Reply::manifest(),
        })
        .options(|options, _| options.concurrency = 1)
        .also(|rig, _| {
            let here = &rig.world.here;
            let two = ["v1", "v2"].map(|tag| manifest(here, "acme/web", tag));
            let outcome = rig.ask(&two);
            assert!(
                outcome.answers.iter().all(|(_, answer)| answer.is_ok()),
                "{:?}",
                outcome.answers
            );
            let seen = rig.log.requests();
            assert!(seen.len() <= 4, "{seen:?}");
            let [first, again] = [&seen[seen.len() - 2], &seen[seen.len() - 1]];
            assert_ne!(first.connection, again.connection);
            assert!(again.at - first.at < Duration::from_millis(400), "not at once: {outcome:?}");
        }),
    ]
}

/// Floods where nobody expects much, and statuses that there are not.
fn floods() -> Vec<Row> {
    fn chunked(request: &Request, line: &str) -> Reply {
        let head = undigested().header("transfer-encoding", "chunked").head();
        match request.is_head() {
            true => undigested(),
            false => Reply::raw(vec![say(head), say(line), Act::Blanks(1 << 30), Act::Close]),
        }
    }
    let rows = [
        Row::new("hugestatus", |_, _| {
            Reply::raw(vec![say("HTTP/1.1 200 "), say([b' '; 1 << 16].repeat(64)), Act::Close])
        }),
        Row::new("hugechunkline", |request, _| chunked(request, "1;")),
        Row::new("hugetrailer", |request, _| chunked(request, "0\r\nx: ")),
        Row::new("s101", |_, _| Reply::new(101).header("upgrade", "h2c")),
        Row::new("s600", |_, _| Reply::new(600)),
        Row::new("s999", |_, _| Reply::new(999)),
        Row::new("s000", |_, _| Reply::raw(vec![say("HTTP/1.1 000 Zero\r\n\r\n"), Act::Close])),
    ];
    let noreason = b"HTTP/1.1 200\r\n".to_vec();
    let mut rows = Vec::from(rows.map(|row| row.fails(&[]).requests(1..=6).within(6.0)));
    rows.push(Row::new("noreason", move |_, _| {
        let head = Reply::manifest().head();
        let rest = head.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        Reply::raw(vec![say([&noreason, &head[rest..]].concat()), Act::Body(INDEX.into())])
    }));
    rows
}

fn strange() -> Vec<Row> {
    fn then_manifest(interim: &str) -> Reply {
        let head = Reply::manifest().body(INDEX).head();
        Reply::raw(vec![say(interim), say(head), Act::Body(INDEX.into())])
    }
    vec![
        Row::new("f100", |_, _| then_manifest("HTTP/1.1 100 Continue\r\n\r\n")),
        Row::new("f103", |_, _| {
            then_manifest("HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n")
        }),
        Row::new("interimforever", |_, _| {
            Reply::raw(vec![say("HTTP/1.1 102 Processing\r\n\r\n".repeat(2_000)), Act::Close])
        })
        .fails(&["protocol|http|response|header|closed|disconnected|connection|answer"])
        .requests(1..=4),
        Row::new("hugehdr", |_, _| Reply::manifest().header("x-filler", &"x".repeat(2 << 20)))
            .fails(&["header"])
            .requests(1..=3),
        Row::new("manyhdr", |_, _| {
            (0..5_000).fold(Reply::manifest(), |reply, n| reply.also(&format!("x-{n}"), "y"))
        })
        .fails(&["header"])
        .requests(1..=3),
        Row::new("garbagehttp", |_, _| {
            Reply::raw(vec![say("SSH-2.0-OpenSSH_9.2p1\x1b[31m Debian\r\n"), Act::Close])
        })
        .fails(&["http"])
        .requests(1..=3),
        Row::new("binary", |_, _| Reply::raw(vec![say([0u8, 255, 13, 10, 27]), Act::Close]))
            .fails(&["http|protocol|response"])
            .requests(1..=3),
        Row::new("notcounted", |_, _| Reply::manifest().header("content-length", "minus one"))
            .right_or_nothing()
            .requests(1..=3),
        Row::new("headwithbody", |_, _| {
            let reply = Reply::manifest();
            Reply::raw(vec![say(reply.head()), say(INDEX), Act::Close])
        }),
    ]
}

/// Nobody is there.
fn nobody() -> Vec<Row> {
    fn at(row: Row, seconds: f64) -> Row {
        row.requests(0..=0).within(seconds)
    }
    vec![
        at(Row::new("dns", |_, _| Reply::manifest()), 4.0)
            .host("nonexist.invalid")
            .hurried()
            .fails(&["nonexist.invalid", "resolve|lookup|look up|no such host|name|address"]),
        at(Row::new("refused", |_, _| Reply::manifest()), 6.0)
            .host("127.0.0.1:1")
            .options(|options, _| options.plain_http = vec!["127.0.0.1:1".to_owned()])
            .fails(&["refused"]),
        at(Row::new("refusedtls", |_, _| Reply::manifest()), 6.0)
            .host("127.0.0.1:1")
            .fails(&["refused"]),
    ]
}
