//! The function on 20 MB of rendered objects, beside a program that only parses and prints them; and
//! what one exec function costs a `kustomize build` of 100 Deployments, beside `cat` as the function.
//!
//! The pass-through is this bench itself: yaml_serde reads the list and writes it again.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it prints, or it has failed")]

mod support;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::Command;

use support::{BINARY, Sandbox, Times};

/// The argument by which the bench is the pass-through.
const PASS: &str = "--pass-through";

fn main() {
    if std::env::args().any(|arg| arg == PASS) {
        return pass_through();
    }
    let (objects, rounds) = if support::is_bench() { (17_000, 7) } else { (20, 1) };
    let sandbox = Sandbox::new();
    sandbox.write("prod/kustomization.yaml", "images:\n- name: acme/web\n  newTag: v1\n");
    for (name, image) in [("changes everywhere", "acme/web"), ("changes nothing", "acme/other")] {
        sandbox.write("source/kustomization.yaml", &source(image));
        sandbox.write("prod/list.yaml", &list(objects));
        lists(&sandbox, name, rounds);
    }
    if support::is_bench() {
        builds(&sandbox, 21);
    }
}

/// Reads YAML and writes it again.
fn pass_through() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let value: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    std::io::stdout().write_all(serde_yaml::to_string(&value).unwrap().as_bytes()).unwrap();
}

fn source(image: &str) -> String {
    format!("images:\n- name: {image}\n  newTag: v2\n")
}

/// A list as kustomize gives it to a function.
fn list(objects: usize) -> String {
    let mut out = String::from("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n");
    for number in 0..objects {
        out.push_str(&object(number));
    }
    out.push_str(
        "functionConfig:\n  apiVersion: kubectl-promote.dev/v1alpha1\n  kind: Promotion\n  \
         metadata: {name: bench}\n  spec: {from: ../source, add: true}\n",
    );
    out
}

fn object(number: usize) -> String {
    let id = format!(
        "      kustomize.config.k8s.io/id: |\n        group: apps\n        kind: Deployment\n        \
         name: web-{number}\n        version: v1\n"
    );
    let environment: String = (0..12)
        .map(|key| format!("          - name: KEY_{key}\n            value: \"{key}{number}\"\n"))
        .collect();
    let containers: String = ["web", "sidecar", "init"]
        .iter()
        .map(|name| format!("        - image: docker.io/acme/{name}:v1\n          name: {name}\n"))
        .collect();
    let containers = containers.replace("docker.io/acme/web", "acme/web");
    format!(
        "- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    annotations:\n{id}    name: web-{number}\n  \
         spec:\n    template:\n      spec:\n        containers:\n{containers}{environment_head}{environment}",
        environment_head = "        - name: more\n          env:\n"
    )
}

/// The function and the pass-through on the same list, in turns.
fn lists(sandbox: &Sandbox, name: &str, rounds: usize) {
    let bench = std::env::current_exe().unwrap();
    let list = sandbox.join("prod/list.yaml");
    let ours = || {
        let mut command = sandbox.command(&*BINARY, "prod");
        command.arg("fn").stdin(File::open(&list).unwrap());
        command
    };
    let pass = || {
        let mut command = sandbox.command(&bench, "prod");
        command.arg(PASS).stdin(File::open(&list).unwrap());
        command
    };
    let (mut own, mut other) = (Times::default(), Times::default());
    for _ in 0..rounds {
        own.push(support::time(&mut ours()));
        other.push(support::time(&mut pass()));
    }
    let size = std::fs::metadata(&list).unwrap().len() / 1_000_000;
    support::print_head(&format!("{size} MB of objects, {name}, {rounds} runs each"));
    own.print("kubectl-promote fn");
    other.print("parse and print");
    println!("    ours to the pass-through, run by run: {:.2}", own.ratio(&other));
}

/// A build with our function, with `cat`, and with none.
fn builds(sandbox: &Sandbox, rounds: usize) {
    if Command::new("kustomize").arg("version").output().is_err() {
        println!("NOT MEASURED: kustomize is not here");
        return;
    }
    let deployments: String = (0..100).map(|number| {
        format!("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web-{number}}}\nspec: {{template: {{spec: {{containers: [{{name: web, image: \"acme/web:v1\"}}]}}}}}}\n")
    }).collect();
    sandbox.write("source/kustomization.yaml", &source("acme/web"));
    let mut all = Vec::new();
    for (name, path) in
        [("no function", None), ("cat", Some("cat")), ("ours", Some(BINARY.as_str()))]
    {
        let dir = name.replace(' ', "-");
        let transformers = if path.is_some() { "transformers: [promote.yaml]\n" } else { "" };
        sandbox.write(
            format!("{dir}/kustomization.yaml"),
            &format!(
                "resources: [all.yaml]\nimages:\n- name: acme/web\n  newTag: v1\n{transformers}"
            ),
        );
        sandbox.write(format!("{dir}/all.yaml"), &deployments);
        sandbox.write(
            format!("{dir}/promote.yaml"),
            &format!(
                "apiVersion: kubectl-promote.dev/v1alpha1\nkind: Promotion\nmetadata:\n  name: bench\n  \
                 annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: {}\n\
                 spec: {{from: ../source}}\n",
                path.unwrap_or("none")
            ),
        );
        all.push((name, dir, Times::default()));
    }
    for _ in 0..rounds {
        for (_, dir, times) in &mut all {
            let mut command = sandbox.command("kustomize", dir);
            command.args(["build", "--enable-alpha-plugins", "--enable-exec", "."]);
            times.push(support::time(&mut command));
        }
    }
    support::print_head(&format!("kustomize build of 100 Deployments, {rounds} runs each"));
    for (name, _, times) in &all {
        times.print(name);
    }
}
