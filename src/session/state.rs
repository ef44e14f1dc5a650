//! Everything a session knows, and what follows from each command, stanza and second. No sockets.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jid::Jid;
use minidom::Element;
use tokio::time::Instant;
use xmpp_parsers::message::{Message, MessageType};

use super::backlog::{Backlog, Reach};
use super::command::{Command, Newest, Opened};
use super::event::{Event, EventId, Scope};
use super::follows::Follows;
use super::live::{Action, Live, Look};
use super::memory::{Learned, Memory};
use super::timeline::Timeline;
use super::view::Follow;
use crate::channel::{self, Address, ChannelId, Post, PostId, PostRef};
use crate::dialect::{Dialect, Microblog};
use crate::xmpp::{Kind, Request, pubsub};

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
    replies: HashMap<PostRef, ChannelId>,
    fetching: usize,
    is_watched: bool,
}

impl State {
    /// `epoch` must be random.
    pub(super) fn new(address: Option<Address>, epoch: u64) -> Self {
        State {
            memory: Memory::new(),
            backlog: Backlog::new(epoch),
            timeline: Timeline::default(),
            live: Live::new(address.as_ref().map(|own| own.domain().to_string())),
            follows: Follows::default(),
            replies: HashMap::new(),
            fetching: 0,
            is_watched: false,
            address,
        }
    }

    /// Whether a page is open that waits for news, as of the last second.
    pub(super) fn is_watched(&self) -> bool {
        self.is_watched
    }

    /// Tells every open page something that is not about one channel.
    pub(super) fn announce(&mut self, event: Event) {
        self.backlog.push(event, Reach { everywhere: true, ..Reach::default() });
    }

