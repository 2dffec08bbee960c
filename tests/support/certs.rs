//! Certificates for registries of the tests that speak TLS.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose, date_time_ymd};

/// Who signs certificates. Each one is another, that nobody knows.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A server's certificate with its key.
pub struct Leaf {
    /// The certificate, then its authority's.
    pub chain_pem: String,
    /// The key (PKCS #8).
    pub key_pem: String,
    /// The same as [`Leaf::chain_pem`].
    pub chain_der: Vec<Vec<u8>>,
    /// The same as [`Leaf::key_pem`].
    pub key_der: Vec<u8>,
}

impl Authority {
    pub fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut params = named(&format!("kubectl-promote test authority {number}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().unwrap();
        Self { issuer: CertifiedIssuer::self_signed(params, key).unwrap() }
    }

    /// Its own certificate: what `--ca-file` is given.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for these host names and addresses.
    pub fn leaf(&self, names: &[&str], expired: bool) -> Leaf {
        let mut params = named("kubectl-promote test registry");
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        params.subject_alt_names = CertificateParams::new(names).unwrap().subject_alt_names;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        if expired {
            params.not_after = date_time_ymd(2020, 1, 2);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Leaf {
            chain_pem: certificate.pem() + &self.issuer.pem(),
            key_pem: key.serialize_pem(),
            chain_der: vec![certificate.der().to_vec(), self.issuer.der().to_vec()],
            key_der: key.serialize_der(),
        }
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}
