//! Rewrites to ask for: of every sort, and so that no two of them contradict each other.

use kubectl_promote::span::Span;
use kubectl_promote::yaml::{Behind, Body, Document, New, NodeId, Quote, Rewrite};

use crate::support::dice::Dice;
use crate::words;

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Asks {
    pub(crate) rewrites: Vec<Rewrite>,
    /// Something among it may have no safe form even in a plain document.
    pub(crate) daring: bool,
}

pub(crate) fn asks(doc: &Document<'_>, dice: &mut Dice) -> Asks {
    let mut picker = Picker {
        doc,
        dice,
        gone: Vec::new(),
        needed: Vec::new(),
        out: Asks { rewrites: Vec::new(), daring: false },
    };
    let wanted = [1, 1, 2, 3, 4][picker.dice.below(5)];
    let ids: Vec<NodeId> = doc.ids().collect();
    for _ in 0..wanted * 8 {
        if ids.is_empty() || picker.out.rewrites.len() >= wanted {
            break;
        }
        let id = ids[picker.dice.below(ids.len())];
        picker.try_one(id);
    }
    picker.out
}

/// Whether `id` is `ancestor` or lies in it.
pub(crate) fn is_within(doc: &Document<'_>, id: NodeId, ancestor: NodeId) -> bool {
    let mut at = Some(id);
    while let Some(id) = at {
        if id == ancestor {
            return true;
        }
        at = doc.node(id).parent;
    }
    false
}

/// Whether `id` is a key or lies in one.
fn is_in_key(doc: &Document<'_>, id: NodeId) -> bool {
    doc.node(id).parent.is_some_and(|parent| {
        let entries = doc.entries(parent);
        entries.iter().any(|entry| entry.key == id) || is_in_key(doc, parent)
    })
}

struct Picker<'d, 't> {
    doc: &'d Document<'t>,
    dice: &'d mut Dice,
    /// Nodes that are replaced or taken away.
    gone: Vec<NodeId>,
    /// Nodes that a rewrite works on.
    needed: Vec<NodeId>,
    out: Asks,
}

impl Picker<'_, '_> {
    /// Notes what a rewrite works on and takes away, unless another one is in the way.
    fn free(&mut self, needs: &[NodeId], takes: &[NodeId]) -> bool {
        let in_any = |id: &NodeId, of: &[NodeId]| of.iter().any(|up| is_within(self.doc, *id, *up));
        let both = || needs.iter().chain(takes);
        let free = !both().any(|id| in_any(id, &self.gone))
            && !self.needed.iter().any(|id| in_any(id, takes));
        if free {
            self.needed.extend(both());
            self.gone.extend(takes);
        }
        free
    }

    fn try_one(&mut self, id: NodeId) {
        let doc = self.doc;
        if is_in_key(doc, id) {
            return;
        }
        match &doc.node(id).body {
            Body::Mapping { entries, .. } if !entries.is_empty() => self.change_mapping(id),
            Body::Sequence { .. } => self.append(id),
            Body::Scalar { .. } if doc.is_null(id) && self.dice.chance(60) => self.append(id),
            Body::Scalar { .. } if self.dice.chance(35) => self.set_part(id),
            Body::Scalar { .. } | Body::Alias(_) => self.set(id),
            Body::Mapping { .. } => {}
        }
    }

    fn set(&mut self, node: NodeId) {
        if !self.free(&[], &[node]) {
            return;
        }
        let text = words::new(self.dice);
        if let Some(tag) = &self.doc.node(node).tag {
            // Tags of numbers and collections do not fit texts.
            self.out.daring |= tag.starts_with("tag:") && !tag.ends_with(":str");
        }
        let users: Vec<_> = self.doc.ids().collect();
        let users = users.into_iter().filter(|id| *id != node && self.doc.follow(*id) == node);
        // Mostly all users of an anchor follow, which makes it possible.
        if self.dice.chance(80) {
            for user in users {
                if self.free(&[], &[user]) {
                    let text = text.clone();
                    self.out.rewrites.push(Rewrite::Set { node: user, text });
                }
            }
        }
        self.out.rewrites.push(Rewrite::Set { node, text });
        self.comment(node);
    }

    /// A name behind a value that changes, as pinning leaves one.
    fn comment(&mut self, node: NodeId) {
        if self.doc.behind(node) != Behind::Other && self.dice.chance(30) {
            let text = format!("v{}.{}", self.dice.below(9), self.dice.below(30));
            self.out.rewrites.push(Rewrite::Comment { node, text });
        }
    }

