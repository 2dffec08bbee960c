//! The tools themselves: kpt and kustomize run the function on packages of files.

use std::path::Path;

use crate::support::{BINARY, Run, Sandbox, has};

const DEV: &str = "# dev\nresources: [../base]\nimages:\n- name: web # the shop\n  newTag: 1.5.0\n- name: api\n  newTag: \"2.10\"\n- name: new\n  newTag: v1\n";

/// Plain, with comments, odd scalars and a list in the middle, in the indentation that kpt writes.
const PROD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- ../base\nimages:\n# pinned\n- name: web\n  newTag: 1.4.0 # prod\n- name: api\n  newName: mirror.example.org/api\n  newTag: \"1.9\"\nconfigMapGenerator:\n- name: x\n  literals:\n  - a=9e1234\n  - b=012\npatches:\n- patch: |-\n    - op: replace\n      path: /spec\n      value: {a: yes}\n";

/// What promoting makes of it.
fn promoted() -> String {
    PROD.replace("1.4.0", "1.5.0").replace("\"1.9\"", "\"2.10\"")
}

fn kptfile(name: &str, pipeline: &str) -> String {
    format!("apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: {name}\n{pipeline}")
}

fn pipeline(config: &str) -> String {
    format!("pipeline:\n  mutators:\n  - exec: {BINARY} fn\n    {config}\n")
}

fn promotion(spec: &str) -> String {
    format!(
        "apiVersion: kubectl-promote.dev/v1alpha1\nkind: Promotion\nmetadata:\n  name: dev-to-prod\nspec:\n  {spec}\n"
    )
}

/// A package with two overlays.
fn package() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("shop/Kptfile", kptfile("shop", ""));
    sandbox.write("shop/dev/kustomization.yaml", DEV);
    sandbox.write("shop/prod/kustomization.yaml", PROD);
    sandbox.write("shop/base/kustomization.yaml", "resources:\n- web.yaml\n");
    let service =
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  selector: {app: on}\n";
    sandbox.write("shop/base/web.yaml", service);
    sandbox
}

fn run(sandbox: &Sandbox, tool: &str, args: &[&str]) -> Run {
    // Where the binary is called from says nothing.
    Run::of(sandbox.command(tool).args(args))
}

/// The package is as it was, but for the promoted file.
fn expect(sandbox: &Sandbox, run: &Run, prod: &str) {
    assert_eq!(sandbox.read("shop/prod/kustomization.yaml"), prod, "{run:?}");
    assert_eq!(sandbox.read("shop/dev/kustomization.yaml"), DEV, "{run:?}");
    assert!(sandbox.read("shop/base/web.yaml").contains("{app: on}"), "{run:?}");
}

#[test]
fn kpt_fn_eval() {
    if !has("kpt", &["version"]) {
        return;
    }
    let exec = format!("{BINARY} fn");
    for data in [&["from=dev", "to=prod"], &["from=dev", "to=prod,base"]] {
        let sandbox = package();
        let args = ["fn", "eval", "shop", "--exec", &exec, "--"];
        let run = run(&sandbox, "kpt", &[&args[..], &data[..]].concat());
        assert_eq!(run.code, 0, "{run:?}");
        let told = "[info] kustomize.config.k8s.io/v1beta1/Kustomization images[0].newTag: `web` promoted from 1.4.0 to 1.5.0";
        assert!(run.stderr.contains(told), "{run:?}");
        assert!(
            run.stderr.contains("`new`: only the source has it; `add: true` creates it"),
            "{run:?}"
        );
        expect(&sandbox, &run, &promoted());
    }
    let sandbox = package();
    let args = [
        "fn", "eval", "shop", "--exec", &exec, "--", "from=dev", "to=prod", "add=true", "only=new",
    ];
    let run = run(&sandbox, "kpt", &args);
    let at = PROD.find("configMapGenerator").unwrap();
    let added = format!("{}- name: new\n  newTag: \"v1\"\n{}", &PROD[..at], &PROD[at..]);
    expect(&sandbox, &run, &added);
}

#[test]
fn kpt_fn_eval_with_a_file_that_says_no_path() {
    if !has("kpt", &["version"]) {
        return;
    }
    let sandbox = package();
    sandbox.write("shop/prod/promote.yaml", promotion("from: ../dev"));
    let exec = format!("{BINARY} fn");
    let config = "shop/prod/promote.yaml";
    let run = run(&sandbox, "kpt", &["fn", "eval", "shop", "--exec", &exec, "--fn-config", config]);
    assert_eq!(run.code, 0, "{run:?}");
    expect(&sandbox, &run, &promoted());
}

#[test]
fn kpt_shows_why_and_changes_nothing() {
    if !has("kpt", &["version"]) {
        return;
    }
    let exec = format!("{BINARY} fn");
    let args = ["fn", "eval", "shop", "--exec", &exec, "--results-dir", "results"];
    let sandbox = package();
    let failed = run(&sandbox, "kpt", &args);
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.stderr.contains("the function has no configuration"), "{failed:?}");
    assert!(sandbox.read("results/results.yaml").contains("severity: error"));
    expect(&sandbox, &failed, PROD);
    let failed = run(&sandbox, "kpt", &[&args[..5], &["--", "from=dve", "to=prod"]].concat());
    assert_eq!(failed.code, 1);
    assert!(failed.stderr.contains("did you mean `dev`?"), "{failed:?}");
    expect(&sandbox, &failed, PROD);
}

