//! Pinning a ref: which commit its branch or tag is now.

use crate::diagnostic::Diagnostic;
use crate::facts::{Inquiry, Question, Ref};
use crate::kind::{Blame, Field, Pinned, Pinning, Unpinned, Value};
use crate::remote::Remote;
use crate::version::{compare, is_floating};
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
    if is_hash(name) {
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

/// A whole commit: what Git fetches without knowing any name.
fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
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

/// Says `name` behind the entry `node`: where no comment is, or where one says the name of what was
/// pinned there before.
pub(super) fn comment(doc: &Document<'_>, node: NodeId, name: &str) -> Option<Rewrite> {
    let free = match doc.behind(node) {
        Behind::Nothing => true,
        Behind::Comment(text) => was_pinned(doc, node) && is_name(text, name),
        Behind::Other => false,
    };
    free.then(|| Rewrite::Comment { node, text: name.to_owned() })
}

fn was_pinned(doc: &Document<'_>, node: NodeId) -> bool {
    let remote = doc.scalar(node).and_then(Remote::parse);
    remote.is_some_and(|remote| remote.version().is_some_and(is_hash))
}

/// One word that is a branch, or a version as comparable with `name` as one tag with another.
fn is_name(text: &str, name: &str) -> bool {
    let word = !text.contains(char::is_whitespace);
    word && (is_floating(text) || compare(name, text).is_some())
}
