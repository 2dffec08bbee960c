//! kustomize's `images:` on rendered objects: the same images, and no other byte.
//!
//! Equal to `ImageTagTransformer` of kustomize v5.8.1 in what images become and in what it fails on.
//! On purpose, these differ: a new value stays text where kustomize would write `image: 1.10`, a
//! number; `containers: null` stays null where kustomize makes it `[]`; a `name` that is no regular
//! expression is an error before any object is read, where kustomize crashes on the first image. And
//! an image whose bytes are those of another place too is an error where it would change.

mod entry;
mod fieldspec;
mod matching;
mod own;
mod pattern;
mod place;
mod run;
mod values;
mod walk;

pub use entry::ImageEntry;
pub use fieldspec::FieldSpec;
pub use values::{Wanted, told_apart, wanted};

use crate::diagnostic::Diagnostic;
use crate::kind::Field;
use crate::yaml::{CannotWrite, Document, NodeId, Rewrite};
use entry::Rule;
use fieldspec::Spec;
use own::Own;
use walk::Route;

/// Entries of `images`, ready to be applied to any number of objects.
#[derive(Clone, Debug)]
pub struct Images {
    /// What becomes of images that the target's own entries made, before any rule is asked.
    own: Own,
    /// Each with its position among the entries that were given.
    rules: Vec<(usize, Rule)>,
    /// How many entries were given.
    count: usize,
    specs: Vec<Spec>,
    /// Words of which every object has one that has an image; `None` where there may be others.
    words: Option<Vec<String>>,
    /// Words of which every object has one that has an image which an entry matches; `None` where a
    /// name is a pattern of any kind.
    names: Option<Vec<String>>,
}

/// The key that both passes look for by default.
const IMAGE: &str = "image";

/// What the entries make of one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// The changes, for [`crate::edit::apply`].
    pub rewrites: Vec<Rewrite>,
    /// For every entry that was given, whether it matched an image, even if it did not change it.
    pub matched: Vec<bool>,
    /// The scalars that kustomize takes for images.
    pub images: Vec<Seen>,
}

/// A scalar that kustomize takes for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The scalar, or the alias of one.
    pub node: NodeId,
    /// Its text as it is written: `~` is a text here, and `1.10` too.
    pub before: String,
    /// Its text afterwards.
    pub after: String,
}

impl Images {
    /// Takes entries, in their order, and places of images beside kustomize's own.
    ///
    /// # Errors
    /// A name that is no regular expression, and field specs that kustomize refuses to merge.
    pub fn new(entries: &[ImageEntry], specs: &[FieldSpec]) -> Result<Self, Diagnostic> {
        Self::made(Own::default(), entries.iter().enumerate(), specs)
    }

    /// Takes the values `wanted` of a target whose fields are `own`. With `all`, every image called
    /// like one of them has to get it, also where the target's `images` did not make it what it is.
    ///
    /// # Errors
    /// As [`Images::new`].
    pub fn of(
        wanted: &[Wanted],
        own: &[Field],
        specs: &[FieldSpec],
        all: bool,
    ) -> Result<Self, Diagnostic> {
        let added = wanted.iter().enumerate().filter(|(_, wanted)| wanted.left.is_none());
        let own = Own::new(own, wanted, all)?;
        let added = added.map(|(position, wanted)| (position, &wanted.entry));
        Ok(Self { count: wanted.len(), ..Self::made(own, added, specs)? })
    }

    fn made<'e>(
        own: Own,
        entries: impl Iterator<Item = (usize, &'e ImageEntry)> + Clone,
        specs: &[FieldSpec],
    ) -> Result<Self, Diagnostic> {
        let rules = entries.clone().map(|(position, entry)| Ok((position, Rule::new(entry)?)));
        let rules: Vec<_> = rules.collect::<Result<_, Diagnostic>>()?;
        let specs = fieldspec::merged(specs)?;
        let words = specs.iter().map(|spec| spec.word(IMAGE)).collect::<Option<Vec<_>>>();
        let words = words.map(|mut words| {
            words.sort_unstable();
            words.dedup();
            words.into_iter().map(str::to_owned).collect()
        });
        let names = entries.map(|(_, entry)| entry.name.clone()).chain(own.names());
        let names = names.map(|name| literal(&name)).collect();
        Ok(Self { own, count: rules.len(), rules, words, names, specs })
    }

