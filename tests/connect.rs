//! Signing in to servers that are wrong, hostile, silent or gone: each gives its own answer, soon, and only once.

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
use cirrus::xmpp::register::{self, RegisterError};
use cirrus::xmpp::sasl::Secret;
use cirrus::xmpp::{stream, tls};
use futures::StreamExt;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use ring::{digest, hmac, pbkdf2};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_xmpp::stanzastream::{Event, StreamEvent};

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' id='s1' \
    xmlns:stream='http://etherx.jabber.org/streams' from='example.org'>";
const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const STARTTLS: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const BIND: &str = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>";
const SALT: &[u8] = b"sixteen bytes...";

/// The server's side of a conversation.
struct Talk<T> {
    io: T,
    heard: String,
}

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

impl<T: Io> Talk<T> {
    fn new(io: T) -> Talk<T> {
        Talk { io, heard: String::new() }
    }

    async fn say(&mut self, text: impl AsRef<str>) {
        let _ = self.io.write_all(text.as_ref().as_bytes()).await;
        let _ = self.io.flush().await;
    }

    /// Reads up to and including `end`; what was read before it. `None` when the other side has gone.
    async fn hear(&mut self, end: &str) -> Option<String> {
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

    async fn open(&mut self, features: &str) -> Option<()> {
        self.hear("<stream:stream").await?;
        self.hear(">").await?;
        self.say(format!("{HEADER}<stream:features>{features}</stream:features>")).await;
        Some(())
    }

    /// The base64 text of the next SASL element, decoded; its start tag before it.
    async fn sasl(&mut self) -> Option<(String, String)> {
        let start = self.hear(">").await?;
        let text = self.hear("</").await?;
        self.hear(">").await?;
        let text = BASE64.decode(text.trim_end_matches("</")).unwrap_or_default();
        Some((start, String::from_utf8_lossy(&text).into_owned()))
    }

    async fn challenge(&mut self, text: &str) {
        self.say(format!("<challenge xmlns='{SASL}'>{}</challenge>", BASE64.encode(text))).await;
    }

    async fn fail(&mut self, condition: &str) {
        self.say(format!("<failure xmlns='{SASL}'><{condition}/></failure>")).await;
    }
}

fn mechanisms(names: &[&str]) -> String {
    let names: String = names.iter().map(|name| format!("<mechanism>{name}</mechanism>")).collect();
    format!("<mechanisms xmlns='{SASL}'>{names}</mechanisms>")
}

/// A listener whose every connection goes through a script; counts them.
struct Scripted {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

type Play = Pin<Box<dyn Future<Output = Option<()>> + Send>>;

async fn scripted(play: impl Fn(TcpStream, usize) -> Play + Send + 'static) -> Scripted {
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
    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// A certificate authority for one test.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: tempfile::NamedTempFile,
}

impl Authority {
    fn new() -> Authority {
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), parameters.self_signed(&key).unwrap().pem()).unwrap();
        Authority { issuer: Issuer::new(parameters, key), file }
    }

