//! Channels of other domains: their services answer for them, ours asks on behalf of its people.
//!
//! A request for a channel elsewhere goes to that channel's service with `<actor/>`, the person it is for, and the answer
//! comes back under the person's own id. News come from service to service once and are told on here. Whatever may have
//! been missed, by a restart on either side or a broken link, is found by reading again (`copy`).

mod copy;
mod entry;
mod news;
mod peers;
mod relay;
mod wire;

use std::collections::{HashMap, HashSet};

use minidom::Element;

use self::copy::Copies;
use self::peers::Peers;
pub(super) use self::peers::{Answered, Authority, domain_of};
pub(super) use self::relay::Effect;
use self::relay::{Asked, Asker, Open, Purpose, Relays};
use super::Service;
use crate::hosting::stanza::{StanzaError, attribute};
use crate::store::StoreError;

const RSM: &str = "http://jabber.org/protocol/rsm";

/// Stanzas that wait until it is known whose service a domain has: for one domain, and in all.
const PARKED: usize = 100;
const PARKED_IN_ALL: usize = 2_000;
/// The pause between attempts to tell a service that it missed something, in milliseconds.
const REMIND: i64 = 60 * 1_000;

/// What is remembered of other services.
pub(super) struct Federation {
    peers: Peers,
    relays: Relays,
    copies: Copies,
    parked: HashMap<String, Vec<Element>>,
    /// Services that did not get something.
    missed: HashSet<String>,
    reminded_at: i64,
    /// While something is answered from a copy, nobody else is asked.
    is_alone: bool,
}

impl Federation {
    pub fn new(own: &str, fresh: fn() -> String) -> Self {
        Federation {
            peers: Peers::new(own, fresh),
            relays: Relays::default(),
            copies: Copies::default(),
            parked: HashMap::new(),
            missed: HashSet::new(),
            reminded_at: 0,
            is_alone: false,
        }
    }
}

/// What becomes of a request for a channel elsewhere.
pub(super) enum Passed {
    /// It is under way, or waits to be: the answer comes later.
    On,
    /// Nobody can answer it but we, from our copy.
    Back,
}

impl Service {
    /// Who holds the channels of a domain.
    pub(super) fn authority(&mut self, domain: &str, now: i64) -> Authority {
        let mut questions = Vec::new();
        let authority = self.federation.peers.find(domain, now, &mut questions);
        questions.into_iter().for_each(|question| self.send(question));
        authority
    }

    /// Whose request this is: `actor` is what a service says. A service speaks for the people of its own domain.
    pub(super) fn check_actor(
        &mut self,
        from: &str,
        actor: &str,
        stanza: &Element,
        now: i64,
    ) -> Result<Option<String>, StanzaError> {
        let refused = || StanzaError::new("forbidden").text("A service speaks for the people of its own domain only.");
        let domain = domain_of(actor).ok_or_else(|| StanzaError::new("jid-malformed"))?;
        if domain == self.settings.domain {
            return Err(refused());
        }
        match self.authority(&domain, now) {
            Authority::Service(service) if service == from => Ok(Some(actor.to_owned())),
            Authority::Asking if self.park(&domain, stanza) => Ok(None),
            Authority::Asking => Err(busy()),
            Authority::Service(_) | Authority::Nobody => Err(refused()),
        }
    }

    /// Keeps a stanza until it is known whose service a domain has; false if there is no room.
    pub(super) fn park(&mut self, domain: &str, stanza: &Element) -> bool {
        let in_all: usize = self.federation.parked.values().map(Vec::len).sum();
        let parked = self.federation.parked.entry(domain.to_owned()).or_default();
        let has_room = parked.len() < PARKED && in_all < PARKED_IN_ALL;
        if has_room {
            parked.push(stanza.clone());
        }
        has_room
    }

    fn resume(&mut self, domain: &str, now: i64) -> Result<(), StoreError> {
        for stanza in self.federation.parked.remove(domain).unwrap_or_default() {
            self.stanza(&stanza, false, now)?;
        }
        Ok(())
    }

