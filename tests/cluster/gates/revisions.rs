//! `--require-ready` for what applies a Git repository: the source's commit has to be in what is
//! applied.

use serde_json::{Value, json};

use super::desk::{Desk, FROM, TO};
use super::healthy::rolled_out;
use super::ready::{condition, object};
use crate::Contract;
use crate::place::Place;
use crate::support::Run;

pub(crate) const TESTS: &[Contract] = &[
    ("contains", contains),
    ("lacks", lacks),
    ("unknown", unknown),
    ("dirty", dirty),
    ("at_a_revision", at_a_revision),
    ("no_commit", no_commit),
    ("charts", charts),
];

const FLUX: &str = "kustomize.toolkit.fluxcd.io/v1/Kustomization";
const ARGO: &str = "argoproj.io/v1alpha1/Application";
const HELM: &str = "helm.toolkit.fluxcd.io/v2/HelmRelease";
const FLAGS: &[&str] = &["--require-ready", "kustomization/apps"];

/// A desk under version control whose `kustomization/apps` is ready, and three commits of it: the
/// second one is checked out.
fn desk(place: &dyn Place) -> (Desk<'_>, [String; 3]) {
    let desk = Desk::with_kinds(place);
    desk.sandbox.git(&["init", "--quiet"]);
    desk.sandbox.git(&["add", "base", "overlays"]);
    let commit = |message: &str| {
        desk.sandbox.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
        desk.sandbox.git(&["rev-parse", "HEAD"]).trim().to_owned()
    };
    let commits = ["one", "two", "three"].map(commit);
    desk.sandbox.git(&["checkout", "--quiet", &commits[1]]);
    desk.put(&object(FLUX, "apps"));
    (desk, commits)
}

/// Says that `apps` is ready, with this besides.
fn applied(desk: &Desk<'_>, mut status: Value) {
    status["conditions"] = json!([condition("Ready", "True", "ReconciliationSucceeded", "")]);
    desk.set_status(FLUX, "apps", status);
    desk.set_target_back();
}

fn contains(place: &dyn Place) {
    let (desk, [_, own, later]) = desk(place);
    for revision in [
        format!("main@sha1:{own}"),
        format!("main@sha1:{later}"),
        format!("refs/tags/v1@sha1:{own}"),
        format!("sha1:{own}"),
        format!("main/{own}"),
        own.clone(),
    ] {
        applied(&desk, json!({"lastAppliedRevision": revision}));
        desk.passes(FLAGS, "");
    }
    let artifact = format!("latest@sha256:{}", "c".repeat(64));
    applied(
        &desk,
        json!({"lastAppliedRevision": artifact, "lastAppliedOriginRevision": format!("main@sha1:{own}")}),
    );
    desk.passes(FLAGS, "");
    desk.put(&object(ARGO, "shop"));
    for sync in [
        json!({"status": "Synced", "revision": own}),
        json!({"status": "Synced", "revision": later}),
        json!({"status": "Synced", "revision": null, "revisions": ["7.4.1", own]}),
    ] {
        desk.set_status(ARGO, "shop", json!({"sync": sync, "health": {"status": "Healthy"}}));
        desk.set_target_back();
        desk.passes(&["--require-ready", "application/shop"], "");
    }
}

fn lacks(place: &dyn Place) {
    let (desk, [first, own, _]) = desk(place);
    let (old, new) = (&first[..12], &own[..12]);
    applied(&desk, json!({"lastAppliedRevision": format!("main@sha1:{first}")}));
    let sentence =
        format!("has applied `{old}`, which does not contain `{new}`, the commit of `{FROM}`");
    desk.refuses(FLAGS, &format!("`kustomization/apps in {}` {sentence}", desk.namespace));
    desk.put(&object(ARGO, "shop"));
    let sync = json!({"status": "Synced", "revision": first});
    desk.set_status(ARGO, "shop", json!({"sync": sync, "health": {"status": "Healthy"}}));
    desk.refuses(&["--require-ready", "application/shop"], &sentence);
    // Its image says nothing of it: what is pinned is not what is applied.
    let artifact = format!("latest@sha256:{}", "c".repeat(64));
    applied(
        &desk,
        json!({"lastAppliedRevision": artifact, "lastAppliedOriginRevision": format!("main@sha1:{first}")}),
    );
    desk.refuses(FLAGS, &sentence);
}

/// A commit that this clone does not have may contain the source's or not.
fn unknown(place: &dyn Place) {
    let (desk, _) = desk(place);
    applied(&desk, json!({"lastAppliedRevision": format!("main@sha1:{}", "d".repeat(40))}));
    desk.refuses(FLAGS, "has applied `dddddddddddd`, which is not in this clone");
}

