//! Everything a session knows, and what follows from each command, stanza and second. No sockets.

mod followed;
mod news;
mod notified;
mod voices;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use jid::Jid;
use jiff::Timestamp;
use minidom::Element;
use tokio::time::Instant;
use xmpp_parsers::message::{Message, MessageType};

use super::backlog::{Backlog, Reach};
use super::blocking::BlockList;
use super::command::{Command, Done, Newest, Opened};
use super::event::{Connection, Event, EventId, Numbered, Scope};
use super::follows::Follows;
use super::live::{Action, Interest, Live, POLL};
use super::memory::Memory;
use super::notifications::Notifications;
use super::timeline::{Bulk, Part, Timeline, full_channels};
use super::view::Liveness;
use crate::channel::blocks::Change;
use crate::channel::{self, Address, ChannelId, PostRef};
use crate::dialect::{Dialect, Microblog};
use crate::xmpp::{Kind, Request, pubsub};
use news::channel_of;
use voices::Voices;

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
    /// Find the channel service of one's own domain and register with it.
    Enrol,
    /// Read what was missed that this person is told of.
    CatchUp,
    /// Look who follows a channel and who asks to.
    LookAtPeople(ChannelId),
    /// Read whom this person has blocked.
    ReadBlocks,
    /// Forget what a channel said about itself.
    Forget(ChannelId),
    /// Read the replies to a post.
    ReadReplies(PostRef),
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
    voices: Voices,
    notifications: Notifications,
    /// How many of them are new, for pages.
    notified: Arc<AtomicUsize>,
    /// Whether what was missed was asked for on this stream.
    is_caught_up: bool,
    blocks: Arc<BlockList>,
    /// Open threads whose replies stand in a channel without events, with when they were last looked at.
    threads: HashMap<PostRef, Instant>,
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
            voices: Voices::default(),
            notifications: Notifications::new(),
            notified: Arc::default(),
            is_caught_up: false,
            blocks: Arc::default(),
            threads: HashMap::new(),
            fetching: 0,
            is_watched: false,
            connection: Connection::Up,
            stream: 0,
            clock: Clock { began: now, date },
            address,
        }
    }

    /// The same with the list of blocked people that pages look at.
    pub(super) fn with_blocks(self, blocks: Arc<BlockList>) -> Self {
        State { blocks, ..self }
    }

    /// Whom this person has blocked changed: every page and every later event knows when this returns.
    pub(super) fn blocks_changed(&mut self, change: Change) {
        let is_first = matches!(change, Change::Whole(_));
        let Some(blocks) = self.blocks.change(self.address.as_ref(), change) else { return };
        self.timeline.hide(blocks);
        self.hide_blocked();
        if !is_first {
            self.backlog.push(Event::BlocksChanged, Reach { everywhere: true, ..Reach::default() });
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
        self.voices.reset();
        self.is_caught_up = false;
        self.blocks.reset();
        self.backlog.push(Event::Resync, Reach { home: true, ..Reach::default() });
    }

    /// Requests that end this session's own subscriptions.
    pub(super) fn farewell(&self, bound: &Jid) -> Vec<Request> {
        let unsubscribe = |channel: ChannelId| Request {
            payload: pubsub::request::unsubscribe(channel.node.as_str(), bound, None),
            to: Some(channel.address.into()),
            kind: Kind::Set,
        };
        // A channel service is told nothing: what it sends goes to whom it sees.
        let own = self.live.subscriptions().into_iter().filter(|channel| !channel.is_buddycloud());
        own.map(unsubscribe).collect()
    }

    /// Once a second.
    pub(super) fn tick(&mut self, now: Instant) -> Vec<Deed> {
        let mut wanted: HashMap<&ChannelId, Interest> = HashMap::new();
        let (mut is_home, mut is_any, mut threads) = (false, false, HashSet::new());
        for (scope, replies) in self.backlog.watched() {
            is_any = true;
            let channel = match scope {
                Scope::Home => {
                    is_home = true;
                    continue;
                }
                Scope::Channel(channel) => channel,
                Scope::Thread(post) => {
                    if post.channel.is_buddycloud() {
                        threads.insert(post.clone());
                    }
                    &post.channel
                }
            };
            wanted.extend([Some(channel), replies].into_iter().flatten().map(|channel| (channel, Interest::Open)));
        }
        self.is_watched = is_any;
        for channel in self.timeline.channels() {
            wanted.entry(channel).or_insert(if is_home { Interest::Home } else { Interest::Followed });
        }
        for place in self.notifications.places() {
            wanted.entry(place).or_insert(Interest::Followed);
        }
        let actions = self.live.tick(&wanted, now);
        let mut deeds: Vec<Deed> = actions.into_iter().map(Deed::Live).collect();
        deeds.extend(self.threads_due(threads, now).into_iter().map(Deed::ReadReplies));
        if self.address.is_some() {
            if self.follows.begin(now) {
                deeds.push(Deed::ReadFollows);
            }
            if self.voices.begin(now) {
                deeds.push(Deed::Enrol);
            }
            if !self.is_caught_up && self.voices.is_enrolled() {
                self.is_caught_up = true;
                deeds.push(Deed::CatchUp);
            }
            if self.blocks.begin(now) {
                deeds.push(Deed::ReadBlocks);
            }
        }
        deeds
    }

    /// The open threads that are to be looked at now, because no event tells of replies in their channels.
    fn threads_due(&mut self, open: HashSet<PostRef>, now: Instant) -> Vec<PostRef> {
        self.threads.retain(|post, _| open.contains(post));
        let mut due = Vec::new();
        for post in open {
            let is_polled = self.live.liveness(&post.channel) == Liveness::Polled;
            let looked_at = self.threads.entry(post.clone()).or_insert(now);
            if is_polled && now.duration_since(*looked_at) >= POLL {
                *looked_at = now;
                due.push(post);
            }
        }
        due
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
            Command::Likers { to, who } => self.note_likers(to, who),
            Command::Tagged { tag, most, answer } => _ = answer.send(self.memory.tagged(&tag, most)),
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
            Command::HomeRecent { channels, recent, per_channel } => {
                let full = full_channels(&recent.posts, per_channel);
                let posts = recent.posts.into_iter().filter(|post| post.in_reply_to.is_none() && !post.is_like());
                let posts: Vec<_> = posts.map(|post| self.take(post, News::No, now)).collect();
                let bulk = Bulk { is_whole: recent.is_whole, full, read_at: now, date: self.clock.date(now) };
                self.timeline.loaded_at_once(&channels, &posts, &bulk);
            }
            Command::HomeRead { channel, page: None, .. } => self.timeline.failed(&channel, now),
            Command::Follows(answer) if self.address.is_some() => self.follows.ask(answer),
            Command::Follows(answer) => _ = answer.send(None),
            Command::News { markers, answer } => {
                let own = self.address.clone();
                _ = answer.send(own.map(|own| self.timeline.news(&own, &markers)).unwrap_or_default());
            }
            Command::Notifications(answer) => _ = answer.send(self.told()),
            Command::Notified { read, answer } => self.read_notifications(read, answer),
            Command::People { channel, told } => self.people(&channel, told, now),
            Command::AnsweredRequest { channel, who } => self.answered_request(&channel, &who),
            Command::Followed(follow) => self.followed(*follow),
            Command::Unfollowed(channel) => self.unfollowed(&channel),
            Command::Speaks { domain, service } => self.voices.note(domain, service),
            Command::Blocks { change, answer } => {
                self.blocks_changed(change);
                let _ = answer.send(());
            }
            Command::Enrolled(service) => self.enrolled(service, now),
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
                self.notifications.post_of(&channel).cloned().map(Deed::ReadReplies).into_iter().collect()
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
            Done::RepliesRead(replies) => {
                for reply in replies {
                    self.take(reply, News::Yes, now);
                }
                Vec::new()
            }
            Done::FollowsRead(follows) => {
                self.follows_read(follows, now);
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
        let (from, message) = (from.to_bare(), Element::from(message));
        let mut deeds = Vec::new();
        for event in self.read_events(&from, &message) {
            let channel = channel_of(&event);
            // Whoever is let in, invited or kept out hears of it, also where nobody listened before.
            let is_of_people = matches!(event, channel::Event::PartChanged { .. });
            if !self.live.heard(channel, now) && !is_of_people {
                tracing::warn!(stanza.from = from.as_str(), "news that nobody asked for were dropped");
                continue;
            }
            self.follows.heard(channel);
            deeds.extend(self.happened(event, now));
        }
        deeds
    }

    /// What a message tells. Only a service that we listen to may tell us about its own nodes (security.md P6), and
    /// only a channel service about the channels that it keeps or passes on.
    fn read_events(&self, from: &Address, message: &Element) -> Vec<channel::Event> {
        if let Some(service) = self.voices.of(from) {
            let told = service.read_event(message).into_iter();
            return told.filter(|event| self.voices.may_tell(from, channel_of(event))).collect();
        }
        let told = Microblog.read_event(message).into_iter();
        told.filter(|event| channel_of(event).address == *from && !channel_of(event).is_buddycloud()).collect()
    }

    fn watch(&mut self, scope: Scope, replies: Option<ChannelId>, after: Option<EventId>) -> Opened {
        let replies = replies.filter(|replies| !replies.is_buddycloud());
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
}

#[cfg(test)]
mod tests;
