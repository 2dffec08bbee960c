//! Who asks whom, and what went wrong, in words: which context, which server, what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::diagnostic::{Diagnostic, printable};
use crate::secret::has_login;

use super::acting;
use super::kubeconfig::shown;
use super::resource::Request;

/// The most of a server's own words that is shown.
const SHOWN: usize = 400;

/// A cluster as messages name it.
#[derive(Clone, Debug)]
pub(super) struct Whom {
    /// `` context `prod` ``.
    pub(super) context: String,
    /// The server's URL, without a login.
    pub(super) server: String,
    /// The user of the kubeconfig; empty where there is none.
    pub(super) user: String,
    /// The proxy before the server, without a login.
    pub(super) proxy: Option<String>,
    /// The plugin that has the credentials.
    pub(super) plugin: Option<String>,
    /// The flags by which kubectl asks the same: `--context prod `.
    pub(super) flags: String,
}

/// What can go wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// An answer that is none of success.
    Refused(Refusal),
    /// All that is forbidden of what was asked at once.
    Forbidden(Vec<(Request, Refusal)>),
    /// No answer in time.
    Late(Duration),
    /// No connection, or one that broke, and why.
    Unreachable(String),
    /// An answer that is not what was asked for, and how so.
    Garbage(String),
    /// Credentials that cannot be had, and why.
    Login(String),
    /// A list that changes faster than it can be read.
    Restless,
}

/// What a server says when it does not do what it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) code: u16,
    /// Its own words.
    pub(super) message: String,
    /// The object that it is about, where it names one.
    pub(super) name: String,
    /// Whether it speaks as an API server does.
    pub(super) is_status: bool,
    /// After how many seconds to ask again.
    pub(super) wait: Option<u64>,
}

impl Trouble {
    /// The HTTP status; zero where there was none.
    pub(super) fn code(&self) -> u16 {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::Forbidden(_) => 403,
            _ => 0,
        }
    }

    /// Whether the same request may well succeed a moment later.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Refused(refusal) => matches!(refusal.code, 429 | 500 | 502..=504),
            Self::Late(_) | Self::Unreachable(_) | Self::Garbage(_) | Self::Restless => true,
            Self::Login(_) | Self::Forbidden(_) => false,
        }
    }
}

impl Whom {
    /// A cluster that is `context`, reached as `config` says.
    pub(super) fn new(context: String, config: &kube::Config) -> Self {
        let server = shown(config.cluster_url.to_string().trim_end_matches('/'));
        let proxy = config.proxy_url.as_ref().map(|url| shown(&url.to_string()));
        Self { context, server, user: String::new(), proxy, plugin: None, flags: String::new() }
    }

    /// What to tell a user about `trouble` with `request`.
    pub(super) fn explain(&self, request: &Request, trouble: &Trouble) -> Diagnostic {
        let Self { context, server, .. } = self;
        match trouble {
            Trouble::Refused(refusal) => self.refused(request, refusal),
            Trouble::Forbidden(all) => self.forbidden(all),
            Trouble::Late(limit) => Diagnostic::error(format!(
                "the API server `{server}` ({context}) has no answer after {} s to: {request}",
                limit.as_secs_f32()
            ))
            .hint(self.reachable()),
            Trouble::Unreachable(why) => {
                let through = self.proxy.as_ref().map(|proxy| format!(" through the proxy `{proxy}`"));
                let through = through.unwrap_or_default();
                Diagnostic::error(format!(
                    "the API server `{server}` ({context}) cannot be reached{through}: {why}"
                ))
                .hint(self.unreachable(why))
            }
            Trouble::Garbage(why) => Diagnostic::error(format!(
                "what `{server}` ({context}) answers is not of an API server: {why}, asked to {request}"
            ))
            .hint("is it the address of an API server, and no proxy or login page before it?"),
            Trouble::Login(why) => {
                let user = self.user();
                Diagnostic::error(format!("there are no credentials of {user} for {context}: {why}"))
                    .hint("log in again, or name another context with `--context`")
            }
            Trouble::Restless => Diagnostic::error(format!(
                "the API server `{server}` ({context}) forgets its lists faster than they can be \
                 read: {request}"
            ))
            .hint("ask again when there is less to do there"),
        }
    }

