//! Whether the image that a cluster names is the one that an overlay renders.

use crate::facts::{Facts, Manifest, Question};
use crate::image::reference::{Reference, Repository};

/// What is to be said of an image in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is the rendered one.
    Same,
    /// It is another one.
    Other,
    /// It is if this is the digest that runs: the cluster names a tag only.
    Running {
        /// The digest that is rendered.
        digest: String,
        /// What a registry calls it, where no pod tells.
        named: Manifest,
    },
    /// It is if this is the digest of that manifest, which only its registry knows.
    Ask(Manifest, String),
    /// Its registry was asked, and could not tell.
    Untold(String),
}

/// The tag of an image that has neither tag nor digest.
const DEFAULT_TAG: &str = "latest";

/// Whether `live` is `rendered`. Equal digests are the same whatever else is said; a digest beside
/// the rendered tag may have been put there on the way; a registry tells the rest.
pub(super) fn fit(rendered: &str, live: &str, facts: &Facts) -> Fit {
    let (Ok(ours), Ok(theirs)) = (Reference::parse(rendered), Reference::parse(live)) else {
        return is_same(rendered == live);
    };
    match (ours.digest, theirs.digest) {
        (Some(ours), Some(theirs)) => is_same(ours == theirs),
        (Some(digest), None) => {
            let named = manifest(theirs.repository.clone(), tag(&theirs));
            Fit::Running { digest: digest.to_owned(), named }
        }
        _ if ours.repository != theirs.repository => Fit::Other,
        (None, Some(digest)) if theirs.tag.is_none() => {
            asked(manifest(ours.repository.clone(), tag(&ours)), digest, facts)
        }
        _ => is_same(tag(&ours) == tag(&theirs)),
    }
}

/// Whether the digest of `manifest` is `digest`, as far as `facts` know.
pub(super) fn asked(manifest: Manifest, digest: &str, facts: &Facts) -> Fit {
    match facts.answer(&Question::Manifest(manifest.clone())) {
        Some(Ok(answer)) => is_same(answer == digest),
        Some(Err(failure)) => Fit::Untold(failure.message.clone()),
        None => Fit::Ask(manifest, digest.to_owned()),
    }
}

/// Whether a pod that a template made with `rendered` may run `live`: mirrors and digests are put in
/// there on the way, another version is not.
pub(super) fn is_version(rendered: &str, live: &str) -> bool {
    let (Ok(ours), Ok(theirs)) = (Reference::parse(rendered), Reference::parse(live)) else {
        return true;
    };
    match (ours.digest, theirs.digest) {
        (Some(ours), Some(theirs)) => ours == theirs,
        (None, _) => ours.tag.is_none() || theirs.tag.is_none() || ours.tag == theirs.tag,
        (Some(_), None) => true,
    }
}

/// What is rendered, as a registry has it; `None` where it is no reference.
pub(super) fn wanted(rendered: &str) -> Option<Manifest> {
    let reference = Reference::parse(rendered).ok()?;
    let version = reference.digest.unwrap_or_else(|| tag(&reference));
    Some(manifest(reference.repository.clone(), version))
}

/// The repository and the digest of an `imageID`; `None` where the runtime tells none.
///
/// containerd and CRI-O write `repository@digest`, Docker puts `docker-pullable://` before it. What
/// was loaded and not pulled has an id only (`sha256:…`, `docker://sha256:…`, 64 digits), which is
/// no manifest's.
pub(super) fn pulled(image_id: &str) -> Option<(Repository, &str)> {
    let name = image_id.split_once("://").map_or(image_id, |(_, name)| name);
    let reference = Reference::parse(name).ok()?;
    Some((reference.repository, reference.digest?))
}

fn tag<'t>(reference: &Reference<'t>) -> &'t str {
    reference.tag.unwrap_or(DEFAULT_TAG)
}

fn manifest(repository: Repository, version: &str) -> Manifest {
    Manifest { repository, version: version.to_owned() }
}

