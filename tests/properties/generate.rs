//! Documents as people write them, and worse: every way of formatting that YAML allows.
//!
//! Each comment holds a number between `«` and `»`, which nothing else in a document does, so that
//! it can be found again without reading YAML.

use crate::support::dice::Dice;
use crate::words;

/// A document and what is unusual about it.
pub(crate) struct Source {
    pub(crate) text: String,
    /// Anchors and aliases.
    pub(crate) anchors: bool,
    /// `? key` entries, or keys alone between braces.
    pub(crate) complex: bool,
    /// Bytes were changed at random: it may not even be YAML.
    pub(crate) mutated: bool,
}

pub(crate) fn document(dice: &mut Dice) -> Source {
    let breaks: &[&str] = match dice.below(100) {
        0..=59 => &["\n"],
        60..=77 => &["\r\n"],
        78..=81 => &["\r"],
        82..=92 => &["\n", "\r\n"],
        _ => &["\n", "\r\n", "\r"],
    };
    let marked = dice.chance(3);
    let mut writer = Writer {
        anchors: dice.chance(10),
        marked,
        complex: marked,
        tags: dice.chance(15),
        duplicates: dice.chance(3),
        commented: [0, 10, 25][dice.below(3)],
        breaks,
        dice,
        out: String::new(),
        targets: 0,
        comments: 0,
    };
    writer.stream();
    let (anchors, complex) = (writer.anchors, writer.complex);
    let mut text = writer.out;
    if dice.chance(20) {
        text.truncate(text.trim_end_matches(['\n', '\r']).len());
    }
    let mutated = dice.chance(12);
    if mutated {
        mutate(&mut text, dice);
    }
    Source { text, anchors, complex, mutated }
}

/// A few characters put in, taken out, or repeated.
fn mutate(text: &mut String, dice: &mut Dice) {
    for _ in 0..dice.between(1, 3) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = dice.below(chars.len().max(1)).min(chars.len());
        let end = (at + dice.between(1, 6)).min(chars.len());
        match dice.below(4) {
            0 => drop(chars.drain(at..end)),
            1 => {
                let again: Vec<char> = chars[at..end].to_vec();
                let to = dice.below(chars.len() + 1);
                chars.splice(to..to, again);
            }
            _ => drop(chars.splice(at..at, dice.pick(words::MARKS).chars())),
        }
        *text = chars.into_iter().collect();
    }
}

/// Writes one document.
pub(crate) struct Writer<'d> {
    pub(crate) dice: &'d mut Dice,
    pub(crate) out: String,
    breaks: &'static [&'static str],
    pub(crate) anchors: bool,
    /// `? key` entries are wanted.
    marked: bool,
    pub(crate) complex: bool,
    pub(crate) tags: bool,
    pub(crate) duplicates: bool,
    /// How likely a comment is where there can be one.
    pub(crate) commented: usize,
    pub(crate) targets: usize,
    comments: usize,
}

