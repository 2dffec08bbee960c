//! A base, two overlays on it, and how the one is to be promoted to the other.

use kubectl_promote::image::Image;
use serde_json::json;

use crate::entries::{self, Entry, letter_case};
use crate::support::Sandbox;
use crate::support::dice::Dice;
use crate::writing::{Data, file};

/// One case.
pub(crate) struct World {
    workloads: String,
    base: String,
    pub(crate) source: Overlay,
    pub(crate) target: Overlay,
    /// The arguments of the binary.
    pub(crate) args: Vec<String>,
}

/// An overlay and the entries in it.
pub(crate) struct Overlay {
    dir: &'static str,
    file: &'static str,
    text: String,
    /// In kustomize's order: `images`, then `imageTags`.
    pub(crate) entries: Vec<Entry>,
    /// How many of them are in `images`.
    pub(crate) images: usize,
}

const TEXTS: &[&str] = &["v1.0.0", "image: nginx:1.2.3", "images:\n- name: nginx\n  newTag: v1\n"];

impl World {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let mut names = Vec::new();
        while names.len() < 2 + dice.below(5) {
            let name = entries::name(dice);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let (workloads, images) = workloads(dice, &names);
        let mut base = vec![("resources".to_owned(), Data::List(vec![Data::text("all.json")]))];
        if dice.chance(15) {
            let own = names[0].clone();
            let entry = entries::entry(dice, &own, &format!("base/{own}"));
            names.extend(entry.get("newName").map(|name| Image::split(name).name.to_owned()));
            base.push(("images".to_owned(), Data::List(vec![entry.data(dice)])));
        }
        let base = file(dice, &Data::Map(base));
        if dice.chance(10) {
            names.push(images[dice.below(images.len())].clone());
            names.dedup();
        }
        // What matches nothing can be promoted too.
        names.push(format!("unused/{}", entries::name(dice)));
        let source = Overlay::new(dice, "source", &names, &[]);
        let target = Overlay::new(dice, "target", &names, &source.entries);
        let args = arguments(dice, &names, target.file);
        Self { workloads, base, source, target, args }
    }

    pub(crate) fn write(&self, sandbox: &Sandbox) {
        sandbox.write("base/all.json", &self.workloads);
        sandbox.write("base/kustomization.yaml", &self.base);
        for overlay in [&self.source, &self.target] {
            sandbox.write(&format!("{}/{}", overlay.dir, overlay.file), &overlay.text);
        }
    }

    pub(crate) fn args(&self) -> Vec<&str> {
        self.args.iter().map(String::as_str).collect()
    }
}

impl std::fmt::Display for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { base, source, target, .. } = self;
        writeln!(f, "== base\n{base}\n== source\n{}\n== target\n{}", source.text, target.text)?;
        writeln!(f, "== {}", self.args.join(" "))
    }
}

impl Overlay {
    /// Entries for some of `names`; now and then one says what one of `others` says.
    fn new(dice: &mut Dice, dir: &'static str, names: &[String], others: &[Entry]) -> Self {
        let mut lists = [Vec::new(), Vec::new()];
        for name in names {
            if dice.chance(20) {
                continue;
            }
            let other = names[dice.below(names.len())].clone();
            let known = others.iter().find(|entry| entry.name == *name);
            let entry = match known.filter(|_| dice.chance(15)) {
                Some(known) => known.clone(),
                None => entries::entry(dice, name, &other),
            };
            let list = usize::from(dice.chance(4));
            let at = dice.below(lists[list].len() + 1);
            if dice.chance(2) {
                let twin = if dice.chance(70) {
                    entry.clone()
                } else {
                    entries::entry(dice, name, &other)
                };
                lists[list].push(twin);
            }
            lists[list].insert(at, entry);
        }
        let mut fields = surroundings(dice);
        for (key, entries) in ["images", "imageTags"].into_iter().zip(&lists) {
            if entries.is_empty() && !(key == "images" && dice.chance(20)) {
                continue;
            }
            let mut items: Vec<_> = entries.iter().map(|entry| entry.data(dice)).collect();
            if dice.chance(1) {
                items.push(Data::Plain("null".to_owned()));
            }
            let none = items.is_empty() && dice.chance(50);
            let value = if none { Data::Plain("null".to_owned()) } else { Data::List(items) };
            let at = dice.below(fields.len() + 1);
            fields.insert(at, (letter_case(dice, key), value));
        }
        let names =
            ["kustomization.yaml", "kustomization.yaml", "kustomization.yml", "Kustomization"];
        let text = file(dice, &Data::Map(fields));
        Self { dir, file: dice.pick(&names), text, images: lists[0].len(), entries: lists.concat() }
    }
}

