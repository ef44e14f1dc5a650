//! What a page is told while it is open, and the numbers by which a browser resumes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::channel::{ChannelId, Post, PostRef};

/// What part of a session's events a page wants.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All followed channels.
    Home,
    /// The posts of one channel.
    Channel(ChannelId),
    /// One post and its replies.
    Thread(PostRef),
}

/// One thing that a page may have to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A post that was not known before.
    Posted(Arc<Post>),
    /// A reply to `to` that was not known before.
    Replied {
        /// The post it answers.
        to: PostRef,
        /// The reply.
        reply: Arc<Post>,
    },
    /// So many people like `to` now.
    Liked {
        /// The liked post.
        to: PostRef,
        /// How many like it; each counts once.
        likes: usize,
    },
    /// A known post or reply has another text now.
    Edited(Arc<Post>),
    /// A post or reply was taken away.
    Removed(PostRef),
    /// So many notifications are new. Sent to every scope.
    Notified(usize),
    /// Reload what is shown: what was missed cannot be told one by one.
    Resync,
    /// This person has blocked other people than before: what is shown may be hidden now. Sent to every scope.
    BlocksChanged,
    /// The state of the XMPP connection changed. Sent to every scope.
    Connection(Connection),
}

/// How the session's XMPP connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Up; what was missed has been fetched.
    Up,
    /// Lost; being rebuilt.
    Lost,
    /// The server refuses the saved password: the person must sign in again.
    Refused,
}

/// An event with its number in the account's backlog.
#[derive(Debug, Clone)]
pub struct Numbered {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub event: Arc<Event>,
}

/// `<epoch>-<number>`: the backlog's random epoch and the event's number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventId {
    /// Random for each backlog, so that another node's ids are recognised as foreign.
    pub epoch: u64,
    /// Counts up by one; 0 means "before the first".
    pub number: u64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.epoch, self.number)
    }
}

impl FromStr for EventId {
    type Err = ();

    /// Reads what [`EventId`] prints; anything else is foreign.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (epoch, number) = text.split_once('-').ok_or(())?;
        if epoch.len() != 16 || number.is_empty() || number.len() > 20 {
            return Err(());
        }
        Ok(EventId { epoch: u64::from_str_radix(epoch, 16).map_err(|_| ())?, number: number.parse().map_err(|_| ())? })
    }
}
