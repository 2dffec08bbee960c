//! `--require-ready`: objects of Flux, Argo CD and others, as their controllers write them.

use serde_json::{Value, json};

use super::desk::Desk;
use crate::Contract;
use crate::place::Place;
use crate::states::THEN;

pub(crate) const TESTS: &[Contract] = &[
    ("conditions", conditions),
    ("applications", applications),
    ("names", names),
    ("clusterwide", clusterwide),
    ("unknown", unknown),
    ("several", several),
];

const FLUX: &str = "kustomize.toolkit.fluxcd.io/v1/Kustomization";
const HELM: &str = "helm.toolkit.fluxcd.io/v2/HelmRelease";
const ARGO: &str = "argoproj.io/v1alpha1/Application";
const CERTIFICATE: &str = "cert-manager.io/v1/Certificate";

const SINCE: &str = ", since 2026-11-20T10:00:00Z (";

/// Said of what applies a repository, as long as the desk is in none.
const OUTSIDE: &str = "is in no Git repository";

/// An object of a kind as in `apps/v1/Deployment`, without a status.
pub(crate) fn object(kind: &str, name: &str) -> Value {
    let (api_version, kind) = kind.rsplit_once('/').unwrap();
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": {}})
}

pub(crate) fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": THEN, "observedGeneration": 1})
}

/// A kind of Flux or of others, its conditions, and what becomes of a promotion: nothing is said
/// where the sentence is empty.
fn conditions(place: &dyn Place) {
    let ready =
        condition("Ready", "True", "ReconciliationSucceeded", "Applied revision: main@sha1:1");
    let failed =
        condition("Ready", "False", "BuildFailed", "kustomize build failed: no such file.");
    let unknown = condition("Ready", "Unknown", "Progressing", "Reconciliation in progress");
    let stalled = condition("Stalled", "True", "InvalidSource", "no such path");
    let busy = condition("Reconciling", "True", "Progressing", "building");
    let issuing = condition("Issuing", "True", "DoesNotExist", "");
    let mut old = ready.clone();
    old["observedGeneration"] = 0.into();
    let available = condition("Available", "True", "Up", "");
    for (kind, conditions, sentence) in [
        (FLUX, vec![ready.clone()], ""),
        (HELM, vec![condition("Released", "True", "UpgradeSucceeded", ""), ready.clone()], ""),
        (CERTIFICATE, vec![condition("Ready", "True", "Ready", "is up to date")], ""),
        (CERTIFICATE, vec![available], ""),
        (
            FLUX,
            vec![failed.clone()],
            "is not `Ready`: BuildFailed: kustomize build failed: no such file…",
        ),
        (FLUX, vec![unknown], "may become `Ready`: Progressing: Reconciliation in progress…"),
        (FLUX, vec![failed, stalled], "is stalled: InvalidSource: no such path…"),
        (HELM, vec![ready.clone(), busy], "is reconciling: Progressing: building…"),
        (
            CERTIFICATE,
            vec![issuing],
            "has neither `Ready` nor `Available` among its conditions: `Issuing`",
        ),
        (FLUX, vec![], "has no conditions yet, of which it takes `Ready` or `Available`"),
        (FLUX, vec![old], "has a newer spec than its controller has seen (generation 1, not 0)"),
    ] {
        let desk = Desk::with_kinds(place);
        desk.put(&object(kind, "apps")).set_status(kind, "apps", json!({"conditions": conditions}));
        let short = kind.rsplit('/').next().unwrap().to_lowercase();
        let flags = ["--require-ready", &format!("{short}/apps")];
        match sentence {
            "" if kind != CERTIFICATE => desk.passes(&flags, OUTSIDE),
            "" => desk.passes(&flags, ""),
            sentence => {
                let sentence = sentence.replace('…', SINCE);
                desk.refuses(&flags, &format!("{short}/apps in {}` {sentence}", desk.namespace));
            }
        }
    }
    let desk = Desk::with_kinds(place);
    let flags = ["--require-ready", "Kustomization/apps"];
    desk.refuses(&flags, "is not there");
    let mut suspended = object(FLUX, "apps");
    suspended["spec"]["suspend"] = true.into();
    desk.put(&suspended).set_status(FLUX, "apps", json!({"conditions": [ready]}));
    desk.passes(&flags, "is suspended: nothing changes until it is resumed");
}

