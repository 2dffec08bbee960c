//! Which cluster: kubeconfigs, contexts, and the service account of a pod, as kubectl finds them
//! (k8s.io/client-go/tools/clientcmd 0.34).

use std::env;
use std::path::{Path, PathBuf};

use camino::Utf8PathBuf;
use kube::config::{
    AuthInfo, Cluster, Context, ExecAuthCluster, ExecConfig, InClusterError, Kubeconfig,
    KubeconfigError,
};

use crate::diagnostic::{Diagnostic, printable};
use crate::io::fs::reason;
use crate::secret::has_login;

use super::Options;
use super::trust;
use super::whom::Whom;
use super::wires;

/// How to reach a cluster. Never shown: it has credentials.
#[derive(Clone)]
pub(super) struct Access {
    /// What kube makes a client of; the plugin is taken out of it.
    pub(super) config: kube::Config,
    /// The program that has the credentials, where there is one.
    pub(super) plugin: Option<ExecConfig>,
    /// Who asks whom, for messages.
    pub(super) whom: Whom,
}

impl Access {
    /// Whether other credentials may come from where the first ones did.
    pub(super) fn renews(&self) -> bool {
        self.plugin.is_some() || self.config.auth_info.token_file.is_some()
    }
}

/// The files to read, and who names them.
pub(super) struct Files {
    paths: Vec<PathBuf>,
    /// Whether each of them has to be there.
    strict: bool,
    /// What to call them all: `` `~/.kube/config` ``.
    named: String,
}

/// Finds the cluster that `options` mean. Files are read, and nothing else happens.
///
/// # Errors
/// There is none, or what is said about it cannot be used.
pub(super) fn find(options: &Options) -> Result<Access, Diagnostic> {
    let files = files(options.kubeconfig.as_ref(), &|name| env::var_os(name), env::home_dir());
    let config = read(&files)?;
    let is_empty = config.contexts.is_empty() && config.clusters.is_empty();
    let is_inside = || env::var_os("KUBERNETES_SERVICE_HOST").is_some();
    match is_empty && !files.strict {
        true if !options.names_one() && is_inside() => in_cluster(options),
        true => Err(none(&files)),
        false => of_context(&config, &files, options),
    }
}

/// The files that are meant: `kubeconfig` alone where that is given.
pub(super) fn files(
    kubeconfig: Option<&Utf8PathBuf>,
    variable: &dyn Fn(&str) -> Option<std::ffi::OsString>,
    home: Option<PathBuf>,
) -> Files {
    if let Some(path) = kubeconfig {
        let paths = vec![path.clone().into_std_path_buf()];
        return Files { named: format!("`{path}`"), paths, strict: true };
    }
    let list = variable("KUBECONFIG").unwrap_or_default();
    let listed = env::split_paths(&list).filter(|path| !path.as_os_str().is_empty());
    let mut paths: Vec<_> = listed.collect();
    if paths.is_empty() {
        paths.extend(home.map(|home| home.join(".kube").join("config")));
    }
    let named = paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>();
    Files { named: named.join(", "), paths, strict: false }
}

/// Reads and merges `files`; as with kubectl, one that is not there is as if it were empty.
///
/// # Errors
/// One of them cannot be read, or is no kubeconfig.
pub(super) fn read(files: &Files) -> Result<Kubeconfig, Diagnostic> {
    let mut merged = Kubeconfig::default();
    for path in &files.paths {
        let mut next = match Kubeconfig::read_from(path) {
            Ok(next) => next,
            Err(KubeconfigError::ReadConfig(error, _))
                if !files.strict && error.kind() == std::io::ErrorKind::NotFound =>
            {
                continue;
            }
            Err(error) => return Err(unreadable(path, &error)),
        };
        // `kubectl config unset` leaves an empty text, which is no context.
        next.current_context = next.current_context.filter(|name| !name.is_empty());
        merged = merged.merge(next).map_err(|error| unreadable(path, &error))?;
    }
    Ok(merged)
}

