//! XMPP over WebSocket (RFC 7395): one element a message, the same streams behind as for BOSH.

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::StreamExt;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::door::{Client, Door, Permit, new_name};
use super::sign_in::Watch;
use super::upstream::{Header, Upstream};
use crate::network::pace::Bucket;
use crate::xml::relay::{FromServer, Sort, message};
use crate::xml::splitter;
use crate::xml::writer::escape_attribute;

const ADDRESS: &str = "/xmpp-websocket";
const PROTOCOL: &str = "xmpp";
const WHAT_THIS_IS: &str = "This address is for XMPP clients that connect over WebSocket (RFC 7395).\n\
    There is nothing to see here in a browser: enter it in the settings of such a client.\n";

/// What clients are told when the gateway stops.
const SHUTDOWN: &str = "system-shutdown";

/// How long a client may take to say `<open/>`, and to close after `<close/>`.
const STEP: Duration = Duration::from_secs(30);

/// How long a client may take nothing of what is written for it.
const WRITE_DEADLINE: Duration = Duration::from_secs(30);

/// How often a silent client is asked whether it is still there; proxies keep a connection that is used.
const PING: Duration = Duration::from_secs(45);

/// How long a server that has taken a connection may take to open the stream, the first time or anew.
const ANSWER: Duration = Duration::from_secs(10);

/// How long a server may take to accept the end of a stream.
const FAREWELL: Duration = Duration::from_secs(2);

/// The buffer for frames that arrive, in bytes; larger ones are read in pieces.
const BUFFER: usize = 4096;

/// The address with and without a slash at its end.
pub fn router(door: Arc<Door>) -> Router {
    Router::new().route(ADDRESS, get(answer)).route(&format!("{ADDRESS}/"), get(answer)).with_state(door)
}

async fn answer(
    State(door): State<Arc<Door>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    let Ok(upgrade) = upgrade else { return WHAT_THIS_IS.into_response() };
    let (parts, _) = request.into_parts();
    let client = door.client(&parts);
    let most = door.config.proxy.body_bytes;
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(16 * 1024 * 1024)
        .max_message_size(most)
        .max_frame_size(most);
    if upgrade.selected_protocol().is_none() {
        // RFC 7395 §3.1: without it, this is not what the client thinks it is.
        let text = "The subprotocol must be \"xmpp\" (RFC 7395).\n";
        return (StatusCode::BAD_REQUEST, text).into_response();
    }
    if door.stopping.is_cancelled() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let Some(permit) = door.admit(client) else {
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")]).into_response();
    };
    let tasks = door.tasks.clone();
    upgrade.on_upgrade(async move |socket| {
        let _ = tasks.spawn(run(door, client, socket, permit)).await;
    })
}

async fn run(door: Arc<Door>, client: Client, socket: WebSocket, permit: Permit) {
    let mut connection = Connection {
        socket,
        client,
        upstream: None,
        header: Header::default(),
        is_opened: false,
        answer_by: None,
        watch: Watch::default(),
        bucket: Bucket::default(),
        blocked: None,
        door,
    };
    let end = connection.serve().await;
    connection.finish(end).await;
    drop(permit);
}

struct Connection {
    door: Arc<Door>,
    client: Client,
    socket: WebSocket,
    upstream: Option<Box<Upstream>>,
    header: Header,
    /// Whether the client has got `<open/>`.
    is_opened: bool,
    /// Until when the server's `<open/>` is waited for.
    answer_by: Option<Instant>,
    watch: Watch,
    bucket: Bucket,
    /// Until when nothing more is read of a client that sends too much.
    blocked: Option<Instant>,
}

/// Why it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// One side closed the stream.
    Closed,
    /// The client is gone, or does not speak WebSocket.
    Gone,
    /// A stream error of ours (RFC 6120 §4.9.3).
    Error(&'static str),
    /// A stream error came from the server and was passed on.
    Passed,
    /// What came is no text, as this code says (RFC 6455 §7.4.1).
    NoText(u16),
}

impl From<axum::Error> for End {
    fn from(error: axum::Error) -> Self {
        match error.into_inner().downcast_ref() {
            Some(tungstenite::Error::Capacity(_)) => End::Error("policy-violation"),
            Some(tungstenite::Error::Utf8(_)) => End::NoText(close_code::INVALID),
            _ => End::Gone,
        }
    }
}

