//! The same faults through the binary: nothing is written, nothing leaks, and memory stays small.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::login::{BASIC, right, token, wants_token};
use crate::reply::{Act, DIGEST, INDEX, Reply, sha256};
use crate::rig::{PASSWORD, Rig, Serve, WRONG, World, basic, no_secret, password};
use crate::row::Row;
use crate::server::Request;
use crate::support::{BINARY, Run, Sandbox, files, skipped};

/// The tests, by name.
pub(crate) const TESTS: &[(&str, fn())] = &[
    ("promote", promote),
    ("all-or-nothing", all_or_nothing),
    ("keep-going", keep_going),
    ("tags-gone", tags_gone),
    ("two-rounds", two_rounds),
    ("many-large", many_large),
    ("wrong-password", wrong_password),
    ("dead-proxy", dead_proxy),
    ("proxy", proxy),
    ("proxy-denies", proxy_denies),
    ("proxy-gone", proxy_gone),
    ("public-registry-private-realm", public_registry_private_realm),
];

const MOST_KILOBYTES: usize = 50_000;

/// What a run came to, with the most memory that it had where that can be known.
struct Ran {
    run: Run,
    kilobytes: Option<usize>,
}

/// The binary with these arguments, with nothing of the environment.
fn binary(sandbox: &Sandbox, args: &[&str]) -> Command {
    let mut command = sandbox.command(BINARY);
    command.env_clear().env("HOME", sandbox.path()).args(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn watched(mut command: Command) -> Ran {
    let mut child = command.spawn().unwrap();
    let mut kilobytes = None;
    while child.try_wait().unwrap().is_none() {
        kilobytes = peak(&child).or(kilobytes);
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap_or(-1);
    let run = Run { code, stdout: text(output.stdout), stderr: text(output.stderr) };
    Ran { run, kilobytes }
}

/// The most memory that the process had (`VmHWM`), on Linux.
fn peak(child: &Child) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The flags that say what `rig`'s options say.
fn flags(rig: &Rig) -> Vec<String> {
    let options = &rig.options;
    let mut flags = vec!["--registry-timeout".to_owned()];
    flags.push(format!("{}ms", options.timeout.as_millis()));
    for (flag, values) in [
        ("--authfile", options.authfiles.iter().map(ToString::to_string).collect()),
        ("--ca-file", options.ca_files.iter().map(ToString::to_string).collect()),
        ("--plain-http", options.plain_http.clone()),
    ] {
        flags.extend(values.into_iter().flat_map(|value: String| [flag.to_owned(), value]));
    }
    flags.extend(options.verify.then(|| "--verify".to_owned()));
    if let Some(platform) = &options.platform {
        let variant = platform.variant.iter().map(|variant| format!("/{variant}"));
        let rest: String = variant.collect();
        flags.push("--platform".to_owned());
        flags.push(format!("{}/{}{rest}", platform.os, platform.architecture));
    }
    flags
}

fn run(sandbox: &Sandbox, rig: &Rig, args: &[&str]) -> Ran {
    let flags = flags(rig);
    let args = [args, &flags.iter().map(String::as_str).collect::<Vec<_>>()].concat();
    checked(watched(binary(sandbox, &args)))
}

/// Nothing that must not be seen, and not too much memory.
#[track_caller]
fn checked(ran: Ran) -> Ran {
    let Run { stdout, stderr, .. } = &ran.run;
    no_secret(stdout);
    no_secret(stderr);
    let odd = |c: char| c.is_control() && c != '\n';
    assert!(!stdout.contains(odd) && !stderr.contains(odd), "{stdout:?} {stderr:?}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    match ran.kilobytes {
        Some(peak) => assert!(peak < MOST_KILOBYTES, "{peak} kB"),
        None if cfg!(target_os = "linux") => {}
        None => skipped("how much memory it takes"),
    }
    ran
}

/// An overlay with these images, each by its tag.
fn overlay(images: &[(&str, &str)]) -> String {
    let entry = |(name, tag): &(&str, &str)| format!("- name: {name}\n  newTag: {tag} # tag\n");
    format!("images:\n{}", images.iter().map(entry).collect::<String>())
}

fn times(sandbox: &Sandbox) -> Vec<SystemTime> {
    let paths = files(sandbox.path()).into_keys();
    paths.map(|path| sandbox.join(path).metadata().unwrap().modified().unwrap()).collect()
}

/// The run fails, and everything is as it was, to the time of the last change.
#[track_caller]
fn nothing_written(sandbox: &Sandbox, rig: &Rig, args: &[&str]) -> Ran {
    let (before, then) = (files(sandbox.path()), times(sandbox));
    let ran = run(sandbox, rig, args);
    assert_eq!(ran.run.code, 1, "{:?}", ran.run);
    assert!(files(sandbox.path()) == before && times(sandbox) == then, "{:?}", ran.run);
    ran
}

/// A row, asked by `pin`.
pub(crate) fn pin(row: &Row) {
    let rig = row.rig();
    let manifest = row.manifest(&rig);
    let sandbox = Sandbox::new();
    let name = manifest.repository.to_string();
    sandbox.write("prod/kustomization.yaml", overlay(&[(&name, &manifest.version)]));
    let (before, then) = (files(sandbox.path()), times(&sandbox));
    let ran = run(&sandbox, &rig, &["pin", "prod", "-v"]);
    let story = format!("{:?}", ran.run);
    if ran.run.code == 0 {
        let after = sandbox.read("prod/kustomization.yaml");
        let digest = after.lines().find_map(|line| line.trim().strip_prefix("digest: "));
        row.comes_to(digest, &story);
        return;
    }
    row.comes_to(None, &story);
    assert_eq!(ran.run.code, 1, "{story}");
    assert!(files(sandbox.path()) == before && times(&sandbox) == then, "{story}");
    let errors = ran.run.stderr.lines().filter(|line| line.starts_with("error: "));
    let named = errors.filter(|line| line.contains(&name)).count();
    assert_eq!(named, 1, "{story}");
}

/// An overlay of two images, whose second has a registry with a fault.
fn half(sandbox: &Sandbox, rig: &Rig) {
    let [good, bad] = ["good", "bad"].map(|path| format!("{}/acme/{path}", rig.world.here));
    sandbox.write("dev/kustomization.yaml", overlay(&[(&good, "v2"), (&bad, "v2")]));
    for name in ["tst", "prod"] {
        let path = format!("{name}/kustomization.yaml");
        sandbox.write(&path, overlay(&[(&good, "v1"), (&bad, "v1")]));
    }
}

fn half_serve() -> Rig {
    rig(|request, _| match request.path.contains("/bad/") {
        true => Reply::manifest().header(DIGEST, r#"sha256:abc" evil: true #"#),
        false => Reply::manifest(),
    })
}

fn rig(serve: impl Fn(&Request, &World) -> Reply + Send + Sync + 'static) -> Rig {
    let other: Serve = Arc::new(|_, _| token());
    Rig::new(None, Arc::new(serve), other)
}

fn promote() {
    let (sandbox, rig) = (Sandbox::new(), rig(|_, _| Reply::manifest()));
    half(&sandbox, &rig);
    let ran = run(&sandbox, &rig, &["dev", "tst", "prod", "--pin", "images"]);
    assert_eq!(ran.run.code, 0, "{:?}", ran.run);
    for name in ["tst", "prod"] {
        let text = sandbox.read(&format!("{name}/kustomization.yaml"));
        assert_eq!(text.matches(&format!("digest: {}", sha256(INDEX))).count(), 2, "{text}");
        assert_eq!(text.matches("newTag: v2 # tag").count(), 2, "{text}");
    }
    assert_eq!(rig.log.requests().len(), 2);
    let then = times(&sandbox);
    run(&sandbox, &rig, &["dev", "tst", "prod", "--pin", "images"]);
    assert_eq!(times(&sandbox), then, "the second run wrote");
}

fn all_or_nothing() {
    let (sandbox, rig) = (Sandbox::new(), half_serve());
    half(&sandbox, &rig);
    nothing_written(&sandbox, &rig, &["dev", "tst", "prod", "--pin", "images"]);
    nothing_written(&sandbox, &rig, &["pin", "dev", "tst"]);
}

fn keep_going() {
    let (sandbox, rig) = (Sandbox::new(), rig(|_, _| Reply::error(404, "MANIFEST_UNKNOWN", "no")));
    half(&sandbox, &rig);
    let ran = nothing_written(&sandbox, &rig, &["dev", "tst", "--pin", "images", "--keep-going"]);
    for path in ["good", "bad"] {
        assert!(ran.run.stderr.contains(&format!("/acme/{path}:v2")), "{}", ran.run.stderr);
    }
}

/// Nothing depends on tags behind which there are digests: one that is gone does not end the round
/// of questions again and again.
fn tags_gone() {
    const IMAGES: usize = 40;
    let (sandbox, rig) = (
        Sandbox::new(),
        rig(|request, _| match request.path.ends_with("/v2") {
            true => Reply::error(404, "MANIFEST_UNKNOWN", "gone"),
            false => Reply::manifest(),
        }),
    );
    let entries = |version: &str| {
        let entry = |n| format!("- name: {}/acme/app-{n}\n{version}", rig.world.here);
        format!("images:\n{}", (0..IMAGES).map(entry).collect::<String>())
    };
    let pinned = entries(&format!("  newTag: v2\n  digest: {}\n", sha256(INDEX)));
    sandbox.write("dev/kustomization.yaml", &pinned);
    sandbox.write("tst/kustomization.yaml", entries("  newTag: v1\n"));
    let ran = run(&sandbox, &rig, &["dev", "tst", "--pin", "images"]);
    assert_eq!(ran.run.code, 0, "{:?}", ran.run);
    assert_eq!(ran.run.stderr.matches("`v2` is gone").count(), IMAGES, "{:?}", ran.run);
    assert_eq!(sandbox.read("tst/kustomization.yaml"), pinned);
    // Twice for the tag and once for the digest, and what was under way when the first one failed.
    let requests = rig.log.requests().len();
    assert!(requests <= 5 * IMAGES, "{requests} requests");
}

/// What was learnt in one round of questions counts in the next: which login is none, and tokens.
fn two_rounds() {
    let (sandbox, mut rig) = (Sandbox::new(), rig(|_, _| Reply::unauthorized(&[BASIC])));
    let entries = |rig: &Rig, version: &str| {
        let entry = |n| format!("- name: {}/acme/app-{n}\n{version}", rig.world.here);
        format!("images:\n{}", (0..10).map(entry).collect::<String>())
    };
    let pinned = format!("  newTag: v2\n  digest: {}\n", sha256(INDEX));
    let write = |rig: &Rig| {
        sandbox.write("dev/kustomization.yaml", entries(rig, &pinned));
        sandbox.write("tst/kustomization.yaml", entries(rig, "  newTag: v1\n"));
    };
    rig.credentials(&password(&rig.world.here, WRONG));
    write(&rig);
    let args = ["dev", "tst", "--pin", "images", "--keep-going"];
    nothing_written(&sandbox, &rig, &args);
    let requests = rig.log.requests();
    assert_eq!(requests.iter().filter(|request| request.authorization().is_some()).count(), 1);

    let tokens = self::rig(|request, world| match request.authorization() {
        Some(_) if request.path.ends_with("/v2") => Reply::error(404, "MANIFEST_UNKNOWN", "no"),
        _ => wants_token(request, world, token),
    });
    write(&tokens);
    let ran = run(&sandbox, &tokens, &args);
    assert_eq!(ran.run.code, 0, "{:?}", ran.run);
    assert_eq!(sandbox.read("tst/kustomization.yaml"), entries(&tokens, &pinned));
    let requests = tokens.log.requests();
    assert_eq!(requests.iter().filter(|one| one.path.starts_with("/token")).count(), 10);
}

/// As much as may come, for as many images as are asked at a time.
fn many_large() {
    let (sandbox, rig) = (
        Sandbox::new(),
        rig(|request, _| {
            let text = format!("{INDEX}{}", " ".repeat(4_000_000));
            let reply = Reply::manifest().without(DIGEST).body(&text);
            if request.is_head() { Reply::manifest().without(DIGEST) } else { reply }
        }),
    );
    let names: Vec<_> = (0..64).map(|n| format!("{}/acme/app-{n}", rig.world.here)).collect();
    let images: Vec<_> = names.iter().map(|name| (name.as_str(), "v1")).collect();
    sandbox.write("prod/kustomization.yaml", overlay(&images));
    let ran = run(&sandbox, &rig, &["pin", "prod"]);
    assert_eq!(ran.run.code, 0, "{:?}", ran.run);
}

/// One login for 50 images, and it is said where it comes from.
fn wrong_password() {
    let (sandbox, mut rig) = (Sandbox::new(), rig(|_, _| Reply::unauthorized(&[BASIC])));
    rig.credentials(&password(&rig.world.here, WRONG));
    let names: Vec<_> = (0..50).map(|n| format!("{}/acme/app-{n}", rig.world.here)).collect();
    let images: Vec<_> = names.iter().map(|name| (name.as_str(), "v1")).collect();
    sandbox.write("prod/kustomization.yaml", overlay(&images));
    let ran = nothing_written(&sandbox, &rig, &["pin", "prod", "--keep-going", "-v"]);
    for words in ["credentials.json", "log in again with `docker login"] {
        assert!(ran.run.stderr.contains(words), "{}", ran.run.stderr);
    }
    let requests = rig.log.requests();
    assert_eq!(requests.iter().filter(|request| request.authorization().is_some()).count(), 1);
}

/// A run with proxies: `HTTP_PROXY` is the registry's server, with a password of its own.
fn through_proxy(rig: &Rig, proxy: &str, registry: &str) -> Ran {
    let sandbox = Sandbox::new();
    let image = format!("{registry}/acme/web");
    sandbox.write("prod/kustomization.yaml", overlay(&[(&image, "v1")]));
    let flags = flags(rig);
    let mut args = vec!["pin", "prod", "-v", "--plain-http", registry];
    args.extend(flags.iter().map(String::as_str));
    let mut command = binary(&sandbox, &args);
    let proxy = format!("http://proxy-user:{WRONG}@{proxy}");
    command.env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy);
    checked(watched(command))
}

/// This machine is never reached through a proxy.
fn dead_proxy() {
    let rig = rig(|_, _| Reply::manifest());
    let here = rig.world.here.clone();
    let ran = through_proxy(&rig, "127.0.0.1:1", &here);
    assert_eq!(ran.run.code, 0, "{:?}", ran.run);
}

const PUBLIC: &str = "registry.example.com";

/// A proxy that knows one registry, whatever way it is asked.
fn as_proxy(request: &Request, registry: impl Fn() -> Reply) -> Reply {
    match request.method.as_str() {
        "CONNECT" => Reply::raw(vec![Act::Say(b"HTTP/1.1 200 OK\r\n\r\n".into())]),
        _ => registry(),
    }
}

fn proxy() {
    let mut rig = rig(|request, _| {
        as_proxy(request, || match request.authorization() {
            Some(value) if value == basic(PASSWORD) => Reply::manifest(),
            _ => Reply::unauthorized(&[BASIC]),
        })
    });
    rig.credentials(&password(PUBLIC, PASSWORD));
    let proxy = rig.world.here.clone();
    let ran = through_proxy(&rig, &proxy, PUBLIC);
    assert_eq!(ran.run.code, 0, "{:?}", ran.run);
    let requests = rig.log.requests();
    let logins = requests.iter().filter(|request| request.header("proxy-authorization").is_some());
    assert!(logins.count() > 0, "{requests:?}");
    rig.credentials(&right(&rig.world));
    let ran = through_proxy(&rig, &proxy, PUBLIC);
    assert_eq!(ran.run.code, 1, "{:?}", ran.run);
}

/// It is said that it is the proxy that does not let anybody through.
fn proxy_denies() {
    let rig = rig(|_, _| Reply::html(407, "<html>who are you").header("proxy-authenticate", BASIC));
    let proxy = rig.world.here.clone();
    let ran = through_proxy(&rig, &proxy, PUBLIC);
    assert_eq!(ran.run.code, 1, "{:?}", ran.run);
    assert!(ran.run.stderr.to_lowercase().contains("proxy"), "{}", ran.run.stderr);
}

fn proxy_gone() {
    let rig = rig(|_, _| Reply::manifest());
    let ran = through_proxy(&rig, "127.0.0.1:1", PUBLIC);
    assert_eq!(ran.run.code, 1, "{:?}", ran.run);
    assert!(ran.run.stderr.to_lowercase().contains("proxy"), "{}", ran.run.stderr);
}

/// A registry out there names a token server in here.
fn public_registry_private_realm() {
    let mut rig = rig(|request, world| {
        as_proxy(request, || match request.authorization() {
            Some(_) => Reply::manifest(),
            None => {
                Reply::unauthorized(&[&world.bearer_at(&format!("http://{}/token", world.other))])
            }
        })
    });
    rig.credentials(&password(PUBLIC, PASSWORD));
    let proxy = rig.world.here.clone();
    through_proxy(&rig, &proxy, PUBLIC);
    for request in rig.other.requests() {
        assert_eq!(request.authorization(), None, "credentials went to {}", rig.world.other);
    }
}
