//! What a registry wishes to see before it answers: the challenge that is taken up.

use ureq::http::HeaderMap;
use ureq::http::header::WWW_AUTHENTICATE;

use super::challenge::Challenge;
use super::url::Url;

/// How a registry wants to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// With a name and a password.
    Basic,
    /// With a token.
    Bearer(Bearer),
}

/// Where tokens are, and what they are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bearer {
    /// Who gives them.
    pub(super) realm: Url,
    /// Who wants them.
    pub(super) service: Option<String>,
    /// What they have to allow; empty where the registry leaves that open.
    pub(super) scopes: Vec<String>,
}

/// All that a 401 says.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// What can be done, the best first.
    pub(super) wish: Option<Wish>,
    /// The names of all schemes.
    pub(super) schemes: Vec<String>,
    /// Whether the token was a good one, and does not allow enough (RFC 6750, 3.1).
    pub(super) is_insufficient: bool,
}

impl Wishes {
    /// Reads the challenges in `headers`.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let all = headers.get_all(WWW_AUTHENTICATE).iter();
        let challenges: Vec<_> =
            all.filter_map(|value| value.to_str().ok()).flat_map(Challenge::parse).collect();
        let basic = || challenges.iter().any(|challenge| challenge.scheme == "basic");
        Self {
            wish: bearer(&challenges).map(Wish::Bearer).or_else(|| basic().then_some(Wish::Basic)),
            schemes: challenges.iter().map(|challenge| challenge.scheme.clone()).collect(),
            is_insufficient: challenges
                .iter()
                .any(|challenge| challenge.get("error") == Some("insufficient_scope")),
        }
    }
}

fn bearer(challenges: &[Challenge]) -> Option<Bearer> {
    let mut bearers = challenges.iter().filter(|challenge| challenge.scheme == "bearer");
    bearers.find_map(|challenge| {
        let scopes = challenge.get("scope").unwrap_or_default().split_ascii_whitespace();
        Some(Bearer {
            realm: Url::parse(challenge.get("realm")?)?,
            service: challenge.get("service").map(str::to_owned),
            scopes: scopes.map(str::to_owned).collect(),
        })
    })
}

impl Wish {
    /// The same for the repository at `path`, about which the registry has said nothing yet.
    #[must_use]
    pub(super) fn about(&self, path: &str) -> Self {
        match self {
            Self::Basic => Self::Basic,
            Self::Bearer(bearer) => Self::Bearer(Bearer {
                scopes: vec![format!("repository:{path}:pull")],
                ..bearer.clone()
            }),
        }
    }

    /// The same with a scope, where there is none yet.
    #[must_use]
    pub(super) fn scoped(self, path: &str) -> Self {
        match &self {
            Self::Bearer(bearer) if bearer.scopes.is_empty() => self.about(path),
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use ureq::http::HeaderValue;

    use super::*;

    fn read(headers: &[&str]) -> Wishes {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(WWW_AUTHENTICATE, HeaderValue::from_str(header).unwrap());
        }
        Wishes::read(&map)
    }

    fn shown(headers: &[&str]) -> String {
        match read(headers).wish {
            Some(Wish::Basic) => "basic".to_owned(),
            Some(Wish::Bearer(Bearer { realm, service, scopes })) => {
                format!("{} {} {}", realm.whole(), service.unwrap_or_default(), scopes.join("+"))
            }
            None => String::new(),
        }
    }

    #[test]
    fn tokens_come_before_passwords() {
        for (headers, expected) in [
            (
                &[r#"Basic realm="a""#, r#"Bearer realm="https://t",service="s""#][..],
                "https://t/ s ",
            ),
            (&[r#"Basic realm="a", Bearer realm="https://t""#], "https://t/  "),
            (&["Negotiate", r#"Basic realm="a""#], "basic"),
            (&[r#"Bearer service="s""#, "Basic"], "basic"),
            (&[r#"Bearer realm="/token""#, "Basic"], "basic"),
            (&[r#"Bearer realm="https://u:p@t/""#], ""),
            (&["Negotiate"], ""),
            (&[], ""),
            (&[r#"Bearer realm="https://t",scope="a b""#], "https://t/  a+b"),
        ] {
            assert_eq!(shown(headers), expected, "{headers:?}");
        }
        assert!(read(&[r#"Bearer realm="https://t",error="insufficient_scope""#]).is_insufficient);
    }

    #[test]
    fn a_wish_is_for_a_repository() {
        let wish = read(&[r#"Bearer realm="https://t",scope="repository:a:pull""#]).wish.unwrap();
        let Wish::Bearer(about) = wish.about("b/c") else { panic!() };
        assert_eq!(about.scopes, ["repository:b/c:pull"]);
        assert_eq!(wish.clone().scoped("b/c"), wish);
        let open = read(&[r#"Bearer realm="https://t""#]).wish.unwrap();
        assert_eq!(open.clone().scoped("b"), open.about("b"));
    }
}
