//! What an API server says when it does not do what it is asked (`metav1.Status`), in the words of
//! kube-apiserver 1.34.

use serde_json::{Value, json};

use super::call::Call;
use super::http::Response;

/// A failure, with its reason in a word.
pub fn failure(code: u16, reason: &str, message: &str) -> Response {
    detailed(code, reason, message, Value::Null)
}

/// A failure with details.
pub fn detailed(code: u16, reason: &str, message: &str, details: Value) -> Response {
    Response::json(code, &body(code, reason, message, details))
}

/// The object itself: in a watch it comes as an event.
pub fn body(code: u16, reason: &str, message: &str, details: Value) -> Value {
    let mut out = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    if !details.is_null() {
        out["details"] = details;
    }
    out
}

pub fn bad(message: &str) -> Response {
    failure(400, "BadRequest", message)
}

pub fn unauthorized() -> Response {
    failure(401, "Unauthorized", "Unauthorized")
}

/// A path that is none: not even JSON.
pub fn no_page() -> Response {
    Response::new(404, "text/plain; charset=utf-8", "404 page not found\n")
        .header("X-Content-Type-Options", "nosniff")
}

/// A resource that the group does not have.
pub fn no_resource() -> Response {
    let message = "the server could not find the requested resource";
    detailed(404, "NotFound", message, json!({}))
}

/// No such object.
pub fn not_found(call: &Call) -> Response {
    let message = format!("{} \"{}\" not found", call.group_resource(), call.name);
    detailed(404, "NotFound", &message, call.details())
}

/// The namespace that an object is to be in.
pub fn no_namespace(name: &str) -> Response {
    let message = format!("namespaces \"{name}\" not found");
    detailed(404, "NotFound", &message, json!({"name": name, "kind": "namespaces"}))
}

pub fn exists(call: &Call, name: &str) -> Response {
    let call = Call { name: name.to_owned(), ..call.clone() };
    let message = format!("{} \"{name}\" already exists", call.group_resource());
    detailed(409, "AlreadyExists", &message, call.details())
}

/// Somebody else was faster.
pub fn conflict(call: &Call) -> Response {
    let message = format!(
        "Operation cannot be fulfilled on {} \"{}\": the object has been modified; please apply \
         your changes to the latest version and try again",
        call.group_resource(),
        call.name
    );
    detailed(409, "Conflict", &message, call.details())
}

pub fn invalid(kind: &str, message: &str) -> Response {
    let message = format!("{kind} \"\" is invalid: {message}");
    detailed(422, "Invalid", &message, json!({"kind": kind}))
}

pub fn unsupported_type() -> Response {
    let message = "415: Unsupported Media Type";
    detailed(415, "UnsupportedMediaType", message, json!({}))
}

/// Rights that `user` does not have.
pub fn forbidden(call: &Call, user: &str) -> Response {
    let name = if call.name.is_empty() { String::new() } else { format!(" \"{}\"", call.name) };
    let place = match call.namespace.as_str() {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace \"{namespace}\""),
    };
    let message = format!(
        "{}{name} is forbidden: User \"{user}\" cannot {} resource \"{}\" in API group \"{}\" {place}",
        call.group_resource(),
        call.verb,
        call.full_resource(),
        call.group,
    );
    detailed(403, "Forbidden", &message, call.details())
}

/// A path that `user` may not see.
pub fn forbidden_path(user: &str, path: &str) -> Response {
    let message = format!("forbidden: User \"{user}\" cannot get path \"{path}\"");
    detailed(403, "Forbidden", &message, json!({}))
}

/// A list that is too old to go on with; `token` goes on with what is there now.
pub fn expired(token: &str) -> Response {
    let message = "The provided continue parameter is too old to display a consistent list result. \
        You can start a new list without the continue parameter, or use the continue token in this \
        response to retrieve the remainder of the results. Continuing with the provided token \
        results in an inconsistent list - objects that were created, modified, or deleted between \
        the time the first chunk was returned and now may show up in the list.";
    let mut out = body(410, "Expired", message, Value::Null);
    out["metadata"]["continue"] = token.into();
    Response::json(410, &out)
}

/// What a watch says that starts too far back.
pub fn too_old(asked: u64, oldest: u64) -> Value {
    let message = format!("too old resource version: {asked} ({oldest})");
    body(410, "Expired", &message, Value::Null)
}
