//! The plan as a table: kubectl's columns, one row a field.

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::cli::outcome::Fate;
use crate::diagnostic::printable;
use crate::kind::Value;
use crate::plan::{Change, Missing, Plan, Verdict};

/// Blanks between columns, as in kubectl.
const GAP: usize = 3;

/// The column that says what happens to a field.
const STATUS: usize = 4;

/// The tables of `plans`, each under its target's name when there are several.
pub(super) fn render(plans: &[Plan], fate: Fate, wide: bool, headers: bool) -> String {
    let mut out = String::new();
    for (number, plan) in plans.iter().enumerate() {
        if plans.len() > 1 && headers {
            let blank = if number > 0 { "\n" } else { "" };
            out.push_str(&format!("{blank}{}:\n", plan.target));
        }
        out.push_str(&table(plan, fate, wide, headers));
    }
    out
}

fn table(plan: &Plan, fate: Fate, wide: bool, headers: bool) -> String {
    if plan.changes.is_empty() {
        return String::new();
    }
    let mut rows: Vec<(Vec<String>, Style)> = Vec::new();
    if headers {
        let names = if wide {
            &["KIND", "NAME", "OLD", "NEW", "STATUS", "PLACE"][..]
        } else {
            &["KIND", "NAME", "OLD", "NEW", "STATUS"]
        };
        rows.push((names.iter().map(|name| (*name).to_owned()).collect(), Style::new()));
    }
    for change in &plan.changes {
        rows.push((cells(change, fate, wide), style(&change.verdict)));
    }
    styled(&rows, STATUS)
}

fn cells(change: &Change, fate: Fate, wide: bool) -> Vec<String> {
    let show = |value: &Option<Value>| {
        value.as_ref().map_or_else(
            || "<none>".to_owned(),
            |value| {
                if wide { value.to_string() } else { short(value) }
            },
        )
    };
    let new = match change.verdict {
        Verdict::Extra(_) => "<none>".to_owned(),
        _ => match &change.named {
            Some(name) => format!("{} ({name})", show(&change.new)),
            None => show(&change.new),
        },
    };
    let mut cells = vec![change.kind.to_owned(), change.key.clone(), show(&change.old), new];
    cells.push(status(&change.verdict, fate, wide));
    if wide {
        let line = if change.line > 0 { format!(":{}", change.line) } else { String::new() };
        cells.push(format!("{}{line}", change.file));
    }
    // Names are what somebody wrote into a file.
    cells.iter().map(|cell| printable(cell)).collect()
}

/// What happened, and in a few words why not.
fn status(verdict: &Verdict, fate: Fate, wide: bool) -> String {
    let word = verdict.word();
    match (verdict, fate) {
        (verdict, Fate::DryRun) if verdict.writes() => format!("{word} (dry run)"),
        (verdict, Fate::Refused) if verdict.writes() => format!("not {word}"),
        (Verdict::Promote | Verdict::Pin | Verdict::Add, _) => word.to_owned(),
        (Verdict::Same | Verdict::Refused(_), _) => word.to_owned(),
        _ if wide => format!("{word}: {}", verdict.reason()),
        (Verdict::Held, _) => format!("{word} (older; --allow-downgrade)"),
        (Verdict::Missing(Missing::NotSelected), _) => format!("{word} (not selected)"),
        (Verdict::Missing(Missing::Entry | Missing::Version), _) => format!("{word} (--add)"),
        (Verdict::Extra(Some(_)), _) => format!("{word} (unlike the source's)"),
        (Verdict::Extra(None) | Verdict::Inherited, _) => format!("{word} (kept)"),
        (Verdict::Left, _) => format!("{word} (not selected)"),
        (Verdict::Unresolved, _) => format!("{word} (not asked)"),
    }
}

/// A digest or a commit, cut to what tells it from others.
pub(super) fn cut(text: &str) -> String {
    let (algorithm, hash) = text.split_at(text.find(':').map_or(0, |at| at + 1));
    let hexadecimal = hash.chars().all(|c| c.is_ascii_hexdigit());
    let hash = if hexadecimal && hash.len() >= 40 { &hash[..12] } else { hash };
    format!("{algorithm}{hash}")
}

/// Hashes are cut to what tells them apart.
fn short(value: &Value) -> String {
    let digest = value.digest.as_deref().map(cut);
    let version = value.version.as_deref().map(cut);
    Value { repository: value.repository.clone(), version, digest }.to_string()
}

fn style(verdict: &Verdict) -> Style {
    let color = match verdict {
        Verdict::Promote | Verdict::Pin | Verdict::Add => AnsiColor::Green,
        Verdict::Refused(_) => AnsiColor::Red,
        Verdict::Held | Verdict::Missing(_) | Verdict::Left | Verdict::Unresolved => {
            AnsiColor::Yellow
        }
        Verdict::Same | Verdict::Extra(_) | Verdict::Inherited => return Style::new(),
    };
    color.on_default()
}

/// `rows` of cells without colours, in columns.
pub(super) fn plain(rows: impl Iterator<Item = Vec<String>>) -> String {
    styled(&rows.map(|cells| (cells, Style::new())).collect::<Vec<_>>(), STATUS)
}

/// Columns as wide as their widest cell; the last one of a row has no blanks behind it. A row's style is
/// that of its cell in column `status`.
pub(super) fn styled(rows: &[(Vec<String>, Style)], status: usize) -> String {
    let columns = rows.iter().map(|(cells, _)| cells.len()).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|(cells, _)| cells.get(column)).map(|cell| cell.width()).max()
    };
    let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = String::new();
    for (cells, style) in rows {
        for (column, cell) in cells.iter().enumerate() {
            let last = column + 1 == cells.len();
            let (on, off) = if column == status {
                (style.render().to_string(), style.render_reset().to_string())
            } else {
                Default::default()
            };
            let blanks = if last { 0 } else { widths[column] - cell.width() + GAP };
            out.push_str(&format!("{on}{cell}{off}{:blanks$}", ""));
        }
        out.push('\n');
    }
    out
}
