//! What a cluster says about itself, fit for one sentence.

use crate::secret::has_login;

/// The most characters of somebody else's words.
const LONGEST: usize = 240;

/// `text` on one line, without what would steer a terminal, and without its full stop; empty where it
/// holds a login.
pub(super) fn words(text: &str) -> String {
    if has_login(text) {
        return String::new();
    }
    let visible = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = visible.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches('.');
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

/// `parts` that say anything, with colons between.
pub(super) fn joined(parts: &[&str]) -> String {
    let said = parts.iter().filter(|part| !part.is_empty());
    said.copied().collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fit_a_sentence() {
        for (text, wanted) in [
            ("Back-off pulling.\n  image\tx.", "Back-off pulling. image x"),
            ("\u{1b}[31mred", "[31mred"),
            ("", ""),
            ("get https://robot:hunter2@ghcr.io/v2/: denied", ""),
        ] {
            assert_eq!(words(text), wanted);
        }
        assert_eq!(words(&"ä".repeat(300)).chars().count(), LONGEST + 1);
        assert_eq!(joined(&["a", "", "b"]), "a: b");
    }
}