    /// One or two runs of letters and digits become something else.
    fn set_part(&mut self, node: NodeId) {
        let Body::Scalar { text, content, .. } = &self.doc.node(node).body else {
            return;
        };
        let mut runs = Vec::new();
        let mut at = 0;
        for run in text.split(|c: char| !c.is_ascii_alphanumeric()) {
            if !run.is_empty() {
                runs.push(Span::new(at, at + run.len()));
            }
            at += run.len();
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
        if runs.is_empty() || !self.free(&[], &[node]) {
            return;
        }
        let first = self.dice.below(runs.len());
        let mut chosen = vec![runs[first]];
        if first + 1 < runs.len() && self.dice.chance(20) {
            let second = self.dice.between(first + 1, runs.len() - 1);
            chosen.push(runs[second]);
        }
        let any = self.dice.chance(30);
        self.out.daring |= any || content.of(self.doc.text()) != text;
        let parts = chosen.into_iter().map(|span| {
            let new = if any { words::new(self.dice) } else { format!("v{}", self.dice.below(30)) };
            (span, new)
        });
        let parts = parts.collect();
        self.out.rewrites.push(Rewrite::SetParts { node, parts });
        self.comment(node);
    }

    fn append(&mut self, node: NodeId) {
        if !self.free(&[node], &[]) {
            return;
        }
        let doc = self.doc;
        let null = doc.is_null(node);
        let here = doc.node(node);
        let value_of_key = here.parent.is_some_and(|parent| doc.is_mapping(parent));
        let empty = doc.items(node).is_empty();
        self.out.daring |=
            (null || empty) && (!value_of_key || here.anchor.is_some() || here.tag.is_some());
        if null || empty {
            self.gone.push(node);
        }
        let items = (0..self.dice.between(1, 2)).map(|_| self.content(2));
        let items = items.collect();
        self.out.rewrites.push(Rewrite::Append { node, items });
    }

    fn content(&mut self, depth: usize) -> New {
        match self.dice.below(10) {
            0..=2 if depth > 0 => {
                let keys = ["name", "on", "new: key"];
                let count = self.dice.between(1, keys.len());
                let entries =
                    keys[..count].iter().map(|key| ((*key).to_owned(), self.content(depth - 1)));
                New::Mapping(entries.collect())
            }
            3 if depth > 0 => {
                let count = self.dice.between(1, 2);
                New::Sequence((0..count).map(|_| self.content(depth - 1)).collect())
            }
            _ => {
                let quote = [Quote::AsNeeded, Quote::Single, Quote::Double][self.dice.below(3)];
                let text = New::Text(words::new(self.dice), quote);
                match self.dice.chance(10) {
                    true => New::Noted(Box::new(text), "v1.5.0".to_owned()),
                    false => text,
                }
            }
        }
    }

    fn change_mapping(&mut self, mapping: NodeId) {
        let entries = self.doc.entries(mapping);
        let position = self.dice.below(entries.len());
        let entry = entries[position];
        let used = |key: &str| entries.iter().any(|entry| self.doc.scalar(entry.key) == Some(key));
        let Some(key) = ["digest", "on", "images", "new key", "0x1", "é"]
            .into_iter()
            .cycle()
            .skip(self.dice.below(6))
            .take(6)
            .find(|key| !used(key))
            .map(str::to_owned)
        else {
            return;
        };
        match self.dice.below(3) {
            0 => {
                let again = self.out.rewrites.iter().any(|rewrite| {
                    matches!(rewrite, Rewrite::InsertKey { mapping: old, key: name, .. }
                        | Rewrite::ReplaceKey { mapping: old, key: name, .. }
                        if *old == mapping && *name == key)
                });
                if !again && self.free(&[mapping, entry.key], &[]) {
                    let value = self.content(2);
                    self.out.rewrites.push(Rewrite::InsertKey {
                        mapping,
                        after: position,
                        key,
                        value,
                    });
                }
            }
            1 => self.remove(mapping, position),
            _ => {
                let fits = !matches!(
                    self.doc.node(entry.value).body,
                    Body::Mapping { .. } | Body::Sequence { .. }
                );
                let used = self.out.rewrites.iter().any(|rewrite| {
                    matches!(rewrite, Rewrite::InsertKey { mapping: old, .. }
                        | Rewrite::ReplaceKey { mapping: old, .. } if *old == mapping)
                });
                if fits && !used && self.free(&[mapping], &[entry.key, entry.value]) {
                    let text = words::new(self.dice);
                    self.out.rewrites.push(Rewrite::ReplaceKey {
                        mapping,
                        entry: position,
                        key,
                        text,
                    });
                }
            }
        }
    }

    fn remove(&mut self, mapping: NodeId, entry: usize) {
        let entries = self.doc.entries(mapping);
        let removed = self.out.rewrites.iter().filter(
            |rewrite| matches!(rewrite, Rewrite::RemoveKey { mapping: old, .. } if *old == mapping),
        );
        let left = entries.len() - removed.count();
        let old = entries[entry];
        if left > 1 && self.free(&[mapping], &[old.key, old.value]) {
            self.out.rewrites.push(Rewrite::RemoveKey { mapping, entry });
        }
    }
}
