//! The editor, case by case: what each rewrite does to each way of writing YAML.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use kubectl_promote::edit::apply;
use kubectl_promote::span::Span;
use kubectl_promote::yaml::{
    Body, Document, New, NodeId, Quote, Rewrite, Style, Type, is_plain, quoted, resolve,
};

/// The node at `path`: keys, or positions in lists.
fn find(doc: &Document<'_>, path: &str) -> NodeId {
    let mut at = doc.roots()[0].node;
    for step in path.split('/').filter(|step| !step.is_empty()) {
        at = match step.parse::<usize>() {
            Ok(position) => doc.items(at)[position],
            Err(_) => doc.get(at, step).unwrap_or_else(|| panic!("no {step} in {path}")),
        };
    }
    at
}

fn edited(text: &str, rewrites: impl Fn(&Document<'_>) -> Vec<Rewrite>) -> Result<String, String> {
    let doc = Document::parse(text).unwrap();
    apply(&doc, &rewrites(&doc)).map(|(_, result)| result).map_err(|error| error.message)
}

#[track_caller]
fn set(text: &str, path: &str, new: &str, wanted: &str) {
    let result = edited(text, |doc| vec![Rewrite::Set { node: find(doc, path), text: new.into() }]);
    assert_eq!(result.as_deref(), Ok(wanted));
}

#[track_caller]
fn insert(text: &str, mapping: &str, after: usize, wanted: &str) {
    let result = edited(text, |doc| {
        let mapping = find(doc, mapping);
        let value = New::text("sha256:0");
        vec![Rewrite::InsertKey { mapping, after, key: "digest".into(), value }]
    });
    assert_eq!(result.as_deref(), Ok(wanted));
}

#[track_caller]
fn remove(text: &str, mapping: &str, entry: usize, wanted: &str) {
    let result =
        edited(text, |doc| vec![Rewrite::RemoveKey { mapping: find(doc, mapping), entry }]);
    assert_eq!(result.as_deref(), Ok(wanted));
}

#[track_caller]
fn replace(text: &str, mapping: &str, entry: usize, wanted: &str) {
    let result = edited(text, |doc| {
        let mapping = find(doc, mapping);
        vec![Rewrite::ReplaceKey { mapping, entry, key: "digest".into(), text: "sha256:0".into() }]
    });
    assert_eq!(result.as_deref(), Ok(wanted));
}

#[track_caller]
fn append(text: &str, path: &str, wanted: &str) {
    let entries = |name: &str| {
        New::Mapping(vec![
            ("name".into(), New::text(name)),
            ("newTag".into(), New::Text("1.10".into(), Quote::AsNeeded)),
        ])
    };
    let result = edited(text, |doc| {
        vec![Rewrite::Append { node: find(doc, path), items: vec![entries("x"), entries("w")] }]
    });
    assert_eq!(result.as_deref(), Ok(wanted));
}

#[test]
fn a_value_keeps_its_quotes_and_its_line() {
    set("a: v1 # why\n", "a", "v2", "a: v2 # why\n");
    set("a: \"v1\"   # why\n", "a", "1.10", "a: \"1.10\"   # why\n");
    set("a: 'v1'", "a", "it's", "a: 'it''s'");
    set("a: v1\n", "a", "1.10", "a: \"1.10\"\n");
    set("a:\n  v1\r\nb: c\r\n", "a", "v2", "a:\n  v2\r\nb: c\r\n");
    set("\u{feff}a:\tv1\t# t\r\n", "a", "v2", "\u{feff}a:\tv2\t# t\r\n");
    set("a: !!str 1.10\n", "a", "v2", "a: !!str v2\n");
    set("a: v1\n  and more\nb: c", "a", "v2", "a: v2\nb: c");
    set("{\"a\": \"v1\", \"b\": null}\n", "b", "v2", "{\"a\": \"v1\", \"b\": \"v2\"}\n");
    set("{\"a\": 1}\n", "a", "v2", "{\"a\": \"v2\"}\n");
    set("a: {b: v1, c: d}\n", "a/b", "v2", "a: {b: v2, c: d}\n");
    set("? a\n: v1\n", "a", "v2", "? a\n: v2\n");
}

#[test]
fn each_yaml_document_has_its_own_look() {
    let result = edited("{\"a\": \"b\"}\n---\na: v1\n", |doc| {
        let root = doc.roots()[1].node;
        vec![Rewrite::Set { node: doc.get(root, "a").unwrap(), text: "v2".into() }]
    });
    assert_eq!(result.as_deref(), Ok("{\"a\": \"b\"}\n---\na: v2\n"));
}

#[test]
fn an_absent_value_is_written_behind_its_colon() {
    set("a: # why\nb: c\n", "a", "v2", "a: v2 # why\nb: c\n");
    set("a:", "a", "v2", "a: v2");
    set("a: ~\n", "a", "v2", "a: v2\n");
    set("- a:\n  b: c\n", "0/a", "v2", "- a: v2\n  b: c\n");
    set("? a\n: # why\n? b\n: &x\n", "a", "v2", "? a\n: v2 # why\n? b\n: &x\n");
    set("? b\n: &x\n", "b", "v2", "? b\n: &x v2\n");
}

#[test]
fn a_block_scalar_becomes_a_value_on_its_line() {
    set("a: |-  # why\n  v1\nb: c\n", "a", "v2", "a: v2  # why\nb: c\n");
    set("a: >\n\n  v1\n\n\nb: c\n", "a", "v2", "a: v2\n\n\nb: c\n");
    set("a: |-\n  v1", "a", "v2", "a: v2");
    set("a: |+\n  v1\n\nb: c\n", "a", "v2", "a: v2\n\nb: c\n");
    set("a: &x |\n  v1\n", "a", "v2", "a: &x v2\n");
    set("- a: |+\n    v1\n\n  b: c\n", "0/a", "v2", "- a: v2\n\n  b: c\n");
}

#[test]
fn an_alias_is_replaced_and_its_anchor_stays() {
    set("v: &v 1.0.0\na: *v\n", "a", "v2", "v: &v 1.0.0\na: v2\n");
    set("a: &v v1\n", "a", "v2", "a: &v v2\n");
}

#[test]
fn an_anchor_inside_its_own_value_is_no_yaml() {
    let refused = |text: &str| Document::parse(text).unwrap_err().message;
    assert!(refused("a: &x [b, *x]\n").contains("contains itself"));
    assert!(refused("a: &x\n  b:\n  - *x\n").contains("contains itself"));
}

#[test]
fn aliases_of_aliases_without_end_are_refused() {
    let chain: String = (1..50_000).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect();
    let text = format!("x: v1\na0: &a0 b\n{chain}");
    let result =
        edited(&text, |doc| vec![Rewrite::Set { node: find(doc, "x"), text: "v2".into() }]);
    assert!(result.unwrap_err().contains("aliases expand too far"));
}

#[test]
fn an_anchor_with_other_users_is_refused() {
    let refused = |text: &str, path: &str| {
        edited(text, |doc| vec![Rewrite::Set { node: find(doc, path), text: "v2".into() }])
            .unwrap_err()
    };
    assert!(refused("a: &v v1\nb: *v\n", "a").contains("anchor"));
    assert!(refused("a: &v {b: v1}\nc: *v\n", "a/b").contains("anchor"));
    assert!(refused("a: &v\n- b: v1\nc: *v\n", "a/0/b").contains("anchor"));
}

#[test]
fn an_anchor_whose_users_all_follow_is_written_once_for_all() {
    let result = edited("a: &v v1\nb: *v\n", |doc| {
        let nodes = [find(doc, "a"), doc.get(doc.roots()[0].node, "b").unwrap()];
        nodes.map(|node| Rewrite::Set { node, text: "v2".into() }).to_vec()
    });
    assert_eq!(result.as_deref(), Ok("a: &v v2\nb: v2\n"));
}

#[test]
fn parts_of_a_value_change_alone() {
    let part = |text: &str| {
        edited(text, |doc| {
            let node = find(doc, "a");
            let old = doc.scalar(node).unwrap();
            let at = old.find("v1").unwrap();
            vec![Rewrite::SetParts { node, parts: vec![(Span::new(at, at + 2), "v22".into())] }]
        })
    };
    assert_eq!(part("a: x?ref=v1&y # v1\n").as_deref(), Ok("a: x?ref=v22&y # v1\n"));
    assert_eq!(part("a: \"x?ref=v1\"").as_deref(), Ok("a: \"x?ref=v22\""));
    assert_eq!(part("a: \"https:\\/\\/x?ref=v1\"").as_deref(), Ok("a: \"https:\\/\\/x?ref=v22\""));
    assert_eq!(part("a: |  # v1\n  x: v1\n  y\n").as_deref(), Ok("a: |  # v1\n  x: v22\n  y\n"));
    assert!(part("a: \"x\\u0076\\u0031\"").is_err());
    let date = |text: &str| {
        edited(text, |doc| {
            vec![Rewrite::SetParts {
                node: find(doc, "a"),
                parts: vec![(Span::new(0, 2), "2024-01-02".into())],
            }]
        })
    };
    assert_eq!(date("a: 'v1'\n").as_deref(), Ok("a: '2024-01-02'\n"));
    assert!(date("a: v1\n").unwrap_err().contains("quotes"));
}

#[test]
fn what_yaml_1_1_takes_for_a_line_break_is_escaped() {
    for text in ["a\u{2028}b", "a\u{2029}", "\u{feff}", "\u{85}", "\u{ffff}"] {
        let result = edited("a: 'v1'\n", |doc| {
            vec![Rewrite::Set { node: find(doc, "a"), text: text.into() }]
        });
        let again = Document::parse(result.as_deref().unwrap()).unwrap();
        assert_eq!(again.scalar(find(&again, "a")), Some(text));
        assert!(result.unwrap().is_ascii());
        let part = edited("a: v1\n", |doc| {
            vec![Rewrite::SetParts {
                node: find(doc, "a"),
                parts: vec![(Span::new(0, 2), text.into())],
            }]
        });
        assert!(part.unwrap_err().contains("escapes"));
    }
    let beside = edited("a: \"v1\u{2028}b\"\n", |doc| {
        vec![Rewrite::SetParts {
            node: find(doc, "a"),
            parts: vec![(Span::new(0, 2), "v2".into())],
        }]
    });
    assert!(beside.unwrap_err().contains("line breaks"));
}

/// go-yaml ends a plain scalar at it.
#[test]
fn a_question_mark_between_brackets_is_quoted() {
    let url = "https://x?ref=v1";
    let list = edited("r: [a]\n", |doc| {
        vec![Rewrite::Append { node: find(doc, "r"), items: vec![New::text(url)] }]
    });
    assert_eq!(list.as_deref(), Ok("r: [a, \"https://x?ref=v1\"]\n"));
    set("r: [a]\n", "r/0", url, "r: [\"https://x?ref=v1\"]\n");
    set("r: a\n", "r", url, "r: https://x?ref=v1\n");
    let part = edited("r: [x]\n", |doc| {
        vec![Rewrite::SetParts {
            node: find(doc, "r/0"),
            parts: vec![(Span::new(0, 1), url.into())],
        }]
    });
    assert!(part.unwrap_err().contains("needs quotes"));
    let colon = edited("r: [x:y]\n", |doc| {
        vec![Rewrite::SetParts {
            node: find(doc, "r/0"),
            parts: vec![(Span::new(0, 1), String::new())],
        }]
    });
    assert!(colon.unwrap_err().contains("needs quotes"));
}

#[test]
fn keys_are_quoted_wherever_they_are_new() {
    let result = edited("a: b\n", |doc| {
        let entries = vec![("on".into(), New::text("x")), ("b: c".into(), New::text("z"))];
        vec![Rewrite::InsertKey {
            mapping: doc.roots()[0].node,
            after: 0,
            key: "no".into(),
            value: New::Mapping(entries),
        }]
    });
    let wanted = "a: b\n\"no\":\n  \"on\": x\n  \"b: c\": z\n";
    assert_eq!(result.as_deref(), Ok(wanted));
}

#[test]
fn a_key_is_inserted_behind_its_sibling() {
    insert("a: b\n", "", 0, "a: b\ndigest: sha256:0\n");
    insert("a: b", "", 0, "a: b\ndigest: sha256:0");
    insert("a: b # c\r\nd: e\r\n", "", 0, "a: b # c\r\ndigest: sha256:0\r\nd: e\r\n");
    insert(
        "x:\n- a: b\n  # own\n  c: d\n",
        "x/0",
        0,
        "x:\n- a: b\n  digest: sha256:0\n  # own\n  c: d\n",
    );
    insert("x:\n  -   a: b\n", "x/0", 0, "x:\n  -   a: b\n      digest: sha256:0\n");
    insert("x:\n  -\n    a: b\n", "x/0", 0, "x:\n  -\n    a: b\n    digest: sha256:0\n");
    insert("x: {a: b}\n", "x", 0, "x: {a: b, digest: sha256:0}\n");
    insert("x: {a: b, c: d}\n", "x", 0, "x: {a: b, digest: sha256:0, c: d}\n");
    insert("{\"a\":\"b\"}", "", 0, "{\"a\":\"b\", \"digest\": \"sha256:0\"}");
    insert(
        "x: {\n  a: b, # c\n  d: e # f\n}\n",
        "x",
        0,
        "x: {\n  a: b, # c\n  digest: sha256:0,\n  d: e # f\n}\n",
    );
    insert(
        "x: {\n  a: b, # c\n  d: e # f\n}\n",
        "x",
        1,
        "x: {\n  a: b, # c\n  d: e, # f\n  digest: sha256:0\n}\n",
    );
    insert("{\n  \"a\": \"b\"\n}\n", "", 0, "{\n  \"a\": \"b\",\n  \"digest\": \"sha256:0\"\n}\n");
    insert("'a': b\n", "", 0, "'a': b\n'digest': sha256:0\n");
    insert("a:\n  b: |\n    x\n\nc: d\n", "", 0, "a:\n  b: |\n    x\ndigest: sha256:0\n\nc: d\n");
}

#[test]
fn a_key_comes_behind_one_with_neither_colon_nor_value() {
    insert("a:\n ? b\n", "", 0, "a:\n ? b\ndigest: sha256:0\n");
}

/// libyaml takes neither `a:,` nor `a:}` for a key without a value, and to go-yaml `!!str,` is a tag.
#[test]
fn a_blank_stays_behind_the_colon_of_an_absent_value() {
    insert("x: {a: }\n", "x", 0, "x: {a: , digest: sha256:0 }\n");
    insert("x: {\n  a: # c\n}\n", "x", 0, "x: {\n  a: , # c\n  digest: sha256:0\n}\n");
    remove("x: {a: , c: d}\n", "x", 1, "x: {a: }\n");
    insert("x: {a: !!str }\n", "x", 0, "x: {a: !!str , digest: sha256:0 }\n");
}

#[test]
fn a_key_goes_with_its_own_line() {
    let text = "x:\n- a: b # one\n  # own\n  c: d # two\n  e: f\n";
    remove(text, "x/0", 1, "x:\n- a: b # one\n  # own\n  e: f\n");
    remove(text, "x/0", 0, "x:\n- # own\n  c: d # two\n  e: f\n");
    remove("a: b\r\nc: d", "", 1, "a: b");
    remove("a: b\nc: d\n", "", 1, "a: b\n");
    remove("a: b\nc: |-\n  d\n  e\nf: g\n", "", 1, "a: b\nf: g\n");
    remove("x: {a: b, c: d, e: f}\n", "x", 0, "x: {c: d, e: f}\n");
    remove("x: {a: b, c: d, e: f}\n", "x", 1, "x: {a: b, e: f}\n");
    remove("x: { a: b, # one\n  # two\n  c: d }\n", "x", 0, "x: {\n  # two\n  c: d }\n");
    remove("x: {a: b, c: d, e: f}\n", "x", 2, "x: {a: b, c: d}\n");
    remove("{\n  \"a\": \"b\",\n  \"c\": \"d\"\n}\n", "", 1, "{\n  \"a\": \"b\"\n}\n");
    remove("{\n  \"a\": \"b\",\n  \"c\": \"d\"\n}\n", "", 0, "{\n  \"c\": \"d\"\n}\n");
    remove("x: {\n  a: b, # one\n  c: d # two\n}\n", "x", 1, "x: {\n  a: b # one\n}\n");
}

#[test]
fn a_key_becomes_another_where_it_stands() {
    replace("x:\n- a: b # one\n  c: d\n", "x/0", 0, "x:\n- digest: sha256:0 # one\n  c: d\n");
    replace("{\"a\": \"b\"}", "", 0, "{\"digest\": \"sha256:0\"}");
    replace("a:   'b'\n", "", 0, "digest:   'sha256:0'\n");
    replace("? a\n: b\n", "", 0, "? digest\n: sha256:0\n");
}

#[test]
fn items_are_appended_in_the_style_of_the_list() {
    append(
        "x:\n- name: a\n# tail\n",
        "x",
        "x:\n- name: a\n- name: x\n  newTag: \"1.10\"\n- name: w\n  newTag: \"1.10\"\n# tail\n",
    );
    append(
        "x:\n  -   name: a\ny: z",
        "x",
        "x:\n  -   name: a\n  -   name: x\n      newTag: \"1.10\"\n  -   name: w\n      newTag: \"1.10\"\ny: z",
    );
    append(
        "x:\r\n- name: a # c",
        "x",
        "x:\r\n- name: a # c\r\n- name: x\r\n  newTag: \"1.10\"\r\n- name: w\r\n  newTag: \"1.10\"",
    );
    append(
        "x: [{name: a}]\n",
        "x",
        "x: [{name: a}, {name: x, newTag: \"1.10\"}, {name: w, newTag: \"1.10\"}]\n",
    );
    append(
        "x: [{ name: a }]\n",
        "x",
        "x: [{ name: a }, { name: x, newTag: \"1.10\" }, { name: w, newTag: \"1.10\" }]\n",
    );
    append(
        "x: [\n  {name: a},\n]\n",
        "x",
        "x: [\n  {name: a},\n  {name: x, newTag: \"1.10\"},\n  {name: w, newTag: \"1.10\"},\n]\n",
    );
    append(
        "x: [\n  {name: a} # c\n]\n",
        "x",
        "x: [\n  {name: a}, # c\n  {name: x, newTag: \"1.10\"},\n  {name: w, newTag: \"1.10\"}\n]\n",
    );
    append(
        "{\"x\": [{\"name\": \"a\"}]}",
        "x",
        "{\"x\": [{\"name\": \"a\"}, {\"name\": \"x\", \"newTag\": \"1.10\"}, {\"name\": \"w\", \"newTag\": \"1.10\"}]}",
    );
    append(
        "{\"x\": []}",
        "x",
        "{\"x\": [{\"name\": \"x\", \"newTag\": \"1.10\"}, {\"name\": \"w\", \"newTag\": \"1.10\"}]}",
    );
    append(
        "{\"x\": null}",
        "x",
        "{\"x\": [{\"name\": \"x\", \"newTag\": \"1.10\"}, {\"name\": \"w\", \"newTag\": \"1.10\"}]}",
    );
}

#[test]
fn an_empty_list_becomes_a_list_below_its_key() {
    let wanted = "r:\n  - a\nx: # c\n  - name: x\n    newTag: \"1.10\"\n  - name: w\n    newTag: \"1.10\"\nz: q\n";
    append("r:\n  - a\nx: [] # c\nz: q\n", "x", wanted);
    append("r:\n  - a\nx: # c\nz: q\n", "x", wanted);
    append("r:\n  - a\nx: ~ # c\nz: q\n", "x", wanted);
    append("x:", "x", "x:\n- name: x\n  newTag: \"1.10\"\n- name: w\n  newTag: \"1.10\"");
}

#[test]
fn several_rewrites_are_made_at_once() {
    let text = "x:\n- name: a\n  newTag: v1\n  digest: old\n- name: b\n  digest: sha256:1\n";
    let result = edited(text, |doc| {
        let (a, b) = (find(doc, "x/0"), find(doc, "x/1"));
        vec![
            Rewrite::Set { node: find(doc, "x/0/newTag"), text: "v2".into() },
            Rewrite::RemoveKey { mapping: a, entry: 2 },
            Rewrite::ReplaceKey { mapping: b, entry: 1, key: "newTag".into(), text: "v3".into() },
            Rewrite::Append {
                node: find(doc, "x"),
                items: vec![New::Mapping(vec![("name".into(), New::text("c"))])],
            },
        ]
    });
    let wanted = "x:\n- name: a\n  newTag: v2\n- name: b\n  newTag: v3\n- name: c\n";
    assert_eq!(result.as_deref(), Ok(wanted));
}

#[test]
fn neighbours_go_and_come_at_once() {
    let both = |text: &str, first: usize| {
        edited(text, |doc| {
            let mapping = find(doc, "x/0");
            let mut rewrites: Vec<_> =
                [first, first + 1].map(|entry| Rewrite::RemoveKey { mapping, entry }).to_vec();
            rewrites.push(Rewrite::Append { node: find(doc, "x"), items: vec![New::text("w")] });
            rewrites
        })
    };
    assert_eq!(
        both("x:\n- a: b\n  c: d\n  e: f\nz: q\n", 1).as_deref(),
        Ok("x:\n- a: b\n- w\nz: q\n")
    );
    assert_eq!(both("x: [{a: b, c: d, e: f}]\n", 1).as_deref(), Ok("x: [{a: b}, w]\n"));
    assert_eq!(both("x: [{a: b, c: d, e: f}]\n", 0).as_deref(), Ok("x: [{e: f}, w]\n"));
    assert!(both("x: [{a: b, c: d}]\n", 0).is_err());
    assert_eq!(both("x:\n- a: b\n  c: d\n  e: f\n", 0).as_deref(), Ok("x:\n- e: f\n- w\n"));
    assert_eq!(
        both("x:\n- a: b\n  c: d\n  # own\n  e: f", 1).as_deref(),
        Ok("x:\n- a: b\n  # own\n- w")
    );
    assert_eq!(both("x:\n- a: b\n  c: d\n  e: f", 1).as_deref(), Ok("x:\n- a: b\n- w"));
}

#[test]
fn an_absent_value_comes_before_the_key_behind_it() {
    for swap in [false, true] {
        let result = edited("x:\n- a:\n", |doc| {
            let insert = Rewrite::InsertKey {
                mapping: find(doc, "x/0"),
                after: 0,
                key: "b".into(),
                value: New::text("v2"),
            };
            let set = Rewrite::Set { node: find(doc, "x/0/a"), text: "v1".into() };
            if swap { vec![set, insert] } else { vec![insert, set] }
        });
        assert_eq!(result.as_deref(), Ok("x:\n- a: v1\n  b: v2\n"));
    }
}

#[test]
fn a_new_list_comes_behind_the_last_key() {
    let result = edited("r:\n  - a\n\n# end\n", |doc| {
        let value = New::Sequence(vec![New::Mapping(vec![
            ("name".into(), New::text("x")),
            ("newTag".into(), New::text("v1")),
        ])]);
        vec![Rewrite::InsertKey {
            mapping: doc.roots()[0].node,
            after: 0,
            key: "images".into(),
            value,
        }]
    });
    let wanted = "r:\n  - a\nimages:\n  - name: x\n    newTag: v1\n\n# end\n";
    assert_eq!(result.as_deref(), Ok(wanted));
}

/// `plain` says what kustomize made of each text without quotes.
#[test]
fn quoting_agrees_with_kustomize_on_every_probe() {
    let probes: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("data/scalars.json")).unwrap();
    assert!(probes.len() > 150);
    for probe in &probes {
        let (tag, plain) = (probe["tag"].as_str().unwrap(), probe["plain"].as_str().unwrap());
        if is_plain(tag) {
            assert_eq!(plain, "ok", "{tag} must not be written plain");
        }
        let text = format!("newTag: {}\n", quoted(tag, Quote::AsNeeded));
        let doc = Document::parse(&text).unwrap();
        assert_eq!(doc.get_scalar(doc.roots()[0].node, "newTag"), Some(tag));
        // Texts that are not even one plain scalar say nothing about the resolver.
        let alone = Document::parse(tag).ok().filter(|doc| !doc.roots().is_empty()).filter(|doc| {
            let root = doc.node(doc.roots()[0].node);
            root.span.of(tag) == tag
                && matches!(root.body, Body::Scalar { style: Style::Plain, .. })
        });
        if alone.is_some() {
            let wanted = match plain {
                "ok" => Type::Text,
                "error" => Type::Other,
                _ => Type::Null,
            };
            assert_eq!(resolve(tag, true, None), wanted, "{tag}");
        }
    }
}

#[test]
fn a_part_that_makes_a_mark_between_brackets_is_refused() {
    let result = edited("x: {a: https://x/p?ref=v1}\n", |doc| {
        let node = find(doc, "x/a");
        let at = doc.scalar(node).unwrap().find("p?").unwrap();
        vec![Rewrite::SetParts { node, parts: vec![(Span::new(at, at + 1), "p:".into())] }]
    });
    assert_eq!(result, Err("the new value needs quotes".to_owned()));
}

#[test]
fn a_byte_order_mark_in_the_middle_is_refused() {
    let result = edited("\n\u{feff}- a\n", |doc| {
        vec![Rewrite::Append { node: find(doc, ""), items: vec![New::text("b")] }]
    });
    assert_eq!(result, Err("a byte order mark stands in the middle of the file".to_owned()));
}
