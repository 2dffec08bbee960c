//! What only the server in memory does: faults, its log, its clock, and many objects.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use kube::Client;
use kube::api::{ListParams, WatchParams};
use serde_json::json;

use crate::Special;
use crate::objects::{api, create, pod};
use crate::place::{admin, client, run};
use crate::server::{ADMIN, Act, Fault, Response, Server};

pub(crate) const TESTS: &[Special] = &[
    ("statuses", statuses),
    ("broken_connections", broken_connections),
    ("slow", slow),
    ("rows", rows),
    ("cut_watch", cut_watch),
    ("meanwhile", meanwhile),
    ("log", log),
    ("clock", clock),
    ("bookmarks", bookmarks),
    ("old_discovery", old_discovery),
    ("broken_group", broken_group),
    ("many", many),
    ("ends", ends),
];

/// What becomes of a list of pods: nothing, or the error in the words of its `Debug`.
async fn outcome(client: &Client) -> String {
    match api(client, "v1/Pod").list(&ListParams::default()).await {
        Ok(_) => String::new(),
        Err(error) => format!("{error:?}"),
    }
}

fn statuses() {
    run(async {
        let server = Server::start();
        let client = admin(&server).await;
        for (act, wanted) in [
            (Act::html(404), "404"),
            (Act::unauthorized(), "401"),
            (Act::busy(1), "429"),
            (Act::internal(), "500"),
            (Act::unavailable(), "503"),
            (Act::expired(), "410"),
            (Act::Say(Response::new(418, "text/plain", "I am a teapot")), "418"),
        ] {
            server.fault(Fault::on("/pods", act).times(1));
            let said = outcome(&client).await;
            assert!(said.contains(wanted), "{wanted}: {said}");
            assert_eq!(outcome(&client).await, "", "once only");
        }
    });
}

fn broken_connections() {
    run(async {
        let server = Server::start();
        let client = admin(&server).await;
        create(&client, pod("a", "web", "web:1")).await;
        for act in [Act::Reset, Act::Garbage, Act::Cut(20), Act::Cut(0)] {
            server.fault(Fault::on("/pods", act));
            assert_ne!(outcome(&client).await, "");
            server.heal();
            assert_eq!(outcome(&client).await, "");
        }
    });
}

fn slow() {
    run(async {
        let server = Server::start();
        let client = admin(&server).await;
        server.fault(Fault::on("/pods", Act::Delay(Duration::from_millis(300))).times(1));
        let start = Instant::now();
        assert_eq!(outcome(&client).await, "");
        assert!(start.elapsed() >= Duration::from_millis(300));
        server.fault(Fault::on("/pods", Act::Silence));
        let never = tokio::time::timeout(Duration::from_millis(300), outcome(&client)).await;
        assert!(never.is_err());
    });
}

/// Which requests a row befalls.
fn rows() {
    run(async {
        let server = Server::start();
        let client = admin(&server).await;
        server.fault(Fault::on("limit=1", Act::internal()).after(1).times(2));
        server.fault(Fault::on("", Act::internal()).method("DELETE"));
        let pods = api(&client, "v1/Pod");
        let mut codes = Vec::new();
        for _ in 0..4 {
            codes.push(pods.list(&ListParams::default().limit(1)).await.is_ok());
            assert_eq!(outcome(&client).await, "");
        }
        assert_eq!(codes, [true, false, false, true]);
        create(&client, pod("a", "web", "web:1")).await;
        assert!(pods.delete("a", &Default::default()).await.is_err());
    });
}

/// A watch that breaks in the middle of an event.
fn cut_watch() {
    run(async {
        let server = Server::start();
        let client = admin(&server).await;
        for name in ["a", "b"] {
            create(&client, pod(name, "web", "web:1")).await;
        }
        server.fault(Fault::on("watch=true", Act::Cut(1)));
        let stream = api(&client, "v1/Pod").watch(&WatchParams::default(), "0").await.unwrap();
        let events: Vec<_> = pin!(stream).collect().await;
        assert!(events[0].is_ok());
        assert!(events[1..].iter().all(Result::is_err), "{events:?}");
    });
}

/// An object vanishes between two reads.
fn meanwhile() {
    run(async {
        let server = Server::start();
        let client = admin(&server).await;
        create(&client, pod("a", "web", "web:1")).await;
        let namespace = client.default_namespace().to_owned();
        let vanish = move |store: &mut crate::server::Store| {
            let kind = store.find("", "v1", "pods").unwrap();
            store.remove(kind, &(namespace.clone(), "a".to_owned()));
        };
        server.fault(Fault::on("/pods/a", Act::Meanwhile(Arc::new(vanish))).after(1));
        let pods = api(&client, "v1/Pod");
        assert!(pods.get_opt("a").await.unwrap().is_some());
        assert!(pods.get_opt("a").await.unwrap().is_none());
    });
}

