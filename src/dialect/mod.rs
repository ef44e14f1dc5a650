//! Translators between the words of the project and the stanzas of a service: the contract.
//!
//! A dialect has no socket, no clock and no memory. It asks through [`Ask`], and what is worth remembering between
//! two operations it gives back. What it reads it gives as values *and* problems, so that one broken item never empties
//! a page.

mod outcome;
mod services;
pub mod discovery;
pub mod microblog;
pub mod buddycloud;
pub mod avatar;
pub mod profile;

use std::future::Future;

use jid::Jid;
use jiff::Timestamp;
use minidom::Element;

use crate::channel::reaction::{Attach, Reaction};
use crate::channel::{
    About, Access, Address, ChannelId, Draft, Event, Followers, NewChannel, Post, PostId, PostRef, Role, Settings,
};
use crate::xmpp::{Ask, AskError, Kind, Request};

pub use buddycloud::Buddycloud;
pub use microblog::Microblog;
pub use outcome::{
    Abilities, Followed, Following, Found, Page, Popular, Problem, Published, Recent, Thread, Threads, Verdict,
};
pub use services::{ChannelService, Helpers, Learned, Service, Services, Software, Upload};

/// How a service speaks about channels. Methods that ask take as long as their requests do; each request ends within
/// 30 s, and their number is bounded.
pub trait Dialect: Send + Sync {
    /// What a domain offers: which of its services hold channels.
    fn discover(&self, ask: &impl Ask, domain: &Address) -> impl Future<Output = Result<Services, AskError>> + Send;

    /// The channels of a service, by title; at most 200. Channels that only hold replies are left out.
    fn channels(&self, ask: &impl Ask, service: &Address) -> impl Future<Output = Result<Vec<About>, AskError>> + Send;

    /// What a channel says about itself. A personal channel whose server tells strangers nothing is `Unknown`.
    fn about(&self, ask: &impl Ask, channel: &ChannelId) -> impl Future<Output = Result<About, AskError>> + Send;

    /// One page of a channel, newest first. `before` is [`Page::older`] of the page before; `size` is 1 to 100.
    fn posts(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        before: Option<&str>,
        size: usize,
    ) -> impl Future<Output = Result<Page, AskError>> + Send;

    /// One post; `None` if there is none, or what is there is not a post.
    fn post(&self, ask: &impl Ask, post: &PostRef) -> impl Future<Output = Result<Option<Post>, AskError>> + Send;

    /// The replies to a post, newest first, likes included; at most 500. Empty if it takes none. Where replies stand in
    /// the channel itself ([`Post::replies`] is the post's own channel), [`Dialect::posts`] leaves them out, and live ones
    /// arrive as [`Event::Published`] of a post with [`Post::in_reply_to`] in the same channel. Each names the head of its
    /// thread there, never another reply.
    fn replies(&self, ask: &impl Ask, to: &Post) -> impl Future<Output = Result<Page, AskError>> + Send;

    /// One page of a channel's threads, that with the latest reply first; `before` is [`Threads::older`] of the page before,
    /// `size` is 1 to 50. Where a service does not tell them, they are those of its newest few hundred items.
    /// `feature-not-implemented` where replies stand elsewhere.
    fn threads(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        before: Option<&str>,
        size: usize,
    ) -> impl Future<Output = Result<Threads, AskError>> + Send;

    /// Publishes into a channel. The personal channel is made if it does not exist yet, open to everybody; one that
    /// exists keeps its readers (see [`Published::access`]). Publishing the same draft again changes nothing but dates.
    fn publish(
        &self,
        ask: &impl Ask,
        me: &Address,
        services: &Services,
        channel: &ChannelId,
        draft: &Draft,
        now: Timestamp,
    ) -> impl Future<Output = Result<Published, AskError>> + Send;

    /// Publishes a reply.
    fn reply(
        &self,
        ask: &impl Ask,
        me: &Address,
        to: &Post,
        draft: &Draft,
        now: Timestamp,
    ) -> impl Future<Output = Result<Post, AskError>> + Send;

