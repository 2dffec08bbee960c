//! What `kubectl rollout status` says of statuses made by chance, beside what our rules say.

use std::collections::BTreeMap;
use std::process::Command;
use std::thread;

use kubectl_promote::cluster::{Id, Object, Snapshot, State, Timestamp, health, rendered};
use kubectl_promote::facts::Facts;
use serde_json::{Value, json};

use crate::Special;
use crate::dice::{Dice, seeds};
use crate::objects::workload;
use crate::place::Place as _;
use crate::server::Server;
use crate::support::{Sandbox, has};

pub(crate) const SPECIALS: &[Special] = &[("rollout_status", rollout_status)];

/// How many of each kind there are where nothing else is asked for.
const CASES: u64 = 60;
/// How many workloads one kubectl is asked about, which limits how fast it asks; and how many run.
const CHUNK: usize = 20;
const AT_A_TIME: usize = 2;

const NAMESPACE: &str = "shop";
const IMAGE: &str = "ghcr.io/acme/web:1.2.3";

/// What both say of one workload.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// It is rolled out.
    Done,
    /// It is not, and the sentence says how much is missing.
    Not(String),
    /// kubectl has no word for it.
    Nothing,
}

fn rollout_status() {
    if !has("kubectl", &["version", "--client"]) {
        return;
    }
    let server = Server::start();
    server.open();
    let sandbox = Sandbox::new();
    sandbox.write("kubeconfig", server.kubeconfig("", NAMESPACE));
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for kind in ["DaemonSet", "Deployment", "StatefulSet"] {
        let objects: Vec<_> = seeds(CASES).map(|seed| object(kind, seed)).collect();
        for object in &objects {
            server.place(object.clone());
        }
        // kubectl stops at the first workload that it calls an error.
        let (errors, others): (Vec<_>, Vec<_>) = objects.iter().partition(|it| is_error(it));
        let chunks: Vec<_> = errors.chunks(1).chain(others.chunks(CHUNK)).collect();
        for (chunk, lines) in chunks.iter().zip(all_of(&sandbox, &chunks)) {
            for (object, line) in chunk.iter().zip(lines) {
                compare(kind, object, &line, &mut tally);
            }
        }
        for what in ["Done", "Not"] {
            assert!(tally.contains_key(&format!("{kind} {what}")), "{kind} {what}: {tally:?}");
        }
    }
}

/// What kubectl says of each of the chunks, asked by a few at a time.
fn all_of(sandbox: &Sandbox, chunks: &[&[&Value]]) -> Vec<Vec<String>> {
    let mut out: Vec<(usize, Vec<String>)> = thread::scope(|scope| {
        let some = |first: usize| {
            let mine = chunks.iter().enumerate().skip(first).step_by(AT_A_TIME);
            mine.map(|(at, chunk)| (at, kubectl(sandbox, chunk))).collect::<Vec<_>>()
        };
        let workers: Vec<_> =
            (0..AT_A_TIME).map(|first| scope.spawn(move || some(first))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    out.sort();
    out.into_iter().map(|(_, lines)| lines).collect()
}

fn compare(kind: &str, object: &Value, line: &str, tally: &mut BTreeMap<String, usize>) {
    let (ours, why) = ours(object);
    let theirs = theirs(object, line);
    let stricter = stricter(object, &why);
    if ours == State::Healthy {
        assert!(matches!(theirs, Said::Done | Said::Nothing), "{line}\n{object:#}");
    } else if theirs == Said::Done {
        assert!(stricter.is_some(), "{why}\n{line}\n{object:#}");
    } else if let Said::Not(what) = &theirs
        && stricter.is_none()
    {
        assert!(why.contains(what.as_str()), "{why}\n{what}\n{line}\n{object:#}");
    }
    let word = match (&theirs, stricter) {
        (_, Some(word)) => word,
        (Said::Done, None) => "Done",
        (Said::Not(_), None) => "Not",
        (Said::Nothing, None) => "Nothing",
    };
    *tally.entry(format!("{kind} {word}")).or_default() += 1;
}

/// Where we ask for more than kubectl does, and why.
fn stricter(object: &Value, why: &str) -> Option<&'static str> {
    let strategy = &object["spec"]["updateStrategy"];
    [
        // A partition that holds all pods back leaves none of the rendered image.
        (why.contains("holds all"), "held"),
        // kubectl does not look at the revision where there is a partition, and API servers write one
        // into every StatefulSet, nor at the pods where there is none.
        (why.contains("has not finished moving"), "moving"),
        (strategy["rollingUpdate"].is_null() && why.contains(" updated"), "without a partition"),
        // The overlay asks for pods.
        (why.contains("is scaled to zero"), "zero"),
    ]
    .into_iter()
    .find_map(|(is_it, word)| is_it.then_some(word))
}

/// What kubectl says of each of `objects`, in their order.
fn kubectl(sandbox: &Sandbox, objects: &[&Value]) -> Vec<String> {
    let mut command = Command::new("kubectl");
    command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name == "PATH"));
    command.env("HOME", sandbox.path()).env("KUBECONFIG", sandbox.join("kubeconfig"));
    command.args(["rollout", "status", "--watch=false"]);
    let name = |it: &&Value| format!("{}/{}", text(it, "kind"), text(&it["metadata"], "name"));
    let output = command.args(objects.iter().map(name)).output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    let lines: Vec<_> = String::from_utf8(all).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), objects.len(), "{lines:#?}");
    lines
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap()
}

