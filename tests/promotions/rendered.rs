//! What kustomize renders, and which entries reach which of its containers.

use std::collections::BTreeMap;

use kubectl_promote::image::Image;
use serde::Deserialize as _;
use serde_yaml::Value;

use crate::entries::Entry;
use crate::support::{Run, Sandbox};

/// A container: the kind of its object, its list and its name.
pub(crate) type Container = (String, &'static str, String);

/// What a directory is built to.
#[derive(Debug, PartialEq)]
pub(crate) struct Rendered {
    pub(crate) images: BTreeMap<Container, String>,
    /// Everything, less the images of containers.
    pub(crate) rest: Vec<Value>,
}

/// Builds `dir`; `None` where kustomize refuses to.
pub(crate) fn build(sandbox: &Sandbox, dir: &str) -> Option<Rendered> {
    let run = Run::of(sandbox.command("kustomize").args(["build", dir]));
    if run.code != 0 {
        return None;
    }
    let mut images = BTreeMap::new();
    let mut rest = Vec::new();
    for document in serde_yaml::Deserializer::from_str(&run.stdout) {
        let mut object = Value::deserialize(document).unwrap();
        let kind = object["kind"].as_str().unwrap().to_owned();
        let outer = if kind == "CronJob" { &["spec", "jobTemplate"][..] } else { &[] };
        let path = [outer, &["spec", "template", "spec"]].concat();
        let spec = path.iter().try_fold(&mut object, |inside, key| inside.get_mut(*key));
        for list in ["containers", "initContainers"] {
            let containers = spec.as_ref().and_then(|spec| spec.get(list)).cloned();
            for container in containers.as_ref().and_then(Value::as_sequence).into_iter().flatten()
            {
                // kustomize writes an image called `1234` without quotes.
                let text = |key: &str| match &container[key] {
                    Value::String(text) => text.clone(),
                    other => serde_yaml::to_string(other).unwrap().trim_end().to_owned(),
                };
                images.insert((kind.clone(), list, text("name")), text("image"));
            }
        }
        if let Some(spec) = spec {
            forget_images(spec);
        }
        rest.push(object);
    }
    Some(Rendered { images, rest })
}

fn forget_images(spec: &mut Value) {
    for list in ["containers", "initContainers"] {
        let containers = spec.get_mut(list).and_then(Value::as_sequence_mut);
        for container in containers.into_iter().flatten() {
            container["image"] = Value::Null;
        }
    }
}

/// The entries that may reach a container whose image is `image` before them: those that match it,
/// and those that match a name which one of them gives it.
pub(crate) fn reaching<'e>(entries: &'e [Entry], image: &str) -> Vec<&'e Entry> {
    let mut names = vec![Image::split(image).name];
    let mut found: Vec<&Entry> = Vec::new();
    loop {
        let next = entries.iter().find(|entry| {
            let known = found.iter().any(|found| std::ptr::eq(*found, *entry));
            !known && names.iter().any(|name| may_match(&entry.name, name))
        });
        let Some(next) = next else { return found };
        names.extend(next.get("newName").map(|name| Image::split(name).name));
        found.push(next);
    }
}

/// Whether kustomize takes `image` for one that an entry can match: with a tag and a digest of the
/// characters that it knows.
pub(crate) fn is_known(image: &str) -> bool {
    let Image { tag, digest, .. } = Image::split(image);
    let known = |c: char| c.is_ascii_alphanumeric() || "_.{}-".contains(c);
    let digest = digest.map(|digest| digest.strip_prefix("sha256:").unwrap_or(" "));
    [tag, digest].into_iter().flatten().all(|part| part.chars().all(known))
}

/// A name is a regular expression to kustomize: a dot in it stands for any character.
fn may_match(pattern: &str, name: &str) -> bool {
    let pattern = Image::split(pattern).name;
    let same = |(p, c): (char, char)| p == '.' || p == c;
    pattern.chars().count() == name.chars().count() && pattern.chars().zip(name.chars()).all(same)
}

/// Whether a name with a version in it is that of `image`, and not of its other versions.
pub(crate) fn names_whole(entry: &Entry, image: &str) -> bool {
    Image::split(&entry.name).name == entry.name || entry.name == image
}

/// Whether `entry` has its version inside its `newName`.
pub(crate) fn has_version_inside(entry: &Entry) -> bool {
    let new_name = entry.get("newName");
    new_name.is_some_and(|new_name| Image::split(new_name).name != new_name)
}

/// Whether kustomize pastes another version behind the one that `entry` has inside its `newName`:
/// that of `image`, or its own when it matches itself and is applied once more.
pub(crate) fn is_pasted(entry: &Entry, image: &str) -> bool {
    let new_name = Image::split(entry.get("newName").unwrap_or_default()).name;
    let outside = Image::split(image).name != image || entry.get("tagSuffix").is_some();
    has_version_inside(entry) && (outside || may_match(&entry.name, new_name))
}