    /// Whether an object that is written as `text` can have an image at all, found out without reading
    /// it. Where it cannot, nothing would change; kustomize may still fail on it.
    pub fn concerns(&self, text: &str) -> bool {
        let has_word = |words: &Vec<String>| words.iter().any(|word| text.contains(word));
        self.words.as_ref().is_none_or(has_word) || has_escaped_letters(text)
    }

    /// Whether an object that is written as `text` can have an image that an entry matches, found out
    /// without reading it. Where it cannot, nothing would change; kustomize may still fail on it.
    pub fn matches(&self, text: &str) -> bool {
        let has_name = |names: &Vec<String>| names.iter().any(|name| text.contains(name));
        self.concerns(text)
            && (self.names.as_ref().is_none_or(has_name) || has_escaped_letters(text))
    }

    /// What the entries make of `object`, a node of `doc`: one object, or a list of them.
    ///
    /// # Errors
    /// Where kustomize fails on the object, if there is any entry: `spec` is a text, a container is one,
    /// an image is a mapping; and where an image would change that cannot be edited by itself.
    pub fn apply(&self, doc: &Document<'_>, object: NodeId) -> Result<Applied, CannotWrite> {
        let Route { cells, problem, lost } = walk::route(doc, object, &self.specs);
        if let Some(problem) = problem.filter(|_| lost || self.count > 0) {
            return Err(problem);
        }
        let mut out = Applied { matched: vec![false; self.count], ..Applied::default() };
        for cell in &cells {
            let after = cell.run(doc, self, &mut out.matched)?;
            if cell.is_image() {
                out.rewrites.extend(cell.rewrite(doc, &after)?);
                let before = cell.text.to_owned();
                out.images.push(Seen { node: cell.place.node, before, after: after.into_owned() });
            }
        }
        Ok(out)
    }
}

/// What every image has in it that `name` matches: the longest part of it that says itself. `None` for
/// patterns with more in them than dots and escaped signs.
fn literal(name: &str) -> Option<String> {
    let mut before = ' ';
    for c in name.chars() {
        let says_itself = c.is_ascii_alphanumeric() && before != '\\';
        let fits = says_itself || "/_:@-.".contains(c) || c == '\\' && before != '\\';
        if !fits {
            return None;
        }
        before = c;
    }
    let parts = name.split(['.', '\\']);
    let longest = parts.max_by_key(|part| part.len()).filter(|part| !part.is_empty());
    longest.map(str::to_owned)
}

