//! What happened in channels: what is new, what changed, who is told.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Deed, FETCHES, News, State};
use crate::channel::{self, ChannelId, Post, PostRef};
use crate::session::backlog::Reach;
use crate::session::event::Event;
use crate::session::live::{Look, Seen};
use crate::session::memory::{Learned, is_in_place};

impl State {
    pub(super) fn polled(&mut self, channel: &ChannelId, page: Option<(Vec<Post>, bool)>, now: Instant) -> Vec<Deed> {
        let seen = page.as_ref().map(|(posts, is_whole)| Seen {
            ids: posts.iter().map(|post| post.at.id.clone()).collect(),
            is_whole: *is_whole,
        });
        // Compared with the page before, which the next line forgets.
        self.take_newest(channel, page.map(|(posts, _)| posts).unwrap_or_default(), now);
        let (gone, look) = self.live.polled(channel, seen);
        for id in gone {
            self.happened(channel::Event::Removed(PostRef::new(channel.clone(), id)), now);
        }
        if look == Look::Gap {
            self.resync(channel.clone());
        }
        Vec::new()
    }

    /// Takes in the newest posts of a channel, newest first. Those above what was there before are news: a post that
    /// stays on top by a date to come does not hide what comes below it.
    pub(super) fn take_newest(&mut self, channel: &ChannelId, posts: Vec<Post>, now: Instant) -> Vec<Arc<Post>> {
        let before = self.live.page(channel);
        let news = before
            .map_or(0, |before| posts.iter().rposition(|post| before.contains(&post.at.id)).unwrap_or(posts.len()));
        // Oldest first, as they came.
        let mut taken: Vec<_> = posts
            .into_iter()
            .enumerate()
            .rev()
            .map(|(place, post)| self.take(post, if place < news { News::Yes } else { News::No }, now))
            .collect();
        taken.reverse();
        taken
    }

    /// Takes in a whole page of the newest posts, with which the next one will be compared.
    pub(super) fn take_page(&mut self, channel: ChannelId, posts: Vec<Post>, now: Instant) -> Vec<Arc<Post>> {
        let ids = posts.iter().map(|post| post.at.id.clone()).collect();
        let posts = self.take_newest(&channel, posts, now);
        self.live.read(channel, ids);
        posts
    }

    /// Takes in what happened in a channel, and tells the pages that show it.
    pub(super) fn happened(&mut self, event: channel::Event, now: Instant) -> Vec<Deed> {
        match event {
            channel::Event::Published(post) => _ = self.take(*post, News::Yes, now),
            channel::Event::Announced(at) if self.fetching < FETCHES => {
                self.fetching += 1;
                return vec![Deed::Fetch(at)];
            }
            channel::Event::Announced(PostRef { channel, .. }) | channel::Event::Emptied(channel) => {
                self.resync(channel);
            }
            channel::Event::Closed(channel) => {
                self.resync(channel.clone());
                return vec![Deed::Forget(channel)];
            }
            channel::Event::Reconfigured(channel) => {
                let reach = self.reach(&channel, None);
                self.backlog.push(Event::Resync, reach);
                return vec![Deed::Forget(channel)];
            }
            channel::Event::PartChanged { channel, who } => {
                if self.address.as_ref() == Some(&who) {
                    self.follows.reset();
                    self.live.ask_again(&channel);
                    return vec![Deed::Forget(channel)];
                }
                return vec![Deed::Forget(channel.clone()), Deed::LookAtPeople(channel)];
            }
            channel::Event::Removed(at) => {
                let known = self.memory.forget(&at);
                self.timeline.remove(&at);
                self.not_told(&at);
                match known {
                    Some(post) if post.is_like() => self.count_likes(&post),
                    Some(post) => {
                        let reach = self.reach_of(&post);
                        self.backlog.push(Event::Removed(at), reach);
                    }
                    None => {
                        let reach = self.reach(&at.channel, Some(&at));
                        self.backlog.push(Event::Removed(at), reach);
                    }
                }
            }
        }
        Vec::new()
    }

    /// Something in a channel was missed, or all of it is gone: it is read again.
    pub(super) fn resync(&mut self, channel: ChannelId) {
        self.timeline.forget(&channel);
        let reach = self.reach(&channel, None);
        self.backlog.push(Event::Resync, reach);
    }

    /// Takes a post in, and tells the open pages of a change, or of a new post if it is news to them.
    pub(super) fn take(&mut self, post: Post, news: News, now: Instant) -> Arc<Post> {
        let (post, is_new) = match self.memory.learn(post) {
            Learned::Same(post) => {
                self.notice(&post, now);
                return post;
            }
            Learned::Hijacked(post) => {
                tracing::warn!(channel.id = %post.at.channel, "a post was overwritten by somebody else, which was refused");
                return post;
            }
            Learned::New(post) => (post, true),
            Learned::Changed(post) => (post, false),
        };
        self.notice(&post, now);
        if is_new && news == News::No {
            return post;
        }
        if post.is_like() {
            self.count_likes(&post);
            return post;
        }
        if !is_in_place(&post) {
            self.timeline.put(&post, self.clock.date(now));
        }
        let reach = self.reach_of(&post);
        let event = match (is_new, self.memory.thread_of(&post)) {
            (true, Some(to)) => Event::Replied { to, reply: Arc::clone(&post) },
            (true, None) => Event::Posted(Arc::clone(&post)),
            (false, _) => Event::Edited(Arc::clone(&post)),
        };
        self.backlog.push(event, reach);
        post
    }

    /// Who likes a post by an attachment was read anew.
    pub(super) fn note_likers(&mut self, to: PostRef, who: Vec<crate::channel::Address>) {
        if self.memory.note_likers(to.clone(), who)
            && let Some(likes) = self.memory.likes_of(&to, &self.blocks.blocks())
        {
            let reach = Reach { post: Some(to.clone()), ..Reach::default() };
            self.backlog.push(Event::Liked { to, likes }, reach);
        }
    }

    /// A like came or went.
    fn count_likes(&mut self, like: &Post) {
        let Some(to) = self.memory.thread_of(like) else { return };
        let likes = self.memory.count_likes(like, &to, &self.blocks.blocks());
        let reach = if is_in_place(like) {
            Reach { post: Some(to.clone()), ..Reach::default() }
        } else {
            self.reach(&like.at.channel, None)
        };
        self.backlog.push(Event::Liked { to, likes }, reach);
    }

    /// Who is told of a post. A reply in the channel of what it answers is shown in its thread only.
    fn reach_of(&self, post: &Post) -> Reach {
        match &post.in_reply_to {
            Some(to) if is_in_place(post) => Reach { post: Some(to.clone()), ..Reach::default() },
            _ => self.reach(&post.at.channel, Some(&post.at)),
        }
    }

    fn reach(&self, channel: &ChannelId, at: Option<&PostRef>) -> Reach {
        Reach { home: self.timeline.has(channel), channel: Some(channel.clone()), post: at.cloned(), everywhere: false }
    }
}

pub(super) fn channel_of(event: &channel::Event) -> &ChannelId {
    match event {
        channel::Event::Published(post) => &post.at.channel,
        channel::Event::Announced(at) | channel::Event::Removed(at) => &at.channel,
        channel::Event::Emptied(channel)
        | channel::Event::Closed(channel)
        | channel::Event::Reconfigured(channel)
        | channel::Event::PartChanged { channel, .. } => channel,
    }
}
