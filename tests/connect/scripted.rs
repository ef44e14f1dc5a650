//! Servers that follow a script, and a client to sign in to them with.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use cirrus::config::{Security, Server, Xmpp};
use cirrus::xmpp::connect::{Authenticated, ConnectError, Connector, Login};
use cirrus::xmpp::sasl::Secret;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use ring::{digest, hmac, pbkdf2};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' id='s1' \
    xmlns:stream='http://etherx.jabber.org/streams' from='example.org'>";
pub const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
pub const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
pub const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
pub const BIND: &str = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";
pub const SALT: &[u8] = b"sixteen bytes...";

/// The server's side of a conversation.
pub struct Talk<T> {
    pub io: T,
    pub heard: String,
}

pub trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

impl<T: Io> Talk<T> {
    pub fn new(io: T) -> Talk<T> {
        Talk { io, heard: String::new() }
    }

    pub async fn say(&mut self, text: impl AsRef<str>) {
        let _ = self.io.write_all(text.as_ref().as_bytes()).await;
        let _ = self.io.flush().await;
    }

    /// Reads up to and including `end`; what was read before it. `None` when the other side has gone.
    pub async fn hear(&mut self, end: &str) -> Option<String> {
        loop {
            if let Some(at) = self.heard.find(end) {
                let rest = self.heard.split_off(at + end.len());
                return Some(std::mem::replace(&mut self.heard, rest));
            }
            let mut chunk = [0; 4096];
            let count = self.io.read(&mut chunk).await.ok()?;
            if count == 0 {
                return None;
            }
            self.heard.push_str(&String::from_utf8_lossy(&chunk[..count]));
        }
    }

    pub async fn open(&mut self, features: &str) -> Option<()> {
        self.hear("<stream:stream").await?;
        self.hear(">").await?;
        self.say(format!("{HEADER}<stream:features>{features}</stream:features>")).await;
        Some(())
    }

    /// The base64 text of the next SASL element, decoded; its start tag before it.
    pub async fn sasl(&mut self) -> Option<(String, String)> {
        let start = self.hear(">").await?;
        let text = self.hear("</").await?;
        self.hear(">").await?;
        let text = BASE64.decode(text.trim_end_matches("</")).unwrap_or_default();
        Some((start, String::from_utf8_lossy(&text).into_owned()))
    }

    pub async fn challenge(&mut self, text: &str) {
        self.say(format!("<challenge xmlns='{SASL}'>{}</challenge>", BASE64.encode(text))).await;
    }

    pub async fn fail(&mut self, condition: &str) {
        self.say(format!("<failure xmlns='{SASL}'><{condition}/></failure>")).await;
    }
}

pub fn mechanisms(names: &[&str]) -> String {
    let names: String = names.iter().map(|name| format!("<mechanism>{name}</mechanism>")).collect();
    format!("<mechanisms xmlns='{SASL}'>{names}</mechanisms>")
}

/// A listener whose every connection goes through a script; counts them.
pub struct Scripted {
    pub address: SocketAddr,
    pub connections: Arc<AtomicUsize>,
}

pub type Play = Pin<Box<dyn Future<Output = Option<()>> + Send>>;

pub async fn scripted(play: impl Fn(TcpStream, usize) -> Play + Send + 'static) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, connections) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(play(socket, count.fetch_add(1, Ordering::SeqCst)));
        }
    });
    Scripted { address, connections }
}

impl Scripted {
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A certificate authority for one test.
pub struct Authority {
    pub issuer: Issuer<'static, KeyPair>,
    pub file: tempfile::NamedTempFile,
}

impl Authority {
    pub fn new() -> Authority {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), parameters.self_signed(&key).unwrap().pem()).unwrap();
        Authority { issuer: Issuer::new(parameters, key), file }
    }

    pub fn acceptor(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = CertificateParams::new(names).unwrap();
        change(&mut parameters);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

pub fn connector_with(address: impl ToString, security: Security, authority: &Authority) -> Connector {
    let mut config = Xmpp { ca_file: authority.file.path().to_owned(), ..Xmpp::default() };
    let server = Server { address: address.to_string(), security };
    config.servers.insert("example.org".to_owned(), server);
    Connector::new(&config, cirrus::network::trust::client_config(&config.ca_file).unwrap())
}

pub fn connector(address: impl ToString, security: Security) -> Connector {
    connector_with(address, security, &Authority::new())
}

pub fn login(secret: Secret) -> Login {
    Login::Account { address: "juliet@example.org".parse().unwrap(), secret }
}

pub fn juliet() -> Login {
    login(Secret::password("pencil"))
}

/// Signs in, and says how long that took.
pub async fn sign_in(connector: &Connector, login: &Login) -> (Result<Authenticated, ConnectError>, Duration) {
    let started = Instant::now();
    (connector.authenticate(login).await, started.elapsed())
}

#[track_caller]
pub fn assert_failed(outcome: (Result<Authenticated, ConnectError>, Duration), error: ConnectError, within: u64) {
    assert_eq!(outcome.0.map(|_| ()), Err(error));
    assert!(outcome.1 < Duration::from_secs(within), "{:?}", outcome.1);
}

/// SCRAM-SHA-256 as a server, written from RFC 5802 alone: in with the password "pencil", else refused.
pub async fn scram<T: Io>(talk: &mut Talk<T>, salt: &[u8], bound: &[u8]) -> Option<bool> {
    let (start, first) = talk.sasl().await?;
    assert!(start.contains("SCRAM-SHA-256"), "{start}");
    let (bare, nonce) = (&first[first.find("n=").unwrap()..], first.rsplit_once("r=").unwrap().1);
    let server_first = format!("r={nonce}server,s={},i=4096", BASE64.encode(salt));
    talk.challenge(&server_first).await;
    let (_, last) = talk.sasl().await?;
    let (without_proof, proof) = last.split_once(",p=").unwrap();
    assert!(without_proof.starts_with(&format!("c={}", BASE64.encode(bound))), "{without_proof}");
    let signed = format!("{bare},{server_first},{without_proof}");
    let mut salted = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, 4096.try_into().unwrap(), salt, b"pencil", &mut salted);
    let sign = |key: &[u8], text: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text);
    let client_key = sign(&salted, b"Client Key");
    let signature = sign(digest::digest(&digest::SHA256, client_key.as_ref()).as_ref(), signed.as_bytes());
    let expected: Vec<u8> = client_key.as_ref().iter().zip(signature.as_ref()).map(|(a, b)| a ^ b).collect();
    if BASE64.encode(expected) != proof {
        talk.fail("not-authorized").await;
        return Some(false);
    }
    let verifier = BASE64.encode(sign(sign(&salted, b"Server Key").as_ref(), signed.as_bytes()));
    talk.say(format!("<success xmlns='{SASL}'>{}</success>", BASE64.encode(format!("v={verifier}")))).await;
    Some(true)
}

/// A good server on an unencrypted socket, up to the bound stream.
pub async fn good(socket: TcpStream, salt: &[u8]) -> Option<()> {
    let mut talk = Talk::new(socket);
    talk.open(&mechanisms(&["SCRAM-SHA-256", "PLAIN"])).await?;
    if scram(&mut talk, salt, b"n,,").await? {
        talk.open(BIND).await?;
        talk.hear("resource-binding").await?;
        talk.hear("</iq>").await?;
        talk.say(format!(
            "<iq type='result' id='resource-binding'>{}</iq>",
            BIND.replace("/>", "><jid>juliet@example.org/balcony</jid></bind>")
        ))
        .await;
        talk.hear("</stream:stream>").await?;
    }
    Some(())
}
