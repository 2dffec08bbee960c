//! Overlays as they were at a Git revision, read through the user's `git` without touching the
//! working tree.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, printable};
use crate::io::fs::reason;
use crate::io::process::Call;
use crate::tree::{Content, normalized};

/// A commit of a repository, open for reading.
pub struct Revision {
    /// The commit's full hash.
    pub commit: String,
    /// Where `git` runs, and where that is in the repository.
    anchor: Utf8PathBuf,
    prefix: Utf8PathBuf,
    process: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Revision {
    /// Opens `revision` of the repository around `path`, which need not exist in the working tree.
    ///
    /// # Errors
    /// A [`Diagnostic`] when there is no repository or no such revision; the system's error when
    /// `git` cannot be run.
    pub fn open(path: &Utf8Path, revision: &str) -> Result<Self> {
        let anchor = anchor(path);
        let prefix = ask(&anchor, &["rev-parse", "--show-prefix"])?.map_err(|reason| {
            Diagnostic::error(format!(
                "Git cannot read `{anchor}`, so there is no revision `{revision}`: {reason}"
            ))
        })?;
        let commit = resolve(&anchor, revision)?;
        let mut process = git(&anchor)
            .args(["cat-file", "--batch", "--follow-symlinks"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("failed to run `git`")?;
        let requests = process.stdin.take();
        let answers = process.stdout.take().context("failed to read from `git`")?;
        let answers = BufReader::new(answers);
        Ok(Self { commit, anchor, prefix: prefix.into(), process, requests, answers })
    }

    /// Whether the commit is part of the history of what is checked out.
    ///
    /// # Errors
    /// The system's error when `git` cannot be run.
    pub fn is_past(&self) -> Result<bool> {
        let args = ["merge-base", "--is-ancestor", &self.commit, "HEAD"];
        Ok(ask(&self.anchor, &args)?.is_ok())
    }

    /// `path` as the repository knows it.
    pub fn path(&self, path: &Utf8Path) -> Utf8PathBuf {
        normalized(&self.prefix.join(relative(path, &self.anchor)))
    }

    /// Writes all that the commit holds to a directory in `place`, which is ours, and says which.
    /// No hook is run, nothing is fetched from Git LFS, and submodules stay empty.
    ///
    /// # Errors
    /// `git` cannot be run or cannot do it, in its own words.
    pub fn check_out(&self, place: &Utf8Path) -> Result<Utf8PathBuf, Diagnostic> {
        let problem =
            |why: &str| Diagnostic::error(format!("Git cannot check out `{}`: {why}", self.commit));
        let told = |answer: Result<Result<String, String>>| match answer {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(why)) => Err(problem(&why)),
            Err(error) => Err(problem(&format!("{error:#}"))),
        };
        let tree = place.join("tree");
        std::fs::create_dir_all(&tree).map_err(|error| problem(&reason(&error)))?;
        let home = told(ask(&self.anchor, &["rev-parse", "--absolute-git-dir"]))?;
        let run = |args: &[&str]| {
            let mut command = git(&tree);
            command.envs([("GIT_DIR", home.as_str()), ("GIT_WORK_TREE", tree.as_str())]);
            command.env("GIT_INDEX_FILE", place.join("index")).env("GIT_LFS_SKIP_SMUDGE", "1");
            command.arg("-c").arg(format!("core.hooksPath={}", place.join("none")));
            command.args(["-c", "core.sparseCheckout=false", "-c", "core.fsmonitor=false"]);
            told(answer(command.args(args)))
        };
        run(&["read-tree", &self.commit])?;
        run(&["checkout-index", "--all", "--force"])?;
        Ok(tree)
    }

    /// What `path` held at the revision.
    pub fn read(&mut self, path: &Utf8Path) -> Content {
        match self.ask(path) {
            Ok(Some(bytes)) => Content::Bytes(bytes),
            Ok(None) => Content::Absent,
            Err(error) => Content::Unreadable(format!("{error:#}")),
        }
    }

    /// One question of `git cat-file --batch`: `<object> SP <type> SP <size> LF <bytes> LF`, or a
    /// line that ends in what went wrong.
    fn ask(&mut self, path: &Utf8Path) -> Result<Option<Vec<u8>>> {
        let path = self.path(path);
        if path.as_str().contains('\n') {
            return Ok(None);
        }
        let requests = self.requests.as_mut().context("`git` is gone")?;
        writeln!(requests, "{}:{path}", self.commit).context("failed to ask `git`")?;
        requests.flush().context("failed to ask `git`")?;
        let mut line = String::new();
        self.answers.read_line(&mut line).context("failed to read from `git`")?;
        let words: Vec<_> = line.split_whitespace().collect();
        match words.as_slice() {
            [_, kind @ ("blob" | "tree" | "commit" | "tag"), size] => {
                let size: usize = size.parse().context("`git` gave no size")?;
                // The answer ends with a line break of its own.
                let mut bytes = vec![0; size + 1];
                self.answers.read_exact(&mut bytes).context("failed to read from `git`")?;
                bytes.pop();
                Ok((*kind == "blob").then_some(bytes))
            }
            // Links that lead nowhere answer with a number of bytes to come.
            ["dangling" | "loop" | "notdir" | "symlink", size] => {
                let size: usize = size.parse().context("`git` gave no size")?;
                self.answers
                    .read_exact(&mut vec![0; size + 1])
                    .context("failed to read from `git`")?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }
}

/// `dir` as its repository knows it, and the commit that is checked out; no commit where `files` are
/// not as they are in it. `None` outside of any repository.
///
/// # Errors
/// The system's error when `git` is there and cannot be run.
pub fn head(dir: &Utf8Path, files: &[&Utf8Path]) -> Result<Option<(Utf8PathBuf, Option<String>)>> {
    let anchor = anchor(dir);
    let Ok(Ok(prefix)) = ask(&anchor, &["rev-parse", "--show-prefix"]) else { return Ok(None) };
    // Git takes an empty path for a mistake.
    let inner =
        |path: &Utf8Path| Utf8PathBuf::from(".").join(relative(path, &anchor)).into_string();
    let path = normalized(&Utf8PathBuf::from(prefix).join(inner(dir)));
    let files: Vec<_> = files.iter().map(|file| inner(file)).collect();
    let files = files.iter().map(String::as_str);
    let same: Vec<_> = ["diff", "--quiet", "HEAD", "--"].into_iter().chain(files.clone()).collect();
    let clean = are_watched(&anchor, files)? && ask(&anchor, &same)?.is_ok();
    let commit = ask(&anchor, &["rev-parse", "--verify", "--quiet", "HEAD"])?.ok();
    Ok(Some((path, commit.filter(|_| clean))))
}

/// Whether `ancestor` is `commit` or in its history, in the repository around `dir`; `None` where
/// that cannot be told because one of them, or the history between them, is not here.
///
/// # Errors
/// The system's error when `git` cannot be run.
pub fn is_ancestor(dir: &Utf8Path, ancestor: &str, commit: &str) -> Result<Option<bool>> {
    let is_hash = |text: &str| text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hash(ancestor) || !is_hash(commit) {
        return Ok(None);
    }
    let anchor = anchor(dir);
    let [ancestor, commit] = [ancestor, commit].map(|hash| format!("{hash}^{{commit}}"));
    let args = ["merge-base", "--is-ancestor", &ancestor, &commit];
    let status = git(&anchor).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let status = status.context("failed to run `git`, which knows commits: is it installed?")?;
    let is_whole = || {
        let answer = ask(&anchor, &["rev-parse", "--is-shallow-repository"])?;
        anyhow::Ok(answer.is_ok_and(|answer| answer == "false"))
    };
    Ok(match status.code() {
        Some(0) => Some(true),
        // What a shallow clone has cut off may well be an ancestor.
        Some(1) if is_whole()? => Some(false),
        _ => None,
    })
}

/// How many revisions are named at most, and how long `git` may take to say them.
const MOST_NAMES: usize = 300;
const PATIENCE: Duration = Duration::from_millis(500);

/// What the repository around `path` calls its commits, each with what it is: the last ones of what is
/// checked out, branches, and tags, new versions first. Nothing where `git` cannot say it in time.
pub fn names(path: &Utf8Path) -> Vec<(String, String)> {
    let anchor = anchor(path);
    let say = |args: &[&str]| {
        let mut command = git(&anchor);
        // A partial clone would ask the network for what it lacks.
        command.env("GIT_NO_LAZY_FETCH", "1").args(args);
        command.stdin(Stdio::null()).stderr(Stdio::null());
        let call = Call { command, input: None, most: 1 << 20, limit: PATIENCE, alone: true };
        let text = call.run().map(|output| output.text).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    };
    // Plumbing: `git log` may be set to run programs of the repository's choice.
    let log = say(&["rev-list", "--first-parent", "--max-count=4", "--format=%s", "HEAD"]);
    let subjects = log.lines().filter(|line| !line.starts_with("commit "));
    let commits = subjects.zip(["HEAD", "HEAD~1", "HEAD~2", "HEAD~3"]);
    let commits = commits.map(|(subject, name)| (name.to_owned(), printable(subject)));
    let heads = say(&["for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes"]);
    let tags =
        say(&["for-each-ref", "--sort=-version:refname", "--format=%(refname)", "refs/tags"]);
    let refs = heads.lines().chain(tags.lines()).filter(|name| !name.ends_with("/HEAD"));
    let refs = refs.filter_map(|name| {
        let (kind, name) = name.strip_prefix("refs/")?.split_once('/')?;
        let what = match kind {
            "heads" => "branch",
            "remotes" => "remote branch",
            _ => "tag",
        };
        Some((name.to_owned(), what.to_owned()))
    });
    commits.chain(refs).take(MOST_NAMES).collect()
}

impl Drop for Revision {
    fn drop(&mut self) {
        self.requests = None;
        // Reaping can only fail when the process is gone already.
        let _ = self.process.wait();
    }
}

fn git(dir: &Utf8Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(dir).env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
    command
}

/// Whether `files` are tracked, and none of them is hidden from `git diff`, as those are that
/// `update-index` marked with `--assume-unchanged` or `--skip-worktree`.
fn are_watched<'f>(dir: &Utf8Path, files: impl Iterator<Item = &'f str>) -> Result<bool> {
    let answer = git(dir).args(["ls-files", "-v", "--error-unmatch", "--"]).args(files).output();
    let answer = answer.context("failed to run `git`")?;
    let tags = answer.stdout.split(|byte| *byte == b'\n').filter_map(|line| line.first());
    Ok(answer.status.success() && tags.into_iter().all(|tag| *tag == b'H'))
}

/// What `git` says to `args`: its first line, or why it says nothing.
fn ask(dir: &Utf8Path, args: &[&str]) -> Result<Result<String, String>> {
    answer(git(dir).args(args))
}

fn answer(command: &mut Command) -> Result<Result<String, String>> {
    let answer = command.stdin(Stdio::null()).output();
    let answer = answer.context("failed to run `git`, which reads revisions: is it installed?")?;
    let line =
        |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned();
    Ok(match answer.status.success() {
        true => Ok(line(&answer.stdout)),
        false => Err(line(&answer.stderr).trim_start_matches("fatal: ").to_owned()),
    })
}

fn resolve(dir: &Utf8Path, revision: &str) -> Result<String> {
    let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
    // Peeled in a second step: `:/text^{commit}` would be a search for all of it.
    if let Ok(object) = ask(dir, &[&verify[..], &[revision]].concat())?
        && let Ok(commit) = ask(dir, &[&verify[..], &[&format!("{object}^{{commit}}")]].concat())?
    {
        return Ok(commit);
    }
    let known = git(dir).args(["for-each-ref", "--format=%(refname:short)"]).output();
    let names = known.map(|known| String::from_utf8_lossy(&known.stdout).into_owned());
    let names = names.context("failed to run `git`")?;
    let problem = Diagnostic::error(format!("there is no Git revision `{revision}`"));
    let near = names.lines().min_by_key(|name| strsim::damerau_levenshtein(name, revision));
    let near =
        near.filter(|name| strsim::damerau_levenshtein(name, revision) <= 2.max(name.len() / 4));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name a branch, a tag or a commit; fetch it first where it is not here".to_owned(),
    };
    Err(problem.hint(hint).into())
}

/// Where to run `git`: in the nearest directory of `path` that is there. In a hook `GIT_DIR` is set,
/// and means something where the hook runs only.
fn anchor(path: &Utf8Path) -> Utf8PathBuf {
    if std::env::var_os("GIT_DIR").is_some() {
        return Utf8PathBuf::from(".");
    }
    let path = normalized(path);
    let found = path.ancestors().find(|dir| !dir.as_str().is_empty() && dir.is_dir());
    found.map_or_else(|| Utf8PathBuf::from("."), Utf8Path::to_owned)
}

/// `path` as seen from `base`, both relative to the same directory.
fn relative(path: &Utf8Path, base: &Utf8Path) -> Utf8PathBuf {
    let parts = |path: &Utf8Path| {
        let path = normalized(path);
        let own = path.components().filter(|part| part.as_str() != ".");
        own.map(|part| part.as_str().to_owned()).collect::<Vec<_>>()
    };
    let (path, base) = (parts(path), parts(base));
    let shared = path.iter().zip(&base).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..", base.len() - shared);
    up.chain(path[shared..].iter().map(String::as_str)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> (tempfile::TempDir, Utf8PathBuf, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(dir.path().canonicalize().unwrap()).unwrap();
        let run = |args: &[&str]| ask(&root, args).unwrap().unwrap();
        run(&["init", "-q"]);
        let commits = ["1", "2"].map(|text| {
            std::fs::create_dir_all(root.join("a/b")).unwrap();
            std::fs::write(root.join("a/b/file"), text).unwrap();
            run(&["add", "-A"]);
            let who = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
            run(&[&who[..], &["commit", "-qm", text]].concat());
            run(&["rev-parse", "HEAD"])
        });
        (dir, root, commits.to_vec())
    }

    #[test]
    fn ancestors_are_told_where_they_are_known() {
        let (_dir, root, commits) = repository();
        let [old, new] = commits.as_slice() else { panic!() };
        let ask = |one: &str, other: &str| is_ancestor(&root, one, other).unwrap();
        assert_eq!(ask(old, new), Some(true));
        assert_eq!(ask(new, new), Some(true));
        assert_eq!(ask(new, old), Some(false));
        assert_eq!(ask(&"0".repeat(40), new), None);
        assert_eq!(ask("--help", new), None);
        assert_eq!(ask("HEAD~1", new), None);
        let clone = root.join("clone");
        let from = format!("file://{root}");
        super::ask(&root, &["clone", "-q", "--depth=1", &from, clone.as_str()]).unwrap().unwrap();
        assert_eq!(is_ancestor(&clone, old, new).unwrap(), None);
    }

    #[test]
    fn a_checkout_leaves_the_repository_alone() {
        let (_dir, root, commits) = repository();
        std::fs::write(root.join("a/b/file"), "mine").unwrap();
        let hook = root.join(".git/hooks/post-index-change");
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, format!("#!/bin/sh\ntouch {root}/hooked\n")).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let index = std::fs::read(root.join(".git/index")).unwrap();
        let place = tempfile::tempdir().unwrap();
        let place = Utf8PathBuf::from_path_buf(place.path().to_owned()).unwrap();
        let revision = Revision::open(&root.join("a"), &commits[0]).unwrap();
        let tree = revision.check_out(&place).unwrap();
        assert_eq!(std::fs::read_to_string(tree.join("a/b/file")).unwrap(), "1");
        assert_eq!(std::fs::read_to_string(root.join("a/b/file")).unwrap(), "mine");
        assert_eq!(std::fs::read(root.join(".git/index")).unwrap(), index);
        assert!(!root.join("hooked").exists());
    }

    #[test]
    fn a_path_is_seen_from_its_anchor() {
        for (path, base, wanted) in [
            ("a/b/c", "a", "b/c"),
            ("a/x", "a/b/c", "../../x"),
            ("./a", ".", "a"),
            ("../a/b", "../a", "b"),
        ] {
            assert_eq!(relative(Utf8Path::new(path), Utf8Path::new(base)), wanted, "{path}");
        }
    }
}
