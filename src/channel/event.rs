//! What can happen in a channel: the closed list of things that servers tell us unasked.

use super::id::{Address, ChannelId, PostRef};
use super::post::Post;

/// One thing that happened, in the words of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A post was published or changed, and came whole. One with [`Post::in_reply_to`] in the same channel is a reply, as
    /// Buddycloud keeps them: it belongs to its thread and is no post of the channel's page.
    Published(Box<Post>),
    /// A post was published or changed; its text must be fetched.
    Announced(PostRef),
    /// A post was taken away.
    Removed(PostRef),
    /// Every post of the channel was taken away.
    Emptied(ChannelId),
    /// The channel is gone.
    Closed(ChannelId),
    /// Title, access or the like changed and should be asked for again.
    Reconfigured(ChannelId),
    /// Somebody's part in the channel changed: who follows, asks to follow, is invited, or may do what. What is known of
    /// people there should be asked for again.
    PartChanged {
        /// Where.
        channel: ChannelId,
        /// Whose.
        who: Address,
    },
}
