//! The posts that a session has seen lately: what tells a new post from an edit, and an edit from a hijack.

use std::sync::Arc;

use lru::LruCache;

use crate::channel::{Address, Author, Blocks, ChannelId, Post, PostRef, Standing};
use crate::dialect::microblog::is_comments_node;

/// Bytes of posts remembered per session: a thousand ordinary posts, or a dozen of the longest.
const HELD: usize = 1024 * 1024;

/// Threads whose place of replies is remembered per session.
const THREADS: usize = 1000;

/// Posts of which is remembered who likes them by an attachment, at most 500 people each.
const LIKED: usize = 100;

/// What a post that was read turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Learned {
    /// Not seen before.
    New(Arc<Post>),
    /// Seen, and different now.
    Changed(Arc<Post>),
    /// Seen just so.
    Same(Arc<Post>),
    /// Somebody else wrote over it: it is refused and the known one stays (XEP-0060 lets an open node do this).
    Hijacked(Arc<Post>),
}

/// See the module.
pub(super) struct Memory {
    // Unbounded in name only: an LRU with a bound allocates for it at once, and most sessions stay small.
    posts: LruCache<PostRef, Arc<Post>>,
    bytes: usize,
    threads: LruCache<ChannelId, PostRef>,
    likers: LruCache<PostRef, Vec<Address>>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Memory { posts: LruCache::unbounded(), bytes: 0, threads: LruCache::unbounded(), likers: LruCache::unbounded() }
    }

    /// Takes a post in and says what it is compared with what was known.
    pub(super) fn learn(&mut self, post: Post) -> Learned {
        if let Some(known) = self.posts.get(&post.at) {
            if **known == post {
                return Learned::Same(Arc::clone(known));
            }
            if is_another(&known.author, &post.author) {
                return Learned::Hijacked(Arc::clone(known));
            }
        }
        // Replies that stand in the channel itself are known by what they answer.
        if let Some(replies) = post.replies.as_ref().filter(|replies| **replies != post.at.channel) {
            // Whoever names a place of replies later does not take it from who named it first.
            if !self.threads.contains(replies) {
                self.note_thread(replies.clone(), post.at.clone());
            }
        }
        let post = Arc::new(post);
        self.bytes += post.bytes();
        let before = self.posts.put(post.at.clone(), Arc::clone(&post));
        self.bytes -= before.as_ref().map_or(0, |before| before.bytes());
        while self.bytes > HELD {
            let Some((_, oldest)) = self.posts.pop_lru() else { break };
            self.bytes -= oldest.bytes();
        }
        if before.is_some() { Learned::Changed(post) } else { Learned::New(post) }
    }

    /// The post, if it was seen lately.
    pub(super) fn get(&mut self, at: &PostRef) -> Option<Arc<Post>> {
        self.posts.get(at).cloned()
    }

    /// The newest posts with a tag, replies left out; at most so many.
    pub(super) fn tagged(&self, tag: &str, most: usize) -> Vec<Arc<Post>> {
        let is_reply = |post: &Post| is_in_place(post) || is_comments_node(post.at.channel.node.as_str());
        let has_tag = |post: &Post| post.tags.iter().any(|known| known == tag);
        let posts = self.posts.iter().map(|(_, post)| post);
        let mut posts: Vec<_> =
            posts.filter(|post| has_tag(post) && !is_reply(post) && !post.is_deleted).cloned().collect();
        posts.sort_by_key(|post| std::cmp::Reverse(post.published));
        posts.truncate(most);
        posts
    }

    /// Forgets a post that was taken away.
    pub(super) fn forget(&mut self, at: &PostRef) -> Option<Arc<Post>> {
        let post = self.posts.pop(at)?;
        self.bytes -= post.bytes();
        Some(post)
    }

    /// How many people like a post, as far as they were seen; `like` is one of the replies that say so, or said so.
    pub(super) fn count_likes(&self, like: &Post, to: &PostRef, blocks: &Blocks) -> usize {
        let is_beside =
            |post: &&Post| post.at.channel == like.at.channel && (!is_in_place(like) || liked(post) == liked(like));
        self.count(to, is_beside, blocks)
    }

    /// How many people like a post that was seen, as far as they were seen.
    pub(super) fn likes_of(&self, to: &PostRef, blocks: &Blocks) -> Option<usize> {
        let replies = self.posts.peek(to)?.replies.clone();
        Some(self.count(to, |post| replies.as_ref() == Some(&post.at.channel) && !is_in_place(post), blocks))
    }

    fn count(&self, to: &PostRef, is_beside: impl Fn(&&Post) -> bool, blocks: &Blocks) -> usize {
        let replies = self.posts.iter().map(|(_, post)| &**post).filter(is_beside).filter(|post| post.is_like());
        let by_reply = replies.filter_map(|reply| reply.author.address.as_ref());
        let attached = self.likers.peek(to).into_iter().flatten();
        let people = by_reply.chain(attached).filter(|who| !blocks.hides(who));
        people.collect::<std::collections::HashSet<_>>().len()
    }

    /// Notes who likes a post by an attachment; says whether that is news.
    pub(super) fn note_likers(&mut self, to: PostRef, who: Vec<Address>) -> bool {
        let before = self.likers.put(to, who.clone());
        if self.likers.len() > LIKED {
            self.likers.pop_lru();
        }
        before.unwrap_or_default() != who
    }

    /// Notes where the replies to a post stand that somebody reads.
    pub(super) fn note_thread(&mut self, replies: ChannelId, post: PostRef) {
        self.threads.put(replies, post);
        if self.threads.len() > THREADS {
            self.threads.pop_lru();
        }
    }

    /// The post that another one answers; `None` if it is no reply.
    pub(super) fn thread_of(&mut self, post: &Post) -> Option<PostRef> {
        if is_in_place(post) {
            return liked(post).filter(|_| post.is_like()).or(post.in_reply_to.as_ref()).cloned();
        }
        self.threads.get(&post.at.channel).cloned()
    }
}