#[test]
fn kpt_fn_render() {
    if !has("kpt", &["version"]) {
        return;
    }
    let render = ["fn", "render", "shop", "--allow-exec"];
    let sandbox = package();
    sandbox.write("shop/Kptfile", kptfile("shop", &pipeline("configMap: {from: dev, to: prod}")));
    let run_ = run(&sandbox, "kpt", &render);
    assert_eq!(run_.code, 0, "{run_:?}");
    expect(&sandbox, &run_, &promoted());

    let sandbox = package();
    sandbox.write("shop/Kptfile", kptfile("shop", &pipeline("configPath: prod/promote.yaml")));
    sandbox.write("shop/prod/promote.yaml", promotion("from: ../dev"));
    let run_ = run(&sandbox, "kpt", &render);
    assert_eq!(run_.code, 0, "{run_:?}");
    expect(&sandbox, &run_, &promoted());
    // Twice is once.
    let again = run(&sandbox, "kpt", &render);
    expect(&sandbox, &again, &promoted());
    assert!(!again.stderr.contains("promoted from"), "{again:?}");
}

#[test]
fn kpt_fn_render_with_a_package_for_every_overlay() {
    if !has("kpt", &["version"]) {
        return;
    }
    // One pipeline above both: the same path in two packages.
    let sandbox = package();
    sandbox.write("shop/Kptfile", kptfile("shop", &pipeline("configMap: {from: dev, to: prod}")));
    sandbox.write("shop/dev/Kptfile", kptfile("dev", ""));
    sandbox.write("shop/prod/Kptfile", kptfile("prod", ""));
    let run_ = run(&sandbox, "kpt", &["fn", "render", "shop", "--allow-exec"]);
    assert_eq!(run_.code, 0, "{run_:?}");
    expect(&sandbox, &run_, &promoted());
    // One in the target: the source is no item, and on disk beside it.
    let sandbox = package();
    sandbox.write("shop/prod/Kptfile", kptfile("prod", &pipeline("configPath: promote.yaml")));
    sandbox.write("shop/prod/promote.yaml", promotion("from: ../dev"));
    let run_ = run(&sandbox, "kpt", &["fn", "render", "shop/prod", "--allow-exec"]);
    assert_eq!(run_.code, 0, "{run_:?}");
    expect(&sandbox, &run_, &promoted());
}

#[test]
fn kpt_with_a_release_in_the_package() {
    if !has("kpt", &["version"]) {
        return;
    }
    let sandbox = package();
    let release = sandbox.promote(&["export", "shop/dev", "--only", "web", "--only", "api"]);
    std::fs::remove_dir_all(sandbox.join("shop/dev")).unwrap();
    sandbox.write("shop/prod/release.yaml", &release.stdout);
    sandbox.write("shop/Kptfile", kptfile("shop", &pipeline("configMap: {to: prod}")));
    let run_ = run(&sandbox, "kpt", &["fn", "render", "shop", "--allow-exec"]);
    assert_eq!(run_.code, 0, "{run_:?}");
    assert_eq!(sandbox.read("shop/prod/kustomization.yaml"), promoted());
    assert_eq!(sandbox.read("shop/prod/release.yaml"), release.stdout);
}

#[test]
fn kustomize_fn_run() {
    if !has("kustomize", &["version"]) {
        return;
    }
    let sandbox = package();
    let args = ["fn", "run", "shop", "--enable-exec", "--exec-path", BINARY, "--"];
    let run_ = run(&sandbox, "kustomize", &[&args[..], &["from=dev", "to=prod"]].concat());
    assert_eq!(run_.code, 0, "{run_:?}");
    expect(&sandbox, &run_, &promoted());
    let failed =
        run(&sandbox, "kustomize", &[&args[..], &["from=dev", "to=prod", "only=wbe"]].concat());
    assert_ne!(failed.code, 0);
    assert!(failed.stderr.contains("kubectl-promote: `only: wbe` matches nothing"), "{failed:?}");
    expect(&sandbox, &failed, &promoted());
}

#[test]
fn kustomize_fn_run_with_a_function_declared_in_a_file() {
    if !has("kustomize", &["version"]) {
        return;
    }
    let binary = Path::new(BINARY).display();
    let annotation = format!(
        "  annotations:\n    config.kubernetes.io/function: |\n      exec:\n        path: {binary}\n"
    );
    let declared = |path: &str, spec: &str| {
        let sandbox = package();
        let config = promotion(spec).replace("spec:", &format!("{annotation}spec:"));
        sandbox.write(path, config);
        let run = run(&sandbox, "kustomize", &["fn", "run", "shop", "--enable-exec"]);
        (sandbox, run)
    };
    for (path, spec) in [
        ("shop/promote.yaml", "from: dev\n  to: [prod]"),
        ("shop/functions/promote.yaml", "from: ../dev\n  to: [../prod]"),
    ] {
        let (sandbox, run) = declared(path, spec);
        assert_eq!(run.code, 0, "{run:?}");
        expect(&sandbox, &run, &promoted());
    }
    // It gets what is in its own directory and nothing else.
    let (sandbox, run) = declared("shop/prod/promote.yaml", "from: ../dev");
    assert_ne!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("declare it in the one above both overlays"), "{run:?}");
    expect(&sandbox, &run, PROD);
}
