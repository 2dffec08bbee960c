//! A token server, as <https://distribution.github.io/distribution/spec/auth/> wants it: JWTs with
//! ES256, for a name with a password, or for an identity token.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

use super::certs::{Authority, Leaf};
use super::http::{Request, Response, Server};
use super::login::{IDENTITY, PASSWORD, USER, coded};

pub const ISSUER: &str = "rig";
pub const SERVICE: &str = "registry.rig";

/// How somebody came for a token, and whether they got one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub by: By,
    pub scope: String,
    pub granted: bool,
}

/// What somebody had to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Nothing,
    Password,
    Identity,
}

/// A token server that runs until it is dropped.
pub struct Tokens {
    server: Server,
    authority: Authority,
    shared: Arc<Shared>,
}

struct Shared {
    leaf: Leaf,
    key: EcdsaKeyPair,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    logins: Vec<Login>,
    /// How many tokens each scope still has to get that are out of date, of how many.
    stale: BTreeMap<String, usize>,
    spoilt: usize,
}

impl Tokens {
    pub fn start() -> Self {
        let authority = Authority::new();
        let leaf = authority.leaf(&["tokens.rig"], false);
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::from_pkcs8(algorithm, &leaf.key_der, &SystemRandom::new()).unwrap();
        let shared = Arc::new(Shared { leaf, key, state: Mutex::default() });
        let own = Arc::clone(&shared);
        let server = Server::start(move |request| own.answer(request));
        Self { server, authority, shared }
    }

    pub fn address(&self) -> std::net::SocketAddr {
        self.server.address()
    }

    /// Where clients ask; behind a proxy it is another place.
    pub fn realm(&self) -> String {
        format!("http://{}/token", self.address())
    }

    /// Whom the registry has to trust.
    pub fn certificate(&self) -> String {
        self.authority.pem()
    }

    /// The first `count` tokens for each scope are out of date, and say that they are not.
    pub fn spoil(&self, count: usize) {
        self.shared.state.lock().unwrap().spoilt = count;
    }

    /// Who came since the last call.
    pub fn take(&self) -> Vec<Login> {
        std::mem::take(&mut self.shared.state.lock().unwrap().logins)
    }
}

impl Shared {
    fn answer(&self, request: &Request) -> Response {
        let (by, granted) = who(request);
        let scope = request.field("scope").unwrap_or_default().to_owned();
        let right = request.field("service") == Some(SERVICE);
        let mut state = self.state.lock().unwrap();
        state.logins.push(Login { by, scope: scope.clone(), granted });
        if !granted || !right {
            let error =
                json!({"code": "UNAUTHORIZED", "message": "incorrect username or password"});
            return (401, json!({"errors": [error]}).to_string());
        }
        let spoilt = state.spoilt;
        let stale = state.stale.entry(scope.clone()).or_insert(spoilt);
        let is_stale = *stale > 0;
        *stale = stale.saturating_sub(1);
        drop(state);
        let name = if by == By::Identity { "access_token" } else { "token" };
        (200, json!({name: self.token(&scope, is_stale), "expires_in": 300}).to_string())
    }

    /// A JWT that lets its bearer do what `scope` names.
    fn token(&self, scope: &str, stale: bool) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        // The registry allows clocks to be a minute apart.
        let begin = if stale { now - 1000 } else { now - 10 };
        let header = json!({
            "typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(&self.leaf.chain_der[0])],
        });
        let claims = json!({
            "iss": ISSUER, "aud": SERVICE, "sub": USER, "jti": "1",
            "nbf": begin, "iat": begin, "exp": begin + 310, "access": access(scope),
        });
        let text = format!("{}.{}", encoded(&header), encoded(&claims));
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What the request shows, and whether that is right.
fn who(request: &Request) -> (By, bool) {
    if let Some(token) = request.field("refresh_token") {
        let grant = request.field("grant_type") == Some("refresh_token");
        return (By::Identity, request.method == "POST" && grant && token == IDENTITY);
    }
    match &request.authorization {
        None => (By::Nothing, false),
        Some(given) => (By::Password, *given == format!("Basic {}", coded(PASSWORD))),
    }
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// `repository:team/app:pull,push` as claims.
fn access(scope: &str) -> Value {
    let scopes = scope.split(' ').filter_map(|scope| {
        let (kind, rest) = scope.split_once(':')?;
        let (name, actions) = rest.rsplit_once(':')?;
        let actions: Vec<_> = actions.split(',').collect();
        Some(json!({"type": kind, "name": name, "actions": actions}))
    });
    scopes.collect()
}
