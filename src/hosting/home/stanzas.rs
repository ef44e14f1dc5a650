//! Where stanzas go: RFC 6120 §8 and §10, RFC 6121 §8.

use jid::{BareJid, Jid};
use minidom::Element;

use super::blocking::Barrier;
use super::router::Router;
use super::session::SessionId;
use crate::hosting::stanza::{CLIENT, StanzaError, addressed, attribute};
use crate::store::Credentials;

/// Where an address lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// The domain itself.
    Server,
    /// A pubsub service of the domain.
    Service,
    /// The place for people's files.
    Files,
    /// An account, or a name that could be one.
    Account(BareJid),
    /// A component, there or not.
    Component(String),
    /// One resource of an account.
    Resource(jid::FullJid),
    /// Not here.
    Elsewhere,
}

impl Router {
    /// Where an address lies.
    pub(super) fn place(&self, jid: &Jid) -> Place {
        let names = &self.names;
        let domain = jid.domain().as_str();
        let is_people = domain == names.domain || domain == names.guests;
        match (jid.node(), jid.try_as_full()) {
            (None, Err(_)) if domain == names.domain => Place::Server,
            _ if self.component_names.iter().any(|name| name == domain) => Place::Component(domain.to_owned()),
            (None, Err(_)) if domain == names.pubsub || domain == names.comments => Place::Service,
            (None, Err(_)) if domain == names.files && self.files.is_some() => Place::Files,
            (Some(_), Ok(full)) if is_people => Place::Resource(full.clone()),
            (Some(_), Err(bare)) if is_people => Place::Account(bare.clone()),
            _ => Place::Elsewhere,
        }
    }

    /// A stanza of a session.
    pub(super) fn stanza(&mut self, id: SessionId, stanza: &Element, keys: Option<Credentials>) {
        let Some(session) = self.sessions.get(&id) else { return };
        let claims = stanza.attr("from").map(Jid::new);
        let is_own = match &claims {
            None => true,
            Some(Ok(from)) => *from == session.jid || *from == session.bare,
            Some(Err(_)) => false,
        };
        if !is_own {
            return self.end(id, "invalid-from");
        }
        let to = match stanza.attr("to").map(Jid::new) {
            None => None,
            Some(Ok(to)) => Some(to),
            Some(Err(_)) => return self.bounce(id, stanza, &StanzaError::new("jid-malformed")),
        };
        if let Some(to) = &to {
            let from = Jid::from(session.jid.clone());
            match self.barrier(&from, to, stanza) {
                Ok(None) => {}
                Ok(Some(Barrier::Dropped)) => return,
                Ok(Some(Barrier::Refused(error))) => return self.bounce(id, stanza, &error),
                Err(error) => {
                    let error = self.failed(&error);
                    return self.bounce(id, stanza, &error);
                }
            }
        }
        match stanza.name() {
            "iq" => self.iq(id, stanza, to, keys),
            "message" => self.message(id, stanza, to),
            _ => self.presence(id, stanza, to),
        }
    }

    /// Answers a stanza with an error, unless it is itself an answer.
    pub(super) fn bounce(&mut self, id: SessionId, stanza: &Element, error: &StanzaError) {
        if matches!(stanza.attr("type"), Some("error" | "result")) {
            return;
        }
        let Some(session) = self.sessions.get(&id) else { return };
        let mut out = format!("<{} type='error'", stanza.name());
        if let Some(id) = stanza.attr("id") {
            attribute("id", id, &mut out);
        }
        if let Some(to) = stanza.attr("to").filter(|to| Jid::new(to).is_ok()) {
            attribute("from", to, &mut out);
        }
        attribute("to", session.jid.as_str(), &mut out);
        out.push('>');
        error.write(&mut out);
        out.push_str(&format!("</{}>", stanza.name()));
        self.send(id, out);
    }

    /// Hands a stanza to one session, as it is but for its addresses.
    pub(super) fn hand_over(&mut self, to: SessionId, stanza: &Element, from: &str) {
        if let Some(session) = self.sessions.get(&to) {
            let text = addressed(stanza, from, stanza.attr("to").unwrap_or(session.jid.as_str()));
            self.send(to, text);
        }
    }

