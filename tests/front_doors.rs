//! The files of `config/examples`: each program accepts its own, and what passes it is what the gateway needs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, Version};
use axum::response::IntoResponse;
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::front::{self, Front, Kind};
use crate::support::gateway::{Gateway, Settings};
use crate::support::ports::free_port;
use crate::support::servers;

macro_rules! on_fronts {
    ($($test:ident)*) => { $(
        mod $test {
            use super::Kind;
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn nginx() {
                super::$test(Kind::Nginx).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn haproxy() {
                super::$test(Kind::HaProxy).await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn caddy() {
                super::$test(Kind::Caddy).await;
            }
        }
    )* };
}

on_fronts! {
    the_example_is_accepted
    browsers_are_sent_to_tls
    browsers_speak_http2
    a_live_page_passes_at_once
    only_the_proxy_says_who_asks
    a_held_request_is_held_longer_than_ours
    a_client_that_hangs_up_is_noticed
    pages_sessions_and_sockets_pass
}

/// What the proxy has sent on.
type Heard = Arc<Mutex<Vec<(Version, HeaderMap)>>>;

/// Stands where the gateway stands. Tells of each request that came, and of each that was given up. `/http-bind` is never
/// answered, `/http-bind/` after a little more than the longest wait that the gateway grants, and `/live` never ends.
async fn listener() -> (u16, Heard, mpsc::UnboundedReceiver<String>) {
    let (port, heard) = (free_port(), Heard::default());
    let (say, events) = mpsc::unbounded_channel();
    let ear = heard.clone();
    let router = axum::Router::new().fallback(async move |request: Request| {
        ear.lock().unwrap().push((request.version(), request.headers().clone()));
        let path = request.uri().path().to_owned();
        let _ = say.send(format!("{path} came"));
        let given_up = Farewell(format!("{path} was given up"), say.clone());
        match path.as_str() {
            "/http-bind/" => tokio::time::sleep(Duration::from_secs(52)).await,
            "/http-bind" => std::future::pending().await,
            _ => {}
        }
        std::mem::forget(given_up);
        if path == "/live" {
            let beginning = futures::stream::iter([Ok::<_, std::convert::Infallible>("the beginning")]);
            let body = axum::body::Body::from_stream(beginning.chain(futures::stream::pending()));
            // As the gateway marks its own.
            return ([("content-type", "text/html"), ("x-accel-buffering", "no")], body).into_response();
        }
        "an answer".into_response()
    });
    let socket = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async move { axum::serve(socket, router).await });
    (port, heard, events)
}

/// Tells when a request is dropped without an answer.
struct Farewell(String, mpsc::UnboundedSender<String>);

impl Drop for Farewell {
    fn drop(&mut self) {
        let _ = self.1.send(std::mem::take(&mut self.0));
    }
}

/// Sends a request of HTTP/1.1 and reads until the connection is closed.
async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), host: &str, request: &str) -> String {
    let (line, rest) = request.split_once('\n').unwrap_or((request, "\n"));
    let request = format!("{line} HTTP/1.1\nHost: {host}\nConnection: close\n{rest}").replace('\n', "\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn the_example_is_accepted(kind: Kind) {
    let front = Front::before(kind, free_port(), "front.test");
    assert_eq!(front.complaint(), None);
}

async fn browsers_are_sent_to_tls(kind: Kind) {
    let (target, heard, _events) = listener().await;
    let front = Front::before(kind, target, "front.test");
    let mut plain = TcpStream::connect(("127.0.0.1", front.plain_port)).await.unwrap();
    let answer = ask(&mut plain, &front.site, "GET /@juliet?page=2").await;
    assert!(answer.starts_with("HTTP/1.1 30"), "{answer}");
    assert!(answer.to_lowercase().contains("location: https://social.front.test"), "{answer}");
    let answer = ask(&mut front.connect("front.test").await, "front.test", "GET /juliet").await;
    assert!(answer.to_lowercase().contains("location: https://social.front.test/juliet"), "{answer}");
    assert!(heard.lock().unwrap().is_empty(), "nothing has reached the gateway");
    let answer = ask(&mut front.connect(&front.site).await, &front.site, "GET /").await;
    assert!(answer.contains("an answer") && answer.to_lowercase().contains("strict-transport-security"), "{answer}");
}

/// One connection then carries all that a browser holds open.
async fn browsers_speak_http2(kind: Kind) {
    let front = Front::before(kind, free_port(), "front.test");
    let connection = front.connect_with(&front.site, &["h2", "http/1.1"]).await;
    assert_eq!(connection.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
}

/// Pages that stay open and streams of events: what is written goes out, although more may follow.
async fn a_live_page_passes_at_once(kind: Kind) {
    let (target, _heard, _events) = listener().await;
    let front = Front::before(kind, target, "front.test");
    let mut reader = front.connect(&front.site).await;
    let request = format!("GET /live HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip\r\n\r\n", front.site);
    reader.write_all(request.as_bytes()).await.unwrap();
    let mut seen = String::new();
    while !seen.contains("the beginning") {
        let mut piece = vec![0; 4096];
        let count = tokio::time::timeout(Duration::from_secs(10), reader.read(&mut piece)).await;
        let count = count.unwrap_or_else(|_| panic!("it waits somewhere: {seen}")).unwrap();
        assert!(count > 0, "it ended: {seen}");
        seen.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
}

async fn only_the_proxy_says_who_asks(kind: Kind) {
    let (target, heard, _events) = listener().await;
    let front = Front::before(kind, target, "front.test");
    let claims = "X-Forwarded-For: 203.0.113.9\nX-Forwarded-For: 203.0.113.10\nX-Forwarded-Proto: http\n";
    let (host, people) = (front.site.as_str(), "front.test");
    for (host, path) in [
        (host, "/"),
        (host, "/xmpp-websocket"),
        (host, "/other"),
        (people, "/.well-known/host-meta"),
        (people, "/.well-known/host-meta.json"),
    ] {
        let answer = ask(&mut front.connect(host).await, host, &format!("GET {path}\n{claims}\n")).await;
        assert!(answer.contains("an answer"), "{path}: {answer}");
        let (version, fields) = heard.lock().unwrap().pop().expect("the request was sent on");
        let all = |name: &str| fields.get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(all("x-forwarded-for"), ["127.0.0.1"], "{path}");
        assert_eq!(all("x-forwarded-proto"), ["https"], "{path}");
        assert_eq!(version, Version::HTTP_11, "{path}");
        assert!(all("connection").iter().all(|value| *value != "close"), "{path}: the connection is kept");
    }
}

/// What is held goes on longer than the longest wait that the gateway grants.
async fn a_held_request_is_held_longer_than_ours(kind: Kind) {
    let (target, _heard, _events) = listener().await;
    let front = Front::before(kind, target, "front.test");
    let request = "POST /http-bind/\nContent-Length: 2\n\nok";
    let answer = ask(&mut front.connect(&front.site).await, &front.site, request).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("an answer"), "{answer}");
}

/// Then the gateway keeps what it would have said for the next request.
async fn a_client_that_hangs_up_is_noticed(kind: Kind) {
    let (target, _heard, mut events) = listener().await;
    let front = Front::before(kind, target, "front.test");
    let mut client = front.connect(&front.site).await;
    let request = format!("POST /http-bind HTTP/1.1\r\nHost: {}\r\nContent-Length: 2\r\n\r\nok", front.site);
    client.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(events.recv().await.unwrap(), "/http-bind came");
    drop(client);
    let noticed = tokio::time::timeout(Duration::from_secs(10), events.recv()).await;
    assert_eq!(noticed.expect("the gateway is told in time").unwrap(), "/http-bind was given up");
}

async fn pages_sessions_and_sockets_pass(kind: Kind) {
    let server = servers::prosody();
    // The port is in the address, which the gateway must know before the proxy is there; nothing here depends on it.
    let url = front::site_url(&server.domain, 443);
    let gateway = Gateway::start(&front::settings_behind(Settings::for_server(server), &url));
    let front = Front::before(kind, gateway.port(), &server.domain);
    let page = ask(&mut front.connect(&front.site).await, &front.site, "GET /sign-in").await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("</html>"), "{page}");

    let body = format!(
        "<body xmlns='http://jabber.org/protocol/httpbind' rid='7' to='{}' ver='1.6' wait='5' hold='1' \
         xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'/>",
        server.domain
    );
    let request = format!("POST /http-bind\nContent-Type: text/xml\nContent-Length: {}\n\n{body}", body.len());
    let answer = ask(&mut front.connect(&front.site).await, &front.site, &request).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(" sid="), "{answer}");

    let mut request = format!("wss://{}/xmpp-websocket", front.site).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "xmpp".parse().unwrap());
    let tls = front.connect(&front.site).await;
    let (mut socket, _) = tokio_tungstenite::client_async(request, tls).await.unwrap();
    let open = format!("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{}' version='1.0'/>", server.domain);
    socket.send(Message::text(open)).await.unwrap();
    let answer = socket.next().await.unwrap().unwrap().into_text().unwrap();
    assert!(answer.starts_with("<open "), "{answer}");
}
