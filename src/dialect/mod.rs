//! Translators between the words of the project and the stanzas of a service: the contract.
//!
//! A dialect has no socket, no clock and no memory. It asks through [`Ask`], and what is worth remembering between
//! two operations it gives back. What it reads it gives as values *and* problems, so that one broken item never empties
//! a page.

pub mod discovery;
pub mod microblog;
pub mod buddycloud;

use std::future::Future;

use jid::Jid;
use jiff::Timestamp;
use minidom::Element;

use crate::channel::{
    About, Access, Address, ChannelId, Draft, Event, Followers, NewChannel, Post, PostId, PostRef, Role, Settings,
};
use crate::xmpp::{Ask, AskError, Kind, Request};

pub use buddycloud::Buddycloud;
pub use microblog::Microblog;

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

    /// What is new since a moment in all channels that this person follows, newest first: at most `per_channel` posts or
    /// replies of each, and 1,000 in all. `feature-not-implemented` where each channel must be asked.
    fn recent(
        &self,
        ask: &impl Ask,
        since: Timestamp,
        per_channel: usize,
    ) -> impl Future<Output = Result<Vec<Post>, AskError>> + Send;

    /// What a message tells about channels. Empty for every message that tells nothing.
    ///
    /// Whether the sender may speak for a channel is for the caller to check. Microblog: the channel's address is the
    /// sender's own, which must have been asked for news. Buddycloud: the sender is a service and the channel is named
    /// in the message, so that the sender must be the channel service of this person's domain, or that of the channel's.
    fn read_event(&self, message: &Element) -> Vec<Event>;
}

/// What can be done through a dialect at a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Abilities {
    /// Make channels.
    pub create: bool,
    /// Take channels away.
    pub delete: bool,
    /// Change title, description and access.
    pub configure: bool,
    /// Say what new followers become.
    pub default_role: bool,
    /// Have a status line.
    pub status: bool,
    /// Give people roles and keep people out.
    pub roles: bool,
    /// Let people in who ask.
    pub requests: bool,
    /// Invite people.
    pub invite: bool,
    /// Look for words.
    pub search: bool,
    /// Name the channels that many follow or write in.
    pub popular: bool,
    /// Ask for everything new at once.
    pub recent: bool,
    /// Rate posts; a like is otherwise a reply of one heart.
    pub ratings: bool,
    /// Change one's own posts.
    pub edit: bool,
}

/// What becomes of a request to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They may follow.
    Approve,
    /// They may not.
    Deny,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Channels, best first.
    pub channels: Vec<About>,
    /// Posts and replies, newest first.
    pub posts: Vec<Post>,
}

/// Channels that stand out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Popular {
    /// Those that most people follow, first the one with the most.
    pub most_followed: Vec<About>,
    /// Those in which most is said, first the busiest.
    pub most_active: Vec<About>,
}

/// What a domain offers, and what was learned about it since.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Services {
    /// Its services that hold channels, but not the one below.
    pub channels: Vec<Service>,
    /// Its service for replies, if it has one of its own.
    pub replies: Option<Service>,
    /// Who may read one's own channel, once that is known.
    pub own_access: Option<Access>,
    /// Its Buddycloud channel service, if it has one.
    pub channel_service: Option<ChannelService>,
}

/// The Buddycloud channel service of a domain (a domain has at most one), as discovery found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelService {
    /// Where it is.
    pub address: Address,
    /// The domain whose channels it keeps.
    pub domain: Address,
    /// The domain in the names of topic channels.
    pub topics: Address,
    /// Which software it is, as far as that can be told.
    pub software: Software,
    /// What it says that it can do (XEP-0030).
    pub features: Vec<String>,
    /// Services that help it, where the domain has them.
    pub helpers: Helpers,
}

/// The software of a channel service; two kinds have habits of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Software {
    /// buddycloud-server, in CoffeeScript.
    Node,
    /// buddycloud-server-java.
    Java,
    /// Any other; taken to do what the specification says.
    Other,
}

/// Services beside a channel service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Helpers {
    /// The base URL of the media server: `<url>/<channel>/<id>` is a file.
    pub media: Option<String>,
    /// The directory of channels of many domains.
    pub directory: Option<Address>,
    /// The service that sends notices by e-mail.
    pub pusher: Option<Address>,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Where it is.
    pub address: Address,
    /// What it calls itself; at most 500 characters.
    pub name: Option<String>,
    /// Whether this person may make channels there, once that was tried.
    pub may_create: Option<bool>,
}

/// Something worth remembering in [`Services`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learned {
    /// Whether this person may make channels at a service.
    MayCreate(Address, bool),
    /// Who may read this person's own channel; it exists and is as it should be otherwise.
    OwnAccess(Access),
}

impl Services {
    /// Remembers.
    pub fn learn(&mut self, learned: &[Learned]) {
        for fact in learned {
            match fact {
                Learned::OwnAccess(access) => self.own_access = Some(*access),
                Learned::MayCreate(address, may_create) => {
                    let known = self.channels.iter_mut().chain(&mut self.replies);
                    for service in known.filter(|service| service.address == *address) {
                        service.may_create = Some(*may_create);
                    }
                }
            }
        }
    }
}

/// A page of posts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Newest first.
    pub posts: Vec<Post>,
    /// What could not be read. Items that were never meant to be posts are not mentioned.
    pub problems: Vec<Problem>,
    /// Opaque: the token of the next older page, if there is one.
    pub older: Option<String>,
    /// Whether the server does not say who published these posts, although they may be by different people.
    pub hides_publisher: bool,
}

/// Why an item is not shown as a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It is something else: a test, a picture's description.
    NotAPost,
    /// It is meant as a post but breaks the rules.
    Broken {
        /// Its id, if that can be read.
        id: Option<PostId>,
    },
    /// It, or a part of it, is beyond the bounds of what we read.
    TooLarge {
        /// Its id, if that can be read.
        id: Option<PostId>,
    },
}

/// What came of publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The post as others read it.
    pub post: Post,
    /// Who may read the channel, as far as known: a personal channel that was there before stays as closed as it was.
    pub access: Access,
    /// What to remember.
    pub learned: Vec<Learned>,
}

/// How far following got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// News will come.
    Subscribed,
    /// The channel's owner must agree first.
    Pending,
}

/// A followed channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Which.
    pub channel: ChannelId,
    /// What this person's clients call it; at most 500 characters.
    pub title: Option<String>,
    /// Whether the owner must still agree.
    pub is_pending: bool,
    /// Who has invited this person, who does not follow yet. Following accepts, unfollowing declines.
    pub invited_by: Option<Address>,
}

/// How many people like a post: each counts once, however often and from whatever device.
pub fn count_likes<'a>(replies: impl IntoIterator<Item = &'a Post>) -> usize {
    let likers = replies.into_iter().filter(|reply| reply.is_like()).filter_map(|reply| reply.author.address.as_ref());
    likers.collect::<std::collections::HashSet<_>>().len()
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
