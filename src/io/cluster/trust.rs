//! Certificates of a cluster's authority: PEM, in a file or in the kubeconfig itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::Cluster;

use crate::io::fs::reason;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The certificates that `cluster` is trusted by; `None` where the system's are. What the kubeconfig
/// holds itself wins over a file.
///
/// # Errors
/// Why there are none.
pub(super) fn roots(cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>, String> {
    let data = cluster.certificate_authority_data.as_ref().filter(|data| !data.is_empty());
    let file = cluster.certificate_authority.as_ref().filter(|file| !file.is_empty());
    let (text, named) = match (data, file) {
        (Some(data), _) => {
            let text = STANDARD.decode(data.trim());
            let wrong = "its `certificate-authority-data` is not in Base64";
            (text.map_err(|_| wrong.to_owned())?, "its `certificate-authority-data`".to_owned())
        }
        (None, Some(file)) => {
            let unreadable = |error| format!("`{file}` cannot be read: {}", reason(&error));
            (std::fs::read(file).map_err(unreadable)?, format!("`{file}`"))
        }
        (None, None) => return Ok(None),
    };
    let found = certificates(&String::from_utf8_lossy(&text));
    match found.filter(|found| !found.is_empty()) {
        Some(found) => Ok(Some(found)),
        None => Err(format!("{named} has no certificate in PEM form")),
    }
}

/// All certificates in `text` (RFC 7468); `None` where one of them is broken.
fn certificates(text: &str) -> Option<Vec<Vec<u8>>> {
    text.split(BEGIN)
        .skip(1)
        .map(|block| {
            let (block, _) = block.split_once(END)?;
            let body: String = block.chars().filter(|c| !c.is_whitespace()).collect();
            STANDARD.decode(body).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_found_between_their_lines() {
        let one = format!("x\n{BEGIN}\r\nAAEC\r\nAwQ=\r\n{END}\n");
        assert_eq!(certificates(&one.repeat(2)), Some(vec![vec![0, 1, 2, 3, 4]; 2]));
        assert_eq!(certificates(&format!("{BEGIN}\n!!\n{END}")), None);
        assert_eq!(certificates(&format!("{BEGIN}\nAAEC")), None);
        assert_eq!(certificates("nothing"), Some(Vec::new()));
    }

    #[test]
    fn what_is_no_certificate_is_said_by_name() {
        for (data, file, wanted) in [
            (Some("%"), None, "not in Base64"),
            (Some("AAAA"), Some("/nowhere"), "`certificate-authority-data` has no certificate"),
            (None, Some("/nowhere/ca"), "`/nowhere/ca` cannot be read"),
        ] {
            let [data, file] = [data, file].map(|text| text.map(str::to_owned));
            let cluster = Cluster {
                certificate_authority_data: data,
                certificate_authority: file,
                ..Cluster::default()
            };
            let why = roots(&cluster).unwrap_err();
            assert!(why.contains(wanted), "{why}");
        }
        assert_eq!(roots(&Cluster::default()), Ok(None));
    }
}
