//! Requests the server answers itself: for the domain, its services and its accounts (RFC 6121 §8.5).

use jid::{BareJid, Jid};
use minidom::Element;

use super::files::{Files, UPLOAD};
use super::negotiation::MANAGEMENT;
use super::router::Router;
use super::session::SessionId;
use super::stanzas::Place;
use super::{blocking, disco, registration, roster};
use crate::hosting::pubsub::wire::{OWNER, PUBSUB, Verb};
use crate::hosting::pubsub::{Caller, Kind, Notice};
use crate::hosting::stanza::{StanzaError, attribute, to_text};
use crate::store::Credentials;

/// The vcard (XEP-0054); also the name of the document that holds it.
pub(super) const CARD: &str = "vcard-temp";
const PING: &str = "urn:xmpp:ping";
const VERSION: &str = "jabber:iq:version";
const PRIVATE: &str = "jabber:iq:private";
const LEGACY_SESSION: &str = "urn:ietf:params:xml:ns:xmpp-session";
/// The largest vcard or private document.
const DOCUMENT: usize = 128 * 1024;
/// The most documents of an account.
const DOCUMENTS: usize = 100;

/// What a request is answered.
pub(super) enum Answer {
    /// The result's child, or nothing.
    Result(String),
    /// A result, and what others are told after it.
    Told(String, Vec<Notice>),
    /// A result, and the end of every session of the account.
    Farewell,
    /// An error.
    Error(StanzaError),
    /// Nobody is there to be answered.
    Nothing,
}

impl From<StanzaError> for Answer {
    fn from(error: StanzaError) -> Self {
        Answer::Error(error)
    }
}

impl Router {
    /// A request to the server, one of its services or an account.
    pub(super) fn query(&mut self, id: SessionId, stanza: &Element, place: &Place, keys: Option<Credentials>) {
        let Some(session) = self.sessions.get(&id) else { return };
        let caller =
            Caller { jid: Jid::from(session.jid.clone()), bare: session.bare.clone(), is_guest: session.is_guest };
        let verb = if stanza.attr("type") == Some("get") { Verb::Get } else { Verb::Set };
        let Some(payload) = stanza.children().next() else { return };
        let to = stanza.attr("to").unwrap_or_default();
        let answer = match place {
            Place::Server => self.server_query(&caller, verb, payload, keys),
            Place::Files => self.files_query(&caller, verb, payload),
            Place::Service => {
                let address = Jid::new(to).map(|jid| jid.to_string()).unwrap_or_default();
                self.service_query(&caller, verb, payload, &address, Kind::Shared)
            }
            Place::Account(bare) if *bare == caller.bare => self.own_query(id, &caller, verb, payload, keys),
            Place::Account(bare) => self.account_query(&caller, verb, payload, bare),
            Place::Resource(_) | Place::Component(_) | Place::Elsewhere => {
                StanzaError::new("service-unavailable").into()
            }
        };
        self.respond(id, stanza, answer);
    }

    fn respond(&mut self, id: SessionId, stanza: &Element, answer: Answer) {
        let Some(session) = self.sessions.get(&id) else { return };
        let (child, notices, is_last) = match answer {
            Answer::Nothing => return,
            Answer::Error(error) => return self.bounce(id, stanza, &error),
            Answer::Result(child) => (child, Vec::new(), false),
            Answer::Told(child, notices) => (child, notices, false),
            Answer::Farewell => (String::new(), Vec::new(), true),
        };
        let mut out = String::from("<iq type='result'");
        attribute("id", stanza.attr("id").unwrap_or_default(), &mut out);
        if let Some(to) = stanza.attr("to") {
            attribute("from", to, &mut out);
        }
        attribute("to", session.jid.as_str(), &mut out);
        if child.is_empty() {
            out.push_str("/>");
        } else {
            out.push('>');
            out.push_str(&child);
            out.push_str("</iq>");
        }
        let bare = session.bare.clone();
        self.send(id, out);
        for notice in notices {
            self.spread(&notice);
        }
        if is_last {
            for id in self.ids_of(&bare).collect::<Vec<_>>() {
                self.end(id, "not-authorized");
            }
        }
    }

    fn server_query(&mut self, caller: &Caller, verb: Verb, payload: &Element, keys: Option<Credentials>) -> Answer {
        match (verb, payload.name(), payload.ns().as_str()) {
            (Verb::Get, "ping", PING) => Answer::Result(String::new()),
            (Verb::Set, "session", LEGACY_SESSION) => Answer::Result(String::new()),
            (Verb::Get, "query", VERSION) => Answer::Result(version()),
            (Verb::Get, "query", disco::INFO) => self.server_info(payload),
            (Verb::Get, "query", disco::ITEMS) => self.server_items(payload),
            (_, "query", registration::REGISTER) => self.registration(caller, verb, payload, keys),
            _ => StanzaError::new("service-unavailable").into(),
        }
    }

    fn files_query(&mut self, caller: &Caller, verb: Verb, payload: &Element) -> Answer {
        let Some(files) = &self.files else { return StanzaError::new("service-unavailable").into() };
        match (verb, payload.name(), payload.ns().as_str()) {
            (Verb::Get, "ping", PING) => Answer::Result(String::new()),
            (Verb::Get, "query", disco::INFO) => disco::answer(disco::INFO, payload, &Files::info()),
            (Verb::Get, "query", disco::ITEMS) => disco::answer(disco::ITEMS, payload, ""),
            (Verb::Get, "request", UPLOAD) => files.slot(caller, payload),
            _ => StanzaError::new("service-unavailable").into(),
        }
    }

