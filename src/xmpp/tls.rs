//! TLS towards XMPP servers (RFC 7590): one shared configuration, the certificate checked for the domain of the JID.

use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::connect::ConnectError;

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
    fn names_are_checked_in_ascii_form() {
        assert_eq!(server_name("Bücher.example").unwrap().to_str(), "xn--bcher-kva.example");
        assert_eq!(server_name("127.0.0.1").unwrap(), ServerName::try_from("127.0.0.1").unwrap());
        assert!(server_name("").is_none());
    }
}
