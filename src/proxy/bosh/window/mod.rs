//! The heart of BOSH: which request is next, which wait, which answer goes where, and when it is enough (XEP-0124 §7 to
//! §15). No sockets, no clock: what happens goes in, what is to be done comes out of [`Window::deed`].

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::body::{Answer, Condition, Kind};
use crate::xml::relay::Piece;

mod answers;
#[cfg(any(test, fuzzing))]
pub mod world;

/// How often one request may be repeated before that is taken for an attack. Clients try about five times.
const MAX_REPEATS: u8 = 20;

/// How long a request waits at least for the one before it, however short the client lets its requests be held: as long as
/// a lost packet or a broken connection takes to be made good.
const GAP: Duration = Duration::from_secs(30);

/// What was agreed on at the beginning (XEP-0124 §7.2).
#[derive(Clone, Debug)]
pub struct Terms {
    /// How many requests may be under way at the same time; the size of the window.
    pub requests: usize,
    /// How many of them may be held.
    pub hold: usize,
    /// How long one may be held.
    pub wait: Duration,
    /// The shortest time between two requests that ask for nothing.
    pub polling: Duration,
    /// How long there may be no request at all.
    pub inactivity: Duration,
    /// How long a client may ask to be away.
    pub max_pause: Duration,
    /// Whether both sides acknowledge (XEP-0124 §9).
    pub acks: bool,
}

impl Terms {
    /// A client that asks again and again, because it cannot wait (XEP-0124 §12).
    fn is_polling(&self) -> bool {
        self.hold == 0 || self.wait.is_zero()
    }

    /// How long a request waits for the one before it.
    fn gap(&self) -> Duration {
        self.wait.max(GAP)
    }
}

/// Names the HTTP exchange in which an answer can be given.
pub type Ticket = u64;

/// What the window must know of a request. What it carries is not looked at.
#[derive(Debug)]
pub struct Request<T> {
    /// The request id.
    pub rid: u64,
    /// What it shows of the key sequence.
    pub key: Option<Box<str>>,
    /// The beginning of a new sequence.
    pub new_key: Option<Box<str>>,
    /// The last answer that the client has.
    pub ack: Option<u64>,
    /// Whether it carries nothing and asks for nothing but news.
    pub is_empty: bool,
    /// Whether it ends the session, or one stream of it.
    pub is_last: bool,
    /// How long the client wants to be away.
    pub pause: Option<Duration>,
    /// What it carries.
    pub content: T,
}

/// Something on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Load {
    /// Attributes of the body, each with a space before it.
    Attributes(Box<str>),
    /// A payload.
    Piece(Piece),
    /// The end of one stream of several.
    StreamEnd(Option<Condition>),
}

/// A load, and the stream that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The place of the stream's name in the order in which they were opened.
    pub stream: usize,
    /// What is carried.
    pub load: Load,
}

impl Parcel {
    fn bytes(&self) -> usize {
        match &self.load {
            Load::Piece(piece) => piece.bytes.len(),
            Load::Attributes(_) | Load::StreamEnd(_) => 64,
        }
    }
}

/// What is to be done.
#[derive(Debug)]
pub enum Deed<T> {
    /// Do what the request says; requests come in their order, each once.
    Process(T),
    /// Give this answer.
    Reply(Reply),
    /// The session is over.
    End,
}

/// An answer. If it cannot be given because the exchange is gone, it goes back by [`Window::take_back`].
#[derive(Debug)]
pub struct Reply {
    /// Where.
    pub ticket: Ticket,
    /// The body.
    pub body: Bytes,
    /// Why the session is over, if this says so.
    pub condition: Option<Condition>,
    /// What it would be to lose it; `None` where nothing is lost.
    loss: Option<Box<Loss>>,
}

#[derive(Debug)]
struct Loss {
    rid: u64,
    parcels: Vec<Parcel>,
    is_last: bool,
}

/// A request that came before its turn.
#[derive(Debug)]
struct Early<T> {
    request: Request<T>,
    ticket: Option<Ticket>,
    since: Instant,
}

/// A request that was processed and has no answer yet.
#[derive(Debug)]
struct Open {
    rid: u64,
    /// `None` when its connection was lost.
    ticket: Option<Ticket>,
    since: Instant,
    key: Option<Box<str>>,
    repeats: u8,
}

