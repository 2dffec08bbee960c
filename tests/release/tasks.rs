//! The Tekton task and the Argo template: their commands with the parameters put in, and run.

use std::fs;

use serde_json::Value;

use crate::support::{Run, Sandbox, root};

fn manifest(path: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

fn shop() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.copy(&root().join("testdata/shop/web"), "web");
    sandbox
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

/// The task's first step in the workspace, then its second, which says what came of it.
fn tekton(sandbox: &Sandbox, from: &str, to: &[&str], args: &[&str]) -> (Run, Run) {
    let task = manifest("pipelines/tekton.yaml");
    let steps = task["spec"]["steps"].as_array().unwrap();
    assert_eq!(steps[0]["command"][0], "/kubectl-promote");
    let words = words(&steps[0]["args"]).into_iter().flat_map(|word| match word {
        "$(params.args[*])" => args.to_vec(),
        "$(params.to[*])" => to.to_vec(),
        "$(params.from)" => vec![from],
        other => vec![other],
    });
    let promoted = sandbox.promote(&words.collect::<Vec<_>>());
    sandbox.write("exitCode", promoted.code.to_string());
    let mut command = sandbox.command("sh");
    command.arg("-c").arg(steps[1]["script"].as_str().unwrap());
    for variable in steps[1]["env"].as_array().unwrap() {
        let file = match variable["value"].as_str().unwrap() {
            "$(steps.step-promote.exitCode.path)" => "exitCode",
            "$(results.changed.path)" => "changed",
            other => panic!("{other}"),
        };
        command.env(variable["name"].as_str().unwrap(), sandbox.join(file));
    }
    assert_eq!(steps[0]["onError"], "continue");
    (promoted, Run::of(&mut command))
}

#[test]
fn the_task_promotes_and_says_whether_something_changed() {
    let sandbox = shop();
    let to = ["web/overlays/tst", "web/overlays/prod"];
    for (args, written, changed) in
        [(&["--dry-run"][..], false, "true"), (&[], true, "true"), (&[], false, "false")]
    {
        let (promoted, result) = tekton(&sandbox, "web/overlays/dev", &to, args);
        let plan: Value = serde_json::from_str(&promoted.stdout).unwrap();
        assert_eq!(plan["written"], written, "{promoted:?}");
        assert_eq!(result.code, 0, "{result:?}");
        assert_eq!(sandbox.read("changed"), changed);
    }
}

#[test]
fn the_task_fails_where_the_promotion_is_refused() {
    let sandbox = shop();
    let (_, result) = tekton(&sandbox, "web/overlays/nowhere", &["web/overlays/tst"], &[]);
    assert_eq!(result.code, 1, "{result:?}");
    let (_, result) = tekton(&sandbox, "web/overlays/dev", &["web/overlays/tst"], &["--nonsense"]);
    assert_eq!(result.code, 2, "{result:?}");
    assert!(!sandbox.join("changed").exists());
}

#[test]
fn the_template_promotes_and_its_result_is_the_plan() {
    let sandbox = shop();
    let template = manifest("pipelines/argo-workflows.yaml");
    let container = &template["spec"]["templates"][0]["container"];
    assert_eq!(container["command"][0], "/kubectl-promote");
    let run = |dry_run: &str| {
        let words = words(&container["args"]).into_iter().map(|word| {
            let word = word.replace("{{inputs.parameters.dry-run}}", dry_run);
            let word = word.replace("{{inputs.parameters.from}}", "web/overlays/dev");
            word.replace("{{inputs.parameters.to}}", "web/overlays/tst")
        });
        let words: Vec<_> = words.collect();
        let run = sandbox.promote(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(run.code, 0, "{run:?}");
        let plan: Value = serde_json::from_str(&run.stdout).unwrap();
        plan["written"].as_bool().unwrap()
    };
    assert_eq!([run("client"), run("none"), run("none")], [false, true, false]);
}
