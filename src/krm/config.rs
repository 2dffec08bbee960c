//! The function's configuration: a `Promotion`, or a flat `ConfigMap` with the same keys.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use crate::diagnostic::Diagnostic;
use crate::krm::list::List;
use crate::promotion::{API_VERSION, Promotion};
use crate::typed;
use crate::yaml::{Document, NodeId, Type};

/// The kind of the configuration.
pub(super) const KIND: &str = "Promotion";

const HINT: &str = "give it a `Promotion` with `spec.from`, or a `ConfigMap` with `from` and `to` in `data`: `kpt fn eval DIR … -- from=dev to=prod`";

/// The request that comes with `list`.
///
/// # Errors
/// A diagnostic that names what is missing or unknown.
pub(super) fn read(list: &List<'_>) -> Result<Promotion, Diagnostic> {
    let Some(config) = &list.config else { return Err(none()) };
    parse(&config.sheet().0)
}

/// The request of an older plugin: the text of its configuration.
///
/// # Errors
/// As [`read`].
pub(super) fn plugin(text: &str) -> Result<Promotion, Diagnostic> {
    parse(text)
}

fn none() -> Diagnostic {
    Diagnostic::error("the function has no configuration, and does not know what to promote")
        .hint(HINT)
}

/// The request in `text`, one YAML document.
///
/// # Errors
/// As [`read`].
pub(super) fn parse(text: &str) -> Result<Promotion, Diagnostic> {
    let doc = Document::parse(text).map_err(|error| {
        Diagnostic::error(format!("the function's configuration is not YAML: {}", error.message))
    })?;
    let Some(root) = doc.roots().first().map(|root| root.node) else { return Err(none()) };
    let get = |key: &str| doc.get_scalar(root, key).unwrap_or_default();
    match (get("apiVersion"), get("kind")) {
        (API_VERSION, KIND) => object(text, &doc, root),
        (version, KIND) => {
            let message =
                format!("the Promotion's `apiVersion` is `{version}`, not `{API_VERSION}`");
            Err(Diagnostic::error(message))
        }
        ("v1", "ConfigMap") => config_map(&doc, root),
        (_, kind) => {
            let message = format!("the function's configuration is a `{kind}`, not a `{KIND}`");
            Err(Diagnostic::error(message).hint(HINT))
        }
    }
}

/// What is read of a Promotion: runners add to its metadata what they like.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Object {
    #[serde(rename = "apiVersion")]
    _api_version: IgnoredAny,
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    #[serde(rename = "metadata", default)]
    _metadata: Option<IgnoredAny>,
    spec: Promotion,
}

/// What is read of a ConfigMap, in types.
#[derive(Deserialize)]
struct ConfigMap {
    data: Promotion,
}

fn object(text: &str, doc: &Document<'_>, root: NodeId) -> Result<Promotion, Diagnostic> {
    if doc.get(root, "spec").is_none_or(|spec| doc.is_null(spec)) {
        return Err(Diagnostic::error("the Promotion has no `spec`").hint(HINT));
    }
    let object: Object = understood(text)
        .map_err(|what| Diagnostic::error(format!("the Promotion is not understood: {what}")))?;
    let odd = doc.get(root, "spec").and_then(|spec| typed::untyped(doc, root, spec, &TRUTHS));
    odd.map_or(Ok(object.spec), |(problem, _)| {
        let message = format!("the Promotion's {}", problem.message);
        Err(Diagnostic { message, ..problem })
    })
}

/// Keys whose values are lists, in a ConfigMap with commas or line breaks between the items.
const LISTS: [&str; 5] = ["to", "kinds", "only", "except", "pin"];
/// Keys whose values are true or false.
const FLAGS: [&str; 4] = ["add", "allowDowngrade", "follow", "requirePresent"];
/// All keys of a Promotion whose values are no text.
const TRUTHS: [&str; 5] = [FLAGS[0], FLAGS[1], FLAGS[2], FLAGS[3], "create"];
/// Keys whose values are names by name: `NAME=NAME`, with commas or line breaks between the pairs.
const MAPS: [&str; 1] = ["names"];
/// Keys whose values are no text.
const NESTED: [&str; 2] = ["images", "fieldSpecs"];

fn config_map(doc: &Document<'_>, root: NodeId) -> Result<Promotion, Diagnostic> {
    let data = doc.get(root, "data").map_or(&[][..], |data| doc.entries(data));
    if data.is_empty() {
        return Err(none());
    }
    let mut spec = Map::new();
    for entry in data {
        let key = doc.scalar(entry.key).unwrap_or_default();
        let text = match doc.kind(entry.value) {
            Type::Collection => return Err(no_text(key)),
            _ => doc.scalar(entry.value).unwrap_or_default(),
        };
        let known = spec.insert(key.to_owned(), value(key, text)?);
        if known.is_some() {
            return Err(Diagnostic::error(format!("the ConfigMap has `data.{key}` twice")));
        }
    }
    // JSON is YAML: there is one reader, and one way to say what it does not understand.
    let data = serde_json::json!({ "data": spec }).to_string();
    let map: ConfigMap = understood(&data)
        .map_err(|what| Diagnostic::error(format!("the ConfigMap is not understood: {what}")))?;
    Ok(map.data)
}

/// What `text` says, or what is wrong with it and where in it that is.
fn understood<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_yaml::from_str(text).map_err(|error| {
        let text = error.to_string();
        // The line is none that anybody wrote.
        text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what).to_owned()
    })
}

/// A list or a mapping where only text can stand: to leave it out would choose everything.
fn no_text(key: &str) -> Diagnostic {
    let message = format!("the ConfigMap's `data.{key}` is a list or a mapping, not text");
    Diagnostic::error(message).hint(format!(
        "in a ConfigMap lists have commas, and maps pairs: `{key}: \"a,b\"`, `names: \"a=b\"`; or give the function a `Promotion`"
    ))
}

