//! Which commits branches and tags of remote repositories are, asked through the user's `git`: its
//! configuration, its credential helpers and its proxies are the user's own.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::facts::{Answer, Failure, Reason, Ref};
use crate::io::watch::Watch;
use crate::version::is_whole_commit;

/// How many repositories are asked at a time.
const AT_ONCE: usize = 8;

/// How to ask.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long one repository may take.
    pub timeout: Duration,
    /// Go on after the first failure.
    pub keep_going: bool,
}

/// Waits a minute, and stops at the first failure.
impl Default for Options {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(60), keep_going: false }
    }
}

/// The commits of `refs`: one `git ls-remote` a repository. Without `keep_going` those that were
/// not asked about after the first failure are left out.
pub fn ask(refs: &[Ref], options: Options, watch: &dyn Watch) -> Vec<(Ref, Answer)> {
    let mut repositories: BTreeMap<&str, Vec<&Ref>> = BTreeMap::new();
    for wanted in refs {
        repositories.entry(&wanted.url).or_default().push(wanted);
    }
    let repositories: Vec<_> = repositories.into_iter().collect();
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let answers = Mutex::new(BTreeMap::new());
    let work = || {
        while let Some((url, refs)) = repositories.get(next.fetch_add(1, Ordering::Relaxed)) {
            if failed.load(Ordering::Relaxed) && !options.keep_going {
                return;
            }
            let found = commits(url, refs, options.timeout, watch);
            failed.fetch_or(found.iter().any(|(_, answer)| answer.is_err()), Ordering::Relaxed);
            found.iter().for_each(|_| watch.answered());
            answers.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
        }
    };
    let threads = AT_ONCE.min(repositories.len());
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    answers.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect()
}

/// The commits of `refs`, all of the repository `url`.
fn commits(url: &str, refs: &[&Ref], limit: Duration, watch: &dyn Watch) -> Vec<(Ref, Answer)> {
    let start = Instant::now();
    let listing = ls_remote(url, refs, limit);
    let took = start.elapsed().as_millis();
    watch.trace(&format!("git ls-remote {} ({took} ms)", redacted(url)));
    let answer = |wanted: &Ref| match &listing {
        Ok(listing) => find(listing, &wanted.name).ok_or_else(|| absent(wanted)),
        Err(failure) => Err(failure.clone()),
    };
    refs.iter().map(|wanted| ((*wanted).clone(), answer(wanted))).collect()
}

/// The commit that `git fetch URL NAME` would get: the first of the places in which Git looks for a
/// name (gitrevisions(7)); annotated tags peeled.
fn find(listing: &str, name: &str) -> Option<String> {
    let id = |wanted: &str| {
        let mut lines = listing.lines().filter_map(|line| line.split_once('\t'));
        // Whoever stands in for Git: only a hash can be put into a URL as what it is.
        lines
            .find(|(id, found)| *found == wanted && is_whole_commit(id))
            .map(|(id, _)| id.to_owned())
    };
    places(name).iter().find_map(|place| id(&format!("{place}^{{}}")).or_else(|| id(place)))
}

fn places(name: &str) -> [String; 4] {
    ["", "refs/", "refs/tags/", "refs/heads/"].map(|place| format!("{place}{name}"))
}

/// What `git ls-remote` lists for the names of `refs`.
fn ls_remote(url: &str, refs: &[&Ref], limit: Duration) -> Result<String, Failure> {
    let mut git = Command::new("git");
    git.args(["ls-remote", "--quiet", "--", url]);
    for wanted in refs {
        // Patterns match from the end of a name on, whole segments only.
        git.arg(&wanted.name).arg(format!("{}^{{}}", wanted.name));
    }
    git.env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
    let child = git.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.map_err(|error| {
        let why = format!("`git`, which looks up refs, cannot be run: {error}");
        failure(url, &why, Some("install git"))
    })?;
    let outcome = output(child, limit).map_err(|why| failure(url, &why, None))?;
    match outcome {
        Ok(listing) => Ok(listing),
        Err(stderr) => Err(refused(url, &stderr)),
    }
}

/// What a process prints: its stdout, or its stderr when it failed.
fn output(mut child: Child, limit: Duration) -> Result<Result<String, String>, String> {
    let (stdout, stderr) = (child.stdout.take().map(reader), child.stderr.take().map(reader));
    let end = Instant::now() + limit;
    let read = |from: Option<Receiver<String>>| {
        let left = end.saturating_duration_since(Instant::now());
        from.and_then(|from| from.recv_timeout(left).ok())
    };
    let (Some(stdout), Some(stderr)) = (read(stdout), read(stderr)) else {
        // It may be gone by now, which is what is wanted.
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("no answer within {} s", limit.as_secs_f32()));
    };
    let status = child.wait().map_err(|error| error.to_string())?;
    Ok(if status.success() { Ok(stdout) } else { Err(stderr) })
}

