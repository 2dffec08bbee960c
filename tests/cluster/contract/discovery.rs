//! What kinds there are.

use kube::Discovery;
use kube::core::discovery::Scope;

use crate::Contract;
use crate::objects::install_definitions;
use crate::place::{Place, admin, run};

pub(crate) const TESTS: &[Contract] =
    &[("at_once", at_once), ("group_by_group", group_by_group), ("legacy_words", legacy_words)];

/// Group, version, kind, plural, and whether it stands in a namespace.
const EXPECTED: &[(&str, &str, &str, &str, bool)] = &[
    ("", "v1", "Pod", "pods", true),
    ("", "v1", "Namespace", "namespaces", false),
    ("", "v1", "ServiceAccount", "serviceaccounts", true),
    ("apps", "v1", "Deployment", "deployments", true),
    ("apps", "v1", "StatefulSet", "statefulsets", true),
    ("apps", "v1", "DaemonSet", "daemonsets", true),
    ("batch", "v1", "Job", "jobs", true),
    ("batch", "v1", "CronJob", "cronjobs", true),
    ("argoproj.io", "v1alpha1", "Rollout", "rollouts", true),
    ("argoproj.io", "v1alpha1", "Application", "applications", true),
    ("helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases", true),
    ("kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations", true),
];

fn check(discovery: &Discovery) {
    for (group, version, kind, plural, namespaced) in EXPECTED {
        let gvk = kube::core::GroupVersionKind::gvk(group, version, kind);
        let (resource, capabilities) =
            discovery.resolve_gvk(&gvk).unwrap_or_else(|| panic!("{kind}"));
        assert_eq!(resource.plural, *plural);
        assert_eq!(capabilities.scope == Scope::Namespaced, *namespaced, "{kind}");
        for verb in ["get", "list", "watch", "patch"] {
            assert!(capabilities.supports_operation(verb), "{kind}: {verb}");
        }
        let status =
            capabilities.subresources.iter().any(|(sub, _)| sub.plural.ends_with("status"));
        assert_eq!(status, *kind != "ServiceAccount", "{kind}");
    }
    let helm = discovery.get("helm.toolkit.fluxcd.io").unwrap();
    assert_eq!(helm.preferred_version_or_latest(), "v2");
    assert_eq!(helm.versions().collect::<Vec<_>>().len(), 2);
}

fn at_once(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        install_definitions(&client).await;
        settle(&client).await;
        check(&Discovery::new(client).run_aggregated().await.unwrap());
    });
}

fn group_by_group(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        install_definitions(&client).await;
        settle(&client).await;
        check(&Discovery::new(client).run().await.unwrap());
    });
}

/// Waits until discovery knows the last kind that was installed: a real server is a moment late.
pub(crate) async fn settle(client: &kube::Client) {
    for _ in 0..300 {
        let groups = client.list_api_groups_aggregated().await.unwrap();
        let known = |group: &str| {
            groups.items.iter().any(|item| {
                item.metadata.as_ref().and_then(|metadata| metadata.name.as_deref()) == Some(group)
            })
        };
        if known("helm.toolkit.fluxcd.io") && known("kustomize.toolkit.fluxcd.io") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("discovery does not know what is served");
}

/// Short names and singular names, which people write.
fn legacy_words(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let list = client.list_api_group_resources("apps/v1").await.unwrap();
        let words = |name: &str| {
            let found = list.resources.iter().find(|resource| resource.name == name).unwrap();
            (found.singular_name.clone(), found.short_names.clone().unwrap_or_default())
        };
        assert_eq!(words("deployments"), ("deployment".to_owned(), vec!["deploy".to_owned()]));
        assert_eq!(words("statefulsets"), ("statefulset".to_owned(), vec!["sts".to_owned()]));
        assert_eq!(words("daemonsets"), ("daemonset".to_owned(), vec!["ds".to_owned()]));
        let core = client.list_core_api_resources("v1").await.unwrap();
        let pods = core.resources.iter().find(|resource| resource.name == "pods").unwrap();
        assert_eq!(pods.short_names.as_deref(), Some(&["po".to_owned()][..]));
    });
}
