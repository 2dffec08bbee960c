//! The digest of a manifest: from a header where that will do, from its bytes where it will not.

use std::collections::BTreeSet;

use ureq::http::header::CONTENT_TYPE;
use ureq::http::{Method, StatusCode};

use super::digest::Algorithm;
use super::inquiry::{Asked, Inquiry};
use super::media::{self, Body, Media, Runs};
use super::platform::check;
use super::transport::Reply;
use super::trouble::{Kind, Trouble, printable, unresolved};
use super::words::{Words, has_secret};
use super::{Options, Platform};

const DIGEST: &str = "docker-content-digest";

/// The digest of what `inquiry` is about: of the index where it is one, never of what is in it.
///
/// # Errors
/// Why there is none, or none that can be used.
pub(super) fn digest(inquiry: &Inquiry<'_>, options: &Options) -> Result<String, Trouble> {
    check_names(inquiry)?;
    if options.verify || options.platform.is_some() {
        return read(inquiry, options.platform.as_ref());
    }
    let asked = inquiry.ask(Method::HEAD, "manifests", &inquiry.manifest.version, media::ACCEPT)?;
    match asked.reply.status {
        StatusCode::OK => match told(inquiry, &asked)? {
            Some(digest) => Ok(digest),
            None => read(inquiry, None),
        },
        // Only the body says what is missing; and some do not like to be asked in this way.
        status if status.is_client_error() => read(inquiry, None),
        _ => Err(unexpected(inquiry, &asked)),
    }
}

/// Names are parts of a URL: they must not lead elsewhere.
fn check_names(inquiry: &Inquiry<'_>) -> Result<(), Trouble> {
    let path = &inquiry.repo.repository.path;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let is_path = path.split('/').all(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric()));
    let version = &inquiry.manifest.version;
    let is_version = match inquiry.manifest.is_digest() {
        true => Algorithm::of(version).is_some(),
        false => !version.starts_with(['.', '-']) && !version.is_empty(),
    };
    let is_plain =
        path.chars().all(|c| plain(c) || c == '/') && version.chars().all(|c| plain(c) || c == ':');
    match is_path && is_version && is_plain {
        true => Ok(()),
        false => Err(unresolved("that is not the name of an image in a registry")),
    }
}

/// The digest in the headers of an answer without a body; `None` where it has to be computed.
fn told(inquiry: &Inquiry<'_>, asked: &Asked<'_>) -> Result<Option<String>, Trouble> {
    let reply = &asked.reply;
    if let Some(content_type) = reply.header(CONTENT_TYPE.as_str())
        && Media::of(content_type).is_none()
    {
        return Err(no_manifest(reply, &media::other(content_type)));
    }
    let Some(digest) = header(asked)? else {
        return Ok(None);
    };
    let wanted = inquiry.manifest.is_digest().then_some(&inquiry.manifest.version);
    match wanted {
        Some(wanted) if *wanted == digest => Ok(Some(digest)),
        // Both may be right: another algorithm.
        Some(wanted) if Algorithm::of(wanted) != Algorithm::of(&digest) => Ok(None),
        Some(_) => Err(mismatch(reply, &digest)),
        None if reply.headers.contains_key(CONTENT_TYPE) => Ok(Some(digest)),
        None => Ok(None),
    }
}

/// The digest that a registry tells. One that is malformed is no oversight.
fn header(asked: &Asked<'_>) -> Result<Option<String>, Trouble> {
    let reply = &asked.reply;
    let origin = &reply.url.origin;
    let mut values = reply.headers.get_all(DIGEST).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.any(|other| other != value) {
        return Err(unresolved(format!("`{origin}` answers with two digests")));
    }
    let text = String::from_utf8_lossy(value.as_bytes());
    match text.trim() {
        "" => Ok(None),
        digest if Algorithm::of(digest).is_some() => Ok(Some(digest.to_owned())),
        other => {
            let shown = match has_secret(other, &asked.pass.secrets) {
                true => String::new(),
                false => format!(" `{}`", printable(other, 100)),
            };
            Err(unresolved(format!("`{origin}` answers with a malformed digest{shown}")))
        }
    }
}

