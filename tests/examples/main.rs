//! The examples of `krm/examples`, each run by the tool that it is for, and what else `krm/README.md`
//! says about tools.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/standin.rs"]
mod standin;

mod argocd;
mod bench;
mod containers;
mod image;
mod kpt;
mod kubectl;
mod kustomize;
mod pins;

mod tripwires;
