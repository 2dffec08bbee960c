//! Images for one platform: an index says which it has, a manifest's configuration says which it is.

use kubectl_promote::io::registry::{Options, Platform};

use crate::reply::{CONFIG_TYPE, DIGEST, INDEX, MANIFEST_TYPE, Reply, sha256};
use crate::rig::World;
use crate::row::Row;
use crate::server::Request;

const CONFIG: &str = r#"{"architecture":"arm64","os":"linux","variant":"v8"}"#;

fn single() -> String {
    let config = sha256(CONFIG);
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{MANIFEST_TYPE}","config":{{"mediaType":"{CONFIG_TYPE}","size":{},"digest":"{config}"}},"layers":[]}}"#,
        CONFIG.len()
    )
}

fn platform(os: &str, architecture: &str, variant: Option<&str>) -> Option<Platform> {
    let variant = variant.map(str::to_owned);
    Some(Platform { os: os.to_owned(), architecture: architecture.to_owned(), variant })
}

fn amd64(options: &mut Options, _: &World) {
    options.platform = platform("linux", "amd64", None);
}

fn arm64(options: &mut Options, _: &World) {
    options.platform = platform("linux", "arm64", None);
}

/// An image for one platform, whose configuration is said by `blob`.
fn image(request: &Request, blob: Reply) -> Reply {
    match request.path.contains("/blobs/") {
        true => blob,
        false => Reply::document(&single(), MANIFEST_TYPE),
    }
}

pub(crate) fn rows() -> Vec<Row> {
    let config = || Reply::document(CONFIG, "application/octet-stream").without(DIGEST);
    let mut rows: Vec<_> = [
        Row::new("platform", |_, _| Reply::manifest()).options(amd64),
        Row::new("platformany", |_, _| Reply::manifest()).options(arm64),
        Row::new("platformvariant", |_, _| Reply::manifest())
            .options(|options, _| options.platform = platform("linux", "arm64", Some("v8"))),
        Row::new("platformnodigest", |_, _| Reply::manifest().without(DIGEST)).options(amd64),
        Row::new("platformmissing", |_, _| Reply::manifest())
            .options(|options, _| options.platform = platform("linux", "s390x", None))
            .fails(&["linux/s390x"]),
        Row::new("platformothervariant", |_, _| Reply::manifest())
            .options(|options, _| options.platform = platform("linux", "arm64", Some("v7")))
            .fails(&["linux/arm64/v7"]),
        // What attestations are stored as is no platform.
        Row::new("platformunknown", |_, _| Reply::manifest())
            .options(|options, _| options.platform = platform("unknown", "unknown", None))
            .fails(&["unknown/unknown"]),
    ]
    .map(|row| row.requests(1..=2))
    .into();
    rows.extend(
        [
            Row::new("platformsingle", move |request, _| image(request, config())).options(arm64),
            Row::new("platformsingleother", move |request, _| image(request, config()))
                .options(amd64)
                .fails(&["linux/amd64"]),
            Row::new("platformconfigx", move |request, world| {
                let there = format!("http://{}/config", world.other);
                image(request, Reply::redirect(307, &there))
            })
            .options(arm64)
            .elsewhere(1..=1, move |_, _| config()),
            Row::new("platformconfigwrong", move |request, _| {
                image(request, config().body(CONFIG.replace("v8", "v7")))
            })
            .options(arm64)
            .fails(&["digest|configuration|config"]),
            Row::new("platformconfig404", move |request, _| image(request, Reply::new(404)))
                .options(arm64)
                .fails_somehow(&["config|blob|404|not found"]),
            Row::new("platformconfightml", move |request, _| {
                image(request, Reply::html(200, "<html>"))
            })
            .options(arm64)
            .fails(&["config|blob|digest|json"]),
        ]
        .map(|row| row.requests(2..=4)),
    );
    rows.into_iter().map(of_whole_image).collect()
}

/// It is the index that is pinned, never what it lists.
fn of_whole_image(row: Row) -> Row {
    match row.name {
        "platformsingle" | "platformconfigx" => row.digest(&sha256(single())),
        "platform" | "platformany" | "platformvariant" | "platformnodigest" => {
            row.digest(&sha256(INDEX))
        }
        _ => row,
    }
}
