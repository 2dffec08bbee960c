//! What documents and rewrites are made of.

use crate::support::dice::Dice;

pub(crate) const KEYS: &[&str] = &[
    "images",
    "name",
    "newTag",
    "newName",
    "digest",
    "resources",
    "components",
    "labels",
    "patches",
    "patch",
    "configMapGenerator",
    "literals",
    "namespace",
    "helmCharts",
    "version",
    "x-é",
    "on",
    "a.b/c",
    "path",
    "no",
];

pub(crate) const COMMENTS: &[&str] = &[
    "",
    " why",
    " newTag: v1",
    " it's \"odd\" [",
    " - name: old",
    " ünïcode # twice",
    " {\"$imagepolicy\": \"ns:name:tag\"}",
    " *a0 &a1 | >",
];

/// What a mutation puts in.
pub(crate) const MARKS: &[&str] = &[
    ":", ": ", " ", "  ", "\n", "\r", "\r\n", "\t", "-", "- ", "#", " #", "\"", "'", "{", "}", "[",
    "]", ",", "&a0 ", "*a0", "!", "!!str ", "|", ">", "|-\n", "%", "@", "? ", "\u{feff}", "\u{85}",
    "\u{2028}", "\0", "é", "0", "~", "\\", "<<: ", "---\n", "...\n", "=", "`",
];

/// Safe as plain scalars on one line wherever they stand.
pub(crate) const PLAIN: &[&str] = &[
    "v1.2.3",
    "1.10",
    "1.2.3-rc.1",
    "web",
    "ghcr.io/acme/web",
    "https://github.com/o/r//p?ref=v1.0.0&timeout=120s",
    "../../base",
    "sha256:8d903c345b6c374b",
    "on",
    "true",
    "0755",
    "1e3",
    "1_000",
    "12345678",
    "2024-01-02",
    "1:30",
    "a#b",
    "x:y",
    "é-ü",
    "日本語",
    "two words",
    "it's",
    "say \"hi\"",
    "-x",
    ":x",
    "<<x",
    "=",
    "yes",
    "0x1f",
    ".5",
    "null-ish",
    "v1 v1 v1",
    "a\\b",
    "100%",
    "x@y",
    "\u{1f680}go",
];

/// Only outside of brackets.
pub(crate) const BLOCK_PLAIN: &[&str] = &["a, b", "x[0]", "f{1}", "a]", "v1,v2", "-["];

const SINGLE: &[&str] = &[
    "v1.0.0", "1.10", "it''s", "# none", "a: b", "- x", " x ", "", "{a}", "on", "é", "''", "\"",
    "\\n", "[a, b]", "*a", "~",
];

const DOUBLE: &[&str] = &[
    "v1.0.0",
    "1.10",
    "a\\nb",
    "\\u0076\\u0031",
    "\\x41",
    "\\\"q\\\"",
    "https:\\/\\/x?ref=v1",
    "# none",
    "a: b",
    " x ",
    "",
    "{a}",
    "\\\\",
    "é",
    "it's",
    "\\t",
    "\\U0001F680",
    "*a",
    "null",
];

/// The text between quotes of one line, escaped as these quotes need it.
pub(crate) fn between_quotes(dice: &mut Dice, double: bool) -> &'static str {
    dice.pick(if double { DOUBLE } else { SINGLE })
}

/// A line of a block scalar: no indentation of its own, so that it can be the first one.
pub(crate) const LINES: &[&str] = &[
    "v1.0.0",
    "images:",
    "- name: web",
    "newTag: v1",
    "# no comment",
    "a: \"b\"",
    "two words",
    "é: '",
    "--- x",
    "{",
    "trailing  ",
    "*a0",
    "\tx",
];

const NEW: &[&str] = &[
    "v2.0.0",
    "v2",
    "1.2.3",
    "1.10",
    "9",
    "1e3",
    "0755",
    "0o17",
    "1_000",
    "on",
    "y",
    "No",
    "true",
    "null",
    "~",
    "",
    " ",
    "it's",
    "\"",
    "'",
    "''",
    "\\",
    "a\\nb",
    "a: b",
    "a #b",
    "#",
    "- x",
    "? x",
    "x:",
    "{a}",
    "[",
    "]",
    "}",
    ",",
    "a,b",
    "&a",
    "*a",
    "!x",
    "|",
    ">",
    "%x",
    "@x",
    "`x",
    "---",
    "...",
    "<<",
    "=",
    "2024-01-02",
    "2024-01-02T10:00:00Z",
    "1:30",
    "12:30:45",
    ".inf",
    "0x1F",
    "-1",
    " lead",
    "trail ",
    "two words",
    "a\nb",
    "a\r\nb",
    "\n",
    "\t",
    "a\tb",
    "é",
    "日本語",
    "\u{1f680}",
    "\u{85}",
    "\u{a0}x",
    "a\u{2028}b",
    "a\u{2029}",
    "\u{feff}x",
    "x\u{feff}",
    "\u{0}",
    "\u{1}\u{7f}",
    "\u{9f}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{e000}",
    "\u{fffd}",
    "\u{10ffff}",
    "\u{200b}\u{202e}",
    "sha256:8d903c345b6c374bd14d5878aa3eb5db93968e48",
    "8d903c345b6c374bd14d5878aa3eb5db93968e48",
    "1234567e8",
    "16-alpine",
    "ghcr.io/acme/web:v1@sha256:0",
    "https://github.com/o/r//p?ref=v2.0.0&timeout=120s",
    "../base",
    "v1.2.3+build.5",
    "1.27.0-alpine3.20",
];

/// A new text for a scalar.
pub(crate) fn new(dice: &mut Dice) -> String {
    let mut text = dice.pick(NEW).to_owned();
    if dice.chance(10) {
        text.push_str(dice.pick(NEW));
    }
    if dice.chance(1) {
        text = text.repeat(200);
    }
    text
}
