//! Stream management, XEP-0198: counting, acknowledging, resuming.
//!
//! What a client never acknowledged ends with its session: there is no offline storage to put it into.

use minidom::Element;

use super::accounts;
use super::command::Account;
use super::negotiation::MANAGEMENT;
use super::router::Router;
use super::session::{Management, Outlet, SessionId};
use crate::hosting::stanza::attribute;

/// Asks a client how many stanzas it has handled.
pub(super) const REQUEST: &str = "<r xmlns='urn:xmpp:sm:3'/>";

impl Router {
    /// Counts a stanza of the client as handled.
    pub(super) fn count(&mut self, id: SessionId) {
        let management = self.sessions.get_mut(&id).and_then(|session| session.management.as_mut());
        if let Some(management) = management {
            management.handled = management.handled.wrapping_add(1);
        }
    }

    /// An element of stream management of a bound session.
    pub(super) fn manage(&mut self, id: SessionId, element: &Element) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match (element.name(), &mut session.management) {
            ("enable", management @ None) => {
                let can_resume = matches!(element.attr("resume"), Some("true" | "1"));
                let key = can_resume.then(accounts::fresh);
                let mut out = format!("<enabled xmlns='{MANAGEMENT}'");
                if let Some(key) = &key {
                    attribute("id", key, &mut out);
                    attribute("resume", "true", &mut out);
                    attribute("max", &self.limits.resume.as_secs().to_string(), &mut out);
                }
                out.push_str("/>");
                *management = Some(Management::new(key));
                self.send_raw(id, out);
            }
            ("r", Some(management)) => {
                let answer = format!("<a xmlns='{MANAGEMENT}' h='{}'/>", management.handled);
                self.send_raw(id, answer);
            }
            ("a", Some(management)) => {
                let Some(count) = element.attr("h").and_then(|count| count.parse().ok()) else {
                    return self.end(id, "policy-violation");
                };
                if !management.acknowledge(count) {
                    return self.end(id, "undefined-condition");
                }
                management.has_asked = !management.queue.is_empty();
                if management.has_asked {
                    self.send_raw(id, REQUEST);
                }
            }
            _ => {
                let error = "<unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
                self.send_raw(id, format!("<failed xmlns='{MANAGEMENT}'>{error}</failed>"));
            }
        }
    }

    /// Gives a session to a new connection of the same account, and sends what its client has not seen.
    pub(super) fn resume(&mut self, account: &Account, key: &str, handled: u32, outlet: Outlet) -> Option<SessionId> {
        let id = self.ids_of(&account.bare).find(|id| {
            let management = self.sessions.get(id).and_then(|session| session.management.as_ref());
            management.and_then(|management| management.key.as_deref()) == Some(key)
        })?;
        let session = self.sessions.get_mut(&id)?;
        let management = session.management.as_mut()?;
        if !management.acknowledge(handled) {
            return None;
        }
        let mut resumed = format!("<resumed xmlns='{MANAGEMENT}' h='{}'", management.handled);
        attribute("previd", key, &mut resumed);
        resumed.push_str("/>");
        let missed: Vec<_> = management.queue.iter().cloned().collect();
        management.has_asked = !missed.is_empty();
        let older = session.outlet.replace(outlet);
        if let Some(older) = older {
            older.stop.cancel();
        }
        self.send_raw(id, resumed);
        let has_missed = !missed.is_empty();
        for stanza in missed {
            self.send_raw(id, stanza);
        }
        if has_missed {
            self.send_raw(id, REQUEST);
        }
        Some(id)
    }
}
