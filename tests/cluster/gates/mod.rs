//! The gates as a user meets them: the real binary, real rendering, and an API server in whose
//! cluster a test puts states.

mod acting;
mod denied;
pub(crate) mod desk;
mod digests;
mod healthy;
mod large;
mod quiet;
mod ready;
mod revisions;
mod running;
mod secrets;
mod soak;
mod wait;

use crate::{Contract, Special};

/// What holds on every API server.
pub(crate) const ROOMS: &[(&str, &[Contract])] = &[
    ("gates/acting", acting::TESTS),
    ("gates/denied", denied::TESTS),
    ("gates/digests", digests::TESTS),
    ("gates/healthy", healthy::TESTS),
    ("gates/ready", ready::TESTS),
    ("gates/revisions", revisions::TESTS),
    ("gates/running", running::TESTS),
    ("gates/secrets", secrets::TESTS),
    ("gates/soak", soak::TESTS),
    ("gates/wait", wait::TESTS),
];

/// What only the server in memory can do.
pub(crate) const SPECIALS: &[(&str, &[Special])] = &[
    ("gates/acting", acting::SPECIALS),
    ("gates/denied", denied::SPECIALS),
    ("gates/large", large::SPECIALS),
    ("gates/quiet", quiet::SPECIALS),
    ("gates/secrets", secrets::SPECIALS),
    ("gates/soak", soak::SPECIALS),
    ("gates/wait", wait::SPECIALS),
];
