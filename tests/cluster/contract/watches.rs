//! Changes as they happen.

use std::pin::pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use kube::api::{DeleteParams, DynamicObject, ListParams, WatchEvent, WatchParams};
use serde_json::json;

use crate::Contract;
use crate::objects::{api, change, create, pod};
use crate::place::{Place, admin, run};

pub(crate) const TESTS: &[Contract] = &[
    ("from_a_list", from_a_list),
    ("from_the_start", from_the_start),
    ("selected", selected),
    ("timeouts", timeouts),
    ("initial_events", initial_events),
];

type Event = Result<WatchEvent<DynamicObject>, kube::Error>;

/// An event in a word, with the object's name.
fn said(event: Option<Event>) -> String {
    let name = |object: DynamicObject| object.metadata.name.unwrap();
    match event {
        None => "end".to_owned(),
        Some(Ok(WatchEvent::Added(object))) => format!("added {}", name(object)),
        Some(Ok(WatchEvent::Modified(object))) => format!("modified {}", name(object)),
        Some(Ok(WatchEvent::Deleted(object))) => format!("deleted {}", name(object)),
        Some(Ok(WatchEvent::Bookmark(_))) => "bookmark".to_owned(),
        Some(Ok(WatchEvent::Error(status))) => format!("error {} {}", status.code, status.reason),
        Some(Err(error)) => format!("{error}"),
    }
}

/// The next event that is not a bookmark, or what there is in place of it.
pub(super) async fn next(stream: &mut (impl Stream<Item = Event> + Unpin)) -> String {
    loop {
        match any(stream).await {
            bookmark if bookmark == "bookmark" => {}
            event => return event,
        }
    }
}

async fn any(stream: &mut (impl Stream<Item = Event> + Unpin)) -> String {
    match tokio::time::timeout(Duration::from_secs(20), stream.next()).await {
        Ok(event) => said(event),
        Err(_) => "nothing".to_owned(),
    }
}

fn from_a_list(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let pods = api(&client, "v1/Pod");
        create(&client, pod("a", "web", "web:1")).await;
        let version = pods.list(&ListParams::default()).await.unwrap().metadata.resource_version;
        let stream = pods.watch(&WatchParams::default(), &version.unwrap()).await.unwrap();
        let mut stream = pin!(stream);
        create(&client, pod("b", "web", "web:1")).await;
        assert_eq!(next(&mut stream).await, "added b");
        let status = json!({"phase": "Running"});
        crate::objects::set_status(&pods, "a", status).await.unwrap();
        assert_eq!(next(&mut stream).await, "modified a");
        pods.delete("b", &DeleteParams::default()).await.unwrap();
        // First it is said that it has to go.
        assert_eq!(next(&mut stream).await, "modified b");
        assert_eq!(next(&mut stream).await, "deleted b");
    });
}

fn from_the_start(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let pods = api(&client, "v1/Pod");
        for name in ["b", "a"] {
            create(&client, pod(name, "web", "web:1")).await;
        }
        // What a cache of a real server says is a moment late.
        pods.list(&ListParams::default()).await.unwrap();
        let stream = pods.watch(&WatchParams::default(), "0").await.unwrap();
        let mut stream = pin!(stream);
        let mut first = [next(&mut stream).await, next(&mut stream).await];
        first.sort_unstable();
        assert_eq!(first, ["added a", "added b"]);
        change(&pods, "a", json!({"metadata": {"labels": {"x": "y"}}})).await;
        assert_eq!(next(&mut stream).await, "modified a");
    });
}

/// What comes to be selected is added, what is not any more deleted.
fn selected(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let pods = api(&client, "v1/Pod");
        create(&client, pod("a", "web", "web:1")).await;
        let version = pods.list(&ListParams::default()).await.unwrap().metadata.resource_version;
        let params = WatchParams::default().labels("on=yes");
        let stream = pods.watch(&params, &version.unwrap()).await.unwrap();
        let mut stream = pin!(stream);
        create(&client, pod("b", "web", "web:1")).await;
        for (on, wanted) in [("yes", "added a"), ("no", "deleted a"), ("yes", "added a")] {
            change(&pods, "a", json!({"metadata": {"labels": {"on": on}}})).await;
            assert_eq!(next(&mut stream).await, wanted);
        }
        pods.delete("a", &DeleteParams::default()).await.unwrap();
        assert_eq!(next(&mut stream).await, "modified a");
        assert_eq!(next(&mut stream).await, "deleted a");
    });
}

/// A watch ends when its time is up.
fn timeouts(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let pods = api(&client, "v1/Pod");
        create(&client, pod("a", "web", "web:1")).await;
        let version = pods.list(&ListParams::default()).await.unwrap().metadata.resource_version;
        let params = WatchParams::default().timeout(2);
        let stream = pods.watch(&params, &version.unwrap()).await.unwrap();
        let mut stream = pin!(stream);
        assert_eq!(next(&mut stream).await, "end");
    });
}

/// A watch that lists first, and says with a bookmark where the list ends.
fn initial_events(place: &dyn Place) {
    run(async {
        let client = admin(place).await;
        let pods = api(&client, "v1/Pod");
        create(&client, pod("a", "web", "web:1")).await;
        let params = WatchParams::default().initial_events();
        let stream = pods.watch(&params, "0").await.unwrap();
        let mut stream = pin!(stream);
        assert_eq!(next(&mut stream).await, "added a");
        let event = stream.next().await.unwrap().unwrap();
        let WatchEvent::Bookmark(mark) = event else { panic!("{event:?}") };
        assert_eq!(mark.metadata.annotations["k8s.io/initial-events-end"], "true");
    });
}
