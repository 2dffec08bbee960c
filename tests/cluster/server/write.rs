//! Creating, changing and deleting.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::http::{Request, Response};
use super::kinds::Kind;
use super::list::stamped;
use super::status;
use super::store::{Key, Store};

/// What went wrong, as the client is told.
type Outcome = Result<Response, Response>;

const MERGE: &str = "application/merge-patch+json";

/// Does what a call that writes asks for.
pub fn write(store: &mut Store, call: &Call, kind: usize, request: &Request) -> Outcome {
    let key = (call.namespace.clone(), call.name.clone());
    // A namespace stands in itself for rights only.
    let key = if store.kinds[kind].namespaced { key } else { (String::new(), key.1) };
    match call.verb.as_str() {
        "create" => create(store, call, kind, parse(request)?),
        "update" => update(store, call, kind, &key, parse(request)?),
        "patch" => patch(store, call, kind, &key, request),
        "delete" => delete(store, call, kind, &key, request),
        _ => Err(status::failure(405, "MethodNotAllowed", "the server does not allow this method")),
    }
}

fn parse(request: &Request) -> Result<Value, Response> {
    let text = String::from_utf8_lossy(&request.body);
    let parsed = serde_json::from_slice(&request.body).ok().filter(Value::is_object);
    parsed.ok_or_else(|| {
        let message = "the object provided is unrecognized (must be of type T): couldn't get \
                       version/kind; json parse error";
        status::bad(&format!("{message} ({} bytes)", text.len()))
    })
}

fn create(store: &mut Store, call: &Call, number: usize, mut object: Value) -> Outcome {
    let kind = store.kinds[number].clone();
    let Some(name) = object["metadata"]["name"].as_str().map(str::to_owned) else {
        let required = "metadata.name: Required value: name or generateName is required";
        return Err(status::invalid(&kind.kind, required));
    };
    let key = (call.namespace.clone(), name.clone());
    if kind.namespaced {
        let namespace = (String::new(), call.namespace.clone());
        if !store.native("namespaces").contains_key(&namespace) {
            return Err(status::no_namespace(&call.namespace));
        }
        object["metadata"]["namespace"] = call.namespace.clone().into();
    }
    if store.get(number, &key).is_some() {
        return Err(status::exists(call, &name));
    }
    fresh(store, &kind, &mut object);
    let written = store.put(number, &key, object);
    Ok(Response::json(201, &stamped(&kind, &call.version, &written)))
}

/// What the server itself says of a new object, and not the client.
fn fresh(store: &Store, kind: &Kind, object: &mut Value) {
    for key in ["uid", "creationTimestamp", "generation", "deletionTimestamp", "resourceVersion"] {
        object["metadata"].as_object_mut().map(|metadata| metadata.remove(key));
    }
    store.christen(object);
    if !kind.counts() {
        object["metadata"].as_object_mut().map(|metadata| metadata.remove("generation"));
    }
    if kind.status {
        object.as_object_mut().map(|object| object.remove("status"));
        if kind.native {
            object["status"] = json!({});
        }
    }
    kind.complete(object);
}

fn patch(store: &mut Store, call: &Call, kind: usize, key: &Key, request: &Request) -> Outcome {
    if request.header("content-type") != Some(MERGE) {
        return Err(status::unsupported_type());
    }
    let current = store.get(kind, key).ok_or_else(|| status::not_found(call))?;
    let mut object = (*current).clone();
    let patch = parse(request)?;
    // Without one it is nobody's business who was there before.
    let version = patch["metadata"]["resourceVersion"].clone();
    merge(&mut object, patch);
    object["metadata"]["resourceVersion"] = version;
    update(store, call, kind, key, object)
}

/// A JSON merge patch (RFC 7386).
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(fields) = target.as_object_mut() else { return };
    for (key, value) in patch {
        match value {
            Value::Null => drop(fields.remove(&key)),
            value => merge(fields.entry(key).or_insert(Value::Null), value),
        }
    }
}

