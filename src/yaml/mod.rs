//! YAML as people wrote it: nodes with byte spans, and changes that touch nothing else.
//!
//! [`Document`] is what a text says and where it says it. [`Rewrite`] is one change to it; [`crate::edit`]
//! turns rewrites into bytes and proves the result. Nothing here knows kustomize.

mod comment;
mod data;
mod flow;
mod item;
mod key;
mod layout;
mod node;
pub mod outline;
mod parse;
mod path;
mod quote;
mod render;
mod rewrite;
mod scalar;
mod set;

pub use comment::Behind;
pub use data::{Data, expected};
pub use node::{Body, Document, Entry, Node, NodeId, Root, Style};
pub use parse::ParseError;
pub use quote::{Quote, is_plain, quoted};
pub use render::New;
pub use rewrite::{CannotWrite, Rewrite, edits};
pub use scalar::{Type, resolve};
