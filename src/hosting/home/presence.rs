//! Presence: broadcast, probes, directed presence (RFC 6121 §4).

use std::collections::BTreeSet;

use jid::{BareJid, Jid};
use minidom::Element;

use super::router::Router;
use super::session::{Presence, SessionId};
use super::stanzas::{Place, child};
use crate::hosting::stanza::{StanzaError, addressed, attribute};
use crate::store::StoreError;

/// How many addresses one session may send presence directly.
const DIRECTED: usize = 200;

impl Router {
    /// A presence stanza of a session.
    pub(super) fn presence(&mut self, id: SessionId, stanza: &Element, to: Option<Jid>) {
        let done = match (stanza.attr("type"), to) {
            (None, None) => self.available(id, stanza),
            (Some("unavailable"), None) => {
                self.unavailable(id, Some(stanza));
                Ok(())
            }
            (Some("error"), None) => Ok(()),
            (None | Some("unavailable" | "error"), Some(to)) => self.directed(id, stanza, &to),
            (Some("subscribe" | "subscribed" | "unsubscribe" | "unsubscribed"), Some(to)) => {
                self.subscription(id, stanza, &to.to_bare())
            }
            (Some("probe"), Some(to)) => self.probed(id, &to),
            _ => Err(StanzaError::new("bad-request").into()),
        };
        match done {
            Ok(()) => {}
            Err(Problem::Told(error)) => self.bounce(id, stanza, &error),
            Err(Problem::Store(error)) => {
                let error = self.failed(&error);
                self.bounce(id, stanza, &error);
            }
        }
    }

    fn available(&mut self, id: SessionId, stanza: &Element) -> Result<(), Problem> {
        let priority = check(stanza)?;
        let Some(session) = self.sessions.get_mut(&id) else { return Ok(()) };
        let is_first = session.presence.is_none();
        session.presence = Some(Presence { priority, stanza: stanza.clone() });
        let (jid, bare, is_guest) = (session.jid.to_string(), session.bare.clone(), session.is_guest);
        if is_guest {
            return Ok(());
        }
        for watcher in self.watchers(&bare)? {
            self.show(watcher, stanza, &jid);
        }
        if is_first {
            self.greet(id, &bare)?;
        }
        self.learn_capabilities(id, stanza);
        Ok(())
    }

    /// A session that comes online learns who else is there, and who waits for its answer (§3.1.3, §4.2.2).
    fn greet(&mut self, id: SessionId, bare: &BareJid) -> Result<(), StoreError> {
        let user = bare.node().map(|user| user.to_string()).unwrap_or_default();
        let others: Vec<_> = self.ids_of(bare).filter(|other| *other != id).collect();
        others.into_iter().for_each(|other| self.show_session(other, id));
        for contact in self.store.contacts(&user)? {
            let Ok(jid) = BareJid::new(&contact.jid) else { continue };
            if contact.receives && self.is_shown_to(&jid, bare)? {
                for other in self.ids_of(&jid).collect::<Vec<_>>() {
                    self.show_session(other, id);
                }
            }
            if let Some(request) = contact.request {
                self.send(id, request);
            }
        }
        Ok(())
    }

    /// Whether an account of ours lets another see its presence.
    pub(super) fn is_shown_to(&self, account: &BareJid, viewer: &BareJid) -> Result<bool, StoreError> {
        if account == viewer {
            return Ok(true);
        }
        match account.node() {
            Some(user) if account.domain().as_str() == self.names.domain => {
                self.store.is_seen_by(user.as_str(), viewer.as_str())
            }
            _ => Ok(false),
        }
    }

    /// Every available session that sees an account's presence: its own too, and among them the one that has just become
    /// available, which learns by it that it is (§4.2.2).
    fn watchers(&self, account: &BareJid) -> Result<Vec<SessionId>, StoreError> {
        let user = account.node().map(|user| user.as_str()).unwrap_or_default();
        let contacts = self.store.contacts(user)?.into_iter().filter(|contact| contact.sends);
        let mut accounts: Vec<BareJid> = contacts.filter_map(|contact| BareJid::new(&contact.jid).ok()).collect();
        accounts.push(account.clone());
        let all = accounts.iter().flat_map(|account| self.ids_of(account));
        let available = |id: &SessionId| self.sessions.get(id).is_some_and(|session| session.presence.is_some());
        Ok(all.filter(available).collect())
    }

    fn show(&mut self, to: SessionId, stanza: &Element, from: &str) {
        let Some(session) = self.sessions.get(&to) else { return };
        let (text, viewer) = (addressed(stanza, from, session.jid.as_str()), session.bare.clone());
        if Jid::new(from).is_ok_and(|from| !self.is_apart(&viewer, &from)) {
            self.send(to, text);
        }
    }

    /// Sends the presence of a session to another.
    pub(super) fn show_session(&mut self, whose: SessionId, to: SessionId) {
        let Some(session) = self.sessions.get(&whose) else { return };
        if let Some(presence) = &session.presence {
            let (stanza, from) = (presence.stanza.clone(), session.jid.to_string());
            self.show(to, &stanza, &from);
        }
    }