    fn acceptor(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
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

fn connector_with(address: impl ToString, security: Security, authority: &Authority) -> Connector {
    let mut config = Xmpp { ca_file: authority.file.path().to_owned(), ..Xmpp::default() };
    let server = Server { address: address.to_string(), security };
    config.servers.insert("example.org".to_owned(), server);
    Connector::new(&config, tls::client_config(&config.ca_file).unwrap())
}

fn connector(address: impl ToString, security: Security) -> Connector {
    connector_with(address, security, &Authority::new())
}

fn login(secret: Secret) -> Login {
    Login::Account { address: "juliet@example.org".parse().unwrap(), secret }
}

fn juliet() -> Login {
    login(Secret::password("pencil"))
}

/// Signs in, and says how long that took.
async fn sign_in(connector: &Connector, login: &Login) -> (Result<Authenticated, ConnectError>, Duration) {
    let started = Instant::now();
    (connector.authenticate(login).await, started.elapsed())
}

#[track_caller]
fn assert_failed(outcome: (Result<Authenticated, ConnectError>, Duration), error: ConnectError, within: u64) {
    assert_eq!(outcome.0.map(|_| ()), Err(error));
    assert!(outcome.1 < Duration::from_secs(within), "{:?}", outcome.1);
}

/// SCRAM-SHA-256 as a server, written from RFC 5802 alone: in with the password "pencil", else refused.
async fn scram<T: Io>(talk: &mut Talk<T>, salt: &[u8], bound: &[u8]) -> Option<bool> {
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
async fn good(socket: TcpStream, salt: &[u8]) -> Option<()> {
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

#[tokio::test]
async fn a_password_is_exchanged_for_keys_that_work_again() {
    let server = scripted(|socket, _| Box::pin(good(socket, SALT))).await;
    let connector = connector(server.address, Security::Plain);
    let (signed_in, _) = sign_in(&connector, &juliet()).await;
    let secret = signed_in.map_err(|error| error.to_string()).unwrap().secret;
    assert!(matches!(secret, Secret::Scram(_)));
    assert_eq!(server.connections(), 2, "one to sign in, one to see whether the salt stays");
    let sealed = Secret::from_bytes(&secret.to_bytes()).unwrap();
    assert!(sealed == secret && sealed != Secret::password("pencil"));
    assert!(connector.authenticate(&login(sealed)).await.is_ok());
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn where_the_salt_changes_the_password_is_kept() {
    let server =
        scripted(|socket, turn| Box::pin(async move { good(socket, format!("salt number {turn}").as_bytes()).await }))
            .await;
    let connector = connector(server.address, Security::Plain);
    let secret = connector.authenticate(&juliet()).await.map_err(|error| error.to_string()).unwrap().secret;
    assert!(secret == Secret::password("pencil"));
}

#[tokio::test]
async fn keys_for_another_salt_are_refused_without_a_guess() {
    let server = scripted(|socket, turn| {
        Box::pin(async move { good(socket, if turn < 2 { SALT } else { b"changed password" }).await })
    })
    .await;
    let connector = connector(server.address, Security::Plain);
    let secret = connector.authenticate(&juliet()).await.map_err(|error| error.to_string()).unwrap().secret;
    assert_failed(sign_in(&connector, &login(secret)).await, ConnectError::Refused, 2);
}

#[tokio::test]
async fn a_wrong_password_is_told_at_once_and_tried_once() {
    let server = scripted(|socket, _| Box::pin(good(socket, SALT))).await;
    let connector = connector(server.address, Security::Plain);
    assert_failed(sign_in(&connector, &login(Secret::password("pencils"))).await, ConnectError::Refused, 2);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_stream_that_is_refused_later_stops_for_good() {
    // The first connection signs in and is cut; from then on the password is another one.
    let server = scripted(|socket, turn| {
        Box::pin(async move {
            match turn {
                0 => tokio::time::timeout(Duration::from_millis(700), good(socket, SALT)).await.ok()?,
                1 => good(socket, SALT).await,
                _ => {
                    let mut talk = Talk::new(socket);
                    talk.open(&mechanisms(&["SCRAM-SHA-256"])).await?;
                    talk.sasl().await?;
                    talk.fail("not-authorized").await;
                    Some(())
                }
            }
        })
    })
    .await;
    let connector = connector(server.address, Security::Plain);
    let signed_in = connector.authenticate(&juliet()).await.map_err(|error| error.to_string()).unwrap();
    let login = login(signed_in.secret);
    let (mut stream, mut failures) = stream::open(connector, login.clone(), signed_in.connection, 16);
    let Some(Event::Stream(StreamEvent::Reset { bound_jid, .. })) = stream.next().await else { panic!("not bound") };
    assert!(login.is_bound_by(&bound_jid));
    assert!(matches!(stream.next().await, Some(Event::Stream(StreamEvent::Suspended))));
    let failure = tokio::time::timeout(Duration::from_secs(5), failures.recv()).await.unwrap();
    assert_eq!(failure, Some(ConnectError::Refused));
    assert_eq!(server.connections(), 3);
    let more = tokio::time::timeout(Duration::from_secs(3), stream.next()).await;
    assert!(more.is_err(), "the stream stays suspended: {more:?}");
    assert_eq!(server.connections(), 3, "nothing retries a refused password");
    // When the session drops both, the stream's task ends in order: the receiver closes the stream.
    drop(failures);
    assert!(!matches!(stream.next().await, Some(Event::Stanza(_))));
}

#[tokio::test]
async fn dropping_the_session_ends_the_attempts() {
    let server = scripted(|socket, turn| {
        Box::pin(async move {
            let good = good(socket, SALT);
            if turn == 0 { tokio::time::timeout(Duration::from_millis(300), good).await.ok()? } else { good.await }
        })
    })
    .await;
    let connector = connector(server.address, Security::Plain);
    let signed_in = connector.authenticate(&juliet()).await.map_err(|error| error.to_string()).unwrap();
    let (mut stream, failures) = stream::open(connector, login(signed_in.secret), signed_in.connection, 16);
    while !matches!(stream.next().await, Some(Event::Stream(StreamEvent::Suspended))) {}
    let before = server.connections();
    drop((stream, failures));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(server.connections(), before);
}

#[test]
fn another_account_than_asked_is_noticed() {
    assert!(juliet().is_bound_by(&"juliet@example.org/x".parse().unwrap()));
    for other in ["romeo@example.org/x", "juliet@example.com/x", "example.org", "juliet.@example.org/x"] {
        assert!(!juliet().is_bound_by(&other.parse().unwrap()), "{other}");
    }
    let guest = Login::Anonymous { domain: "anon.example.org".parse().unwrap() };
    assert!(guest.is_bound_by(&"x1y2@anon.example.org/z".parse().unwrap()));
    assert!(!guest.is_bound_by(&"x1y2@example.org/z".parse().unwrap()));
    assert!(!guest.is_bound_by(&"anon.example.org/z".parse().unwrap()));
}

#[tokio::test]
async fn nothing_listens() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for security in [Security::Plain, Security::Starttls, Security::DirectTls] {
        assert_failed(sign_in(&connector(address, security), &juliet()).await, ConnectError::Unreachable, 2);
    }
    let unknown = connector("nowhere.invalid:5222", Security::Starttls);
    assert_failed(sign_in(&unknown, &juliet()).await, ConnectError::Unreachable, 4);
}

#[tokio::test]
async fn a_server_that_accepts_and_stays_silent() {
    let server = scripted(|socket, _| {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(60)).await;
            drop(socket);
            None
        })
    })
    .await;
    let attempts = [Security::Plain, Security::Starttls, Security::DirectTls].map(|security| async move {
        let connector = connector(server.address, security);
        assert_failed(sign_in(&connector, &juliet()).await, ConnectError::Timeout, 4);
    });
    futures::future::join_all(attempts).await;
}

#[tokio::test]
async fn a_server_that_drips_is_given_up_on() {
    let server = scripted(|mut socket, _| {
        Box::pin(async move {
            for byte in HEADER.bytes().cycle() {
                socket.write_all(&[byte]).await.ok()?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            None
        })
    })
    .await;
    assert_failed(sign_in(&connector(server.address, Security::Plain), &juliet()).await, ConnectError::Timeout, 4);
    assert_failed(sign_in(&connector(server.address, Security::Starttls), &juliet()).await, ConnectError::Timeout, 4);
}

#[tokio::test]
async fn an_answer_that_never_comes_in_the_middle() {
    let server = scripted(|socket, _| {
        Box::pin(async move {
            let mut talk = Talk::new(socket);
            talk.open(&mechanisms(&["SCRAM-SHA-256"])).await?;
            talk.hear("nobody says this").await;
            None
        })
    })
    .await;
    assert_failed(sign_in(&connector(server.address, Security::Plain), &juliet()).await, ConnectError::Timeout, 5);
}

/// The part of a conversation before TLS; `tail` is sent in one piece with `<proceed/>`.
async fn before_tls(socket: &mut TcpStream, tail: &str) -> Option<()> {
    let mut talk = Talk::new(socket);
    talk.open(STARTTLS).await?;
    talk.hear("<starttls").await?;
    talk.hear("/>").await?;
    talk.say(format!("{PROCEED}{tail}")).await;
    Some(())
}

/// A server with TLS, direct or after STARTTLS, that lets people in. It offers channel binding where `plus` is set,
/// and then insists on it.
async fn encrypted(acceptor: TlsAcceptor, security: Security, plus: bool) -> Scripted {
    scripted(move |mut socket, _| {
        let acceptor = acceptor.clone();
        Box::pin(async move {
            if security == Security::Starttls {
                before_tls(&mut socket, "").await?;
            }
            let io = acceptor.accept(socket).await.ok()?;
            let exporter =
                io.get_ref().1.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b"")).unwrap();
            let mut talk = Talk::new(io);
            if plus {
                let mechanisms = mechanisms(&["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"]);
                talk.open(&format!(
                    "{mechanisms}<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>\
                     <channel-binding type='tls-server-end-point'/><channel-binding type='tls-exporter'/>\
                     </sasl-channel-binding>"
                ))
                .await?;
                scram(&mut talk, SALT, &[b"p=tls-exporter,,", &exporter[..]].concat()).await?;
            } else {
                talk.open(&mechanisms(&["PLAIN", "SCRAM-SHA-256"])).await?;
                scram(&mut talk, SALT, b"y,,").await?;
            }
            talk.open(BIND).await?;
            talk.hear("nobody says this").await;
            None
        })
    })
    .await
}

#[tokio::test]
async fn tls_both_ways_with_and_without_channel_binding() {
    let authority = Authority::new();
    for security in [Security::Starttls, Security::DirectTls] {
        for plus in [false, true] {
            let server = encrypted(authority.acceptor(&["example.org"], |_| ()), security, plus).await;
            let connector = connector_with(server.address, security, &authority);
            let signed_in = connector.authenticate(&juliet()).await.map(|signed_in| signed_in.secret);
            assert!(matches!(signed_in, Ok(Secret::Scram(_))), "{security:?}, channel binding {plus}");
        }
    }
}

#[tokio::test]
async fn certificates_that_are_not_for_this_domain() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let date = |year| move |parameters: &mut CertificateParams| parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
    let common_name_only = |parameters: &mut CertificateParams| {
        parameters.subject_alt_names.clear();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "example.org");
    };
    let wrong = [
        ("another name", ours.acceptor(&["example.com"], |_| ())),
        ("a part of the name", ours.acceptor(&["xmpp.example.org"], |_| ())),
        ("a wildcard one level down", ours.acceptor(&["*.example.org"], |_| ())),
        ("the name of the top", ours.acceptor(&["*.org"], |_| ())),
        ("expired", ours.acceptor(&["example.org"], date(2020))),
        (
            "not valid yet",
            ours.acceptor(&["example.org"], |parameters| parameters.not_before = rcgen::date_time_ymd(4000, 1, 1)),
        ),
        ("common name only", ours.acceptor(&[], common_name_only)),
        ("an unknown authority", theirs.acceptor(&["example.org"], |_| ())),
    ];
    for (what, acceptor) in wrong {
        for security in [Security::Starttls, Security::DirectTls] {
            let server = encrypted(acceptor.clone(), security, false).await;
            let outcome = sign_in(&connector_with(server.address, security, &ours), &juliet()).await;
            assert_eq!(outcome.0.map(|_| ()), Err(ConnectError::Certificate), "{what}, {security:?}");
            assert!(outcome.1 < Duration::from_secs(2));
        }
    }
}

