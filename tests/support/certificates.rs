//! A certificate authority of the tests' own, and certificates by it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use base64::Engine;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PublicKeyData,
};

use super::process::Process;

/// An authority and where its certificate lies.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    folder: tempfile::TempDir,
}

/// The authority that the gateways under test trust.
pub fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<(Authority, Mutex<Process>)> = OnceLock::new();
    let (authority, _) = AUTHORITY.get_or_init(|| {
        let authority = Authority::new();
        // What is static is never dropped; a program that does nothing takes the folder away at the end.
        let mut nothing = Command::new("sleep");
        nothing.arg("infinity");
        let keeper = Process::start("sleep", Some(authority.folder.path()), Path::new("/dev/null"), &nothing);
        (authority, Mutex::new(keeper))
    });
    authority
}

impl Authority {
    /// A new one, trusted by nobody yet.
    pub fn new() -> Authority {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "Cirrus test authority");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        limit(&mut parameters);
        let key = KeyPair::generate().unwrap();
        let pem = parameters.self_signed(&key).unwrap().pem();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.crt"), &pem).unwrap();
        Authority { issuer: Issuer::new(parameters, key), pem, folder }
    }

    /// The file with its certificate.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// The hash of its public key as Chromium takes it: every chain with that key in it is trusted.
    pub fn fingerprint(&self) -> String {
        let key = self.issuer.key().subject_public_key_info();
        let hash = ring::digest::digest(&ring::digest::SHA256, &key);
        base64::prelude::BASE64_STANDARD.encode(hash)
    }

    /// Certificate chain and key for some names, both PEM.
    pub fn issue(&self, names: &[&str]) -> (String, String) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = CertificateParams::new(names.clone()).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, names[0].as_str());
        parameters.use_authority_key_identifier_extension = true;
        limit(&mut parameters);
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        (format!("{}{}", certificate.pem(), self.pem), key.serialize_pem())
    }

    /// Writes `<stem>.crt`, `<stem>.key` and `<stem>.pem` (both) and `ca.crt` into a folder.
    pub fn write(&self, folder: &Path, stem: &str, names: &[&str]) {
        std::fs::create_dir_all(folder).unwrap();
        let (chain, key) = self.issue(names);
        std::fs::write(folder.join(format!("{stem}.crt")), &chain).unwrap();
        std::fs::write(folder.join(format!("{stem}.key")), &key).unwrap();
        std::fs::write(folder.join(format!("{stem}.pem")), format!("{key}{chain}")).unwrap();
        std::fs::write(folder.join("ca.crt"), &self.pem).unwrap();
    }
}

/// Valid from last year to five years on: Erlang cannot wait for the end of the year 4096, which is the default.
fn limit(parameters: &mut CertificateParams) {
    let year: i32 = jiff::Timestamp::now().strftime("%Y").to_string().parse().unwrap();
    parameters.not_before = rcgen::date_time_ymd(year - 1, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(year + 5, 1, 1);
}