impl Writer<'_> {
    fn stream(&mut self) {
        if self.dice.chance(5) {
            self.out.push('\u{feff}');
        }
        if self.dice.chance(8) {
            self.json(0, None);
            if self.dice.chance(80) {
                self.end_line();
            }
            return;
        }
        self.pause(0);
        if self.dice.chance(15) {
            self.out.push_str("---");
            self.tail();
        }
        self.root();
        if self.dice.chance(5) {
            self.out.push_str("---");
            self.tail();
            self.targets = 0;
            self.root();
        }
        self.pause(0);
        if self.dice.chance(3) {
            self.out.push_str("...");
            self.tail();
        }
    }

    fn root(&mut self) {
        let indent = if self.dice.chance(4) { 2 } else { 0 };
        match self.dice.below(100) {
            0..=5 => self.sequence(indent, 0, false),
            6..=11 => {
                self.flow(indent, 0);
                self.tail();
            }
            _ => self.mapping(indent, 0, false),
        }
    }

    pub(crate) fn end_line(&mut self) {
        let end = self.dice.pick(self.breaks);
        self.out.push_str(end);
    }

    pub(crate) fn pad(&mut self, indent: usize) {
        self.out.push_str(&" ".repeat(indent));
    }

    pub(crate) fn comment(&mut self) {
        self.comments += 1;
        let text = self.dice.pick(words::COMMENTS);
        let blank = if self.dice.chance(80) { " " } else { "" };
        self.out.push_str(&format!("#{blank}«{}»{text}", self.comments));
    }

    /// The rest of a line behind a value: blanks, a comment, the line break.
    pub(crate) fn tail(&mut self) {
        if self.dice.chance(self.commented) {
            let blank = self.dice.pick(&[" ", "  ", "     ", "\t", " \t"]);
            self.out.push_str(blank);
            self.comment();
        } else if self.dice.chance(6) {
            let blank = self.dice.pick(&[" ", "  "]);
            self.out.push_str(blank);
        }
        self.end_line();
    }

    /// Lines of their own before an entry: blank ones and comments, no deeper than the entry.
    fn pause(&mut self, indent: usize) {
        while self.dice.chance(self.commented) {
            if self.dice.chance(60) {
                let column = [0, indent][self.dice.below(2)];
                self.pad(column);
                self.comment();
            } else if self.dice.chance(20) {
                self.pad(indent);
            }
            self.end_line();
        }
    }

    fn mapping(&mut self, indent: usize, depth: usize, inline: bool) {
        let mut keys: Vec<&str> = Vec::new();
        for number in 0..self.dice.between(1, 4) {
            if number > 0 || !inline {
                self.pause(indent);
                self.pad(indent);
            }
            if self.anchors && self.targets > 0 && !keys.contains(&"<<") && self.dice.chance(8) {
                keys.push("<<");
                let target = self.dice.below(self.targets);
                self.out.push_str(&format!("<<: *a{target}"));
                self.tail();
                continue;
            }
            let key = self.dice.pick(words::KEYS);
            if keys.contains(&key) && !self.duplicates {
                self.out.push_str(&format!("{key}{number}"));
            } else {
                keys.push(key);
                self.key(key);
            }
            self.value(indent, depth);
        }
    }

    fn key(&mut self, key: &str) {
        if self.marked && self.dice.chance(30) {
            self.out.push_str("? ");
            self.out.push_str(key);
            self.end_line();
            // The mark of the value takes the place of the key; its entry begins a line.
            let line = self.out.rfind('?').unwrap_or_default();
            let start = self.out[..line].rfind(['\n', '\r']).map_or(0, |at| at + 1);
            self.pad(self.out[start..line].trim_start_matches('\u{feff}').len());
            return;
        }
        let written = match self.dice.below(12) {
            0 => format!("\"{key}\""),
            1 => format!("'{key}'"),
            _ => key.to_owned(),
        };
        self.out.push_str(&written);
        if self.dice.chance(2) {
            self.out.push(' ');
        }
    }

    /// An anchor and a tag before a value, each with a blank before it.
    pub(crate) fn properties(&mut self, tag: &str) {
        if self.anchors && self.dice.chance(30) {
            self.out.push_str(&format!(" &a{}", self.targets));
            self.targets += 1;
        }
        if self.tags && self.dice.chance(15) {
            self.out.push(' ');
            self.out.push_str(tag);
        }
    }

    pub(crate) fn gap(&mut self) {
        let blank = match self.dice.below(20) {
            0 => "\t",
            1 => "   ",
            _ => " ",
        };
        self.out.push_str(blank);
    }

    /// From the colon to the end of the value's last line.
    fn value(&mut self, indent: usize, depth: usize) {
        self.out.push(':');
        let deep = depth >= 3;
        match self.dice.below(100) {
            0..=4 => self.tail(),
            5..=6 => {
                let null = self.dice.pick(&[" ~", " null", " Null"]);
                self.out.push_str(null);
                self.tail();
            }
            7..=9 if self.anchors && self.targets > 0 => {
                let target = self.dice.below(self.targets);
                self.out.push_str(&format!(" *a{target}"));
                self.tail();
            }
            10..=14 => {
                self.tail();
                let deeper = indent + self.dice.between(1, 4);
                self.pad(deeper);
                self.scalar(indent + 1, false);
                self.tail();
            }
            15..=24 => self.block(indent),
            25..=34 => {
                let tag = self.dice.pick(&["!mine"]);
                self.properties(tag);
                self.gap();
                self.flow(indent, depth + 1);
                self.tail();
            }
            35..=49 if !deep => {
                self.properties("!!map");
                self.tail();
                let step = [2, 2, 4, 1, 3][self.dice.below(5)];
                self.mapping(indent + step, depth + 1, false);
            }
            50..=69 if !deep => {
                self.properties("!!seq");
                self.tail();
                let step = [0, 0, 2, 2, 4, 1][self.dice.below(6)];
                self.sequence(indent + step, depth + 1, false);
            }
            _ => {
                let tag = self.dice.pick(&["!!str", "!!str", "!mine"]);
                self.properties(tag);
                self.gap();
                self.scalar(indent + 1, false);
                self.tail();
            }
        }
    }

    fn sequence(&mut self, indent: usize, depth: usize, inline: bool) {
        let gap = [1, 1, 1, 3, 2][self.dice.below(5)];
        for number in 0..self.dice.between(1, 3) {
            if number > 0 || !inline {
                self.pause(indent);
                self.pad(indent);
            }
            self.out.push('-');
            let inner = indent + 1 + gap;
            match self.dice.below(100) {
                0..=3 => self.tail(),
                4..=7 if self.anchors && self.targets > 0 => {
                    let target = self.dice.below(self.targets);
                    self.out.push_str(&format!(" *a{target}"));
                    self.tail();
                }
                8..=13 => self.block(indent),
                14..=50 if depth < 4 => {
                    self.pad(gap);
                    self.mapping(inner, depth + 1, true);
                }
                51..=56 if depth < 4 => {
                    self.properties("!!map");
                    self.tail();
                    let deeper = indent + self.dice.between(1, 4);
                    self.mapping(deeper, depth + 1, false);
                }
                57..=60 if depth < 4 => {
                    self.pad(gap);
                    self.sequence(inner, depth + 1, true);
                }
                61..=68 => {
                    self.pad(gap);
                    self.flow(indent, depth + 1);
                    self.tail();
                }
                _ => {
                    self.properties("!!str");
                    self.pad(gap);
                    self.scalar(indent + 1, false);
                    self.tail();
                }
            }
        }
    }
}
