//! The files that items are: read as a tree, and edits of them found again in the input.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::edit::Edit;
use crate::io::fs;
use crate::krm::item::Item;
use crate::krm::list::List;
use crate::overlay::is_kustomization;
use crate::span::Span;
use crate::tree::{Content, dir_of, join, normalized};

/// The annotations by which a file declares a function (kustomize `kyaml/fn/runtime/runtimeutil`).
const DECLARATIONS: [&str; 2] = ["config.kubernetes.io/function:", "config.k8s.io/function:"];

/// The files of a package, by their path from its root: packages inside of it are told apart.
pub(super) struct Package<'l> {
    /// Where it is on disk, if the runner says so.
    root: Option<Utf8PathBuf>,
    /// The files and the numbers of the items that they are made of, in their order.
    files: Vec<(Utf8PathBuf, usize)>,
    list: &'l List<'l>,
}

/// A stretch of a file: the sheet of one item.
struct Sheet {
    index: usize,
    /// Where it stands in the file.
    span: Span,
    /// Where it begins in the input: in several places when the item came several times, as kpt gives
    /// one that two selectors match.
    inputs: Vec<usize>,
}

impl<'l> Package<'l> {
    pub(super) fn new(list: &'l List<'l>) -> Self {
        let root = common(list.items.iter().filter_map(|item| item.package()));
        let items = list.items.iter().enumerate();
        let files = items.filter_map(|(number, item)| {
            Some((path_of(item, item.path()?, root.as_deref()), number))
        });
        let mut files: Vec<_> = files.collect();
        let index = |number: usize| list.items[number].index();
        files.sort_by(|(one, a), (other, b)| (one, index(*a), a).cmp(&(other, index(*b), b)));
        Self { root: root.filter(|root| root.is_absolute()), files, list }
    }

    /// The path of `item` from the root.
    pub(super) fn path(&self, item: &Item<'_>) -> Option<Utf8PathBuf> {
        Some(path_of(item, item.path()?, self.root.as_deref()))
    }

    /// The items in the file `path`.
    pub(super) fn items(
        &self,
        path: &Utf8Path,
    ) -> impl Iterator<Item = &'l Item<'l>> + use<'l, '_> {
        let start = self.files.partition_point(|(known, _)| known < path);
        let behind = &self.files[start..];
        let own = &behind[..behind.partition_point(|(known, _)| known == path)];
        own.iter().map(|(_, number)| &self.list.items[*number])
    }

    /// The directories that have a kustomization among the items.
    pub(super) fn overlays(&self) -> Vec<Utf8PathBuf> {
        let is_kustomization = |path: &&Utf8PathBuf| path.file_name().is_some_and(is_kustomization);
        let mut out: Vec<_> = self
            .files
            .iter()
            .map(|(path, _)| path)
            .filter(is_kustomization)
            .map(|path| dir_of(path))
            .collect();
        out.dedup();
        out
    }

    /// Whether a file of the package says that the function is to be run, and how, as `kustomize fn run`
    /// wants it.
    pub(super) fn declares_its_function(&self) -> bool {
        let config = self.list.config.as_ref().filter(|config| config.path().is_some());
        config.is_some_and(|config| DECLARATIONS.iter().any(|key| config.sheet().0.contains(key)))
    }

    /// Where the directory or file `path` would be on disk; `None` where that is not known.
    pub(super) fn on_disk(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        match &self.root {
            _ if path.is_absolute() => Some(path.to_owned()),
            Some(root) => Some(join(root, path.as_str())),
            None => None,
        }
    }

    /// `path` from the root, where it is an absolute path inside of it.
    pub(super) fn inside(&self, path: &Utf8Path) -> Utf8PathBuf {
        let inner = self.root.as_ref().and_then(|root| path.strip_prefix(root).ok());
        normalized(inner.unwrap_or(path))
    }

    /// What `path` holds: items, or else what is there on disk.
    pub(super) fn read(&self, path: &Utf8Path) -> Content {
        if self.items(path).next().is_some() {
            return Content::Bytes(self.file(path).0.into_bytes());
        }
        self.on_disk(path).map_or(Content::Absent, |path| fs::read(&path))
    }

    /// The text of the file `path`, one document an item, and its stretches.
    fn file(&self, path: &Utf8Path) -> (String, Vec<Sheet>) {
        let (mut text, mut sheets) = (String::new(), Vec::<Sheet>::new());
        for item in self.items(path) {
            let (own, input) = item.sheet();
            let index = item.index();
            let is_twin = |sheet: &&mut Sheet| sheet.index == index && sheet.span.of(&text) == own;
            if let Some(twin) = sheets.iter_mut().find(is_twin) {
                twin.inputs.push(input);
                continue;
            }
            if !text.is_empty() {
                let end = if text.ends_with('\n') { "" } else { "\n" };
                text.push_str(&format!("{end}---\n"));
            }
            let span = Span::new(text.len(), text.len() + own.len());
            sheets.push(Sheet { index, span, inputs: vec![input] });
            text.push_str(&own);
        }
        (text, sheets)
    }

