//! Registries that want a token: challenges, token endpoints, and tokens that expire.

use std::time::Duration;

use crate::login::{
    ANONYMOUS, BASIC, entry, identity, right, token, token_for_password, wants_token,
};
use crate::reply::{Act, Reply};
use crate::rig::{Outcome, Rig, TOKEN, World};
use crate::row::Row;
use crate::server::Request;

pub(crate) fn rows() -> Vec<Row> {
    [challenges(), plain(), odd(), identities(), no_tokens(), no_answers(), expiring()]
        .into_iter()
        .flatten()
        .collect()
}

/// Ways to write a challenge.
fn challenges() -> Vec<Row> {
    /// A challenge for each header line.
    fn challenged(request: &Request, world: &World, lines: fn(&str) -> Vec<String>) -> Reply {
        match request.authorization() {
            None if !request.path.starts_with("/token") => {
                let realm = format!("http://{}/token", world.here);
                let lines = lines(&realm);
                Reply::unauthorized(&lines.iter().map(String::as_str).collect::<Vec<_>>())
            }
            _ => wants_token(request, world, || token_for_password(request)),
        }
    }
    fn password_for_token_only(rig: &Rig, _: &Outcome) {
        for request in rig.log.requests().iter().filter(|request| request.is_head()) {
            let value = request.authorization().unwrap_or("Bearer ");
            assert!(value.starts_with("Bearer "), "{value}");
        }
    }
    [
        Row::new("bearerbasic", |request, world| {
            wants_token(request, world, || token_for_password(request))
        }),
        Row::new("ping7015", |request, world| {
            challenged(request, world, |realm| {
                vec![BASIC.to_owned(), format!(r#"Bearer realm="{realm}",service="registry""#)]
            })
        }),
        Row::new("basicbearerinone", |request, world| {
            challenged(request, world, |realm| {
                vec![format!(
                    r#"{BASIC}, Bearer realm="{realm}",service="a, b",scope="x:y:pull,push""#
                )]
            })
        }),
        Row::new("bearerbasicinone", |request, world| {
            challenged(request, world, |realm| {
                vec![format!(r#"bearer service=registry , REALM="{realm}" ,  {BASIC}"#)]
            })
        }),
        Row::new("bearerescaped", |request, world| {
            challenged(request, world, |realm| {
                let realm = realm.replace("token", r"to\ken");
                vec![format!(r#"Bearer error="say \"no\", please",realm="{realm}""#)]
            })
        }),
        Row::new("bearerquery", |request, world| {
            challenged(request, world, |realm| {
                vec![format!(r#"Bearer realm="{realm}?account=ci",service="registry""#)]
            })
        }),
    ]
    .map(|row| row.login(right).requests(3..=3).also(password_for_token_only))
    .into()
}

/// Where a token is in the answer, and in the file with credentials.
fn plain() -> Vec<Row> {
    vec![
        Row::new("bearer", |request, world| wants_token(request, world, token))
            .requests(3..=3)
            .also(|rig, _| {
                let asked = &rig.log.requests()[1];
                assert_eq!((&*asked.method, asked.authorization()), ("GET", None));
                assert_eq!(asked.parameter("service"), Some("registry"));
                let scope =
                    asked.parameter("scope").unwrap().replace("%3A", ":").replace("%2F", "/");
                assert_eq!(scope, "repository:acme/web:pull");
            }),
        Row::new("accesstoken", |request, world| {
            let text = serde_json::json!({"token": "", "access_token": TOKEN}).to_string();
            wants_token(request, world, || Reply::json(200, &text))
        })
        .requests(3..=3),
        Row::new("registrytoken", |request, world| wants_token(request, world, || Reply::new(500)))
            .login(|world| entry(&world.here, "registrytoken", TOKEN))
            .requests(1..=2),
    ]
}

/// Challenges that nothing can be made of.
fn odd() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, line) in [
        ("norealm", r#"Bearer service="registry""#),
        ("emptyrealm", r#"Bearer realm="""#),
        ("openquote", r#"Bearer realm="http://127.0.0.1"#),
        ("nonsense", r#"=,"";,, Bearer, ="#),
        ("unknownscheme", r#"AWS4-HMAC-SHA256 realm="x""#),
    ] {
        let row = Row::new(name, move |_, _| Reply::unauthorized(&[line]));
        rows.push(row.login(right).fails(&[]));
    }
    rows
}

fn identities() -> Vec<Row> {
    fn endpoint(request: &Request, world: &World, post: fn() -> Reply) -> Reply {
        wants_token(request, world, || if request.method == "POST" { post() } else { token() })
    }
    vec![
        Row::new("identity", |request, world| endpoint(request, world, token))
            .login(identity)
            .requests(3..=3)
            .also(|rig, _| {
                let asked = &rig.log.requests()[1];
                let kind = asked.header("content-type").unwrap();
                assert!(kind.starts_with("application/x-www-form-urlencoded"), "{kind}");
                let encoded = "refresh_token=identity%2Btoken%2Fwith%3Dsigns%26more";
                for word in ["grant_type=refresh_token", encoded, "service=registry", "scope="] {
                    assert!(asked.body.contains(word), "{word}: {}", asked.body);
                }
                assert!(!asked.path.contains('?'), "{}", asked.path);
            }),
        Row::new("identity404", |request, world| endpoint(request, world, || Reply::new(404)))
            .login(identity)
            .requests(4..=4),
        Row::new("identity405", |request, world| endpoint(request, world, || Reply::new(405)))
            .login(identity)
            .requests(4..=4),
        Row::new("identity401", |request, world| {
            endpoint(request, world, || Reply::error(401, "UNAUTHORIZED", "token revoked"))
        })
        .login(identity)
        .fails(&["credentials.json", "refused|rejected|not accept|401"])
        .requests(2..=2),
    ]
}

/// Answers of token endpoints that are no tokens.
fn no_tokens() -> Vec<Row> {
    fn says(request: &Request, world: &World, token: &serde_json::Value) -> Reply {
        wants_token(request, world, || Reply::json(200, &token.to_string()))
    }
    let bad = [
        Row::new("ping7019", |request, world| {
            wants_token(request, world, || Reply::html(200, "<html>SSO</html>"))
        })
        .never(&["<html"]),
        Row::new("ping7020", |request, world| {
            says(request, world, &serde_json::json!({"token": ""}))
        }),
        Row::new("tokennull", |request, world| {
            says(request, world, &serde_json::json!({"token": null, "access_token": null}))
        }),
        Row::new("tokennumber", |request, world| {
            says(request, world, &serde_json::json!({"token": 1}))
        }),
        // What would be a header of its own in the next request.
        Row::new("tokennewline", |request, world| {
            says(request, world, &serde_json::json!({"token": "a\r\nx-evil: 1"}))
        }),
        Row::new("tokenlatin", |request, world| {
            says(request, world, &serde_json::json!({"token": "é"}))
        }),
        Row::new("tokenlong", |request, world| {
            says(request, world, &serde_json::json!({"token": "x".repeat(70_000)}))
        }),
        Row::new("tokenendless", |request, world| {
            let head = Reply::json(200, "").header("content-length", "1073741824").head();
            let acts = || vec![Act::Say(head.clone()), Act::Blanks(1 << 30), Act::Close];
            wants_token(request, world, || Reply::raw(acts()))
        })
        .within(3.0),
    ];
    bad.map(|row| row.fails(&["token"]).requests(2..=2)).into()
}

/// Token endpoints that are busy, broken, or slow.
fn no_answers() -> Vec<Row> {
    fn slowly(row: Row) -> Row {
        row.fails(&["within|time|seconds|too long"]).requests(2..=4).hurried()
    }
    vec![
        Row::new("ping7017", |request, world| {
            let reply = || Reply::error(429, "TOOMANYREQUESTS", "slow down");
            wants_token(request, world, || reply().header("retry-after", "1"))
        })
        .fails(&["rate"])
        .requests(3..=7)
        .hurried(),
        Row::new("token429once", |request, world| {
            wants_token(request, world, || match request.before {
                0 => Reply::new(429).header("retry-after", "1"),
                _ => token(),
            })
        })
        .requests(4..=4),
        Row::new("ping7018", |request, world| {
            wants_token(request, world, || Reply::error(500, "UNKNOWN", "oops"))
        })
        .fails(&["500", "token|login"])
        .requests(4..=4),
        Row::new("token500once", |request, world| {
            wants_token(request, world, || match request.before {
                0 => Reply::new(500),
                _ => token(),
            })
        })
        .requests(4..=4),
        slowly(Row::new("ping7021", |request, world| {
            let forever = Duration::from_secs(60);
            wants_token(request, world, || Reply::raw(vec![Act::Wait(forever)]))
        })),
        slowly(Row::new("tokendrip", |request, world| {
            let tick = Duration::from_millis(50);
            let head = Reply::json(200, "").header("content-length", "500").head();
            wants_token(request, world, || {
                Reply::raw(vec![Act::Say(head.clone()), Act::Drip(b" ".repeat(500), tick)])
            })
        })),
    ]
}

/// Tokens that are accepted no more.
fn expiring() -> Vec<Row> {
    fn old_until(request: &Request, world: &World, good: usize) -> Reply {
        let issued = |count: usize| format!("{TOKEN}.{count}");
        if request.path.starts_with("/token") {
            let token = issued(world.count("token"));
            return Reply::json(200, &serde_json::json!({ "token": token }).to_string());
        }
        match request.authorization() {
            Some(value) if value == format!("Bearer {}", issued(good)) => Reply::manifest(),
            Some(_) => Reply::unauthorized(&[&(world.bearer() + r#",error="invalid_token""#)]),
            None => Reply::unauthorized(&[&world.bearer()]),
        }
    }
    vec![
        Row::new("ping7022", |request, world| old_until(request, world, 1)).requests(5..=5),
        Row::new("ping7024", |request, world| old_until(request, world, usize::MAX))
            .fails(&[ANONYMOUS])
            .requests(3..=5),
        Row::new("insufficientscope", |request, world| {
            wants_token(request, world, || Reply::json(200, r#"{"token":"of-no-use"}"#))
        })
        .login(right)
        .fails(&["credentials.json", "denied|refused|not allowed|may not|not accept|401"])
        .requests(3..=5),
    ]
}