fn ours(object: &Value) -> (State, String) {
    let mut asked = object.clone();
    asked["spec"]["replicas"] = 3.into();
    let workloads = rendered(&asked.to_string(), NAMESPACE).unwrap().workloads;
    let id: Id = workloads[0].id.clone();
    let object: Object = serde_json::from_value(object.clone()).unwrap();
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let snapshot = Snapshot { workloads: [(id, object)].into(), ..Snapshot::empty(now) };
    let found = health(&workloads, &snapshot, &Facts::default(), None).remove(0);
    (found.state, found.why)
}

/// Whether kubectl ends with an error, as it says itself.
fn is_error(object: &Value) -> bool {
    let late = object["status"]["conditions"][0]["reason"] == "ProgressDeadlineExceeded";
    late || object["spec"]["updateStrategy"]["type"] == "OnDelete"
}

/// kubectl's sentence in our words (`rollout_status.go` of k8s.io/kubectl).
fn theirs(object: &Value, line: &str) -> Said {
    if ["successfully rolled out", "roll out complete", "rolling update complete"]
        .iter()
        .any(|done| line.contains(done))
    {
        return Said::Done;
    }
    let numbers: Vec<i64> = line
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '"')
        .filter_map(|word| word.parse().ok())
        .collect();
    let of = |what: &str| format!("has {} of {}", numbers[0], count(numbers[1], what));
    let wanted = object["spec"]["replicas"].as_i64().unwrap_or_default();
    if line.contains("only available for RollingUpdate") {
        return Said::Nothing;
    }
    Said::Not(match line {
        _ if line.contains("spec update to be observed") => "its controller".to_owned(),
        _ if line.contains("exceeded its progress deadline") => "progress deadline".to_owned(),
        _ if line.contains("new replicas have been updated") => of("replica") + " updated",
        _ if line.contains("pending termination") => {
            format!("still has {}", count(numbers[0], "old replica"))
        }
        _ if line.contains("updated replicas are available") => {
            of("updated replica") + " available"
        }
        _ if line.contains("pods to be ready") => {
            format!("has {} of {} ready", wanted - numbers[0], count(wanted, "replica"))
        }
        _ if line.contains("partitioned roll out to finish") => {
            let partition = &object["spec"]["updateStrategy"]["rollingUpdate"]["partition"];
            match partition.as_i64() {
                Some(1..) => format!("has {} of the {} that", numbers[0], numbers[1].max(0)),
                _ => of("replica") + " updated",
            }
        }
        _ if line.contains("rolling update to complete") => "has not finished moving".to_owned(),
        _ if line.contains("new pods have been updated") => {
            format!("is updated on {} of {}", numbers[0], count(numbers[1], "node"))
        }
        _ if line.contains("updated pods are available") => {
            format!("is available on {} of {}", numbers[0], count(numbers[1], "node"))
        }
        other => panic!("{other}"),
    })
}

fn count(number: i64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// A workload in a state by chance, which need not make sense.
fn object(kind: &str, seed: u64) -> Value {
    let dice = &mut Dice::new(seed);
    let mut object = workload(kind, &format!("{}-{seed}", kind.to_lowercase()), IMAGE);
    object["metadata"]["namespace"] = NAMESPACE.into();
    object["metadata"]["generation"] = dice.between(1, 2).into();
    let mut status = json!({});
    if dice.chance(92) {
        status["observedGeneration"] = dice.between(0, 3).max(1).into();
    }
    let wanted = match dice.chance(8) {
        true => 0,
        false => dice.between(1, 4),
    };
    let near = |dice: &mut Dice| match dice.chance(70) {
        true => wanted,
        false => dice.between(0, 5),
    };
    if kind != "DaemonSet" {
        object["spec"]["replicas"] = wanted.into();
    }
    let numbers = [
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "desiredNumberScheduled",
        "updatedNumberScheduled",
        "numberAvailable",
    ];
    for name in numbers {
        // A zero is as good as nothing.
        let number = near(dice);
        if number > 0 || dice.chance(50) {
            status[name] = number.into();
        }
    }
    match kind {
        "Deployment" => deployment(dice, &mut object, &mut status),
        _ => strategy(dice, kind, &mut object, &mut status),
    }
    object["status"] = status;
    object
}

fn deployment(dice: &mut Dice, object: &mut Value, status: &mut Value) {
    if dice.chance(10) {
        object["spec"]["paused"] = true.into();
    }
    let reasons = ["NewReplicaSetAvailable", "ReplicaSetUpdated", "ProgressDeadlineExceeded"];
    let reason = match dice.chance(60) {
        true => reasons[0],
        false => reasons[dice.below(3)],
    };
    let holds = if reason == reasons[2] { "False" } else { "True" };
    if dice.chance(90) {
        status["conditions"] = json!([{"type": "Progressing", "status": holds, "reason": reason}]);
    }
}

fn strategy(dice: &mut Dice, kind: &str, object: &mut Value, status: &mut Value) {
    let revisions = ["web-1", "web-2"];
    status["currentRevision"] = revisions[dice.below(2)].into();
    status["updateRevision"] = revisions[usize::from(dice.chance(80))].into();
    if dice.chance(70) {
        status["currentRevision"] = status["updateRevision"].clone();
    }
    let rolling = match (kind, dice.below(4)) {
        ("StatefulSet", 0 | 1) => json!({"partition": 0}),
        ("StatefulSet", 2) => json!({"partition": dice.between(1, 5)}),
        _ => Value::Null,
    };
    let by = if dice.chance(6) { "OnDelete" } else { "RollingUpdate" };
    object["spec"]["updateStrategy"] = json!({"type": by, "rollingUpdate": rolling});
}