/// An answer that may be asked for again.
#[derive(Debug)]
struct Sent {
    rid: u64,
    body: Bytes,
    key: Option<Box<str>>,
    at: Instant,
    has_payload: bool,
}

/// The state of a session, as far as requests and answers go.
#[derive(Debug)]
pub struct Window<T> {
    terms: Terms,
    /// The request that comes next.
    next: u64,
    early: Vec<Early<T>>,
    open: VecDeque<Open>,
    sent: VecDeque<Sent>,
    /// Pauses are answered once more, but take no place among the answers kept.
    paused: Option<u64>,
    queue: VecDeque<Parcel>,
    queued_bytes: usize,
    /// Names of streams, in the order in which they were opened.
    streams: Vec<Box<str>>,
    /// Whether the first request has its answer.
    is_made: bool,
    /// The hash that the next key must have, lower case.
    lock: Option<Box<str>>,
    /// When the last new request came, if it asked for nothing.
    last_empty: Option<Instant>,
    /// Since when nobody waits for an answer.
    idle_since: Option<Instant>,
    /// How long that may last.
    patience: Duration,
    /// An answer that the client has not acknowledged, and should be told of.
    report: Option<u64>,
    /// How the session ends, once there is a request to say it to.
    ending: Option<Option<Condition>>,
    is_over: bool,
    deeds: VecDeque<Deed<T>>,
}

impl<T> Window<T> {
    /// A session whose first request waits for its answer. That answer begins with `attributes`.
    pub fn new(
        terms: Terms,
        first: &Request<()>,
        ticket: Ticket,
        stream: Box<str>,
        attributes: Box<str>,
        now: Instant,
    ) -> Self {
        let patience = terms.inactivity;
        let mut window = Window {
            terms,
            next: first.rid + 1,
            early: Vec::new(),
            open: VecDeque::from([Open { rid: first.rid, ticket: Some(ticket), since: now, key: None, repeats: 0 }]),
            sent: VecDeque::new(),
            paused: None,
            queue: VecDeque::new(),
            queued_bytes: 0,
            streams: vec![stream],
            is_made: false,
            lock: first.new_key.as_deref().map(lower),
            last_empty: None,
            idle_since: None,
            patience,
            report: None,
            ending: None,
            is_over: false,
            deeds: VecDeque::new(),
        };
        window.push(Parcel { stream: 0, load: Load::Attributes(attributes) });
        if window.terms.is_polling() {
            window.settle(now);
        }
        window
    }

    /// What is to be done now; ask until there is nothing.
    pub fn deed(&mut self) -> Option<Deed<T>> {
        let deed = self.deeds.pop_front();
        if self.deeds.is_empty() {
            self.deeds = VecDeque::new();
        }
        deed
    }

    /// Bytes that wait for a request to be answered with.
    pub fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Bytes that are kept for the client: those that wait, and answers that it may ask for again.
    pub fn held_bytes(&self) -> usize {
        self.queued_bytes + self.sent.iter().map(|sent| sent.body.len()).sum::<usize>()
    }

    /// Adds a stream to the session, and gives its place.
    pub fn add_stream(&mut self, name: Box<str>) -> usize {
        self.streams.push(name);
        self.streams.len() - 1
    }

    /// The place of the stream with this name.
    pub fn stream(&self, name: &str) -> Option<usize> {
        self.streams.iter().position(|known| **known == *name)
    }

    /// Whether a stream was ever added.
    pub fn has_streams(&self) -> bool {
        self.streams.len() > 1
    }

    /// A request came.
    pub fn receive(&mut self, request: Request<T>, ticket: Ticket, now: Instant) {
        if self.is_over {
            self.refuse(ticket, Condition::ItemNotFound);
            return;
        }
        if request.rid < self.next {
            return self.repeat(&request, ticket, now);
        }
        if request.rid >= self.next + self.terms.requests as u64 {
            return self.fail(ticket, Condition::ItemNotFound);
        }
        if let Some(early) = self.early.iter_mut().find(|early| early.request.rid == request.rid) {
            if early.request.key != request.key {
                return self.fail(ticket, Condition::ItemNotFound);
            }
            early.since = now;
            if let Some(old) = early.ticket.replace(ticket) {
                self.reply(old, Kind::Error);
            }
            return;
        }
        let mut is_last = false;
        self.early.push(Early { request, ticket: Some(ticket), since: now });
        while !self.is_over
            && let Some(place) = self.early.iter().position(|early| early.request.rid == self.next)
        {
            let early = self.early.swap_remove(place);
            is_last = early.request.is_last;
            self.process(early, now);
        }
        if self.early.is_empty() {
            self.early = Vec::new();
        }
        // The end is told to the oldest request: none is let go before it (XEP-0124 §13).
        if !self.is_over && !is_last {
            self.settle(now);
        }
    }

