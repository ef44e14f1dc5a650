//! What the service, the domain of topics and every node say about themselves (XEP-0030, XEP-0092).

use minidom::Element;

use super::federation::Effect;
use super::names::{self, Target};
use super::permissions::{Access, Role};
use super::place::access;
use super::request::{self, RSM};
use super::{Actor, Answer, Refusal, Service, bounds, entry, refuse};
use crate::hosting::form::{self, Kind};
use crate::hosting::stanza::{StanzaError, attribute};
use crate::store::channels::{Channel, Node, Which, Window};

pub const INFO: &str = "http://jabber.org/protocol/disco#info";
pub const ITEMS: &str = "http://jabber.org/protocol/disco#items";
const META_DATA: &str = "http://jabber.org/protocol/pubsub#meta-data";

/// How long a list of the most followed or most active channels stands, in milliseconds.
const COUNTED: i64 = 60 * 1_000;
/// A week: what "most active" counts, in milliseconds.
const LATELY: i64 = 7 * 24 * 60 * 60 * 1_000;

const FEATURES: [&str; 33] = [
    INFO,
    ITEMS,
    RSM,
    "jabber:iq:register",
    "jabber:iq:search",
    "jabber:iq:version",
    "urn:xmpp:ping",
    "urn:xmpp:mam:tmp",
    "http://buddycloud.org/v1",
    "http://jabber.org/protocol/pubsub",
    "http://jabber.org/protocol/pubsub#access-authorize",
    "http://jabber.org/protocol/pubsub#access-open",
    "http://jabber.org/protocol/pubsub#access-whitelist",
    "http://jabber.org/protocol/pubsub#config-node",
    "http://jabber.org/protocol/pubsub#create-and-configure",
    "http://jabber.org/protocol/pubsub#create-nodes",
    "http://jabber.org/protocol/pubsub#delete-items",
    "http://jabber.org/protocol/pubsub#delete-nodes",
    "http://jabber.org/protocol/pubsub#instant-nodes",
    "http://jabber.org/protocol/pubsub#item-ids",
    "http://jabber.org/protocol/pubsub#meta-data",
    "http://jabber.org/protocol/pubsub#modify-affiliations",
    "http://jabber.org/protocol/pubsub#manage-subscriptions",
    "http://jabber.org/protocol/pubsub#outcast-affiliation",
    "http://jabber.org/protocol/pubsub#member-affiliation",
    "http://jabber.org/protocol/pubsub#publisher-affiliation",
    "http://jabber.org/protocol/pubsub#persistent-items",
    "http://jabber.org/protocol/pubsub#publish",
    "http://jabber.org/protocol/pubsub#retract-items",
    "http://jabber.org/protocol/pubsub#retrieve-affiliations",
    "http://jabber.org/protocol/pubsub#retrieve-default",
    "http://jabber.org/protocol/pubsub#retrieve-items",
    "http://jabber.org/protocol/pubsub#retrieve-subscriptions",
];

/// What only has a short form in the list above.
const SUBSCRIBE: &str = "http://jabber.org/protocol/pubsub#subscribe";

pub fn version() -> String {
    format!(
        "<query xmlns='jabber:iq:version'><name>Cirrus</name><version>{}</version></query>",
        env!("CARGO_PKG_VERSION")
    )
}

fn identity(category: &str, kind: &str, name: Option<&str>, out: &mut String) {
    out.push_str("<identity");
    attribute("category", category, out);
    attribute("type", kind, out);
    if let Some(name) = name {
        attribute("name", name, out);
    }
    out.push_str("/>");
}

fn features<'a>(features: impl IntoIterator<Item = &'a str>, out: &mut String) {
    for feature in features {
        out.push_str("<feature");
        attribute("var", feature, out);
        out.push_str("/>");
    }
}

impl Service {
    /// The domain of topic channels lists the service and is not one itself.
    pub(super) fn answer_for_topics(&self, query: &Element, is_get: bool) -> Answer {
        let mut out = String::new();
        match (query.name(), query.ns().as_str(), query.attr("node"), is_get) {
            ("query", INFO, None, true) => {
                out.push_str(&format!("<query xmlns='{INFO}'>"));
                identity("pubsub", "service", Some("Topic channels"), &mut out);
                features([INFO, ITEMS], &mut out);
            }
            ("query", ITEMS, None, true) => {
                out.push_str(&format!("<query xmlns='{ITEMS}'><item"));
                attribute("jid", &self.settings.address, &mut out);
                attribute("name", &self.settings.name, &mut out);
                out.push_str("/>");
            }
            ("ping", "urn:xmpp:ping", _, true) => return Ok(out),
            _ => return refuse("service-unavailable"),
        }
        out.push_str("</query>");
        Ok(out)
    }

