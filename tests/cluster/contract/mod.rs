//! What holds on every API server: the one in memory has to behave as a real one does.

pub(crate) mod discovery;
mod expiry;
mod lists;
mod reading;
mod rights;
mod watches;
mod writing;

use crate::Contract;

/// The tests that want a server for themselves.
pub(crate) const ALONE: &str = "expiry";

pub(crate) const ROOMS: &[(&str, &[Contract])] = &[
    ("adapter", crate::adapter::TESTS),
    ("discovery", discovery::TESTS),
    (ALONE, expiry::TESTS),
    ("lists", lists::TESTS),
    ("reading", reading::TESTS),
    ("rights", rights::TESTS),
    ("watches", watches::TESTS),
    ("writing", writing::TESTS),
];

/// What a server says that refuses: code, reason and message.
fn refusal<T: std::fmt::Debug>(result: Result<T, kube::Error>) -> (u16, String, String) {
    match result {
        Err(kube::Error::Api(status)) => (status.code, status.reason, status.message),
        other => panic!("no refusal: {other:?}"),
    }
}
