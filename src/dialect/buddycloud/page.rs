//! Reading: pages of posts without their replies, one post, the replies to it.
//!
//! A node holds posts and replies alike, in an order that cannot be relied on: java moves the head of a thread up with
//! each reply. So pages go forward only, by the last item that was seen; what is in them is put in order here.

use std::collections::{HashMap, HashSet};

use minidom::Element;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::request::{self, Which};
use super::{Buddycloud, entry, loose, names};
use crate::channel::{ChannelId, Post, PostId, PostRef};
use crate::dialect::{Page, Problem, Software, get};
use crate::xmpp::element::has_cut;
use crate::xmpp::pubsub::{ResultSet, request::items_by_id};
use crate::xmpp::{Ask, AskError};

/// How many items are asked for at once; old servers cap what is more.
pub const AT_ONCE: usize = 50;
/// How many requests one page of posts takes at most, where replies fill the answers.
const MAX_ROUNDS: usize = 8;
/// How many requests are made in search of replies, or of a post that its server calls otherwise.
const MAX_WALK: usize = 4;
/// How many replies to a post are read.
const MAX_REPLIES: usize = 500;
/// How many items are read from one answer.
pub const MAX_ITEMS: usize = 2_000;
/// How long a chain of replies to replies is followed up.
const MAX_CHAIN: usize = 20;
/// The longest token that is read, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

/// The items of an answer, of whatever nodes. COMPAT(buddycloud-server): the list may lack its node.
pub fn read_items(answer: &Element) -> Vec<&Element> {
    let lists = loose::children(answer, "items");
    lists.flat_map(|list| loose::children(list, "item")).take(MAX_ITEMS).collect()
}

/// One part of a node.
pub struct Part {
    /// What came.
    pub answer: Option<Element>,
    /// What part it is.
    pub set: Option<ResultSet>,
}

impl Part {
    fn items(&self) -> Vec<&Element> {
        self.answer.as_ref().map(read_items).unwrap_or_default()
    }
}

/// Asks for a part; where it is too large, for less and less. Gives how many were asked for, too.
pub async fn part(
    ask: &impl Ask,
    at: &Buddycloud,
    request: impl Fn(usize) -> Element,
    max: usize,
) -> Result<(Part, usize), AskError> {
    let mut max = max;
    loop {
        let cut = match get(ask, at.address(), request(max)).await {
            Ok(answer) if answer.as_ref().is_some_and(is_list_cut) => AskError::TooLarge,
            Ok(answer) => {
                let set = answer.as_ref().and_then(loose::result_set);
                return Ok((Part { answer, set }, max));
            }
            Err(AskError::TooLarge) => AskError::TooLarge,
            Err(error) => return Err(error),
        };
        if max == 1 {
            return Err(cut);
        }
        max /= 2;
    }
}

/// Whether the guard cut something out of the list itself, rather than out of an item.
fn is_list_cut(answer: &Element) -> bool {
    let is_marked = |element: &Element| element.children().any(|child| child.name() == "cut" && has_cut(child));
    is_marked(answer) || answer.children().any(is_marked)
}

/// Walks through a node: the next part follows the last item of this one.
pub struct Walk<'a> {
    channel: &'a ChannelId,
    which: Which,
    after: Option<String>,
    seen: HashSet<String>,
    /// Whether nothing comes any more.
    pub is_over: bool,
}

impl<'a> Walk<'a> {
    /// From the newest item on, or from the one after `after`.
    pub fn new(channel: &'a ChannelId, which: Which, after: Option<String>) -> Self {
        Walk { channel, which, after, seen: HashSet::new(), is_over: false }
    }

    /// The next items that were not seen yet, with their ids as written.
    pub async fn next(
        &mut self,
        ask: &impl Ask,
        at: &Buddycloud,
        max: usize,
    ) -> Result<Vec<(String, Element)>, AskError> {
        let after = self.after.clone();
        let request = |max| request::items(self.channel.node.as_str(), self.which, max, after.as_deref());
        let (part, max) = part(ask, at, request, max).await?;
        let items = part.items();
        let count = items.len();
        // A server that does not know `after` begins anew: what comes after that item is meant.
        let known = after.as_deref().map(names::local);
        let start = items.iter().position(|item| known.is_some() && id(item).map(names::local) == known);
        let fresh = items.into_iter().skip(start.map_or(0, |start| start + 1)).filter_map(|item| {
            let id = id(item)?.to_owned();
            self.seen.insert(names::local(&id).to_owned()).then(|| (id, item.clone()))
        });
        let fresh: Vec<_> = fresh.collect();
        self.is_over = fresh.is_empty() || is_last(part.set.as_ref(), count, max);
        let last = part.set.and_then(|set| set.last).filter(|_| start.is_none());
        self.after = last.or_else(|| fresh.last().map(|(id, _)| id.clone()));
        Ok(fresh)
    }
}

