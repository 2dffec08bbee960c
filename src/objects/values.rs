//! What a promotion means for objects that are rendered already: the entries of `images` that make of
//! them what the target's kustomization would have made with the promoted values.

use std::collections::BTreeMap;

use super::ImageEntry;
use crate::kind::{Field, Value};
use crate::plan::{Change, Plan, Source, Verdict};
use crate::promotion::Promotion;

/// A value that the objects are to get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The image's key in the source.
    pub key: String,
    /// The entry that gives it to the objects.
    pub entry: ImageEntry,
}

/// The values that `plan` gives the images of its target, whose fields are `own`, in their order.
///
/// The target's own `images` have run already, so its images are looked for under the names that they
/// got there.
pub fn wanted(plan: &Plan, own: &[Field], source: &Source, promotion: &Promotion) -> Vec<Wanted> {
    having(plan, own, source, promotion, Verdict::writes)
}

/// The same with the values that the target has already: all that objects should have, whenever they
/// were rendered.
pub fn expected(plan: &Plan, own: &[Field], source: &Source, promotion: &Promotion) -> Vec<Wanted> {
    let is_expected = |verdict: &Verdict| verdict.writes() || *verdict == Verdict::Same;
    having(plan, own, source, promotion, is_expected)
}

fn having(
    plan: &Plan,
    own: &[Field],
    source: &Source,
    promotion: &Promotion,
    is_meant: impl Fn(&Verdict) -> bool,
) -> Vec<Wanted> {
    let images = plan.changes.iter().filter(|change| change.kind == "images");
    let meant = images.filter(|change| is_meant(&change.verdict));
    meant.filter_map(|change| one(change, own, source, &promotion.names)).collect()
}

fn one(
    change: &Change,
    own: &[Field],
    source: &Source,
    names: &BTreeMap<String, String>,
) -> Option<Wanted> {
    let Value { repository, version, digest } = change.new.clone()?;
    let image = |fields: &[Field]| {
        let mut images = fields.iter().filter(|field| field.kind == "images");
        images.find(|field| field.key == change.key).and_then(|field| field.repository.clone())
    };
    let renamed = names.get(&change.key).cloned().or_else(|| image(own));
    // A whole new entry brings its repository along, unless the objects have one of their own. An entry
    // that the target has, or may have, keeps the repository that it has.
    let is_known = own.iter().any(|field| field.kind == "images" && field.key == change.key);
    let is_new = change.verdict == Verdict::Add && !is_known && renamed.is_none();
    let added = is_new.then(|| image(&source.fields));
    let entry = ImageEntry {
        // The key is a pattern to kustomize; what a mirror is called is its name and nothing else.
        name: renamed.map_or_else(|| change.key.clone(), |name| regex::escape(&name)),
        new_name: repository.or(added.flatten()).unwrap_or_default(),
        new_tag: version.unwrap_or_default(),
        digest: digest.unwrap_or_default(),
        tag_suffix: String::new(),
    };
    Some(Wanted { key: change.key.clone(), entry })
}
