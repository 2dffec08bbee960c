//! Time: how long one image may take, and one run that may end early.

use std::cell::Cell;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A day is longer than anybody waits, and no sum of times overflows.
const LONGEST: Duration = Duration::from_secs(86_400);

/// How long one image may take. The clock starts with the first request, not in the queue.
#[derive(Debug)]
pub(super) struct Clock {
    whole: Duration,
    end: Cell<Option<Instant>>,
}

impl Clock {
    /// A clock that has not started.
    pub(super) fn new(whole: Duration) -> Self {
        Self { whole: whole.min(LONGEST), end: Cell::new(None) }
    }

    /// Starts it, once.
    pub(super) fn start(&self) {
        if self.end.get().is_none() {
            self.end.set(Instant::now().checked_add(self.whole));
        }
    }

    /// What is left.
    pub(super) fn left(&self) -> Duration {
        self.end.get().map_or(self.whole, |end| end.saturating_duration_since(Instant::now()))
    }

    /// Time that others took does not count.
    pub(super) fn without<T>(&self, wait: impl FnOnce() -> T) -> T {
        let before = Instant::now();
        let out = wait();
        if let Some(end) = self.end.get() {
            self.end.set(end.checked_add(before.elapsed()));
        }
        out
    }

    /// All that one image may take.
    pub(super) fn whole(&self) -> Duration {
        self.whole
    }

    /// How long one try may take: half of all, so that there is a second one.
    pub(super) fn one_try(&self) -> Duration {
        self.left().min(self.whole / 2)
    }

    /// How long connecting may take.
    pub(super) fn connecting(&self) -> Duration {
        self.left().min(self.whole / 6)
    }
}

/// Tells everybody to stop.
#[derive(Debug, Default)]
pub(super) struct Stop {
    rung: AtomicBool,
    lock: Mutex<()>,
    bell: Condvar,
}

impl Stop {
    /// From now on nobody waits.
    pub(super) fn ring(&self) {
        self.rung.store(true, Ordering::Release);
        let _lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.bell.notify_all();
    }

    /// Whether it was told.
    pub(super) fn is_rung(&self) -> bool {
        self.rung.load(Ordering::Acquire)
    }

    /// Waits until `then`, or less when everybody is told to stop: `false`.
    pub(super) fn sleep_until(&self, then: Instant) -> bool {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.is_rung() {
            let left = then.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            lock = self.bell.wait_timeout(lock, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }
}

/// Somewhere between nothing and `most`, so that many who wait do not come back at once.
pub(super) fn jitter(most: Duration) -> Duration {
    // Every state has keys of its own, so the hash of nothing is random enough here.
    let random = RandomState::new().build_hasher().finish() >> 32;
    // 32 bits: exact in a float.
    most.mul_f64(random as f64 / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_starts_with_the_first_request() {
        let clock = Clock::new(Duration::from_secs(60));
        assert_eq!(clock.left(), Duration::from_secs(60));
        assert_eq!(clock.one_try(), Duration::from_secs(30));
        assert_eq!(clock.connecting(), Duration::from_secs(10));
        assert_eq!(Clock::new(Duration::MAX).whole(), LONGEST);
        clock.start();
        assert!(clock.left() < Duration::from_secs(60));
    }

    #[test]
    fn time_of_others_does_not_count() {
        let clock = Clock::new(Duration::from_secs(60));
        clock.start();
        let before = clock.left();
        clock.without(|| std::thread::sleep(Duration::from_millis(20)));
        assert!(clock.left() + Duration::from_millis(15) > before);
    }

    #[test]
    fn who_is_told_to_stop_wakes_up() {
        let stop = Stop::default();
        assert!(stop.sleep_until(Instant::now() + Duration::from_millis(1)));
        let far = Instant::now() + Duration::from_secs(60);
        std::thread::scope(|scope| {
            let sleeper = scope.spawn(|| stop.sleep_until(far));
            stop.ring();
            assert!(!sleeper.join().unwrap());
        });
    }

    #[test]
    fn jitter_is_within_its_bounds_and_differs() {
        let most = Duration::from_secs(1);
        let all: Vec<_> = (0..20).map(|_| jitter(most)).collect();
        assert!(all.iter().all(|one| *one <= most));
        assert!(all.iter().any(|one| *one != all[0]));
    }
}
