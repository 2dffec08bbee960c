//! Bodies of answers: no longer than they may be, and only a few long ones at a time, so that many
//! hostile ones do not fill the memory.

use std::io;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is no long body yet: manifests have a few KiB.
const SHORT: usize = 16 * 1024;
/// The most that is read of what a server says about an error.
const ERROR: u64 = 64 * 1024;
/// How many long ones there may be.
const LONG: usize = 4;

/// The places for long bodies, used again and again: what many threads give back to the allocator
/// would stay with each of them.
#[derive(Debug, Default)]
pub(super) struct Places {
    all: [Mutex<Vec<u8>>; LONG],
    next: AtomicUsize,
}

/// A body, where it is short or in the place that a long one takes.
#[derive(Debug)]
pub(super) enum Body<'p> {
    /// One of its own.
    Short(Vec<u8>),
    /// One that others wait for.
    Long(MutexGuard<'p, Vec<u8>>),
}

/// Why there is no body.
#[derive(Debug)]
pub(super) enum Unread {
    /// It is longer than it may be.
    TooLong,
    /// It does not come.
    Failed(io::Error),
}

impl Places {
    fn take(&self) -> MutexGuard<'_, Vec<u8>> {
        let [first, rest @ ..] = &self.all;
        let next = self.next.fetch_add(1, Ordering::Relaxed) % LONG;
        let place = rest.get(next).unwrap_or(first);
        place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'p> Body<'p> {
    /// Reads all of `reader`, which says to have `length` bytes.
    ///
    /// # Errors
    /// When it has more than `limit`, or cannot be read.
    pub(super) fn read(
        mut reader: impl Read,
        length: Option<u64>,
        limit: usize,
        places: &'p Places,
    ) -> Result<Self, Unread> {
        let length = length.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        if length.is_some_and(|length| length > limit) {
            return Err(Unread::TooLong);
        }
        let mut short = Vec::new();
        extend(&mut short, &mut reader, SHORT.min(limit))?;
        if short.len() <= SHORT.min(limit) {
            return Ok(Self::Short(short));
        }
        if limit <= SHORT {
            return Err(Unread::TooLong);
        }
        let mut place = places.take();
        place.clear();
        // No more than that, where a growing vector would take twice as much.
        place.reserve_exact(length.unwrap_or(limit) + 1);
        place.extend_from_slice(&short);
        extend(&mut place, &mut reader, limit)?;
        match place.len() > limit {
            true => Err(Unread::TooLong),
            false => Ok(Self::Long(place)),
        }
    }

    /// What can be read of the body of an error, which is better than nothing.
    pub(super) fn read_some(reader: impl Read) -> Self {
        let mut bytes = Vec::new();
        // What has come until then is there.
        let _ = reader.take(ERROR).read_to_end(&mut bytes);
        Self::Short(bytes)
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Short(bytes) => bytes,
            Self::Long(place) => place,
        }
    }
}

/// Reads until there is one byte more than `limit`, or the end.
fn extend(bytes: &mut Vec<u8>, reader: &mut impl Read, limit: usize) -> Result<(), Unread> {
    let more = (limit + 1).saturating_sub(bytes.len()) as u64;
    reader.take(more).read_to_end(bytes).map(|_| ()).map_err(Unread::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(size: usize, length: Option<u64>, limit: usize) -> Option<(usize, bool)> {
        let places = Places::default();
        let body = Body::read(io::repeat(b' ').take(size as u64), length, limit, &places);
        body.ok().map(|body| (body.bytes().len(), matches!(body, Body::Long(_))))
    }

    #[test]
    fn bodies_have_a_limit_and_long_ones_a_place() {
        const MIB: usize = 1024 * 1024;
        for (size, length, limit, expected) in [
            (0, None, 10, Some((0, false))),
            (10, Some(10), 10, Some((10, false))),
            (11, None, 10, None),
            (5, Some(11), 10, None),
            (SHORT, None, SHORT, Some((SHORT, false))),
            (SHORT + 1, None, SHORT, None),
            (SHORT, None, MIB, Some((SHORT, false))),
            (SHORT + 1, None, MIB, Some((SHORT + 1, true))),
            (MIB, Some(MIB as u64), MIB, Some((MIB, true))),
            (MIB + 1, None, MIB, None),
            (MIB, Some(u64::MAX), MIB, None),
        ] {
            assert_eq!(read(size, length, limit), expected, "{size} {length:?} {limit}");
        }
    }

    #[test]
    fn long_bodies_take_no_more_memory_than_the_places_have() {
        let places = Places::default();
        for size in [1_000_000, 300_000, 900_000, 70_000, 1_000_000] {
            let reader = io::repeat(b' ').take(size);
            let body = Body::read(reader, Some(size), 4_000_000, &places).unwrap();
            assert_eq!(body.bytes().len() as u64, size);
        }
        for place in &places.all {
            assert!(place.lock().unwrap().capacity() < 1_200_000);
        }
    }

    #[test]
    fn what_comes_of_an_error_is_read() {
        assert_eq!(Body::read_some(io::repeat(b' ')).bytes().len() as u64, ERROR);
        assert_eq!(Body::read_some(&b"no"[..]).bytes(), b"no");
    }
}
