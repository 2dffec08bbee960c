//! What an overlay renders, by the user's own `kustomize` or `kubectl`.

use std::process::{Command, Stdio};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, printable};
use crate::io::fs::reason;
use crate::io::git::Revision;
use crate::io::process::{Call, Mishap, Output};
use crate::secret::has_login;

/// The most that an overlay may render.
const MOST: u64 = 256 << 20;

/// How long rendering may take: remote bases are cloned, charts are fetched.
const LIMIT: Duration = Duration::from_mins(5);

/// How much of an error is shown: how it begins, and how it ends, where the reason is.
const HEAD: usize = 300;
const TAIL: usize = 500;

/// Who renders, in the order in which they are tried.
const RENDERERS: &[(&str, &str)] = &[("kustomize", "build"), ("kubectl", "kustomize")];

/// The objects of the overlay in `dir`, as YAML of many documents. Helm is run only `with_helm`.
///
/// # Errors
/// Nobody is there to render it, or it cannot be rendered, in the renderer's own words.
pub fn render(dir: &Utf8Path, with_helm: bool) -> Result<String, Diagnostic> {
    by(RENDERERS, dir, with_helm, &|text| text)
}

/// The same as of `revision`, out of a directory of its own; the working tree and Git's index are
/// not touched, and no hook is run.
///
/// # Errors
/// The commit cannot be checked out, or one of [`render`]'s.
pub fn render_at(
    revision: &Revision,
    dir: &Utf8Path,
    with_helm: bool,
) -> Result<String, Diagnostic> {
    let place = tempfile::Builder::new().prefix("kubectl-promote-").tempdir().map_err(|error| {
        Diagnostic::error(format!("there is no room for a checkout: {}", reason(&error)))
    })?;
    let path = Utf8PathBuf::from_path_buf(place.path().to_owned())
        .map_err(|path| Diagnostic::error(format!("`{}` is not UTF-8", path.display())))?;
    // Where the system's directory for such things is a link, renderers show where it leads to. On
    // Windows the answer would be of a form that Git does not know.
    let path = path.canonicalize_utf8().ok().filter(|_| cfg!(unix)).unwrap_or(path);
    let tree = revision.check_out(&path)?;
    let short = revision.commit.get(..12).unwrap_or(&revision.commit);
    let named = |text: String| {
        let text = text.replace(&format!("{tree}/"), &format!("{short}:"));
        text.replace(tree.as_str(), short)
    };
    by(RENDERERS, &tree.join(revision.path(dir)), with_helm, &named)
}

/// The first of `renderers` that is there; `named` gives paths in messages their names.
fn by(
    renderers: &[(&str, &str)],
    dir: &Utf8Path,
    with_helm: bool,
    named: &dyn Fn(String) -> String,
) -> Result<String, Diagnostic> {
    for (program, verb) in renderers {
        let said = named(format!("{program} {verb} {dir}"));
        return match call(program, verb, dir, with_helm).run() {
            Err(Mishap::Missing) => continue,
            Err(mishap) => Err(Diagnostic::error(format!("`{said}` {mishap}"))),
            Ok(output) if output.code == Some(0) => text(output.text, &said),
            Ok(output) => Err(failed(&output, &said, named)),
        };
    }
    let shown = named(dir.to_string());
    Err(Diagnostic::error(format!(
        "`{shown}` cannot be rendered: neither `kustomize` nor `kubectl` is installed"
    ))
    .hint("https://kubectl.docs.kubernetes.io/installation/kustomize tells how to install it"))
}

fn call(program: &str, verb: &str, dir: &Utf8Path, with_helm: bool) -> Call {
    let mut command = Command::new(program);
    // What begins with a dash would be a flag.
    let dir = if dir.as_str().starts_with('-') { Utf8Path::new(".").join(dir) } else { dir.into() };
    command.arg(verb).arg(dir);
    if with_helm {
        command.arg("--enable-helm");
    }
    // Git asks nobody for a login: who renders is not looking.
    command.env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null()).stderr(Stdio::piped());
    Call { command, input: None, most: MOST, limit: LIMIT, alone: false }
}

fn text(bytes: Vec<u8>, said: &str) -> Result<String, Diagnostic> {
    String::from_utf8(bytes)
        .map_err(|_| Diagnostic::error(format!("`{said}` writes something that is not UTF-8")))
}

fn failed(output: &Output, said: &str, named: &dyn Fn(String) -> String) -> Diagnostic {
    let errors = named(String::from_utf8_lossy(&output.errors).into_owned());
    let problem = Diagnostic::error(format!("`{said}` failed: {}", words(&errors)));
    match errors.contains("--enable-helm") {
        true => problem.hint("its charts are rendered by Helm, and only where you allow that"),
        false => problem,
    }
}

/// The error in what a renderer writes, after warnings: its first line, since what follows are
/// dumps of what it was about.
fn words(errors: &str) -> String {
    let mut lines = errors.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = |line: &&str| line.to_ascii_lowercase().starts_with("error: ");
    let line = lines.clone().find(error).or_else(|| lines.next()).unwrap_or_default();
    let line = line.get("error: ".len()..).filter(|_| error(&line)).unwrap_or(line);
    // kubectl logs some errors instead of telling them: `E1120 … "command failed" err="…"`.
    let logged = line.split_once(" err=\"").and_then(|(_, rest)| rest.strip_suffix('"'));
    let line = &logged.map_or_else(|| line.to_owned(), |logged| logged.replace("\\\"", "\""));
    if line.is_empty() {
        return "it does not say why".to_owned();
    }
    if has_login(line) || ["Secret", "stringData"].iter().any(|word| line.contains(word)) {
        return "what it says may hold a secret, so run it yourself".to_owned();
    }
    let letters: Vec<char> = line.chars().collect();
    if letters.len() <= HEAD + TAIL {
        return printable(line);
    }
    let [head, tail] = [&letters[..HEAD], &letters[letters.len() - TAIL..]];
    printable(&format!("{} … {}", String::from_iter(head), String::from_iter(tail)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_renderer_is_told_and_no_secret() {
        for (errors, wanted) in [
            ("# Warning: old\nError: no such file\n\nUsage:\n", "no such file"),
            ("error: must build at directory: not a valid directory: x", "must build at directory"),
            ("E1120 1 run.go:72] \"command failed\" err=\"no \\\"a\\\"\"", "no \"a\""),
            ("", "does not say why"),
            ("Error: git fetch https://me:token@git.example.org: denied", "may hold a secret"),
            ("Error: no patch in [kind: Secret, data: abc]", "may hold a secret"),
            ("Error: a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
        ] {
            let found = words(errors);
            assert!(found.contains(wanted) && !found.contains("token"), "{found}");
        }
        let long = words(&format!("{}why", "ä".repeat(9000)));
        assert!(long.chars().count() < 900 && long.ends_with("why"), "{long}");
    }

    #[test]
    fn where_nobody_renders_it_is_said() {
        let none = &[("kustomize-that-is-not-there", "build")];
        let problem = by(none, Utf8Path::new("overlays/prod"), false, &|text| text).unwrap_err();
        assert_eq!(
            problem.message,
            "`overlays/prod` cannot be rendered: neither `kustomize` nor `kubectl` is installed"
        );
        assert!(problem.hint.is_some());
    }

    #[test]
    fn helm_is_run_only_where_it_is_allowed() {
        let args = |with_helm| {
            let call = call("kustomize", "build", Utf8Path::new("-x"), with_helm);
            call.command.get_args().map(|arg| arg.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(args(false), ["build", "./-x"]);
        assert_eq!(args(true), ["build", "./-x", "--enable-helm"]);
    }
}
