//! HTTP/1 in bytes: connections that are opened, used and broken at chosen moments.

use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

use flate2::read::{GzDecoder, ZlibDecoder};
use futures::FutureExt;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::TEXT_XML;
use super::answer::Answer;

/// How long anything may take; no gateway of the tests holds a request that long without a reason.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A connection of a client.
pub struct Connection {
    line: Line,
    read: Vec<u8>,
}

enum Line {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> Connection {
        let stream = TcpStream::connect(address).await.expect("somebody listens");
        stream.set_nodelay(true).unwrap();
        Connection { line: Line::Plain(stream), read: Vec::new() }
    }

    /// The same with TLS.
    pub fn encrypted(stream: TlsStream<TcpStream>) -> Connection {
        Connection { line: Line::Encrypted(Box::new(stream)), read: Vec::new() }
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).await.expect("the other side reads");
    }

    /// The same to somebody who may have stopped to listen.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        let write = async {
            match &mut self.line {
                Line::Plain(stream) => stream.write_all(bytes.as_ref()).await,
                Line::Encrypted(stream) => {
                    stream.write_all(bytes.as_ref()).await?;
                    stream.flush().await
                }
            }
        };
        timeout(PATIENCE, write).await.expect("bytes are taken")
    }

    /// The next response.
    pub async fn response(&mut self) -> Response {
        self.try_response().await.expect("a response and not the end of the connection")
    }

    /// The next response, or `None` when the connection ends before it.
    pub async fn try_response(&mut self) -> Option<Response> {
        timeout(PATIENCE, self.read_response()).await.expect("a response in time")
    }

    /// Whether the other side ends the connection and says nothing more.
    pub async fn is_closed(&mut self) -> bool {
        self.read.is_empty() && !timeout(PATIENCE, self.read_more()).await.expect("an end in time")
    }

    /// Whether nothing has come so far.
    pub fn is_silent(&mut self) -> bool {
        self.read.is_empty() && self.read_more().now_or_never().is_none()
    }

    /// Breaks the connection.
    pub fn reset(self) {
        let socket = match &self.line {
            Line::Plain(stream) => stream,
            Line::Encrypted(stream) => stream.get_ref().0,
        };
        SockRef::from(socket).set_linger(Some(Duration::ZERO)).unwrap();
    }

    async fn read_more(&mut self) -> bool {
        let count = match &mut self.line {
            Line::Plain(stream) => stream.read_buf(&mut self.read).await,
            Line::Encrypted(stream) => stream.read_buf(&mut self.read).await,
        };
        matches!(count, Ok(1..))
    }

    async fn read_response(&mut self) -> Option<Response> {
        let body_at = loop {
            if let Some(place) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break place + 4;
            }
            if !self.read_more().await {
                assert!(self.read.is_empty(), "half a head: {}", String::from_utf8_lossy(&self.read));
                return None;
            }
        };
        let head = String::from_utf8(self.read[..body_at].to_vec()).expect("a head is text");
        let mut response = Response::read_head(&head);
        let length = response.header("content-length").map(|length| length.parse().expect("a length is a number"));
        let has_body = response.status >= 200 && response.status != 204;
        assert!(!has_body || length.is_some(), "a response without a length:\n{head}");
        let length = if has_body { length.unwrap_or(0) } else { 0 };
        while self.read.len() < body_at + length {
            assert!(self.read_more().await, "the connection ended within a body:\n{head}");
        }
        response.body = self.read.drain(..body_at + length).skip(body_at).collect();
        Some(response)
    }
}

/// A response as it came.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Header fields with their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Vec<u8>,
    /// How long after the request.
    pub after: Duration,
}

impl Response {
    fn read_head(head: &str) -> Response {
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        assert!(status_line.starts_with("HTTP/1.1 ") || status_line.starts_with("HTTP/1.0 "), "{head}");
        let status = status_line.get(9..12).and_then(|code| code.parse().ok()).expect("a status");
        let fields = lines.map(|line| line.split_once(':').unwrap_or_else(|| panic!("not a field: {line}")));
        let headers = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        Response { status, headers, body: Vec::new(), after: Duration::ZERO }
    }

    /// The value of a field, which must not be there twice.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| &**value);
        let first = values.next();
        assert_eq!(values.next(), None, "{name} is there twice");
        first
    }

    /// The body without its content encoding.
    pub fn text(&self) -> String {
        let mut text = String::new();
        match self.header("content-encoding") {
            None => text = String::from_utf8(self.body.clone()).expect("UTF-8"),
            Some("gzip") => drop(GzDecoder::new(&*self.body).read_to_string(&mut text).expect("gzip")),
            Some("deflate") => drop(ZlibDecoder::new(&*self.body).read_to_string(&mut text).expect("deflate")),
            Some(other) => panic!("nobody asked for {other}"),
        }
        text
    }

    /// What it says in terms of BOSH.
    pub fn answer(self) -> Answer {
        self.answer_as(TEXT_XML)
    }

    /// The same under another content type.
    pub fn answer_as(self, content_type: &str) -> Answer {
        let text = self.text();
        assert_eq!(self.status, 200, "{text}");
        assert_eq!(self.header("content-type"), Some(content_type), "{text}");
        assert_eq!(self.header("transfer-encoding"), None, "{text}");
        assert_eq!(self.header("access-control-allow-origin"), Some("*"), "{text}");
        Answer::read(text, self)
    }
}
