//! What is not there: tags, repositories, platforms.

use kubectl_promote::io::registry::Platform;

use crate::delay::{Distance, Proxy};
use crate::rig::distribution::Registry;
use crate::{Client, Shelf, ready};

fn platform(text: &str) -> Platform {
    let mut parts = text.split('/').map(str::to_owned);
    let (os, architecture) = (parts.next().unwrap(), parts.next().unwrap());
    Platform { os, architecture, variant: parts.next() }
}

/// This registry says the same of both, so that nobody may claim to know the repository.
#[test]
fn an_unknown_tag_and_an_unknown_repository() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let registry = Registry::open(&shelf.store);
    let asked = [("team/oci", "9.9"), ("team/nobody", "9.9"), ("team/oci", "1.0")];
    let answers = Client::anonymous().ask(&registry.host(), &asked);
    for (answer, (name, tag)) in answers.iter().zip(&asked[..2]) {
        let failure = answer.as_ref().unwrap_err();
        assert!(failure.is_absent(), "{failure:?}");
        let image = format!("{}/{name}:{tag}", registry.host());
        for words in [&image, "no such tag", "no such repository"] {
            assert!(failure.message.contains(words), "{words}: {failure:?}");
        }
    }
    assert_eq!(answers[2], Ok(shelf.digest("team/oci").to_owned()));
}

#[test]
fn nothing_more_is_asked_after_the_first_failure_unless_told_to() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let registry = Registry::open(&shelf.store);
    let proxy = Proxy::start(registry.address(), Distance::default(), None);
    let mut client = Client::anonymous();
    let tags: Vec<_> = (0..60).map(|number| format!("no-{number}")).collect();
    let asked: Vec<_> = tags.iter().map(|tag| ("team/oci", tag.as_str())).collect();
    assert_eq!(client.ask(&proxy.host(), &asked).iter().filter(|a| a.is_err()).count(), 60);
    let all = proxy.take().len();
    (client.options.keep_going, client.options.concurrency) = (false, 2);
    let manifests: Vec<_> =
        asked.iter().map(|(path, tag)| crate::manifest(&proxy.host(), path, tag)).collect();
    let answers = crate::ask(&manifests, &client.options, &crate::Nobody).unwrap();
    assert!(answers.iter().any(|(_, answer)| answer.is_err()), "{answers:?}");
    let few = proxy.take().len();
    assert!(few * 4 < all, "{few} requests of {all}");
}

#[test]
fn platforms_are_looked_for() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let registry = Registry::open(&shelf.store);
    let mut client = Client::anonymous();
    let has = [
        ("team/oci", &["linux/amd64"][..]),
        ("team/docker", &["linux/arm64"]),
        ("index", &["linux/amd64", "linux/arm64"]),
        ("deep/er/list", &["linux/amd64", "linux/arm64"]),
        ("converted", &["linux/amd64"]),
    ];
    for wanted in ["linux/amd64", "linux/arm64", "linux/s390x", "windows/amd64", "unknown/unknown"]
    {
        client.options.platform = Some(platform(wanted));
        let answers = client.ask(&registry.host(), &shelf.names());
        for ((name, _, digest), answer) in shelf.images.iter().zip(answers) {
            let there = has.iter().any(|(own, list)| own == name && list.contains(&wanted));
            match answer {
                Ok(answer) => assert!(there && answer == *digest, "{wanted} of {name}: {answer}"),
                Err(failure) => {
                    assert!(!there, "{name}: {failure:?}");
                    assert!(failure.message.contains(wanted), "{failure:?}");
                }
            }
        }
    }
}
