//! News: what happened, to those whom it concerns (XEP-0060 §7.1.2, §12.1; Buddycloud).
//!
//! Each full address that is known to be online gets them; an account of which nothing is known gets them at its bare
//! address: COMPAT(plain pubsub clients): they tell us nothing of their presence. Another channel service gets them once
//! for all of its people.

use std::collections::{BTreeSet, HashMap};

use super::entry::Tongue;
use super::follow::AUTHORIZATION;
use super::items::write_item;
use super::names::{self, comments_kind};
use super::permissions::Role;
use super::place::Place;
use super::{Refusal, Service};
use crate::hosting::form::{self, Kind};
use crate::hosting::stanza::attribute;
use crate::store::StoreError;
use crate::store::channels::{Channel, Node, Post, Recipient};

fn event(inside: &str) -> String {
    format!("<event xmlns='http://jabber.org/protocol/pubsub#event'>{inside}</event>")
}

fn items(node: &str, inside: &str) -> String {
    let mut out = String::from("<items");
    attribute("node", node, &mut out);
    event(&format!("{out}>{inside}</items>"))
}

/// Where a recipient is told, and how. Who subscribed with a full address is told there and nowhere else. Clients of
/// Buddycloud are told where they are online; plain ones, which called the node by a name of theirs, at the address that
/// they subscribed. One account may have both.
fn addresses(recipient: &Recipient) -> Vec<(&str, Tongue)> {
    let is_full = recipient.jid.contains('/');
    let own = if recipient.has_channel && recipient.called.is_none() { Tongue::Buddycloud } else { Tongue::Plain };
    let online = recipient.resources.iter().filter(|_| !is_full && recipient.has_channel);
    let mut addresses: Vec<(&str, Tongue)> = online.map(|resource| (resource.as_str(), Tongue::Buddycloud)).collect();
    if addresses.is_empty() || own == Tongue::Plain {
        addresses.push((&recipient.jid, own));
    }
    addresses
}

impl Service {
    /// A post was published or changed.
    pub(super) fn tell_post(&mut self, channel: &Channel, node: &Node, post: &Post) -> Result<(), StoreError> {
        let write = |tongue| {
            let mut out = String::new();
            write_item(post, tongue, &mut out);
            out
        };
        self.tell_items(channel, node, post.parent.as_deref(), write)
    }

    /// A post was taken away. Buddycloud's clients get what stands in its place, too.
    pub(super) fn tell_retraction(
        &mut self,
        channel: &Channel,
        node: &Node,
        post: &Post,
        tombstone: Option<&str>,
    ) -> Result<(), StoreError> {
        let write = |tongue| {
            let mut out = String::from("<retract");
            attribute("id", &post.id, &mut out);
            out.push_str("/>");
            if let (Tongue::Buddycloud, Some(tombstone)) = (tongue, tombstone) {
                out.push_str("<item");
                attribute("id", &post.id, &mut out);
                out.push_str(&format!(">{tombstone}</item>"));
            }
            out
        };
        self.tell_items(channel, node, post.parent.as_deref(), write)
    }

    /// Replies went with the post that they answer.
    pub(super) fn tell_retractions(
        &mut self,
        channel: &Channel,
        node: &Node,
        parent: &str,
        ids: &[String],
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let write = |_| {
            let mut out = String::new();
            for id in ids {
                out.push_str("<retract");
                attribute("id", id, &mut out);
                out.push_str("/>");
            }
            out
        };
        self.tell_items(channel, node, Some(parent), write)
    }