fn id(item: &Element) -> Option<&str> {
    item.attr("id").filter(|id| !id.is_empty())
}

/// Whether a part is the last: by what the server counts, or because it is shorter than asked for.
fn is_last(set: Option<&ResultSet>, count: usize, max: usize) -> bool {
    is_counted_last(set, count).unwrap_or(count < max)
}

/// Whether a part is the last, where the server counts.
pub fn is_counted_last(set: Option<&ResultSet>, count: usize) -> Option<bool> {
    set.and_then(|set| Some(set.index? + count >= set.count?))
}

/// One page of the posts of a channel that are no replies, newest first.
pub async fn posts(
    ask: &impl Ask,
    at: &Buddycloud,
    channel: &ChannelId,
    before: Option<&str>,
    size: usize,
) -> Result<Page, AskError> {
    let mut walk = Walk::new(channel, Which::Heads, before.and_then(read_token));
    let mut page = Page::default();
    let (mut answered, mut stubs) = (HashSet::new(), Vec::new());
    'rounds: for _ in 0..MAX_ROUNDS {
        let items = match walk.next(ask, at, AT_ONCE.max(size)).await {
            Ok(items) => items,
            Err(AskError::TooLarge) => {
                page.problems.push(Problem::TooLarge { id: None });
                break;
            }
            Err(error) => return Err(error),
        };
        let last = items.len().saturating_sub(1);
        for (position, (id, item)) in items.iter().enumerate() {
            match entry::item(channel, item, at.files()) {
                Ok(Post { in_reply_to: Some(to), .. }) => _ = answered.insert(to.id),
                Ok(post) if post.is_deleted => stubs.push(post),
                Ok(post) => page.posts.push(post),
                Err(Problem::NotAPost) => {}
                Err(problem) => page.problems.push(problem),
            }
            if page.posts.len() >= size {
                let has_more = position < last || !walk.is_over;
                page.older = has_more.then(|| token(id));
                break 'rounds;
            }
        }
        if walk.is_over {
            break;
        }
        page.older = walk.after.as_deref().map(token);
    }
    if walk.is_over && page.posts.len() < size {
        page.older = None;
    }
    // Of what was taken away a place is kept where replies remain.
    page.posts.extend(stubs.into_iter().filter(|stub| answered.contains(&stub.at.id)));
    newest_first(&mut page.posts);
    Ok(page)
}

/// One post, or the place of one that was taken away.
pub async fn post(ask: &impl Ask, at: &Buddycloud, post: &PostRef) -> Result<Option<Post>, AskError> {
    let Some(item) = item(ask, at, post).await? else { return Ok(None) };
    let Ok(mut read) = entry::item(&post.channel, &item, at.files()) else { return Ok(None) };
    // COMPAT(buddycloud-server): it lets people answer replies. The thread is that of the first post.
    if at.service().software == Software::Node
        && let Some(to) = read.in_reply_to.clone()
        && let Ok(Some(parent)) = self::item(ask, at, &to).await
        && let Ok(Post { in_reply_to: Some(head), .. }) = entry::item(&post.channel, &parent, None)
    {
        (read.in_reply_to, read.about) = (Some(head), read.about.or(Some(to)));
    }
    Ok(Some(read))
}

/// The item of a post as it stands there.
pub async fn item(ask: &impl Ask, at: &Buddycloud, post: &PostRef) -> Result<Option<Element>, AskError> {
    let is_it = |item: &Element| id(item).map(names::local) == Some(post.id.as_str());
    let request = items_by_id(post.channel.node.as_str(), &[post.id.as_str()]);
    match get(ask, at.address(), request).await {
        Ok(answer) => {
            let found =
                answer.as_ref().and_then(|answer| read_items(answer).into_iter().find(|item| is_it(item)).cloned());
            if found.is_some() {
                return Ok(found);
            }
        }
        Err(error) if error.is("item-not-found") => {}
        Err(error) => return Err(error),
    }
    // COMPAT(buddycloud-server): its copies of channels of java servers know items by their global ids only.
    if at.service().software == Software::Node && !at.is_home_of(&post.channel) {
        let mut walk = Walk::new(&post.channel, at.all(), None);
        for _ in 0..MAX_WALK {
            let items = walk.next(ask, at, AT_ONCE).await?;
            if let Some((_, item)) = items.into_iter().find(|(_, item)| is_it(item)) {
                return Ok(Some(item));
            }
            if walk.is_over {
                break;
            }
        }
    }
    Ok(None)
}

/// The replies to a post, newest first.
pub async fn replies(ask: &impl Ask, at: &Buddycloud, to: &Post) -> Result<Page, AskError> {
    if to.in_reply_to.is_some() {
        return Ok(Page::default());
    }
    let mut found = Items::default();
    let is_told = match told(ask, at, &to.at, &mut found).await {
        Ok(()) => true,
        Err(AskError::Stanza { .. }) => false,
        Err(error) => return Err(error),
    };
    // Where replies may have replies, those are told of only when asked for one by one, and a walk is shorter.
    if !is_told || at.service().software == Software::Node {
        match walked(ask, at, &to.at, &mut found).await {
            Err(error) if !is_told => return Err(error),
            _ => {}
        }
    }
    Ok(found.replies_to(&to.at))
}