/// Plays a script once, and tells what the client said after the stream header.
async fn overheard(features: String, security: Security, login: &Login) -> (ConnectError, String) {
    let (said, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let server = scripted(move |socket, _| {
        let (features, said) = (features.clone(), said.clone());
        Box::pin(async move {
            let mut talk = Talk::new(socket);
            talk.open(&features).await?;
            while let Some(more) = talk.hear(">").await {
                let _ = said.send(more);
            }
            None
        })
    })
    .await;
    let (outcome, took) = sign_in(&connector(server.address, security), login).await;
    assert!(took < Duration::from_secs(4));
    let mut all = String::new();
    while let Ok(more) = heard.try_recv() {
        all.push_str(&more);
    }
    (outcome.map(|_| ()).unwrap_err(), all)
}

#[tokio::test]
async fn starttls_stripped_and_only_plain_offered() {
    let offers = [mechanisms(&["PLAIN", "SCRAM-SHA-256"]), String::new()];
    for offer in offers {
        let (error, said) = overheard(offer, Security::Starttls, &juliet()).await;
        assert_eq!((error, said.as_str()), (ConnectError::Unencrypted, ""));
    }
    let (error, said) = overheard(mechanisms(&["GSSAPI", "DIGEST-MD5"]), Security::Plain, &juliet()).await;
    assert_eq!((error, said.contains("<auth")), (ConnectError::Mechanism, false));
}

#[tokio::test]
async fn keys_never_fall_back_to_a_password_mechanism() {
    let server = scripted(|socket, _| Box::pin(good(socket, SALT))).await;
    let secret = connector(server.address, Security::Plain).authenticate(&juliet()).await;
    let keys = login(secret.map_err(|error| error.to_string()).unwrap().secret);
    let (error, said) = overheard(mechanisms(&["PLAIN"]), Security::Plain, &keys).await;
    assert_eq!((error, said.contains("<auth")), (ConnectError::Mechanism, false));
    let (error, said) = overheard(mechanisms(&["PLAIN", "SCRAM-SHA-1"]), Security::Plain, &keys).await;
    assert_eq!((error, said.contains("<auth")), (ConnectError::Refused, false));
}

#[tokio::test]
async fn an_unencrypted_server_elsewhere_is_not_even_dialled() {
    for address in ["192.0.2.1:5222", "[2001:db8::1]:5222", "10.0.0.1"] {
        let outcome = sign_in(&connector(address, Security::Plain), &juliet()).await;
        assert_failed(outcome, ConnectError::Unencrypted, 1);
    }
}

#[tokio::test]
async fn plaintext_after_proceed_is_refused() {
    let authority = Authority::new();
    let injected = format!("{HEADER}<stream:features>{}</stream:features>", mechanisms(&["PLAIN"]));
    for tail in [injected.as_str(), " ", "<", "\n"] {
        let (tail, acceptor) = (tail.to_owned(), authority.acceptor(&["example.org"], |_| ()));
        let server = scripted(move |mut socket, _| {
            let (tail, acceptor) = (tail.clone(), acceptor.clone());
            Box::pin(async move {
                before_tls(&mut socket, &tail).await?;
                acceptor.accept(socket).await.ok()?;
                None
            })
        })
        .await;
        let outcome = sign_in(&connector_with(server.address, Security::Starttls, &authority), &juliet()).await;
        assert_failed(outcome, ConnectError::Protocol, 2);
    }
}

/// Answers the client-first-message with `first` (`NONCE` stands for the client's), and what follows with `last`.
async fn hostile(first: &'static str, last: &'static str) -> (Result<Authenticated, ConnectError>, Duration) {
    let server = scripted(move |socket, _| {
        Box::pin(async move {
            let mut talk = Talk::new(socket);
            talk.open(&mechanisms(&["SCRAM-SHA-256", "PLAIN"])).await?;
            let (_, message) = talk.sasl().await?;
            let nonce = message.rsplit_once("r=")?.1.to_owned();
            if !first.is_empty() {
                talk.challenge(&first.replace("NONCE", &nonce)).await;
                talk.sasl().await?;
            }
            talk.say(last).await;
            talk.open(BIND).await?;
            talk.hear("nobody says this").await;
            None
        })
    })
    .await;
    sign_in(&connector(server.address, Security::Plain), &juliet()).await
}

#[tokio::test]
async fn hostile_scram_servers() {
    let success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    let forged = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>dj1BQUFB</success>";
    for (first, last) in [
        ("r=NONCE,s=QSXCR+Q6sek8bf92,i=4096", ""),
        ("r=other,s=QSXCR+Q6sek8bf92,i=4096", ""),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=4294967295", ""),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=0", ""),
        ("m=x,r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096", ""),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096", success),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096", forged),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>!</success>"),
        ("r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096", "<message><body>in</body></message>"),
        ("", success),
        ("", forged),
    ] {
        assert_failed(hostile(first, last).await, ConnectError::Protocol, 3);
    }
}

