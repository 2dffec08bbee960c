//! Where a kustomization may hold secrets: those bytes are never shown.

use crate::span::Span;
use crate::yaml::{Document, NodeId};

/// The places of `doc` that may hold secret values: `secretGenerator`, and patches of a Secret.
pub fn secrets(doc: &Document<'_>) -> Vec<Span> {
    let Some(root) = doc.roots().first().map(|root| root.node) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for entry in doc.entries(root) {
        let key = doc.scalar(entry.key).unwrap_or_default().to_ascii_lowercase();
        match key.as_str() {
            "secretgenerator" => out.push(doc.node(entry.value).span),
            "patches" | "patchesstrategicmerge" | "patchesjson6902" => {
                patches(doc, entry.value, &mut out);
            }
            _ => {}
        }
    }
    out
}

fn patches(doc: &Document<'_>, list: NodeId, out: &mut Vec<Span>) {
    for item in doc.items(list) {
        let target = doc.get(*item, "target").and_then(|target| doc.get_scalar(target, "kind"));
        let text = doc.get_scalar(*item, "patch").or_else(|| doc.scalar(*item)).unwrap_or_default();
        let own = text.lines().any(|line| {
            let line = line.trim_start_matches(['-', ' ']);
            line.trim_end().trim_matches(['"', '\'']) == "kind: Secret"
                || line.contains("\"Secret\"")
        });
        if own || target == Some("Secret") {
            out.push(doc.node(*item).span);
        }
    }
}
