//! Whose certificates count: the system's, those of `--ca-file`, and Docker's for single registries.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use crate::diagnostic::Diagnostic;
use crate::io::fs::reason;

use super::url::Origin;

/// Where Docker and Podman look for certificates of one registry
/// (docs.docker.com/engine/security/certificates, containers-certs.d(5)).
const OF_REGISTRIES: &[&str] = &["/etc/docker/certs.d", "/etc/containers/certs.d"];

type Certificates = Vec<Certificate<'static>>;

/// Certificates.
#[derive(Debug)]
pub(super) struct Trust {
    named: Certificates,
    /// Read when the first HTTPS connection needs them, and not before: it takes a while.
    system: OnceLock<Certificates>,
    /// What every registry without certificates of its own is trusted by.
    roots: OnceLock<Vec<RootCerts>>,
}

impl Trust {
    /// Reads `files`.
    ///
    /// # Errors
    /// When one of them cannot be read or has no certificate.
    pub(super) fn new(files: &[Utf8PathBuf]) -> Result<Self, Diagnostic> {
        let mut named = Vec::new();
        for file in files {
            let text = fs::read(file).map_err(|error| unreadable(file, &error))?;
            let found = certificates(&text).map_err(|reason| unusable(file, &reason))?;
            named.extend(found);
        }
        Ok(Self { named, system: OnceLock::new(), roots: OnceLock::new() })
    }

    /// What to trust `origin` with: the first, or else the second, because the certificates that
    /// are built in cannot be in one list with others.
    pub(super) fn roots(&self, origin: &Origin) -> Vec<RootCerts> {
        let own = of_registry(OF_REGISTRIES, origin);
        match own.is_empty() {
            true => self.roots.get_or_init(|| self.with(own)).clone(),
            false => self.with(own),
        }
    }

    fn with(&self, own: Certificates) -> Vec<RootCerts> {
        let system = self.system.get_or_init(|| {
            let found = rustls_native_certs::load_native_certs().certs;
            found.iter().map(|found| Certificate::from_der(found).to_owned()).collect()
        });
        let named: Certificates = self.named.iter().cloned().chain(own).collect();
        match (system.is_empty(), named.is_empty()) {
            (false, _) => vec![RootCerts::from(system.iter().cloned().chain(named))],
            (true, true) => vec![RootCerts::WebPki],
            (true, false) => vec![RootCerts::WebPki, RootCerts::from(named)],
        }
    }
}

/// All certificates of a file in PEM form.
fn certificates(text: &[u8]) -> Result<Certificates, String> {
    let mut found = Vec::new();
    for item in parse_pem(text) {
        match item {
            Ok(PemItem::Certificate(certificate)) if is_der(certificate.der()) => {
                found.push(certificate);
            }
            Ok(PemItem::Certificate(_)) => return Err("has a broken certificate".to_owned()),
            Ok(_) => {}
            Err(_) => return Err("is not in PEM form".to_owned()),
        }
    }
    match found.is_empty() {
        true => Err("has no certificate in PEM form".to_owned()),
        false => Ok(found),
    }
}

/// Whether `bytes` are a sequence that begins with a sequence (X.690, 8.1): rustls leaves out what
/// is no certificate without a word.
fn is_der(bytes: &[u8]) -> bool {
    let content = match bytes {
        [0x30, length @ 0..=0x7f, content @ ..] if content.len() == usize::from(*length) => content,
        [0x30, 0x81, length, content @ ..] if content.len() == usize::from(*length) => content,
        [0x30, 0x82, high, low, content @ ..]
            if content.len() == usize::from(u16::from_be_bytes([*high, *low])) =>
        {
            content
        }
        _ => return false,
    };
    content.first() == Some(&0x30)
}

fn unreadable(file: &Utf8Path, error: &std::io::Error) -> Diagnostic {
    let why = reason(error);
    Diagnostic::error(format!("the certificates in `{file}` cannot be read: {why}")).file(file)
}

fn unusable(file: &Utf8Path, reason: &str) -> Diagnostic {
    Diagnostic::error(format!("the certificates in `{file}` cannot be used: it {reason}"))
        .file(file)
        .hint("a certificate begins with `-----BEGIN CERTIFICATE-----`")
}

/// What is laid down for `origin` alone: `DIRECTORY/HOST[:PORT]/*.crt`. What is no certificate is
/// left out, as there.
fn of_registry(directories: &[&str], origin: &Origin) -> Certificates {
    let mut found = Vec::new();
    let names = [origin.host.clone(), format!("{}:{}", origin.host, origin.port)];
    for directory in directories {
        for name in &names {
            let files = fs::read_dir(Path::new(directory).join(name)).into_iter().flatten();
            let files = files.flatten().map(|entry| entry.path());
            for file in files.filter(|file| file.extension().is_some_and(|it| it == "crt")) {
                let text = fs::read(file).unwrap_or_default();
                found.extend(certificates(&text).unwrap_or_default());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMAIwAA==\n-----END CERTIFICATE-----\n";

    fn file(name: &str, text: &str) -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().join(name)).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        (dir, path)
    }

    #[test]
    fn a_file_without_certificates_is_refused_by_name() {
        for (text, reason) in [
            ("", "no certificate"),
            ("hello", "no certificate"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "broken"),
            ("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n", "not in PEM form"),
            ("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", "no certificate"),
        ] {
            let (_dir, path) = file("ca.pem", text);
            let problem = Trust::new(std::slice::from_ref(&path)).unwrap_err();
            assert!(problem.message.contains(reason), "{}", problem.message);
            assert_eq!(problem.file, Some(path));
        }
        let problem = Trust::new(&["/nowhere/ca.pem".into()]).unwrap_err();
        let wanted = "the certificates in `/nowhere/ca.pem` cannot be read: ";
        assert!(problem.message.starts_with(wanted), "{}", problem.message);
        assert_eq!(problem.hint, None);
    }

    #[test]
    fn named_certificates_are_added() {
        let (_dir, path) = file("ca.pem", &CERTIFICATE.repeat(2));
        let trust = Trust::new(&[path]).unwrap();
        assert_eq!(trust.named.len(), 2);
        let origin = Origin::new(true, "ghcr.io").unwrap();
        trust.system.set(Vec::new()).unwrap();
        let roots = trust.roots(&origin);
        assert!(matches!(roots.as_slice(), [RootCerts::WebPki, RootCerts::Specific(_)]));
    }

    #[test]
    fn registries_have_certificates_of_their_own() {
        let (dir, _path) = file("registry.example:5000/ca.crt", CERTIFICATE);
        let directory = dir.path().to_str().unwrap();
        let count = |authority: &str| {
            of_registry(&[directory], &Origin::new(true, authority).unwrap()).len()
        };
        assert_eq!((count("registry.example:5000"), count("registry.example")), (1, 0));
    }
}