fn none(files: &Files) -> Diagnostic {
    let message = match files.paths.as_slice() {
        [] => "there is no kubeconfig: nobody says where your home is".to_owned(),
        [path] if path.exists() => format!("the kubeconfig {} has no context", files.named),
        [_] => format!("there is no kubeconfig: {} does not exist", files.named),
        _ => format!("no file of `KUBECONFIG` has a context: {}", files.named),
    };
    Diagnostic::error(message)
        .hint("name a file with `--kubeconfig` or `KUBECONFIG`; `kubectl config view` shows what kubectl sees")
}

/// The words of an error without the lines that it quotes, which may hold a secret.
fn unreadable(path: &Path, error: &KubeconfigError) -> Diagnostic {
    let why = match error {
        KubeconfigError::ReadConfig(error, _) => reason(error),
        KubeconfigError::Parse(error) => match error.location() {
            Some(place) => format!("line {} is not what it should be", place.line()),
            None => "it is no kubeconfig".to_owned(),
        },
        KubeconfigError::KindMismatch => "its `kind` is not `Config`".to_owned(),
        KubeconfigError::ApiVersionMismatch => "its `apiVersion` is not `v1`".to_owned(),
        _ => "it is no kubeconfig".to_owned(),
    };
    Diagnostic::error(format!("the kubeconfig `{}` cannot be read: {why}", path.display()))
}

fn of_context(config: &Kubeconfig, files: &Files, options: &Options) -> Result<Access, Diagnostic> {
    let (name, context) = context(config, files, options)?;
    let cluster = cluster(config, &name, &context, files, options)?;
    let mut login = login(config, &name, &context, files, options)?;
    let is_open = is_open(cluster);
    if is_open {
        login = without_secrets(login);
    }
    options.act_as.apply(&mut login)?;
    let mut access = assemble(cluster, login, &called(&name, options), files)?;
    access.whom.flags = flags(&name, options);
    let user = options.user.clone().or(context.user);
    access.whom.user = user.filter(|_| !is_open).unwrap_or_default();
    access.config.default_namespace = namespace(options, context.namespace.as_deref());
    Ok(access)
}

/// The context `name`, and the cluster in place of its own.
fn called(name: &str, options: &Options) -> String {
    let name = printable(name);
    match options.cluster.as_deref().map(printable) {
        None => format!("context `{name}`"),
        Some(cluster) if name.is_empty() => format!("cluster `{cluster}`"),
        Some(cluster) => format!("context `{name}` with cluster `{cluster}`"),
    }
}

/// By what kubectl asks the same cluster.
fn flags(name: &str, options: &Options) -> String {
    let context = Some(name).filter(|name| !name.is_empty());
    let (cluster, user) = (options.cluster.as_deref(), options.user.as_deref());
    let flags = [("--context", context), ("--cluster", cluster), ("--user", user)];
    let given = flags.into_iter().filter_map(|(flag, name)| Some((flag, name?)));
    given.map(|(flag, name)| format!("{flag} {} ", printable(name))).collect()
}

/// The context that is meant, by its name. Where a cluster is named and none is current, it is empty
/// and has no name.
fn context(
    config: &Kubeconfig,
    files: &Files,
    options: &Options,
) -> Result<(String, Context), Diagnostic> {
    let current = config.current_context.as_ref().filter(|name| !name.is_empty());
    let names = || config.contexts.iter().map(|context| context.name.as_str());
    let named = &files.named;
    let Some(name) = options.context.as_ref().or(current) else {
        if options.cluster.is_some() {
            return Ok(Default::default());
        }
        let problem = format!("{named} has no current context");
        return Err(Diagnostic::error(problem).hint(near(
            "",
            names(),
            "name one with `--context`",
        )));
    };
    let found = config.contexts.iter().find(|context| &context.name == name);
    match found.and_then(|found| found.context.clone()) {
        Some(context) => Ok((name.clone(), context)),
        None => Err(unknown("context", name, names(), files)),
    }
}

/// A name that a flag has, or the current context, and no file.
fn unknown<'n>(
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'n str>,
    files: &Files,
) -> Diagnostic {
    let hint = near(name, names, &format!("`kubectl config get-{what}s` shows all"));
    let message = format!("there is no {what} `{}` in {}", printable(name), files.named);
    Diagnostic::error(message).hint(hint)
}