/// Asks for the replies by themselves.
async fn told(ask: &impl Ask, at: &Buddycloud, head: &PostRef, found: &mut Items) -> Result<(), AskError> {
    let mut after: Option<String> = None;
    while found.posts.len() < MAX_REPLIES {
        let (node, of) = (head.channel.node.as_str(), head.id.as_str());
        let (part, max) = part(ask, at, |max| request::replies(node, of, max, after.as_deref()), AT_ONCE).await?;
        let items = part.items();
        let before = found.posts.len();
        items.iter().for_each(|item| found.take(&head.channel, item, at));
        let last = part
            .set
            .as_ref()
            .and_then(|set| set.last.clone())
            .or_else(|| items.last().and_then(|item| id(item)).map(str::to_owned));
        if found.posts.len() == before || is_last(part.set.as_ref(), items.len(), max) || last == after {
            break;
        }
        after = last;
    }
    Ok(())
}

/// Looks for them among all items, from the newest to the post itself.
async fn walked(ask: &impl Ask, at: &Buddycloud, head: &PostRef, found: &mut Items) -> Result<(), AskError> {
    let mut walk = Walk::new(&head.channel, at.all(), None);
    for _ in 0..MAX_WALK {
        let items = walk.next(ask, at, AT_ONCE).await?;
        items.iter().for_each(|(_, item)| found.take(&head.channel, item, at));
        let is_reached = items.iter().any(|(id, _)| names::local(id) == head.id.as_str());
        if walk.is_over || (is_reached && at.service().software == Software::Node) {
            break;
        }
    }
    Ok(())
}

/// Posts and replies as they come, in no order.
#[derive(Default)]
pub struct Items {
    /// What could be read.
    pub posts: HashMap<PostId, Post>,
    /// What could not; each problem once.
    pub problems: Vec<Problem>,
}

impl Items {
    /// Reads one more.
    pub fn take(&mut self, channel: &ChannelId, item: &Element, at: &Buddycloud) {
        match entry::item(channel, item, at.files()) {
            Ok(post) => _ = self.posts.insert(post.at.id.clone(), post),
            Err(Problem::NotAPost) => {}
            Err(problem) if self.problems.contains(&problem) => {}
            Err(problem) => self.problems.push(problem),
        }
    }

    /// What each of them answers.
    pub fn answers(&self) -> HashMap<PostId, PostId> {
        let answer = |post: &Post| Some((post.at.id.clone(), post.in_reply_to.as_ref()?.id.clone()));
        self.posts.values().filter_map(answer).collect()
    }

    /// The replies to a post, newest first.
    fn replies_to(self, head: &PostRef) -> Page {
        let answers = self.answers();
        let is_reply = |post: &Post| !post.is_deleted && post.at != *head;
        let is_there = |post: &Post| head_of(&answers, &post.at.id).as_ref() == Some(&head.id);
        let replies = self.posts.into_values().filter(|post| is_reply(post) && is_there(post));
        let mut posts: Vec<Post> = replies.map(|post| under(post, head)).collect();
        newest_first(&mut posts);
        posts.truncate(MAX_REPLIES);
        Page { posts, problems: self.problems, ..Page::default() }
    }
}

/// A reply with the head of its thread as what it answers; if it answers another reply, it is about that one.
pub fn under(mut reply: Post, head: &PostRef) -> Post {
    let to = reply.in_reply_to.replace(head.clone()).filter(|to| to.id != head.id);
    reply.about = reply.about.or(to);
    reply
}

/// The post at which a chain of answers ends; `None` if it bites its tail or is too long.
pub fn head_of(answers: &HashMap<PostId, PostId>, from: &PostId) -> Option<PostId> {
    let mut at = from;
    for _ in 0..MAX_CHAIN {
        match answers.get(at) {
            Some(to) => at = to,
            None => return Some(at.clone()),
        }
    }
    None
}

/// Newest first, the order among equals by id, so that it is always the same.
pub fn newest_first(posts: &mut [Post]) {
    posts.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.at.id.cmp(&b.at.id)));
}

/// The id of the last item of a page, in a form that a URL can carry.
pub fn token(id: &str) -> String {
    utf8_percent_encode(id, NON_ALPHANUMERIC).to_string().replace('%', "-")
}

/// Reads it again.
pub fn read_token(token: &str) -> Option<String> {
    if token.is_empty() || token.len() > MAX_TOKEN {
        return None;
    }
    percent_decode_str(&token.replace('-', "%")).decode_utf8().ok().map(|id| id.into_owned())
}
