//! Which channels a session listens to, and how: subscribed by its full address, or looked at now and then. Pure.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

use super::view::Liveness;
use crate::channel::{ChannelId, PostId};

/// How often a channel without events is looked at while somebody watches.
pub(super) const POLL: Duration = Duration::from_secs(15);

/// How long a channel is listened to after the last page closed: people go back and forth.
const LINGER: Duration = Duration::from_secs(30);

/// When a refused subscription is tried again: the node may have been made since.
const RETRY: Duration = Duration::from_secs(60);

/// Servers send a node's last item at once when somebody subscribes. Only what comes later proves that events come.
const GREETING: Duration = Duration::from_secs(3);

/// Channels listened to at the same time.
const FEEDS: usize = 4000;

/// Channels of which is remembered what was last read.
const PAGES: usize = 500;

/// Requests of its own that a session has under way at the same time, so that people's own are not held up.
const ACTIONS: usize = 8;

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
    wanted_at: Instant,
    polled_at: Option<Instant>,
    is_polling: bool,
    /// Something may have been missed: one look is due, however news come.
    is_stale: bool,
    /// Ids on the newest page when it was last read.
    window: Option<Vec<PostId>>,
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
    pub(super) fn read(&mut self, channel: ChannelId, page: Vec<PostId>) {
        if let Some(feed) = self.feeds.get_mut(&channel) {
            feed.window = Some(page.clone());
        }
        self.pages.put(channel, page);
        if self.pages.len() > PAGES {
            self.pages.pop_lru();
        }
    }

    /// What to do now. `kept` are followed channels, `watched` those on open pages.
    pub(super) fn tick<'a>(
        &mut self,
        kept: impl Iterator<Item = &'a ChannelId>,
        watched: &'a HashSet<ChannelId>,
        now: Instant,
    ) -> Vec<Action> {
        for channel in kept.chain(watched) {
            if let Some(feed) = self.feeds.get_mut(channel) {
                feed.wanted_at = now;
            } else if self.feeds.len() < FEEDS {
                let feed = Feed {
                    state: State::Wanted,
                    wanted_at: now,
                    polled_at: None,
                    is_polling: false,
                    is_stale: true,
                    window: None,
                };
                self.feeds.insert(channel.clone(), feed);
            }
        }
        let mut actions = Vec::new();
        let (own, proven) = (self.own.as_deref(), &self.proven);
        self.feeds.retain(|channel, feed| {
            if now.duration_since(feed.wanted_at) <= LINGER || feed.is_polling || feed.state == State::Asking {
                return true;
            }
            if matches!(feed.state, State::Subscribed(_)) {
                actions.push(Action::Unsubscribe(channel.clone()));
            }
            false
        });
        for (channel, feed) in &mut self.feeds {
            if self.under_way >= ACTIONS {
                break;
            }
            let is_due = match feed.state {
                State::Wanted => true,
                State::Refused(at) => now.duration_since(at) > RETRY,
                State::Asking | State::Subscribed(_) => false,
            };
            if is_due {
                feed.state = State::Asking;
                self.under_way += 1;
                actions.push(Action::Subscribe(channel.clone()));
                continue;
            }
            let is_polled = is_polled(feed.state, needs_proof(own, channel), proven.contains(&class(channel)));
            let is_old = feed.polled_at.is_none_or(|at| now.duration_since(at) >= POLL);
            if watched.contains(channel) && !feed.is_polling && (feed.is_stale || is_polled) && is_old {
                feed.is_polling = true;
                feed.polled_at = Some(now);
                self.under_way += 1;
                actions.push(Action::Poll(channel.clone()));
            }
        }
        actions
    }

    /// The answer to [`Action::Subscribe`].
    pub(super) fn subscribed(&mut self, channel: &ChannelId, is_accepted: Result<(), ()>, now: Instant) {
        self.under_way = self.under_way.saturating_sub(1);
        if let Some(feed) = self.feeds.get_mut(channel) {
            feed.state = match is_accepted {
                Ok(()) => State::Subscribed(now),
                Err(()) => State::Refused(now),
            };
        }
    }

    /// The answer to [`Action::Poll`]: the ids on the newest page, newest first, or `None` if it failed. Returns
    /// which known ids are gone, and whether this was the first look.
    pub(super) fn polled(&mut self, channel: &ChannelId, page: Option<Vec<PostId>>) -> (Vec<PostId>, Look) {
        self.under_way = self.under_way.saturating_sub(1);
        let Some(feed) = self.feeds.get_mut(channel) else { return (Vec::new(), Look::First) };
        feed.is_polling = false;
        let Some(page) = page else { return (Vec::new(), Look::Again) };
        feed.is_stale = false;
        let before = feed.window.replace(page).or_else(|| self.pages.get(channel).cloned());
        let Some(before) = before else { return (Vec::new(), Look::First) };
        let page = feed.window.as_deref().unwrap_or_default();
        if page.len() >= before.len() && !before.is_empty() && !before.iter().any(|id| page.contains(id)) {
            return (Vec::new(), Look::Gap);
        }
        // An id that fell off the end of the page is old, not gone: only what stood above a survivor counts.
        let lowest = before.iter().rposition(|id| page.contains(id)).map_or(0, |index| index + 1);
        let reach = if page.len() < before.len() { before.len() } else { lowest };
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ids(names: &[&str]) -> Vec<PostId> {
        names.iter().map(|name| PostId::new(*name).unwrap()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_guest_polls_until_an_event_proves_that_events_come() {
        let channel = ChannelId::parse("alice@example.org").unwrap();
        let watched = HashSet::from([channel.clone()]);
        let mut live = Live::new(None);
        assert_eq!(live.tick([].iter(), &watched, Instant::now()), [Action::Subscribe(channel.clone())]);
        live.subscribed(&channel, Ok(()), Instant::now());
        assert!(live.heard(&channel, Instant::now()), "the greeting is heard");
        assert_eq!(live.liveness(&channel), Liveness::Polled, "and proves nothing");
        assert_eq!(live.tick([].iter(), &watched, Instant::now()), [Action::Poll(channel.clone())]);
        assert_eq!(live.polled(&channel, Some(ids(&["a"]))), (vec![], Look::First));
        tokio::time::advance(POLL).await;
        assert_eq!(live.tick([].iter(), &watched, Instant::now()), [Action::Poll(channel.clone())]);
        live.polled(&channel, Some(ids(&["b", "a"])));
        live.heard(&channel, Instant::now());
        assert_eq!(live.liveness(&channel), Liveness::Events);
        tokio::time::advance(POLL).await;
        assert_eq!(live.tick([].iter(), &watched, Instant::now()), []);
        tokio::time::advance(LINGER + POLL).await;
        assert_eq!(live.tick([].iter(), &HashSet::new(), Instant::now()), [Action::Unsubscribe(channel.clone())]);
        assert!(!live.heard(&channel, Instant::now()), "nobody asked for it any more");
    }

    #[tokio::test(start_paused = true)]
    async fn a_poll_tells_what_is_gone_from_what_is_old() {
        let channel = ChannelId::parse("alice@example.org").unwrap();
        let watched = HashSet::from([channel.clone()]);
        let mut live = Live::new(None);
        live.tick([].iter(), &watched, Instant::now());
        live.polled(&channel, Some(ids(&["d", "c", "b"])));
        assert_eq!(live.polled(&channel, Some(ids(&["e", "d", "c"]))).0, [], "b fell off the end");
        assert_eq!(live.polled(&channel, Some(ids(&["e", "c", "b"]))).0, ids(&["d"]));
        assert_eq!(live.polled(&channel, Some(ids(&["e", "b"]))).0, ids(&["c"]));
        assert_eq!(live.polled(&channel, Some(ids(&[]))).0, ids(&["e", "b"]));
        live.polled(&channel, Some(ids(&["f", "g"])));
        assert_eq!(live.polled(&channel, Some(ids(&["i", "h"]))), (vec![], Look::Gap));
    }
}
