//! The outside world: files and Git. Adapters know core types only.

pub mod fs;
pub mod git;
pub mod near;
pub mod write;
#[cfg(feature = "registry")]
pub mod registry;
