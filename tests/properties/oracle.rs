//! What a rewrite should do to the data, worked out on the data of another parser.

use kubectl_promote::yaml::{Body, Document, New, NodeId, Rewrite};
use serde::Deserialize as _;
use serde_json::{Value as Json, json};
use serde_yaml::Value;

/// The data of a document as another parser sees it; order and tags matter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Text(String),
    /// Null, a truth value or a number.
    Other(String),
    Sequence(Vec<Self>),
    Mapping(Vec<(Self, Self)>),
    Tagged(String, Box<Self>),
}

/// One rewrite in terms of the data: positions from the number of the YAML document down.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Set(String, Option<String>),
    Replace(String, String, Option<String>),
    Remove,
    Insert(String, New),
    Append(Vec<New>),
}

/// The YAML documents of `text`; `None` where it is none or says something odd.
pub(crate) fn read(text: &str) -> Option<Vec<Tree>> {
    let text = text.trim_start_matches('\u{feff}');
    let documents = serde_yaml::Deserializer::from_str(text);
    documents.map(|document| Value::deserialize(document).ok().map(|value| tree(&value))).collect()
}

fn tree(value: &Value) -> Tree {
    match value {
        Value::String(text) => Tree::Text(text.clone()),
        Value::Sequence(items) => Tree::Sequence(items.iter().map(tree).collect()),
        Value::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| (tree(key), tree(value)));
            Tree::Mapping(entries.collect())
        }
        Value::Tagged(tagged) => {
            Tree::Tagged(tagged.tag.to_string(), Box::new(tree(&tagged.value)))
        }
        other => Tree::Other(format!("{other:?}")),
    }
}

/// Whether tabs begin a line of `text`, which libyaml refuses in some places.
pub(crate) fn has_odd_tabs(text: &str) -> bool {
    let mut lines = text.split(['\n', '\r']);
    lines.any(|line| line.trim_start_matches(' ').starts_with('\t'))
}

/// Whether `tree` is what `doc` takes itself for, so that paths mean the same in both.
pub(crate) fn agrees(doc: &Document<'_>, trees: &[Tree]) -> bool {
    let roots = doc.roots();
    // Line breaks to YAML 1.1 and libyaml, but not to YAML 1.2.
    !doc.text().contains(['\u{85}', '\u{2028}', '\u{2029}'])
        && roots.len() == trees.len()
        && roots.iter().zip(trees).all(|(root, tree)| same(doc, root.node, tree))
}

fn same(doc: &Document<'_>, id: NodeId, tree: &Tree) -> bool {
    let all = |ids: &[NodeId], trees: &[&Tree]| {
        ids.len() == trees.len() && ids.iter().zip(trees).all(|(id, tree)| same(doc, *id, tree))
    };
    let id = doc.follow(id);
    match (&doc.node(id).body, tree) {
        // A lone `!` means nothing to PyYAML, and is a tag of its own to serde_yaml.
        (_, Tree::Tagged(tag, inner)) => tag != "!!" && same(doc, id, inner),
        (Body::Scalar { text, .. }, Tree::Text(other)) => text == other,
        (Body::Scalar { .. }, Tree::Other(_)) => true,
        (Body::Sequence { items, .. }, Tree::Sequence(trees)) => {
            all(items, &trees.iter().collect::<Vec<_>>())
        }
        (Body::Mapping { entries, .. }, Tree::Mapping(trees)) => {
            let ids: Vec<_> = entries.iter().flat_map(|e| [e.key, e.value]).collect();
            all(&ids, &trees.iter().flat_map(|(k, v)| [k, v]).collect::<Vec<_>>())
        }
        _ => false,
    }
}

/// `rewrites` as changes of the data, in an order in which none moves the place of a later one.
pub(crate) fn changes(doc: &Document<'_>, rewrites: &[Rewrite]) -> Vec<(Vec<usize>, Change)> {
    let all = rewrites.iter().filter(|rewrite| !matches!(rewrite, Rewrite::Comment { .. }));
    let all = all.map(|rewrite| change(doc, rewrite));
    let (mut out, others): (Vec<_>, Vec<_>) =
        all.partition(|(_, change)| matches!(change, Change::Insert(..)));
    // Two new keys behind one entry: the first asked for comes first, so it is put in last.
    out.reverse();
    out.extend(others);
    out.sort_by(|(one, _), (other, _)| other.cmp(one));
    out
}

fn change(doc: &Document<'_>, rewrite: &Rewrite) -> (Vec<usize>, Change) {
    let at = |mapping: NodeId, entry: usize| {
        let mut path = path(doc, mapping);
        path.push(entry);
        path
    };
    let tag = |id: NodeId| {
        let node = doc.node(id);
        let local = |tag: &String| tag != "!" && !tag.starts_with("tag:");
        let local = node.tag.clone().filter(local);
        local.filter(|_| !matches!(node.body, Body::Alias(_)))
    };
    match rewrite {
        Rewrite::Set { node, text } => (path(doc, *node), Change::Set(text.clone(), tag(*node))),
        Rewrite::SetParts { node, parts } => {
            let Body::Scalar { text, .. } = &doc.node(*node).body else {
                panic!("parts of {node:?}");
            };
            let mut new = text.to_string();
            for (span, part) in parts.iter().rev() {
                new.replace_range(span.start..span.end, part);
            }
            (path(doc, *node), Change::Set(new, tag(*node)))
        }
        Rewrite::Comment { .. } => unreachable!("comments are no data"),
        Rewrite::InsertKey { mapping, after, key, value } => {
            (at(*mapping, *after), Change::Insert(key.clone(), value.clone()))
        }
        Rewrite::RemoveKey { mapping, entry } => (at(*mapping, *entry), Change::Remove),
        Rewrite::ReplaceKey { mapping, entry, key, text } => {
            let tag = tag(doc.entries(*mapping)[*entry].value);
            let change = Change::Replace(key.clone(), text.clone(), tag);
            (at(*mapping, *entry), change)
        }
        Rewrite::Append { node, items } => (path(doc, *node), Change::Append(items.clone())),
    }
}

