//! Everything a session knows, and what follows from each command, stanza and second. No sockets.

mod news;

use std::collections::HashMap;
use std::sync::Arc;

use jid::Jid;
use jiff::Timestamp;
use minidom::Element;
use tokio::time::Instant;
use xmpp_parsers::message::{Message, MessageType};

use super::backlog::{Backlog, Reach};
use super::command::{Command, Done, Newest, Opened};
use super::event::{Connection, Event, EventId, Numbered, Scope};
use super::follows::Follows;
use super::live::{Action, Interest, Live, POLL};
use super::memory::Memory;
use super::timeline::{Part, Timeline};
use super::view::{Follow, Liveness};
use crate::channel::{self, Address, ChannelId, PostRef};
use crate::dialect::{Dialect, Microblog};
use crate::xmpp::{Kind, Request, pubsub};
use news::channel_of;

/// Posts that are fetched after events without payload, at the same time. More become one reload.
const FETCHES: usize = 16;

/// Whether a post that was not known before is news to those whose pages are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    Yes,
    No,
}

/// Something to be done that needs the server; see [`super::deeds`].
#[derive(Debug)]
pub(super) enum Deed {
    /// Listen to a channel, or no more, or look at it.
    Live(Action),
    /// Read one post that an event announced.
    Fetch(PostRef),
    /// Read the list of followed channels.
    ReadFollows,
    /// Forget what a channel said about itself.
    Forget(ChannelId),
}

/// See the module.
pub(super) struct State {
    /// `None` for the guest, who follows nothing.
    address: Option<Address>,
    memory: Memory,
    backlog: Backlog,
    timeline: Timeline,
    live: Live,
    follows: Follows,
    fetching: usize,
    is_watched: bool,
    connection: Connection,
    /// Counts the streams: what was begun on an older one does not count any more.
    stream: u64,
    clock: Clock,
}

/// Tells the date from the timer, so that one moment is passed to everything.
struct Clock {
    began: Instant,
    date: Timestamp,
}

impl Clock {
    fn date(&self, now: Instant) -> Timestamp {
        self.date.saturating_add(now.duration_since(self.began)).unwrap_or(self.date)
    }
}

impl State {
    /// `epoch` must be random; `date` is that of `now`.
    pub(super) fn new(address: Option<Address>, epoch: u64, now: Instant, date: Timestamp) -> Self {
        State {
            memory: Memory::new(),
            backlog: Backlog::new(epoch),
            timeline: Timeline::default(),
            live: Live::new(address.as_ref().map(|own| own.domain().to_string())),
            follows: Follows::default(),
            fetching: 0,
            is_watched: false,
            connection: Connection::Up,
            stream: 0,
            clock: Clock { began: now, date },
            address,
        }
    }

    /// Whether a page is open that waits for news, as of the last second.
    pub(super) fn is_watched(&self) -> bool {
        self.is_watched
    }

    /// The connection changed, which every open page is told.
    pub(super) fn connection(&mut self, connection: Connection) {
        self.connection = connection;
        self.backlog.push(Event::Connection(connection), Reach { everywhere: true, ..Reach::default() });
    }

    /// The number of the present stream, for [`Command::Done`].
    pub(super) fn stream(&self) -> u64 {
        self.stream
    }

    /// The stream was built anew with loss of state: what was known may be old.
    pub(super) fn reset(&mut self) {
        self.live.reset();
        self.stream += 1;
        self.fetching = 0;
        self.timeline.unread();
        self.follows.reset();
        self.backlog.push(Event::Resync, Reach { home: true, ..Reach::default() });
    }

    /// Requests that end this session's own subscriptions.
    pub(super) fn farewell(&self, bound: &Jid) -> Vec<Request> {
        let unsubscribe = |channel: ChannelId| Request {
            payload: pubsub::request::unsubscribe(channel.node.as_str(), bound, None),
            to: Some(channel.address.into()),
            kind: Kind::Set,
        };
        self.live.subscriptions().into_iter().map(unsubscribe).collect()
    }

    /// Once a second.
    pub(super) fn tick(&mut self, now: Instant) -> Vec<Deed> {
        let mut wanted: HashMap<&ChannelId, Interest> = HashMap::new();
        let (mut is_home, mut is_any) = (false, false);
        for (scope, replies) in self.backlog.watched() {
            is_any = true;
            let channel = match scope {
                Scope::Home => {
                    is_home = true;
                    continue;
                }
                Scope::Channel(channel) => channel,
                Scope::Thread(post) => &post.channel,
            };
            wanted.extend([Some(channel), replies].into_iter().flatten().map(|channel| (channel, Interest::Open)));
        }
        self.is_watched = is_any;
        for channel in self.timeline.channels() {
            wanted.entry(channel).or_insert(if is_home { Interest::Home } else { Interest::Followed });
        }
        let actions = self.live.tick(&wanted, now);
        let mut deeds: Vec<Deed> = actions.into_iter().map(Deed::Live).collect();
        if self.address.is_some() && self.follows.begin(now) {
            deeds.push(Deed::ReadFollows);
        }
        deeds
    }

