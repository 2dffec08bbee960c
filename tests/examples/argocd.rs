//! Argo CD: kustomize, run as its settings say. Argo CD itself is not here.

use crate::bench::{Example, kustomize};

/// The value of the only line of `path` that begins with `key`.
fn value(example: &Example, path: &str, key: &str) -> String {
    let text = example.sandbox().read(path);
    let lines: Vec<_> = text.lines().filter_map(|line| line.trim().strip_prefix(key)).collect();
    assert_eq!(lines.len(), 1, "{path}: {key}");
    lines[0].trim().to_owned()
}

#[test]
fn its_build_options_run_the_function() {
    if kustomize() {
        let example = Example::new("argocd");
        let options = value(&example, "argocd/argocd-cm.yaml", "kustomize.buildOptions:");
        let path = value(&example, "argocd/application.yaml", "path:");
        let run = example.shell(&format!("kustomize build {options} {path}"));
        example.matches(&run);
        example.matches(&example.run());
    }
}

/// A plugin's command runs in the application's directory.
#[test]
fn as_a_config_management_plugin_it_does_too() {
    if kustomize() {
        let example = Example::new("argocd");
        let command = value(&example, "argocd/plugin.yaml", "command:");
        let command = command.trim_matches(['[', ']']).replace(", ", " ");
        let path = value(&example, "argocd/application.yaml", "path:");
        example.matches(&example.shell(&format!("cd {path} && {command}")));
    }
}

/// What the application depends on, so that a new version in staging reaches production.
#[test]
fn the_application_names_what_it_is_made_of() {
    let example = Example::new("argocd");
    let key = "argocd.argoproj.io/manifest-generate-paths:";
    let paths = value(&example, "argocd/application.yaml", key);
    let source = value(&example, "prod/promotion.yaml", "from:");
    assert!(paths.split(';').any(|path| path == source), "{paths}");
}

/// The sidecar patches a repo-server, and finds the plugin where Argo CD looks for it.
#[test]
fn the_sidecar_is_a_patch_that_mounts_the_plugin() {
    if !kustomize() {
        return;
    }
    let example = Example::new("argocd");
    let server = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: argocd-repo-server, namespace: argocd}\n\
                  spec: {template: {spec: {containers: [{name: argocd-repo-server, image: argocd}]}}}\n";
    let kustomization = "resources: [server.yaml]\npatches: [{path: sidecar.yaml}]\n";
    example.sandbox().write("argocd/server.yaml", server);
    example.sandbox().write("argocd/kustomization.yaml", kustomization);
    let run = example.shell("kustomize build argocd");
    assert_eq!(run.code, 0, "{run:?}");
    let built: serde_json::Value = serde_yaml::from_str(&run.stdout).unwrap();
    let pod = &built["spec"]["template"]["spec"];
    let containers = pod["containers"].as_array().unwrap();
    assert_eq!(containers.len(), 2);
    let sidecar = containers.iter().find(|one| one["name"] != "argocd-repo-server").unwrap();
    let mounts = sidecar["volumeMounts"].as_array().unwrap();
    let plugin = mounts.iter().find(|mount| mount["subPath"] == "plugin.yaml").unwrap();
    assert_eq!(plugin["mountPath"], "/home/argocd/cmp-server/config/plugin.yaml");
    let volumes = pod["volumes"].as_array().unwrap();
    assert!(volumes.iter().any(|volume| volume["name"] == plugin["name"]));
    // The application that wants the plugin says its name.
    let name = value(&example, "argocd/plugin.yaml", "name:");
    let application = example.sandbox().read("argocd/application.yaml");
    assert!(application.contains(&format!("plugin: {{name: {name}}}")), "{application}");
}