enum Event {
    Client(Option<Result<Message, axum::Error>>),
    Server(io::Result<Option<FromServer>>),
}

impl Connection {
    async fn serve(&mut self) -> End {
        let stopping = self.door.stopping.clone();
        let mut quiet = Box::pin(sleep(STEP));
        let mut is_asked = false;
        loop {
            let (blocked, answer_by) = (self.blocked, self.answer_by);
            let event = tokio::select! {
                event = poll_fn(|cx| self.poll(cx)) => event,
                () = stopping.cancelled() => return End::Error(SHUTDOWN),
                () = sleep_until(blocked.unwrap_or_else(Instant::now)), if blocked.is_some() => {
                    self.blocked = None;
                    continue;
                }
                () = sleep_until(answer_by.unwrap_or_else(Instant::now)), if answer_by.is_some() => {
                    tracing::info!(xmpp.domain = self.header.to, "a server does not open a client's stream");
                    return End::Error("remote-connection-failed");
                }
                () = &mut quiet => {
                    if self.upstream.is_none() || is_asked {
                        return End::Gone;
                    }
                    is_asked = true;
                    if self.write(Message::Ping(Vec::new().into())).await.is_err() {
                        return End::Gone;
                    }
                    quiet.as_mut().reset(Instant::now() + PING);
                    continue;
                }
            };
            let end = match event {
                Event::Client(received) => {
                    is_asked = false;
                    quiet.as_mut().reset(Instant::now() + PING);
                    self.receive(received).await
                }
                Event::Server(Ok(Some(thing))) => self.take_in(thing).await,
                Event::Server(Ok(None)) => Err(End::Error("remote-connection-failed")),
                Event::Server(Err(error)) => {
                    tracing::info!(xmpp.domain = self.header.to, %error, "a client's stream broke");
                    Err(End::Error("remote-connection-failed"))
                }
            };
            if let Err(end) = end {
                return end;
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        let mut is_open = true;
        if let Some(upstream) = &mut self.upstream {
            if let Poll::Ready(read) = upstream.poll(cx, true) {
                return Poll::Ready(Event::Server(read));
            }
            // A server that takes nothing makes its client wait.
            is_open = upstream.unsent_bytes() < self.door.config.proxy.queue_bytes;
        }
        if is_open && self.blocked.is_none() {
            self.socket.poll_next_unpin(cx).map(Event::Client)
        } else {
            Poll::Pending
        }
    }

    async fn write(&mut self, message: Message) -> Result<(), End> {
        match timeout(WRITE_DEADLINE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    async fn receive(&mut self, received: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match received {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => return Err(End::NoText(close_code::UNSUPPORTED)),
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
            Some(Err(error)) => return Err(End::from(error)),
        };
        if !self.client.is_exempt {
            let amount = u32::try_from(text.len()).unwrap_or(u32::MAX);
            let now = Instant::now();
            self.blocked = self.bucket.take(amount, &self.door.pace, now).err().map(|wait| now + wait);
        }
        let mut header = Header::default();
        let piece = message(text.as_bytes(), self.door.from_client, |attribute| {
            let value = || Some(attribute.value.to_owned());
            match attribute.local {
                "to" => header.to = attribute.value.to_owned(),
                "from" => header.from = value(),
                "version" => header.version = value(),
                "lang" => header.lang = value(),
                _ => {}
            }
        });
        let piece = piece.map_err(|violation| match violation {
            crate::xml::Violation::TooLarge => End::Error("policy-violation"),
            crate::xml::Violation::Restricted => End::Error("restricted-xml"),
            _ => End::Error("not-well-formed"),
        })?;
        match (piece.sort, &mut self.upstream) {
            (Sort::Open, None) => self.open(header).await,
            (Sort::Open, Some(upstream)) => {
                upstream.open(&Header { to: self.header.to.clone(), ..header });
                self.answer_by = Some(Instant::now() + ANSWER);
                Ok(())
            }
            (Sort::Close, _) => Err(End::Closed),
            // RFC 7395 §3.3.2: the first element opens the stream.
            (_, None) => Err(End::Error("invalid-namespace")),
            (_, Some(upstream)) => {
                let passed = self.watch.sent(&piece, &self.header.to, self.client.address, &self.door.attempts);
                match passed {
                    Ok(()) => {
                        upstream.send(&piece.bytes);
                        Ok(())
                    }
                    Err(refusal) => self.write(text_of(&refusal.bytes)).await,
                }
            }
        }
    }

    /// Opens the stream that the client asks for.
    async fn open(&mut self, header: Header) -> Result<(), End> {
        if header.to.is_empty() {
            return Err(End::Error("improper-addressing"));
        }
        let to = self.door.allowed(&header.to).ok_or(End::Error("host-unknown"))?;
        self.header = Header { to, ..header };
        let made = Upstream::connect(self.door.connector.clone(), self.header.clone(), self.door.from_server).await;
        self.upstream = Some(made.map_err(|error| {
            tracing::info!(xmpp.domain = self.header.to, %error, "a client's stream cannot be opened");
            End::Error("remote-connection-failed")
        })?);
        self.answer_by = Some(Instant::now() + ANSWER);
        Ok(())
    }

    async fn take_in(&mut self, thing: FromServer) -> Result<(), End> {
        match thing {
            FromServer::Open(header) => {
                (self.is_opened, self.answer_by) = (true, None);
                self.write(Message::text(open(&header))).await
            }
            FromServer::Piece(piece) => {
                self.watch.received(&piece, &self.header.to, self.client.address, &self.door.attempts);
                self.write(text_of(&piece.bytes)).await?;
                if piece.sort == Sort::StreamError { Err(End::Passed) } else { Ok(()) }
            }
            FromServer::Close => Err(End::Closed),
        }
    }

    /// Says why, and closes both sides in order.
    async fn finish(mut self, end: End) {
        // RFC 7395 §3.6: where the socket broke or we go, the stream breaks too, and is not closed in order: so a client
        // that manages its stream (XEP-0198) may resume it.
        let is_in_order = end != End::Gone && end != End::Error(SHUTDOWN);
        let upstream = self.upstream.take().filter(|_| is_in_order);
        let farewell = async move {
            if let Some(upstream) = upstream {
                let _ = timeout(FAREWELL, upstream.close()).await;
            }
        };
        let goodbye = async move {
            if end == End::Gone {
                return;
            }
            if let End::Error(condition) = end {
                if !self.is_opened {
                    // RFC 7395 §3.3.2: an error before the stream is open comes in a stream all the same.
                    let _ = self.write(Message::text(open(&own_header(&self.header.to)))).await;
                }
                let _ = self.write(Message::text(stream_error(condition))).await;
            }
            if let End::NoText(code) = end {
                let frame = CloseFrame { code, reason: "XMPP is text in UTF-8".into() };
                let _ = self.write(Message::Close(Some(frame))).await;
                return;
            }
            let _ = self.write(Message::text("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>")).await;
            let frame = CloseFrame { code: close_code::NORMAL, reason: "".into() };
            if self.write(Message::Close(Some(frame))).await.is_ok() {
                // Until the client has closed too, so that it reads what was written.
                let _ = timeout(FAREWELL, async { while let Some(Ok(_)) = self.socket.next().await {} }).await;
            }
        };
        tokio::join!(farewell, goodbye);
    }
}

fn text_of(bytes: &bytes::Bytes) -> Message {
    Message::Text(bytes.clone().try_into().unwrap_or_default())
}

/// A stream header in the name of a server that gave none.
fn own_header(domain: &str) -> splitter::Header {
    splitter::Header {
        from: (!domain.is_empty()).then(|| domain.to_owned()),
        id: Some(new_name().into()),
        version: Some("1.0".to_owned()),
        ..splitter::Header::default()
    }
}

/// The server's stream header as the client wants it (RFC 7395 §3.3).
fn open(header: &splitter::Header) -> String {
    let mut out = String::from("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'");
    for (name, value) in [
        ("from", &header.from),
        ("to", &header.to),
        ("id", &header.id),
        ("version", &header.version),
        ("xml:lang", &header.lang),
    ] {
        if let Some(value) = value {
            out.push(' ');
            out.push_str(name);
            out.push_str("='");
            escape_attribute(value, &mut out);
            out.push('\'');
        }
    }
    out.push_str("/>");
    out
}

fn stream_error(condition: &str) -> String {
    format!(
        "<stream:error xmlns:stream='{}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        crate::xml::STREAMS
    )
}
