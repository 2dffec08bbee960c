//! One case: a kustomization of objects and entries, and what we make of it.

use std::fmt;

use kubectl_promote::edit;
use kubectl_promote::objects::{FieldSpec, ImageEntry, Images};
use kubectl_promote::yaml::Document;
use serde_json::json;

use crate::support::Sandbox;
use crate::support::dice::{Dice, Tally};
use crate::{build, manifests, places, shapes, vocabulary, writing};

pub(crate) struct Case {
    seed: u64,
    entries: Vec<ImageEntry>,
    specs: Vec<FieldSpec>,
    /// The texts of objects.
    files: Vec<String>,
}

/// What we make of a case.
pub(crate) enum Outcome {
    /// The texts afterwards.
    Changed(Vec<String>),
    /// Why kustomize is to fail on it.
    Refused(String),
    /// An image would change whose bytes others use, which only we mind.
    Shared,
}

impl Case {
    pub(crate) fn new(seed: u64, dice: &mut Dice) -> Self {
        let names: Vec<_> = (0..dice.between(1, 4)).map(|_| vocabulary::name(dice)).collect();
        let count = dice.between(1, 4);
        let entries = (0..count).map(|_| vocabulary::entry(dice, &names)).collect();
        let specs = places::specs(dice);
        let count = dice.between(2, 7);
        let file = |number| {
            let name = format!("{}-{number}", Self::dir_of(seed));
            if dice.chance(4) {
                return shapes::text(dice, &name, &names);
            }
            let object = manifests::object(dice, &name, &names);
            // JSON's escape for a slash, which go-yaml does not know.
            writing::file(dice, &object).replace("\\/", "/")
        };
        Self { seed, entries, specs, files: (0..count).map(file).collect() }
    }

    fn dir_of(seed: u64) -> String {
        format!("c{seed}")
    }

    /// Its directory, which begins the name of each of its objects.
    pub(crate) fn dir(&self) -> String {
        Self::dir_of(self.seed)
    }

    /// Writes it as it is, and without entries.
    pub(crate) fn write(&self, sandbox: &Sandbox) {
        let mut text = json!({"resources": self.names(), "images": self.entries});
        if !self.specs.is_empty() {
            text["configurations"] = json!(["places.yaml"]);
            let places = json!({"images": self.specs}).to_string();
            sandbox.write(&format!("theirs/{}/places.yaml", self.dir()), places);
        }
        self.write_in(sandbox, "theirs", &text.to_string(), &self.files);
        self.write_in(sandbox, "plain", &self.plain(), &self.files);
    }

    /// Writes what we made of it.
    pub(crate) fn write_changed(&self, sandbox: &Sandbox, files: &[String]) {
        self.write_in(sandbox, "ours", &self.plain(), files);
    }

    fn write_in(&self, sandbox: &Sandbox, root: &str, kustomization: &str, files: &[String]) {
        let dir = format!("{root}/{}", self.dir());
        sandbox.write(&format!("{dir}/kustomization.yaml"), kustomization);
        for (name, text) in self.names().iter().zip(files) {
            sandbox.write(&format!("{dir}/{name}"), text);
        }
    }

    fn plain(&self) -> String {
        json!({"resources": self.names()}).to_string()
    }

    fn names(&self) -> Vec<String> {
        (0..self.files.len()).map(|number| format!("object-{number}.yaml")).collect()
    }

    /// What we make of it.
    pub(crate) fn outcome(&self, tally: &mut Tally) -> Outcome {
        let images = match Images::new(&self.entries, &self.specs) {
            Ok(images) => images,
            Err(problem) => return Outcome::Refused(problem.message),
        };
        let mut changed = Vec::new();
        for text in &self.files {
            match self.apply(&images, text, tally) {
                Ok(text) => changed.push(text),
                Err(outcome) => return outcome,
            }
        }
        Outcome::Changed(changed)
    }

    fn apply(&self, images: &Images, text: &str, tally: &mut Tally) -> Result<String, Outcome> {
        let document = Document::parse(text).unwrap_or_else(|error| panic!("{error:?}\n{self}"));
        let applied = match images.apply(&document, document.roots()[0].node) {
            Ok(applied) => applied,
            Err(problem) if problem.message.contains("through an alias") => {
                return Err(Outcome::Shared);
            }
            Err(problem) => return Err(Outcome::Refused(problem.message)),
        };
        let changed = applied.images.iter().filter(|seen| seen.before != seen.after).count();
        assert_eq!(applied.rewrites.len(), changed, "{self}");
        assert!(applied.images.is_empty() || images.concerns(text), "concerned\n{text}\n{self}");
        assert!(changed == 0 || applied.matched.contains(&true), "{self}");
        tally.add("images", applied.images.len());
        tally.add("images changed", changed);
        match edit::apply(&document, &applied.rewrites) {
            Ok((_, text)) => Ok(text),
            Err(problem) if problem.message.contains("has an anchor") => Err(Outcome::Shared),
            Err(problem) => panic!("{problem:?}\n{text}\n{self}"),
        }
    }

    /// Has kustomize refuse it too. Without `images` it builds, or there is nothing to learn from it.
    pub(crate) fn check_refused(&self, sandbox: &Sandbox, why: &str, tally: &mut Tally) {
        if build(sandbox, &format!("plain/{}", self.dir())).is_err() {
            return tally.note("cases that kustomize cannot read");
        }
        if build(sandbox, &format!("theirs/{}", self.dir())).is_err() {
            tally.note("cases that both refuse");
            return tally.note(&format!("refused: {}", why.split('`').next().unwrap_or(why)));
        }
        // kustomize only meets such a name where there is an image.
        let no_images = Images::new(&[], &self.specs).is_ok_and(|images| {
            self.files.iter().all(|text| {
                let document = Document::parse(text).unwrap();
                let applied = images.apply(&document, document.roots()[0].node).unwrap();
                applied.images.is_empty()
            })
        });
        let is_name = why.contains("is no regular expression");
        assert!(is_name && no_images, "only we refuse it: {why}\n{self}");
        tally.note("names that kustomize does not meet");
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        let lines = |values: Vec<String>| values.join("\n  ");
        let entries = self.entries.iter().map(|entry| json!(entry).to_string()).collect();
        let specs = self.specs.iter().map(|spec| json!(spec).to_string()).collect();
        writeln!(f, "images:\n  {}\nspecs:\n  {}", lines(entries), lines(specs))?;
        for (name, text) in self.names().iter().zip(&self.files) {
            writeln!(f, "== {name}\n{text}")?;
        }
        Ok(())
    }
}