/// Whether a post is a reply that stands in the same channel as what it answers, as Buddycloud keeps them.
pub(super) fn is_in_place(post: &Post) -> bool {
    post.at.channel.is_buddycloud() && post.in_reply_to.is_some()
}

/// What a like in the same channel is about: not always the head of the thread.
fn liked(post: &Post) -> Option<&PostRef> {
    post.about.as_ref().or(post.in_reply_to.as_ref())
}

/// Whether two versions of one item are known to be by two people.
fn is_another(known: &Author, now: &Author) -> bool {
    let is_vouched = |author: &Author| author.standing != Standing::Unverified;
    match (is_vouched(known), is_vouched(now)) {
        (true, true) => known.address != now.address,
        // Nobody vouches for the newcomer, so it may not take the place of one who was vouched for.
        (true, false) => true,
        (false, _) => known.address != now.address && known.address.is_some(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::channel::{Content, PostId};

    fn post(author: &str, standing: Standing, text: &str) -> Post {
        Post {
            at: PostRef::new(ChannelId::parse("pubsub.example.org/news").unwrap(), PostId::new("one").unwrap()),
            author: Author { address: Some(author.parse().unwrap()), name: None, standing },
            content: Content { text: Some(text.to_owned()), ..Content::default() },
            published: jiff::Timestamp::UNIX_EPOCH,
            updated: jiff::Timestamp::UNIX_EPOCH,
            tags: Vec::new(),
            links: Vec::new(),
            replies: None,
            in_reply_to: None,
            about: None,
            rating: None,
            place: None,
            is_deleted: false,
        }
    }

    #[test]
    fn what_is_remembered_is_bounded_by_its_size() {
        let mut memory = Memory::new();
        let text = "x".repeat(HELD / 10);
        let names: Vec<_> = (0..30).map(|number| PostId::new(format!("post-{number}")).unwrap()).collect();
        for id in &names {
            let mut post = post("alice@example.org", Standing::Verified, &text);
            post.at.id = id.clone();
            memory.learn(post);
        }
        let channel = ChannelId::parse("pubsub.example.org/news").unwrap();
        let kept = names.iter().filter(|id| memory.get(&PostRef::new(channel.clone(), (*id).clone())).is_some());
        assert_eq!(kept.count(), 9);
        let newest = PostRef::new(channel, names[29].clone());
        memory.forget(&newest).unwrap();
        assert!(memory.get(&newest).is_none());
    }

    #[test]
    fn a_later_post_does_not_take_a_thread_over() {
        let mut memory = Memory::new();
        let replies = ChannelId::parse("pubsub.example.org/urn:xmpp:microblog:0:comments/one").unwrap();
        let mut first = post("alice@example.org", Standing::Verified, "first");
        first.replies = Some(replies.clone());
        let mut thief = post("mallory@example.org", Standing::Verified, "second");
        thief.at.id = PostId::new("two").unwrap();
        thief.replies = Some(replies.clone());
        memory.learn(first.clone());
        memory.learn(thief);
        let mut reply = post("bob@example.org", Standing::Verified, "third");
        reply.at.channel = replies;
        assert_eq!(memory.thread_of(&reply), Some(first.at));
    }

    #[test]
    fn an_edit_is_told_from_a_repeat_and_from_a_hijack() {
        let mut memory = Memory::new();
        let mine = post("alice@example.org", Standing::Verified, "first");
        assert!(matches!(memory.learn(mine.clone()), Learned::New(_)));
        assert!(matches!(memory.learn(mine), Learned::Same(_)));
        let edited = post("alice@example.org", Standing::Verified, "second");
        assert!(matches!(memory.learn(edited), Learned::Changed(_)));
        for thief in [
            post("mallory@example.org", Standing::Verified, "mine now"),
            post("alice@example.org", Standing::Unverified, "believe me"),
        ] {
            let Learned::Hijacked(kept) = memory.learn(thief) else { panic!("accepted a hijack") };
            assert_eq!(kept.content.text.as_deref(), Some("second"));
        }
    }
}
