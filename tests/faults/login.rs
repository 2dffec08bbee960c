//! Registries that want a login: challenges, token endpoints, and what they say of credentials.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::reply::{DIGEST, Reply};
use crate::rig::{IDENTITY, Outcome, PASSWORD, Rig, TOKEN, WRONG, World, basic, password};
use crate::row::Row;
use crate::server::Request;

pub(crate) fn rows() -> Vec<Row> {
    [basics(), kept_apart(), refused(), echoes()].into_iter().flatten().collect()
}

pub(crate) const ANONYMOUS: &str = "anonym|no login|without a login|no credentials|not logged in";
pub(crate) const BASIC: &str = r#"Basic realm="registry""#;

pub(crate) fn right(world: &World) -> String {
    password(&world.here, PASSWORD)
}

pub(crate) fn wrong(world: &World) -> String {
    password(&world.here, WRONG)
}

/// A registry that wants a password, and offers these ways to log in.
fn wants_basic(request: &Request, challenges: &[&str]) -> Reply {
    match request.authorization() {
        Some(value) if value == basic(PASSWORD) => Reply::manifest(),
        _ => Reply::unauthorized(challenges),
    }
}

/// A registry that wants a token, and its token endpoint.
pub(crate) fn wants_token(request: &Request, world: &World, endpoint: impl Fn() -> Reply) -> Reply {
    let bearer = format!("Bearer {TOKEN}");
    match request.authorization() {
        _ if request.path.starts_with("/token") => endpoint(),
        Some(value) if value == bearer => Reply::manifest(),
        _ => Reply::unauthorized(&[&world.bearer()]),
    }
}

pub(crate) fn token() -> Reply {
    Reply::json(200, &serde_json::json!({"token": TOKEN, "expires_in": 300}).to_string())
}

pub(crate) fn entry(key: &str, what: &str, value: &str) -> String {
    serde_json::json!({"auths": {key: {what: value}}}).to_string()
}

pub(crate) fn identity(world: &World) -> String {
    entry(&world.here, "identitytoken", IDENTITY)
}

/// Gives a token to who has the password.
pub(crate) fn token_for_password(request: &Request) -> Reply {
    match request.authorization() {
        Some(value) if value == basic(PASSWORD) => token(),
        _ => Reply::error(401, "UNAUTHORIZED", "incorrect username or password"),
    }
}

