//! What is too old. These tests disturb others on the same server: they have it for themselves.

use std::pin::pin;

use kube::api::{ListParams, WatchParams};
use serde_json::json;

use super::lists::{fill, list, names, token};
use super::watches::next;
use crate::Contract;
use crate::objects::{api, create};
use crate::place::{Place, admin, run};

pub(crate) const TESTS: &[Contract] = &[("pages", pages), ("watches", watches)];

/// A token that is too old: 410, with another that goes on with what is there now.
fn pages(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        fill(&client, &["a", "b", "c"]).await;
        let first = list(&client, &ListParams::default().limit(1)).await;
        fill(&client, &["bb"]).await;
        place.expire();
        let next = ListParams::default().continue_token(token(&first));
        let refused = api(&client, "v1/Pod").list(&next).await;
        let Err(kube::Error::Api(status)) = refused else { panic!("{refused:?}") };
        assert_eq!((status.code, status.reason.as_str()), (410, "Expired"));
        let another = status.metadata.unwrap().continue_.unwrap();
        let rest = list(&client, &ListParams::default().continue_token(&another)).await;
        assert_eq!(names(&rest), ["b", "bb", "c"]);
    });
}

/// A watch from a revision that is too old.
fn watches(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let api = api(&client, "v1/ConfigMap");
        let object = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
        let version = create(&client, object("a")).await.metadata.resource_version.unwrap();
        for name in ["b", "c"] {
            create(&client, object(name)).await;
        }
        place.expire();
        let stream = api.watch(&WatchParams::default(), &version).await.unwrap();
        let mut stream = pin!(stream);
        assert_eq!(next(&mut stream).await, "error 410 Expired");
        let version = create(&client, object("d")).await.metadata.resource_version.unwrap();
        let stream = api.watch(&WatchParams::default(), &version).await.unwrap();
        let mut stream = pin!(stream);
        create(&client, object("e")).await;
        assert_eq!(next(&mut stream).await, "added e");
    });
}
