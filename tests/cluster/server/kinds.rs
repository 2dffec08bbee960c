//! The kinds that there are: some of Kubernetes' own, and what CustomResourceDefinitions add.

use serde_json::{Value, json};

/// A kind.
#[derive(Clone, Debug)]
pub struct Kind {
    pub group: String,
    /// The preferred one first.
    pub versions: Vec<String>,
    pub kind: String,
    pub plural: String,
    pub short: Vec<String>,
    pub namespaced: bool,
    /// Whether its status is a resource of its own.
    pub status: bool,
    /// Whether Kubernetes brings it along.
    pub native: bool,
    /// What lists may be selected by, besides name and namespace.
    pub fields: &'static [&'static str],
}

/// Group and version, kind, plural, short name, whether it is in a namespace, has a status.
type Row = (&'static str, &'static str, &'static str, &'static str, bool, bool);

const VERBS: &[&str] =
    &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

const CRD: &str = "CustomResourceDefinition";
const NATIVE: &[Row] = &[
    ("/v1", "ConfigMap", "configmaps", "cm", true, false),
    ("/v1", "Namespace", "namespaces", "ns", false, true),
    ("/v1", "Pod", "pods", "po", true, true),
    ("/v1", "Secret", "secrets", "", true, false),
    ("/v1", "Service", "services", "svc", true, true),
    ("/v1", "ServiceAccount", "serviceaccounts", "sa", true, false),
    ("apps/v1", "DaemonSet", "daemonsets", "ds", true, true),
    ("apps/v1", "Deployment", "deployments", "deploy", true, true),
    ("apps/v1", "ReplicaSet", "replicasets", "rs", true, true),
    ("apps/v1", "StatefulSet", "statefulsets", "sts", true, true),
    ("batch/v1", "CronJob", "cronjobs", "cj", true, true),
    ("batch/v1", "Job", "jobs", "", true, true),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", "", false, false),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", "", false, false),
    ("rbac.authorization.k8s.io/v1", "Role", "roles", "", true, false),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", "", true, false),
    ("apiextensions.k8s.io/v1", CRD, "customresourcedefinitions", "crd crds", false, true),
];

const POD_FIELDS: &[&str] = &[
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.phase",
    "status.podIP",
];

/// The kinds of Kubernetes itself.
pub fn native() -> Vec<Kind> {
    NATIVE.iter().map(Kind::native).collect()
}

impl Kind {
    fn native((place, kind, plural, short, namespaced, status): &Row) -> Self {
        let (group, version) = place.split_once('/').unwrap();
        let fields: &[&str] = match *kind {
            "Pod" => POD_FIELDS,
            "Secret" => &["type"],
            "Namespace" => &["status.phase"],
            "Job" => &["status.successful"],
            _ => &[],
        };
        Self {
            group: group.to_owned(),
            versions: vec![version.to_owned()],
            kind: (*kind).to_owned(),
            plural: (*plural).to_owned(),
            short: short.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            namespaced: *namespaced,
            status: *status,
            native: true,
            fields,
        }
    }

    /// The kind that a CustomResourceDefinition defines.
    pub fn custom(definition: &Value) -> Self {
        let spec = &definition["spec"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let served =
            list(&spec["versions"]).into_iter().filter(|version| version["served"] == true);
        let served: Vec<_> = served.collect();
        Self {
            group: text(&spec["group"]),
            versions: served.iter().map(|version| text(&version["name"])).collect(),
            kind: text(&spec["names"]["kind"]),
            plural: text(&spec["names"]["plural"]),
            short: list(&spec["names"]["shortNames"]).iter().map(text).collect(),
            namespaced: spec["scope"] == "Namespaced",
            status: served.iter().any(|version| version["subresources"]["status"].is_object()),
            native: false,
            fields: &[],
        }
    }

    /// Whether it has generations.
    pub fn counts(&self) -> bool {
        !self.native || (self.status && !["Namespace", "Service"].contains(&self.kind.as_str()))
    }

    /// What can be done with its objects.
    pub fn verbs(&self) -> Vec<&'static str> {
        let some = self.native && self.kind == "Namespace";
        VERBS.iter().copied().filter(|verb| !some || *verb != "deletecollection").collect()
    }

    /// The kind in words of discovery.
    pub fn singular(&self) -> String {
        self.kind.to_lowercase()
    }

    /// `apps/v1`.
    pub fn api_version(&self, version: &str) -> String {
        match self.group.as_str() {
            "" => version.to_owned(),
            group => format!("{group}/{version}"),
        }
    }

    /// What all objects of it are given that do not say it themselves, as far as it matters here.
    pub fn complete(&self, object: &mut Value) {
        let missing = |value: &Value| value.is_null();
        match self.kind.as_str() {
            "Deployment" | "StatefulSet" | "ReplicaSet" if missing(&object["spec"]["replicas"]) => {
                object["spec"]["replicas"] = 1.into();
            }
            "Job" => self.complete_job(object),
            "CronJob" if missing(&object["spec"]["suspend"]) => {
                object["spec"]["suspend"] = false.into();
            }
            "Pod" => object["status"] = json!({"phase": "Pending", "qosClass": "BestEffort"}),
            "Namespace" => object["status"] = json!({"phase": "Active"}),
            _ => {}
        }
    }

    /// A Job selects its pods by its own uid.
    fn complete_job(&self, object: &mut Value) {
        let [uid, name] = ["uid", "name"].map(|key| object["metadata"][key].clone());
        for key in ["parallelism", "completions"] {
            if object["spec"][key].is_null() {
                object["spec"][key] = 1.into();
            }
        }
        if object["spec"]["manualSelector"] == true {
            return;
        }
        object["spec"]["selector"]["matchLabels"]["batch.kubernetes.io/controller-uid"] =
            uid.clone();
        let labels = &mut object["spec"]["template"]["metadata"]["labels"];
        for (key, value) in [("controller-uid", uid), ("job-name", name)] {
            labels[key] = value.clone();
            labels[format!("batch.kubernetes.io/{key}")] = value;
        }
    }
}
