//! Buddycloud channels for any XMPP server: a component (XEP-0114) that plain pubsub clients can use too.
//!
//! [`Service`] has no network and no clock: stanzas go in, stanzas come out. One thread owns it (`runner`), does what
//! waits in one transaction and lets its answers out after the commit; `link` is the connection to the XMPP server.

mod bounds;
mod names;
mod permissions;
mod request;
mod entry;
mod place;
mod disco;
mod channels;
mod items;
mod comments;
mod follow;
mod members;
mod people;
mod notices;
mod presence;
mod queries;
mod search;
mod federation;
pub mod archive;
mod runner;
mod link;
mod running;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jid::Jid;
use minidom::Element;

use self::federation::Federation;
use self::request::{BUDDYCLOUD, OWNER, PUBSUB};
pub use self::running::{Running, StartError, read_secret};
use crate::hosting::stanza::{StanzaError, attribute};
use crate::store::StoreError;
use crate::store::channels::ChannelStore;
pub use crate::store::channels::Place;

/// What is chosen about a service.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The domain whose accounts are members: `example.org`.
    pub domain: String,
    /// Domains whose accounts are anonymous: they read, and do nothing else.
    pub guests: Vec<String>,
    /// The service's own address: `channels.example.org`.
    pub address: String,
    /// The domain of topic channels: `topics.example.org`.
    pub topics: String,
    /// What the service calls itself.
    pub name: String,
}

/// A channel service at work.
pub struct Service {
    store: ChannelStore,
    settings: Settings,
    fresh: fn() -> String,
    federation: Federation,
    outgoing: Vec<Outgoing>,
    /// The channels at the top of a list, by its node's name, and when they were counted.
    tops: BTreeMap<&'static str, (i64, Vec<i64>)>,
}

/// A stanza to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Which of our addresses it is from: by that connection it leaves.
    pub from: String,
    /// The whole stanza, with `from` and `to`, in the default namespace that the stream declares.
    pub text: String,
}

/// Who asks.
#[derive(Debug, Clone)]
struct Actor {
    /// The address that the stanza came from: who is answered.
    from: String,
    /// The account that acts.
    bare: String,
    /// Of our domain: may have a channel here and make others.
    is_member: bool,
    /// Signed in without an account.
    is_guest: bool,
    /// The service that speaks for the account, where it does not speak for itself.
    via: Option<String>,
}

/// Why something is not done.
#[derive(Debug)]
enum Refusal {
    /// What the asker is told.
    Told(StanzaError),
    /// The database failed.
    Store(StoreError),
    /// The answer comes later.
    Later,
}

impl From<StanzaError> for Refusal {
    fn from(error: StanzaError) -> Self {
        Refusal::Told(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Refusal::Store(error)
    }
}

/// What is inside of a result.
type Answer = Result<String, Refusal>;

/// The error with this condition.
fn refuse<T>(condition: &'static str) -> Result<T, Refusal> {
    Err(StanzaError::new(condition).into())
}

impl Service {
    /// Takes the service up. `fresh` makes names that nobody can guess.
    pub fn new(store: ChannelStore, settings: Settings, fresh: fn() -> String) -> Result<Self, StoreError> {
        let federation = Federation::new(&settings.address, fresh);
        Ok(Service { store, settings, fresh, federation, outgoing: Vec::new(), tops: BTreeMap::new() })
    }

    /// Opens the transaction of a batch of stanzas.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        self.store.begin()
    }

