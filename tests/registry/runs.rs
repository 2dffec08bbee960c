//! Whole runs of the binary: many overlays, a registry and its mirror, all or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::delay::{Distance, Proxy, Seen};
use crate::rig::distribution::Registry;
use crate::rig::image::{Format, Image, skopeo};
use crate::rig::store::Store;
use crate::support::{Run, Sandbox, files, has};
use crate::{AMD, ready};

const OVERLAYS: usize = 40;
const IMAGES: usize = 5;
const TAG: &str = "1.5.0";

/// A registry or its mirror, behind a proxy that counts.
struct Place {
    store: Store,
    proxy: Proxy,
    _registry: Registry,
}

impl Place {
    fn new() -> Self {
        let store = Store::new();
        let registry = Registry::open(&store);
        let proxy = Proxy::start(registry.address(), Distance::default(), None);
        Self { store, proxy, _registry: registry }
    }

    fn host(&self) -> String {
        self.proxy.host()
    }
}

/// A shop: `dev` takes its images from a registry, 40 other overlays from a mirror. Half of those
/// have repositories of their own there.
struct Shop {
    sandbox: Sandbox,
    origin: Place,
    mirror: Place,
    images: Vec<Image>,
}

impl Shop {
    fn new() -> Self {
        let image = |number| Image::single(Format::Oci, AMD, &format!("service {number}"));
        let images: Vec<_> = (0..IMAGES).map(image).collect();
        let shop =
            Self { sandbox: Sandbox::new(), origin: Place::new(), mirror: Place::new(), images };
        for (number, image) in shop.images.iter().enumerate() {
            shop.origin.store.publish(&format!("shop/service-{number}"), TAG, image);
            for overlay in 0..OVERLAYS {
                shop.mirror.store.publish(&mirrored(overlay, number), TAG, image);
            }
        }
        shop.write();
        shop
    }

    fn write(&self) {
        let (mut base, mut dev) = (String::from(DEPLOYMENT), String::from(HEAD));
        for number in 0..IMAGES {
            let name = self.name(number);
            base += &format!("      - {{name: c{number}, image: '{name}:0'}}\n");
            dev += &format!("- name: {name}\n  newTag: {TAG}\n");
        }
        self.sandbox.write("base/deployment.yaml", base);
        self.sandbox.write("base/kustomization.yaml", "resources: [deployment.yaml]\n");
        self.sandbox.write("dev/kustomization.yaml", dev);
        for overlay in 0..OVERLAYS {
            let mut text = format!("# Overlay {overlay}.\n{HEAD}");
            for number in 0..IMAGES {
                let (name, path) = (self.name(number), mirrored(overlay, number));
                let host = self.mirror.host();
                text += &format!("- name: {name} # {number}\n  newName: {host}/{path}\n");
                text += "  newTag: 1.4.0   # what runs\n";
            }
            self.sandbox.write(&format!("{}/kustomization.yaml", target(overlay)), text);
        }
    }

    fn name(&self, number: usize) -> String {
        format!("{}/shop/service-{number}", self.origin.host())
    }

    /// All overlays get what `dev` has, pinned.
    fn promote(&self) -> Run {
        let targets: Vec<_> = (0..OVERLAYS).map(target).collect();
        let targets: Vec<_> = targets.iter().map(String::as_str).collect();
        let (origin, mirror) = (self.origin.host(), self.mirror.host());
        self.sandbox.write("auth.json", "{}");
        let flags = ["--pin", "images", "--require-present", "--authfile", "auth.json"];
        let plain = ["--plain-http", &origin, "--plain-http", &mirror];
        self.sandbox.promote(&[&["dev"], &targets[..], &flags, &plain].concat())
    }

    /// Requests to the registry and to its mirror since the last call.
    fn seen(&self) -> [Vec<Seen>; 2] {
        [&self.origin, &self.mirror].map(|place| place.proxy.take())
    }

    fn overlays(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(&self.sandbox.join("overlays"))
    }
}

const HEAD: &str = "resources:\n- ../../base\nimages:\n";

const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  template:
    spec:
      containers:
";

fn target(overlay: usize) -> String {
    format!("overlays/env-{overlay}")
}

fn mirrored(overlay: usize, number: usize) -> String {
    let own =
        if overlay.is_multiple_of(2) { "shared".to_owned() } else { format!("env-{overlay}") };
    format!("mirror/{own}/service-{number}")
}

/// One request for each repository, and none but those.
#[track_caller]
fn one_each(seen: &[Seen], repositories: usize) {
    let mut asked: Vec<_> = seen.iter().map(|seen| &seen.target).collect();
    asked.sort();
    asked.dedup();
    assert_eq!((seen.len(), asked.len()), (repositories, repositories), "{seen:#?}");
    assert!(seen.iter().all(|seen| seen.method == "HEAD" && seen.is_manifest()), "{seen:#?}");
}

