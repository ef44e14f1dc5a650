//! The home timeline: the posts of all followed channels as one list, newest first. Pure; reading is done outside.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::view::ChannelNews;
use crate::channel::{Address, Blocks, ChannelId, Post, PostId, PostRef, ReadMarkers};

/// Bytes of posts held per session: two thousand ordinary posts.
const HELD: usize = 2 * 1024 * 1024;

/// Posts that are held whatever their size, so that a page can always be made; more than a page takes.
const LEAST: usize = 60;

/// How long a channel that could not be read is left out before it is tried again.
const RETRY: Duration = Duration::from_secs(60);

/// How far a channel has been read.
#[derive(Debug, Clone, PartialEq)]
enum Reading {
    /// Not at all, since it was followed or the connection was lost.
    Unread,
    /// Down to an older page that this token names; without a token its posts were let go, and it is read from its
    /// newest page on.
    Partly(Option<String>),
    /// To its oldest post.
    Whole,
    /// It failed at this moment.
    Failed(Instant),
}

/// A place in the list: a moment, and a digest to tell apart posts of the same moment. Later is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    moment: i64,
    digest: u32,
}

impl Place {
    /// A post that is dated in the future stands where it was first seen.
    fn of(post: &Post, date: Timestamp) -> Self {
        let digest = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        Place {
            moment: post.published.min(date).as_microsecond(),
            digest: post.at.uri().bytes().fold(0x811c_9dc5, digest),
        }
    }

    /// The text form, for a page's address.
    fn token(self) -> String {
        format!("{}-{:08x}", self.moment, self.digest)
    }

    fn read(token: &str) -> Option<Self> {
        let (moment, digest) = token.rsplit_once('-')?;
        Some(Place { moment: moment.parse().ok()?, digest: u32::from_str_radix(digest, 16).ok()? })
    }
}

struct Held {
    place: Place,
    post: Arc<Post>,
}

struct Channel {
    reading: Reading,
    posts: HashMap<PostId, Held>,
    /// Down to here it was read. Not the oldest date among its posts: one that is dated back says nothing of others.
    depth: Option<Place>,
    /// From here on up posts were let go.
    ceiling: Option<Place>,
    read_at: Option<Instant>,
}

impl Channel {
    fn new() -> Self {
        Channel { reading: Reading::Unread, posts: HashMap::new(), depth: None, ceiling: None, read_at: None }
    }

    /// Forgets its posts. Returns how many bytes that were.
    fn clear(&mut self) -> usize {
        let bytes = self.posts.values().map(|held| held.post.bytes()).sum();
        *self = Channel::new();
        bytes
    }

    /// Takes a post in. Returns how many bytes are held more, and how many less.
    fn put(&mut self, post: &Arc<Post>, date: Timestamp) -> (usize, usize) {
        let known = self.posts.get(&post.at.id);
        // An edit stays where the post is.
        let place = known
            .filter(|known| known.post.published == post.published)
            .map_or_else(|| Place::of(post, date), |known| known.place);
        let less = known.map_or(0, |known| known.post.bytes());
        self.posts.insert(post.at.id.clone(), Held { place, post: Arc::clone(post) });
        (post.bytes(), less)
    }
}

/// What is told of a page that was read.
pub(super) struct Part {
    /// Whether it is the newest page of the channel.
    pub(super) is_newest: bool,
    /// The token of the next older one.
    pub(super) older: Option<String>,
    /// When it was read, by the timer and by the calendar.
    pub(super) read_at: Instant,
    pub(super) date: Timestamp,
}

/// What is told of the newest posts of many channels that were read at once.
pub(super) struct Bulk {
    /// Whether these are all posts of these channels, but for the bound of each.
    pub(super) is_whole: bool,
    /// Channels of which there may be more than was told.
    pub(super) full: HashSet<ChannelId>,
    /// When they were read, by the timer and by the calendar.
    pub(super) read_at: Instant,
    pub(super) date: Timestamp,
}

