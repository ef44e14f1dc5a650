//! How far somebody has read.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::ChannelId;

/// How many channels are remembered one by one; beyond that those go that were read longest ago.
const MAX: usize = 500;

/// Up to which moment somebody has read each channel. What two gateways know of the same person can be put together in any
/// order: moments only go forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadMarkers {
    since: Timestamp,
    notified: Timestamp,
    read: BTreeMap<ChannelId, Timestamp>,
}

impl ReadMarkers {
    /// Everything up to a moment counts as read.
    pub fn new(since: Timestamp) -> Self {
        ReadMarkers { since, notified: since, read: BTreeMap::new() }
    }

    /// The moment up to which everything is read.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// Up to when the notifications are read.
    pub fn notified(&self) -> Timestamp {
        self.notified
    }

    /// The notifications were read up to a moment. Says whether that is news.
    pub fn mark_notified(&mut self, at: Timestamp) -> bool {
        let is_news = at > self.notified;
        self.notified = self.notified.max(at);
        is_news
    }

    /// Up to when a channel is read.
    pub fn at(&self, channel: &ChannelId) -> Timestamp {
        self.read.get(channel).copied().unwrap_or(self.since)
    }

    /// The channels that were read after [`ReadMarkers::since`].
    pub fn channels(&self) -> impl Iterator<Item = (&ChannelId, Timestamp)> {
        self.read.iter().map(|(channel, at)| (channel, *at))
    }

    /// A channel was read up to a moment. Says whether that is news.
    pub fn mark(&mut self, channel: &ChannelId, at: Timestamp) -> bool {
        if at <= self.at(channel) {
            return false;
        }
        self.read.insert(channel.clone(), at);
        if self.read.len() > MAX
            && let Some(oldest) = self.read.iter().min_by_key(|(_, at)| **at).map(|(channel, _)| channel.clone())
        {
            self.read.remove(&oldest);
        }
        true
    }

    /// Everything was read up to a moment. Says whether that is news.
    pub fn mark_all(&mut self, at: Timestamp) -> bool {
        let is_news = at > self.since;
        self.since = self.since.max(at);
        self.read.retain(|_, read| *read > self.since);
        is_news
    }

    /// Takes in what another gateway knows. Says whether it knows less than this one does now.
    pub fn merge(&mut self, other: &ReadMarkers) -> bool {
        self.mark_all(other.since);
        self.mark_notified(other.notified);
        for (channel, at) in &other.read {
            self.mark(channel, *at);
        }
        self != other
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn channel(name: &str) -> ChannelId {
        ChannelId::parse(name).unwrap()
    }

    #[test]
    fn moments_only_go_forward() {
        let (news, rust) = (channel("pubsub.example.org/news"), channel("pubsub.example.org/rust"));
        let mut markers = ReadMarkers::new(at(100));
        assert!(!markers.mark(&news, at(50)) && !markers.mark(&news, at(100)));
        assert!(markers.mark(&news, at(200)) && !markers.mark(&news, at(150)));
        assert_eq!((markers.at(&news), markers.at(&rust)), (at(200), at(100)));
        assert!(markers.mark_all(at(150)) && !markers.mark_all(at(120)));
        assert_eq!((markers.at(&news), markers.at(&rust)), (at(200), at(150)));
        assert!(markers.mark_all(at(300)));
        assert_eq!((markers.since(), markers.channels().count()), (at(300), 0), "what says nothing more is not kept");
        assert_eq!(markers.notified(), at(100), "notifications are read on their own page");
        assert!(markers.mark_notified(at(200)) && !markers.mark_notified(at(150)));
        assert_eq!(markers.notified(), at(200));
    }

    #[test]
    fn two_gateways_come_to_the_same() {
        let (news, rust) = (channel("pubsub.example.org/news"), channel("pubsub.example.org/rust"));
        let (mut one, mut other) = (ReadMarkers::new(at(100)), ReadMarkers::new(at(150)));
        one.mark(&news, at(120));
        one.mark(&rust, at(300));
        other.mark(&news, at(200));
        let mut both = one.clone();
        assert!(both.merge(&other));
        other.merge(&one);
        assert_eq!(both, other);
        assert_eq!((both.since(), both.at(&news), both.at(&rust)), (at(150), at(200), at(300)));
        assert!(!both.merge(&other), "nothing to tell");
    }

    #[test]
    fn they_do_not_grow_for_ever() {
        let mut markers = ReadMarkers::new(at(0));
        for n in 0..600 {
            markers.mark(&channel(&format!("pubsub.example.org/{n}")), at(1000 + n));
        }
        assert_eq!(markers.channels().count(), MAX);
        assert_eq!(markers.at(&channel("pubsub.example.org/599")), at(1599));
    }
}
