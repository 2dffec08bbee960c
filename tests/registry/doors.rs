//! Doors that stay shut: wrong passwords are tried once, tokens out of date are replaced.

use kubectl_promote::facts::Answer;

use crate::delay::{Distance, Proxy};
use crate::rig::distribution::{Door, Registry};
use crate::rig::image::Image;
use crate::rig::login::{self, PASSWORD};
use crate::rig::store::Store;
use crate::rig::tokens::Tokens;
use crate::{AMD, Client, Format, ready};

/// What must never be in a message.
const WRONG: &str = "wr0ng-passw0rd";

/// Images with the tag `v1`, each in a repository of its own.
struct Row {
    store: Store,
    names: Vec<String>,
    image: Image,
}

impl Row {
    fn of(count: usize) -> Self {
        let (store, image) = (Store::new(), Image::single(Format::Oci, AMD, "row"));
        let names: Vec<_> = (0..count).map(|number| format!("row/image-{number}")).collect();
        for name in &names {
            store.publish(name, "v1", &image);
        }
        Self { store, names, image }
    }

    fn ask(&self, client: &mut Client, host: &str) -> Vec<Answer> {
        let names: Vec<_> = self.names.iter().map(|name| (name.as_str(), "v1")).collect();
        client.ask(host, &names)
    }
}

/// Everything failed, and each message says which file the credentials are from and no secret.
#[track_caller]
fn all_refused(answers: &[Answer], client: &Client) {
    for answer in answers {
        let failure = answer.as_ref().unwrap_err();
        let text = format!("{failure:?}");
        assert!(!failure.is_absent(), "{text}");
        assert!(text.contains("auth.json"), "{text}");
        for secret in [WRONG, &login::coded(WRONG)] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    assert_eq!(answers.len(), 50, "{:?}", client.options);
}

#[test]
fn a_wrong_password_is_tried_once() {
    if !ready() {
        return;
    }
    let row = Row::of(50);
    let registry = Registry::start(&row.store, &Door::Password, None);
    let proxy = Proxy::start(registry.address(), Distance::default(), None);
    let mut client = Client::new(&login::password(&proxy.host(), WRONG));
    all_refused(&row.ask(&mut client, &proxy.host()), &client);
    let tries: Vec<_> = proxy.take().into_iter().filter(|seen| seen.login == "Basic").collect();
    assert_eq!(tries.len(), 1, "{tries:#?}");
}

#[test]
fn a_wrong_password_gets_no_second_token() {
    if !ready() {
        return;
    }
    let row = Row::of(50);
    let tokens = Tokens::start();
    let registry = Registry::start(&row.store, &Door::Token(&tokens, tokens.realm()), None);
    let mut client = Client::new(&login::password(&registry.host(), WRONG));
    all_refused(&row.ask(&mut client, &registry.host()), &client);
    let logins = tokens.take();
    assert_eq!(logins.len(), 1, "{logins:#?}");
    let mut client = Client::new(&login::identity(&registry.host(), WRONG));
    all_refused(&row.ask(&mut client, &registry.host()), &client);
    let logins = tokens.take();
    assert_eq!(logins.len(), 1, "{logins:#?}");
}

#[test]
fn without_credentials_the_message_says_so() {
    if !ready() {
        return;
    }
    let row = Row::of(3);
    let tokens = Tokens::start();
    for door in [Door::Password, Door::Token(&tokens, tokens.realm())] {
        let registry = Registry::start(&row.store, &door, None);
        for answer in row.ask(&mut Client::anonymous(), &registry.host()) {
            let failure = answer.unwrap_err();
            assert!(!failure.is_absent() && failure.hint.is_some(), "{failure:?}");
        }
    }
}

#[test]
fn a_token_that_is_out_of_date_is_replaced() {
    if !ready() {
        return;
    }
    let row = Row::of(12);
    let tokens = Tokens::start();
    let registry = Registry::start(&row.store, &Door::Token(&tokens, tokens.realm()), None);
    let mut client = Client::new(&login::password(&registry.host(), PASSWORD));
    tokens.spoil(1);
    let answers = row.ask(&mut client, &registry.host());
    assert!(answers.iter().all(|answer| *answer == Ok(row.image.digest())), "{answers:#?}");
    assert_eq!(tokens.take().len(), 2 * 12);
}

#[test]
fn a_token_that_is_always_out_of_date_is_an_error() {
    if !ready() {
        return;
    }
    let row = Row::of(4);
    let tokens = Tokens::start();
    let registry = Registry::start(&row.store, &Door::Token(&tokens, tokens.realm()), None);
    let mut client = Client::new(&login::password(&registry.host(), PASSWORD));
    tokens.spoil(usize::MAX);
    let answers = row.ask(&mut client, &registry.host());
    assert!(answers.iter().all(Result::is_err), "{answers:#?}");
    let asked = tokens.take().len();
    assert!(asked <= 8, "{asked} tokens for 4 images");
}
