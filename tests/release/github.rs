//! The GitHub action: its steps, run as a runner runs them, with the forge's own tools stood in for.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use serde_json::json;

use crate::dist::{VERSION, archive, host, made, release};
use crate::server::serve;
use crate::support::{Run, Sandbox, has, root};

/// `gh`: notes what it is asked, and knows the comments that `gh-comments` holds.
const GH: &str = r#"#!/bin/sh
echo "$*" >>"$BENCH/gh-calls"
for last; do :; done
case "$*" in
attestation*) exit "$(cat "$BENCH/gh-attested" 2>/dev/null || echo 0)" ;;
"api user "*) jq -r "$last" "$BENCH/gh-user" ;;
*--jq*) [ ! -e "$BENCH/gh-comments" ] || jq "$last" "$BENCH/gh-comments" ;;
*) exit "$(cat "$BENCH/gh-allowed" 2>/dev/null || echo 0)" ;;
esac
"#;

/// `curl` for the forge's own addresses: takes the file of that name from the release.
const CURL: &str = r#"#!/bin/sh
for last; do :; done
while [ "$1" != --output ]; do shift; done
echo "$last" >>"$BENCH/downloads"
cp "$RELEASE/${last##*/}" "$2"
"#;

/// A job with the action in it.
struct Job {
    sandbox: Sandbox,
    action: Value,
    inputs: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
}

impl Job {
    fn new() -> Option<Self> {
        let here = cfg!(target_os = "linux")
            && has("bash", &["--version"])
            && has("curl", &["--version"])
            && has("jq", &["--version"])
            && has("python3", &["-c", "import tomllib"]);
        if !here {
            return None;
        }
        let (sandbox, dir) = release();
        made(&dir, &["checksums"]);
        sandbox.copy(&root().join("testdata/shop/web"), "work/web");
        for file in ["path", "output", "summary", "temp/.keep"] {
            sandbox.write(file, "");
        }
        tool(&sandbox, "gh", GH);
        let text = fs::read_to_string(root().join("action.yml")).unwrap();
        let action: Value = serde_yaml::from_str(&text).unwrap();
        let mut inputs = BTreeMap::new();
        for (name, input) in action["inputs"].as_object().unwrap() {
            let default = input["default"].as_str().unwrap_or_default();
            inputs.insert(name.clone(), default.to_owned());
        }
        let mut job = Self { sandbox, action, inputs, outputs: BTreeMap::new() };
        let releases = serve(job.sandbox.path());
        job.given("releases", &releases).given("from", "web/overlays/dev");
        job.given("to", "web/overlays/tst\n");
        Some(job)
    }

    /// The state after the promotion that the action speaks of.
    fn promoted(&mut self) -> &mut Self {
        let args = ["work/web/overlays/dev", "work/web/overlays/tst"];
        assert_eq!(self.sandbox.promote(&args).code, 0);
        self
    }

    fn given(&mut self, input: &str, value: &str) -> &mut Self {
        assert!(self.inputs.insert(input.to_owned(), value.to_owned()).is_some(), "{input}");
        self
    }

