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

/// Whether `text` is a whole commit hash, in SHA-1 or SHA-256: what Git fetches without knowing any
/// name.
pub fn is_whole_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
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
        let named = prefix.trim_end_matches(['-', '_', '.', '/']).to_ascii_lowercase();
        let hash = ["sha", "git", "commit", "rev"].iter().any(|word| named.ends_with(word));
        let rest = &body[at..];
        (!hash && !is_in_hash(text, start)).then_some(Self { prefix, numbers, rest })
    }
}

/// Whether the digits at `start` are part of a hash, which means nothing: `main-1abc234-17`.
fn is_in_hash(text: &str, start: usize) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric();
    let before = text[..start].trim_end_matches(part).len();
    let end = text[start..].find(|c: char| !part(c)).map_or(text.len(), |at| start + at);
    is_commit(&text[before..end])
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

/// What follows equal numbers: nothing is newer than a pre-release, pre-releases have the order of
/// semver, and texts that differ in numbers only have that of their numbers. Anything else has none.
fn rest(new: &str, old: &str) -> Option<Ordering> {
    let (new, old) = (without_hash(new), without_hash(old));
    match (pre_release(new), pre_release(old)) {
        _ if new == old => Some(Ordering::Equal),
        (Some(new), Some(old)) => identifiers(&new, &old),
        (Some(_), None) if old.is_empty() => Some(Ordering::Less),
        (None, Some(_)) if new.is_empty() => Some(Ordering::Greater),
        (None, None) => same_but_numbers(new, old),
        _ => None,
    }
}

/// `-4` of `-4-gabc1234`, which `git describe` writes for the fourth commit behind a tag.
fn without_hash(rest: &str) -> &str {
    rest.split_once("-g").filter(|(_, hash)| is_commit(hash)).map_or(rest, |(count, _)| count)
}

/// The identifiers of `-rc.1`, `-rc1`, `rc1` and `.beta2`, the first one of which says that it is
/// before the release.
fn pre_release(rest: &str) -> Option<Vec<&str>> {
    let body = rest.strip_prefix(['-', '.', '_', '~']).unwrap_or(rest);
    let letters = body.len() - body.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
    let (word, numbers) = body.split_at(letters);
    rank(word)?;
    let numbers = numbers.strip_prefix(['.', '-']).unwrap_or(numbers);
    let more = numbers.split(['.', '-']).filter(|identifier| !identifier.is_empty());
    Some(std::iter::once(word).chain(more).collect())
}

fn rank(word: &str) -> Option<usize> {
    BEFORE_RELEASE.iter().position(|known| known.eq_ignore_ascii_case(word))
}

/// Semver §11.4: numbers by size and before words, words by rank, else by letters; more is newer.
/// Unlike there, `alpine` and `slim` behind a number are variants, which have no order.
fn identifiers(new: &[&str], old: &[&str]) -> Option<Ordering> {
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    for (new, old) in new.iter().zip(old) {
        let order = match (is_number(new), is_number(old)) {
            (true, true) => numbers(&[new], &[old]),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) if new == old => Ordering::Equal,
            (false, false) => rank(new)?.cmp(&rank(old)?),
        };
        if order.is_ne() {
            return Some(order);
        }
    }
    let longer = if new.len() > old.len() { new } else { old };
    let mut more = longer[new.len().min(old.len())..].iter();
    let ordered = more.all(|text| is_number(text) || rank(text).is_some());
    ordered.then(|| new.len().cmp(&old.len()))
}

/// `-eksbuild.3` and `-eksbuild.1`: number by number, when all between them is the same.
fn same_but_numbers(new: &str, old: &str) -> Option<Ordering> {
    let runs = |text| -> Vec<String> {
        let mut runs: Vec<String> = Vec::new();
        for c in str::chars(text) {
            match runs.last_mut() {
                Some(run) if run.ends_with(is_digit) == is_digit(c) => run.push(c),
                _ => runs.push(c.to_string()),
            }
        }
        runs
    };
    let hash = |text: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(is_commit);
    let (new_runs, old_runs) = (runs(new), runs(old));
    let is_number = |run: &String| run.starts_with(is_digit);
    let pairs = || new_runs.iter().zip(&old_runs);
    let alike = new_runs.len() == old_runs.len()
        && pairs().all(|(new, old)| new == old || is_number(new) && is_number(old));
    if !alike || hash(new) || hash(old) {
        return None;
    }
    let mut orders =
        pairs().filter(|(new, _)| is_number(new)).map(|(new, old)| numbers(&[new], &[old]));
    orders.find(|order| order.is_ne())
}

const fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
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
            ("2.0.0-alpha.beta.1", "2.0.0-rc.1.2"),
            ("v1.30.0-alpha.3.14", "v1.30.0-alpha.3.15"),
            ("1.0.0-rc.1", "1.0.0-rc.1.1"),
            ("RELEASE.2023-05-04T21-44-30Z", "RELEASE.2024-01-16T16-07-38Z"),
            ("20230101T101010", "20240301T101010"),
            ("2023-03-01T10-10-10", "2024-03-01T10-10-10"),
            ("2024-03-01T10-10-10", "2024-03-01T10-10-11"),
            ("v1.2.3-3-gabc1234", "v1.2.3-4-g0123abc"),
            ("v1.28.3-eksbuild.1", "v1.28.3-eksbuild.3"),
            ("1.10.0-debian-12-r4", "1.10.0-debian-12-r5"),
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
            ("abc1233-20240103", "abc1234-20240102"),
            ("1.0-0abc123", "1.0-1abc123"),
            ("1.0-rc1-alpine", "1.0-rc1"),
            ("1.0-rc.x", "1.0-rc.y"),
            ("1.0.0+a", "1.0.0+b"),
            ("", "1"),
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