    fn refused(&self, request: &Request, refusal: &Refusal) -> Diagnostic {
        let Self { context, server, .. } = self;
        let said = match refusal.message.as_str() {
            "" => String::new(),
            message => format!(": {}", words(message)),
        };
        match refusal.code {
            401 => self.unauthorized(),
            403 if refusal.is_status => self.forbidden(&[(request.clone(), refusal.clone())]),
            404 => self.absent(request, refusal),
            429 => Diagnostic::error(format!(
                "the API server `{server}` ({context}) has too much to do (429): {request}"
            ))
            .hint("ask again later"),
            code @ 300..=399 => Diagnostic::error(format!(
                "`{server}` ({context}) sends elsewhere ({code}), which no API server does"
            ))
            .hint("a login page or a proxy may stand before it"),
            code => Diagnostic::error(format!(
                "the API server `{server}` ({context}) answered {code} when asked to {request}{said}"
            ))
            .hint(match said.contains("HTTP request to an HTTPS server") {
                true => "is it `https://`?".to_owned(),
                false => self.reachable(),
            }),
        }
    }

    fn unauthorized(&self) -> Diagnostic {
        let Self { context, server, .. } = self;
        let user = self.user();
        let hint = match &self.plugin {
            Some(plugin) => format!("they came from `{plugin}`: log in again with it"),
            None if self.user.is_empty() && server.starts_with("http://") => {
                "credentials are sent to no server without TLS: is it `https://`?".to_owned()
            }
            None => "they may have expired: log in again, or name another context with `--context`"
                .to_owned(),
        };
        Diagnostic::error(format!(
            "the API server `{server}` ({context}) does not accept the credentials of {user} (401)"
        ))
        .hint(hint)
    }

    /// Which verb on which resource, and the rules that would allow it.
    fn forbidden(&self, all: &[(Request, Refusal)]) -> Diagnostic {
        let said = all.first().map_or("", |(_, refusal)| refusal.message.as_str());
        // `pods is forbidden: User "bot" cannot list resource "pods" in API group "" …`
        let user = said.split_once("User \"").and_then(|(_, rest)| rest.split_once('"'));
        let user = user.map_or_else(|| self.user(), |(user, _)| format!("`{}`", printable(user)));
        if let Some((what, rule)) = all.iter().find_map(|(_, refusal)| acting::forbidden(refusal)) {
            let problem =
                Diagnostic::error(format!("{user} may not {what} ({}, 403)", self.context));
            return problem.hint(rule);
        }
        let mut rules: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (request, _) in all {
            rules.entry(&request.namespace).or_default().insert(format!("`{}`", request.rule()));
        }
        let rules = rules.into_iter().map(|(namespace, rules)| {
            let rules = rules.into_iter().collect::<Vec<_>>().join(", ");
            match namespace {
                "" => format!("a ClusterRole has to allow it: {rules}"),
                namespace => format!("a Role in `{namespace}` has to allow it: {rules}"),
            }
        });
        let what = all.first().map(|(request, _)| request.to_string()).unwrap_or_default();
        let problem = Diagnostic::error(format!("{user} may not {what} ({}, 403)", self.context));
        // Nobody gives rights to whoever comes along.
        problem.hint(match user == "`system:anonymous`" {
            true => "no credentials were sent: does the kubeconfig's user have some?".to_owned(),
            false => rules.collect::<Vec<_>>().join("; "),
        })
    }

    /// A kind that is not there: servers say so in plain text.
    fn absent(&self, request: &Request, refusal: &Refusal) -> Diagnostic {
        let Self { context, server, .. } = self;
        let kind = request.kind();
        if request.is_built_in() && !refusal.is_status {
            return Diagnostic::error(format!(
                "`{server}` ({context}) has no {kind} (404), which every cluster has"
            ))
            .hint("is it the address of an API server?");
        }
        Diagnostic::error(format!("{} has no {kind} (404)", self.cluster()))
            .hint("is what brings that kind installed there, and is it the right context?")
    }

    /// The cluster as the subject of a sentence: `` the cluster of context `prod` ``.
    pub(super) fn cluster(&self) -> String {
        match self.context.split_once(' ') {
            Some(("context", _)) => format!("the cluster of {}", self.context),
            Some(("cluster", _)) => format!("the {}", self.context),
            _ => self.context.clone(),
        }
    }

