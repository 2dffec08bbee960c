//! A row of a table of faults: what the server does to one question, and what has to come of it.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use kubectl_promote::facts::{Answer, Manifest};
use kubectl_promote::io::registry::Options;

use crate::reply::{INDEX, Reply, sha256};
use crate::rig::{Outcome, Rig, SLACK, Serve, Tls, World, manifest, no_secret};
use crate::server::Request;

/// One row. Words may have alternatives: `"404|not found"`.
pub(crate) struct Row {
    pub name: &'static str,
    serve: Serve,
    other: Serve,
    tls: Option<Tls>,
    login: fn(&World) -> String,
    options: fn(&mut Options, &World),
    host: Option<&'static str>,
    version: String,
    trusts_other: bool,
    want: Want,
    words: &'static [&'static str],
    hints: &'static [&'static str],
    never: &'static [&'static str],
    requests: RangeInclusive<usize>,
    elsewhere: RangeInclusive<usize>,
    seconds: f64,
    also: fn(&Rig, &Outcome),
}

enum Want {
    Digest(String),
    /// With or without [`kubectl_promote::facts::Failure::is_absent`], where that matters.
    Failure(Option<bool>),
    /// This digest, or a failure.
    Right(String),
}

impl Row {
    /// The right digest, in one request.
    pub(crate) fn new(
        name: &'static str,
        serve: impl Fn(&Request, &World) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            serve: Arc::new(serve),
            other: Arc::new(|_, _| Reply::manifest()),
            tls: None,
            login: |_| "{}".to_owned(),
            options: |_, _| {},
            host: None,
            version: "v1".to_owned(),
            trusts_other: false,
            want: Want::Digest(sha256(INDEX)),
            words: &[],
            hints: &[],
            never: &[],
            requests: 1..=1,
            elsewhere: 0..=0,
            seconds: 8.0,
            also: |_, _| {},
        }
    }

    /// This digest.
    pub(crate) fn digest(self, digest: &str) -> Self {
        Self { want: Want::Digest(digest.to_owned()), ..self }
    }

    /// No answer, for a reason that (or whose hint) has these words.
    pub(crate) fn fails(self, words: &'static [&'static str]) -> Self {
        Self { want: Want::Failure(Some(false)), words, ..self }
    }

    /// The same, because there is no such thing.
    pub(crate) fn absent(self, words: &'static [&'static str]) -> Self {
        Self { want: Want::Failure(Some(true)), words, ..self }
    }

    /// No answer, and whether there is such a thing may be said or not.
    pub(crate) fn fails_somehow(self, words: &'static [&'static str]) -> Self {
        Self { want: Want::Failure(None), words, ..self }
    }

    /// The right digest or a failure: never anything else.
    pub(crate) fn right_or_nothing(self) -> Self {
        Self { want: Want::Right(sha256(INDEX)), ..self }
    }

    /// With these words in the hint.
    pub(crate) fn hints(self, hints: &'static [&'static str]) -> Self {
        Self { hints, ..self }
    }

    /// Without these words anywhere.
    pub(crate) fn never(self, never: &'static [&'static str]) -> Self {
        Self { never, ..self }
    }

    /// The other server may be told who is asking.
    pub(crate) fn trusts_other(self) -> Self {
        Self { trusts_other: true, ..self }
    }

    /// How many requests the registry gets.
    pub(crate) fn requests(self, requests: RangeInclusive<usize>) -> Self {
        Self { requests, ..self }
    }

    /// The other server: what it does, and how many requests it gets, none of them with
    /// credentials.
    pub(crate) fn elsewhere(
        self,
        requests: RangeInclusive<usize>,
        other: impl Fn(&Request, &World) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self { elsewhere: requests, other: Arc::new(other), ..self }
    }

    pub(crate) fn within(self, seconds: f64) -> Self {
        Self { seconds, ..self }
    }

    pub(crate) fn tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// The file with credentials.
    pub(crate) fn login(self, login: fn(&World) -> String) -> Self {
        Self { login, ..self }
    }

    pub(crate) fn options(self, options: fn(&mut Options, &World)) -> Self {
        Self { options, ..self }
    }

    /// For servers that never end: the whole image has 3 seconds.
    pub(crate) fn hurried(self) -> Self {
        self.within(3.8).options(|options, _| options.timeout = Duration::from_secs(3))
    }

    /// Another registry to ask than the server.
    pub(crate) fn host(self, host: &'static str) -> Self {
        Self { host: Some(host), ..self }
    }

    /// The version to ask for, `v1` where it is not said.
    pub(crate) fn version(self, version: &str) -> Self {
        Self { version: version.to_owned(), ..self }
    }

    /// What else has to be true.
    pub(crate) fn also(self, also: fn(&Rig, &Outcome)) -> Self {
        Self { also, ..self }
    }

    /// The servers, and the options to ask them with.
    pub(crate) fn rig(&self) -> Rig {
        let mut rig = Rig::new(self.tls, Arc::clone(&self.serve), Arc::clone(&self.other));
        rig.credentials(&(self.login)(&rig.world));
        (self.options)(&mut rig.options, &rig.world);
        rig
    }

    pub(crate) fn is_by_digest(&self) -> bool {
        self.version.contains(':')
    }

    /// The image to ask for.
    pub(crate) fn manifest(&self, rig: &Rig) -> Manifest {
        let host = self.host.unwrap_or(&rig.world.here);
        manifest(host, "acme/web", &self.version)
    }

    pub(crate) fn run(&self) {
        let rig = self.rig();
        let outcome = rig.ask(&[self.manifest(&rig)]);
        let (here, other) = (rig.log.requests(), rig.other.requests());
        let story =
            format!("{:?}\nhere {} elsewhere {}", outcome.only(), list(&here), list(&other));
        self.wanted(outcome.only(), &story);
        outcome.check();
        for request in other.iter().filter(|_| !self.trusts_other) {
            assert_eq!(request.authorization(), None, "credentials went elsewhere: {story}");
            no_secret(&format!("{} {}", request.path, request.body));
        }
        assert!(self.requests.contains(&here.len()), "not {:?} requests: {story}", self.requests);
        assert!(
            self.elsewhere.contains(&other.len()),
            "not {:?} elsewhere: {story}",
            self.elsewhere
        );
        let took = outcome.took.as_secs_f64();
        assert!(took < self.seconds + SLACK, "took {took:.2} s, not {}: {story}", self.seconds);
        (self.also)(&rig, &outcome);
    }

    /// Fails where `digest` (`None`: nothing was written) is not what has to come of it.
    pub(crate) fn comes_to(&self, digest: Option<&str>, story: &str) {
        match (&self.want, digest) {
            (Want::Digest(wanted), digest) => assert_eq!(digest, Some(&**wanted), "{story}"),
            (Want::Right(wanted), Some(digest)) => assert_eq!(digest, wanted, "{story}"),
            (Want::Right(_), None) => {}
            (Want::Failure(_), digest) => assert_eq!(digest, None, "{story}"),
        }
    }

    fn wanted(&self, answer: &Answer, story: &str) {
        match (&self.want, answer) {
            (Want::Digest(digest) | Want::Right(digest), Ok(answer)) => {
                assert_eq!(answer, digest, "{story}");
            }
            (Want::Right(_), Err(_)) => {}
            (Want::Failure(absent), Err(failure)) => {
                assert_eq!(failure.is_absent(), absent.unwrap_or(failure.is_absent()), "{story}");
                let hint = failure.hint.clone().unwrap_or_default();
                let both = format!("{} {hint}", failure.message);
                contains(&both, self.words, &both);
                contains(&hint, self.hints, &both);
                for word in self.never {
                    assert!(!both.contains(word), "{word} is in: {both}");
                }
            }
            (_, answer) => panic!("{answer:?}: {story}"),
        }
    }
}

#[track_caller]
fn contains(text: &str, words: &[&str], story: &str) {
    let lower = text.to_lowercase();
    for word in words {
        let found = word.to_lowercase().split('|').any(|word| lower.contains(word));
        assert!(found, "{word:?} is missing in: {story}");
    }
}

fn list(requests: &[Request]) -> String {
    let line = |request: &Request| format!("\n  {} {}", request.method, request.path);
    requests.iter().map(line).collect()
}
