//! Flags of kubectl that mean nothing here: refused by name, with what to do instead.

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

const CONTEXT: &str = "put it into a context with `kubectl config`, and name that with `--context`";
const FILES: &str = "name overlays without a flag, as FROM and TO";
const CHOICE: &str = "choose with `--kinds`, `--only` and `--except`";
const APPLY: &str = "only files are written, which you apply as ever";
const JSON: &str = "take `-o json`, which has everything, and choose with `jq`";
const NOTHING: &str = "leave it out";

/// kubectl 1.32's global flags and those of the commands that people compare us with. Those that are
/// ours too are here for the verbs that have them not.
const FLAGS: &[(&str, &str)] = &[
    (
        "--as-user-extra --certificate-authority --client-certificate --client-key \
         --disable-compression --insecure-skip-tls-verify --password --server -s --tls-server-name \
         --token --username",
        CONTEXT,
    ),
    (
        "--as --as-group --as-uid --cluster --context --kubeconfig --namespace -n --request-timeout \
         --user",
        "this asks no cluster",
    ),
    ("--filename -f --kustomize -k --recursive -R", FILES),
    ("--all --field-selector --selector -l --prune-allowlist", CHOICE),
    ("--all-namespaces -A", "overlays name their namespaces"),
    (
        "--cascade --field-manager --force --force-conflicts --grace-period --overwrite --prune \
         --save-config --server-side --validate",
        APPLY,
    ),
    (
        "--allow-missing-template-keys --label-columns -L --server-print --show-kind --show-labels \
         --show-managed-fields --sort-by --template",
        JSON,
    ),
    ("--output -o --no-headers", "there is one form of output"),
    ("--dry-run", "nothing is written here"),
    (
        "--watch -w --watch-only --output-watch-events",
        "`--wait 10m` waits for what `--require-healthy` asks",
    ),
    ("--timeout", "`--request-timeout` is for one request, `--wait` for all that is required"),
    ("--wait", "there is nothing to wait for"),
    (
        "--yes -y --interactive -i",
        "no question is asked before files are written, `--dry-run` shows them first",
    ),
    (
        "--api-version --cache-dir --chunk-size --concurrency --ignore-not-found --kuberc \
         --log-flush-frequency --match-server-version --now --openapi-patch --profile \
         --profile-output --raw --subresource --v -v --vmodule --warnings-as-errors",
        NOTHING,
    ),
];

/// Forms of output that kubectl has and nobody here.
const FORMS: &[&str] = &["custom-columns", "go-template", "jsonpath", "kyaml", "template"];

/// `error` of `command`, the verb's, in other words where it is about something of kubectl's.
pub(super) fn explained(error: clap::Error, command: Option<&mut Command>) -> clap::Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    let (flag, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let kind = error.kind();
    let message = match kind {
        ErrorKind::UnknownArgument => of_flag(flag),
        ErrorKind::InvalidValue if flag.starts_with("--dry-run") => of_dry_run(value),
        ErrorKind::InvalidValue if flag.contains("--output") => of_form(value),
        _ => None,
    };
    match message.zip(command) {
        Some((message, command)) => command.error(kind, message),
        None => error,
    }
}

fn of_flag(flag: &str) -> Option<String> {
    let (_, what) = FLAGS.iter().find(|(flags, _)| flags.split(' ').any(|known| known == flag))?;
    Some(format!("`{flag}` of kubectl does not apply here; {what}"))
}

fn of_dry_run(value: &str) -> Option<String> {
    let message = "`--dry-run=server` of kubectl does not apply here; only files are written, and `--dry-run=client` shows them";
    (value == "server").then(|| message.to_owned())
}

fn of_form(value: &str) -> Option<String> {
    let form = FORMS.iter().find(|form| value.starts_with(**form))?;
    Some(format!("`-o {form}` of kubectl does not exist here; {JSON}"))
}
