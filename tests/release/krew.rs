//! The plugin under the real krew: from a manifest and an archive, from an index, and by the checker
//! of krew's own index.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::dist::{VERSION, archive, host, made, release};
use crate::server::serve;
use crate::support::{Run, Sandbox, has, root};

/// A home with krew in it and an index whose plugins are those of the release.
struct Home {
    sandbox: Sandbox,
    dir: PathBuf,
}

impl Home {
    fn new() -> Option<Self> {
        let here = has("kubectl", &["version", "--client"])
            && has("krew", &["version"])
            && has("python3", &["-c", "import tomllib"]);
        if !here {
            return None;
        }
        let (sandbox, dir) = release();
        // krew downloads from there.
        made(&dir, &["manifests", "--base-url", &format!("{}/v{VERSION}", serve(sandbox.path()))]);
        let home = Self { sandbox, dir };
        let krew = Run::of(home.sandbox.command("sh").args(["-c", "command -v krew"]));
        fs::create_dir(home.sandbox.join("bin")).unwrap();
        std::os::unix::fs::symlink(krew.stdout.trim(), home.sandbox.join("bin/kubectl-krew"))
            .unwrap();
        home.index("index");
        Some(home)
    }

    /// A custom index as krew wants it: a Git repository with `plugins/NAME.yaml`.
    fn index(&self, name: &str) -> PathBuf {
        let path = self.sandbox.join(name);
        fs::create_dir_all(path.join("plugins")).unwrap();
        fs::copy(self.manifest(), path.join("plugins/promote.yaml")).unwrap();
        let at = path.to_str().unwrap();
        self.sandbox.git(&["init", "--quiet", at]);
        self.sandbox.git(&["-C", at, "add", "."]);
        self.sandbox.git(&["-C", at, "commit", "--quiet", "--message", "promote"]);
        path
    }

    fn manifest(&self) -> PathBuf {
        self.dir.join("promote.yaml")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.sandbox.command(program);
        let path = std::env::var("PATH").unwrap();
        let bins = [self.sandbox.join("bin"), self.sandbox.join("krew/bin")];
        let bins = bins.map(|bin| bin.to_str().unwrap().to_owned()).join(":");
        command.env("PATH", format!("{bins}:{path}")).env("KREW_ROOT", self.sandbox.join("krew"));
        command.env("KREW_DEFAULT_INDEX_URI", self.sandbox.join("index"));
        command.env("KREW_NO_UPGRADE_CHECK", "1").env("HOME", self.sandbox.path());
        command
    }

    /// The line of the README that begins so, with this machine's address in place of the forge's.
    fn line(&self, beginning: &str, address: &str) {
        let readme = fs::read_to_string(root().join("README.md")).unwrap();
        let line = readme.lines().find(|line| line.starts_with(beginning)).unwrap();
        let words: Vec<_> = line.split(' ').skip(1).collect();
        let ours = |word: &&str| word.starts_with("https://");
        let words = words.iter().map(|word| if ours(word) { address } else { word });
        self.kubectl(&words.collect::<Vec<_>>());
    }

    fn kubectl(&self, args: &[&str]) -> Run {
        let run = Run::of(self.command("kubectl").args(args));
        assert_eq!(run.code, 0, "kubectl {args:?}: {run:?}");
        run
    }

    /// The plugin is what kubectl runs: it promotes the example.
    fn promotes(&self) {
        self.sandbox.copy(&root().join("testdata/shop/web"), "web");
        let version = self.kubectl(&["promote", "--version"]).stdout;
        assert!(version.contains(VERSION), "{version}");
        self.kubectl(&["promote", "web/overlays/dev", "web/overlays/tst"]);
        let promoted = self.sandbox.read("web/overlays/tst/kustomization.yaml");
        assert!(promoted.contains("newTag: 1.5.0 "), "{promoted}");
        fs::remove_dir_all(self.sandbox.join("web")).unwrap();
    }

    /// The caveat's command makes what kubectl looks for when it completes.
    fn links(&self) {
        let manifest = fs::read_to_string(self.manifest()).unwrap();
        let command = manifest.lines().find(|line| line.trim().starts_with("ln -s")).unwrap();
        let run = Run::of(self.command("sh").args(["-ec", command]));
        assert_eq!(run.code, 0, "{run:?}");
        let link = self.sandbox.join("krew/bin/kubectl_complete-promote");
        let binary = self.sandbox.join("krew/bin/kubectl-promote");
        assert_eq!(link.canonicalize().unwrap(), binary.canonicalize().unwrap());
        self.completes();
        // With a link and no plugin left, krew takes its directory for that of its first versions,
        // and refuses to work.
        assert!(manifest.contains("Remove that link before you uninstall the plugin"));
        fs::remove_file(link).unwrap();
    }

