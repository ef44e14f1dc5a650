//! A home server with three people, and raw streams to it.

use std::net::SocketAddr;
use std::time::Duration;

use cirrus::hosting::home::{Home, HomeConfig, HomeLimits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

pub(super) const DOMAIN: &str = "home.test";
/// How long an answer may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A home server on a port of its own, with alice, bob and carol.
pub(super) struct House {
    pub(super) home: Home,
    pub(super) address: SocketAddr,
    pub(super) shutdown: CancellationToken,
    pub(super) running: tokio::task::JoinHandle<()>,
}

impl House {
    pub(super) async fn open() -> Self {
        Self::open_at(None).await
    }

    pub(super) async fn open_at(data: Option<std::path::PathBuf>) -> Self {
        let config = HomeConfig {
            domain: DOMAIN.to_owned(),
            data,
            open_registration: true,
            components: Vec::new(),
            files: None,
        };
        let limits = HomeLimits { iterations: 4096, resume: Duration::from_millis(1500), ..HomeLimits::default() };
        let home = Home::open_with(config, limits).await.unwrap();
        for user in ["alice", "bob", "carol"] {
            home.create_account(user, "secret").await.unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(home.clone().run(listener, shutdown.clone()));
        House { home, address, shutdown, running }
    }

    pub(super) async fn raw(&self) -> Line {
        Line { socket: TcpStream::connect(self.address).await.unwrap(), heard: String::new() }
    }

    /// A stream up to its first features.
    pub(super) async fn stream(&self, domain: &str) -> Line {
        let mut line = self.raw().await;
        line.say(&header(domain)).await;
        line.hear("</stream:features>").await;
        line
    }

    /// Signed in with PLAIN and bound to `resource`.
    pub(super) async fn sign_in(&self, user: &str, resource: &str) -> Line {
        let mut line = self.authenticated(user).await;
        line.say(&format!(
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{resource}</resource></bind></iq>"
        ))
        .await;
        line.hear(&format!("<jid>{user}@{DOMAIN}/{resource}</jid></bind></iq>")).await;
        line
    }

    pub(super) async fn authenticated(&self, user: &str) -> Line {
        let mut line = self.stream(DOMAIN).await;
        line.say(&plain(user, "secret")).await;
        line.hear("<success").await;
        line.say(&header(DOMAIN)).await;
        line.hear("</stream:features>").await;
        line
    }

    /// Signed in, with presence and without further ado.
    pub(super) async fn present(&self, user: &str, resource: &str) -> Line {
        let mut line = self.sign_in(user, resource).await;
        line.say("<presence/>").await;
        line.settle().await;
        line
    }

    pub(super) async fn guest(&self) -> Line {
        let domain = format!("anon.{DOMAIN}");
        let mut line = self.stream(&domain).await;
        line.say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'>=</auth>").await;
        line.hear("<success").await;
        line.say(&header(&domain)).await;
        line.hear("</stream:features>").await;
        line.say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>").await;
        line.hear("</bind></iq>").await;
        line
    }
}

pub(super) fn header(domain: &str) -> String {
    format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
         version='1.0' to='{domain}'>"
    )
}

pub(super) fn plain(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let message = base64::engine::general_purpose::STANDARD.encode(format!("\0{user}\0{password}"));
    format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{message}</auth>")
}

/// One connection, as a dialogue.
pub(super) struct Line {
    socket: TcpStream,
    heard: String,
}

impl Line {
    pub(super) async fn say(&mut self, text: &str) {
        self.socket.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads until `text` is there; answers what was heard up to its end.
    #[track_caller]
    pub(super) fn hear(&mut self, text: &str) -> impl Future<Output = String> {
        let place = std::panic::Location::caller();
        async move {
            let done = tokio::time::timeout(PATIENCE, async {
                loop {
                    if let Some(at) = self.heard.find(text) {
                        let rest = self.heard.split_off(at + text.len());
                        return std::mem::replace(&mut self.heard, rest);
                    }
                    let mut chunk = vec![0; 65536];
                    let length = self.socket.read(&mut chunk).await.unwrap_or(0);
                    assert!(length > 0, "{place}: closed before {text:?}; heard {:?}", self.heard);
                    self.heard.push_str(&String::from_utf8_lossy(&chunk[..length]));
                }
            })
            .await;
            done.unwrap_or_else(|_| panic!("{place}: {text:?} was not heard; heard {:?}", self.heard))
        }
    }

    /// Says a request and answers everything that came until it was done.
    pub(super) async fn ask(&mut self, kind: &str, to: &str, payload: &str) -> String {
        let id = format!("q{}", payload.len());
        let to = if to.is_empty() { String::new() } else { format!(" to='{to}'") };
        self.say(&format!("<iq type='{kind}' id='{id}'{to}>{payload}</iq>")).await;
        self.settle().await
    }

    /// Everything that is already on its way.
    pub(super) async fn settle(&mut self) -> String {
        self.say("<iq type='get' id='fence'><ping xmlns='urn:xmpp:ping'/></iq>").await;
        let heard = self.hear("id='fence'").await;
        self.hear(">").await;
        heard[..heard.rfind("<iq ").unwrap_or(heard.len())].to_owned()
    }

    /// Reads until the server closes; answers what was left.
    pub(super) async fn end(&mut self) -> String {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(PATIENCE, self.socket.read_to_end(&mut rest)).await;
        read.expect("the server closes").ok();
        self.heard.push_str(&String::from_utf8_lossy(&rest));
        std::mem::take(&mut self.heard)
    }
}