    /// `${{ … }}`, of which the action has a handful.
    fn evaluated(&self, text: &str) -> String {
        let Some(name) = text.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}")) else {
            return text.to_owned();
        };
        if let Some(input) = name.strip_prefix("inputs.") {
            return self.evaluated(&self.inputs[input]);
        }
        if let Some(output) = name.strip_prefix("steps.diff.outputs.") {
            return self.outputs[output].clone();
        }
        match name {
            "github.token" => "a-token".to_owned(),
            "github.event.pull_request.number" => "17".to_owned(),
            _ => panic!("{name} is not known here"),
        }
    }

    fn step(&mut self, index: usize) -> Run {
        let step = &self.action["runs"]["steps"][index];
        assert_eq!(step["shell"], "bash");
        let script = step["run"].as_str().unwrap();
        let mut command = self.sandbox.command("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]);
        command.current_dir(self.sandbox.join("work")).env("GITHUB_ACTION_PATH", root());
        let paths = self.sandbox.read("path").trim().replace('\n', ":");
        let bin = self.sandbox.join("bin").display().to_string();
        command.env("PATH", format!("{paths}:{bin}:{}", std::env::var("PATH").unwrap()));
        for (name, file) in [("PATH", "path"), ("OUTPUT", "output"), ("STEP_SUMMARY", "summary")] {
            command.env(format!("GITHUB_{name}"), self.sandbox.join(file));
        }
        command.env("GITHUB_REPOSITORY", "acme/shop").env("BENCH", self.sandbox.path());
        command.env("RUNNER_TEMP", self.sandbox.join("temp")).env("RUNNER_OS", "Linux");
        command.env("RUNNER_ARCH", if cfg!(target_arch = "x86_64") { "X64" } else { "ARM64" });
        command.env("RELEASE", self.sandbox.join(format!("v{VERSION}")));
        for (name, value) in step["env"].as_object().unwrap() {
            command.env(name, self.evaluated(value.as_str().unwrap()));
        }
        let run = Run::of(&mut command);
        for line in self.sandbox.read("output").lines() {
            let (name, value) = line.split_once('=').unwrap();
            self.outputs.insert(name.to_owned(), value.to_owned());
        }
        run
    }

    /// All three steps, of which each has to succeed.
    fn run(&mut self) -> Run {
        let runs = [0, 1, 2].map(|index| {
            let run = self.step(index);
            assert_eq!(run.code, 0, "step {index}: {run:?}");
            run
        });
        let [_, _, last] = runs;
        last
    }

    fn calls(&self) -> String {
        self.sandbox.read("gh-calls")
    }
}