/// The channels that filled their share, replies counted.
pub(super) fn full_channels(posts: &[Post], per_channel: usize) -> HashSet<ChannelId> {
    let mut counts: HashMap<&ChannelId, usize> = HashMap::new();
    for post in posts {
        *counts.entry(&post.at.channel).or_default() += 1;
    }
    let full = counts.into_iter().filter(|(_, count)| *count >= per_channel);
    full.map(|(channel, _)| channel.clone()).collect()
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
    bytes: usize,
    /// Whose posts and channels are left out.
    hidden: Arc<Blocks>,
    /// Where the page begins that was asked for last.
    before: Option<Place>,
}

impl Timeline {
    /// Sets which channels belong to it. What was read of those that stay is kept.
    pub(super) fn set_channels(&mut self, channels: impl IntoIterator<Item = ChannelId>) {
        let mut before = std::mem::take(&mut self.channels);
        for channel in channels {
            let known = before.remove(&channel).unwrap_or_else(Channel::new);
            self.channels.insert(channel, known);
        }
        self.bytes -= before.values_mut().map(Channel::clear).sum::<usize>();
    }

    /// Leaves out others than before. The channels whose turn it is are read anew.
    pub(super) fn hide(&mut self, hidden: Arc<Blocks>) {
        let before = std::mem::replace(&mut self.hidden, hidden);
        for (id, channel) in &mut self.channels {
            if before.hides(&id.address) && !self.hidden.hides(&id.address) {
                self.bytes -= channel.clear();
            }
        }
    }

    /// Adds a channel.
    pub(super) fn add(&mut self, channel: ChannelId) {
        self.channels.entry(channel).or_insert_with(Channel::new);
    }

    /// Takes a channel and its posts out.
    pub(super) fn remove_channel(&mut self, channel: &ChannelId) {
        self.forget(channel);
        self.channels.remove(channel);
    }

    /// Whether a channel belongs to it.
    pub(super) fn has(&self, channel: &ChannelId) -> bool {
        self.channels.contains_key(channel)
    }

    /// Its channels, without those that are hidden.
    pub(super) fn channels(&self) -> impl Iterator<Item = &ChannelId> {
        self.channels.keys().filter(|channel| !self.hidden.hides(&channel.address))
    }

    /// Forgets everything: after a lost connection the newest pages are read again.
    pub(super) fn unread(&mut self) {
        for channel in self.channels.values_mut() {
            channel.clear();
        }
        self.bytes = 0;
    }

    /// A channel may have news that nobody told of: its newest page is read again.
    pub(super) fn stale(&mut self, channel: &ChannelId) {
        if let Some(known) = self.channels.get_mut(channel) {
            known.reading = Reading::Unread;
        }
    }

    /// The channels of which nobody tells are stale once they were read so long ago.
    pub(super) fn refresh(&mut self, is_untold: impl Fn(&ChannelId) -> bool, age: Duration, now: Instant) {
        for (id, channel) in &mut self.channels {
            let is_read = matches!(channel.reading, Reading::Partly(_) | Reading::Whole);
            let is_old = channel.read_at.is_none_or(|at| now.duration_since(at) >= age);
            if is_read && is_old && is_untold(id) {
                channel.reading = Reading::Unread;
            }
        }
    }

    /// What is known of a channel's posts is wrong: it is read anew.
    pub(super) fn forget(&mut self, channel: &ChannelId) {
        self.bytes -= self.channels.get_mut(channel).map_or(0, Channel::clear);
    }

    /// A page that was read.
    pub(super) fn loaded(&mut self, channel: &ChannelId, posts: &[Arc<Post>], part: Part) {
        let Some(known) = self.channels.get_mut(channel) else { return };
        if part.is_newest && known.ceiling.is_some() {
            self.bytes -= known.clear();
        }
        if part.is_newest {
            known.read_at = Some(part.read_at);
        }
        known.reading = part.older.map_or(Reading::Whole, |older| Reading::Partly(Some(older)));
        // Half of a page may be dated back without hiding what is older.
        let mut places: Vec<Place> = posts.iter().map(|post| Place::of(post, part.date)).collect();
        places.sort_unstable();
        known.depth = places.get(places.len() / 2).copied().or(known.depth);
        for post in posts {
            let (more, less) = known.put(post, part.date);
            self.bytes = self.bytes + more - less;
        }
        self.shrink();
    }

