//! A changed file as a unified diff.
//!
//! Lines that may hold a secret are never shown: hunks get less context there, and stay valid.

use anstyle::AnsiColor;
use similar::{ChangeTag, DiffOp, TextDiff};

use crate::plan::FilePlan;
use crate::secret::secrets;
use crate::span::Span;
use crate::yaml::Document;

const CONTEXT: usize = 3;

/// Stands for a changed line that may hold a secret; such a hunk cannot be applied.
const NOT_SHOWN: &str = "# (not shown: this line may hold a secret)\n";

/// The difference as `git apply` and `patch -p1` take it, with colours for terminals.
pub(super) fn unified(file: &FilePlan) -> String {
    let old: Vec<&str> = lines(&file.before);
    let new: Vec<&str> = lines(&file.after);
    let diff = TextDiff::from_slices(&old, &new);
    let (hidden, hidden_after) = (hidden(&file.before, &old), hidden(&file.after, &new));
    // As Git writes names: no way up to the root, and a tab behind a name with blanks.
    let path = file.path.as_str().trim_start_matches(['.', '/']);
    let path = if file.path.starts_with("..") { file.path.as_str() } else { path };
    let end = if path.contains(' ') { "\t" } else { "" };
    let mut out = format!("--- a/{path}{end}\n+++ b/{path}{end}\n");
    for hunk in diff.grouped_ops(CONTEXT).iter().flat_map(|group| visible(group, &hidden)) {
        out.push_str(&header(&hunk));
        for change in hunk.iter().flat_map(|op| diff.iter_changes(op)) {
            let is_hidden = match (change.old_index(), change.new_index()) {
                (Some(old), _) => hidden[old],
                (None, new) => new.is_some_and(|new| hidden_after[new]),
            };
            let line = if is_hidden { NOT_SHOWN } else { change.value() };
            out.push_str(&signed(change.tag(), line));
        }
    }
    out
}

/// `@@ -9,9 +9,9 @@`
fn header(group: &[DiffOp]) -> String {
    let range = |start: usize, end: usize| match end - start {
        1 => format!("{}", start + 1),
        0 => format!("{start},0"),
        count => format!("{},{count}", start + 1),
    };
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return String::new();
    };
    let old = range(first.old_range().start, last.old_range().end);
    let new = range(first.new_range().start, last.new_range().end);
    let cyan = AnsiColor::Cyan.on_default();
    format!("{cyan}@@ -{old} +{new} @@{cyan:#}\n")
}

fn signed(tag: ChangeTag, line: &str) -> String {
    let (sign, style) = match tag {
        ChangeTag::Equal => (' ', anstyle::Style::new()),
        ChangeTag::Delete => ('-', AnsiColor::Red.on_default()),
        ChangeTag::Insert => ('+', AnsiColor::Green.on_default()),
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

/// A hunk without the lines of its context that are hidden: it falls apart there.
fn visible(group: &[DiffOp], hidden: &[bool]) -> Vec<Vec<DiffOp>> {
    let mut hunks = vec![Vec::new()];
    for op in group {
        let DiffOp::Equal { old_index, new_index, len } = *op else {
            hunks.last_mut().into_iter().for_each(|hunk| hunk.push(*op));
            continue;
        };
        for at in 0..len {
            if hidden[old_index + at] {
                hunks.push(Vec::new());
                continue;
            }
            let line =
                DiffOp::Equal { old_index: old_index + at, new_index: new_index + at, len: 1 };
            hunks.last_mut().into_iter().for_each(|hunk| hunk.push(line));
        }
    }
    let changes = |hunk: &Vec<DiffOp>| hunk.iter().any(|op| !matches!(op, DiffOp::Equal { .. }));
    hunks.into_iter().filter(changes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(before: &str, after: &str) -> String {
        let file = FilePlan {
            path: "k.yaml".into(),
            before: before.to_owned(),
            after: after.to_owned(),
            edits: Vec::new(),
        };
        anstream::adapter::strip_str(&unified(&file)).to_string()
    }

    #[test]
    fn a_missing_final_newline_is_said() {
        let wanted = "--- a/k.yaml\n+++ b/k.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n\\ No newline at end of file\n+b: 3\n\\ No newline at end of file\n";
        assert_eq!(diff("a: 1\nb: 2", "a: 1\nb: 3"), wanted);
    }

    #[test]
    fn secrets_are_no_context() {
        let file = |tag: &str| {
            format!(
                "secretGenerator:\n- name: s\n  literals:\n  - password=hunter2\nimages:\n- name: a\n  newTag: {tag}\n"
            )
        };
        let shown = diff(&file("v1"), &file("v2"));
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("@@ -5,3 +5,3 @@\n images:\n"), "{shown}");
        let both = |tag: &str| {
            format!(
                "images:\n- name: a\n  newTag: {tag}\nsecretGenerator:\n- literals: [p=hunter2]\nhelmCharts:\n- version: {tag}\n"
            )
        };
        let shown = diff(&both("v1"), &both("v2"));
        assert!(!shown.contains("hunter2") && shown.matches("@@ -").count() == 2, "{shown}");
        let line = |tag: &str| {
            format!(
                "{{images: [{{name: a, newTag: {tag}}}], secretGenerator: [{{literals: [p=hunter2]}}]}}\n"
            )
        };
        let shown = diff(&line("v1"), &line("v2"));
        assert!(shown.contains("not shown") && !shown.contains("hunter2"), "{shown}");
    }
}