/// The digest of a manifest's bytes, after a look at them.
fn read(inquiry: &Inquiry<'_>, platform: Option<&Platform>) -> Result<String, Trouble> {
    let version = &inquiry.manifest.version;
    let asked = inquiry.ask(Method::GET, "manifests", version, media::ACCEPT)?;
    if asked.reply.status != StatusCode::OK {
        return Err(refusal(inquiry, &asked));
    }
    let reply = &asked.reply;
    let content_type = reply.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let told = header(&asked)?;
    let wanted = inquiry.manifest.is_digest().then_some(version);
    let digest = hashed(reply, told.as_ref(), wanted)?;
    let body =
        media::read(content_type, reply.body.bytes()).map_err(|what| no_manifest(reply, &what))?;
    // It is long, perhaps, and what it leads to may be as well.
    drop(asked);
    if let Some(platform) = platform {
        let found = match body {
            Body::Index(platforms) => platforms.0,
            Body::Manifest(config) => BTreeSet::from([configured(inquiry, &config.digest)?]),
        };
        check(platform, &found).map_err(|why| Trouble::new(why).kind(Kind::Unfit))?;
    }
    Ok(digest)
}

/// The digest of the body of `reply`, which has to be the one that was `told` and the one that was
/// `wanted`.
fn hashed(
    reply: &Reply<'_>,
    told: Option<&String>,
    wanted: Option<&String>,
) -> Result<String, Trouble> {
    let mut digest = None;
    for expected in [told, wanted].into_iter().flatten() {
        let algorithm = Algorithm::of(expected).unwrap_or(Algorithm::Sha256);
        let computed = algorithm.hash(reply.body.bytes());
        if computed != *expected {
            return Err(mismatch(reply, &computed));
        }
        digest = Some(computed);
    }
    Ok(digest.unwrap_or_else(|| Algorithm::Sha256.hash(reply.body.bytes())))
}

/// What the configuration of a single image says that it runs on.
fn configured(inquiry: &Inquiry<'_>, digest: &str) -> Result<Runs, Trouble> {
    let algorithm =
        Algorithm::of(digest).ok_or_else(|| unresolved("its manifest names no configuration"))?;
    let asked = inquiry.ask(Method::GET, "blobs", digest, "*/*")?;
    match asked.reply.status {
        StatusCode::OK if algorithm.hash(asked.reply.body.bytes()) == digest => {
            // What is no image has another configuration, and no platform in it.
            Ok(serde_json::from_slice(asked.reply.body.bytes()).unwrap_or_default())
        }
        StatusCode::OK => Err(mismatch(&asked.reply, &algorithm.hash(asked.reply.body.bytes()))),
        StatusCode::NOT_FOUND => Err(unresolved("its configuration is not there")),
        _ => Err(refusal(inquiry, &asked)),
    }
}

/// What an error means.
fn refusal(inquiry: &Inquiry<'_>, asked: &Asked<'_>) -> Trouble {
    let reply = &asked.reply;
    let words = Words::read(reply.body.bytes());
    let absent = |what: &str| Trouble::new(format!("is not there: {what}")).kind(Kind::Absent);
    match (reply.status.as_u16(), words.code.as_str()) {
        (404, "MANIFEST_UNKNOWN" | "NOT_FOUND" | "TAG_INVALID") => {
            // Some registries (distribution 2.8) say so of repositories that are not there, too.
            absent(match inquiry.manifest.is_digest() {
                true => "the registry has no such manifest, or no such repository",
                false => "the registry has no such tag, or no such repository",
            })
        }
        (404, "NAME_UNKNOWN" | "NAME_INVALID") => absent("the registry has no such repository"),
        (401 | 403, _) => inquiry.denied(reply, &asked.pass),
        _ => unexpected(inquiry, asked),
    }
}

fn unexpected(inquiry: &Inquiry<'_>, asked: &Asked<'_>) -> Trouble {
    inquiry.endpoint.unexpected(&asked.reply, &asked.reply.url, &asked.pass.secrets)
}

fn mismatch(reply: &Reply<'_>, found: &str) -> Trouble {
    let origin = &reply.url.origin;
    unresolved(format!("`{origin}` answers with something else: its digest is {found}"))
        .kind(Kind::Unfit)
}

fn no_manifest(reply: &Reply<'_>, what: &str) -> Trouble {
    unresolved(format!("`{}` answers with {what}", reply.url.origin))
}
