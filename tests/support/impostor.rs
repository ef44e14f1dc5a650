//! Servers that are not what they should be: silent, without encryption, with somebody else's certificate.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::certificates::Authority;

/// How the server misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// Takes the connection and says nothing.
    Silent,
    /// Answers the stream and then says nothing.
    SilentAfterHeader,
    /// Offers PLAIN and no STARTTLS, as a man in the middle would.
    Stripped,
    /// Offers STARTTLS with a certificate for another name, by the trusted authority.
    WrongName,
    /// Offers STARTTLS with a certificate for the right name by an authority nobody trusts.
    UnknownAuthority,
    /// Answers the stream with these bytes.
    Says(&'static str),
    /// Answers the stream with a beginning, a part many times over, and an end.
    Repeats(&'static str, &'static str, usize),
}

/// A running impostor. It ends with its runtime.
pub struct Impostor {
    /// Its port on 127.0.0.1.
    pub port: u16,
    heard: mpsc::UnboundedReceiver<String>,
}

impl Impostor {
    /// Starts one for a domain.
    pub async fn start(trick: Trick, domain: &'static str) -> Impostor {
        let port = super::ports::free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let (say, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(play(connection, trick, domain, say.clone()));
            }
        });
        Impostor { port, heard }
    }

    /// Everything that clients have said so far.
    pub fn heard(&mut self) -> String {
        let mut all = String::new();
        while let Ok(text) = self.heard.try_recv() {
            all.push_str(&text);
        }
        all
    }
}

async fn play(mut connection: TcpStream, trick: Trick, domain: &'static str, say: mpsc::UnboundedSender<String>) {
    if trick == Trick::Silent {
        listen(&mut connection, &say, "never").await;
        return;
    }
    listen(&mut connection, &say, "to=").await;
    let speech = match trick {
        Trick::Says(text) => Some(text.to_owned()),
        Trick::Repeats(start, part, times) => Some(format!("{start}{}", part.repeat(times))),
        _ => None,
    };
    if let Some(speech) = speech {
        let _ = connection.write_all(speech.as_bytes()).await;
        listen(&mut connection, &say, "never").await;
        return;
    }
    let header = format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='x' from='{domain}' version='1.0'>"
    );
    let features = match trick {
        Trick::SilentAfterHeader => String::new(),
        Trick::Stripped => "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
             <mechanism>PLAIN</mechanism><mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>"
            .to_owned(),
        _ => "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
            .to_owned(),
    };
    if connection.write_all(format!("{header}{features}").as_bytes()).await.is_err() {
        return;
    }
    if matches!(trick, Trick::WrongName | Trick::UnknownAuthority) {
        listen(&mut connection, &say, "starttls").await;
        let _ = connection.write_all(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await;
        let stranger = Authority::new();
        let (chain, key) = match trick {
            Trick::WrongName => super::certificates::authority().issue(&["elsewhere.test"]),
            _ => stranger.issue(&[domain]),
        };
        let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        if let Ok(mut stream) = acceptor.accept(connection).await {
            listen(&mut stream, &say, "never").await;
        }
        return;
    }
    listen(&mut connection, &say, "never").await;
}

/// Reads until a word comes or the end.
async fn listen(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), say: &mpsc::UnboundedSender<String>, until: &str) {
    let mut all = String::new();
    let mut buffer = [0; 4096];
    while let Ok(count) = stream.read(&mut buffer).await {
        if count == 0 {
            return;
        }
        let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
        all.push_str(&text);
        let _ = say.send(text);
        if all.contains(until) {
            return;
        }
    }
}
