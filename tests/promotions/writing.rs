//! Data as YAML and JSON in the many ways in which people and tools write them.

use std::collections::BTreeMap;

use crate::support::dice::Dice;

/// What a file says.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Text(String),
    /// Null, or a number: written as it stands.
    Plain(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
}

impl Data {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn map(entries: &[(&str, Self)]) -> Self {
        Self::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    }
}

const COMMENTS: &[&str] = &[
    "",
    " why",
    " newTag: v0.0.1",
    " - name: nginx",
    " it's \"odd\" [",
    " renovate: pinned",
    " {\"$imagepolicy\": \"ns:name:tag\"}",
    " ünïcode # twice",
];

/// `data`, a mapping, as a file.
pub(crate) fn file(dice: &mut Dice, data: &Data) -> String {
    let eol = if dice.chance(15) { "\r\n" } else { "\n" };
    let anchors = dice.chance(15);
    let commented = [0, 0, 10, 30][dice.below(4)];
    let quote = [0, 0, 20, 90][dice.below(4)];
    let out = if dice.chance(5) { "\u{feff}" } else { "" }.to_owned();
    let mut writer = Writer { dice, out, eol, anchors, commented, quote, known: BTreeMap::new() };
    if writer.dice.chance(8) {
        let pretty = writer.dice.chance(60);
        writer.json(data, pretty.then_some(0));
        writer.end_line();
    } else {
        writer.document(data);
    }
    let mut text = writer.out;
    if dice.chance(10) {
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
    }
    text
}

struct Writer<'d> {
    dice: &'d mut Dice,
    out: String,
    eol: &'static str,
    /// Texts may get anchors, and be said again by their aliases.
    anchors: bool,
    /// How likely a comment is where there can be one.
    commented: usize,
    /// How likely quotes are where none are needed.
    quote: usize,
    /// The anchors of texts.
    known: BTreeMap<String, String>,
}

