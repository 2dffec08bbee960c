//! Entries of `images` in every legal form, and some that are not.

use kubectl_promote::image::Image;

use crate::support::dice::Dice;
use crate::writing::Data;

/// An entry of `images` or `imageTags`: its keys as they are written, with their values.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    parts: Vec<(&'static str, Part)>,
}

/// The value of a key.
#[derive(Clone, Debug)]
enum Part {
    Text(String),
    /// A number or null, as it stands.
    Plain(&'static str),
}

/// Hosts, ports, nested repositories, and words that YAML takes for something else.
const NAMES: &[&str] = &[
    "nginx",
    "redis",
    "library/nginx",
    "docker.io/library/nginx",
    "ghcr.io/acme/web",
    "ghcr.io/acme/web-assets",
    "ghcr.io/acme/shop/api",
    "ghcrXio/acme/web",
    "quay.io/a/b/c/d",
    "registry.example.com:5000/team/app",
    "registry.example.com/team/app",
    "localhost:5000/app",
    "localhost/app",
    "127.0.0.1:5000/app",
    "app",
    "web.ui",
    "web_ui--x",
    "a",
    "null",
    "on",
    "1234",
    "1e3",
    "my-image",
];

const TAGS: &[&str] = &[
    "v1.0.0",
    "v1.1.0",
    "v1.10.0",
    "1.2.3",
    "1.2.4",
    "1.10",
    "1.9",
    "2024.9",
    "2024.10",
    "1e3",
    "07",
    "0x1F",
    "1_000",
    "on",
    "null",
    "y",
    "latest",
    "main",
    "sha-8d903c3",
    "8d903c345b6c",
    "1234567e8",
    "20240102",
    "2024-01-02",
    "1.27-alpine",
    "1.0.0-rc.1",
    "v2",
    "3",
    "_x",
    "V1.0",
];

/// Tags to kustomize, and to nobody else.
const ODD: &[&str] = &["1:30", "v1+build.5", "a b", "é", "-x", "v1\u{a0}", "{TAG}", "*"];

const HOSTS: &[&str] =
    &["mirror.example", "mirror.example:5000/cache", "localhost:5000", "eu.gcr.io/p"];

pub(crate) fn name(dice: &mut Dice) -> String {
    dice.pick(NAMES).to_owned()
}

pub(crate) fn tag(dice: &mut Dice) -> String {
    let tag = match dice.below(120) {
        0 => dice.pick(ODD),
        1..=24 => "v1.0.0",
        _ => dice.pick(TAGS),
    };
    tag.to_owned()
}

pub(crate) fn digest(dice: &mut Dice) -> String {
    let digit = dice.pick(&["0", "1", "2", "3", "a", "b", "f"]);
    match dice.below(60) {
        0 => format!("sha512:{}", digit.repeat(128)),
        1 => format!("sha256:{digit}"),
        _ => format!("sha256:{}", digit.repeat(64)),
    }
}

/// An entry for `name`; `other` is the name of another image, which chains of entries need.
pub(crate) fn entry(dice: &mut Dice, name: &str, other: &str) -> Entry {
    let mut parts = Vec::new();
    let repository = repository(dice, name, other);
    let mut inside = String::new();
    match dice.below(100) {
        0..=44 => parts.push(("newTag", tag(dice))),
        45..=54 => parts.push(("digest", digest(dice))),
        55..=66 => parts.extend([("newTag", tag(dice)), ("digest", digest(dice))]),
        67..=78 => parts.push(("newTag", format!("{}@{}", tag(dice), digest(dice)))),
        79..=82 => inside = format!(":{}", tag(dice)),
        83..=84 => inside = format!("@{}", digest(dice)),
        85..=86 => inside = format!(":{}@{}", tag(dice), digest(dice)),
        // What says nothing behind a colon or an `@`.
        88 if dice.chance(50) => match dice.below(4) {
            0 => inside = ":".to_owned(),
            1 => inside = "@".to_owned(),
            2 => parts.push(("newTag", format!("@{}", digest(dice)))),
            _ => parts.push(("newTag", format!("{}@", tag(dice)))),
        },
        // A version in two places, which leaves open what is meant.
        87 => {
            inside = format!(":{}", tag(dice));
            parts.push(("newTag", tag(dice)));
        }
        _ => {}
    }
    if !inside.is_empty() || dice.chance(35) {
        parts.push(("newName", format!("{repository}{inside}")));
    }
    if dice.chance(4) {
        parts.push(("tagSuffix", dice.pick(&["-debug", "-slim", "+x"]).to_owned()));
    }
    let parts = parts.into_iter().map(|(key, text)| (key, Part::Text(text))).collect();
    let mut entry = Entry { name: name.to_owned(), parts };
    entry.spoil(dice);
    entry
}

/// A mirror, a new name, or the same name once more.
fn repository(dice: &mut Dice, name: &str, other: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    match dice.below(20) {
        0..=2 => name.to_owned(),
        3 => other.to_owned(),
        4..=6 => format!("internal/{last}-copy"),
        _ => {
            let path = match name.split_once('/') {
                Some((host, path)) if host.contains(['.', ':']) => path,
                _ => name,
            };
            format!("{}/{}", dice.pick(HOSTS), path.split([':', '@']).next().unwrap_or(path))
        }
    }
}

impl Entry {
    /// Now and then: a part that says nothing, and a value that is no text.
    fn spoil(&mut self, dice: &mut Dice) {
        for key in ["newTag", "digest", "newName", "tagSuffix"] {
            if self.get(key).is_none() && dice.below(150) == 0 {
                let text = Part::Text(String::new());
                let nothing = [text, Part::Plain("null"), Part::Plain("~")];
                self.parts.push((key, nothing[dice.below(3)].clone()));
            }
        }
        if dice.below(200) == 0 {
            let number = dice.pick(&["1.10", "07", "on"]);
            self.parts.retain(|(key, _)| *key != "newTag");
            self.parts.push(("newTag", Part::Plain(number)));
        }
    }

