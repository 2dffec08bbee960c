//! One overlay: its kustomization file and the files that it owns.
//!
//! File rules are kustomize's (5.8.1): which names count, what is empty, what is an error. What
//! kustomize accepts and no editor can change safely is refused here.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::release;
use crate::remote::Remote;
use crate::secret::{mentions, secrets, touches};
use crate::span::{Lines, Span};
use crate::tree::{Content, Tree, join, normalized};
use crate::yaml::{Document, NodeId};

/// The names that kustomize looks for, in its order.
pub const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Whether `name` is one that kustomize looks for.
pub fn is_kustomization(name: &str) -> bool {
    FILE_NAMES.contains(&name)
}

/// An application in an environment.
#[derive(Debug)]
pub struct Overlay<'t> {
    /// What the user calls it.
    pub name: String,
    /// Its directory in the tree.
    pub dir: Utf8PathBuf,
    /// Its files: first the kustomization, then its generators' files.
    pub files: Vec<File<'t>>,
    /// What is odd about them, as warnings.
    pub notes: Vec<Diagnostic>,
    /// The mapping that holds its lists.
    root: NodeId,
}

/// A file of an overlay.
#[derive(Debug)]
pub struct File<'t> {
    /// Its path in the tree.
    pub path: Utf8PathBuf,
    /// How it is called in messages: its path, with the revision that it was read at.
    pub label: Utf8PathBuf,
    /// What it holds.
    pub doc: Document<'t>,
    lines: Lines,
}

impl<'t> File<'t> {
    fn new(path: Utf8PathBuf, doc: Document<'t>, label: Utf8PathBuf) -> Self {
        let lines = Lines::of(doc.text());
        Self { path, label, doc, lines }
    }

    /// The number of the line on which `span` begins, from one.
    pub fn line(&self, span: Span) -> usize {
        self.lines.number(span.start)
    }

    /// `diagnostic`, pointing at `span` of this file; lines that may hold a secret are not shown.
    pub fn point(&self, diagnostic: Diagnostic, span: Span) -> Diagnostic {
        let text = self.doc.text();
        let diagnostic = diagnostic.at(&self.label, text, span);
        if touches(text, span, &secrets(&self.doc)) {
            diagnostic.without_excerpt()
        } else {
            diagnostic
        }
    }
}

/// A directory that an overlay builds on, with its kustomization where that can be read.
pub type Below<'t> = (Utf8PathBuf, Option<Document<'t>>);

/// How much of an overlay's surroundings to gather.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// What holds fields: the kustomization and its generators.
    Own,
    /// Also patches, replacements and the bases below, which can defeat a promotion.
    Around,
}

/// No overlay builds on so many directories.
const MOST_DIRECTORIES: usize = 1_000;

/// Takes into `tree` all that is needed to work on the overlay in `dir`; `read` gets each path once.
pub fn gather(
    tree: &mut Tree,
    dir: &Utf8Path,
    reach: Reach,
    read: &mut dyn FnMut(&Utf8Path) -> Content,
) {
    let mut get = |tree: &mut Tree, path: &Utf8Path| {
        if !tree.knows(path) {
            let content = read(path);
            tree.insert(path.to_owned(), content);
        }
    };
    let mut waiting = vec![normalized(dir)];
    let mut seen = std::collections::BTreeSet::new();
    while let Some(dir) = waiting.pop() {
        // Links to directories can make more names than anybody has directories.
        if seen.len() > MOST_DIRECTORIES || !seen.insert(dir.clone()) {
            continue;
        }
        for name in FILE_NAMES {
            get(tree, &join(&dir, name));
        }
        let Some((files, bases)) = surroundings(tree, &dir, reach) else {
            continue;
        };
        for file in files {
            get(tree, &file);
        }
        waiting.extend(bases);
    }
}

