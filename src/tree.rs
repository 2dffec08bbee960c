//! Files in memory: what a face reads before the core works, and what it may write afterwards.

use std::collections::HashMap;
use std::path::MAIN_SEPARATOR;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// What reading a path came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The bytes of a file.
    Bytes(Vec<u8>),
    /// There is no such file; a directory is none.
    Absent,
    /// It is there and cannot be read: the system's reason.
    Unreadable(String),
}

/// A set of files by path. A path that was looked for and not found is remembered too.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Problems are rare and large, and files are many: a box keeps the table small.
    files: HashMap<Utf8PathBuf, Result<Option<String>, Box<Diagnostic>>>,
}

impl Tree {
    /// Takes in what `path` holds. Bytes that are no UTF-8 text become a diagnostic, which
    /// [`Tree::read`] gives to whoever wants the file.
    pub fn insert(&mut self, path: Utf8PathBuf, content: Content) {
        let text = match content {
            Content::Absent => Ok(None),
            Content::Bytes(bytes) => decode(&path, bytes).map(Some),
            Content::Unreadable(reason) => {
                let message = format!("the file cannot be read: {reason}");
                Err(Diagnostic::error(message).file(&path))
            }
        };
        self.files.insert(path, text.map_err(Box::new));
    }

    /// Whether `path` was looked for.
    pub fn knows(&self, path: &Utf8Path) -> bool {
        self.files.contains_key(path)
    }

    /// The paths of the files that are there, in no particular order.
    pub fn paths(&self) -> impl Iterator<Item = &Utf8Path> {
        let there = self.files.iter().filter(|(_, content)| matches!(content, Ok(Some(_))));
        there.map(|(path, _)| path.as_path())
    }

    /// The text of `path`; `None` when there is no such file.
    ///
    /// # Errors
    /// The diagnostic of a file that is there and is no text.
    pub fn read(&self, path: &Utf8Path) -> Result<Option<&str>, &Diagnostic> {
        match self.files.get(path) {
            Some(Ok(text)) => Ok(text.as_deref()),
            Some(Err(problem)) => Err(problem),
            None => Ok(None),
        }
    }
}

fn decode(path: &Utf8Path, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Diagnostic::error("the file is UTF-16, which is not edited")
            .file(path)
            .hint("save it as UTF-8"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let end = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..end]).into_owned();
        Diagnostic::error("the file is not UTF-8 text")
            .at(path, &text, Span::at(end))
            .without_excerpt()
            .hint("save it as UTF-8")
    })
}

/// The path of `name` in `dir`, normalized.
pub fn join(dir: &Utf8Path, name: &str) -> Utf8PathBuf {
    normalized(&dir.join(name))
}

/// The directory of the file `path`: `.` where nothing is said.
pub fn dir_of(path: &Utf8Path) -> Utf8PathBuf {
    match path.parent() {
        Some(dir) if !dir.as_str().is_empty() => dir.to_owned(),
        _ => Utf8PathBuf::from("."),
    }
}

/// `path` without `.` and with `..` resolved by name, so that one file has one path in a tree; its
/// names stand between slashes on every system.
pub fn normalized(path: &Utf8Path) -> Utf8PathBuf {
    let mut out = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            // Nothing is above the root.
            Utf8Component::ParentDir if out.has_root() => {}
            other => out.push(other),
        }
    }
    if out.as_str().is_empty() { Utf8PathBuf::from(".") } else { slashed(out.into_string()).into() }
}

/// `path` as Git and kustomize write it, and as every system reads it.
pub fn slashed(path: String) -> String {
    with_slashes(path, MAIN_SEPARATOR)
}

/// `path` with slashes where it has `separator`, unless Windows would read no other in it
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>, `\\?\`).
fn with_slashes(path: String, separator: char) -> String {
    match separator {
        '/' => path,
        _ if path.starts_with(r"\\?\") => path,
        other => path.replace(other, "/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalized_by_name() {
        for (path, wanted) in [
            ("a/./b/../c", "a/c"),
            ("../../a", "../../a"),
            ("a/..", "."),
            ("/a/../../b", "/b"),
            ("./a/", "a"),
        ] {
            assert_eq!(normalized(Utf8Path::new(path)), wanted, "{path}");
        }
    }

    #[test]
    fn names_stand_between_slashes_on_every_system() {
        for (path, separator, wanted) in [
            (r"web\overlays\dev", '\\', "web/overlays/dev"),
            (r"..\web/dev", '\\', "../web/dev"),
            (r"C:\shop\dev", '\\', "C:/shop/dev"),
            (r"\\server\share\dev", '\\', "//server/share/dev"),
            (r"\\?\C:\shop\dev", '\\', r"\\?\C:\shop\dev"),
            // There it is part of a name.
            (r"web\dev", '/', r"web\dev"),
        ] {
            assert_eq!(with_slashes(path.to_owned(), separator), wanted, "{path}");
        }
    }

    #[test]
    fn what_is_no_text_says_so() {
        let mut tree = Tree::default();
        tree.insert("a".into(), Content::Bytes(vec![0xff, 0xfe, b'a', 0]));
        tree.insert("b".into(), Content::Bytes(b"a: 1\nb: \xff\n".to_vec()));
        tree.insert("c".into(), Content::Absent);
        assert!(tree.read(Utf8Path::new("a")).unwrap_err().message.contains("UTF-16"));
        let place = tree.read(Utf8Path::new("b")).unwrap_err().place.clone().unwrap();
        assert_eq!((place.position.line, place.position.column), (2, 4));
        assert_eq!(tree.read(Utf8Path::new("c")), Ok(None));
        assert!(tree.knows(Utf8Path::new("c")) && !tree.knows(Utf8Path::new("d")));
    }
}
