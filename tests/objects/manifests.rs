//! Objects of every kind that has images, and of some that only look like it.

use crate::support::dice::Dice;
use crate::vocabulary::version;
use crate::writing::Data;

/// Kinds with a pod template at `spec.template`.
const WORKLOADS: &[(&str, &str)] = &[
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("batch/v1", "Job"),
    ("v1", "ReplicationController"),
    ("argoproj.io/v1alpha1", "Rollout"),
    ("serving.knative.dev/v1", "Service"),
    ("acme.dev/v1beta1", "Deployment"),
];

/// One object, or a list of some.
pub(crate) fn object(dice: &mut Dice, name: &str, names: &[String]) -> Data {
    if !dice.chance(7) {
        return Maker { dice, names, plain: true, own: false }.object(name);
    }
    // kustomize reads the items of any other list as data, so that `~` and `1.10` are lost.
    let kind = dice.pick(&["List", "List", "DeploymentList", "ShopList"]);
    let count = dice.below(4);
    let items = (0..count).map(|number| {
        let mut maker = Maker { dice: &mut *dice, names, plain: kind == "List", own: false };
        maker.object(&format!("{name}-{number}"))
    });
    let items = Data::List(items.collect());
    let api_version = if kind == "List" { "v1" } else { "acme.dev/v1" };
    let mut fields = vec![("apiVersion", Data::text(api_version)), ("kind", Data::text(kind))];
    if dice.chance(20) {
        fields.push(("metadata", Data::map(&[("name", Data::text(name))])));
    }
    fields.push(("items", items));
    Data::map(&fields)
}

struct Maker<'d> {
    dice: &'d mut Dice,
    names: &'d [String],
    /// Whether images may be numbers or null.
    plain: bool,
    /// Whether the kind is somebody's own: kustomize fails on odd ones of Kubernetes anyway.
    own: bool,
}