    /// To those who follow a node, in their tongue; a reply to plain clients only in the view of its thread.
    fn tell_items(
        &mut self,
        channel: &Channel,
        node: &Node,
        parent: Option<&str>,
        write: impl Fn(Tongue) -> String,
    ) -> Result<(), StoreError> {
        let own_name = names::node(&channel.name, &node.kind);
        let mut made: HashMap<(String, bool), String> = HashMap::new();
        let mut told = BTreeSet::new();
        for recipient in self.store.recipients(node.number)? {
            for (address, tongue) in addresses(&recipient) {
                let is_plain = tongue == Tongue::Plain;
                // Who follows and looks in at the same time hears of a post once.
                if (is_plain && parent.is_some()) || !told.insert(address.to_owned()) {
                    continue;
                }
                let called = recipient.called.clone().filter(|_| is_plain);
                let key = (called.unwrap_or_else(|| own_name.clone()), is_plain);
                let text = made.entry(key).or_insert_with_key(|(name, _)| items(name, &write(tongue)));
                self.headline(address, text);
            }
        }
        for service in self.store.relays(node.number)? {
            let text = items(&own_name, &write(Tongue::Buddycloud));
            self.headline(&service, &text);
        }
        let Some(parent) = parent else { return Ok(()) };
        let Some(listeners) = self.store.node(channel.number, &comments_kind(parent))? else { return Ok(()) };
        let text = items(&names::node(&channel.name, &listeners.kind), &write(Tongue::Plain));
        for recipient in self.store.recipients(listeners.number)? {
            self.tell(&recipient, &text);
        }
        Ok(())
    }

    /// Title, access or the like changed.
    pub(super) fn tell_configuration(&mut self, channel: &Channel) -> Result<(), Refusal> {
        let Some(channel) = self.store.channel_of(channel.number)? else { return Ok(()) };
        let Some(node) = self.store.node(channel.number, "posts")? else { return Ok(()) };
        let mut form = String::new();
        form::open("result", "http://jabber.org/protocol/pubsub#node_config", &mut form);
        self.write_metadata(&channel, &node, &mut form)?;
        form::close(&mut form);
        self.tell_node(&channel, &node, |name| {
            let mut out = String::from("<configuration");
            attribute("node", name, &mut out);
            event(&format!("{out}>{form}</configuration>"))
        })?;
        Ok(())
    }

    /// A node is gone.
    pub(super) fn tell_deletion(&mut self, channel: &Channel, node: &Node) -> Result<(), StoreError> {
        let write = |name: &str| {
            let mut out = String::from("<delete");
            attribute("node", name, &mut out);
            event(&format!("{out}/>"))
        };
        self.tell_node(channel, node, write)?;
        // Services of which somebody only waits, or is invited, have a copy without posts that goes, too.
        let told = self.store.relays(node.number)?;
        for service in self.store.all_relays_of(node.number)?.into_iter().filter(|service| !told.contains(service)) {
            self.headline(&service, &write(&names::node(&channel.name, &node.kind)));
        }
        Ok(())
    }

    fn tell_node(&mut self, channel: &Channel, node: &Node, write: impl Fn(&str) -> String) -> Result<(), StoreError> {
        let own_name = names::node(&channel.name, &node.kind);
        for recipient in self.store.recipients(node.number)? {
            for (address, tongue) in addresses(&recipient) {
                let called = recipient.called.as_deref().filter(|_| tongue == Tongue::Plain);
                self.headline(address, &write(called.unwrap_or(&own_name)));
            }
        }
        for service in self.store.relays(node.number)? {
            self.headline(&service, &write(&own_name));
        }
        Ok(())
    }

    /// Somebody follows, waits, is invited, or follows no longer: for that person, and for those who look after the
    /// channel. `via` is the service of somebody who has no subscription any more.
    pub(super) fn tell_subscription(
        &mut self,
        channel: &Channel,
        node: &Node,
        bare: &str,
        state: &str,
        via: Option<&str>,
    ) -> Result<(), StoreError> {
        let name = names::node(&channel.name, &node.kind);
        let mut inside = String::from("<subscription");
        attribute("node", &name, &mut inside);
        attribute("jid", bare, &mut inside);
        attribute("subscription", state, &mut inside);
        if state == "invited"
            && let Some(by) = self.store.subscription(node.number, bare)?.and_then(|one| one.invited_by)
        {
            attribute("invited-by", &by, &mut inside);
        }
        inside.push_str("/>");
        if state == "subscribed" {
            let role = self.role(channel.number, bare)?;
            inside.push_str(&affiliations(&name, bare, role));
        }
        self.tell_people(channel, bare, via, &event(&inside))
    }

