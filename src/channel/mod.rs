//! The words of the project: what a channel, a post, a role and an event are. No XML, no HTML, no I/O.

pub mod blocks;
pub mod event;
pub mod id;
pub mod kept;
pub mod markers;
pub mod notification;
pub mod post;
pub mod profile;
pub mod reaction;
pub mod role;
pub mod settings;

pub use blocks::Blocks;
pub use event::Event;
pub use id::{Address, ChannelId, Node, PostId, PostRef};
pub use markers::ReadMarkers;
pub use notification::{Notification, What};
pub use post::{Author, Content, Draft, Link, Post, SENSITIVE, Share, Standing};
pub use profile::{Audience, Profile};
pub use role::{Access, Circle, Followers, Posting, Role};
pub use settings::{NewChannel, Settings};

use jiff::Timestamp;

/// What is known about a channel apart from its posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Where it lives.
    pub id: ChannelId,
    /// Its own name for itself; at most 500 characters.
    pub title: Option<String>,
    /// A few sentences about it; at most 5,000 characters.
    pub description: Option<String>,
    /// Who may read it, as far as the server tells.
    pub access: Access,
    /// For whom it is, where that is not everybody, as far as the server tells.
    pub circle: Option<Circle>,
    /// Who may publish into it, as far as the server tells.
    pub posting: Posting,
    /// How many follow it, where the server tells.
    pub followers: Option<u64>,
    /// Whose channel it is.
    pub kind: Kind,
    /// What new followers become.
    pub default_role: Option<Role>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Who made it.
    pub creator: Option<Address>,
    /// Its status line; at most 500 characters.
    pub status: Option<String>,
    /// Where its owner is, in words; at most 200 characters.
    pub place: Option<String>,
}

/// Whose channel it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One person's.
    Personal,
    /// A topic's, with any number of owners.
    Topic,
    /// The server did not say.
    Unknown,
}

impl About {
    /// What is known of a channel nobody has asked about yet.
    pub fn unknown(id: ChannelId) -> Self {
        About {
            id,
            title: None,
            description: None,
            access: Access::Unknown,
            circle: None,
            posting: Posting::Unknown,
            followers: None,
            kind: Kind::Unknown,
            default_role: None,
            created: None,
            creator: None,
            status: None,
            place: None,
        }
    }

    /// Whether the service has nothing to say about it: then it may be asked elsewhere.
    pub fn says_nothing(&self) -> bool {
        self.title.is_none() && self.access == Access::Unknown && self.created.is_none()
    }
}
