//! Presence subscriptions between accounts of the domain (RFC 6121 §3 and appendix A).

use jid::BareJid;
use minidom::Element;

use super::presence::Problem;
use super::router::Router;
use super::session::SessionId;
use super::stanzas::Place;
use crate::hosting::stanza::{StanzaError, addressed, attribute};
use crate::store::Contact;

/// What a subscription stanza says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// May I see you?
    Subscribe,
    /// You may see me.
    Subscribed,
    /// I do not look any more.
    Unsubscribe,
    /// You may not see me any more.
    Unsubscribed,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Subscribe => "subscribe",
            Kind::Subscribed => "subscribed",
            Kind::Unsubscribe => "unsubscribe",
            Kind::Unsubscribed => "unsubscribed",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Kind::Subscribe, Kind::Subscribed, Kind::Unsubscribe, Kind::Unsubscribed]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// What a stanza of the account itself does to its contact: whether the stanza goes on to the other side.
pub(super) fn send(contact: &mut Contact, kind: Kind) -> Passage {
    match kind {
        Kind::Subscribe => {
            contact.listed = true;
            contact.asking |= !contact.receives;
            Passage::On
        }
        Kind::Unsubscribe => {
            contact.receives = false;
            contact.asking = false;
            Passage::On
        }
        Kind::Subscribed if contact.request.is_some() => {
            contact.request = None;
            contact.sends = true;
            contact.listed = true;
            Passage::On
        }
        Kind::Unsubscribed if contact.sends || contact.request.is_some() => {
            contact.request = None;
            contact.sends = false;
            Passage::On
        }
        Kind::Subscribed | Kind::Unsubscribed => Passage::Dropped,
    }
}

/// What a stanza of the other side does to its contact: whether the account's clients see it.
pub(super) fn receive(contact: &mut Contact, kind: Kind, stanza: &str) -> Passage {
    match kind {
        Kind::Subscribe if contact.sends => Passage::Answered,
        Kind::Subscribe if contact.request.is_some() => Passage::Dropped,
        Kind::Subscribe => {
            contact.request = Some(stanza.to_owned());
            Passage::On
        }
        Kind::Unsubscribe if contact.sends || contact.request.is_some() => {
            contact.sends = false;
            contact.request = None;
            Passage::On
        }
        Kind::Subscribed if contact.asking => {
            contact.asking = false;
            contact.receives = true;
            Passage::On
        }
        Kind::Unsubscribed if contact.asking || contact.receives => {
            contact.asking = false;
            contact.receives = false;
            Passage::On
        }
        Kind::Unsubscribe | Kind::Subscribed | Kind::Unsubscribed => Passage::Dropped,
    }
}

/// What becomes of a subscription stanza.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    /// It goes on.
    On,
    /// It changes nothing and nobody sees it.
    Dropped,
    /// The server answers it itself: what is asked was granted before.
    Answered,
}

impl Router {
    /// A subscription stanza of a session.
    pub(super) fn subscription(&mut self, id: SessionId, stanza: &Element, to: &BareJid) -> Result<(), Problem> {
        let Some(session) = self.sessions.get(&id) else { return Ok(()) };
        if session.is_guest {
            return Err(StanzaError::new("forbidden").into());
        }
        let from = session.bare.clone();
        if from == *to {
            return Err(StanzaError::new("not-allowed").into());
        }
        let kind = stanza.attr("type").and_then(Kind::parse).ok_or_else(|| StanzaError::new("bad-request"))?;
        match self.place(&to.clone().into()) {
            Place::Account(_) => self.subscription_change(&from, to, kind, Some(stanza)),
            Place::Elsewhere | Place::Component(_) => Err(StanzaError::new("remote-server-not-found").into()),
            _ => Err(StanzaError::new("service-unavailable").into()),
        }
    }

