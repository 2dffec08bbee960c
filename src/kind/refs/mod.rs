//! `refs`: the version of a remote base, component or file.

mod pin;

use crate::diagnostic::Diagnostic;
use crate::facts::Inquiry;
use crate::kind::{About, Comparison, Field, Kind, Pinned, Pinning, Unpinned, Value, append};
use crate::overlay::Overlay;
use crate::promotion::Promotion;
use crate::remote::{Remote, Version};
use crate::span::Span;
use crate::version::is_floating;
use crate::yaml::{New, NodeId, Rewrite};

/// The kind.
pub(super) struct Refs;

static LISTS: [&str; 3] = ["resources", "components", "bases"];

impl Kind for Refs {
    fn id(&self) -> &'static str {
        "refs"
    }

    fn lists(&self) -> &'static [&'static str] {
        &LISTS
    }

    fn about(&self) -> About {
        About {
            what: "the version of a remote base, component or file",
            places: &["resources[]", "components[]", "bases[]"],
            key: "host, repository and path, whatever the transport; a file's URL with `*` for its version",
            value: "the `ref` (or `version`) of a Git URL; a version in the path of a file's URL",
            never: "the rest of the URL, local paths, which entries there are",
            pins: Some(
                "the commit that the branch or tag is now; its name stays behind it as a comment",
            ),
            example: (
                "- https://github.com/acme/deploy//web?ref=v1.4.1",
                "- https://github.com/acme/deploy//web?ref=v1.5.0",
            ),
        }
    }

    fn collect(&self, overlay: &Overlay<'_>) -> Result<Vec<Field>, Diagnostic> {
        let mut fields = Vec::new();
        for list in LISTS {
            let items = overlay.list(list)?;
            fields.extend(items.iter().filter_map(|item| field(overlay, list, *item)));
        }
        Ok(fields)
    }

    fn compare(&self, source: &Field, target: &Field, _: &Promotion) -> Comparison {
        let (Some(from), Some(to)) = (remote(source), remote(target)) else {
            return Comparison::Same;
        };
        match (&source.value, &target.value) {
            (None, _) => return Comparison::Same,
            (Some(new), None) => return Comparison::Differs { old: None, new: new.clone() },
            _ => {}
        }
        let pairs = match differing(&from, &to) {
            Some(pairs) => pairs,
            None => {
                return Comparison::Unrelated(
                    "the two name their version in different ways".to_owned(),
                );
            }
        };
        let Some((new, old)) = pairs.first() else {
            return Comparison::Same;
        };
        if pairs.iter().any(|(s, t)| !s.agrees(new) || !t.agrees(old)) {
            return Comparison::Unrelated("the two differ in more than one version".to_owned());
        }
        let (new, old) = (new.text.as_str(), old.text.as_str());
        Comparison::Differs { old: Some(Value::version(old)), new: Value::version(new) }
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
        let (Some(from), Some(to)) = (remote(source), remote(target)) else {
            return Ok(Vec::new());
        };
        let node = target.node;
        let doc = &overlay.kustomization().doc;
        let comment = pin::comment(doc, source, target);
        if to.versions.is_empty() {
            let rewrites = unpinned(overlay, target, &from, new)?;
            return Ok(rewrites.into_iter().chain(comment).collect());
        }
        let entry = target.text.as_deref().unwrap_or_default();
        let pairs = differing(&from, &to).unwrap_or_default();
        let parts: Vec<_> =
            pairs.iter().map(|(s, t)| (t.span, t.written(&s.text, entry))).collect();
        if doc.follow(node) != node {
            // An alias: the whole entry is written out here, its anchor stays as it is.
            let mut text = target.text.clone().unwrap_or_default();
            for (span, part) in parts.iter().rev() {
                text.replace_range(span.start..span.end, part);
            }
            return Ok([Some(Rewrite::Set { node, text }), comment]
                .into_iter()
                .flatten()
                .collect());
        }
        Ok([Some(Rewrite::SetParts { node, parts }), comment].into_iter().flatten().collect())
    }

    fn add(&self, fields: &[&Field], target: &Overlay<'_>) -> Result<Vec<Rewrite>, Diagnostic> {
        let mut rewrites = Vec::new();
        for list in LISTS {
            let own = fields.iter().filter(|field| field.list == list);
            let items: Vec<_> = own.filter_map(|field| new_item(field)).collect();
            if items.is_empty() {
                continue;
            }
            // `bases` is deprecated: a target without it gets none.
            let fresh = list == "bases" && target.field("bases")?.is_none();
            rewrites.push(append(target, if fresh { "resources" } else { list }, items)?);
        }
        Ok(rewrites)
    }

    fn remarks(&self, source: &Field, target: &Field, _: &Value, _: &Promotion) -> Vec<String> {
        let (Some(from), Some(to)) = (remote(source), remote(target)) else {
            return Vec::new();
        };
        let mut remarks = Vec::new();
        if from.manner != to.manner {
            let (from, to) = (shown(&from.manner), shown(&to.manner));
            remarks.push(format!("the source fetches it {from}, the target {to}, which stays"));
        }
        if let (None, Some(name)) = (pin::name(source), &target.noted) {
            remarks.push(format!("the comment behind it still says `{name}`"));
        }
        if let Some(version) = from.version().filter(|version| is_floating(version)) {
            remarks.push(format!(
                "`{version}` is a branch: what it is can change after the promotion"
            ));
        }
        remarks
    }
}

