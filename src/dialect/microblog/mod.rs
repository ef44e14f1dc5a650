//! Microblogging over XMPP (XEP-0277) with the profile of XEP-0472, as Movim and Libervia speak it.
//!
//! A channel is a pubsub node; a person's own is the PEP node `urn:xmpp:microblog:0`. The replies to a post stand in a node of
//! their own, which the post names. What the servers can and cannot do decides most of what is here: each fallback
//! says for whom it is.

pub mod uri;
pub mod headline;
pub mod read;
pub mod compose;
pub mod token;
pub mod page;
pub mod rescue;
pub mod nodes;
pub mod publish;
pub mod comments;
pub mod attachments;
pub mod follow;
pub mod private;
pub mod open;
pub mod list;
pub mod markers;
pub mod drafts;
pub mod manage;
pub mod event;

use jid::Jid;
use jiff::Timestamp;
use minidom::Element;

use super::{
    Abilities, Dialect, Followed, Following, Found, Page, Popular, Published, Recent, Services, Threads, Verdict,
    discovery, not_offered,
};
use crate::channel::reaction::{Attach, Reaction};
use crate::channel::{
    About, Access, Address, ChannelId, Draft, Event, Followers, NewChannel, Node, Post, PostId, PostRef, Role, Settings,
};
use crate::xmpp::{Ask, AskError};

/// How the names of nodes for replies begin (XEP-0277 §4).
pub const COMMENTS: &str = "urn:xmpp:microblog:0:comments/";

/// Whether a node holds replies.
pub fn is_comments_node(node: &str) -> bool {
    node.strip_prefix(COMMENTS).is_some_and(|post| !post.is_empty())
}

/// Whether a node of a service may be somebody's channel, by its name. The names of specifications are not: they hold
/// replies, pictures, attachments; and ejabberd names the nodes of accounts among those of the service.
fn is_channel_node(node: &str) -> bool {
    let reserved = ["urn:xmpp:", "http://jabber.org/protocol/", "eu.siacs.conversations."];
    !node.is_empty() && node != TEST_NODE && !reserved.iter().any(|start| node.starts_with(start))
}

/// COMPAT(Movim): it makes a node of this name to find out whether it may, and takes it away again.
const TEST_NODE: &str = "test_node";

/// The dialect. It holds nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Microblog;

impl Dialect for Microblog {
    async fn discover(&self, ask: &impl Ask, domain: &Address) -> Result<Services, AskError> {
        discovery::services(ask, domain).await
    }

    async fn channels(&self, ask: &impl Ask, service: &Address) -> Result<Vec<About>, AskError> {
        discovery::channels(ask, service, is_channel_node).await
    }

    async fn about(&self, ask: &impl Ask, channel: &ChannelId) -> Result<About, AskError> {
        match discovery::about(ask, channel).await {
            // Both Prosody and ejabberd refuse strangers here, even where they let them read (XEP-0030 §8).
            Err(error @ AskError::Stanza { .. }) if channel.address.node().is_some() && !is_unreachable(&error) => {
                Ok(About::unknown(channel.clone()))
            }
            answer => answer,
        }
    }

    async fn posts(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        before: Option<&str>,
        size: usize,
    ) -> Result<Page, AskError> {
        page::posts(ask, channel, before, size).await
    }

    async fn post(&self, ask: &impl Ask, post: &PostRef) -> Result<Option<Post>, AskError> {
        page::post(ask, post).await
    }

    async fn replies(&self, ask: &impl Ask, to: &Post) -> Result<Page, AskError> {
        comments::replies(ask, to).await
    }