impl Maker<'_> {
    fn object(&mut self, name: &str) -> Data {
        match self.dice.below(20) {
            0..=8 => {
                let (api_version, kind) = WORKLOADS[self.dice.below(WORKLOADS.len())];
                let template = self.template();
                self.with(name, api_version, kind, &[("template", template)])
            }
            9..=11 => {
                let spec = self.pod();
                self.whole(name, "v1", "Pod", &[("spec", spec)])
            }
            12 | 13 => {
                let job = Data::map(&[("spec", Data::map(&[("template", self.template())]))]);
                self.with(name, "batch/v1", "CronJob", &[("jobTemplate", job)])
            }
            14 => {
                let template = self.template();
                self.whole(name, "v1", "PodTemplate", &[("template", template)])
            }
            15 => {
                let schema = self.pod();
                let kind = "CustomResourceDefinition";
                self.with(name, "apiextensions.k8s.io/v1", kind, &[("schema", schema)])
            }
            16 => {
                let data = Data::map(&[
                    ("image", self.image()),
                    ("containers", Data::text("- image: nginx")),
                ]);
                self.whole(name, "v1", "ConfigMap", &[("data", data)])
            }
            _ => self.custom(name),
        }
    }

    fn with(&mut self, name: &str, api_version: &str, kind: &str, spec: &[(&str, Data)]) -> Data {
        self.whole(name, api_version, kind, &[("spec", Data::map(spec))])
    }

    fn whole(&mut self, name: &str, api_version: &str, kind: &str, rest: &[(&str, Data)]) -> Data {
        let mut metadata = vec![("name", Data::text(name))];
        if self.dice.chance(10) {
            metadata.push(("annotations", Data::map(&[("acme.dev/image", self.text())])));
        }
        let mut fields = vec![
            ("apiVersion", Data::text(api_version)),
            ("kind", Data::text(kind)),
            ("metadata", Data::map(&metadata)),
        ];
        fields.extend(rest.iter().cloned());
        Data::map(&fields)
    }

    fn template(&mut self) -> Data {
        let spec = if self.dice.chance(2) { Data::Plain("null".to_owned()) } else { self.pod() };
        let mut fields = vec![("spec", spec)];
        if self.dice.chance(20) {
            let labels = Data::map(&[("app", Data::text("web"))]);
            fields.insert(0, ("metadata", Data::map(&[("labels", labels)])));
        }
        Data::map(&fields)
    }

    /// A pod's spec.
    fn pod(&mut self) -> Data {
        let mut fields = vec![("containers", self.containers())];
        if self.dice.chance(40) {
            fields.insert(0, ("initContainers", self.containers()));
        }
        if self.dice.chance(15) {
            fields.push(("ephemeralContainers", self.containers()));
        }
        if self.dice.chance(30) {
            fields.push(("volumes", self.volumes()));
        }
        Data::map(&fields)
    }

    fn containers(&mut self) -> Data {
        let count = self.dice.between(0, 3);
        let items = (0..count).map(|_| self.container()).collect();
        match self.dice.below(300) {
            0..=5 => Data::Plain(self.dice.pick(&["null", "~", ""]).to_owned()),
            6..=9 => self.container(),
            10 => Data::map(&[("a", self.container())]),
            11..=16 if !self.own => Data::List(items),
            11 => Data::text("nginx"),
            12..=14 => Data::List(vec![Data::List(items)]),
            15 => Data::List(vec![Data::text("nginx")]),
            17 | 18 => Data::List(vec![Data::Plain("null".to_owned()), self.container()]),
            _ => Data::List(items),
        }
    }

    fn container(&mut self) -> Data {
        let mut fields = vec![("name", Data::text(self.dice.pick(&["a", "b", "web"])))];
        if self.dice.chance(96) {
            let at = self.dice.below(2);
            fields.insert(at, ("image", self.image()));
        }
        if self.dice.chance(10) {
            let env = Data::map(&[("name", Data::text("IMAGE")), ("value", self.text())]);
            fields.push(("env", Data::List(vec![env])));
        }
        if self.dice.chance(2) {
            fields.push(("containers", self.containers()));
        }
        Data::map(&fields)
    }

    fn volumes(&mut self) -> Data {
        let count = self.dice.between(0, 2);
        let items = (0..count).map(|_| self.volume()).collect();
        match self.dice.below(60) {
            0 => Data::Plain("null".to_owned()),
            1 => self.volume(),
            2 if self.own && self.dice.chance(30) => Data::List(vec![Data::text("data")]),
            _ => Data::List(items),
        }
    }

    fn volume(&mut self) -> Data {
        let image = match self.dice.below(60) {
            0 => Data::Plain("null".to_owned()),
            1 if self.dice.chance(50) => self.image(),
            _ => Data::map(&[("pullPolicy", Data::text("Always")), ("reference", self.image())]),
        };
        Data::map(&[("name", Data::text("data")), ("image", image)])
    }

    /// An object of a kind of somebody's own.
    fn custom(&mut self, name: &str) -> Data {
        self.own = true;
        let (api_version, kind) = match self.dice.below(4) {
            0 => ("acme.dev/v1beta1", "Shop"),
            1 => ("acme.dev/v1", "Rollout"),
            2 => ("v1", "Shop"),
            _ => ("acme.dev/v1", "Shop"),
        };
        let mut fields = Vec::new();
        for key in ["image", "images", "sidecar", "a", "templates", "containers", "odd", "volumes"]
        {
            if self.dice.chance(35) {
                fields.push((key, self.part(key)));
            }
        }
        match self.dice.below(150) {
            0 => self.whole(name, api_version, kind, &[("spec", Data::text("nothing"))]),
            1 => self.whole(name, api_version, kind, &[("spec", Data::Plain("~".to_owned()))]),
            2 => {
                let containers = self.containers();
                self.whole(name, api_version, kind, &[("containers", containers)])
            }
            _ => self.with(name, api_version, kind, &fields),
        }
    }

    fn part(&mut self, key: &str) -> Data {
        match key {
            "image" => self.image(),
            "images" => Data::List(vec![Data::map(&[("image", self.image())])]),
            "sidecar" if self.dice.chance(30) => {
                Data::map(&[("image", Data::map(&[("reference", self.image())]))])
            }
            "sidecar" => Data::map(&[("image", self.image())]),
            "a" => Data::map(&[("b", self.pod())]),
            "templates" => {
                Data::List(vec![self.pod(), Data::map(&[("container", self.container())])])
            }
            "volumes" => self.volumes(),
            "odd" if self.dice.chance(70) => Data::Plain("null".to_owned()),
            _ => self.containers(),
        }
    }

    fn text(&mut self) -> Data {
        let name = &self.names[self.dice.below(self.names.len())];
        Data::text(&format!("{name}{}", version(self.dice)))
    }

    fn image(&mut self) -> Data {
        match self.dice.below(400) {
            0..=3 if self.plain => Data::Plain(self.dice.pick(&["null", "~", ""]).to_owned()),
            4..=6 if self.plain => {
                Data::Plain(self.dice.pick(&["5", "1.10", "true", "1e3"]).to_owned())
            }
            7..=9 => Data::text(""),
            10 => Data::map(&[("name", self.text())]),
            11 if self.dice.chance(50) => Data::List(vec![self.text()]),
            12..=14 => Data::text("nginx:1\n"),
            _ => self.text(),
        }
    }
}