    /// Does both sides of a subscription stanza.
    pub(super) fn subscription_change(
        &mut self,
        from: &BareJid,
        to: &BareJid,
        kind: Kind,
        stanza: Option<&Element>,
    ) -> Result<(), Problem> {
        let user = from.node().map(|user| user.to_string()).unwrap_or_default();
        let fresh = |jid: &BareJid| Contact { jid: jid.to_string(), ..Contact::default() };
        let before = self.store.contact(&user, to.as_str())?.unwrap_or_else(|| fresh(to));
        let mut contact = before.clone();
        let passage = send(&mut contact, kind);
        self.keep(&user, from, &before, &contact)?;
        if passage != Passage::On {
            return Ok(());
        }
        if before.sends && !contact.sends {
            self.hide(from, to);
        }
        let text = match stanza {
            Some(stanza) => addressed(stanza, from.as_str(), to.as_str()),
            None => bare_stanza(from, to, kind),
        };
        if self.arrive(from, to, kind, &text)? == Passage::Answered {
            // The other side granted this before, so it is granted again (§3.1.3).
            let answer = bare_stanza(to, from, Kind::Subscribed);
            self.arrive(to, from, Kind::Subscribed, &answer)?;
        }
        if kind == Kind::Subscribed {
            self.reveal(from, to);
        }
        Ok(())
    }

    /// The stanza reaches the other account.
    fn arrive(&mut self, from: &BareJid, to: &BareJid, kind: Kind, text: &str) -> Result<Passage, Problem> {
        let user = to.node().map(|user| user.to_string()).unwrap_or_default();
        if to.domain().as_str() != self.names.domain || !self.store.has_account(&user)? {
            // Silence, as from somebody who does not answer: names are not given away.
            return Ok(Passage::Dropped);
        }
        let before = self
            .store
            .contact(&user, from.as_str())?
            .unwrap_or_else(|| Contact { jid: from.to_string(), ..Contact::default() });
        let mut contact = before.clone();
        let passage = receive(&mut contact, kind, text);
        self.keep(&user, to, &before, &contact)?;
        if passage == Passage::On {
            for id in self.ids_of(to).collect::<Vec<_>>() {
                let session = self.sessions.get(&id);
                if session.is_some_and(|session| session.presence.is_some() || session.has_roster) {
                    self.send(id, text.to_owned());
                }
            }
        }
        if before.sends && !contact.sends {
            self.hide(to, from);
        }
        Ok(passage)
    }

    /// Writes a contact that changed; one of whom nothing is left is forgotten.
    fn keep(&mut self, user: &str, bare: &BareJid, before: &Contact, contact: &Contact) -> Result<(), Problem> {
        if before == contact {
            return Ok(());
        }
        let is_empty = !contact.listed && contact.request.is_none() && !contact.sends && !contact.receives;
        if is_empty {
            self.store.remove_contact(user, &contact.jid)?;
        } else {
            self.store.set_contact(user, contact)?;
        }
        let shown = |one: &Contact| (one.listed, one.sends, one.receives, one.asking);
        if shown(before) != shown(contact) {
            self.push_contact(bare, contact);
        }
        Ok(())
    }

    /// The sessions of an account appear to a contact.
    pub(super) fn reveal(&mut self, account: &BareJid, to: &BareJid) {
        for viewer in self.ids_of(to).collect::<Vec<_>>() {
            if self.sessions.get(&viewer).is_some_and(|session| session.presence.is_some()) {
                for id in self.ids_of(account).collect::<Vec<_>>() {
                    self.show_session(id, viewer);
                }
            }
        }
    }

    /// The sessions of an account vanish from a contact.
    pub(super) fn hide(&mut self, account: &BareJid, from: &BareJid) {
        let present = |id: &SessionId| self.sessions.get(id).is_some_and(|session| session.presence.is_some());
        let viewers: Vec<_> = self.ids_of(from).filter(present).collect();
        let ids = self.ids_of(account).filter(present);
        let gone: Vec<_> = ids.filter_map(|id| Some(self.sessions.get(&id)?.jid.to_string())).collect();
        for viewer in viewers {
            gone.iter().for_each(|jid| self.tell_unavailable(viewer, jid));
        }
    }
}

