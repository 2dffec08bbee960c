//! One overlay pair as a cold process, side by side with `kustomize edit set image`.
//!
//! Both programs give three images of the same hand-written file a new tag and write it; ours does
//! one remote ref as well. They take turns, each run on a fresh copy of the file. `KUSTOMIZE` names
//! the program to compare with, otherwise it is the one on the `PATH`; without any, ours is measured
//! alone.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it prints, or it has failed")]

mod support;

use std::process::{Command, Stdio};

use support::{BINARY, Sandbox, Times};

const SOURCE: &str = "\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: shop-dev
resources:
- ../../base
- https://github.com/acme/shop-database//deploy/postgres?ref=v0.9.2
images:
- name: ghcr.io/acme/shop-web
  newTag: 1.5.0
- name: ghcr.io/acme/shop-assets
  newTag: \"2024.10\"
- name: ghcr.io/acme/shop-search
  newTag: v3.2.0
";

const TARGET: &str = "\
# The shop in production. Ask the shop team before you change anything here.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization

namespace: shop

resources:
  - ../../base
  # The database comes from its own repository, pinned.
  - https://github.com/acme/shop-database//deploy/postgres?ref=v0.9.0&timeout=90   # slow network

images:
  # Production pulls from our own mirror.
  - name: ghcr.io/acme/shop-web        # the shop itself
    newName: registry.shop.example/acme/shop-web
    newTag: 1.4.0
  - name: ghcr.io/acme/shop-assets
    newName: registry.shop.example/acme/shop-assets
    newTag: \"2024.8\"                   # a calendar version: the quotes matter
  - name: ghcr.io/acme/shop-search
    newTag: 'v3.1.4'

replicas:
  - {name: web, count: 12}
  - {name: search, count: 3}

patches:
  - path: resources.yaml
  - target: {kind: Deployment, name: web}
    patch: |-
      - op: add
        path: /spec/template/metadata/annotations
        value:
          shop.example/tier: front
          shop.example/paged: \"yes\"

configMapGenerator:
  - name: web
    literals:
      - LOG_LEVEL=warn
";

const PATCH: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          resources: {requests: {cpu: 500m, memory: 512Mi}}
";

const FROM: &str = "overlays/dev";
const TO: &str = "overlays/prod";
const FILE: &str = "overlays/prod/kustomization.yaml";

const IMAGES: &[&str] = &[
    "ghcr.io/acme/shop-web=*:1.5.0",
    "ghcr.io/acme/shop-assets=*:2024.10",
    "ghcr.io/acme/shop-search=*:v3.2.0",
];

fn main() {
    let (warm, runs) = if support::is_bench() { (5, 60) } else { (0, 1) };
    let sandbox = shop();
    let kustomize = kustomize();
    let [mut ours, mut planned, mut theirs] = [(); 3].map(|()| Times::default());
    for run in 0..warm + runs {
        let times = [
            (&mut ours, Some(promote(&sandbox))),
            (&mut theirs, kustomize.as_deref().map(|program| set_image(&sandbox, program))),
            (&mut planned, Some(dry_run(&sandbox))),
        ];
        for (times, command) in times {
            let Some(mut command) = command else { continue };
            sandbox.write(FILE, TARGET);
            let time = support::time(&mut command);
            if run >= warm {
                times.push(time);
            }
        }
    }
    support::print_head(&format!("one pair, {runs} runs each"));
    ours.print("kubectl-promote FROM TO");
    planned.print("kubectl-promote FROM TO --dry-run");
    if kustomize.is_some() {
        theirs.print("kustomize edit set image (3 images)");
        println!("median of the ratios, run by run: {:.1}", theirs.ratio(&ours));
    }
    sandbox.write(FILE, TARGET);
    println!("peak memory: {}", support::memory(support::peak_memory(&promote(&sandbox))));
}

/// The overlays and their base, in a directory of their own.
fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("base/kustomization.yaml", "resources:\n- deployment.yaml\n");
    sandbox.write("overlays/dev/kustomization.yaml", SOURCE);
    sandbox.write("overlays/prod/resources.yaml", PATCH);
    // What is timed does what it should.
    sandbox.write(FILE, TARGET);
    support::time(&mut promote(&sandbox));
    let text = std::fs::read_to_string(sandbox.join(FILE)).unwrap();
    for new in ["newTag: 1.5.0\n", "newTag: \"2024.10\"  ", "newTag: 'v3.2.0'", "ref=v0.9.2&"] {
        assert!(text.contains(new), "{new} is not in\n{text}");
    }
    sandbox
}

fn promote(sandbox: &Sandbox) -> Command {
    let mut command = sandbox.command(&*BINARY, "");
    command.args([FROM, TO]);
    command
}

fn dry_run(sandbox: &Sandbox) -> Command {
    let mut command = promote(sandbox);
    command.arg("--dry-run");
    command
}

fn set_image(sandbox: &Sandbox, program: &str) -> Command {
    let mut command = sandbox.command(program, TO);
    command.args(["edit", "set", "image"]).args(IMAGES);
    command
}

/// The kustomize to compare with, and which one that is.
fn kustomize() -> Option<String> {
    let program = std::env::var("KUSTOMIZE").unwrap_or_else(|_| "kustomize".to_owned());
    let answer = Command::new(&program).arg("version").stdin(Stdio::null()).output();
    match answer.ok().filter(|answer| answer.status.success()) {
        Some(answer) => {
            println!("compared with kustomize {}", String::from_utf8_lossy(&answer.stdout).trim());
            Some(program)
        }
        None => {
            println!("NOT COMPARED: there is no kustomize on the PATH, and KUSTOMIZE names none");
            None
        }
    }
}
