//! The golden cases: `testdata/<kind>/<case>/`.
//!
//! A case holds `source/`, `before/` (the target as found), `after/` (as it must become, byte for
//! byte; absent where nothing may be written), any other directories that the two need, and `cmd`:
//! the command, and on a second line `? CODE` when the exit code is not 0. `stdout` and `stderr` are
//! what people read. `SNAPSHOTS=overwrite` writes `after`, `stdout` and `stderr` anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_yaml::Value;
use support::{Run, Sandbox, copy, files};

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn main() {
    let args = Arguments::from_args();
    let mut trials = Vec::new();
    for kind in dirs(&support::root().join("testdata")) {
        for case in dirs(&kind).into_iter().filter(|case| case.join("cmd").is_file()) {
            let name =
                [&kind, &case].map(|dir| dir.file_name().unwrap().to_string_lossy().into_owned());
            trials.push(Trial::test(name.join("/"), move || run(&case)));
        }
    }
    assert!(!trials.is_empty(), "there are golden cases");
    libtest_mimic::run(&args, trials).exit();
}

fn dirs(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut dirs: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    dirs.sort();
    dirs
}

/// The command of a case.
struct Cmd {
    args: Vec<String>,
    code: i32,
}

impl Cmd {
    fn read(case: &Path) -> Self {
        let text = fs::read_to_string(case.join("cmd")).unwrap();
        let mut lines = text.lines();
        let line = lines.next().unwrap();
        let words = line.strip_prefix("kubectl promote").expect("a case runs `kubectl promote`");
        let code = lines.next().map_or(0, |line| line.strip_prefix("? ").unwrap().parse().unwrap());
        // Words in single quotes may hold blanks and what a shell would expand.
        let mut args = Vec::new();
        for (number, part) in words.split('\'').enumerate() {
            if number % 2 == 1 {
                args.push(part.to_owned());
            } else {
                args.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        Self { args, code }
    }

    fn run(&self, sandbox: &Sandbox) -> Run {
        sandbox.promote(&self.args.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn run(case: &Path) -> Result<(), Failed> {
    let cmd = Cmd::read(case);
    let sandbox = fresh(case);
    let before = files(sandbox.path());
    let first = cmd.run(&sandbox);
    let after = files(sandbox.path());
    if std::env::var("SNAPSHOTS").as_deref() == Ok("overwrite") {
        overwrite(case, &first, &before, &after);
    }
    same("exit code", &cmd.code.to_string(), &first.code.to_string())?;
    same("stdout", &snapshot(case, "stdout"), &first.stdout)?;
    same("stderr", &snapshot(case, "stderr"), &first.stderr)?;
    expect(case, &before, &after)?;
    only_versions_differ(&before, &after, &plan(&cmd, case)?)?;
    again(&cmd, &sandbox, &after)?;
    kept(&cmd, case, &first, &after)
}

/// Cases in which a release is more than the overlay: it has no files beside it, so that a chart of a
/// generator can be created.
const MORE: &[&str] = &["generator-file-is-not-created"];

/// The source as a release, in its place, gives the same bytes.
fn kept(cmd: &Cmd, case: &Path, first: &Run, after: &Files) -> Result<(), Failed> {
    let sandbox = fresh(case);
    let export = sandbox.promote(&["export", "source", "--color", "never"]);
    let Some(source) = cmd.args.iter().position(|arg| arg.starts_with("source")) else {
        return Ok(());
    };
    if MORE.iter().any(|name| case.ends_with(name)) {
        return Ok(());
    }
    if export.code != 0 {
        // Nothing to keep, or nobody can say what it is.
        let refused = first.code != 0 || !export.stderr.is_empty();
        return if refused { Ok(()) } else { Err("no release, and not a word".into()) };
    }
    sandbox.write("release.yaml", &export.stdout);
    let mut args = cmd.args.clone();
    args[source] = "release.yaml".to_owned();
    let run = Cmd { args, code: cmd.code }.run(&sandbox);
    same("exit code of the release", &cmd.code.to_string(), &run.code.to_string())?;
    let mut wanted = after.clone();
    wanted.insert("release.yaml".into(), export.stdout.into_bytes());
    same_files(&wanted, &files(sandbox.path()))
}

/// The files of a case before, the target's where the command looks for them.
fn fresh(case: &Path) -> Sandbox {
    let sandbox = Sandbox::new();
    for dir in dirs(case) {
        let name = dir.file_name().unwrap().to_str().unwrap();
        match name {
            "after" => {}
            "before" => copy(&dir, &sandbox.join("target")),
            name => copy(&dir, &sandbox.join(name)),
        }
    }
    sandbox
}

/// The files are those of `after/`, or those of `before/` where there is none; nothing else changed.
fn expect(case: &Path, before: &Files, after: &Files) -> Result<(), Failed> {
    let mut wanted = before.clone();
    for (path, bytes) in files(&case.join("after")) {
        wanted.insert(Path::new("target").join(path), bytes);
    }
    same_files(&wanted, after)
}

/// A second run changes nothing.
fn again(cmd: &Cmd, sandbox: &Sandbox, after: &Files) -> Result<(), Failed> {
    let times = |sandbox: &Sandbox| {
        let paths = after.keys().map(|path| fs::metadata(sandbox.join(path)).unwrap());
        paths.map(|metadata| metadata.modified().unwrap()).collect::<Vec<_>>()
    };
    let before = times(sandbox);
    cmd.run(sandbox);
    same_files(after, &files(sandbox.path()))?;
    if times(sandbox) == before { Ok(()) } else { Err("the second run touched a file".into()) }
}

/// The plan of the same command as data, from a fresh copy.
fn plan(cmd: &Cmd, case: &Path) -> Result<serde_json::Value, Failed> {
    let sandbox = fresh(case);
    let mut args: Vec<_> = cmd.args.iter().filter(|arg| *arg != "-q").cloned().collect();
    if let Some(output) = args.iter().position(|arg| arg == "-o") {
        args.drain(output..=output + 1);
    }
    let json = [args, vec!["-o".to_owned(), "json".to_owned()]].concat();
    let run = Cmd { args: json, code: cmd.code }.run(&sandbox);
    Ok(serde_json::from_str(&run.stdout).unwrap_or(serde_json::Value::Null))
}

/// A value of the plan that was written: which key, and the texts that it may be written as.
struct Written {
    key: String,
    old: [String; 3],
    new: [String; 3],
}

impl Written {
    fn of(change: &serde_json::Value) -> Self {
        let parts = ["version", "digest", "repository"];
        let side = |side: &str| {
            parts.map(|part| change[side][part].as_str().unwrap_or_default().to_owned())
        };
        Self { key: change["key"].as_str().unwrap().to_owned(), old: side("old"), new: side("new") }
    }

    /// Whether the value, in any of its legal forms, is what made `new` of `old`.
    fn explains(&self, old: &str, new: &str) -> bool {
        let [version, digest, repository] = &self.new;
        let both = format!("{version}@{digest}");
        let whole = [version, digest, repository, &both]
            .iter()
            .any(|text| !text.is_empty() && *text == new);
        let tail = |text: &str| text.trim_start_matches('v').to_owned();
        let queries = |text: &str| text.replace('&', "%26").replace('+', "%2B");
        let slashes = |text: &str| text.replace('/', "%2F");
        let mut text = old.to_owned();
        for (from, to) in self.old.iter().zip(&self.new).filter(|(from, _)| !from.is_empty()) {
            text = text.replace(from, to).replace(&tail(from), &tail(to));
            text = text.replace(&slashes(from), &slashes(to));
        }
        let inside = [text.clone(), queries(&text), text.replace(version, &queries(version))];
        let name = old.trim_end_matches(&self.old[1]).trim_end_matches(['@', ':']);
        let name = name.trim_end_matches(&self.old[0]).trim_end_matches(':');
        let repository = if repository.is_empty() { name } else { repository };
        let forms = [
            format!("{repository}:{version}"),
            format!("{repository}@{digest}"),
            format!("{repository}:{both}"),
            format!("{name}?ref={version}"),
            format!("{name}&ref={version}"),
            name.replacen("?ref=", &format!("?ref={version}"), 1),
        ];
        whole || inside.iter().chain(&forms).any(|text| text == new)
    }
}

/// By another YAML parser, the files differ in promoted values only, each at its own key.
fn only_versions_differ(
    before: &Files,
    after: &Files,
    plan: &serde_json::Value,
) -> Result<(), Failed> {
    let targets = plan["targets"].as_array().cloned().unwrap_or_default();
    let changes = targets.iter().flat_map(|target| target["changes"].as_array().unwrap());
    let written =
        changes.filter(|change| matches!(change["status"].as_str(), Some("promoted" | "added")));
    let written: Vec<_> = written.map(Written::of).collect();
    for (path, bytes) in after {
        let Some(old) = before.get(path).filter(|old| *old != bytes) else { continue };
        let parse = |bytes: &[u8]| serde_yaml::from_slice::<Value>(bytes);
        // What this parser does not read at all (duplicate keys, merge keys) it cannot compare.
        let Ok(old) = parse(old) else { continue };
        let new = parse(bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        let all: Vec<_> = written.iter().collect();
        compare(&old, &new, &all, &path.display().to_string())?;
    }
    Ok(())
}

fn compare(old: &Value, new: &Value, written: &[&Written], place: &str) -> Result<(), Failed> {
    match (old, new) {
        (Value::Mapping(a), Value::Mapping(b)) => {
            // The entry of an image may change by that image's value only.
            let name = b.get("name").or_else(|| b.get("Name")).and_then(Value::as_str);
            let own: Vec<_> =
                written.iter().copied().filter(|w| name == Some(w.key.as_str())).collect();
            let written = if place.contains("/images/") { own.as_slice() } else { written };
            for key in a.keys().chain(b.keys()) {
                let name = key.as_str().unwrap_or_default();
                let place = format!("{place}/{name}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => compare(a, b, written, &place)?,
                    (Some(_), None)
                        if ["newTag", "digest"].contains(&name) && !written.is_empty() => {}
                    (None, Some(b)) if added(b, written) => {}
                    _ => return Err(format!("{place} came or went").into()),
                }
            }
            Ok(())
        }
        (Value::Sequence(a), Value::Sequence(b)) if a.len() <= b.len() => {
            for (number, (a, b)) in a.iter().zip(b).enumerate() {
                compare(a, b, written, &format!("{place}/{number}"))?;
            }
            match b[a.len()..].iter().all(|item| added(item, written)) {
                true => Ok(()),
                false => Err(format!("{place} grew").into()),
            }
        }
        (a, b) if a == b => Ok(()),
        (Value::Null, Value::Sequence(b)) if b.iter().all(|item| added(item, written)) => Ok(()),
        (a, Value::String(b)) if written.iter().any(|w| w.explains(&text(a), b)) => Ok(()),
        (a, b) => Err(format!("{place}: {a:?} became {b:?}").into()),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_yaml::to_string(other).unwrap().trim().to_owned(),
    }
}

/// Whether all of `value` is new content for one of the values: every text in it is a part of one.
fn added(value: &Value, written: &[&Written]) -> bool {
    match value {
        Value::Mapping(entries) => entries.values().any(|value| added(value, written)),
        Value::Sequence(items) => items.iter().all(|item| added(item, written)),
        value => {
            let text = text(value);
            written.iter().any(|w| w.new.iter().any(|part| !part.is_empty() && text.contains(part)))
        }
    }
}

fn same(what: &str, wanted: &str, got: &str) -> Result<(), Failed> {
    if wanted == got {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(wanted, got);
    let diff = diff.unified_diff().header("wanted", "got").to_string();
    Err(format!("{what} differs\n{diff}\n{got:?}").into())
}

fn same_files(wanted: &Files, got: &Files) -> Result<(), Failed> {
    let names =
        |files: &Files| files.keys().map(|path| path.display().to_string()).collect::<Vec<_>>();
    same("the list of files", &names(wanted).join("\n"), &names(got).join("\n"))?;
    for (path, bytes) in wanted {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        same(&path.display().to_string(), &text(bytes), &text(&got[path]))?;
        assert_eq!(bytes, &got[path]);
    }
    Ok(())
}

fn snapshot(case: &Path, name: &str) -> String {
    fs::read_to_string(case.join(name)).unwrap_or_default()
}

fn overwrite(case: &Path, run: &Run, before: &Files, after: &Files) {
    for (name, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
        let path = case.join(name);
        if text.is_empty() {
            let _ = fs::remove_file(path);
        } else {
            fs::write(path, text).unwrap();
        }
    }
    let _ = fs::remove_dir_all(case.join("after"));
    for (path, bytes) in after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes)) {
        let path = case.join("after").join(path.strip_prefix("target").unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
