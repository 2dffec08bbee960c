//! The one place that knows granit-parser: its events become our nodes.
//!
//! Its quirks are repaired here (reference: granit-parser 2.1): a block scalar's span begins below
//! its header, an absent value's before the colon, a block collection's end is the next token.

use std::borrow::Cow;
use std::collections::HashMap;

use kubectl_promote_yaml_events::{Event, Events, ScalarStyle, ScanError, StructureStyle, Tag};

use crate::span::Span;
use crate::yaml::layout::{colon_end, skip_blank};
use crate::yaml::node::{Body, Document, Entry, Node, NodeId, Root, Style};

/// Why a text is not YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Where the parser gave up.
    pub span: Span,
    /// What it says: lower case, no full stop.
    pub message: String,
}

impl<'t> Document<'t> {
    /// Reads `text`, which may hold any number of YAML documents.
    ///
    /// # Errors
    /// A [`ParseError`] with the place at which `text` stops being YAML.
    pub fn parse(text: &'t str) -> Result<Self, ParseError> {
        let mut builder = Builder::new(text);
        for event in Events::of(text) {
            let (event, span) = event.map_err(|error| failure(text, &error))?;
            let tag = span.tag_span().and_then(|tag| tag.byte_range());
            let span =
                span.byte_range().map_or(Span::at(0), |range| Span::new(range.start, range.end));
            if builder.is_endless(&event) {
                // go-yaml refuses it in the same words.
                let message = format!(
                    "anchor `{}` value contains itself",
                    span.of(text).trim_start_matches('*')
                );
                return Err(ParseError { span, message });
            }
            builder.take(event, span, tag.map_or(0, |range| range.end));
        }
        Ok(Self { text, nodes: builder.nodes, roots: builder.roots })
    }
}

pub(super) fn failure(text: &str, error: &ScanError) -> ParseError {
    let marker = error.marker();
    let offset = marker.byte_offset().unwrap_or_else(|| {
        text.char_indices().nth(marker.index()).map_or(text.len(), |(at, _)| at)
    });
    ParseError { span: Span::at(offset.min(text.len())), message: error.info() }
}

struct Builder<'t> {
    text: &'t str,
    nodes: Vec<Node<'t>>,
    roots: Vec<Root>,
    open: Vec<Open>,
    anchors: HashMap<usize, NodeId>,
    document: (usize, Option<(u32, u32)>),
    /// Behind the last token that was read: nothing before it needs to be looked at again.
    cursor: usize,
}

