//! Where the parts of a large text stand, without its nodes: documents, their top-level keys, and the
//! items of one list. One pass over the parser's events, of which none is kept.
//!
//! The parser does not say where a dash or a colon is: they are looked for behind the last token.

use std::borrow::Cow;

use kubectl_promote_yaml_events::{Event, Events, ScalarStyle, Span as Range, StructureStyle, Tag};

use crate::span::{Span, line_start};
use crate::yaml::layout::skip_blank;
use crate::yaml::parse::{ParseError, failure};
use crate::yaml::scalar::{Type, resolve};

/// What to look for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The top-level key whose list is told item by item.
    pub list: &'w str,
    /// Paths of scalars in every document, in every value of its entries, and in every item of the list.
    pub scalars: &'w [&'w [&'w str]],
}

/// One document of a text.
#[derive(Debug, Default)]
pub struct Outline<'t> {
    /// All of it, from behind its marker to the next one or to its last bracket.
    pub part: Part,
    /// The entries of its mapping, in order.
    pub entries: Vec<Top<'t>>,
    /// The items of the list that was asked for.
    pub items: Vec<Part>,
}

/// A top-level entry.
#[derive(Debug)]
pub struct Top<'t> {
    /// Its key.
    pub key: Cow<'t, str>,
    /// Where the entry begins: its line, or the key itself between brackets.
    pub start: usize,
    /// Its value.
    pub value: Part,
}

/// The bytes that belong to one node.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// From behind its dash, colon or marker to where the next part begins; between brackets only
    /// the node itself.
    pub span: Span,
    /// What the node is.
    pub shape: Shape,
    /// It is an item or a value in a collection that is written between brackets.
    pub in_flow: bool,
    /// The scalars that were asked for and are there.
    scalars: Texts,
}

/// Texts by number, packed: there are many parts, and each has a few short ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Texts {
    /// One behind the other: the number, the length in four bytes, the text.
    bytes: Vec<u8>,
}

impl Texts {
    fn push(&mut self, number: usize, text: &str) {
        if let (Ok(number), Ok(length)) = (u8::try_from(number), u32::try_from(text.len())) {
            self.bytes.push(number);
            self.bytes.extend(length.to_le_bytes());
            self.bytes.extend(text.as_bytes());
        }
    }

    /// The last text with that number.
    fn get(&self, number: usize) -> Option<&str> {
        let (mut found, mut rest) = (None, self.bytes.as_slice());
        while let [known, a, b, c, d, behind @ ..] = rest {
            let length = usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).ok()?;
            let (text, next) = behind.split_at_checked(length)?;
            if usize::from(*known) == number {
                found = Some(text);
            }
            rest = next;
        }
        std::str::from_utf8(found?).ok()
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Nothing, or a scalar that says so.
    #[default]
    Null,
    /// Another scalar.
    Scalar,
    /// A sequence.
    Sequence,
    /// A mapping; `true` for one between brackets.
    Mapping(bool),
    /// An alias.
    Alias,
}

impl Part {
    /// Its text with what stands before it on its first line as blanks, so that every column is the
    /// one that it has in `text`, and where in `text` that begins.
    pub fn sheet<'s>(&self, text: &'s str) -> (Cow<'s, str>, usize) {
        let line = line_start(text, self.span.start).max(mark_end(text));
        let start = if self.in_flow { self.span.start } else { line.min(self.span.start) };
        if start == self.span.start {
            return (Cow::Borrowed(self.span.of(text)), start);
        }
        let mut out = " ".repeat(self.span.start - start);
        out.push_str(self.span.of(text));
        (Cow::Owned(out), start)
    }

    /// The scalar number `number` of those that were asked for.
    pub fn scalar(&self, number: usize) -> Option<&str> {
        self.scalars.get(number)
    }
}

