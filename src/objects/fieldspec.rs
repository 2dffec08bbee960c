//! Where images stand in objects of a kind, in the form of kustomize's `configurations`
//! (`api/types/fieldspec.go`, `kyaml/resid/gvk.go`, `kyaml/utils/pathsplitter.go`, v5.8.1).

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;

/// A place in objects, in the form of kustomize's `configurations`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FieldSpec {
    /// The API group of the objects: any where it is absent
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The version of the group: any where it is absent
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The kind of the objects: any where it is absent
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The keys on the way, `/` between them: lists are entered with and without `[]`, and `\/` is a
    /// slash inside a key
    pub path: String,
    /// Without effect on images: nothing is ever created
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub create: bool,
}

/// Where images stand by default (`api/internal/konfig/builtinpluginconsts/images.go`).
const DEFAULTS: [&str; 6] = [
    "spec/containers[]/image",
    "spec/initContainers[]/image",
    "spec/volumes[]/image/reference",
    "spec/template/spec/containers[]/image",
    "spec/template/spec/initContainers[]/image",
    "spec/template/spec/volumes[]/image/reference",
];

/// A place that can be looked up.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) spec: FieldSpec,
    pub(super) path: Vec<Segment>,
}

/// A part of a path, as `PathGetter` of kyaml takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// A key. `list`: a null is a list without items.
    Key { name: String, list: bool },
    /// Blanks: they lead nowhere.
    Here,
    /// What no mapping can be asked for.
    Wrong(&'static str),
}

/// The default places and `custom`, as kustomize merges a file of them: sorted, and without those
/// that an earlier one stands for, which is done for the file, for both, and once more for both when
/// they are sorted (`MakeTransformerConfig` and `MergeConfig` in `api/internal/accumulator`).
///
/// An earlier one that is more particular stands for a place too (`effectivelyEquals`): behind
/// `{kind: Deployment, path: p}` a plain `{path: p}` is dropped, be it a default.
///
/// # Errors
/// Two of them are the same place and differ in `create`.
pub(super) fn merged(custom: &[FieldSpec]) -> Result<Vec<Spec>, Diagnostic> {
    let default =
        |path: &&str| FieldSpec { path: (*path).to_owned(), create: true, ..FieldSpec::default() };
    let defaults: Vec<_> = DEFAULTS.iter().map(default).collect();
    let own = distinct(sorted(custom))?;
    let all = distinct([defaults, own].concat())?;
    let all = distinct(sorted(&all))?;
    Ok(all.into_iter().map(|spec| Spec { path: segments(&spec.path), spec }).collect())
}

fn sorted(specs: &[FieldSpec]) -> Vec<FieldSpec> {
    let mut sorted = specs.to_vec();
    sorted.sort_by_cached_key(order);
    sorted
}

fn distinct(specs: Vec<FieldSpec>) -> Result<Vec<FieldSpec>, Diagnostic> {
    let mut out = Vec::with_capacity(specs.len());
    for spec in specs {
        add(&mut out, spec)?;
    }
    Ok(out)
}

fn add(all: &mut Vec<FieldSpec>, spec: FieldSpec) -> Result<(), Diagnostic> {
    let same = all.iter().find(|known| {
        let selected = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        known.path == spec.path
            && selected(&spec.group, &known.group)
            && selected(&spec.version, &known.version)
            && selected(&spec.kind, &known.kind)
    });
    match same {
        None => all.push(spec),
        Some(known) if known.create == spec.create => {}
        Some(known) => {
            let message = format!(
                "the field spec `{}` says `create: {}`, and another one of the same path `create: {}`",
                spec.path, spec.create, known.create
            );
            let hint = "kustomize refuses this too; its own paths of images have `create: true`";
            return Err(Diagnostic::error(message).hint(hint));
        }
    }
    Ok(())
}

/// Kinds that kustomize puts before all others, and behind them (`gvk.go`).
#[rustfmt::skip]
const FIRST: [&str; 22] = [
    "Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount",
    "PodSecurityPolicy", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap",
    "Secret", "Endpoints", "Service", "LimitRange", "PriorityClass", "PersistentVolume",
    "PersistentVolumeClaim", "Deployment", "StatefulSet", "CronJob", "PodDisruptionBudget",
];
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// `Gvk.IsLessThan`.
fn order(spec: &FieldSpec) -> (usize, String) {
    let position = |kinds: &[&str]| kinds.iter().position(|kind| *kind == spec.kind);
    let first = position(&FIRST).or_else(|| position(&LAST).map(|at| FIRST.len() + 1 + at));
    let or = |text: &str, nothing: &str| {
        if text.is_empty() { nothing.to_owned() } else { text.to_owned() }
    };
    let names = [or(&spec.group, "~G"), or(&spec.version, "~V"), or(&spec.kind, "~K")];
    (first.unwrap_or(FIRST.len()), names.join("_"))
}

/// The parts of `path`: a slash in front says nothing, one at the end asks for an empty key.
fn segments(path: &str) -> Vec<Segment> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let mut parts: Vec<String> = Vec::new();
    for part in path.split('/') {
        match parts.last_mut().filter(|last| last.ends_with('\\')) {
            Some(last) => {
                last.pop();
                last.push('/');
                last.push_str(part);
            }
            None => parts.push(part.to_owned()),
        }
    }
    parts.iter().map(|part| segment(part)).collect()
}

