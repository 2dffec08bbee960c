//! The function's image: the one that `PROMOTE_TEST_IMAGE` names, or built once for all tests.

use std::process::Command;
use std::sync::LazyLock;

use crate::support::{Run, missing, root};

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
    assert_eq!(inspected(image, "{{json .Config.Entrypoint}}"), "[\"/kubectl-promote\"]");
    assert_eq!(inspected(image, "{{json .Config.Cmd}}"), "null");
    let label = "{{index .Config.Labels \"org.opencontainers.image.version\"}}";
    assert_eq!(inspected(image, label), env!("CARGO_PKG_VERSION"));
}

/// What `kpt fn doc` runs.
#[test]
fn its_help_is_markdown() {
    let Some(image) = name() else { return };
    let run = Run::of(Command::new("docker").args(["run", "--rm", image, "--help"]));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.starts_with("# kubectl-promote\n"), "{}", run.stdout);
}
