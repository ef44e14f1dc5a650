//! Requests under way on a session's stream: who waits for which answer, and how long.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use jid::Jid;
use minidom::Element;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_xmpp::Stanza;
use xmpp_parsers::iq::Iq;

use crate::channel::Address;
use crate::xmpp::{AskError, Kind, Request};

/// How long a request waits for its answer: one's own server is near, another may first have to be reached by it.
const NEAR: Duration = Duration::from_secs(7);
const FAR: Duration = Duration::from_secs(30);

/// For how long after a vain wait nobody else waits, unless the server says something: so what takes several requests is
/// told to have failed as soon as what takes one.
const VAIN: Duration = Duration::from_secs(3);

/// How long a request waits while the connection is being rebuilt. Then the person is told and keeps the text.
const LOST: Duration = Duration::from_secs(6);

/// Where an answer goes.
pub(super) type Answer = oneshot::Sender<Result<Option<Element>, AskError>>;

/// A request under way.
pub(super) struct Pending {
    to: Option<Jid>,
    is_near: bool,
    deadline: Instant,
    answer: Answer,
}

/// What goes to and fro on the stream of a session.
pub(super) struct Traffic {
    /// Whether the stream takes stanzas.
    pub(super) is_up: bool,
    /// When the server said something last.
    heard: Instant,
    /// When a request has waited in vain, and nothing else was heard meanwhile or since.
    vain: Option<Instant>,
    number: u64,
    pub(super) pending: HashMap<String, Pending>,
    /// Stanzas that wait for the stream.
    pub(super) outbox: VecDeque<Stanza>,
}

impl Traffic {
    /// A stream that has just begun.
    pub(super) fn new(now: Instant) -> Self {
        Traffic { is_up: true, heard: now, vain: None, number: 0, pending: HashMap::new(), outbox: VecDeque::new() }
    }

    /// The server said something.
    pub(super) fn hear(&mut self, now: Instant) {
        (self.heard, self.vain) = (now, None);
    }

    /// Why a request need not even be sent.
    pub(super) fn why_in_vain(&self, now: Instant) -> Option<AskError> {
        let is_in_vain = self.vain.is_some_and(|vain| now - vain < VAIN);
        is_in_vain.then_some(if self.is_up { AskError::Timeout } else { AskError::Disconnected })
    }

    /// Numbers a request, whose answer is waited for from now on.
    pub(super) fn begin(&mut self, request: Request, is_near: bool, answer: Answer, now: Instant) -> Stanza {
        let patience = match (self.is_up, is_near) {
            (false, _) => LOST,
            (true, true) => NEAR,
            (true, false) => FAR,
        };
        let pending = Pending { to: request.to.clone(), is_near, deadline: now + patience, answer };
        let stanza = self.stanza(request);
        self.pending.insert(format!("c{}", self.number), pending);
        stanza
    }

    /// Numbers a request whose answer nobody waits for.
    pub(super) fn stanza(&mut self, Request { to, kind, payload }: Request) -> Stanza {
        self.number += 1;
        let id = format!("c{}", self.number);
        Stanza::Iq(match kind {
            Kind::Get => Iq::Get { from: None, to, id, payload },
            Kind::Set => Iq::Set { from: None, to, id, payload },
        })
    }

    /// Hands an answer to who asked, if it comes from whom was asked (security.md P6).
    pub(super) fn answered(
        &mut self,
        id: &str,
        from: Option<&Jid>,
        own: &Address,
        answer: Result<Option<Element>, AskError>,
    ) {
        let is_expected = self.pending.get(id).is_some_and(|pending| match (&pending.to, from) {
            (Some(to), Some(from)) => to == from,
            // One's own account answers for itself with its bare address, or with none (RFC 6120 §8.1.2.1).
            (None, Some(from)) => *own == from.to_bare(),
            (Some(to), None) => *own == *to,
            (None, None) => true,
        });
        if !is_expected {
            tracing::debug!(stanza.from = from.map(|jid| jid.as_str()), "an answer that nobody waits for was dropped");
            return;
        }
        if let Some(pending) = self.pending.remove(id) {
            let _ = pending.answer.send(answer);
        }
    }

    /// How many requests wait for a domain.
    pub(super) fn pending_at(&self, to: Option<&Jid>) -> usize {
        let domain = to.map(Jid::domain);
        self.pending.values().filter(|pending| pending.to.as_ref().map(Jid::domain) == domain).count()
    }

