//! Whether two builds say the same, less what differs on purpose.

use serde_yaml::Value;

use crate::case::Case;
use crate::support::dice::Tally;

/// Lists that kustomize makes empty ones where they are null.
const LISTS: [&str; 6] =
    ["containers", "initContainers", "ephemeralContainers", "volumes", "images", "odd"];

/// Compares what kustomize made of `cases` with what our changes came to.
pub(crate) fn objects(cases: &[&Case], theirs: &[Value], ours: &[Value], tally: &mut Tally) {
    for (theirs, ours) in theirs.iter().zip(ours) {
        let name = ours["metadata"]["name"].as_str().unwrap_or_default();
        let case = cases.iter().find(|case| name.starts_with(&format!("{}-", case.dir())));
        if let Err(path) = same(theirs, ours, "", tally) {
            let text = |value| serde_yaml::to_string(value).unwrap();
            let case = case.map(ToString::to_string).unwrap_or_default();
            panic!("{path} differs\n== kustomize\n{}== we\n{}\n{case}", text(theirs), text(ours));
        }
        tally.note("objects compared");
    }
    assert_eq!(theirs.len(), ours.len(), "objects got lost");
}

/// Compares two values at `path`.
///
/// # Errors
/// The path of the first difference.
fn same(theirs: &Value, ours: &Value, path: &str, tally: &mut Tally) -> Result<(), String> {
    match (theirs, ours) {
        (Value::Mapping(one), Value::Mapping(other)) => {
            if !one.keys().eq(other.keys()) {
                return Err(format!("{path}: a key"));
            }
            for (key, value) in one {
                let key = key.as_str().unwrap_or("?");
                same(value, &ours[key], &format!("{path}/{key}"), tally)?;
            }
            Ok(())
        }
        (Value::Sequence(one), Value::Sequence(other)) if one.len() == other.len() => {
            let mut both = one.iter().zip(other).enumerate();
            both.try_for_each(|(at, (one, other))| same(one, other, &format!("{path}/{at}"), tally))
        }
        // Between brackets kustomize writes a null that is nothing as an empty text.
        (Value::Sequence(list), other) if list.is_empty() && is_list(path) && is_nothing(other) => {
            tally.note("nulls that kustomize makes a list");
            Ok(())
        }
        (_, Value::String(text)) if theirs != ours && is_plain_form(theirs, text) => {
            tally.note("texts that kustomize makes something else");
            Ok(())
        }
        _ if theirs == ours => Ok(()),
        _ => Err(path.to_owned()),
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn is_list(path: &str) -> bool {
    LISTS.iter().any(|list| path.ends_with(&format!("/{list}")))
}

/// Whether `text`, written without quotes, is what kustomize says: a number, a truth value or null.
fn is_plain_form(theirs: &Value, text: &str) -> bool {
    use kubectl_promote::yaml::{Type, resolve};
    resolve(text, true, None) != Type::Text
        && match theirs {
            Value::Number(number) => {
                text.parse::<f64>().is_ok_and(|parsed| Some(parsed) == number.as_f64())
            }
            other => serde_yaml::from_str::<Value>(text).is_ok_and(|plain| plain == *other),
        }
}
