//! Objects written as no tool writes them: anchors of collections, merge keys, keys said twice.

use crate::support::dice::Dice;
use crate::vocabulary::version;

/// `NAME` is the object's name, `IMAGE` any image.
const SHAPES: &[&str] = &[
    "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec:\n  initContainers: &all\n  - name: a\n    image: IMAGE\n  containers: *all\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec:\n  containers:\n  - &first\n    name: a\n    image: IMAGE\n  - <<: *first\n    name: b\n  - <<: *first\n    name: c\n    image: IMAGE\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec:\n  containers:\n  - <<: {image: IMAGE, tty: true}\n    name: a\n  - name: b\n    <<: [{image: IMAGE}, {image: IMAGE, stdin: true}]\n",
    "apiVersion: acme.dev/v1\nkind: Shop\nmetadata: {name: NAME}\nspec:\n  defaults: &defaults {image: IMAGE}\n  more: &more {<<: *defaults, tty: true}\n  containers: [{<<: [*more, {stdin: true}], name: a}, {\"<<\": x, image: IMAGE}]\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec:\n  containers:\n  - name: a\n    image: &image IMAGE\n  - name: b\n    image: *image\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME, annotations: {acme.dev/image: &image IMAGE}}\nspec:\n  containers:\n  - {name: a, image: *image }\n  - {name: b, image: IMAGE}\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec: &spec\n  containers:\n  - name: a\n    image: IMAGE\ntemplate:\n  spec: *spec\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec:\n  containers:\n  - name: a\n    image: IMAGE\n    image: IMAGE\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec:\n  containers:\n  - {name: a, image: IMAGE}\n  containers:\n  - {name: a, image: IMAGE}\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec:\n  ? containers\n  : - name: a\n      ? image\n      : IMAGE\n  \"initContain\\x65rs\": [\"name\": a, image: IMAGE]\n",
    "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec:\n  containers:\n  - name: a\n    image: !!str IMAGE\n  - name: b\n    image: >-\n      IMAGE\n  - name: c\n    image: |\n      IMAGE\n",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: NAME\nspec:\n  template:\n    spec:\n      containers:\n        -\n          image: IMAGE # why\n          name: a\n      volumes:\n        - name: b\n          image: {reference: IMAGE, pullPolicy: Always}\n",
];

/// One of them.
pub(crate) fn text(dice: &mut Dice, name: &str, names: &[String]) -> String {
    let shape = SHAPES[dice.below(SHAPES.len())].replace("NAME", name);
    let mut parts = shape.split("IMAGE");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let image = format!("{}{}", names[dice.below(names.len())], version(dice));
        let block = text.ends_with("      ") && !text.ends_with("- ");
        text.push_str(&if block { image } else { format!("'{image}'") });
        text.push_str(part);
    }
    text
}
