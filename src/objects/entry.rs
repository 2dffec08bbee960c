//! One entry of `images`, and what it makes of an image (`api/filters/imagetag/updater.go` of
//! kustomize v5.8.1).

use serde::{Deserialize, Serialize};

use super::matching::Matcher;
use crate::diagnostic::Diagnostic;
use crate::image::Image;

/// An image and its version, in the form of kustomize's `images`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageEntry {
    /// The images that it is about: a regular expression in Go's syntax
    pub name: String,
    /// What the name becomes
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub new_name: String,
    /// The tag, in the place of the image's own tag and digest
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub new_tag: String,
    /// The digest, in the place of the image's own tag and digest
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub digest: String,
    /// What is put behind the image's own tag; kustomize does so once in every pass, so twice in most
    /// places
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tag_suffix: String,
}

/// An entry that can be applied.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    entry: ImageEntry,
    matcher: Matcher,
}

impl Rule {
    /// # Errors
    /// Where the name is no regular expression: kustomize crashes on the first image that it meets
    /// (`IsImageMatched` ignores that the pattern did not compile).
    pub(super) fn new(entry: &ImageEntry) -> Result<Self, Diagnostic> {
        let name = &entry.name;
        let matcher = Matcher::new(name).map_err(|reason| {
            let message = format!("the image name `{name}` is no regular expression: {reason}");
            let hint = "kustomize takes `name` for a regular expression and crashes on this one";
            Diagnostic::error(message).hint(hint)
        })?;
        Ok(Self { entry: entry.clone(), matcher })
    }

    /// What the entry makes of `image`; `None` where it does not match.
    pub(super) fn apply(&self, image: &str) -> Option<String> {
        self.matcher.matches(image).then(|| self.entry.rewrite(image))
    }
}

impl ImageEntry {
    /// `newName` is pasted as it is, even with a tag in it. A tag takes the old digest away, and a
    /// digest the old tag; a suffix needs no tag to stand behind (`name:-x`), and takes the digest
    /// away.
    pub(super) fn rewrite(&self, image: &str) -> String {
        let Image { name, tag, digest } = Image::split(image);
        let name = if self.new_name.is_empty() { name } else { &self.new_name };
        let suffixed = format!("{}{}", tag.unwrap_or_default(), self.tag_suffix);
        let (tag, digest) = if !self.new_tag.is_empty() || !self.digest.is_empty() {
            (self.new_tag.as_str(), self.digest.as_str())
        } else if !self.tag_suffix.is_empty() {
            (suffixed.as_str(), "")
        } else {
            (tag.unwrap_or_default(), digest.unwrap_or_default())
        };
        let mut out = name.to_owned();
        for (mark, part) in [(':', tag), ('@', digest)].iter().filter(|(_, part)| !part.is_empty())
        {
            out.push(*mark);
            out.push_str(part);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name newName newTag digest tagSuffix`, a dash for nothing.
    fn applied(entry: &str, image: &str) -> Option<String> {
        let mut parts = entry.split(' ').map(|part| part.trim_start_matches('-').to_owned());
        let mut part = || parts.next().unwrap_or_default();
        let entry = ImageEntry {
            name: part(),
            new_name: part(),
            new_tag: part(),
            digest: part(),
            tag_suffix: part(),
        };
        Rule::new(&entry).unwrap().apply(image)
    }

    #[test]
    fn versions_replace_versions() {
        for (entry, image, wanted) in [
            ("nginx - v2", "nginx:1@sha256:a", "nginx:v2"),
            ("nginx - - sha256:b", "nginx:1@sha256:a", "nginx@sha256:b"),
            ("nginx - v2 sha256:b", "nginx", "nginx:v2@sha256:b"),
            ("nginx - - - _x", "nginx:1@sha256:a", "nginx:1_x"),
            ("nginx - - - _x", "nginx", "nginx:_x"),
            ("nginx - v2 - _x", "nginx:1", "nginx:v2"),
            ("nginx mirror/nginx:v1", "nginx:2", "mirror/nginx:v1:2"),
            ("nginx m", "nginx:1@sha256:a", "m:1@sha256:a"),
            ("nginx", "nginx:", "nginx"),
            ("- - v1", "", ":v1"),
            ("- - v1", ":v0", ":v1"),
            ("localhost:5000/x - v2", "localhost:5000/x:1", "localhost:5000/x:v2"),
            ("nginx - v1@sha256:a", "nginx", "nginx:v1@sha256:a"),
        ] {
            assert_eq!(applied(entry, image).as_deref(), Some(wanted), "{entry} {image}");
        }
    }

    #[test]
    fn names_are_patterns_and_nothing_is_normalised() {
        for (name, image, wanted) in [
            ("nginx", "nginx:1", true),
            ("nginx", "nginx:1\n", false),
            ("nginx", "library/nginx", false),
            ("quay.io/a", "quayXio/a:1", true),
            ("a+b", "a+b", false),
            ("nginx|redis", "nginxfoo", true),
            ("nginx|redis", "fooredis:2", true),
            ("nginx:1.0", "nginx:1.1", false),
            ("nginx:1.0", "nginx:1.0", true),
            ("*", "anything at all", true),
            ("localhost", "localhost:5000", true),
            ("localhost", "localhost:5000/x", false),
            ("nginx", "nginx@sha512:a", false),
            ("nginx", "nginx:$(TAG)", false),
            ("nginx", "nginx:{TAG}", true),
        ] {
            assert_eq!(applied(name, image).is_some(), wanted, "{name} {image}");
        }
        let broken = ImageEntry { name: "a)".to_owned(), ..ImageEntry::default() };
        assert!(Rule::new(&broken).unwrap_err().message.contains("`a)` is no regular expression"));
    }
}
