//! The function on objects on which the target's own `images` ran, beside those of a build after
//! promoting the files: the same images, however entries rename and whatever is native images like those of an entry.

use kubectl_promote::image::Image;
use kubectl_promote::objects::{ImageEntry, Images};
use kubectl_promote::yaml::Document;

use crate::fed;
use crate::rendered::{deployment, images, list};
use crate::support::dice::{Dice, Tally, seeds};
use crate::support::{BINARY, Sandbox};

const NAMES: [&str; 7] = ["a", "b", "c", "m/a", "m/b", "a|b", ".*a"];
const MIRRORS: [&str; 5] = ["a", "b", "m/a", "m/b", "m/c"];
const TAGS: [&str; 3] = ["1", "2", "3"];
/// `a|b` would also match what ends with a `b`.
const DIGESTS: [&str; 2] = ["sha256:00", "sha256:11"];

#[test]
fn objects_get_what_the_promoted_files_would_give_them() {
    let mut tally = Tally::default();
    for seed in seeds(250) {
        let mut dice = Dice::new(seed);
        let target = entries(&mut dice, 30);
        let source = entries(&mut dice, 0);
        let originals: Vec<_> = (0..5).map(|_| image(&mut dice)).collect();
        let add = dice.chance(30);
        case(seed, &target, &source, &originals, add, &mut tally);
    }
    println!("{tally:#?}");
    let cases = tally.count("cases");
    assert!(tally.count("the same") * 10 >= cases * 7, "too few cases compared");
}

fn case(
    seed: u64,
    target: &[ImageEntry],
    source: &[ImageEntry],
    originals: &[String],
    add: bool,
    tally: &mut Tally,
) {
    tally.note("cases");
    let sandbox = Sandbox::new();
    sandbox.write("dev/kustomization.yaml", kustomization(source));
    sandbox.write("prod/kustomization.yaml", kustomization(target));
    let input = list(
        &[deployment(&built(target, originals).iter().map(String::as_str).collect::<Vec<_>>())],
        &format!("{{from: ../dev, add: {add}, allowDowngrade: true}}"),
    );
    let mut command = sandbox.command(BINARY);
    let run = fed(command.current_dir(sandbox.join("prod")).arg("fn"), input.clone());
    let flags: &[&str] = if add { &["--add"] } else { &[] };
    let promoted = sandbox.promote(&[&["dev", "prod", "--allow-downgrade"], flags].concat());
    let told = || format!("seed {seed}\n{target:#?}\n{source:#?}\n{input}\n{promoted:?}\n{run:?}");
    if promoted.code != 0 {
        assert_eq!(run.code, 1, "the files are refused, the objects are not\n{}", told());
        return tally.note("refused both");
    }
    if run.code != 0 {
        let why = "come from several entries of the target's `images`";
        assert!(run.stderr.contains(why), "{}", told());
        return tally.note("cannot be told apart");
    }
    let after = entries_of(&sandbox.read("prod/kustomization.yaml"));
    if images(&run) == built(&after, originals) {
        return tally.note("the same");
    }
    let got = images(&run);
    let wanted = built(&after, originals);
    let before = built(target, originals);
    let differs = |at: &usize| got[*at] != wanted[*at];
    // An image that was there already, in the very words of what an entry makes of another: nothing tells the two apart.
    let is_native = |at: usize| {
        let name = Image::split(&originals[at]).name;
        before[at] == originals[at] && target.iter().any(|entry| entry.new_name == name)
    };
    if (0..got.len()).filter(differs).all(is_native) {
        return tally.note("native images like those of an entry");
    }
    assert!(run.stderr.contains("no image in the objects is"), "{}", told());
    tally.note("not found, and said so");
}

