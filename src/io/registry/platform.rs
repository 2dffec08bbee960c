//! Whether an image runs on a platform, and what it runs on instead.

use std::collections::BTreeSet;
use std::fmt;

use super::Platform;
use super::media::Runs;

impl Runs {
    /// Whether that is `platform`.
    pub(super) fn is(&self, platform: &Platform) -> bool {
        let variant = |text: Option<&str>| variant(&self.architecture, text).map(str::to_owned);
        self.os.eq_ignore_ascii_case(&platform.os)
            && self.architecture.eq_ignore_ascii_case(&platform.architecture)
            && platform
                .variant
                .as_deref()
                .is_none_or(|wanted| variant(self.variant.as_deref()) == variant(Some(wanted)))
    }

    /// Whether it is one at all: what BuildKit attests about an image is on `unknown/unknown`.
    pub(super) fn is_known(&self) -> bool {
        !self.os.is_empty() && self.os != "unknown" && self.architecture != "unknown"
    }
}

/// `linux/arm64` is `linux/arm64/v8`, and `linux/arm` is `linux/arm/v7` (containerd's
/// `platforms.Normalize`).
fn variant<'t>(architecture: &str, variant: Option<&'t str>) -> Option<&'t str> {
    match (architecture, variant.filter(|variant| !variant.is_empty())) {
        ("arm64", None | Some("8")) => Some("v8"),
        ("arm", None | Some("7")) => Some("v7"),
        (_, variant) => variant,
    }
}

/// Checks that `platform` is one of `found`.
///
/// # Errors
/// What there is instead.
pub(super) fn check(platform: &Platform, found: &BTreeSet<Runs>) -> Result<(), String> {
    if found.iter().any(|runs| runs.is(platform)) {
        return Ok(());
    }
    let names: Vec<_> =
        found.iter().filter(|runs| runs.is_known()).map(Runs::to_string).take(20).collect();
    let wanted = Runs {
        os: platform.os.clone(),
        architecture: platform.architecture.clone(),
        variant: platform.variant.clone(),
    };
    Err(match names.is_empty() {
        true => format!("is not for `{wanted}`: it names no platform"),
        false => format!("is not for `{wanted}`: it is for {}", names.join(", ")),
    })
}

impl fmt::Display for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [Some(&self.os), Some(&self.architecture), self.variant.as_ref()];
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        let text: Vec<_> = parts.map(|part| super::trouble::printable(part, 40)).collect();
        f.write_str(&text.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Runs {
        let mut parts = text.split('/').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let (os, architecture) = (next(), next());
        Runs { os, architecture, variant: parts.next() }
    }

    fn checked(platform: &str, found: &[&str]) -> Result<(), String> {
        let Runs { os, architecture, variant } = runs(platform);
        let found = found.iter().map(|text| runs(text)).filter(Runs::is_known).collect();
        check(&Platform { os, architecture, variant }, &found)
    }

    #[test]
    fn platforms_are_those_of_containerd() {
        let all = ["linux/amd64", "linux/arm/v7", "linux/arm64", "unknown/unknown"];
        for (platform, found) in [
            ("linux/amd64", true),
            ("linux/arm64", true),
            ("linux/arm64/v8", true),
            ("linux/arm", true),
            ("linux/arm/v7", true),
            ("linux/arm/v6", false),
            ("windows/amd64", false),
            ("unknown/unknown", false),
        ] {
            assert_eq!(checked(platform, &all).is_ok(), found, "{platform}");
        }
    }

    #[test]
    fn what_there_is_instead_is_said() {
        let told = checked("linux/s390x", &["linux/arm/v7", "linux/amd64", "linux/amd64"]);
        assert_eq!(
            told.unwrap_err(),
            "is not for `linux/s390x`: it is for linux/amd64, linux/arm/v7"
        );
        let told = checked("linux/s390x", &["unknown/unknown"]);
        assert_eq!(told.unwrap_err(), "is not for `linux/s390x`: it names no platform");
    }
}
