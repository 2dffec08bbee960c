//! `--require-healthy` as a cold process: 500 workloads and 5,000 pods of an API server in memory, beside
//! what kustomize takes to render them.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "it prints, or it has failed")]

#[path = "../tests/cluster/crowd.rs"]
mod crowd;
#[path = "../tests/cluster/server/mod.rs"]
mod server;
mod support;

use std::process::Command;

use server::{ADMIN, Server};
use support::{BINARY, Sandbox, Times};

/// A namespace of the server, and overlays that render it.
struct World {
    server: Server,
    sandbox: Sandbox,
}

fn main() {
    let (warm, rounds) = if support::is_bench() { (2, 15) } else { (0, 1) };
    if Command::new("kustomize").arg("version").output().is_err() {
        println!("NOT MEASURED: kustomize is not here");
        return;
    }
    let world = World::start();
    let (mut ours, mut render, mut rest) = (Times::default(), Times::default(), Times::default());
    for round in 0..warm + rounds {
        world.sandbox.write("target/kustomization.yaml", &crowd::overlay("1.2.2"));
        world.server.forget_requests();
        let promotion = support::time(&mut world.promotion());
        let rendering = support::time(&mut world.rendering());
        if round >= warm {
            ours.push(promotion);
            render.push(rendering);
            rest.push(promotion.saturating_sub(rendering));
        }
    }
    let requests = world.server.seen().len();
    let (workloads, pods) = (crowd::WORKLOADS, crowd::PODS);
    support::print_head(&format!("{workloads} workloads, {pods} pods, {requests} requests"));
    ours.print("kubectl-promote FROM TO --require-healthy");
    render.print("kustomize build FROM");
    rest.print("the one without the other");
    world.sandbox.write("target/kustomization.yaml", &crowd::overlay("1.2.2"));
    println!("peak memory: {}", support::memory(support::peak_memory(&world.promotion())));
}

impl World {
    fn start() -> Self {
        let (server, sandbox) = (Server::start(), Sandbox::new());
        crowd::fill(&server);
        let config = serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": server.url()}}],
            "users": [{"name": "test", "user": {"token": ADMIN}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        });
        sandbox.write("kubeconfig", &config.to_string());
        sandbox.write("base/objects.yaml", &crowd::base());
        sandbox.write("base/kustomization.yaml", "resources:\n- objects.yaml\n");
        sandbox.write("source/kustomization.yaml", &crowd::source());
        Self { server, sandbox }
    }

    fn promotion(&self) -> Command {
        let mut command = self.sandbox.command(&*BINARY, "");
        command.args(["source", "target", "--require-healthy", "--kubeconfig", "kubeconfig"]);
        command
    }

    fn rendering(&self) -> Command {
        let mut command = self.sandbox.command("kustomize", "");
        command.args(["build", "source"]);
        command
    }
}