fn segment(part: &str) -> Segment {
    let (name, list) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
    match name.trim() {
        _ if name.is_empty() => Segment::Wrong("has an empty part"),
        "" => Segment::Here,
        "*" => Segment::Wrong("has a wildcard, which kustomize does not know here"),
        name if name == "-" || name.parse::<i64>().is_ok() || is_index(name) => {
            Segment::Wrong("asks for an item, and there is a mapping")
        }
        name => Segment::Key { name: name.to_owned(), list },
    }
}

/// `[name=value]`.
fn is_index(name: &str) -> bool {
    name.starts_with('[') && name.ends_with(']')
}

impl Spec {
    /// Whether the place is one of objects with that `apiVersion` and `kind`.
    pub(super) fn is_for(&self, api_version: &str, kind: &str) -> bool {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let fits = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
        fits(&self.spec.kind, kind)
            && fits(&self.spec.group, group)
            && fits(&self.spec.version, version)
    }

    /// Whether it is one of the places that kustomize knows without being told.
    pub(super) fn is_default(&self) -> bool {
        DEFAULTS.contains(&self.spec.path.as_str())
    }

    /// A key without which no object has the place: `usual` where it is one, the last one otherwise.
    /// `None` where an object may have the place, or be wrong there, without any.
    pub(super) fn word(&self, usual: &'static str) -> Option<&str> {
        let mut last = None;
        for segment in &self.path {
            match segment {
                Segment::Wrong(_) => return None,
                Segment::Key { name, .. } if name == usual => return Some(usual),
                Segment::Key { name, .. } => last = Some(name.as_str()),
                Segment::Here => {}
            }
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(kind: &str, path: &str, create: bool) -> FieldSpec {
        FieldSpec { kind: kind.to_owned(), path: path.to_owned(), create, ..FieldSpec::default() }
    }

    fn key(name: &str, list: bool) -> Segment {
        Segment::Key { name: name.to_owned(), list }
    }

    /// What is there beside the defaults.
    fn custom(specs: &[FieldSpec]) -> Vec<(String, String)> {
        let all = merged(specs).unwrap().into_iter().map(|spec| spec.spec);
        let own = all.filter(|spec| !(spec.kind.is_empty() && DEFAULTS.contains(&&*spec.path)));
        own.map(|spec| (spec.kind, spec.path)).collect()
    }

    #[test]
    fn paths_are_split_as_in_kyaml() {
        for (path, wanted) in [
            ("spec/a[]/image", vec![key("spec", false), key("a", true), key("image", false)]),
            ("/spec", vec![key("spec", false)]),
            (r"a\/b/c", vec![key("a/b", false), key("c", false)]),
            (" a / /b", vec![key("a", false), Segment::Here, key("b", false)]),
            ("", vec![Segment::Wrong("has an empty part")]),
            ("a/", vec![key("a", false), Segment::Wrong("has an empty part")]),
            ("[]", vec![Segment::Wrong("has an empty part")]),
        ] {
            assert_eq!(segments(path), wanted, "{path}");
        }
        for part in ["0", "-1", "+2", "-", "*", "[name=x]", "[x]", "1[]"] {
            assert!(matches!(segment(part), Segment::Wrong(_)), "{part}");
        }
        assert_eq!(segment("99999999999999999999"), key("99999999999999999999", false));
    }

    #[test]
    fn a_more_particular_place_stands_for_the_general_one_behind_it() {
        let names = |all: &[(&str, &str)]| {
            all.iter()
                .map(|(kind, path)| ((*kind).to_owned(), (*path).to_owned()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            custom(&[spec("", "p", false), spec("Foo", "p", false)]),
            names(&[("Foo", "p")])
        );
        let last = "ValidatingWebhookConfiguration";
        assert_eq!(
            custom(&[spec(last, "p", false), spec("", "p", false)]),
            names(&[("", "p"), (last, "p")])
        );
        assert_eq!(custom(&[spec("", DEFAULTS[0], true)]), names(&[]));
    }

    #[test]
    fn a_particular_place_takes_the_default_away() {
        let all = merged(&[spec("Shop", DEFAULTS[2], true)]).unwrap();
        let kinds = all.iter().filter(|all| all.spec.path == DEFAULTS[2]);
        assert_eq!(kinds.map(|all| all.spec.kind.as_str()).collect::<Vec<_>>(), ["Shop"]);
        assert_eq!(all.len(), DEFAULTS.len());
    }

    #[test]
    fn the_same_place_has_one_create() {
        let message = merged(&[spec("", "spec/containers[]/image", false)]).unwrap_err().message;
        assert!(message.contains("`create: false`"), "{message}");
        assert!(merged(&[spec("Pod", "spec/containers[]/image", false)]).is_err());
        assert!(merged(&[spec("A", "p", true), spec("A", "p", false)]).is_err());
        assert!(merged(&[spec("A", "p", true), spec("B", "p", false)]).is_ok());
    }

    #[test]
    fn objects_are_told_by_group_version_and_kind() {
        let of = |group: &str, version: &str, kind: &str| {
            let spec = FieldSpec {
                group: group.to_owned(),
                version: version.to_owned(),
                ..spec(kind, "p", false)
            };
            merged(&[spec]).unwrap().into_iter().find(|spec| spec.spec.path == "p").unwrap()
        };
        assert!(of("", "", "").is_for("", ""));
        assert!(of("apps", "v1", "Deployment").is_for("apps/v1", "Deployment"));
        assert!(!of("apps", "", "").is_for("v1", "Pod"));
        assert!(of("", "v1", "").is_for("v1", "Pod"));
        assert!(of("a", "b/c", "").is_for("a/b/c", "X"));
    }
}