    /// Both overlays of the example, by TAB in kubectl.
    fn completes(&self) {
        self.sandbox.copy(&root().join("testdata/shop/web"), "web");
        let [dev, tst] = ["web/overlays/dev", "web/overlays/tst"];
        let offers = |words: &[&str], overlay: &str| {
            let run = self.kubectl(&[&["__complete", "promote"], words].concat());
            run.stdout.lines().any(|line| line.split('\t').next() == Some(overlay))
        };
        assert!(offers(&[""], dev) && offers(&["web/overlays/d"], dev));
        assert!(offers(&[dev, ""], tst) && !offers(&[dev, ""], dev));
        fs::remove_dir_all(self.sandbox.join("web")).unwrap();
    }

    /// Uninstalls it, after which kubectl knows it no longer.
    fn uninstalls(&self) {
        self.kubectl(&["krew", "uninstall", "promote"]);
        assert_eq!(self.kubectl(&["krew", "list"]).stdout.trim(), "");
        let run = Run::of(self.command("kubectl").args(["promote", "--version"]));
        assert_ne!(run.code, 0, "{run:?}");
        assert!(!self.sandbox.join("krew/bin/kubectl-promote").exists());
    }
}

#[test]
fn from_the_manifest_and_the_archive() {
    if let Some(home) = Home::new() {
        home.kubectl(&["krew", "update"]);
        let manifest = format!("--manifest={}", home.manifest().display());
        let archive = format!("--archive={}", home.dir.join(archive(&host())).display());
        let run = home.kubectl(&["krew", "install", &manifest, &archive]);
        assert!(run.stderr.contains("kubectl_complete-promote"), "the caveat: {run:?}");
        home.promotes();
        home.uninstalls();
    }
}

#[test]
fn from_the_address_of_the_manifest() {
    if let Some(home) = Home::new() {
        home.kubectl(&["krew", "update"]);
        let url = format!("{}/promote.yaml", serve(&home.dir));
        home.line("kubectl krew install --manifest-url", &url);
        home.promotes();
        home.uninstalls();
    }
}

#[test]
fn from_the_index() {
    if let Some(home) = Home::new() {
        home.kubectl(&["krew", "update"]);
        let found = home.kubectl(&["krew", "search", "promote"]).stdout;
        assert!(found.contains("Move versions between kustomize overlays"), "{found}");
        home.kubectl(&["krew", "install", "promote"]);
        home.promotes();
        home.links();
        home.uninstalls();
    }
}

/// The next version comes with `kubectl krew upgrade`, and the link for completion is still right.
#[test]
fn an_upgrade_keeps_the_link() {
    if let Some(home) = Home::new() {
        let plugin = "index/plugins/promote.yaml";
        let manifest = home.sandbox.read(plugin);
        let commit = |text: String| {
            home.sandbox.write(plugin, text);
            let index = home.sandbox.join("index");
            let at = index.to_str().unwrap();
            home.sandbox.git(&["-C", at, "commit", "--quiet", "--all", "--message", "promote"]);
        };
        commit(manifest.replace(&format!("version: v{VERSION}"), "version: v0.0.1"));
        home.kubectl(&["krew", "update"]);
        home.kubectl(&["krew", "install", "promote"]);
        let link = home.sandbox.join("krew/bin/kubectl_complete-promote");
        std::os::unix::fs::symlink("kubectl-promote", &link).unwrap();
        commit(manifest);
        let run = home.kubectl(&["krew", "upgrade", "promote"]);
        assert!(run.stderr.contains(&format!("v0.0.1 -> v{VERSION}")), "{run:?}");
        assert!(!home.sandbox.join("krew/store/promote/v0.0.1").exists());
        home.completes();
        home.promotes();
        fs::remove_file(link).unwrap();
        home.uninstalls();
    }
}

/// The way for as long as krew's own index has no plugin of this name.
#[test]
fn from_an_index_of_ones_own() {
    if let Some(home) = Home::new() {
        home.kubectl(&["krew", "update"]);
        let own = home.index("own");
        home.line("kubectl krew index add", own.to_str().unwrap());
        home.line("kubectl krew install promote/promote", "");
        home.promotes();
        home.uninstalls();
    }
}

/// Every system's archive is really installed, and has a licence that krew's index accepts.
#[test]
fn the_checker_of_krews_index_is_content() {
    if !has("validate-krew-manifest", &["-h"]) {
        return;
    }
    if let Some(home) = Home::new() {
        let mut command = home.command("validate-krew-manifest");
        let run = Run::of(command.arg("-manifest").arg(home.manifest()));
        assert_eq!(run.code, 0, "{run:?}");
        assert!(run.stderr.contains("all 5 spec.platforms installed fine"), "{run:?}");
    }
}
