//! The threads of a channel: posts with the replies to them, that with the latest reply first.

use std::collections::HashMap;

use minidom::Element;

use super::page::{self, Items, Walk};
use super::{Buddycloud, loose, names, request};
use crate::channel::{ChannelId, Post, PostId, PostRef};
use crate::dialect::{Problem, Software, Thread, Threads};
use crate::xmpp::{Ask, AskError};

/// How many requests are made to group what a node holds; threads that are older than all of that are not listed.
const MAX_WALK: usize = 8;
/// How many requests one page of threads takes at most.
const MAX_ROUNDS: usize = 4;

/// One page of threads. `before` is [`Threads::older`] of the page before.
pub async fn threads(
    ask: &impl Ask,
    at: &Buddycloud,
    channel: &ChannelId,
    before: Option<&str>,
    size: usize,
) -> Result<Threads, AskError> {
    let after = before.and_then(page::read_token);
    // COMPAT(buddycloud-server): it does not know the question.
    if at.service().software != Software::Node {
        match told(ask, at, channel, after.as_deref(), size).await {
            Err(AskError::Stanza { .. }) => {}
            told => return told,
        }
    }
    grouped(ask, at, channel, after.as_deref(), size).await
}

/// Asks for them by themselves, until there are enough: a service may give fewer at once than were asked for.
async fn told(
    ask: &impl Ask,
    at: &Buddycloud,
    channel: &ChannelId,
    after: Option<&str>,
    size: usize,
) -> Result<Threads, AskError> {
    let node = channel.node.as_str();
    let mut after = after.map(str::to_owned);
    let mut read = Threads::default();
    for _ in 0..MAX_ROUNDS {
        let wanted = size - read.threads.len();
        let (part, _) = page::part(ask, at, |max| request::threads(node, max, after.as_deref()), wanted).await?;
        let listed = part.answer.as_ref().map(|answer| loose::children(answer, "thread").take(wanted));
        let listed: Vec<&Element> = listed.into_iter().flatten().collect();
        listed.iter().for_each(|thread| take(&mut read, channel, thread, at));
        let last = part.set.as_ref().and_then(|set| set.last.clone());
        let last = last.or_else(|| listed.last()?.attr("id").map(str::to_owned));
        let is_over =
            listed.is_empty() || last == after || page::is_counted_last(part.set.as_ref(), listed.len()) == Some(true);
        read.older = last.as_deref().filter(|_| !is_over).map(page::token);
        if is_over || read.threads.len() >= size {
            break;
        }
        after = last;
    }
    Ok(read)
}

/// Reads one thread, in which the post stands somewhere among its replies.
fn take(read: &mut Threads, channel: &ChannelId, thread: &Element, at: &Buddycloud) {
    let mut items = Items::default();
    loose::children(thread, "item").take(page::MAX_ITEMS).for_each(|item| items.take(channel, item, at));
    read.problems.append(&mut items.problems);
    let head = thread.attr("id").and_then(|id| PostId::new(names::local(id)).ok());
    let Some(head) = head.and_then(|head| items.posts.remove(&head)) else { return };
    if read.threads.iter().any(|known| known.post.at == head.at) {
        return;
    }
    let replies: Vec<Post> = items.posts.into_values().filter(|post| !post.is_deleted).collect();
    if !head.is_deleted || !replies.is_empty() {
        read.threads.push(whole(head, replies));
    }
}

/// Replies in their order, each with the post as what it answers.
fn whole(post: Post, mut replies: Vec<Post>) -> Thread {
    page::newest_first(&mut replies);
    replies.reverse();
    let replies = replies.into_iter().map(|reply| page::under(reply, &post.at)).collect();
    Thread { post, replies }
}

/// Reads what a node holds, from the newest on, and puts replies to their posts.
async fn grouped(
    ask: &impl Ask,
    at: &Buddycloud,
    channel: &ChannelId,
    after: Option<&str>,
    size: usize,
) -> Result<Threads, AskError> {
    let mut walk = Walk::new(channel, at.all(), None);
    let mut read = Items::default();
    for _ in 0..MAX_WALK {
        match walk.next(ask, at, page::AT_ONCE).await {
            Ok(items) => items.iter().for_each(|(_, item)| read.take(channel, item, at)),
            Err(AskError::TooLarge) => {
                read.problems.push(Problem::TooLarge { id: None });
                break;
            }
            Err(error) => return Err(error),
        }
        if walk.is_over {
            break;
        }
    }
    let problems = std::mem::take(&mut read.problems);
    let mut threads = by_head(read);
    let after = after.map(names::local);
    // Where the thread that ended the page before is gone, the list begins anew.
    let start = threads.iter().position(|(head, _)| Some(head.as_str()) == after).map_or(0, |position| position + 1);
    threads.drain(..start);
    let has_more = threads.len() > size;
    threads.truncate(size);
    let older = threads.last().filter(|_| has_more).map(|(head, _)| page::token(head.as_str()));
    let mut read = Threads { threads: Vec::new(), problems, older };
    for (head, thread) in threads {
        match thread {
            Group { head: Some(post), replies } => read.threads.push(whole(post, replies)),
            // The post is older than all that was read.
            Group { head: None, replies } => {
                let post = page::post(ask, at, &PostRef::new(channel.clone(), head)).await?;
                let post = post.filter(|post| post.in_reply_to.is_none());
                read.threads.extend(post.map(|post| whole(post, replies)));
            }
        }
    }
    Ok(read)
}

/// A thread whose post may not have been read.
#[derive(Default)]
struct Group {
    head: Option<Post>,
    replies: Vec<Post>,
}

/// By their first posts, that with the latest reply first. Of what was taken away a place is kept where replies remain.
fn by_head(items: Items) -> Vec<(PostId, Group)> {
    let answers = items.answers();
    let mut groups: HashMap<PostId, Group> = HashMap::new();
    for (id, post) in items.posts {
        let Some(head) = page::head_of(&answers, &id) else { continue };
        if id == head {
            groups.entry(head).or_default().head = Some(post);
        } else if !post.is_deleted {
            groups.entry(head).or_default().replies.push(post);
        }
    }
    groups.retain(|_, group| group.head.as_ref().is_none_or(|head| !head.is_deleted) || !group.replies.is_empty());
    let mut threads: Vec<(PostId, Group)> = groups.into_iter().collect();
    let active = |group: &Group| {
        let there = group.head.iter().chain(&group.replies).filter(|post| !post.is_deleted);
        there.map(|post| post.published).max()
    };
    threads.sort_by(|(a, one), (b, other)| active(other).cmp(&active(one)).then_with(|| a.cmp(b)));
    threads
}