    pub(super) fn disco_info(&mut self, actor: &Actor, query: &Element, stanza: &Element, now: i64) -> Answer {
        let mut out = format!("<query xmlns='{INFO}'");
        let Some(asked) = query.attr("node") else {
            out.push('>');
            identity("pubsub", "channels", Some(&self.settings.name), &mut out);
            identity("pubsub", "inbox", Some(&self.settings.name), &mut out);
            identity("pubsub", "service", Some(&self.settings.name), &mut out);
            features(FEATURES.into_iter().chain([SUBSCRIBE]), &mut out);
            out.push_str("</query>");
            return Ok(out);
        };
        attribute("node", asked, &mut out);
        out.push('>');
        match self.target(asked)? {
            Target::Node { channel, kind } => {
                if self.pass(actor, &channel, Effect::None, true, stanza, now)? {
                    return Err(Refusal::Later);
                }
                let place = self.place_of(actor, &channel, &kind, asked)?;
                // COMPAT(Movim, Libervia): communities are leaves.
                identity("pubsub", "leaf", Some(&place.channel.title), &mut out);
                identity("pubsub", "channel", Some(&place.channel.title), &mut out);
                features(["http://jabber.org/protocol/pubsub"], &mut out);
                form::open("result", META_DATA, &mut out);
                self.write_metadata(&place.channel, &place.node, &mut out)?;
                form::close(&mut out);
            }
            Target::Comments(id) => {
                let view = self.view(actor, &id)?;
                view.place.standing.may_read(view.place.access())?;
                identity("pubsub", "leaf", None, &mut out);
                features(["http://jabber.org/protocol/pubsub"], &mut out);
                form::open("result", META_DATA, &mut out);
                line("pubsub#title", &format!("Comments on {}", view.post.id), &mut out);
                line("pubsub#access_model", &view.place.channel.access, &mut out);
                line("pubsub#publish_model", publish_model(&view.place.channel), &mut out);
                form::close(&mut out);
            }
        }
        out.push_str("</query>");
        Ok(out)
    }

    /// The fields that say what a channel is. They are for everybody.
    pub(super) fn write_metadata(&self, channel: &Channel, node: &Node, out: &mut String) -> Result<(), Refusal> {
        line("pubsub#title", &channel.title, out);
        line("pubsub#description", &channel.description, out);
        line("pubsub#access_model", &channel.access, out);
        line("pubsub#publish_model", publish_model(channel), out);
        line("pubsub#type", entry::ATOM, out);
        line("pubsub#creation_date", &entry::date(channel.created), out);
        line("pubsub#creator", &channel.creator, out);
        let owners = self.store.moderators(channel.number)?;
        for owner in owners.iter().filter(|bare| matches!(self.role(channel.number, bare), Ok(Role::Owner))).take(1) {
            line("pubsub#owner", owner, out);
        }
        line("pubsub#num_subscribers", &self.store.follower_count(node.number)?.to_string(), out);
        line("buddycloud#channel_type", if channel.is_topic { "topic" } else { "personal" }, out);
        line("buddycloud#default_affiliation", &channel.default_role, out);
        line("buddycloud#last_updated", &entry::date(channel.updated), out);
        Ok(())
    }

    pub(super) fn disco_items(&mut self, actor: &Actor, query: &Element, stanza: &Element, now: i64) -> Answer {
        let page = query.get_child("set", RSM).map(request::read_rsm).transpose()?.unwrap_or_default();
        let size = page.size(bounds::LIST, bounds::LIST);
        match query.attr("node") {
            None => self.list_channels(&page, size),
            Some(names::TOP_FOLLOWED) => self.list_top(names::TOP_FOLLOWED, size, now),
            Some(names::TOP_PUBLISHED) => self.list_top(names::TOP_PUBLISHED, size, now),
            Some(asked) => self.list_items(actor, asked, stanza, now),
        }
    }

