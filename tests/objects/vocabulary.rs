//! Names of images as people and patterns write them, and entries about them.

use kubectl_promote::objects::ImageEntry;

use crate::support::dice::Dice;

/// Hosts, ports, nested repositories, words of YAML, and what means something to patterns.
const NAMES: &[&str] = &[
    "nginx",
    "redis",
    "library/nginx",
    "docker.io/library/nginx",
    "ghcr.io/acme/web",
    "ghcrXio/acme/web",
    "quay.io/a/b/c/d",
    "registry.example.com:5000/team/app",
    "localhost:5000/app",
    "localhost",
    "127.0.0.1:5000/app",
    "web_ui--x",
    "NGINX",
    "a+b",
    "web(1)",
    "app*",
    "app",
    "apppp",
    "[team]/app",
    "img/{{ .Values.name }}",
    "$(IMAGE)",
    "null",
    "on",
    "a",
    "é/ü",
    "/odd",
];

/// Patterns that are no name of theirs.
const PATTERNS: &[&str] = &[
    "*",
    ".*",
    ".+",
    "nginx|redis",
    "ngin.",
    "(?i)nginx",
    "(library/)?nginx",
    "ghcr.io/acme/.*",
    r"ghcr\.io/acme/web",
    "[a-z]+",
    r"\w+",
    r"\Qa+b\E",
    r"web\(1\)",
    "app{1,3}",
    "nginx:1.0",
    "nginx:.*",
    "localhost",
    "^nginx$",
    "",
    "null",
    "~",
    "5",
    r"[^/]+/[^/]+",
    r"\d+.*",
    r"\bapp\b",
    "(nginx)(.*)",
];

/// What crashes kustomize.
const BROKEN: &[&str] =
    &["a++b", "web(1", "[team/app", r"nginx\", "nginx)", "(?=nginx)", r"nginx\Z"];

const TAGS: &[&str] = &[
    "v1",
    "1.0",
    "1.10",
    "latest",
    "1e3",
    "07",
    "0x1F",
    "on",
    "null",
    "{TAG}",
    "1.27-alpine",
    "v1+build",
    "a b",
    "é",
    "$(TAG)",
    "1:2",
    "_x",
    "-",
    "",
];

const SUFFIXES: &[&str] = &["-debug", "+x", "_", ".1"];

pub(crate) fn name(dice: &mut Dice) -> String {
    dice.pick(NAMES).to_owned()
}

fn digest(dice: &mut Dice) -> String {
    let digit = dice.pick(&["0", "7", "a", "f"]);
    match dice.below(12) {
        0 => format!("sha512:{}", digit.repeat(128)),
        1 => "x:y@z".to_owned(),
        2 => "12345".to_owned(),
        _ => format!("sha256:{}", digit.repeat(64)),
    }
}

/// What stands behind the name of an image.
pub(crate) fn version(dice: &mut Dice) -> String {
    match dice.below(10) {
        0 | 1 => String::new(),
        2..=6 => format!(":{}", dice.pick(TAGS)),
        7 | 8 => format!("@{}", digest(dice)),
        _ => format!(":{}@{}", dice.pick(TAGS), digest(dice)),
    }
}

/// An entry about one of `names`, or about something like it.
pub(crate) fn entry(dice: &mut Dice, names: &[String]) -> ImageEntry {
    let own = names[dice.below(names.len())].clone();
    let mut entry = ImageEntry { name: pattern(dice, own), ..ImageEntry::default() };
    if dice.chance(45) {
        let fresh = format!("mirror.example:5000/cache/{}", dice.pick(&["a", "b", "c"]));
        let new_name = match dice.below(10) {
            0 => names[dice.below(names.len())].clone(),
            1 => format!("{}{}", name(dice), version(dice)),
            2 => name(dice),
            3 => dice.pick(&["1.10", "null", "~", "5", "on", "@x", "a: b", "#c"]).to_owned(),
            _ => fresh,
        };
        entry.new_name = new_name;
    }
    if dice.chance(55) {
        entry.new_tag = match dice.below(12) {
            0 => format!("{}@{}", dice.pick(TAGS), digest(dice)),
            _ => dice.pick(TAGS).to_owned(),
        };
    }
    if dice.chance(25) {
        entry.digest = digest(dice);
    }
    if dice.chance(20) {
        entry.tag_suffix = dice.pick(SUFFIXES).to_owned();
    }
    entry
}

/// The name of an entry: mostly `own` as it is, which many patterns do not match.
fn pattern(dice: &mut Dice, own: String) -> String {
    match dice.below(100) {
        0..=54 => own,
        55..=64 => own.chars().flat_map(|c| escaped(c).chars().collect::<Vec<_>>()).collect(),
        65..=68 => format!("{own}{}", version(dice)),
        69 => dice.pick(BROKEN).to_owned(),
        _ => dice.pick(PATTERNS).to_owned(),
    }
}

/// The character as itself in a pattern.
fn escaped(c: char) -> String {
    if c.is_ascii_punctuation() { format!("\\{c}") } else { c.to_string() }
}