const fn is_same(is_same: bool) -> Fit {
    if is_same { Fit::Same } else { Fit::Other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Failure, Reason};

    fn digest(letter: &str) -> String {
        format!("sha256:{}", letter.repeat(64))
    }

    /// `@a` is a digest.
    fn image(text: &str) -> String {
        match text.split_once('@') {
            Some((name, letter)) => format!("{name}@{}", digest(letter)),
            None => text.to_owned(),
        }
    }

    fn hub(path: &str, version: &str) -> Manifest {
        manifest(Repository { domain: "docker.io".into(), path: path.into() }, version)
    }

    #[test]
    fn images_are_compared_in_every_form() {
        let ask = |tag: &str| Fit::Ask(hub("library/web", tag), digest("a"));
        let running =
            |tag: &str| Fit::Running { digest: digest("a"), named: hub("library/web", tag) };
        for (rendered, live, wanted) in [
            ("web:1", "web:1", Fit::Same),
            ("web:1", "docker.io/library/web:1", Fit::Same),
            ("web:1", "index.docker.io/web:1@a", Fit::Same),
            ("web:1", "web:2", Fit::Other),
            ("web:1", "web:2@a", Fit::Other),
            ("web:1", "api:1", Fit::Other),
            ("web:1", "ghcr.io/acme/web:1", Fit::Other),
            ("web:1", "ghcr.io/acme/web@a", Fit::Other),
            ("web", "web:latest", Fit::Same),
            ("web:latest", "web", Fit::Same),
            ("web", "web:1", Fit::Other),
            ("web:1", "web", Fit::Other),
            ("web:1", "web@a", ask("1")),
            ("web", "web@a", ask("latest")),
            ("web@a", "web@a", Fit::Same),
            ("web:1@a", "web@a", Fit::Same),
            ("web@a", "web:2@a", Fit::Same),
            ("web@a", "mirror.example/web@a", Fit::Same),
            ("web:1@a", "web:1@b", Fit::Other),
            ("web@a", "web:1", running("1")),
            ("web:1@a", "web", running("latest")),
            ("$(IMAGE)", "$(IMAGE)", Fit::Same),
            ("$(IMAGE)", "web:1", Fit::Other),
            ("Web:1", "Web:1", Fit::Same),
            ("auto", "auto", Fit::Same),
        ] {
            let found = fit(&image(rendered), &image(live), &Facts::default());
            assert_eq!(found, wanted, "{rendered} {live}");
        }
    }

    #[test]
    fn a_registry_tells_the_rest() {
        let failure = Failure { reason: Reason::Unknown, message: "no".into(), hint: None };
        for (answer, wanted) in [
            (Ok(digest("a")), Fit::Same),
            (Ok(digest("b")), Fit::Other),
            (Err(failure), Fit::Untold("no".into())),
        ] {
            let mut facts = Facts::default();
            facts.extend([(Question::Manifest(hub("library/web", "1")), answer)]);
            assert_eq!(fit("web:1", &image("web@a"), &facts), wanted);
        }
    }

    #[test]
    fn pods_may_have_mirrors_and_digests_but_no_other_version() {
        for (rendered, live, wanted) in [
            ("web:1", "mirror.example/library/web:1", true),
            ("web:1", "web@a", true),
            ("web:1", "web:2", false),
            ("web:1", "web:2@a", false),
            ("auto", "istio/proxyv2:1.2", true),
            ("web@a", "web:1", true),
            ("web@a", "web@b", false),
        ] {
            assert_eq!(is_version(&image(rendered), &image(live)), wanted, "{rendered} {live}");
        }
    }

    #[test]
    fn digests_are_found_in_every_form() {
        for (text, wanted) in [
            ("docker.io/library/web@a", Some("docker.io/library/web")),
            ("ghcr.io/acme/web:1@a", Some("ghcr.io/acme/web")),
            ("docker-pullable://web@a", Some("docker.io/library/web")),
            ("docker-pullable://localhost:5000/web@a", Some("localhost:5000/web")),
            ("docker://@a", None),
            ("@a", None),
            ("web:1", None),
            ("", None),
        ] {
            let id = image(text);
            let found = pulled(&id).map(|(repository, found)| {
                assert_eq!(found, digest("a"));
                repository.to_string()
            });
            assert_eq!(found.as_deref(), wanted, "{text}");
        }
        for id in [
            digest("a"),
            format!("docker://{}", digest("a")),
            "a".repeat(64),
            "web@sha256:1".into(),
        ] {
            assert_eq!(pulled(&id), None, "{id}");
        }
    }
}
