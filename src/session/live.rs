//! Which channels a session listens to, and how: subscribed by its full address, or looked at now and then. Pure.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use super::reading::NEWEST;
use super::view::Liveness;
use crate::channel::{ChannelId, PostId};

/// How often a channel without events is looked at while somebody watches.
pub(super) const POLL: Duration = Duration::from_secs(15);

/// How long a channel is listened to after the last page closed: people go back and forth.
const LINGER: Duration = Duration::from_secs(30);

/// When a refused subscription is tried again: the node may have been made since. The pause doubles with each refusal.
const RETRY: Duration = Duration::from_secs(60);

/// The longest pause before a refused subscription is tried again.
const LONGEST_RETRY: Duration = Duration::from_secs(30 * 60);

/// How often the pause between two looks doubles at most while they fail: to four minutes.
const POLL_DOUBLINGS: u32 = 4;

/// Servers send a node's last item at once when somebody subscribes. Only what comes later proves that events come.
const GREETING: Duration = Duration::from_secs(3);

/// Channels listened to at the same time.
const FEEDS: usize = 4000;

/// Channels of which is remembered what was last read.
const PAGES: usize = 500;

/// Requests of its own that a session has under way at the same time, so that people's own are not held up.
const ACTIONS: usize = 8;

/// How many of these are for channels whose own page is open: servers that do not answer hold the others for long.
const RESERVED: usize = 3;

/// Why a channel is listened to. The later, the more urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Interest {
    /// It is followed.
    Followed,
    /// It is on an open home page.
    Home,
    /// A page of its own, or of a thread in it, is open.
    Open,
}

/// What the owner of this state should do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Subscribe by the full address.
    Subscribe(ChannelId),
    /// End that subscription.
    Unsubscribe(ChannelId),
    /// Read the newest page.
    Poll(ChannelId),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Wanted,
    Asking,
    Subscribed(Instant),
    Refused(Instant),
}

struct Feed {
    state: State,
    /// Why it was wanted in the last second; `None` while it lingers.
    interest: Option<Interest>,
    wanted_at: Instant,
    /// Refusals in a row.
    refusals: u32,
    polled_at: Option<Instant>,
    /// Looks in a row that failed.
    failed_polls: u32,
    is_polling: bool,
    /// Something may have been missed: one look is due, however news come.
    is_stale: bool,
    /// Ids on the newest page when it was last read; at most [`NEWEST`].
    window: Option<Vec<PostId>>,
}

impl Feed {
    fn new(now: Instant) -> Self {
        Feed {
            state: State::Wanted,
            interest: None,
            wanted_at: now,
            refusals: 0,
            polled_at: None,
            failed_polls: 0,
            is_polling: false,
            is_stale: true,
            window: None,
        }
    }

    fn is_to_be_subscribed(&self, now: Instant) -> bool {
        match self.state {
            State::Wanted => true,
            State::Refused(at) => {
                let pause = RETRY * 2u32.saturating_pow(self.refusals.saturating_sub(1)).min(60);
                now.duration_since(at) > pause.min(LONGEST_RETRY)
            }
            State::Asking | State::Subscribed(_) => false,
        }
    }

    /// Whether a look is due, should the channel be one that is looked at.
    fn is_to_be_polled(&self, now: Instant) -> bool {
        let pause = POLL * 2u32.pow(self.failed_polls.min(POLL_DOUBLINGS));
        let is_shown = self.interest >= Some(Interest::Home);
        is_shown && !self.is_polling && self.polled_at.is_none_or(|at| now.duration_since(at) >= pause)
    }

    /// Those on open pages first, then those that waited longest.
    fn turn(&self) -> (std::cmp::Reverse<Option<Interest>>, Option<Instant>) {
        let refused = if let State::Refused(at) = self.state { Some(at) } else { None };
        (std::cmp::Reverse(self.interest), self.polled_at.max(refused))
    }
}

/// Whether a class of service is known to send events: the server of a domain, for accounts or for services.
type Class = (String, bool);

fn class(channel: &ChannelId) -> Class {
    let domain = channel.address.domain().as_str();
    (domain.to_owned(), channel.address.node().is_some())
}