    /// The open channels, by name; a page goes on after a node.
    fn list_channels(&self, page: &request::Rsm, size: usize) -> Answer {
        let after = page.after.as_deref().and_then(|node| match names::read(node, &self.settings.topics) {
            Some(Target::Node { channel, .. }) => Some(channel),
            _ => None,
        });
        let mut channels = self.store.listed(after.as_deref(), size)?;
        request::fit(&mut channels, |one| request::line_bytes(&[&self.settings.address, &one.name, &one.title]));
        let mut out = format!("<query xmlns='{ITEMS}'>");
        for channel in &channels {
            self.write_item(channel, &mut out);
        }
        let ends = channels.first().zip(channels.last());
        let ends = ends.map(|(first, last)| (names::node(&first.name, "posts"), names::node(&last.name, "posts")));
        let ends = ends.as_ref().map(|(first, last)| (first.as_str(), last.as_str()));
        let count = self.store.listed_count()?;
        if page.is_asked || channels.len() < count {
            out.push_str(&request::write_rsm(ends, after.is_none().then_some(0), Some(count)));
        }
        out.push_str("</query>");
        Ok(out)
    }

    /// A list of the most followed or most active channels. It is counted once a minute: that costs a look at everything.
    fn list_top(&mut self, node: &'static str, size: usize, now: i64) -> Answer {
        let is_fresh = self.tops.get(node).is_some_and(|(at, _)| (now - at).abs() < COUNTED);
        if !is_fresh {
            let top = match node {
                names::TOP_FOLLOWED => self.store.most_followed(bounds::TOP)?,
                _ => self.store.most_active(now - LATELY, bounds::TOP)?,
            };
            self.tops.insert(node, (now, top.into_iter().map(|(channel, _)| channel.number).collect()));
        }
        let mut out = format!("<query xmlns='{ITEMS}'");
        attribute("node", node, &mut out);
        out.push('>');
        let numbers = self.tops.get(node).map(|(_, numbers)| numbers.clone()).unwrap_or_default();
        for number in numbers.into_iter().take(size.min(bounds::TOP)) {
            // It may have closed meanwhile.
            let channel = self.store.channel_of(number)?;
            if let Some(channel) = channel.filter(|channel| access(channel) == Access::Open) {
                self.write_item(&channel, &mut out);
            }
        }
        out.push_str("</query>");
        Ok(out)
    }

    fn write_item(&self, channel: &Channel, out: &mut String) {
        out.push_str("<item");
        attribute("jid", &self.settings.address, out);
        attribute("node", &names::node(&channel.name, "posts"), out);
        attribute("name", &channel.title, out);
        out.push_str("/>");
    }

    /// The ids of a node's newest items (XEP-0060 §5.5).
    fn list_items(&mut self, actor: &Actor, asked: &str, stanza: &Element, now: i64) -> Answer {
        let window = Window { max: bounds::PAGE, ..Window::default() };
        let slice = match self.target(asked)? {
            Target::Node { channel, kind } => {
                if self.pass(actor, &channel, Effect::None, true, stanza, now)? {
                    return Err(Refusal::Later);
                }
                let place = self.place_of(actor, &channel, &kind, asked)?;
                place.standing.may_read(place.access())?;
                let is_plain = kind == "posts" && self.tongue(actor, &place)? == entry::Tongue::Plain;
                let which = if is_plain { Which::Living } else { Which::All };
                self.store.posts(place.node.number, &Window { which, ..window })?
            }
            Target::Comments(id) => {
                let view = self.view(actor, &id)?;
                view.place.standing.may_read(view.place.access())?;
                self.store.replies(view.place.node.number, &id, &window)?
            }
        };
        let slice = slice.unwrap_or_default();
        let mut out = format!("<query xmlns='{ITEMS}'");
        attribute("node", asked, &mut out);
        out.push('>');
        for post in slice.posts.iter().filter(|post| !post.is_deleted) {
            out.push_str("<item");
            attribute("jid", &self.settings.address, &mut out);
            attribute("name", &post.id, &mut out);
            out.push_str("/>");
        }
        out.push_str("</query>");
        Ok(out)
    }
}

/// Who may write, in the words of XEP-0060: whoever follows, or only some.
fn publish_model(channel: &Channel) -> &'static str {
    if channel.default_role == "publisher" { "subscribers" } else { "publishers" }
}

/// One line of a form; nothing for an empty value.
pub fn line(name: &str, value: &str, out: &mut String) {
    form::field(name, Kind::Line, None, &[value], out);
}

/// `StanzaError` for a form that is not there.
pub fn no_form() -> StanzaError {
    StanzaError::new("bad-request").text("A form is expected here.")
}
