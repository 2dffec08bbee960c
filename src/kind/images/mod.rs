//! `images`: tag and digest as one value, in every form that kustomize reads.
//!
//! Semantics: kustomize `api/filters/imagetag/updater.go` and `api/internal/image/image.go`, v5.8.1.

mod entry;
mod pin;
mod running;
mod write;

use crate::diagnostic::Diagnostic;
use crate::facts::Inquiry;
use crate::image::{Image, without_host};
use crate::kind::{About, Comparison, Field, Kind, Pinned, Pinning, Unpinned, Value, append};
use crate::overlay::Overlay;
use crate::promotion::{NewName, Promotion};
use crate::version::is_floating;
use crate::yaml::Rewrite;
use entry::Entry;
use write::new_entry;

/// The kind.
pub(super) struct Images;

/// `imageTags` is the deprecated name of the same list.
static LISTS: [&str; 2] = ["images", "imageTags"];

impl Kind for Images {
    fn id(&self) -> &'static str {
        "images"
    }

    fn lists(&self) -> &'static [&'static str] {
        &LISTS
    }

    fn about(&self) -> About {
        About {
            what: "the version of an image: its tag and its digest, as one value",
            places: &[
                "images[].newTag",
                "images[].digest",
                "a tag or digest inside images[].newName",
                "imageTags[]",
            ],
            key: "the entry's `name`, exactly as written",
            value: "tag and digest together; the target keeps the form that it has",
            never: "`newName` (unless `--new-name copy`), `tagSuffix`, images in patches and manifests",
            pins: Some(
                "the digest that the tag is now, in the target's own repository; mirrors have to agree",
            ),
            example: ("newTag: 1.4.1", "newTag: 1.5.0"),
        }
    }

    fn collect(&self, overlay: &Overlay<'_>) -> Result<Vec<Field>, Diagnostic> {
        let file = overlay.kustomization();
        let mut fields = Vec::new();
        for list in LISTS {
            let items = overlay.list(list)?;
            fields
                .extend(items.iter().filter_map(|item| Entry::read(&file.doc, *item)?.field(file)));
        }
        Ok(fields)
    }

    fn compare(&self, source: &Field, target: &Field, promotion: &Promotion) -> Comparison {
        let copied = source.repository.is_some() && promotion.new_name == NewName::Copy;
        // With `copy` the repository is part of the value, also where neither side has a version.
        let whole = |field: &Field| match (&field.value, copied) {
            (None, false) => None,
            (value, _) => Some(Value {
                repository: field.repository.clone().filter(|_| copied),
                ..value.clone().unwrap_or_default()
            }),
        };
        let inherits = source.value.is_none() && target.value.is_some();
        match (whole(source), whole(target)) {
            (Some(new), old) if !inherits && old.as_ref() != Some(&new) => {
                Comparison::Differs { old, new }
            }
            _ => Comparison::Same,
        }
    }

    fn pin(
        &self,
        pinning: &Pinning<'_>,
        inquiry: &mut Inquiry<'_>,
    ) -> Result<Option<Pinned>, Unpinned> {
        pin::pin(pinning, inquiry)
    }

    fn replace(
        &self,
        overlay: &Overlay<'_>,
        target: &Field,
        source: &Field,
        new: &Value,
    ) -> Result<Vec<Rewrite>, Diagnostic> {
        let doc = &overlay.kustomization().doc;
        let Some(entry) = Entry::read(doc, target.node) else {
            return Ok(Vec::new());
        };
        // The source's own form matters only where the target has none that could hold the value.
        Ok(entry.write(new, source.together))
    }

    fn add(&self, fields: &[&Field], target: &Overlay<'_>) -> Result<Vec<Rewrite>, Diagnostic> {
        let doc = &target.kustomization().doc;
        let model = target.list("images")?.last().copied();
        let items = fields.iter().map(|field| new_entry(&field.entry, doc, model)).collect();
        Ok(vec![append(target, "images", items)?])
    }

    fn remarks(
        &self,
        source: &Field,
        target: &Field,
        new: &Value,
        promotion: &Promotion,
    ) -> Vec<String> {
        let repository = |field: &Field| {
            field.repository.clone().unwrap_or_else(|| Image::split(&field.key).name.to_owned())
        };
        let (from, to) = (repository(source), repository(target));
        let mut remarks = Vec::new();
        // What was asked for is known to be there.
        let unknown = new.repository.is_none() && !promotion.asks_registries();
        if unknown && without_host(&from) != without_host(&to) {
            remarks.push(format!(
                "the source runs `{from}`, the target `{to}`: the version may not exist there"
            ));
        }
        let Value { version, digest, .. } = new;
        if digest.is_none() && target.value.as_ref().is_some_and(|old| old.digest.is_some()) {
            remarks.push("the target was pinned to a digest, and the source is not".to_owned());
        }
        if let (Some(tag), None) = (version, digest)
            && is_floating(tag)
        {
            remarks.push(format!(
                "`{tag}` is a moving tag: what it is can change after the promotion"
            ));
        }
        remarks
    }
}
