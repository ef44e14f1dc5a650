//! Blocking (XEP-0191): whom an account does not want to hear from, and what becomes of stanzas between the two.

use std::collections::BTreeSet;
use std::sync::Arc;

use jid::{BareJid, Jid};
use minidom::Element;

use super::accounts;
use super::query::Answer;
use super::router::Router;
use super::session::SessionId;
use crate::hosting::pubsub::wire::Verb;
use crate::hosting::stanza::{StanzaError, attribute};
use crate::store::{Contact, StoreError};

/// The namespace; also the name of the document that holds an account's list, an address a line.
pub(super) const BLOCKING: &str = "urn:xmpp:blocking";
/// The most addresses on a list, and in one request.
const MOST: usize = 1_000;

/// An account's list.
pub(super) type Blocked = Arc<BTreeSet<String>>;

/// What becomes of a stanza that a list stands against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Barrier {
    /// Its sender is told.
    Refused(StanzaError),
    /// Nobody is told.
    Dropped,
}

/// Whether a list names an address, its account, or its whole server (§3.1).
fn names(list: &BTreeSet<String>, jid: &Jid) -> bool {
    let domain = jid.domain().as_str();
    let at_domain = jid.resource().map(|resource| format!("{domain}/{resource}"));
    let is_listed = |name: &str| list.contains(name);
    is_listed(jid.as_str())
        || is_listed(jid.to_bare().as_str())
        || is_listed(domain)
        || at_domain.is_some_and(|name| is_listed(&name))
}

impl Router {
    /// Whether an account of ours has blocked an address.
    pub(super) fn has_blocked(&mut self, account: &BareJid, other: &Jid) -> Result<bool, StoreError> {
        if account.domain().as_str() != self.names.domain || *account == other.to_bare() {
            return Ok(false);
        }
        let Some(user) = account.node().map(|user| user.to_string()) else { return Ok(false) };
        Ok(names(&*self.blocked(&user)?, other))
    }

    fn blocked(&mut self, user: &str) -> Result<Blocked, StoreError> {
        if let Some(known) = self.blocked.get(user) {
            return Ok(known.clone());
        }
        let lines = self.store.document(user, BLOCKING)?.unwrap_or_default();
        let list: Blocked = Arc::new(lines.lines().map(str::to_owned).collect());
        self.blocked.insert(user.to_owned(), list.clone());
        Ok(list)
    }

    /// Whether two people have nothing to do with each other, because one of them has blocked the other.
    pub(super) fn is_apart(&mut self, one: &BareJid, other: &Jid) -> bool {
        let apart = self
            .has_blocked(one, other)
            .and_then(|is| Ok(is || self.has_blocked(&other.to_bare(), &one.clone().into())?));
        apart.unwrap_or_else(|error| {
            self.failed(&error);
            false
        })
    }

    /// What stands in the way of a stanza from one address to another, if anything does.
    pub(super) fn barrier(&mut self, from: &Jid, to: &Jid, stanza: &Element) -> Result<Option<Barrier>, StoreError> {
        if self.has_blocked(&from.to_bare(), to)? {
            return Ok(Some(Barrier::Refused(StanzaError::new("not-acceptable").blocked())));
        }
        if !self.has_blocked(&to.to_bare(), from)? {
            return Ok(None);
        }
        // As if nobody was there, and presence without a word (§3.2).
        let is_told = match (stanza.name(), stanza.attr("type")) {
            ("message", kind) => !matches!(kind, Some("error" | "headline")),
            ("iq", kind) => matches!(kind, Some("get" | "set")),
            _ => false,
        };
        let unavailable = Barrier::Refused(StanzaError::new("service-unavailable"));
        Ok(Some(if is_told { unavailable } else { Barrier::Dropped }))
    }

    /// A request about one's own list.
    pub(super) fn blocking(&mut self, id: SessionId, account: &BareJid, verb: Verb, payload: &Element) -> Answer {
        let user = account.node().map(|user| user.to_string()).unwrap_or_default();
        let done = match (verb, payload.name()) {
            (Verb::Get, "blocklist") => {
                if let Some(session) = self.sessions.get_mut(&id) {
                    session.has_blocklist = true;
                }
                self.blocked(&user).map(|list| Answer::Result(write("blocklist", list.iter())))
            }
            (Verb::Set, name @ ("block" | "unblock")) => match read(payload) {
                Ok(items) if items.is_empty() && name == "block" => Ok(bad("Somebody is to be named.")),
                Ok(items) if items.contains(account.as_str()) => Ok(StanzaError::new("not-allowed").into()),
                Ok(items) => self.change_blocked(&user, account, name, items),
                Err(error) => Ok(error.into()),
            },
            _ => Ok(StanzaError::new("service-unavailable").into()),
        };
        done.unwrap_or_else(|error| self.failed(&error).into())
    }

