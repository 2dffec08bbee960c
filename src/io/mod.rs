//! The outside world: files, Git, registries. Adapters know core types only.

pub mod commits;
pub mod fs;
pub mod git;
pub mod near;
#[cfg(feature = "registry")]
pub mod registry;
pub mod watch;
pub mod world;
pub mod write;