#[tokio::test]
async fn refusals_that_are_not_about_the_password() {
    for (condition, error) in [
        ("temporary-auth-failure", ConnectError::Unreachable),
        ("account-disabled", ConnectError::Refused),
        ("credentials-expired", ConnectError::Refused),
        ("mechanism-too-weak", ConnectError::Mechanism),
        ("encryption-required", ConnectError::Mechanism),
        ("something-new", ConnectError::Protocol),
    ] {
        let server = scripted(move |socket, _| {
            Box::pin(async move {
                let mut talk = Talk::new(socket);
                talk.open(&mechanisms(&["PLAIN"])).await?;
                talk.sasl().await?;
                talk.fail(condition).await;
                talk.hear("nobody says this").await;
                None
            })
        })
        .await;
        assert_failed(sign_in(&connector(server.address, Security::Plain), &juliet()).await, error, 2);
    }
}

#[tokio::test]
async fn stream_errors_and_nonsense_in_place_of_features() {
    let failed = |condition: &str| {
        format!("{HEADER}<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")
    };
    for (answer, error) in [
        (failed("host-unknown"), ConnectError::Unreachable),
        (failed("policy-violation"), ConnectError::Unreachable),
        (failed("system-shutdown"), ConnectError::Unreachable),
        (failed("not-well-formed"), ConnectError::Protocol),
        ("HTTP/1.1 400 Bad Request\r\n\r\n<html>".to_owned(), ConnectError::Protocol),
        (format!("{HEADER}<message/>"), ConnectError::Protocol),
        ("<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]>".to_owned(), ConnectError::Protocol),
        (format!("{HEADER}<stream:features></stream:stream>"), ConnectError::Protocol),
    ] {
        let sent = answer.clone();
        let server = scripted(move |socket, _| {
            let answer = answer.clone();
            Box::pin(async move {
                let mut talk = Talk::new(socket);
                talk.hear("<stream:stream").await?;
                talk.hear(">").await?;
                talk.say(answer).await;
                talk.hear("nobody says this").await;
                None
            })
        })
        .await;
        let outcome = sign_in(&connector(server.address, Security::Plain), &juliet()).await;
        assert_eq!(outcome.0.map(|_| ()), Err(error), "{sent}");
        assert!(outcome.1 < Duration::from_secs(2), "{sent}");
    }
}