fn basics() -> Vec<Row> {
    fn no_ping(rig: &Rig, _: &Outcome) {
        assert!(rig.log.requests().iter().all(|request| request.path != "/v2/"));
    }
    fn public(request: &Request, ping: Reply) -> Reply {
        if request.path == "/v2/" { ping } else { Reply::manifest() }
    }
    let rows = [
        Row::new("basic", |request, _| wants_basic(request, &[BASIC])).login(right).requests(2..=2),
        Row::new("ping7010", |request, _| public(request, Reply::error(500, "X", "boom"))),
        Row::new("ping7011", |request, _| public(request, Reply::html(404, "no v2"))),
        Row::new("ping7012", |request, _| match request.path == "/v2/" {
            true => Reply::new(200),
            false => wants_basic(request, &[BASIC]),
        })
        .login(right)
        .requests(2..=2),
        Row::new("ping7013", |request, _| public(request, Reply::unauthorized(&[BASIC]))),
        Row::new("ping7025", |request, _| {
            public(request, Reply::error(403, "DENIED", "IP not allowed"))
        }),
        Row::new("ping7014", |request, _| wants_basic(request, &["Negotiate", BASIC]))
            .login(right)
            .requests(2..=2),
        Row::new("negotiateinone", |request, _| {
            wants_basic(request, &[r#"Negotiate, NTLM TlRMTVNTUAAB==, Basic realm="a, b""#])
        })
        .login(right)
        .requests(2..=2),
        Row::new("negotiateonly", |_, _| Reply::unauthorized(&["Negotiate"]))
            .login(right)
            .fails(&["negotiate"])
            .requests(1..=1),
        // The user's name has no colon, the password may have some.
        Row::new("basicfields", |request, _| wants_basic(request, &["basic"]))
            .login(|world| {
                let entry = serde_json::json!({"username": "ci-bot", "password": PASSWORD});
                serde_json::json!({"auths": {world.here.clone(): entry}}).to_string()
            })
            .requests(2..=2),
    ];
    rows.map(|row| row.also(no_ping)).into()
}

/// Credentials for other repositories are not used, and the most precise ones are.
fn kept_apart() -> Vec<Row> {
    fn wants(request: &Request, _: &World) -> Reply {
        wants_basic(request, &[BASIC])
    }
    fn never_sent(rig: &Rig, _: &Outcome) {
        let requests = rig.log.requests();
        assert!(requests.iter().all(|request| request.authorization().is_none()), "{requests:?}");
    }
    fn two(world: &World, path: &str, other: &str) -> String {
        let entry = |word: &str| serde_json::json!({"username": "ci-bot", "password": word});
        let keys = [format!("{}{path}", world.here), format!("{}{other}", world.here)];
        serde_json::json!({"auths": {&keys[0]: entry(PASSWORD), &keys[1]: entry(WRONG)}})
            .to_string()
    }
    let mut rows: Vec<_> = [
        Row::new("otherpath", wants)
            .login(|world| password(&format!("{}/acme/other", world.here), PASSWORD)),
        Row::new("longerpath", wants)
            .login(|world| password(&format!("{}/acme/web/deep", world.here), PASSWORD)),
        Row::new("halfpath", wants)
            .login(|world| password(&format!("{}/acme/we", world.here), PASSWORD)),
        Row::new("otherport", wants).login(|world| password(&world.other, PASSWORD)),
        Row::new("noport", wants).login(|_| password("127.0.0.1", PASSWORD)),
    ]
    .map(|row| row.fails(&[ANONYMOUS]).requests(1..=1).also(never_sent))
    .into();
    rows.extend(
        [
            Row::new("path", wants).login(|world| two(world, "/acme", "")),
            Row::new("longestpath", wants).login(|world| two(world, "/acme/web", "/acme")),
            Row::new("pathbeforeother", wants).login(|world| two(world, "", "/acme/other")),
        ]
        .map(|row| row.requests(2..=2)),
    );
    rows
}

/// Logins that are not accepted: said with where they come from, and tried once.
fn refused() -> Vec<Row> {
    const REFUSED: &[&str] =
        &["credentials.json", "refused|rejected|not accept|denied|wrong|unauthorized|401|403"];
    let mut rows: Vec<_> = [
        Row::new("basicwrong", |request, _| wants_basic(request, &[BASIC])).login(wrong),
        Row::new("ping7016", |request, world| {
            wants_token(request, world, || token_for_password(request))
        })
        .login(wrong),
        Row::new("token403", |request, world| {
            wants_token(request, world, || Reply::error(403, "DENIED", "not for you"))
        })
        .login(right),
        Row::new("longrefusal", |request, _| match request.authorization() {
            None => Reply::unauthorized(&[BASIC]),
            _ => Reply::error(401, "UNAUTHORIZED", &"no ".repeat(20_000)),
        })
        .login(right),
        Row::new("manychallenges", |request, _| {
            let one = r#"Digest realm="a, b", nonce="c\"d", qop=auth"#;
            wants_basic(request, &[&[one; 60][..], &[BASIC]].concat())
        })
        .login(wrong),
        // A refresh token is for token servers.
        Row::new("identitybasic", |_, _| Reply::unauthorized(&[BASIC])).login(identity),
        Row::new("registrytokenwrong", |_, world| Reply::unauthorized(&[&world.bearer()]))
            .login(|world| entry(&world.here, "registrytoken", TOKEN)),
        Row::new("loggedin403", |request, _| match request.authorization() {
            None => Reply::unauthorized(&[BASIC]),
            _ => Reply::error(403, "DENIED", "no pull for you"),
        })
        .login(right),
    ]
    .map(|row| match row.name {
        "loggedin403" => row.fails(REFUSED).requests(3..=3),
        "identitybasic" => row.fails(&["credentials.json"]).requests(1..=2),
        _ => row.fails(REFUSED).requests(2..=2),
    })
    .into();
    for (name, status) in [("anonymoustoken401", 401), ("anonymoustoken403", 403)] {
        let row = Row::new(name, move |request, world| {
            wants_token(request, world, || Reply::error(status, "DENIED", "who are you"))
        });
        rows.push(row.fails(&[ANONYMOUS]).hints(&["login|--authfile"]).requests(2..=2));
    }
    rows
}

/// Servers that say what they were told.
fn echoes() -> Vec<Row> {
    fn back(request: &Request) -> String {
        let value = request.authorization().unwrap_or_default();
        let plain = BASE64_STANDARD.decode(value.trim_start_matches("Basic ")).unwrap_or_default();
        let plain = String::from_utf8_lossy(&plain);
        let word = plain.split_once(':').unwrap_or_default().1;
        format!("bad header {value}, {plain}, password {word}, {}", request.body)
    }
    vec![
        Row::new("echo401", |request, _| match request.authorization() {
            None => Reply::unauthorized(&[BASIC]),
            _ => Reply::error(401, "UNAUTHORIZED", &back(request)),
        })
        .login(wrong)
        .fails(&["credentials.json"])
        .requests(2..=2),
        Row::new("echo403", |request, _| match request.authorization() {
            None => Reply::unauthorized(&[BASIC]),
            _ => Reply::error(403, "DENIED", &back(request)),
        })
        .login(right)
        .fails(&["credentials.json"])
        .requests(2..=3),
        Row::new("echo404", |request, world| match request.authorization() {
            Some(value) if value.starts_with("Bearer ") => {
                Reply::error(404, "MANIFEST_UNKNOWN", &back(request))
            }
            _ => wants_token(request, world, token),
        })
        .absent(&["tag"])
        .requests(4..=4),
        Row::new("echotoken", |request, world| {
            wants_token(request, world, || Reply::error(401, "UNAUTHORIZED", &back(request)))
        })
        .login(wrong)
        .fails(&["credentials.json"])
        .requests(2..=2),
        Row::new("echoidentity", |request, world| {
            wants_token(request, world, || Reply::error(400, &back(request), &back(request)))
        })
        .login(identity)
        .fails(&["token|login"])
        .requests(2..=4),
        Row::new("echodigest", |request, _| match request.authorization() {
            None => Reply::unauthorized(&[BASIC]),
            Some(value) => Reply::manifest().header(DIGEST, value),
        })
        .login(right)
        .fails(&["digest"])
        .requests(2..=2),
        Row::new("echolocation", |request, world| match request.authorization() {
            None => Reply::unauthorized(&[BASIC]),
            Some(value) => Reply::redirect(307, &format!("ftp://{}/{value}", world.other)),
        })
        .login(right)
        .fails(&["redirect"])
        .requests(2..=3),
    ]
}