/// The documents of `text` in outline.
///
/// # Errors
/// A [`ParseError`] with the place at which `text` stops being YAML, or at which its parts cannot be
/// told apart.
pub fn outline<'t>(text: &'t str, wanted: Wanted<'_>) -> Result<Vec<Outline<'t>>, ParseError> {
    let mut walk = Walk::new(text, wanted);
    for event in Events::of(text) {
        let (event, range) = event.map_err(|error| failure(text, &error))?;
        walk.take(event, &range)?;
    }
    Ok(walk.documents)
}

struct Walk<'t, 'w> {
    text: &'t str,
    wanted: Wanted<'w>,
    documents: Vec<Outline<'t>>,
    open: Vec<Frame<'t>>,
    /// Behind the last token that was read.
    cursor: usize,
}

/// A collection that is being read.
struct Frame<'t> {
    flow: bool,
    at: At<'t>,
}

/// Where in it.
enum At<'t> {
    Item,
    Key,
    Value(Cow<'t, str>),
}

/// What a node is for the collection that holds it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Root,
    TopKey,
    TopValue,
    ListItem,
    Other,
}

impl<'t, 'w> Walk<'t, 'w> {
    fn new(text: &'t str, wanted: Wanted<'w>) -> Self {
        let cursor = mark_end(text);
        Self { text, wanted, documents: Vec::new(), open: Vec::new(), cursor }
    }