fn value(key: &str, text: &str) -> Result<Value, Diagnostic> {
    if LISTS.contains(&key) {
        return Ok(items(text).into_iter().map(Value::from).collect());
    }
    if MAPS.contains(&key) {
        return pairs(key, text);
    }
    if NESTED.contains(&key) {
        let message = format!("a ConfigMap cannot say `{key}`");
        return Err(Diagnostic::error(message).hint("give the function a `Promotion`"));
    }
    match (FLAGS.contains(&key), text.trim()) {
        (false, text) => Ok(Value::from(text)),
        (true, "true") => Ok(Value::from(true)),
        (true, "false") => Ok(Value::from(false)),
        (true, text) => {
            let message =
                format!("the ConfigMap's `data.{key}` is `{text}`, not `true` or `false`");
            Err(Diagnostic::error(message))
        }
    }
}

fn pairs(key: &str, text: &str) -> Result<Value, Diagnostic> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').ok_or_else(|| {
            Diagnostic::error(format!("the ConfigMap's `data.{key}` has `{pair}`, not `NAME=NAME`"))
        })?;
        Ok((name.trim().to_owned(), Value::from(value.trim())))
    };
    let mut out = Map::new();
    for pair in items(text).into_iter().map(pair) {
        let (name, value) = pair?;
        if out.insert(name.clone(), value).is_some() {
            let message = format!("the ConfigMap's `data.{key}` has `{name}` twice");
            return Err(Diagnostic::error(message));
        }
    }
    Ok(Value::Object(out))
}

/// The items of a list, split at commas and line breaks that are not between the brackets of a glob.
fn items(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let split = |c: char| {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == '\n' || c == ',' && depth == 0
    };
    text.split(split).map(str::trim).filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(text: &str) -> Result<Promotion, String> {
        let text =
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {text}\n");
        parse(&text).map_err(|problem| problem.message)
    }

    #[test]
    fn a_config_map_says_the_same_in_text() {
        let found = data(
            "{from: dev, to: 'a, b', add: 'true', newName: copy, pin: images, only: 'x/{a,b}*,y'}",
        );
        let found = found.unwrap();
        assert_eq!((found.from.as_str(), found.to), ("dev", vec!["a".to_owned(), "b".to_owned()]));
        assert!(found.add && !found.follow);
        assert_eq!(found.only, ["x/{a,b}*", "y"]);
        let names = data("{names: 'web=mirror/web, api=x'}").unwrap().names;
        assert_eq!((names["web"].as_str(), names["api"].as_str()), ("mirror/web", "x"));
        assert_eq!(data("{from: 2024.10}").unwrap().from, "2024.10");
    }

    #[test]
    fn what_is_unknown_is_named() {
        assert!(data("{}").unwrap_err().contains("no configuration"));
        assert!(data("{form: x}").unwrap_err().contains("unknown field `form`"));
        assert!(data("{add: yes}").unwrap_err().contains("`data.add` is `yes`"));
        assert!(data("{pin: image}").unwrap_err().contains("`image`"));
        assert!(data("{images: web}").unwrap_err().contains("`images`"));
        assert!(data("{names: web}").unwrap_err().contains("`web`, not `NAME=NAME`"));
        assert!(data("{from: a, from: b}").unwrap_err().contains("`data.from` twice"));
        assert!(data("{names: 'a=b,a=c'}").unwrap_err().contains("`data.names` has `a` twice"));
        assert!(data("{newName: Copy}").unwrap_err().contains("data.newName: unknown variant"));
    }

    #[test]
    fn what_is_no_text_is_refused_and_never_left_out() {
        for key in ["from", "to", "only", "except", "kinds", "pin", "names", "add"] {
            for value in ["[a]", "{a: b}", "[]"] {
                let problem = data(&format!("{{from: x, {key}: {value}}}")).unwrap_err();
                assert!(
                    problem.contains(&format!("`data.{key}` is a list or a mapping")),
                    "{problem}"
                );
            }
        }
        assert!(data("{from: a, only: null}").unwrap().only.is_empty());
    }

    #[test]
    fn numbers_in_images_are_refused_as_kustomize_refuses_them() {
        let spec = |images: &str| {
            let text =
                format!("apiVersion: {API_VERSION}\nkind: Promotion\nspec: {{images: {images}}}\n");
            parse(&text).map_err(|problem| problem.message)
        };
        for (images, value) in [
            ("[{name: a, newTag: '1.10'}, {name: web, newTag: 1.10}]", "1.10"),
            ("[{name: web, digest: 012}]", "012"),
            ("[{name: web, newName: true}]", "true"),
        ] {
            let problem = spec(images).unwrap_err();
            assert!(
                problem.contains(&format!("`{value}` without quotes is not text")),
                "{problem}"
            );
        }
        assert_eq!(spec("[{name: web, newTag: '1.10'}]").unwrap().images[0].new_tag, "1.10");
        assert!(spec("[{name: web, newTag: ~}]").unwrap_err().contains("newTag` is null"));
    }

    #[test]
    fn every_field_has_its_form_in_a_config_map() {
        let schema = serde_json::to_value(schemars::schema_for!(Promotion)).unwrap();
        for (key, form) in schema["properties"].as_object().unwrap() {
            let is = |wanted: &str| form["type"] == wanted;
            let lists = [&LISTS[..], &NESTED].concat();
            assert_eq!(lists.contains(&key.as_str()), is("array"), "{key}");
            assert_eq!(FLAGS.contains(&key.as_str()), is("boolean"), "{key}");
            assert_eq!(MAPS.contains(&key.as_str()), is("object"), "{key}");
        }
    }
}
