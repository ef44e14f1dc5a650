//! Making, configuring and deleting channels: registration (XEP-0077), XEP-0060 §8.1, §8.2, §8.4.

use std::collections::BTreeMap;

use jid::BareJid;
use minidom::Element;

use super::disco::{line, no_form};
use super::names::{self, Target};
use super::permissions::{Access, Role};
use super::request::{REGISTER, Request};
use super::{Actor, Answer, Refusal, Service, bounds, refuse};
use crate::hosting::form;
use crate::hosting::stanza::{StanzaError, attribute};
use crate::store::channels::{Channel, Metadata, NewChannel, Subscription};

const NODE_CONFIG: &str = "http://jabber.org/protocol/pubsub#node_config";

/// What a new channel is, unless its maker says otherwise.
fn new_metadata(title: &str) -> Metadata<'_> {
    Metadata { title, description: "", access: "open", default_role: "publisher" }
}

/// The form of `<default/>`.
pub fn default_form() -> String {
    let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><default>");
    form::open("form", NODE_CONFIG, &mut out);
    for (name, value) in [
        ("pubsub#title", ""),
        ("pubsub#description", ""),
        ("pubsub#access_model", "open"),
        ("buddycloud#default_affiliation", "publisher"),
        ("buddycloud#channel_type", "topic"),
    ] {
        line(name, value, &mut out);
    }
    form::close(&mut out);
    out.push_str("</default></pubsub>");
    out
}

impl Service {
    /// Registration: the personal channel of a member, with all its nodes. Doing it again changes nothing.
    pub(super) fn register(&mut self, actor: &Actor, query: &Element, is_get: bool, now: i64) -> Answer {
        if is_get {
            let is_registered = self.store.channel(&actor.bare)?.is_some();
            let registered = if is_registered { "<registered/>" } else { "" };
            return Ok(format!("<query xmlns='{REGISTER}'>{registered}</query>"));
        }
        if !actor.is_member || actor.is_guest {
            let text = "This is not the channel service of your domain.";
            return Err(StanzaError::new("not-allowed").text(text).into());
        }
        if query.get_child("remove", REGISTER).is_some() {
            return self.unregister(actor, now);
        }
        let channel = match self.store.channel(&actor.bare)? {
            Some(channel) => channel.number,
            None => self.make(&actor.bare, Kind::Personal, &new_metadata(&actor.bare), &actor.bare, now)?,
        };
        for kind in names::PERSONAL {
            if self.store.node(channel, kind)?.is_none() {
                self.store.add_node(channel, kind)?;
            }
        }
        self.note_resource(actor, now)?;
        Ok(String::new())
    }

    /// The own channel goes, with what one follows and every role but those that keep somebody out: whoever gets the
    /// address later begins anew. Only the last owner of a topic channel stays its owner.
    fn unregister(&mut self, actor: &Actor, now: i64) -> Answer {
        if let Some(channel) = self.store.channel(&actor.bare)? {
            self.close(&channel, now)?;
        }
        for (_, _, one) in self.store.subscriptions_of(&actor.bare, None, bounds::SUBSCRIPTIONS)? {
            self.store.end_subscription(one.node, &one.jid)?;
        }
        for (name, role) in self.store.roles_of(&actor.bare, None, bounds::ROLES)? {
            let Some(channel) = self.store.channel(&name)?.filter(|channel| channel.authority.is_none()) else {
                continue;
            };
            let is_last = role == Role::Owner.word() && self.store.owners(channel.number)?.len() < 2;
            if role != Role::Outcast.word() && !is_last {
                self.store.set_role(channel.number, &actor.bare, None)?;
            }
        }
        Ok(String::new())
    }

    /// Makes a channel with its nodes; its maker owns and follows it.
    fn make(
        &mut self,
        name: &str,
        kind: Kind,
        metadata: &Metadata<'_>,
        creator: &str,
        now: i64,
    ) -> Result<i64, Refusal> {
        let is_topic = kind == Kind::Topic;
        let new = NewChannel { name, is_topic, metadata: *metadata, creator, authority: None };
        let channel = self.store.add_channel(&new, now)?;
        let kinds: &[&str] = if is_topic { &names::TOPIC } else { &names::PERSONAL };
        for kind in kinds {
            let node = self.store.add_node(channel, kind)?;
            let bare = creator.to_owned();
            self.store.set_subscription(&Subscription {
                node,
                jid: bare.clone(),
                bare,
                state: "subscribed".to_owned(),
                called: None,
                via: None,
                is_temporary: false,
                invited_by: None,
                since: now,
            })?;
        }
        self.store.set_role(channel, creator, Some(Role::Owner.word()))?;
        Ok(channel)
    }

