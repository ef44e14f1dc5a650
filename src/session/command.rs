//! What the outside may ask of a session's task: a closed list.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use minidom::Element;
use tokio::sync::{mpsc, oneshot};

use super::event::{EventId, Numbered, Scope};
use super::notifications::People;
use super::timeline;
use super::view::{ChannelNews, Follow, Liveness, Notifications};
use crate::channel::blocks::Change;
use crate::channel::{self, Address, ChannelId, Post, PostRef, ReadMarkers};
use crate::dialect::{Buddycloud, Recent};
use crate::xmpp::{AskError, Request};

/// Commands that may wait for a session's task; callers wait for room.
pub(super) const WAITING: usize = 64;

type Answer<T> = oneshot::Sender<T>;

/// One thing asked of the task.
pub(super) enum Command {
    /// Send a request and hand back its answer.
    Ask { request: Box<Request>, urgency: Urgency, answer: Answer<Result<Option<Element>, AskError>> },
    /// Posts were read for a page: remember them, hand back the shared copies and what the page has seen.
    /// `newest` says whether they are the newest of a channel: what nobody knew before is then news to other pages.
    Read { posts: Vec<Post>, newest: Newest, answer: Answer<(Vec<Arc<Post>>, EventId)> },
    /// Something happened for certain: we did it, or fetched it after an event.
    Happened(Box<channel::Event>),
    /// A post, if it was seen lately.
    Known { at: PostRef, answer: Answer<Option<Arc<Post>>> },
    /// The newest posts with a tag among those seen lately, replies left out; at most so many.
    Tagged { tag: String, most: usize, answer: Answer<Vec<Arc<Post>>> },
    /// A page of the home timeline, or what must be read for it.
    Home { before: Option<String>, size: usize, answer: Answer<(timeline::Step, EventId)> },
    /// A channel's page for the home timeline, from its token on; no page if it could not be read.
    HomeRead { channel: ChannelId, from: Option<String>, page: Option<(Vec<Post>, Option<String>)> },
    /// The newest posts of many channels at once, for the home timeline.
    HomeRecent { channels: Vec<ChannelId>, recent: Recent, per_channel: usize },
    /// The followed channels; `None` while they are not known.
    Follows(Answer<Option<Arc<Vec<Follow>>>>),
    /// What is new in the channels of the home timeline to somebody who has read so far.
    News { markers: ReadMarkers, answer: Answer<HashMap<ChannelId, ChannelNews>> },
    /// Who likes a post by an attachment.
    Likers { to: PostRef, who: Vec<Address> },
    /// What this person is told of.
    Notifications(Answer<Notifications>),
    /// The notifications were read up to a moment.
    Notified { read: Timestamp, answer: Option<Answer<()>> },
    /// What a service told of a channel's people.
    People { channel: ChannelId, told: People },
    /// This person answered a request to follow a channel.
    AnsweredRequest { channel: ChannelId, who: Address },
    /// A channel was followed.
    Followed(Box<Follow>),
    /// A channel is followed no more.
    Unfollowed(ChannelId),
    /// The channel service of this person's domain, with which the session is registered; `None` if there is none.
    Enrolled(Option<Buddycloud>),
    /// Discovery named the service that keeps the Buddycloud channels of a domain.
    Speaks { domain: Address, service: Buddycloud },
    /// Open a page's stream. For a thread, `replies` is where its replies stand.
    Watch { scope: Scope, replies: Option<ChannelId>, after: Option<EventId>, answer: Answer<Opened> },
    /// How news of a channel come.
    Liveness { channel: ChannelId, answer: Answer<Liveness> },
    /// What a deed came to that was begun on this stream, by its number.
    Done { stream: u64, done: Done },
    /// Whom this person has blocked changed; answered when every later page and event knows.
    Blocks { change: Change, answer: Answer<()> },
    /// End the session.
    End,
}

/// Whether somebody waits for the answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// A person does, in front of a page.
    Awaited,
    /// The session asks of its own accord.
    Own,
}

/// What came of a deed; see [`super::deeds`].
pub(super) enum Done {
    /// The answer to a subscription by full address.
    Subscribed { channel: ChannelId, outcome: Result<(), ()> },
    /// The newest page of a watched channel, and whether there is nothing older; `None` if it could not be read.
    Polled { channel: ChannelId, page: Option<(Vec<Post>, bool)> },
    /// The post that an event announced, if it is one; an error if it could not be read.
    Fetched { at: PostRef, post: Result<Option<Box<Post>>, ()> },
    /// The replies to a post whose page is open.
    RepliesRead(Vec<Post>),
    /// The list of followed channels; `None` if it could not be read.
    FollowsRead(Option<FollowsRead>),
}

/// The followed channels as the servers told them.
pub(super) struct FollowsRead {
    /// Those that are known.
    pub(super) list: Vec<Follow>,
    /// Channels of which nothing was told this time, because the servers that know did not answer.
    pub(super) is_untold: fn(&ChannelId) -> bool,
    /// Whether there are such, so that it is read again soon.
    pub(super) is_partial: bool,
}

/// Whether posts that were read are the newest of a channel.
pub(super) enum Newest {
    /// They are any.
    No,
    /// The first few.
    Some(ChannelId),
    /// A page of them.
    Page(ChannelId),
}

/// What a page's stream starts with, and what it goes on with.
pub(super) type Opened = (Vec<Numbered>, mpsc::Receiver<Numbered>);
