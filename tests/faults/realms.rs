//! Where credentials go: realms and redirects that lead elsewhere.

use crate::login::{BASIC, identity, right, token, wants_token};
use crate::reply::{Act, Reply};
use crate::rig::{Outcome, PASSWORD, Rig, SIGNATURE, Serve, Tls, WRONG, World, basic};
use crate::rig::{manifest, password};
use crate::row::Row;
use crate::server::Request;

pub(crate) fn rows() -> Vec<Row> {
    [realms(), signed(), redirects(), loops(), away(), far_away(), token_redirects()]
        .into_iter()
        .flatten()
        .collect()
}

/// A realm with `OTHER` in place of the other server.
fn at(name: &'static str, realm: &'static str) -> Row {
    Row::new(name, move |request, world| match request.authorization() {
        Some(_) => Reply::manifest(),
        None => Reply::unauthorized(&[&world.bearer_at(&realm.replace("OTHER", &world.other))]),
    })
    .login(right)
}

fn port(world: &World) -> String {
    world.other.replace("127.0.0.1:", "")
}

fn realms() -> Vec<Row> {
    let mut rows = vec![
        // Registry and realm are both of this machine: that is how people run them.
        at("realmotherport", "http://OTHER/token")
            .elsewhere(1..=1, |_, _| token())
            .trusts_other()
            .requests(2..=2),
        at("evilrealm", "http://OTHER/token")
            .tls(Tls::Trusted)
            .elsewhere(0..=0, |_, _| token())
            .fails(&["realm|token|http"]),
        at("evilrealmanonymous", "http://OTHER/token")
            .tls(Tls::Trusted)
            .login(|_| "{}".to_owned())
            .elsewhere(0..=0, |_, _| token())
            .fails(&["realm|token|http"]),
    ];
    for (name, host) in [("realmunspecified", "0.0.0.0"), ("realmzero", "0"), ("realmhex", "0x0")] {
        let row = Row::new(name, move |request, world| match request.authorization() {
            Some(_) => Reply::manifest(),
            None => {
                let realm = format!("http://{host}:{}/token", port(world));
                Reply::unauthorized(&[&world.bearer_at(&realm)])
            }
        });
        rows.push(
            row.login(right).right_or_nothing().elsewhere(0..=3, |_, _| token()).requests(1..=2),
        );
    }
    let link_local = [
        at("realmlinklocal", "http://169.254.169.254/token"),
        at("realmlinklocaldecimal", "http://2852039166/token"),
        at("realmlinklocalmapped", "http://[::ffff:169.254.169.254]/token"),
        at("realmlinklocal6", "http://[fe80::1]/token"),
        at("realmanything6", "http://[::]/token"),
    ];
    rows.extend(link_local.map(|row| row.fails(&["realm|token"]).within(1.0)));
    let no_address = [
        at("realmrelative", "/token"),
        at("realmfile", "file:///etc/passwd"),
        at("realmftp", "ftp://OTHER/token"),
        at("realmbare", "OTHER"),
        at("realmport", "http://127.0.0.1:99999/token"),
        at("realmlong", &LONG),
    ];
    rows.extend(no_address.map(|row| row.fails(&["realm|token"]).requests(1..=2).within(3.0)));
    rows
}

/// Addresses that hold a secret of their own.
fn signed() -> Vec<Row> {
    let user = |world: &World| format!("http://ci:{SIGNATURE}@{}/token?x={SIGNATURE}", world.here);
    vec![
        Row::new("realmuser", move |request, world| match request.authorization() {
            Some(_) if !request.path.starts_with("/token") => Reply::manifest(),
            _ if request.path.starts_with("/token") => token(),
            _ => Reply::unauthorized(&[&world.bearer_at(&user(world))]),
        })
        .right_or_nothing()
        .requests(1..=3),
        Row::new("realmuserdenied", move |request, world| {
            match request.path.starts_with("/token") {
                true => Reply::error(403, "DENIED", "no"),
                false => Reply::unauthorized(&[&world.bearer_at(&user(world))]),
            }
        })
        .fails(&[])
        .requests(1..=3),
        Row::new("rediruser", move |request, world| match request.path.starts_with("/token") {
            true => Reply::error(403, "DENIED", "no"),
            false => Reply::redirect(307, &user(world)),
        })
        .fails(&[])
        .requests(1..=4),
    ]
}

/// An address that would fill a screen.
static LONG: std::sync::LazyLock<String> =
    std::sync::LazyLock::new(|| format!("ftp://OTHER/{}", "token".repeat(2_000)));