#[test]
fn all_overlays_or_none() {
    if !ready() {
        return;
    }
    let shop = Shop::new();
    let other = Image::single(Format::Oci, AMD, "built again");
    shop.mirror.store.publish(&mirrored(39, 3), TAG, &other);
    let before = shop.overlays();
    let run = shop.promote();
    assert_eq!(run.code, 1, "{run:?}");
    for digest in [shop.images[3].digest(), other.digest()] {
        assert!(run.stderr.contains(&digest), "{}", run.stderr);
    }
    assert!(shop.overlays() == before, "a refused run wrote something");
    let distinct = IMAGES * (1 + OVERLAYS / 2);
    let [origin, mirror] = shop.seen();
    one_each(&origin, IMAGES);
    one_each(&mirror, distinct);

    shop.mirror.store.publish(&mirrored(39, 3), TAG, &shop.images[3]);
    let run = shop.promote();
    assert_eq!(run.code, 0, "{run:?}");
    let [origin, mirror] = shop.seen();
    one_each(&origin, IMAGES);
    one_each(&mirror, distinct);
    let written = shop.overlays();
    assert_eq!(written.len(), OVERLAYS);
    for (path, text) in &written {
        let text = str::from_utf8(text).unwrap();
        for image in &shop.images {
            assert!(text.contains(&image.digest()), "{}:\n{text}", path.display());
        }
        assert_eq!(text.matches("newTag: 1.5.0   # what runs\n").count(), IMAGES, "{text}");
    }

    let stamps = || -> Vec<_> {
        let paths = written.keys().map(|path| shop.sandbox.join("overlays").join(path));
        paths.map(|path| std::fs::metadata(path).unwrap().modified().unwrap()).collect()
    };
    let first = stamps();
    let run = shop.promote();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(shop.overlays() == written && stamps() == first, "the second run changed a file");
    rendered(&shop);
}

/// What kustomize makes of two of the overlays, and whether skopeo finds it at the mirror.
fn rendered(shop: &Shop) {
    if !has("kubectl", &["kustomize", "--help"]) {
        return;
    }
    for overlay in [6, 39] {
        let mut command = shop.sandbox.command("kubectl");
        let run = Run::of(command.arg("kustomize").arg(target(overlay)));
        assert_eq!(run.code, 0, "{run:?}");
        for (number, image) in shop.images.iter().enumerate() {
            let name = format!("{}/{}", shop.mirror.host(), mirrored(overlay, number));
            let whole = format!("image: {name}:{TAG}@{}\n", image.digest());
            assert!(run.stdout.contains(&whole), "{whole} is not in\n{}", run.stdout);
            let transport = format!("docker://{name}@{}", image.digest());
            let found = skopeo(&["inspect", "--raw", "--tls-verify=false", &transport]);
            assert_eq!(found, image.manifest);
        }
    }
}

#[test]
fn a_mirror_that_is_late_is_named() {
    if !ready() {
        return;
    }
    let shop = Shop::new();
    let late = shop.mirror.store.root().join("docker/registry/v2/repositories");
    std::fs::remove_dir_all(late.join(mirrored(7, 2))).unwrap();
    let before = shop.overlays();
    let run = shop.promote();
    assert_eq!(run.code, 1, "{run:?}");
    let (from, to) = (shop.name(2), format!("{}/{}", shop.mirror.host(), mirrored(7, 2)));
    for words in [&from, &to] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert!(shop.overlays() == before, "a refused run wrote something");
    // The hint, word for word, puts it right.
    let Some(copy) = run.stderr.split('`').find(|words| words.starts_with("skopeo copy ")) else {
        panic!("no command in {}", run.stderr);
    };
    let mut args: Vec<_> = copy.split_whitespace().skip(1).collect();
    args.extend(["--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false"]);
    skopeo(&args);
    assert_eq!(shop.promote().code, 0);
}

#[test]
fn pinned_where_they_are() {
    if !ready() {
        return;
    }
    let shop = Shop::new();
    shop.sandbox.write("auth.json", "{}");
    let overlays: Vec<_> = (0..OVERLAYS).map(target).collect();
    for (path, text) in shop.overlays() {
        let text = String::from_utf8(text).unwrap().replace("1.4.0", TAG);
        shop.sandbox.write(&format!("overlays/{}", path.display()), text);
    }
    let mirror = shop.mirror.host();
    let pin = || {
        let overlays: Vec<_> = overlays.iter().map(String::as_str).collect();
        let flags = ["--plain-http", &mirror, "--authfile", "auth.json", "--verify"];
        let platform = ["--platform", "linux/amd64", "--registry-concurrency", "8"];
        shop.sandbox.promote(&[&["pin"], &overlays[..], &flags, &platform].concat())
    };
    let run = pin();
    assert_eq!(run.code, 0, "{run:?}");
    let written = shop.overlays();
    for text in written.values() {
        let text = str::from_utf8(text).unwrap();
        assert!(shop.images.iter().all(|image| text.contains(&image.digest())), "{text}");
    }
    assert!(shop.origin.proxy.take().is_empty(), "nothing is taken from there");
    let repositories: BTreeSet<_> = shop
        .mirror
        .proxy
        .take()
        .into_iter()
        .filter(Seen::is_manifest)
        .map(|seen| seen.target)
        .collect();
    assert_eq!(repositories.len(), IMAGES * (1 + OVERLAYS / 2));
    let run = pin();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(shop.overlays() == written, "the second run changed a file");
}

#[test]
fn without_the_network_nothing_is_asked() {
    if !ready() {
        return;
    }
    let shop = Shop::new();
    let before = shop.overlays();
    let run = shop.sandbox.promote(&["pin", "overlays/env-1", "--offline"]);
    assert_eq!(run.code, 2, "{run:?}");
    assert!(shop.overlays() == before && shop.mirror.proxy.take_connections() == 0);
}