    async fn publish(
        &self,
        ask: &impl Ask,
        me: &Address,
        services: &Services,
        channel: &ChannelId,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Published, AskError> {
        publish::publish(ask, me, services, channel, draft, now).await
    }

    async fn reply(
        &self,
        ask: &impl Ask,
        me: &Address,
        to: &Post,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Post, AskError> {
        comments::reply(ask, me, to, draft, now).await
    }

    async fn edit(
        &self,
        ask: &impl Ask,
        me: &Address,
        post: &PostRef,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Post, AskError> {
        publish::edit(ask, me, post, draft, now).await
    }

    async fn remove(&self, ask: &impl Ask, me: &Address, post: &PostRef) -> Result<(), AskError> {
        publish::remove(ask, me, post).await
    }

    async fn follow(
        &self,
        ask: &impl Ask,
        me: &Address,
        channel: &ChannelId,
        title: Option<&str>,
    ) -> Result<Following, AskError> {
        follow::follow(ask, me, channel, title).await
    }

    async fn unfollow(&self, ask: &impl Ask, me: &Address, channel: &ChannelId) -> Result<(), AskError> {
        follow::unfollow(ask, me, channel).await
    }

    async fn follows(&self, ask: &impl Ask, me: &Address, services: &Services) -> Result<Vec<Followed>, AskError> {
        follow::follows(ask, me, services).await
    }

    async fn subscribe(&self, ask: &impl Ask, subscriber: &Jid, channel: &ChannelId) -> Result<Following, AskError> {
        follow::subscribe(ask, subscriber, channel).await
    }

    async fn unsubscribe(&self, ask: &impl Ask, subscriber: &Jid, channel: &ChannelId) -> Result<(), AskError> {
        follow::unsubscribe(ask, subscriber, channel).await
    }

    async fn followers(
        &self,
        ask: &impl Ask,
        _viewer: Option<&Address>,
        channel: &ChannelId,
    ) -> Result<Followers, AskError> {
        follow::followers(ask, channel).await
    }

    async fn roles(&self, ask: &impl Ask, service: &Address) -> Result<Vec<(ChannelId, Role)>, AskError> {
        follow::roles(ask, service).await
    }

    async fn like(
        &self,
        ask: &impl Ask,
        me: &Address,
        to: &Post,
        id: &PostId,
        now: Timestamp,
    ) -> Result<Post, AskError> {
        comments::like(ask, me, to, id, now).await
    }

    async fn reactions(&self, ask: &impl Ask, to: &PostRef) -> Result<Option<Vec<Reaction>>, AskError> {
        attachments::read(ask, to).await
    }

    async fn attach(
        &self,
        ask: &impl Ask,
        me: &Address,
        to: &PostRef,
        change: &Attach,
        now: Timestamp,
    ) -> Result<(), AskError> {
        attachments::change(ask, me, to, change, now).await
    }

    async fn forget_reactions(&self, ask: &impl Ask, to: &PostRef) {
        attachments::remove(ask, to).await
    }

    async fn take_reactions(&self, ask: &impl Ask, to: &PostRef, access: Access) {
        attachments::make(ask, to, access).await
    }

    fn abilities(&self) -> Abilities {
        manage::ABILITIES
    }

    async fn create(
        &self,
        ask: &impl Ask,
        _me: &Address,
        services: &Services,
        new: &NewChannel,
    ) -> Result<ChannelId, AskError> {
        manage::create(ask, services, new).await
    }

    async fn configure(&self, ask: &impl Ask, channel: &ChannelId, settings: &Settings) -> Result<(), AskError> {
        manage::configure(ask, channel, settings).await
    }

    async fn delete(&self, ask: &impl Ask, channel: &ChannelId) -> Result<(), AskError> {
        manage::delete(ask, channel).await
    }

    async fn set_status(
        &self,
        _ask: &impl Ask,
        _me: &Address,
        _channel: &ChannelId,
        _text: &str,
        _now: Timestamp,
    ) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn set_place(&self, _: &impl Ask, _: &ChannelId, _: &str) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn set_role(&self, ask: &impl Ask, channel: &ChannelId, who: &Address, role: Role) -> Result<(), AskError> {
        manage::set_role(ask, channel, who, role).await
    }

    async fn requests(&self, ask: &impl Ask, _viewer: &Address, channel: &ChannelId) -> Result<Vec<Address>, AskError> {
        manage::requests(ask, channel).await
    }

    async fn answer_request(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        who: &Address,
        verdict: Verdict,
    ) -> Result<(), AskError> {
        manage::answer_request(ask, channel, who, verdict).await
    }

    async fn invite(&self, _ask: &impl Ask, _channel: &ChannelId, _who: &Address) -> Result<(), AskError> {
        Err(not_offered())
    }

    async fn banned(&self, ask: &impl Ask, _viewer: &Address, channel: &ChannelId) -> Result<Vec<Address>, AskError> {
        manage::banned(ask, channel).await
    }

    async fn search(&self, _ask: &impl Ask, _words: &str) -> Result<Found, AskError> {
        Err(not_offered())
    }

    async fn popular(&self, _ask: &impl Ask) -> Result<Popular, AskError> {
        Err(not_offered())
    }

    async fn threads(&self, _: &impl Ask, _: &ChannelId, _: Option<&str>, _: usize) -> Result<Threads, AskError> {
        Err(not_offered())
    }

    async fn recent(&self, _: &impl Ask, _: Timestamp, _: usize, _: usize) -> Result<Recent, AskError> {
        Err(not_offered())
    }

    fn read_event(&self, message: &Element) -> Vec<Event> {
        event::read(message)
    }
}

/// Whether the error means that the other server was not reached, rather than that it refused.
fn is_unreachable(error: &AskError) -> bool {
    ["remote-server-not-found", "remote-server-timeout"].iter().any(|condition| error.is(condition))
}

/// The name of the node for the replies to a post, if the post's name leaves room for it.
fn comments_node(post: &PostId) -> Option<Node> {
    Node::new(format!("{COMMENTS}{post}")).ok()
}

#[cfg(test)]
pub(in crate::dialect) mod tests;