    fn user(&self) -> String {
        match self.user.as_str() {
            "" => "nobody".to_owned(),
            user if user.contains(' ') => user.to_owned(),
            user => format!("`{user}`"),
        }
    }

    fn reachable(&self) -> String {
        format!("is it well? `kubectl {}get --raw /readyz` asks it", self.flags)
    }

    fn unreachable(&self, why: &str) -> String {
        if why.contains("handshake") || why.contains("corrupt message") {
            return "does it speak TLS, or is it `http://`?".to_owned();
        }
        if why.contains("expired") || why.contains("not valid yet") {
            return "is this machine's clock right? Otherwise whoever runs it has to renew it"
                .to_owned();
        }
        if why.contains("certificate") {
            return "the kubeconfig's `certificate-authority` and `tls-server-name` say what to trust"
                .to_owned();
        }
        match self.proxy {
            Some(_) => {
                "does the proxy let it through? `NO_PROXY` names what goes without".to_owned()
            }
            None => format!(
                "is the network or the VPN up, and is it the right context? `kubectl {}version` asks it too",
                self.flags
            ),
        }
    }
}

/// What rustls says about certificates, in words of people.
pub(super) fn certificate(why: &str) -> String {
    let Some(why) = why.strip_prefix("invalid peer certificate: ") else { return why.to_owned() };
    let why = match why.split_once(';').map_or(why, |(why, _)| why) {
        "UnknownIssuer" => "it is of an authority that is not trusted",
        why if why.starts_with("Expired") || why.starts_with("certificate expired") => {
            "it has expired"
        }
        why if why.starts_with("NotValidYet") || why.starts_with("certificate not valid yet") => {
            "it is not valid yet"
        }
        // What rustls has no word of its own for stands in another one's.
        why if why.contains("CaUsedAsEndEntity") => "it is an authority's own",
        why if why.contains("UnsupportedCertVersion") => "it is of X.509 version 1",
        why => why.trim_start_matches("certificate "),
    };
    format!("its certificate is not accepted: {why}")
}

