//! A byte range of a text, and where in the text it is for a person.

use serde::Serialize;

/// A half-open range of bytes in one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

/// A place in a text as people count: both numbers start at one, columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Position {
    /// Line, from one; a line ends at LF, CRLF or a lone CR.
    pub line: usize,
    /// Column in characters, from one.
    pub column: usize,
}

impl Span {
    /// The range from `start` up to, but without, `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The empty range at `offset`.
    pub const fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// Whether the range holds no byte.
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Whether `other` lies wholly inside this range.
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The text of the range; empty where the range does not fit the text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Where the range begins, for people.
    pub fn position(self, text: &str) -> Position {
        let start = line_start(text, self.start);
        let mut line = 1;
        let mut at = 0;
        while let Some(next) = line_end(text, at).filter(|next| *next <= start) {
            line += 1;
            at = next;
        }
        let column = text
            .get(start..self.start)
            .map_or(1, |before| before.trim_start_matches('\u{feff}').chars().count() + 1);
        Position { line, column }
    }
}

/// Where the lines of a text begin, for asking often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// The lines of `text`.
    pub fn of(text: &str) -> Self {
        let mut starts = vec![0];
        let mut at = 0;
        while let Some(next) = line_end(text, at) {
            starts.push(next);
            at = next;
        }
        Self { starts }
    }

    /// The number of the line that holds `offset`, from one.
    pub fn number(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }
}

/// The offset at which the line holding `offset` begins.
pub fn line_start(text: &str, offset: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = offset.min(bytes.len());
    while at > 0 {
        match bytes[at - 1] {
            b'\n' => break,
            // A CR ends a line unless the LF of its pair comes next.
            b'\r' if bytes.get(at) != Some(&b'\n') => break,
            _ => at -= 1,
        }
    }
    at
}

/// The offset of the line break that ends the line holding `offset`, or the end of the text.
pub fn line_content_end(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    offset + rest.find(['\n', '\r']).unwrap_or(rest.len())
}

/// The offset behind the line break of the line holding `offset`; `None` on an unended last line.
pub fn line_end(text: &str, offset: usize) -> Option<usize> {
    let end = line_content_end(text, offset);
    match text.as_bytes().get(end) {
        Some(b'\r') if text.as_bytes().get(end + 1) == Some(&b'\n') => Some(end + 2),
        Some(_) => Some(end + 1),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_lf_crlf_and_cr() {
        let text = "a\r\nb\rc\nd";
        let lines: Vec<_> =
            "abcd".chars().map(|c| Span::at(text.find(c).unwrap()).position(text).line).collect();
        assert_eq!(lines, [1, 2, 3, 4]);
    }

    #[test]
    fn columns_count_characters_and_not_the_byte_order_mark() {
        let text = "\u{feff}é: x\n";
        assert_eq!(Span::at(text.find('x').unwrap()).position(text).column, 4);
    }

    #[test]
    fn a_line_knows_its_own_bounds() {
        let text = "one\r\ntwo";
        assert_eq!((line_start(text, 1), line_end(text, 1)), (0, Some(5)));
        assert_eq!((line_start(text, 6), line_end(text, 6)), (5, None));
        assert_eq!(line_content_end(text, 0), 3);
    }
}
