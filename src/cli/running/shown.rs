//! What an overlay says beside what runs, for people and for programs.

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use serde::Serialize;

use super::args::{Format, RunningArgs};
use crate::cli::{stdout, table};
use crate::cluster::{Beside, Compared, Running, Snapshot, State, age, at, span};
use crate::diagnostic::printable;
use crate::promotion::API_VERSION;

/// The column that says how they compare.
const STATUS: usize = 6;

/// Prints `rows`, which were read of `snapshot`.
///
/// # Errors
/// The system's error where stdout cannot be written.
pub(super) fn print(rows: &[Beside], args: &RunningArgs, snapshot: &Snapshot) -> Result<()> {
    let output = || RunningOutput {
        api_version: API_VERSION,
        kind: "Running",
        overlay: &args.overlay,
        same: !rows.iter().any(|row| row.compared.is_difference()),
        images: rows.iter().map(Row::new).collect(),
    };
    let format = args.output.or(Format::Table);
    stdout::answer(|out| match format {
        Format::Table | Format::Wide => {
            let wide = format == Format::Wide;
            Ok(write!(out, "{}", rendered(rows, wide, !args.no_headers, snapshot))?)
        }
        Format::Json => stdout::json(out, &output()),
    })
}

fn rendered(rows: &[Beside], wide: bool, headers: bool, snapshot: &Snapshot) -> String {
    let mut all: Vec<(Vec<String>, Style)> = Vec::new();
    if headers && !rows.is_empty() {
        let names = ["WORKLOAD", "CONTAINER", "IMAGE", "RUNNING", "READY", "SINCE", "STATUS"];
        all.push((names.map(str::to_owned).to_vec(), Style::new()));
    }
    all.extend(rows.iter().map(|row| (cells(row, wide, snapshot), style(row.compared))));
    table::styled(&all, STATUS)
}

fn cells(row: &Beside, wide: bool, snapshot: &Snapshot) -> Vec<String> {
    let id = &row.health.id;
    let short = |image: &str| match image.split_once('@') {
        Some((name, digest)) if !wide => format!("{name}@{}", table::cut(digest)),
        _ => image.to_owned(),
    };
    let namespace = if wide { format!("{}/", id.namespace) } else { String::new() };
    let none = || "<none>".to_owned();
    let runs = row.runs.iter().map(|running| what(running, row, wide)).collect::<Vec<_>>();
    let cells = [
        format!("{namespace}{}/{}", id.kind.to_lowercase(), id.name),
        row.container.clone(),
        short(&row.image),
        if runs.is_empty() { none() } else { runs.join(", ") },
        row.ready.map_or_else(none, |(ready, all)| format!("{ready}/{all}")),
        row.health.since.map_or_else(none, |since| span(age(since, snapshot.now))),
        row.compared.word().to_owned(),
    ];
    cells.iter().map(|cell| printable(cell)).collect()
}

/// A digest; with its image where that is another one than the overlay's.
fn what(running: &Running, row: &Beside, wide: bool) -> String {
    let digest =
        running.digest.as_deref().map(|it| if wide { it.to_owned() } else { table::cut(it) });
    match (&digest, running.image == row.image) {
        (Some(digest), true) => digest.clone(),
        (None, true) => "no digest".to_owned(),
        (Some(digest), false) if !running.image.contains('@') => {
            format!("{}@{digest}", running.image)
        }
        (_, false) if wide => running.image.clone(),
        (_, false) => match running.image.split_once('@') {
            Some((name, digest)) => format!("{name}@{}", table::cut(digest)),
            None => running.image.clone(),
        },
    }
}

fn style(compared: Compared) -> Style {
    match compared {
        Compared::Same => AnsiColor::Green.on_default(),
        Compared::Idle => Style::new(),
        Compared::NotReady | Compared::Unknown => AnsiColor::Yellow.on_default(),
        Compared::Differs | Compared::Missing => AnsiColor::Red.on_default(),
    }
}

/// What `kubectl promote running` found
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, schemars(title = "Running"))]
pub(in crate::cli) struct RunningOutput<'r> {
    /// Always `kubectl-promote.dev/v1alpha1`
    #[cfg_attr(test, schemars(extend("const" = API_VERSION)))]
    api_version: &'static str,
    /// Always `Running`
    #[cfg_attr(test, schemars(extend("const" = "Running")))]
    kind: &'static str,
    /// The overlay, as it was written
    overlay: &'r str,
    /// Whether there is no difference
    same: bool,
    /// Every image of every workload that the overlay renders
    images: Vec<Row<'r>>,
}

/// An image of an overlay, and what runs in its place
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, schemars(rename = "Image"))]
struct Row<'r> {
    /// The workload's kind
    kind: &'r str,
    /// The group of its API; absent for the core group
    #[serde(skip_serializing_if = "str::is_empty")]
    group: &'r str,
    /// Its namespace
    namespace: &'r str,
    /// Its name
    name: &'r str,
    /// The container that has the image
    container: &'r str,
    /// The image, as rendered
    image: &'r str,
    /// How what runs compares with it
    #[cfg_attr(test, schemars(extend("enum" = Compared::WORDS)))]
    status: &'static str,
    /// Whether the workload is rolled out and ready
    healthy: bool,
    /// Why it is not
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'r str,
    /// Since when it is as it is (RFC 3339)
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// How many of its pods are ready; absent for what is run to its end
    #[serde(skip_serializing_if = "Option::is_none")]
    ready: Option<i64>,
    /// How many there should be
    #[serde(skip_serializing_if = "Option::is_none")]
    wanted: Option<i64>,
    /// What runs, by image and digest
    running: Vec<Runs<'r>>,
}

/// What pods run
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct Runs<'r> {
    /// The image, as the pods name it
    image: &'r str,
    /// Its digest, where the runtime tells it
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'r str>,
    /// In how many pods
    pods: usize,
    /// One of them
    pod: &'r str,
}

impl<'r> Row<'r> {
    fn new(row: &'r Beside) -> Self {
        let id = &row.health.id;
        let runs = row.runs.iter().map(|running| Runs {
            image: &running.image,
            digest: running.digest.as_deref(),
            pods: running.pods,
            pod: &running.pod,
        });
        Self {
            kind: &id.kind,
            group: &id.group,
            namespace: &id.namespace,
            name: &id.name,
            container: &row.container,
            image: &row.image,
            status: row.compared.word(),
            healthy: row.health.state == State::Healthy,
            reason: &row.health.why,
            since: row.health.since.map(at),
            ready: row.ready.map(|(ready, _)| ready),
            wanted: row.ready.map(|(_, wanted)| wanted),
            running: runs.collect(),
        }
    }
}