/// A way to fetch, in words. To HTTP a token is a user.
fn shown(manner: &str) -> String {
    match manner.split_once("://").map(|(scheme, rest)| (scheme, rest.rsplit_once('@'))) {
        _ if manner.is_empty() => "as usual".to_owned(),
        Some((scheme, Some((_, rest)))) if scheme.to_ascii_lowercase().contains("http") => {
            format!("by `{scheme}://…@{rest}`")
        }
        _ => format!("by `{manner}`"),
    }
}

/// An entry, with the name of its commit behind it.
fn new_item(field: &Field) -> Option<New> {
    let text = New::text(field.text.clone()?);
    Some(match pin::name(field) {
        Some(name) => New::Noted(Box::new(text), name.to_owned()),
        None => text,
    })
}

fn remote(field: &Field) -> Option<Remote> {
    Remote::parse(field.text.as_deref()?)
}

fn field(overlay: &Overlay<'_>, list: &'static str, node: NodeId) -> Option<Field> {
    let file = overlay.kustomization();
    let text = file.doc.scalar(node)?;
    let remote = Remote::parse(text)?;
    let span = file.doc.node(node).span;
    let odd = remote.trouble.map(|trouble| {
        file.point(Diagnostic::warning(format!("the entry {}", trouble.describe())), span)
    });
    Some(Field {
        kind: "refs",
        list,
        omitted: Vec::new(),
        repository: None,
        entry: Vec::new(),
        together: false,
        named: None,
        noted: pin::noted(&file.doc, node, &remote),
        place: None,
        text: Some(text.to_owned()),
        value: remote.version().map(Value::version),
        key: remote.key,
        file: 0,
        node,
        span,
        unclear: None,
        fixed: None,
        odd,
    })
}

/// The versions in which the two differ, place by place; `None` when their places do not correspond.
fn differing<'r>(from: &'r Remote, to: &'r Remote) -> Option<Vec<(&'r Version, &'r Version)>> {
    let matching = from.versions.len() == to.versions.len()
        && from.versions.iter().zip(&to.versions).all(|(s, t)| s.place == t.place);
    let pairs = from.versions.iter().zip(&to.versions);
    matching.then(|| pairs.filter(|(s, t)| s.text != t.text).collect())
}

/// A target without a ref gets one: where it has an empty one, else at the end of its URL.
fn unpinned(
    overlay: &Overlay<'_>,
    target: &Field,
    from: &Remote,
    new: &Value,
) -> Result<Vec<Rewrite>, Diagnostic> {
    let text = target.text.as_deref().unwrap_or_default();
    let (Some(version), Some(place)) = (&new.version, from.versions.first()) else {
        return Ok(Vec::new());
    };
    let file = overlay.kustomization();
    if file.doc.follow(target.node) != target.node
        || remote(target).is_some_and(|to| to.trouble.is_some())
    {
        let problem = Diagnostic::error("no ref can be added to this entry");
        return Err(file.point(problem.hint("write the entry out with its `?ref=`"), target.span));
    }
    let (at, name) = room(text);
    let part = format!("{name}{}", place.written(version, ""));
    Ok(vec![Rewrite::SetParts { node: target.node, parts: vec![(Span::at(at), part)] }])
}

/// Where a ref can be put into an entry without one, and what has to be before it. kustomize reads the
/// first `ref` only, also where it is empty.
fn room(entry: &str) -> (usize, &'static str) {
    let Some((base, query)) = entry.split_once('?') else { return (entry.len(), "?ref=") };
    let mut at = base.len() + 1;
    for part in query.split('&') {
        match part {
            "ref" => return (at + part.len(), "="),
            "ref=" => return (at + part.len(), ""),
            _ => at += part.len() + 1,
        }
    }
    let is_open = query.is_empty() || query.ends_with('&');
    (entry.len(), if is_open { "ref=" } else { "&ref=" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ref_is_put_where_kustomize_reads_it() {
        for (entry, wanted) in [
            ("x", "x?ref=v1"),
            ("x?", "x?ref=v1"),
            ("x?a=b", "x?a=b&ref=v1"),
            ("x?a=b&", "x?a=b&ref=v1"),
            ("x?ref", "x?ref=v1"),
            ("x?a=b&ref=&c=d", "x?a=b&ref=v1&c=d"),
            ("x?ref=&ref=v0", "x?ref=v1&ref=v0"),
            ("x?href=", "x?href=&ref=v1"),
        ] {
            let (at, name) = room(entry);
            assert_eq!(format!("{}{name}v1{}", &entry[..at], &entry[at..]), wanted);
        }
    }
}