fn tool(sandbox: &Sandbox, name: &str, script: &str) {
    let path = sandbox.write(&format!("bin/{name}"), script).join(format!("bin/{name}"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_pull_request_gets_the_table() {
    if let Some(mut job) = Job::new() {
        job.run();
        assert_eq!(job.outputs["changed"], "true");
        let plan = fs::read_to_string(&job.outputs["plan"]).unwrap();
        let plan: Value = serde_json::from_str(&plan).unwrap();
        assert_eq!(plan["kind"], "Plan");
        let summary = job.sandbox.read("summary");
        let command = "\n    kubectl promote diff -- web/overlays/dev web/overlays/tst\n";
        assert!(summary.contains(command), "{summary}");
        assert!(
            summary.contains("    images   ghcr.io/acme/shop-web      1.4.1    1.5.0 "),
            "{summary}"
        );
        let report = &job.outputs["report"];
        let posted = format!("POST repos/acme/shop/issues/17/comments --field body=@{report}");
        assert!(job.calls().contains(&posted), "{}", job.calls());
        let before = fs::read(root().join("testdata/shop/web/overlays/tst/kustomization.yaml"));
        let after = fs::read(job.sandbox.join("work/web/overlays/tst/kustomization.yaml"));
        assert_eq!(before.unwrap(), after.unwrap(), "nothing is written");
    }
}

/// The comments of a pull request: one of somebody else who quotes ours, and ours, by `user`.
fn comments(job: &Job, user: &str, kind: &str) -> String {
    let body = job.sandbox.read("summary");
    let comment = |id: u32, user: &str, kind: &str| json!({"id": id, "body": &body, "user": {"login": user, "type": kind}});
    json!([comment(4710, "mallory", "User"), comment(4711, user, kind)]).to_string()
}

#[test]
fn the_comment_that_is_there_is_updated() {
    if let Some(mut job) = Job::new() {
        for (user, kind, asked) in [
            ("github-actions[bot]", "Bot", None),
            // A token of a person's own.
            ("maintainer", "User", Some(r#"{"login": "maintainer"}"#)),
        ] {
            job.sandbox.write("summary", "").write("gh-calls", "");
            assert_eq!([job.step(0).code, job.step(1).code], [0, 0]);
            job.sandbox.write("gh-comments", comments(&job, user, kind));
            if let Some(asked) = asked {
                job.sandbox.write("gh-user", asked);
            }
            assert_eq!(job.step(2).code, 0);
            let calls = job.calls();
            assert!(calls.contains("PATCH repos/acme/shop/issues/comments/4711 "), "{calls}");
            assert!(!calls.contains("POST") && !calls.contains("4710"), "{calls}");
        }
    }
}

/// Nothing is left to promote: the comment that said so says that now.
#[test]
fn the_comment_is_updated_too_where_nothing_would_change_any_more() {
    if let Some(mut job) = Job::new() {
        job.run();
        job.sandbox.write("gh-comments", comments(&job, "github-actions[bot]", "Bot"));
        job.sandbox.write("summary", "").write("gh-calls", "");
        job.promoted().run();
        assert_eq!(job.outputs["changed"], "false");
        let calls = job.calls();
        assert!(calls.contains("PATCH repos/acme/shop/issues/comments/4711 "), "{calls}");
        assert!(!calls.contains("POST"), "{calls}");
    }
}

/// One comment may have 65,536 characters, and ends with a whole line.
#[test]
fn a_long_table_is_cut_and_says_so() {
    if let Some(mut job) = Job::new() {
        let overlay = |tag: &str| {
            let entry = |n: u32| format!("  - {{name: ü{n}, newTag: {tag}}}\n");
            format!("images:\n{}", (0..500).map(entry).collect::<String>())
        };
        let digest = format!("v1, digest: sha256:{}", "0123456789abcdef".repeat(4));
        job.sandbox.write("work/a/kustomization.yaml", overlay("v2"));
        job.sandbox.write("work/b/kustomization.yaml", overlay(&digest));
        job.given("from", "a").given("to", "b").run();
        let report = fs::read_to_string(&job.outputs["report"]).unwrap();
        assert!((50_000..65_536).contains(&report.chars().count()), "{}", report.chars().count());
        let last = report.lines().last().unwrap();
        assert!(last.starts_with("    …"), "{last}");
        assert!(report.lines().skip(2).all(|line| line.is_empty() || line.starts_with("    ")));
    }
}

/// A path is what somebody may have chosen who opened a pull request.
#[test]
fn no_text_is_markup_and_none_a_command_to_the_runner() {
    if let Some(mut job) = Job::new() {
        let odd = "web/overlays/`x`\r@acme <img>";
        let tst = job.sandbox.join("work/web/overlays/tst");
        job.sandbox.copy(&tst, &format!("work/{odd}"));
        job.given("from", odd).given("to", "web/overlays/prod");
        assert_eq!(job.step(0).code, 0);
        let run = job.step(1);
        assert_eq!(run.code, 0, "{run:?}");
        let report = job.sandbox.read("summary");
        assert!(!report.contains('\r'), "{report:?}");
        let plain = report.lines().filter(|line| !line.starts_with("    ") && !line.is_empty());
        let plain: Vec<_> = plain.collect();
        assert!(plain.len() == 2 && plain[0].starts_with("<!-- "), "{report}");
        assert_eq!(plain[1], "**kubectl promote**");
        let stop = run.stderr.lines().next().unwrap().strip_prefix("::stop-commands::").unwrap();
        assert!(run.stderr.trim_end().ends_with(&format!("\n::{stop}::")), "{run:?}");
        assert!(run.stdout.is_empty(), "{run:?}");
    }
}

/// A job may ask twice: the plan of the first is not that of the second.
#[test]
fn two_steps_of_a_job_have_two_plans() {
    if let Some(mut job) = Job::new() {
        assert_eq!([job.step(0).code, job.step(1).code], [0, 0]);
        let first = job.outputs.clone();
        let marker =
            |report: &str| fs::read_to_string(report).unwrap().lines().next().map(str::to_owned);
        let before = fs::read(&first["plan"]).unwrap();
        assert_eq!(job.given("args", "--kinds=charts").step(1).code, 0);
        assert_ne!(first["plan"], job.outputs["plan"]);
        assert_eq!(before, fs::read(&first["plan"]).unwrap());
        assert_ne!(marker(&first["report"]), marker(&job.outputs["report"]));
    }
}

#[test]
fn where_nothing_would_change_there_is_no_new_comment() {
    if let Some(mut job) = Job::new() {
        job.promoted().run();
        let calls = job.calls();
        assert!(!calls.contains("POST") && !calls.contains("PATCH"), "{calls}");
    }
}

/// The pull request of a fork: its token reads only.
#[test]
fn a_comment_that_is_not_allowed_is_a_warning() {
    if let Some(mut job) = Job::new() {
        job.sandbox.write("gh-allowed", "1");
        let last = job.run();
        assert!(last.stdout.starts_with("::warning::"), "{last:?}");
    }
}

#[test]
fn an_archive_with_another_checksum_is_not_unpacked() {
    if let Some(mut job) = Job::new() {
        let name = format!("v{VERSION}/{}", archive(&host()));
        job.sandbox.write(&name, "something else");
        let run = job.step(0);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("is not what SHA256SUMS says"), "{run:?}");
        assert_eq!(job.sandbox.read("path"), "");
    }
}

#[test]
fn an_archive_without_a_checksum_is_not_unpacked() {
    if let Some(mut job) = Job::new() {
        job.sandbox.write(&format!("v{VERSION}/SHA256SUMS"), "");
        let run = job.step(0);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("SHA256SUMS has no"), "{run:?}");
        assert_eq!(job.sandbox.read("path"), "");
    }
}

#[test]
fn a_version_that_does_not_exist_is_said() {
    if let Some(mut job) = Job::new() {
        let run = job.given("version", "v9.9.9").step(0);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("::error::could not download http://"), "{run:?}");
    }
}

/// From the forge itself, an archive also has to be what the release workflow has built.
#[test]
fn an_archive_of_the_forge_needs_an_attestation() {
    if let Some(mut job) = Job::new() {
        tool(&job.sandbox, "curl", CURL);
        job.given("releases", "");
        job.run();
        let base = concat!(
            env!("CARGO_PKG_REPOSITORY"),
            "/releases/download/v",
            env!("CARGO_PKG_VERSION")
        );
        let downloads = job.sandbox.read("downloads");
        assert_eq!(downloads, format!("{base}/{}\n{base}/SHA256SUMS\n", archive(&host())));
        let signer =
            "--signer-workflow kubectl-promote/kubectl-promote/.github/workflows/release.yml";
        assert!(job.calls().contains(signer), "{}", job.calls());
        job.sandbox.write("gh-attested", "1").write("path", "");
        let run = job.step(0);
        assert_eq!(run.code, 2, "{run:?}");
        assert_eq!(job.sandbox.read("path"), "");
    }
}

#[test]
fn what_is_refused_fails_the_job() {
    if let Some(mut job) = Job::new() {
        assert_eq!(job.step(0).code, 0);
        let run = job.given("from", "web/overlays/nowhere").step(1);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("web/overlays/nowhere"), "{run:?}");
        let run = job.given("from", "web/overlays/dev").given("to", " \n").step(1);
        assert_eq!(run.code, 2, "{run:?}");
        assert!(run.stderr.contains("`to` names no overlay"), "{run:?}");
    }
}

/// Several targets, one with a space, and arguments; and nothing of them is run by a shell.
#[test]
fn words_stay_words() {
    if let Some(mut job) = Job::new() {
        let odd = "web/overlays/$(touch oops) `x`";
        let tst = job.sandbox.join("work/web/overlays/tst");
        job.sandbox.copy(&tst, &format!("work/{odd}"));
        job.given("to", &format!("  web/overlays/tst\r\n{odd}\n"));
        job.given("args", "--only\nghcr.io/acme/shop-web\n").run();
        let plan = fs::read_to_string(&job.outputs["plan"]).unwrap();
        let plan: Value = serde_json::from_str(&plan).unwrap();
        let targets = plan["targets"].as_array().unwrap();
        let paths: Vec<_> = targets.iter().map(|target| &target["path"]).collect();
        assert_eq!(paths, ["web/overlays/tst", odd]);
        assert!(!job.sandbox.join("work/oops").exists());
        let summary = job.sandbox.read("summary");
        assert_eq!(summary.matches("left (not selected)").count(), 2, "{summary}");
    }
}
