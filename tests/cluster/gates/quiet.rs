//! Without the flags that ask a cluster no socket is opened, though there is one to ask.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::desk::{Desk, FROM, TO};
use super::healthy::rolled_out;
use crate::Special;
use crate::server::Server;
use crate::support::{BINARY, Run, has};

pub(crate) const SPECIALS: &[Special] = &[("sockets", sockets), ("requests", requests)];

/// What asks nobody: a verb with its arguments, and how it ends.
const CALM: &[(&[&str], i32)] = &[
    (&[FROM, TO], 0),
    (&[FROM, TO, "--dry-run", "-o", "json"], 0),
    (&["diff", FROM, TO], 1),
    (&["export", FROM], 0),
    (&["check", TO, "--from", FROM], 1),
    (&["schema"], 0),
    (&["pin", FROM, "--offline"], 2),
    (&[FROM, TO, "--offline", "--require-healthy"], 2),
    (&[FROM, TO, "--context", "test"], 2),
    (&[FROM, TO, "-n", "test"], 2),
    (&[FROM, TO, "--wait", "1m"], 2),
    (&[FROM, TO, "--soak", "1h"], 2),
    (&[FROM, TO, "--pull-secrets"], 2),
    (&[FROM, TO, "--digest-from", "running"], 2),
    (&["running", "no/such/overlay"], 1),
    (&["running", "--help"], 0),
    (&["--version"], 0),
];

/// What does ask, so that the rest of the test means something.
const LOUD: &[&[&str]] = &[
    &[FROM, TO, "--require-healthy"],
    &[FROM, TO, "--require-ready", "deployment/web"],
    &["running", FROM],
];

fn desk(server: &Server) -> Desk<'_> {
    let desk = Desk::new(server);
    let state = rolled_out("ghcr.io/acme/web:1.2.3");
    desk.put_state(&state).base(std::slice::from_ref(&state.object));
    server.forget_requests();
    desk
}

/// The network's system calls of a run and of all that it starts.
fn calls(desk: &Desk<'_>, args: &[&str]) -> (Run, BTreeSet<String>) {
    let log = desk.sandbox.join("strace");
    let binary = desk.command(args);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "trace=%network", "-o"]).arg(&log).arg(BINARY).args(args);
    command.current_dir(desk.sandbox.path());
    for (name, value) in binary.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let run = Run::of(&mut command);
    let text = fs::read_to_string(&log).unwrap();
    let call = |line: &str| {
        let (_, call) = line.split_once(' ')?;
        let (name, _) = call.trim_start().split_once('(')?;
        Some(name.to_owned())
    };
    (run, text.lines().filter_map(call).collect())
}

fn sockets() {
    // Where a container forbids to trace, there is none either.
    if !has("strace", &["-qq", "-o", "/dev/null", "true"]) {
        return;
    }
    let server = Server::start();
    let desk = desk(&server);
    for (args, code) in CALM {
        desk.set_target_back();
        let (run, calls) = calls(&desk, args);
        assert_eq!((run.code, &calls), (*code, &BTreeSet::new()), "{args:?}: {run:?}");
    }
    assert!(server.seen().is_empty(), "{:?}", server.seen());
    for args in LOUD {
        desk.set_target_back();
        let (run, calls) = calls(&desk, args);
        assert!(
            run.code == 0 && calls.contains("socket") && calls.contains("connect"),
            "{args:?}: {run:?}"
        );
    }
}

/// The same where nobody can trace: the server sees nobody.
fn requests() {
    let server = Server::start();
    let desk = desk(&server);
    for (args, code) in CALM {
        desk.set_target_back();
        let run = Run::of(&mut desk.command(args));
        assert_eq!(run.code, *code, "{args:?}: {run:?}");
    }
    assert!(server.seen().is_empty(), "{:?}", server.seen());
    for args in LOUD {
        server.forget_requests();
        desk.set_target_back();
        let run = Run::of(&mut desk.command(args));
        assert_eq!(run.code, 0, "{run:?}");
        let seen = server.seen();
        assert!(!seen.is_empty() && seen.iter().all(|seen| seen.method == "GET"), "{seen:?}");
    }
}
