//! Places of images in `configurations`: good ones, odd ones, and ones that are wrong.

use kubectl_promote::objects::FieldSpec;

use crate::support::dice::Dice;

const PATHS: &[&str] = &[
    "spec/image",
    "/spec/image",
    "spec/ /image",
    "spec/images[]/image",
    "spec/images/image",
    "spec/sidecar/image",
    "spec/sidecar/image/reference",
    "spec/a/b/image",
    r"metadata/annotations/acme.dev\/image",
    "data/image",
    "spec/ephemeralContainers[]/image",
    "spec/template/spec/ephemeralContainers[]/image",
    "spec/template/spec/containers[]/image",
    "spec/template/spec/containers/image",
    "spec/template/spec/initContainers[]/image",
    "spec/containers[]/image",
    "spec/containers/image",
    "spec/jobTemplate/spec/template/spec/volumes[]/image/reference",
    "spec/jobTemplate/spec/template/spec/containers[]/image",
    "spec/odd[]/image",
    "spec/volumes[]/image",
    "spec/volumes[]/image/reference",
    "spec/template/spec/volumes[]/image/reference",
];

/// Wrong wherever they lead to anything.
const WRONG: &[&str] = &[
    "",
    "/",
    "spec//image",
    "spec/image/",
    "spec/*/image",
    "spec/0",
    "spec/-",
    "spec/[name=web]/image",
    "spec/containers",
    "spec/containers[]",
    "spec/odd[]",
    "spec/odd",
    "spec",
    " ",
    "spec/containers[]/image/x",
    "spec/containers[]/image[]/x",
];

const KINDS: &[&str] = &["Deployment", "Pod", "Shop", "CronJob", "Job", "ConfigMap", "Rollout"];

/// None, mostly, or a few.
pub(crate) fn specs(dice: &mut Dice) -> Vec<FieldSpec> {
    let count = if dice.chance(50) { 0 } else { dice.between(1, 4) };
    let mut specs: Vec<FieldSpec> = (0..count).map(|_| spec(dice)).collect();
    if count > 0 && dice.chance(10) {
        // Once more, more general or not.
        let mut again = specs[dice.below(count)].clone();
        if dice.chance(60) {
            again.kind = String::new();
        }
        if dice.chance(3) {
            again.create = !again.create;
        }
        specs.push(again);
    }
    specs
}

fn spec(dice: &mut Dice) -> FieldSpec {
    let wrong = dice.chance(5);
    let path = dice.pick(if wrong { WRONG } else { PATHS }).to_owned();
    let kind = if wrong || dice.chance(40) { dice.pick(KINDS) } else { "" };
    let group = if dice.chance(12) { dice.pick(&["apps", "acme.dev", "batch"]) } else { "" };
    let version = if dice.chance(12) { dice.pick(&["v1", "v1beta1"]) } else { "" };
    let default = !path.contains("jobTemplate")
        && (path.contains("ontainers[]/image") || path.ends_with("volumes[]/image/reference"));
    // The same for all cases, mostly: kustomize merges what those have that are built together.
    let create = (default || path.len().is_multiple_of(2)) != (dice.below(300) == 0);
    FieldSpec {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        path,
        create,
    }
}
