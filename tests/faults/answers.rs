//! Registries that answer, with a status or a document that is not what was asked for.

use crate::login::right;
use crate::reply::{Act, CONFIG_TYPE, DIGEST, INDEX, INDEX_TYPE, Reply, sha256};
use crate::rig::{Outcome, PASSWORD, Rig, SIGNATURE, basic};
use crate::row::Row;
use crate::server::Request;

const RATE: &str = "You have reached your pull rate limit.";

pub(crate) fn rows() -> Vec<Row> {
    [
        missing(),
        wordless(),
        refusing(),
        busy(),
        hostile_to_head(),
        other_types(),
        no_manifests(),
        too_large(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One more request than HEAD says why.
fn missing() -> Vec<Row> {
    const GONE: &str = "not found|no such|does not exist|not there|unknown";
    vec![
        Row::new("ok", |_, _| Reply::manifest()).also(asks_as_it_should),
        Row::new("f404", |_, _| Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown"))
            .absent(&["tag", "v1", GONE])
            .requests(2..=2),
        Row::new("f404name", |_, _| {
            Reply::error(404, "NAME_UNKNOWN", "repository name not known to registry")
        })
        .absent(&["repository", GONE])
        .requests(2..=2),
        Row::new("f404html", |_, _| Reply::html(404, "<html>404 page</html>"))
            .fails_somehow(&["404|not found|no such|not there"])
            .never(&["<html"])
            .requests(2..=2),
        Row::new("f404long", |_, _| Reply::error(404, "MANIFEST_UNKNOWN", &"x".repeat(1 << 20)))
            .fails_somehow(&["404|not found|no such|not there"])
            .requests(2..=2),
        Row::new("f404escapes", |_, _| {
            Reply::error(404, "MANIFEST_UNKNOWN", "\u{1b}[2J\r\nok\u{9b}31m \u{202e}evil\u{0}")
        })
        .absent(&["tag"])
        .requests(2..=2),
        Row::new("f404digest", |_, _| Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown"))
            .version(&format!("sha256:{}", "0".repeat(64)))
            .absent(&[GONE])
            .never(&["tag `sha256", "tag sha256"])
            .requests(2..=2),
    ]
}

/// Errors whose words are not to be had.
fn wordless() -> Vec<Row> {
    let bodies: [(&str, &[u8]); 8] = [
        ("f404list", b"[]"),
        ("f404null", br#"{"errors":null}"#),
        ("f404object", br#"{"errors":{"code":"MANIFEST_UNKNOWN"}}"#),
        ("f404none", br#"{"errors":[]}"#),
        ("f404number", br#"{"errors":[1]}"#),
        ("f404types", br#"{"errors":[{"code":1,"message":["x"],"detail":{}}]}"#),
        ("f404latin", b"{\"errors\":[{\"code\":\"X\",\"message\":\"\xff\xfe\"}]}"),
        ("f404empty", b""),
    ];
    let row = |(name, body): (&'static str, &'static [u8])| {
        Row::new(name, move |_, _| Reply::json(404, "").body(body))
            .fails_somehow(&["404|not found|no such|not there"])
            .requests(2..=2)
    };
    bodies.map(row).into()
}

fn asks_as_it_should(rig: &Rig, _: &Outcome) {
    let request = &rig.log.requests()[0];
    assert_eq!((&*request.method, &*request.path), ("HEAD", "/v2/acme/web/manifests/v1"));
    let accept = request.headers.iter().filter(|(name, _)| name == "accept");
    let accept: Vec<_> = accept.map(|(_, value)| value.as_str()).collect();
    let accept = accept.join(",");
    for media_type in [
        INDEX_TYPE,
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ] {
        assert!(accept.contains(media_type), "{media_type} is not in {accept}");
    }
    assert!(!accept.contains("v1+prettyjws"), "{accept}");
    assert_eq!(request.header("host"), Some(rig.world.here.as_str()));
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    let agent = request.header("user-agent").unwrap_or_default();
    assert!(agent.starts_with("kubectl-promote/"), "{agent}");
    assert_eq!(request.authorization(), None);
}

fn refusing() -> Vec<Row> {
    const ANONYMOUS: &str = "anonym|no login|without a login|no credentials|not logged in";
    vec![
        Row::new("f401", |_, _| Reply::unauthorized(&[r#"Basic realm="registry""#]))
            .fails(&[ANONYMOUS])
            .hints(&["login|--authfile"]),
        Row::new("f401bare", |_, _| Reply::unauthorized(&[])).fails(&["401|login|challenge"]),
        Row::new("f403", |_, _| {
            Reply::error(403, "DENIED", "requested access to the resource is denied")
        })
        .fails(&["denied|forbidden|not allowed|may not", ANONYMOUS])
        .requests(2..=2),
        Row::new("s204", |_, _| Reply::new(204)).fails(&["204"]).requests(1..=2),
        Row::new("s418", |_, _| Reply::new(418)).fails(&["418"]).requests(2..=2),
    ]
}

fn only_heads(rig: &Rig, _: &Outcome) {
    let requests = rig.log.requests();
    assert!(requests.iter().all(Request::is_head), "{requests:?}");
}

fn busy() -> Vec<Row> {
    fn too_many(after: &str) -> Reply {
        Reply::error(429, "TOOMANYREQUESTS", RATE).header("retry-after", after)
    }
    let storms = [
        Row::new("f429", |_, _| too_many("1")).requests(2..=6),
        Row::new("f429hour", |_, _| too_many("3600")).requests(1..=3),
        Row::new("f429now", |_, _| too_many("0")).requests(2..=12),
        Row::new("f429date", |_, _| too_many("Fri, 01 Jan 2100 00:00:00 GMT")).requests(1..=8),
        Row::new("f429nonsense", |_, _| too_many("-1e99")).requests(1..=8),
        Row::new("f429silent", |_, _| too_many("1").without("retry-after")).requests(1..=8),
    ];
    let storms = storms.map(|row| row.fails(&["rate"]).hurried().also(only_heads));
    let mut rows: Vec<_> = storms.into();
    rows.extend([
        Row::new("f429once", |request, _| match request.before {
            0 => too_many("1"),
            _ => Reply::manifest(),
        })
        .requests(2..=2)
        .also(|_, outcome| assert!(outcome.took.as_secs_f64() > 0.9, "{:?}", outcome.took)),
        Row::new("f500", |_, _| Reply::error(500, "UNKNOWN", "internal"))
            .fails(&["500"])
            .requests(3..=3)
            .also(only_heads),
        Row::new("f500once", |request, _| match request.before {
            0 => Reply::error(500, "UNKNOWN", "internal"),
            _ => Reply::manifest(),
        })
        .requests(2..=2),
        Row::new("f502html", |_, _| Reply::html(502, "<html>nginx 502</html>"))
            .fails(&["502"])
            .never(&["<html"])
            .requests(3..=3),
        Row::new("f503ra", |_, _| Reply::new(503).body("maintenance").header("retry-after", "1"))
            .fails(&["503"])
            .requests(3..=3)
            .also(|_, outcome| assert!(outcome.took.as_secs_f64() > 1.8, "{:?}", outcome.took)),
    ]);
    rows
}

/// Proxies that know GET only.
fn hostile_to_head() -> Vec<Row> {
    fn instead(head: bool, status: u16) -> Reply {
        if head { Reply::new(status) } else { Reply::manifest() }
    }
    vec![
        Row::new("head405", |request, _| instead(request.is_head(), 405)).requests(2..=2),
        Row::new("head404get200", |request, _| instead(request.is_head(), 404)).requests(2..=2),
        Row::new("head403get200", |request, _| instead(request.is_head(), 403)).requests(2..=2),
        // Who does not show what is there to those without a login.
        Row::new("get401", |request, world| match request.authorization() {
            _ if request.is_head() => Reply::new(404),
            Some(value) if value == basic(PASSWORD) => Reply::manifest(),
            _ => Reply::unauthorized(&[&format!(r#"Basic realm="{}""#, world.here)]),
        })
        .login(right)
        .requests(3..=4),
        Row::new("get429once", |request, _| match (request.is_head(), request.before) {
            (true, _) => Reply::new(405),
            (false, 0) => Reply::new(429).header("retry-after", "1"),
            _ => Reply::manifest(),
        })
        .requests(3..=4),
        Row::new("head400get200", |request, _| instead(request.is_head(), 400)).requests(2..=2),
    ]
}

/// Answers of another type.
fn other_types() -> Vec<Row> {
    vec![
        Row::new("html", |_, _| Reply::html(200, "<html>Welcome! Please log in</html>"))
            .fails(&["html|content-type|media type|not a manifest|no manifest"])
            .never(&["<html"])
            .requests(1..=2),
        // A portal that passes the header of a cache on.
        Row::new("htmldigest", |_, _| Reply::manifest().header("content-type", "text/html"))
            .fails(&["html|content-type|media type|not a manifest|no manifest"])
            .requests(1..=2),
        Row::new("notype", |_, _| Reply::manifest().without("content-type"))
            .right_or_nothing()
            .requests(1..=2),
        Row::new("typecase", |_, _| {
            let media_type = "Application/VND.oci.image.index.v1+JSON; charset=utf-8";
            Reply::manifest().header("content-type", media_type)
        }),
        Row::new("jsontype", |_, _| Reply::manifest().header("content-type", "application/json"))
            .fails(&["application/json|content-type|media type|manifest"])
            .requests(1..=2),
        Row::new("schema1", |_, _| {
            let media_type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
            Reply::document(r#"{"schemaVersion":1,"name":"acme/web","tag":"v1"}"#, media_type)
        })
        .fails(&["schema|v1+prettyjws|content-type|media type"])
        .requests(1..=2),
        Row::new("config", |_, _| Reply::document("{}", CONFIG_TYPE))
            .fails(&["config|content-type|media type|manifest"])
            .requests(1..=2),
    ]
}

/// A manifest that takes GET to know its digest.
fn undigested(body: &str) -> Reply {
    Reply::manifest().without(DIGEST).body(body)
}

/// Answers of the right type that are no manifests.
fn no_manifests() -> Vec<Row> {
    vec![
        Row::new("notjson", |_, _| undigested("not json"))
            .fails(&["json|manifest"])
            .requests(2..=2),
        Row::new("otherjson", |_, _| undigested(r#"{"token":"x"}"#))
            .fails(&["manifest|schemaVersion"])
            .requests(2..=2),
        Row::new("deepjson", |_, _| undigested(&"[".repeat(200_000)))
            .fails(&["json|manifest"])
            .requests(2..=2),
        Row::new("empty200", |_, _| undigested("")).fails(&["empty|json|manifest"]).requests(2..=2),
        Row::new("nomediatype", |_, _| undigested(r#"{"schemaVersion":2,"manifests":[]}"#))
            .digest(&sha256(r#"{"schemaVersion":2,"manifests":[]}"#))
            .requests(2..=2),
        Row::new("s206", |request, _| match request.is_head() {
            true => undigested(INDEX),
            false => Reply::document(INDEX, INDEX_TYPE).status(206),
        })
        .fails(&["206"])
        .requests(2..=2),
        Row::new("gz", |request, _| match request.header("accept-encoding") {
            Some("identity") => undigested(INDEX),
            _ => undigested("\u{1f}\u{8b}zipped").header("content-encoding", "gzip"),
        })
        .requests(2..=2),
        Row::new("gzanyway", |_, _| {
            Reply::manifest().body(b"\x1f\x8b\x08zipped").header("content-encoding", "gzip")
        })
        .options(|options, _| options.verify = true)
        .fails(&["gzip|encod|digest|json"])
        .requests(1..=2),
        Row::new("signedurl", |request, world| {
            if request.path.contains("X-Amz-Signature") {
                return Reply::error(404, "X", &request.path);
            }
            let query = format!("X-Amz-Signature={SIGNATURE}");
            Reply::redirect(307, &format!("http://{}/blob?{query}", world.here))
        })
        .fails_somehow(&[])
        .requests(2..=4),
    ]
}

fn too_large() -> Vec<Row> {
    fn endless(length: u64) -> Reply {
        let head = Reply::manifest().without(DIGEST).header("content-length", &length.to_string());
        Reply::raw(vec![Act::Say(head.head()), Act::Blanks(length), Act::Close])
    }
    fn is_read_no_further(row: Row) -> Row {
        row.fails(&["MiB|KiB", "too large|too big|larger|bigger|limit|more than"])
            .requests(2..=2)
            .within(3.0)
    }
    vec![
        is_read_no_further(Row::new("huge5m", |_, _| endless(5 << 20))),
        is_read_no_further(Row::new("huge1g", |_, _| endless(1 << 30))),
        is_read_no_further(Row::new("huge1gchunked", |_, _| {
            let head = Reply::manifest().without(DIGEST).header("transfer-encoding", "chunked");
            let chunk = Act::Body(b"40000000\r\n".to_vec());
            Reply::raw(vec![Act::Say(head.head()), chunk, Act::Blanks(1 << 30), Act::Close])
        })),
        Row::new("huge404", |request, _| match request.is_head() {
            true => Reply::new(404),
            false => Reply::raw(vec![
                Act::Say(Reply::new(404).header("content-length", "1073741824").head()),
                Act::Blanks(1 << 30),
                Act::Close,
            ]),
        })
        .fails_somehow(&["404|not found|no such|not there"])
        .requests(2..=2)
        .within(3.0),
    ]
}
