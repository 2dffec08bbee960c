//! The forms of a reference's parts (`regexp.go` of github.com/distribution/reference v0.6.0, and
//! `digest.go` of github.com/opencontainers/go-digest v1.0.0), without regular expressions.

use super::reference::Invalid;

/// The most characters of a tag.
const LONGEST_TAG: usize = 128;

/// The fewest hexadecimal digits of a digest, whatever its algorithm.
const SHORTEST_DIGEST: usize = 32;

/// The algorithms of digests, with how many hexadecimal digits theirs have.
const ALGORITHMS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// Whether `text` is a host with or without a port: names with dots between, or an IPv6 address in
/// brackets.
pub(super) fn is_domain(text: &str) -> bool {
    let (host, port) = match text.rfind(':') {
        Some(at) if !text.ends_with(']') => (&text[..at], Some(&text[at + 1..])),
        _ => (text, None),
    };
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_host = match address {
        Some(address) => consists_of(address, |byte| byte.is_ascii_hexdigit() || byte == b':'),
        None => host.split('.').all(is_label),
    };
    is_host && port.is_none_or(|port| consists_of(port, |byte| byte.is_ascii_digit()))
}

fn is_label(text: &str) -> bool {
    consists_of(text, |byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Whether `text` is a repository's path.
pub(super) fn is_path(text: &str) -> bool {
    text.split('/').all(is_component)
}

/// Small letters and digits; between two of them one dot, one or two underscores, or any number of
/// dashes.
fn is_component(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = text.bytes().next().is_some_and(is_word) && text.bytes().last().is_some_and(is_word);
    let mut between = text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    ends && between
        .all(|gap| matches!(gap, "" | "." | "_" | "__") || gap.bytes().all(|byte| byte == b'-'))
}

/// Whether `text` is a tag.
pub(super) fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= LONGEST_TAG
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

/// Whether `text` has the form of a digest, of whatever algorithm.
pub(super) fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_alphabetic())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(is_word)
        && hex.len() >= SHORTEST_DIGEST
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether registries use a digest like `text`, which [`is_digest`].
///
/// # Errors
/// What is wrong with its algorithm, its length or its letters.
pub(super) fn check_digest(text: &str) -> Result<(), Invalid> {
    let (algorithm, hex) = text.split_once(':').ok_or(Invalid::Format)?;
    match ALGORITHMS.iter().find(|(name, _)| *name == algorithm) {
        Some((_, digits)) if hex.len() != *digits => Err(Invalid::DigestLength),
        Some(_) if hex.bytes().all(is_lower_hex) => Ok(()),
        None if !has_capitals(algorithm) => Err(Invalid::Algorithm),
        _ => Err(Invalid::Format),
    }
}

/// A digit or one of the letters `a` to `f`.
pub(super) fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Whether `text` has letters that exist as small ones, of any script.
pub(super) fn has_capitals(text: &str) -> bool {
    text.chars().any(|c| small(c) != c)
}

/// `text` in small letters.
pub(super) fn lower(text: &str) -> String {
    text.chars().map(small).collect()
}

/// One letter for one letter, as Go does it: the only one that has more is `İ`, an `i` there.
fn small(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

fn consists_of(text: &str, is_legal: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(is_legal)
}