    pub(crate) fn get(&self, part: &str) -> Option<&str> {
        self.parts.iter().find_map(|(key, value)| match value {
            Part::Text(text) if *key == part && !text.is_empty() => Some(text.as_str()),
            _ => None,
        })
    }

    /// The entry with that tag and digest, in that repository or its own, written in the plainest way.
    pub(crate) fn with(&self, repository: Option<&str>, version: [Option<&str>; 2]) -> Self {
        let [tag, digest] = version;
        let own = self.get("newName").map(|name| Image::split(name).name);
        let parts = [("newName", repository.or(own)), ("newTag", tag), ("digest", digest)];
        let parts =
            parts.into_iter().filter_map(|(key, text)| Some((key, Part::Text(text?.to_owned()))));
        Self { name: self.name.clone(), parts: parts.collect() }
    }

    /// The entry as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let keys = ["newName", "newTag", "digest", "tagSuffix"];
        let parts = keys.into_iter().filter_map(|key| Some((key, self.get(key)?)));
        [("name", self.name.as_str())].into_iter().chain(parts).collect()
    }

    /// The entry as data: its keys in any order and, now and then, in another letter case.
    pub(crate) fn data(&self, dice: &mut Dice) -> Data {
        let mut keys = vec![("name".to_owned(), Data::text(&self.name))];
        for (key, value) in &self.parts {
            let value = match value {
                Part::Text(text) => Data::text(text),
                Part::Plain(text) => Data::Plain((*text).to_owned()),
            };
            let at = if dice.chance(25) { dice.below(keys.len() + 1) } else { keys.len() };
            keys.insert(at, ((*key).to_owned(), value));
        }
        for (key, _) in &mut keys {
            *key = letter_case(dice, key);
        }
        Data::Map(keys)
    }
}

/// kustomize reads keys in any letter case.
pub(crate) fn letter_case(dice: &mut Dice, key: &str) -> String {
    match dice.below(80) {
        0 => key.to_ascii_lowercase(),
        1 => key.to_ascii_uppercase(),
        2 => format!("{}{}", key[..1].to_ascii_uppercase(), &key[1..]),
        _ => key.to_owned(),
    }
}
