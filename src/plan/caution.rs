//! What the user should know before trusting the result.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::kind::{Field, Value, find};
use crate::overlay::Overlay;
use crate::plan::{Change, Request, Source, Verdict, Work, around};
use crate::promotion::Promotion;
use crate::tree::Tree;
use crate::version::is_floating;

/// Warnings about one target, each once, in the order of the fields.
pub(super) fn cautions(
    source: &Source,
    target: &Overlay<'_>,
    tree: &Tree,
    fields: &[Field],
    work: &Work<'_>,
    request: Request<'_>,
) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    let mut say = |warning: Diagnostic| {
        if !out.contains(&warning) {
            out.push(warning);
        }
    };
    source.notes.iter().chain(&target.notes).cloned().for_each(&mut say);
    odd(target, work, request).into_iter().for_each(&mut say);
    omitted(target, work).into_iter().for_each(&mut say);
    remarks(target, work, request.promotion).into_iter().for_each(&mut say);
    work.remarks.iter().cloned().for_each(&mut say);
    split_pairs(target, work).into_iter().for_each(&mut say);
    let below = target.below(tree);
    if below.iter().any(|(dir, _)| *dir != target.dir && Some(dir) == source.dir.as_ref()) {
        let message = format!(
            "`{}` builds on `{}`: its versions may reach it already",
            target.name, source.name
        );
        say(Diagnostic::warning(message).file(&target.kustomization().label));
    }
    around::cautions(target, tree, &below, fields, work).into_iter().for_each(&mut say);
    out
}

/// What is odd about the fields that both sides have, whether they change or not.
fn odd(target: &Overlay<'_>, work: &Work<'_>, request: Request<'_>) -> Vec<Diagnostic> {
    let Request { promotion, selection, .. } = request;
    // Without a source every field is compared with itself.
    let are_two = !promotion.from.is_empty();
    let mut out = Vec::new();
    for (change, fields) in work.changes.iter().zip(&work.fields) {
        let (Some(from), Some(own)) = (fields.0.as_deref(), fields.1) else { continue };
        if change.verdict == Verdict::Left || !selection.takes_kind(change.kind) {
            continue;
        }
        out.extend([from, own].into_iter().filter_map(|field| field.odd.clone()));
        let say = |message: String| {
            let message = format!("`{}`: {message}", change.key);
            target.files[own.file].point(Diagnostic::warning(message), own.span)
        };
        match (&change.verdict, &change.old) {
            (Verdict::Extra(Some(why)), _) => out.push(say(why.clone())),
            (Verdict::Same, Some(Value { version: Some(version), digest: None, .. }))
                if are_two && is_floating(version) =>
            {
                out.push(say(format!("both name `{version}`, which may be two different things")));
            }
            _ => {}
        }
    }
    out
}

/// What new entries do not take along.
fn omitted(target: &Overlay<'_>, work: &Work<'_>) -> Vec<Diagnostic> {
    let added = work.changes.iter().zip(&work.fields);
    let added = added.filter(|(change, (_, own))| change.verdict == Verdict::Add && own.is_none());
    let say = |(change, fields): (&Change, &(Option<Cow<'_, Field>>, Option<&Field>))| {
        let omitted =
            fields.0.as_ref().map(|from| &from.omitted).filter(|omitted| !omitted.is_empty())?;
        let message =
            format!("`{}` was added without the source's `{}`", change.key, omitted.join("`, `"));
        Some(Diagnostic::warning(message).file(&target.kustomization().label))
    };
    added.filter_map(say).collect()
}

/// What the kinds say about the values that are written.
fn remarks(target: &Overlay<'_>, work: &Work<'_>, promotion: &Promotion) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    for (change, fields) in work.changes.iter().zip(&work.fields) {
        let (Some(from), Some(own), Some(kind)) =
            (fields.0.as_deref(), fields.1, find(change.kind))
        else {
            continue;
        };
        let Some(new) = change.new.as_ref().filter(|_| change.verdict.writes()) else {
            continue;
        };
        let file = &target.files[own.file];
        for remark in kind.remarks(from, own, new, promotion) {
            let message = format!("`{}`: {remark}", change.key);
            out.push(file.point(Diagnostic::warning(message), own.span));
        }
        if let Some(marker) = imagepolicy(file.doc.text(), own.span.end) {
            let message = format!("`{}`: Flux writes this value too (`{marker}`)", change.key);
            out.push(file.point(Diagnostic::warning(message), own.span));
        }
    }
    out
}

/// The comment on the line by which Flux's image automation claims a value.
fn imagepolicy(text: &str, offset: usize) -> Option<&'static str> {
    let line = text.get(offset..)?.lines().next()?;
    line.contains("\"$imagepolicy\"").then_some("$imagepolicy")
}

/// A ref and a tag that are one version in the source and two in the target afterwards.
fn split_pairs(target: &Overlay<'_>, work: &Work<'_>) -> Vec<Diagnostic> {
    let of_kind = |kind: &'static str| {
        work.changes.iter().zip(&work.fields).filter_map(move |(change, fields)| {
            let (from, own) = (fields.0.as_deref()?, fields.1?);
            let after =
                if change.verdict.writes() { change.new.as_ref() } else { change.old.as_ref() };
            let version = |value: Option<&Value>| value.and_then(|value| value.version.clone());
            let named = |change: &Change| change.named.clone().filter(|_| change.verdict.writes());
            let pair = (
                from.named.clone().or_else(|| version(from.value.as_ref()))?,
                named(change).or_else(|| version(after))?,
            );
            (change.kind == kind).then_some((own, pair))
        })
    };
    let mut out = Vec::new();
    for (image, (tag, own_tag)) in of_kind("images") {
        for (base, (version, own_version)) in of_kind("refs") {
            if tag != version || own_tag == own_version {
                continue;
            }
            let message = format!(
                "image `{}` and base `{}` are both `{tag}` in the source, but `{own_tag}` and `{own_version}` here",
                image.key, base.key
            );
            let warning = Diagnostic::warning(message).hint("promote both, or neither");
            out.push(target.kustomization().point(warning, base.span));
        }
    }
    out
}
