//! Where values for rendered objects come from: a release among the objects, an overlay or a release
//! on disk, or the configuration itself.

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::io::fs;
use crate::kind::Field;
use crate::krm::item::Item;
use crate::krm::mode::Task;
use crate::krm::rendered::release;
use crate::krm::source::revision;
use crate::objects::{ImageEntry, Wanted};
use crate::overlay::{Overlay, Reach, gather};
use crate::plan::{self, Selection, Source};
use crate::promotion::Promotion;
use crate::release::KIND;
use crate::tree::{Content, Tree, normalized};

/// A source that was found, and its files.
pub(super) struct Given<'a> {
    name: &'a str,
    tree: Tree,
    place: Place,
}

/// What values in the configuration are called.
const INLINE: &str = "spec.images";

/// What is to be read of the files.
enum Place {
    Overlay(Utf8PathBuf),
    Release(Utf8PathBuf),
}

/// Where the source is; `None` where the target is only to be pinned.
///
/// # Errors
/// A diagnostic that says what to do, where there is none.
pub(super) fn find<'a>(task: &Task<'a>) -> Result<Option<Given<'a>>, Diagnostic> {
    let Promotion { from, images, pin, .. } = task.promotion;
    if let Some(item) = release::find(task)? {
        return Ok(Some(Given::release(item)));
    }
    let problem = match from.as_str() {
        "" => None,
        from => match Given::on_disk(from, task) {
            Ok(given) => return Ok(Some(given)),
            Err(problem) => Some(problem),
        },
    };
    match (images.is_empty(), problem) {
        (false, _) => Given::inline(images).map(Some),
        (true, Some(problem)) => Err(explained(problem, task)),
        (true, None) if pin.is_empty() => {
            let message = "`from` is missing, and there is neither a release among the objects nor `images` in the configuration";
            Err(Diagnostic::error(message)
                .hint("name the overlay or the release that versions come from"))
        }
        (true, None) => Ok(None),
    }
}

/// What to do where the overlay cannot be read: a container has no files but its own.
fn explained(problem: Diagnostic, task: &Task<'_>) -> Diagnostic {
    let from = &task.promotion.from;
    if let Some(problem) = revision(from) {
        return problem.hint(format!(
            "keep it as a release, listed in `resources` of this kustomization: `kubectl promote export {from} > release.yaml`"
        ));
    }
    let is_there = problem.message.contains("cannot be read");
    if !task.host.container || is_there {
        return problem;
    }
    let message = format!("{}: a container sees no files of the host", problem.message);
    Diagnostic::error(message).hint(recipes(Utf8Path::new(from)))
}

/// How a container gets to see the overlay that is called `from`. An absolute path is one inside of it,
/// and does not say where the overlay is.
fn recipes(from: &Utf8Path) -> String {
    let name = from.file_name().unwrap_or("source");
    let (source, place, note) = match from.is_absolute() && from.file_name().is_some() {
        true => {
            ("OVERLAY", from.to_string(), ", where OVERLAY is its path from this kustomization")
        }
        false => (from.as_str(), format!("/{name}"), ""),
    };
    format!(
        "one of: (1) a release: `kubectl promote export {source} > {name}-release.yaml`, listed in `resources` of this kustomization, needs no mount; (2) `--mount type=bind,src={source},dst={place}` and `from: {place}`; (3) a link in Git (`ln -s {source} {name}`) and `mounts: [{{type: bind, src: {name}, dst: {place}}}]` in the function's annotation, with `from: {place}`{note}"
    )
}

impl<'a> Given<'a> {
    fn release(item: &'a Item<'a>) -> Self {
        // No file of that name is meant: kustomize does not say which it stands in.
        let path = Utf8Path::new(KIND).join(item.name().unwrap_or_default());
        let mut tree = Tree::default();
        tree.insert(path.clone(), Content::Bytes(item.sheet().0.into_owned().into_bytes()));
        Self { name: item.name().unwrap_or("the release"), tree, place: Place::Release(path) }
    }

