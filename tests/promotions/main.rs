//! Whole promotions between overlays made by chance, and what real `kustomize build` makes of them.
//!
//! After a promotion the containers that the plan names run the version that they run in the
//! source, in the repository that the plan says, and every other thing that is rendered is what it
//! was; what is refused changes no file, and a second run changes nothing.
//! `PROMOTE_PROPERTY_CASES` and `PROMOTE_PROPERTY_SEED` say how many cases and from which on; a
//! failure names the seed of its case.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "helpers of tests stand outside of their functions"
)]

mod entries;
mod rendered;
#[path = "../support/mod.rs"]
mod support;
mod world;
mod writing;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use kubectl_promote::image::Image;
use serde_json::Value;

use crate::entries::Entry;
use crate::rendered::{
    Container, Rendered, build, has_version_inside, is_known, is_pasted, names_whole, reaching,
};
use crate::support::dice::{Dice, Tally, seeds};
use crate::support::{Sandbox, files, has};
use crate::world::World;

#[test]
fn promoted_overlays_render_as_the_plan_says() {
    if !has("kustomize", &["version"]) {
        return;
    }
    let mut tally = Tally::default();
    for seed in seeds(60) {
        let world = World::new(&mut Dice::new(seed));
        let sandbox = Sandbox::new();
        world.write(&sandbox);
        tally.note("cases");
        let outcome = catch_unwind(AssertUnwindSafe(|| check(&world, &sandbox, &mut tally)));
        if let Err(panic) = outcome {
            let now = files(&sandbox.join("target"));
            let now = now.values().map(|text| String::from_utf8_lossy(text)).collect::<String>();
            eprintln!("seed {seed}\n{world}\n== target afterwards\n{now}");
            resume_unwind(panic);
        }
    }
    println!("{tally:#?}");
    let cases = tally.count("cases");
    // Less is the replay of a few.
    if cases >= 30 {
        let checked = tally.count("cases checked");
        assert!(checked * 100 >= cases * 60, "{checked} of {cases} checked");
        let compared = tally.count("containers as in the source");
        assert!(compared >= cases, "{compared} containers of {cases} cases compared");
    }
}

/// Promotes `world` and compares what kustomize renders before and after it.
fn check(world: &World, sandbox: &Sandbox, tally: &mut Tally) {
    let [base, source, target] = ["base", "source", "target"].map(|dir| build(sandbox, dir));
    let before = files(sandbox.path());
    let run = sandbox.promote(&world.args());
    let after = files(sandbox.path());
    if run.code == 1 {
        assert_eq!(after, before, "refused, and yet something changed");
        let lost = "would say something else than was asked";
        assert!(!run.stderr.contains(lost), "rewrites that do not fit: {}", run.stderr);
        return tally.note("refused");
    }
    assert_eq!(run.code, 0, "{}", run.stderr);
    let plan = Plan::read(&run.stdout);
    let changed: Vec<_> = after.keys().filter(|path| after[*path] != before[*path]).collect();
    assert_eq!(changed.len(), usize::from(plan.writes()), "{changed:?} changed: {plan:#?}");
    assert!(changed.iter().all(|path| path.starts_with("target")), "{changed:?} changed");
    let again = sandbox.promote(&world.args());
    assert_eq!(again.code, 0, "the second time: {}", again.stderr);
    assert_eq!(files(sandbox.path()), after, "the second time");
    assert!(!Plan::read(&again.stdout).writes(), "the second time: {}", again.stdout);
    let (Some(base), Some(target)) = (base, target) else {
        return tally.note("targets that do not build");
    };
    let now = build(sandbox, "target").expect("what was built before is built afterwards");
    if !world.args().contains(&"--follow") {
        assert_eq!(now.rest, target.rest, "beside the images");
    }
    let entries = wanted(world, &plan);
    let images: Vec<_> = entries.iter().map(Entry::json).collect();
    let text = serde_json::json!({"resources": ["../base"], "images": images}).to_string();
    sandbox.write("wanted/kustomization.yaml", text);
    let wanted = build(sandbox, "wanted").expect("what is wanted can be built");
    let case = Case { world, plan, base, source, target, now, wanted, entries };
    for container in case.target.images.keys() {
        case.check_plan(container, tally);
        case.check_source(container, tally);
    }
    tally.note("cases checked");
}

/// The target's entries with the changes of `plan`, without any of the target's own ways of writing.
fn wanted(world: &World, plan: &Plan) -> Vec<Entry> {
    let all = plan.entries(world);
    let wanted = all.iter().map(|entry| match plan.change(&entry.name) {
        Some(change) if is_written(change) => {
            let new = &change["new"];
            let version = ["version", "digest"].map(|part| new[part].as_str());
            entry.with(new["repository"].as_str(), version)
        }
        _ => entry.clone(),
    });
    wanted.collect()
}

