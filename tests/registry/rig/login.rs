//! Who may come in, and the files in which clients keep that.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The only user of all registries.
pub const USER: &str = "robot";
pub const PASSWORD: &str = "correct horse";

/// What people have who have logged in to an identity provider instead.
pub const IDENTITY: &str = "identity-of-robot";

/// The same user as the registry wants it: `htpasswd -nbB -C 5 robot 'correct horse'`.
pub const HTPASSWD: &str = "robot:$2y$05$4mpVwN6VUjutWGZknesqmOLRyHMnJoB0uQe97O3b7ag5koqKAbteC\n";

/// `auths` of a file with credentials: name and password.
pub fn password(registry: &str, password: &str) -> String {
    let auth = coded(password);
    serde_json::json!({"auths": {registry: {"auth": auth}}}).to_string()
}

/// The user with this password, as files and requests have it.
pub fn coded(password: &str) -> String {
    STANDARD.encode(format!("{USER}:{password}"))
}

/// `auths` of a file with credentials: an identity token.
pub fn identity(registry: &str, token: &str) -> String {
    let auth = STANDARD.encode("00000000-0000-0000-0000-000000000000:");
    serde_json::json!({"auths": {registry: {"auth": auth, "identitytoken": token}}}).to_string()
}

/// A program `docker-credential-rig` in `dir` that knows the right password, and writes down in
/// `asked` what it is asked for. Returns the file with credentials that names it.
#[cfg(unix)]
pub fn program(dir: &Path, registry: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let script = format!(
        "#!/bin/sh\nread -r server\necho \"$1 $server\" >> '{}'\n\
         printf '{{\"ServerURL\":\"%s\",\"Username\":\"{USER}\",\"Secret\":\"{PASSWORD}\"}}' \"$server\"\n",
        dir.join("asked").display()
    );
    let path = dir.join("docker-credential-rig");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = dir.join("helpers.json");
    let text = serde_json::json!({"credHelpers": {registry: "rig"}}).to_string();
    std::fs::write(&file, text).unwrap();
    file
}
