//! What people install: the archive, krew's manifest, Homebrew's formula, and the pipelines' files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod addresses;
mod archive;
mod dist;
mod github;
mod gitlab;
mod krew;
mod server;
mod tasks;