    fn service_query(&mut self, caller: &Caller, verb: Verb, payload: &Element, address: &str, kind: Kind) -> Answer {
        match (verb, payload.name(), payload.ns().as_str()) {
            (_, "pubsub", PUBSUB | OWNER) => self.pubsub(caller, verb, payload, address, kind),
            (Verb::Get, "ping", PING) => Answer::Result(String::new()),
            (Verb::Get, "query", VERSION) => Answer::Result(version()),
            (Verb::Get, "query", disco::INFO) => self.service_info(caller, payload, address, kind),
            (Verb::Get, "query", disco::ITEMS) => self.service_items(caller, payload, address, kind),
            _ => StanzaError::new("service-unavailable").into(),
        }
    }

    fn own_query(
        &mut self,
        id: SessionId,
        caller: &Caller,
        verb: Verb,
        payload: &Element,
        keys: Option<Credentials>,
    ) -> Answer {
        let name = payload.name();
        let space = payload.ns();
        if caller.is_guest && verb == Verb::Set && !(name == "session" && space == LEGACY_SESSION) {
            return StanzaError::new("forbidden").into();
        }
        match (verb, name, space.as_str()) {
            (_, _, blocking::BLOCKING) if caller.is_guest => StanzaError::new("service-unavailable").into(),
            (_, _, blocking::BLOCKING) => self.blocking(id, &caller.bare, verb, payload),
            (_, "query", roster::ROSTER) => self.roster(id, verb, payload),
            (Verb::Get, "ping", PING) => Answer::Result(String::new()),
            (Verb::Set, "session", LEGACY_SESSION) => Answer::Result(String::new()),
            (_, "query", registration::REGISTER) => self.registration(caller, verb, payload, keys),
            (Verb::Set, "vCard", CARD) => self.write_document(caller, CARD, payload),
            (_, "query", PRIVATE) => self.private(caller, verb, payload),
            (_, "enable" | "resume", MANAGEMENT) => StanzaError::new("bad-request").into(),
            _ => {
                let bare = caller.bare.clone();
                self.account_query(caller, verb, payload, &bare)
            }
        }
    }

    fn account_query(&mut self, caller: &Caller, verb: Verb, payload: &Element, account: &BareJid) -> Answer {
        let user = account.node().map(|user| user.to_string()).unwrap_or_default();
        let is_ours = account.domain().as_str() == self.names.domain;
        let exists = match self.store.has_account(&user) {
            Ok(exists) => is_ours && exists,
            Err(error) => return self.failed(&error).into(),
        };
        let unavailable = StanzaError::new("service-unavailable");
        if !exists {
            return unavailable.into();
        }
        let kind = Kind::Personal(account.clone());
        match (verb, payload.name(), payload.ns().as_str()) {
            (Verb::Get, "vCard", CARD) => match self.store.document(&user, CARD) {
                Ok(Some(xml)) => Answer::Result(xml),
                Ok(None) if *account == caller.bare => Answer::Result("<vCard xmlns='vcard-temp'/>".to_owned()),
                Ok(None) => StanzaError::new("item-not-found").into(),
                Err(error) => self.failed(&error).into(),
            },
            (_, "pubsub", PUBSUB | OWNER) => self.pubsub(caller, verb, payload, account.as_str(), kind),
            // What an account has is told to those who see its presence only (XEP-0030 §8).
            (Verb::Get, "query", space @ (disco::INFO | disco::ITEMS)) => {
                match self.is_shown_to(account, &caller.bare) {
                    Ok(true) if space == disco::INFO => self.service_info(caller, payload, account.as_str(), kind),
                    Ok(true) => self.service_items(caller, payload, account.as_str(), kind),
                    Ok(false) => unavailable.into(),
                    Err(error) => self.failed(&error).into(),
                }
            }
            _ => unavailable.into(),
        }
    }

    fn write_document(&mut self, caller: &Caller, name: &str, element: &Element) -> Answer {
        let user = caller.bare.node().map(|user| user.to_string()).unwrap_or_default();
        let xml = to_text(element);
        if xml.len() > DOCUMENT {
            return StanzaError::new("not-acceptable").text("The document is too large.").into();
        }
        let written = self.store.document_count(&user).and_then(|count| {
            let has_room = count < DOCUMENTS || self.store.document(&user, name)?.is_some();
            if has_room {
                self.store.set_document(&user, name, &xml)?;
            }
            Ok(has_room)
        });
        match written {
            Ok(true) => Answer::Result(String::new()),
            Ok(false) => StanzaError::new("resource-constraint").into(),
            Err(error) => self.failed(&error).into(),
        }
    }

    /// Private XML (XEP-0049).
    fn private(&mut self, caller: &Caller, verb: Verb, query: &Element) -> Answer {
        let mut children = query.children();
        let (Some(document), None) = (children.next(), children.next()) else {
            return StanzaError::new("bad-request").text("One document at a time.").into();
        };
        if caller.is_guest {
            return StanzaError::new("forbidden").into();
        }
        if document.ns() == PRIVATE {
            return StanzaError::new("not-acceptable").into();
        }
        let name = format!("private {} {}", document.name(), document.ns());
        if verb == Verb::Set {
            return self.write_document(caller, &name, document);
        }
        let user = caller.bare.node().map(|user| user.to_string()).unwrap_or_default();
        match self.store.document(&user, &name) {
            Ok(found) => {
                let empty = || to_text(&Element::bare(document.name(), document.ns()));
                Answer::Result(format!("<query xmlns='{PRIVATE}'>{}</query>", found.unwrap_or_else(empty)))
            }
            Err(error) => self.failed(&error).into(),
        }
    }
}

fn version() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("<query xmlns='{VERSION}'><name>Cirrus home</name><version>{version}</version></query>")
}
