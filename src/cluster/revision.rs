//! Which commits a GitOps controller says that it has applied.

use crate::cluster::Object;

/// The digits of a commit: SHA-1, or SHA-256, which the digest of an artifact has too.
const DIGITS: [usize; 2] = [40, 64];

/// The digits of an abbreviated one.
const ABBREVIATED: usize = 12;

/// The commits that `object` names: Flux's `lastAppliedOriginRevision` and `lastAppliedRevision`,
/// Argo CD's `sync.revision` and `sync.revisions`, each once, in this order.
///
/// An application of several sources names a commit of each: one of them may be the overlay's. What
/// Argo CD names is applied when it is `Synced`, which [`crate::cluster::ready()`] sees to. Versions of
/// charts are no commits; neither is the digest of an artifact whose origin is known.
pub fn revisions(object: &Object) -> Vec<String> {
    let status = &object.status;
    let origin = commit(&status.last_applied_origin_revision);
    let applied = commit(&status.last_applied_revision);
    let applied = applied.filter(|applied| origin.is_none() || applied.len() == DIGITS[0]);
    let sources = status.sync.revisions.iter().filter_map(|text| commit(text));
    let mut out: Vec<String> = Vec::new();
    let found = origin.into_iter().chain(applied).chain(commit(&status.sync.revision));
    for found in found.chain(sources) {
        if !out.contains(&found) {
            out.push(found);
        }
    }
    out
}

/// The commit that the chart of a `HelmRelease` is of, abbreviated: with `reconcileStrategy: Revision`
/// source-controller puts the first digits of a Git repository's behind the chart's version
/// (`helmchart_controller.go`, v1), and more behind a dot where values of a file are merged in.
pub fn chart_revision(object: &Object) -> Option<String> {
    let chart = &object.spec.chart.spec;
    let is_git = chart.source_ref.kind == "GitRepository" && chart.reconcile_strategy == "Revision";
    let (_, metadata) = object.status.last_attempted_revision.split_once('+')?;
    let commit = metadata.split('.').next().unwrap_or_default();
    let is_commit = commit.len() == ABBREVIATED && commit.bytes().all(|c| c.is_ascii_hexdigit());
    (is_git && is_commit).then(|| commit.to_owned())
}

/// The commit of `main@sha1:…`, `sha1:…`, `refs/tags/v1@sha1:…`, `main/…` as Flux wrote it before
/// 2.0, or of nothing but itself.
fn commit(text: &str) -> Option<String> {
    let last = text.rsplit(['@', '/', ':']).next().unwrap_or_default();
    let is_commit =
        DIGITS.contains(&last.len()) && last.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then(|| last.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(status: &str) -> Vec<String> {
        let hex = status.replace("A40", &"a".repeat(40)).replace("B40", &"B".repeat(40));
        let text = format!("{{status: {{{}}}}}", hex.replace("C64", &"c".repeat(64)));
        revisions(&serde_yaml::from_str(&text).unwrap())
    }

    #[test]
    fn commits_are_found_in_every_form() {
        let (a, b, c) = ("a".repeat(40), "b".repeat(40), "c".repeat(64));
        for (status, wanted) in [
            ("lastAppliedRevision: 'main@sha1:A40'", vec![&a]),
            ("lastAppliedRevision: 'sha1:A40'", vec![&a]),
            ("lastAppliedRevision: 'refs/heads/release/1.x@sha1:A40'", vec![&a]),
            ("lastAppliedRevision: 'me@home/x@sha1:B40'", vec![&b]),
            ("lastAppliedRevision: 'feature/x/A40'", vec![&a]),
            ("lastAppliedRevision: 'A40'", vec![&a]),
            ("lastAppliedRevision: 'main@sha256:C64'", vec![&c]),
            (
                "lastAppliedRevision: 'latest@sha256:C64', lastAppliedOriginRevision: 'main@sha1:A40'",
                vec![&a],
            ),
            (
                "lastAppliedRevision: 'main@sha1:B40', lastAppliedOriginRevision: 'A40'",
                vec![&a, &b],
            ),
            ("lastAppliedRevision: '1.5.0+abcdef'", vec![]),
            ("lastAppliedRevision: 'main@sha1:abc'", vec![]),
            ("lastAppliedRevision: null", vec![]),
            ("sync: {status: Synced, revision: A40}", vec![&a]),
            ("sync: {status: Synced, revision: 1.5.0}", vec![]),
            ("sync: {status: Synced, revisions: [A40, 1.5.0, B40, A40]}", vec![&a, &b]),
        ] {
            let found = found(status);
            assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{status}");
        }
    }

    #[test]
    fn a_chart_names_a_commit_where_every_commit_is_a_version() {
        let of = |spec: &str, revision: &str| {
            let spec = format!("chart: {{spec: {{sourceRef: {{kind: GitRepository}}, {spec}}}}}");
            let text =
                format!("{{spec: {{{spec}}}, status: {{lastAttemptedRevision: {revision}}}}}");
            chart_revision(&serde_yaml::from_str(&text).unwrap())
        };
        let every = "reconcileStrategy: Revision";
        for revision in ["1.2.3+0123456789ab", "1.2.3+0123456789ab.2"] {
            assert_eq!(of(every, revision).as_deref(), Some("0123456789ab"));
        }
        for (spec, revision) in [
            (every, "1.2.3"),
            (every, "1.2.3+build7"),
            (every, "1.2.3+0123456789abcdef"),
            ("reconcileStrategy: ChartVersion", "1.2.3+0123456789ab"),
        ] {
            assert_eq!(of(spec, revision), None, "{spec} {revision}");
        }
        let other = "{spec: {chart: web}, status: {lastAttemptedRevision: 1.2.3+0123456789ab}}";
        assert_eq!(chart_revision(&serde_yaml::from_str(other).unwrap()), None);
    }
}
