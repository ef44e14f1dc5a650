//! What this person is told of: the newest notifications, what they are about, and how far they were read. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use lru::LruCache;

use crate::channel::blocks::Blocks;
use crate::channel::{Address, ChannelId, Notification, Post, PostRef, Standing, What};

/// How many notifications are kept.
const KEPT: usize = 200;

/// Own posts that are remembered, to know what answers them.
const OWN: usize = 200;

/// Places of replies to own posts that are listened to: those of the posts that were seen last.
const LISTENED: usize = 20;

/// Followers of an own channel that are told apart; of a channel with more, new ones are not told.
const FOLLOWERS: usize = 5_000;

/// Channels whose people are remembered: one's own, and those that one looks after.
const CHANNELS: usize = 100;

/// How much of a text is kept, in characters.
const WORDS: usize = 300;

struct Own {
    replies: Option<ChannelId>,
    words: Option<String>,
}

/// See the module.
pub(super) struct Notifications {
    /// Newest first.
    list: Vec<Arc<Notification>>,
    own: LruCache<PostRef, Own>,
    followers: HashMap<ChannelId, HashSet<Address>>,
    /// `None` until the server has said how far they were read.
    read: Option<Timestamp>,
}

impl Notifications {
    pub(super) fn new() -> Self {
        Notifications { list: Vec::new(), own: LruCache::unbounded(), followers: HashMap::new(), read: None }
    }

    /// All, newest first.
    pub(super) fn list(&self) -> Vec<Arc<Notification>> {
        self.list.clone()
    }

    /// How far they were read.
    pub(super) fn read(&self) -> Option<Timestamp> {
        self.read
    }

    /// They were read up to a moment.
    pub(super) fn read_up_to(&mut self, at: Timestamp) {
        self.read = self.read.max(Some(at));
    }

    /// How many are new; none before it is known what was read.
    pub(super) fn unread(&self) -> usize {
        self.read.map_or(0, |read| self.list.iter().filter(|one| one.at > read).count())
    }

    /// The places of replies to own posts that are worth listening to.
    pub(super) fn places(&self) -> impl Iterator<Item = &ChannelId> {
        let places = self.own.iter().filter_map(|(at, own)| own.replies.as_ref().filter(|place| **place != at.channel));
        places.take(LISTENED)
    }

    /// The own post whose replies stand in a place.
    pub(super) fn post_of(&self, place: &ChannelId) -> Option<&PostRef> {
        let answered = self.own.iter().find(|(at, own)| at.channel != *place && own.replies.as_ref() == Some(place));
        answered.map(|(at, _)| at)
    }

    /// A post, reply or like was seen; `head` is what it answers, as far as that is known.
    pub(super) fn see(&mut self, me: &Address, post: &Post, head: Option<PostRef>, now: Timestamp) {
        if post.author.address.as_ref() == Some(me) {
            // What somebody else published in this person's name is not theirs. A post in a personal channel that names
            // another one quotes it; elsewhere it is a reply.
            let is_post = post.in_reply_to.is_none() || post.at.channel.is_personal();
            if post.author.standing == Standing::Verified && !post.is_like() && is_post {
                let own = Own { replies: post.replies.clone(), words: words(post) };
                self.own.put(post.at.clone(), own);
                if self.own.len() > OWN {
                    self.own.pop_lru();
                }
            }
            return;
        }
        if post.is_deleted {
            return;
        }
        let Some((what, words)) = self.concern(me, post, head) else { return };
        self.add(Notification { what, who: post.author.clone(), at: post.published.min(now), words });
    }

    /// What somebody else's post is to this person, and the words it is about.
    fn concern(&self, me: &Address, post: &Post, head: Option<PostRef>) -> Option<(What, Option<String>)> {
        let at = post.at.clone();
        let answered = self.answered(post);
        if post.is_like() {
            let (own, Own { words, .. }) = answered?;
            return Some((What::Liked { post: own.clone(), like: at }, words.clone()));
        }
        let is_at_home = at.channel == ChannelId::buddycloud(me.clone());
        let what = match (answered, &post.in_reply_to) {
            (Some((own, _)), _) => What::Replied { to: own.clone(), reply: at },
            (None, Some(to)) if is_at_home => What::Replied { to: to.clone(), reply: at },
            (None, None) if is_at_home => What::Posted(at),
            _ if post.content.mentions(me) => What::Mentioned { within: head, post: at },
            _ => return None,
        };
        Some((what, words(post)))
    }

