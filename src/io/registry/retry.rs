//! What is worth another try, how many tries there are, and how long a server asks to wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ureq::http::StatusCode;

use super::clock::{Clock, Stop, jitter};
use super::gate::Gate;
use super::trouble::Trouble;

/// How often something is tried.
const TRIES: u32 = 3;
/// How often a server may say "too many requests" to one image while it serves others.
const REFUSALS: u32 = 10;
/// The longest pause that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// What comes between the first two tries; twice as much before the next.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Whether the same request may be answered otherwise in a moment.
pub(super) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504)
}

/// The tries of one request.
#[derive(Debug, Default)]
pub(super) struct Tries {
    failed: u32,
    refused: u32,
    served: usize,
}

impl Tries {
    /// Waits for the next try after `trouble`.
    ///
    /// # Errors
    /// `trouble`, when there are no more tries or there is no more time.
    pub(super) fn again(
        &mut self,
        trouble: Trouble,
        clock: &Clock,
        stop: &Stop,
    ) -> Result<(), Trouble> {
        self.failed += 1;
        let pause = FIRST_PAUSE * (1 << self.failed.min(8)) / 2;
        let pause = pause + jitter(pause / 2);
        if !trouble.is_passing() || self.failed >= TRIES || pause >= clock.left() {
            return Err(trouble);
        }
        match stop.sleep_until(std::time::Instant::now() + pause) {
            true => Ok(()),
            false => Err(Trouble::stopped()),
        }
    }

    /// Counts a "too many requests", after which the gate decides how long to wait. A server that
    /// serves others in between is asked more often.
    ///
    /// # Errors
    /// `trouble`, when there are no more tries.
    pub(super) fn refused(&mut self, trouble: Trouble, gate: &Gate) -> Result<(), Trouble> {
        let served = gate.count();
        self.failed = if served > self.served { 1 } else { self.failed + 1 };
        self.served = served;
        self.refused += 1;
        match self.failed >= TRIES || self.refused >= REFUSALS {
            true => Err(trouble),
            false => Ok(()),
        }
    }

    /// How long to pause where a server does not say it.
    pub(super) fn pause(&self) -> Duration {
        Duration::from_secs(1 << self.refused.min(4))
    }
}

/// How long `header` (`Retry-After`: seconds or a date, RFC 9110, 10.2.3) asks to wait from `now`,
/// and no longer than a minute.
pub(super) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    let wait = match header.bytes().all(|byte| byte.is_ascii_digit()) && !header.is_empty() {
        true => Duration::from_secs(header.parse().unwrap_or(u64::MAX)),
        false => date(header)?.duration_since(now).unwrap_or_default(),
    };
    Some(wait.min(LONGEST_PAUSE))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, and its two forebears: `Sunday, 06-Nov-94 08:49:37 GMT`,
/// `Sun Nov  6 08:49:37 1994`.
fn date(text: &str) -> Option<SystemTime> {
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let words: Vec<_> = text.split([' ', '-']).filter(|word| !word.is_empty()).collect();
    let (day, month, year, time) = match words.as_slice() {
        [day, month, year, time, "GMT"] => (day, month, year, time),
        [_, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = months.find(month).filter(|at| at % 3 == 0 && month.len() == 3)? as u64 / 3 + 1;
    let day: u64 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let year: u64 = match year.len() {
        // Those of two digits are of this century, or were written by the last one.
        2 => year.parse::<u64>().ok().map(|year| year + if year < 70 { 2000 } else { 1900 })?,
        4 => year.parse().ok()?,
        _ => return None,
    };
    let [hour, minute, second] = time.split(':').collect::<Vec<_>>().try_into().ok()?;
    let part = |text: &str, below| text.parse::<u64>().ok().filter(|part| *part < below);
    let seconds = part(hour, 24)? * 3600 + part(minute, 60)? * 60 + part(second, 61)?;
    let days = days_since_1970(year, month, day)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400 + seconds))
}

/// Howard Hinnant's `days_from_civil`: a year begins in March, so leap days come last.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::registry::trouble::Kind;

    #[test]
    fn servers_ask_to_wait_in_seconds_or_until_a_date() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (header, expected) in [
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("3600", Some(60)),
            ("99999999999999999999999999", Some(60)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sunday, 06-Nov-94 08:49:47 GMT", Some(10)),
            ("Sunday, 06-Nov-44 08:49:47 GMT", Some(60)),
            ("Sun Nov  6 08:49:47 1994", Some(10)),
            ("Sat, 05 Nov 1994 08:49:47 GMT", Some(0)),
            ("Tue, 29 Feb 2028 00:00:00 GMT", Some(60)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 06 Foo 1994 08:49:47 GMT", None),
            ("Sun, 99 Nov 1994 08:49:47 GMT", None),
            ("Sun, 06 Nov 1994 08:99:47 GMT", None),
            ("Sun, 06 Nov 94000 08:49:47 GMT", None),
        ] {
            let found = retry_after(header, now).map(|wait| wait.as_secs());
            assert_eq!(found, expected, "{header}");
        }
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        for (date, days) in [
            ((1970, 1, 1), Some(0)),
            ((1994, 11, 6), Some(9075)),
            ((2000, 2, 29), Some(11_016)),
            ((2024, 3, 1), Some(19_783)),
            ((1969, 12, 31), None),
        ] {
            assert_eq!(days_since_1970(date.0, date.1, date.2), days, "{date:?}");
        }
    }

    #[test]
    fn there_are_three_tries() {
        let (clock, stop) = (Clock::new(Duration::from_secs(60)), Stop::default());
        let trouble = || Trouble::new("x").kind(Kind::Passing);
        let mut tries = Tries::default();
        tries.again(trouble(), &clock, &stop).unwrap();
        tries.again(trouble(), &clock, &stop).unwrap();
        assert_eq!(tries.again(trouble(), &clock, &stop), Err(trouble()));
        let failed = Tries::default().again(Trouble::new("x"), &clock, &stop);
        assert_eq!(failed, Err(Trouble::new("x")));
    }

    #[test]
    fn a_server_that_serves_others_is_asked_more_often() {
        let gate = Gate::default();
        let mut tries = Tries::default();
        let mut refused = || tries.refused(Trouble::new("x"), &gate).is_ok();
        assert!(refused() && refused() && !refused());
        let mut tries = Tries::default();
        let mut refused = || {
            gate.served();
            tries.refused(Trouble::new("x"), &gate).is_ok()
        };
        assert_eq!((0..20).take_while(|_| refused()).count(), REFUSALS as usize - 1);
    }
}
