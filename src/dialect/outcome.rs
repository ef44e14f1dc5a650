//! What comes of asking: pages, problems, what was found, what can be done.

use super::Learned;
use crate::channel::{About, Access, Address, ChannelId, Post, PostId};

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

/// A page of threads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Threads {
    /// That with the latest reply first.
    pub threads: Vec<Thread>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Opaque: the token of the next page, if there is one.
    pub older: Option<String>,
}

/// A post and the replies to it that were read, likes included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// What they answer.
    pub post: Post,
    /// Oldest first.
    pub replies: Vec<Post>,
}

/// What is new in many channels at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recent {
    /// Newest first.
    pub posts: Vec<Post>,
    /// Whether nothing of what was asked for is missing.
    pub is_whole: bool,
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
    /// Write to people by e-mail.
    pub notices: bool,
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
