//! The roster: get, set, remove, push (RFC 6121 §2).

use jid::{BareJid, Jid};
use minidom::Element;

use super::accounts;
use super::query::Answer;
use super::router::Router;
use super::session::SessionId;
use crate::hosting::pubsub::wire::Verb;
use crate::hosting::stanza::{StanzaError, attribute, text_element};
use crate::store::Contact;

/// The namespace of rosters.
pub(super) const ROSTER: &str = "jabber:iq:roster";
/// The most contacts of an account.
const CONTACTS: usize = 2_000;
/// The most groups of a contact.
const GROUPS: usize = 32;
/// The longest name of a contact or a group, in bytes.
const NAME: usize = 1023;

impl Router {
    /// A request about one's own roster.
    pub(super) fn roster(&mut self, id: SessionId, verb: Verb, query: &Element) -> Answer {
        let bad = |text: &str| StanzaError::new("bad-request").text(text);
        let Some(session) = self.sessions.get_mut(&id) else { return Answer::Nothing };
        let bare = session.bare.clone();
        let user = bare.node().map(|user| user.to_string()).unwrap_or_default();
        if verb == Verb::Get {
            if query.children().next().is_some() {
                return bad("A roster is asked for with an empty query.").into();
            }
            session.has_roster = true;
            return match self.store.contacts(&user) {
                Ok(contacts) => {
                    let mut out = format!("<query xmlns='{ROSTER}'>");
                    contacts.iter().filter(|contact| contact.listed).for_each(|contact| write(contact, &mut out));
                    out.push_str("</query>");
                    Answer::Result(out)
                }
                Err(error) => self.failed(&error).into(),
            };
        }
        let mut items = query.children();
        let (Some(item), None) = (items.next(), items.next()) else {
            return bad("A roster is changed one contact at a time.").into();
        };
        let Some(jid) = item.attr("jid").filter(|_| item.is("item", ROSTER)) else {
            return bad("The contact has no address.").into();
        };
        let Ok(jid) = Jid::new(jid) else { return StanzaError::new("jid-malformed").into() };
        let jid = jid.to_bare();
        if jid == bare {
            return StanzaError::new("not-allowed").text("Nobody is a contact of their own.").into();
        }
        let done = if item.attr("subscription") == Some("remove") {
            self.remove_contact(&user, &bare, &jid)
        } else {
            self.change_contact(&user, &bare, &jid, item)
        };
        match done {
            Ok(()) => Answer::Result(String::new()),
            Err(super::presence::Problem::Told(error)) => error.into(),
            Err(super::presence::Problem::Store(error)) => self.failed(&error).into(),
        }
    }

    fn change_contact(
        &mut self,
        user: &str,
        bare: &BareJid,
        jid: &BareJid,
        item: &Element,
    ) -> Result<(), super::presence::Problem> {
        let groups = item.children().filter(|child| child.is("group", ROSTER));
        let mut groups: Vec<String> = groups.map(Element::text).take(GROUPS + 1).collect();
        let count = groups.len();
        groups.sort();
        groups.dedup();
        if groups.len() < count {
            return Err(StanzaError::new("bad-request").text("A group is named twice.").into());
        }
        let name = item.attr("name").filter(|name| !name.is_empty()).map(str::to_owned);
        let is_long = |text: &String| text.is_empty() || text.len() > NAME;
        if count > GROUPS || groups.iter().any(is_long) || name.as_ref().is_some_and(is_long) {
            return Err(StanzaError::new("not-acceptable").text("A name or the number of groups is not taken.").into());
        }
        let found = self.store.contact(user, jid.as_str())?;
        if found.is_none() && self.store.contact_count(user)? >= CONTACTS {
            return Err(StanzaError::new("resource-constraint").text("The roster is full.").into());
        }
        let known = found.unwrap_or_else(|| Contact { jid: jid.to_string(), ..Contact::default() });
        let contact = Contact { listed: true, name, groups, ..known };
        self.store.set_contact(user, &contact)?;
        self.push_contact(bare, &contact);
        Ok(())
    }

    /// Removing a contact ends the subscriptions both ways (§2.5.2).
    fn remove_contact(&mut self, user: &str, bare: &BareJid, jid: &BareJid) -> Result<(), super::presence::Problem> {
        let contact = self.store.contact(user, jid.as_str())?.filter(|contact| contact.listed);
        let contact = contact.ok_or_else(|| StanzaError::new("item-not-found"))?;
        if contact.receives || contact.asking {
            self.subscription_change(bare, jid, super::subscription::Kind::Unsubscribe, None)?;
        }
        if contact.sends || contact.request.is_some() {
            self.subscription_change(bare, jid, super::subscription::Kind::Unsubscribed, None)?;
        }
        self.store.remove_contact(user, jid.as_str())?;
        let mut item = String::from("<item");
        attribute("jid", jid.as_str(), &mut item);
        item.push_str(" subscription='remove'/>");
        self.push(bare, &item);
        Ok(())
    }

    /// Tells an account's clients how a contact stands now.
    pub(super) fn push_contact(&mut self, bare: &BareJid, contact: &Contact) {
        if contact.listed {
            let mut item = String::new();
            write(contact, &mut item);
            self.push(bare, &item);
        }
    }

    fn push(&mut self, bare: &BareJid, item: &str) {
        for id in self.ids_of(bare).collect::<Vec<_>>() {
            let Some(session) = self.sessions.get(&id).filter(|session| session.has_roster) else { continue };
            let mut out = String::from("<iq type='set'");
            attribute("id", &accounts::fresh(), &mut out);
            attribute("to", session.jid.as_str(), &mut out);
            out.push_str(&format!("><query xmlns='{ROSTER}'>{item}</query></iq>"));
            self.send(id, out);
        }
    }
}

/// `<item/>`
fn write(contact: &Contact, out: &mut String) {
    out.push_str("<item");
    attribute("jid", &contact.jid, out);
    if let Some(name) = &contact.name {
        attribute("name", name, out);
    }
    let subscription = match (contact.receives, contact.sends) {
        (false, false) => "none",
        (true, false) => "to",
        (false, true) => "from",
        (true, true) => "both",
    };
    attribute("subscription", subscription, out);
    if contact.asking {
        attribute("ask", "subscribe", out);
    }
    out.push('>');
    for group in &contact.groups {
        text_element("group", group, out);
    }
    out.push_str("</item>");
}