    /// The newest posts of all these channels together. Down to the depth of the whole each of them is known, unless it
    /// alone filled its share.
    pub(super) fn loaded_at_once(&mut self, channels: &[ChannelId], posts: &[Arc<Post>], bulk: &Bulk) {
        let middle = |mut places: Vec<Place>| {
            places.sort_unstable();
            places.get(places.len() / 2).copied()
        };
        let whole = middle(posts.iter().map(|post| Place::of(post, bulk.date)).collect());
        let mut by_channel: HashMap<&ChannelId, Vec<&Arc<Post>>> = HashMap::new();
        for post in posts {
            by_channel.entry(&post.at.channel).or_default().push(post);
        }
        for channel in channels {
            let Some(known) = self.channels.get_mut(channel) else { continue };
            if known.ceiling.is_some() {
                self.bytes -= known.clear();
            }
            let own = by_channel.remove(channel).unwrap_or_default();
            let is_full = bulk.full.contains(channel);
            let own_depth = middle(own.iter().map(|post| Place::of(post, bulk.date)).collect());
            known.reading = Reading::Partly(None);
            known.depth = match (bulk.is_whole, is_full) {
                (true, false) => {
                    known.reading = Reading::Whole;
                    own_depth
                }
                (true, true) => own_depth,
                (false, false) => whole,
                (false, true) => whole.max(own_depth),
            };
            if known.depth.is_none() && known.reading != Reading::Whole {
                known.reading = Reading::Unread;
            }
            known.read_at = Some(bulk.read_at);
            for post in own {
                let (more, less) = known.put(post, bulk.date);
                self.bytes = self.bytes + more - less;
            }
        }
        self.shrink();
    }

    /// A channel that could not be read.
    pub(super) fn failed(&mut self, channel: &ChannelId, now: Instant) {
        if let Some(known) = self.channels.get_mut(channel) {
            known.reading = Reading::Failed(now);
        }
    }

    /// A new or changed post.
    pub(super) fn put(&mut self, post: &Arc<Post>, date: Timestamp) {
        // Where the newest posts were let go, one more would hide that they are missing.
        if let Some(known) = self.channels.get_mut(&post.at.channel).filter(|known| known.ceiling.is_none()) {
            let (more, less) = known.put(post, date);
            self.bytes = self.bytes + more - less;
            self.shrink();
        }
    }

    /// A post that was taken away.
    pub(super) fn remove(&mut self, at: &PostRef) {
        let known = self.channels.get_mut(&at.channel).and_then(|channel| channel.posts.remove(&at.id));
        self.bytes -= known.map_or(0, |known| known.post.bytes());
    }

