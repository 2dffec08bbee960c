//! Which of two versions is newer, where that can be told.
//!
//! Lenient about form (semver, calver, dates, build numbers, a common prefix such as `v` or
//! `release-`), strict about meaning: what cannot be compared is incomparable, never guessed.

use std::cmp::Ordering;

/// Names that stand for something else tomorrow: branches and moving tags.
const FLOATING: &[&str] = &[
    "latest",
    "head",
    "main",
    "master",
    "develop",
    "development",
    "dev",
    "trunk",
    "edge",
    "nightly",
    "stable",
    "canary",
    "next",
    "beta",
    "alpha",
    "snapshot",
    "rolling",
    "staging",
    "stage",
    "test",
    "testing",
    "prod",
    "production",
    "release",
];

/// Words that say "before the release", in their order.
const BEFORE_RELEASE: &[&str] = &[
    "dev",
    "snapshot",
    "nightly",
    "alpha",
    "a",
    "beta",
    "b",
    "m",
    "milestone",
    "pre",
    "preview",
    "next",
    "rc",
    "cr",
];

/// How `new` stands to `old`; `None` where the two cannot be compared.
///
/// Compared are versions of one form: the same prefix (a leading `v` does not count), then numbers.
/// Equal numbers are settled by a pre-release as semver does, or by a trailing number. Commit
/// hashes, branch names and different variants of equal numbers (`1.2-alpine`, `1.2-slim`) are
/// incomparable.
pub fn compare(new: &str, old: &str) -> Option<Ordering> {
    if new == old {
        return Some(Ordering::Equal);
    }
    if is_commit(new) || is_commit(old) {
        return None;
    }
    let (new, old) = (Parts::of(new)?, Parts::of(old)?);
    if !new.prefix.eq_ignore_ascii_case(old.prefix) {
        return None;
    }
    match numbers(&new.numbers, &old.numbers) {
        Ordering::Equal => rest(new.rest, old.rest),
        decided => Some(decided),
    }
}

/// Whether `name` is a branch or a moving tag, as far as a name can tell.
pub fn is_floating(name: &str) -> bool {
    FLOATING.iter().any(|floating| name.eq_ignore_ascii_case(floating))
}

/// Whether `text` looks like a commit hash: 7 to 64 hexadecimal digits with a letter among them,
/// or 40 and more without.
pub fn is_commit(text: &str) -> bool {
    let hexadecimal = text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    let letters = text.chars().any(|c| c.is_ascii_lowercase());
    hexadecimal && (7..=64).contains(&text.len()) && (letters || text.len() >= 40)
}

/// Whether finding `text` somewhere says that this version is meant, and not some other `1` or `dev`.
pub fn is_telling(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    is_commit(text)
        || text.matches('.').count() >= 2 && digits >= 3
        || text.len() >= 8 && digits >= 4
}

struct Parts<'t> {
    prefix: &'t str,
    numbers: Vec<&'t str>,
    rest: &'t str,
}

impl<'t> Parts<'t> {
    /// `v1.2.3-rc.1` is the prefix ``, the numbers 1, 2, 3 and the rest `-rc.1`.
    fn of(text: &'t str) -> Option<Self> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        let prefix = text[..start].strip_suffix(['v', 'V']).unwrap_or(&text[..start]);
        let body = &text[start..];
        let separators: &[char] = if is_date(body) { &['.', '-', '_'] } else { &['.'] };
        let mut numbers = Vec::new();
        let mut at = 0;
        loop {
            let digits = body[at..].len()
                - body[at..].trim_start_matches(|c: char| c.is_ascii_digit()).len();
            numbers.push(&body[at..at + digits]);
            at += digits;
            let next = body[at..].strip_prefix(separators);
            match next {
                Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => at += 1,
                _ => break,
            }
        }
        let rest = &body[at..];
        // `1abc234` behind a branch's name, `sha-1234567`: hashes, whose digits mean nothing.
        let hash =
            rest.starts_with(|c: char| c.is_ascii_alphabetic()) && PreRelease::of(rest).is_none();
        let named = prefix.trim_end_matches(['-', '_', '.', '/']).to_ascii_lowercase();
        let hash = hash || ["sha", "git", "commit", "rev"].iter().any(|word| named.ends_with(word));
        (!hash).then_some(Self { prefix, numbers, rest })
    }
}

/// `2024-01-02`, also with more behind it.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let separator = |at: usize| bytes.get(at).is_some_and(|b| matches!(b, b'-' | b'_'));
    digits(0..4) && separator(4) && digits(5..7) && separator(7) && digits(8..10)
}

