//! The time of a server: ages of what it has are measured with its own clock.

use std::time::Instant;

use crate::cluster::Timestamp;

use super::fetch::Listing;

/// How far the server's clock is from ours.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    then: Timestamp,
    at: Instant,
}

impl Clock {
    /// The clock of the newest of `listings`.
    pub(super) fn of(listings: &[Listing]) -> Self {
        Self::new(listings.iter().filter_map(|listing| listing.date).max())
    }

    /// The clock that said `date`, or ours.
    pub(super) fn new(date: Option<Timestamp>) -> Self {
        Self { then: date.unwrap_or_else(Timestamp::now), at: Instant::now() }
    }

    /// The time there.
    pub(super) fn now(self) -> Timestamp {
        self.then.checked_add(self.at.elapsed()).unwrap_or(self.then)
    }
}