/// See the module.
pub(super) struct Live {
    /// The domain whose servers are believed to send events to whom they accept as a subscriber. Elsewhere events must
    /// be seen first: some servers send none to anonymous sessions, or to people of other servers.
    own: Option<String>,
    feeds: HashMap<ChannelId, Feed>,
    proven: HashSet<Class>,
    /// The ids on the newest page of a channel when somebody last read it: what came after that is news.
    pages: LruCache<ChannelId, Vec<PostId>>,
    under_way: usize,
}

impl Live {
    pub(super) fn new(own: Option<String>) -> Self {
        Live { own, feeds: HashMap::new(), proven: HashSet::new(), pages: LruCache::unbounded(), under_way: 0 }
    }

    /// The ids on the newest page of a channel as it was last seen; `None` if it was not.
    pub(super) fn page(&self, channel: &ChannelId) -> Option<&Vec<PostId>> {
        let window = self.feeds.get(channel).and_then(|feed| feed.window.as_ref());
        window.or_else(|| self.pages.peek(channel))
    }

    /// Somebody reads the newest page of a channel.
    pub(super) fn read(&mut self, channel: ChannelId, mut page: Vec<PostId>) {
        page.truncate(NEWEST);
        if let Some(feed) = self.feeds.get_mut(&channel) {
            feed.window = Some(page.clone());
        }
        self.pages.put(channel, page);
        if self.pages.len() > PAGES {
            self.pages.pop_lru();
        }
    }

    /// What to do now for these channels.
    pub(super) fn tick(&mut self, wanted: &HashMap<&ChannelId, Interest>, now: Instant) -> Vec<Action> {
        for (channel, feed) in &mut self.feeds {
            feed.interest = wanted.get(channel).copied();
            if feed.interest.is_some() {
                feed.wanted_at = now;
            }
        }
        // Open pages come first here too: there is room for them whatever somebody follows.
        let mut missing: Vec<_> = wanted.iter().filter(|(channel, _)| !self.feeds.contains_key(**channel)).collect();
        missing.sort_by_key(|(_, interest)| std::cmp::Reverse(**interest));
        missing.truncate(FEEDS.saturating_sub(self.feeds.len()));
        for (channel, interest) in missing {
            let feed = Feed { interest: Some(*interest), ..Feed::new(now) };
            self.feeds.insert((*channel).clone(), feed);
        }
        let mut actions = Vec::new();
        self.feeds.retain(|channel, feed| {
            if now.duration_since(feed.wanted_at) <= LINGER || feed.is_polling || feed.state == State::Asking {
                return true;
            }
            if matches!(feed.state, State::Subscribed(_)) {
                actions.push(Action::Unsubscribe(channel.clone()));
            }
            false
        });
        let (own, proven) = (self.own.as_deref(), &self.proven);
        let mut due: Vec<_> = self
            .feeds
            .iter_mut()
            .filter(|(channel, feed)| {
                let is_proven = proven.contains(&class(channel));
                let is_looked_at = feed.is_stale || is_polled(feed.state, needs_proof(own, channel), is_proven);
                feed.is_to_be_subscribed(now) || (is_looked_at && feed.is_to_be_polled(now))
            })
            .collect();
        due.sort_by_key(|(_, feed)| feed.turn());
        for (channel, feed) in due {
            let room = if feed.interest == Some(Interest::Open) { ACTIONS } else { ACTIONS - RESERVED };
            if self.under_way >= room {
                break;
            }
            self.under_way += 1;
            if feed.is_to_be_subscribed(now) {
                feed.state = State::Asking;
                actions.push(Action::Subscribe(channel.clone()));
            } else {
                feed.is_polling = true;
                feed.polled_at = Some(now);
                actions.push(Action::Poll(channel.clone()));
            }
        }
        actions
    }

    /// The answer to [`Action::Subscribe`].
    pub(super) fn subscribed(&mut self, channel: &ChannelId, is_accepted: Result<(), ()>, now: Instant) {
        self.under_way = self.under_way.saturating_sub(1);
        if let Some(feed) = self.feeds.get_mut(channel) {
            (feed.state, feed.refusals) = match is_accepted {
                Ok(()) => (State::Subscribed(now), 0),
                Err(()) => (State::Refused(now), feed.refusals.saturating_add(1)),
            };
        }
    }