/// What the binary says that it did.
#[derive(Debug)]
struct Plan {
    changes: Vec<Value>,
}

impl Plan {
    fn read(text: &str) -> Self {
        let plan: Value = serde_json::from_str(text).unwrap();
        Self { changes: plan["targets"][0]["changes"].as_array().unwrap().clone() }
    }

    fn writes(&self) -> bool {
        self.changes.iter().any(is_written)
    }

    /// The change of the entry called `name`; those of twins are alike.
    fn change(&self, name: &str) -> Option<&Value> {
        self.changes.iter().find(|change| change["key"] == name)
    }

    /// The target's entries with those that it got, which are the last ones of `images`.
    fn entries(&self, world: &World) -> Vec<Entry> {
        let added = world.source.entries.iter().filter(|entry| {
            let change = self.change(&entry.name);
            let new = !world.target.entries.iter().any(|own| own.name == entry.name);
            new && change.is_some_and(|change| change["status"] == "added")
        });
        let (images, others) = world.target.entries.split_at(world.target.images);
        [images, &added.cloned().collect::<Vec<_>>(), others].concat()
    }
}

fn is_written(change: &Value) -> bool {
    matches!(change["status"].as_str(), Some("promoted" | "added"))
}

/// The repository of an image, its tag and its digest; `repo:` and `repo@` name none.
fn said(image: &str) -> (&str, [&str; 2]) {
    let image = Image::split(image);
    (image.name, [image.tag, image.digest].map(Option::unwrap_or_default))
}

/// A promotion that was made, and what kustomize renders of all that has to do with it.
struct Case<'w> {
    world: &'w World,
    plan: Plan,
    base: Rendered,
    source: Option<Rendered>,
    target: Rendered,
    now: Rendered,
    wanted: Rendered,
    /// The target's entries now, in their plainest form.
    entries: Vec<Entry>,
}

impl Case<'_> {
    /// The target's entries that reach a container with that image in the base, before or now, as
    /// they are written.
    fn reaching(&self, image: &str) -> Vec<Entry> {
        let mut all = self.plan.entries(self.world);
        let found = [reaching(&all, image), reaching(&self.entries, image)].concat();
        let names: Vec<_> = found.into_iter().map(|entry| entry.name.clone()).collect();
        all.retain(|entry| names.contains(&entry.name));
        all
    }

    /// What the plan says is what is rendered: for every container, whatever reaches it.
    fn check_plan(&self, container: &Container, tally: &mut Tally) {
        let image = &self.base.images[container];
        let (old, new) = (&self.target.images[container], &self.now.images[container]);
        let all = self.reaching(image);
        if !all.iter().any(|entry| self.plan.change(&entry.name).is_some_and(is_written)) {
            assert_eq!(new, old, "{container:?} is nobody's");
            tally.note("containers that stay");
        } else if all.len() > 1 && all.iter().any(has_version_inside)
            || all.iter().any(|entry| is_pasted(entry, image))
        {
            tally.note("containers with a version pasted to another one");
        } else {
            assert_eq!(said(new), said(&self.wanted.images[container]), "{container:?}");
            tally.note("containers as the plan says");
        }
    }

    /// A container that one entry reaches on both sides runs what it runs in the source.
    fn check_source(&self, container: &Container, tally: &mut Tally) {
        let image = &self.base.images[container];
        let (old, new) = (&self.target.images[container], &self.now.images[container]);
        let own = reaching(&self.world.target.entries, image);
        let (from, to) = (reaching(&self.world.source.entries, image), self.reaching(image));
        let ([from], [to], Some(source)) = (&from[..], &to[..], &self.source) else {
            return;
        };
        let entries = || own.iter().chain([from]);
        let pasted = entries().any(|entry| is_pasted(entry, image));
        if from.name != to.name || pasted || !is_known(image) || !names_whole(to, image) {
            return;
        }
        let change = self.plan.change(&to.name).expect("a change for every entry");
        let status = change["status"].as_str().unwrap_or_default();
        let suffix = entries().any(|entry| entry.get("tagSuffix").is_some());
        if !matches!(status, "promoted" | "added" | "unchanged")
            // Which leaves the base's version to the suffix that only one of them may have.
            || change["new"].is_null() && suffix
        {
            return;
        }
        let (repository, version) = said(&source.images[container]);
        let copied = own.is_empty() || !change["new"]["repository"].is_null();
        let repository = if copied { repository } else { said(old).0 };
        assert_eq!(said(new), (repository, version), "{container:?} and its change {change}");
        tally.note("containers as in the source");
        tally.note(&format!("containers as in the source: {status}"));
    }
}