    fn take(&mut self, event: Event<'t>, range: &Range) -> Result<(), ParseError> {
        let span = range.byte_range().map_or(Span::at(0), |span| Span::new(span.start, span.end));
        match event {
            Event::DocumentStart(..) => self.document(span),
            Event::Scalar(text, style, _, tag) => {
                let is_null = is_null(&text, style, tag.as_deref());
                self.begin(span, if is_null { Shape::Null } else { Shape::Scalar })?;
                self.tagged(range);
                self.past(span);
                self.scalar(text, is_null);
            }
            Event::Alias(_) => {
                self.begin(span, Shape::Alias)?;
                self.past(span);
                self.done(Cow::Borrowed(""));
            }
            Event::SequenceStart(style, ..) => {
                self.begin(span, Shape::Sequence)?;
                self.tagged(range);
                self.open(style, At::Item, span);
            }
            Event::MappingStart(style, ..) => {
                let flow = style == StructureStyle::Flow;
                self.begin(span, Shape::Mapping(flow && !span.is_empty()))?;
                self.tagged(range);
                self.open(style, At::Key, span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Anchor(..) => self.past(span),
            Event::DocumentEnd => self.end(span),
            _ => {}
        }
        Ok(())
    }

    fn document(&mut self, marker: Span) {
        if marker.of(self.text) == "---" {
            self.past(marker);
        }
        let part = Part { span: Span::at(self.cursor), ..Part::default() };
        self.documents.push(Outline { part, ..Outline::default() });
    }

    /// A node begins that the collection around it holds as …
    fn role(&self) -> Role {
        match self.open.as_slice() {
            [] => Role::Root,
            [Frame { at: At::Key, .. }] => Role::TopKey,
            [Frame { at: At::Value(_), .. }] => Role::TopValue,
            [Frame { at: At::Value(key), .. }, Frame { at: At::Item, .. }]
                if key == self.wanted.list =>
            {
                Role::ListItem
            }
            _ => Role::Other,
        }
    }

    fn begin(&mut self, span: Span, shape: Shape) -> Result<(), ParseError> {
        let role = self.role();
        let in_flow = self.open.last().is_some_and(|frame| frame.flow);
        let start = match role {
            Role::Other => return Ok(()),
            Role::Root => self.cursor,
            Role::TopValue => self.behind_colon(in_flow),
            Role::TopKey if !in_flow => line_start(self.text, span.start).max(self.cursor),
            Role::TopKey | Role::ListItem => self.mark(in_flow)?,
        };
        let part = Part { span: Span::at(start), shape, in_flow, scalars: Texts::default() };
        match (role, self.documents.last_mut()) {
            (Role::Root, Some(document)) => document.part.shape = shape,
            (Role::TopKey, Some(document)) => {
                document.extend(self.wanted.list, start);
                document.entries.push(Top { key: Cow::Borrowed(""), start, value: part });
            }
            (Role::TopValue, Some(document)) => document.set_value(part),
            (Role::ListItem, Some(document)) => {
                document.extend(self.wanted.list, line_start(self.text, start).max(self.cursor));
                let behind = if in_flow { start } else { start + 1 };
                document.items.push(Part { span: Span::at(behind), ..part });
                self.cursor = behind;
            }
            _ => {}
        }
        Ok(())
    }

    /// The next byte that is neither blank nor in a comment, past the colon of an absent value.
    fn next(&self) -> usize {
        let at = skip_blank(self.text, self.cursor);
        if self.text[at..].starts_with(':') { skip_blank(self.text, at + 1) } else { at }
    }

    /// Where an item begins: at its dash, or behind the comma or the bracket before it.
    fn mark(&self, in_flow: bool) -> Result<usize, ParseError> {
        let at = self.next();
        let rest = &self.text[at..];
        match (in_flow, rest.as_bytes().first()) {
            (true, Some(b',')) => Ok(skip_blank(self.text, at + 1)),
            (true, Some(_)) | (false, Some(b'-')) => Ok(at),
            _ => {
                let message = "an item of the list cannot be told from what stands before it";
                Err(ParseError { span: Span::at(at), message: message.to_owned() })
            }
        }
    }

    fn behind_colon(&self, in_flow: bool) -> usize {
        let at = skip_blank(self.text, self.cursor);
        let behind = if self.text[at..].starts_with(':') { at + 1 } else { self.cursor };
        if in_flow { skip_blank(self.text, behind) } else { behind }
    }

    /// A token is read. One without bytes stands anywhere.
    fn past(&mut self, token: Span) {
        if !token.is_empty() {
            self.cursor = self.cursor.max(token.end);
        }
    }

    fn tagged(&mut self, range: &Range) {
        let tag = range.tag_span().and_then(|tag| tag.byte_range());
        self.cursor = self.cursor.max(tag.map_or(0, |tag| tag.end));
    }

    fn open(&mut self, style: StructureStyle, at: At<'t>, span: Span) {
        self.past(span);
        self.open.push(Frame { flow: style == StructureStyle::Flow, at });
    }

    fn close(&mut self, span: Span) {
        // The end of a collection without brackets is the next token.
        if self.open.pop().is_some_and(|frame| frame.flow) {
            self.past(span);
        }
        self.done(Cow::Borrowed(""));
    }

    /// A scalar that was asked for is kept, a key remembered.
    fn scalar(&mut self, text: Cow<'t, str>, is_null: bool) {
        if let Some((part, number)) = self.asked_for().filter(|_| !is_null) {
            part.scalars.push(number, &text);
        }
        self.done(text);
    }

    /// What the scalar that comes now is kept for, if it was asked for, and its number.
    fn asked_for(&mut self) -> Option<(&mut Part, usize)> {
        let document = self.documents.last_mut()?;
        let position = |frames: &[Frame<'_>]| {
            let leads = |path: &&[&str]| {
                path.len() == frames.len()
                    && frames.iter().zip(*path).all(|(frame, key)| frame.key() == Some(key))
            };
            self.wanted.scalars.iter().position(leads)
        };
        if let Some(number) = position(&self.open) {
            return Some((&mut document.part, number));
        }
        match self.open.as_slice() {
            [top, Frame { at: At::Item, .. }, inside @ ..] => {
                let number = position(inside).filter(|_| top.key() == Some(self.wanted.list))?;
                Some((document.items.last_mut()?, number))
            }
            [_, inside @ ..] => {
                let number = position(inside)?;
                Some((&mut document.entries.last_mut()?.value, number))
            }
            [] => None,
        }
    }

    /// A node is read: `text` is what it is called where it is a key.
    fn done(&mut self, text: Cow<'t, str>) {
        let Some(document) = self.documents.last_mut() else { return };
        match self.open.as_slice() {
            [] => document.part.span.end = self.cursor,
            [Frame { at: At::Key, .. }] => document.set_key(text.clone()),
            [Frame { at: At::Value(_), .. }] => document.extend_value(self.cursor),
            [_, Frame { at: At::Item, .. }] => document.extend_item(self.wanted.list, self.cursor),
            _ => {}
        }
        if let Some(frame) = self.open.last_mut() {
            match frame.at {
                At::Item => {}
                At::Value(_) => frame.at = At::Key,
                At::Key => frame.at = At::Value(text),
            }
        }
    }

    /// The document ends at `marker`, which is empty where the next one or nothing follows.
    fn end(&mut self, marker: Span) {
        if let Some(document) = self.documents.last_mut() {
            document.part.span.end = marker.start.max(self.cursor);
            document.extend(self.wanted.list, marker.start);
        }
        self.past(marker);
    }
}

impl Frame<'_> {
    /// The key whose value is being read.
    fn key(&self) -> Option<&str> {
        match &self.at {
            At::Value(key) => Some(key),
            At::Item | At::Key => None,
        }
    }
}

impl<'t> Outline<'t> {
    fn set_key(&mut self, key: Cow<'t, str>) {
        if let Some(top) = self.entries.last_mut() {
            top.key = key;
        }
    }

