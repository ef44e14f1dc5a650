//! A plain XMPP client: it says what it is told to, and shows what comes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cirrus::xml::Limits;
use cirrus::xml::splitter::{Piece, Splitter};
use minidom::Element;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::bosh::scram;
use super::servers::{Account, Server, Tls};

/// How long something may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// One connected client.
pub struct Client {
    /// Its full address.
    pub jid: String,
    writer: tokio::sync::Mutex<Writer>,
    came: Arc<Came>,
    next: std::sync::atomic::AtomicUsize,
}

#[derive(Default)]
struct Came {
    stanzas: Mutex<Vec<Element>>,
    news: Notify,
}

type Reader = Box<dyn AsyncRead + Send + Unpin>;
type Writer = Box<dyn AsyncWrite + Send + Unpin>;

struct Stream {
    read: Reader,
    write: Writer,
    splitter: Splitter,
}

impl Stream {
    async fn open(&mut self, domain: &str) -> Element {
        let header = format!(
            "<?xml version='1.0'?><stream:stream to='{domain}' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        );
        self.splitter.restart();
        self.say(&header).await;
        let Piece::Open(_) = self.piece().await else { panic!("no header") };
        self.hear().await
    }

    async fn say(&mut self, text: &str) {
        self.write.write_all(text.as_bytes()).await.unwrap();
    }

    async fn piece(&mut self) -> Piece {
        loop {
            if let Some(piece) = self.splitter.next() {
                return piece;
            }
            let mut chunk = [0; 8192];
            let length = timeout(PATIENCE, self.read.read(&mut chunk)).await.expect("an answer in time").unwrap();
            assert!(length > 0, "the server closed the connection");
            self.splitter.push(&chunk[..length]).unwrap();
        }
    }

    async fn hear(&mut self) -> Element {
        let Piece::Stanza(bytes) = self.piece().await else { panic!("no element") };
        Element::from_reader(&bytes[..]).unwrap()
    }
}

impl Client {
    /// Signs in with SCRAM-SHA-1, binds a resource and says that it is there.
    pub async fn sign_in(server: &Server, account: &Account) -> Client {
        let (name, domain) = account.address.split_once('@').unwrap();
        let mut stream = connect(server).await;
        stream.open(domain).await;
        let first = scram::first(name);
        let auth = "urn:ietf:params:xml:ns:xmpp-sasl";
        let initial = STANDARD.encode(format!("n,,{first}"));
        stream.say(&format!("<auth xmlns='{auth}' mechanism='SCRAM-SHA-1'>{initial}</auth>")).await;
        let challenge = stream.hear().await;
        assert_eq!(challenge.name(), "challenge", "{challenge:?}");
        let challenge = String::from_utf8(STANDARD.decode(challenge.text().trim()).unwrap()).unwrap();
        let last = STANDARD.encode(scram::last(&first, &challenge, &account.password));
        stream.say(&format!("<response xmlns='{auth}'>{last}</response>")).await;
        let outcome = stream.hear().await;
        assert_eq!(outcome.name(), "success", "{outcome:?}");
        Client::bind(stream, domain).await
    }

    /// Signs in without an account.
    pub async fn anonymous(server: &Server) -> Client {
        let domain = server.anonymous.as_ref().expect("a domain for guests");
        let mut stream = connect(server).await;
        stream.open(domain).await;
        let auth = "urn:ietf:params:xml:ns:xmpp-sasl";
        stream.say(&format!("<auth xmlns='{auth}' mechanism='ANONYMOUS'/>")).await;
        let mut outcome = stream.hear().await;
        if outcome.name() == "challenge" {
            stream.say(&format!("<response xmlns='{auth}'/>")).await;
            outcome = stream.hear().await;
        }
        assert_eq!(outcome.name(), "success", "{outcome:?}");
        Client::bind(stream, domain).await
    }

    async fn bind(mut stream: Stream, domain: &str) -> Client {
        stream.open(domain).await;
        stream.say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>").await;
        let bound = stream.hear().await;
        let jid = bound.children().flat_map(Element::children).next().expect("an address").text();
        stream.say("<presence/>").await;
        let Stream { mut read, write, mut splitter } = stream;
        let came = Arc::new(Came::default());
        let kept = Arc::clone(&came);
        tokio::spawn(async move {
            let mut chunk = [0; 8192];
            loop {
                while let Some(piece) = splitter.next() {
                    if let Piece::Stanza(bytes) = piece {
                        kept.stanzas.lock().unwrap().push(Element::from_reader(&bytes[..]).unwrap());
                        kept.news.notify_waiters();
                    }
                }
                match read.read(&mut chunk).await {
                    Ok(length) if length > 0 && splitter.push(&chunk[..length]).is_ok() => {}
                    _ => return,
                }
            }
        });
        Client { jid, writer: write.into(), came, next: 0.into() }
    }

