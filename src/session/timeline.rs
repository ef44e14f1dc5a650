//! The home timeline: the posts of all followed channels as one list, newest first. Pure; reading is done outside.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::channel::{ChannelId, Post, PostRef};

/// Posts held per session when somebody starts to page; about 5 MB of ordinary posts.
const HELD: usize = 5000;

/// How long a channel that could not be read is left out before it is tried again.
const RETRY: Duration = Duration::from_secs(60);

/// How far a channel has been read.
#[derive(Debug, Clone, PartialEq)]
enum Reading {
    /// Not at all, since it was followed or the connection was lost.
    Unread,
    /// Down to an older page that this token names.
    Partly(String),
    /// To its oldest post.
    Whole,
    /// It failed at this moment.
    Failed(Instant),
}

struct Channel {
    reading: Reading,
    posts: Vec<Arc<Post>>,
}

/// A place in the list: a moment, and a post to tell apart those of the same moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    published: Timestamp,
    post: PostRef,
}

impl Place {
    fn of(post: &Post) -> Self {
        Place { published: post.published, post: post.at.clone() }
    }

    /// The text form, for a page's address. The post is named by a short digest: it only has to tell apart.
    pub(super) fn token(&self) -> String {
        format!("{}-{:08x}", self.published.as_microsecond(), self.digest())
    }

    fn digest(&self) -> u32 {
        self.post.uri().bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }

    /// Whether this place comes after (is older than) the one a token names.
    fn is_after(&self, token: &(i64, u32)) -> bool {
        (self.published.as_microsecond(), self.digest()) < *token
    }
}

fn read_token(token: &str) -> Option<(i64, u32)> {
    let (moment, digest) = token.rsplit_once('-')?;
    Some((moment.parse().ok()?, u32::from_str_radix(digest, 16).ok()?))
}

/// What is needed for a page of the timeline.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// The page: posts, the token of the next older one, and how many channels could not be read for it.
    Page { posts: Vec<Arc<Post>>, older: Option<String>, channels_left_out: usize },
    /// These channels must be read first, each from its token on.
    Read(Vec<(ChannelId, Option<String>)>),
}

/// See the module.
#[derive(Default)]
pub(super) struct Timeline {
    channels: HashMap<ChannelId, Channel>,
}

impl Timeline {
    /// Sets which channels belong to it. What was read of those that stay is kept.
    pub(super) fn set_channels(&mut self, channels: impl IntoIterator<Item = ChannelId>) {
        let mut before = std::mem::take(&mut self.channels);
        for channel in channels {
            let known = before.remove(&channel).unwrap_or(Channel { reading: Reading::Unread, posts: Vec::new() });
            self.channels.insert(channel, known);
        }
    }

    /// Adds a channel.
    pub(super) fn add(&mut self, channel: ChannelId) {
        self.channels.entry(channel).or_insert(Channel { reading: Reading::Unread, posts: Vec::new() });
    }

    /// Takes a channel and its posts out.
    pub(super) fn remove_channel(&mut self, channel: &ChannelId) {
        self.channels.remove(channel);
    }

    /// Whether a channel belongs to it.
    pub(super) fn has(&self, channel: &ChannelId) -> bool {
        self.channels.contains_key(channel)
    }

    /// Its channels.
    pub(super) fn channels(&self) -> impl Iterator<Item = &ChannelId> {
        self.channels.keys()
    }

    /// Forgets how far channels were read: after a lost connection the newest pages are read again.
    pub(super) fn unread(&mut self) {
        for channel in self.channels.values_mut() {
            channel.reading = Reading::Unread;
            channel.posts.clear();
        }
    }

    /// A channel may have news that nobody told of: its newest page is read again.
    pub(super) fn stale(&mut self, channel: &ChannelId) {
        if let Some(known) = self.channels.get_mut(channel) {
            known.reading = Reading::Unread;
        }
    }

    /// A page that was read.
    pub(super) fn loaded(&mut self, channel: &ChannelId, posts: &[Arc<Post>], older: Option<String>) {
        let Some(known) = self.channels.get_mut(channel) else { return };
        known.reading = older.map_or(Reading::Whole, Reading::Partly);
        for post in posts {
            put(&mut known.posts, post);
        }
    }

    /// A channel that could not be read.
    pub(super) fn failed(&mut self, channel: &ChannelId, now: Instant) {
        if let Some(known) = self.channels.get_mut(channel) {
            known.reading = Reading::Failed(now);
        }
    }

    /// A new or changed post.
    pub(super) fn put(&mut self, post: &Arc<Post>) {
        if let Some(known) = self.channels.get_mut(&post.at.channel) {
            put(&mut known.posts, post);
        }
    }

    /// A post that was taken away.
    pub(super) fn remove(&mut self, at: &PostRef) {
        if let Some(known) = self.channels.get_mut(&at.channel) {
            known.posts.retain(|post| post.at != *at);
        }
    }