/// What `wrong` may have meant, or what there is.
fn near<'n>(wrong: &str, names: impl Iterator<Item = &'n str>, otherwise: &str) -> String {
    let mut names: Vec<_> = names.collect();
    names.sort_by_cached_key(|name| (strsim::damerau_levenshtein(name, wrong), (*name).to_owned()));
    match names.as_slice() {
        [] => otherwise.to_owned(),
        [best, ..]
            if strsim::damerau_levenshtein(best, wrong)
                <= 2.max(best.len() / 4).min(wrong.len()) =>
        {
            format!("did you mean `{best}`?")
        }
        _ => {
            let shown: Vec<_> = names.iter().take(6).map(|name| format!("`{name}`")).collect();
            let more = if names.len() > shown.len() { ", …" } else { "" };
            format!("{otherwise}; there are {}{more}", shown.join(", "))
        }
    }
}

fn lost(context: &str, what: &str, name: &str, files: &Files) -> Diagnostic {
    let named = &files.named;
    let message =
        format!("the context `{context}` names the {what} `{name}`, which {named} does not have");
    Diagnostic::error(message).hint("another file of `KUBECONFIG` may have it")
}

fn cluster<'c>(
    config: &'c Kubeconfig,
    name: &str,
    context: &Context,
    files: &Files,
    options: &Options,
) -> Result<&'c Cluster, Diagnostic> {
    let wanted = options.cluster.as_ref().unwrap_or(&context.cluster);
    let found = config.clusters.iter().find(|cluster| &cluster.name == wanted);
    found.and_then(|found| found.cluster.as_ref()).ok_or_else(|| match &options.cluster {
        Some(_) => {
            let names = config.clusters.iter().map(|cluster| cluster.name.as_str());
            unknown("cluster", wanted, names, files)
        }
        None => lost(name, "cluster", wanted, files),
    })
}

fn login(
    config: &Kubeconfig,
    name: &str,
    context: &Context,
    files: &Files,
    options: &Options,
) -> Result<AuthInfo, Diagnostic> {
    let own = context.user.as_ref().filter(|user| !user.is_empty());
    let Some(user) = options.user.as_ref().or(own) else { return Ok(AuthInfo::default()) };
    let found = config.auth_infos.iter().find(|info| &info.name == user);
    let found = found.ok_or_else(|| match &options.user {
        Some(_) => {
            let names = config.auth_infos.iter().map(|info| info.name.as_str());
            unknown("user", user, names, files)
        }
        None => lost(name, "user", user, files),
    })?;
    Ok(found.auth_info.clone().unwrap_or_default())
}

/// What of `login` is no secret: whom to act as.
fn without_secrets(login: AuthInfo) -> AuthInfo {
    AuthInfo {
        impersonate: login.impersonate,
        impersonate_uid: login.impersonate_uid,
        impersonate_groups: login.impersonate_groups,
        impersonate_user_extra: login.impersonate_user_extra,
        ..AuthInfo::default()
    }
}

/// Whether everybody on the way to `cluster` could read a login: kubectl sends none to a server without
/// TLS (`client_config.go`); on this machine there is no way.
fn is_open(cluster: &Cluster) -> bool {
    let url = wires::server(cluster.server.as_deref().unwrap_or_default(), cluster).ok();
    url.filter(|url| url.scheme_str() == Some("http")).is_some_and(|url| {
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
        let address = host.parse::<std::net::IpAddr>();
        host != "localhost" && !address.is_ok_and(|address| address.is_loopback())
    })
}

fn assemble(
    cluster: &Cluster,
    mut login: AuthInfo,
    called: &str,
    files: &Files,
) -> Result<Access, Diagnostic> {
    let about = format!("the {called} of {}", files.named);
    let problem = |why: &str| Diagnostic::error(format!("{about} cannot be used: {why}"));
    let server = cluster.server.as_deref().unwrap_or_default();
    let url = wires::server(server, cluster).map_err(|why| problem(&why))?;
    let plugin = plugin(&mut login, cluster).map_err(|why| problem(&why))?;
    let mut config = kube::Config::new(url);
    config.proxy_url = wires::proxy(cluster, &config.cluster_url, &|name| env::var(name).ok())
        .map_err(|why| problem(&why))?;
    config.root_cert = trust::roots(cluster).map_err(|why| problem(&why))?;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.tls_server_name = cluster.tls_server_name.clone().filter(|name| !name.is_empty());
    config.auth_info = login;
    let whom = Whom::new(called.to_owned(), &config);
    Ok(Access { config, plugin, whom })
}

