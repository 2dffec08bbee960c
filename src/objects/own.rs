//! The target's own `images`, which have run on the objects already: which of them made an image what
//! it is, and what it becomes with the promoted version.
//!
//! An image belongs to the last entry that can have made it. So objects get what the target's
//! kustomization would give them with the promoted values: an image that happens to be called like
//! another one's mirror keeps its version, and so does one that a replacement set.

use super::matching::Matcher;
use super::{ImageEntry, Wanted};
use crate::diagnostic::Diagnostic;
use crate::image::Image;
use crate::kind::{Field, Value};

/// What the target's entries left, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Own {
    entries: Vec<Left>,
    all: bool,
}

/// What one entry left.
#[derive(Clone, Debug)]
struct Left {
    /// What it took for its images.
    key: Matcher,
    name: Name,
    /// What it put behind names; `None` where it left versions alone.
    version: Option<String>,
    becomes: Option<Becomes>,
    /// The entry as it will be.
    entry: ImageEntry,
}

/// The names that an entry left.
#[derive(Clone, Debug)]
enum Name {
    Is(String),
    Like(Matcher),
}

/// What the images of an entry become.
#[derive(Clone, Debug)]
struct Becomes {
    /// The position among the values that are wanted.
    wanted: usize,
    entry: ImageEntry,
}

/// What an image becomes, and the positions of the wanted values that say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Became {
    pub(super) text: String,
    pub(super) wanted: Vec<usize>,
}

impl Own {
    /// The images among the target's `fields`, and those of `wanted` that take their place. With `all`,
    /// they speak for every image of their name, whoever made it.
    ///
    /// # Errors
    /// A name that is no regular expression.
    pub(super) fn new(fields: &[Field], wanted: &[Wanted], all: bool) -> Result<Self, Diagnostic> {
        let mut entries = Vec::new();
        for field in fields.iter().filter(|field| field.kind == "images") {
            let is_own = |wanted: &Wanted| wanted.left.is_some() && wanted.key == field.key;
            let becomes = wanted.iter().position(is_own);
            let becomes = becomes.map(|at| Becomes { wanted: at, entry: wanted[at].entry.clone() });
            if becomes.is_some() || field.value.is_some() || field.repository.is_some() {
                entries.push(Left::new(field, becomes)?);
            }
        }
        Ok(Self { entries, all })
    }

    /// Patterns of all names that an image can have which changes.
    pub(super) fn names(&self) -> Vec<String> {
        let changing = self.entries.iter().filter(|left| left.becomes.is_some());
        let names = changing.flat_map(|left| {
            let key = &left.entry.name;
            let name = match &left.name {
                Name::Is(name) => regex::escape(name),
                Name::Like(_) => Image::split(key).name.to_owned(),
            };
            [name, key.clone()]
        });
        names.collect()
    }

    /// What `image` becomes; `None` where no entry says. `elsewhere`: in a place that the target's
    /// entries may not have looked at.
    ///
    /// # Errors
    /// Why nobody can say.
    pub(super) fn apply(&self, image: &str, elsewhere: bool) -> Result<Option<Became>, String> {
        let is_fine = self.entries.iter().any(|left| left.is_fine(image));
        if self.all && is_fine {
            return Ok(Some(self.fine(image)));
        }
        match self.made(image, self.entries.len())? {
            // Another function has been here before.
            None if is_fine => Ok(Some(self.fine(image))),
            None if self.all || elsewhere => Ok(self.called(image)),
            made => Ok(made),
        }
    }

    /// `image` is what some of the entries say.
    fn fine(&self, image: &str) -> Became {
        let fine = self.entries.iter().filter(|left| left.is_fine(image));
        let wanted = fine.filter_map(|left| Some(left.becomes.as_ref()?.wanted)).collect();
        Became { text: image.to_owned(), wanted }
    }

    /// What those of the first `count` entries that can have made `image` make of it now: none before
    /// the last one that took it for its own.
    fn made(&self, image: &str, count: usize) -> Result<Option<Became>, String> {
        let mut became: Option<Became> = None;
        for (position, left) in self.entries[..count].iter().enumerate().rev() {
            if left.made(image) {
                let made = self.renewed(image, position)?;
                let became = became
                    .get_or_insert_with(|| Became { text: made.text.clone(), wanted: Vec::new() });
                if became.text != made.text {
                    return Err(format!(
                        "`{image}` may come from several entries of the target's `images`, which do not get the same version: promote them in the files"
                    ));
                }
                became.wanted.extend(made.wanted);
            }
            if left.key.matches(image) {
                break;
            }
        }
        Ok(became)
    }

