//! Replies: the node that holds them, reading and writing them (XEP-0277 §4).

use jiff::Timestamp;

use super::nodes::Creation;
use super::publish::own_post;
use super::{comments_node, compose, follow, nodes, page};
use crate::channel::{Address, ChannelId, Draft, Post, PostId, PostRef};
use crate::dialect::{Learned, Page, Services, refused};
use crate::xmpp::{Ask, AskError};

/// How many replies to a post are read.
const MAX_REPLIES: usize = 500;
/// How many places are tried for a node of replies.
const MAX_PLACES: usize = 4;

/// How a node for replies should be: everybody may read and write, and the server says who wrote.
const WANTED: [(&str, &str); 8] = [
    ("pubsub#access_model", "open"),
    ("pubsub#publish_model", "open"),
    ("pubsub#persist_items", "true"),
    ("pubsub#max_items", "max"),
    ("pubsub#itemreply", "publisher"),
    ("pubsub#notify_retract", "true"),
    ("pubsub#deliver_payloads", "true"),
    ("pubsub#send_last_published_item", "never"),
];

/// The replies to a post, newest first.
pub async fn replies(ask: &impl Ask, to: &Post) -> Result<Page, AskError> {
    let Some(channel) = &to.replies else { return Ok(Page::default()) };
    let listed = page::list(ask, channel, None, MAX_REPLIES).await?;
    Ok(page::read_page(channel, listed))
}

/// Publishes a reply.
pub async fn reply(ask: &impl Ask, me: &Address, to: &Post, draft: &Draft, now: Timestamp) -> Result<Post, AskError> {
    let Some(channel) = &to.replies else {
        return Err(refused("feature-not-implemented", "this post takes no replies"));
    };
    let at = PostRef::new(channel.clone(), draft.id.clone());
    let entry = compose::reply(&at, me, draft, now);
    nodes::publish(ask, channel, at.id.as_str(), entry.clone(), &[]).await?;
    own_post(&at, me, entry)
}

/// Likes a post in Movim's manner: a reply of one heart.
pub async fn like(ask: &impl Ask, me: &Address, to: &Post, id: &PostId, now: Timestamp) -> Result<Post, AskError> {
    reply(ask, me, to, &Draft::new(id.clone(), "♥".to_owned(), "<p>♥</p>".to_owned()), now).await
}

/// Makes the node for the replies to a post, at the best place that lets us; `None` if none does.
///
/// Best is a service, because there the server can say who wrote; PEP on Prosody never does. COMPAT(Prosody 0.12): a
/// stock component lets only its administrators make nodes, so that one's own account is what is left.
pub async fn make(
    ask: &impl Ask,
    me: &Address,
    services: &Services,
    post: &PostRef,
    learned: &mut Vec<Learned>,
) -> Option<ChannelId> {
    let node = comments_node(&post.id)?;
    for place in places(me, services, &post.channel) {
        match nodes::create(ask, &place, node.as_str(), &WANTED, &WANTED[..3]).await {
            Ok(Creation::Made) => {
                learned.push(Learned::MayCreate(place.clone(), true));
                return Some(ChannelId::new(place, node));
            }
            // From the first time that this draft was sent, or somebody else's, who would then rule over the replies.
            Ok(Creation::Existed) => {
                if nodes::configuration(ask, &place, node.as_str()).await.is_ok() {
                    return Some(ChannelId::new(place, node));
                }
            }
            Err(AskError::Disconnected) => return None,
            Err(error) => {
                tracing::debug!(service.jid = %place, %error, "no node for replies can be made there");
                if ["forbidden", "not-allowed", "not-authorized"].iter().any(|condition| error.is(condition)) {
                    learned.push(Learned::MayCreate(place, false));
                }
            }
        }
    }
    None
}

fn places(me: &Address, services: &Services, channel: &ChannelId) -> Vec<Address> {
    let usable = |address: &Address| {
        let known = services.replies.iter().chain(&services.channels).find(|service| service.address == *address);
        known.is_none_or(|service| service.may_create != Some(false))
    };
    let mut places: Vec<Address> = Vec::new();
    let replies = services.replies.iter().map(|service| &service.address);
    let beside = Some(&channel.address).filter(|_| !channel.is_personal());
    let others = services.channels.iter().map(|service| &service.address);
    for address in replies.chain(beside).chain(others).filter(|address| usable(address)).take(MAX_PLACES - 1) {
        if !places.contains(address) {
            places.push(address.clone());
        }
    }
    places.push(me.clone());
    places
}

/// Lets the author of a post hear of the replies.
pub async fn watch(ask: &impl Ask, me: &Address, replies: &ChannelId) {
    if let Err(error) = follow::subscribe(ask, &me.clone().into(), replies).await {
        tracing::debug!(channel.id = %replies, %error, "the author could not subscribe to the replies");
    }
}