/// Redirects that stay, or go where no credentials go along.
fn redirects() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, status) in
        [("redir", 307), ("redir301", 301), ("redir302", 302), ("redir303", 303), ("redir308", 308)]
    {
        rows.push(Row::new(name, move |request, world| moved(request, status, &world.here)));
    }
    rows.push(Row::new("redirrel", |request, _| match request.path.as_str() {
        "/there" => Reply::manifest(),
        _ => Reply::redirect(307, "/there"),
    }));
    rows.push(Row::new("redirnear", |request, _| match request.path.as_str() {
        "/v2/acme/there" => Reply::manifest(),
        _ => Reply::redirect(307, "../../there"),
    }));
    // The same host is the same host, whatever it is written like.
    rows.push(
        Row::new("redirkeeps", |request, world| match request.authorization() {
            Some(value) if value == basic(PASSWORD) => moved(request, 307, &world.here),
            _ => Reply::unauthorized(&[BASIC]),
        })
        .login(right),
    );
    rows.into_iter()
        .map(|row| match row.name {
            "redirkeeps" => row.requests(3..=3),
            _ => row.requests(2..=2).also(only_heads),
        })
        .collect()
}

fn only_heads(rig: &Rig, _: &Outcome) {
    let requests = rig.log.requests();
    assert!(requests.iter().all(Request::is_head), "{requests:?}");
}

fn moved(request: &Request, status: u16, to: &str) -> Reply {
    match request.path.starts_with("/there") {
        true => Reply::manifest(),
        false => Reply::redirect(status, &format!("http://{to}/there?x=1&y=%2F#z")),
    }
}

fn loops() -> Vec<Row> {
    fn hops(request: &Request, count: usize) -> Reply {
        let hop: usize = request.path.rsplit("/hop").next().unwrap().parse().unwrap_or(0);
        if hop == count {
            Reply::manifest()
        } else {
            Reply::redirect(307, &format!("/hop{}", hop + 1))
        }
    }
    vec![
        Row::new("redirloop", |request, _| Reply::redirect(307, &request.path))
            .fails(&["redirect"])
            .requests(1..=6),
        Row::new("redirloopx", |_, world| {
            Reply::redirect(307, &format!("http://{}/x", world.other))
        })
        .elsewhere(1..=5, |_, world| Reply::redirect(307, &format!("http://{}/y", world.here)))
        .fails(&["redirect"])
        .requests(1..=5),
        Row::new("redir5", |request, _| hops(request, 5)).requests(6..=6),
        Row::new("redir6", |request, _| hops(request, 6)).fails(&["redirect"]).requests(6..=6),
        Row::new("redirlogin", |request, _| match request.path.starts_with("/login") {
            true => Reply::html(200, "<html>Log in</html>"),
            false => Reply::redirect(302, "/login?next=/v2/"),
        })
        .fails(&["html|content-type|media type|not a manifest|no manifest"])
        .never(&["<html"])
        .requests(2..=4),
        Row::new("redirnowhere", |_, _| Reply::new(302)).fails(&["redirect|302"]).requests(1..=2),
        Row::new("redir300", |_, _| Reply::new(300)).fails(&["300|redirect"]).requests(1..=2),
        Row::new("redir304", |_, _| Reply::new(304)).fails(&["304|redirect"]).requests(1..=2),
        Row::new("redirhugebody", |request, _| match request.path.starts_with("/there") {
            true => Reply::manifest(),
            false => Reply::raw(vec![
                Act::Say(
                    Reply::redirect(307, "/there").header("content-length", "1073741824").head(),
                ),
                Act::Blanks(1 << 30),
                Act::Close,
            ]),
        })
        .options(|options, _| options.verify = true)
        .right_or_nothing()
        .requests(1..=4)
        .within(3.0),
    ]
}

/// Where to go once logged in, with `OTHER` in place of the other server.
fn leads(name: &'static str, to: &'static str) -> Row {
    Row::new(name, move |request, world| match request.authorization() {
        Some(value) if value == basic(PASSWORD) => {
            let to = to.replace("OTHER", &world.other).replace("HERE", &world.here);
            Reply::redirect(307, &to)
        }
        _ => Reply::unauthorized(&[BASIC]),
    })
    .login(right)
    .requests(2..=3)
}

/// Redirects to another server: what is asked for may be there, the login stays here.
fn away() -> Vec<Row> {
    let rows = vec![
        Row::new("redirx", |request, world| moved(request, 307, &world.other))
            .elsewhere(1..=1, |_, _| Reply::manifest()),
        leads("redirxlogin", "http://OTHER/there")
            .elsewhere(1..=1, |_, _| Reply::manifest())
            .requests(2..=2),
        leads("redirxscheme", "//OTHER/there").elsewhere(0..=1, |_, _| Reply::manifest()),
        leads("redirxuser", "http://HERE@OTHER/there").elsewhere(0..=2, |_, _| Reply::manifest()),
        leads("redirxbackslash", r"http://OTHER\@HERE/there")
            .elsewhere(0..=2, |_, _| Reply::manifest()),
    ];
    rows.into_iter()
        .map(|row| match row.name {
            "redirx" | "redirxlogin" => row,
            _ => row.right_or_nothing(),
        })
        .collect()
}

