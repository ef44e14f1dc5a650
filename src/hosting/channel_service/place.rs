//! Where a request is about: a channel, one of its nodes, and what the asker may do there.

use minidom::Element;

use super::federation::{Effect, Passed, Person};
use super::names::{self, Target};
use super::permissions::{Access, Role, Standing, Whose};
use super::request::Request;
use super::{Actor, Refusal, Service, refuse};
use crate::hosting::stanza::StanzaError;
use crate::store::StoreError;
use crate::store::channels::{Channel, Node};

/// A node as somebody stands before it.
pub(super) struct Place {
    pub channel: Channel,
    pub node: Node,
    /// The name that the asker used.
    pub asked: String,
    pub standing: Standing,
}

impl Place {
    pub fn access(&self) -> Access {
        access(&self.channel)
    }

    /// The node's own name.
    pub fn name(&self) -> String {
        names::node(&self.channel.name, &self.node.kind)
    }

    /// What a subscriber calls it, where that is another name.
    pub fn called(&self) -> Option<String> {
        (self.asked != self.name()).then(|| self.asked.clone())
    }
}

/// Who may read a channel; what cannot be read any more closes it.
pub(super) fn access(channel: &Channel) -> Access {
    Access::parse(&channel.access).unwrap_or(Access::Whitelist)
}

pub(super) fn whose(actor: &Actor, bare: &str) -> Whose {
    if actor.bare == bare { Whose::Own } else { Whose::Others }
}

impl Service {
    pub(super) fn target(&self, node: &str) -> Result<Target, StanzaError> {
        names::read(node, &self.settings.topics).ok_or_else(|| StanzaError::new("item-not-found"))
    }

    /// The node of this name, or `item-not-found`.
    pub(super) fn place(&self, actor: &Actor, asked: &str) -> Result<Place, Refusal> {
        let Target::Node { channel, kind } = self.target(asked)? else { return refuse("item-not-found") };
        self.place_of(actor, &channel, &kind, asked)
    }

    pub(super) fn place_of(&self, actor: &Actor, channel: &str, kind: &str, asked: &str) -> Result<Place, Refusal> {
        let Some(channel) = self.store.channel(channel)? else { return refuse("item-not-found") };
        let Some(node) = self.store.node(channel.number, kind)? else { return refuse("item-not-found") };
        let standing = self.standing(actor, &channel)?;
        Ok(Place { channel, node, asked: asked.to_owned(), standing })
    }

    pub(super) fn standing(&self, actor: &Actor, channel: &Channel) -> Result<Standing, StoreError> {
        let role = self.role(channel.number, &actor.bare)?;
        let is_waiting = role == Role::None && access(channel) != Access::Open && self.waits(channel, &actor.bare)?;
        // The people of another domain's channel are not ours.
        let is_local = actor.is_member && channel.authority.is_none();
        Ok(Standing { role, is_guest: actor.is_guest, is_local, is_waiting })
    }

    pub(super) fn role(&self, channel: i64, bare: &str) -> Result<Role, StoreError> {
        let role = self.store.role(channel, bare)?;
        Ok(role.and_then(|role| Role::parse(&role)).unwrap_or(Role::None))
    }

    /// Passes a request about a channel of another domain on; true if it is under way.
    pub(super) fn pass_on(
        &mut self,
        actor: &Actor,
        node: &str,
        asked: &Request<'_>,
        stanza: &Element,
        now: i64,
    ) -> Result<bool, Refusal> {
        let Some(Target::Node { channel, kind }) = names::read(node, &self.settings.topics) else { return Ok(false) };
        let effect = match asked.name() {
            "subscribe" => Effect::Followed { channel: channel.clone(), kind },
            "unsubscribe" => Effect::Unfollowed { channel: channel.clone(), kind },
            _ => Effect::None,
        };
        let is_read = matches!(asked.name(), "items" | "replies" | "thread" | "threads");
        self.pass(actor, &channel, effect, is_read, stanza, now)
    }

    /// The same for anything that names a channel. What may be read can come from our copy when nobody else answers.
    pub(super) fn pass(
        &mut self,
        actor: &Actor,
        channel: &str,
        effect: Effect,
        is_read: bool,
        stanza: &Element,
        now: i64,
    ) -> Result<bool, Refusal> {
        let domain = super::federation::domain_of(channel).unwrap_or_default();
        if domain == self.settings.domain || domain == self.settings.topics {
            return Ok(false);
        }
        if actor.via.is_some() || !(actor.is_member || actor.is_guest) {
            // We speak for our own people, and pass nothing on for others.
            return Err(StanzaError::new("item-not-found").text("This channel is not kept here.").into());
        }
        let person = Person { jid: &actor.from, bare: &actor.bare, is_member: actor.is_member, is_reading: is_read };
        match self.ask_authority(stanza, &person, channel, effect, now)? {
            Passed::On => Ok(true),
            Passed::Back if is_read => Ok(false),
            Passed::Back => Err(StanzaError::new("remote-server-timeout").into()),
        }
    }
}