/// What an overlay has beside its images; some of it changes what is rendered.
fn surroundings(dice: &mut Dice) -> Vec<(String, Data)> {
    let text = Data::text;
    let mut fields = vec![("resources", Data::List(vec![text("../base")]))];
    if dice.chance(60) {
        let component = dice.chance(8);
        let version = if component { "v1alpha1" } else { "v1beta1" };
        fields.push(("apiVersion", text(&format!("kustomize.config.k8s.io/{version}"))));
        fields.push(("kind", text(if component { "Component" } else { "Kustomization" })));
    }
    let env = text(dice.pick(TEXTS));
    let patch = "- op: add\n  path: /metadata/labels\n  value:\n    newTag: v1.0.0\n";
    let options = [
        ("namespace", text("shop")),
        ("namePrefix", text("dev-")),
        ("nameSuffix", text("-v1.0.0")),
        ("commonAnnotations", Data::map(&[("note", env.clone())])),
        ("labels", Data::List(vec![Data::map(&[("pairs", Data::map(&[("env", text("v2"))]))])])),
        (
            "replicas",
            Data::List(vec![Data::map(&[
                ("name", text("web")),
                ("count", Data::Plain("3".to_owned())),
            ])]),
        ),
        (
            "configMapGenerator",
            Data::List(vec![Data::map(&[
                ("name", text("versions")),
                ("literals", Data::List(vec![text("VERSION=v1.0.0"), text("tag=1.10")])),
            ])]),
        ),
        (
            "patches",
            Data::List(vec![Data::map(&[
                ("patch", text(patch)),
                ("target", Data::map(&[("kind", text("Deployment"))])),
            ])]),
        ),
    ];
    for option in options {
        if dice.chance(15) {
            fields.push(option);
        }
    }
    let mut out: Vec<(String, Data)> = Vec::new();
    for (key, value) in fields {
        let at = if dice.chance(30) { dice.below(out.len() + 1) } else { out.len() };
        out.insert(at, (key.to_owned(), value));
    }
    out
}

/// A deployment, a cron job, and two objects that no promotion may touch; and all images.
fn workloads(dice: &mut Dice, names: &[String]) -> (String, Vec<String>) {
    let mut lists = [Vec::new(), Vec::new(), Vec::new()];
    let mut images = Vec::new();
    for (number, name) in names.iter().enumerate() {
        for twice in 0..dice.between(1, 2) {
            let version = match dice.below(20) {
                0..=2 => format!(":{}", entries::tag(dice)),
                3 => format!("@{}", entries::digest(dice)),
                4 => format!(":{}@{}", entries::tag(dice), entries::digest(dice)),
                _ => String::new(),
            };
            let image = format!("{name}{version}");
            lists[dice.below(3)]
                .push(json!({"name": format!("c{number}-{twice}"), "image": image}));
            images.push(image);
        }
    }
    let [main, init, jobs] = lists;
    let items = [
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
            "spec": {"selector": {}, "template": {"spec": {"containers": main, "initContainers": init}}},
        }),
        json!({
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "nightly"},
            "spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": {"spec": {"containers": jobs}}}}},
        }),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "texts"}, "data": {"image": names[0]}}),
        json!({"apiVersion": "acme.dev/v1", "kind": "Shop", "metadata": {"name": "shop"}, "spec": {"image": names[0]}}),
    ];
    (json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string(), images)
}

fn arguments(dice: &mut Dice, names: &[String], file: &str) -> Vec<String> {
    let target = match dice.below(10) {
        0 => "target/".to_owned(),
        1 => "./base/../target".to_owned(),
        2 => format!("target/{file}"),
        _ => "target".to_owned(),
    };
    let mut args = vec!["source".to_owned(), target, "--output=json".to_owned()];
    if dice.chance(50) {
        args.push("--add".to_owned());
    }
    if dice.chance(60) {
        args.push("--allow-downgrade".to_owned());
    }
    if dice.chance(35) {
        let what = dice.pick(&["copy", "copy", "copy", "keep"]);
        args.push(format!("--new-name={what}"));
    }
    if dice.chance(10) {
        args.push("--follow".to_owned());
    }
    if dice.chance(10) {
        args.push(format!("--kinds={}", dice.pick(&["images", "images,refs", "refs", "charts"])));
    }
    for option in ["only", "except"] {
        while dice.chance(12) {
            let name = names[dice.below(names.len())].clone();
            let globs = [
                name.clone(),
                format!("images={name}"),
                format!("*{}", &name[1..]),
                "*a*".to_owned(),
            ];
            args.push(format!("--{option}={}", globs[dice.below(4)]));
        }
    }
    args
}
