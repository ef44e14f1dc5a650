//! A session: one task that owns the window of requests and the streams to servers (XEP-0124 §7 to §16).

use std::future::{Future, poll_fn};
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Sleep, timeout};
use tokio_util::sync::WaitForCancellationFutureOwned;
use tokio_util::task::TaskTracker;

use super::body::{Body, Condition, add_attribute};
use super::window::{Deed, Load, Parcel, Request, Ticket, Window};
use crate::network::pace::Bucket;
use crate::proxy::door::{Backlog, Door, new_name};
use crate::proxy::intake::Room;
use crate::proxy::sign_in::Watch;
use crate::proxy::upstream::{Header, Upstream};
use crate::xml::relay::{FromServer, Piece, Sort};
use crate::xmpp::connect::ConnectError;

/// Streams in one session.
const MAX_STREAMS: usize = 8;

/// How long a server may take to accept the end of a stream.
const FAREWELL: Duration = Duration::from_secs(2);

/// A request that comes to a session, and where its answer goes.
pub type Message = (Box<Asked>, oneshot::Sender<Given>);

/// A request, until it is processed.
pub struct Asked {
    /// What it says.
    pub body: Body,
    /// The bytes it had.
    pub length: usize,
    /// The room it takes meanwhile.
    #[expect(dead_code, reason = "held, not read")]
    pub room: Room,
}

/// An answer, and why the session is over if it says so.
#[derive(Debug)]
pub struct Given {
    /// The body.
    pub body: Bytes,
    /// The condition in it.
    pub condition: Option<Condition>,
}

/// The task's state.
pub struct Session {
    pub(super) door: Arc<Door>,
    pub(super) client: IpAddr,
    /// Whether ceilings per client do not hold for this one.
    pub(super) is_exempt: bool,
    pub(super) window: Window<Box<Asked>>,
    pub(super) streams: Vec<Stream>,
    pub(super) slots: Vec<(Ticket, oneshot::Sender<Given>)>,
    pub(super) next_ticket: Ticket,
    pub(super) inbox: mpsc::Receiver<Message>,
    pub(super) bucket: Bucket,
    pub(super) backlog: Backlog,
    /// Until when no further request is taken, because the client sends too much.
    pub(super) blocked: Option<Instant>,
    pub(super) timer: Pin<Box<Sleep>>,
    /// Whether something from a server waits to be sorted into answers.
    pub(super) has_news: bool,
    /// Ready when the gateway stops.
    pub(super) stopping: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Whether the client has ended it, or the gateway: nobody has to be told but who waits.
    pub(super) is_left: bool,
    pub(super) is_over: bool,
}

/// One stream to a server.
pub struct Stream {
    header: Header,
    line: Line,
    is_announced: bool,
    watch: Watch,
}

type Connecting = Pin<Box<dyn Future<Output = Result<Box<Upstream>, ConnectError>> + Send>>;

enum Line {
    /// With what the client has sent already.
    Connecting(Connecting, BytesMut),
    Open(Box<Upstream>),
    Closed,
}

/// What happened.
enum Event {
    Message(Message),
    /// The gateway stops.
    Stop,
    Connected(usize, Result<Box<Upstream>, ConnectError>),
    Server(usize, FromServer),
    /// What came from servers so far can be answered with.
    News,
    /// The connection to the server ended, or broke.
    Lost(usize, Option<io::Error>),
    /// The client closed the connection of a request.
    Gone(Ticket),
    Time,
}

impl Stream {
    /// Begins to connect.
    pub fn new(door: &Door, header: Header) -> Self {
        let connecting = Upstream::connect(door.connector.clone(), header.clone(), door.from_server);
        Stream {
            header,
            line: Line::Connecting(Box::pin(connecting), BytesMut::new()),
            is_announced: false,
            watch: Watch::default(),
        }
    }

    fn is_closed(&self) -> bool {
        matches!(self.line, Line::Closed)
    }