/// Number by number, however long; what is missing counts as zero.
fn numbers(new: &[&str], old: &[&str]) -> Ordering {
    let at = |list: &[&'_ str], index: usize| {
        list.get(index).map_or("", |number| number.trim_start_matches('0')).to_owned()
    };
    (0..new.len().max(old.len()))
        .map(|index| (at(new, index), at(old, index)))
        .map(|(new, old)| new.len().cmp(&old.len()).then_with(|| new.cmp(&old)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// What follows equal numbers: nothing is newer than a pre-release, pre-releases and trailing
/// numbers have an order, anything else has none.
fn rest(new: &str, old: &str) -> Option<Ordering> {
    if new == old {
        return Some(Ordering::Equal);
    }
    match (PreRelease::of(new), PreRelease::of(old)) {
        (Some(new), Some(old)) => new.compare(&old),
        (Some(_), None) if old.is_empty() => Some(Ordering::Less),
        (None, Some(_)) if new.is_empty() => Some(Ordering::Greater),
        (None, None) => {
            let (new, old) = (trailing_number(new)?, trailing_number(old)?);
            Some(numbers(&[new], &[old]))
        }
        _ => None,
    }
}

/// `-17`: a build number.
fn trailing_number(rest: &str) -> Option<&str> {
    let number = rest.strip_prefix(['-', '+', '_'])?;
    let digits = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
    digits.then_some(number)
}

struct PreRelease<'t> {
    rank: usize,
    number: &'t str,
}

impl<'t> PreRelease<'t> {
    /// `-rc.1`, `-rc1`, `rc1`, `.beta2`; nothing else may follow.
    fn of(rest: &'t str) -> Option<Self> {
        let body = rest.strip_prefix(['-', '.', '_', '~']).unwrap_or(rest);
        let letters = body.len() - body.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let word = body[..letters].to_ascii_lowercase();
        let rank = BEFORE_RELEASE.iter().position(|known| *known == word)?;
        let number = &body[letters..];
        let number = number.strip_prefix(['.', '-']).unwrap_or(number);
        number.chars().all(|c| c.is_ascii_digit()).then_some(Self { rank, number })
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        Some(self.rank.cmp(&other.rank).then_with(|| numbers(&[self.number], &[other.number])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_is_newer_and_older_is_older() {
        for (old, new) in [
            ("1.2.3", "1.2.4"),
            ("v1.9", "v1.10"),
            ("1.2", "v1.2.1"),
            ("1.0.0-rc.1", "1.0.0"),
            ("2.0.0-beta.2", "2.0.0-beta.11"),
            ("1.0.0-alpha", "1.0.0-rc1"),
            ("2024-01-09", "2024-02-01"),
            ("20240109", "20240201"),
            ("2024.1.9", "2024.10.1"),
            ("41", "100"),
            ("release-1.9", "release-1.10"),
            ("1.26-alpine", "1.27-bookworm"),
            ("1.2.3-9", "1.2.3-10"),
            ("main-20240102-abcdef0", "main-20240103-0123abc"),
            ("kustomize/v4.5.7", "kustomize/v5.0.0"),
            ("99999999999999999999999.1", "100000000000000000000000.0"),
            ("4.18.0", "4.18.1rc1"),
        ] {
            assert_eq!(compare(new, old), Some(Ordering::Greater), "{old} -> {new}");
            assert_eq!(compare(old, new), Some(Ordering::Less), "{new} -> {old}");
        }
    }

    #[test]
    fn the_same_in_other_words_is_equal() {
        for (one, other) in [("v1.2", "1.2.0"), ("1.02", "1.2"), ("latest", "latest")] {
            assert_eq!(compare(one, other), Some(Ordering::Equal), "{one} {other}");
        }
    }

    #[test]
    fn what_has_no_order_is_incomparable() {
        for (one, other) in [
            ("main", "dev"),
            ("1.2", "main"),
            ("8d903c345b6c", "688b2b63f5da"),
            ("1.27-alpine", "1.27-slim"),
            ("app-1.2", "web-1.3"),
            ("1.2.3", "1.2.3-4"),
            ("1234567a", "1.2.3"),
            ("main-1abc234-17", "main-2abc234-16"),
            ("sha-1234567", "sha-7654321"),
            ("1.0.0+a", "1.0.0+b"),
            ("", "1"),
            ("1.0-rc1-alpine", "1.0-rc2"),
            (
                "0000000000000000000000000000000000000001",
                "0000000000000000000000000000000000000002",
            ),
        ] {
            assert_eq!(compare(one, other), None, "{one} {other}");
        }
    }

    #[test]
    fn only_versions_are_telling() {
        for text in ["v1.10.0", "688b2b6", "20240102", "2024-01-02", "1.14.0"] {
            assert!(is_telling(text), "{text}");
        }
        for text in ["1", "1.2", "dev", "latest", "v3", "facade", ""] {
            assert!(!is_telling(text), "{text}");
        }
    }
}
