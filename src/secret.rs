//! Where a kustomization may hold secrets: those bytes are never shown.

use std::borrow::Cow;

use crate::span::{Span, line_content_end, line_start};
use crate::yaml::{Document, NodeId};

/// The places of `doc` that may hold secret values: `secretGenerator`, and patches of a Secret.
pub fn secrets(doc: &Document<'_>) -> Vec<Span> {
    let Some(root) = doc.roots().first().map(|root| root.node) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for entry in doc.entries(root) {
        let key = doc.scalar(entry.key).unwrap_or_default().to_ascii_lowercase();
        match key.as_str() {
            "secretgenerator" => out.push(doc.node(entry.value).span),
            "patches" | "patchesstrategicmerge" | "patchesjson6902" => {
                patches(doc, entry.value, &mut out);
            }
            _ => {}
        }
    }
    out
}

/// Whether the lines of `span` hold any of `secrets`, so that they must not be shown.
pub fn touches(text: &str, span: Span, secrets: &[Span]) -> bool {
    let lines = Span::new(line_start(text, span.start), line_content_end(text, span.end));
    secrets.iter().any(|secret| secret.start < lines.end && lines.start < secret.end)
}

/// The same for a text that is no YAML, which nobody can tell the secrets of: whether it speaks of any.
pub fn mentions(text: &str) -> bool {
    text.to_ascii_lowercase().contains("secret")
}

/// Whether a line has a login in a URL: a password, the token that HTTP takes as a user, or a parameter.
pub fn has_login(line: &str) -> bool {
    let mut parameters = line.split(['?', '&']).skip(1).filter_map(|part| part.split_once('='));
    let in_query = parameters.any(|(name, _)| is_secret_parameter(name));
    in_query
        || line.match_indices("://").any(|(at, _)| {
            let (scheme, rest) = (line[..at].to_ascii_lowercase(), &line[at + 3..]);
            let host = rest.split(['/', '?', '#', ' ', '"', '\'']).next().unwrap_or_default();
            let user = host.rsplit_once('@').map_or("", |(user, _)| user);
            let is_http = scheme.ends_with("http") || scheme.ends_with("https");
            user.contains(':') || is_http && !user.is_empty()
        })
}

/// A URL without user and password, and without the parameters that stand for them: they are no part
/// of what it names.
pub fn without_secrets(url: &str) -> String {
    without_secret_parameters(&without_login(url)).into_owned()
}

fn without_login(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let login = authority.rfind('@').map_or(0, |at| at + 1);
    // `ssh://git@host` names an account that everybody uses, and no secret.
    let shared = scheme == "ssh" && !authority[..login].contains(':');
    if shared { url.to_owned() } else { format!("{scheme}://{}", &rest[login..]) }
}

/// A URL without the parameters that log in.
pub fn without_secret_parameters(url: &str) -> Cow<'_, str> {
    let Some((path, query)) = url.split_once('?') else { return Cow::Borrowed(url) };
    let name = |part: &str| part.split('=').next().is_some_and(is_secret_parameter);
    if !query.split('&').any(name) {
        return Cow::Borrowed(url);
    }
    let kept: Vec<_> = query.split('&').filter(|part| !name(part)).collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    Cow::Owned(format!("{path}{mark}{}", kept.join("&")))
}

/// Whether a parameter of that name logs in: GitLab's `private_token`, GitHub's `token`, the signatures
/// of storage services. Nobody escapes letters in an honest name.
pub fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.replace(['_', '-'], "");
    let parts = ["token", "secret", "passw", "credential", "signature", "apikey", "accesskey", "%"];
    parts.iter().any(|part| name.contains(part))
        || ["auth", "authorization", "sig", "pwd"].contains(&name.as_str())
}