/// What is in no commit cannot have been applied.
fn dirty(place: &dyn Place) {
    let (desk, [_, own, _]) = desk(place);
    applied(&desk, json!({"lastAppliedRevision": format!("main@sha1:{own}")}));
    let sentence = "has changes that are in no commit, so no cluster can have applied them";
    let paths = [
        format!("{FROM}/kustomization.yaml"),
        "base/kustomization.yaml".to_owned(),
        "base/objects.yaml".to_owned(),
    ];
    for path in paths {
        let text = desk.sandbox.read(&path);
        desk.sandbox.write(&path, format!("{text}\n# changed\n"));
        let said = desk.refused(&mut desk.promotion(FLAGS));
        assert!(said.contains(sentence) && said.contains("PATH@REV"), "{path}: {said}");
        desk.sandbox.write(&path, text);
        desk.set_target_back();
        desk.passes(FLAGS, "");
    }
    // Who applies no commits is asked whatever was changed.
    let path = format!("{FROM}/kustomization.yaml");
    let text = desk.sandbox.read(&path);
    desk.sandbox.write(&path, format!("{text}\n# changed\n"));
    desk.put_state(&rolled_out("ghcr.io/acme/web:1.2.3")).set_target_back();
    desk.passes(&["--require-ready", "deployment/web"], "");
    desk.sandbox.write(&path, text);
    // What is beside it is of no interest.
    desk.sandbox.write("README.md", "New.\n");
    desk.set_target_back();
    desk.passes(FLAGS, "");
}

fn at_a_revision(place: &dyn Place) {
    let (desk, [first, own, later]) = desk(place);
    applied(&desk, json!({"lastAppliedRevision": format!("main@sha1:{own}")}));
    let promote = |revision: &str| {
        let from = format!("{FROM}@{revision}");
        let mut command = desk.command(&[&from, TO]);
        command.args(FLAGS);
        command
    };
    // The working tree is of no interest then.
    desk.sandbox.write(&format!("{FROM}/kustomization.yaml"), "not: even\nYAML");
    for revision in [&first, &own] {
        desk.set_target_back();
        let run = Run::of(&mut promote(revision));
        assert_eq!(run.code, 0, "{run:?}");
    }
    desk.set_target_back();
    let said = desk.refused(&mut promote(&later));
    let sentence = format!(
        "has applied `{}`, which does not contain `{}`, the commit of `{FROM}@{later}`",
        &own[..12],
        &later[..12]
    );
    assert!(said.contains(&sentence), "{said}");
}

/// Whether what is applied contains the source cannot be told, which is said.
fn no_commit(place: &dyn Place) {
    let (desk, _) = desk(place);
    applied(&desk, json!({"lastAppliedRevision": "1.2.3"}));
    desk.passes(FLAGS, "names no commit that it has applied: whether it contains");
    // Nobody asks that of what applies nothing.
    let certificate = "cert-manager.io/v1/Certificate";
    let ready = json!({"conditions": [condition("Ready", "True", "Ready", "")]});
    desk.put(&object(certificate, "web")).set_status(certificate, "web", ready);
    desk.set_target_back();
    desk.passes(&["--require-ready", "certificate/web"], "");
    let outside = Desk::with_kinds(place);
    outside.put(&object(FLUX, "apps"));
    applied(&outside, json!({"lastAppliedRevision": format!("main@sha1:{}", "d".repeat(40))}));
    outside.passes(FLAGS, "is in no Git repository: whether");
}

/// Whose chart is in Git may name its commit; who names none is only asked whether it is ready, and
/// that is said.
fn charts(place: &dyn Place) {
    let (desk, [first, own, later]) = desk(place);
    let chart = |kind: &str, strategy: &str| {
        json!({"chart": {"spec": {"chart": "./charts/web", "reconcileStrategy": strategy,
            "sourceRef": {"kind": kind, "name": "apps"}}}})
    };
    let mut release = object(HELM, "web");
    release["spec"] = chart("GitRepository", "Revision");
    desk.put(&release);
    let attempted = |revision: &str| {
        let ready = condition("Ready", "True", "UpgradeSucceeded", "");
        let status = json!({"conditions": [ready], "lastAttemptedRevision": revision});
        desk.set_status(HELM, "web", status).set_target_back();
    };
    let flags = ["--require-ready", "helmrelease/web"];
    let untold = "is ready, but names no commit that it has applied: whether it contains that of";
    for commit in [&own, &later] {
        attempted(&format!("1.2.3+{}", &commit[..12]));
        desk.passes(&flags, "");
    }
    attempted(&format!("1.2.3+{}.1", &own[..12]));
    desk.passes(&flags, "");
    attempted(&format!("1.2.3+{}", &first[..12]));
    let (old, new) = (&first[..12], &own[..12]);
    let sentence = format!("has applied `{old}`, which does not contain `{new}`, the commit of");
    desk.refuses(&flags, &sentence);
    // The chart of another repository, and versions that only look like commits.
    attempted("1.2.3+dddddddddddd");
    desk.passes(&flags, untold);
    for (kind, strategy) in [("GitRepository", "ChartVersion"), ("HelmRepository", "Revision")] {
        release["spec"] = chart(kind, strategy);
        desk.delete(HELM, "web").put(&release);
        attempted(&format!("1.2.3+{}", &first[..12]));
        desk.passes(&flags, untold);
    }
    // It never says that it has applied what is in no commit.
    desk.sandbox.write("base/kustomization.yaml", "resources:\n- objects.yaml\n# changed\n");
    desk.set_target_back().passes(&flags, untold);
}