    /// What somebody asked of the task.
    pub(super) fn command(&mut self, command: Command, now: Instant) -> Vec<Deed> {
        match command {
            Command::Ask { .. } | Command::End => {}
            Command::Read { posts, newest, answer } => {
                let posts = match newest {
                    Newest::No => posts.into_iter().map(|post| self.take(post, News::No, now)).collect(),
                    Newest::Some(channel) => self.take_newest(&channel, posts, now),
                    Newest::Page(channel) => self.take_page(channel, posts, now),
                };
                let _ = answer.send((posts, self.backlog.last()));
            }
            Command::Happened(event) => return self.happened(*event, now),
            Command::Known { at, answer } => _ = answer.send(self.memory.get(&at)),
            Command::Home { before, size, answer } => {
                if before.is_none() {
                    let live = &self.live;
                    self.timeline.refresh(|channel| live.liveness(channel) == Liveness::Polled, POLL, now);
                }
                let step = self.timeline.page(before.as_deref(), size, now);
                let _ = answer.send((step, self.backlog.last()));
            }
            Command::HomeRead { channel, from, page: Some((posts, older)) } => {
                let is_newest = from.is_none();
                let posts = match from {
                    None => self.take_page(channel.clone(), posts, now),
                    Some(_) => posts.into_iter().map(|post| self.take(post, News::No, now)).collect(),
                };
                let part = Part { is_newest, older, read_at: now, date: self.clock.date(now) };
                self.timeline.loaded(&channel, &posts, part);
            }
            Command::HomeRead { channel, page: None, .. } => self.timeline.failed(&channel, now),
            Command::Follows(answer) if self.address.is_some() => self.follows.ask(answer),
            Command::Follows(answer) => _ = answer.send(None),
            Command::Followed(follow) => self.followed(*follow),
            Command::Unfollowed(channel) => self.unfollowed(&channel),
            Command::Watch { scope, replies, after, answer } => {
                let _ = answer.send(self.watch(scope, replies, after));
            }
            Command::Liveness { channel, answer } => _ = answer.send(self.live.liveness(&channel)),
            Command::Done { stream, done } if stream == self.stream => return self.done(done, now),
            Command::Done { .. } => {}
        }
        Vec::new()
    }

    /// A deed of this stream is done.
    fn done(&mut self, done: Done, now: Instant) -> Vec<Deed> {
        match done {
            Done::Subscribed { channel, outcome } => {
                self.live.subscribed(&channel, outcome, now);
                // What came between reading the channel and hearing from it is read with the next page.
                self.timeline.stale(&channel);
                Vec::new()
            }
            Done::Polled { channel, page } => self.polled(&channel, page, now),
            Done::Fetched { at, post } => {
                self.fetching = self.fetching.saturating_sub(1);
                match post {
                    Ok(Some(post)) => self.happened(channel::Event::Published(post), now),
                    Ok(None) => Vec::new(),
                    Err(()) => {
                        self.resync(at.channel);
                        Vec::new()
                    }
                }
            }
            Done::FollowsRead(follows) => {
                self.follows_read(follows);
                Vec::new()
            }
        }
    }

    /// A message came: what pubsub services tell us unasked (XEP-0060 §7.1.2).
    pub(super) fn message(&mut self, message: Message, now: Instant) -> Vec<Deed> {
        let Some(from) = message.from.clone() else { return Vec::new() };
        // Services and accounts speak of their nodes by their bare address; any client may write to our full one.
        if message.type_ == MessageType::Error || from.resource().is_some() {
            return Vec::new();
        }
        let mut deeds = Vec::new();
        for event in Microblog.read_event(&Element::from(message)) {
            let channel = channel_of(&event);
            // Only a service that we listen to may tell us about its own nodes (security.md P6).
            if channel.address != from.to_bare() || !self.live.heard(channel, now) {
                tracing::warn!(stanza.from = from.as_str(), "news that nobody asked for were dropped");
                continue;
            }
            self.follows.heard(channel);
            deeds.extend(self.happened(event, now));
        }
        deeds
    }

    fn watch(&mut self, scope: Scope, replies: Option<ChannelId>, after: Option<EventId>) -> Opened {
        if let (Scope::Thread(post), Some(replies)) = (&scope, &replies) {
            self.memory.note_thread(replies.clone(), post.clone());
        }
        self.is_watched = true;
        let (mut missed, receiver) = self.backlog.watch(scope, replies, after);
        if self.connection != Connection::Up {
            let event = Arc::new(Event::Connection(self.connection));
            missed.push(Numbered { id: self.backlog.last(), event });
        }
        (missed, receiver)
    }

    fn follows_read(&mut self, follows: Option<Vec<Follow>>) {
        if let Some(follows) = self.follows.read(follows) {
            let own = self.address.clone().map(ChannelId::personal);
            let followed = follows.iter().filter(|follow| !follow.is_pending).map(|follow| follow.about.id.clone());
            self.timeline.set_channels(followed.chain(own));
        }
    }

    fn followed(&mut self, follow: Follow) {
        if !follow.is_pending {
            self.timeline.add(follow.about.id.clone());
        }
        self.follows.add(follow);
    }

    fn unfollowed(&mut self, channel: &ChannelId) {
        let is_own = self.address.as_ref().is_some_and(|own| ChannelId::personal(own.clone()) == *channel);
        if !is_own {
            self.timeline.remove_channel(channel);
        }
        self.follows.remove(channel);
    }
}

#[cfg(test)]
mod tests;