    /// An overlay or a release, from the target's directory on.
    fn on_disk(from: &'a str, task: &Task<'_>) -> Result<Self, Diagnostic> {
        let home = &task.host.home;
        let path = &if home == "." { Utf8PathBuf::from(from) } else { home.join(from) };
        let mut tree = Tree::default();
        let is_release = path.is_file() && fs::locate(path).is_err();
        let place = if is_release {
            let path = normalized(path);
            tree.insert(path.clone(), fs::read(&path));
            Place::Release(path)
        } else {
            let dir = fs::locate(path)?;
            if !task.all && fs::identity(&dir) == fs::identity(home) {
                let message = format!("`{from}` is the overlay that is rendered here");
                return Err(Diagnostic::error(message).hint("name another overlay"));
            }
            gather(&mut tree, &dir, Reach::Own, &mut |path| fs::read(path));
            Place::Overlay(dir)
        };
        Ok(Self { name: from, tree, place })
    }

    /// `spec.images`, as the kustomization that it would be.
    fn inline(images: &[ImageEntry]) -> Result<Self, Diagnostic> {
        let text = serde_json::to_string(&serde_json::json!({ "images": images }))
            .map_err(|error| Diagnostic::error(format!("`images`: {error}")))?;
        let mut tree = Tree::default();
        let dir = Utf8PathBuf::from(INLINE);
        tree.insert(dir.join("kustomization.yaml"), Content::Bytes(text.into_bytes()));
        Ok(Self { name: INLINE, tree, place: Place::Overlay(dir) })
    }

    /// Whether it is `spec.images`.
    pub(super) fn is_inline(&self) -> bool {
        self.name == INLINE
    }

    fn overlay(&self) -> Result<Overlay<'_>, Diagnostic> {
        match &self.place {
            Place::Overlay(dir) => Overlay::read(&self.tree, dir, self.name, None),
            Place::Release(path) => Overlay::release(&self.tree, path, self.name, None),
        }
    }

    /// Its values.
    ///
    /// # Errors
    /// A diagnostic for what cannot be read.
    pub(super) fn read(&self, selection: &Selection) -> Result<Source, Diagnostic> {
        let source = Source::read(&self.overlay()?, selection)?;
        Ok(Source { dir: None, ..source })
    }

    /// The keys of its images.
    ///
    /// # Errors
    /// As [`Given::read`].
    pub(super) fn image_keys(&self) -> Result<Vec<String>, Diagnostic> {
        let images = Promotion { kinds: vec!["images".to_owned()], ..Promotion::default() };
        let fields = plan::fields(&self.overlay()?, &Selection::new(&images)?)?;
        let mut keys: Vec<_> = fields
            .into_iter()
            .filter(|field| field.kind == "images")
            .map(|field| field.key)
            .collect();
        keys.dedup();
        Ok(keys)
    }
}

/// What `spec.images` says beside versions: it is in kustomize's own form, and means what it means
/// there. In the order in which it is written.
pub(super) fn as_given(promotion: &Promotion, own: &[Field], wanted: &mut Vec<Wanted>) {
    for given in &promotion.images {
        let known = wanted.iter_mut().find(|wanted| wanted.key == given.name);
        match known {
            Some(known) => {
                known.entry.new_name.clone_from(&given.new_name);
                known.entry.tag_suffix.clone_from(&given.tag_suffix);
            }
            None if given.new_tag.is_empty() && given.digest.is_empty() => {
                let mirror = own.iter().find(|field| field.key == given.name);
                let mirror = mirror.and_then(|field| field.repository.as_ref());
                let name = promotion.names.get(&given.name).or(mirror);
                let name = name.map_or_else(|| given.name.clone(), |name| regex::escape(name));
                wanted.push(Wanted {
                    key: given.name.clone(),
                    entry: ImageEntry { name, ..given.clone() },
                    left: None,
                });
            }
            None => {}
        }
    }
}
