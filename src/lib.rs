//! Moves versions from one kustomize overlay to another and leaves everything else alone.
//!
//! A functional core with thin faces: the core takes and returns plain data, `io` reads and writes
//! the world, `cli` and `krm` join them. Dependencies point one way; `tests/architecture.rs` checks it.

pub mod cli;
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod diagnostic;
pub mod edit;
pub mod facts;
pub mod image;
pub mod io;
pub mod kind;
pub mod krm;
pub mod objects;
pub mod overlay;
pub mod plan;
pub mod promotion;
pub mod release;
pub mod remote;
pub mod secret;
pub mod span;
pub mod tree;
mod typed;
pub mod version;
pub mod yaml;
