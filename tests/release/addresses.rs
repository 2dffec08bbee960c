//! One address, one version, one list of targets, wherever they stand; and no action by a name that
//! can move.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::dist::{TARGETS, VERSION};
use crate::support::root;

const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// What people and machines read to install it.
fn files() -> Vec<(PathBuf, String)> {
    let mut paths: Vec<PathBuf> =
        ["README.md", "CONTRIBUTING.md", "action.yml"].map(Into::into).into();
    for dir in ["plugin", "pipelines", "templates", "krm", ".github/workflows"] {
        let entries = fs::read_dir(root().join(dir)).unwrap();
        let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        paths.extend(files);
    }
    paths
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(root().join(path)).unwrap()))
        .collect()
}

/// What follows `prefix` up to what ends a word.
fn after<'a>(text: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "-_./".contains(c));
    text.split(prefix).skip(1).map(move |rest| rest.split(ends).next().unwrap())
}

/// `Cargo.toml` has the repository's address; whoever moves it finds here what to change.
#[test]
fn the_address_is_that_of_cargo_toml() {
    let owned = REPOSITORY.strip_prefix("https://github.com/").unwrap();
    let owner = owned.split('/').next().unwrap();
    for (path, text) in files() {
        for host in ["https://github.com/", "https://raw.githubusercontent.com/", "ghcr.io/"] {
            for found in after(&text, host).filter(|found| found.contains("kubectl-promote")) {
                let other = format!("{owner}/krew-index");
                let known = found.starts_with(owned) || found.starts_with(&other);
                assert!(known, "{}: {host}{found}", path.display());
            }
        }
    }
}

#[test]
fn the_version_is_that_of_cargo_toml() {
    for path in ["pipelines/tekton.yaml", "pipelines/argo-workflows.yaml", "templates/promote.yml"]
    {
        let text = read(path);
        let versions: Vec<_> = after(&text, ": v").filter(|found| found.contains('.')).collect();
        assert!(!versions.is_empty(), "{path}");
        assert!(versions.iter().all(|found| *found == VERSION), "{path}: {versions:?}");
        for image in after(&text, "ghcr.io/kubectl-promote/kubectl-promote:v") {
            assert_eq!(image, VERSION, "{path}");
        }
    }
    let text = read("pipelines/README.md");
    let mut named =
        ["kubectl-promote@v", "kubectl-promote/v"].map(|prefix| after(&text, prefix).next());
    named[1] = named[1].and_then(|rest| rest.split('/').next());
    assert_eq!(named, [Some(VERSION), Some(VERSION)]);
}

#[test]
fn the_targets_are_those_of_the_release_workflow() {
    let workflow: Value = serde_yaml::from_str(&read(".github/workflows/release.yml")).unwrap();
    let matrix = workflow["jobs"]["archive"]["strategy"]["matrix"]["include"].as_array().unwrap();
    let built: Vec<_> = matrix.iter().map(|entry| entry["target"].as_str().unwrap()).collect();
    assert_eq!(built, TARGETS);
    let template = read("plugin/promote.yaml");
    let named: Vec<_> = after(&template, "kubectl-promote-{{ .TagName }}-").collect();
    assert_eq!(named.len(), TARGETS.len());
    for (name, target) in named.iter().zip(TARGETS) {
        assert!(name.starts_with(target), "{name}: {target}");
    }
    let action = read("pipelines/github");
    let mut known: Vec<_> = after(&action, ") echo ").collect();
    known.sort_by_key(|target| TARGETS.iter().position(|one| one == target));
    assert_eq!(known, TARGETS, "what the action downloads");
}

/// `cargo binstall` finds the archives by these patterns.
#[test]
fn binstall_looks_where_the_archives_are() {
    let manifest = read("Cargo.toml");
    let urls: Vec<_> =
        manifest.lines().filter_map(|line| line.strip_prefix("pkg-url = ")).collect();
    let names = [TARGETS[0], "x86_64-pc-windows-msvc"].map(crate::dist::archive);
    for ((url, name), target) in urls.iter().zip(names).zip([TARGETS[0], TARGETS[4]]) {
        let url = url.trim_matches('"').replace("{ repo }", REPOSITORY);
        let url = url.replace("{ name }", "kubectl-promote").replace("{ version }", VERSION);
        let url = url.replace("{ target }", target);
        assert_eq!(url, format!("{REPOSITORY}/releases/download/v{VERSION}/{name}"));
    }
    assert_eq!(urls.len(), 2);
}

/// By their commit, with the version beside it for people; and a job has the rights that it names.
#[test]
fn actions_are_pinned_and_workflows_have_no_rights_of_their_own() {
    for path in ["ci", "release"].map(|name| format!(".github/workflows/{name}.yml")) {
        let text = read(&path);
        assert!(text.contains("\npermissions: {}\n"), "{path}");
        for line in text.lines().filter(|line| line.contains("uses: ")) {
            let used = line.split_once("uses: ").unwrap().1;
            let (action, version) =
                used.split_once(" # v").unwrap_or_else(|| panic!("{path}: {line}"));
            let commit = action.split_once('@').unwrap().1;
            assert_eq!(commit.len(), 40, "{path}: {line}");
            assert!(commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}: {line}");
            assert!(version.split('.').all(|part| part.parse::<u32>().is_ok()), "{path}: {line}");
        }
    }
}

/// Who compiles other people's code may write nothing and sign nothing; and whatever is published
/// waits for all that is built.
#[test]
fn a_release_is_built_without_rights_and_published_after_all_of_it() {
    let workflow: Value = serde_yaml::from_str(&read(".github/workflows/release.yml")).unwrap();
    let jobs = workflow["jobs"].as_object().unwrap();
    let text = |job: &Value| job["steps"].to_string();
    let writes = |job: &Value| job["permissions"].to_string().contains("write");
    let builds = |job: &Value| {
        [".ci/rust", "cargo ", "release archive", "release image", "release sbom"]
            .iter()
            .any(|word| text(job).contains(word))
    };
    let (built, written): (Vec<_>, Vec<_>) =
        jobs.iter().filter(|(_, job)| builds(job) || writes(job)).partition(|(_, job)| builds(job));
    assert!(built.len() >= 3 && written.len() >= 2);
    for (name, job) in &built {
        assert_eq!(job["permissions"], serde_json::json!({"contents": "read"}), "{name}");
        assert!(!text(job).contains("secrets."), "{name}");
    }
    for (name, _) in written {
        let before = needed(&workflow["jobs"], name);
        assert!(built.iter().all(|(built, _)| before.contains(built)), "{name}: {before:?}");
    }
}

/// All jobs that have to be done before one.
fn needed(jobs: &Value, name: &str) -> Vec<String> {
    let named = match &jobs[name]["needs"] {
        Value::String(one) => vec![one.clone()],
        several => serde_json::from_value(several.clone()).unwrap_or_default(),
    };
    named.into_iter().flat_map(|one| [vec![one.clone()], needed(jobs, &one)].concat()).collect()
}