/// The files that an overlay names, and the local directories that it builds on.
fn surroundings(
    tree: &Tree,
    dir: &Utf8Path,
    reach: Reach,
) -> Option<(Vec<Utf8PathBuf>, Vec<Utf8PathBuf>)> {
    let doc = document_in(tree, dir)?;
    let root = doc.roots().first()?.node;
    let local = |path: &str| join(dir, path);
    let mut files: Vec<_> = generators(&doc, root).map(local).collect();
    if reach == Reach::Own {
        return Some((files, Vec::new()));
    }
    for list in ["patches", "patchesJson6902", "replacements"] {
        let items = doc.get(root, list).map_or(&[][..], |list| doc.items(list));
        files.extend(items.iter().filter_map(|item| doc.get_scalar(*item, "path")).map(local));
    }
    for list in ["patchesStrategicMerge", "transformers"] {
        files.extend(scalars(&doc, root, list).filter(|entry| is_path(entry)).map(local));
    }
    Some((files, bases_of(&doc, dir)))
}

/// The local directories in `resources`, `components` and `bases`; entries that end as files are not.
fn bases<'d>(doc: &'d Document<'_>, root: NodeId) -> impl Iterator<Item = &'d str> {
    ["resources", "components", "bases"]
        .into_iter()
        .flat_map(move |list| scalars(doc, root, list))
        .filter(|entry| is_path(entry) && !is_yaml(entry) && Remote::parse(entry).is_none())
}

/// The entries of `generators` that are files.
fn generators<'d>(doc: &'d Document<'_>, root: NodeId) -> impl Iterator<Item = &'d str> {
    scalars(doc, root, "generators").filter(|entry| is_path(entry) && is_yaml(entry))
}

fn scalars<'d>(doc: &'d Document<'_>, root: NodeId, list: &str) -> impl Iterator<Item = &'d str> {
    let items = doc.get(root, list).map_or(&[][..], |list| doc.items(list));
    items.iter().filter_map(|item| doc.scalar(*item))
}

/// Not YAML written into the list itself.
fn is_path(entry: &str) -> bool {
    !entry.is_empty() && !entry.contains('\n')
}

fn is_yaml(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end))
}

/// The kustomization file in `dir`, if there is exactly one.
pub fn file_in(tree: &Tree, dir: &Utf8Path) -> Option<Utf8PathBuf> {
    match present(tree, dir).as_slice() {
        [path] => Some(path.clone()),
        _ => None,
    }
}

fn present(tree: &Tree, dir: &Utf8Path) -> Vec<Utf8PathBuf> {
    let paths = FILE_NAMES.iter().map(|name| join(dir, name));
    paths.filter(|path| !matches!(tree.read(path), Ok(None))).collect()
}

/// The kustomization of `dir` as far as `tree` holds one that can be read.
fn document_in<'t>(tree: &'t Tree, dir: &Utf8Path) -> Option<Document<'t>> {
    Document::parse(tree.read(&file_in(tree, dir)?).ok()??).ok()
}

/// The local directories that the kustomization `doc` in `dir` builds on, directly.
fn bases_of(doc: &Document<'_>, dir: &Utf8Path) -> Vec<Utf8PathBuf> {
    let root = doc.roots().first().map(|root| root.node);
    root.map(|root| bases(doc, root).map(|path| join(dir, path)).collect()).unwrap_or_default()
}

