//! Many images: how many requests, logins and connections they take.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kubectl_promote::facts::Manifest;

use crate::login::{BASIC, right, token, wants_token, wrong};
use crate::reply::{DIGEST, INDEX, Reply, sha256};
use crate::rig::{Outcome, PASSWORD, Rig, Serve, TOKEN, WRONG, World, basic, manifest, password};
use crate::server::Request;

/// The tests, by name.
pub(crate) const TESTS: &[(&str, fn())] = &[
    ("anonymous", anonymous),
    ("basic", with_basic),
    ("bearer", with_bearer),
    ("bearer-one-repository", with_bearer_in_one_repository),
    ("bearer-anonymous", with_anonymous_bearer),
    ("short-lived-tokens", short_lived_tokens),
    ("expired-for-all", expired_for_all),
    ("wrong-basic", wrong_basic),
    ("wrong-bearer", wrong_bearer),
    ("wrong-basic-serial", wrong_basic_serial),
    ("wrong-for-some", wrong_for_some),
    ("token-server-down", token_server_down),
    ("order", order),
    ("first-failure", first_failure),
    ("twice-the-same", twice_the_same),
    ("nothing", nothing),
    ("concurrency", concurrency),
    ("concurrency-one", concurrency_of_one),
    ("two-registries", crate::realms::two_registries),
];

pub(crate) const N: usize = 50;
pub(crate) const REPOSITORIES: usize = 25;

pub(crate) fn serve(serve: impl Fn(&Request, &World) -> Reply + Send + Sync + 'static) -> Serve {
    Arc::new(serve)
}

/// A rig with this registry, and a second one that nobody should ask.
pub(crate) fn rig(registry: impl Fn(&Request, &World) -> Reply + Send + Sync + 'static) -> Rig {
    Rig::new(None, serve(registry), serve(|_, _| Reply::new(500)))
}

/// So many images in so many repositories.
pub(crate) fn images(world: &World, count: usize, repositories: usize) -> Vec<Manifest> {
    let path = |n: usize| format!("team-{}/app-{}", n % repositories % 2, n % repositories);
    (0..count).map(|n| manifest(&world.here, &path(n), &format!("v{n}"))).collect()
}

/// All answers are right, in their order.
#[track_caller]
pub(crate) fn all_right(outcome: &Outcome, asked: &[Manifest]) {
    let answered: Vec<_> = outcome.answers.iter().map(|(manifest, _)| manifest.clone()).collect();
    assert_eq!(answered, asked);
    for (manifest, answer) in &outcome.answers {
        assert_eq!(answer.as_ref(), Ok(&sha256(INDEX)), "{manifest}");
    }
    outcome.check();
}

fn authorized(rig: &Rig, scheme: &str) -> usize {
    let requests = rig.log.requests();
    let sent = requests.iter().filter_map(Request::authorization);
    sent.filter(|value| value.starts_with(scheme)).count()
}

/// Connections are used again: no more than there are requests at a time.
#[track_caller]
fn few_connections(rig: &Rig) {
    let (count, most) = (rig.log.connections(), rig.options.concurrency);
    assert!(count <= most, "{count} connections for {most} requests at a time");
}

fn anonymous() {
    let mut rig = rig(|_, _| Reply::manifest().after(Duration::from_millis(2)));
    rig.options.concurrency = 8;
    let images = images(&rig.world, N, REPOSITORIES);
    all_right(&rig.ask(&images), &images);
    assert_eq!(rig.log.requests().len(), N);
    few_connections(&rig);
}

fn with_basic() {
    let mut rig = rig(|request, _| match request.authorization() {
        Some(value) if value == basic(PASSWORD) => Reply::manifest(),
        _ => Reply::unauthorized(&[BASIC]).after(Duration::from_millis(20)),
    });
    rig.credentials(&right(&rig.world));
    let images = images(&rig.world, N, REPOSITORIES);
    all_right(&rig.ask(&images), &images);
    assert_eq!(rig.log.requests().len(), N + 1);
    few_connections(&rig);
}

