//! Writing files: all of them or none, each of them whole.
//!
//! Every file is first written under another name beside its own, synced, and only then given its
//! name. An interrupt is noticed between files: before the first rename it leaves nothing behind,
//! after it the rest is finished.

use std::fs::{self, File, Metadata};
use std::io::Write as _;
#[cfg(unix)]
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use tempfile::{NamedTempFile, TempPath};

use crate::diagnostic::Diagnostic;
use crate::io::fs::reason;
use crate::io::interrupt;

/// A file to be written.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its path; symbolic links are followed and kept.
    pub path: Utf8PathBuf,
    /// What it held when it was read.
    pub before: String,
    /// What it is to hold.
    pub after: String,
}

/// The user pressed Ctrl-C, or the system asked to stop, before anything was written.
#[derive(Debug)]
pub struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted; nothing was written")
    }
}

impl std::error::Error for Interrupted {}

/// A new content beside its file, ready to take its name.
struct Ready<'c> {
    change: &'c Change,
    target: Utf8PathBuf,
    /// Closed: there may be more of them than a program may have open.
    file: TempPath,
}

/// Writes all `changes`.
///
/// # Errors
/// A [`Diagnostic`] for a file that cannot be written or is not what it was when it was read,
/// [`Interrupted`] when asked to stop in time; in all cases no file has changed.
pub fn write_all(changes: &[Change]) -> Result<()> {
    let held = interrupt::hold()?;
    // Where a file may not grow, the system says so once more: as an error, which leaves nothing behind.
    #[cfg(unix)]
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
    write_unless(changes, &|| held.is_asked())
}

fn write_unless(changes: &[Change], stops: &dyn Fn() -> bool) -> Result<()> {
    let mut ready = Vec::new();
    for change in changes {
        ready.push(prepare(change)?);
        if stops() {
            bail!(Interrupted);
        }
    }
    for Ready { change, target, .. } in &ready {
        unchanged(change, target)?;
    }
    commit(ready)
}

/// Writes the new content beside the file, with its mode and owner.
fn prepare(change: &Change) -> Result<Ready<'_>> {
    let path = &change.path;
    let problem = |what: &str, error: &std::io::Error| {
        Diagnostic::error(format!("{what}: {}", reason(error)))
            .file(path)
            .hint("nothing was written")
    };
    let target =
        path.canonicalize_utf8().map_err(|e| problem("the file cannot be found again", &e))?;
    let metadata = fs::metadata(&target).map_err(|e| problem("the file cannot be read", &e))?;
    // A rename asks the directory only: whether the file itself may be written has to be asked here.
    File::options()
        .write(true)
        .open(&target)
        .map_err(|e| problem("the file cannot be written", &e))?;
    if metadata.permissions().readonly() {
        let hint = "nothing was written; make it writable first";
        bail!(Diagnostic::error("the file is read-only").file(path).hint(hint));
    }
    let dir = target.parent().context("a file has a directory")?;
    let file = tempfile::Builder::new()
        .prefix(&format!(".{}.", target.file_name().unwrap_or("kustomization")))
        .tempfile_in(dir)
        .map_err(|e| problem("the directory cannot be written to", &e))?;
    fill(&file, change, &metadata).map_err(|e| problem("the file cannot be written", &e))?;
    Ok(Ready { change, target, file: file.into_temp_path() })
}

fn fill(file: &NamedTempFile, change: &Change, metadata: &Metadata) -> std::io::Result<()> {
    file.as_file().write_all(change.after.as_bytes())?;
    keep_owner(file.as_file(), metadata)?;
    file.as_file().set_permissions(metadata.permissions())?;
    file.as_file().sync_all()
}

/// Owner and group stay. A user who may write the file but not give files away keeps the group, by
/// which others may write it too.
#[cfg(unix)]
fn keep_owner(file: &File, metadata: &Metadata) -> std::io::Result<()> {
    use std::io::{Error, ErrorKind};
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (metadata.uid(), metadata.gid()) {
        return Ok(());
    }
    match fchown(file, Some(metadata.uid()), Some(metadata.gid())) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let group = metadata.gid();
            fchown(file, None, Some(group))
                .map_err(|e| Error::new(e.kind(), format!("its group ({group}) is not yours")))
        }
        other => other,
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> std::io::Result<()> {
    Ok(())
}

