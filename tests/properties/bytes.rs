//! What bytes an edit may touch, found without asking the editor.

use kubectl_promote::edit::Edit;
use kubectl_promote::span::{Span, line_content_end, line_end, line_start};
use kubectl_promote::yaml::{Body, Document, NodeId, Rewrite};

/// Where one rewrite may change something.
struct Place {
    span: Span,
    /// Only new bytes, none taken away.
    insert: bool,
}

/// Says what is wrong with `edits`, which lead from the text of `doc` to `after`.
pub(crate) fn complaint(
    doc: &Document<'_>,
    rewrites: &[Rewrite],
    edits: &[Edit],
    after: &str,
) -> Option<String> {
    let before = doc.text();
    if spliced(before, edits) != after {
        return Some("the edits do not lead to the result".into());
    }
    let places: Vec<Place> = rewrites.iter().flat_map(|rewrite| places(doc, rewrite)).collect();
    for edit in edits {
        let fits = |place: &Place| {
            place.span.contains(edit.span) && (edit.span.is_empty() || !place.insert)
        };
        if !places.iter().any(fits) {
            return Some(format!("{edit:?} touches bytes that nobody asked to change"));
        }
        if let Some(wrong) = wrong_break(before, rewrites, edit) {
            return Some(wrong);
        }
    }
    let ended = |text: &str| text.ends_with(['\n', '\r']);
    if ended(before) != ended(after) {
        return Some("the final line break came or went".into());
    }
    None
}

fn spliced(before: &str, edits: &[Edit]) -> String {
    let mut out = before.to_owned();
    for edit in edits.iter().rev() {
        out.replace_range(edit.span.start..edit.span.end, &edit.text);
    }
    out
}

/// Where the bytes of `id` end, with those of all below it.
fn end_of(doc: &Document<'_>, id: NodeId) -> usize {
    let node = doc.node(id);
    let own = node.span.start + node.span.of(doc.text()).trim_end().len();
    let below: Vec<NodeId> = match &node.body {
        Body::Mapping { entries, .. } => entries.iter().flat_map(|e| [e.key, e.value]).collect(),
        Body::Sequence { items, .. } => items.clone(),
        _ => Vec::new(),
    };
    below.iter().map(|id| end_of(doc, *id)).fold(own, usize::max)
}

fn places(doc: &Document<'_>, rewrite: &Rewrite) -> Vec<Place> {
    let text = doc.text();
    let change = |span| Place { span, insert: false };
    match rewrite {
        Rewrite::Set { node, .. } => vec![change(doc.node(*node).span)],
        Rewrite::SetParts { node, .. } => match &doc.node(*node).body {
            Body::Scalar { content, .. } => vec![change(*content)],
            _ => Vec::new(),
        },
        Rewrite::Comment { node, .. } => {
            let end = doc.node(*node).span.end;
            vec![change(Span::new(end, line_content_end(text, end)))]
        }
        Rewrite::ReplaceKey { mapping, entry, .. } => {
            let entry = doc.entries(*mapping)[*entry];
            vec![change(doc.node(entry.key).span), change(doc.node(entry.value).span)]
        }
        Rewrite::InsertKey { mapping, after, .. } => {
            let entry = doc.entries(*mapping)[*after];
            let end = end_of(doc, entry.value).max(doc.node(entry.key).span.end);
            vec![Place { span: Span::new(end, line_content_end(text, end)), insert: true }]
        }
        Rewrite::Append { node, .. } => {
            let span = doc.node(*node).span;
            let end = end_of(doc, *node);
            let mut out = vec![Place {
                span: Span::new(span.start, line_content_end(text, end)),
                insert: true,
            }];
            if doc.items(*node).is_empty() {
                let blank = usize::from(text[..span.start].ends_with([' ', '\t']));
                out.push(change(Span::new(span.start - blank, span.end)));
            }
            out
        }
        Rewrite::RemoveKey { mapping, entry } => vec![change(removable(doc, *mapping, *entry))],
    }
}