struct Open {
    id: NodeId,
    key: Option<NodeId>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            nodes: Vec::new(),
            roots: Vec::new(),
            open: Vec::new(),
            anchors: HashMap::new(),
            document: (0, None),
            cursor: 0,
        }
    }

    /// Whether `event` is an alias of a collection that it stands in.
    fn is_endless(&self, event: &Event<'t>) -> bool {
        let Event::Alias(target) = event else {
            return false;
        };
        let target = self.anchors.get(target);
        self.open.iter().any(|open| Some(&open.id) == target)
    }

    fn take(&mut self, event: Event<'t>, span: Span, tag_end: usize) {
        self.cursor = self.cursor.max(tag_end);
        match event {
            Event::DocumentStart(_, version) => {
                self.document = (span.start, version.map(|v| (v.major, v.minor)));
                self.cursor = self.cursor.max(span.start);
                if span.of(self.text) == "---" {
                    self.cursor = span.end;
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let (body, span) = self.scalar(text, style, span, tag.is_some());
                let id = self.add(body, span, anchor, tag);
                self.cursor = self.cursor.max(self.nodes[id.0].span.end);
            }
            Event::SequenceStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                self.open(Body::Sequence { flow, items: Vec::new() }, span, anchor, tag);
            }
            Event::MappingStart(style, anchor, tag) => {
                let flow = style == StructureStyle::Flow;
                self.open(Body::Mapping { flow, entries: Vec::new() }, span, anchor, tag);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(target) => {
                if let Some(target) = self.anchors.get(&target).copied() {
                    self.add(Body::Alias(target), span, 0, None);
                    self.cursor = span.end;
                }
            }
            Event::Anchor(id, _) => {
                if let Some(node) = self.anchors.get(&id).copied() {
                    self.nodes[node.0].anchor = Some(span);
                    self.cursor = self.cursor.max(span.end);
                }
            }
            _ => {}
        }
    }

    fn add(
        &mut self,
        body: Body<'t>,
        span: Span,
        anchor: usize,
        tag: Option<Cow<'t, Tag>>,
    ) -> NodeId {
        let id = NodeId(self.nodes.len());
        let parent = self.open.last().map(|open| open.id);
        let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
        self.nodes.push(Node { span, parent, anchor: None, tag, body });
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        self.attach(id);
        id
    }

    fn attach(&mut self, id: NodeId) {
        let Some(open) = self.open.last_mut() else {
            let (start, version) = self.document;
            self.roots.push(Root { node: id, start, version });
            return;
        };
        match (&mut self.nodes[open.id.0].body, open.key.take()) {
            (Body::Sequence { items, .. }, _) => items.push(id),
            (Body::Mapping { entries, .. }, Some(key)) => entries.push(Entry { key, value: id }),
            (_, _) => open.key = Some(id),
        }
    }

    fn open(&mut self, body: Body<'t>, span: Span, anchor: usize, tag: Option<Cow<'t, Tag>>) {
        let id = self.add(body, span, anchor, tag);
        self.cursor = self.cursor.max(span.end);
        self.open.push(Open { id, key: None });
    }

    fn close(&mut self, span: Span) {
        let Some(Open { id, .. }) = self.open.pop() else {
            return;
        };
        let (first, last, flow) = match &self.nodes[id.0].body {
            Body::Sequence { flow, items } => (items.first(), items.last(), *flow),
            Body::Mapping { flow, entries } => {
                (entries.first().map(|e| &e.key), entries.last().map(|e| &e.value), *flow)
            }
            _ => (None, None, false),
        };
        let bracketed = flow && !span.is_empty();
        let (first, last) =
            (first.map(|f| self.nodes[f.0].span), last.map(|l| self.nodes[l.0].span));
        let node = &mut self.nodes[id.0];
        if bracketed {
            node.span.end = span.end;
            self.cursor = span.end;
        } else if let (Some(first), Some(last)) = (first, last) {
            node.span = Span::new(node.span.start.min(first.start), last.end.max(first.end));
        }
    }

    /// The body and the true span of a scalar.
    fn scalar(
        &self,
        text: Cow<'t, str>,
        style: ScalarStyle,
        span: Span,
        tagged: bool,
    ) -> (Body<'t>, Span) {
        match style {
            ScalarStyle::Literal | ScalarStyle::Folded => self.block(text, span),
            ScalarStyle::SingleQuoted => inside(text, Style::Single, span),
            ScalarStyle::DoubleQuoted => inside(text, Style::Double, span),
            _ if span.is_empty() && !tagged => self.absent(span),
            _ => (Body::Scalar { text, style: Style::Plain, content: span }, span),
        }
    }

    /// An absent value goes behind its colon.
    fn absent(&self, span: Span) -> (Body<'t>, Span) {
        let key = self.open.last().and_then(|open| open.key);
        let span = key.map_or(span, |key| {
            let key = self.nodes[key.0].span.end;
            let behind = match colon_end(self.text, key) {
                Some(colon) => colon.max(span.start),
                None => self.behind_later_colon(key, span.start),
            };
            Span::at(behind)
        });
        let body = Body::Scalar { text: Cow::Borrowed(""), style: Style::Plain, content: span };
        (body, span)
    }

    /// Where an absent value goes whose colon is not on the line of its key, as in `? key`: there
    /// may be none at all.
    fn behind_later_colon(&self, key: usize, start: usize) -> usize {
        let colon = skip_blank(self.text, key);
        if !self.text[colon..].starts_with(':') {
            return key;
        }
        let marks = self.text.get(colon + 1..start).unwrap_or_default();
        let marked = marks.trim_start_matches([' ', '\t']).starts_with(['&', '!']);
        if marked { start } else { colon + 1 }
    }

    fn block(&self, mut text: Cow<'t, str>, content: Span) -> (Body<'t>, Span) {
        let header = self.header(content.start);
        // libyaml and go-yaml add no line break that is not in the file.
        let unended = content.end == self.text.len() && !self.text.ends_with(['\n', '\r']);
        if unended && text.ends_with('\n') {
            text = Cow::Owned(text.trim_end_matches('\n').to_owned());
        }
        let end = content.end.max(header + 1);
        // Without any content the parser answers with the header itself or the line below it.
        let content = if text.is_empty() { Span::at(end) } else { content };
        let keeps = self.text[header..].lines().next().is_some_and(|line| {
            line.chars().skip(1).take_while(|c| !c.is_whitespace()).any(|c| c == '+')
        });
        let kept = self.text[header..end].trim_end_matches([' ', '\t']);
        let body = match kept {
            // The indentation of the next line does not belong to it.
            kept if keeps && kept.ends_with(['\n', '\r']) => kept,
            _ if keeps => &self.text[header..end],
            kept => kept.trim_end(),
        };
        let end = header + body.len();
        (Body::Scalar { text, style: Style::Block, content }, Span::new(header, end))
    }

    /// Where the `|` or `>` of the block scalar stands whose content begins at `limit`.
    fn header(&self, limit: usize) -> usize {
        let mut at = self.cursor;
        while at < limit {
            at = skip_blank(self.text, at);
            let rest = &self.text[at..];
            match rest.chars().next() {
                Some('|' | '>') => return at,
                // An anchor or a tag may hold either sign.
                Some('&' | '!') => at += rest.find(char::is_whitespace).unwrap_or(rest.len()),
                Some(other) => at += other.len_utf8(),
                None => break,
            }
        }
        limit
    }
}

fn inside<'t>(text: Cow<'t, str>, style: Style, span: Span) -> (Body<'t>, Span) {
    let content = Span::new(span.start + 1, span.end.saturating_sub(1).max(span.start + 1));
    (Body::Scalar { text, style, content }, span)
}
