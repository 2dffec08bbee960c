//! Where logins are kept, in the order in which they are looked for.

use camino::Utf8PathBuf;

use super::Logins;
use crate::diagnostic::Diagnostic;

/// One place that may have logins.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A file that the user named, and that has to be there.
    Given(Utf8PathBuf),
    /// A file that may be there.
    Usual(Utf8PathBuf),
    /// The content of such a file, out of the environment.
    Inline(Vec<u8>),
    /// The content of such a file, out of a cluster.
    Handed(Logins),
}

/// The environment variable that has a whole file in it (Docker 29, GitLab's runners).
pub(super) const INLINE: &str = "DOCKER_AUTH_CONFIG";

/// What the environment says about where logins are. Empty variables say nothing.
#[derive(Default)]
pub(super) struct Environment {
    /// `DOCKER_AUTH_CONFIG`.
    pub(super) inline: Option<Vec<u8>>,
    /// `REGISTRY_AUTH_FILE`: Podman's, Skopeo's and Buildah's own.
    pub(super) registry_auth_file: Option<Utf8PathBuf>,
    /// `DOCKER_CONFIG`: a directory.
    pub(super) docker_config: Option<Utf8PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub(super) runtime_dir: Option<Utf8PathBuf>,
    /// The user's number, which Podman's directory is named after without `XDG_RUNTIME_DIR`.
    pub(super) user: Option<u32>,
    /// `XDG_CONFIG_HOME`.
    pub(super) config_home: Option<Utf8PathBuf>,
    /// The home directory.
    pub(super) home: Option<Utf8PathBuf>,
}

impl Environment {
    /// That of the process.
    ///
    /// # Errors
    /// A diagnostic for a path that is not UTF-8.
    pub(super) fn read() -> Result<Self, Diagnostic> {
        let inline = std::env::var_os(INLINE).map(std::ffi::OsString::into_encoded_bytes);
        Ok(Self {
            inline: inline.filter(|text| !text.trim_ascii().is_empty()),
            registry_auth_file: variable("REGISTRY_AUTH_FILE")?,
            docker_config: variable("DOCKER_CONFIG")?,
            runtime_dir: variable("XDG_RUNTIME_DIR")?,
            user: user(),
            config_home: variable("XDG_CONFIG_HOME")?,
            home: std::env::home_dir().map(|home| utf8("HOME", home)).transpose()?,
        })
    }

    /// All places, Docker's before Podman's. None of the files has to be there:
    /// `REGISTRY_AUTH_FILE` may name one that the next `podman login` makes, and containers/image
    /// (`readJSONFile` of `pkg/docker/config`) takes it for empty until then.
    pub(super) fn places(self) -> Vec<Place> {
        let Self { home, .. } = &self;
        let at_home = |path| home.as_ref().map(|home| home.join(path));
        let docker = match &self.docker_config {
            Some(dir) => Some(dir.join("config.json")),
            None => at_home(".docker/config.json"),
        };
        let podman = match (&self.runtime_dir, self.user) {
            (Some(dir), _) => Some(dir.join("containers/auth.json")),
            (None, Some(user)) => Some(format!("/run/containers/{user}/auth.json").into()),
            (None, None) => None,
        };
        let config = self.config_home.clone().or_else(|| at_home(".config"));
        let config = config.map(|dir| dir.join("containers/auth.json"));
        let legacy = at_home(super::file::LEGACY);
        let files = [self.registry_auth_file.clone(), docker, podman, config, legacy];
        let inline = self.inline.into_iter().map(Place::Inline);
        inline.chain(files.into_iter().flatten().map(Place::Usual)).collect()
    }
}

fn variable(name: &str) -> Result<Option<Utf8PathBuf>, Diagnostic> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty());
    value.map(|value| utf8(name, value.into())).transpose()
}

fn utf8(name: &str, path: std::path::PathBuf) -> Result<Utf8PathBuf, Diagnostic> {
    Utf8PathBuf::from_path_buf(path).map_err(|_| {
        Diagnostic::error(format!("`{name}` holds a path that is not UTF-8"))
            .hint("`--authfile FILE` reads another file, and that one only")
    })
}

#[cfg(target_os = "linux")]
fn user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").ok().map(|metadata| metadata.uid())
}

#[cfg(not(target_os = "linux"))]
fn user() -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(environment: Environment) -> Vec<String> {
        let places = environment.places().into_iter();
        let shown = places.map(|place| match place {
            Place::Given(_) | Place::Handed(_) => unreachable!(),
            Place::Usual(path) => path.into_string(),
            Place::Inline(_) => "inline".to_owned(),
        });
        // As on other systems.
        shown.map(|path| path.replace('\\', "/")).collect()
    }

    #[test]
    fn the_environment_says_where() {
        let full = || Environment {
            inline: Some(b"{}".to_vec()),
            registry_auth_file: Some("/r".into()),
            docker_config: Some("/d".into()),
            runtime_dir: Some("/run/user/7".into()),
            user: Some(7),
            config_home: Some("/c".into()),
            home: Some("/h".into()),
        };
        let run = "/run/user/7/containers/auth.json";
        let all =
            ["inline", "/r", "/d/config.json", run, "/c/containers/auth.json", "/h/.dockercfg"];
        assert_eq!(paths(full()), all);
        let home = Environment { home: Some("/h".into()), user: Some(7), ..Default::default() };
        let usual = [
            "/h/.docker/config.json",
            "/run/containers/7/auth.json",
            "/h/.config/containers/auth.json",
            "/h/.dockercfg",
        ];
        assert_eq!(paths(home), usual);
        assert_eq!(paths(Environment::default()), Vec::<String>::new());
    }
}
