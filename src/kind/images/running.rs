//! Pinning an image to the digest that runs: what was tested is what goes on.

use crate::facts::{Failure, Inquiry, Manifest, Question, Reason};
use crate::kind::images::pin::{Images, Outcome, add_digest, failed, look, not_mirrored};
use crate::kind::{Blame, Pinned, Unpinned};

impl Images<'_> {
    /// A tag becomes the digest that runs of it; a digest stays, and has to run. The registry only
    /// says whether the tag is something else by now, and whether the target can get the digest.
    pub(super) fn as_it_runs(
        &self,
        tag: Option<&str>,
        digest: Option<&str>,
        inquiry: &mut Inquiry<'_>,
    ) -> Outcome {
        let version = digest.or(tag).unwrap_or_default();
        let separator = if digest.is_some() { '@' } else { ':' };
        let (here, there) = self.manifests(&format!("{separator}{version}"), version)?;
        let question = Question::Running(self.pinning.from.to_owned(), here.clone());
        let runs = match inquiry.look(question) {
            None => return Ok(None),
            Some(Err(failure)) => return Err(failed(failure, Blame::Source)),
            Some(Ok(runs)) => runs,
        };
        match digest {
            Some(digest) => self.keep(tag, digest, inquiry),
            None => self.with(version, runs, &here, &there, inquiry),
        }
    }

    fn with(
        &self,
        tag: &str,
        runs: &str,
        here: &Manifest,
        there: &Manifest,
        inquiry: &mut Inquiry<'_>,
    ) -> Outcome {
        let Some(now) = look(inquiry, here) else { return Ok(None) };
        let (there, same) = (by_digest(there, runs), there == here);
        let current = now.as_deref() == Ok(runs);
        // A registry that nobody can ask from here has been asked by the cluster.
        let silent = now.as_ref().is_err_and(|failure| !failure.is_absent());
        if !(same && (current || silent)) {
            match look(inquiry, &there) {
                None => return Ok(None),
                Some(Ok(_)) => {}
                Some(Err(failure)) => return Err(self.unavailable(failure, here, &there, runs)),
            }
        }
        let mut field = self.pinning.source.clone();
        add_digest(&mut field, runs);
        let moved = match now {
            Ok(now) if now == runs => None,
            Ok(now) => Some(format!(
                "`{tag}` has moved since it was rolled out: it is `{now}` now; what runs is promoted"
            )),
            Err(Failure { reason: Reason::Absent, .. }) => {
                Some(format!("`{tag}` is gone from its repository; what runs is promoted"))
            }
            Err(failure) => {
                Some(format!("whether `{tag}` has moved could not be told: {}", failure.message))
            }
        };
        let remarks = moved.map(|remark| (Blame::Source, remark)).into_iter();
        let pinned = self.moved_from(tag, runs).map(|remark| (Blame::Target, remark));
        Ok(Some(Pinned { field, remarks: remarks.chain(pinned).collect() }))
    }

    /// What runs is not where the target would take it from.
    fn unavailable(
        &self,
        failure: &Failure,
        here: &Manifest,
        there: &Manifest,
        runs: &str,
    ) -> Unpinned {
        not_mirrored(failure, &by_digest(here, runs), there)
    }
}

fn by_digest(manifest: &Manifest, digest: &str) -> Manifest {
    Manifest { version: digest.to_owned(), ..manifest.clone() }
}