    /// Its account.
    pub fn bare(&self) -> &str {
        self.jid.split('/').next().unwrap()
    }

    /// Says something.
    pub async fn say(&self, text: &str) {
        self.writer.lock().await.write_all(text.as_bytes()).await.unwrap();
    }

    /// Asks and gives the answer.
    pub async fn ask(&self, to: &str, kind: &str, payload: &str) -> Element {
        self.try_ask(to, kind, payload, PATIENCE).await.unwrap_or_else(|| panic!("{to} does not answer {payload}"))
    }

    /// Asks and gives the answer, if one comes in time.
    pub async fn try_ask(&self, to: &str, kind: &str, payload: &str, patience: Duration) -> Option<Element> {
        let id = format!("a{}", self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        self.say(&format!("<iq type='{kind}' to='{to}' id='{id}'>{payload}</iq>")).await;
        self.take(patience, |stanza| stanza.name() == "iq" && stanza.attr("id") == Some(&id)).await
    }

    /// Asks what must be done; gives the answer's payload as text.
    pub async fn done(&self, to: &str, kind: &str, payload: &str) -> String {
        let answer = self.ask(to, kind, payload).await;
        assert_eq!(answer.attr("type"), Some("result"), "{} may not {payload}: {}", self.jid, String::from(&answer));
        answer.children().map(String::from).collect()
    }

    /// Whether something is done or refused, and the conditions of a refusal.
    pub async fn tries(&self, to: &str, kind: &str, payload: &str) -> Result<String, String> {
        let answer = self.ask(to, kind, payload).await;
        let text = answer.children().map(String::from).collect();
        if answer.attr("type") == Some("result") { Ok(text) } else { Err(text) }
    }

    /// Waits for a message that says something, and takes it.
    pub async fn hears(&self, needle: &str) -> String {
        let message = self.take(PATIENCE, |one| one.name() == "message" && String::from(one).contains(needle)).await;
        String::from(
            &message.unwrap_or_else(|| panic!("{} does not hear {needle}; it heard {}", self.jid, self.heard())),
        )
    }

    /// Everything that came and was not taken, as text.
    pub fn heard(&self) -> String {
        self.came.stanzas.lock().unwrap().iter().map(String::from).collect()
    }

    /// Forgets what came.
    pub fn forget(&self) {
        self.came.stanzas.lock().unwrap().clear();
    }

    async fn take(&self, patience: Duration, is_it: impl Fn(&Element) -> bool) -> Option<Element> {
        let wait = async {
            loop {
                let news = self.came.news.notified();
                tokio::pin!(news);
                news.as_mut().enable();
                {
                    let mut stanzas = self.came.stanzas.lock().unwrap();
                    if let Some(index) = stanzas.iter().position(&is_it) {
                        return stanzas.remove(index);
                    }
                }
                news.await;
            }
        };
        timeout(patience, wait).await.ok()
    }
}

/// Connects, and encrypts where the server wants that (RFC 6120 §5).
async fn connect(server: &Server) -> Stream {
    let socket = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let limits = Limits { stanza_bytes: 1 << 20, total_bytes: 1 << 22, ..Limits::default() };
    if server.tls == Tls::Off {
        let (read, write) = socket.into_split();
        return Stream { read: Box::new(read), write: Box::new(write), splitter: Splitter::new(limits) };
    }
    let mut plain = socket;
    let header = format!(
        "<?xml version='1.0'?><stream:stream to='{}' version='1.0' xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams'><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        server.domain
    );
    plain.write_all(header.as_bytes()).await.unwrap();
    let mut heard = String::new();
    while !heard.contains("<proceed") {
        let mut chunk = [0; 4096];
        let length = timeout(PATIENCE, plain.read(&mut chunk)).await.expect("an answer in time").unwrap();
        assert!(length > 0, "the server does not encrypt: {heard}");
        heard.push_str(&String::from_utf8_lossy(&chunk[..length]));
    }
    let mut roots = rustls::RootCertStore::empty();
    let pem = std::fs::read(super::certificates::authority().file()).unwrap();
    use rustls::pki_types::pem::PemObject as _;
    roots.add(rustls::pki_types::CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = rustls::pki_types::ServerName::try_from(server.domain.clone()).unwrap();
    let socket = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, plain).await.unwrap();
    let (read, write) = tokio::io::split(socket);
    Stream { read: Box::new(read), write: Box::new(write), splitter: Splitter::new(limits) }
}
