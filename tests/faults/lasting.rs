//! Many images, and connections that do not last or servers that hang: nobody waits for long.

use std::time::Duration;

use kubectl_promote::facts::Manifest;

use crate::counts::{N, REPOSITORIES, all_right, images, rig, serve};
use crate::login::{BASIC, right, wants_token};
use crate::reply::{Act, DIGEST, INDEX, Reply, sha256};
use crate::rig::{Rig, SLACK, World, manifest};
use crate::server::Request;

/// The tests, by name.
pub(crate) const TESTS: &[(&str, fn())] = &[
    ("foreign-answer", foreign_answer),
    ("closing", closing),
    ("closing-often", closing_often),
    ("resets", resets),
    ("all-refused", all_refused),
    ("all-hang", all_hang),
    ("token-hangs", token_hangs),
    ("tokens-hang", tokens_hang),
    ("login-hangs", login_hangs),
    ("stop-in-pause", stop_in_pause),
    ("stop-in-hang", stop_in_hang),
];

/// More comes than was asked for, which is no answer to the next question.
fn foreign_answer() {
    let mut rig = rig(|request, _| match request.path.ends_with("v0") {
        true => {
            let forged = Reply::manifest().header(DIGEST, &sha256("forged")).head();
            let forged = [Reply::manifest().head(), forged].concat();
            Reply::raw(vec![Act::Say(forged)])
        }
        false => Reply::manifest(),
    });
    rig.options.concurrency = 1;
    let images: Vec<_> =
        (0..4).map(|n| manifest(&rig.world.here, "acme/web", &format!("v{n}"))).collect();
    let outcome = rig.ask(&images);
    for (manifest, answer) in &outcome.answers {
        assert!(answer != &Ok(sha256("forged")), "{manifest} has the answer of another");
    }
}

/// Each connection is good for one request, and says so.
fn closing() {
    let mut rig = rig(|_, _| {
        let head = Reply::manifest().body(INDEX).header("connection", "close").head();
        Reply::raw(vec![Act::Say(head), Act::Body(INDEX.into()), Act::Close])
    });
    rig.options.concurrency = 8;
    let images = images(&rig.world, N, REPOSITORIES);
    all_right(&rig.ask(&images), &images);
    assert_eq!(rig.log.requests().len(), N);
}

/// Each connection is good for three requests, and says nothing.
fn closing_often() {
    let mut rig = rig(|request, world| match world.count(&request.connection.to_string()) {
        0..3 => Reply::manifest().after(Duration::from_millis(2)),
        _ => Reply::raw(vec![Act::Close]),
    });
    rig.options.concurrency = 8;
    let images = images(&rig.world, 2 * N, REPOSITORIES);
    let outcome = rig.ask(&images);
    all_right(&outcome, &images);
    assert!(outcome.took < Duration::from_secs(30), "{:?}", outcome.took);
}

/// The network fails now and then.
fn resets() {
    let rig = rig(|request, world| match request.before == 0 && world.count("first") % 3 == 0 {
        true => Reply::raw(vec![Act::Reset]),
        false => Reply::manifest(),
    });
    let images = images(&rig.world, 2 * N, REPOSITORIES);
    let outcome = rig.ask(&images);
    all_right(&outcome, &images);
    assert!(outcome.took < Duration::from_secs(6), "{:?}", outcome.took);
}

/// All images fail, and it takes little longer than one would.
#[track_caller]
fn all_fail_within(rig: &Rig, images: &[Manifest], seconds: f64) {
    let outcome = rig.ask(images);
    assert_eq!(outcome.answers.len(), images.len());
    assert!(outcome.answers.iter().all(|(_, answer)| answer.is_err()));
    outcome.check();
    let took = outcome.took.as_secs_f64();
    assert!(took < seconds + SLACK, "took {took:.2} s, not {seconds}");
}

fn all_refused() {
    let rig = rig(|_, _| Reply::manifest());
    let images: Vec<_> =
        (0..N).map(|n| manifest("127.0.0.1:1", "acme/web", &format!("v{n}"))).collect();
    all_fail_within(&rig, &images, 6.0);
}

const FOREVER: Duration = Duration::from_secs(60);

fn hanging(registry: impl Fn(&Request, &World) -> Reply + Send + Sync + 'static) -> Rig {
    let mut rig = rig(registry);
    rig.options.timeout = Duration::from_secs(2);
    rig.credentials(&right(&rig.world));
    rig
}

fn all_hang() {
    let rig = hanging(|_, _| Reply::new(500).after(FOREVER));
    all_fail_within(&rig, &images(&rig.world, N, REPOSITORIES), 5.0);
}

fn token_hangs() {
    let rig =
        hanging(|request, world| wants_token(request, world, || Reply::new(500).after(FOREVER)));
    all_fail_within(&rig, &images(&rig.world, N, 1), 5.0);
}

fn tokens_hang() {
    let rig =
        hanging(|request, world| wants_token(request, world, || Reply::new(500).after(FOREVER)));
    all_fail_within(&rig, &images(&rig.world, N, REPOSITORIES), 5.0);
}

fn login_hangs() {
    let rig = hanging(|request, _| match request.authorization() {
        None => Reply::unauthorized(&[BASIC]),
        Some(_) => Reply::new(500).after(FOREVER),
    });
    all_fail_within(&rig, &images(&rig.world, N, REPOSITORIES), 5.0);
}

/// One registry fails for good while another one keeps everybody waiting: it is over.
#[track_caller]
fn over_at_once(waits: fn() -> Reply) {
    let other =
        serve(|_, _| Reply::error(404, "MANIFEST_UNKNOWN", "no").after(Duration::from_millis(300)));
    let mut rig = Rig::new(None, serve(move |_, _| waits()), other);
    rig.options.keep_going = false;
    rig.options.timeout = FOREVER;
    rig.options.plain_http.push(rig.world.other.clone());
    let mut images = images(&rig.world, 8, 8);
    images.push(manifest(&rig.world.other, "acme/web", "v1"));
    let outcome = rig.ask(&images);
    assert!(outcome.answers.iter().any(|(_, answer)| answer.is_err()));
    assert!(outcome.took < Duration::from_secs(30), "{:?}", outcome.took);
    outcome.check();
}

fn stop_in_pause() {
    over_at_once(|| Reply::new(429).header("retry-after", "40"));
}

fn stop_in_hang() {
    over_at_once(|| Reply::new(500).after(FOREVER));
}
