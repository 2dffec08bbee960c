//! The plan over a whole repository: one source, and every other overlay as a target.
//!
//! The repositories are made here, the same ones every time: overlays of mixed handwriting, each with
//! a base beside it. Two sizes show whether the time grows with the number of files and no faster.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it prints, or it has failed")]

mod support;

use std::process::Command;

use support::{BINARY, Sandbox, Times};

/// What the source has; targets have some of it, at an older version or at the same.
const IMAGES: [(&str, &str, &str); 4] = [
    ("ghcr.io/acme/agent", "v2.11.4", "v2.12.0"),
    ("ghcr.io/acme/proxy", "1.27.3", "1.28.0"),
    ("ghcr.io/acme/migrate", "2024.8", "2024.10"),
    ("ghcr.io/acme/backup", "0c9b8a7d6e5f", "7f3c2d1e9b8a"),
];
const REF: (&str, &str, &str) =
    ("https://github.com/acme/platform//deploy/monitoring", "v1.4.1", "v1.5.0");

/// Whether the targets lag behind the source or have its versions already.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Behind,
    Current,
}

/// What every file may begin with.
const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - {name: web, image: ghcr.io/acme/web}
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

const INLINE_PATCH: &str = "  - target: {kind: Deployment, name: web}
    patch: |-
      - op: replace
        path: /spec/replicas
        value: 3
";

fn main() {
    let (sizes, runs) = if support::is_bench() { ([650, 6_500], 15) } else { ([13, 130], 1) };
    support::print_head(&format!("FROM TO… --dry-run -q, {runs} runs each"));
    for (state, word) in [(State::Behind, "behind"), (State::Current, "up to date")] {
        measure(sizes, runs, state, word);
    }
}

/// Makes a small and a large repository and plans them in turns.
fn measure(sizes: [usize; 2], runs: usize, state: State, word: &str) {
    let repositories = sizes.map(|size| Repository::new(size, state));
    let mut times = [Times::default(), Times::default()];
    for run in 0..=runs {
        for (repository, times) in repositories.iter().zip(&mut times) {
            let time = support::time(&mut repository.plan());
            // The first run fills the caches.
            if run > 0 {
                times.push(time);
            }
        }
    }
    for (repository, times) in repositories.iter().zip(&times) {
        let peak = support::memory(support::peak_memory(&repository.plan()));
        times.print(&format!("{} kustomizations, {word}", 2 * repository.size));
        println!("  peak memory: {peak}");
    }
    let [few, many] = sizes.map(|size| size as f64);
    let growth = times[1].ratio(&times[0]) * few / many;
    println!("  time an overlay, the many to the few: {growth:.2}");
}

/// As many overlays, each with a base beside it.
struct Repository {
    sandbox: Sandbox,
    size: usize,
}

impl Repository {
    fn new(size: usize, state: State) -> Self {
        let sandbox = Sandbox::new();
        for index in 0..size {
            application(&sandbox, index, state);
        }
        Self { sandbox, size }
    }

    /// Short paths: 6,500 of them have to fit into the arguments of one process.
    fn plan(&self) -> Command {
        let mut command = self.sandbox.command(&*BINARY, "");
        command.args((0..self.size).map(overlay)).args(["--dry-run", "-q"]);
        command
    }
}

fn overlay(index: usize) -> String {
    format!("apps/app-{index:05}/overlays/prod")
}

/// An overlay and its base. The first overlay is the source: it has everything, at new versions.
fn application(sandbox: &Sandbox, index: usize, state: State) {
    let dir = overlay(index);
    sandbox.write(format!("{dir}/kustomization.yaml"), &kustomization(index, state));
    if has_patch_file(index) {
        sandbox.write(format!("{dir}/resources.yaml"), PATCH);
    }
    let base = format!("apps/app-{index:05}/base");
    let more = if index.is_multiple_of(2) { "" } else { "commonAnnotations: {owner: shop}\n" };
    let text = format!("{HEAD}resources:\n- deployment.yaml\n{more}");
    sandbox.write(format!("{base}/kustomization.yaml"), &text);
    sandbox.write(format!("{base}/deployment.yaml"), DEPLOYMENT);
}

const fn has_patch_file(index: usize) -> bool {
    matches!(index % 4, 1 | 2)
}

/// Every overlay is written by another hand: the numbers share few factors, so habits mix.
fn kustomization(index: usize, state: State) -> String {
    let is_new = index == 0 || state == State::Current;
    let version = |old, new| if is_new { new } else { old };
    // List items stand below their key, or further right.
    let indent = if index.is_multiple_of(2) { "  " } else { "" };
    let mut out = String::new();
    if !index.is_multiple_of(5) {
        out.push_str(&format!("# Application {index} in production.\n{HEAD}\n"));
    }
    out.push_str(&format!("namespace: app-{index}\n\nresources:\n{indent}- ../../base\n"));
    if index.is_multiple_of(3) {
        let (url, old, new) = REF;
        out.push_str(&format!("{indent}# Pinned.\n{indent}- {url}?ref={}\n", version(old, new)));
    }
    let count = if index == 0 { IMAGES.len() } else { index % (IMAGES.len() + 1) };
    if count > 0 {
        out.push_str("\nimages:\n");
    }
    for (number, (name, old, new)) in IMAGES.iter().take(count).enumerate() {
        out.push_str(&image(index + number, indent, name, version(old, new)));
    }
    if index % 4 > 1 {
        out.push_str("\npatches:\n");
        out.push_str(INLINE_PATCH);
    }
    if has_patch_file(index) {
        let list = if index % 4 > 1 { "" } else { "\npatches:\n" };
        out.push_str(&format!("{list}  - path: resources.yaml  # more memory\n"));
    }
    out.push_str("\nconfigMapGenerator:\n- name: web\n  literals:\n  - LOG_LEVEL=warn\n");
    if index % 50 == 1 {
        // A version that is left behind: a warning.
        out.push_str(&format!("  - AGENT={}\n", version(IMAGES[0].1, IMAGES[0].2)));
    }
    out
}

/// One entry of `images`, in the handwriting number `hand`.
fn image(hand: usize, indent: &str, name: &str, tag: &str) -> String {
    let entry = match hand % 16 {
        // Another registry than the source's: a warning.
        15 => format!("- name: {name}\n  newName: registry.example/{name}\n  newTag: \"{tag}\"\n"),
        hand if hand % 3 == 0 => format!("- name: {name}\n  newTag: \"{tag}\"\n"),
        hand if hand % 3 == 1 => format!("- {{name: {name}, newTag: '{tag}'}}\n"),
        _ => format!("# Ask first.\n- newTag: \"{tag}\"   # keep\n  name: {name}\n"),
    };
    entry.lines().map(|line| format!("{indent}{line}\n")).collect()
}