    /// Makes a topic channel, or another node of a channel that one owns.
    pub(super) fn create(&mut self, actor: &Actor, asked: &Request<'_>, now: i64) -> Answer {
        if !actor.is_member || actor.is_guest {
            let text = "Only members of this domain make channels here.";
            return Err(StanzaError::new("not-allowed").text(text).into());
        }
        let fresh = (self.fresh)();
        let asked_name = asked.node().unwrap_or(&fresh);
        let (name, kind) = match self.target(asked_name)? {
            Target::Node { channel, kind } => (channel, kind),
            // Threads have their places without being made. COMPAT(Movim 0.34): it makes one after each post, and only if
            // that is done its author listens to the comments.
            // COMPAT(Libervia): it makes one before the post.
            Target::Comments(id) => {
                return match self.view(actor, &id) {
                    Ok(view) if view.post.publisher != actor.bare => refuse("conflict"),
                    Ok(_) | Err(Refusal::Told(_)) => Ok(String::new()),
                    Err(other) => Err(other),
                };
            }
        };
        let fields = match asked.companion.and_then(|configure| configure.children().next()) {
            Some(form) => read_form(form)?,
            None => BTreeMap::new(),
        };
        if let Some(channel) = self.store.channel(&name)? {
            if self.store.node(channel.number, &kind)?.is_some() {
                return refuse("conflict");
            }
            self.standing(actor, &channel)?.may_own()?;
            if self.store.node_count(channel.number)? >= bounds::NODES {
                return refuse("resource-constraint");
            }
            self.store.add_node(channel.number, &kind)?;
            return Ok(String::new());
        }
        let jid = BareJid::new(&name).map_err(|_| StanzaError::new("item-not-found"))?;
        if jid.domain().as_str() != self.settings.topics {
            let text = "A personal channel is made by registering.";
            return Err(StanzaError::new("not-allowed").text(text).into());
        }
        if !names::TOPIC.contains(&kind.as_str()) {
            return refuse("item-not-found");
        }
        if self.store.channels_made_by(&actor.bare)? >= bounds::CHANNELS {
            return Err(StanzaError::new("resource-constraint")
                .text("This account has made too many channels.")
                .into());
        }
        let title = jid.node().map_or(name.as_str(), |node| node.as_str());
        let old = new_metadata(title);
        let metadata = changed(&old, &fields)?;
        self.make(&name, Kind::Topic, &metadata, &actor.bare, now)?;
        self.note_resource(actor, now)?;
        let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub'><create");
        attribute("node", asked_name, &mut out);
        out.push_str("/></pubsub>");
        Ok(out)
    }

    /// The configuration form; what it says is public.
    pub(super) fn configuration(&mut self, actor: &Actor, asked: &Request<'_>) -> Answer {
        let place = self.place(actor, asked.required_node()?)?;
        let mut out = String::from("<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure");
        attribute("node", &place.asked, &mut out);
        out.push('>');
        form::open("form", NODE_CONFIG, &mut out);
        self.write_metadata(&place.channel, &place.node, &mut out)?;
        form::close(&mut out);
        out.push_str("</configure></pubsub>");
        Ok(out)
    }

    /// Changes a channel: all its nodes have the same metadata.
    pub(super) fn configure(&mut self, actor: &Actor, asked: &Request<'_>, now: i64) -> Answer {
        let place = self.place(actor, asked.required_node()?)?;
        place.standing.may_moderate()?;
        let fields = read_form(asked.action.children().next().ok_or_else(no_form)?)?;
        let channel = &place.channel;
        let old = Metadata {
            title: &channel.title,
            description: &channel.description,
            access: &channel.access,
            default_role: &channel.default_role,
        };
        check_fixed(channel, &fields)?;
        let new = changed(&old, &fields)?;
        if new == old {
            return Ok(String::new());
        }
        if (new.access, new.default_role) != (old.access, old.default_role) {
            // Moderators look after a channel; who gets in is its owner's decision.
            place.standing.may_own()?;
        }
        self.store.set_metadata(channel.number, &new, now)?;
        self.tell_configuration(channel)?;
        if new.access != old.access
            && let Some(changed) = self.store.channel_of(channel.number)?
        {
            self.apply_access(&changed, place.access(), now)?;
        }
        Ok(String::new())
    }