impl<'t> Overlay<'t> {
    /// Reads the overlay in `dir` out of `tree`; `revision` is added to the names of its files.
    ///
    /// # Errors
    /// A diagnostic for no kustomization file or two of them, for text that is not YAML, and for
    /// what kustomize does not build or no edit can be safe in.
    pub fn read(
        tree: &'t Tree,
        dir: &Utf8Path,
        name: &str,
        revision: Option<&str>,
    ) -> Result<Self, Diagnostic> {
        let dir = normalized(dir);
        let label = |path: &Utf8Path| match revision {
            Some(revision) => Utf8PathBuf::from(format!("{path}@{revision}")),
            None => path.to_owned(),
        };
        let path = match present(tree, &dir).as_slice() {
            [path] => path.clone(),
            [] => {
                let names = FILE_NAMES.join("`, `");
                let message = format!("`{name}` is not an overlay: it has no `{names}`");
                return Err(Diagnostic::error(message));
            }
            [first, second, ..] => {
                let names = [first, second].map(|path| path.file_name().unwrap_or_default());
                let message = format!(
                    "`{name}` has two kustomization files, `{}` and `{}`, and kustomize builds neither",
                    names[0], names[1]
                );
                return Err(Diagnostic::error(message).hint("keep one of them"));
            }
        };
        let text = tree.read(&path).map_err(Clone::clone)?.unwrap_or_default();
        let file = File::new(path.clone(), parse(&label(&path), text)?, label(&path));
        check(&file)?;
        let root = file.doc.roots()[0].node;
        let (mut files, mut notes) = (Vec::new(), Vec::new());
        for generator in generators(&file.doc, root) {
            let path = join(&dir, generator);
            let Some(text) = tree.read(&path).map_err(Clone::clone)? else {
                let message = format!("the generator file `{generator}` is not there");
                notes.push(Diagnostic::warning(message).file(&file.label));
                continue;
            };
            let label = label(&path);
            files.push(File::new(path, parse(&label, text)?, label));
        }
        files.insert(0, file);
        Ok(Self { name: name.to_owned(), dir, files, notes, root })
    }

    /// The release in the file `path` of `tree`, read as the overlay that it was made of: its `spec`
    /// has the lists of a kustomization.
    ///
    /// # Errors
    /// A diagnostic for text that is no YAML and for what is no release of this version.
    pub fn release(
        tree: &'t Tree,
        path: &Utf8Path,
        name: &str,
        revision: Option<&str>,
    ) -> Result<Self, Diagnostic> {
        let label = match revision {
            Some(revision) => Utf8PathBuf::from(format!("{path}@{revision}")),
            None => path.to_owned(),
        };
        let Some(text) = tree.read(path).map_err(Clone::clone)? else {
            return Err(Diagnostic::error(format!("`{label}` is not there")));
        };
        let file = File::new(path.to_owned(), parse(&label, text)?, label);
        let root = release::spec(&file)?;
        let dir = path.parent().unwrap_or(path).to_owned();
        Ok(Self { name: name.to_owned(), dir, files: vec![file], notes: Vec::new(), root })
    }

    /// The kustomization file.
    pub fn kustomization(&self) -> &File<'t> {
        &self.files[0]
    }

    /// The local directories that it builds on, directly or not.
    pub fn below<'b>(&self, tree: &'b Tree) -> Vec<Below<'b>> {
        let mut out = Vec::new();
        let mut waiting = bases_of(&self.kustomization().doc, &self.dir);
        let mut seen = std::collections::BTreeSet::new();
        while let Some(dir) = waiting.pop() {
            if seen.len() <= MOST_DIRECTORIES && seen.insert(dir.clone()) {
                let doc = document_in(tree, &dir);
                waiting.extend(doc.iter().flat_map(|doc| bases_of(doc, &dir)));
                out.push((dir, doc));
            }
        }
        out
    }

    /// The mapping that holds its lists: that of the kustomization file, or a release's `spec`.
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// The value of the top-level field `name`, with its position in the file.
    ///
    /// # Errors
    /// A diagnostic when the field is there twice, in whatever letter case: kustomize merges such
    /// lists item by item.
    pub fn field(&self, name: &str) -> Result<Option<(usize, NodeId)>, Diagnostic> {
        let file = self.kustomization();
        let positions = file.doc.positions(self.root(), name);
        let entries = file.doc.entries(self.root());
        match positions.as_slice() {
            [] => Ok(None),
            [position] => Ok(Some((*position, entries[*position].value))),
            [_, second, ..] => {
                let span = file.doc.node(entries[*second].key).span;
                let message = format!("`{name}` is there twice, and kustomize merges the two");
                let problem = Diagnostic::error(message).hint("make them one list");
                Err(file.point(problem, span))
            }
        }
    }

    /// The items of the top-level list `name`; empty when there is none, or null.
    ///
    /// # Errors
    /// As [`Overlay::field`], and for a value that is no list.
    pub fn list(&self, name: &str) -> Result<&[NodeId], Diagnostic> {
        let file = self.kustomization();
        let Some((_, list)) = self.field(name)? else { return Ok(&[]) };
        if !file.doc.is_sequence(list) && !file.doc.is_null(list) {
            let problem = Diagnostic::error(format!("`{name}` is not a list"));
            let problem = problem.hint("kustomize does not build this file");
            return Err(file.point(problem, file.doc.node(list).span));
        }
        Ok(file.doc.items(list))
    }

    /// Whether `path` lies in the overlay's own directory, and not in one that others share.
    pub fn owns(&self, path: &Utf8Path) -> bool {
        let inside = if self.dir == "." { Some(path) } else { path.strip_prefix(&self.dir).ok() };
        inside.is_some_and(|path| !path.starts_with("..") && !path.is_absolute())
    }
}

