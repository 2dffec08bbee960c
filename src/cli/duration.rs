//! Times as people write them: `90s`, `10m`, `1h30m`, `7d`.

use std::time::Duration;

const HINT: &str = "write it as 500ms, 90s, 10m, 1h30m or 7d";

/// The time that `text` says: numbers with units, or a number of seconds; from a millisecond to a year.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse() {
        return fitting(seconds);
    }
    let (mut rest, mut sum) = (text, 0.0);
    while !rest.is_empty() {
        let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let (number, tail) = rest.split_at(rest.len() - digits.len());
        let letters = tail.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let (unit, tail) = tail.split_at(tail.len() - letters.len());
        let number: f64 = number.parse().map_err(|_| HINT.to_owned())?;
        sum += number * seconds(unit)?;
        rest = tail;
    }
    fitting(sum)
}

fn seconds(unit: &str) -> Result<f64, String> {
    Ok(match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        unit => return Err(format!("`{unit}` is no unit: {HINT}")),
    })
}

fn fitting(seconds: f64) -> Result<Duration, String> {
    // A year is longer than anybody waits, and short enough for every clock.
    let fits = (0.001..=365.0 * 86_400.0).contains(&seconds);
    fits.then(|| Duration::from_secs_f64(seconds))
        .ok_or_else(|| "it has to be between 1ms and 365d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, millis) in [
            ("90s", 90_000),
            ("2m", 120_000),
            ("500ms", 500),
            ("3", 3_000),
            ("1.5s", 1_500),
            ("1h30m", 5_400_000),
            ("7d", 604_800_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "-1s", "0", "1w", "nan", "inf", "1e9h", "1h-3m", "366d", "1h 3m", "é"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
