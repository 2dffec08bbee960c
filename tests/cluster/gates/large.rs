//! 5,000 pods of 500 workloads: how often the server is asked. How long it takes is printed, and
//! measured by `cargo bench --bench cluster`.

use std::time::Instant;

use crate::Special;
use crate::crowd;
use crate::place::Place as _;
use crate::server::{ADMIN, Server};
use crate::support::{BINARY, Run, Sandbox};

pub(crate) const SPECIALS: &[Special] = &[("healthy", healthy), ("one_is_not", one_is_not)];

/// The most requests that one run may take.
const MOST: usize = 12;

fn world() -> (Server, Sandbox) {
    let (server, sandbox) = (Server::start(), Sandbox::new());
    crowd::fill(&server);
    sandbox.write("kubeconfig", server.kubeconfig(ADMIN, crowd::NAMESPACE));
    sandbox.write("base/objects.yaml", crowd::base());
    sandbox.write("base/kustomization.yaml", "resources:\n- objects.yaml\n");
    sandbox.write("source/kustomization.yaml", crowd::source());
    sandbox.write("target/kustomization.yaml", crowd::overlay("1.2.2"));
    (server, sandbox)
}

fn run(sandbox: &Sandbox, flags: &[&str]) -> Run {
    let mut command = sandbox.command(BINARY);
    command.args(["source", "target"]).args(flags);
    Run::of(command.env("KUBECONFIG", sandbox.join("kubeconfig")).env("HOME", sandbox.path()))
}

fn healthy() {
    let (server, sandbox) = world();
    let start = Instant::now();
    let run = run(&sandbox, &["--require-healthy", "--soak", "1m", "-q"]);
    // StatefulSets and DaemonSets do not say since when they are well, but their pods do.
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let requests = server.seen().len();
    assert!(requests <= MOST, "{requests}: {:#?}", server.seen());
    let together = server.seen().iter().map(|seen| seen.together).max();
    assert!(together <= Some(4), "{together:?}");
    assert!(server.seen().iter().all(|seen| seen.method == "GET"));
    assert_eq!(sandbox.read("target/kustomization.yaml"), crowd::source());
    note(&format!(
        "{} pods took {requests} requests and {:?}, rendering included",
        crowd::PODS,
        start.elapsed()
    ));
}

/// The one that is not well is found among all others.
fn one_is_not() {
    let (server, sandbox) = world();
    server.change(|store| {
        let kind = store.find("", "v1", "pods").unwrap();
        let key = (crowd::NAMESPACE.to_owned(), "app-321-7d4b9c-7".to_owned());
        let mut pod = (*store.get(kind, &key).unwrap()).clone();
        pod["spec"]["containers"][0]["image"] = "ghcr.io/acme/image-1:1.2.2".into();
        store.put(kind, &key, pod);
    });
    let run = run(&sandbox, &["--require-healthy"]);
    assert_eq!(run.code, 1, "{run:?}");
    let error = "error: `deployment.apps/app-321 in crowd` has pod `app-321-7d4b9c-7` at `ghcr.io/acme/image-1:1.2.2` in container `app`, not at `ghcr.io/acme/image-1:1.2.3`\n";
    assert!(run.stderr.starts_with(error), "{}", run.stderr);
    assert_eq!(run.stderr.matches("error").count(), 1, "{}", run.stderr);
    assert_eq!(sandbox.read("target/kustomization.yaml"), crowd::overlay("1.2.2"));
    assert!(server.seen().len() <= MOST);
}

/// Past the test harness, so that people see it.
fn note(text: &str) {
    use std::io::Write as _;
    std::io::stderr().lock().write_all(format!("{text}\n").as_bytes()).unwrap();
}