    /// A session leaves: everybody who saw it is told, with its last words if it had some.
    fn unavailable(&mut self, id: SessionId, words: Option<&Element>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let was_there = session.presence.take().is_some();
        session.interests.clear();
        session.capabilities = Default::default();
        let directed = std::mem::take(&mut session.directed);
        let (jid, bare, is_guest) = (session.jid.to_string(), session.bare.clone(), session.is_guest);
        let mut told = BTreeSet::new();
        if was_there && !is_guest {
            match self.watchers(&bare) {
                Ok(watchers) => told.extend(watchers),
                Err(error) => drop(self.failed(&error)),
            }
        }
        for to in directed.iter().filter_map(|to| Jid::new(to).ok()) {
            if let Place::Component(address) = self.place(&to) {
                let mut out = String::from("<presence type='unavailable'");
                attribute("from", &jid, &mut out);
                attribute("to", to.as_str(), &mut out);
                out.push_str("/>");
                self.tell_component(&address, out);
                continue;
            }
            match to.try_into_full() {
                Ok(full) => told.extend(self.find(&full)),
                Err(bare) => told.extend(self.ids_of(&bare)),
            }
        }
        for to in told {
            match words {
                Some(words) => self.show(to, words, &jid),
                None => self.tell_unavailable(to, &jid),
            }
        }
    }

    /// A session ends without a word.
    pub(super) fn say_unavailable(&mut self, id: SessionId) {
        self.unavailable(id, None);
    }

    /// Tells a session that an address is not there any more.
    pub(super) fn tell_unavailable(&mut self, to: SessionId, from: &str) {
        let Some(session) = self.sessions.get(&to) else { return };
        let mut out = String::from("<presence type='unavailable'");
        attribute("from", from, &mut out);
        attribute("to", session.jid.as_str(), &mut out);
        out.push_str("/>");
        self.send(to, out);
    }

    fn directed(&mut self, id: SessionId, stanza: &Element, to: &Jid) -> Result<(), Problem> {
        if stanza.attr("type").is_none() {
            check(stanza)?;
        }
        let Some(session) = self.sessions.get_mut(&id) else { return Ok(()) };
        let is_for_component = self.component_names.iter().any(|name| name == to.domain().as_str());
        if session.is_guest && !is_for_component {
            return Err(StanzaError::new("forbidden").into());
        }
        let from = session.jid.to_string();
        match stanza.attr("type") {
            None if session.directed.len() >= DIRECTED => {
                return Err(StanzaError::new("resource-constraint").into());
            }
            None => drop(session.directed.insert(to.to_string())),
            Some("unavailable") => drop(session.directed.remove(to.as_str())),
            Some(_) => {}
        }
        match self.place(to) {
            Place::Resource(full) => {
                if let Some(target) = self.find(&full) {
                    self.hand_over(target, stanza, &from);
                }
            }
            Place::Account(bare) => {
                let present = |id: &SessionId| self.sessions.get(id).is_some_and(|one| one.presence.is_some());
                for target in self.ids_of(&bare).filter(present).collect::<Vec<_>>() {
                    self.hand_over(target, stanza, &from);
                }
            }
            Place::Component(address) => _ = self.hand_to_component(&address, stanza, &from, to.as_str()),
            Place::Server | Place::Service | Place::Files => {}
            Place::Elsewhere => return Err(StanzaError::new("remote-server-not-found").into()),
        }
        Ok(())
    }

    /// A client asks for somebody's presence itself; who may not see it gets no answer.
    fn probed(&mut self, id: SessionId, to: &Jid) -> Result<(), Problem> {
        let Some(session) = self.sessions.get(&id) else { return Ok(()) };
        let (viewer, account) = (session.bare.clone(), to.to_bare());
        if !session.is_guest && self.is_shown_to(&account, &viewer)? {
            let wanted = |jid: &Jid| to.is_bare() || jid == to;
            let ids = self.ids_of(&account);
            let ids: Vec<_> = ids.filter(|id| self.sessions.get(id).is_some_and(|one| wanted(&one.jid))).collect();
            ids.into_iter().for_each(|other| self.show_session(other, id));
        }
        Ok(())
    }
}

/// Why a presence stanza was not done.
pub(super) enum Problem {
    /// The client is told.
    Told(StanzaError),
    /// The database failed.
    Store(StoreError),
}

impl From<StanzaError> for Problem {
    fn from(error: StanzaError) -> Self {
        Problem::Told(error)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Problem::Store(error)
    }
}

/// Checks `show` and `priority` of an available presence (RFC 6121 §4.7.2) and answers the priority.
fn check(stanza: &Element) -> Result<i8, StanzaError> {
    let bad = |text: &str| StanzaError::new("bad-request").text(text);
    if let Some(show) = child(stanza, "show")
        && !matches!(show.text().trim(), "away" | "chat" | "dnd" | "xa")
    {
        return Err(bad("show is away, chat, dnd or xa."));
    }
    match child(stanza, "priority") {
        None => Ok(0),
        Some(priority) => priority.text().trim().parse().map_err(|_| bad("priority is between -128 and 127.")),
    }
}
