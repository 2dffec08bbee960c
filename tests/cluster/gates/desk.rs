//! A repository with a base and two overlays, whose first one runs in a namespace of its own; and the
//! binary run in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::objects::{api, create, install_definitions, set_status};
use crate::place::{Place, admin, client, run};
use crate::server::{ADMIN, PLAIN, PLAIN_USER};
use crate::states::State;
use crate::support::{BINARY, Run, Sandbox, files};

/// Where proxies and other clusters are named that have no business here.
const SCRUBBED: &[&str] = &[
    "KUBERNETES_SERVICE_HOST",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
];

/// Whose kinds roles are.
pub(crate) const RBAC: &str = "rbac.authorization.k8s.io";

/// What a test promotes from, and to.
pub(crate) const FROM: &str = "overlays/staging";
pub(crate) const TO: &str = "overlays/prod";

/// The image of everything, and its versions on both sides.
pub(crate) const IMAGE: &str = "ghcr.io/acme/web";
pub(crate) const NEW: &str = "1.2.3";
pub(crate) const OLD: &str = "1.2.2";

/// A repository, and the cluster that its overlay `staging` runs in.
pub(crate) struct Desk<'p> {
    pub(crate) sandbox: Sandbox,
    pub(crate) place: &'p dyn Place,
    pub(crate) namespace: String,
}

/// Every file with its bytes, and when it was written.
type Files = BTreeMap<PathBuf, (Vec<u8>, SystemTime)>;

impl<'p> Desk<'p> {
    /// With nothing in the base, and nothing in the namespace.
    pub(crate) fn new(place: &'p dyn Place) -> Self {
        let namespace = run(async { admin(place).await.default_namespace().to_owned() });
        let desk = Self { sandbox: Sandbox::new(), place, namespace };
        desk.sandbox.write("kubeconfig", place.kubeconfig(ADMIN, &desk.namespace));
        desk.sandbox.write("kubeconfig-plain", place.kubeconfig(PLAIN, &desk.namespace));
        desk.set_image(&format!("newTag: {NEW}")).set_target_back().base(&[]);
        desk
    }

    /// The target is as it was before any promotion.
    pub(crate) fn set_target_back(&self) -> &Self {
        let text = format!(
            "namespace: prod\nresources:\n- ../../base\nimages:\n- name: {IMAGE}\n  newTag: {OLD} # kept\n"
        );
        self.sandbox.write(&format!("{TO}/kustomization.yaml"), text);
        self
    }

    /// One in whose cluster there are the kinds of Flux, Argo CD and others.
    pub(crate) fn with_kinds(place: &'p dyn Place) -> Self {
        let desk = Self::new(place);
        run(async { install_definitions(&client(place, ADMIN, &desk.namespace).await).await });
        desk
    }

    /// Puts these objects into the base.
    pub(crate) fn base(&self, objects: &[Value]) -> &Self {
        let texts: Vec<_> =
            objects.iter().map(|object| without_status(object).to_string()).collect();
        self.sandbox.write("base/objects.yaml", texts.join("\n---\n"));
        self.sandbox.write("base/kustomization.yaml", "resources:\n- objects.yaml\n");
        self
    }

    /// What the source says of the image.
    pub(crate) fn set_image(&self, version: &str) -> &Self {
        let text = format!(
            "namespace: {}\nresources:\n- ../../base\nimages:\n- name: {IMAGE}\n  {version}\n",
            self.namespace
        );
        self.sandbox.write(&format!("{FROM}/kustomization.yaml"), text);
        self
    }

    /// Creates an object with its status, if it has one.
    pub(crate) fn put(&self, object: &Value) -> &Self {
        run(async {
            create(&client(self.place, ADMIN, &self.namespace).await, object.clone()).await;
        });
        self
    }

    /// Creates an object, and then says what has become of it.
    pub(crate) fn put_state(&self, state: &State) -> &Self {
        run(async {
            let client = client(self.place, ADMIN, &self.namespace).await;
            create(&client, without_status(&state.object)).await;
            let name = state.object["metadata"]["name"].as_str().unwrap();
            set_status(&api(&client, &kind(&state.object)), name, state.status.clone())
                .await
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        });
        self
    }

    /// Changes what the status of an object says; `kind` as in `apps/v1/Deployment`.
    pub(crate) fn set_status(&self, kind: &str, name: &str, status: Value) -> &Self {
        run(async {
            let client = client(self.place, ADMIN, &self.namespace).await;
            set_status(&api(&client, kind), name, status).await.unwrap();
        });
        self
    }

    /// Changes whatever else an object says.
    pub(crate) fn change(&self, kind: &str, name: &str, patch: Value) -> &Self {
        run(async {
            let client = client(self.place, ADMIN, &self.namespace).await;
            crate::objects::change(&api(&client, kind), name, patch).await;
        });
        self
    }

