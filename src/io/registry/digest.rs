//! Digests: the name of a manifest is the hash of its bytes, in the two algorithms of registries.

use std::fmt::Write as _;

use ring::digest;

/// How bytes are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// What everybody uses.
    Sha256,
    /// What the specification allows as well.
    Sha512,
}

impl Algorithm {
    /// The algorithm of `digest`; `None` where that is malformed: anything but
    /// `sha256:` with 64 or `sha512:` with 128 hexadecimal digits in lower case.
    pub(super) fn of(digest: &str) -> Option<Self> {
        let (name, digits) = digest.split_once(':')?;
        let (algorithm, length) = match name {
            "sha256" => (Self::Sha256, 64),
            "sha512" => (Self::Sha512, 128),
            _ => return None,
        };
        let hexadecimal = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (digits.len() == length && digits.bytes().all(hexadecimal)).then_some(algorithm)
    }

    /// The digest of `bytes`.
    pub(super) fn hash(self, bytes: &[u8]) -> String {
        let (name, algorithm) = match self {
            Self::Sha256 => ("sha256:", &digest::SHA256),
            Self::Sha512 => ("sha512:", &digest::SHA512),
        };
        let mut text = String::from(name);
        for byte in digest::digest(algorithm, bytes).as_ref() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_of_two_algorithms_and_lower_case() {
        let sha256 = Algorithm::Sha256.hash(b"");
        assert_eq!(
            sha256,
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let sha512 = Algorithm::Sha512.hash(b"");
        assert!(sha512.starts_with("sha512:cf83e1357eefb8bd") && sha512.ends_with("f927da3e"));
        for (text, expected) in [
            (sha256.as_str(), Some(Algorithm::Sha256)),
            (&sha512, Some(Algorithm::Sha512)),
            (&sha256.to_uppercase(), None),
            (&sha256.replace("e3", "E3"), None),
            (&sha256[..70], None),
            (&format!("{sha256}0"), None),
            (&format!("{sha256}\n"), None),
            (&sha256.replace("sha256", "sha512"), None),
            ("md5:d41d8cd98f00b204e9800998ecf8427e", None),
            ("sha256:abc\" evil: true #", None),
            ("garbage", None),
            ("", None),
        ] {
            assert_eq!(Algorithm::of(text), expected, "{text}");
        }
    }
}