/// A registry whose tokens are good for one repository.
fn scoped(request: &Request, world: &World, seconds: u64) -> Reply {
    let repository = |path: &str| {
        let path = path.trim_start_matches("/v2/");
        path.split("/manifests/").next().unwrap().replace('/', "-")
    };
    if request.path.starts_with("/token") {
        if request.authorization().is_some_and(|value| value != basic(PASSWORD)) {
            return Reply::error(401, "UNAUTHORIZED", "incorrect username or password");
        }
        let scope = request.parameter("scope").unwrap().replace("%3A", ":").replace("%2F", "/");
        let path = scope.trim_start_matches("repository:").trim_end_matches(":pull");
        let token = format!("{TOKEN}.{}", repository(path));
        let text = serde_json::json!({"token": token, "expires_in": seconds}).to_string();
        return Reply::json(200, &text).after(Duration::from_millis(20));
    }
    let path = repository(&request.path);
    match request.authorization() {
        Some(value) if value == format!("Bearer {TOKEN}.{path}") => Reply::manifest(),
        _ => {
            let scope =
                request.path.trim_start_matches("/v2/").split("/manifests/").next().unwrap();
            let realm = format!("http://{}/token", world.here);
            let challenge =
                format!(r#"Bearer realm="{realm}",service="s",scope="repository:{scope}:pull""#);
            Reply::unauthorized(&[&challenge])
        }
    }
}

#[track_caller]
fn tokens_and_images(rig: &Rig, repositories: usize) {
    let images = images(&rig.world, N, repositories);
    all_right(&rig.ask(&images), &images);
    let requests = rig.log.requests();
    assert_eq!(requests.len(), N + repositories + 1);
    let scopes = requests.iter().filter_map(|request| request.parameter("scope"));
    assert_eq!(scopes.collect::<BTreeSet<_>>().len(), repositories);
    few_connections(rig);
}

fn with_bearer() {
    let mut rig = rig(|request, world| scoped(request, world, 300));
    rig.credentials(&right(&rig.world));
    tokens_and_images(&rig, REPOSITORIES);
    assert_eq!(authorized(&rig, "Basic"), REPOSITORIES);
}

fn with_bearer_in_one_repository() {
    let mut rig = rig(|request, world| scoped(request, world, 300));
    rig.credentials(&right(&rig.world));
    let images: Vec<_> =
        (0..N).map(|n| manifest(&rig.world.here, "acme/web", &format!("v{n}"))).collect();
    all_right(&rig.ask(&images), &images);
    assert_eq!(rig.log.requests().len(), N + 2);
    assert_eq!(authorized(&rig, "Basic"), 1);
}

fn with_anonymous_bearer() {
    let rig = rig(|request, world| scoped(request, world, 300));
    tokens_and_images(&rig, REPOSITORIES);
    assert_eq!(authorized(&rig, "Basic"), 0);
}

/// Servers that say that a token lasts no time mean the minute of the specification.
fn short_lived_tokens() {
    let mut rig = rig(|request, world| scoped(request, world, 1));
    rig.options.concurrency = 1;
    tokens_and_images(&rig, REPOSITORIES);
}

/// A token expires while many use it: one more does for all.
fn expired_for_all() {
    let rig = rig(|request, world| {
        if request.path.starts_with("/token") {
            let token = format!("{TOKEN}.{}", world.count("token"));
            let text = serde_json::json!({ "token": token }).to_string();
            return Reply::json(200, &text).after(Duration::from_millis(20));
        }
        let old = format!("Bearer {TOKEN}.0");
        let new = format!("Bearer {TOKEN}.1");
        match request.authorization() {
            Some(value) if value == new => Reply::manifest(),
            Some(value) if value == old && world.count("old") < 10 => {
                Reply::manifest().after(Duration::from_millis(10))
            }
            _ => Reply::unauthorized(&[&world.bearer()]).after(Duration::from_millis(10)),
        }
    });
    let images: Vec<_> =
        (0..N).map(|n| manifest(&rig.world.here, "acme/web", &format!("v{n}"))).collect();
    all_right(&rig.ask(&images), &images);
    let requests = rig.log.requests();
    let tokens = requests.iter().filter(|request| request.path.starts_with("/token")).count();
    assert_eq!(tokens, 2, "tokens");
    assert!(requests.len() <= 2 * N + 3, "{} requests", requests.len());
}

/// All fail, each with where the login comes from, and nobody is locked out.
#[track_caller]
fn one_failed_login(rig: &Rig, most: usize) {
    let images = images(&rig.world, N, REPOSITORIES);
    let outcome = rig.ask(&images);
    assert_eq!(outcome.answers.len(), N);
    for (manifest, answer) in &outcome.answers {
        let failure = answer.as_ref().expect_err("a wrong password");
        let both = format!("{} {}", failure.message, failure.hint.clone().unwrap_or_default());
        assert!(both.contains("credentials.json"), "{manifest}: {both}");
        assert!(!failure.is_absent(), "{failure:?}");
    }
    outcome.check();
    assert_eq!(authorized(rig, "Basic"), 1, "logins");
    let count = rig.log.requests().len();
    assert!(count <= most, "{count} requests");
}

fn refuses(request: &Request) -> Reply {
    match request.authorization() {
        Some(_) => Reply::unauthorized(&[BASIC]).after(Duration::from_millis(50)),
        None => Reply::unauthorized(&[BASIC]).after(Duration::from_millis(5)),
    }
}

fn wrong_basic() {
    let mut rig = rig(|request, _| refuses(request));
    rig.credentials(&wrong(&rig.world));
    one_failed_login(&rig, N + 1);
}

fn wrong_basic_serial() {
    let mut rig = rig(|request, _| refuses(request));
    rig.options.concurrency = 1;
    rig.credentials(&wrong(&rig.world));
    one_failed_login(&rig, N + 1);
}

fn wrong_bearer() {
    let mut rig = rig(|request, world| scoped(request, world, 300));
    rig.credentials(&wrong(&rig.world));
    one_failed_login(&rig, N + 1);
}

/// A credential that is refused says nothing about another one of the same registry.
fn wrong_for_some() {
    let mut rig = rig(|request, world| scoped(request, world, 300));
    let [bad, good] = [(0, WRONG), (1, PASSWORD)].map(|(team, word)| {
        let text = password(&format!("{}/team-{team}", rig.world.here), word);
        rig.write(&format!("team-{team}.json"), &text)
    });
    rig.options.authfiles = vec![bad, good];
    let images = images(&rig.world, N, N);
    let outcome = rig.ask(&images);
    for (manifest, answer) in &outcome.answers {
        let wanted = manifest.repository.path.starts_with("team-1");
        assert_eq!(answer.is_ok(), wanted, "{manifest}: {answer:?}");
    }
    outcome.check();
    let requests = rig.log.requests();
    let failed = requests.iter().filter(|request| request.authorization() == Some(&basic(WRONG)));
    assert_eq!(failed.count(), 1, "failed logins");
}

/// What all images fail of is not tried for each of them again.
fn token_server_down() {
    let rig = rig(|request, world| {
        wants_token(request, world, || match request.path.len() {
            0 => token(),
            _ => Reply::error(500, "UNKNOWN", "oops"),
        })
    });
    let images: Vec<_> =
        (0..N).map(|n| manifest(&rig.world.here, "acme/web", &format!("v{n}"))).collect();
    let outcome = rig.ask(&images);
    assert!(outcome.answers.iter().all(|(_, answer)| answer.is_err()), "{:?}", outcome.answers);
    outcome.check();
    let requests = rig.log.requests();
    let tokens = requests.iter().filter(|request| request.path.starts_with("/token")).count();
    assert!(tokens <= 3 * 2, "{tokens} requests for tokens");
}

/// Answers belong to their questions, whichever comes first.
fn order() {
    let rig = rig(|request, _| {
        let number: u64 = request.path.rsplit('v').next().unwrap().parse().unwrap();
        let reply = Reply::manifest().header(DIGEST, &sha256(number.to_string()));
        reply.after(Duration::from_millis((N as u64 - number) * 3))
    });
    let images = images(&rig.world, N, REPOSITORIES);
    let outcome = rig.ask(&images);
    for (number, (manifest, answer)) in outcome.answers.iter().enumerate() {
        assert_eq!(manifest, &images[number]);
        assert_eq!(answer.as_ref(), Ok(&sha256(number.to_string())));
    }
}

/// Without `keep_going`, what was not asked yet is not asked any more.
fn first_failure() {
    let mut rig = rig(|_, _| {
        let reply = Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown");
        reply.after(Duration::from_millis(10))
    });
    rig.options.keep_going = false;
    rig.options.concurrency = 2;
    let images = images(&rig.world, N, REPOSITORIES);
    let outcome = rig.ask(&images);
    assert!((1..=4).contains(&outcome.answers.len()), "{outcome:?}");
    assert!(rig.log.requests().len() <= 8, "{} requests", rig.log.requests().len());
    assert!(outcome.answers.iter().all(|(_, answer)| answer.is_err()), "{outcome:?}");
    outcome.check();
}

/// Whoever asks twice gets two answers: it is for the caller to ask once.
fn twice_the_same() {
    let rig = rig(|_, _| Reply::manifest());
    let image = manifest(&rig.world.here, "acme/web", "v1");
    let images = [image.clone(), image];
    all_right(&rig.ask(&images), &images);
    assert!((1..=2).contains(&rig.log.requests().len()));
}

fn nothing() {
    let rig = rig(|_, _| Reply::manifest());
    assert!(rig.ask(&[]).answers.is_empty());
    assert_eq!(rig.log.connections(), 0);
}

/// As many at a time as was said, not one more, and not less where there is enough to do.
fn concurrency() {
    let mut rig = rig(|_, _| Reply::manifest().after(Duration::from_millis(40)));
    rig.options.concurrency = 4;
    let images = images(&rig.world, 24, 12);
    let outcome = rig.ask(&images);
    all_right(&outcome, &images);
    assert_eq!(rig.log.peak(), 4);
    few_connections(&rig);
}

fn concurrency_of_one() {
    let mut rig = rig(|request, world| scoped(request, world, 300));
    rig.options.concurrency = 1;
    tokens_and_images(&rig, REPOSITORIES);
    assert_eq!((rig.log.peak(), rig.log.connections()), (1, 1));
}
