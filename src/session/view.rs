//! What pages get from a session: pages of posts, threads, lists.

use std::sync::Arc;

use jiff::Timestamp;

use super::event::EventId;
use super::reactions::Counted;
use crate::channel::{About, Address, Notification, Post, Role};
use crate::dialect::Abilities;
pub use crate::dialect::buddycloud::pusher::Notices as MailNotices;

/// Which page of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// Opaque; from [`Posts::older`]. `None` is the newest page.
    pub before: Option<String>,
    /// How many posts; 1 to 50. 0 means the default of 20.
    pub size: usize,
}

/// A page of posts, newest first.
#[derive(Debug, Clone)]
pub struct Posts {
    /// The posts.
    pub posts: Vec<Arc<Post>>,
    /// Token of the next older page, if there is one.
    pub older: Option<String>,
    /// How many items could not be read (broken, too large, not posts) and were left out.
    pub left_out: usize,
    /// How many channels could not be read at all; in the home timeline they come with a later page.
    pub channels_left_out: usize,
    /// Live events after this id are news to this page.
    pub seen: EventId,
}

/// What a person is to a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// This person's role.
    pub role: Role,
    /// Whether this person follows it.
    pub is_followed: bool,
    /// Whether this person has asked to, and the owner has yet to agree.
    pub is_requested: bool,
    /// Who invites this person to follow it, if somebody does.
    pub invited_by: Option<Address>,
}

impl Part {
    pub(super) fn new(role: Role, follow: Option<Follow>) -> Self {
        let is_followed = follow.as_ref().is_some_and(Follow::is_followed);
        Part {
            role: if role == Role::Stranger && is_followed { Role::Follower } else { role },
            is_followed,
            is_requested: follow.as_ref().is_some_and(|follow| follow.is_pending),
            invited_by: follow.and_then(|follow| follow.invited_by),
        }
    }
}

/// A channel as one person sees it.
#[derive(Debug, Clone)]
pub struct ChannelView {
    /// Its header.
    pub about: About,
    /// One page of its posts.
    pub posts: Posts,
    /// Whether it is there yet: one's own is made by the first post.
    pub is_made: bool,
    /// This person's part in it.
    pub part: Part,
    /// Whether this person may publish into it, as far as known before trying.
    pub may_publish: bool,
    /// What the service that holds it can do.
    pub abilities: Abilities,
    /// The account or the service that is asked about it.
    pub service: Address,
    /// How news arrive.
    pub liveness: Liveness,
    /// What the server keeps from us (stock Prosody hides publishers, say), as plain sentences are chosen by it.
    pub hides_publisher: bool,
}

impl ChannelView {
    /// Whether this person may take away what others wrote.
    pub fn may_moderate(&self) -> bool {
        self.about.id.is_buddycloud() && self.part.role >= Role::Moderator
    }

    /// Whether this person may let people in and keep them out. Who reads a microblog is decided by the account.
    pub fn may_manage(&self) -> bool {
        !self.about.id.is_personal() && self.part.role >= Role::Moderator
    }

    /// Whether this person may change title, access and the like.
    pub fn may_configure(&self) -> bool {
        !self.about.id.is_personal() && self.part.role == Role::Owner && self.abilities.configure && self.is_made
    }
}

impl Thread {
    /// Whether this person may take away what others wrote.
    pub fn may_moderate(&self) -> bool {
        self.about.id.is_buddycloud() && self.role >= Role::Moderator
    }
}

/// How news of a channel reach us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// The server sends events.
    Events,
    /// The server sends none here; the channel is looked at every 15 seconds while somebody watches.
    Polled,
}

/// A post with its replies.
#[derive(Debug, Clone)]
pub struct Thread {
    /// The channel it stands in.
    pub about: About,
    /// The post.
    pub post: Arc<Post>,
    /// Its replies, oldest first, likes left out.
    pub replies: Vec<Arc<Post>>,
    /// How many people like it.
    pub likes: usize,
    /// Whether this person does.
    pub is_liked: bool,
    /// Whether anything can be attached to it.
    pub takes_reactions: bool,
    /// The emoji that people attached to it, that of most people first; at most 30.
    pub reactions: Vec<Counted>,
    /// This person's part in the channel.
    pub role: Role,
    /// What the service that holds it can do.
    pub abilities: Abilities,
    /// The account or the service that was asked about it.
    pub service: Address,
    /// Whether this person may reply, as far as known before trying.
    pub may_reply: bool,
    /// How many replies could not be read.
    pub left_out: usize,
    /// Whether none could: the place where they stand is closed or does not answer.
    pub has_hidden_replies: bool,
    /// How news arrive.
    pub liveness: Liveness,
    /// Live events after this id are news to this page.
    pub seen: EventId,
}

/// A page of a channel's threads.
#[derive(Debug, Clone)]
pub struct Threads {
    /// That with the latest reply first.
    pub threads: Vec<BriefThread>,
    /// Token of the next page, if there is one.
    pub older: Option<String>,
    /// How many items could not be read.
    pub left_out: usize,
}

/// A post and what was replied to it.
#[derive(Debug, Clone)]
pub struct BriefThread {
    /// The post.
    pub post: Arc<Post>,
    /// The latest 100 replies at most, oldest first, likes left out.
    pub replies: Vec<Arc<Post>>,
}

/// A followed channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// Its header, as far as known.
    pub about: About,
    /// Accepted, or still waiting for the owner.
    pub is_pending: bool,
    /// Who asks this person to follow it; it is not followed then.
    pub invited_by: Option<Address>,
}

/// What somebody is told of.
#[derive(Debug, Clone, Default)]
pub struct Notifications {
    /// Newest first; at most 200.
    pub list: Vec<Arc<Notification>>,
    /// Up to when they were read; `None` while the server does not say.
    pub read: Option<Timestamp>,
}

/// What is new in a channel to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChannelNews {
    /// Posts by others that came after what was read, as far as they are known here.
    pub unread: usize,
    /// Whether there may be more of them.
    pub is_more: bool,
    /// How many of them name this person.
    pub mentions: usize,
    /// When the latest post came.
    pub latest: Option<Timestamp>,
}

/// A followed channel, or one's own, with what is new in it.
#[derive(Debug, Clone)]
pub struct FollowNews {
    /// Which.
    pub follow: Follow,
    /// Whether it is this person's own.
    pub is_own: bool,
    /// What is new.
    pub news: ChannelNews,
}

impl Follow {
    /// Whether its news come: nobody has to agree any more.
    pub fn is_followed(&self) -> bool {
        !self.is_pending && self.invited_by.is_none()
    }
}

/// What a server wants to know before it makes an account (XEP-0077, with XEP-0004 fields or the legacy ones).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationForm {
    /// The server's own words; at most 1,000 characters.
    pub instructions: Option<String>,
    /// A page of the server's own where one can register too.
    pub page: Option<String>,
    /// The fields, in the server's order; at most 50.
    pub fields: Vec<RegistrationField>,
}

/// One field of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationField {
    /// The server's name for it; at most 200 characters.
    pub name: String,
    /// What to call it; the name where the server gives no label.
    pub label: String,
    /// How it is filled in.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// What it holds at first.
    pub value: String,
    /// What may be chosen; at most 100.
    pub options: Vec<RegistrationOption>,
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of text.
    Text,
    /// Several lines of text.
    Lines,
    /// One line that nobody sees.
    Password,
    /// Yes or no.
    Check,
    /// One of `options`.
    Choice,
    /// Goes back as it came.
    Hidden,
    /// Words to read, nothing to fill in.
    Fixed,
}

/// One of the values to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationOption {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}
