//! Who is online: people's clients tell the service by directed presence (RFC 6121 §4.6).

use jid::Jid;
use minidom::Element;

use super::{Actor, Outgoing, Service, bounds};
use crate::hosting::stanza::attribute;
use crate::store::StoreError;

/// Before the ids of the questions whether somebody is still there.
const PING: &str = "there-";

impl Service {
    pub(super) fn presence(&mut self, from: &Jid, to: &Jid, kind: Option<&str>, now: i64) -> Result<(), StoreError> {
        if to.domain().as_str() != self.settings.address {
            return Ok(());
        }
        let (bare, full) = (from.to_bare().to_string(), from.to_string());
        match kind {
            None if from.resource().is_some() && self.concerns(&bare)? => {
                self.store.add_resource(&bare, &full, now, bounds::RESOURCES)?;
            }
            Some("unavailable" | "error") => {
                self.store.remove_resource(&full)?;
                self.store.end_temporary(&full)?;
                if from.resource().is_none() {
                    for resource in self.store.resources(&bare)? {
                        self.store.remove_resource(&resource)?;
                        self.store.end_temporary(&resource)?;
                    }
                }
            }
            Some("subscribe") => self.answer_presence(&bare, Some("subscribed")),
            Some("probe") => self.answer_presence(&full, None),
            _ => {}
        }
        Ok(())
    }

    /// Whether it matters to us that somebody is online: strangers are not remembered.
    fn concerns(&self, bare: &str) -> Result<bool, StoreError> {
        Ok(self.is_member(bare) || self.is_guest(bare) || self.store.subscription_count_of(bare)? > 0)
    }

    fn answer_presence(&mut self, to: &str, kind: Option<&str>) {
        let mut out = String::from("<presence");
        attribute("from", &self.settings.address, &mut out);
        attribute("to", to, &mut out);
        if let Some(kind) = kind {
            attribute("type", kind, &mut out);
        }
        out.push_str("/>");
        self.outgoing.push(Outgoing { from: self.settings.address.clone(), text: out });
    }

    /// Whoever writes through an address that was online is still there.
    pub(super) fn note_resource(&mut self, actor: &Actor, now: i64) -> Result<(), StoreError> {
        if actor.via.is_none() && self.store.resources(&actor.bare)?.contains(&actor.from) {
            self.store.add_resource(&actor.bare, &actor.from, now, bounds::RESOURCES)?;
        }
        Ok(())
    }

    /// While the connection was down people may have gone: their servers answer for those who have.
    pub(super) fn ask_who_is_there(&mut self) -> Result<(), StoreError> {
        for resource in self.store.all_resources()? {
            let mut out = String::from("<iq type='get'");
            attribute("from", &self.settings.address, &mut out);
            attribute("to", &resource, &mut out);
            attribute("id", &format!("{PING}{}", (self.fresh)()), &mut out);
            out.push_str("><ping xmlns='urn:xmpp:ping'/></iq>");
            self.send(out);
        }
        Ok(())
    }

    /// Something came back: an address that does not exist any more is not written to again. A client that only knows no
    /// pings answers as one that is there does.
    pub(super) fn resource_is_gone(&mut self, from: &Jid, stanza: &Element) -> Result<(), StoreError> {
        let is_ping = stanza.name() == "iq";
        if is_ping && !stanza.attr("id").is_some_and(|id| id.starts_with(PING)) {
            return Ok(());
        }
        let error = stanza.children().find(|child| child.name() == "error");
        let is_gone = error.is_some_and(|error| {
            error.children().any(|child| {
                matches!(child.name(), "recipient-unavailable" | "remote-server-not-found" | "item-not-found" | "gone")
                    || (child.name() == "service-unavailable")
            })
        });
        if is_gone {
            self.store.remove_resource(from.as_str())?;
            self.store.end_temporary(from.as_str())?;
        }
        Ok(())
    }
}
