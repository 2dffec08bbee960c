//! `kubectl promote <TAB>`: answers through kubectl's own `__complete`.

use super::*;
use crate::support::{copy, files};

/// What kubectl offers behind `kubectl promote`, the cursor at the end of the last of `words`.
fn tab_in(sandbox: &Sandbox, dir: &str, words: &[&str]) -> Run {
    let mut command = beside(sandbox, "kubectl", dir);
    Run::of(command.args(["__complete", "promote"]).args(words))
}

/// The values alone.
fn values(run: &Run) -> Vec<String> {
    let lines = run.stdout.lines().filter(|line| !line.starts_with(':'));
    lines.map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[track_caller]
fn offers(sandbox: &Sandbox, words: &[&str], wanted: &[&str]) {
    let run = tab_in(sandbox, "", words);
    assert_eq!(values(&run), wanted, "{words:?}: {run:?}");
}

const ALL: &[&str] = &[
    "api/overlays/dev",
    "api/overlays/prod",
    "api/overlays/tst",
    "web/overlays/dev",
    "web/overlays/prod",
    "web/overlays/tst",
];

#[test]
fn verbs_and_overlays_come_first() {
    if kubectl() {
        let shop = shop();
        let run = tab_in(&shop, "", &[""]);
        let values = values(&run);
        let (verbs, overlays) = values.split_at(values.len() - ALL.len());
        assert_eq!(overlays, ALL, "{run:?}");
        for verb in ["diff", "pin", "export", "check", "running", "explain", "schema", "fn", "help"]
        {
            assert!(verbs.iter().any(|one| one == verb), "{verb}: {run:?}");
        }
        assert!(!verbs.iter().any(|one| one == "man"), "{run:?}");
        assert!(run.stdout.contains("diff\tShow what a promotion would change"), "{run:?}");
        // In this order, and no names of files.
        assert!(run.stdout.ends_with(":36\n"), "{run:?}");
        offers(&shop, &["di"], &["diff"]);
        offers(&shop, &["web/overlays/dev", "di"], &[]);
        offers(&shop, &["diff", "web/overlays/t"], &["web/overlays/tst"]);
        offers(&shop, &["web/b"], &["web/base"]);
    }
}

#[test]
fn targets_are_what_is_left() {
    if kubectl() {
        let shop = shop();
        offers(&shop, &["web/overlays/dev", "web/"], &["web/overlays/prod", "web/overlays/tst"]);
        let run = tab_in(&shop, "", &["web/overlays/dev", "./web/overlays/tst", ""]);
        assert_eq!(values(&run)[0], "web/overlays/prod", "the neighbour first: {run:?}");
        assert_eq!(values(&run).len(), 4, "{run:?}");
        // What it was goes to what it is.
        offers(&shop, &["web/overlays/prod@HEAD", "web/overlays/p"], &["web/overlays/prod"]);
        offers(
            &shop,
            &["pin", "web/overlays/dev", "web/"],
            &["web/overlays/prod", "web/overlays/tst"],
        );
    }
}

#[test]
fn what_is_named_is_left_out_by_every_name() {
    if kubectl() {
        let shop = shop();
        let all = shop.path().canonicalize().unwrap().display().to_string();
        let run = tab_in(&shop, "web", &["overlays/dev", "../web/"]);
        assert_eq!(values(&run), ["../web/overlays/prod", "../web/overlays/tst"], "{run:?}");
        let run =
            tab_in(&shop, "web", &[&format!("{all}/web/overlays/dev"), "overlays/tst", "over"]);
        assert_eq!(values(&run), ["overlays/prod"], "{run:?}");
    }
}

#[test]
fn who_stands_in_an_overlay_is_offered_its_neighbours() {
    if kubectl() {
        let shop = shop();
        let run = tab_in(&shop, "web/overlays/dev", &[".", ""]);
        assert_eq!(values(&run), ["../prod", "../tst"], "{run:?}");
        let run = tab_in(&shop, "web/overlays/dev", &["diff", ""]);
        assert_eq!(values(&run), [".", "../prod", "../tst"], "{run:?}");
        let run = tab_in(&shop, "web/overlays", &["../../api/overlays/d"]);
        assert_eq!(values(&run), ["../../api/overlays/dev"], "{run:?}");
    }
}

#[test]
fn paths_go_on_as_they_were_begun() {
    if kubectl() {
        let shop = shop();
        for path in [".deploy/dev", "-odd/dev"] {
            copy(&shop.join("web/overlays/dev"), &shop.join(path));
        }
        let run = tab_in(&shop, "web/overlays/dev", &[".", ".."]);
        assert_eq!(values(&run), ["../prod", "../tst"], "{run:?}");
        let run = tab_in(&shop, "web/overlays", &["../../api/overlays/.."]);
        assert_eq!(values(&run).len(), 3, "{run:?}");
        offers(&shop, &[".d"], &[".deploy/dev"]);
        offers(&shop, &[".g"], &[]);
        // It would be a flag.
        offers(&shop, &["pin", "--add", "-o"], &[]);
        assert!(!tab_in(&shop, "", &[""]).stdout.contains("-odd"));
        // An overlay, whatever stands behind it: the word is complete.
        let run = tab_in(&shop, "", &["web/overlays/dev/"]);
        assert_eq!(run.stdout, "web/overlays/dev/\toverlay\n:36\n");
        // bash has put the home directory where `~` was typed, and takes nothing that begins otherwise.
        let home = format!("{}/", shop.path().display());
        let run = tab_in(&shop, "", &[&home]);
        assert!(run.stdout.contains(&format!("{home}web/overlays/dev\t")), "{run:?}");
        assert!(run.stdout.ends_with(":32\n"), "{run:?}");
        assert_eq!(tab_in(&shop, "", &["~/"]).stdout, ":32\n");
    }
}

#[test]
fn revisions_stand_behind_the_at() {
    if kubectl() {
        let shop = shop();
        let all = tab_in(&shop, "", &["web/overlays/dev@"]);
        let all = values(&all);
        for name in ["HEAD", "feature/x", "main", "v1.0"] {
            assert!(all.contains(&format!("web/overlays/dev@{name}")), "{name}: {all:?}");
        }
        offers(&shop, &["export", "web/overlays/dev@fe"], &["web/overlays/dev@feature/x"]);
        offers(&shop, &["running", "web/overlays/dev@v"], &["web/overlays/dev@v1.0"]);
        // bash takes the `@` for the end of a word.
        offers(
            &shop,
            &["web/overlays/dev", "@"],
            &all.iter().map(|name| &name[16..]).collect::<Vec<_>>(),
        );
        offers(&shop, &["web/overlays/dev", "@", "HEAD", "web/overlays/p"], &["web/overlays/prod"]);
        // TO has no past, and there is none without Git.
        offers(&shop, &["web/overlays/dev", "web/overlays/tst@"], &[]);
        std::fs::remove_dir_all(shop.join(".git")).unwrap();
        offers(&shop, &["web/overlays/dev@"], &[]);
    }
}

#[test]
fn keys_are_those_of_the_source() {
    if kubectl() {
        let shop = shop();
        let (web, assets) = ("ghcr.io/acme/shop-web", "ghcr.io/acme/shop-assets");
        let start = ["web/overlays/dev", "web/overlays/tst"];
        let with = |more: &[&'static str]| [&start[..], more].concat();
        offers(&shop, &with(&["--only", ""]), &[web, assets]);
        offers(&shop, &with(&["--only", web, "--only", ""]), &[assets]);
        offers(&shop, &with(&["--except=ghcr.io/acme/shop-a"]), &[assets]);
        offers(
            &shop,
            &with(&["--only", "images=ghcr.io/acme/shop-w"]),
            &["images=ghcr.io/acme/shop-web"],
        );
        offers(&shop, &with(&["--kinds", "charts", "--only", ""]), &[]);
        offers(&shop, &["web/overlays/prod@HEAD", "--only", "ghcr.io/acme/shop-w"], &[web]);
        offers(&shop, &["pin", "web/overlays/dev", "--only", "ghcr.io/acme/shop-w"], &[web]);
        offers(&shop, &["--only", ""], &[]);
        let run = tab_in(&shop, "", &with(&["--only", web]));
        assert!(run.stdout.starts_with(&format!("{web}\timages 1.5.0\n")), "{run:?}");
    }
}

#[test]
fn flags_know_their_values() {
    if kubectl() {
        let shop = shop();
        for (words, wanted) in [
            ("--kinds ,", "images refs charts"),
            ("--kinds refs,i", "refs,images"),
            ("--kinds refs --kinds=charts --kinds ,", "images"),
            ("--pin images --pin ,", "refs"),
            ("--pin images,,", "images,refs"),
            ("a b -o ,", "table wide json yaml name diff"),
            ("a b -o=j", "json"),
            ("a b --dry-run=", "none client"),
            ("a --dry-run --new-name ,", "keep copy"),
            ("check a -o ,", "table json"),
            ("explain r", "refs"),
            ("a b --allow", "--allow-downgrade"),
            ("a b --allow-downgrade --allow", ""),
            ("a b -- --allow", ""),
            ("schema p", "promotion"),
            ("help r", "running"),
        ] {
            // A word is empty where there is a comma alone.
            let words: Vec<_> =
                words.split(' ').map(|word| if word == "," { "" } else { word }).collect();
            let words: Vec<_> = words.iter().map(|word| word.replace(",,", ",")).collect();
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let run = tab_in(&shop, "", &words);
            let values: Vec<_> =
                values(&run).into_iter().filter(|value| !value.starts_with("pla")).collect();
            assert_eq!(values.join(" "), wanted, "{words:?}: {run:?}");
        }
    }
}

#[test]
fn releases_stand_beside_overlays() {
    if kubectl() {
        let shop = shop();
        let release =
            Run::of(beside(&shop, "kubectl", "").args(["promote", "export", "web/overlays/tst"]));
        assert_eq!(release.code, 0, "{release:?}");
        shop.write("releases/r42.yaml", &release.stdout)
            .write("releases/other.yaml", "kind: List\n");
        offers(&shop, &["releases/"], &["releases/r42.yaml"]);
        offers(&shop, &["releases/r42.yaml", "web/overlays/p"], &["web/overlays/prod"]);
        offers(
            &shop,
            &["check", "web/overlays/prod", "--from", "releases/"],
            &["releases/r42.yaml"],
        );
        offers(&shop, &["web/overlays/dev", "releases/"], &[]);
    }
}

#[cfg(feature = "cluster")]
#[test]
fn names_of_a_cluster_come_from_the_kubeconfig_alone() {
    if kubectl() {
        let shop = shop();
        // Nobody listens there, and nobody is asked.
        let config = "contexts: [{name: prod, context: {cluster: p, user: u, namespace: shop}}, {name: tst, context: {cluster: t, namespace: test}}]\nclusters: [{name: p, cluster: {server: 'https://192.0.2.1'}}]\nusers: [{name: u, user: {token: hush, exec: {command: ./never, apiVersion: x}}}]\n";
        shop.write("kubeconfig", config).write("other", config.replace("prod", "other"));
        offers(&shop, &["running", "--context", ""], &["prod", "tst"]);
        offers(&shop, &["running", "--context=t"], &["tst"]);
        offers(&shop, &["running", "-n", ""], &["shop", "test"]);
        offers(&shop, &["running", "--context", "tst", "-n", ""], &["test", "shop"]);
        offers(&shop, &["running", "--cluster", ""], &["p"]);
        offers(&shop, &["running", "--user="], &["u"]);
        offers(&shop, &["running", "--kubeconfig", "other", "--context", "o"], &["other"]);
        let run = tab_in(&shop, "", &["running", "--context", ""]);
        assert!(!format!("{run:?}").contains("hush"), "{run:?}");
        shop.write("kubeconfig", "users: [hush");
        offers(&shop, &["running", "--context", ""], &[]);
    }
}

#[test]
fn names_that_a_shell_would_run_are_not_offered() {
    if kubectl() {
        let shop = shop();
        let text = "images:\n- {name: '$(touch x)', newTag: v1}\n- {name: web, newTag: v1}\n";
        for name in ["$(touch x)", "a;b", "a b", "`c`", "d\ne", "f\tg"] {
            shop.write(&format!("odd/{name}/kustomization.yaml"), text);
        }
        shop.write("odd/fine/kustomization.yaml", text);
        offers(&shop, &["odd/"], &["odd/fine"]);
        offers(&shop, &["odd/fine", "--only", ""], &["web"]);
        shop.git(&["branch", "$(touch${IFS}x)"]);
        let run = tab_in(&shop, "", &["web/overlays/dev@"]);
        assert!(!run.stdout.contains('$'), "{run:?}");
    }
}

/// Nothing is written, in no state of the repository, and odd lines are no errors.
#[test]
fn a_tab_changes_nothing() {
    if kubectl() {
        let shop = shop();
        shop.write("web/overlays/broken/kustomization.yaml", "images: [\n");
        shop.write("web/overlays/tst/kustomization.yaml", "resources: [../../base]\n");
        let before = files(shop.path());
        for words in [
            &[""][..],
            &["web/overlays/dev@", ""],
            &["web/overlays/dev@nowhere", "--only", ""],
            &["web/overlays/broken", "--only", ""],
            &["web/overlays/dev@HEAD", "--only", ""],
            &["/nowhere/", ""],
            &["@"],
            &["--nonsense", "--", "-"],
            &["-"],
            &["fn", ""],
            &["--=", "-\u{fffd}"],
        ] {
            let run = tab_in(&shop, "", words);
            assert_eq!(run.code, 0, "{words:?}: {run:?}");
            assert!(run.stdout.lines().last().unwrap().starts_with(':'), "{words:?}: {run:?}");
        }
        assert!(files(shop.path()) == before, "a file changed");
    }
}

/// kubectl runs the script where Windows, or a package, has no symbolic links.
#[cfg(unix)]
#[test]
fn the_script_does_what_the_link_does() {
    if kubectl() {
        let shop = shop();
        let link = tab_in(&shop, "", &["web/overlays/dev@"]);
        let script = root().join("plugin/kubectl_complete-promote");
        std::fs::remove_file(shop.join(".bin/kubectl_complete-promote")).unwrap();
        assert_eq!(tab_in(&shop, "", &["web/overlays/dev@"]).stdout, ":0\n");
        std::fs::copy(script, shop.join(".bin/kubectl_complete-promote")).unwrap();
        assert_eq!(tab_in(&shop, "", &["web/overlays/dev@"]).stdout, link.stdout);
    }
}

#[test]
fn many_overlays_are_offered_step_by_step() {
    if kubectl() {
        let shop = shop();
        for index in 0..80 {
            shop.write(
                &format!("many/a{index:02}/overlays/prod/kustomization.yaml"),
                "resources: []\n",
            );
            shop.write(&format!("many/a{index:02}/base/kustomization.yaml"), "resources: []\n");
        }
        let run = tab_in(&shop, "", &["many/"]);
        assert_eq!(values(&run).len(), 80, "{run:?}");
        assert_eq!(values(&run)[0], "many/a00/");
        // No blank behind a directory.
        assert!(run.stdout.ends_with(":38\n"), "{run:?}");
        offers(&shop, &["many/a07/"], &["many/a07/overlays/prod"]);
    }
}
