//! Prints the digests that oci-client finds for images of plain HTTP registries, one a line.
//!
//! `opinion IMAGE…`; `OPINION_USER` and `OPINION_PASSWORD` log in.

use std::env;
use std::error::Error;

use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};

fn main() -> Result<(), Box<dyn Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() };
    let client = Client::try_from(config)?;
    let auth = match (env::var("OPINION_USER"), env::var("OPINION_PASSWORD")) {
        (Ok(user), Ok(password)) => RegistryAuth::Basic(user, password),
        _ => RegistryAuth::Anonymous,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for image in env::args().skip(1) {
        let reference: Reference = image.parse()?;
        let digest = runtime.block_on(client.fetch_manifest_digest(&reference, &auth))?;
        println!("{digest}");
    }
    Ok(())
}
