//! What a promotion means for objects that are rendered already: the entries of `images` that make of
//! them what the target's kustomization would have made with the promoted values.

use std::collections::BTreeMap;

use super::ImageEntry;
use super::own::behind;
use crate::diagnostic::Diagnostic;
use crate::image::Image;
use crate::kind::{Field, Value};
use crate::plan::{Change, Plan, Selection, Source, Verdict};
use crate::promotion::Promotion;

/// A value that the objects are to get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The image's key in the source.
    pub key: String,
    /// The entry that gives it to the objects.
    pub entry: ImageEntry,
    /// What the target's own entry makes of the image now, where there is one.
    pub left: Option<String>,
}

/// The values that `plan` gives the images of its target, whose fields are `own`, in their order; with
/// those that it has already where the selection `same` takes them.
///
/// The target's own `images` have run already, so its images are looked for under the names that they
/// got there.
pub fn wanted(
    plan: &Plan,
    own: Option<&[Field]>,
    source: &Source,
    promotion: &Promotion,
    same: Option<&Selection>,
) -> Vec<Wanted> {
    let is_same = |change: &Change| {
        let mut fields = own.iter().copied().flatten().filter(|field| field.kind == change.kind);
        let field = fields.find(|field| field.key == change.key);
        change.verdict == Verdict::Same
            && same.zip(field).is_some_and(|(same, field)| same.takes(&[field]))
    };
    let images = plan.changes.iter().filter(|change| change.kind == "images");
    let wanted = images.filter(|change| change.verdict.writes() || is_same(change));
    wanted.filter_map(|change| one(change, own, source, &promotion.names)).collect()
}

/// What is wrong with `names` for `wanted`, which have no entries of the target behind them: two
/// images under one name, with different versions.
///
/// # Errors
/// A diagnostic that names the two.
pub fn told_apart(wanted: &[Wanted], names: &BTreeMap<String, String>) -> Result<(), Diagnostic> {
    let name = |wanted: &Wanted| names.get(&wanted.key).unwrap_or(&wanted.key).clone();
    let version = |wanted: &Wanted| ImageEntry { name: String::new(), ..wanted.entry.clone() };
    let free = || wanted.iter().filter(|wanted| wanted.left.is_none());
    for renamed in free().filter(|wanted| names.contains_key(&wanted.key)) {
        let same = |other: &&Wanted| other.key != renamed.key && name(other) == name(renamed);
        if let Some(other) = free().filter(same).find(|other| version(other) != version(renamed)) {
            let message = format!(
                "`{}` and `{}` are both called `{}` in the objects, and are to get different versions",
                renamed.key,
                other.key,
                name(renamed)
            );
            let hint = "leave one of them out with `except`, or promote them in the files";
            return Err(Diagnostic::error(message).hint(hint));
        }
    }
    Ok(())
}

fn one(
    change: &Change,
    own: Option<&[Field]>,
    source: &Source,
    names: &BTreeMap<String, String>,
) -> Option<Wanted> {
    let Value { repository, version, digest } = change.new.clone()?;
    fn image<'f>(fields: &'f [Field], key: &str) -> Option<&'f Field> {
        fields.iter().find(|field| field.kind == "images" && field.key == key)
    }
    let told = names.get(&change.key);
    let field = own.and_then(|own| image(own, &change.key)).filter(|_| told.is_none());
    let mirror = field.and_then(|field| field.repository.as_ref());
    let renamed = told.or(mirror).cloned();
    let left = field.map(|field| {
        let name = mirror.map_or_else(|| Image::split(&field.key).name, String::as_str);
        format!("{name}{}", field.value.as_ref().map(behind).unwrap_or_default())
    });
    // A whole new entry brings its repository along. One that the target has, or may have, keeps the
    // repository that it has.
    let is_new =
        change.verdict == Verdict::Add && own.is_some() && field.is_none() && told.is_none();
    let added = is_new.then(|| image(&source.fields, &change.key)?.repository.clone());
    let entry = ImageEntry {
        // The key is a pattern to kustomize; what a mirror is called is its name and nothing else.
        name: renamed.map_or_else(|| change.key.clone(), |name| regex::escape(&name)),
        new_name: repository.or(added.flatten()).unwrap_or_default(),
        new_tag: version.unwrap_or_default(),
        digest: digest.unwrap_or_default(),
        tag_suffix: String::new(),
    };
    Some(Wanted { key: change.key.clone(), entry, left })
}
