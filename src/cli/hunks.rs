//! A changed file as a unified diff.
//!
//! Lines that may hold a secret are never shown: hunks get less context there, and stay valid.

use std::ops::Range;

use anstyle::{AnsiColor, Style};

use crate::plan::FilePlan;
use crate::secret::secrets;
use crate::span::Span;
use crate::yaml::Document;

const CONTEXT: usize = 3;

/// Stands for a changed line that may hold a secret; such a hunk cannot be applied.
const NOT_SHOWN: &str = "# (not shown: this line may hold a secret)\n";

/// A line of the difference, and how many lines of either text stand before it.
struct Row<'t> {
    sign: char,
    line: &'t str,
    old: usize,
    new: usize,
}

/// The difference as `git apply` and `patch -p1` take it, with colours for terminals.
pub(super) fn unified(file: &FilePlan) -> String {
    // As Git writes names: no way up to the root, and a tab behind a name with blanks.
    let path = file.path.as_str().trim_start_matches(['.', '/']);
    let path = if file.path.starts_with("..") { file.path.as_str() } else { path };
    let end = if path.contains(' ') { "\t" } else { "" };
    let mut out = format!("--- a/{path}{end}\n+++ b/{path}{end}\n");
    let (old, new) = (lines(&file.before), lines(&file.after));
    let rows = rows(&changed(file, &old, &new), &old, &new);
    let (hidden, hidden_after) = (hidden(&file.before, &old), hidden(&file.after, &new));
    let is_hidden = |row: &Row<'_>| match row.sign {
        '+' => hidden_after[row.new],
        _ => hidden[row.old],
    };
    for hunk in hunks(&rows, is_hidden) {
        out.push_str(&header(hunk));
        for row in hunk {
            out.push_str(&signed(row.sign, if is_hidden(row) { NOT_SHOWN } else { row.line }));
        }
    }
    out
}

/// The lines of `old` that go and those of `new` that come in their place, in order. The edits say it:
/// nothing has to be compared but the ends of what they touch.
fn changed(file: &FilePlan, old: &[&str], new: &[&str]) -> Vec<(Range<usize>, Range<usize>)> {
    let (mut before, mut after) = (Place::of(&file.before), Place::of(&file.after));
    let mut out: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    let (mut added, mut removed) = (0, 0);
    for edit in &file.edits {
        let start = edit.span.start + added - removed;
        let own = before.line(edit.span.start)..before.line(edit.span.end) + 1;
        let became = after.line(start)..after.line(start + edit.text.len()) + 1;
        added += edit.text.len();
        removed += edit.span.end - edit.span.start;
        match out.last_mut() {
            Some(last) if last.0.end >= own.start => {
                (last.0.end, last.1.end) = (own.end, became.end);
            }
            _ => out.push((own, became)),
        }
    }
    out.into_iter().map(|(own, became)| trimmed(own, became, old, new)).collect()
}

/// A place in a text, which only goes on.
struct Place<'t> {
    rest: &'t [u8],
    at: usize,
    line: usize,
}

impl<'t> Place<'t> {
    fn of(text: &'t str) -> Self {
        Self { rest: text.as_bytes(), at: 0, line: 0 }
    }

    /// Goes on to `at`, and says how many lines end before it.
    fn line(&mut self, at: usize) -> usize {
        let (passed, rest) = self.rest.split_at(at - self.at);
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        (self.rest, self.at) = (rest, at);
        self.line
    }
}

/// Without the lines at both ends that stay as they are.
fn trimmed(
    own: Range<usize>,
    became: Range<usize>,
    old: &[&str],
    new: &[&str],
) -> (Range<usize>, Range<usize>) {
    let (mut own, mut became) =
        (own.start..own.end.min(old.len()), became.start..became.end.min(new.len()));
    while !own.is_empty() && !became.is_empty() && old[own.start] == new[became.start] {
        (own.start, became.start) = (own.start + 1, became.start + 1);
    }
    while !own.is_empty() && !became.is_empty() && old[own.end - 1] == new[became.end - 1] {
        (own.end, became.end) = (own.end - 1, became.end - 1);
    }
    (own, became)
}

/// Both texts line by line, those that go before those that come.
fn rows<'t>(
    changed: &[(Range<usize>, Range<usize>)],
    old: &[&'t str],
    new: &[&'t str],
) -> Vec<Row<'t>> {
    let mut out = Vec::new();
    let (mut at, mut now) = (0, 0);
    let end = (old.len()..old.len(), new.len()..new.len());
    for (own, became) in changed.iter().chain([&end]) {
        let kept = old[at..own.start].iter().zip(0..);
        out.extend(kept.map(|(line, more)| Row {
            sign: ' ',
            line,
            old: at + more,
            new: now + more,
        }));
        let gone = own.clone().map(|old_at| Row {
            sign: '-',
            line: old[old_at],
            old: old_at,
            new: became.start,
        });
        out.extend(gone);
        let come = became.clone().map(|new_at| Row {
            sign: '+',
            line: new[new_at],
            old: own.end,
            new: new_at,
        });
        out.extend(come);
        (at, now) = (own.end, became.end);
    }
    out
}

