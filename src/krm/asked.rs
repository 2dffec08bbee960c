//! What is asked of an overlay that was rendered: the promotions among its `transformers`, and the
//! releases among its `resources`.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::io::fs;
use crate::krm::config;
use crate::krm::item::Item;
use crate::krm::list::List;
use crate::overlay::{FILE_NAMES, Overlay, Reach, gather};
use crate::promotion::{API_VERSION, Promotion};
use crate::release;
use crate::tree::{Tree, join};
use crate::yaml::Document;

/// What is asked of an overlay.
#[derive(Debug, Default)]
pub struct Asked {
    /// What is to be promoted to it.
    pub promotions: Vec<Promotion>,
    /// The releases that the function saw among the objects, as text.
    pub releases: Vec<String>,
}

impl Asked {
    /// Whatever `from` has, wherever it is older or only there.
    pub fn of(from: String) -> Self {
        let promotion =
            Promotion { from, add: true, allow_downgrade: true, ..Promotion::default() };
        Self { promotions: vec![promotion], releases: Vec::new() }
    }

    /// What the overlay in `dir` asks of itself.
    ///
    /// # Errors
    /// A diagnostic for an overlay that cannot be read, for a promotion that is not understood, and
    /// when there is none.
    pub fn by(dir: &Utf8Path) -> Result<Self, Diagnostic> {
        let promotions = Objects::of(config::KIND).below(dir, "transformers")?;
        let mut promotions: Vec<_> =
            promotions.iter().map(|text| config::parse(text)).collect::<Result<_, _>>()?;
        if promotions.is_empty() {
            let message = format!("`{dir}` has no Promotion among its `transformers`");
            let hint = "say where its versions should come from with `--from OVERLAY`";
            return Err(Diagnostic::error(message).hint(hint));
        }
        let releases = Objects::of(release::KIND).below(dir, "resources")?;
        let affixes = affixes(dir)?;
        promotions.iter_mut().for_each(|promotion| own_name(&mut promotion.from, &affixes));
        Ok(Self { promotions, releases })
    }
}

/// What the overlay in `dir` puts before and behind the names of its objects.
fn affixes(dir: &Utf8Path) -> Result<[String; 2], Diagnostic> {
    let mut tree = Tree::default();
    gather(&mut tree, dir, Reach::Own, &mut fs::read);
    let overlay = Overlay::read(&tree, dir, dir.as_str(), None)?;
    let doc = &overlay.kustomization().doc;
    let affix = |key| doc.get_scalar(overlay.root(), key).unwrap_or_default().to_owned();
    Ok(["namePrefix", "nameSuffix"].map(affix))
}

/// A release that a promotion names as kustomize called it has its own name in its file.
fn own_name(from: &mut String, [prefix, suffix]: &[String; 2]) {
    let own = from.strip_prefix(prefix).and_then(|from| from.strip_suffix(suffix));
    if let Some(own) = own.filter(|own| !own.is_empty() && !from.contains('/')) {
        *from = own.to_owned();
    }
}

/// Objects of one of our kinds that lists of a kustomization name.
struct Objects {
    kind: &'static str,
    seen: BTreeSet<Utf8PathBuf>,
    found: Vec<String>,
}

impl Objects {
    const fn of(kind: &'static str) -> Self {
        Self { kind, seen: BTreeSet::new(), found: Vec::new() }
    }

    /// Those that `list` of the overlay in `dir` names, and the `resources` of directories in it.
    fn below(mut self, dir: &Utf8Path, list: &str) -> Result<Vec<String>, Diagnostic> {
        self.list(dir, list)?;
        Ok(self.found)
    }

    fn list(&mut self, dir: &Utf8Path, list: &str) -> Result<(), Diagnostic> {
        let mut tree = Tree::default();
        gather(&mut tree, dir, Reach::Own, &mut fs::read);
        let overlay = Overlay::read(&tree, dir, dir.as_str(), None)?;
        let doc = &overlay.kustomization().doc;
        for entry in overlay.list(list)?.iter().filter_map(|item| doc.scalar(*item)) {
            self.entry(&overlay.dir, entry)?;
        }
        Ok(())
    }

    /// kustomize takes an entry for YAML where it is some, and for a path otherwise.
    fn entry(&mut self, dir: &Utf8Path, entry: &str) -> Result<(), Diagnostic> {
        let is_mapping =
            |doc: Document<'_>| doc.roots().iter().any(|root| doc.is_mapping(root.node));
        if Document::parse(entry).is_ok_and(is_mapping) {
            self.text(entry);
            return Ok(());
        }
        let path = join(dir, entry);
        if !self.seen.insert(path.clone()) {
            return Ok(());
        }
        if FILE_NAMES.iter().any(|name| path.join(name).is_file()) {
            return self.list(&path, "resources");
        }
        let mut tree = Tree::default();
        if path.is_file() {
            tree.insert(path.clone(), fs::read(&path));
        }
        // What else cannot be read is none of ours, and was no hindrance to kustomize.
        if let Ok(Some(text)) = tree.read(&path) {
            self.text(text);
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let Ok(list) = List::stream(text) else { return };
        let is_one = |item: &&Item<'_>| {
            item.kind() == Some(self.kind) && item.api_version() == Some(API_VERSION)
        };
        self.found.extend(list.items.iter().filter(is_one).map(|item| item.sheet().0.into_owned()));
    }
}