/// Takes the plugin out of `login`: kube would run it three times, and wait for ever. Other
/// credentials win over it, as there.
fn plugin(login: &mut AuthInfo, cluster: &Cluster) -> Result<Option<ExecConfig>, String> {
    let is_known = login.auth_provider.is_some()
        || login.token.is_some()
        || login.token_file.is_some()
        || (login.username.is_some() && login.password.is_some());
    let Some(mut plugin) = login.exec.take().filter(|_| !is_known) else { return Ok(None) };
    if plugin.provide_cluster_info {
        let cluster = ExecAuthCluster::try_from(cluster);
        let cluster = cluster.map_err(|_| "its certificate authority cannot be read".to_owned())?;
        plugin.cluster = Some(cluster);
    }
    Ok(Some(plugin))
}

/// The service account of the pod that we run in.
fn in_cluster(options: &Options) -> Result<Access, Diagnostic> {
    let mut config = kube::Config::incluster().map_err(|error| {
        let why = match &error {
            InClusterError::ReadDefaultNamespace(error)
            | InClusterError::ReadCertificateBundle(error) => reason(error),
            error => error.to_string(),
        };
        Diagnostic::error(format!("the service account of this pod cannot be used: {why}"))
            .hint("there is no kubeconfig either; name one with `--kubeconfig`")
    })?;
    options.act_as.apply(&mut config.auth_info)?;
    config.default_namespace = namespace(options, Some(&config.default_namespace));
    let mut whom = Whom::new("the cluster that this pod is in".to_owned(), &config);
    whom.user = "the service account of this pod".to_owned();
    Ok(Access { config, plugin: None, whom })
}

fn namespace(options: &Options, own: Option<&str>) -> String {
    let named = options.namespace.as_deref().filter(|name| !name.is_empty());
    named.or(own.filter(|name| !name.is_empty())).unwrap_or("default").to_owned()
}