fn log() {
    run(async {
        let server = Server::start();
        let client = client(&server, ADMIN, "default").await;
        server.fault(Fault::on("/pods", Act::Delay(Duration::from_millis(200))));
        let params = ListParams::default().labels("app in (a,b)").limit(7);
        let pods = api(&client, "v1/Pod");
        let (first, second) =
            futures_util::future::join(pods.list(&params), pods.get_opt("a")).await;
        assert!(first.is_ok() && second.is_ok());
        let seen = server.seen();
        let mut targets: Vec<_> = seen.iter().map(|seen| seen.target.as_str()).collect();
        targets.sort_unstable();
        assert_eq!(targets[0], "/api/v1/namespaces/default/pods/a");
        let (path, query) = targets[1].split_once('?').unwrap();
        assert_eq!(path, "/api/v1/namespaces/default/pods");
        for part in ["limit=7", "labelSelector=app in (a,b)"] {
            assert!(query.split('&').any(|own| own == part), "{query}");
        }
        assert!(seen.iter().all(|seen| seen.method == "GET"));
        assert_eq!(seen.iter().map(|seen| seen.together).max(), Some(2));
        assert_eq!(seen[0].authorization.as_deref(), Some("Bearer admin-token"));
        server.forget_requests();
        assert!(server.seen().is_empty());
    });
}

fn clock() {
    run(async {
        let server = Server::start();
        server.set_skew(jiff::SignedDuration::from_hours(-3));
        let client = admin(&server).await;
        let created = create(&client, pod("a", "web", "web:1")).await;
        let then = created.metadata.creation_timestamp.unwrap().0;
        let apart = jiff::Timestamp::now().duration_since(then);
        assert_eq!(apart.as_hours(), 3);
        let request = http::Request::get("/version").body(kube::client::Body::empty()).unwrap();
        let date =
            client.send(request).await.unwrap().headers()["date"].to_str().unwrap().to_owned();
        let time = jiff::fmt::rfc2822::parse(&date).unwrap().timestamp();
        assert_eq!(jiff::Timestamp::now().duration_since(time).as_hours(), 3);
    });
}

fn bookmarks() {
    run(async {
        let server = Server::start();
        server.set_bookmarks(Duration::from_millis(100));
        let client = admin(&server).await;
        let pods = api(&client, "v1/Pod");
        let stream = pods.watch(&WatchParams::default(), "0").await.unwrap();
        let mut stream = pin!(stream);
        for _ in 0..2 {
            let event = stream.next().await.unwrap().unwrap();
            assert!(matches!(event, kube::api::WatchEvent::Bookmark(_)), "{event:?}");
        }
        let plain = WatchParams::default().disable_bookmarks();
        let quiet = pods.watch(&plain, "0").await.unwrap();
        let mut quiet = pin!(quiet);
        let event = tokio::time::timeout(Duration::from_millis(400), quiet.next()).await;
        assert!(event.is_err());
    });
}

fn old_discovery() {
    run(async {
        let server = Server::start();
        server.grow_old();
        let client = admin(&server).await;
        // What is no list of this sort is an empty one to kube.
        assert!(client.list_api_groups_aggregated().await.unwrap().items.is_empty());
        assert!(client.list_api_groups().await.unwrap().groups.len() > 3);
    });
}

/// A group of somebody else's server that is not there is no reason not to see the others.
fn broken_group() {
    run(async {
        let server = Server::start();
        server.break_group("metrics.example.org", "v1");
        let client = admin(&server).await;
        let groups = client.list_api_groups().await.unwrap().groups;
        assert!(groups.iter().any(|group| group.name == "metrics.example.org"));
        assert!(client.list_api_group_resources("metrics.example.org/v1").await.is_err());
        let groups = client.list_api_groups_aggregated().await.unwrap().items;
        let found = groups.iter().find(|group| {
            let metadata = group.metadata.as_ref();
            metadata.and_then(|metadata| metadata.name.as_deref()) == Some("metrics.example.org")
        });
        assert_eq!(found.unwrap().versions[0].freshness.as_deref(), Some("Stale"));
        let refused = api(&client, "metrics.example.org/v1/Thing").get("a").await;
        assert!(format!("{refused:?}").contains("503"));
    });
}

/// 5,000 pods in pages: what the server itself takes for it.
fn many() {
    run(async {
        let server = Server::start();
        for number in 0..5_000 {
            let mut pod = pod(&format!("web-{number}"), "web", "ghcr.io/acme/web:1.2.3");
            pod["metadata"]["namespace"] = "default".into();
            pod["status"] = json!({"phase": "Running", "containerStatuses": [{
                "name": "web", "image": "ghcr.io/acme/web:1.2.3", "ready": true, "restartCount": 0,
                "imageID": format!("ghcr.io/acme/web@sha256:{}", "a".repeat(64)),
                "state": {"running": {"startedAt": "2026-11-20T10:00:00Z"}},
            }]});
            server.place(pod);
        }
        let client = client(&server, ADMIN, "default").await;
        let pods = api(&client, "v1/Pod");
        let (start, mut params, mut count) =
            (Instant::now(), ListParams::default().limit(1_000), 0);
        loop {
            let page = pods.list(&params).await.unwrap();
            count += page.items.len();
            match page.metadata.continue_.as_deref() {
                None | Some("") => break,
                Some(token) => params = params.continue_token(token),
            }
        }
        assert_eq!((count, server.seen().len()), (5_000, 5));
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    });
}

/// A server that is dropped ends its watches.
fn ends() {
    run(async {
        let server = Server::start();
        let client = admin(&server).await;
        let stream = api(&client, "v1/Pod").watch(&WatchParams::default(), "0").await.unwrap();
        let mut stream = pin!(stream);
        drop(server);
        let end = tokio::time::timeout(Duration::from_secs(5), stream.next()).await;
        assert!(end.unwrap().is_none());
        assert_ne!(outcome(&client).await, "");
    });
}