/// The lines of an entry, or its bytes between those of its neighbours.
fn removable(doc: &Document<'_>, mapping: NodeId, position: usize) -> Span {
    let text = doc.text();
    let entries = doc.entries(mapping);
    let key = doc.node(entries[position].key).span;
    let end = end_of(doc, entries[position].value).max(key.end);
    let flow = matches!(doc.node(mapping).body, Body::Mapping { flow: true, .. });
    let line = line_start(text, key.start);
    if flow {
        let before = match position.checked_sub(1) {
            Some(before) => {
                end_of(doc, entries[before].value).max(doc.node(entries[before].key).span.end)
            }
            None => line.max(doc.node(mapping).span.start + 1),
        };
        let next = entries.get(position + 1);
        let next = next.map_or_else(
            || line_end(text, end).unwrap_or(text.len()),
            |next| doc.node(next.key).span.start,
        );
        return Span::new(before, next);
    }
    let first = doc.node(entries[0].key).span.start;
    let begins_line = |at: usize| {
        let before = &text[line_start(text, at)..at];
        before.trim_start_matches('\u{feff}').trim().is_empty()
    };
    let unended = line_end(text, end_of(doc, mapping)).is_none();
    let start = match begins_line(key.start) {
        false => key.start,
        // Without a final line break it is the one before that goes.
        true if unended => text[..line].trim_end_matches(['\n', '\r']).len(),
        true => line,
    };
    // Behind a dash the next key moves up.
    let rest = text[line_content_end(text, end)..].trim_start();
    let end = match line_end(text, end) {
        _ if !begins_line(first) => text.len() - rest.len(),
        Some(next) => next,
        None => text.len(),
    };
    Span::new(start, end)
}

/// New lines end like their neighbour.
fn wrong_break(before: &str, rewrites: &[Rewrite], edit: &Edit) -> Option<String> {
    let raw = |rewrite: &Rewrite| matches!(rewrite, Rewrite::SetParts { .. });
    if rewrites.iter().any(raw) || !edit.text.contains(['\n', '\r']) {
        return None;
    }
    let end = line_content_end(before, edit.span.start);
    let own = line_end(before, end).map(|next| &before[end..next]);
    let found = breaks(&edit.text);
    let fits = match own {
        // Lines put in behind one that goes end like that one.
        Some(own) => {
            found.iter().all(|new| *new == own || before[..edit.span.start].ends_with(new))
        }
        None => {
            let all = breaks(before);
            found.iter().all(|new| all.contains(new) || (all.is_empty() && *new == "\n"))
        }
    };
    (!fits).then(|| format!("{edit:?} does not end its lines like {own:?}"))
}

fn breaks(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(next) = line_end(text, at) {
        out.push(&text[line_content_end(text, at)..next]);
        at = next;
    }
    out
}

/// Says which comment is gone without standing on a line that goes, or stands there twice.
pub(crate) fn lost_comment(
    doc: &Document<'_>,
    rewrites: &[Rewrite],
    after: &str,
) -> Option<String> {
    let before = doc.text();
    let removed: Vec<Span> = rewrites.iter().filter_map(|rewrite| lines(doc, rewrite)).collect();
    let mut at = 0;
    while let Some(start) = before[at..].find('«').map(|start| at + start) {
        let end = start + before[start..].find('»').unwrap_or(0) + '»'.len_utf8();
        at = end;
        let comment = &before[start..end];
        let may_go = removed.iter().any(|span| span.contains(Span::new(start, end)));
        let whole = &before[start..line_content_end(before, start)];
        match after.matches(comment).count() {
            0 if may_go => {}
            1 if after.contains(whole) => {}
            count => return Some(format!("comment {whole:?} is there {count} times")),
        }
    }
    None
}

/// The lines that an entry to be removed stands on, or the end of one that gets another comment.
fn lines(doc: &Document<'_>, rewrite: &Rewrite) -> Option<Span> {
    let (start, end) = match rewrite {
        Rewrite::RemoveKey { mapping, entry } => {
            let entry = doc.entries(*mapping)[*entry];
            let key = doc.node(entry.key).span;
            (key.start, end_of(doc, entry.value).max(key.end))
        }
        Rewrite::Comment { node, .. } => {
            let end = doc.node(*node).span.end;
            (end, end)
        }
        _ => return None,
    };
    Some(Span::new(start, line_content_end(doc.text(), end)))
}
