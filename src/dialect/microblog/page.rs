//! Pages of posts, from servers with result sets and without (XEP-0059, XEP-0060 §6.5).
//!
//! Servers give items oldest first; an edit moves an item to the newest place on Prosody and leaves it where it is on
//! ejabberd. So a page is always put in order here, by the posts' own dates.

use std::collections::HashSet;

use super::token::{Token, Way};
use super::{read, rescue};
use crate::channel::{ChannelId, Post, PostRef, Standing};
use crate::dialect::{Page, Problem, get, refused};
use crate::xmpp::pubsub::{Item, Items, Window, answer, request};
use crate::xmpp::{Ask, AskError};

/// The largest page.
const MAX_SIZE: usize = 100;
/// How many items may have been added while somebody leafs, without making a page smaller (servers without result
/// sets).
const SLACK: usize = 8;

/// A part of a node's items.
#[derive(Debug, Default)]
pub struct Listed {
    /// In the server's order turned round: newest first.
    pub items: Vec<Item>,
    /// Items that could not be had.
    pub problems: Vec<Problem>,
    /// Where to go on.
    pub older: Option<Token>,
}

/// One page of a channel.
pub async fn posts(ask: &impl Ask, channel: &ChannelId, before: Option<&str>, size: usize) -> Result<Page, AskError> {
    let before = match before {
        Some(text) => Some(Token::parse(text).ok_or_else(|| refused("item-not-found", "there is no such page"))?),
        None => None,
    };
    let listed = list(ask, channel, before.as_ref(), size.clamp(1, MAX_SIZE)).await?;
    Ok(read_page(channel, listed))
}

/// Reads listed items as posts and puts them in order.
pub fn read_page(channel: &ChannelId, listed: Listed) -> Page {
    let mut page =
        Page { problems: listed.problems, older: listed.older.map(|token| token.to_string()), ..Page::default() };
    let mut known = HashSet::new();
    for item in &listed.items {
        match read::item(channel, item) {
            Ok(post) if known.insert(post.at.id.clone()) => page.posts.push(post),
            Ok(_) | Err(Problem::NotAPost) => {}
            Err(problem) => page.problems.push(problem),
        }
    }
    // The sort is stable: of posts with the same date the server's order decides.
    page.posts.sort_by_key(|post| std::cmp::Reverse(post.published));
    page.hides_publisher = page.posts.iter().any(|post| post.author.standing == Standing::Unverified);
    page
}

/// One post.
pub async fn post(ask: &impl Ask, at: &PostRef) -> Result<Option<Post>, AskError> {
    match item(ask, at).await? {
        Some(item) if item.is_cut => Err(AskError::TooLarge),
        Some(item) => Ok(read::item(&at.channel, &item).ok()),
        None => Ok(None),
    }
}

/// One item.
pub async fn item(ask: &impl Ask, at: &PostRef) -> Result<Option<Item>, AskError> {
    let id = at.id.as_str();
    let request = request::items_by_id(at.channel.node.as_str(), &[id]);
    let answer = match get(ask, &at.channel.address, request).await {
        Err(error) if error.is("item-not-found") => return Ok(None),
        answer => answer?,
    };
    let items = answer::read_items(answer);
    if items.is_cut {
        return Err(AskError::TooLarge);
    }
    Ok(items.items.into_iter().find(|item| item.id.as_deref() == Some(id)))
}

/// A part of a node's items: the newest, or what is older than a token.
pub async fn list(
    ask: &impl Ask,
    channel: &ChannelId,
    before: Option<&Token>,
    size: usize,
) -> Result<Listed, AskError> {
    let listed = match before {
        None => newest(ask, channel, size).await,
        Some(token) => match &token.way {
            Way::Set(set) => older_by_set(ask, channel, token, set, size).await,
            Way::Count => older_by_count(ask, channel, token, size).await,
            Way::Ids { .. } | Way::Index(_) => Err(AskError::TooLarge),
        },
    };
    match listed {
        Err(AskError::TooLarge) => rescue::list(ask, channel, before, size).await,
        listed => listed,
    }
}

