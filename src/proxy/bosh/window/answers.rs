//! Answers: which request gets one, what is in it, and how long it can be asked for again.

use std::collections::VecDeque;

use bytes::Bytes;
use tokio::time::Instant;

use super::super::body::{Answer, Kind};
use super::{Deed, Load, Loss, Open, Parcel, Reply, Sent, Window};

/// Answers kept for a client that says which ones it has (XEP-0124 §9.2), beyond the window.
const UNACKNOWLEDGED: usize = 16;

/// What is kept of answers at most, in bytes: both of a usual window, however large.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

impl<T> Window<T> {
    /// An answer could not be given: what it carried is for the next request, or for this one when it is repeated.
    pub fn take_back(&mut self, reply: Reply, now: Instant) {
        let Some(loss) = reply.loss else { return };
        let Loss { rid, parcels, is_last } = *loss;
        let key = match self.sent.iter().position(|sent| sent.rid == rid) {
            Some(place) => self.sent.remove(place).and_then(|sent| sent.key),
            None => None,
        };
        for parcel in parcels.into_iter().rev() {
            self.queued_bytes += parcel.bytes();
            self.queue.push_front(parcel);
        }
        let place = self.open.iter().position(|open| open.rid > rid).unwrap_or(self.open.len());
        self.open.insert(place, Open { rid, ticket: None, since: now, key, repeats: 0 });
        if is_last {
            self.is_over = false;
            self.deeds.retain(|deed| !matches!(deed, Deed::End));
        }
        self.settle(now);
    }

    /// Answers what can and must be answered now.
    pub fn settle(&mut self, now: Instant) {
        if self.is_over {
            return;
        }
        if self.ending.is_some() {
            return self.finish(now);
        }
        // The first answer waits until the server has said something, unless the client cannot wait.
        let is_worth = |window: &Self| {
            let says = |parcel: &Parcel| window.is_made || !matches!(parcel.load, Load::Attributes(_));
            window.report.is_some() || window.queue.iter().any(says)
        };
        while self.live() > 0 && is_worth(self) {
            self.answer(now);
        }
        let hold = if self.terms.is_polling() { 0 } else { self.terms.hold };
        while self.live() > hold {
            self.answer(now);
        }
        self.note_idle(now);
    }

    /// How many requests wait for an answer that can be given.
    pub(super) fn live(&self) -> usize {
        self.open.iter().filter(|open| open.ticket.is_some()).count()
    }

    pub(super) fn note_idle(&mut self, now: Instant) {
        if self.live() > 0 {
            self.idle_since = None;
        } else if self.idle_since.is_none() {
            self.idle_since = Some(now);
        }
    }

    /// Gives the oldest request that can be answered what waits: of one stream, as far as it goes.
    pub(super) fn answer(&mut self, now: Instant) {
        self.answer_with(self.run(), now);
    }

    /// How much of what waits is of one stream, and not beyond its end.
    fn run(&self) -> usize {
        let Some(first) = self.queue.front() else { return 0 };
        let same = self.queue.iter().take_while(|parcel| parcel.stream == first.stream);
        let end = same.clone().position(|parcel| matches!(parcel.load, Load::StreamEnd(_)));
        end.map_or_else(|| same.count(), |end| end + 1)
    }

    pub(super) fn answer_with(&mut self, parcels: usize, now: Instant) {
        let Some(place) = self.open.iter().position(|open| open.ticket.is_some()) else { return };
        let rid = self.open[place].rid;
        self.bury(rid, now);
        let Some(open) = self.open.pop_front() else { return };
        let Some(ticket) = open.ticket else { return };
        let parcels: Vec<Parcel> = self.queue.drain(..parcels).collect();
        let kind = parcels.iter().find_map(|parcel| match parcel.load {
            Load::StreamEnd(condition) => Some(Kind::Terminate(condition)),
            _ => None,
        });
        let (body, has_payload) = self.write(rid, kind.unwrap_or_default(), &parcels, now);
        self.keep(Sent { rid, body: body.clone(), key: open.key, at: now, has_payload });
        self.queued_bytes -= parcels.iter().map(Parcel::bytes).sum::<usize>();
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
        let loss = Some(Box::new(Loss { rid, parcels, is_last: false }));
        self.deeds.push_back(Deed::Reply(Reply { ticket, body, condition: None, loss }));
    }

    fn write(&mut self, rid: u64, kind: Kind, parcels: &[Parcel], now: Instant) -> (Bytes, bool) {
        let mut attributes = String::new();
        for parcel in parcels {
            if let Load::Attributes(text) = &parcel.load {
                attributes.push_str(text);
            }
        }
        let pieces = parcels.iter().filter_map(|parcel| match &parcel.load {
            Load::Piece(piece) => Some(piece),
            _ => None,
        });
        let report = self.report.take().and_then(|wanted| {
            let sent = self.sent.iter().find(|sent| sent.rid == wanted)?;
            Some((wanted, now.duration_since(sent.at).as_millis()))
        });
        // The first answer always says both, so that the client knows that it can count on them.
        let is_first = !std::mem::replace(&mut self.is_made, true);
        let names = is_first || self.has_streams();
        let stream = parcels.first().filter(|_| names).map(|parcel| &*self.streams[parcel.stream]);
        let ack = Some(self.next - 1).filter(|last| self.terms.acks && (is_first || *last > rid));
        let answer = Answer { kind, attributes: &attributes, ack, report, stream };
        (answer.write(pieces.clone()), pieces.count() > 0)
    }

    /// Requests before `rid` whose connections are gone get an empty answer, in case they are repeated: answers keep
    /// the order of the requests.
    pub(super) fn bury(&mut self, rid: u64, now: Instant) {
        while let Some(open) = self.open.pop_front_if(|open| open.rid < rid && open.ticket.is_none()) {
            let body = Answer::default().write([].iter());
            self.keep(Sent { rid: open.rid, body, key: open.key, at: now, has_payload: false });
        }
    }

    fn keep(&mut self, sent: Sent) {
        let most = self.terms.requests + if self.terms.acks { UNACKNOWLEDGED } else { 0 };
        self.sent.push_back(sent);
        let bytes = |sent: &VecDeque<Sent>| sent.iter().map(|sent| sent.body.len()).sum::<usize>();
        while self.sent.len() > most || (self.sent.len() > 1 && bytes(&self.sent) > KEPT_BYTES) {
            self.sent.pop_front();
        }
    }

    /// Tells the end to the oldest request, with all that still waits; the others get an empty answer.
    pub(super) fn finish(&mut self, now: Instant) {
        let Some(condition) = self.ending else { return };
        // A body holds payloads of one stream only, and one that names a stream ends no more than that.
        while self.live() > 0 && self.has_streams() && !self.queue.is_empty() {
            self.answer(now);
        }
        let Some(rid) = self.open.iter().find(|open| open.ticket.is_some()).map(|open| open.rid) else {
            return self.note_idle(now);
        };
        self.bury(rid, now);
        let Some(Open { ticket: Some(ticket), .. }) = self.open.pop_front() else { return };
        let parcels: Vec<Parcel> = self.queue.drain(..).collect();
        self.queued_bytes = 0;
        // A body that names a stream ends no more than that one, even if it is the first (XEP-0124 §16.6).
        self.is_made = true;
        let (body, _) = self.write(rid, Kind::Terminate(condition), &parcels, now);
        let loss = Some(Box::new(Loss { rid, parcels, is_last: true }));
        self.deeds.push_back(Deed::Reply(Reply { ticket, body, condition, loss }));
        self.close();
    }
}