fn reader(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error counts; the exit code says whether it was all.
        let _ = from.read_to_end(&mut bytes);
        let _ = send.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receive
}

fn absent(wanted: &Ref) -> Failure {
    let Ref { url, name } = wanted;
    let hint = if name.bytes().all(|byte| byte.is_ascii_hexdigit()) && name.len() >= 7 {
        "a short commit cannot be looked up: write all of its 40 characters"
    } else {
        "is it pushed, and spelled as there?"
    };
    let message = format!("`{}` has no branch or tag `{name}`", redacted(url));
    Failure { reason: Reason::Absent, message, hint: Some(hint.to_owned()) }
}

/// Git's own words about `url`.
fn refused(url: &str, stderr: &str) -> Failure {
    let told =
        |line: &&str| ["fatal:", "ERROR:", "error:"].iter().any(|word| line.starts_with(word));
    let line = stderr.lines().find(told).or_else(|| stderr.lines().last()).unwrap_or("git failed");
    let why = line.trim_start_matches("fatal: ").replace(url, &redacted(url));
    let prompt = why.contains("terminal prompts disabled");
    let hint = prompt.then_some("give git a credential helper for this host, or an SSH key");
    failure(url, &without_userinfo(&why), hint)
}

/// What Git, curl and SSH say where there is no network.
const UNREACHABLE: [&str; 4] = [
    "Could not resolve host",
    "Failed to connect",
    "Network is unreachable",
    "Name or service not known",
];

fn failure(url: &str, why: &str, hint: Option<&str>) -> Failure {
    let message = format!("`{}` cannot be asked for its refs: {why}", redacted(url));
    let unreachable = UNREACHABLE.iter().any(|words| why.contains(words));
    let reason = if unreachable { Reason::Unreachable } else { Reason::Unknown };
    Failure { reason, message, hint: hint.map(str::to_owned) }
}

/// `url` without what may be a secret: user and password before the host. Of the short form kustomize
/// makes some itself, so that only its usual user is known to be none.
fn redacted(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..end].rfind('@').map_or(0, |at| at + 1);
            format!("{scheme}://{}", &rest[host..])
        }
        None => match url.split_once('@') {
            Some((user, host)) if user != "git" => host.to_owned(),
            _ => url.to_owned(),
        },
    }
}

/// Every URL in `text` redacted.
fn without_userinfo(text: &str) -> String {
    text.split(' ').map(redacted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_git_looks_for_them() {
        let listing = "\
            1\trefs/heads/v1\n2\trefs/tags/v1\n3\trefs/tags/v1^{}\n4\trefs/heads/main\n\
            5\trefs/heads/x/main\n6\tHEAD\n7\trefs/pull/9/head\n8\trefs/tags/light\n";
        let listing =
            listing.replace('\t', &format!("{}\t", "0".repeat(39))) + "x: y\trefs/tags/odd\n";
        for (name, wanted) in [
            ("v1", Some("3")),
            ("main", Some("4")),
            ("x/main", Some("5")),
            ("HEAD", Some("6")),
            ("refs/heads/v1", Some("1")),
            ("heads/v1", Some("1")),
            ("pull/9/head", Some("7")),
            ("light", Some("8")),
            ("v2", None),
            ("odd", None),
            ("x", None),
        ] {
            let wanted = wanted.map(|digit| format!("{digit}{}", "0".repeat(39)));
            assert_eq!(find(&listing, name), wanted, "{name}");
        }
    }

    #[test]
    fn urls_are_shown_without_secrets() {
        for (url, shown) in [
            ("https://me:secret@example.org/a@b", "https://example.org/a@b"),
            ("https://token@example.org", "https://example.org"),
            ("git@github.com:o/r", "git@github.com:o/r"),
            // What kustomize makes of `https://TOKEN@github.com/o/r`.
            ("token@github.com:o/r", "github.com:o/r"),
            ("file:///srv/r", "file:///srv/r"),
        ] {
            assert_eq!(redacted(url), shown);
        }
        let said = refused(
            "https://me:secret@example.org/a",
            "warning: x\nfatal: unable to access 'https://me:secret@example.org/a/': no\n",
        );
        assert!(!said.message.contains("secret"), "{}", said.message);
        let ssh = refused("secret@github.com:o/r", "secret@github.com: Permission denied\n");
        assert!(!ssh.message.contains("secret"), "{}", ssh.message);
        assert!(said.message.ends_with("unable to access 'https://example.org/a/': no"));
    }
}
