//! TLS towards XMPP servers (RFC 7590): one shared configuration, the certificate checked for the domain of the JID.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::connect::ConnectError;

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
/// It has no ALPN: [`for_direct_tls`] adds it, because STARTTLS does without.
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

/// The same configuration with the protocol named as XEP-0368 §4 asks for TLS from the first byte.
pub fn for_direct_tls(config: &ClientConfig) -> Arc<ClientConfig> {
    let mut config = config.clone();
    config.alpn_protocols = vec![b"xmpp-client".to_vec()];
    Arc::new(config)
}

/// The name that the certificate must have: the domain of the JID in its ASCII form, never the host that SRV names
/// (RFC 6120 §13.7.2.1).
pub fn server_name(domain: &str) -> Option<ServerName<'static>> {
    match url::Host::parse(domain).ok()? {
        url::Host::Domain(name) => ServerName::try_from(name).ok(),
        url::Host::Ipv4(ip) => Some(ServerName::from(std::net::IpAddr::from(ip))),
        url::Host::Ipv6(ip) => Some(ServerName::from(std::net::IpAddr::from(ip))),
    }
}

/// Shakes hands. The caller bounds the time.
pub(super) async fn handshake(
    connector: &TlsConnector,
    domain: &str,
    socket: TcpStream,
) -> Result<TlsStream<TcpStream>, ConnectError> {
    let name = server_name(domain).ok_or(ConnectError::Certificate)?;
    connector.connect(name, socket).await.map_err(|error| {
        let kind = classify(&error);
        tracing::info!(xmpp.domain = domain, tls.error = %error, "The TLS handshake failed.");
        kind
    })
}

/// What a failed handshake means to a person: the certificate is bad, there is no TLS at all, or something else.
fn classify(error: &io::Error) -> ConnectError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => {
            ConnectError::Certificate
        }
        Some(_) => ConnectError::Protocol,
        None => ConnectError::from_io(error),
    }
}

/// The value that binds SASL to this TLS connection (RFC 9266). Only TLS 1.3 guarantees that it is unique.
pub(super) fn exporter(stream: &TlsStream<TcpStream>) -> Option<[u8; 32]> {
    let (_, connection) = stream.get_ref();
    if connection.protocol_version() != Some(rustls::ProtocolVersion::TLSv1_3) {
        return None;
    }
    connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b"")).ok()
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

    #[test]
    fn names_are_checked_in_ascii_form() {
        assert_eq!(server_name("Bücher.example").unwrap().to_str(), "xn--bcher-kva.example");
        assert_eq!(server_name("127.0.0.1").unwrap(), ServerName::try_from("127.0.0.1").unwrap());
        assert!(server_name("").is_none());
    }
}