    /// The own post that a reply or a like is about.
    fn answered(&self, post: &Post) -> Option<(&PostRef, &Own)> {
        if !post.at.channel.is_buddycloud() {
            let place = &post.at.channel;
            return self.own.iter().find(|(at, own)| at.channel != *place && own.replies.as_ref() == Some(place));
        }
        // What a like is about is not always the head of its thread.
        let about =
            if post.is_like() { post.about.as_ref().or(post.in_reply_to.as_ref()) } else { post.in_reply_to.as_ref() };
        self.own.iter().find(|(at, _)| Some(*at) == about)
    }

    fn add(&mut self, new: Notification) {
        if self.list.iter().any(|known| known.is_same(&new)) {
            return;
        }
        let place = self.list.partition_point(|known| known.at > new.at);
        self.list.insert(place, Arc::new(new));
        self.list.truncate(KEPT);
    }

    /// A post, a reply or a like was taken away.
    pub(super) fn forget(&mut self, at: &PostRef) {
        self.own.pop(at);
        self.list.retain(|one| {
            let is_about = matches!(&one.what, What::Liked { post, .. } if post == at);
            one.source() != Some(at) && !is_about
        });
    }

    /// Who asks to follow a channel and who follows it, as its service tells; `None` where it does not.
    pub(super) fn people(&mut self, channel: &ChannelId, told: People, now: Timestamp) {
        if let Some(requests) = told.requests {
            self.list.retain(|one| match (&one.what, &one.who.address) {
                (What::Requested(asked), Some(who)) => asked != channel || requests.contains(who),
                _ => true,
            });
            for who in requests.into_iter().take(KEPT) {
                self.add(Notification::of_person(What::Requested(channel.clone()), who, now));
            }
        }
        let Some(followers) = told.followers.filter(|followers| followers.len() <= FOLLOWERS) else { return };
        let followers: HashSet<Address> = followers.into_iter().filter(|who| *who != channel.address).collect();
        if self.followers.len() >= CHANNELS && !self.followers.contains_key(channel) {
            return;
        }
        // Those who followed when the session first looked are nothing new.
        if let Some(known) = self.followers.insert(channel.clone(), followers.clone()) {
            for who in followers.difference(&known) {
                self.add(Notification::of_person(What::Followed(channel.clone()), who.clone(), now));
            }
        }
    }

    /// Nothing is told of somebody who is blocked.
    pub(super) fn hide(&mut self, blocks: &Blocks) {
        self.list.retain(|one| !one.who.address.as_ref().is_some_and(|who| blocks.hides(who)));
    }

    /// This person answered a request, and need not be told what came of it.
    pub(super) fn answered_request(&mut self, channel: &ChannelId, who: &Address) {
        let is_it =
            |one: &Notification| one.what == What::Requested(channel.clone()) && one.who.address.as_ref() == Some(who);
        self.list.retain(|one| !is_it(one));
        if let Some(known) = self.followers.get_mut(channel).filter(|known| known.len() < FOLLOWERS) {
            known.insert(who.clone());
        }
    }

    /// The invitations that wait, by channel and who invites.
    pub(super) fn invitations(&mut self, invitations: Vec<(ChannelId, Address)>, now: Timestamp) {
        self.list.retain(|one| match (&one.what, &one.who.address) {
            (What::Invited(to), Some(who)) => invitations.iter().any(|(channel, host)| channel == to && host == who),
            _ => true,
        });
        for (channel, host) in invitations.into_iter().take(KEPT) {
            self.add(Notification::of_person(What::Invited(channel), host, now));
        }
    }
}

/// What a service told of a channel's people.
#[derive(Debug, Default)]
pub(super) struct People {
    /// Who waits to be let in.
    pub(super) requests: Option<Vec<Address>>,
    /// Who follows it.
    pub(super) followers: Option<Vec<Address>>,
}

fn words(post: &Post) -> Option<String> {
    let text = post.content.text.as_deref().or(post.content.title.as_deref())?;
    Some(text.chars().take(WORDS).collect())
}

#[cfg(test)]
#[path = "notifications_tests.rs"]
mod tests;
