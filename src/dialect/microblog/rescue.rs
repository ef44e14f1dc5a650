//! When a page is too large for our bounds: the good items are fetched in smaller parts, down to one by one, so that an
//! oversize item costs only itself.

use super::page::{Listed, ask_items};
use super::read;
use super::token::{Token, Way};
use crate::channel::ChannelId;
use crate::dialect::{Problem, get};
use crate::xmpp::disco;
use crate::xmpp::pubsub::{Items, Window, answer, request};
use crate::xmpp::{Ask, AskError};

/// How many requests one page may cost.
const MAX_REQUESTS: usize = 64;
/// How many items are tried at each end of the list of ids to learn its direction.
const MAX_PROBES: usize = 3;

/// Where single items can be asked for. Positions count from the newest.
enum Source {
    /// By these ids, newest first.
    Ids { ids: Vec<String>, newest_first: bool },
    /// By position in a result set; so many there are.
    Index { count: usize },
}

/// The items after a token, or the newest.
pub async fn list(
    ask: &impl Ask,
    channel: &ChannelId,
    before: Option<&Token>,
    size: usize,
) -> Result<Listed, AskError> {
    if let Some(Token { way: Way::Index(end), .. }) = before {
        return fetch(ask, channel, &Source::Index { count: *end }, 0, before.map_or(0, |token| token.seen), size)
            .await;
    }
    let direction = before.and_then(|token| match token.way {
        Way::Ids { newest_first } => Some(newest_first),
        _ => None,
    });
    let seen = before.map_or(0, |token| token.seen);
    match ids(ask, channel, direction).await? {
        Some(source @ Source::Ids { .. }) => {
            let start = start(&source, before);
            return fetch(ask, channel, &source, start, seen, size).await;
        }
        Some(source) => return fetch(ask, channel, &source, seen, seen, size).await,
        None => {}
    }
    match ask_items(ask, channel, Some(1), Some(&Window::Count)).await {
        Ok(Items { set: Some(set), .. }) if set.count.is_some() => {
            let source = Source::Index { count: set.count.unwrap_or_default() };
            fetch(ask, channel, &source, seen, seen, size).await
        }
        _ => shrink(ask, channel, before, size).await,
    }
}

/// The ids of a node's items, where the server tells them.
async fn ids(ask: &impl Ask, channel: &ChannelId, direction: Option<bool>) -> Result<Option<Source>, AskError> {
    let listed = match get(ask, &channel.address, disco::items(Some(channel.node.as_str()))).await {
        Ok(answer) => answer.as_ref().and_then(disco::read_items),
        Err(AskError::Disconnected) => return Err(AskError::Disconnected),
        Err(_) => None,
    };
    let mut ids: Vec<String> = listed.unwrap_or_default().into_iter().filter_map(|item| item.name).collect();
    if ids.is_empty() {
        return Ok(None);
    }
    let newest_first = match direction {
        Some(direction) => direction,
        None => is_newest_first(ask, channel, &ids).await?,
    };
    if !newest_first {
        ids.reverse();
    }
    Ok(Some(Source::Ids { ids, newest_first }))
}

/// Servers disagree about the order, so the dates of the first and the last item decide.
async fn is_newest_first(ask: &impl Ask, channel: &ChannelId, ids: &[String]) -> Result<bool, AskError> {
    let first = date_of_any(ask, channel, ids.iter().take(MAX_PROBES)).await?;
    let last = date_of_any(ask, channel, ids.iter().rev().take(MAX_PROBES)).await?;
    Ok(match (first, last) {
        (Some(first), Some(last)) => first >= last,
        _ => true,
    })
}

