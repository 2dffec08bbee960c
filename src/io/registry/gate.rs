//! The gate of one server: everybody waits when it asks for a pause, and comes back one by one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::clock::{Clock, Stop, jitter};
use super::trouble::{Kind, Trouble, unresolved};

/// The distance between requests after a first pause: 100 a second.
const FIRST_DISTANCE: Duration = Duration::from_millis(10);
/// The longest distance between requests: one a second.
const LAST_DISTANCE: Duration = Duration::from_secs(1);

/// How many pauses in a row may come to nothing.
const BARREN: u32 = 3;

/// Lets requests through.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// Whether there was ever a pause: until then nobody takes the lock.
    used: AtomicBool,
    pace: Mutex<Pace>,
    /// How many requests the server has answered otherwise than with "too many".
    served: AtomicUsize,
}

#[derive(Debug, Default)]
struct Pace {
    /// When the next request may go.
    next: Option<Instant>,
    distance: Duration,
    /// When the last pause ends.
    until: Option<Instant>,
    /// How many pauses in a row have come to nothing.
    barren: u32,
    /// How many requests the server had answered before the last pause.
    served: usize,
}

impl Gate {
    /// Waits for one's turn, and starts the clock. The moment is needed to [pause](Self::pause).
    ///
    /// # Errors
    /// When the turn comes only after the clock has run out, or everybody is told to stop.
    pub(super) fn pass(&self, clock: &Clock, stop: &Stop) -> Result<Instant, Trouble> {
        while self.used.load(Ordering::Acquire) {
            let now = Instant::now();
            let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
            if pace.barren >= BARREN {
                return Err(shut());
            }
            let turn = pace.next.map_or(now, |next| next.max(now));
            if turn.saturating_duration_since(now) > clock.left() {
                return Err(too_long(turn - now, clock));
            }
            pace.next = Some(turn + pace.distance);
            let until = pace.until;
            drop(pace);
            if !stop.sleep_until(turn) {
                return Err(Trouble::stopped());
            }
            // Another pause in the meantime is for this one as well.
            let pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
            if pace.until == until {
                break;
            }
        }
        if stop.is_rung() {
            return Err(Trouble::stopped());
        }
        clock.start();
        Ok(Instant::now())
    }

    /// Lets nobody through for `pause`. Many who were sent away at once, being under way already
    /// (`sent`), slow the pace down once.
    pub(super) fn pause(&self, pause: Duration, sent: Instant) {
        let now = Instant::now();
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let until = now + pause + jitter((pause / 10).min(Duration::from_millis(500)));
        // Nobody is let through in a pause, so that whoever was has been before.
        if pace.until.is_none_or(|end| sent >= end) {
            let served = self.count();
            pace.barren = if served == pace.served { pace.barren + 1 } else { 1 };
            pace.served = served;
            pace.distance = (pace.distance * 2).clamp(FIRST_DISTANCE, LAST_DISTANCE);
            pace.next = Some(until);
            pace.until = Some(until);
        } else if pace.until < Some(until) {
            pace.next = pace.next.max(Some(until));
            pace.until = Some(until);
        }
        self.used.store(true, Ordering::Release);
    }

    /// The server has answered.
    pub(super) fn served(&self) {
        self.served.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it has answered.
    pub(super) fn count(&self) -> usize {
        self.served.load(Ordering::Relaxed)
    }
}

fn shut() -> Trouble {
    unresolved("the registry limits the rate of requests, and answers none even after pauses")
        .hint("try again later")
}

fn too_long(pause: Duration, clock: &Clock) -> Trouble {
    let (pause, whole) = (pause.as_secs_f64().ceil(), clock.whole().as_secs_f64());
    unresolved(format!(
        "the registry limits the rate of requests, and its pause of {pause} s does not fit into \
         the {whole} s for an image"
    ))
    .hint("try again later, or allow more with `--registry-timeout`")
    .kind(Kind::Final)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(gate: &Gate, seconds: u64) -> Result<Instant, Trouble> {
        gate.pass(&Clock::new(Duration::from_secs(seconds)), &Stop::default())
    }

    #[test]
    fn nobody_waits_at_an_unused_gate() {
        let gate = Gate::default();
        let before = Instant::now();
        for _ in 0..1000 {
            pass(&gate, 60).unwrap();
        }
        assert!(before.elapsed() < Duration::from_millis(500));
    }

    #[test]
    fn everybody_waits_and_comes_back_one_by_one() {
        let gate = Gate::default();
        let before = pass(&gate, 60).unwrap();
        gate.pause(Duration::from_millis(100), before);
        // The same burst: no slower for it.
        gate.pause(Duration::from_millis(50), before);
        let first = pass(&gate, 60).unwrap();
        assert!(first - before >= Duration::from_millis(100));
        let second = pass(&gate, 60).unwrap();
        // However late the first one woke up.
        assert!(second - before >= Duration::from_millis(100) + FIRST_DISTANCE);
        assert_eq!(gate.pace.lock().unwrap().distance, FIRST_DISTANCE);
        gate.pause(Duration::ZERO, second);
        assert_eq!(gate.pace.lock().unwrap().distance, FIRST_DISTANCE * 2);
    }

    #[test]
    fn a_server_that_answers_nobody_is_left_alone() {
        let gate = Gate::default();
        let refused = |gate: &Gate| gate.pause(Duration::ZERO, pass(gate, 60).unwrap());
        refused(&gate);
        refused(&gate);
        gate.served();
        for _ in 0..BARREN {
            refused(&gate);
        }
        assert!(pass(&gate, 60).unwrap_err().message.contains("limits the rate"));
    }

    #[test]
    fn a_pause_that_does_not_fit_is_said_at_once() {
        let gate = Gate::default();
        gate.pause(Duration::from_secs(50), Instant::now());
        let trouble = pass(&gate, 5).unwrap_err();
        assert!(trouble.message.contains("does not fit into the 5 s"), "{}", trouble.message);
        let stop = Stop::default();
        stop.ring();
        let trouble = gate.pass(&Clock::new(Duration::from_secs(90)), &stop).unwrap_err();
        assert_eq!(trouble.kind, Kind::Stopped);
    }
}