    /// Something changed that decides whether news come: the next second asks again.
    pub(super) fn ask_again(&mut self, channel: &ChannelId) {
        if let Some(feed) = self.feeds.get_mut(channel)
            && feed.state != State::Asking
        {
            (feed.state, feed.refusals) = (State::Wanted, 0);
        }
    }

    /// The answer to [`Action::Poll`]: the newest page, or `None` if it could not be read. Returns which known ids are
    /// gone, and what the page can be compared with.
    pub(super) fn polled(&mut self, channel: &ChannelId, page: Option<Seen>) -> (Vec<PostId>, Look) {
        self.under_way = self.under_way.saturating_sub(1);
        let Some(feed) = self.feeds.get_mut(channel) else { return (Vec::new(), Look::First) };
        feed.is_polling = false;
        let Some(Seen { mut ids, is_whole }) = page else {
            feed.failed_polls = feed.failed_polls.saturating_add(1);
            return (Vec::new(), Look::Again);
        };
        ids.truncate(NEWEST);
        feed.failed_polls = 0;
        feed.is_stale = false;
        let before = feed.window.replace(ids).or_else(|| self.pages.get(channel).cloned());
        let Some(before) = before else { return (Vec::new(), Look::First) };
        let page = feed.window.as_deref().unwrap_or_default();
        let lowest = before.iter().rposition(|id| page.contains(id));
        if lowest.is_none() && !is_whole && !before.is_empty() {
            return (Vec::new(), Look::Gap);
        }
        // Where there are older posts, an id that fell off the end of the page may be among them: only what stood above
        // a survivor is gone.
        let reach = if is_whole { before.len() } else { lowest.map_or(0, |index| index + 1) };
        (before[..reach].iter().filter(|id| !page.contains(id)).cloned().collect(), Look::Again)
    }

    /// An event came from this channel. Returns whether the channel is listened to at all (security.md P6).
    pub(super) fn heard(&mut self, channel: &ChannelId, now: Instant) -> bool {
        let Some(feed) = self.feeds.get(channel) else { return false };
        if matches!(feed.state, State::Subscribed(since) if now.duration_since(since) > GREETING) {
            self.proven.insert(class(channel));
        }
        true
    }

    /// The stream was built anew: subscriptions by full address may be gone, and events were missed.
    pub(super) fn reset(&mut self) {
        self.under_way = 0;
        for feed in self.feeds.values_mut() {
            feed.state = State::Wanted;
            feed.refusals = 0;
            feed.failed_polls = 0;
            feed.is_polling = false;
            feed.is_stale = true;
            feed.polled_at = None;
        }
    }

    /// How news of a channel come.
    pub(super) fn liveness(&self, channel: &ChannelId) -> Liveness {
        let is_proven = self.proven.contains(&class(channel));
        let state = self.feeds.get(channel).map_or(State::Wanted, |feed| feed.state);
        if is_polled(state, needs_proof(self.own.as_deref(), channel), is_proven) {
            Liveness::Polled
        } else {
            Liveness::Events
        }
    }

    /// Channels that this session is subscribed to by its full address.
    pub(super) fn subscriptions(&self) -> Vec<ChannelId> {
        let is_subscribed = |feed: &Feed| matches!(feed.state, State::Subscribed(_));
        self.feeds.iter().filter(|(_, feed)| is_subscribed(feed)).map(|(channel, _)| channel.clone()).collect()
    }
}

/// The newest page of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// What stands on it, newest first.
    pub(super) ids: Vec<PostId>,
    /// Whether there is nothing older.
    pub(super) is_whole: bool,
}

/// What a poll can be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// There is nothing to compare with.
    First,
    /// What is new on the page is news.
    Again,
    /// Nothing on the page was there before: more was missed than one page holds.
    Gap,
}

fn needs_proof(own: Option<&str>, channel: &ChannelId) -> bool {
    let domain = channel.address.domain().as_str();
    own.is_none_or(|own| domain != own && domain.strip_suffix(own).is_none_or(|service| !service.ends_with('.')))
}

fn is_polled(state: State, needs_proof: bool, is_proven: bool) -> bool {
    match state {
        State::Refused(_) => true,
        State::Wanted | State::Asking | State::Subscribed(_) => needs_proof && !is_proven,
    }
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod tests;