    fn change_blocked(
        &mut self,
        user: &str,
        account: &BareJid,
        name: &str,
        items: BTreeSet<String>,
    ) -> Result<Answer, StoreError> {
        let before = self.blocked(user)?;
        let mut list = BTreeSet::clone(&before);
        match name {
            "block" => list.extend(items.iter().cloned()),
            _ if items.is_empty() => list.clear(),
            _ => list.retain(|one| !items.contains(one)),
        }
        if list.len() > MOST {
            return Ok(StanzaError::new("resource-constraint").text("The list is full.").into());
        }
        let lines: Vec<&str> = list.iter().map(String::as_str).collect();
        self.store.set_document(user, BLOCKING, &lines.join("\n"))?;
        let contacts = self.store.contacts(user)?.into_iter().filter(|contact| contact.sends);
        let contacts: Vec<(BareJid, Jid)> = contacts
            .filter_map(|contact: Contact| {
                let bare = BareJid::new(&contact.jid).ok()?;
                Some((bare.clone(), bare.into()))
            })
            .collect();
        let changed = |jid: &Jid| (names(&before, jid), names(&list, jid));
        // Who may no longer see the account sees it leave (§3.3), who may again sees it come (§3.4).
        for (contact, _) in contacts.iter().filter(|(_, jid)| changed(jid) == (false, true)) {
            self.hide(account, contact);
        }
        let shown: Vec<&BareJid> =
            contacts.iter().filter(|(_, jid)| changed(jid) == (true, false)).map(|(contact, _)| contact).collect();
        self.blocked.insert(user.to_owned(), Arc::new(list));
        for contact in shown {
            self.reveal(account, contact);
        }
        self.push_blocked(account, &write(name, items.iter()));
        Ok(Answer::Result(String::new()))
    }

    /// Tells those clients of an account that have asked for the list (§3.5).
    fn push_blocked(&mut self, account: &BareJid, change: &str) {
        for id in self.ids_of(account).collect::<Vec<_>>() {
            let Some(session) = self.sessions.get(&id).filter(|session| session.has_blocklist) else { continue };
            let mut out = String::from("<iq type='set'");
            attribute("id", &accounts::fresh(), &mut out);
            attribute("to", session.jid.as_str(), &mut out);
            out.push_str(&format!(">{change}</iq>"));
            self.send(id, out);
        }
    }
}

fn bad(text: &str) -> Answer {
    StanzaError::new("bad-request").text(text).into()
}

/// The addresses of a request, each in its one form.
fn read(payload: &Element) -> Result<BTreeSet<String>, StanzaError> {
    let items: Vec<&Element> = payload.children().filter(|child| child.is("item", BLOCKING)).collect();
    if items.len() > MOST {
        return Err(StanzaError::new("resource-constraint"));
    }
    let address = |item: &&Element| item.attr("jid").and_then(|jid| Jid::new(jid).ok()).map(|jid| jid.to_string());
    items.iter().map(|item| address(item).ok_or_else(|| StanzaError::new("jid-malformed"))).collect()
}

fn write<'a>(name: &str, items: impl Iterator<Item = &'a String>) -> String {
    let mut out = format!("<{name} xmlns='{BLOCKING}'>");
    for jid in items {
        out.push_str("<item");
        attribute("jid", jid, &mut out);
        out.push_str("/>");
    }
    out + &format!("</{name}>")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_list_names_an_address_its_account_or_its_server() {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let full: Jid = "bob@example.org/phone".parse().unwrap();
        for name in ["bob@example.org/phone", "bob@example.org", "example.org", "example.org/phone"] {
            assert!(names(&list(&[name]), &full), "{name}");
        }
        let other = list(&["bob@example.org/tablet", "bobby@example.org", "sub.example.org", "org"]);
        assert!(!names(&other, &full));
    }
}
