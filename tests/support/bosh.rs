//! A BOSH client that holds every byte in its own hands, and reads answers as strictly as the XEPs are written.

pub mod http;
pub mod answer;
pub mod session;
pub mod keys;
pub mod scram;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::foreign::escape;
use super::front::{self, Front, settings_behind};
use super::gateway::{Gateway, Settings};
use super::servers::{Account, Server};
use answer::Answer;
use http::{Connection, Response};

/// Makes a test of each function at each door: before the three servers, and behind nginx. `usual` doors have the times
/// of a gateway as it is shipped, `quick` ones have times that can be waited for.
macro_rules! at_every_door {
    ($pace:ident { $($test:ident)* }) => { $(
        mod $test {
            use crate::support::{bosh::Door, servers};

            #[tokio::test]
            async fn home() {
                super::$test(Door::$pace(servers::home())).await;
            }

            #[tokio::test]
            async fn prosody() {
                super::$test(Door::$pace(servers::prosody_tls())).await;
            }

            #[tokio::test]
            async fn ejabberd() {
                super::$test(Door::$pace(servers::ejabberd())).await;
            }

            #[tokio::test]
            async fn nginx() {
                super::$test(Door::$pace(servers::home()).behind_nginx()).await;
            }
        }
    )* };
}

/// The namespace of `<body/>`.
pub const HTTPBIND: &str = "http://jabber.org/protocol/httpbind";
/// The namespace of what XEP-0206 adds to it.
pub const XBOSH: &str = "urn:xmpp:xbosh";
/// The namespace of features and stream errors.
pub const STREAMS: &str = "http://etherx.jabber.org/streams";
/// The namespace of stanzas.
pub const CLIENT: &str = "jabber:client";
/// The content type of answers, where the client does not ask for another.
pub const TEXT_XML: &str = "text/xml; charset=utf-8";

/// How long a quick gateway holds a request.
pub const QUICK_WAIT: Duration = Duration::from_secs(2);
/// How long a session of a quick gateway may be silent.
pub const QUICK_INACTIVITY: Duration = Duration::from_secs(3);
/// How long a client of a quick gateway may be away.
pub const QUICK_PAUSE: Duration = Duration::from_secs(6);
/// How often a client of a quick gateway may ask for nothing.
pub const QUICK_POLLING: Duration = Duration::from_secs(2);

const QUICK: &str = "wait_seconds = 2\ninactivity_seconds = 3\nmax_pause_seconds = 6\npolling_seconds = 2\n";

/// Where BOSH is spoken, for the domain of one server.
#[derive(Clone, Copy)]
pub struct Door {
    /// Where to connect.
    pub address: SocketAddr,
    /// The domain to sign in to.
    pub domain: &'static str,
    /// The server with its accounts; a server of the test's own has none.
    pub server: Option<&'static Server>,
    /// The lines of `[proxy]` that make it quick.
    pace: &'static str,
    front: Option<&'static Front>,
}

impl Door {
    /// The shared gateway before a server.
    pub fn usual(server: &'static Server) -> Door {
        Door::to(Gateway::shared(server), server)
    }

    /// One whose times are short.
    pub fn quick(server: &'static Server) -> Door {
        static GATEWAYS: Mutex<Option<HashMap<&'static str, &'static Gateway>>> = Mutex::new(None);
        let mut gateways = GATEWAYS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let gateway = *gateways.get_or_insert_default().entry(&server.domain).or_insert_with(|| {
            let mut settings = Settings::for_server(server);
            settings.proxy.push_str(QUICK);
            Gateway::start_shared(&settings)
        });
        Door { pace: QUICK, ..Door::to(gateway, server) }
    }

    /// The door of a gateway before a server.
    pub fn to(gateway: &Gateway, server: &'static Server) -> Door {
        Door { server: Some(server), ..Door::to_domain(gateway, &server.domain) }
    }

    /// The door of a gateway before a server that has no accounts.
    pub fn to_domain(gateway: &Gateway, domain: &'static str) -> Door {
        Door { address: gateway.address(), domain, server: None, pace: "", front: None }
    }

    /// The same door of a gateway that stands behind nginx.
    pub fn behind_nginx(self) -> Door {
        static FRONTS: Mutex<Option<HashMap<&'static str, &'static Front>>> = Mutex::new(None);
        let mut fronts = FRONTS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let front = *fronts.get_or_insert_default().entry(self.pace).or_insert_with(|| {
            let mut settings = Settings::for_server(self.server.expect("a server"));
            settings.proxy.push_str(self.pace);
            let url = format!("https://social.{}", self.domain);
            let gateway = Gateway::start_shared(&settings_behind(settings, &url));
            Front::shared(front::Kind::Nginx, gateway.port(), self.domain)
        });
        Door { front: Some(front), ..self }
    }