impl Writer<'_> {
    fn document(&mut self, data: &Data) {
        self.pause(0);
        if self.dice.chance(12) {
            self.out.push_str("---");
            self.tail();
        }
        match data {
            Data::Map(entries) if self.dice.chance(96) => self.block_map(entries, 0, false),
            data => {
                self.flow(data, 0);
                self.tail();
            }
        }
        self.pause(0);
        if self.dice.chance(2) {
            self.out.push_str("...");
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        self.out.push_str(self.eol);
    }

    fn pad(&mut self, width: usize) {
        self.out.push_str(&" ".repeat(width));
    }

    fn comment(&mut self) {
        self.out.push('#');
        let text = self.dice.pick(COMMENTS);
        self.out.push_str(text);
    }

    /// The rest of a line behind a value.
    fn tail(&mut self) {
        if self.dice.chance(self.commented) {
            let gap = self.dice.between(1, 6);
            self.pad(gap);
            self.comment();
        } else if self.dice.chance(2) {
            self.pad(1);
        }
        self.end_line();
    }

    /// Blank lines and comments between two things.
    fn pause(&mut self, indent: usize) {
        while self.dice.chance(self.commented / 2) {
            if self.dice.chance(70) {
                let astray =
                    if self.dice.chance(10) { self.dice.below(indent + 1) } else { indent };
                self.pad(astray);
                self.comment();
            }
            self.end_line();
        }
    }

    fn block_map(&mut self, entries: &[(String, Data)], indent: usize, begun: bool) {
        for (number, (key, value)) in entries.iter().enumerate() {
            if number > 0 || !begun {
                self.pause(indent);
                self.pad(indent);
            }
            if self.dice.below(150) == 0 && matches!(value, Data::Text(_)) {
                self.out.push_str("? ");
                self.key(key);
                self.tail();
                self.pad(indent);
                self.out.push(':');
            } else {
                self.key(key);
                self.out.push(':');
            }
            self.value(value, indent);
        }
    }

    fn key(&mut self, key: &str) {
        match self.dice.below(40) {
            0 => self.out.push_str(&format!("\"{key}\"")),
            1 => self.out.push_str(&format!("'{key}'")),
            2 => self.out.push_str(&format!("{key} ")),
            _ => self.out.push_str(key),
        }
    }

    /// What follows the colon of a key at `indent`.
    fn value(&mut self, value: &Data, indent: usize) {
        match value {
            Data::List(items) if !items.is_empty() && self.dice.chance(88) => {
                self.tail();
                let deeper = indent + [0, 0, 2, 2, 1, 4][self.dice.below(6)];
                self.block_list(items, deeper);
            }
            Data::Map(entries) if !entries.is_empty() && self.dice.chance(88) => {
                self.tail();
                let deeper = indent + [2, 2, 4, 1][self.dice.below(4)];
                self.block_map(entries, deeper, false);
            }
            Data::List(_) | Data::Map(_) => {
                self.out.push(' ');
                self.flow(value, indent);
                self.tail();
            }
            _ => self.scalar_line(value, indent),
        }
    }

    fn block_list(&mut self, items: &[Data], indent: usize) {
        let usual = [1, 1, 1, 3][self.dice.below(4)];
        for item in items {
            self.pause(indent);
            self.pad(indent);
            self.out.push('-');
            match item {
                Data::Map(entries) if !entries.is_empty() && self.dice.chance(85) => {
                    let gap = if self.dice.chance(5) { self.dice.between(1, 4) } else { usual };
                    let apart = self.dice.chance(5);
                    if apart {
                        self.tail();
                    } else {
                        self.pad(gap);
                    }
                    self.block_map(entries, indent + 1 + gap, !apart);
                }
                Data::Map(_) | Data::List(_) => {
                    self.pad(usual);
                    self.flow(item, indent);
                    self.tail();
                }
                _ => self.scalar_line(item, indent),
            }
        }
    }

    /// A scalar behind a colon or a dash, with the rest of its line.
    fn scalar_line(&mut self, data: &Data, indent: usize) {
        let Data::Text(text) = data else {
            self.pad(1);
            self.scalar(data, false);
            return self.tail();
        };
        let lines = text.trim_end_matches('\n').contains('\n');
        if lines && self.dice.chance(80) || !text.is_empty() && self.dice.chance(2) {
            return self.block_scalar(text, indent);
        }
        if !lines && self.dice.chance(2) {
            self.tail();
            self.pad(indent + 2);
        } else {
            match self.dice.below(100) {
                0 => self.out.push('\t'),
                1..=3 => {
                    let gap = self.dice.between(2, 5);
                    self.pad(gap);
                }
                _ => self.pad(1),
            }
        }
        self.scalar(data, false);
        self.tail();
    }

    fn block_scalar(&mut self, text: &str, indent: usize) {
        let sign = if text.contains('\n') { "|" } else { self.dice.pick(&["|", ">"]) };
        let chomp = if text.ends_with('\n') { "" } else { "-" };
        self.out.push_str(&format!(" {sign}{chomp}"));
        self.tail();
        let deeper = indent + self.dice.between(1, 4);
        for line in text.lines() {
            self.pad(deeper);
            self.out.push_str(line);
            self.end_line();
        }
    }

    /// A scalar on one line.
    fn scalar(&mut self, data: &Data, in_flow: bool) {
        let Data::Text(text) = data else {
            if let Data::Plain(text) = data {
                self.out.push_str(text);
            }
            return;
        };
        if self.anchors {
            if let Some(anchor) = self.known.get(text).filter(|_| self.dice.chance(50)) {
                let space = if in_flow { " " } else { "" };
                return self.out.push_str(&format!("*{anchor}{space}"));
            }
            if self.dice.chance(40) && text.is_ascii() {
                let anchor = format!("a{}", self.known.len());
                self.out.push_str(&format!("&{anchor} "));
                self.known.insert(text.clone(), anchor);
            }
        }
        let plain = is_plain(text);
        match self.dice.below(100) {
            roll if plain && roll >= self.quote => self.out.push_str(text),
            _ if !text.contains(['\n', '\'']) && self.dice.chance(40) => {
                self.out.push_str(&format!("'{text}'"));
            }
            0..=2 if !plain && is_word(text) => self.out.push_str(&format!("!!str {text}")),
            _ => self.double(text),
        }
    }

    fn double(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '\n' => self.out.push_str("\\n"),
                '"' | '\\' => self.out.push_str(&format!("\\{c}")),
                '/' if self.dice.chance(1) => self.out.push_str("\\/"),
                c if c.is_ascii() && self.dice.below(400) == 0 => {
                    self.out.push_str(&format!("\\u{:04x}", c as u32));
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    fn flow(&mut self, data: &Data, indent: usize) {
        let (open, close, count) = match data {
            Data::List(items) => ('[', ']', items.len()),
            Data::Map(entries) => ('{', '}', entries.len()),
            _ => return self.scalar(data, true),
        };
        let (spread, padded) = (self.dice.chance(25), self.dice.chance(25));
        self.out.push(open);
        for number in 0..count {
            self.flow_gap(indent + 2, spread, padded || number > 0);
            match data {
                Data::Map(entries) => {
                    let (key, value) = &entries[number];
                    let quote = if self.dice.chance(10) { "\"" } else { "" };
                    self.out.push_str(&format!("{quote}{key}{quote}: "));
                    self.flow(value, indent + 2);
                }
                Data::List(items) => self.flow(&items[number], indent + 2),
                _ => {}
            }
            if number + 1 < count || self.dice.chance(6) {
                self.out.push(',');
            }
        }
        let least = if spread && self.dice.chance(60) { indent } else { indent + 1 };
        self.flow_gap(least.max(1), spread && count > 0, padded);
        self.out.push(close);
    }

    fn flow_gap(&mut self, indent: usize, spread: bool, padded: bool) {
        if spread {
            self.tail();
            self.pad(indent);
        } else if padded {
            self.out.push(' ');
        }
    }

    fn json(&mut self, data: &Data, depth: Option<usize>) {
        let inner = depth.map(|depth| depth + 1);
        let (open, close, count) = match data {
            Data::List(items) => ('[', ']', items.len()),
            Data::Map(entries) => ('{', '}', entries.len()),
            Data::Text(text) => return self.double(text),
            Data::Plain(text) => return self.out.push_str(text),
        };
        self.out.push(open);
        for number in 0..count {
            self.json_gap(inner);
            match data {
                Data::Map(entries) => {
                    let (key, value) = &entries[number];
                    let space = if depth.is_some() { " " } else { "" };
                    self.out.push_str(&format!("\"{key}\":{space}"));
                    self.json(value, inner);
                }
                Data::List(items) => self.json(&items[number], inner),
                _ => {}
            }
            if number + 1 < count {
                self.out.push(',');
            }
        }
        if count > 0 {
            self.json_gap(depth);
        }
        self.out.push(close);
    }

    fn json_gap(&mut self, depth: Option<usize>) {
        if let Some(depth) = depth {
            self.end_line();
            self.pad(depth * 2);
        }
    }
}

/// Whether `text` has no character that means something to YAML.
fn is_word(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "_.-/:@+".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
        && text.chars().all(inner)
        && !text.ends_with(':')
}

/// Whether every YAML reader takes `text` without quotes for text.
fn is_plain(text: &str) -> bool {
    const NOT_TEXT: &[&str] = &["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let digit = text.starts_with(|c: char| c.is_ascii_digit());
    let telling = text.contains('/') || text.split('.').count() > 2 || text.contains("-a");
    is_word(text) && (!digit || telling) && !NOT_TEXT.contains(&&*text.to_ascii_lowercase())
}
