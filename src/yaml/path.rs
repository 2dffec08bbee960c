//! Paths of nodes, for people and for programs: `images[0].newTag`.

use crate::span::Span;
use crate::yaml::node::{Body, Document, NodeId};

impl Document<'_> {
    /// The path of what stands at `span`, in `id` or `id` itself, from the root of its document.
    pub fn path(&self, id: NodeId, span: Span) -> String {
        let mut out = String::new();
        for step in self.steps(self.deepest(id, span)) {
            if !out.is_empty() && !step.starts_with('[') {
                out.push('.');
            }
            out.push_str(&step);
        }
        out
    }

    /// The innermost node of `id` that holds all of `span`.
    fn deepest(&self, id: NodeId, span: Span) -> NodeId {
        let mut at = id;
        let inner = |at: NodeId| {
            let values = self.entries(at).iter().map(|entry| entry.value);
            let mut inner = values.chain(self.items(at).iter().copied());
            inner.find(|id| self.node(*id).span.contains(span))
        };
        while let Some(next) = inner(at).filter(|next| *next != at) {
            at = next;
        }
        at
    }

    /// What leads from the root to `id`.
    fn steps(&self, id: NodeId) -> Vec<String> {
        let mut out = Vec::new();
        let mut at = id;
        while let Some(parent) = self.node(at).parent {
            match &self.node(parent).body {
                Body::Sequence { items, .. } => {
                    let number = items.iter().position(|item| *item == at).unwrap_or(0);
                    out.push(format!("[{number}]"));
                }
                Body::Mapping { entries, .. } => {
                    let entry = entries.iter().find(|entry| entry.value == at || entry.key == at);
                    let key = entry.and_then(|entry| self.scalar(entry.key));
                    out.push(key.unwrap_or_default().to_owned());
                }
                Body::Scalar { .. } | Body::Alias(_) => {}
            }
            at = parent;
        }
        out.reverse();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_from_the_root() {
        let text =
            "images:\n- name: a\n  newTag: v1\n- {name: b, newTag: v2}\nresources: [x, *a]\n";
        let text = text.replace("*a", "y?ref=v3");
        let doc = Document::parse(&text).unwrap();
        let root = doc.roots()[0].node;
        let of = |word: &str| {
            let start = text.find(word).unwrap();
            doc.path(root, Span::new(start, start + word.len()))
        };
        assert_eq!(of("v1"), "images[0].newTag");
        assert_eq!(of("v2"), "images[1].newTag");
        assert_eq!(of("y?ref=v3"), "resources[1]");
        assert_eq!(of("name: b"), "images[1]");
    }

    #[test]
    fn an_alias_is_no_way_on() {
        let text = "a: &x [1]\nb: *x\n";
        let doc = Document::parse(text).unwrap();
        let root = doc.roots()[0].node;
        let alias = doc.get(root, "b").unwrap();
        assert_eq!(doc.path(alias, doc.node(alias).span), "b");
    }
}