/// What is shown: changes and the lines around them, without context that is hidden. A hunk falls
/// apart there.
fn hunks<'r, 't>(rows: &'r [Row<'t>], is_hidden: impl Fn(&Row<'_>) -> bool) -> Vec<&'r [Row<'t>]> {
    let mut shown = vec![false; rows.len()];
    for at in (0..rows.len()).filter(|at| rows[*at].sign != ' ') {
        let around = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(rows.len());
        around.for_each(|at| shown[at] = rows[at].sign != ' ' || !is_hidden(&rows[at]));
    }
    let mut out = Vec::new();
    let mut at = 0;
    for run in shown.chunk_by(|one, next| one == next) {
        let hunk = &rows[at..at + run.len()];
        // What a hidden line cuts off from its change is none.
        if run[0] && hunk.iter().any(|row| row.sign != ' ') {
            out.push(hunk);
        }
        at += run.len();
    }
    out
}

/// `@@ -9,9 +9,9 @@`
fn header(hunk: &[Row<'_>]) -> String {
    let range =
        |start: usize, without: char| match hunk.iter().filter(|row| row.sign != without).count() {
            1 => format!("{}", start + 1),
            0 => format!("{start},0"),
            count => format!("{},{count}", start + 1),
        };
    let (old, new) = hunk.first().map_or((0, 0), |row| (row.old, row.new));
    let (old, new) = (range(old, '+'), range(new, '-'));
    let cyan = AnsiColor::Cyan.on_default();
    format!("{cyan}@@ -{old} +{new} @@{cyan:#}\n")
}

fn signed(sign: char, line: &str) -> String {
    let style = match sign {
        '-' => AnsiColor::Red.on_default(),
        '+' => AnsiColor::Green.on_default(),
        _ => Style::new(),
    };
    let text = line.trim_end_matches('\n');
    let unended = if line.ends_with('\n') { "" } else { "\\ No newline at end of file\n" };
    format!("{style}{sign}{text}{style:#}\n{unended}")
}

/// Lines as diff and patch count them: a CR is part of its line.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// For each line of `text` whether it may hold a secret.
fn hidden(text: &str, lines: &[&str]) -> Vec<bool> {
    let spans = Document::parse(text).map(|doc| secrets(&doc)).unwrap_or_default();
    let mut at = 0;
    let mut out = Vec::new();
    for line in lines {
        let own = Span::new(at, at + line.len());
        out.push(spans.iter().any(|span| span.start < own.end && own.start < span.end));
        at = own.end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::{Edit, splice};

    /// With every text `v1` changed into `v2`.
    fn diff(before: &str) -> String {
        let edits = before.match_indices("v1");
        let edits =
            edits.map(|(at, _)| Edit { span: Span::new(at, at + 2), text: "v2".to_owned() });
        let edits: Vec<_> = edits.collect();
        let after = splice(before, &edits).unwrap();
        let file = FilePlan { path: "k.yaml".into(), before: before.to_owned(), after, edits };
        anstream::adapter::strip_str(&unified(&file)).to_string()
    }

    #[test]
    fn a_missing_final_newline_is_said() {
        let wanted = "--- a/k.yaml\n+++ b/k.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: v1\n\\ No newline at end of file\n+b: v2\n\\ No newline at end of file\n";
        assert_eq!(diff("a: 1\nb: v1"), wanted);
    }

    #[test]
    fn secrets_are_no_context() {
        let shown = diff(
            "secretGenerator:\n- name: s\n  literals:\n  - password=hunter2\nimages:\n- name: a\n  newTag: v1\n",
        );
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("@@ -5,3 +5,3 @@\n images:\n"), "{shown}");
        let shown = diff(
            "images:\n- name: a\n  newTag: v1\nsecretGenerator:\n- literals: [p=hunter2]\nhelmCharts:\n- version: v1\n",
        );
        assert!(!shown.contains("hunter2") && shown.matches("@@ -").count() == 2, "{shown}");
        let shown =
            diff("{images: [{name: a, newTag: v1}], secretGenerator: [{literals: [p=hunter2]}]}\n");
        assert!(shown.contains("not shown") && !shown.contains("hunter2"), "{shown}");
    }

    proptest::proptest! {
        #[test]
        fn the_difference_leads_to_the_new_text(
            before in "([ab]{0,2}\n){0,20}[ab]{0,2}",
            places in proptest::collection::vec((0.0..1.0, 0.0..0.2, "(b|\n|a\n){0,3}"), 0..4),
        ) {
            let size = before.len() as f64;
            let mut edits: Vec<Edit> = Vec::new();
            for (start, length, text) in places {
                let start = (start * size) as usize;
                let span = Span::new(start, (start + (length * size) as usize).min(before.len()));
                let apart = |edit: &Edit| edit.span.end < span.start || span.end < edit.span.start;
                if edits.iter().all(apart) {
                    edits.push(Edit { span, text });
                }
            }
            edits.sort_by_key(|edit| edit.span);
            let after = splice(&before, &edits).unwrap();
            let file = FilePlan { path: "k".into(), before: before.clone(), after, edits };
            let (old, new) = (lines(&file.before), lines(&file.after));
            let rows = rows(&changed(&file, &old, &new), &old, &new);
            let side = |without| {
                rows.iter().filter(|row| row.sign != without).map(|row| row.line).collect::<String>()
            };
            proptest::prop_assert_eq!((side('+'), side('-')), (file.before.clone(), file.after.clone()));
            let (mut old, mut new) = (0, 0);
            for row in &rows {
                proptest::prop_assert_eq!((row.old, row.new), (old, new));
                (old, new) = (old + usize::from(row.sign != '+'), new + usize::from(row.sign != '-'));
            }
            let changes = |rows: &[Row<'_>]| rows.iter().filter(|row| row.sign != ' ').count();
            let shown = hunks(&rows, |_| false).into_iter().map(changes).sum::<usize>();
            proptest::prop_assert_eq!(shown, changes(&rows));
        }
    }
}
