//! Registries that do not want the same of everybody: some repositories are public, or have a token
//! server of their own.

use crate::counts::{all_right, rig};
use crate::login::{BASIC, right, wrong};
use crate::reply::Reply;
use crate::rig::{PASSWORD, Rig, TOKEN, World, basic, manifest};
use crate::server::Request;
use kubectl_promote::facts::Manifest;

/// The tests, by name.
pub(crate) const TESTS: &[(&str, fn())] = &[
    ("public-first", public_first),
    ("private-first", private_first),
    ("private-first-anonymous", private_first_anonymous),
    ("basic-for-some", basic_for_some),
    ("own-realms", own_realms),
    ("denied-for-one", denied_for_one),
    ("denied-for-all", denied_for_all),
];

const N: usize = 10;

/// So many images of public and of private repositories, in turns; the first is the former's.
fn images(world: &World) -> Vec<Manifest> {
    let path = |n: usize| format!("{}/app-{n}", ["public", "private"][n % 2]);
    (0..2 * N).map(|n| manifest(&world.here, &path(n), "v1")).collect()
}

/// Private repositories want a token, which `endpoint` gives.
fn tokens_for_private(request: &Request, world: &World, endpoint: fn(&Request) -> Reply) -> Reply {
    let bearer = format!("Bearer {TOKEN}");
    match request.authorization() {
        _ if request.path.starts_with("/token") => endpoint(request),
        Some(value) if value == bearer => Reply::manifest(),
        None if request.path.contains("/public/") => Reply::manifest(),
        _ => {
            let realm = format!("http://{}/token", world.here);
            Reply::unauthorized(&[&format!(r#"Bearer realm="{realm}",service="s""#)])
        }
    }
}

fn for_password(request: &Request) -> Reply {
    match request.authorization() {
        Some(value) if value == basic(PASSWORD) => crate::login::token(),
        _ => Reply::error(401, "UNAUTHORIZED", "who are you"),
    }
}

fn one_at_a_time(mut rig: Rig) -> Rig {
    rig.options.concurrency = 1;
    rig
}

/// Nobody needs a token for what is public, as long as nothing else is known.
fn public_first() {
    let rig = rig(|request, world| tokens_for_private(request, world, for_password));
    let mut rig = one_at_a_time(rig);
    rig.credentials(&right(&rig.world));
    let images = images(&rig.world);
    all_right(&rig.ask(&images), &images);
    assert_eq!(rig.log.requests().len(), N + 3 * N);
}

/// What the first one wants is taken along by all.
fn private_first() {
    let mut rig = rig(|request, world| tokens_for_private(request, world, for_password));
    rig.credentials(&right(&rig.world));
    rig.options.concurrency = 1;
    let mut images = images(&rig.world);
    images.reverse();
    all_right(&rig.ask(&images), &images);
    assert_eq!(rig.log.requests().len(), 1 + 2 * 2 * N);
}

/// Who gets no token is let in without one, where that is the registry's will.
fn private_first_anonymous() {
    let rig = rig(|request, world| tokens_for_private(request, world, for_password));
    for rig in [
        one_at_a_time(rig),
        crate::counts::rig(|request, world| tokens_for_private(request, world, for_password)),
    ] {
        let mut images = images(&rig.world);
        images.reverse();
        let outcome = rig.ask(&images);
        outcome.check();
        for (manifest, answer) in &outcome.answers {
            let public = manifest.repository.path.starts_with("public");
            assert_eq!(answer.is_ok(), public, "{manifest}: {answer:?}");
        }
    }
}

/// The password is not asked for everywhere, and is good everywhere.
fn basic_for_some() {
    let mut rig = rig(|request, _| match request.authorization() {
        Some(value) if value == basic(PASSWORD) => Reply::manifest(),
        None if request.path.contains("/public/") => Reply::manifest(),
        _ => Reply::unauthorized(&[BASIC]),
    });
    rig.credentials(&right(&rig.world));
    let images = images(&rig.world);
    all_right(&rig.ask(&images), &images);
    assert!(rig.log.requests().len() <= 3 * N, "{} requests", rig.log.requests().len());
}

/// Every repository has a token server of its own, and tokens of others are no good.
fn own_realms() {
    let mut rig = rig(|request, world| {
        let path = request.path.trim_start_matches("/v2/").trim_start_matches("/token/");
        let repository = path.split(['?', '/']).take(2).collect::<Vec<_>>().join("-");
        let token = format!("{TOKEN}.{repository}");
        match request.authorization() {
            Some(value) if request.path.starts_with("/token/") && value == basic(PASSWORD) => {
                Reply::json(200, &serde_json::json!({ "token": token }).to_string())
            }
            Some(value) if value == format!("Bearer {token}") => Reply::manifest(),
            _ => {
                let realm = format!("http://{}/token/{}", world.here, repository.replace('-', "/"));
                Reply::unauthorized(&[&format!(r#"Bearer realm="{realm}",service="s""#)])
            }
        }
    });
    rig.credentials(&right(&rig.world));
    let path = |n: usize| format!("team/app{n}");
    let images: Vec<_> = (0..N).map(|n| manifest(&rig.world.here, &path(n), "v1")).collect();
    all_right(&rig.ask(&images), &images);
    // A token that is no good, a refusal, a token, an answer.
    assert!(rig.log.requests().len() <= 4 * N, "{} requests", rig.log.requests().len());
}

/// As GHCR does it: 403 of the token server says that there is no such package, and that the login is
/// no good, in the same words.
fn like_ghcr(request: &Request, world: &World) -> Reply {
    tokens_for_private(request, world, |request| {
        let good = request.authorization() == Some(basic(PASSWORD).as_str());
        let gone = request.parameter("scope").is_some_and(|scope| scope.contains("gone"));
        match good && !gone {
            true => crate::login::token(),
            false => Reply::error(403, "DENIED", "requested access to the resource is denied"),
        }
    })
}

/// A package that is not there says nothing about the login of the others.
fn denied_for_one() {
    let mut rig = rig(like_ghcr);
    rig.credentials(&right(&rig.world));
    for concurrency in [1, 64] {
        rig.options.concurrency = concurrency;
        let mut all = images(&rig.world);
        all.insert(0, manifest(&rig.world.here, "private/gone", "v1"));
        let outcome = rig.ask(&all);
        outcome.check();
        let failed: Vec<_> = outcome.answers.iter().filter(|(_, answer)| answer.is_err()).collect();
        let [(image, Err(failure))] = failed.as_slice() else { panic!("{failed:?}") };
        assert_eq!(image.repository.path, "private/gone");
        assert!(failure.message.contains("denies it (403)"), "{failure:?}");
    }
}

/// A wrong password is tried three times there and not fifty times.
fn denied_for_all() {
    let mut rig = rig(like_ghcr);
    rig.credentials(&wrong(&rig.world));
    let path = |n: usize| format!("private/app-{n}");
    let all: Vec<_> = (0..50).map(|n| manifest(&rig.world.here, &path(n), "v1")).collect();
    let outcome = rig.ask(&all);
    outcome.check();
    assert!(outcome.answers.iter().all(|(_, answer)| answer.is_err()));
    let logins = rig.log.requests();
    let logins = logins.iter().filter(|request| request.path.starts_with("/token")).count();
    assert_eq!(logins, 3);
}
