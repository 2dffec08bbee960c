//! The GitLab component: its inputs put in as GitLab does, and its script run by what the default
//! image has, which is busybox and nothing else.

use std::fs;

use serde_json::Value;

use crate::dist::{VERSION, archive, host, made, release};
use crate::server::serve;
use crate::support::{Run, Sandbox, has, root};

/// The header with the inputs, and the text that they are put into.
fn component() -> (Value, String) {
    let text = fs::read_to_string(root().join("templates/promote.yml")).unwrap();
    let (header, rest) = text.split_once("\n---\n").unwrap();
    (serde_yaml::from_str(header).unwrap(), rest.to_owned())
}

/// The job with these inputs, and the defaults of the others.
fn job(inputs: &[(&str, &str)]) -> Value {
    let (header, mut text) = component();
    for (name, input) in header["spec"]["inputs"].as_object().unwrap() {
        let given = inputs.iter().find(|(given, _)| given == name).map(|(_, value)| *value);
        let value = given.or(input["default"].as_str());
        let value = value.unwrap_or_else(|| panic!("{name} has to be given"));
        text = text.replace(&format!("$[[ inputs.{name} ]]"), value);
    }
    assert!(!text.contains("$[["), "{text}");
    serde_yaml::from_str(&text).unwrap()
}

/// The job's script where a pipeline runs it.
fn run(sandbox: &Sandbox, inputs: &[(&str, &str)]) -> Run {
    let jobs = job(inputs);
    let job = &jobs["promote-diff"];
    let mut command = sandbox.command(sandbox.join("bin/sh"));
    let lines = job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
    // The runner puts lines into one script.
    command.arg("-ec").arg(lines.collect::<Vec<_>>().join("\n")).current_dir(sandbox.join("work"));
    command.env("PATH", sandbox.join("bin"));
    for (name, value) in job["variables"].as_object().unwrap() {
        command.env(name, value.as_str().unwrap());
    }
    Run::of(&mut command)
}

/// A pipeline's working directory, and the address of the releases.
fn bench() -> Option<(Sandbox, String)> {
    let here = cfg!(target_os = "linux")
        && has("busybox", &["true"])
        && has("python3", &["-c", "import tomllib"]);
    if !here {
        return None;
    }
    let (sandbox, dir) = release();
    made(&dir, &["checksums"]);
    sandbox.copy(&root().join("testdata/shop/web"), "work/web");
    fs::create_dir(sandbox.join("bin")).unwrap();
    let all =
        "busybox --list | while read -r name; do ln -s \"$(command -v busybox)\" bin/$name; done";
    let links = Run::of(sandbox.command("sh").args(["-ec", all]));
    assert_eq!(links.code, 0, "{links:?}");
    let address = serve(sandbox.path());
    Some((sandbox, address))
}

/// A difference is 1, which the job allows, so that it shows as a warning.
#[test]
fn the_exit_code_is_that_of_diff() {
    if let Some((sandbox, address)) = bench() {
        let given = |from, to| [("from", from), ("to", to), ("releases", address.as_str())];
        let differs =
            run(&sandbox, &given("web/overlays/dev", "web/overlays/tst web/overlays/prod"));
        assert_eq!(differs.code, 1, "{differs:?}");
        assert!(differs.stdout.contains("ghcr.io/acme/shop-web"), "{differs:?}");
        let plan: Value = serde_json::from_str(&sandbox.read("work/promotion.json")).unwrap();
        assert_eq!(plan["targets"].as_array().unwrap().len(), 2);
        assert_eq!(job(&given("", ""))["promote-diff"]["allow_failure"]["exit_codes"], 1);
        let refused = run(&sandbox, &given("web/overlays/nowhere", "web/overlays/tst"));
        assert_eq!(refused.code, 2, "{refused:?}");
        let args = ["work/web/overlays/dev", "work/web/overlays/tst"];
        assert_eq!(sandbox.promote(&args).code, 0);
        let same = run(&sandbox, &given("web/overlays/dev", "web/overlays/tst"));
        assert_eq!(same.code, 0, "{same:?}");
    }
}

#[test]
fn arguments_are_words_and_no_patterns() {
    if let Some((sandbox, address)) = bench() {
        let given = [
            ("from", "web/overlays/dev"),
            ("to", "web/overlays/tst"),
            ("args", "--except images=*-assets"),
            ("releases", &address),
        ];
        sandbox.write("work/images=x-assets", "");
        let run = run(&sandbox, &given);
        assert_eq!(run.code, 1, "{run:?}");
        assert!(run.stdout.contains("left (not selected)"), "{run:?}");
    }
}

/// GitLab puts inputs into the text: what stands there has to be a string, whatever they are.
#[test]
fn inputs_stay_text() {
    for odd in ["", "1.10", "on", "a: b # c", "\"x\" \\d", "- x"] {
        let job = &job(&[
            ("from", odd),
            ("to", odd),
            ("args", odd),
            ("stage", odd),
            ("image", odd),
        ])["promote-diff"];
        let variables = &job["variables"];
        for found in [&variables["PROMOTE_FROM"], &variables["PROMOTE_TO"], &job["stage"]] {
            assert_eq!(found, odd);
        }
        assert_eq!([&variables["PROMOTE_ARGS"], &job["image"]], [odd; 2]);
    }
}

/// As the action takes it.
#[test]
fn the_version_may_be_without_its_letter() {
    if let Some((sandbox, address)) = bench() {
        let given = [
            ("from", "web/overlays/dev"),
            ("to", "web/overlays/tst"),
            ("releases", address.as_str()),
            ("version", VERSION),
        ];
        let run = run(&sandbox, &given);
        assert_eq!(run.code, 1, "{run:?}");
    }
}

/// Whatever goes wrong before anything is compared must not look as a difference does.
#[test]
fn what_goes_wrong_is_no_difference() {
    if let Some((sandbox, address)) = bench() {
        let given = [
            ("from", "web/overlays/dev"),
            ("to", "web/overlays/tst"),
            ("releases", address.as_str()),
            ("version", "v9.9.9"),
        ];
        let absent = run(&sandbox, &given);
        assert_eq!(absent.code, 2, "{absent:?}");
        assert!(absent.stderr.contains("could not download"), "{absent:?}");
        sandbox.write(&format!("v{VERSION}/{}", archive(&host())), "something else");
        let other = run(&sandbox, &given[..3]);
        assert_eq!(other.code, 2, "{other:?}");
        sandbox.write(&format!("v{VERSION}/SHA256SUMS"), "");
        let unknown = run(&sandbox, &given[..3]);
        assert_eq!(unknown.code, 2, "{unknown:?}");
        assert!(unknown.stderr.contains("SHA256SUMS has no"), "{unknown:?}");
    }
}
