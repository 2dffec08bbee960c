//! Pinning an image: which digest its tag is, in the repository that the target takes it from.

use crate::diagnostic::Diagnostic;
use crate::facts::{Answer, Failure, Inquiry, Manifest, Question, Reason};
use crate::image::Image;
use crate::image::reference::{Reference, Repository};
use crate::kind::{Blame, Field, Pinned, Pinning, Unpinned, Value};
use crate::promotion::{DigestFrom, NewName};

/// What is asked for one image. The outer error ends it, `None` waits for answers.
pub(super) type Outcome = Result<Option<Pinned>, Unpinned>;

/// The image's field with its digest, or with the one that it has after a look whether it is there.
pub(super) fn pin(pinning: &Pinning<'_>, inquiry: &mut Inquiry<'_>) -> Outcome {
    if !pinning.promotion.asks_registries() {
        return Ok(Some(Pinned::from(pinning.source.clone())));
    }
    let pins = pinning.promotion.pins("images");
    let Some(Value { version, digest, .. }) = &pinning.source.value else {
        let remark = "it names no version, so there is nothing to pin".to_owned();
        let remarks = pins.then_some((Blame::Source, remark)).into_iter().collect();
        return Ok(Some(Pinned { field: pinning.source.clone(), remarks }));
    };
    let images = Images { pinning, here: repository(pinning.source), there: there(pinning) };
    match (version.as_deref(), digest.as_deref()) {
        (tag, digest) if pins && pinning.promotion.digest_from == DigestFrom::Running => {
            images.as_it_runs(tag, digest, inquiry)
        }
        (Some(tag), None) if pins => images.resolve(tag, inquiry),
        (Some(tag), None) if pinning.writes => images.require(tag, inquiry),
        (tag, Some(digest)) => images.keep(tag.filter(|_| pins), digest, inquiry),
        _ => Ok(Some(images.unchanged(None))),
    }
}

/// The repository that a field's image is taken from, as written.
fn repository(field: &Field) -> &str {
    field.repository.as_deref().unwrap_or_else(|| Image::split(&field.key).name)
}

/// The repository that the target is going to take the image from.
fn there<'p>(pinning: &Pinning<'p>) -> &'p str {
    let Pinning { source, promotion, .. } = pinning;
    // What rendered objects call the image, where the kustomization that renamed it is out of sight.
    if let Some(name) = promotion.names.get(&source.key) {
        return name;
    }
    let copied = promotion.new_name == NewName::Copy && source.repository.is_some();
    repository(pinning.target.filter(|_| !copied).unwrap_or(source))
}

/// One image and its two repositories, which are one unless somebody mirrors.
pub(super) struct Images<'p> {
    pub(super) pinning: &'p Pinning<'p>,
    here: &'p str,
    there: &'p str,
}

impl<'p> Images<'p> {
    /// A tag becomes the digest that it is now, in both repositories.
    fn resolve(&self, tag: &str, inquiry: &mut Inquiry<'_>) -> Outcome {
        let (here, there) = self.manifests(&format!(":{tag}"), tag)?;
        let answers = (look(inquiry, &here), look(inquiry, &there));
        let (Some(source), Some(target)) = answers else { return Ok(None) };
        let source = source.as_ref().map_err(|failure| failed(failure, Blame::Source))?;
        let target = target.as_ref().map_err(|failure| not_mirrored(failure, &here, &there))?;
        if source != target {
            let problem = Diagnostic::error(format!(
                "`{tag}` is two things: `{source}` in `{}`, but `{target}` in `{}`",
                here.repository, there.repository
            ))
            .hint(format!("mirror it again: `{}`", copy(&here, &there)));
            return Err(Unpinned { problem, blame: Blame::Target });
        }
        let mut field = self.pinning.source.clone();
        add_digest(&mut field, target);
        let remark = self.moved_from(tag, target).map(|remark| (Blame::Target, remark));
        Ok(Some(Pinned { field, remarks: remark.into_iter().collect() }))
    }

    /// The target was pinned to what the tag was once.
    pub(super) fn moved_from(&self, tag: &str, digest: &str) -> Option<String> {
        let old = self.pinning.target?.value.as_ref()?;
        let pinned = old.digest.as_deref().filter(|old| *old != digest)?;
        (old.version.as_deref() == Some(tag))
            .then(|| format!("`{tag}` has moved: the target was pinned to `{pinned}`"))
    }

    /// A tag stays a tag, and has to be in the target's repository.
    fn require(&self, tag: &str, inquiry: &mut Inquiry<'_>) -> Outcome {
        let (here, there) = self.manifests(&format!(":{tag}"), tag)?;
        self.present(&here, &there, inquiry)
    }

