//! Pubsub at work: operations of clients, and events to those who want them (XEP-0060 §12, XEP-0163).

use std::collections::BTreeSet;

use jid::{BareJid, Jid};
use minidom::Element;

use super::query::Answer;
use super::router::Router;
use super::session::SessionId;
use super::{HomeError, accounts};
use crate::hosting::pubsub::wire::{self, Verb};
use crate::hosting::pubsub::{Caller, Kind, Notice, Operation, Refusal, Reply, Service};
use crate::hosting::stanza::attribute;

impl Router {
    /// One pubsub service.
    pub(super) fn service<'a>(&'a self, address: &'a str, kind: Kind, now: i64) -> Service<'a> {
        Service { store: &self.store, address, kind, now, fresh: &accounts::fresh }
    }

    /// A pubsub request of a client.
    pub(super) fn pubsub(
        &mut self,
        caller: &Caller,
        verb: Verb,
        payload: &Element,
        address: &str,
        kind: Kind,
    ) -> Answer {
        let operation = match wire::read(verb, payload) {
            Ok(operation) => operation,
            Err(error) => return error.into(),
        };
        let has_presence = matches!(kind, Kind::Personal(_));
        let service = self.service(address, kind, (self.limits.clock)());
        let done = self.store.step(|| service.handle(caller, operation));
        match done {
            Ok(outcome) => Answer::Told(wire::write_reply(&outcome.reply, has_presence), outcome.notices),
            Err(refusal) => self.refusal(refusal).into(),
        }
    }

    /// A pubsub operation of the program itself.
    pub(super) fn operate(
        &mut self,
        address: &str,
        caller: BareJid,
        operation: Operation,
        now: i64,
    ) -> Result<Reply, HomeError> {
        let kind = self.kind(address)?;
        let caller = Caller { jid: caller.clone().into(), bare: caller, is_guest: false };
        let service = self.service(address, kind, now);
        let outcome = self.store.step(|| service.handle(&caller, operation)).map_err(home_error)?;
        for notice in &outcome.notices {
            self.spread(notice);
        }
        Ok(outcome.reply)
    }

    /// Puts an item into a node as it is.
    pub(super) fn plant(
        &mut self,
        address: &str,
        node: &str,
        publisher: &str,
        id: &str,
        payload: &str,
    ) -> Result<(), HomeError> {
        let service = self.service(address, self.kind(address)?, (self.limits.clock)());
        let notice = self.store.step(|| service.plant(node, publisher, id, payload)).map_err(home_error)?;
        self.spread(&notice);
        Ok(())
    }

    fn kind(&self, address: &str) -> Result<Kind, HomeError> {
        if address == self.names.pubsub || address == self.names.comments {
            return Ok(Kind::Shared);
        }
        let unknown = || HomeError::Name(address.to_owned());
        let bare = BareJid::new(address).map_err(|_| unknown())?;
        let user = bare.node().ok_or_else(unknown)?;
        if bare.domain().as_str() != self.names.domain || !self.store.has_account(user.as_str())? {
            return Err(unknown());
        }
        Ok(Kind::Personal(bare))
    }

    /// Tells everybody who should know. A session gets each event once, however many ways lead to it.
    pub(super) fn spread(&mut self, notice: &Notice) {
        let event = wire::write_event(&notice.node, &notice.change);
        let mut told = BTreeSet::new();
        for subscriber in &notice.subscribers {
            let Ok(jid) = Jid::new(subscriber) else { continue };
            match jid.try_into_full() {
                Ok(full) => {
                    if let Some(id) = self.find(&full).filter(|id| told.insert(*id)) {
                        self.notify(id, notice, subscriber, &event);
                    }
                }
                Err(bare) => {
                    for (_, id) in self.listening(&bare) {
                        if told.insert(id) {
                            self.notify(id, notice, subscriber, &event);
                        }
                    }
                }
            }
        }
        for id in self.interested(notice) {
            if told.insert(id) {
                let to = self.sessions.get(&id).map(|session| session.jid.to_string()).unwrap_or_default();
                self.notify(id, notice, &to, &event);
            }
        }
    }

    /// The sessions that asked for events of such nodes of everybody they know (XEP-0163 §4).
    fn interested(&self, notice: &Notice) -> Vec<SessionId> {
        let Ok(owner) = BareJid::new(&notice.service) else { return Vec::new() };
        let Some(user) = owner.node() else { return Vec::new() };
        let contacts = match self.store.contacts(user.as_str()) {
            Ok(contacts) => contacts,
            Err(error) => {
                self.failed(&error);
                return Vec::new();
            }
        };
        let seen = contacts.into_iter().filter(|contact| contact.sends && notice.audience.has(&contact.jid, true));
        let mut accounts: Vec<BareJid> = seen.filter_map(|contact| BareJid::new(&contact.jid).ok()).collect();
        accounts.push(owner);
        let all = accounts.iter().flat_map(|account| self.ids_of(account));
        all.filter(|id| {
            let session = self.sessions.get(id);
            session.is_some_and(|session| session.presence.is_some() && session.interests.contains(&notice.node))
        })
        .collect()
    }

    /// Sends one event to one session.
    fn notify(&mut self, id: SessionId, notice: &Notice, to: &str, event: &str) {
        let Some(account) = self.sessions.get(&id).map(|session| session.bare.clone()) else { return };
        if Jid::new(&notice.service).is_ok_and(|service| self.is_apart(&account, &service)) {
            return;
        }
        let mut out = String::with_capacity(event.len() + 160);
        out.push_str("<message");
        attribute("from", &notice.service, &mut out);
        attribute("to", to, &mut out);
        if notice.message_type != "normal" {
            attribute("type", notice.message_type, &mut out);
        }
        out.push('>');
        out.push_str(event);
        out.push_str("</message>");
        self.send(id, out);
    }

    /// Sends a session the last items of nodes it has just become interested in, of everybody it sees.
    pub(super) fn send_last_items(&mut self, id: SessionId, nodes: &[String]) {
        let Some(session) = self.sessions.get(&id).filter(|session| session.presence.is_some()) else { return };
        let (bare, jid) = (session.bare.clone(), session.jid.to_string());
        match self.last_items(&bare, nodes) {
            Ok(notices) => {
                for notice in notices {
                    let event = wire::write_event(&notice.node, &notice.change);
                    self.notify(id, &notice, &jid, &event);
                }
            }
            Err(refusal) => drop(self.refusal(refusal)),
        }
    }

    fn last_items(&self, viewer: &BareJid, nodes: &[String]) -> Result<Vec<Notice>, Refusal> {
        let user = viewer.node().map(|user| user.to_string()).unwrap_or_default();
        let known = self.store.contacts(&user)?.into_iter().filter(|contact| contact.receives);
        let mut accounts: Vec<BareJid> = known.filter_map(|contact| BareJid::new(&contact.jid).ok()).collect();
        accounts.push(viewer.clone());
        let mut notices = Vec::new();
        for account in accounts {
            if !self.is_shown_to(&account, viewer)? {
                continue;
            }
            let service = self.service(account.as_str(), Kind::Personal(account.clone()), (self.limits.clock)());
            for name in nodes {
                let Some(node) = self.store.node(account.as_str(), name)? else { continue };
                let notice = service.last_item(&node)?;
                notices
                    .extend(notice.filter(|notice| account == *viewer || notice.audience.has(viewer.as_str(), true)));
            }
        }
        Ok(notices)
    }
}

fn home_error(refusal: Refusal) -> HomeError {
    match refusal {
        Refusal::Told(error) => HomeError::Refused(error),
        Refusal::Store(error) => HomeError::Store(error),
    }
}
