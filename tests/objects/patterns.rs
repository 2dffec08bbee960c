//! Names of images as regular expressions, case by case, as Go takes them.
//!
//! `data/image-patterns.jsonl` says what `IsImageMatched` of kustomize's `api/internal/image` v5.8.1
//! answers, compiled with Go 1.26: `[name, image, "1", "0" or "E"]`, where `E` is a name that is no
//! regular expression. It has the edges of the grammar and random patterns, chosen for variety out of
//! millions.

use kubectl_promote::objects::{ImageEntry, Images};
use kubectl_promote::yaml::Document;
use serde_json::json;

/// What becomes of an image called `image` under an entry called `name`.
fn ours(name: &str, image: &str) -> &'static str {
    let entry = ImageEntry { name: name.to_owned(), ..ImageEntry::default() };
    let Ok(images) = Images::new(&[entry], &[]) else { return "E" };
    let object = json!({"kind": "Pod", "spec": {"containers": [{"image": image}]}}).to_string();
    let document = Document::parse(&object).unwrap();
    let applied = images.apply(&document, document.roots()[0].node).unwrap();
    if applied.matched[0] { "1" } else { "0" }
}

#[test]
fn names_match_what_they_match_in_go() {
    let lines = include_str!("../data/image-patterns.jsonl").lines();
    let cases: Vec<(String, String, String)> =
        lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.len(), 1050);
    for (name, image, wanted) in cases {
        assert_eq!(ours(&name, &image), wanted, "{name:?} {image:?}");
    }
}