    /// Something came for the client.
    pub fn deliver(&mut self, parcel: Parcel, now: Instant) {
        self.push(parcel);
        self.settle(now);
    }

    /// Something came for the client, and more may come at once: answers are given by [`Window::settle`].
    pub fn push(&mut self, parcel: Parcel) {
        if !self.is_over && self.ending.is_none() {
            self.queued_bytes += parcel.bytes();
            self.queue.push_back(parcel);
        }
    }

    /// The session ends, as soon as there is a request to say it to: `None` when the server closed the stream in order.
    pub fn end(&mut self, condition: Option<Condition>, now: Instant) {
        if !self.is_over && self.ending.is_none() {
            self.ending = Some(condition);
            self.settle(now);
        }
    }

    /// A connection was closed whose request has no answer.
    pub fn lose(&mut self, ticket: Ticket, now: Instant) {
        let open = self.open.iter_mut().map(|open| &mut open.ticket);
        for known in open.chain(self.early.iter_mut().map(|early| &mut early.ticket)) {
            if *known == Some(ticket) {
                *known = None;
            }
        }
        self.note_idle(now);
    }

    /// When to call [`Window::tick`], at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let held = self.open.iter().find(|open| open.ticket.is_some()).map(|open| open.since + self.terms.wait);
        let idle = self.idle_since.map(|since| since + self.patience);
        let early = self.early.iter().map(|early| early.since + self.terms.gap()).min();
        held.into_iter().chain(idle).chain(early).min()
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Instant) {
        if self.is_over {
            return;
        }
        if self.idle_since.is_some_and(|since| now >= since + self.patience) {
            return self.close();
        }
        // What is missing before it will not come any more: the client learns that now and not when nobody waits.
        if let Some(early) = self.early.iter().find(|early| now >= early.since + self.terms.gap()) {
            return match early.ticket {
                Some(ticket) => self.fail(ticket, Condition::ItemNotFound),
                None => self.close(),
            };
        }
        while let Some(open) = self.open.iter().find(|open| open.ticket.is_some())
            && now >= open.since + self.terms.wait
        {
            self.answer(now);
        }
        self.note_idle(now);
    }

    /// A request that was received before.
    fn repeat(&mut self, request: &Request<T>, ticket: Ticket, now: Instant) {
        if let Some(open) = self.open.iter_mut().find(|open| open.rid == request.rid) {
            if open.key != request.key {
                return self.fail(ticket, Condition::ItemNotFound);
            }
            open.repeats += 1;
            if open.repeats > MAX_REPEATS {
                return self.fail(ticket, Condition::PolicyViolation);
            }
            open.since = now;
            if let Some(old) = open.ticket.replace(ticket) {
                self.reply(old, Kind::Error);
            }
            return self.settle(now);
        }
        if let Some(sent) = self.sent.iter().find(|sent| sent.rid == request.rid) {
            if sent.key != request.key {
                return self.fail(ticket, Condition::ItemNotFound);
            }
            let reply = Reply { ticket, body: sent.body.clone(), condition: None, loss: None };
            self.deeds.push_back(Deed::Reply(reply));
            // Whoever asks is there.
            if self.idle_since.is_some() {
                self.idle_since = Some(now);
            }
            return;
        }
        if self.paused == Some(request.rid) {
            return self.reply(ticket, Kind::Normal);
        }
        // A client that still waits for this answer gives up; but it may be a copy that was long on its way, of which
        // the client knows nothing any more: that must not cost the session.
        self.refuse(ticket, Condition::ItemNotFound);
    }

    /// The request whose turn it is.
    fn process(&mut self, early: Early<T>, now: Instant) {
        let Early { request, ticket, since } = early;
        if !self.unlock(&request) {
            return match ticket {
                Some(ticket) => self.fail(ticket, Condition::ItemNotFound),
                None => self.close(),
            };
        }
        self.next += 1;
        self.patience = self.terms.inactivity;
        self.idle_since = None;
        self.acknowledge(&request);
        if request.is_empty && self.is_too_often(ticket, now) {
            return match ticket {
                Some(ticket) => self.fail(ticket, Condition::PolicyViolation),
                None => self.close(),
            };
        }
        self.last_empty = request.is_empty.then_some(now);
        if let Some(pause) = request.pause {
            if pause > self.terms.max_pause {
                return match ticket {
                    Some(ticket) => self.fail(ticket, Condition::PolicyViolation),
                    None => self.close(),
                };
            }
            self.deeds.push_back(Deed::Process(request.content));
            return self.pause(request.rid, ticket, pause, now);
        }
        self.open.push_back(Open { rid: request.rid, ticket, since, key: request.key, repeats: 0 });
        self.deeds.push_back(Deed::Process(request.content));
    }

    /// Whether the key fits (XEP-0124 §15.4). Nothing is remembered of one that does not.
    fn unlock(&mut self, request: &Request<T>) -> bool {
        if let Some(lock) = &self.lock {
            let Some(key) = request.key.as_deref() else { return false };
            if sha1(&lower(key)) != **lock {
                return false;
            }
            self.lock = Some(lower(key));
        }
        if let Some(new) = request.new_key.as_deref() {
            self.lock = Some(lower(new));
        }
        true
    }

    /// What the client says about answers that it has (XEP-0124 §9.2).
    fn acknowledge(&mut self, request: &Request<T>) {
        if !self.terms.acks {
            return;
        }
        let last = self.sent.back().map_or(0, |sent| sent.rid);
        match request.ack {
            Some(ack) => {
                self.sent.retain(|sent| sent.rid > ack);
                self.report = (ack < last).then_some(ack + 1);
            }
            // Without the attribute it has all of them, but a request may have been written before the answer came.
            None => self.report = None,
        }
    }

    /// Whether somebody asks for news again and again (XEP-0124 §11, §12). Requests whose connection is gone do not
    /// count: a page that was loaded anew is no attack.
    fn is_too_often(&self, ticket: Option<Ticket>, now: Instant) -> bool {
        let is_soon = self.last_empty.is_some_and(|last| now < last + self.terms.polling);
        if self.terms.is_polling() {
            return is_soon && self.sent.back().is_some_and(|sent| !sent.has_payload);
        }
        let waiting = self.open.iter().filter(|open| open.ticket.is_some()).count() + usize::from(ticket.is_some());
        is_soon && waiting >= self.terms.requests
    }

    /// All requests are answered, and the client stays away (XEP-0124 §10).
    fn pause(&mut self, rid: u64, ticket: Option<Ticket>, pause: Duration, now: Instant) {
        while self.open.iter().any(|open| open.ticket.is_some()) {
            self.answer_with(0, now);
        }
        self.bury(u64::MAX, now);
        if let Some(ticket) = ticket {
            self.reply(ticket, Kind::Normal);
        }
        self.paused = Some(rid);
        self.patience = pause;
        self.idle_since = Some(now);
    }

    /// The client broke a rule: it is told so, and the session is over.
    fn fail(&mut self, ticket: Ticket, condition: Condition) {
        self.refuse(ticket, condition);
        let others: Vec<Ticket> = self.open.drain(..).filter_map(|open| open.ticket).collect();
        others.into_iter().for_each(|other| self.refuse(other, Condition::OtherRequest));
        self.close();
    }

    /// Nobody is told more than that it is over.
    fn close(&mut self) {
        let open: Vec<Ticket> = self.open.drain(..).filter_map(|open| open.ticket).collect();
        open.into_iter().for_each(|ticket| self.reply(ticket, Kind::Normal));
        for early in std::mem::take(&mut self.early) {
            if let Some(ticket) = early.ticket {
                self.refuse(ticket, Condition::ItemNotFound);
            }
        }
        self.is_over = true;
        self.idle_since = None;
        self.deeds.push_back(Deed::End);
    }

    fn refuse(&mut self, ticket: Ticket, condition: Condition) {
        self.reply(ticket, Kind::Terminate(Some(condition)));
    }

    fn reply(&mut self, ticket: Ticket, kind: Kind) {
        let body = Answer { kind, ..Answer::default() }.write([].iter());
        let condition = if let Kind::Terminate(condition) = kind { condition } else { None };
        self.deeds.push_back(Deed::Reply(Reply { ticket, body, condition, loss: None }));
    }
}

fn lower(text: &str) -> Box<str> {
    text.to_ascii_lowercase().into()
}

/// The hash of a key, in lower-case hexadecimal digits.
fn sha1(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