    /// The stream was built anew with loss of state: what was known may be old.
    pub(super) fn reset(&mut self) {
        self.live.reset();
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
        let mut watched = HashSet::new();
        let mut threads = HashSet::new();
        let (mut is_home, mut is_any) = (false, false);
        for scope in self.backlog.watched() {
            is_any = true;
            match scope {
                Scope::Home => is_home = true,
                Scope::Channel(channel) => _ = watched.insert(channel.clone()),
                Scope::Thread(post) => {
                    watched.insert(post.channel.clone());
                    watched.extend(self.replies.get(post).cloned());
                    threads.insert(post.clone());
                }
            }
        }
        self.is_watched = is_any;
        self.replies.retain(|post, _| threads.contains(post));
        if is_home {
            watched.extend(self.timeline.channels().cloned());
        }
        let actions = self.live.tick(self.timeline.channels(), &watched, now);
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
                    Newest::No => posts.into_iter().map(|post| self.take(post, News::No)).collect(),
                    Newest::Some(channel) => self.take_newest(&channel, posts),
                    Newest::Page(channel) => self.take_page(channel, posts),
                };
                let _ = answer.send((posts, self.backlog.last()));
            }
            Command::Happened(event) => return self.happened(*event),
            Command::Known { at, answer } => _ = answer.send(self.memory.get(&at)),
            Command::Home { before, size, answer } => {
                let step = self.timeline.page(before.as_deref(), size, now);
                let _ = answer.send((step, self.backlog.last()));
            }
            Command::HomeRead { channel, from, page: Some((posts, older)) } => {
                let posts = match from {
                    None => self.take_page(channel.clone(), posts),
                    Some(_) => posts.into_iter().map(|post| self.take(post, News::No)).collect(),
                };
                self.timeline.loaded(&channel, &posts, older);
            }
            Command::HomeRead { channel, page: None, .. } => self.timeline.failed(&channel, now),
            Command::Follows(answer) if self.address.is_some() => self.follows.ask(answer),
            Command::Follows(answer) => _ = answer.send(None),
            Command::FollowsRead(follows) => self.follows_read(follows),
            Command::Followed(follow) => self.followed(*follow),
            Command::Unfollowed(channel) => self.unfollowed(&channel),
            Command::Watch { scope, replies, after, answer } => {
                let _ = answer.send(self.watch(scope, replies, after));
            }
            Command::Liveness { channel, answer } => _ = answer.send(self.live.liveness(&channel)),
            Command::Subscribed { channel, outcome } => {
                self.live.subscribed(&channel, outcome, now);
                // What came between reading the channel and hearing from it is read with the next page.
                self.timeline.stale(&channel);
            }
            Command::Polled { channel, posts } => return self.polled(&channel, posts),
            Command::Fetched(post) => {
                self.fetching = self.fetching.saturating_sub(1);
                if let Some(post) = post {
                    return self.happened(channel::Event::Published(post));
                }
            }
        }
        Vec::new()
    }

    /// A message came: what pubsub services tell us unasked (XEP-0060 §7.1.2).
    pub(super) fn message(&mut self, message: Message, now: Instant) -> Vec<Deed> {
        let Some(from) = message.from.clone() else { return Vec::new() };
        if message.type_ == MessageType::Error {
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
            deeds.extend(self.happened(event));
        }
        deeds
    }

    fn watch(&mut self, scope: Scope, replies: Option<ChannelId>, after: Option<EventId>) -> Opened {
        if let (Scope::Thread(post), Some(replies)) = (&scope, replies) {
            self.memory.note_thread(replies.clone(), post.clone());
            self.replies.insert(post.clone(), replies);
        }
        self.is_watched = true;
        self.backlog.watch(scope, after)
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

    fn polled(&mut self, channel: &ChannelId, posts: Option<Vec<Post>>) -> Vec<Deed> {
        let page: Option<Vec<PostId>> =
            posts.as_ref().map(|posts| posts.iter().map(|post| post.at.id.clone()).collect());
        // Compared with the page before, which the next line forgets.
        self.take_newest(channel, posts.unwrap_or_default());
        let (gone, look) = self.live.polled(channel, page);
        for id in gone {
            self.happened(channel::Event::Removed(PostRef::new(channel.clone(), id)));
        }
        if look == Look::Gap {
            return self.happened(channel::Event::Reconfigured(channel.clone()));
        }
        Vec::new()
    }

    /// Takes in the newest posts of a channel, newest first. Those above what was there before are news.
    fn take_newest(&mut self, channel: &ChannelId, posts: Vec<Post>) -> Vec<Arc<Post>> {
        let before = self.live.page(channel);
        let news = before
            .map_or(0, |before| posts.iter().position(|post| before.contains(&post.at.id)).unwrap_or(posts.len()));
        // Oldest first, as they came.
        let mut taken: Vec<_> = posts
            .into_iter()
            .enumerate()
            .rev()
            .map(|(place, post)| self.take(post, if place < news { News::Yes } else { News::No }))
            .collect();
        taken.reverse();
        taken
    }

    /// Takes in a whole page of the newest posts, with which the next one will be compared.
    fn take_page(&mut self, channel: ChannelId, posts: Vec<Post>) -> Vec<Arc<Post>> {
        let ids = posts.iter().map(|post| post.at.id.clone()).collect();
        let posts = self.take_newest(&channel, posts);
        self.live.read(channel, ids);
        posts
    }

    /// Takes in what happened in a channel, and tells the pages that show it.
    fn happened(&mut self, event: channel::Event) -> Vec<Deed> {
        match event {
            channel::Event::Published(post) => _ = self.take(*post, News::Yes),
            channel::Event::Announced(at) if self.fetching < FETCHES => {
                self.fetching += 1;
                return vec![Deed::Fetch(at)];
            }
            channel::Event::Announced(PostRef { channel, .. }) | channel::Event::Emptied(channel) => {
                let reach = self.reach(&channel, None);
                self.backlog.push(Event::Resync, reach);
            }
            channel::Event::Closed(channel) | channel::Event::Reconfigured(channel) => {
                let reach = self.reach(&channel, None);
                self.backlog.push(Event::Resync, reach);
                return vec![Deed::Forget(channel)];
            }
            channel::Event::Removed(at) => {
                self.memory.forget(&at);
                self.timeline.remove(&at);
                let reach = self.reach(&at.channel, Some(&at));
                self.backlog.push(Event::Removed(at), reach);
            }
        }
        Vec::new()
    }

    /// Takes a post in, and tells the open pages of a change, or of a new post if it is news to them.
    fn take(&mut self, post: Post, news: News) -> Arc<Post> {
        let (post, is_new) = match self.memory.learn(post) {
            Learned::Same(post) => return post,
            Learned::Hijacked(post) => {
                tracing::warn!(channel.id = %post.at.channel, "a post was overwritten by somebody else, which was refused");
                return post;
            }
            Learned::New(post) => (post, true),
            Learned::Changed(post) => (post, false),
        };
        if post.is_like() || (is_new && news == News::No) {
            return post;
        }
        self.timeline.put(&post);
        let thread = self.memory.thread_of(&post.at.channel);
        let reach = self.reach(&post.at.channel, Some(&post.at));
        let event = match (is_new, thread) {
            (true, Some(to)) => Event::Replied { to, reply: Arc::clone(&post) },
            (true, None) => Event::Posted(Arc::clone(&post)),
            (false, _) => Event::Edited(Arc::clone(&post)),
        };
        self.backlog.push(event, reach);
        post
    }

    fn reach(&mut self, channel: &ChannelId, at: Option<&PostRef>) -> Reach {
        let thread = self.memory.thread_of(channel).or_else(|| at.cloned());
        Reach { home: self.timeline.has(channel), channel: Some(channel.clone()), thread, everywhere: false }
    }
}

fn channel_of(event: &channel::Event) -> &ChannelId {
    match event {
        channel::Event::Published(post) => &post.at.channel,
        channel::Event::Announced(at) | channel::Event::Removed(at) => &at.channel,
        channel::Event::Emptied(channel) | channel::Event::Closed(channel) | channel::Event::Reconfigured(channel) => {
            channel
        }
    }
}
