//! What stands around a target's images and can defeat their promotion: bases that rename them,
//! patches and replacements that set them, chart values that name them.
//!
//! Order of things: kustomize `api/internal/target/kusttarget.go`, v5.8.1: patches, then images,
//! then replacements.

use camino::Utf8PathBuf;

use crate::diagnostic::Diagnostic;
use crate::image::{Image, without_host};
use crate::kind::Field;
use crate::overlay::{Below, Overlay};
use crate::plan::Work;
use crate::span::Span;
use crate::tree::{Tree, join};
use crate::yaml::{Document, NodeId};

/// Warnings about the fields that `work` writes.
pub(super) fn cautions(
    target: &Overlay<'_>,
    tree: &Tree,
    below: &[Below<'_>],
    fields: &[Field],
    work: &Work<'_>,
) -> Vec<Diagnostic> {
    let written = |kind: &str| -> Vec<&Field> {
        let own = work.changes.iter().zip(&work.fields);
        let own = own.filter(|(change, _)| change.kind == kind && change.verdict.writes());
        own.filter_map(|(_, fields)| fields.1).collect()
    };
    let images = written("images");
    let mut out = Vec::new();
    if !images.is_empty() {
        out.extend(renamed(target, below, &images));
        out.extend(patched(target, tree, fields, &images));
        out.extend(replaced(target, tree));
        out.extend(transformed(target, tree, &images));
    }
    out.extend(written("charts").into_iter().flat_map(|chart| valued(target, chart)));
    out
}

/// Images that a base gives another name, so that the overlay's entry matches nothing any more.
fn renamed(target: &Overlay<'_>, below: &[Below<'_>], images: &[&Field]) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for (dir, doc) in below {
        for (name, new_name) in doc.iter().flat_map(new_names) {
            for image in images.iter().filter(|image| image.key == name) {
                let message = format!(
                    "`{name}` may match nothing: `{dir}` renames it to `{new_name}` before this overlay sees it"
                );
                let warning = Diagnostic::warning(message).hint(format!("use `name: {new_name}`"));
                out.push(target.kustomization().point(warning, image.span));
            }
        }
    }
    out
}

/// The images that leave the kustomization `doc` under another name.
fn new_names<'d>(doc: &'d Document<'_>) -> Vec<(&'d str, &'d str)> {
    let list = doc.roots().first().and_then(|root| doc.get(root.node, "images"));
    let items = list.map_or(&[][..], |list| doc.items(list)).iter();
    let names = items.filter_map(|item| {
        let (name, new_name) = (doc.get_scalar(*item, "name")?, doc.get_scalar(*item, "newName")?);
        let new_name = Image::split(new_name).name;
        (name != new_name).then_some((name, new_name))
    });
    names.collect()
}

/// Patches that give a container an image which no entry of `images` matches.
fn patched(
    target: &Overlay<'_>,
    tree: &Tree,
    fields: &[Field],
    images: &[&Field],
) -> Vec<Diagnostic> {
    let matched = |name: &str| {
        let entries = fields.iter().filter(|field| field.kind == "images");
        entries.into_iter().any(|field| Image::split(&field.key).name == name)
    };
    let related = |name: &str| {
        images.iter().any(|image| {
            let own = image.repository.as_deref().unwrap_or(&image.key);
            [own, &image.key].into_iter().any(|own| base_name(own) == base_name(name))
        })
    };
    let mut out = Vec::new();
    for (label, text, span) in patches(target, tree) {
        for image in set_images(text) {
            let name = Image::split(&image).name;
            if matched(name) || !related(name) {
                continue;
            }
            let message =
                format!("a patch sets the image `{name}`, which no entry of `images` matches");
            let hint = "the promotion does not reach that container";
            let warning = Diagnostic::warning(message).hint(hint);
            out.push(match span {
                Some(span) => target.kustomization().point(warning, span).without_excerpt(),
                None => warning.file(&label),
            });
        }
    }
    out
}

fn base_name(image: &str) -> &str {
    without_host(image).rsplit('/').next().unwrap_or(image)
}

/// The target's patches: where they stand, their text, and the place of those written inline.
fn patches<'d>(
    target: &'d Overlay<'_>,
    tree: &'d Tree,
) -> Vec<(Utf8PathBuf, &'d str, Option<Span>)> {
    let file = target.kustomization();
    let doc = &file.doc;
    let mut out = Vec::new();
    for list in ["patches", "patchesStrategicMerge", "patchesJson6902"] {
        let items = doc.get(target.root(), list).map_or(&[][..], |list| doc.items(list));
        for item in items {
            let inline = doc.get(*item, "patch").or_else(|| doc.scalar(*item).map(|_| *item));
            let path = doc.get_scalar(*item, "path").or_else(|| doc.scalar(*item));
            let path = path.filter(|path| !path.contains('\n'));
            if let Some(path) = path.map(|path| join(&target.dir, path))
                && let Ok(Some(text)) = tree.read(&path)
            {
                out.push((path, text, None));
            } else if let Some(text) = inline.and_then(|inline| doc.scalar(inline)) {
                out.push((file.label.clone(), text, Some(doc.node(*item).span)));
            }
        }
    }
    out
}

