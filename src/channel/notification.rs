//! What somebody is told of: what others did that concerns them.

use jiff::Timestamp;

use super::id::{Address, ChannelId, PostRef};
use super::post::{Author, Standing};

/// One thing that somebody else did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// What it is.
    pub what: What,
    /// Who did it, and how sure that is.
    pub who: Author,
    /// When: as the author says, and never in the future; for requests and the like, when it was first seen.
    pub at: Timestamp,
    /// The beginning of the text it is about; at most 300 characters.
    pub words: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A reply to one's own post, or in one's own channel.
    Replied {
        /// The head of the thread.
        to: PostRef,
        /// The reply.
        reply: PostRef,
    },
    /// A post that stands in one's own channel.
    Posted(PostRef),
    /// A post or reply that names one's address.
    Mentioned {
        /// The head of the thread, where a reply does it.
        within: Option<PostRef>,
        /// The post or reply.
        post: PostRef,
    },
    /// One's own post is liked.
    Liked {
        /// The post.
        post: PostRef,
        /// Where the like stands.
        like: PostRef,
    },
    /// Somebody follows one's own channel.
    Followed(ChannelId),
    /// Somebody asks to follow a channel.
    Requested(ChannelId),
    /// Somebody invites one to follow a channel.
    Invited(ChannelId),
}

impl Notification {
    /// What a person did to a channel.
    pub fn of_person(what: What, who: Address, at: Timestamp) -> Self {
        let who = Author { address: Some(who), name: None, standing: Standing::Verified };
        Notification { what, who, at, words: None }
    }

    /// Whether both tell of the same: a like counts once for each person, however often it comes.
    pub fn is_same(&self, other: &Notification) -> bool {
        match (&self.what, &other.what) {
            (What::Liked { post, .. }, What::Liked { post: other_post, .. }) => {
                post == other_post && self.who.address == other.who.address
            }
            (What::Followed(_) | What::Requested(_) | What::Invited(_), _) => {
                self.what == other.what && self.who.address == other.who.address
            }
            _ => self.source().is_some() && self.source() == other.source(),
        }
    }

    /// The post, reply or like that it tells of; it goes when that goes.
    pub fn source(&self) -> Option<&PostRef> {
        match &self.what {
            What::Replied { reply: at, .. }
            | What::Posted(at)
            | What::Mentioned { post: at, .. }
            | What::Liked { like: at, .. } => Some(at),
            What::Followed(_) | What::Requested(_) | What::Invited(_) => None,
        }
    }
}