    /// Tells those who have waited too long.
    pub(super) fn expire(&mut self, now: Instant) {
        // Who has gone waits for nothing.
        self.pending.retain(|_, pending| !pending.answer.is_closed());
        let late: HashSet<String> =
            self.pending.iter().filter(|(_, pending)| pending.deadline <= now).map(|(id, _)| id.clone()).collect();
        for id in late {
            if let Some(pending) = self.pending.remove(&id) {
                let is_silent = now - self.heard >= if self.is_up { NEAR } else { LOST };
                if is_silent && (pending.is_near || !self.is_up) {
                    self.vain = Some(now);
                }
                let why = if self.is_up { AskError::Timeout } else { AskError::Disconnected };
                let _ = pending.answer.send(Err(why));
            }
        }
    }

    /// The stream has ended, and every request with it.
    pub(super) fn fail_all(&mut self) {
        for (_, pending) in self.pending.drain() {
            let _ = pending.answer.send(Err(AskError::Disconnected));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_nobody_waits_for_takes_no_room() {
        let mut traffic = Traffic::new(Instant::now());
        let (hole, other): (Jid, Jid) = ("x@blackhole.example".parse().unwrap(), "blackhole.example".parse().unwrap());
        let (own, deadline) = ("alice@example.org".parse().unwrap(), Instant::now() + FAR);
        let mut waiting = Vec::new();
        for (number, to) in [&hole, &other, &own, &hole].into_iter().enumerate() {
            let (answer, answered) = oneshot::channel();
            let pending = Pending { to: Some(to.clone()), is_near: false, deadline, answer };
            traffic.pending.insert(number.to_string(), pending);
            waiting.push(answered);
        }
        assert_eq!(traffic.pending_at(Some(&hole)), 3, "a domain's accounts count together");
        waiting.pop();
        traffic.expire(Instant::now());
        assert_eq!(traffic.pending_at(Some(&hole)), 2);
        tokio::time::advance(FAR).await;
        traffic.expire(Instant::now());
        assert!(traffic.pending.is_empty());
        assert_eq!(waiting[0].try_recv().unwrap(), Err(AskError::Timeout));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_of_several_answers_counts() {
        let mut traffic = Traffic::new(Instant::now());
        let (service, own): (Jid, Address) =
            ("buddycloud.montague.lit".parse().unwrap(), "romeo@montague.lit".parse().unwrap());
        let ask = |traffic: &mut Traffic| {
            let (answer, answered) = oneshot::channel();
            let payload = Element::bare("pubsub", "http://jabber.org/protocol/pubsub");
            let request = Request { to: Some(service.clone()), kind: Kind::Set, payload };
            traffic.begin(request, true, answer, Instant::now());
            answered
        };
        let mut first = ask(&mut traffic);
        traffic.answered("c1", Some(&service), &own, Ok(None));
        let mut second = ask(&mut traffic);
        let refusal = AskError::Stanza { condition: "bad-request".to_owned(), specific: None, text: None };
        traffic.answered("c1", Some(&service), &own, Err(refusal));
        assert_eq!(first.try_recv().unwrap(), Ok(None));
        assert!(second.try_recv().is_err(), "the second answer to one request is not that to another");
        assert_eq!(traffic.pending.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_server_is_not_waited_for_twice() {
        let mut traffic = Traffic::new(Instant::now());
        let wait = async |traffic: &mut Traffic, is_near| {
            let payload = Element::bare("ping", "urn:xmpp:ping");
            let (answer, mut answered) = oneshot::channel();
            let began = Instant::now();
            traffic.begin(Request { to: None, kind: Kind::Get, payload }, is_near, answer, began);
            while answered.try_recv().is_err() {
                tokio::time::advance(Duration::from_secs(1)).await;
                traffic.expire(Instant::now());
            }
            Instant::now() - began
        };
        assert_eq!(wait(&mut traffic, false).await, FAR);
        assert_eq!(traffic.why_in_vain(Instant::now()), None, "another domain may be slow without ours being it");
        assert_eq!(wait(&mut traffic, true).await, NEAR);
        assert_eq!(traffic.why_in_vain(Instant::now()), Some(AskError::Timeout));
        assert_eq!(traffic.why_in_vain(Instant::now() + VAIN), None, "somebody has to try again");
        traffic.hear(Instant::now());
        assert_eq!(traffic.why_in_vain(Instant::now()), None);
        traffic.is_up = false;
        assert_eq!(wait(&mut traffic, true).await, LOST);
        assert_eq!(traffic.why_in_vain(Instant::now()), Some(AskError::Disconnected));
    }
}