    /// Makes what was done durable; only then [`Service::take`] may be sent.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.store.commit()
    }

    /// The batch failed: nothing of it happened, and nothing of it is sent.
    pub fn forget(&mut self) {
        self.outgoing.clear();
        if let Err(error) = self.store.roll_back() {
            tracing::debug!(error = %error, "a failed transaction could not be rolled back");
        }
    }

    /// Takes one stanza (in `jabber:client`), with its `from` and `to`, as the XMPP server delivered it. `is_cut`: parts
    /// of it broke a bound and are missing. `now` is in milliseconds since 1970. An error means that the database can
    /// do nothing more in this transaction.
    pub fn stanza(&mut self, stanza: &Element, is_cut: bool, now: i64) -> Result<(), StoreError> {
        let from = stanza.attr("from").and_then(|from| Jid::new(from).ok());
        let (Some(from), Some(to)) = (from, stanza.attr("to").and_then(|to| Jid::new(to).ok())) else {
            return Ok(());
        };
        if ![&self.settings.address, &self.settings.topics].contains(&&to.domain().to_string()) {
            return Ok(());
        }
        if to.node().is_some() {
            if stanza.name() == "iq" && matches!(stanza.attr("type"), Some("get" | "set")) {
                // There are no accounts here, and every request gets an answer (RFC 6120 §8.2.3).
                self.refuse_request(&from, to.as_str(), stanza, &StanzaError::new("service-unavailable"));
            }
            return Ok(());
        }
        match (stanza.name(), stanza.attr("type")) {
            ("iq", Some("get" | "set")) => self.request(&from, &to, stanza, is_cut, now),
            ("iq", Some("result" | "error")) if self.federation_answer(from.as_str(), stanza, is_cut, now)? => Ok(()),
            ("iq", Some("error")) => self.resource_is_gone(&from, stanza),
            ("message", Some("error")) => {
                self.undelivered(from.as_str());
                self.resource_is_gone(&from, stanza)
            }
            ("message", _) if is_cut => Ok(()),
            ("message", _) => self.message(&from, stanza, now),
            ("presence", kind) => self.presence(&from, &to, kind, now),
            _ => Ok(()),
        }
    }

    /// The connection to the XMPP server stands (again).
    pub fn connected(&mut self, now: i64) -> Result<(), StoreError> {
        self.ask_who_is_there()?;
        self.federation_connected(now)
    }

    /// Once a second: requests to others that took too long, copies that are due.
    pub fn tick(&mut self, now: i64) -> Result<(), StoreError> {
        self.tick_federation(now)
    }

    /// Whether so much waits to be sent that it should go before more is done.
    pub fn is_laden(&self) -> bool {
        self.outgoing.len() > bounds::OUTGOING / 256
            || self.outgoing.iter().map(|one| one.text.len()).sum::<usize>() > bounds::OUTGOING
    }

    /// What is to be sent, in this order, once everything so far is on disk.
    pub fn take(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outgoing)
    }

    /// Does a request as a whole, or leaves no trace of it.
    fn request(&mut self, from: &Jid, to: &Jid, stanza: &Element, is_cut: bool, now: i64) -> Result<(), StoreError> {
        let mark = self.outgoing.len();
        self.store.begin_step()?;
        let answer = if is_cut {
            Err(StanzaError::new("not-acceptable").text("The request, or a part of it, is too large.").into())
        } else {
            self.answer(from, to, stanza, now)
        };
        let own = to.domain().to_string();
        let answer = match answer {
            // Servers cut the connection of a service that sends so much, and everything under way with it.
            Ok(payload) if payload.len() > bounds::ANSWER => {
                tracing::warn!(bytes = payload.len(), "an answer was too large to be sent");
                refuse("resource-constraint")
            }
            answer => answer,
        };
        match answer {
            Ok(payload) => {
                self.store.end_step()?;
                // The answer goes before the news of it; after what was asked for in messages of its own.
                let is_last = stanza.children().any(|payload| payload.ns() == queries::MAM);
                let mark = if is_last { self.outgoing.len() } else { mark };
                let reply = reply("result", &own, from, stanza, &payload);
                self.outgoing.insert(mark, Outgoing { from: own, text: reply });
            }
            Err(Refusal::Later) => self.store.end_step()?,
            Err(Refusal::Told(error)) => {
                self.store.undo_step()?;
                self.outgoing.truncate(mark);
                self.refuse_request(from, &own, stanza, &error);
            }
            Err(Refusal::Store(error)) => {
                tracing::error!(error = %error, "the channel service's database did not do a step");
                self.outgoing.truncate(mark);
                self.store.undo_step()?;
                self.refuse_request(from, &own, stanza, &StanzaError::new("internal-server-error"));
            }
        }
        Ok(())
    }

    fn refuse_request(&mut self, from: &Jid, own: &str, stanza: &Element, error: &StanzaError) {
        let mut payload = String::new();
        error.write(&mut payload);
        let text = reply("error", own, from, stanza, &payload);
        let from = own.rsplit('@').next().unwrap_or(own).to_owned();
        self.outgoing.push(Outgoing { from, text });
    }

    fn answer(&mut self, from: &Jid, to: &Jid, stanza: &Element, now: i64) -> Answer {
        let mut payloads = stanza.children();
        let (Some(payload), None) = (payloads.next(), payloads.next()) else {
            return Err(StanzaError::new("bad-request").text("A request has one payload.").into());
        };
        let is_get = stanza.attr("type") == Some("get");
        if to.domain().as_str() == self.settings.topics {
            return self.answer_for_topics(payload, is_get);
        }
        let Some(actor) = self.actor(from, payload, stanza, now)? else { return Err(Refusal::Later) };
        match (payload.name(), payload.ns().as_str(), is_get) {
            ("query", disco::INFO, true) => self.disco_info(&actor, payload, stanza, now),
            ("query", disco::ITEMS, true) => self.disco_items(&actor, payload, stanza, now),
            ("query", request::REGISTER, _) => self.register(&actor, payload, is_get, now),
            ("query", search::NS, _) => self.search(&actor, payload, is_get),
            ("query", queries::MAM, true) => self.changes(&actor, payload, stanza, now),
            ("query", "jabber:iq:version", true) => Ok(disco::version()),
            ("ping", "urn:xmpp:ping", true) => Ok(String::new()),
            ("pubsub", PUBSUB | OWNER, _) => self.pubsub(&actor, payload, stanza, is_get, now),
            _ => refuse("service-unavailable"),
        }
    }

    /// Who asks: the sender, or the person for whom another service speaks. `None`: that is being found out.
    fn actor(&mut self, from: &Jid, payload: &Element, stanza: &Element, now: i64) -> Result<Option<Actor>, Refusal> {
        let named = payload.get_child("actor", BUDDYCLOUD).map(|actor: &Element| actor.text());
        let Some(named) = named else {
            let domain = from.domain().as_str();
            let is_guest = self.settings.guests.iter().any(|guests| guests == domain);
            return Ok(Some(Actor {
                from: from.to_string(),
                bare: from.to_bare().to_string(),
                is_member: domain == self.settings.domain && from.node().is_some(),
                // A service without an actor asks for nobody in particular.
                is_guest: is_guest || from.node().is_none(),
                via: None,
            }));
        };
        let bare = jid::BareJid::new(named.trim()).map_err(|_| StanzaError::new("jid-malformed"))?.to_string();
        let Some(bare) = self.check_actor(from.as_str(), &bare, stanza, now)? else { return Ok(None) };
        let via = Some(from.to_string());
        Ok(Some(Actor { from: from.to_string(), bare, is_member: false, is_guest: false, via }))
    }

    fn pubsub(&mut self, actor: &Actor, pubsub: &Element, stanza: &Element, is_get: bool, now: i64) -> Answer {
        let asked = request::read(pubsub)?;
        if let Some(node) = asked.node()
            && self.pass_on(actor, node, &asked, stanza, now)?
        {
            return Err(Refusal::Later);
        }
        match (asked.name(), asked.is_owner, is_get) {
            ("create", false, false) => self.create(actor, &asked, now),
            ("publish", false, false) => self.publish(actor, &asked, now),
            ("retract", false, false) => self.retract(actor, &asked, now),
            ("items", false, true) => self.items(actor, &asked),
            ("subscribe", false, false) => self.subscribe(actor, &asked, now),
            ("unsubscribe", false, false) => self.unsubscribe(actor, &asked, now),
            ("subscriptions", false, true) => self.own_subscriptions(actor, &asked),
            ("affiliations", false, true) => self.own_affiliations(actor, &asked),
            ("recent-items", false, true) => self.recent_items(actor, &asked),
            ("replies", false, true) => self.replies(actor, &asked),
            ("thread", false, true) => self.thread(actor, &asked),
            ("threads", false, true) => self.threads(actor, &asked),
            ("default", true, true) => Ok(channels::default_form()),
            ("configure", true, true) => self.configuration(actor, &asked),
            ("configure", true, false) => self.configure(actor, &asked, now),
            ("delete", true, false) => self.delete(actor, &asked, now),
            ("affiliations", true, true) => self.list_roles(actor, &asked),
            ("affiliations", true, false) => self.set_roles(actor, &asked, now),
            ("subscriptions", true, true) => self.list_subscriptions(actor, &asked),
            ("subscriptions", true, false) => self.set_subscriptions(actor, &asked, stanza, now),
            ("purge", true, false) => Err(StanzaError::unsupported("purge-nodes").into()),
            ("options" | "default", false, _) => Err(StanzaError::unsupported("subscription-options").into()),
            _ => refuse("feature-not-implemented"),
        }
    }

    fn message(&mut self, from: &Jid, message: &Element, now: i64) -> Result<(), StoreError> {
        let sender = from.to_string();
        if from.node().is_none() && self.news(&sender, message, now)? {
            return Ok(());
        }
        self.store.begin_step()?;
        match self.authorization(from, message, now) {
            Ok(()) => self.store.end_step(),
            Err(Refusal::Store(error)) => {
                tracing::error!(error = %error, "the channel service's database did not do a step");
                self.store.undo_step()
            }
            Err(_) => self.store.undo_step(),
        }
    }

    /// Queues a stanza from the service's own address.
    fn send(&mut self, text: String) {
        self.outgoing.push(Outgoing { from: self.settings.address.clone(), text });
    }

    fn is_guest(&self, bare: &str) -> bool {
        jid::BareJid::new(bare).is_ok_and(|jid| {
            jid.node().is_none() || self.settings.guests.iter().any(|guests| guests == jid.domain().as_str())
        })
    }

    fn is_member(&self, bare: &str) -> bool {
        jid::BareJid::new(bare).is_ok_and(|jid| jid.node().is_some() && jid.domain().as_str() == self.settings.domain)
    }
}

fn reply(kind: &str, own: &str, to: &Jid, stanza: &Element, payload: &str) -> String {
    let mut out = String::from("<iq");
    attribute("type", kind, &mut out);
    attribute("from", own, &mut out);
    attribute("to", to.as_str(), &mut out);
    attribute("id", stanza.attr("id").unwrap_or_default(), &mut out);
    out.push('>');
    out.push_str(payload);
    out.push_str("</iq>");
    out
}
