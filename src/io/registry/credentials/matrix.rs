//! What people have, and what it gives them: row by row, for `reg.io:5000/team/web` where no image is
//! named. Tests only.

use super::rig::{Rig, Row};

/// A `config.json` of Docker, and the login out of it.
type Case = (&'static str, &'static str);

const KEYS: &[Case] = &[
    (r#"{"auths": {"reg.io:5000": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"https://reg.io:5000": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"http://reg.io:5000": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"https://reg.io:5000/v1/": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"https://reg.io:5000/v2/": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"reg.io:5000/": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"reg.io:5000/v2/": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"reg.io:5000/team/web": {good}, "reg.io:5000": {bad}}}"#, "me:S3-good"),
    (r#"{"auths": {"reg.io:5000/team": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"reg.io:5000/other/x": {bad}}}"#, "nobody"),
    (r#"{"auths": {"reg.io:5000/team/web/x": {bad}}}"#, "nobody"),
    (r#"{"auths": {"reg.io": {bad}, "reg.io:50000": {bad}}}"#, "nobody"),
    (r#"{"auths": {"reg.*:5000": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"*.*:5000": {bad}, "reg.*:5000": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"https://index.docker.io/v1/": {bad}}}"#, "nobody"),
];

const ENTRIES: &[Case] = &[
    (r#"{"auths": {"reg.io:5000": {"username": "u", "password": "S3-p"}}}"#, "u:S3-p"),
    (r#"{"auths": {"reg.io:5000": {"auth": "bWU6UzMtZ29vZA\n"}}}"#, "me:S3-good"),
    (r#"{"auths": {"reg.io:5000": {"auth": "bWU6", "identitytoken": "S3"}}}"#, "identity S3"),
    (r#"{"auths": {"reg.io:5000": {"registrytoken": "S3"}}}"#, "bearer S3"),
    (r#"{"auths": {"reg.io:5000": {}, "https://reg.io:5000": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"reg.io:5000/team": {"auth": ""}, "reg.io:5000": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"reg.io:5000": null, "g": null}}"#, "nobody"),
    (r#"{"auths": null, "credHelpers": null, "credsStore": null}"#, "nobody"),
    ("", "nobody"),
    (" \n", "nobody"),
    ("\u{feff}{\"auths\": {\"reg.io:5000\": {good}}}", "me:S3-good"),
    (
        r#"{"HttpHeaders": {"a": "b"}, "psFormat": 7, "auths": {"reg.io:5000": {good}}}"#,
        "me:S3-good",
    ),
    (
        r#"{"auths": {"reg.io:5000": {"auth": "UzM="}}}"#,
        "! the entry `reg.io:5000` of `HOME/.docker/config.json` has an `auth` that is not",
    ),
    (r#"{"auths": {"reg.io:5000": {"auth": "S3!"}, "https://reg.io:5000": {good}}}"#, "! base64"),
    (r#"{"auths": {"other": {"auth": "S3!"}}}"#, "nobody"),
];

const HELPERS: &[Case] = &[
    (r#"{"credHelpers": {"reg.io:5000": "good"}}"#, "me:S3-good"),
    (r#"{"credHelpers": {"reg.io:5000": "good"}, "credsStore": "bad"}"#, "me:S3-good"),
    (r#"{"credHelpers": {"reg.io": "bad"}}"#, "nobody"),
    (r#"{"credHelpers": {"reg.io:5000": ""}, "credsStore": "good"}"#, "me:S3-good"),
    (r#"{"credHelpers": {"reg.io:5000": null}, "auths": {"reg.io:5000": {good}}}"#, "me:S3-good"),
    (r#"{"credHelpers": {"reg.io:5000": "none"}, "auths": {"reg.io:5000": {good}}}"#, "me:S3-good"),
    (r#"{"credsStore": "good"}"#, "me:S3-good"),
    (r#"{"credsStore": "good", "auths": {"reg.io:5000": {bad}}}"#, "me:S3-good"),
    (r#"{"credsStore": "none", "auths": {"reg.io:5000": {good}}}"#, "me:S3-good"),
    (r#"{"credsStore": "none"}"#, "nobody"),
    (r#"{"credsStore": "none", "auths": {"reg.io:5000": {}}}"#, "nobody"),
    (r#"{"credsStore": "empty", "auths": {"reg.io:5000": {good}}}"#, "me:S3-good"),
    (r#"{"credsStore": "token"}"#, "identity S3-token"),
    (r#"{"credsStore": "deaf"}"#, "me:S3-good"),
    (
        r#"{"credsStore": "away", "auths": {"reg.io:5000": {good}}}"#,
        "! `docker-credential-away` (`credsStore` of `HOME/.docker/config.json`) is not installed",
    ),
    (
        r#"{"credHelpers": {"reg.io:5000": "broken"}}"#,
        "! `docker-credential-broken` (`credHelpers` of `HOME/.docker/config.json`) failed with exit code 1",
    ),
    (r#"{"credsStore": "babble"}"#, "! gave an answer that is none"),
    (r#"{"credsStore": "endless"}"#, "! does not stop writing"),
    (r#"{"credsStore": "killed"}"#, "! was ended by a signal"),
    (r#"{"credsStore": "locked"}"#, "! cannot be run: permission denied"),
    (r#"{"credsStore": "../S3"}"#, "! `credsStore` of `HOME/.docker/config.json` is not the name"),
    (r#"{"credsStore": "S3; good"}"#, "! is not the name of a helper"),
];

/// For `docker.io/library/nginx`.
const HUB: &[Case] = &[
    (r#"{"auths": {"https://index.docker.io/v1/": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"docker.io": {good}, "https://index.docker.io/v1/": {bad}}}"#, "me:S3-good"),
    (r#"{"auths": {"index.docker.io": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"registry-1.docker.io": {good}}}"#, "me:S3-good"),
    (r#"{"auths": {"docker.io/library": {good}, "docker.io": {bad}}}"#, "me:S3-good"),
    (r#"{"auths": {"https://index.docker.io/v1/access-token": {bad}}}"#, "nobody"),
    (r#"{"credsStore": "hub"}"#, "me:S3-good"),
    (r#"{"credHelpers": {"https://index.docker.io/v1/": "hub"}}"#, "me:S3-good"),
    (r#"{"credHelpers": {"index.docker.io": "hub"}}"#, "me:S3-good"),
    (r#"{"credHelpers": {"docker.io": "hub"}}"#, "me:S3-good"),
    (r#"{"credHelpers": {"docker.io": "podman"}}"#, "me:S3-good"),
    (r#"{"credHelpers": {"docker.io": "bad", "index.docker.io": ""}}"#, "nobody"),
];

#[test]
fn logins_are_found_where_people_keep_them() {
    let rig = Rig::new();
    for (text, wanted) in [KEYS, ENTRIES, HELPERS].concat() {
        rig.check(&Row::docker(text, wanted));
    }
    for (text, wanted) in HUB {
        rig.check(&Row::hub(text, wanted));
    }
    rig.check(&Row::nowhere(r#"{"credsStore": "good", "auths": {"": {bad}}}"#, "nobody"));
}

/// Rows of files, each with its login.
#[test]
fn the_first_file_with_a_login_wins() {
    let rig = Rig::new();
    let [good, bad] =
        ["good", "bad"].map(|login| format!(r#"{{"auths": {{"reg.io:5000": {{{login}}}}}}}"#));
    let legacy = r#"{"https://reg.io:5000/v1/": {good}}"#;
    let none = r#"{"auths": {"other": {bad}, "reg.io:5000": {}}}"#;
    let helped = r#"{"credsStore": "none"}"#;
    let order = ["inline", "registry", "docker", "run", "config", ".dockercfg"];
    for (at, place) in order.iter().enumerate() {
        let own = if *place == ".dockercfg" { legacy } else { good.as_str() };
        let later = order[at + 1..].iter().map(|place| match *place {
            ".dockercfg" => (*place, r#"{"reg.io:5000": {bad}}"#),
            place => (place, bad.as_str()),
        });
        let earlier = order[..at].iter().map(|place| (*place, none));
        let all: Vec<_> = earlier.chain([(*place, own)]).chain(later).collect();
        rig.check(&Row::files(&all, "me:S3-good"));
        rig.check(&Row::files(&[(place, own)], "me:S3-good"));
    }
    for (files, wanted) in [
        (vec![("docker", helped), ("run", good.as_str())], "me:S3-good"),
        (vec![("docker", bad.as_str()), ("DOCKER_CONFIG", good.as_str())], "me:S3-good"),
        (vec![("docker", good.as_str()), ("DOCKER_CONFIG", "")], "nobody"),
        (vec![("docker", good.as_str()), ("DOCKER_CONFIG missing", "")], "nobody"),
        (vec![("docker", good.as_str()), ("registry missing", "")], "me:S3-good"),
        (vec![("config", bad.as_str()), ("XDG_CONFIG_HOME", good.as_str())], "me:S3-good"),
        (vec![("docker", bad.as_str()), ("given", good.as_str())], "me:S3-good"),
        (vec![("docker", good.as_str()), ("given", none)], "nobody"),
        (vec![("given", none), (".dockerconfigjson", good.as_str())], "me:S3-good"),
        (vec![("given", good.as_str()), (".dockerconfigjson", bad.as_str())], "me:S3-good"),
        (vec![], "nobody"),
    ] {
        rig.check(&Row::files(&files, wanted));
    }
}
