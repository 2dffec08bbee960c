//! Where things stand on their lines: blanks, comments, indentation, line breaks.

use crate::span::{line_content_end, line_end, line_start};

/// The offset of the next byte from `at` on that is neither white space nor in a comment.
pub(super) fn skip_blank(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = at;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                at = line_content_end(text, at);
            }
            _ => break,
        }
    }
    at
}

/// The offset behind the colon of the key that ends at `key_end`, when it is on the key's line.
pub(super) fn colon_end(text: &str, key_end: usize) -> Option<usize> {
    let rest = text.get(key_end..)?;
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    rest[blanks..].starts_with(':').then_some(key_end + blanks + 1)
}

/// What has to stand before `offset`'s column on a line of its own: the line's white space, with
/// dashes and other marks before it as spaces.
pub(super) fn indentation(text: &str, offset: usize) -> String {
    let before = text[line_start(text, offset)..offset].trim_start_matches('\u{feff}');
    before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect()
}

/// The line break of the line holding `offset`; of the first line of the text on an unended one.
pub(super) fn line_break(text: &str, offset: usize) -> &str {
    let of = |at: usize| {
        let end = line_content_end(text, at);
        line_end(text, at).map(|next| &text[end..next])
    };
    of(offset).or_else(|| of(0)).unwrap_or("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_comments_are_skipped() {
        let text = "a: # one\n  # two\n\n  b#c";
        assert_eq!(&text[skip_blank(text, 2)..], "b#c");
    }

    #[test]
    fn indentation_turns_dashes_into_spaces() {
        let text = "  -   name: x";
        assert_eq!(indentation(text, text.find('n').unwrap()), "      ");
    }

    #[test]
    fn an_unended_line_takes_the_first_break() {
        assert_eq!(line_break("a\r\nb", 3), "\r\n");
        assert_eq!(line_break("b", 0), "\n");
    }
}
