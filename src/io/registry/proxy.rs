//! The proxy that the environment names, as what ureq goes through.

use ureq::Proxy;

use crate::io::proxy::{Found, Proxies, Target};

use super::trouble::{Trouble, unresolved};
use super::url::Origin;

/// The proxy on the way to `origin`; `None` where there is none.
///
/// # Errors
/// When there should be one, and it cannot be used.
pub(super) fn find(proxies: &Proxies, origin: &Origin) -> Result<Option<Proxy>, Trouble> {
    let target = Target { secure: origin.secure, host: &origin.host, port: origin.port };
    let found = proxies.find(target).map_err(|_| {
        unresolved("HTTP_PROXY is not used where REQUEST_METHOD is set")
            .hint("in a CGI anybody could have set it; unset one of both")
    })?;
    found.map(|found| proxy(&found)).transpose()
}

fn proxy(found: &Found) -> Result<Proxy, Trouble> {
    let proxy = Proxy::new(&found.url).ok().filter(|proxy| !proxy.host().is_empty());
    proxy.ok_or_else(|| {
        unresolved(format!("{} is not the URL of a proxy", found.variable)).hint(
            "it looks like `http://proxy.example.com:3128`; special characters of a password are \
             written as `%40` and the like",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_has_its_own_proxy() {
        let variable = |name: &str| match name {
            "HTTPS_PROXY" => Some("https://user:p%40ss@secure:1".to_owned()),
            "http_proxy" => Some("plain".to_owned()),
            _ => None,
        };
        let proxies = Proxies::new(variable);
        let of = |secure| find(&proxies, &Origin::new(secure, "ghcr.io").unwrap()).unwrap();
        let (secure, plain) = (of(true).unwrap(), of(false).unwrap());
        assert_eq!((secure.host(), secure.port()), ("secure", 1));
        assert_eq!((secure.username(), secure.password()), (Some("user"), Some("p@ss")));
        assert_eq!((plain.host(), plain.port()), ("plain", 80));
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_its_password() {
        for address in ["http://user:se cret@proxy", "gopher://user:secret@proxy", "http://"] {
            let proxies = Proxies::new(|name| (name == "HTTPS_PROXY").then(|| address.to_owned()));
            let trouble = find(&proxies, &Origin::new(true, "ghcr.io").unwrap()).unwrap_err();
            assert!(!format!("{trouble:?}").contains("cret"), "{trouble:?}");
        }
        let proxies = Proxies::new(|_| Some("x".to_owned()));
        assert!(find(&proxies, &Origin::new(false, "ghcr.io").unwrap()).is_err());
        assert!(find(&proxies, &Origin::new(true, "ghcr.io").unwrap()).unwrap().is_some());
    }
}
