//! Everything new in all followed channels, in one question.

use std::collections::HashSet;

use jiff::Timestamp;

use super::page::newest_first;
use super::{Buddycloud, entry, loose, names, request};
use crate::dialect::{Recent, get, not_offered};
use crate::xmpp::{Ask, AskError};

/// How many posts are read, and in how many requests.
const MAX_POSTS: usize = 1_000;
const MAX_ROUNDS: usize = 5;

/// What is new since a moment.
///
/// COMPAT(buddycloud-server): it fails with an error of its database for whoever follows exactly one channel.
/// COMPAT(buddycloud-server-java): it answers twice, of which the first counts, and names a node several times.
pub async fn recent(
    ask: &impl Ask,
    at: &Buddycloud,
    since: Timestamp,
    per_channel: usize,
    most: usize,
) -> Result<Recent, AskError> {
    let since = since.to_string();
    let (mut posts, mut seen) = (Vec::new(), HashSet::new());
    let (mut after, mut read): (Option<String>, usize) = (None, 0);
    let mut is_whole = false;
    for _ in 0..MAX_ROUNDS {
        let answer = match get(ask, at.address(), request::recent(&since, per_channel, after.as_deref())).await {
            Ok(answer) => answer,
            Err(AskError::Stanza { .. }) if posts.is_empty() => return Err(not_offered()),
            Err(AskError::Stanza { .. }) => break,
            Err(error) => return Err(error),
        };
        let Some(answer) = answer else {
            is_whole = true;
            break;
        };
        let before = seen.len();
        for list in loose::children(&answer, "items") {
            let Some(channel) = list.attr("node").and_then(names::read_posts_node) else { continue };
            for item in loose::children(list, "item").take(MAX_POSTS) {
                read += 1;
                let post = entry::item(&channel, item, at.files()).ok().filter(|post| !post.is_deleted);
                posts.extend(post.filter(|post| seen.insert(post.at.clone())));
            }
        }
        let set = loose::result_set(&answer).unwrap_or_default();
        let last = set.last;
        is_whole =
            set.count.is_some_and(|count| read >= count) || seen.len() == before || last.is_none() || last == after;
        if is_whole || posts.len() >= most.min(MAX_POSTS) {
            break;
        }
        after = last;
    }
    newest_first(&mut posts);
    is_whole &= posts.len() <= MAX_POSTS;
    posts.truncate(MAX_POSTS);
    Ok(Recent { posts, is_whole })
}
