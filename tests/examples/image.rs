//! The function's image: the one that `PROMOTE_TEST_IMAGE` names, or built once for all tests.

use std::process::Command;
use std::sync::LazyLock;

use crate::support::{Run, Sandbox, missing, root};

/// What the image is called when this builds it.
const BUILT: &str = "kubectl-promote:test";

static NAME: LazyLock<Result<String, String>> = LazyLock::new(|| {
    let docker = Command::new("docker").arg("info").output();
    if !docker.is_ok_and(|docker| docker.status.success()) {
        return Err("no docker with a daemon is here".to_owned());
    }
    if let Ok(name) = std::env::var("PROMOTE_TEST_IMAGE") {
        let run = Run::of(Command::new("docker").args(["image", "inspect", &name]));
        assert_eq!(run.code, 0, "PROMOTE_TEST_IMAGE: {}", run.stderr);
        return Ok(name);
    }
    if std::env::var("PROMOTE_TEST_REQUIRE").as_deref() != Ok("all") {
        return Err("the image takes minutes to build: krm/image, then PROMOTE_TEST_IMAGE=kubectl-promote:dev".to_owned());
    }
    let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/image");
    let mut build = Command::new(root().join("krm/image"));
    let run = Run::of(build.arg(BUILT).env("CARGO_TARGET_DIR", target));
    if run.code == 0 { Ok(BUILT.to_owned()) } else { Err(format!("krm/image: {}", run.stderr)) }
});

/// Its name; `None`, said aloud, where it cannot be had.
pub(crate) fn name() -> Option<&'static str> {
    match &*NAME {
        Ok(name) => Some(name),
        Err(why) => {
            missing(why);
            None
        }
    }
}

/// Its name with the host, without which kpt puts that of its own catalogue in front.
pub(crate) fn with_host() -> Option<String> {
    let name = name()?;
    let has_host = name.split_once('/').is_some_and(|(host, _)| host.contains(['.', ':']));
    Some(if has_host { name.to_owned() } else { format!("docker.io/library/{name}") })
}

fn inspected(image: &str, format: &str) -> String {
    let run = Run::of(Command::new("docker").args(["image", "inspect", "--format", format, image]));
    assert_eq!(run.code, 0, "{run:?}");
    run.stdout.trim().to_owned()
}

#[test]
fn it_is_small_and_needs_no_arguments() {
    let Some(image) = name() else { return };
    let size: u64 = inspected(image, "{{.Size}}").parse().unwrap();
    assert!(size <= 12_000_000, "{size} bytes");
    assert_eq!(inspected(image, "{{.Config.User}}"), "65534:65534");
    assert_eq!(inspected(image, "{{json .Config.Entrypoint}}"), "[\"/kubectl-promote\",\"fn\"]");
    assert_eq!(inspected(image, "{{json .Config.Cmd}}"), "null");
}

#[test]
fn its_labels_say_what_it_is() {
    let Some(image) = name() else { return };
    let label = |name: &str| {
        inspected(
            image,
            &format!("{{{{index .Config.Labels \"org.opencontainers.image.{name}\"}}}}"),
        )
    };
    assert_eq!(label("title"), env!("CARGO_PKG_NAME"));
    assert_eq!(label("version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(label("licenses"), env!("CARGO_PKG_LICENSE"));
    assert_eq!(label("source"), env!("CARGO_PKG_REPOSITORY"));
    assert!(label("description").contains("KRM function"));
    let revision = label("revision");
    let is_commit = revision.len() == 40 && revision.chars().all(|c| c.is_ascii_hexdigit());
    assert!(is_commit || !root().join(".git").exists(), "{revision}");
}

/// From scratch: the program, which therefore needs no library, its user, the authorities, and nothing
/// else.
#[test]
fn it_holds_four_files() {
    let Some(image) = name() else { return };
    let sandbox = Sandbox::new();
    let script = format!(
        "id=$(docker create {image}) && docker export $id | tar -x && docker rm $id >/dev/null"
    );
    let run = Run::of(sandbox.command("sh").args(["-c", &script]));
    assert_eq!(run.code, 0, "{run:?}");
    let all = crate::support::files(sandbox.path());
    // What docker itself puts into every container is empty, or a link.
    let names: Vec<_> = all
        .iter()
        .filter(|(path, bytes)| !bytes.is_empty() && !sandbox.join(path).is_symlink())
        .map(|(path, _)| path)
        .collect();
    let wanted =
        ["etc/group", "etc/passwd", "etc/ssl/certs/ca-certificates.crt", "kubectl-promote"];
    assert_eq!(names, wanted.map(std::path::Path::new));
    assert!(sandbox.read("etc/passwd").starts_with("nobody:x:65534:65534:"));
    let authorities = sandbox.read("etc/ssl/certs/ca-certificates.crt");
    assert!(authorities.matches("-----BEGIN CERTIFICATE-----").count() > 50);
}

/// What `kpt fn doc` runs.
#[test]
fn its_help_is_markdown() {
    let Some(image) = name() else { return };
    let run = Run::of(Command::new("docker").args(["run", "--rm", image, "--help"]));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.starts_with("# kubectl-promote\n"), "{}", run.stdout);
}

/// As strict as a runner can be; and but for one image the objects come out as they went in.
#[test]
fn it_runs_without_network_files_and_rights() {
    let Some(image) = name() else { return };
    let sandbox = Sandbox::new();
    let release =
        std::fs::read_to_string(root().join("krm/examples/kustomize-container/prod/release.yaml"));
    let release = release.unwrap().replace('\n', "\n  ");
    let list = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n- apiVersion: v1 # kept\n  kind: Pod\n  metadata: {{name: web}}\n  spec: {{containers: [{{name: web, image: 'ghcr.io/acme/shop-web:1'}}]}}\n- {}\nfunctionConfig:\n  apiVersion: kubectl-promote.dev/v1alpha1\n  kind: Promotion\n  metadata: {{name: x}}\n  spec: {{only: ['*-web']}}\n",
        release.trim_end()
    );
    sandbox.write("list.yaml", &list);
    let script = format!(
        "docker run --rm -i --network none --user nobody --read-only --cap-drop ALL --security-opt=no-new-privileges {image} < list.yaml"
    );
    let run = Run::of(sandbox.command("sh").args(["-c", &script]));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run:?}");
    let (_, items) = run.stdout.split_once("items:\n").unwrap();
    let (_, before) = list.split_once("items:\n").unwrap();
    let web = "5a1a0c3fe1c1b2a6d2f5c9f9a7a7e2b64cc07ddc8f1c6b7f0c0a9b6d1d3e4f50";
    let after = before.replace("shop-web:1'", &format!("shop-web:1.5.0@sha256:{web}'"));
    assert_eq!(items, after);
}

/// The catalogue's description says the same as the package, and its paths are there.
#[test]
fn its_metadata_is_true() {
    let text = std::fs::read_to_string(root().join("krm/metadata.yaml")).unwrap();
    let metadata: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(metadata["image"], env!("CARGO_PKG_NAME"));
    assert_eq!(metadata["license"], env!("CARGO_PKG_LICENSE"));
    assert_eq!(metadata["description"], env!("CARGO_PKG_DESCRIPTION"));
    assert_eq!(metadata["tags"], serde_json::json!(["mutator"]));
    let examples = metadata["examplePackageURLs"].as_array().unwrap();
    for path in examples.iter().chain([&metadata["sourceURL"]]) {
        assert!(root().join(path.as_str().unwrap()).is_dir(), "{path}");
    }
}