    /// Passes a person's request about a channel of another domain on. Guests ask as nobody in particular.
    pub(super) fn ask_authority(
        &mut self,
        stanza: &Element,
        person: &Person<'_>,
        channel: &str,
        effect: Effect,
        now: i64,
    ) -> Result<Passed, StanzaError> {
        let nobody = || StanzaError::new("item-not-found").text(format!("No channel service was found for {channel}."));
        let domain = domain_of(channel).ok_or_else(nobody)?;
        if !person.is_member && self.federation.peers.is_busy() && self.federation.peers.known(&domain).is_none() {
            return Err(busy());
        }
        if self.federation.is_alone {
            return Ok(Passed::Back);
        }
        match self.authority(&domain, now) {
            Authority::Asking if self.park(&domain, stanza) => Ok(Passed::On),
            Authority::Asking => Err(busy()),
            Authority::Nobody => {
                let has_copy = self.store.channel(channel).ok().flatten().is_some();
                if has_copy { Ok(Passed::Back) } else { Err(nobody()) }
            }
            Authority::Service(service) => {
                let id = (self.fresh)();
                let asked = stanza.children().next().map(|payload| Asked {
                    payload: (payload.name().to_owned(), payload.ns()),
                    node: payload
                        .attr("node")
                        .or(payload.children().find_map(|child| child.attr("node")))
                        .map(str::to_owned),
                });
                let has_copy = person.is_reading && self.store.channel(channel).ok().flatten().is_some();
                let asker = Asker {
                    jid: person.jid.to_owned(),
                    bare: person.bare.to_owned(),
                    id: stanza.attr("id").unwrap_or_default().to_owned(),
                    effect: effect.clone(),
                    asked: asked.unwrap_or_default(),
                    again: has_copy.then(|| Box::new(stanza.clone())),
                };
                if !self.federation.relays.begin(id.clone(), &service, Purpose::Person(asker), now) {
                    return Err(StanzaError::new("resource-constraint").text("Too many requests are under way."));
                }
                if let Effect::Followed { channel, kind } = &effect
                    && person.is_member
                {
                    let noted = self.note_asked(&service, channel, kind, person.bare, now);
                    noted.map_err(|_| StanzaError::new("internal-server-error"))?;
                }
                let actor = person.is_member.then_some(person.bare);
                let text = wire::request(stanza, &self.settings.address, &service, &id, actor);
                self.send(text);
                Ok(Passed::On)
            }
        }
    }

    /// An answer of somebody else; false if it answers nothing of ours.
    pub(super) fn federation_answer(
        &mut self,
        from: &str,
        stanza: &Element,
        is_cut: bool,
        now: i64,
    ) -> Result<bool, StoreError> {
        let mut questions = Vec::new();
        match self.federation.peers.answer(from, stanza, now, &mut questions) {
            Answered::NotOurs => {}
            Answered::GoesOn => {
                questions.into_iter().for_each(|question| self.send(question));
                return Ok(true);
            }
            Answered::Over(domain) => {
                questions.into_iter().for_each(|question| self.send(question));
                self.resume(&domain, now)?;
                return Ok(true);
            }
        }
        let id = stanza.attr("id").unwrap_or_default();
        let Some(Open { service, purpose, .. }) = self.federation.relays.answered(from, id) else { return Ok(false) };
        match purpose {
            Purpose::Copy(step) => self.copied(step, Some(stanza).filter(|_| !is_cut), now)?,
            Purpose::Person(asker) if is_cut => {
                let error = StanzaError::new("not-acceptable").text("The answer, or a part of it, is too large.");
                self.fail(&asker, &error);
            }
            Purpose::Person(asker) => {
                if stanza.attr("type") == Some("result") {
                    self.remember_effect(&service, &asker, stanza, now)?;
                } else {
                    self.forget_asked(&asker)?;
                    if is_unreachable(stanza) && self.answer_from_copy(&asker, now)? {
                        return Ok(true);
                    }
                }
                let text = wire::answer(stanza, &self.settings.address, &asker.jid, &asker.id, &asker.asked);
                self.send(text);
            }
        }
        Ok(true)
    }

    /// Answers what was asked of a service that is not there from our copy of its channel, as far as the asker may read it.
    fn answer_from_copy(&mut self, asker: &Asker, now: i64) -> Result<bool, StoreError> {
        let Some(stanza) = &asker.again else { return Ok(false) };
        self.federation.is_alone = true;
        let done = self.stanza(stanza, false, now);
        self.federation.is_alone = false;
        done.map(|()| true)
    }

    /// Somebody asks to follow. Should the answer be lost, it is asked what became of it.
    fn note_asked(&mut self, service: &str, channel: &str, kind: &str, bare: &str, now: i64) -> Result<(), StoreError> {
        match self.state_of(channel, kind, bare)? {
            Some(_) => Ok(()),
            None => self.remember_subscription(service, channel, kind, bare, "asked", None, now),
        }
    }

    /// A request to follow was refused: nothing is left to be asked about.
    fn forget_asked(&mut self, asker: &Asker) -> Result<(), StoreError> {
        let Effect::Followed { channel, kind } = &asker.effect else { return Ok(()) };
        match self.store.channel(channel)?.filter(|channel| channel.authority.is_some()) {
            Some(channel) if self.state_of(&channel.name, kind, &asker.bare)?.as_deref() == Some("asked") => {
                self.forget_follower(&channel, kind, &asker.bare)
            }
            _ => Ok(()),
        }
    }

    /// How somebody stands to a node of a channel of which we have a copy.
    fn state_of(&self, channel: &str, kind: &str, bare: &str) -> Result<Option<String>, StoreError> {
        let Some(channel) = self.store.channel(channel)? else { return Ok(None) };
        let Some(node) = self.store.node(channel.number, kind)? else { return Ok(None) };
        Ok(self.store.subscription(node.number, bare)?.map(|one| one.state))
    }