    fn message(&mut self, id: SessionId, stanza: &Element, to: Option<Jid>) {
        let Some(session) = self.sessions.get(&id) else { return };
        let kind = stanza.attr("type").unwrap_or("normal");
        if session.is_guest {
            return self.bounce(id, stanza, &StanzaError::new("forbidden"));
        }
        let from = session.jid.to_string();
        let to = to.unwrap_or_else(|| session.bare.clone().into());
        let unavailable = StanzaError::new("service-unavailable");
        match self.place(&to) {
            Place::Elsewhere => self.bounce(id, stanza, &StanzaError::new("remote-server-not-found")),
            Place::Server | Place::Service | Place::Files => self.bounce(id, stanza, &unavailable),
            Place::Component(address) => {
                if !self.hand_to_component(&address, stanza, &from, to.as_str()) {
                    self.bounce(id, stanza, &unavailable);
                }
            }
            Place::Resource(full) => match self.find(&full) {
                Some(target) => self.hand_over(target, stanza, &from),
                // Talk goes on with whatever resource is there (RFC 6121 §8.5.3.2.1).
                None if kind == "chat" => self.account_message(id, stanza, &full.to_bare(), &from),
                None if kind == "headline" => {}
                None => self.bounce(id, stanza, &unavailable),
            },
            Place::Account(_) if kind == "groupchat" => self.bounce(id, stanza, &unavailable),
            Place::Account(bare) => self.account_message(id, stanza, &bare, &from),
        }
    }

    /// To an account: a headline to every resource that listens, anything else to those it prefers.
    fn account_message(&mut self, id: SessionId, stanza: &Element, bare: &BareJid, from: &str) {
        let kind = stanza.attr("type").unwrap_or("normal");
        if kind == "error" {
            return;
        }
        let mut targets = self.listening(bare);
        if kind != "headline" {
            let best = targets.iter().map(|(priority, _)| *priority).max();
            targets.retain(|(priority, _)| Some(*priority) == best);
        }
        if targets.is_empty() && kind != "headline" {
            return self.bounce(id, stanza, &StanzaError::new("service-unavailable"));
        }
        for (_, target) in targets {
            self.hand_over(target, stanza, from);
        }
    }

    /// The sessions of an account with a priority that is not negative.
    pub(super) fn listening(&self, bare: &BareJid) -> Vec<(i8, SessionId)> {
        self.ids_of(bare)
            .filter_map(|id| {
                let priority = self.sessions.get(&id)?.presence.as_ref()?.priority;
                (priority >= 0).then_some((priority, id))
            })
            .collect()
    }

    fn iq(&mut self, id: SessionId, stanza: &Element, to: Option<Jid>, keys: Option<Credentials>) {
        let bad = |text: &str| StanzaError::new("bad-request").text(text);
        let kind = stanza.attr("type").unwrap_or_default();
        let children = stanza.children().count();
        if stanza.attr("id").is_none_or(str::is_empty) {
            return self.bounce(id, stanza, &bad("An iq has an id."));
        }
        match kind {
            "get" | "set" if children == 1 => {}
            "get" | "set" => return self.bounce(id, stanza, &bad("A request has one child.")),
            "result" | "error" => return self.iq_answer(id, stanza, to),
            _ => return self.bounce(id, stanza, &bad("An iq is get, set, result or error.")),
        }
        let Some(session) = self.sessions.get(&id) else { return };
        let from = session.jid.to_string();
        let place = match &to {
            None => Place::Account(session.bare.clone()),
            Some(to) => self.place(to),
        };
        match place {
            Place::Elsewhere => self.bounce(id, stanza, &StanzaError::new("remote-server-not-found")),
            Place::Component(address) => {
                let target = to.map(|to| to.to_string()).unwrap_or_default();
                if !self.hand_to_component(&address, stanza, &from, &target) {
                    self.bounce(id, stanza, &StanzaError::new("service-unavailable"));
                }
            }
            Place::Resource(_) if session.is_guest => self.bounce(id, stanza, &StanzaError::new("forbidden")),
            Place::Resource(full) => match self.find(&full) {
                Some(target) => self.hand_over(target, stanza, &from),
                None => self.bounce(id, stanza, &StanzaError::new("service-unavailable")),
            },
            place => self.query(id, stanza, &place, keys),
        }
    }

    /// An answer goes to the one who asked; one that nobody waits for is dropped.
    fn iq_answer(&mut self, id: SessionId, stanza: &Element, to: Option<Jid>) {
        let Some(session) = self.sessions.get(&id) else { return };
        let from = session.jid.to_string();
        match to.map(|to| self.place(&to)) {
            Some(Place::Resource(full)) => {
                if let Some(target) = self.find(&full) {
                    self.hand_over(target, stanza, &from);
                }
            }
            Some(Place::Component(address)) => {
                let target = stanza.attr("to").unwrap_or_default();
                self.hand_to_component(&address, stanza, &from, target);
            }
            None | Some(Place::Server) => self.capabilities_answer(id, stanza),
            Some(_) => {}
        }
    }
}

/// Whether an element is a stanza of this kind.
pub(super) fn child<'a>(stanza: &'a Element, name: &str) -> Option<&'a Element> {
    stanza.children().find(|child| child.is(name, CLIENT))
}
