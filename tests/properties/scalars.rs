//! The parts of a document below its layout: scalars, flow collections, JSON.

use crate::generate::Writer;
use crate::words;

impl Writer<'_> {
    /// A flow collection; continuation lines stand deeper than `indent`.
    pub(crate) fn flow(&mut self, indent: usize, depth: usize) {
        let spread = self.dice.chance(35);
        let padded = self.dice.chance(20);
        let mapping = self.dice.chance(50);
        let (open, close) = if mapping { ('{', '}') } else { ('[', ']') };
        self.out.push(open);
        let count = self.dice.below(4);
        let mut keys: Vec<&str> = Vec::new();
        for number in 0..count {
            self.flow_gap(indent, spread, padded || number > 0);
            if mapping {
                let key = self.dice.pick(words::KEYS);
                if keys.contains(&key) && !self.duplicates {
                    self.out.push_str(&format!("{key}{number}"));
                    self.flow_value(indent, depth, false);
                } else {
                    keys.push(key);
                    let quoted = self.dice.chance(15);
                    let quote = if quoted { "\"" } else { "" };
                    self.out.push_str(&format!("{quote}{key}{quote}"));
                    self.flow_value(indent, depth, quoted);
                }
            } else {
                self.flow_item(indent, depth);
            }
            let last = number + 1 == count;
            if !last || self.dice.chance(10) {
                let before = if self.dice.chance(4) { " " } else { "" };
                self.out.push_str(before);
                self.out.push(',');
            }
        }
        if count > 0 || self.dice.chance(20) {
            let column = if self.dice.chance(50) { indent } else { indent + 1 };
            self.flow_gap(column, spread, padded);
        }
        self.out.push(close);
    }

    fn flow_gap(&mut self, indent: usize, spread: bool, blank: bool) {
        if spread && self.dice.chance(85) {
            self.tail();
            while self.dice.chance(self.commented / 2) {
                self.pad(indent + 1);
                self.comment();
                self.end_line();
            }
            let deeper = indent + self.dice.between(1, 2);
            self.pad(deeper);
        } else if blank && self.dice.chance(95) {
            self.out.push(' ');
        }
    }

    /// What follows a key between braces.
    fn flow_value(&mut self, indent: usize, depth: usize, quoted: bool) {
        match self.dice.below(20) {
            // A key alone: as odd as `? key`.
            0 => self.complex = true,
            1 => self.out.push(':'),
            2 if quoted => {
                self.out.push(':');
                self.scalar(indent + 1, true);
            }
            _ => {
                self.out.push_str(": ");
                self.flow_item(indent, depth);
            }
        }
    }

    fn flow_item(&mut self, indent: usize, depth: usize) {
        match self.dice.below(20) {
            0..=3 if depth < 4 => self.flow(indent, depth + 1),
            4 => self.out.push_str("null"),
            5 if self.anchors && self.targets > 0 => {
                let target = self.dice.below(self.targets);
                self.out.push_str(&format!("*a{target} "));
            }
            6 if self.tags => {
                self.out.push_str("!!str ");
                self.scalar(indent + 1, true);
            }
            _ => self.scalar(indent + 1, true),
        }
    }

    /// A scalar that is no block scalar, without the rest of its line.
    pub(crate) fn scalar(&mut self, indent: usize, in_flow: bool) {
        let folded = self.dice.chance(8);
        match self.dice.below(100) {
            0..=54 => {
                let choice =
                    if in_flow || self.dice.chance(90) { words::PLAIN } else { words::BLOCK_PLAIN };
                let text = self.dice.pick(choice);
                self.out.push_str(text);
                if folded {
                    self.fold(indent, "and more");
                }
            }
            55..=74 => self.quoted(indent, '\'', folded),
            _ => self.quoted(indent, '"', folded),
        }
    }

    fn quoted(&mut self, indent: usize, quote: char, folded: bool) {
        self.out.push(quote);
        let text = words::between_quotes(self.dice, quote == '"');
        self.out.push_str(text);
        if folded {
            if quote == '"' && self.dice.chance(30) {
                self.out.push('\\');
            }
            let more = words::between_quotes(self.dice, quote == '"');
            self.fold(indent, more);
        }
        self.out.push(quote);
    }

    /// A line break inside a scalar, perhaps with blank lines behind it, and `more`.
    fn fold(&mut self, indent: usize, more: &str) {
        self.end_line();
        if self.dice.chance(20) {
            self.end_line();
        }
        let deeper = indent + self.dice.below(3);
        self.pad(deeper);
        self.out.push_str(more);
    }

    /// A block scalar from its header to the end of its last line.
    pub(crate) fn block(&mut self, indent: usize) {
        self.properties("!!str");
        let (sign, chomp) = (self.dice.pick(&["|", ">"]), self.dice.pick(&["", "-", "+"]));
        let explicit = self.dice.chance(15);
        let step = if explicit { 2 } else { self.dice.between(1, 4) };
        self.gap();
        self.out.push_str(sign);
        let digit = if explicit { "2" } else { "" };
        let header = if self.dice.chance(50) {
            format!("{chomp}{digit}")
        } else {
            format!("{digit}{chomp}")
        };
        self.out.push_str(&header);
        self.tail();
        let count = if self.dice.chance(5) { 0 } else { self.dice.between(1, 3) };
        for number in 0..count {
            if self.dice.chance(10) {
                self.end_line();
            }
            self.pad(indent + step);
            if explicit || (number > 0 && self.dice.chance(10)) {
                let deeper = self.dice.below(3);
                self.pad(deeper);
            }
            let line = self.dice.pick(words::LINES);
            self.out.push_str(line);
            self.end_line();
        }
        while self.dice.chance(15) {
            self.end_line();
        }
    }

    /// JSON, on one line or on lines of their own with the step given.
    pub(crate) fn json(&mut self, depth: usize, step: Option<usize>) {
        let step = if depth == 0 && self.dice.chance(60) { Some(2) } else { step };
        let mapping = depth == 0 || self.dice.chance(50);
        let (open, close) = if mapping { ('{', '}') } else { ('[', ']') };
        self.out.push(open);
        let count = if depth == 0 { self.dice.between(1, 4) } else { self.dice.below(4) };
        for number in 0..count {
            self.json_gap(depth + 1, step);
            if mapping {
                let key = words::KEYS[(number * 7 + depth) % words::KEYS.len()];
                let blank = if step.is_some() { " " } else { "" };
                self.out.push_str(&format!("\"{key}\":{blank}"));
            }
            match self.dice.below(10) {
                0..=3 if depth < 3 => self.json(depth + 1, step),
                4 => self.out.push_str("null"),
                5 => self.out.push_str("1.10"),
                6 => self.out.push_str("true"),
                _ => self.quoted(0, '"', false),
            }
            if number + 1 < count {
                self.out.push(',');
            }
        }
        if count > 0 {
            self.json_gap(depth, step);
        }
        self.out.push(close);
    }

    fn json_gap(&mut self, depth: usize, step: Option<usize>) {
        if let Some(step) = step {
            self.end_line();
            self.pad(depth * step);
        }
    }
}