    /// Deletes a topic channel, or a node of one's own making.
    pub(super) fn delete(&mut self, actor: &Actor, asked: &Request<'_>, now: i64) -> Answer {
        if let Target::Comments(id) = self.target(asked.required_node()?)? {
            // COMPAT(Movim): it deletes the node with the comments after the post, which took them with it.
            return match self.view(actor, &id) {
                Err(Refusal::Told(_)) => Ok(String::new()),
                Err(other) => Err(other),
                Ok(_) => refuse("not-allowed"),
            };
        }
        let place = self.place(actor, asked.required_node()?)?;
        place.standing.may_own()?;
        let is_whole = place.channel.is_topic && place.node.kind == "posts";
        if is_whole {
            self.close(&place.channel, now)?;
            return Ok(String::new());
        }
        if names::PERSONAL.contains(&place.node.kind.as_str()) {
            let text = "This node belongs to the channel.";
            return Err(StanzaError::new("not-allowed").text(text).into());
        }
        self.tell_deletion(&place.channel, &place.node)?;
        self.store.remove_node(place.node.number)?;
        Ok(String::new())
    }

    /// Removes a channel; those who follow it are told.
    fn close(&mut self, channel: &Channel, now: i64) -> Result<(), Refusal> {
        if let Some(posts) = self.store.node(channel.number, "posts")? {
            self.unlist(channel, &posts, now)?;
        }
        for node in self.store.nodes(channel.number)? {
            self.tell_deletion(channel, &node)?;
        }
        self.store.remove_channel(channel.number)?;
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Personal,
    Topic,
}

type Fields = BTreeMap<String, Vec<String>>;

fn read_form(form: &Element) -> Result<Fields, StanzaError> {
    match form::read(form, NODE_CONFIG)? {
        form::Answer::Submit(fields) => Ok(fields),
        form::Answer::Cancel => Ok(BTreeMap::new()),
    }
}

/// What cannot be changed may be sent back as it is.
fn check_fixed(channel: &Channel, fields: &Fields) -> Result<(), StanzaError> {
    let kind = if channel.is_topic { "topic" } else { "personal" };
    let created = super::entry::date(channel.created);
    for (name, is) in [
        ("buddycloud#channel_type", kind),
        ("pubsub#creation_date", created.as_str()),
        ("pubsub#creator", channel.creator.as_str()),
    ] {
        if fields.get(name).and_then(|values| values.first()).is_some_and(|value| value != is) {
            return Err(StanzaError::new("not-allowed").text(format!("{name} cannot be changed.")));
        }
    }
    Ok(())
}

/// The metadata with what a form changes. Fields that mean nothing here are passed over: clients send what they know
/// from other services.
fn changed<'a>(old: &Metadata<'a>, fields: &'a Fields) -> Result<Metadata<'a>, StanzaError> {
    let field = |name: &str| fields.get(name).and_then(|values| values.first()).map(|value| value.trim());
    let bad = |what: &str| StanzaError::new("bad-request").text(format!("This {what} cannot be used."));
    let mut new = *old;
    if let Some(title) = field("pubsub#title").filter(|title| !title.is_empty()) {
        if title.chars().count() > bounds::TITLE || title.chars().any(char::is_control) {
            return Err(bad("title"));
        }
        new.title = title;
    }
    if let Some(description) = field("pubsub#description") {
        if description.chars().count() > bounds::DESCRIPTION {
            return Err(bad("description"));
        }
        new.description = description;
    }
    if let Some(access) = field("pubsub#access_model") {
        Access::parse(access).ok_or_else(|| bad("access model"))?;
        new.access = access;
    }
    if let Some(role) = field("buddycloud#default_affiliation") {
        if !matches!(role, "publisher" | "member") {
            return Err(bad("default affiliation"));
        }
        new.default_role = role;
    } else if fields.contains_key("pubsub#publish_model") && field("pubsub#publish_model") == Some("publishers") {
        // COMPAT(plain pubsub clients): they know no default role.
        new.default_role = "member";
    }
    Ok(new)
}