    /// What the entry at `position`, which made `image`, makes of it now.
    fn renewed(&self, image: &str, position: usize) -> Result<Became, String> {
        let left = &self.entries[position];
        if let Some(before) = left.before(image)
            && let Some(became) = self.made(&before, position)?
        {
            return Ok(became);
        }
        let text = self.passed_on(left.renewed(image), position);
        let wanted = left.becomes.iter().map(|becomes| becomes.wanted).collect();
        Ok(Became { text, wanted })
    }

    /// What the entries behind the one at `position` make of the new `image`, which they may take for
    /// theirs where they did not before.
    fn passed_on(&self, image: String, position: usize) -> String {
        self.entries[position + 1..].iter().fold(image, |image, left| {
            if left.key.matches(&image) { left.entry.rewrite(&image) } else { image }
        })
    }

    /// What `image` becomes because of its name.
    fn called(&self, image: &str) -> Option<Became> {
        let mut entries = self.entries.iter().rev();
        if let Some(left) = entries.clone().find(|left| left.is_called(image)) {
            return left.becomes.as_ref().map(|becomes| becomes.became(&becomes.entry, image));
        }
        let left = entries.find(|left| left.key.matches(image))?;
        left.becomes.as_ref().map(|becomes| becomes.became(&left.entry, image))
    }
}

impl Left {
    fn new(field: &Field, becomes: Option<Becomes>) -> Result<Self, Diagnostic> {
        let key = &field.key;
        let matcher = |name: &str| {
            Matcher::new(name).map_err(|reason| Diagnostic::error(format!("`{key}`: {reason}")))
        };
        let name = match &field.repository {
            Some(name) => Name::Is(name.clone()),
            // A tag in a key is a condition, and not there any more afterwards.
            None => Name::Like(matcher(Image::split(key).name).or_else(|_| matcher(key))?),
        };
        let version = field.value.as_ref().map(behind);
        let entry = whole(field, becomes.as_ref().map(|becomes| &becomes.entry));
        Ok(Self { key: matcher(key)?, name, version, becomes, entry })
    }

    /// Whether the entry can have made `image`.
    fn made(&self, image: &str) -> bool {
        let Some(version) = &self.version else { return self.is_called(image) };
        image.strip_suffix(version.as_str()).is_some_and(|name| self.name.is(name))
    }

    /// What `image` was before the entry renamed it, where it does nothing else.
    fn before(&self, image: &str) -> Option<String> {
        let (None, None, Name::Is(name), Matcher::Plain(key)) =
            (&self.becomes, &self.version, &self.name, &self.key)
        else {
            return None;
        };
        Some(format!("{key}{}", image.strip_prefix(name.as_str())?))
    }

    fn is_called(&self, image: &str) -> bool {
        self.name.is(Image::split(image).name)
    }

    /// Whether `image` is as it is to be.
    fn is_fine(&self, image: &str) -> bool {
        let Some(Becomes { entry, .. }) = &self.becomes else { return self.made(image) };
        let is_called = self.is_called(image) || Image::split(image).name == entry.new_name;
        is_called && entry.rewrite(image) == image
    }

    fn renewed(&self, image: &str) -> String {
        let becomes = self.becomes.as_ref();
        becomes.map_or_else(|| image.to_owned(), |becomes| becomes.entry.rewrite(image))
    }
}

impl Becomes {
    fn became(&self, entry: &ImageEntry, image: &str) -> Became {
        Became { text: entry.rewrite(image), wanted: vec![self.wanted] }
    }
}

impl Name {
    fn is(&self, name: &str) -> bool {
        match self {
            Self::Is(own) => own == name,
            Self::Like(matcher) => matcher.matches(name),
        }
    }
}

/// The entry of `field` with what it gets.
fn whole(field: &Field, new: Option<&ImageEntry>) -> ImageEntry {
    let own = || {
        let Value { version, digest, .. } = field.value.clone().unwrap_or_default();
        ImageEntry {
            new_tag: version.unwrap_or_default(),
            digest: digest.unwrap_or_default(),
            ..ImageEntry::default()
        }
    };
    let mut entry = new.cloned().unwrap_or_else(own);
    entry.name.clone_from(&field.key);
    if entry.new_name.is_empty() {
        entry.new_name = field.repository.clone().unwrap_or_default();
    }
    entry
}

/// A version as it stands behind a name.
pub(super) fn behind(value: &Value) -> String {
    let part = |mark: char, part: &Option<String>| {
        part.as_ref().map(|part| format!("{mark}{part}")).unwrap_or_default()
    };
    part(':', &value.version) + &part('@', &value.digest)
}
