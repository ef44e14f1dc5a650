//! A client that speaks RFC 7395 by hand.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures::{SinkExt, StreamExt};
use minidom::Element;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::support::gateway::Gateway;
use crate::support::servers::Account;

/// The namespace of `<open/>` and `<close/>`.
pub const FRAMING: &str = "urn:ietf:params:xml:ns:xmpp-framing";

/// The namespace of features and stream errors.
pub const STREAM: &str = "http://etherx.jabber.org/streams";

/// The namespace of the conditions in stream errors.
pub const STREAM_CONDITIONS: &str = "urn:ietf:params:xml:ns:xmpp-streams";

/// The namespace of SASL.
pub const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A socket at a gateway's door.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// The request for a socket, with a subprotocol or without.
pub fn request(gateway: &Gateway, subprotocol: Option<&str>) -> Request {
    let url = format!("{}/xmpp-websocket", gateway.url.replacen("http", "ws", 1));
    let mut request = url.into_client_request().unwrap();
    // Pages of any origin may come.
    request.headers_mut().insert("origin", "https://elsewhere.example".parse().unwrap());
    if let Some(subprotocol) = subprotocol {
        request.headers_mut().insert("sec-websocket-protocol", subprotocol.parse().unwrap());
    }
    request
}

/// `<open/>` for a domain.
pub fn open(to: &str) -> String {
    format!("<open xmlns='{FRAMING}' to='{to}' version='1.0'/>")
}

/// `<auth/>` with SASL PLAIN.
pub fn plain(name: &str, password: &str) -> String {
    let secret = BASE64_STANDARD.encode(format!("\0{name}\0{password}"));
    format!("<auth xmlns='{SASL}' mechanism='PLAIN'>{secret}</auth>")
}

/// One whole document of XML: whatever it uses, it declares.
fn parsed(text: &str) -> Element {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

impl Socket {
    /// Connects with the subprotocol `xmpp`.
    pub async fn connect(gateway: &Gateway) -> Socket {
        Socket::try_connect(request(gateway, Some("xmpp"))).await.expect("the gateway takes the socket").0
    }

    /// Connects with a request, and gives the answer to it.
    pub async fn try_connect(request: Request) -> Result<(Socket, Response), tungstenite::Error> {
        let (socket, response) = tokio_tungstenite::connect_async(request).await?;
        Ok((Socket(socket), response))
    }

    /// A socket with an open stream to a domain; gives its features.
    pub async fn opened(gateway: &Gateway, domain: &str) -> (Socket, Element) {
        let mut socket = Socket::connect(gateway).await;
        let features = socket.open(domain).await;
        (socket, features)
    }

    /// A socket whose owner has given the password, and has no address yet.
    pub async fn authenticated(gateway: &Gateway, account: &Account) -> Socket {
        let domain = account.address.split('@').nth(1).unwrap();
        let (mut socket, _) = Socket::opened(gateway, domain).await;
        socket.say(&plain(account.name(), &account.password)).await;
        let outcome = socket.hear().await;
        assert!(outcome.is("success", SASL), "{outcome:?}");
        socket.open(domain).await;
        socket
    }

    /// A socket whose owner has signed in and bound a resource.
    pub async fn signed_in(gateway: &Gateway, account: &Account, resource: &str) -> Socket {
        let mut socket = Socket::authenticated(gateway, account).await;
        let bind = "urn:ietf:params:xml:ns:xmpp-bind";
        socket
            .say(&format!(
                "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='{bind}'><resource>{resource}</resource></bind></iq>"
            ))
            .await;
        let bound = socket.hear().await;
        assert_eq!(bound.attr("type"), Some("result"), "{bound:?}");
        socket.say("<presence xmlns='jabber:client'/>").await;
        // The server has taken it in when it tells the client itself.
        socket.hear_where(|element| element.name() == "presence").await;
        socket
    }

    /// Opens the stream, or opens it again; gives its features.
    pub async fn open(&mut self, domain: &str) -> Element {
        self.say(&open(domain)).await;
        let answer = self.hear().await;
        assert!(answer.is("open", FRAMING), "{answer:?}");
        let features = self.hear().await;
        assert!(features.is("features", STREAM), "{features:?}");
        features
    }

    /// Sends a text message.
    pub async fn say(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    /// Sends a message of any kind. A door that was closed already is none of the sender's business.
    pub async fn send(&mut self, message: Message) {
        let _ = self.0.send(message).await;
    }

    /// The next message of whatever kind; `None` at the end of the connection.
    pub async fn next(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("something comes in time");
        next.and_then(Result::ok)
    }

    /// The next text message, as it came.
    pub async fn hear_text(&mut self) -> String {
        loop {
            match self.next().await {
                Some(Message::Text(text)) => return text.to_string(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("{other:?} came instead of a text"),
            }
        }
    }

    /// The next text message: one element.
    pub async fn hear(&mut self) -> Element {
        parsed(&self.hear_text().await)
    }

    /// The next element that fits; what comes before it is left aside.
    pub async fn hear_where(&mut self, fits: impl Fn(&Element) -> bool) -> Element {
        loop {
            let element = self.hear().await;
            if fits(&element) {
                return element;
            }
        }
    }

    /// Waits for the end, which the gateway must bring. Gives the elements until then and the WebSocket's own farewell.
    pub async fn hear_the_end(&mut self) -> (Vec<Element>, Option<CloseFrame>) {
        let mut elements = Vec::new();
        loop {
            match self.next().await {
                Some(Message::Text(text)) => elements.push(parsed(&text)),
                Some(Message::Close(frame)) => return (elements, frame),
                Some(Message::Binary(_)) => panic!("a binary message came"),
                Some(_) => {}
                None => return (elements, None),
            }
        }
    }

    /// Waits for the end with a stream error, after which `<close/>` comes and nothing else. Gives the condition.
    pub async fn hear_the_error(&mut self) -> String {
        let (elements, _) = self.hear_the_end().await;
        let at = elements.iter().position(|element| element.is("error", STREAM));
        let at = at.unwrap_or_else(|| panic!("no stream error came: {elements:?}"));
        let after: Vec<_> = elements[at + 1..].iter().map(|element| (element.name(), element.ns())).collect();
        assert_eq!(after, [("close", FRAMING.to_owned())], "what follows the error");
        let condition = elements[at].children().find(|child| child.ns() == STREAM_CONDITIONS && child.name() != "text");
        condition.expect("a stream error has a condition").name().to_owned()
    }
}
