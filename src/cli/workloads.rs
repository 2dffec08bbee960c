//! The workloads of an overlay, and how its user names other objects.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::cli::ask::Asker;
use crate::cli::from::From;
use crate::cli::report;
use crate::cluster::{Id, Rendered, Workload, rendered};
use crate::diagnostic::Diagnostic;
use crate::io::cluster::Cluster;
use crate::io::git::Revision;
use crate::io::render::{render, render_at};

/// What the overlay `from` renders that runs pods; `namespace` is that of what names none.
///
/// # Errors
/// A diagnostic for a release, which renders nothing, and for an overlay that cannot be rendered.
pub(super) fn of(from: &From, namespace: &str) -> Result<Rendered> {
    if from.release.is_some() {
        let message = format!("`{}` is a release, and no overlay whose workloads run", from.name);
        let hint = "ask for this when the release is made: `kubectl promote export OVERLAY`";
        return Err(Diagnostic::error(message).hint(hint).into());
    }
    let text = match with_helm(from, false) {
        // kustomize runs Helm only where it is allowed to, and says so.
        Err(problem) if problem.to_string().contains("enable-helm") => with_helm(from, true)?,
        text => text?,
    };
    Ok(rendered(&text, namespace)?)
}

/// What is to be said of something that may run pods and has no rules here.
pub(super) fn without_rules(id: &Id) -> Diagnostic {
    let message =
        format!("`{id}` may run pods, and has no rules here: whether they are well was not asked");
    let name = Id { namespace: String::new(), ..id.clone() };
    Diagnostic::warning(message)
        .hint(format!("`--require-ready {}/{name}` asks it itself", id.namespace))
}

fn with_helm(from: &From, with_helm: bool) -> Result<String> {
    Ok(match &from.revision {
        None => render(&from.dir, with_helm)?,
        Some(name) => render_at(&Revision::open(&from.dir, name)?, &from.dir, with_helm)?,
    })
}

/// Lets `asker` log in to registries as the nodes do that pull the images of `workloads`.
///
/// # Errors
/// A diagnostic for what the cluster does not give.
pub(super) fn pull_secrets(
    cluster: &Cluster,
    workloads: &[Workload],
    asker: &mut Asker,
) -> Result<(), Diagnostic> {
    let place = |workload: &Workload, name: &String| (workload.id.namespace.clone(), name.clone());
    let accounts = workloads.iter().map(|workload| place(workload, &workload.service_account));
    let secrets = workloads
        .iter()
        .flat_map(|workload| workload.pull_secrets.iter().map(|name| place(workload, name)));
    let found = cluster.pull_secrets(&accounts.collect(), &secrets.collect::<BTreeSet<_>>())?;
    for (namespace, name) in &found.missing {
        let message =
            format!("the pull secret `{namespace}/{name}` is not there, or holds no logins");
        report::say(&Diagnostic::warning(message));
    }
    asker.log_in(found.configs);
    Ok(())
}

/// `[NAMESPACE/]KIND[.VERSION][.GROUP]/NAME`.
///
/// # Errors
/// A diagnostic for what is not that.
pub(super) fn named(text: &str) -> Result<Id, Diagnostic> {
    let parts: Vec<_> = text.split('/').collect();
    let (namespace, kind, name) = match parts.as_slice() {
        [kind, name] => ("", *kind, *name),
        [namespace, kind, name] if !namespace.is_empty() => (*namespace, *kind, *name),
        _ => ("", "", ""),
    };
    if kind.is_empty() || name.is_empty() {
        let problem = Diagnostic::error(format!("`{text}` names no object"));
        return Err(problem.hint("write it as KIND/NAME, KIND.GROUP/NAME or NAMESPACE/KIND/NAME"));
    }
    let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
    let versioned = group.split_once('.').filter(|(version, _)| is_version(version));
    let (version, group) = versioned.unwrap_or(("", group));
    Ok(Id {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    })
}

/// Whether `text` is a version of an API: `v1`, `v1beta2`.
fn is_version(text: &str) -> bool {
    let digits = text.strip_prefix('v').unwrap_or_default();
    let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
    let stage = ["alpha", "beta"].iter().find_map(|stage| rest.strip_prefix(stage));
    rest.len() < digits.len()
        && (rest.is_empty() || stage.is_some_and(|number| number.parse::<u32>().is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_named_as_kubectl_does() {
        for (text, wanted) in [
            ("deploy/web", "deploy/web"),
            (
                "kustomization.kustomize.toolkit.fluxcd.io/apps",
                "kustomization.kustomize.toolkit.fluxcd.io/apps",
            ),
            ("argocd/application/web", "application/web in argocd"),
            ("certificate.v1.cert-manager.io/web", "certificate.cert-manager.io/web"),
            ("thing.v1.v2beta1.example.org/web", "thing.v2beta1.example.org/web"),
        ] {
            assert_eq!(named(text).unwrap().to_string(), wanted);
        }
        for (text, version) in
            [("x.v1beta2.a.b/c", "v1beta2"), ("x.v1beta.a/c", ""), ("x.vault.a/c", "")]
        {
            assert_eq!(named(text).unwrap().version, version);
        }
        for text in ["web", "/web", "deploy/", "a/b/c/d", "/a/b", ""] {
            assert!(named(text).is_err(), "{text}");
        }
    }
}
