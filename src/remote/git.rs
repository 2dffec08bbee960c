//! kustomize's grammar of Git URLs, rule by rule.

/// A Git URL without its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Git {
    /// What kustomize clones from, up to and with the separator (`https://github.com/`).
    pub host: String,
    /// The repository at that host, as written.
    pub repository: String,
    /// The directory in the repository, as written.
    pub path: String,
    /// Scheme, user and forced protocol, as written: how, not what.
    pub transport: String,
    /// The URL marks the end of its repository itself (`_git/`, `//`, `.git` at the end of a name).
    pub explicit: bool,
}

const SCHEMES: &[&str] = &["ssh://", "https://", "http://", "file://"];

impl Git {
    /// Reads `base`, an entry up to its query; `None` when it is no Git URL to kustomize 5.8.1
    /// (`NewRepoSpecFromURL`).
    pub fn parse(base: &str) -> Option<Self> {
        if base.starts_with('/') {
            return None;
        }
        let (_, rest) = strip_ignoring_case(base, "git::").unwrap_or(("", base));
        let (scheme, rest) = SCHEMES
            .iter()
            .find_map(|scheme| strip_ignoring_case(rest, scheme).map(|(_, rest)| (*scheme, rest)))
            .unwrap_or(("", rest));
        let (user, rest) = user(rest);
        let github = is_github(rest);
        let scp = scheme.is_empty() && (!user.is_empty() || github);
        if scheme.is_empty() && !scp {
            return None;
        }
        let transport = base[..base.len() - rest.len()].to_owned();
        if scheme == "file://" {
            let all = format!("{user}{rest}");
            return Self::split("file://".to_owned(), &all, transport, true);
        }
        let (host, rest) = match separator(rest, scp) {
            Some(at) => rest.split_at(at + 1),
            None => (rest, ""),
        };
        let host = match (github, scheme == "ssh://" || !user.is_empty()) {
            (true, true) => format!("{user}github.com:"),
            (true, false) => "https://github.com/".to_owned(),
            (false, _) if host.is_empty() => return None,
            (false, _) => format!("{scheme}{user}{host}"),
        };
        Self::split(host, rest, transport, false)
    }

    /// Repository and path: at `_git/`, else at `//`, else behind `.git`, else behind two segments.
    fn split(host: String, rest: &str, transport: String, whole: bool) -> Option<Self> {
        let marked = marked_split(rest);
        let explicit = marked.as_ref().is_some_and(|(repository, _)| {
            let behind = &rest[repository.len()..];
            behind.is_empty() || behind.starts_with('/')
        });
        let (repository, path) = match marked {
            Some(split) => split,
            None if whole => (rest.to_owned(), String::new()),
            None => {
                let segments: Vec<_> = rest.split('/').collect();
                let (repository, path) = segments.split_at_checked(2)?;
                (repository.join("/"), path.join("/"))
            }
        };
        if repository.is_empty() || leaves(&path) {
            return None;
        }
        let path = path.strip_prefix('/').unwrap_or(&path).to_owned();
        Some(Self { host, repository, path, transport, explicit })
    }

    /// The identity: host, repository and directory, without transport, user, default port, `.git`
    /// and needless slashes. GitHub's owners and repositories have no letter case.
    pub fn key(&self) -> String {
        let path = clean(&self.path);
        let behind = if path.is_empty() { String::new() } else { format!("//{path}") };
        if self.host == "file://" {
            return format!("file://{}{behind}", self.repository.trim_end_matches('/'));
        }
        let bare = self.host.trim_end_matches(['/', ':']);
        let bare = SCHEMES.iter().find_map(|scheme| bare.strip_prefix(scheme)).unwrap_or(bare);
        let bare = bare.rsplit('@').next().unwrap_or(bare).to_ascii_lowercase();
        let ports: &[&str] = match self.host.split_once("://") {
            Some(("https", _)) => &[":443"],
            Some(("http", _)) => &[":80"],
            _ => &[":22"],
        };
        let bare = ports.iter().find_map(|port| bare.strip_suffix(port)).unwrap_or(&bare);
        let repository = self.repository.trim_matches('/');
        let repository = repository.strip_suffix(".git").unwrap_or(repository);
        match bare {
            "github.com" => format!("github.com/{}{behind}", repository.to_ascii_lowercase()),
            host => format!("{host}/{repository}{behind}"),
        }
    }
}

fn strip_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<(&'t str, &'t str)> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| text.split_at(prefix.len()))
}

/// `[a-zA-Z][a-zA-Z0-9-]*@`
fn user(text: &str) -> (&str, &str) {
    let Some(at) = text.find('@') else {
        return ("", text);
    };
    let name = &text[..at];
    let legal = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if legal { text.split_at(at + 1) } else { ("", text) }
}

/// Whether `text` begins with GitHub's host, whose letters are lowered one by one as Go does it.
fn is_github(text: &str) -> bool {
    let lower = text.chars().take(11).filter_map(|c| c.to_lowercase().next());
    matches!(lower.collect::<String>().as_str(), "github.com/" | "github.com:")
}

/// Where the host ends: at the first slash, in scp style also at a colon before it.
fn separator(text: &str, scp: bool) -> Option<usize> {
    let slash = text.find('/');
    let colon = text.find(':').filter(|_| scp);
    match (slash, colon) {
        (None, colon) => colon,
        (Some(slash), Some(colon)) if colon > 0 && colon < slash => Some(colon),
        (slash, _) => slash,
    }
}

fn marked_split(rest: &str) -> Option<(String, String)> {
    if let Some(at) = rest.find("_git/") {
        let behind = &rest[at + 5..];
        let (name, path) = behind.split_once('/').unwrap_or((behind, ""));
        return Some((format!("{}{name}", &rest[..at + 5]), path.to_owned()));
    }
    if let Some((repository, path)) = rest.split_once("//") {
        return Some((repository.to_owned(), path.to_owned()));
    }
    let at = rest.find(".git")? + 4;
    Some((rest[..at].to_owned(), rest[at..].to_owned()))
}

/// Whether a path climbs out of its repository.
fn leaves(path: &str) -> bool {
    let path = path.strip_prefix('/').unwrap_or(path);
    if path.starts_with('/') {
        return false;
    }
    let mut depth = 0_i32;
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

/// The path without `.`, empty and resolved `..` segments.
fn clean(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                out.pop();
            }
            name => out.push(name),
        }
    }
    out.join("/")
}