    fn unsent_bytes(&self) -> usize {
        match &self.line {
            Line::Open(upstream) => upstream.unsent_bytes(),
            Line::Connecting(_, sent) => sent.len(),
            Line::Closed => 0,
        }
    }

    fn close(&mut self, tasks: &TaskTracker) {
        if let Line::Open(upstream) = std::mem::replace(&mut self.line, Line::Closed) {
            tasks.spawn(timeout(FAREWELL, (*upstream).close()));
        }
    }
}

impl Session {
    /// Runs until the session is over.
    pub async fn run(mut self) {
        while !self.is_over {
            let event = poll_fn(|cx| self.poll(cx)).await;
            let now = Instant::now();
            self.handle(event, now);
            self.perform(now);
            self.backlog.set(self.window.held_bytes());
            // Who has no request open cannot be told.
            self.is_over |= self.is_left;
            self.set_timer(now);
        }
        self.streams.iter_mut().for_each(|stream| stream.close(&self.door.tasks));
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        if !self.is_left && self.stopping.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Event::Stop);
        }
        let waiting = self.window.queued_bytes();
        let may_read = waiting < self.door.config.proxy.queue_bytes && !self.backlog.is_full(waiting);
        for (place, stream) in self.streams.iter_mut().enumerate() {
            match &mut stream.line {
                Line::Open(upstream) => {
                    if let Poll::Ready(read) = upstream.poll(cx, may_read) {
                        return Poll::Ready(match read {
                            Ok(Some(thing)) => Event::Server(place, thing),
                            Ok(None) => Event::Lost(place, None),
                            Err(error) => Event::Lost(place, Some(error)),
                        });
                    }
                }
                Line::Connecting(connecting, _) => {
                    if let Poll::Ready(made) = connecting.as_mut().poll(cx) {
                        return Poll::Ready(Event::Connected(place, made));
                    }
                }
                Line::Closed => {}
            }
        }
        if std::mem::take(&mut self.has_news) {
            return Poll::Ready(Event::News);
        }
        let unsent: usize = self.streams.iter().map(Stream::unsent_bytes).sum();
        let may_receive = self.blocked.is_none() && unsent < self.door.config.proxy.queue_bytes;
        if may_receive && let Poll::Ready(message) = self.inbox.poll_recv(cx) {
            return Poll::Ready(message.map_or(Event::Stop, Event::Message));
        }
        for (ticket, slot) in &mut self.slots {
            if slot.poll_closed(cx).is_ready() {
                return Poll::Ready(Event::Gone(*ticket));
            }
        }
        self.timer.as_mut().poll(cx).map(|()| Event::Time)
    }

    fn handle(&mut self, event: Event, now: Instant) {
        match event {
            Event::Message((asked, slot)) => self.receive(asked, slot, now),
            Event::Stop => {
                self.window.end(Some(Condition::SystemShutdown), now);
                self.is_left = true;
            }
            Event::Connected(place, Ok(mut upstream)) => {
                if let Line::Connecting(_, sent) = &self.streams[place].line {
                    upstream.send(sent);
                }
                self.streams[place].line = Line::Open(upstream);
            }
            Event::Connected(place, Err(error)) => {
                let domain = &self.streams[place].header.to;
                tracing::info!(xmpp.domain = domain, %error, "a client's stream cannot be opened");
                self.stream_ended(place, Some(Condition::RemoteConnectionFailed), now);
            }
            Event::Server(place, thing) => self.take_in(place, thing, now),
            Event::News => self.window.settle(now),
            Event::Lost(place, error) => {
                let domain = &self.streams[place].header.to;
                match error {
                    Some(error) => tracing::info!(xmpp.domain = domain, %error, "a client's stream broke"),
                    None => tracing::debug!(xmpp.domain = domain, "the server closed a client's connection"),
                }
                self.stream_ended(place, Some(Condition::RemoteConnectionFailed), now);
            }
            Event::Gone(ticket) => {
                self.slots.retain(|(known, _)| *known != ticket);
                self.window.lose(ticket, now);
            }
            Event::Time => {
                self.blocked.take_if(|until| now >= *until);
                self.window.tick(now);
            }
        }
    }

    fn receive(&mut self, asked: Box<Asked>, slot: oneshot::Sender<Given>, now: Instant) {
        let body = &asked.body;
        if !self.is_exempt {
            let amount = u32::try_from(asked.length).unwrap_or(u32::MAX);
            self.blocked = self.bucket.take(amount, &self.door.pace, now).err().map(|wait| now + wait);
        }
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.slots.push((ticket, slot));
        let short =
            |text: &Option<String>| text.as_deref().map(|text| text.chars().take(64).collect::<String>().into());
        let request = Request {
            rid: body.rid,
            key: short(&body.key),
            new_key: short(&body.new_key),
            ack: body.ack,
            is_empty: body.is_empty() && !self.adds_stream(body),
            is_last: body.is_terminate,
            pause: body.pause.map(Duration::from_secs),
            content: asked,
        };
        self.window.receive(request, ticket, now);
    }

    /// Does what the window says, in its order.
    fn perform(&mut self, now: Instant) {
        while let Some(deed) = self.window.deed() {
            match deed {
                Deed::Process(asked) => self.process(&asked.body, now),
                Deed::Reply(reply) => {
                    let place = self.slots.iter().position(|(ticket, _)| *ticket == reply.ticket);
                    let given = Given { body: reply.body.clone(), condition: reply.condition };
                    let is_given = place.is_some_and(|place| self.slots.swap_remove(place).1.send(given).is_ok());
                    if !is_given {
                        self.window.take_back(reply, now);
                    }
                }
                Deed::End => self.is_over = true,
            }
        }
    }

    /// Sets the timer, unless it goes off earlier anyway.
    fn set_timer(&mut self, now: Instant) {
        let next = self.window.deadline().into_iter().chain(self.blocked).min();
        if let Some(next) = next
            && (next < self.timer.deadline() || self.timer.is_elapsed() || self.timer.deadline() <= now)
        {
            self.timer.as_mut().reset(next);
        }
    }

    /// Whether an otherwise empty request asks for one more stream (XEP-0124 §16.3).
    fn adds_stream(&self, body: &Body) -> bool {
        body.to.is_some() && body.stream.is_none() && body.is_empty()
    }

    /// A request whose turn it is.
    fn process(&mut self, body: &Body, now: Instant) {
        if self.adds_stream(body) {
            return self.add_stream(body, now);
        }
        let named = body.stream.as_deref().map(|name| self.window.stream(name));
        let targets: Vec<usize> = match named {
            Some(Some(place)) => vec![place],
            // A client may not know yet that it is closed.
            Some(None) if !body.payloads.is_empty() || body.is_terminate => {
                return self.window.end(Some(Condition::ItemNotFound), now);
            }
            Some(None) => Vec::new(),
            None => (0..self.streams.len()).collect(),
        };
        for place in &targets {
            if body.is_restart {
                self.restart(*place, body);
            } else {
                self.send(*place, &body.payloads, now);
            }
        }
        if body.is_terminate {
            let others = self
                .streams
                .iter()
                .enumerate()
                .filter(|(place, stream)| !targets.contains(place) && !stream.is_closed());
            if others.count() == 0 {
                self.window.end(None, now);
                self.is_left = true;
            } else {
                for place in targets {
                    self.streams[place].close(&self.door.tasks);
                    self.window.deliver(Parcel { stream: place, load: Load::StreamEnd(None) }, now);
                }
            }
        }
    }

    fn add_stream(&mut self, body: &Body, now: Instant) {
        // Names of streams that are over are remembered, but not for ever.
        if self.streams.len() >= 8 * MAX_STREAMS {
            return self.window.end(Some(Condition::PolicyViolation), now);
        }
        let to = body.to.clone().unwrap_or_default();
        let place = self.window.add_stream(new_name());
        let header = Header { to, from: body.from.clone(), lang: body.lang.clone(), version: body.version.clone() };
        let domain = self.door.allowed(&header.to);
        let is_full = self.streams.iter().filter(|stream| !stream.is_closed()).count() >= MAX_STREAMS;
        match domain {
            Some(domain) if !is_full => {
                self.streams.push(Stream::new(&self.door, Header { to: domain, ..header }));
                self.window.deliver(Parcel { stream: place, load: Load::Attributes("".into()) }, now);
            }
            refused => {
                let condition = if refused.is_none() { Condition::HostUnknown } else { Condition::PolicyViolation };
                let stream = Stream { header, line: Line::Closed, is_announced: false, watch: Watch::default() };
                self.streams.push(stream);
                self.window.deliver(Parcel { stream: place, load: Load::StreamEnd(Some(condition)) }, now);
            }
        }
    }

    fn restart(&mut self, place: usize, body: &Body) {
        let stream = &mut self.streams[place];
        if let Line::Open(upstream) = &mut stream.line {
            if body.from.is_some() {
                stream.header.from.clone_from(&body.from);
            }
            if body.lang.is_some() {
                stream.header.lang.clone_from(&body.lang);
            }
            upstream.open(&stream.header);
        }
    }

    fn send(&mut self, place: usize, payloads: &[Piece], now: Instant) {
        let stream = &mut self.streams[place];
        if stream.is_closed() {
            // Nothing gets anywhere, so nothing counts as an attempt; and the domain may be anybody's words.
            return;
        }
        for piece in payloads {
            let passed = stream.watch.sent(piece, &stream.header.to, self.client, &self.door.attempts);
            match passed {
                Ok(()) => match &mut stream.line {
                    Line::Open(upstream) => upstream.send(&piece.bytes),
                    Line::Connecting(_, sent) => sent.extend_from_slice(&piece.bytes),
                    Line::Closed => {}
                },
                Err(refusal) => self.window.deliver(Parcel { stream: place, load: Load::Piece(refusal) }, now),
            }
        }
    }

    /// Something came from a server.
    fn take_in(&mut self, place: usize, thing: FromServer, now: Instant) {
        let stream = &mut self.streams[place];
        match thing {
            FromServer::Open(header) if !stream.is_announced => {
                stream.is_announced = true;
                let mut attributes = String::new();
                add_attribute("from", header.from.as_deref().unwrap_or(&stream.header.to), &mut attributes);
                for (name, value) in [("authid", &header.id), ("xmpp:version", &header.version)] {
                    if let Some(value) = value {
                        add_attribute(name, value, &mut attributes);
                    }
                }
                self.window.push(Parcel { stream: place, load: Load::Attributes(attributes.into()) });
                self.has_news = true;
            }
            FromServer::Open(_) => {}
            FromServer::Piece(piece) => {
                let is_error = piece.sort == Sort::StreamError;
                stream.watch.received(&piece, &stream.header.to, self.client, &self.door.attempts);
                self.window.push(Parcel { stream: place, load: Load::Piece(piece) });
                self.has_news = true;
                if is_error {
                    self.stream_ended(place, Some(Condition::RemoteStreamError), now);
                }
            }
            FromServer::Close => self.stream_ended(place, None, now),
        }
    }

    /// A stream is over; with the last one the session is.
    fn stream_ended(&mut self, place: usize, condition: Option<Condition>, now: Instant) {
        self.streams[place].close(&self.door.tasks);
        if self.streams.iter().all(Stream::is_closed) {
            self.window.end(condition, now);
        } else {
            self.window.deliver(Parcel { stream: place, load: Load::StreamEnd(condition) }, now);
        }
    }
}