    /// Somebody has another role: for that person, and for those who look after the channel.
    pub(super) fn tell_role(
        &mut self,
        channel: &Channel,
        bare: &str,
        role: Role,
        via: Option<&str>,
    ) -> Result<(), StoreError> {
        let inside = affiliations(&names::node(&channel.name, "posts"), bare, role);
        self.tell_people(channel, bare, via, &event(&inside))
    }

    /// Asks those who look after a channel whether somebody may follow it (XEP-0060 §8.6).
    pub(super) fn ask_moderators(&mut self, place: &Place, bare: &str) -> Result<(), StoreError> {
        let name = place.name();
        let mut text = String::from("<x xmlns='jabber:x:data' type='form'><title>Confirm channel subscription</title>");
        text.push_str("<instructions>");
        crate::xml::writer::escape_text(&format!("Allow {bare} to follow {}?", place.channel.name), &mut text);
        text.push_str(&format!(
            "</instructions><field type='hidden' var='FORM_TYPE'><value>{AUTHORIZATION}</value></field>"
        ));
        form::field("pubsub#node", Kind::Line, Some("Node"), &[&name], &mut text);
        form::field("pubsub#subscriber_jid", Kind::Address, Some("Subscriber address"), &[bare], &mut text);
        form::field("pubsub#allow", Kind::Boolean, Some("Allow?"), &["false"], &mut text);
        form::close(&mut text);
        let moderators = self.store.moderators(place.channel.number)?;
        for address in self.addresses(&place.channel, moderators, None)? {
            self.headline(&address, &text);
        }
        Ok(())
    }

    fn tell_people(&mut self, channel: &Channel, bare: &str, via: Option<&str>, text: &str) -> Result<(), StoreError> {
        let mut people = self.store.moderators(channel.number)?;
        people.push(bare.to_owned());
        let mut addresses = self.addresses(channel, people, via.map(|_| bare))?;
        addresses.extend(via.map(str::to_owned));
        for address in addresses {
            self.headline(&address, text);
        }
        Ok(())
    }

    /// Where people hear of a channel, `but` one: at the full addresses that are online, at the bare address, or through
    /// the service of their domain.
    fn addresses(
        &self,
        channel: &Channel,
        people: Vec<String>,
        but: Option<&str>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let mut addresses = BTreeSet::new();
        for bare in people.into_iter().filter(|bare| Some(bare.as_str()) != but) {
            if let Some(service) = self.store.relay_of(channel.number, &bare)? {
                addresses.insert(service);
                continue;
            }
            let resources = self.store.resources(&bare)?;
            if resources.is_empty() {
                addresses.insert(bare);
            } else {
                addresses.extend(resources);
            }
        }
        Ok(addresses)
    }

    /// Who listens to a thread is told where they are online, or at the address that they subscribed.
    fn tell(&mut self, recipient: &Recipient, text: &str) {
        if recipient.resources.is_empty() || recipient.jid.contains('/') {
            return self.headline(&recipient.jid, text);
        }
        for resource in &recipient.resources {
            self.headline(resource, text);
        }
    }

    fn headline(&mut self, to: &str, inside: &str) {
        let mut out = String::from("<message type='headline'");
        attribute("from", &self.settings.address, &mut out);
        attribute("to", to, &mut out);
        out.push('>');
        out.push_str(inside);
        out.push_str("</message>");
        self.send(out);
    }
}

fn affiliations(node: &str, bare: &str, role: Role) -> String {
    let mut out = String::from("<affiliations");
    attribute("node", node, &mut out);
    out.push_str("><affiliation");
    attribute("jid", bare, &mut out);
    attribute("affiliation", role.word(), &mut out);
    out.push_str("/></affiliations>");
    out
}