    /// The edits of the input that make `edits` of the file `path`.
    ///
    /// # Errors
    /// A diagnostic where the file is not among the items.
    pub(super) fn placed(&self, path: &Utf8Path, edits: &[Edit]) -> Result<Vec<Edit>, Diagnostic> {
        let (_, sheets) = self.file(path);
        let mut out = Vec::new();
        for Edit { span, text } in edits {
            let Some(sheet) = sheets.iter().find(|sheet| sheet.span.contains(*span)) else {
                let message = "the file is not among the items, and only those can be changed";
                let hint =
                    "`.krmignore` keeps files from the function; leave the key out with `except`";
                return Err(Diagnostic::error(message).file(path).hint(hint));
            };
            out.extend(sheet.inputs.iter().map(|input| {
                let moved = |at: usize| at - sheet.span.start + input;
                Edit { span: Span::new(moved(span.start), moved(span.end)), text: text.clone() }
            }));
        }
        Ok(out)
    }
}

/// The path of `item`, which is called `path` in its package, from `root`.
fn path_of(item: &Item<'_>, path: &Utf8Path, root: Option<&Utf8Path>) -> Utf8PathBuf {
    let Some(package) = item.package() else { return normalized(path) };
    let whole = join(package, path.as_str());
    let root = root.unwrap_or(Utf8Path::new(""));
    whole.strip_prefix(root).map_or(whole.clone(), Utf8Path::to_owned)
}

/// The directory that all of `packages` stand in.
fn common<'p>(packages: impl Iterator<Item = &'p Utf8Path>) -> Option<Utf8PathBuf> {
    packages.map(normalized).reduce(|one, other| {
        let both = one.components().zip(other.components());
        both.take_while(|(one, other)| one == other).map(|(one, _)| one).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(package: &str, path: &str, index: usize, tag: &str) -> String {
        let package = match package {
            "" => String::new(),
            package => format!("internal.config.kubernetes.io/package-path: {package}, "),
        };
        format!(
            "- x: {tag}\n  metadata: {{annotations: {{{package}config.kubernetes.io/path: {path}, config.kubernetes.io/index: '{index}'}}}}\n"
        )
    }

    fn list(items: &[String]) -> String {
        format!(
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{}",
            items.concat()
        )
    }

    fn held(package: &Package<'_>, path: &str) -> String {
        match package.read(Utf8Path::new(path)) {
            Content::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn packages_are_told_apart_and_begin_in_the_one_above_all() {
        let text = list(&[
            item("/p/sub/a", "k.yaml", 0, "1"),
            item("/p/sub/b", "./k.yaml", 0, "2"),
            item("/p/sub", "k.yaml", 0, "3"),
        ]);
        let list = List::read(&text).unwrap();
        let package = Package::new(&list);
        for (path, tag) in [("a/k.yaml", "x: 1"), ("b/k.yaml", "x: 2"), ("k.yaml", "x: 3")] {
            assert!(held(&package, path).contains(tag), "{path}");
        }
        assert_eq!(package.on_disk(Utf8Path::new("../c")).unwrap(), "/p/c");
        assert_eq!(package.inside(Utf8Path::new("/p/sub/b/x")), "b/x");
    }

    #[test]
    fn an_edit_of_a_file_is_one_of_the_input_wherever_the_item_came() {
        let twin = item("", "k.yaml", 1, "old");
        let text = list(&[twin.clone(), item("", "k.yaml", 0, "first"), twin]);
        let list = List::read(&text).unwrap();
        let package = Package::new(&list);
        let file = held(&package, "k.yaml");
        assert_eq!(
            (
                file.matches("---\n").count(),
                file.find("first").unwrap() < file.find("old").unwrap()
            ),
            (1, true)
        );
        let at = file.find("old").unwrap();
        let edits = [Edit { span: Span::new(at, at + 3), text: "new".into() }];
        let mut placed = package.placed(Utf8Path::new("k.yaml"), &edits).unwrap();
        placed.sort_by_key(|edit| edit.span);
        assert_eq!(crate::edit::splice(&text, &placed).unwrap(), text.replace("old", "new"));
        assert!(package.placed(Utf8Path::new("other.yaml"), &edits).is_err());
        assert_eq!(package.on_disk(Utf8Path::new("c")), None);
    }
}
