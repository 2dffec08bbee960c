//! Times as people read them in a sentence.

use jiff::{SignedDuration, Timestamp};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const TWO_DAYS: i64 = 2 * DAY;

/// `since 2026-11-20T10:00:00Z (2h)`. What is in the future, by another machine's clock, is now.
pub fn since(time: Timestamp, now: Timestamp) -> String {
    format!("since {} ({})", at(time), span(age(time, now)))
}

/// A time, to the second.
pub fn at(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

/// How long ago `time` was; nothing for what is in the future.
pub fn age(time: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_since(time).max(SignedDuration::ZERO)
}

/// How long in the two largest units that say anything: `90s` is `1m30s`, a day is `24h`.
pub fn span(span: SignedDuration) -> String {
    let seconds = span.as_secs();
    let units = [(DAY, "d", TWO_DAYS), (HOUR, "h", HOUR), (MINUTE, "m", MINUTE), (1, "s", 0)];
    let Some(at) = units.iter().position(|(_, _, least)| seconds >= *least) else {
        return "0s".to_owned();
    };
    let (large, unit, _) = units[at];
    let small = units.get(at + 1).map(|(small, unit, _)| (seconds % large / small, unit));
    match small.filter(|(number, _)| *number > 0) {
        Some((number, small)) => format!("{}{unit}{number}{small}", seconds / large),
        None => format!("{}{unit}", seconds / large),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_two_units_at_most() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        for (time, text) in [
            ("2026-11-20T12:00:00Z", "since 2026-11-20T12:00:00Z (0s)"),
            ("2026-11-20T11:58:01.5Z", "since 2026-11-20T11:58:01Z (1m58s)"),
            ("2026-11-20T11:58:00Z", "since 2026-11-20T11:58:00Z (2m)"),
            ("2026-11-20T09:00:00Z", "since 2026-11-20T09:00:00Z (3h)"),
            ("2026-11-20T11:59:30Z", "since 2026-11-20T11:59:30Z (30s)"),
            ("2026-11-19T11:30:59Z", "since 2026-11-19T11:30:59Z (24h29m)"),
            ("2026-11-18T12:00:00Z", "since 2026-11-18T12:00:00Z (2d)"),
            ("2026-11-10T07:10:00Z", "since 2026-11-10T07:10:00Z (10d4h)"),
            ("2026-11-20T12:05:00Z", "since 2026-11-20T12:05:00Z (0s)"),
        ] {
            assert_eq!(since(time.parse().unwrap(), now), text);
        }
    }
}
