//! Credential plugins: programs that a kubeconfig names and that print credentials
//! (kubernetes.io/docs/reference/access-authn-authz/authentication, client-go credential plugins).
//! Run here and not by kube, which would run one three times and wait for it without end.

use std::io::{IsTerminal as _, stdin};
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::json;

use crate::io::process::{Call, Mishap, Output};

use super::whom::words;

/// The most that a plugin may write.
const MOST: u64 = 1 << 20;

/// How long one may take that a person logs in with.
const PATIENCE: Duration = Duration::from_mins(5);

/// What a plugin prints, as far as it matters.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    kind: String,
    api_version: String,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Runs `plugin` and puts the credentials that it prints into `login`. It may take as long as
/// `limit`, and longer where somebody sits at a terminal.
///
/// # Errors
/// Why there are none, without anything that it printed to its standard output.
pub(super) fn ask(
    plugin: &ExecConfig,
    login: &mut AuthInfo,
    limit: Duration,
) -> Result<(), String> {
    let name = name(plugin)?;
    let is_there = stdin().is_terminal();
    let is_interactive = match plugin.interactive_mode {
        Some(ExecInteractiveMode::Never) => false,
        Some(ExecInteractiveMode::Always) if !is_there => {
            return Err(format!("the plugin `{name}` wants a terminal, and there is none"));
        }
        _ => is_there,
    };
    let command = command(plugin, &name, is_interactive);
    let limit = if is_interactive { limit.max(PATIENCE) } else { limit };
    let call = Call { command, input: None, most: MOST, limit, alone: !is_interactive };
    let output = call.run().map_err(|mishap| failed(plugin, &name, &mishap, ""))?;
    read(plugin, &name, &output, login)
}

/// The program's name.
pub(super) fn name(plugin: &ExecConfig) -> Result<String, String> {
    let name = plugin.command.clone().filter(|name| !name.is_empty());
    name.ok_or_else(|| "its plugin has no `command`".to_owned())
}

fn command(plugin: &ExecConfig, name: &str, is_interactive: bool) -> Command {
    let mut command = Command::new(name);
    command.args(plugin.args.iter().flatten());
    for variable in plugin.env.iter().flatten() {
        if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
            command.env(name, value);
        }
    }
    let mut spec = json!({ "interactive": is_interactive });
    if let Some(cluster) = &plugin.cluster {
        spec["cluster"] = json!(cluster);
    }
    let version = plugin.api_version.as_deref().unwrap_or_default();
    let info = json!({ "kind": "ExecCredential", "apiVersion": version, "spec": spec });
    command.env("KUBERNETES_EXEC_INFO", info.to_string());
    match is_interactive {
        true => command.stdin(Stdio::inherit()).stderr(Stdio::inherit()),
        false => command.stdin(Stdio::null()).stderr(Stdio::piped()),
    };
    command
}

fn read(
    plugin: &ExecConfig,
    name: &str,
    output: &Output,
    login: &mut AuthInfo,
) -> Result<(), String> {
    if output.code != Some(0) {
        let errors = String::from_utf8_lossy(&output.errors);
        return Err(failed(plugin, name, &Mishap::Failed(output.code), &errors));
    }
    let strange = || failed(plugin, name, &Mishap::Unintelligible, "");
    let credential: Credential = serde_yaml::from_slice(&output.text).map_err(|_| strange())?;
    if credential.kind != "ExecCredential" {
        return Err(strange());
    }
    if let Some(wanted) = &plugin.api_version
        && *wanted != credential.api_version
    {
        return Err(format!("the plugin `{name}` does not speak `{wanted}`"));
    }
    let status = credential.status.ok_or_else(strange)?;
    let pair = (status.client_certificate_data, status.client_key_data);
    let (token, pair) = match (status.token.filter(|token| !token.is_empty()), pair) {
        (None, (None, _) | (_, None)) => return Err(strange()),
        (token, (Some(certificate), Some(key))) => (token, Some((certificate, key))),
        (token, _) => (token, None),
    };
    login.token = token.map(Into::into);
    if let Some((certificate, key)) = pair {
        login.client_certificate_data = Some(STANDARD.encode(certificate));
        login.client_key_data = Some(STANDARD.encode(key).into());
    }
    Ok(())
}

