//! Service discovery, XEP-0030: the domain, its services, its accounts.

use minidom::Element;

use super::blocking::BLOCKING;
use super::query::{Answer, CARD};
use super::registration::REGISTER;
use super::roster::ROSTER;
use super::router::Router;
use crate::hosting::pubsub::wire::{self, RSM};
use crate::hosting::pubsub::{Caller, Kind, Refusal, disco};
use crate::hosting::stanza::{StanzaError, attribute};

/// What is it?
pub(super) const INFO: &str = "http://jabber.org/protocol/disco#info";
/// What belongs to it?
pub(super) const ITEMS: &str = "http://jabber.org/protocol/disco#items";

fn features(list: &[&str], out: &mut String) {
    for feature in list {
        out.push_str("<feature");
        attribute("var", feature, out);
        out.push_str("/>");
    }
}

/// The node asked about; an empty one is none.
fn node(query: &Element) -> Option<&str> {
    query.attr("node").filter(|node| !node.is_empty())
}

pub(super) fn answer(space: &str, query: &Element, inner: &str) -> Answer {
    let mut out = format!("<query xmlns='{space}'");
    if let Some(node) = node(query) {
        attribute("node", node, &mut out);
    }
    Answer::Result(format!("{out}>{inner}</query>"))
}

impl Router {
    pub(super) fn server_info(&self, query: &Element) -> Answer {
        if node(query).is_some() {
            return StanzaError::new("item-not-found").into();
        }
        let mut out = String::from("<identity category='server' type='im' name='Cirrus home'/>");
        features(
            &[INFO, ITEMS, ROSTER, BLOCKING, CARD, "urn:xmpp:ping", "jabber:iq:version", "jabber:iq:private"],
            &mut out,
        );
        if self.open_registration {
            features(&[REGISTER], &mut out);
        }
        answer(INFO, query, &out)
    }

    pub(super) fn server_items(&self, query: &Element) -> Answer {
        if node(query).is_some() {
            return StanzaError::new("item-not-found").into();
        }
        let mut out = String::new();
        let own = [(&self.names.pubsub, "Communities"), (&self.names.comments, "Comments")];
        let components = self.component_names.iter().filter(|name| self.components.contains_key(*name));
        let files = self.files.is_some().then_some((&self.names.files, "Files"));
        for (address, name) in own.into_iter().chain(files).chain(components.map(|address| (address, "Component"))) {
            out.push_str("<item");
            attribute("jid", address, &mut out);
            attribute("name", name, &mut out);
            out.push_str("/>");
        }
        answer(ITEMS, query, &out)
    }

    pub(super) fn service_info(&self, caller: &Caller, query: &Element, address: &str, kind: Kind) -> Answer {
        if let Some(node) = node(query) {
            let service = self.service(address, kind, (self.limits.clock)());
            return match service.node_info(caller, node) {
                Ok(inner) => answer(INFO, query, &inner),
                Err(refusal) => self.refusal(refusal).into(),
            };
        }
        let mut out = String::new();
        match &kind {
            Kind::Personal(_) => {
                out.push_str(
                    "<identity category='account' type='registered'/><identity category='pubsub' type='pep'/>",
                );
                features(&[CARD], &mut out);
            }
            Kind::Shared => {
                let name = if address == self.names.comments { "Comments" } else { "Communities" };
                out.push_str("<identity category='pubsub' type='service'");
                attribute("name", name, &mut out);
                out.push_str("/>");
                features(&["urn:xmpp:ping", "jabber:iq:version"], &mut out);
            }
        }
        features(&[INFO, ITEMS, wire::PUBSUB, RSM], &mut out);
        disco::features(&kind, &mut out);
        answer(INFO, query, &out)
    }

    pub(super) fn service_items(&self, caller: &Caller, query: &Element, address: &str, kind: Kind) -> Answer {
        let page = match query.children().find(|child| child.is("set", RSM)).map(wire::read_page).transpose() {
            Ok(page) => page,
            Err(error) => return error.into(),
        };
        let service = self.service(address, kind, (self.limits.clock)());
        let list = match node(query) {
            Some(node) => service.item_list(caller, node),
            None => service.node_list(caller, page.as_ref()),
        };
        match list {
            Ok(inner) => answer(ITEMS, query, &inner),
            Err(refusal) => self.refusal(refusal).into(),
        }
    }

    /// What a refused operation tells the caller.
    pub(super) fn refusal(&self, refusal: Refusal) -> StanzaError {
        match refusal {
            Refusal::Told(error) => error,
            Refusal::Store(error) => self.failed(&error),
        }
    }
}
