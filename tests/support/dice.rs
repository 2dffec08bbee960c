//! Choices by chance, the same ones for the same seed.
//!
//! `PROMOTE_PROPERTY_CASES` and `PROMOTE_PROPERTY_SEED` say how many cases and from which on.

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// The seeds of the cases that a test makes, `default` of them where nothing else is asked for.
pub(crate) fn seeds(default: u64) -> std::ops::Range<u64> {
    let first = setting("PROMOTE_PROPERTY_SEED", 0);
    first..first + setting("PROMOTE_PROPERTY_CASES", default)
}

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().expect("a number"))
}

/// How often what happened.
#[derive(Debug, Default)]
pub(crate) struct Tally(std::collections::BTreeMap<String, u64>);

impl Tally {
    pub(crate) fn note(&mut self, what: &str) {
        *self.0.entry(what.to_owned()).or_default() += 1;
    }

    pub(crate) fn add(&mut self, what: &str, count: usize) {
        *self.0.entry(what.to_owned()).or_default() += count as u64;
    }

    pub(crate) fn count(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }
}

/// The source of all chance of one case.
pub(crate) struct Dice(TestRng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        let mut bytes = [0x5a; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.0.next_u64() % end.max(1) as u64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of 100 cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}
