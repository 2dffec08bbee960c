//! What tests and benches of real registries share: Debian's registry, a token server for it,
//! images, and where they are kept.
#![allow(dead_code, unreachable_pub, reason = "tests and benches use their own parts")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "it works or it fails")]

#[path = "../../support/certs.rs"]
pub mod certs;
pub mod distribution;
pub mod http;
pub mod image;
pub mod login;
pub mod store;
pub mod tokens;
