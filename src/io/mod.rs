//! The outside world: files, Git, registries, clusters. Adapters know core types only.

#[cfg(feature = "cluster")]
pub mod cluster;
pub mod commits;
pub mod fs;
pub mod git;
mod interrupt;
pub mod near;
pub(crate) mod process;
#[cfg(any(feature = "cluster", feature = "registry"))]
pub(crate) mod proxy;
#[cfg(feature = "registry")]
pub mod registry;
pub mod render;
pub mod walk;
pub mod watch;
pub mod world;
pub mod write;
