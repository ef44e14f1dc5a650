//! A session: what the router knows of one bound resource, and the queue to its connection.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use jid::{BareJid, FullJid};
use minidom::Element;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Stanzas waiting for one connection.
const QUEUE: usize = 2_000;
/// Bytes waiting for one connection: a reader this slow is disconnected.
const QUEUE_BYTES: usize = 16 * 1024 * 1024;
/// Stanzas kept for a client that has not acknowledged them.
const UNACKNOWLEDGED: usize = 1_000;
/// Bytes kept for a client that has not acknowledged them.
const UNACKNOWLEDGED_BYTES: usize = 16 * 1024 * 1024;

/// Names a session for the time of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SessionId(pub u64);

/// What is sent to a connection.
#[derive(Debug)]
pub(super) enum Out {
    /// Goes out in its turn.
    Send(Bytes),
    /// Goes out in its turn, then the connection is closed.
    Close(Bytes),
}

impl Out {
    /// How many bytes it counts.
    pub fn len(&self) -> usize {
        match self {
            Out::Send(bytes) | Out::Close(bytes) => bytes.len(),
        }
    }
}

/// The near end of a connection's queue.
#[derive(Debug, Clone)]
pub(super) struct Outlet {
    /// Which connection.
    pub connection: u64,
    sender: mpsc::Sender<Out>,
    waiting: Arc<AtomicUsize>,
    /// Ends the connection at once.
    pub stop: CancellationToken,
}

/// The far end of a connection's queue.
#[derive(Debug)]
pub(super) struct Inlet {
    pub receiver: mpsc::Receiver<Out>,
    waiting: Arc<AtomicUsize>,
}

impl Inlet {
    /// Says that so many bytes have left.
    pub fn written(&self, bytes: usize) {
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Outlet {
    /// The queue of a connection.
    pub fn new(connection: u64) -> (Outlet, Inlet) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let waiting = Arc::new(AtomicUsize::new(0));
        let outlet = Outlet { connection, sender, waiting: waiting.clone(), stop: CancellationToken::new() };
        (outlet, Inlet { receiver, waiting })
    }

    /// Queues something; a queue that is full ends the connection.
    pub fn push(&self, out: Out) {
        let length = out.len();
        let before = self.waiting.fetch_add(length, Ordering::Relaxed);
        // One stanza may be larger than the bound, as long as it waits alone.
        if before + length > QUEUE_BYTES.max(length) || self.sender.try_send(out).is_err() {
            self.stop.cancel();
        }
    }
}

/// A session's presence.
#[derive(Debug, Clone)]
pub(super) struct Presence {
    pub priority: i8,
    pub stanza: Element,
}

/// One bound resource.
#[derive(Debug)]
pub(super) struct Session {
    pub jid: FullJid,
    pub bare: BareJid,
    pub is_guest: bool,
    /// None while it waits for its client to come back.
    pub outlet: Option<Outlet>,
    /// None while it is unavailable.
    pub presence: Option<Presence>,
    /// Has asked for the roster, so it gets its changes.
    pub has_roster: bool,
    /// Has asked for the list of whom the account has blocked, so it gets its changes.
    pub has_blocklist: bool,
    /// The nodes it wants events of (`+notify`, XEP-0163 §4).
    pub interests: HashSet<String>,
    /// The capabilities those interests stand for, and the request that asks for them.
    pub capabilities: Capabilities,
    /// Whom it sent presence directly (RFC 6121 §4.6).
    pub directed: BTreeSet<String>,
    /// Stream management, when enabled.
    pub management: Option<Management>,
}

/// What is known of a client's capabilities (XEP-0115).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Capabilities {
    /// It said nothing.
    #[default]
    None,
    /// It was asked, under this IQ id, about this version.
    Asked { id: String, version: String },
    /// They are known, of this version.
    Known(String),
}

/// Stream management of one session (XEP-0198).
#[derive(Debug)]
pub(super) struct Management {
    /// The key to resume with; none where resuming was not wished.
    pub key: Option<String>,
    /// Stanzas of the client that were handled, modulo 2^32.
    pub handled: u32,
    /// Stanzas that were acknowledged by the client, modulo 2^32.
    pub acknowledged: u32,
    /// Sent and not acknowledged.
    pub queue: VecDeque<Bytes>,
    /// Bytes in the queue.
    pub bytes: usize,
    /// An `<r/>` is on its way.
    pub has_asked: bool,
}

impl Management {
    pub fn new(key: Option<String>) -> Self {
        Management { key, handled: 0, acknowledged: 0, queue: VecDeque::new(), bytes: 0, has_asked: false }
    }

    /// Keeps a stanza until it is acknowledged; false when there is no more room.
    pub fn keep(&mut self, stanza: Bytes) -> bool {
        self.bytes += stanza.len();
        self.queue.push_back(stanza);
        self.queue.len() <= UNACKNOWLEDGED && (self.bytes <= UNACKNOWLEDGED_BYTES || self.queue.len() == 1)
    }

    /// Takes the client's count; false when it counts what was never sent.
    pub fn acknowledge(&mut self, count: u32) -> bool {
        let new = count.wrapping_sub(self.acknowledged) as usize;
        if new > self.queue.len() {
            return false;
        }
        for stanza in self.queue.drain(..new) {
            self.bytes -= stanza.len();
        }
        self.acknowledged = count;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledging() {
        let mut management = Management::new(None);
        management.acknowledged = u32::MAX;
        for _ in 0..3 {
            assert!(management.keep(Bytes::from_static(b"<a/>")));
        }
        assert!(management.acknowledge(1));
        assert_eq!((management.queue.len(), management.bytes), (1, 4));
        assert!(!management.acknowledge(3));
        assert!(!management.acknowledge(0));
        assert!(management.acknowledge(2));
        assert!((0..UNACKNOWLEDGED).all(|_| management.keep(Bytes::new())));
        assert!(!management.keep(Bytes::new()));
    }

    #[test]
    fn a_full_queue_ends_the_connection() {
        let (outlet, inlet) = Outlet::new(1);
        for _ in 0..QUEUE {
            outlet.push(Out::Send(Bytes::from_static(b"x")));
        }
        assert!(!outlet.stop.is_cancelled());
        outlet.push(Out::Send(Bytes::from_static(b"x")));
        assert!(outlet.stop.is_cancelled());
        drop(inlet);
        let (outlet, _inlet) = Outlet::new(2);
        outlet.push(Out::Send(vec![0; QUEUE_BYTES + 1].into()));
        assert!(!outlet.stop.is_cancelled());
        outlet.push(Out::Send(Bytes::from_static(b"x")));
        assert!(outlet.stop.is_cancelled());
    }
}
