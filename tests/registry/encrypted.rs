//! Registries that speak TLS with certificates of their own authority.

use camino::Utf8PathBuf;

use crate::rig::certs::Authority;
use crate::rig::distribution::{Door, Registry};
use crate::{Client, Shelf, ready};

/// A registry with a certificate for `names`, and a client that trusts nobody new.
fn registry(shelf: &Shelf, names: &[&str], expired: bool) -> (Registry, Client, Utf8PathBuf) {
    let authority = Authority::new();
    let leaf = authority.leaf(names, expired);
    let registry = Registry::start(&shelf.store, &Door::Open, Some(&leaf));
    let client = Client::anonymous();
    client.sandbox.write("ca.pem", authority.pem());
    let path = Utf8PathBuf::from_path_buf(client.sandbox.join("ca.pem")).unwrap();
    (registry, client, path)
}

#[test]
fn an_authority_that_was_named_is_trusted() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let (registry, mut client, authority) = registry(&shelf, &["localhost"], false);
    client.options.ca_files = vec![authority];
    for verify in [false, true] {
        client.options.verify = verify;
        let answers = client.ask_securely(&registry.local_name(), &shelf.names());
        assert_eq!(answers, shelf.digests());
    }
}

#[test]
fn an_unknown_authority_is_not() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let (registry, client, _) = registry(&shelf, &["localhost"], false);
    for answer in client.ask_securely(&registry.local_name(), &shelf.names()) {
        let failure = answer.unwrap_err();
        assert!(!failure.is_absent(), "{failure:?}");
        assert!(failure.hint.as_ref().unwrap().contains("--ca-file"), "{failure:?}");
    }
}

#[test]
fn a_certificate_of_somebody_else_is_refused() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    for (names, expired) in [(&["other.example"], false), (&["localhost"], true)] {
        let (registry, mut client, authority) = registry(&shelf, names, expired);
        client.options.ca_files = vec![authority];
        for answer in client.ask_securely(&registry.local_name(), &shelf.names()) {
            assert!(!answer.unwrap_err().is_absent());
        }
    }
}

#[test]
fn the_wrong_protocol_gets_a_hint() {
    if !ready() {
        return;
    }
    let shelf = Shelf::shared();
    let plain = Registry::open(&shelf.store);
    let names = [("index", "latest")];
    let failure = Client::anonymous().ask_securely(&plain.host(), &names).remove(0).unwrap_err();
    assert!(failure.hint.as_ref().unwrap().contains("--plain-http"), "{failure:?}");
    // docker-registry answers plain HTTP on its TLS port with 400.
    let (secure, mut client, _) = registry(&shelf, &["localhost"], false);
    let failure = client.ask(&secure.local_name(), &names).remove(0).unwrap_err();
    assert!(!failure.is_absent(), "{failure:?}");
}