/// `url` for messages: without a login.
pub(super) fn shown(url: &str) -> String {
    match (has_login(url), url.split_once("://"), url.rsplit_once('@')) {
        (true, Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{}", printable(rest)),
        _ => printable(url),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;

    use super::*;

    const FIRST: &str = "{contexts: [{name: prod, context: {cluster: c, user: u, namespace: shop}}, {name: bad, context: {cluster: nowhere, user: u}}, {name: who, context: {cluster: c, user: lost}}], current-context: prod}";
    const SECOND: &str = "{contexts: [{name: prod, context: {cluster: other, user: other}}], current-context: bad, clusters: [{name: c, cluster: {server: 'https://api:6443'}}], users: [{name: u, user: {token: abc}}]}";

    fn options() -> Options {
        let timeout = std::time::Duration::from_secs(1);
        Options { timeout, ..Options::default() }
    }

    /// The files of a `KUBECONFIG` with these texts, and with one that is not there.
    fn given(texts: &[&str]) -> (tempfile::TempDir, Files) {
        let dir = tempfile::tempdir().unwrap();
        let mut paths = vec![dir.path().join("none")];
        for (index, text) in texts.iter().enumerate() {
            let path = dir.path().join(index.to_string());
            fs::write(&path, text).unwrap();
            paths.push(path);
        }
        let list = env::join_paths(&paths).unwrap();
        let variable = |name: &str| (name == "KUBECONFIG").then(|| list.clone());
        let files = files(None, &variable, Some("/home/me".into()));
        (dir, files)
    }

    fn access(options: &Options) -> Result<Access, Diagnostic> {
        let (_dir, files) = given(&[FIRST, SECOND]);
        of_context(&read(&files)?, &files, options)
    }

    #[test]
    fn files_are_those_of_kubectl() {
        let home = || Some(PathBuf::from("/home/me"));
        let nothing = |_: &str| None::<OsString>;
        let own = Options { kubeconfig: Some("mine".into()), ..options() };
        assert_eq!(files(own.kubeconfig.as_ref(), &nothing, home()).paths, [PathBuf::from("mine")]);
        let at_home = [PathBuf::from("/home/me").join(".kube").join("config")];
        assert_eq!(files(None, &nothing, home()).paths, at_home);
        let empty = |_: &str| Some(OsString::new());
        assert_eq!(files(None, &empty, home()).paths, at_home);
        let none = none(&files(None, &nothing, home()));
        assert!(none.message.contains("does not exist"), "{none}");
    }

    #[test]
    fn logins_go_to_nobody_who_could_not_keep_them() {
        for (server, keeps) in [
            ("https://api:6443", true),
            ("http://api:6443", false),
            ("api:6443", false),
            ("http://127.0.0.1:8001", true),
            ("http://[::1]:8001", true),
            ("http://localhost:8001", true),
        ] {
            let second = SECOND.replace("https://api:6443", server);
            let (_dir, files) = given(&[FIRST, &second]);
            let found = of_context(&read(&files).unwrap(), &files, &options()).unwrap();
            assert_eq!(found.config.auth_info.token.is_some(), keeps, "{server}");
            assert_eq!(found.whom.user, if keeps { "u" } else { "" }, "{server}");
        }
    }

    #[test]
    fn the_first_file_wins_and_others_fill_in() {
        let found = access(&options()).unwrap();
        assert_eq!(found.config.cluster_url.to_string(), "https://api:6443/");
        assert_eq!(found.config.default_namespace, "shop");
        assert_eq!(
            (found.whom.context.as_str(), found.whom.user.as_str()),
            ("context `prod`", "u")
        );
        let (_dir, files) = given(&["{current-context: ''}", FIRST, SECOND]);
        let found = of_context(&read(&files).unwrap(), &files, &options()).unwrap();
        assert_eq!(found.whom.context, "context `prod`");
        let named = Options { namespace: Some("other".to_owned()), ..options() };
        assert_eq!(access(&named).unwrap().config.default_namespace, "other");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (context, message, hint) in [
            ("prdo", "there is no context `prdo` in `", "did you mean `prod`?"),
            ("staging", "there is no context `staging`", "there are `"),
            ("bad", "the context `bad` names the cluster `nowhere`, which `", "another file"),
            ("who", "the context `who` names the user `lost`, which `", "another file"),
        ] {
            let options = Options { context: Some(context.to_owned()), ..options() };
            let problem = access(&options).err().unwrap();
            assert!(problem.message.starts_with(message), "{problem}");
            assert!(problem.hint.as_deref().unwrap().contains(hint), "{problem:?}");
        }
    }

    #[test]
    fn a_file_that_is_none_shows_nothing_of_itself() {
        for text in [
            "users:\n- name: u\n  user: {token: [secret]}\n",
            "users:\n- name: u\n  user: {token: secret\n",
            "secret",
            "users: {secret: 1}",
        ] {
            let (_dir, files) = given(&[text]);
            let problem = read(&files).err().unwrap();
            assert!(problem.message.contains("cannot be read: "), "{problem}");
            assert!(!format!("{problem:?}").contains("secret"), "{problem:?}");
        }
        let strict = Options { kubeconfig: Some("/nowhere".into()), ..options() };
        let problem = find(&strict).err().unwrap();
        assert_eq!(
            problem.message,
            "the kubeconfig `/nowhere` cannot be read: no such file or directory"
        );
    }

    #[test]
    fn a_plugin_is_ours_where_nothing_wins_over_it() {
        let cluster = Cluster::default();
        let login = |text: &str| serde_yaml::from_str::<AuthInfo>(text).unwrap();
        let mut with = login("{exec: {command: a, apiVersion: x}}");
        assert!(plugin(&mut with, &cluster).unwrap().is_some() && with.exec.is_none());
        let mut with = login("{token: t, exec: {command: a, apiVersion: x}}");
        assert!(plugin(&mut with, &cluster).unwrap().is_none() && with.exec.is_none());
    }
}