/// A text may spell its letters and slashes as escapes, between double quotes only.
fn has_escaped_letters(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let mut behind = rest[at + 1..].chars();
        match behind.next() {
            Some('x' | 'u' | 'U' | '/' | '\n' | '\r') => return true,
            _ => rest = behind.as_str(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit;

    /// `name newName newTag digest tagSuffix`, a dash for nothing.
    fn entry(text: &str) -> ImageEntry {
        let mut parts = text.split(' ').map(|part| if part == "-" { "" } else { part }.to_owned());
        let mut part = || parts.next().unwrap_or_default();
        ImageEntry {
            name: part(),
            new_name: part(),
            new_tag: part(),
            digest: part(),
            tag_suffix: part(),
        }
    }

    fn images(entries: &[&str], paths: &[&str]) -> Images {
        let entries: Vec<_> = entries.iter().map(|text| entry(text)).collect();
        let spec = |path: &&str| FieldSpec { path: (*path).to_owned(), ..FieldSpec::default() };
        Images::new(&entries, &paths.iter().map(spec).collect::<Vec<_>>()).unwrap()
    }

    fn applied(images: &Images, text: &str) -> Result<Applied, String> {
        let document = Document::parse(text).unwrap();
        let found = images.apply(&document, document.roots()[0].node);
        found.map_err(|problem| problem.message)
    }

    /// The text afterwards, or what is wrong.
    fn edited(images: &Images, text: &str) -> Result<String, String> {
        let document = Document::parse(text).unwrap();
        let rewrites = applied(images, text)?.rewrites;
        edit::apply(&document, &rewrites).map(|(_, text)| text).map_err(|problem| problem.message)
    }

    /// What an entry makes of texts in a container.
    fn in_container(entries: &[&str], before: &str, after: &str) {
        let pod = |image: &str| format!("kind: Pod\nspec:\n  containers:\n  - image: {image}\n");
        let found = edited(&images(entries, &[]), &pod(before));
        assert_eq!(found, Ok(pod(after)), "{entries:?} {before}");
    }

    #[test]
    fn only_the_bytes_of_images_change() {
        in_container(&["nginx - v2"], "'nginx:v1' # why", "'nginx:v2' # why");
        in_container(&["nginx - v2"], "\"nginx\"", "\"nginx:v2\"");
        in_container(&["nginx m v2 sha256:a"], "nginx:1@sha256:b", "m:v2@sha256:a");
        in_container(&["nginx 1.10"], "nginx", "\"1.10\"");
        in_container(&["redis - v2"], "nginx", "nginx");
        let json = r#"{"kind": "Pod", "spec": {"containers": [{"image": "a:1"}]}}"#;
        let found = edited(&images(&["a - 2"], &[]), json).unwrap();
        assert_eq!(found, json.replace("a:1", "a:2"));
    }

    #[test]
    fn every_entry_is_applied_in_both_passes() {
        in_container(&["nginx - - - -x"], "nginx:1.0", "nginx:1.0-x-x");
        in_container(&["nginx nginx:v9"], "nginx", "nginx:v9:v9");
        in_container(&["a b", "b - 2"], "a:1", "b:2");
        in_container(&["b - 2", "a b"], "a:1", "b:1");
        in_container(&["a b", "b a"], "a", "a");
        let job = "kind: CronJob\nspec: {a: {b: [{containers: [{image: n:1}]}]}}\n";
        let found = edited(&images(&["n - - - -x"], &[]), job).unwrap();
        assert_eq!(found, job.replace("n:1", "n:1-x"));
        // `effectivelyEquals` does not find it among the defaults, so it is a third visit.
        let again = images(&["n - - - _"], &["spec/containers/image"]);
        let pod = "kind: Pod\nspec: {containers: [{image: n:1}]}\n";
        assert_eq!(edited(&again, pod).unwrap(), pod.replace("n:1", "n:1___"));
    }

    #[test]
    fn images_stand_where_kustomize_looks_for_them() {
        let all =
            images(&["n - 2"], &["spec/image", r"metadata/annotations/a\/b", "spec/x[]/image"]);
        for (text, is_image) in [
            ("kind: Pod\nspec: {initContainers: [{image: n}]}\n", true),
            ("kind: Pod\nspec: {ephemeralContainers: [{image: n}]}\n", false),
            ("kind: Pod\nspec: {volumes: [{image: {reference: n}}]}\n", true),
            (
                "kind: Deployment\nspec: {template: {spec: {volumes: [{image: {reference: n}}]}}}\n",
                true,
            ),
            (
                "kind: CronJob\nspec: {jobTemplate: {spec: {volumes: [{image: {reference: n}}]}}}\n",
                false,
            ),
            ("kind: Pod\nspec: {containers: {image: n}}\n", true),
            ("kind: Pod\nspec: {x: [[{image: n}]]}\n", true),
            ("kind: Shop\nspec: {more: {containers: {image: n}}}\n", false),
            ("kind: Shop\nspec: {containers: {a: {image: n}}}\n", false),
            ("kind: Shop\nspec: {image: n}\n", true),
            ("kind: Shop\nspec: {x: {image: n}}\n", true),
            ("kind: Shop\nmetadata: {annotations: {a/b: n}}\n", true),
            ("kind: CustomResourceDefinition\nspec: {containers: [{image: n}], image: n}\n", false),
            ("kind: List\nitems: [{kind: Shop, spec: {image: n}}, {}, ]\n", true),
            (
                "kind: ShopList\nitems: [{kind: AList, items: [{kind: A, spec: {image: n}}]}]\n",
                true,
            ),
            (
                "kind: CustomResourceDefinitionList\nitems: [{kind: CustomResourceDefinition, spec: {image: n}}]\n",
                false,
            ),
            ("kind: List\nspec: {image: n}\n", true),
        ] {
            let wanted = if is_image { text.replace(": n}", ": n:2}") } else { text.to_owned() };
            assert_eq!(edited(&all, text), Ok(wanted), "{text}");
            let seen = applied(
                &images(&[], &["spec/image", r"metadata/annotations/a\/b", "spec/x[]/image"]),
                text,
            );
            assert_eq!(!seen.unwrap().images.is_empty(), is_image, "{text}");
            assert!(!is_image || all.concerns(text), "{text}");
        }
    }

    #[test]
    fn nulls_numbers_and_nothing_are_texts() {
        in_container(&[".* - v2"], "~", "\"~:v2\"");
        in_container(&["null - v2"], "null", "null:v2");
        in_container(&["1.10 - v2"], "1.10", "1.10:v2");
        in_container(&["- m v2"], "''", "'m:v2'");
        in_container(&["n - v2"], "~", "~");
        let text = "kind: Pod\nspec: {containers: , volumes: ~, initContainers: [~, {name: a}, {image: n}]}\n";
        assert_eq!(edited(&images(&["n - 2"], &[]), text), Ok(text.replace(": n}", ": n:2}")));
        assert_eq!(
            edited(&images(&["n - 2"], &[]), "kind: Pod\nspec: ~\n").unwrap(),
            "kind: Pod\nspec: ~\n"
        );
    }

    #[test]
    fn what_kustomize_fails_on_is_an_error() {
        for (text, part) in [
            ("kind: A\nspec: text\n", "a mapping or a list is expected"),
            ("kind: A\nspec: {containers: text}\n", "a mapping or a list is expected"),
            ("kind: A\nspec: {a: {containers: [text]}}\n", "`containers` is no mapping"),
            ("kind: A\nspec: {volumes: [text]}\n", "a mapping or a list is expected"),
            ("kind: A\nspec: {volumes: [{image: text}]}\n", "a mapping or a list is expected"),
            ("kind: A\nspec: {containers: [{image: {}}]}\n", "an image is expected here"),
            ("kind: A\nspec: {containers: [{image: a, image: b}]}\n", "`image` stands twice"),
            ("kind: A\nspec: {containers: [{<<: text}]}\n", "a merge key needs a mapping"),
            ("kind: AList\nitems: text\n", "`items` of a list are no list"),
            ("kind: AList\nitems: [text]\n", "no object"),
        ] {
            let found = edited(&images(&["n"], &[]), text).unwrap_err();
            assert!(found.contains(part), "{text}{found}");
            // Without entries, kustomize does not look.
            assert!(applied(&images(&[], &[]), text).is_ok(), "{text}");
        }
        let null = "kind: Pod\nspec: {containers: [{image: ~}]}\n";
        for path in
            ["spec/containers[]/image[]", "spec//image", "spec/0", "spec/*", "spec/containers"]
        {
            assert!(edited(&images(&["n"], &[path]), null).is_err(), "{path}");
        }
        // A null that is no image stays one, and one that is becomes a text with nothing below.
        assert!(edited(&images(&["n"], &["spec/containers[]/image/x"]), null).is_ok());
        assert!(edited(&images(&[".*"], &["spec/containers[]/image/x"]), null).is_err());
    }

    #[test]
    fn shared_bytes_change_for_all_or_not_at_all() {
        let list = "kind: Pod\nspec:\n  initContainers: &c [{image: n}]\n  containers: *c\n";
        assert!(edited(&images(&["n - 2"], &[]), list).unwrap_err().contains("through an alias"));
        assert_eq!(edited(&images(&["m - 2"], &[]), list).unwrap(), list);
        let merged = "kind: Pod\nspec:\n  containers: [&a {image: n}, {<<: *a, name: b}]\n";
        assert!(edited(&images(&["n - 2"], &[]), merged).unwrap_err().contains("through an alias"));
        let own = "kind: Pod\nspec:\n  containers: [{<<: {image: n}, name: b}, {<<: {image: n}, image: m}]\n";
        assert_eq!(edited(&images(&["n - 2"], &[]), own).unwrap(), own.replacen(": n", ": n:2", 1));
        let scalar = "kind: Pod\nspec:\n  containers: [{image: &a n}, {image: *a }]\n";
        let both = "kind: Pod\nspec:\n  containers: [{image: &a n:2}, {image: n:2 }]\n";
        assert_eq!(edited(&images(&["n - 2"], &[]), scalar).unwrap(), both);
        let used = "kind: Pod\na: &a n\nspec:\n  containers: [{image: *a }]\nb: *a\n";
        assert_eq!(
            edited(&images(&["n - 2"], &[]), used).unwrap(),
            used.replace("image: *a", "image: n:2")
        );
        let needed = "kind: Pod\nspec:\n  containers: [{image: &a n}]\nb: *a\n";
        assert!(edited(&images(&["n - 2"], &[]), needed).unwrap_err().contains("has an anchor"));
    }

    #[test]
    fn aliases_of_aliases_have_an_end() {
        let level = |n: usize| format!("a{}: &a{} [*a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1, n + 1);
        let levels: String = (0..20).map(level).collect();
        let text = format!("kind: A\na0: &a0 {{image: n}}\n{levels}");
        assert!(edited(&images(&["n - 2"], &[]), &text).unwrap_err().contains("expand too far"));
        assert!(applied(&images(&[], &[]), &text).is_err());
    }

    #[test]
    fn entries_that_match_nothing_are_told() {
        let text = "kind: Pod\nspec: {containers: [{image: a:1}, {image: b}]}\n";
        let found = applied(&images(&["a - 1", "c - 2", "b d", "b - 1", "d"], &[]), text).unwrap();
        assert_eq!(found.matched, [true, false, true, false, true]);
        let seen: Vec<_> =
            found.images.iter().map(|seen| (seen.before.as_str(), seen.after.as_str())).collect();
        assert_eq!(seen, [("a:1", "a:1"), ("b", "d")]);
        assert_eq!(found.rewrites.len(), 1);
    }

    #[test]
    fn what_has_no_image_is_told_by_its_text() {
        let usual = images(&["a"], &["spec/web"]);
        assert!(!usual.concerns("kind: ConfigMap\ndata: {a: \"b\\n\", c: 'd\\'}\n"));
        assert!(usual.concerns("spec: {web: nginx}") && usual.concerns(r#"{"im\u0061ge": "a"}"#));
        assert!(images(&[], &[""]).concerns("") && images(&[], &["a/*/image"]).concerns(""));
    }

    #[test]
    fn what_has_no_name_of_an_entry_is_passed_over() {
        for (name, part) in [
            ("ghcr.io/acme/web", Some("io/acme/web")),
            (r"mirror\.example/acme/web", Some("example/acme/web")),
            (r"a\-long", Some("-long")),
            ("web", Some("web")),
            ("w.*b", None),
            (r"\d", None),
            (r"web\\", None),
            ("web|api", None),
            (".", None),
        ] {
            assert_eq!(literal(name).as_deref(), part, "{name}");
        }
        let images = images(&["ghcr.io/acme/web - v2 - -"], &[]);
        assert!(images.matches("containers: [{image: ghcr.io/acme/web:v1}]"));
        assert!(images.matches("containers: [{image: ghcrXio/acme/web:v1}]"));
        assert!(!images.matches("containers: [{image: ghcr.io/acme/api:v1}]"));
    }
}
