//! Options that cannot be used: said before anybody is asked, and without what is in the files.

use camino::Utf8PathBuf;
use kubectl_promote::diagnostic::Diagnostic;
use kubectl_promote::io::registry::{Options, ask};

use crate::counts::rig;
use crate::reply::Reply;
use crate::rig::{PASSWORD, Rig, manifest, no_secret};

/// The tests, by name.
pub(crate) const TESTS: &[(&str, fn())] = &[
    ("no-such-files", no_such_files),
    ("directories", directories),
    ("broken-credentials", broken_credentials),
    ("no-certificates", no_certificates),
];

type Files = fn(&mut Options) -> &mut Vec<Utf8PathBuf>;

const FILES: [Files; 2] = [|options| &mut options.authfiles, |options| &mut options.ca_files];

/// Nobody is asked, and the diagnostic names `path`.
#[track_caller]
fn refused(rig: &Rig, path: &Utf8PathBuf) {
    let image = manifest(&rig.world.here, "acme/web", "v1");
    let diagnostic = match ask(&[image], &rig.options, &()) {
        Err(diagnostic) => diagnostic,
        Ok(answers) => panic!("{} was taken: {answers:?}", std::fs::read_to_string(path).unwrap()),
    };
    let Diagnostic { message, hint, .. } = &diagnostic;
    let all = format!("{message} {hint:?} {:?}", diagnostic.file);
    assert!(all.contains(path.file_name().unwrap()), "{path} is not named: {all}");
    assert!(!message.contains(char::is_control), "{message:?}");
    no_secret(&format!("{diagnostic:?}"));
    assert_eq!(rig.log.connections(), 0);
}

fn each_file(text: Option<&str>) {
    for files in FILES {
        let mut rig = rig(|_, _| Reply::manifest());
        let path = match text {
            Some(text) => rig.write("given.file", text),
            None => rig.write("given.file", "").with_file_name("nowhere.file"),
        };
        *files(&mut rig.options) = vec![path.clone()];
        refused(&rig, &path);
    }
}

fn no_such_files() {
    each_file(None);
}

fn directories() {
    for files in FILES {
        let mut rig = rig(|_, _| Reply::manifest());
        let path = rig.write("x", "").with_file_name("directory");
        std::fs::create_dir(&path).unwrap();
        *files(&mut rig.options) = vec![path.clone()];
        refused(&rig, &path);
    }
}

fn broken_credentials() {
    let secret = format!(r#""password": "{PASSWORD}""#);
    for text in [
        "{".to_owned(),
        "[]".to_owned(),
        secret.clone(),
        format!(r#"{{"auths": {{"a": {{{secret}, }}}}}}"#),
        format!(r#"{{"auths": {{"a": "{PASSWORD}"}}}}"#),
        format!(r#"{{"auths": "{PASSWORD}"}}"#),
        format!("\u{feff}{{{secret}\n\u{1b}[2J"),
    ] {
        let mut rig = rig(|_, _| Reply::manifest());
        rig.credentials(&text);
        let path = rig.options.authfiles[0].clone();
        refused(&rig, &path);
    }
}

fn no_certificates() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for text in ["", "not a certificate", broken, "-----BEGIN CERTIFICATE-----\n"] {
        let mut rig = rig(|_, _| Reply::manifest());
        let path = rig.write("given.pem", text);
        rig.options.ca_files = vec![path.clone()];
        refused(&rig, &path);
    }
}