    pub(crate) fn delete(&self, kind: &str, name: &str) -> &Self {
        run(async {
            let client = client(self.place, ADMIN, &self.namespace).await;
            api(&client, kind).delete(name, &Default::default()).await.unwrap();
        });
        self
    }

    /// The binary with these arguments, in the repository, with the administrator's kubeconfig.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.sandbox.command(BINARY);
        for name in SCRUBBED {
            command.env_remove(name);
        }
        command.args(args).env("HOME", self.sandbox.path());
        command.env("KUBECONFIG", self.sandbox.join("kubeconfig"));
        command
    }

    /// A promotion from staging to prod with these flags besides.
    pub(crate) fn promotion(&self, flags: &[&str]) -> Command {
        let mut command = self.command(&[FROM, TO]);
        command.args(flags);
        command
    }

    pub(crate) fn promote(&self, flags: &[&str]) -> Run {
        Run::of(&mut self.promotion(flags))
    }

    /// All files of the repository.
    pub(crate) fn files(&self) -> Files {
        let found = files(self.sandbox.path());
        let with_time = |(path, bytes): (PathBuf, Vec<u8>)| {
            let time = fs::metadata(self.sandbox.join(&path)).unwrap().modified().unwrap();
            (path, (bytes, time))
        };
        found.into_iter().map(with_time).collect()
    }

    /// What the target says now.
    pub(crate) fn target(&self) -> String {
        self.sandbox.read(&format!("{TO}/kustomization.yaml"))
    }

    /// The binary has to exit with 1 and to write nothing. Returns what it says on stderr.
    #[track_caller]
    pub(crate) fn refused(&self, command: &mut Command) -> String {
        let before = self.files();
        let run = Run::of(command);
        assert_eq!(run.code, 1, "{run:?}");
        assert_eq!(before, self.files(), "{run:?}");
        run.stderr
    }

    /// A promotion with these flags and `-o json` is refused, by this error alone: on stderr and in
    /// the diagnostics.
    #[track_caller]
    pub(crate) fn refuses(&self, flags: &[&str], sentence: &str) {
        let before = self.files();
        let run = self.promote(&[flags, &["-o", "json"]].concat());
        assert_eq!(run.code, 1, "{sentence}: {run:?}");
        assert_eq!(before, self.files(), "{run:?}");
        let output: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&output["written"], &output["targets"]), (&json!(false), &json!([])));
        let messages = said(&output, "error");
        assert!(
            messages.iter().any(|message| message.contains(sentence)),
            "{sentence}\n{messages:#?}"
        );
        for message in messages {
            assert!(run.stderr.contains(&format!("error: {message}")), "{message}: {}", run.stderr);
        }
        assert!(run.stderr.ends_with("nothing was written\n"), "{}", run.stderr);
    }

    /// A promotion with these flags is made, and warns of this where it is not empty.
    #[track_caller]
    pub(crate) fn passes(&self, flags: &[&str], warning: &str) {
        let run = self.promote(&[flags, &["-o", "json"]].concat());
        assert_eq!(run.code, 0, "{run:?}");
        let output: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(output["written"], json!(true), "{run:?}");
        assert!(self.target().contains(&format!("newTag: {NEW} # kept")), "{}", self.target());
        let warnings = said(&output, "warning");
        match warning {
            "" => assert!(warnings.is_empty(), "{warnings:#?}"),
            warning => {
                assert!(
                    warnings.iter().any(|said| said.contains(warning)),
                    "{warning}\n{warnings:#?}"
                );
                assert!(run.stderr.contains(warning), "{}", run.stderr);
            }
        }
    }
}

/// The messages of the run's diagnostics of this severity.
fn said(output: &Value, severity: &str) -> Vec<String> {
    let all = output["diagnostics"].as_array().cloned().unwrap_or_default();
    let chosen = all.iter().filter(|found| found["severity"] == severity);
    chosen.map(|found| found["message"].as_str().unwrap().to_owned()).collect()
}

/// As it stands in Git.
fn without_status(object: &Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove("status");
    object
}

/// `apps/v1/Deployment`.
pub(crate) fn kind(object: &Value) -> String {
    format!("{}/{}", object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap())
}

/// Lets the user without rights do what the Role `name` allows.
pub(crate) fn binding(name: &str) -> Value {
    binding_of(name, &json!({"apiGroup": RBAC, "kind": "User", "name": PLAIN_USER}))
}

/// Lets `subject` do what the Role `name` allows.
pub(crate) fn binding_of(name: &str, subject: &Value) -> Value {
    json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": "RoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": name},
        "subjects": [subject],
    })
}