/// Other servers that do not leave it at that.
fn far_away() -> Vec<Row> {
    vec![
        Row::new("redirxtoken", |request, world| match request.authorization() {
            Some(value) if value.starts_with("Bearer ") => moved(request, 307, &world.other),
            _ => wants_token(request, world, token),
        })
        .elsewhere(1..=1, |_, _| Reply::manifest())
        .requests(3..=3),
        leads("redirxbasic", "http://OTHER/there")
            .elsewhere(1..=3, |_, _| Reply::unauthorized(&[BASIC]))
            .fails(&["401|login|unauthorized"]),
        leads("redirxbearer", "http://OTHER/there")
            .elsewhere(1..=6, |request, world| match request.path.starts_with("/token") {
                true => token(),
                false => {
                    let realm = format!("http://{}/token", world.other);
                    Reply::unauthorized(&[&world.bearer_at(&realm)])
                }
            })
            .fails_somehow(&[])
            .requests(2..=4),
        leads("redirfile", "file:///etc/passwd").fails(&["redirect"]),
        leads("redirlong", &LONG).fails(&["redirect"]),
        leads("redirbad", "http://[::1/there").fails(&["redirect"]),
        leads("redirdown", "http://OTHER/there").tls(Tls::Trusted).fails(&["redirect", "http"]),
        // There and back again: whoever sends somebody here does not get them logged in.
        leads("redirxback", "http://OTHER/there")
            .elsewhere(1..=5, |_, world| {
                Reply::redirect(307, &format!("http://{}/there", world.here))
            })
            .right_or_nothing()
            .requests(2..=8),
    ]
}

/// Token endpoints that send elsewhere.
fn token_redirects() -> Vec<Row> {
    let leads = |name: &'static str, status: u16| {
        Row::new(name, move |request, world| {
            let there = format!("http://{}/token", world.other);
            wants_token(request, world, || Reply::redirect(status, &there))
        })
        .elsewhere(0..=2, |_, _| token())
        .right_or_nothing()
        .requests(2..=4)
    };
    vec![
        leads("redirtoken", 307).login(right),
        leads("redirtoken302", 302).login(right),
        leads("redirpost307", 307).login(identity),
        leads("redirpost308", 308).login(identity),
        leads("redirpost302", 302).login(identity),
        Row::new("redirtokennear", |request, world| {
            wants_token(request, world, || match request.path.starts_with("/token/2") {
                true if request.authorization() == Some(&basic(PASSWORD)) => token(),
                true => Reply::new(401),
                false => Reply::redirect(307, "/token/2"),
            })
        })
        .login(right)
        .requests(4..=4),
        Row::new("redirtokenloop", |request, world| {
            wants_token(request, world, || Reply::redirect(307, "/token"))
        })
        .login(right)
        .fails(&["redirect"])
        .requests(2..=7),
    ]
}

/// Two registries in one run, each with credentials of its own, which stay there.
pub(crate) fn two_registries() {
    let mut rig = Rig::new(None, both(PASSWORD), both(WRONG));
    let [here, other] = [rig.world.here.clone(), rig.world.other.clone()];
    let text = [password(&here, PASSWORD), password(&other, WRONG)];
    let [mut all, more] =
        text.map(|text| serde_json::from_str::<serde_json::Value>(&text).unwrap());
    all["auths"][&other] = more["auths"][&other].clone();
    rig.credentials(&all.to_string());
    rig.options.plain_http.push(other.clone());
    let outcome = rig.ask(&[manifest(&here, "acme/web", "v1"), manifest(&other, "acme/web", "v1")]);
    assert!(outcome.answers.iter().all(|(_, answer)| answer.is_ok()), "{:?}", outcome.answers);
    for (log, word) in [(&rig.log, PASSWORD), (&rig.other, WRONG)] {
        let requests = log.requests();
        let sent: Vec<_> = requests.iter().filter_map(Request::authorization).collect();
        assert_eq!(sent, [basic(word)]);
    }
}

fn both(word: &'static str) -> Serve {
    std::sync::Arc::new(move |request, _| match request.authorization() {
        Some(value) if value == basic(word) => Reply::manifest(),
        _ => Reply::unauthorized(&[BASIC]),
    })
}