fn path(doc: &Document<'_>, id: NodeId) -> Vec<usize> {
    let Some(parent) = doc.node(id).parent else {
        let root = doc.roots().iter().position(|root| root.node == id);
        return root.into_iter().collect();
    };
    let mut out = path(doc, parent);
    out.extend(match &doc.node(parent).body {
        Body::Mapping { entries, .. } => entries.iter().position(|entry| entry.value == id),
        Body::Sequence { items, .. } => items.iter().position(|item| *item == id),
        _ => None,
    });
    out
}

/// Makes `change` at `path` below the list of all documents.
pub(crate) fn make(trees: &mut [Tree], path: &[usize], change: &Change) {
    let (last, above) = path.split_last().expect("a path begins with a document");
    if above.is_empty() {
        change_value(&mut trees[*last], change);
        return;
    }
    let mut at = &mut trees[above[0]];
    for step in &above[1..] {
        at = child(at, *step);
    }
    let parent = untagged(at);
    match (parent, change) {
        (Tree::Mapping(entries), Change::Remove) => drop(entries.remove(*last)),
        (Tree::Mapping(entries), Change::Insert(key, value)) => {
            entries.insert(last + 1, (Tree::Text(key.clone()), new(value)));
        }
        (Tree::Mapping(entries), Change::Replace(key, text, tag)) => {
            entries[*last] = (Tree::Text(key.clone()), tagged(text, tag.as_deref()));
        }
        (parent, change) => change_value(child(parent, *last), change),
    }
}

fn untagged(tree: &mut Tree) -> &mut Tree {
    match tree {
        Tree::Tagged(_, inner) => untagged(inner),
        other => other,
    }
}

fn child(tree: &mut Tree, step: usize) -> &mut Tree {
    match untagged(tree) {
        Tree::Sequence(items) => &mut items[step],
        Tree::Mapping(entries) => &mut entries[step].1,
        other => panic!("nothing is below {other:?}"),
    }
}

fn change_value(tree: &mut Tree, change: &Change) {
    match change {
        Change::Set(text, tag) => *tree = tagged(text, tag.as_deref()),
        Change::Append(items) => {
            let items = items.iter().map(new);
            match untagged(tree) {
                Tree::Sequence(old) => old.extend(items),
                null => *null = Tree::Sequence(items.collect()),
            }
        }
        other => panic!("{other:?} has no place"),
    }
}

fn tagged(text: &str, tag: Option<&str>) -> Tree {
    let text = Tree::Text(text.to_owned());
    match tag {
        Some(tag) => Tree::Tagged(tag.to_owned(), Box::new(text)),
        None => text,
    }
}

fn new(content: &New) -> Tree {
    match content {
        New::Text(text, _) => Tree::Text(text.clone()),
        New::Noted(scalar, _) => new(scalar),
        New::Sequence(items) => Tree::Sequence(items.iter().map(new).collect()),
        New::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| (Tree::Text(key.clone()), new(value)));
            Tree::Mapping(entries.collect())
        }
    }
}

/// One line for `tests/oracle/pyyaml.py`, which describes it.
pub(crate) fn request(doc: &Document<'_>, rewrites: &[Rewrite], after: &str) -> String {
    let read: Vec<Json> = doc.roots().iter().map(|root| shape(doc, root.node)).collect();
    let ops: Vec<Json> = changes(doc, rewrites)
        .into_iter()
        .map(|(path, change)| match change {
            Change::Set(text, tag) => json!(["set", path, text, tag]),
            Change::Replace(key, text, tag) => json!(["replace", path, key, text, tag]),
            Change::Remove => json!(["remove", path]),
            Change::Insert(key, value) => json!(["insert", path, key, content(&value)]),
            Change::Append(items) => {
                json!(["append", path, items.iter().map(content).collect::<Vec<_>>()])
            }
        })
        .collect();
    let request = json!({"before": doc.text(), "after": after, "read": read, "ops": ops});
    format!("{request}\n")
}

fn shape(doc: &Document<'_>, id: NodeId) -> Json {
    match &doc.node(doc.follow(id)).body {
        Body::Mapping { entries, .. } => {
            let entries =
                entries.iter().map(|entry| json!([shape(doc, entry.key), shape(doc, entry.value)]));
            json!({"map": entries.collect::<Vec<_>>()})
        }
        Body::Sequence { items, .. } => {
            json!({"seq": items.iter().map(|item| shape(doc, *item)).collect::<Vec<_>>()})
        }
        Body::Scalar { text, .. } => json!(text),
        Body::Alias(_) => Json::Null,
    }
}

fn content(new: &New) -> Json {
    match new {
        New::Text(text, _) => json!(text),
        New::Noted(scalar, _) => content(scalar),
        New::Sequence(items) => json!({"seq": items.iter().map(content).collect::<Vec<_>>()}),
        New::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| json!([key, content(value)]));
            json!({"map": entries.collect::<Vec<_>>()})
        }
    }
}