fn applications(place: &dyn Place) {
    let desk = Desk::with_kinds(place);
    desk.put(&object(ARGO, "shop"));
    let error = json!([{"type": "ComparisonError", "message": "repository not found", "lastTransitionTime": THEN}]);
    for (sync, health, conditions, sentence) in [
        ("", "", json!([]), "has no sync status yet"),
        ("Synced", "Healthy", json!([]), ""),
        ("OutOfSync", "Healthy", json!([]), "is not synced but `OutOfSync`"),
        (
            "Unknown",
            "Healthy",
            error,
            "is not synced but `Unknown`: ComparisonError: repository not found…",
        ),
        ("Synced", "Degraded", json!([]), "is synced and `Degraded`"),
        ("Synced", "Progressing", json!([]), "is synced and `Progressing`"),
        ("Synced", "Suspended", json!([]), "is synced and `Suspended`"),
        ("Synced", "Missing", json!([]), "is synced and `Missing`"),
    ] {
        desk.set_target_back();
        let status = json!({"sync": {"status": sync}, "health": {"status": health}, "conditions": conditions});
        desk.set_status(ARGO, "shop", status);
        let flags = ["--require-ready", "Application/shop"];
        match sentence {
            "" => desk.passes(&flags, OUTSIDE),
            sentence => desk.refuses(&flags, &sentence.replace('…', SINCE)),
        }
    }
}

/// The ways to name an object.
fn names(place: &dyn Place) {
    let desk = Desk::with_kinds(place);
    let ready = json!({"conditions": [condition("Ready", "True", "Ready", "")]});
    desk.put(&object(CERTIFICATE, "web")).set_status(CERTIFICATE, "web", ready);
    for name in [
        "Certificate/web",
        "certificate/web",
        "certificates/web",
        "certificates.cert-manager.io/web",
        "Certificate.cert-manager.io/web",
        "certificates.v1.cert-manager.io/web",
        &format!("{}/certificate/web", desk.namespace),
    ] {
        desk.set_target_back();
        desk.passes(&["--require-ready", name], "");
    }
    desk.refuses(
        &["--require-ready", "default/certificate/web"],
        "`certificate/web in default` is not there",
    );
    desk.refuses(
        &["-n", "default", "--require-ready", "certificate/web"],
        "`certificate/web in default` is not there",
    );
}

/// What stands in no namespace is shown without one.
fn clusterwide(place: &dyn Place) {
    let desk = Desk::new(place);
    let (own, lost) = (format!("ns/{}", desk.namespace), "shop/Namespace/no-such-one");
    desk.refuses(&["--require-ready", &own], &format!("`{own}` has no conditions yet"));
    desk.refuses(&["--require-ready", lost], "`namespace/no-such-one` is not there");
}

/// Kinds that are not there, and names that are none.
fn unknown(place: &dyn Place) {
    let desk = Desk::with_kinds(place);
    for (name, sentence, hint) in [
        ("certficate/web", "`certficate`", "did you mean `Certificate`"),
        ("certificate.cert-manger.io/web", "`certificate.cert-manger.io`", "cert-manager.io"),
        (
            "Gateway.gateway.networking.k8s.io/web",
            "`Gateway.gateway.networking.k8s.io`",
            "is it the right context?",
        ),
        ("web", "`web` names no object", "KIND/NAME"),
    ] {
        let said = desk.refused(&mut desk.promotion(&["--require-ready", name]));
        assert!(said.contains(sentence) && said.contains(hint), "{name}: {said}");
    }
}

/// All that is required has to be so, and what is not is all said.
fn several(place: &dyn Place) {
    let desk = Desk::with_kinds(place);
    let ready = condition("Ready", "True", "Ready", "");
    for name in ["a", "b", "c"] {
        let status = if name == "b" { json!([ready]) } else { json!([]) };
        desk.put(&object(FLUX, name)).set_status(FLUX, name, json!({"conditions": status}));
    }
    let flags = ["a", "b", "c"].map(|name| format!("--require-ready=kustomization/{name}"));
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let said = desk.refused(&mut desk.promotion(&flags));
    assert_eq!(said.matches("error: ").count(), 2, "{said}");
    desk.refuses(&flags, "`kustomization/a in ");
    desk.refuses(&flags, "`kustomization/c in ");
    desk.passes(&flags[1..2], OUTSIDE);
}