fn bare_stanza(from: &BareJid, to: &BareJid, kind: Kind) -> String {
    let mut out = String::from("<presence");
    attribute("type", kind.word(), &mut out);
    attribute("from", from.as_str(), &mut out);
    attribute("to", to.as_str(), &mut out);
    out.push_str("/>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The nine states of appendix A.1, as listed, asking, receives, sends, asked.
    fn state(name: &str) -> Contact {
        Contact {
            listed: name != "none+in",
            asking: name.contains("+out"),
            receives: name.starts_with("to") || name.starts_with("both"),
            sends: name.starts_with("from") || name.starts_with("both"),
            request: name.contains("+in").then(|| "old".to_owned()),
            ..Contact::default()
        }
    }

    fn name(contact: &Contact) -> String {
        let base = match (contact.receives, contact.sends) {
            (false, false) => "none",
            (true, false) => "to",
            (false, true) => "from",
            (true, true) => "both",
        };
        let out = if contact.asking { "+out" } else { "" };
        let asked = if contact.request.is_some() { "+in" } else { "" };
        format!("{base}{out}{asked}")
    }

    const STATES: [&str; 9] = ["none", "none+out", "none+in", "none+out+in", "to", "to+in", "from", "from+out", "both"];

    fn table(change: impl Fn(&mut Contact) -> Passage) -> Vec<(String, Passage)> {
        let row = |start: &&str| {
            let mut contact = state(start);
            let passage = change(&mut contact);
            (name(&contact), passage)
        };
        STATES.iter().map(row).collect()
    }

    fn check(found: &[(String, Passage)], states: [&str; 9], passages: &str) {
        let found_states: Vec<_> = found.iter().map(|(state, _)| state.as_str()).collect();
        assert_eq!(found_states, states);
        let letters: String = found
            .iter()
            .map(|(_, passage)| match passage {
                Passage::On => 'y',
                Passage::Dropped => 'n',
                Passage::Answered => 'a',
            })
            .collect();
        assert_eq!(letters, passages);
    }

    #[test]
    fn outbound_tables_of_appendix_a_2() {
        let run = |kind| table(|contact| send(contact, kind));
        check(
            &run(Kind::Subscribe),
            ["none+out", "none+out", "none+out+in", "none+out+in", "to", "to+in", "from+out", "from+out", "both"],
            "yyyyyyyyy",
        );
        check(
            &run(Kind::Unsubscribe),
            ["none", "none", "none+in", "none+in", "none", "none+in", "from", "from", "from"],
            "yyyyyyyyy",
        );
        check(
            &run(Kind::Subscribed),
            ["none", "none+out", "from", "from+out", "to", "both", "from", "from+out", "both"],
            "nnyynynnn",
        );
        check(
            &run(Kind::Unsubscribed),
            ["none", "none+out", "none", "none+out", "to", "to", "none", "none+out", "to"],
            "nnyynyyyy",
        );
    }

    #[test]
    fn inbound_tables_of_appendix_a_3() {
        let run = |kind| table(|contact| receive(contact, kind, "new"));
        check(
            &run(Kind::Subscribe),
            ["none+in", "none+out+in", "none+in", "none+out+in", "to+in", "to+in", "from", "from+out", "both"],
            "yynnynaaa",
        );
        check(
            &run(Kind::Unsubscribe),
            ["none", "none+out", "none", "none+out", "to", "to", "none", "none+out", "to"],
            "nnyynyyyy",
        );
        check(
            &run(Kind::Subscribed),
            ["none", "to", "none+in", "to+in", "to", "to+in", "from", "both", "both"],
            "nynynnnyn",
        );
        check(
            &run(Kind::Unsubscribed),
            ["none", "none", "none+in", "none+in", "none", "none+in", "from", "from", "from"],
            "nynyyynyy",
        );
    }
}
