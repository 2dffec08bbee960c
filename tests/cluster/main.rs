//! What runs, asked of an API server: of one in memory, and of a real one where there is one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(clippy::duplicate_mod, reason = "what others share with it brings along what it needs")]

mod adapter;
mod both;
#[path = "../support/certs.rs"]
mod certs;
mod contract;
mod crowd;
#[path = "../support/dice.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod dice;
mod faults;
mod gates;
mod objects;
mod opinion;
mod place;
mod real;
#[path = "../registry/rig/mod.rs"]
mod registry;
mod server;
#[path = "../support/standin.rs"]
mod standin;
mod states;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use libtest_mimic::{Arguments, Trial};

use place::Place;
use real::Real;
use server::Server;
use support::missing;

/// Tests that any place has to pass.
type Contract = (&'static str, fn(&dyn Place));
/// Tests of what only the server in memory can do.
type Special = (&'static str, fn());

fn main() {
    let args = Arguments::from_args();
    let assets = real::assets();
    if assets.is_none() && !args.list {
        missing(
            "tests on a real API server: KUBEBUILDER_ASSETS names no folder (tests/cluster/assets makes one)",
        );
    }
    let renders = args.list || renders();
    let (without, assets) = (
        assets.is_none(),
        Arc::new(Assets { folder: assets, real: OnceLock::new(), turns: RwLock::default() }),
    );
    let mut trials = Vec::new();
    for (room, tests) in contract::ROOMS.iter().chain(gates::ROOMS) {
        let blind = room.starts_with("gates/") && !renders;
        for (name, test) in *tests {
            let in_memory = trial("memory", room, name, || test(&Server::start()));
            trials.push(in_memory.with_ignored_flag(blind));
            let assets = Arc::clone(&assets);
            let alone = *room == contract::ALONE;
            let on_real = move || assets.with_real(alone, *test);
            trials.push(trial("real", room, name, on_real).with_ignored_flag(without || blind));
        }
    }
    for (name, test) in both::TESTS {
        let assets = Arc::clone(&assets);
        let on_both = move || assets.with_real(false, *test);
        trials.push(trial("both", "words", name, on_both).with_ignored_flag(without));
    }
    for (name, test) in faults::TESTS {
        trials.push(trial("memory", "faults", name, test));
    }
    for (name, test) in adapter::SPECIALS {
        trials.push(trial("memory", "adapter", name, test));
    }
    for (room, tests) in gates::SPECIALS {
        for (name, test) in *tests {
            trials.push(trial("memory", room, name, test).with_ignored_flag(!renders));
        }
    }
    for (name, test) in opinion::SPECIALS {
        trials.push(trial("memory", "opinion", name, test));
    }
    let conclusion = libtest_mimic::run(&args, trials);
    // Ends both programs: what is static is never dropped.
    drop(assets);
    conclusion.exit();
}

/// Whether there is who renders an overlay, which the gates begin with.
fn renders() -> bool {
    let answers = |tool: &str, args: &[&str]| {
        Command::new(tool).args(args).output().is_ok_and(|output| output.status.success())
    };
    let found = answers("kustomize", &["version"]) || answers("kubectl", &["version", "--client"]);
    if !found {
        missing("tests of what an overlay renders to: neither kustomize nor kubectl is here");
    }
    found
}

/// The real server, which the first test starts that wants it.
struct Assets {
    folder: Option<PathBuf>,
    real: OnceLock<Result<Real, String>>,
    /// Written to by tests that want it for themselves.
    turns: RwLock<()>,
}

impl Assets {
    fn with_real(&self, alone: bool, test: fn(&dyn Place)) {
        let Some(folder) = &self.folder else { return };
        let _alone = alone.then(|| self.turns.write().unwrap_or_else(PoisonError::into_inner));
        let _together = (!alone).then(|| self.turns.read().unwrap_or_else(PoisonError::into_inner));
        match self.real.get_or_init(|| Real::start(folder)) {
            Ok(real) => test(real),
            Err(why) => panic!("{why}"),
        }
    }
}

fn trial(place: &str, room: &str, name: &str, test: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(format!("{place}/{room}/{name}"), move || {
        test();
        Ok(())
    })
}