    /// The page older than `before`, or what must be read to know it.
    pub(super) fn page(&mut self, before: Option<&str>, size: usize, now: Instant) -> Step {
        self.before = before.and_then(Place::read);
        let before = self.before;
        let shown = || self.channels.iter().filter(|(id, _)| !self.hidden.hides(&id.address));
        let mut held: Vec<&Held> = shown().flat_map(|(_, channel)| channel.posts.values()).collect();
        held.retain(|held| before.is_none_or(|before| held.place < before));
        held.sort_unstable_by_key(|held| std::cmp::Reverse(held.place));
        let has_more = held.len() > size;
        held.truncate(size);
        // A channel that was read down to below the page's last post cannot add to the page.
        let last = held.last().map(|held| held.place).filter(|_| has_more);
        let wanted = |(id, channel): (&ChannelId, &Channel)| match &channel.reading {
            Reading::Unread => Some((id.clone(), None)),
            Reading::Failed(at) if now.duration_since(*at) > RETRY => Some((id.clone(), None)),
            Reading::Failed(_) => None,
            _ if channel.ceiling.is_some_and(|ceiling| before.is_none_or(|before| before > ceiling)) => {
                Some((id.clone(), None))
            }
            Reading::Whole => None,
            Reading::Partly(token) => {
                let is_deep = last.zip(channel.depth).is_some_and(|(last, depth)| depth <= last);
                (!is_deep).then(|| (id.clone(), token.clone()))
            }
        };
        let wanted: Vec<_> = shown().filter_map(wanted).collect();
        if !wanted.is_empty() {
            return Step::Read(wanted);
        }
        // A page may be shorter for what is hidden, so that no amount of that keeps the next one from coming.
        let posts = held.into_iter().map(|held| &held.post).filter(|post| !self.hidden.hides_post(post));
        let posts = posts.cloned().collect();
        let is_failed = |(_, channel): &(&ChannelId, &Channel)| matches!(channel.reading, Reading::Failed(_));
        let channels_left_out = shown().filter(is_failed).count();
        Step::Page { posts, older: last.map(Place::token), channels_left_out }
    }

    /// What is new in each channel to somebody who has read so far, as far as it is held.
    pub(super) fn news(&self, me: &Address, markers: &ReadMarkers) -> HashMap<ChannelId, ChannelNews> {
        let news = |(id, channel): (&ChannelId, &Channel)| {
            let read = markers.at(id);
            let posts = || {
                channel
                    .posts
                    .values()
                    .map(|held| &held.post)
                    .filter(|post| !post.is_deleted && !self.hidden.hides_post(post))
            };
            let others = |post: &&Arc<Post>| post.author.address.as_ref() != Some(me);
            let unread: Vec<_> = posts().filter(|post| post.published > read).filter(others).collect();
            // Where nothing that was read is held, there may be more.
            let is_more =
                !unread.is_empty() && channel.reading != Reading::Whole && posts().all(|post| post.published > read);
            let mentions = unread.iter().filter(|post| post.content.mentions(me)).count();
            let latest = posts().map(|post| post.published).max();
            (id.clone(), ChannelNews { unread: unread.len(), is_more, mentions, latest })
        };
        self.channels.iter().map(news).collect()
    }

    /// Past [`HELD`] bytes posts are let go until three quarters are left. Those go first that are newer than the page
    /// asked for last, then the oldest: so what it needs stays.
    fn shrink(&mut self) {
        if self.bytes <= HELD {
            return;
        }
        let posts = self.channels.iter().flat_map(|(id, channel)| channel.posts.values().map(move |held| (id, held)));
        let mut rank: Vec<(bool, Place, ChannelId, PostId)> = posts
            .map(|(id, held)| {
                let is_newer = self.before.is_some_and(|before| held.place >= before);
                (!is_newer, held.place, id.clone(), held.post.at.id.clone())
            })
            .collect();
        // Both kinds by age: the oldest of those that are newer would leave a hole, so these go from the top.
        rank.sort_unstable_by(|(is_needed, place, ..), (other_needed, other, ..)| {
            is_needed.cmp(other_needed).then(if *is_needed { place.cmp(other) } else { other.cmp(place) })
        });
        let most = rank.len().saturating_sub(LEAST);
        for (is_needed, place, id, post) in rank.into_iter().take(most) {
            if self.bytes <= HELD / 4 * 3 {
                break;
            }
            let Some(channel) = self.channels.get_mut(&id) else { continue };
            self.bytes -= channel.posts.remove(&post).map_or(0, |held| held.post.bytes());
            if is_needed {
                channel.depth = channel.depth.max(Some(place));
                if matches!(channel.reading, Reading::Partly(_) | Reading::Whole) {
                    channel.reading = Reading::Partly(None);
                }
            } else {
                channel.ceiling = Some(channel.ceiling.map_or(place, |ceiling| ceiling.min(place)));
            }
        }
    }
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