fn parse<'t>(label: &Utf8Path, text: &'t str) -> Result<Document<'t>, Diagnostic> {
    Document::parse(text).map_err(|error| {
        let message = format!("the file is not YAML: {}", error.message);
        let problem = Diagnostic::error(message).at(label, text, error.span);
        if mentions(text) { problem.without_excerpt() } else { problem }
    })
}

/// What kustomize would not build, and what cannot be edited.
fn check(file: &File<'_>) -> Result<(), Diagnostic> {
    let doc = &file.doc;
    let refuse = |message: &str, hint: &str, span: Span| {
        Err(file.point(Diagnostic::error(message).hint(hint), span))
    };
    let filled: Vec<_> = doc.roots().iter().filter(|root| !doc.is_null(root.node)).collect();
    if let [_, second, ..] = filled.as_slice() {
        let message = "the file has several YAML documents, and kustomize reads only the first";
        return refuse(message, "split the file", Span::at(second.start));
    }
    let Some(root) = doc.roots().first().filter(|root| !doc.is_null(root.node)) else {
        let hint = "kustomize does not build an empty kustomization: add `resources:` first";
        return refuse("the file is empty", hint, Span::at(0));
    };
    if root.version.is_some_and(|version| version != (1, 1)) {
        let message = "the file has a `%YAML` directive that kustomize does not read";
        return refuse(message, "take the directive out", Span::at(0));
    }
    if !doc.is_mapping(root.node) {
        let hint = "a kustomization is a mapping such as `resources: […]`";
        return refuse("the file is not a kustomization", hint, doc.node(root.node).span);
    }
    if let Some(merge) =
        doc.entries(root.node).iter().find(|entry| doc.scalar(entry.key) == Some("<<"))
    {
        let span = doc.node(merge.key).span;
        return refuse("the file's own fields come from a merge key", "write the fields out", span);
    }
    check_type(file, root.node)
}

fn check_type(file: &File<'_>, root: NodeId) -> Result<(), Diagnostic> {
    let doc = &file.doc;
    let kind = doc.get_scalar(root, "kind").filter(|kind| !kind.is_empty());
    let version = doc.get_scalar(root, "apiVersion").filter(|version| !version.is_empty());
    let expected = match kind {
        None | Some("Kustomization") => "kustomize.config.k8s.io/v1beta1",
        Some("Component") => "kustomize.config.k8s.io/v1alpha1",
        Some(other) => {
            let span = doc.get(root, "kind").map_or(Span::at(0), |kind| doc.node(kind).span);
            let problem = Diagnostic::error(format!("a `{other}` is not a kustomization"))
                .hint("`kind` has to be `Kustomization` or `Component`");
            return Err(file.point(problem, span));
        }
    };
    match version {
        Some(version) if version != expected => {
            let span = doc.get(root, "apiVersion").map_or(Span::at(0), |node| doc.node(node).span);
            let hint = if version.starts_with("kustomize.toolkit.fluxcd.io/") {
                "this is Flux's object of the same kind: name the directory in its `spec.path`"
                    .to_owned()
            } else {
                format!("kustomize wants `{expected}`")
            };
            let problem = Diagnostic::error(format!("`{version}` is not kustomize's")).hint(hint);
            Err(file.point(problem, span))
        }
        _ => Ok(()),
    }
}
