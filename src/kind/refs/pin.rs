//! Pinning a ref: which commit its branch or tag is now.

use crate::diagnostic::Diagnostic;
use crate::facts::{Inquiry, Question, Ref};
use crate::kind::{Blame, Field, Pinned, Pinning, Unpinned, Value};
use crate::remote::Remote;
use crate::version::{compare, is_floating, is_whole_commit};
use crate::yaml::{Behind, Document, NodeId, Rewrite};

/// The entry with the commit of its ref, or unchanged where it is a commit already.
pub(super) fn pin(
    pinning: &Pinning<'_>,
    inquiry: &mut Inquiry<'_>,
) -> Result<Option<Pinned>, Unpinned> {
    let unchanged = |remark: Option<&str>| {
        let remarks = remark.map(|remark| (Blame::Source, remark.to_owned())).into_iter().collect();
        Ok(Some(Pinned { field: pinning.source.clone(), remarks }))
    };
    if !pinning.promotion.pins("refs") {
        return unchanged(None);
    }
    let Some(from) = super::remote(pinning.source) else { return unchanged(None) };
    let Some(url) = url(pinning, &from) else {
        return unchanged(Some("it is a file and no Git repository, so its version stays a name"));
    };
    let Some(name) = from.version() else {
        return unchanged(Some("it names no ref, so there is nothing to pin"));
    };
    if is_whole_commit(name) {
        return unchanged(None);
    }
    let question = Question::Commit(Ref { url, name: name.to_owned() });
    match inquiry.look(question) {
        None => Ok(None),
        Some(Ok(commit)) => Ok(Some(Pinned::from(at_commit(pinning.source, &from, name, commit)))),
        Some(Err(failure)) => Err(Unpinned {
            problem: Diagnostic {
                hint: failure.hint.clone(),
                ..Diagnostic::error(failure.message.clone())
            },
            blame: if failure.is_absent() { Blame::Source } else { Blame::World },
        }),
    }
}

/// What the target clones, which may be another transport of the same repository.
fn url(pinning: &Pinning<'_>, from: &Remote) -> Option<String> {
    let target = pinning.target.and_then(super::remote).and_then(|remote| remote.repository);
    target.or_else(|| from.repository.clone())
}

fn at_commit(source: &Field, from: &Remote, name: &str, commit: &str) -> Field {
    let mut text = source.text.clone().unwrap_or_default();
    for version in from.versions.iter().rev() {
        text.replace_range(version.span.start..version.span.end, commit);
    }
    Field {
        text: Some(text),
        value: Some(Value::version(commit)),
        named: Some(name.to_owned()),
        ..source.clone()
    }
}

/// The branch or tag that the commit of `field` is, as far as somebody says so.
pub(super) fn name(field: &Field) -> Option<&str> {
    field.named.as_deref().or(field.noted.as_deref())
}

/// The name that stands behind the commit of the entry `node`.
pub(super) fn noted(doc: &Document<'_>, node: NodeId, remote: &Remote) -> Option<String> {
    let Behind::Comment(text) = doc.behind(node) else { return None };
    let is_pinned = remote.version().is_some_and(is_whole_commit);
    (is_pinned && is_name(text)).then(|| text.to_owned())
}

/// Says the name of the source's commit behind that of the target: where another name is, and where
/// no comment is if the name was looked up.
pub(super) fn comment(doc: &Document<'_>, source: &Field, target: &Field) -> Option<Rewrite> {
    let (node, name) = (target.node, name(source)?);
    let free = match doc.behind(node) {
        Behind::Nothing => source.named.is_some(),
        Behind::Comment(text) => {
            let pinned = target.value.as_ref().and_then(|value| value.version.as_deref());
            let comparable = !text.contains(char::is_whitespace) && compare(name, text).is_some();
            target.noted.is_some() || comparable && pinned.is_some_and(is_whole_commit)
        }
        Behind::Other => false,
    };
    free.then(|| Rewrite::Comment { node, text: name.to_owned() })
}

/// One word that is a version or a branch by its looks; what else people write there is theirs.
fn is_name(text: &str) -> bool {
    let word = !text.contains(char::is_whitespace);
    let path = text.contains('/') && !text.contains(':');
    let release = text.starts_with("release") && text.contains(|c: char| c.is_ascii_digit());
    word && (path || release || is_floating(text) || compare(text, "0").is_some())
}
