//! The words that were typed, as the user sees them.
//!
//! bash breaks words at `=`, `:` and `@` (COMP_WORDBREAKS) and hands out the pieces.

/// Where bash breaks words that are one to everybody else.
const BREAKS: [char; 3] = ['=', ':', '@'];

/// What was typed so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words {
    /// The words before the cursor's.
    pub(super) before: Vec<String>,
    /// The word at the cursor, up to it.
    pub(super) current: String,
    /// How many of its bytes stay as they are, whatever is offered.
    pub(super) cut: usize,
}

impl Words {
    /// `words` without the program's own name; the last one is the cursor's. `None` where nothing
    /// that could be offered would be put in its place.
    pub(super) fn of(words: &[String]) -> Option<Self> {
        let (last, rest) = words.split_last()?;
        let mut before: Vec<String> = Vec::new();
        let mut open = false;
        for word in rest {
            let is_break = is_break(word);
            match before.last_mut() {
                Some(start) if is_break || open => start.push_str(word),
                _ => before.push(word.clone()),
            }
            open = is_break;
        }
        // A blank behind a break ends the word.
        let continues = is_break(last) || (open && !last.is_empty());
        let Some(mut start) = before.pop_if(|_| continues) else {
            return Some(Self { before, current: last.clone(), cut: 0 });
        };
        if open && start.ends_with('@') {
            // readline replaces the `@` too: kubectl's script, which looks for what begins with
            // the rest, would have the two grow together.
            last.strip_prefix('@')?;
            start.pop();
        }
        Some(Self { before, cut: start.len(), current: start + last })
    }
}

fn is_break(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| BREAKS.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_bash_are_put_together() {
        for (typed, before, current, cut) in [
            ("a b", "a", "b", 0),
            ("a @ HEAD~3 ,", "a@HEAD~3", "", 0),
            ("a @", "", "a@", 1),
            ("a @ @ma", "", "a@ma", 1),
            ("--only = im", "", "--only=im", 7),
            ("x --only = images = a : b", "x", "--only=images=a:b", 16),
            ("--only ,", "--only", "", 0),
            ("h : 50 ,", "h:50", "", 0),
        ] {
            let words: Vec<_> = typed.split(' ').map(|word| word.replace(',', "")).collect();
            let before = before.split_whitespace().map(str::to_owned).collect();
            let wanted = Words { before, current: current.to_owned(), cut };
            assert_eq!(Words::of(&words), Some(wanted), "{typed}");
        }
        assert_eq!(Words::of(&["a", "@", "ma"].map(str::to_owned)), None);
        assert_eq!(Words::of(&[]), None);
    }
}