async fn date_of_any<'a>(
    ask: &impl Ask,
    channel: &ChannelId,
    ids: impl Iterator<Item = &'a String> + Send,
) -> Result<Option<jiff::Timestamp>, AskError> {
    for id in ids {
        match by_id(ask, channel, &[id]).await {
            Ok(items) => {
                let posts = items.items.iter().filter_map(|item| read::item(channel, item).ok());
                if let Some(post) = posts.into_iter().next() {
                    return Ok(Some(post.published));
                }
            }
            Err(AskError::TooLarge | AskError::Stanza { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

async fn by_id(ask: &impl Ask, channel: &ChannelId, ids: &[&str]) -> Result<Items, AskError> {
    let request = request::items_by_id(channel.node.as_str(), ids);
    let items = answer::read_items(get(ask, &channel.address, request).await?);
    if items.is_cut { Err(AskError::TooLarge) } else { Ok(items) }
}

fn start(source: &Source, before: Option<&Token>) -> usize {
    let (Source::Ids { ids, .. }, Some(token)) = (source, before) else { return 0 };
    ids.iter().position(|id| *id == token.oldest).map_or(token.seen.min(ids.len()), |position| position + 1)
}

/// Fetches `size` items from `start` on: all at once, and where that is too large by halves.
async fn fetch(
    ask: &impl Ask,
    channel: &ChannelId,
    source: &Source,
    start: usize,
    seen: usize,
    size: usize,
) -> Result<Listed, AskError> {
    let total = source.len();
    let end = (start + size).min(total);
    let mut listed = Listed::default();
    let mut parts = vec![(start, end)];
    let mut reached = start;
    for _ in 0..MAX_REQUESTS {
        let Some((from, to)) = parts.pop() else { break };
        reached = from;
        if from >= to {
            continue;
        }
        match source.ask(ask, channel, from, to).await {
            Ok(mut items) => listed.items.append(&mut items),
            Err(AskError::TooLarge) if to - from == 1 => {
                let id = source.id(from).and_then(|id| crate::channel::PostId::new(id).ok());
                listed.problems.push(Problem::TooLarge { id });
            }
            Err(AskError::TooLarge) => {
                let middle = from + (to - from) / 2;
                parts.push((middle, to));
                parts.push((from, middle));
                continue;
            }
            Err(error) => return Err(error),
        }
        reached = to;
    }
    if reached < total {
        let oldest = reached.checked_sub(1).and_then(|last| source.id(last)).unwrap_or_default();
        let way = match source {
            Source::Ids { newest_first, .. } => Way::Ids { newest_first: *newest_first },
            Source::Index { .. } => Way::Index(total - reached),
        };
        listed.older = Some(Token { seen: seen + reached - start, oldest, way });
    }
    Ok(listed)
}

impl Source {
    fn len(&self) -> usize {
        match self {
            Source::Ids { ids, .. } => ids.len(),
            Source::Index { count } => *count,
        }
    }

    fn id(&self, position: usize) -> Option<String> {
        match self {
            Source::Ids { ids, .. } => ids.get(position).cloned(),
            Source::Index { .. } => None,
        }
    }

    /// The items of these positions, newest first.
    async fn ask(
        &self,
        ask: &impl Ask,
        channel: &ChannelId,
        from: usize,
        to: usize,
    ) -> Result<Vec<crate::xmpp::pubsub::Item>, AskError> {
        match self {
            Source::Ids { ids, .. } => {
                let wanted: Vec<&str> = ids[from..to].iter().map(String::as_str).collect();
                let mut items = by_id(ask, channel, &wanted).await?.items;
                // Servers differ in the order of what was asked by id; ours is the one of the list.
                items.sort_by_key(|item| wanted.iter().position(|id| Some(*id) == item.id.as_deref()));
                Ok(items)
            }
            Source::Index { count } => {
                let window = Window::Index { max: to - from, index: count - to };
                let mut items = ask_items(ask, channel, None, Some(&window)).await?.items;
                items.reverse();
                Ok(items)
            }
        }
    }
}

/// The last resort, where neither ids nor positions can be had: as many of the newest as fit.
async fn shrink(ask: &impl Ask, channel: &ChannelId, before: Option<&Token>, size: usize) -> Result<Listed, AskError> {
    let (seen, oldest) = before.map_or((0, ""), |token| (token.seen, token.oldest.as_str()));
    let mut size = size / 2;
    while size > 0 {
        match ask_items(ask, channel, Some(seen + size), None).await {
            Ok(Items { mut items, .. }) => {
                items.reverse();
                let known = items.iter().position(|item| item.id.as_deref() == Some(oldest)).map_or(seen, |at| at + 1);
                let items = items.split_off(known.min(items.len()));
                return Ok(Listed { items, problems: vec![Problem::TooLarge { id: None }], older: None });
            }
            Err(AskError::TooLarge) => size /= 2,
            Err(error) => return Err(error),
        }
    }
    Ok(Listed { problems: vec![Problem::TooLarge { id: None }], ..Listed::default() })
}
