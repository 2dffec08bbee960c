//! The right digest, for every type of image and every kind of door, with as few requests as can be.

use crate::delay::{Distance, Proxy, Seen};
use crate::rig::distribution::{Door, Registry};
use crate::rig::image::{Image, sha256};
use crate::rig::login::{self, IDENTITY, PASSWORD};
use crate::rig::tokens::{By, Tokens};
use crate::support::skipped;
use crate::{Client, Shelf, ready, wares};

/// A registry on the shelf's images, behind a proxy that counts.
fn counted(shelf: &Shelf, door: &Door<'_>) -> (Registry, Proxy) {
    let registry = Registry::start(&shelf.store, door, None);
    let proxy = Proxy::start(registry.address(), Distance::default(), None);
    (registry, proxy)
}

/// Asks for everything on the shelf and returns the requests that the registry saw.
#[track_caller]
fn all_right(shelf: &Shelf, client: &mut Client, proxy: &Proxy) -> Vec<Seen> {
    assert_eq!(client.ask(&proxy.host(), &shelf.names()), shelf.digests());
    let seen = proxy.take();
    assert!(seen.iter().all(|seen| seen.method == "HEAD" && seen.is_manifest()), "{seen:#?}");
    seen
}

fn refused(seen: &[Seen]) -> usize {
    seen.iter().filter(|seen| seen.status == 401).count()
}

#[test]
fn anonymous() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let (_registry, proxy) = counted(&shelf, &Door::Open);
    let seen = all_right(&shelf, &mut Client::anonymous(), &proxy);
    assert_eq!(seen.len(), shelf.images.len(), "{seen:#?}");
}

#[test]
fn name_and_password() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let (_registry, proxy) = counted(&shelf, &Door::Password);
    let mut client = Client::new(&login::password(&proxy.host(), PASSWORD));
    let seen = all_right(&shelf, &mut client, &proxy);
    assert_eq!((seen.len(), refused(&seen)), (shelf.images.len() + 1, 1), "{seen:#?}");
}

#[test]
fn tokens_for_a_password() {
    with_tokens(|host| login::password(host, PASSWORD), By::Password);
}

#[test]
fn tokens_for_an_identity() {
    with_tokens(|host| login::identity(host, IDENTITY), By::Identity);
}

/// Every image costs one request, every repository one token, and the registry's demand one more.
fn with_tokens(credentials: fn(&str) -> String, by: By) {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let tokens = Tokens::start();
    let (_registry, proxy) = counted(&shelf, &Door::Token(&tokens, tokens.realm()));
    let mut client = Client::new(&credentials(&proxy.host()));
    let seen = all_right(&shelf, &mut client, &proxy);
    assert_eq!((seen.len(), refused(&seen)), (shelf.images.len() + 1, 1), "{seen:#?}");
    let logins = tokens.take();
    assert!(logins.iter().all(|login| login.by == by && login.granted), "{logins:#?}");
    let mut scopes: Vec<_> = logins.into_iter().map(|login| login.scope).collect();
    scopes.sort();
    let mut wanted: Vec<_> =
        shelf.names().iter().map(|(name, _)| format!("repository:{name}:pull")).collect();
    wanted.sort();
    assert_eq!(scopes, wanted);
}

#[test]
fn many_tags_of_one_repository_share_a_token() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let (_, _, image) = wares().remove(0);
    let tags: Vec<_> = (0..40).map(|number| format!("r{number}")).collect();
    for tag in &tags {
        shelf.store.publish("one", tag, &image);
    }
    let tokens = Tokens::start();
    let (_registry, proxy) = counted(&shelf, &Door::Token(&tokens, tokens.realm()));
    let mut client = Client::new(&login::password(&proxy.host(), PASSWORD));
    let names: Vec<_> = tags.iter().map(|tag| ("one", tag.as_str())).collect();
    let answers = client.ask(&proxy.host(), &names);
    assert!(answers.iter().all(|answer| *answer == Ok(image.digest())), "{answers:?}");
    assert_eq!((proxy.take().len(), tokens.take().len()), (41, 1));
}

#[test]
fn the_digest_of_an_index_is_its_own() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let registry = Registry::open(&shelf.store);
    let mut client = Client::anonymous();
    for (name, tag, image) in wares() {
        for verify in [false, true] {
            client.options.verify = verify;
            let answers = client.ask(&registry.host(), &[(name, tag)]);
            let children = image.children.iter().map(|child| Ok(child.digest()));
            assert!(children.clone().all(|child| child != answers[0]), "{answers:?}");
            assert_eq!(answers, [Ok(image.digest())]);
        }
    }
}

#[test]
fn verified_by_what_they_hash_to() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let (_registry, proxy) = counted(&shelf, &Door::Open);
    let mut client = Client::anonymous();
    client.options.verify = true;
    assert_eq!(client.ask(&proxy.host(), &shelf.names()), shelf.digests());
    let bodies = proxy.take().iter().filter(|seen| seen.method == "GET").count();
    assert_eq!(bodies, shelf.images.len());
}

#[test]
fn by_digest_there_and_not_there() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let registry = Registry::open(&shelf.store);
    let mut client = Client::anonymous();
    let (digest, child) = (shelf.digest("index"), wares().remove(2).2.children[0].digest());
    let other = sha256(b"nobody has this");
    let asked = [("index", digest), ("index", &child), ("index", &other), ("team/oci", &other)];
    let answers = client.ask(&registry.host(), &asked);
    assert_eq!(answers[..2], [Ok(digest.to_owned()), Ok(child.clone())]);
    for answer in &answers[2..] {
        let failure = answer.as_ref().unwrap_err();
        assert!(failure.is_absent(), "{failure:?}");
        assert!(failure.message.contains(&other), "{failure:?}");
    }
}

/// Registries that keep manifests by SHA-512 are rare; this one may learn it.
#[test]
fn by_the_digest_of_another_algorithm() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let registry = Registry::open(&shelf.store);
    let (name, _, image) = wares().remove(0);
    let digest = format!("sha512:{}", sha512(&image));
    let url = format!("http://{}/v2/{name}/manifests/{digest}", registry.host());
    let pushed = ureq::put(url).content_type(image.media_type).send(&image.manifest[..]);
    let answer = Client::anonymous().ask(&registry.host(), &[(name, &digest)]).remove(0);
    if pushed.is_ok() {
        assert_eq!(answer, Ok(digest));
    } else {
        skipped("this docker-registry keeps no manifest by its SHA-512");
        assert!(answer.unwrap_err().is_absent());
    }
}

fn sha512(image: &Image) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA512, &image.manifest);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