    /// The page older than `before`, or what must be read to know it.
    pub(super) fn page(&mut self, before: Option<&str>, size: usize, now: Instant) -> Step {
        if before.is_none() {
            self.shrink();
        }
        let before = before.and_then(read_token);
        let mut places: Vec<(Place, &Arc<Post>)> = self
            .channels
            .values()
            .flat_map(|channel| &channel.posts)
            .map(|post| (Place::of(post), post))
            .filter(|(place, _)| before.as_ref().is_none_or(|token| place.is_after(token)))
            .collect();
        places.sort_by_key(|(place, _)| std::cmp::Reverse((place.published, place.digest())));
        let more = places.len() > size;
        places.truncate(size);
        // A channel that was read down to below the page's last post cannot add to the page.
        let last = more.then(|| places.last().map(|(place, _)| place.published)).flatten();
        let wanted: Vec<_> = self
            .channels
            .iter()
            .filter_map(|(id, channel)| match &channel.reading {
                Reading::Unread => Some((id.clone(), None)),
                Reading::Failed(at) if now.duration_since(*at) > RETRY => Some((id.clone(), None)),
                Reading::Failed(_) | Reading::Whole => None,
                Reading::Partly(token) => {
                    let oldest = channel.posts.iter().map(|post| post.published).min();
                    let is_deep = last.zip(oldest).is_some_and(|(last, oldest)| oldest <= last);
                    (!is_deep).then(|| (id.clone(), Some(token.clone())))
                }
            })
            .collect();
        if !wanted.is_empty() {
            return Step::Read(wanted);
        }
        let older = if more { places.last().map(|(place, _)| place.token()) } else { None };
        let posts = places.into_iter().map(|(_, post)| Arc::clone(post)).collect();
        let is_failed = |channel: &&Channel| matches!(channel.reading, Reading::Failed(_));
        Step::Page { posts, older, channels_left_out: self.channels.values().filter(is_failed).count() }
    }

    /// Past [`HELD`] posts everything is forgotten: somebody paged far back, and pages are read again as needed.
    fn shrink(&mut self) {
        if self.channels.values().map(|channel| channel.posts.len()).sum::<usize>() > HELD {
            self.unread();
        }
    }
}

fn put(posts: &mut Vec<Arc<Post>>, post: &Arc<Post>) {
    match posts.iter_mut().find(|known| known.at == post.at) {
        Some(known) => *known = Arc::clone(post),
        None => posts.push(Arc::clone(post)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::channel::{Author, Content, PostId, Standing};

    fn post(channel: &ChannelId, second: i64) -> Arc<Post> {
        let at = Timestamp::from_second(second).unwrap();
        Arc::new(Post {
            at: PostRef::new(channel.clone(), PostId::new(format!("p{second}")).unwrap()),
            author: Author { address: None, name: None, standing: Standing::Unverified },
            content: Content::default(),
            published: at,
            updated: at,
            tags: Vec::new(),
            links: Vec::new(),
            replies: None,
            in_reply_to: None,
        })
    }

    /// Pages through a timeline whose channels hold these moments, reading three posts at a time.
    fn walk(channels: &[(&str, &[i64])], size: usize) -> Vec<i64> {
        let ids: Vec<_> = channels.iter().map(|(name, _)| ChannelId::parse(name).unwrap()).collect();
        let mut timeline = Timeline::default();
        timeline.set_channels(ids.iter().cloned());
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            match timeline.page(before.as_deref(), size, Instant::now()) {
                Step::Read(wanted) => {
                    for (id, token) in wanted {
                        let index = ids.iter().position(|known| *known == id).unwrap();
                        let from: usize = token.map_or(0, |token| token.parse().unwrap());
                        let all = channels[index].1;
                        let end = (from + 3).min(all.len());
                        let posts: Vec<_> = all[from..end].iter().map(|second| post(&id, *second)).collect();
                        timeline.loaded(&id, &posts, (end < all.len()).then(|| end.to_string()));
                    }
                }
                Step::Page { posts, older, channels_left_out: 0 } => {
                    assert!(posts.len() <= size);
                    seen.extend(posts.iter().map(|post| post.published.as_second()));
                    before = older;
                    if before.is_none() {
                        return seen;
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn pages_hold_every_post_once_newest_first() {
        let busy: Vec<i64> = (100..140).rev().collect();
        let seen = walk(&[("a@x", &busy), ("b@x", &[130, 90, 50, 10]), ("c@x", &[]), ("d@x", &[130, 7])], 5);
        let mut expected: Vec<i64> = busy.iter().copied().chain([130, 90, 50, 10, 130, 7]).collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_channel_that_fails_does_not_hold_up_the_others() {
        let (good, bad) = (ChannelId::parse("a@x").unwrap(), ChannelId::parse("b@x").unwrap());
        let mut timeline = Timeline::default();
        timeline.set_channels([good.clone(), bad.clone()]);
        let now = Instant::now();
        timeline.loaded(&good, &[post(&good, 5)], None);
        timeline.failed(&bad, now);
        let posts = vec![post(&good, 5)];
        assert_eq!(
            timeline.page(None, 20, now),
            Step::Page { posts, older: None, channels_left_out: 1 },
            "and is told"
        );
        assert_eq!(timeline.page(None, 20, now + RETRY * 2), Step::Read(vec![(bad, None)]));
    }
}