/// What went wrong, what the plugin says about it, and how to install it, where it is not there.
fn failed(plugin: &ExecConfig, name: &str, mishap: &Mishap, errors: &str) -> String {
    let last = errors.lines().rev().map(str::trim).find(|line| !line.is_empty());
    let said = last.map_or_else(String::new, |last| format!(": {}", words(last)));
    let hint = plugin.install_hint.as_deref().filter(|_| *mishap == Mishap::Missing);
    let hint = hint.map_or_else(String::new, |hint| format!(" ({})", words(hint)));
    format!("the plugin `{name}` {mishap}{said}{hint}")
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn sh(script: &str) -> ExecConfig {
        ExecConfig {
            api_version: Some("client.authentication.k8s.io/v1".to_owned()),
            command: Some("sh".to_owned()),
            args: Some(vec!["-c".to_owned(), script.to_owned()]),
            env: Some(vec![
                [("name", "SECRET"), ("value", "abc")]
                    .map(|(k, v)| (k.to_owned(), v.to_owned()))
                    .into(),
            ]),
            interactive_mode: Some(ExecInteractiveMode::Never),
            ..ExecConfig::default()
        }
    }

    fn run(plugin: &ExecConfig) -> Result<AuthInfo, String> {
        let mut login = AuthInfo::default();
        ask(plugin, &mut login, Duration::from_millis(500))?;
        Ok(login)
    }

    #[test]
    fn credentials_are_taken_from_what_it_prints() {
        let script = "echo \"{kind: ExecCredential, apiVersion: client.authentication.k8s.io/v1, status: {token: $SECRET}}\"";
        let login = run(&sh(script)).unwrap();
        assert!(login.token.is_some());
        let script = "echo '{\"kind\": \"ExecCredential\", \"apiVersion\": \"client.authentication.k8s.io/v1\", \"status\": {\"clientCertificateData\": \"a\", \"clientKeyData\": \"b\"}}'";
        let login = run(&sh(script)).unwrap();
        assert_eq!(login.client_certificate_data.as_deref(), Some("YQ=="));
        assert!(login.token.is_none() && login.client_key_data.is_some());
    }

    #[test]
    fn it_is_told_what_the_cluster_is() {
        let mut plugin =
            sh("test -n \"$KUBERNETES_EXEC_INFO\" && echo \"$KUBERNETES_EXEC_INFO\" >&2; exit 7");
        plugin.cluster = Some(kube::config::ExecAuthCluster {
            server: Some("https://a".to_owned()),
            certificate_authority_data: Some(b"pem".to_vec()),
            ..Default::default()
        });
        let why = run(&plugin).unwrap_err();
        for word in ["exit code 7", "\"interactive\":false", "\"server\":\"https://a\"", "cGVt"] {
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn what_it_does_wrong_is_told_without_what_it_printed() {
        for (script, wanted) in [
            (
                "echo secret; echo first >&2; echo token expired >&2; exit 1",
                "failed with exit code 1: token expired",
            ),
            ("echo secret", "gave an answer that is none"),
            (
                "echo '{kind: ExecCredential, apiVersion: client.authentication.k8s.io/v1beta1, status: {token: secret}}'",
                "does not speak `client.authentication.k8s.io/v1`",
            ),
            (
                "echo '{kind: ExecCredential, apiVersion: client.authentication.k8s.io/v1, status: {clientKeyData: secret}}'",
                "gave an answer that is none",
            ),
            ("sleep 30", "has no answer after 0.5 s"),
        ] {
            let why = run(&sh(script)).unwrap_err();
            assert!(why.contains(wanted) && !why.contains("secret"), "{why}");
        }
        let plugin = ExecConfig {
            command: Some("plugin-that-is-not-there".to_owned()),
            install_hint: Some("brew install it".to_owned()),
            ..ExecConfig::default()
        };
        let why = run(&plugin).unwrap_err();
        assert_eq!(why, "the plugin `plugin-that-is-not-there` is not installed (brew install it)");
    }
}