    fn set_value(&mut self, value: Part) {
        if let Some(top) = self.entries.last_mut() {
            top.value = value;
        }
    }

    fn extend_value(&mut self, end: usize) {
        if let Some(top) = self.entries.last_mut() {
            top.value.span.end = top.value.span.end.max(end);
        }
    }

    fn extend_item(&mut self, list: &str, end: usize) {
        if self.entries.last().is_some_and(|top| top.key == list)
            && let Some(item) = self.items.last_mut()
        {
            item.span.end = item.span.end.max(end);
        }
    }

    /// What was read last goes on to `end`, where no brackets end it.
    fn extend(&mut self, list: &str, end: usize) {
        if self.entries.last().is_some_and(|top| !top.value.in_flow) {
            self.extend_value(end);
        }
        if self.items.last().is_some_and(|item| !item.in_flow) {
            self.extend_item(list, end);
        }
        if let Some(item) = self.items.last_mut() {
            item.scalars.bytes.shrink_to_fit();
        }
    }
}

fn is_null(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> bool {
    let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
    // The longest word for it has four letters.
    (text.len() <= 4 || tag.is_some())
        && resolve(text, style == ScalarStyle::Plain, tag.as_deref()) == Type::Null
}

/// Behind the byte order mark.
fn mark_end(text: &str) -> usize {
    text.len() - text.trim_start_matches('\u{feff}').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted<'_> =
        Wanted { list: "items", scalars: &[&["kind"], &["metadata", "name"]] };

    fn items(text: &str) -> Vec<(String, String)> {
        let documents = outline(text, WANTED).unwrap();
        let items = documents[0].items.iter();
        let name = |item: &Part| item.scalar(1).unwrap_or("-").to_owned();
        items.map(|item| (name(item), item.span.of(text).to_owned())).collect()
    }

    fn one(text: &str) -> Outline<'_> {
        let mut documents = outline(text, WANTED).unwrap();
        assert_eq!(documents.len(), 1, "{text}");
        documents.remove(0)
    }

    fn is(found: &[(String, String)], wanted: &[(&str, &str)]) {
        let found: Vec<_> =
            found.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn packed_texts_are_found_again() {
        let mut texts = Texts::default();
        for (number, text) in [(3, "é"), (0, ""), (7, "x"), (3, "again")] {
            texts.push(number, text);
        }
        assert_eq!(
            [3, 0, 7, 1].map(|number| texts.get(number)),
            [Some("again"), Some(""), Some("x"), None]
        );
    }

    #[test]
    fn items_of_a_block_list_begin_behind_their_dash_and_end_before_the_next() {
        let text = "kind: L\nitems: # x\n# c\n- # dev\n  metadata:\n    name: a\n\n  # tail\n- &x\n  metadata: {name: b}\n  n:\n-\n  # -\n  metadata:\n    name: c\nmore: 1\n";
        is(
            &items(text),
            &[
                ("a", " # dev\n  metadata:\n    name: a\n\n  # tail\n"),
                ("b", " &x\n  metadata: {name: b}\n  n:\n"),
                ("c", "\n  # -\n  metadata:\n    name: c\n"),
            ],
        );
        let document = one(text);
        assert_eq!(document.part.scalar(0), Some("L"));
        let keys: Vec<_> =
            document.entries.iter().map(|top| (top.key.as_ref(), top.start)).collect();
        assert_eq!(keys[2], ("more", text.find("more").unwrap()));
    }

    #[test]
    fn items_between_brackets_are_the_nodes_themselves() {
        let text =
            r#"{"items": [ {"metadata": {"name": "a"}} , &x {metadata: {name: b}},[1], ], c: }"#;
        let found = [
            ("a", r#"{"metadata": {"name": "a"}}"#),
            ("b", "&x {metadata: {name: b}}"),
            ("-", "[1]"),
        ];
        is(&items(text), &found);
        let text = "items: [\n  # x\n  {metadata: {name: a}}, # y\n  {n: }\n]\nb: c\n";
        is(&items(text), &[("a", "{metadata: {name: a}}"), ("-", "{n: }")]);
    }

    #[test]
    fn block_scalars_and_other_lists_are_no_items() {
        let text = "a:\n- x: y\nitems:\n  - kind: |\n      - b\n\n      # c\n  -   kind: d\nb:\n- items:\n  - z\n";
        let document = one(text);
        let kinds: Vec<_> = document.items.iter().map(|item| item.scalar(0)).collect();
        assert_eq!(kinds, [Some("- b\n\n# c\n"), Some("d")]);
        assert_eq!(document.items[1].span.of(text), "   kind: d\n");
    }

    #[test]
    fn a_sheet_has_the_columns_of_the_text() {
        let text = "items:\n- # dev\n  kind: x\n  b: y\nconfig:   {kind: z}\n";
        let document = one(text);
        assert_eq!(document.entries[1].value.scalar(0), Some("z"));
        let (sheet, start) = document.items[0].sheet(text);
        assert_eq!((sheet.as_ref(), start), ("  # dev\n  kind: x\n  b: y\n", 7));
        let (sheet, start) = document.entries[1].value.sheet(text);
        assert_eq!((sheet.as_ref(), &text[start..start + 6]), ("          {kind: z}\n", "config"));
    }

    #[test]
    fn documents_begin_behind_their_markers() {
        let text = "\u{feff}# c\nkind: a\n--- # x\nkind: b\n--- {kind: c}\n---\n...\n%YAML 1.1\n---\nkind: |\n  d";
        let documents = outline(text, WANTED).unwrap();
        let parts: Vec<_> = documents
            .iter()
            .map(|found| (found.part.scalar(0), found.part.span.of(text)))
            .collect();
        let wanted = [
            (Some("a"), "# c\nkind: a\n"),
            (Some("b"), " # x\nkind: b\n"),
            (Some("c"), " {kind: c}"),
            (None, "\n"),
            (Some("d\n"), "\nkind: |\n  d"),
        ];
        assert_eq!(parts, wanted);
        assert_eq!(documents[0].part.sheet(text).0, "# c\nkind: a\n");
        assert_eq!(documents[1].part.sheet(text).0, "    # x\nkind: b\n");
    }

    #[test]
    fn nulls_and_what_is_no_mapping_have_no_scalars() {
        let document = one("items:\n- kind: ~\n- - kind\n-\n- kind\n");
        let shapes: Vec<_> = document.items.iter().map(|item| item.shape).collect();
        assert_eq!(shapes, [Shape::Mapping(false), Shape::Sequence, Shape::Null, Shape::Scalar]);
        assert!(document.items.iter().all(|item| item.scalar(0).is_none()));
    }

    #[test]
    fn what_is_no_yaml_has_no_outline() {
        assert!(outline("items: [", WANTED).is_err());
        assert!(outline("a: *x\n", WANTED).is_err());
        assert!(outline("", WANTED).unwrap().is_empty());
    }
}