fn update(store: &mut Store, call: &Call, number: usize, key: &Key, sent: Value) -> Outcome {
    let kind = store.kinds[number].clone();
    let before = store.get(number, key).ok_or_else(|| status::not_found(call))?;
    let version = &sent["metadata"]["resourceVersion"];
    if version.is_string() && *version != before["metadata"]["resourceVersion"] {
        return Err(status::conflict(call));
    }
    let was_held = is_held(&before);
    let after = match call.subresource.as_str() {
        "status" => with_status(&before, sent),
        _ => with_spec(&kind, &before, sent),
    };
    let written = if after == *before { before } else { store.put(number, key, after) };
    let goes = !written["metadata"]["deletionTimestamp"].is_null();
    if goes && was_held && !is_held(&written) {
        store.remove(number, key);
    }
    Ok(Response::json(200, &stamped(&kind, &call.version, &written)))
}

fn with_status(before: &Value, mut sent: Value) -> Value {
    let mut after = before.clone();
    after["status"] = sent["status"].take();
    after
}

fn with_spec(kind: &Kind, before: &Value, mut after: Value) -> Value {
    for name in ["uid", "creationTimestamp", "generation", "namespace", "resourceVersion"] {
        match before["metadata"].get(name) {
            Some(value) => after["metadata"][name] = value.clone(),
            None => drop(after["metadata"].as_object_mut().map(|metadata| metadata.remove(name))),
        }
    }
    if kind.status
        && let Some(fields) = after.as_object_mut()
    {
        fields.remove("status");
        fields.extend(before.get("status").map(|status| ("status".to_owned(), status.clone())));
    }
    if kind.counts() && after["spec"] != before["spec"] {
        count(&mut after);
    }
    after
}

fn delete(store: &mut Store, call: &Call, number: usize, key: &Key, request: &Request) -> Outcome {
    let kind = store.kinds[number].clone();
    let before = store.get(number, key).ok_or_else(|| status::not_found(call))?;
    let Some(grace) = grace(&kind, &before, request) else {
        if kind.native && kind.kind == "Pod" {
            // First it is said that it has to go.
            let last = store.put(number, key, leaving(store, &before, 0));
            store.remove(number, key);
            return Ok(Response::json(200, &stamped(&kind, &call.version, &last)));
        }
        store.remove(number, key);
        let mut details = call.details();
        details["uid"] = before["metadata"]["uid"].clone();
        return Ok(Response::json(
            200,
            &json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {},
                "status": "Success", "details": details,
            }),
        ));
    };
    let mut object = (*before).clone();
    if object["metadata"]["deletionTimestamp"].is_null() {
        object = leaving(store, &object, grace);
        object = (*store.put(number, key, object)).clone();
    }
    Ok(Response::json(200, &stamped(&kind, &call.version, &object)))
}

/// The next generation, where there is one.
fn count(object: &mut Value) {
    if let Some(generation) = object["metadata"]["generation"].as_i64() {
        object["metadata"]["generation"] = (generation + 1).into();
    }
}

/// An object that has to go within so many seconds.
fn leaving(store: &Store, object: &Value, grace: i64) -> Value {
    let mut object = object.clone();
    count(&mut object);
    let end = store.now() + SignedDuration::from_secs(grace);
    let end = end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    object["metadata"]["deletionTimestamp"] = end.into();
    object["metadata"]["deletionGracePeriodSeconds"] = grace.into();
    object
}

/// For how long an object that is deleted stays: a pod on a node until its kubelet has stopped it,
/// and what has finalizers until they are gone.
fn grace(kind: &Kind, object: &Value, request: &Request) -> Option<i64> {
    let options: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let asked = request.parameter("gracePeriodSeconds").and_then(|text| text.parse().ok());
    let asked = asked.or_else(|| options["gracePeriodSeconds"].as_i64());
    if is_held(object) {
        return Some(asked.unwrap_or(0));
    }
    let ended = ["Succeeded", "Failed"].map(Value::from).contains(&object["status"]["phase"]);
    let runs = kind.native && kind.kind == "Pod" && !object["spec"]["nodeName"].is_null() && !ended;
    let own = object["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    runs.then(|| asked.unwrap_or(own)).filter(|seconds| *seconds > 0)
}

/// Whether it has finalizers.
fn is_held(object: &Value) -> bool {
    let finalizers = object["metadata"]["finalizers"].as_array();
    finalizers.is_some_and(|finalizers| !finalizers.is_empty())
}
