//! The way to a server: its URL, and the proxy before it, as client-go reads them.

use http::Uri;
use kube::config::Cluster;

use crate::io::proxy::{Proxies, Target, with_scheme};

use super::kubeconfig::shown;

/// The URL of a server. Without a scheme it is one of TLS where anything is said about that
/// (k8s.io/client-go/rest, `DefaultServerUrlFor`).
///
/// # Errors
/// Why it is none.
pub(super) fn server(text: &str, cluster: &Cluster) -> Result<Uri, String> {
    let is_secure = cluster.certificate_authority.is_some()
        || cluster.certificate_authority_data.is_some()
        || cluster.insecure_skip_tls_verify == Some(true);
    let text = match text.trim() {
        "" => return Err("its cluster has no `server`".to_owned()),
        text if text.contains("://") => text.to_owned(),
        text if is_secure => format!("https://{text}"),
        text => format!("http://{text}"),
    };
    let url = text.parse::<Uri>().ok().filter(|url| {
        let is_http = url.scheme_str().is_some_and(|scheme| matches!(scheme, "http" | "https"));
        is_http && url.host().is_some_and(|host| !host.is_empty())
    });
    url.ok_or_else(|| format!("its server `{}` is not the URL of one", shown(&text)))
}

/// The proxy before `server`: the cluster's own, or else the environment's. Ours and not kube's,
/// which asks `NO_PROXY` about the proxy instead of the server.
///
/// # Errors
/// Why the proxy is none.
pub(super) fn proxy(
    cluster: &Cluster,
    server: &Uri,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Uri>, String> {
    if let Some(own) = cluster.proxy_url.as_ref().filter(|own| !own.is_empty()) {
        return usable(&with_scheme(own), "its `proxy-url`").map(Some);
    }
    let secure = server.scheme_str() == Some("https");
    let port = server.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let host = server.host().unwrap_or_default().to_ascii_lowercase();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = Proxies::new(variable).find(Target { secure, host, port });
    match found.map_err(|_| "HTTP_PROXY is not used where REQUEST_METHOD is set".to_owned())? {
        None => Ok(None),
        Some(found) => usable(&found.url, found.variable).map(Some),
    }
}

/// A proxy that kube knows: names are looked up by proxies of SOCKS in either case there.
fn usable(url: &str, named: &str) -> Result<Uri, String> {
    let url = url.replacen("socks5h://", "socks5://", 1);
    let wrong = || format!("{named} is not the URL of a proxy of HTTP or SOCKS 5");
    let uri = url.parse::<Uri>().map_err(|_| wrong())?;
    let known = ["http", "https", "socks5"];
    let is_known = uri.scheme_str().is_some_and(|scheme| known.contains(&scheme));
    if is_known && uri.host().is_some_and(|host| !host.is_empty()) { Ok(uri) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_url() {
        let secure = Cluster { insecure_skip_tls_verify: Some(true), ..Cluster::default() };
        for (text, cluster, wanted) in [
            ("https://a:6443/k8s/c-1", &Cluster::default(), Ok("https://a:6443/k8s/c-1")),
            ("a:8080", &Cluster::default(), Ok("http://a:8080/")),
            ("a", &secure, Ok("https://a/")),
            ("", &secure, Err("no `server`")),
            ("unix:///x", &secure, Err("`unix:///x` is not the URL")),
            ("ftp://me:secret@a b", &secure, Err("`ftp://a b` is not the URL")),
        ] {
            match (server(text, cluster), wanted) {
                (Ok(found), Ok(wanted)) => assert_eq!(found.to_string(), wanted),
                (Err(found), Err(wanted)) => assert!(found.contains(wanted), "{found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_proxy_is_left_out_for_exceptions_of_the_server() {
        let proxy = |own: Option<&str>, exceptions: &str, server: &str| {
            let cluster = Cluster { proxy_url: own.map(str::to_owned), ..Cluster::default() };
            let variable = |name: &str| match name {
                "HTTPS_PROXY" => Some("proxy:3128".to_owned()),
                "NO_PROXY" => Some(exceptions.to_owned()),
                _ => None,
            };
            let found = super::proxy(&cluster, &server.parse().unwrap(), &variable);
            found.map(|found| found.map(|found| found.to_string()))
        };
        let environment = Ok(Some("http://proxy:3128/".to_owned()));
        assert_eq!(proxy(None, "", "https://api.example.org"), environment);
        assert_eq!(proxy(None, "proxy", "https://api.example.org"), environment);
        assert_eq!(proxy(None, "a,,.example.org", "https://api.example.org"), Ok(None));
        assert_eq!(proxy(None, "::1", "https://[::1]:6443"), Ok(None));
        assert_eq!(proxy(None, "", "http://api.example.org"), Ok(None));
        let own = Ok(Some("socks5://p:1080/".to_owned()));
        assert_eq!(proxy(Some("socks5h://p:1080"), "*", "https://api.example.org"), own);
        let refused = proxy(Some("gopher://me:secret@p"), "", "https://api.example.org");
        assert!(refused.is_err_and(|why| !why.contains("secret")));
    }
}
