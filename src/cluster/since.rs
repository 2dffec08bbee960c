//! Times as people read them in a sentence.

use jiff::{SignedDuration, Timestamp};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

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

/// About how long, in one unit, as `kubectl get` writes ages: `90s`, `15m`, `24h`, `7d`.
pub fn span(span: SignedDuration) -> String {
    match span.as_secs() {
        seconds if seconds < 2 * MINUTE => format!("{seconds}s"),
        seconds if seconds < 3 * HOUR => format!("{}m", seconds / MINUTE),
        seconds if seconds < 2 * DAY => format!("{}h", seconds / HOUR),
        seconds => format!("{}d", seconds / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_one_unit() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        for (time, text) in [
            ("2026-11-20T12:00:00Z", "since 2026-11-20T12:00:00Z (0s)"),
            ("2026-11-20T11:58:01.5Z", "since 2026-11-20T11:58:01Z (118s)"),
            ("2026-11-20T11:58:00Z", "since 2026-11-20T11:58:00Z (2m)"),
            ("2026-11-20T09:00:00Z", "since 2026-11-20T09:00:00Z (3h)"),
            ("2026-11-18T12:00:00Z", "since 2026-11-18T12:00:00Z (2d)"),
            ("2026-11-20T12:05:00Z", "since 2026-11-20T12:05:00Z (0s)"),
        ] {
            assert_eq!(since(time.parse().unwrap(), now), text);
        }
    }
}