/// The values of `image` in a strategic merge patch, and those that a JSON patch puts there.
fn set_images(text: &str) -> Vec<String> {
    if !text.contains("image") {
        return Vec::new();
    }
    let Ok(doc) = Document::parse(text) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for id in doc.ids() {
        let image = doc.get_scalar(id, "image");
        let path = doc.get_scalar(id, "path").filter(|path| path.ends_with("/image"));
        let value = path.and_then(|_| doc.get_scalar(id, "value"));
        out.extend(image.or(value).map(str::to_owned));
    }
    out
}

/// Replacements that write into image fields, after `images`.
fn replaced(target: &Overlay<'_>, tree: &Tree) -> Vec<Diagnostic> {
    let file = target.kustomization();
    let list = file.doc.get(target.root(), "replacements");
    let mut out = Vec::new();
    for item in list.map_or(&[][..], |list| file.doc.items(list)) {
        let path = file.doc.get_scalar(*item, "path").map(|path| join(&target.dir, path));
        let written = match path.as_ref().and_then(|path| tree.read(path).ok().flatten()) {
            Some(text) => Document::parse(text).ok().and_then(|doc| {
                let roots: Vec<_> = doc.roots().iter().map(|root| root.node).collect();
                let all = roots.iter().flat_map(|root| [&[*root], doc.items(*root)].concat());
                all.into_iter().find_map(|item| image_path(&doc, item))
            }),
            None => image_path(&file.doc, *item),
        };
        if let Some(written) = written {
            let message = format!("a replacement writes `{written}` after `images`, and wins");
            let span = file.doc.node(*item).span;
            out.push(file.point(Diagnostic::warning(message), span).without_excerpt());
        }
    }
    out
}

/// The first field path of a replacement's targets that ends at an image.
fn image_path(doc: &Document<'_>, replacement: NodeId) -> Option<String> {
    let targets = doc.items(doc.get(replacement, "targets")?).iter();
    let paths = targets.filter_map(|target| doc.get(*target, "fieldPaths"));
    let mut paths = paths.flat_map(|paths| doc.items(paths)).filter_map(|path| doc.scalar(*path));
    paths.find(|path| path.rsplit('.').next() == Some("image")).map(str::to_owned)
}

/// Values that pin an image of a chart whatever the chart's version says.
fn valued(target: &Overlay<'_>, chart: &Field) -> Vec<Diagnostic> {
    let file = &target.files[chart.file];
    let values = file.doc.get(chart.node, "valuesInline");
    let tags =
        values.map(|values| image_tags(&file.doc, values, "valuesInline")).unwrap_or_default();
    let say = |(path, tag): (String, NodeId)| {
        let message = format!("`{}`: `{path}` is the environment's own, and stays", chart.key);
        file.point(Diagnostic::warning(message), file.doc.node(tag).span)
    };
    tags.into_iter().map(say).collect()
}

/// Every `image.tag` below `values`, with its path.
fn image_tags(doc: &Document<'_>, values: NodeId, path: &str) -> Vec<(String, NodeId)> {
    let mut out = Vec::new();
    // An alias could lead into itself.
    if doc.follow(values) != values {
        return out;
    }
    for entry in doc.entries(values) {
        let key = doc.scalar(entry.key).unwrap_or_default();
        let path = format!("{path}.{key}");
        if key == "tag" && path.ends_with("mage.tag") && doc.scalar(entry.value).is_some() {
            out.push((path, entry.value));
        } else {
            out.extend(image_tags(doc, entry.value, &path));
        }
    }
    out
}

/// Transformers of images, which run after `images` of the same file and win.
fn transformed(target: &Overlay<'_>, tree: &Tree, images: &[&Field]) -> Vec<Diagnostic> {
    let file = target.kustomization();
    let list = file.doc.get(target.root(), "transformers");
    let mut out = Vec::new();
    for item in list.map_or(&[][..], |list| file.doc.items(list)) {
        let Some(entry) = file.doc.scalar(*item) else { continue };
        let path = join(&target.dir, entry);
        let text = if entry.contains('\n') { Some(entry) } else { tree.read(&path).ok().flatten() };
        for name in text.map(transformed_names).unwrap_or_default() {
            if images
                .iter()
                .any(|image| image.key == name || image.repository.as_ref() == Some(&name))
            {
                let message =
                    format!("a transformer sets the image `{name}` after `images`, and wins");
                out.push(
                    file.point(Diagnostic::warning(message), file.doc.node(*item).span)
                        .without_excerpt(),
                );
            }
        }
    }
    out
}

/// The images that the ImageTagTransformers in `text` are for.
fn transformed_names(text: &str) -> Vec<String> {
    let Ok(doc) = Document::parse(text) else { return Vec::new() };
    let roots = doc.roots().iter().map(|root| root.node);
    let own = roots.filter(|root| doc.get_scalar(*root, "kind") == Some("ImageTagTransformer"));
    let names = own.filter_map(|root| doc.get_scalar(doc.get(root, "imageTag")?, "name"));
    names.map(str::to_owned).collect()
}
