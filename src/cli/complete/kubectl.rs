//! What kubectl reads: cobra's protocol (github.com/spf13/cobra, `completions.go`).

use std::ffi::OsString;

use super::{Offer, offered};

/// No blank behind what is put in.
const NO_SPACE: u8 = 2;
/// No names of files where nothing is offered.
const NO_FILES: u8 = 4;
/// As they are ordered here.
const KEEP_ORDER: u8 = 32;

/// The answer for `words`, of which the last is the cursor's: candidates with what they are, one a
/// line, and what to do with them.
pub(super) fn answer(words: &[OsString]) -> String {
    let (offer, cut, current) = match offered(words) {
        // Its scripts put a flag's name back themselves.
        Some((offer, words)) => (offer, words.cut, words.current),
        None => (Offer::default(), 0, String::new()),
    };
    let cut = cut.saturating_sub(offer.prefix.len());
    let mut out = String::new();
    for candidate in &offer.candidates {
        out.push_str(candidate.value.get(cut..).unwrap_or_default());
        if !candidate.help.is_empty() {
            out.push('\t');
            out.push_str(&candidate.help);
        }
        out.push('\n');
    }
    let goes_on = offer.candidates.iter().all(|candidate| candidate.goes_on);
    let space = if goes_on && !offer.candidates.is_empty() { NO_SPACE } else { 0 };
    // The script has put the home directory where `~` was typed, and then takes no other beginning: the
    // shell's own names of files are better than nothing.
    let files = if current.starts_with(['/', '~']) { 0 } else { NO_FILES };
    out.push_str(&format!(":{}\n", files | KEEP_ORDER | space));
    out
}