fn patches(doc: &Document<'_>, list: NodeId, out: &mut Vec<Span>) {
    for item in doc.items(list) {
        let target = doc.get(*item, "target").and_then(|target| doc.get_scalar(target, "kind"));
        let text = doc.get_scalar(*item, "patch").or_else(|| doc.scalar(*item)).unwrap_or_default();
        if target == Some("Secret") || mentions(text) && is_secret(text) {
            out.push(doc.node(*item).span);
        }
    }
}

/// Whether a patch is for a Secret, or cannot be read.
fn is_secret(patch: &str) -> bool {
    let Ok(doc) = Document::parse(patch) else { return true };
    let mut roots = doc.roots().iter();
    roots.any(|root| doc.get_scalar(root.node, "kind") == Some("Secret"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, word: &str) -> bool {
        let doc = Document::parse(text).unwrap();
        let start = text.find(word).unwrap();
        !touches(text, Span::new(start, start + word.len()), &secrets(&doc))
    }

    #[test]
    fn secret_generators_and_patches_of_secrets_are_hidden() {
        let text = "images:\n- name: a\nSecretGenerator:\n- name: b\n  literals:\n  - c=d\n";
        assert!(shown(text, "name: a") && !shown(text, "name: b") && !shown(text, "c=d"));
        let text = "patches:\n- patch: |-\n    kind: Secret\n    x: y\n- patch: |-\n    kind: Service\n    a: b\n";
        assert!(!shown(text, "x: y") && shown(text, "a: b"));
        let text = "patches:\n- target: {kind: Secret}\n  patch: '[{op: add, value: x}]'\n";
        assert!(!shown(text, "op: add"));
        assert!(!shown("{images: [{name: a}], secretGenerator: [{literals: [c=d]}]}", "name: a"));
    }

    #[test]
    fn logins_in_urls_are_seen() {
        for (line, wanted) in [
            ("- https://token@github.com/a/b?ref=v1", true),
            ("- \"HTTPS://me:token@git.example.org/a/b.git\"", true),
            ("- git::ssh://me:token@git.example.org/a/b.git", true),
            ("- {a: 'http://x/', b: 'https://token@x'}", true),
            ("- https://git.example.org/a/b.git?ref=v1&private_token=x", true),
            ("- https://git.example.org/a/b.git?ref=token", false),
            ("- ssh://git@git.example.org/a/b.git", false),
            ("- git@github.com:a/b", false),
            ("- https://github.com/a/b@c?ref=v1", false),
            ("- https://github.com # mail@example.org", false),
            ("://", false),
        ] {
            assert_eq!(has_login(line), wanted, "{line}");
        }
    }

    #[test]
    fn a_url_keeps_nothing_that_logs_in() {
        for (url, wanted) in [
            ("https://me:token@x/a?ref=v1", "https://x/a?ref=v1"),
            ("git::https://token@x/a.git//b", "git::https://x/a.git//b"),
            ("ssh://git@x/a", "ssh://git@x/a"),
            ("ssh://me:token@x/a", "ssh://x/a"),
            ("git@x:a/b?ref=v1", "git@x:a/b?ref=v1"),
            ("https://x/a?ref=v1&private_token=s", "https://x/a?ref=v1"),
            ("https://x/a?Token=s&ref=v1&timeout=9", "https://x/a?ref=v1&timeout=9"),
            ("https://x/a?token=s", "https://x/a"),
            ("https://x/a?%74oken=s&X-Amz-Signature=s&sig=s&api_key=s", "https://x/a"),
            ("https://x/a?key=b.yaml&tag=c", "https://x/a?key=b.yaml&tag=c"),
        ] {
            assert_eq!(without_secrets(url), wanted, "{url}");
        }
    }

    #[test]
    fn comments_quotes_and_broken_patches_hide_no_secret() {
        for kind in [
            "kind: Secret # db",
            "'kind': \"Secret\"",
            "kind: Secret\n    x: [",
            "{\"kind\": \"Secret\"}",
        ] {
            let text = format!("patches:\n- patch: |-\n    {kind}\n- path: x\n");
            assert!(!shown(&text, "Secret") && shown(&text, "path: x"), "{text}");
        }
    }
}