#[tokio::test]
async fn registration_with_a_form() {
    let server = scripted(|socket, turn| {
        Box::pin(async move {
            let mut talk = Talk::new(socket);
            talk.open("<register xmlns='http://jabber.org/features/iq-register'/>").await?;
            talk.hear("</iq>").await?;
            talk.say(
                "<iq type='result' id='form'><query xmlns='jabber:iq:register'><username/><password/></query></iq>",
            )
            .await;
            let asked = talk.hear("</iq>").await?;
            assert!(asked.contains("Juliet") && asked.contains("pencil"), "{asked}");
            let stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas";
            let error =
                |condition: &str| format!("<iq type='error' id='submit'><error type='cancel'>{condition}</error></iq>");
            talk.say(match turn {
                1 => "<message/><iq type='result' id='other'/><iq type='result' id='submit'/>".to_owned(),
                2 => error(&format!("<conflict xmlns='{stanzas}'/>")),
                3 => {
                    error(&format!("<text xmlns='{stanzas}'>Slow down</text><resource-constraint xmlns='{stanzas}'/>"))
                }
                4 => error(&format!("<not-acceptable xmlns='{stanzas}'/>")),
                _ => error("<conflict xmlns='urn:other'/>"),
            })
            .await;
            talk.hear("</stream:stream>").await;
            Some(())
        })
    })
    .await;
    let connector = connector(server.address, Security::Plain);
    let domain = jid::DomainPart::new("example.org").unwrap().into_owned();
    let form = register::form(&connector, &domain).await.unwrap();
    assert_eq!(form.fields.len(), 2);
    let answers = [("username", "Juliet"), ("password", "pencil")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let submit = || register::submit(&connector, &domain, &answers);
    assert_eq!(submit().await, Ok("juliet@example.org".parse().unwrap()));
    assert_eq!(submit().await, Err(RegisterError::NameTaken));
    assert_eq!(submit().await, Err(RegisterError::Wait(Some("Slow down".to_owned()))));
    assert_eq!(submit().await, Err(RegisterError::NotAcceptable(None)));
    assert_eq!(submit().await, Err(RegisterError::NotAllowed(None)));
}