#[test]
fn an_image_gets_the_version_of_the_entry_that_made_it() {
    for (target, source, originals) in [
        // Two images of one mirror.
        (&["a m/x 1", "b m/x 2"][..], &["a - 3", "b - 4"][..], &["a:0", "b:0"][..]),
        // A mirror that is called like another image, and one that is there without an entry.
        (&["a - 1", "c a 2"], &["a - 3"], &["a:0", "c:0"]),
        (&["web nginx 1"], &["web - 3"], &["web:0", "nginx:1.27"]),
        // A key with a tag in it: the tag is a condition.
        (&["a:1.0 - 1.1"], &["a:1.0 - 1.2"], &["a:1.0", "a:1.9"]),
        (&["a - 1@sha256:aa"], &["a - 2@sha256:bb"], &["a"]),
    ] {
        let entries = |texts: &[&str]| texts.iter().map(|text| entry(text)).collect::<Vec<_>>();
        let originals: Vec<_> = originals.iter().map(|image| (*image).to_owned()).collect();
        let mut tally = Tally::default();
        case(0, &entries(target), &entries(source), &originals, false, &mut tally);
        assert_eq!(tally.count("the same"), 1, "{target:?}");
    }
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("dev/kustomization.yaml", kustomization(&[entry("a - 3"), entry("b - 4")]));
    sandbox.write("prod/kustomization.yaml", kustomization(&[entry("a m/x 1"), entry("b m/x 1")]));
    let input = list(&[deployment(&["m/x:1", "m/x:1"])], "{from: ../dev}");
    let mut command = sandbox.command(BINARY);
    let run = fed(command.current_dir(sandbox.join("prod")).arg("fn"), input);
    assert_eq!((run.code, images(&run)), (1, vec!["m/x:1".to_owned(), "m/x:1".to_owned()]));
    assert!(run.stderr.contains("several entries of the target's `images`"), "{run:?}");
}

#[test]
fn what_a_replacement_set_stays_and_is_told() {
    let sandbox = Sandbox::new();
    sandbox.write("dev/kustomization.yaml", kustomization(&[entry("web - 2")]));
    sandbox.write("prod/kustomization.yaml", kustomization(&[entry("web - 1")]));
    let input = list(&[deployment(&["web:7"])], "{from: ../dev}");
    let mut command = sandbox.command(BINARY);
    let run = fed(command.current_dir(sandbox.join("prod")).arg("fn"), input);
    assert_eq!((run.code, images(&run)), (0, vec!["web:7".to_owned()]), "{run:?}");
    let told = "`web` is to be `:2`, and no image in the objects is `web:1`";
    assert!(run.stderr.contains(told), "{run:?}");
}

/// `name newName newTag`, a dash for nothing.
fn entry(text: &str) -> ImageEntry {
    let mut parts = text.split(' ').map(|part| part.trim_start_matches('-').to_owned());
    let mut part = || parts.next().unwrap_or_default();
    ImageEntry { name: part(), new_name: part(), new_tag: part(), ..ImageEntry::default() }
}

/// Entries with different names.
fn entries(dice: &mut Dice, renamed: usize) -> Vec<ImageEntry> {
    let mut out: Vec<ImageEntry> = Vec::new();
    for _ in 0..dice.between(1, 4) {
        let name = dice.pick(&NAMES).to_owned();
        if out.iter().all(|entry| entry.name != name) {
            let or = |dice: &mut Dice, percent: usize, from: &[&str]| {
                if dice.chance(percent) { dice.pick(from).to_owned() } else { String::new() }
            };
            out.push(ImageEntry {
                name,
                new_name: or(dice, renamed, &MIRRORS),
                new_tag: or(dice, 85, &TAGS),
                digest: or(dice, 15, &DIGESTS),
                tag_suffix: String::new(),
            });
        }
    }
    out
}

fn image(dice: &mut Dice) -> String {
    let tag = if dice.chance(70) { format!(":{}", dice.pick(&TAGS)) } else { String::new() };
    format!("{}{tag}", dice.pick(&["a", "b", "c", "m/a", "m/b", "d"]))
}

fn kustomization(entries: &[ImageEntry]) -> String {
    serde_json::json!({ "images": entries }).to_string()
}

fn entries_of(kustomization: &str) -> Vec<ImageEntry> {
    let value: serde_json::Value = serde_yaml::from_str(kustomization).unwrap();
    serde_json::from_value(value["images"].clone()).unwrap()
}

/// The images that kustomize makes of `originals`.
fn built(entries: &[ImageEntry], originals: &[String]) -> Vec<String> {
    let images = Images::new(entries, &[]).unwrap();
    let containers: Vec<_> =
        originals.iter().map(|image| serde_json::json!({ "image": image })).collect();
    let text = serde_json::json!({ "spec": { "containers": containers } }).to_string();
    let document = Document::parse(&text).unwrap();
    let applied = images.apply(&document, document.roots()[0].node).unwrap();
    applied.images.into_iter().map(|seen| seen.after).collect()
}