/// The own words of a server or a plugin: the first line, and not all of a long one; none of a line
/// that has a login.
pub(super) fn words(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if has_login(line) {
        return "what it says has a login in it".to_owned();
    }
    let shown: String = line.chars().take(SHOWN).collect();
    let more = if shown.len() < line.len() { "…" } else { "" };
    printable(&shown) + more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::cluster::resource::{Filter, Resource, Verb};

    fn whom() -> Whom {
        let mut config = kube::Config::new("https://me:secret@api:6443".parse().unwrap());
        config.proxy_url = Some("http://me:secret@proxy:3128".parse().unwrap());
        let (user, flags) = ("bot".to_owned(), "--context prod ".to_owned());
        Whom { user, flags, ..Whom::new("context `prod`".to_owned(), &config) }
    }

    fn pods() -> Request {
        Request::new(Verb::List, Resource::core("Pod", "pods"), "shop", Filter::All)
    }

    fn refused(code: u16, message: &str, is_status: bool) -> Trouble {
        let message = message.to_owned();
        Trouble::Refused(Refusal { code, message, is_status, ..Refusal::default() })
    }

    fn told(trouble: &Trouble, message: &str, hint: &str) {
        let found = whom().explain(&pods(), trouble);
        assert!(found.message.contains(message), "{}", found.message);
        assert!(found.message.contains("context `prod`"), "{}", found.message);
        assert!(found.hint.as_deref().unwrap().contains(hint), "{found:?}");
        assert!(!format!("{found:?}").contains("secret") && !found.message.contains('\n'));
    }

    #[test]
    fn every_refusal_names_the_cluster_and_what_to_do() {
        let denied = "pods is forbidden: User \"ci\" cannot list resource \"pods\"";
        for (trouble, message, hint) in [
            (
                refused(403, denied, true),
                "`ci` may not list `pods` in the namespace `shop` (context `prod`, 403)",
                "a Role in `shop` has to allow it: `{apiGroups: [\"\"], resources: [pods], verbs: [get, list]}`",
            ),
            (
                refused(403, "<html>", false),
                "answered 403 when asked to list `pods`",
                "--context prod",
            ),
            (
                refused(401, "", true),
                "does not accept the credentials of `bot` (401)",
                "log in again",
            ),
            (
                refused(404, "404 page not found", false),
                "has no `Pod` of `v1` (404), which every",
                "address",
            ),
            (refused(302, "", false), "sends elsewhere (302)", "login page"),
            (refused(429, "", true), "too much to do (429)", "later"),
            (
                refused(500, "etcd\nis gone", true),
                "answered 500 when asked to list `pods` in the namespace `shop`: etcd",
                "readyz",
            ),
        ] {
            told(&trouble, message, hint);
        }
    }

    #[test]
    fn every_way_to_no_answer_names_the_cluster_and_what_to_do() {
        for (trouble, message, hint) in [
            (
                Trouble::Late(Duration::from_millis(1500)),
                "has no answer after 1.5 s to: list `pods`",
                "readyz",
            ),
            (
                Trouble::Unreachable("refused".to_owned()),
                "through the proxy `http://proxy:3128/`: refused",
                "NO_PROXY",
            ),
            (
                Trouble::Unreachable("invalid certificate".to_owned()),
                "cannot be reached",
                "certificate-authority",
            ),
            (
                Trouble::Garbage("it is no JSON".to_owned()),
                "not of an API server: it is no JSON",
                "login page",
            ),
            (
                Trouble::Login("it is gone".to_owned()),
                "no credentials of `bot` for context `prod`: it is gone",
                "log in",
            ),
            (Trouble::Restless, "forgets its lists", "less to do"),
        ] {
            told(&trouble, message, hint);
        }
    }

    #[test]
    fn all_rules_that_are_missing_are_named_at_once() {
        let node = Resource { is_namespaced: false, ..Resource::core("Node", "nodes") };
        let node = Request::new(Verb::Get, node, "", Filter::Name("n".to_owned()));
        let refusal = || Refusal { code: 403, is_status: true, ..Refusal::default() };
        let all = [pods(), node, pods()].map(|request| (request, refusal()));
        let found = whom().explain(&pods(), &Trouble::Forbidden(all.into()));
        assert_eq!(
            found.hint.as_deref(),
            Some(
                "a ClusterRole has to allow it: `{apiGroups: [\"\"], resources: [nodes], verbs: [get, list]}`; \
                 a Role in `shop` has to allow it: `{apiGroups: [\"\"], resources: [pods], verbs: [get, list]}`"
            )
        );
    }

    #[test]
    fn who_sent_no_credentials_hears_why() {
        let server = "http://api:8080".to_owned();
        let nobody = Whom { user: String::new(), server, ..whom() };
        let found = nobody.explain(&pods(), &refused(401, "Unauthorized", true));
        assert!(found.message.contains("the credentials of nobody (401)"), "{found}");
        assert!(found.hint.unwrap().contains("no server without TLS"));
    }

    #[test]
    fn words_with_a_login_are_not_said() {
        assert_eq!(words("\n denied \u{1b}[0m\nmore"), "denied \\u{1b}[0m");
        for text in ["at https://me:hunter2@idp.example/", "GET https://idp/?access_token=hunter2"]
        {
            assert_eq!(words(text), "what it says has a login in it");
        }
    }

    #[test]
    fn certificates_are_spoken_of_in_words() {
        let why = "invalid peer certificate: UnknownIssuer";
        assert_eq!(
            certificate(why),
            "its certificate is not accepted: it is of an authority that is not trusted"
        );
        let why = "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))";
        assert_eq!(certificate(why), "its certificate is not accepted: it is an authority's own");
        let why = "invalid peer certificate: certificate not valid for name \"a\"; certificate is only valid for x";
        assert_eq!(certificate(why), "its certificate is not accepted: not valid for name \"a\"");
        let why = "invalid peer certificate: certificate expired: verification time 1795197661 (UNIX), but certificate is not valid after 1580515200 (214682461 seconds ago)";
        assert_eq!(certificate(why), "its certificate is not accepted: it has expired");
        let why = why.replace("expired", "not valid yet");
        assert_eq!(certificate(&why), "its certificate is not accepted: it is not valid yet");
        assert_eq!(certificate("connection refused"), "connection refused");
    }
}
