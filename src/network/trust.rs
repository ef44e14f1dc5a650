//! Which certificates are believed: the system's authorities and those that the operator names.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Why there is no TLS configuration.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of further authorities cannot be read, or is not PEM.
    #[error("{}: {reason}", path.display())]
    Authorities {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file was read and holds no certificate.
    #[error("{}: there is no certificate in it", .0.display())]
    Empty(PathBuf),
    /// Neither the system nor the configuration names an authority, so that no certificate could ever be valid.
    #[error("no certificate authority is known: install ca-certificates, or set xmpp.ca_file")]
    NoAuthority,
    /// The library refused the configuration.
    #[error("TLS cannot be configured: {0}")]
    Rustls(#[from] rustls::Error),
}

/// The system's certificate authorities, read from disk once per process.
fn system_roots() -> &'static [CertificateDer<'static>] {
    static ROOTS: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "A system certificate store could not be read.");
        }
        found.certs
    })
}

/// The one client configuration that every connection shares: the system's authorities and those of `ca_file` (an
/// empty path means none), TLS 1.2 and 1.3, no client certificate, no early data. Sharing it saves about 110 kB a
/// connection, and lets TLS sessions resume.
///
/// It has no ALPN: who speaks a protocol that is named so adds it.
pub fn client_config(ca_file: &Path) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system_roots().iter().cloned());
    if !ca_file.as_os_str().is_empty() {
        let refuse = |reason: String| TlsError::Authorities { path: ca_file.to_owned(), reason };
        let mut added = 0;
        for certificate in CertificateDer::pem_file_iter(ca_file).map_err(|error| refuse(error.to_string()))? {
            let certificate = certificate.map_err(|error| refuse(error.to_string()))?;
            roots.add(certificate).map_err(|error| refuse(error.to_string()))?;
            added += 1;
        }
        if added == 0 {
            return Err(TlsError::Empty(ca_file.to_owned()));
        }
    }
    if roots.is_empty() {
        return Err(TlsError::NoAuthority);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn says_what_is_wrong_with_the_file_of_authorities() {
        let missing = client_config(Path::new("/nowhere/ca.pem")).unwrap_err().to_string();
        assert!(missing.starts_with("/nowhere/ca.pem: "), "{missing}");
        let empty = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(client_config(empty.path()), Err(TlsError::Empty(_))));
        std::fs::write(empty.path(), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        assert!(matches!(client_config(empty.path()), Err(TlsError::Authorities { .. })));
    }
}