/// Asks for items; an incomplete list is as good as none.
pub async fn ask_items(
    ask: &impl Ask,
    channel: &ChannelId,
    max: Option<usize>,
    window: Option<&Window<'_>>,
) -> Result<Items, AskError> {
    let request = request::items(channel.node.as_str(), max, window);
    let items = answer::read_items(get(ask, &channel.address, request).await?);
    if items.is_cut { Err(AskError::TooLarge) } else { Ok(items) }
}

/// The first page asks in both languages at once; whether a result set comes back tells which one was understood.
/// One item more than needed shows whether there are older ones.
async fn newest(ask: &impl Ask, channel: &ChannelId, size: usize) -> Result<Listed, AskError> {
    let answer = ask_items(ask, channel, Some(size + 1), Some(&Window::Last { max: size })).await?;
    let knows_sets = answer.set.as_ref().is_some_and(|set| set.first.is_some());
    if knows_sets && answer.items.len() <= size + 1 {
        return Ok(from_set(answer, 0, size));
    }
    Ok(from_newest(answer.items, 0, size))
}

async fn older_by_set(
    ask: &impl Ask,
    channel: &ChannelId,
    token: &Token,
    set: &str,
    size: usize,
) -> Result<Listed, AskError> {
    let answer = ask_items(ask, channel, None, Some(&Window::Before { max: size, token: set })).await?;
    // A server that gives the same page again would be asked for ever.
    if answer.set.as_ref().and_then(|answer| answer.first.as_deref()) == Some(set) {
        return Ok(Listed::default());
    }
    Ok(from_set(answer, token.seen, size))
}

fn from_set(mut answer: Items, seen: usize, size: usize) -> Listed {
    answer.items.reverse();
    let set = answer.set.unwrap_or_default();
    let given = answer.items.len();
    let is_last = match (set.index, set.count) {
        (Some(index), _) => index == 0,
        (None, Some(count)) => seen + given >= count,
        (None, None) => given < size,
    };
    let older = set.first.filter(|_| !is_last && given > 0);
    let older = older.map(|set| Token { seen: seen + given, oldest: oldest(&answer.items), way: Way::Set(set) });
    Listed { items: answer.items, problems: Vec::new(), older }
}

/// The newest `size` of a list, oldest first, whose every item is new to the reader.
fn from_newest(mut items: Vec<Item>, seen: usize, size: usize) -> Listed {
    items.reverse();
    let has_more = items.len() > size;
    items.truncate(size);
    let older = has_more.then(|| Token { seen: seen + items.len(), oldest: oldest(&items), way: Way::Count });
    Listed { items, problems: Vec::new(), older }
}

fn oldest(items: &[Item]) -> String {
    items.last().and_then(|item| item.id.clone()).unwrap_or_default()
}

/// COMPAT(Prosody 0.12): the newest so many are all that can be asked for, so those that were seen come again.
async fn older_by_count(ask: &impl Ask, channel: &ChannelId, token: &Token, size: usize) -> Result<Listed, AskError> {
    let wanted = token.seen + size + 1 + SLACK;
    let mut items = ask_items(ask, channel, Some(wanted), None).await?.items;
    let is_all = items.len() < wanted;
    let unseen = end_of_unseen(&items, token);
    let given = items.len() - unseen;
    items.truncate(unseen);
    let mut listed = from_newest(items, given, size);
    if listed.older.is_none() && !is_all && !listed.items.is_empty() {
        // Many were added meanwhile: this page is short, and there is more behind it.
        listed.older = Some(Token { seen: given + listed.items.len(), oldest: oldest(&listed.items), way: Way::Count });
    }
    Ok(listed)
}

/// Where, in a list that is oldest first, the items begin that were seen. The oldest seen item marks the place, unless
/// it was taken away, or edited and thereby moved; then their number does, and an item may be shown twice.
fn end_of_unseen(items: &[Item], token: &Token) -> usize {
    let marked = items.iter().position(|item| item.id.as_deref() == Some(token.oldest.as_str()));
    match marked {
        Some(position) if items.len() - position > token.seen / 2 => position,
        _ => items.len().saturating_sub(token.seen),
    }
}
