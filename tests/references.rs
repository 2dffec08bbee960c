//! Image references, case by case, as Docker reads them.
//!
//! `data/image-references.jsonl` and `data/image-references-more.jsonl` say what
//! `ParseNormalizedNamed` of github.com/distribution/reference v0.6.0 makes of a text:
//! `[text, "domain|path|tag|digest" or "ERR reason"]`. The second file has the edges of each rule and
//! random mutations of the first one, chosen for variety out of a million.

#![allow(clippy::unwrap_used, reason = "data of this test")]

use kubectl_promote::image::reference::{Invalid, Reference};

/// What Docker says, in our words.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Read {
    As(String),
    Not(Invalid),
}

/// The cases of a file.
fn cases(text: &str) -> Vec<(String, Read)> {
    let lines = text.lines().map(|line| serde_json::from_str::<(String, String)>(line).unwrap());
    lines.map(|(text, answer)| (text, wanted(&answer))).collect()
}

fn wanted(answer: &str) -> Read {
    let Some(reason) = answer.strip_prefix("ERR ") else {
        return Read::As(answer.to_owned());
    };
    Read::Not(match reason {
        "invalid reference format" | "invalid checksum digest format" => Invalid::Format,
        "unsupported digest algorithm" => Invalid::Algorithm,
        "invalid checksum digest length" => Invalid::DigestLength,
        reason if reason.ends_with("must be lowercase") => Invalid::Uppercase,
        reason if reason.ends_with("not be more than 255 characters") => Invalid::TooLong,
        reason if reason.ends_with("64-byte hexadecimal strings") => Invalid::Id,
        reason => unreachable!("{reason}"),
    })
}

fn ours(text: &str) -> Read {
    match Reference::parse(text) {
        Err(reason) => Read::Not(reason),
        Ok(Reference { repository, tag, digest, .. }) => Read::As(format!(
            "{}|{}|{}|{}",
            repository.domain,
            repository.path,
            tag.unwrap_or_default(),
            digest.unwrap_or_default()
        )),
    }
}

/// All cases.
fn all() -> Vec<(String, Read)> {
    let chosen = cases(include_str!("data/image-references.jsonl"));
    assert_eq!(chosen.len(), 120);
    let more = cases(include_str!("data/image-references-more.jsonl"));
    assert_eq!(more.len(), 400);
    [chosen, more].concat()
}

#[test]
fn references_are_read_as_docker_reads_them() {
    for (text, wanted) in all() {
        assert_eq!(ours(&text), wanted, "{text:?}");
    }
}

/// What is spelled out again, is what was read.
#[test]
fn names_are_the_authors_own() {
    for (text, _) in all() {
        let Ok(Reference { name, tag, digest, .. }) = Reference::parse(&text) else { continue };
        let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
        assert_eq!(format!("{name}{tag}{digest}"), text);
    }
}
