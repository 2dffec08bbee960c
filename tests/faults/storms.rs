//! Registries that have had enough: all images get their answers, later.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::counts::{all_right, images, rig};
use crate::reply::Reply;
use crate::server::Request;

/// The tests, by name.
pub(crate) const TESTS: &[(&str, fn())] = &[
    ("burst", burst),
    ("trickle", trickle),
    ("pause", pause),
    ("unavailable", unavailable),
    ("no-retry-after", no_retry_after),
];

/// Lets so many requests in at once, and as many again with each second.
struct Limiter {
    size: f64,
    each_second: f64,
    state: Mutex<(f64, Instant)>,
}

impl Limiter {
    fn new(size: usize, each_second: usize) -> Self {
        let (size, each_second) = (size as f64, each_second as f64);
        Self { size, each_second, state: Mutex::new((size, Instant::now())) }
    }

    fn admits(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        let now = Instant::now();
        let filled = state.0 + self.each_second * (now - state.1).as_secs_f64();
        *state = (filled.min(self.size), now);
        let admitted = state.0 >= 1.0;
        state.0 -= f64::from(admitted);
        admitted
    }

    fn reply(&self, busy: fn() -> Reply) -> Reply {
        if self.admits() { Reply::manifest() } else { busy() }
    }
}

fn too_many() -> Reply {
    Reply::error(429, "TOOMANYREQUESTS", "too many requests").header("retry-after", "1")
}

/// 100 images get through a limiter, in at most so many requests, none of which is a GET.
#[track_caller]
fn gets_through(limiter: Limiter, busy: fn() -> Reply, most: usize) {
    let mut rig = rig(move |_, _| limiter.reply(busy).after(Duration::from_millis(5)));
    rig.options.timeout = Duration::from_secs(30);
    let images = images(&rig.world, 100, 50);
    all_right(&rig.ask(&images), &images);
    let requests = rig.log.requests();
    assert!(requests.len() <= most, "{} requests", requests.len());
    assert!(requests.iter().all(Request::is_head));
}

fn burst() {
    gets_through(Limiter::new(50, 50), too_many, 200);
}

fn trickle() {
    gets_through(Limiter::new(20, 20), too_many, 400);
}

fn unavailable() {
    let busy = || Reply::new(503).header("retry-after", "1");
    gets_through(Limiter::new(60, 60), busy, 200);
}

fn no_retry_after() {
    let busy = || too_many().without("retry-after");
    gets_through(Limiter::new(50, 50), busy, 300);
}

/// While a registry pauses, nobody asks it.
fn pause() {
    let mut rig = rig(|_, world| match world.count("request") {
        10 => too_many(),
        _ => Reply::manifest().after(Duration::from_millis(20)),
    });
    rig.options.concurrency = 8;
    let images = images(&rig.world, 240, 30);
    all_right(&rig.ask(&images), &images);
    let requests = rig.log.requests();
    let refused = requests[10].at;
    let early = requests.iter().filter(|request| {
        let since = request.at.saturating_duration_since(refused);
        (Duration::from_millis(200)..Duration::from_millis(900)).contains(&since)
    });
    assert_eq!(early.count(), 0, "requests in the pause");
    assert_eq!(requests.len(), 241);
}