    fn remember_effect(&mut self, service: &str, asker: &Asker, answer: &Element, now: i64) -> Result<(), StoreError> {
        match &asker.effect {
            Effect::None => Ok(()),
            Effect::Followed { channel, kind } => {
                let parts = || answer.children().flat_map(Element::children);
                let state = parts().find(|part| part.name() == "subscription").and_then(|one| one.attr("subscription"));
                let state = state.unwrap_or("subscribed");
                self.remember_subscription(service, channel, kind, &asker.bare, state, None, now)?;
                let role = parts().find(|part| part.name() == "affiliation").and_then(|one| one.attr("affiliation"));
                if let (Some(role), Some(channel)) = (role, self.store.channel(channel)?) {
                    self.store.set_role(channel.number, &asker.bare, Some(role).filter(|role| *role != "none"))?;
                }
                Ok(())
            }
            Effect::Unfollowed { channel, kind } => match self.store.channel(channel)? {
                Some(channel) if channel.authority.is_some() => self.forget_follower(&channel, kind, &asker.bare),
                _ => Ok(()),
            },
        }
    }

    /// A message of ours came back: the service that should have had it is told to look for itself, once it is there.
    pub(super) fn undelivered(&mut self, to: &str) {
        if !to.contains('@') && self.federation.missed.len() < PARKED_IN_ALL {
            self.federation.missed.insert(to.to_owned());
        }
    }

    /// Once a second.
    pub(super) fn tick_federation(&mut self, now: i64) -> Result<(), StoreError> {
        for domain in self.federation.peers.tick(now) {
            self.resume(&domain, now)?;
        }
        for Open { service, purpose, .. } in self.federation.relays.overdue(now) {
            match purpose {
                Purpose::Copy(step) => self.copied(step, None, now)?,
                Purpose::Person(asker) => {
                    if matches!(asker.effect, Effect::Followed { .. }) {
                        // It may have been done all the same.
                        self.renew_person(&service, &asker.bare);
                    }
                    if !self.answer_from_copy(&asker, now)? {
                        let error = StanzaError::new("remote-server-timeout")
                            .text(format!("The service {service} does not answer."));
                        self.fail(&asker, &error);
                    }
                }
            }
        }
        if now - self.federation.reminded_at >= REMIND {
            self.federation.reminded_at = now;
            for service in std::mem::take(&mut self.federation.missed) {
                let text = wire::missed_something(&self.settings.address, &service);
                self.send(text);
            }
        }
        self.tick_copies(now)
    }

    /// The connection stands again: what was under way is lost, and on both sides something may have been missed.
    pub(super) fn federation_connected(&mut self, now: i64) -> Result<(), StoreError> {
        for Open { purpose, .. } in self.federation.relays.lose() {
            if let Purpose::Person(asker) = purpose {
                self.fail(&asker, &StanzaError::new("remote-server-timeout"));
            }
        }
        for domain in self.federation.peers.forget_searches() {
            self.resume(&domain, now)?;
        }
        self.renew_all(None)?;
        for service in self.store.all_relays()? {
            let text = wire::missed_something(&self.settings.address, &service);
            self.send(text);
        }
        Ok(())
    }

    fn fail(&mut self, asker: &Asker, error: &StanzaError) {
        let mut out = String::from("<iq type='error'");
        attribute("from", &self.settings.address, &mut out);
        attribute("to", &asker.jid, &mut out);
        attribute("id", &asker.id, &mut out);
        out.push('>');
        error.write(&mut out);
        out.push_str("</iq>");
        self.send(out);
    }

    /// The channel and kind that a node's name means, if the channel is not ours.
    fn foreign_node(&self, node: &str) -> Option<(String, String)> {
        let (channel, kind) = node.strip_prefix("/user/")?.split_once('/')?;
        let channel = jid::BareJid::new(channel).ok().filter(|channel| channel.node().is_some())?;
        let domain = channel.domain().as_str();
        let is_ours = domain == self.settings.domain || domain == self.settings.topics;
        (!is_ours && kind.len() <= 64 && !kind.is_empty()).then(|| (channel.to_string(), kind.to_owned()))
    }
}

/// Whether an error says that nobody was reached.
fn is_unreachable(stanza: &Element) -> bool {
    let error = stanza.children().find(|child| child.name() == "error");
    let names = ["remote-server-not-found", "remote-server-timeout", "service-unavailable", "recipient-unavailable"];
    error.is_some_and(|error| error.children().any(|child| names.contains(&child.name())))
}

fn busy() -> StanzaError {
    StanzaError::new("resource-constraint").text("Too many other domains are being asked.")
}

/// Who asks.
pub(super) struct Person<'a> {
    /// The full address.
    pub jid: &'a str,
    /// Its account.
    pub bare: &'a str,
    /// Whether it is of our domain; others ask as nobody in particular.
    pub is_member: bool,
    /// Whether they only read.
    pub is_reading: bool,
}