fn unchanged(change: &Change, target: &Utf8Path) -> Result<()> {
    let now = fs::read(target).ok();
    if now.as_deref() != Some(change.before.as_bytes()) {
        let problem =
            Diagnostic::error("the file has changed since it was read").file(&change.path);
        bail!(problem.hint("nothing was written; run the command again"));
    }
    Ok(())
}

/// Gives every new content its name. When one cannot have it, those before it are put back.
fn commit(ready: Vec<Ready<'_>>) -> Result<()> {
    let mut done: Vec<(&Change, Utf8PathBuf)> = Vec::new();
    for Ready { change, target, file } in ready {
        if let Err(error) = file.persist(&target) {
            let back: Vec<_> =
                done.iter().map(|(change, target)| put_back(change, target)).collect();
            let message = format!("the file cannot be replaced: {}", reason(&error.error));
            let problem = Diagnostic::error(message).file(&change.path);
            bail!(match back.into_iter().collect::<Result<Vec<_>>>() {
                Ok(_) => problem.hint("nothing was written"),
                Err(error) =>
                    problem.hint(format!("other files were written and stay so: {error:#}")),
            });
        }
        sync_directory(&target);
        done.push((change, target));
    }
    Ok(())
}

fn put_back(change: &Change, target: &Utf8Path) -> Result<()> {
    let back = Change {
        path: target.to_owned(),
        before: change.after.clone(),
        after: change.before.clone(),
    };
    let ready = prepare(&back)?;
    ready.file.persist(target).with_context(|| format!("failed to put {target} back"))?;
    Ok(())
}

/// A rename lasts when its directory is on disk. Systems that cannot sync one do it by themselves.
fn sync_directory(target: &Utf8Path) {
    if let Some(dir) = target.parent().and_then(|dir| File::open(dir).ok()) {
        let _ = dir.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(dir: &tempfile::TempDir, name: &str, text: &str) -> Utf8PathBuf {
        let path = Utf8PathBuf::from_path_buf(dir.path().join(name)).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn change(path: &Utf8Path, before: &str, after: &str) -> Change {
        Change { path: path.to_owned(), before: before.to_owned(), after: after.to_owned() }
    }

    fn names(dir: &tempfile::TempDir) -> usize {
        fs::read_dir(dir.path()).unwrap().count()
    }

    #[test]
    fn a_file_that_changed_in_between_stops_all() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (file(&dir, "a", "1"), file(&dir, "b", "other"));
        let error = write_all(&[change(&a, "1", "2"), change(&b, "1", "2")]).unwrap_err();
        assert!(error.to_string().contains("changed since"));
        assert_eq!((fs::read_to_string(a).unwrap(), names(&dir)), ("1".to_owned(), 2));
    }

    #[test]
    fn an_interrupt_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let a = file(&dir, "a", "1");
        let error = write_unless(&[change(&a, "1", "2")], &|| true).unwrap_err();
        assert!(error.is::<Interrupted>());
        assert_eq!((fs::read_to_string(a).unwrap(), names(&dir)), ("1".to_owned(), 1));
    }

    #[test]
    fn a_file_that_cannot_be_replaced_brings_the_others_back() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (file(&dir, "a", "1"), file(&dir, "b", "1"));
        let changes = [change(&a, "1", "2"), change(&b, "1", "2")];
        let ready: Vec<_> = changes.iter().map(|change| prepare(change).unwrap()).collect();
        // A directory in the file's place is what a rename cannot replace.
        fs::remove_file(&b).unwrap();
        fs::create_dir(&b).unwrap();
        assert!(commit(ready).is_err());
        assert_eq!(fs::read_to_string(a).unwrap(), "1");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_modes_are_kept() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let dir = tempfile::tempdir().unwrap();
        let a = file(&dir, "a", "1");
        fs::set_permissions(&a, fs::Permissions::from_mode(0o640)).unwrap();
        let link = a.with_file_name("link");
        symlink("a", &link).unwrap();
        write_all(&[change(&link, "1", "2")]).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&a).unwrap(), "2");
        assert_eq!(fs::metadata(&a).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
