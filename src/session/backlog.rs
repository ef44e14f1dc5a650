//! The numbered, bounded backlog of an account's events, and the pages that wait for more.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::event::{Event, EventId, Numbered, Scope};
use crate::channel::{ChannelId, PostRef};

/// Events kept for browsers that come back: an hour of a lively channel.
const KEPT: usize = 512;

/// Bytes of events kept. Long posts shorten the time a browser may be away and still miss nothing.
const KEPT_BYTES: usize = 1024 * 1024;

/// Events a page may be behind before its stream is closed. It then comes back with its last id.
const BEHIND: usize = 256;

/// Where an event counts, decided once when it happens.
#[derive(Debug, Clone, Default)]
pub(super) struct Reach {
    /// It belongs on the home page.
    pub(super) home: bool,
    /// The channel it happened in: its page shows it, and each thread whose replies stand there.
    pub(super) channel: Option<ChannelId>,
    /// The post it is about: its thread shows it.
    pub(super) post: Option<PostRef>,
    /// Every page shows it.
    pub(super) everywhere: bool,
}

impl Reach {
    /// `replies` is where the replies of a thread stand.
    fn covers(&self, scope: &Scope, replies: Option<&ChannelId>) -> bool {
        self.everywhere
            || match scope {
                Scope::Home => self.home,
                Scope::Channel(channel) => self.channel.as_ref() == Some(channel),
                Scope::Thread(post) => {
                    self.post.as_ref() == Some(post) || (replies.is_some() && self.channel.as_ref() == replies)
                }
            }
    }
}

struct Entry {
    numbered: Numbered,
    reach: Reach,
}

struct Watcher {
    scope: Scope,
    replies: Option<ChannelId>,
    sender: mpsc::Sender<Numbered>,
}

/// The events of one account since its session began, as far back as [`KEPT`].
pub(super) struct Backlog {
    epoch: u64,
    number: u64,
    entries: VecDeque<Entry>,
    bytes: usize,
    watchers: Vec<Watcher>,
}

impl Backlog {
    /// An empty backlog; `epoch` must be random.
    pub(super) fn new(epoch: u64) -> Self {
        Backlog { epoch, number: 0, entries: VecDeque::new(), bytes: 0, watchers: Vec::new() }
    }

    /// The id of the newest event.
    pub(super) fn last(&self) -> EventId {
        EventId { epoch: self.epoch, number: self.number }
    }

    /// Numbers an event, keeps it and hands it to every page that it reaches.
    pub(super) fn push(&mut self, event: Event, reach: Reach) {
        self.number += 1;
        let numbered = Numbered { id: self.last(), event: Arc::new(event) };
        // A page that does not read loses its stream, not its events: it asks again from its last id.
        self.watchers.retain(|watcher| {
            let is_for_it = reach.covers(&watcher.scope, watcher.replies.as_ref());
            !is_for_it || watcher.sender.try_send(numbered.clone()).is_ok()
        });
        self.bytes += bytes(&numbered.event);
        self.entries.push_back(Entry { numbered, reach });
        while self.entries.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= bytes(&oldest.numbered.event);
        }
    }

    /// Opens a page's stream: what it missed, then what comes. An id that is not ours, or too old, gets one
    /// [`Event::Resync`] instead of what it missed. For a thread, `replies` is where its replies stand.
    pub(super) fn watch(
        &mut self,
        scope: Scope,
        replies: Option<ChannelId>,
        after: Option<EventId>,
    ) -> (Vec<Numbered>, mpsc::Receiver<Numbered>) {
        let missed = match after {
            None => Vec::new(),
            Some(id) if self.holds_all_after(id) => self
                .entries
                .iter()
                .filter(|entry| entry.numbered.id.number > id.number && entry.reach.covers(&scope, replies.as_ref()))
                .map(|entry| entry.numbered.clone())
                .collect(),
            Some(_) => vec![Numbered { id: self.last(), event: Arc::new(Event::Resync) }],
        };
        let (sender, receiver) = mpsc::channel(BEHIND);
        self.watchers.push(Watcher { scope, replies, sender });
        (missed, receiver)
    }

    fn holds_all_after(&self, id: EventId) -> bool {
        let oldest = self.number - self.entries.len() as u64;
        id.epoch == self.epoch && (oldest..=self.number).contains(&id.number)
    }

    /// Scopes that somebody watches now, with where the replies of a thread stand. Forgets pages that were closed.
    pub(super) fn watched(&mut self) -> impl Iterator<Item = (&Scope, Option<&ChannelId>)> {
        self.watchers.retain(|watcher| !watcher.sender.is_closed());
        self.watchers.iter().map(|watcher| (&watcher.scope, watcher.replies.as_ref()))
    }
}

/// About how much memory an event takes.
fn bytes(event: &Event) -> usize {
    match event {
        Event::Posted(post) | Event::Replied { reply: post, .. } | Event::Edited(post) => post.bytes(),
        Event::Liked { .. }
        | Event::Removed(_)
        | Event::Notified(_)
        | Event::Resync
        | Event::Connection(_)
        | Event::BlocksChanged => size_of::<Entry>(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn channel(name: &str) -> ChannelId {
        ChannelId::parse(name).unwrap()
    }

    fn push(backlog: &mut Backlog, name: &str) {
        let reach = Reach { channel: Some(channel(name)), ..Reach::default() };
        backlog.push(Event::Resync, reach);
    }

    fn missed(backlog: &mut Backlog, name: &str, after: EventId) -> Vec<u64> {
        let (missed, _) = backlog.watch(Scope::Channel(channel(name)), None, Some(after));
        missed.iter().map(|n| n.id.number).collect()
    }

    #[test]
    fn a_browser_gets_exactly_what_it_missed_in_its_scope() {
        let mut backlog = Backlog::new(7);
        for name in ["a@x", "b@x", "a@x"] {
            push(&mut backlog, name);
        }
        let at = |number| EventId { epoch: 7, number };
        assert_eq!(missed(&mut backlog, "a@x", at(0)), [1, 3]);
        assert_eq!(missed(&mut backlog, "a@x", at(1)), [3]);
        assert_eq!(missed(&mut backlog, "b@x", at(2)), [] as [u64; 0]);
    }

    #[test]
    fn foreign_future_and_forgotten_ids_ask_for_a_reload() {
        let mut backlog = Backlog::new(7);
        for _ in 0..KEPT + 10 {
            push(&mut backlog, "a@x");
        }
        let last = backlog.last();
        for id in [
            EventId { epoch: 8, number: 3 },
            EventId { epoch: 7, number: last.number + 1 },
            EventId { epoch: 7, number: 9 },
        ] {
            assert_eq!(missed(&mut backlog, "a@x", id), [last.number]);
        }
        assert_eq!(missed(&mut backlog, "a@x", EventId { epoch: 7, number: 10 }).len(), KEPT);
    }

    #[tokio::test]
    async fn a_page_that_does_not_read_is_closed_and_others_are_not() {
        let mut backlog = Backlog::new(7);
        let (_, mut slow) = backlog.watch(Scope::Channel(channel("a@x")), None, None);
        let (_, mut other) = backlog.watch(Scope::Channel(channel("b@x")), None, None);
        for _ in 0..=BEHIND {
            push(&mut backlog, "a@x");
        }
        push(&mut backlog, "b@x");
        let mut got = 0;
        while slow.recv().await.is_some() {
            got += 1;
        }
        assert_eq!(got, BEHIND);
        assert!(other.recv().await.is_some());
        assert_eq!(backlog.watched().count(), 1);
    }
}