    /// The name that a client asks for.
    pub fn host(&self) -> String {
        self.front.map_or_else(|| self.address.to_string(), |front| front.site.clone())
    }

    /// A connection, with TLS where a proxy wants it.
    pub async fn connect(&self) -> Connection {
        match self.front {
            Some(front) => Connection::encrypted(front.connect(&front.site).await),
            None => Connection::open(self.address).await,
        }
    }

    /// An account that no other test has.
    pub fn account(&self) -> Account {
        self.server.expect("a server with accounts").account()
    }

    /// A request as usual.
    pub fn request(&self, body: &str) -> Vec<u8> {
        self.request_with("Content-Type: text/xml; charset=utf-8\r\n", body.as_bytes())
    }

    /// A request with these header fields, each with its line end, beside `Host` and `Content-Length`.
    pub fn request_with(&self, fields: &str, body: &[u8]) -> Vec<u8> {
        let (host, length) = (self.host(), body.len());
        let head = format!("POST /http-bind HTTP/1.1\r\nHost: {host}\r\n{fields}Content-Length: {length}\r\n\r\n");
        [head.as_bytes(), body].concat()
    }

    /// A request on its way, over a connection of its own.
    pub async fn send(&self, body: &str) -> Pending {
        self.send_bytes(&self.request(body)).await
    }

    /// The same with these header fields.
    pub async fn send_with(&self, fields: &str, body: &str) -> Pending {
        self.send_bytes(&self.request_with(fields, body.as_bytes())).await
    }

    /// The same in bytes.
    pub async fn send_bytes(&self, request: &[u8]) -> Pending {
        let mut connection = self.connect().await;
        let since = Instant::now();
        connection.send(request).await;
        Pending { connection, since }
    }

    /// Sends a body and waits for the answer.
    pub async fn post(&self, body: &str) -> Answer {
        self.send(body).await.answer().await
    }

    /// The same with a request that was sent before: where that one arrives later, this one is to be sent again (XEP-0124 §17.3).
    pub async fn repeat(&self, body: &str) -> Answer {
        loop {
            let answer = self.post(body).await;
            if answer.attr("type") != Some("error") {
                return answer;
            }
        }
    }

    /// The body that asks for a session: what clients usually say, but for the changes. A value of `""` takes an
    /// attribute away.
    pub fn creation(&self, rid: u64, changes: &[(&str, &str)]) -> String {
        let rid = rid.to_string();
        let mut attributes = vec![
            ("to", self.domain),
            ("rid", &*rid),
            ("ver", "1.11"),
            ("wait", "60"),
            ("hold", "1"),
            ("content", TEXT_XML),
            ("xml:lang", "en"),
            ("xmlns:xmpp", XBOSH),
            ("xmpp:version", "1.0"),
        ];
        for change in changes {
            attributes.retain(|(name, _)| *name != change.0);
            attributes.push(*change);
        }
        let mut body = format!("<body xmlns='{HTTPBIND}'");
        for (name, value) in attributes.into_iter().filter(|(_, value)| !value.is_empty()) {
            body.push_str(&format!(" {name}='{}'", escape(value)));
        }
        body + "/>"
    }
}

/// A request that waits for its answer.
pub struct Pending {
    connection: Connection,
    since: Instant,
}

impl Pending {
    /// The answer, which must be one that the XEPs allow.
    pub async fn answer(self) -> Answer {
        self.response().await.answer()
    }

    /// The same under another content type.
    pub async fn answer_as(self, content_type: &str) -> Answer {
        self.response().await.answer_as(content_type)
    }

    /// The response, whatever it is.
    pub async fn response(mut self) -> Response {
        let response = self.connection.response().await;
        Response { after: self.since.elapsed(), ..response }
    }

    /// The answer to this request or to another one, whichever comes first, and the request that still waits.
    pub async fn or(mut self, mut other: Pending) -> (Answer, Pending) {
        tokio::select! {
            response = self.connection.response() => (response.answer(), other),
            response = other.connection.response() => (response.answer(), self),
        }
    }

    /// The response, or `None` when the connection is closed without any.
    pub async fn try_response(mut self) -> Option<Response> {
        self.connection.try_response().await
    }

    /// Whether nothing has come so far.
    pub fn is_waiting(&mut self) -> bool {
        self.connection.is_silent()
    }

    /// Closes the connection in order.
    pub fn close(self) {}

    /// Breaks it.
    pub fn reset(self) {
        self.connection.reset();
    }
}

/// A request id to begin with, below those whose successors do not fit into 53 bits.
pub fn first_rid() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1_573_741_820);
    NEXT.fetch_add(1_000_000, Ordering::Relaxed)
}

/// A message.
pub fn message(to: &str, text: &str) -> String {
    let (to, text) = (escape(to), escape(text));
    format!("<message xmlns='{CLIENT}' to='{to}' type='chat'><body>{text}</body></message>")
}