    /// Changes the text of one's own post or reply; refused with `forbidden` if it is somebody else's. The draft's id
    /// is not looked at.
    fn edit(
        &self,
        ask: &impl Ask,
        me: &Address,
        post: &PostRef,
        draft: &Draft,
        now: Timestamp,
    ) -> impl Future<Output = Result<Post, AskError>> + Send;

    /// Takes a post with its replies, or a reply, away.
    fn remove(&self, ask: &impl Ask, me: &Address, post: &PostRef)
    -> impl Future<Output = Result<(), AskError>> + Send;

    /// Likes a post or a reply. `id` is what the like will be called where the service lets us choose.
    fn like(
        &self,
        ask: &impl Ask,
        me: &Address,
        to: &Post,
        id: &PostId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Post, AskError>> + Send;

    /// What people attached to a post besides replies; `None` where nothing can be attached. At most 500 people.
    fn reactions(
        &self,
        _ask: &impl Ask,
        _to: &PostRef,
    ) -> impl Future<Output = Result<Option<Vec<Reaction>>, AskError>> + Send {
        async { Ok(None) }
    }

    /// Changes what this person attached to a post; `feature-not-implemented` where nothing can be.
    fn attach(
        &self,
        _ask: &impl Ask,
        _me: &Address,
        _to: &PostRef,
        _change: &Attach,
        _now: Timestamp,
    ) -> impl Future<Output = Result<(), AskError>> + Send {
        async { Err(not_offered()) }
    }

    /// Takes that place away with its post.
    fn forget_reactions(&self, _ask: &impl Ask, _to: &PostRef) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Makes the place where people attach things to a post of one's own, if that is needed and the server lets us.
    fn take_reactions(&self, _ask: &impl Ask, _to: &PostRef, _access: Access) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Follows a channel for good, in the way that other clients of the same account see too.
    fn follow(
        &self,
        ask: &impl Ask,
        me: &Address,
        channel: &ChannelId,
        title: Option<&str>,
    ) -> impl Future<Output = Result<Following, AskError>> + Send;

    /// Stops following a channel: first it is taken off the account's own list, then its server is told.
    fn unfollow(
        &self,
        ask: &impl Ask,
        me: &Address,
        channel: &ChannelId,
    ) -> impl Future<Output = Result<(), AskError>> + Send;

    /// The channels this person follows, as far as the account and the services of its domain know.
    fn follows(
        &self,
        ask: &impl Ask,
        me: &Address,
        services: &Services,
    ) -> impl Future<Output = Result<Vec<Followed>, AskError>> + Send;

    /// Asks for the news of a channel, or of a post's replies, for one address. A full JID gets them only while its
    /// stream lives, and without presence.
    fn subscribe(
        &self,
        ask: &impl Ask,
        subscriber: &Jid,
        channel: &ChannelId,
    ) -> impl Future<Output = Result<Following, AskError>> + Send;

    /// Ends [`Dialect::subscribe`].
    fn unsubscribe(
        &self,
        ask: &impl Ask,
        subscriber: &Jid,
        channel: &ChannelId,
    ) -> impl Future<Output = Result<(), AskError>> + Send;

    /// Who follows a channel, where the server tells and `viewer` (nobody is a guest) may know: members of a channel that
    /// is not open are for its members, even where the server tells everybody. Nobody who is kept out is among them.
    fn followers(
        &self,
        ask: &impl Ask,
        viewer: Option<&Address>,
        channel: &ChannelId,
    ) -> impl Future<Output = Result<Followers, AskError>> + Send;

    /// What this person may do in the channels of a service, where the server tells; at most 10,000.
    fn roles(
        &self,
        ask: &impl Ask,
        service: &Address,
    ) -> impl Future<Output = Result<Vec<(ChannelId, Role)>, AskError>> + Send;

    /// What can be done here, so that a page leaves out what cannot. Whether a person may is another question; every
    /// refusal is normal.
    fn abilities(&self) -> Abilities;

    /// Makes a channel and gives back its id; `conflict` if the name is taken.
    fn create(
        &self,
        ask: &impl Ask,
        me: &Address,
        services: &Services,
        new: &NewChannel,
    ) -> impl Future<Output = Result<ChannelId, AskError>> + Send;

    /// Changes what a channel says about itself and who may read it.
    fn configure(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        settings: &Settings,
    ) -> impl Future<Output = Result<(), AskError>> + Send;

    /// Takes a channel away with all it holds.
    fn delete(&self, ask: &impl Ask, channel: &ChannelId) -> impl Future<Output = Result<(), AskError>> + Send;

    /// Sets the status line of a channel; empty takes it away.
    fn set_status(
        &self,
        ask: &impl Ask,
        me: &Address,
        channel: &ChannelId,
        text: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), AskError>> + Send;

    /// Says where the owner of a personal channel is, in words; empty takes it away. The place before stays known as the
    /// previous one.
    fn set_place(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        words: &str,
    ) -> impl Future<Output = Result<(), AskError>> + Send;

    /// Gives somebody a role: `Banned` keeps out, `Stranger` takes every role away.
    fn set_role(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        who: &Address,
        role: Role,
    ) -> impl Future<Output = Result<(), AskError>> + Send;

    /// Who waits to be let in; at most 1,000. For owners and moderators only: `forbidden` for others, even where the
    /// service would tell them. `viewer` is whom the list is for.
    fn requests(
        &self,
        ask: &impl Ask,
        viewer: &Address,
        channel: &ChannelId,
    ) -> impl Future<Output = Result<Vec<Address>, AskError>> + Send;

    /// Lets somebody in, or does not.
    fn answer_request(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        who: &Address,
        verdict: Verdict,
    ) -> impl Future<Output = Result<(), AskError>> + Send;

    /// Invites somebody to follow a channel.
    fn invite(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        who: &Address,
    ) -> impl Future<Output = Result<(), AskError>> + Send;

    /// Who is kept out; at most 1,000. For owners and moderators only, as [`Dialect::requests`].
    fn banned(
        &self,
        ask: &impl Ask,
        viewer: &Address,
        channel: &ChannelId,
    ) -> impl Future<Output = Result<Vec<Address>, AskError>> + Send;

    /// Channels and posts in which words occur; at most 50 of each. What does not answer is left out.
    fn search(&self, ask: &impl Ask, words: &str) -> impl Future<Output = Result<Found, AskError>> + Send;

    /// The channels that many people follow, and those in which much is said; at most 50 of each.
    fn popular(&self, ask: &impl Ask) -> impl Future<Output = Result<Popular, AskError>> + Send;

    /// What is new since a moment in all channels that this person follows: at most `per_channel` posts or replies of each,
    /// and at most a little more than `most` in all, never over 1,000. `feature-not-implemented` where each channel must
    /// be asked.
    fn recent(
        &self,
        ask: &impl Ask,
        since: Timestamp,
        per_channel: usize,
        most: usize,
    ) -> impl Future<Output = Result<Recent, AskError>> + Send;

    /// What a message tells about channels. Empty for every message that tells nothing.
    ///
    /// Whether the sender may speak for a channel is for the caller to check. Microblog: the channel's address is the
    /// sender's own, which must have been asked for news. Buddycloud: the sender is a service and the channel is named
    /// in the message, so that the sender must be the channel service of this person's domain, or that of the channel's.
    fn read_event(&self, message: &Element) -> Vec<Event>;
}

async fn get(ask: &impl Ask, to: &Address, payload: Element) -> Result<Option<Element>, AskError> {
    ask.ask(Request { to: Some(to.clone().into()), kind: Kind::Get, payload }).await
}

async fn set(ask: &impl Ask, to: &Address, payload: Element) -> Result<Option<Element>, AskError> {
    ask.ask(Request { to: Some(to.clone().into()), kind: Kind::Set, payload }).await
}

/// A refusal of our own, in the form of the server's.
fn refused(condition: &str, text: &str) -> AskError {
    AskError::Stanza { condition: condition.to_owned(), specific: None, text: Some(text.to_owned()) }
}

/// What a service does not offer at all.
fn not_offered() -> AskError {
    refused("feature-not-implemented", "this service does not offer that")
}

/// At most so many characters.
fn shortened(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}