    /// A digest stays, and has to be in the target's repository. Whether its tag has moved since is
    /// worth knowing, and no reason to stop.
    pub(super) fn keep(
        &self,
        tag: Option<&str>,
        digest: &str,
        inquiry: &mut Inquiry<'_>,
    ) -> Outcome {
        let (here, there) = self.manifests(&format!("@{digest}"), digest)?;
        let tagged = tag.map(|tag| self.manifests(&format!(":{tag}"), tag)).transpose()?;
        let moved = tagged.map(|(here, _)| look(inquiry, &here));
        // Where both are one, a tag that is still the digest proves it without another question.
        let proven = match moved {
            Some(None) if here == there => return Ok(None),
            Some(Some(Ok(now))) => here == there && now == digest,
            _ => false,
        };
        // What is there already is none of our business, unless it is known to be wrong.
        let unfit = matches!(moved, Some(Some(Err(Failure { reason: Reason::Unfit, .. }))));
        let present = if (self.pinning.writes || unfit) && !proven {
            self.present(&here, &there, inquiry)?
        } else {
            Some(self.unchanged(None))
        };
        let remark = match moved {
            None => None,
            Some(None) => return Ok(None),
            Some(Some(answer)) => moved_to(tag.unwrap_or_default(), digest, answer),
        };
        Ok(present.map(|_| self.unchanged(remark)))
    }

    fn present(&self, here: &Manifest, there: &Manifest, inquiry: &mut Inquiry<'_>) -> Outcome {
        match look(inquiry, there) {
            None => Ok(None),
            Some(Ok(_)) => Ok(Some(self.unchanged(None))),
            Some(Err(failure)) => Err(not_mirrored(failure, here, there)),
        }
    }

    fn unchanged(&self, remark: Option<String>) -> Pinned {
        let remarks = remark.map(|remark| (Blame::Source, remark)).into_iter().collect();
        Pinned { field: self.pinning.source.clone(), remarks }
    }

    /// The manifest `version` in both repositories; `suffix` is how a reference says it.
    pub(super) fn manifests(
        &self,
        suffix: &str,
        version: &str,
    ) -> Result<(Manifest, Manifest), Unpinned> {
        let manifest = |name: &str, blame| {
            let repository = canonical(name, suffix).map_err(|problem| Unpinned { problem, blame });
            repository.map(|repository| Manifest { repository, version: version.to_owned() })
        };
        Ok((manifest(self.here, Blame::Source)?, manifest(self.there, Blame::Target)?))
    }
}

fn canonical(name: &str, suffix: &str) -> Result<Repository, Diagnostic> {
    let text = format!("{name}{suffix}");
    let hint = "a registry can only be asked for `[host/]path:tag` or `[host/]path@digest`";
    let reference = Reference::parse(&text)
        .map_err(|why| Diagnostic::error(format!("`{text}` is no image: {why}")).hint(hint))?;
    match reference.repository {
        Repository { domain, path } if domain.is_empty() => {
            let host = path.split('/').next().unwrap_or_default();
            let why = format!("is in no registry that can be asked: `{host}` is no host");
            Err(Diagnostic::error(format!("`{text}` {why}")).hint(hint))
        }
        repository => Ok(repository),
    }
}

pub(super) fn look<'f>(inquiry: &mut Inquiry<'f>, manifest: &Manifest) -> Option<&'f Answer> {
    inquiry.look(Question::Manifest(manifest.clone()))
}

fn moved_to(tag: &str, digest: &str, answer: &Answer) -> Option<String> {
    match answer {
        Ok(now) if now == digest => None,
        Ok(now) => Some(format!("`{tag}` has moved since it was pinned: it is `{now}` now")),
        Err(Failure { reason: Reason::Absent, .. }) => {
            Some(format!("`{tag}` is gone from its repository; the digest stays"))
        }
        Err(failure) => {
            Some(format!("whether `{tag}` has moved could not be told: {}", failure.message))
        }
    }
}

pub(super) fn failed(failure: &Failure, blame: Blame) -> Unpinned {
    let problem =
        Diagnostic { hint: failure.hint.clone(), ..Diagnostic::error(failure.message.clone()) };
    Unpinned { problem, blame: if failure.is_absent() { blame } else { Blame::World } }
}

/// The target's repository has no such thing; a mirror may only be late.
pub(super) fn not_mirrored(failure: &Failure, here: &Manifest, there: &Manifest) -> Unpinned {
    if !failure.is_absent() || here == there {
        return failed(failure, Blame::Source);
    }
    let problem = Diagnostic::error(format!("`{there}` is not there: it is not mirrored yet"))
        .hint(format!("mirror it first: `{}`", copy(here, there)));
    Unpinned { problem, blame: Blame::Target }
}

/// The command that mirrors an image, platforms and digests included.
fn copy(here: &Manifest, there: &Manifest) -> String {
    format!("skopeo copy --all --preserve-digests docker://{here} docker://{there}")
}

/// `field` with `digest` beside its tag, in the entry that it makes where it is added too.
pub(super) fn add_digest(field: &mut Field, digest: &str) {
    if let Some(value) = &mut field.value {
        value.digest = Some(digest.to_owned());
    }
    let tagged = field.entry.iter().any(|(part, _)| *part == "newTag");
    let name = field.entry.iter_mut().find(|(part, _)| *part == "newName" && !tagged);
    match name {
        Some((_, name)) => name.push_str(&format!("@{digest}")),
        None => field.entry.push(("digest", digest.to_owned())),
    }
}
