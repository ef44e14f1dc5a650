//! What people attach to a post (XEP-0470): one item for each person, in a node that is named after the post.
//!
//! Who wrote the post makes the node; nobody else does, for it would be theirs (§4.1).

use jiff::Timestamp;
use minidom::Element;

use super::{nodes, page};
use crate::atom::date;
use crate::channel::reaction::{Attach, Emoji, MAX_EACH, Reaction};
use crate::channel::{Access, Address, ChannelId, Node, PostId, PostRef};
use crate::dialect::{refused, set};
use crate::xmpp::element::{element, text_element};
use crate::xmpp::pubsub::{Item, owner, request};
use crate::xmpp::{Ask, AskError};

const NS: &str = "urn:xmpp:pubsub-attachments:1";

/// How many people's attachments are read.
const MAX: usize = 500;

/// The node is like that of the post, and everybody may attach to what everybody may read.
const OPEN: [(&str, &str); 8] = [
    ("pubsub#access_model", "open"),
    ("pubsub#publish_model", "open"),
    ("pubsub#persist_items", "true"),
    ("pubsub#max_items", "max"),
    ("pubsub#itemreply", "publisher"),
    ("pubsub#notify_retract", "true"),
    ("pubsub#deliver_payloads", "true"),
    ("pubsub#send_last_published_item", "never"),
];

/// The node for a post; `None` if its name would be too long.
fn place(post: &PostRef) -> Option<ChannelId> {
    let node = Node::new(format!("{NS}/{}", post.uri())).ok()?;
    Some(ChannelId::new(post.channel.address.clone(), node))
}

/// Makes the node for a post of an open channel, where the server lets us. A service that makes these nodes itself
/// refuses.
pub async fn make(ask: &impl Ask, post: &PostRef, access: Access) {
    let Some(place) = place(post).filter(|_| access == Access::Open) else { return };
    if let Err(error) = nodes::create(ask, &place.address, place.node.as_str(), &OPEN, &OPEN[..3]).await {
        tracing::debug!(service.jid = %place.address, %error, "no node for reactions can be made there");
    }
}

/// Takes the node away with its post.
pub async fn remove(ask: &impl Ask, post: &PostRef) {
    let Some(place) = place(post) else { return };
    let _ = set(ask, &place.address, owner::delete(place.node.as_str())).await;
}

/// What people attached to a post; `None` if nothing can be.
pub async fn read(ask: &impl Ask, post: &PostRef) -> Result<Option<Vec<Reaction>>, AskError> {
    let Some(place) = place(post) else { return Ok(None) };
    match page::ask_items(ask, &place, Some(MAX), None).await {
        Ok(items) => Ok(Some(items.items.iter().rev().take(MAX).filter_map(read_item).collect())),
        Err(AskError::Stanza { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The id of an item is who attached it. Where the server tells who published it, both must be the same.
fn read_item(item: &Item) -> Option<Reaction> {
    let who: Address = item.id.as_deref()?.parse::<jid::Jid>().ok()?.to_bare();
    let publisher = item.publisher.as_deref().map(|jid| jid.parse::<jid::Jid>().map(|jid| jid.to_bare()));
    if publisher.is_some_and(|publisher| publisher.ok().as_ref() != Some(&who)) || who.node().is_none() {
        return None;
    }
    let attached = item.payload.iter().find(|payload| payload.is("attachments", NS))?;
    Some(Reaction { who, is_like: attached.has_child("noticed", NS), emoji: emoji(attached) })
}

fn emoji(attached: &Element) -> Vec<Emoji> {
    let reactions = attached.children().filter(|child| child.is("reactions", NS)).flat_map(Element::children);
    let mut emoji: Vec<Emoji> = Vec::new();
    for one in reactions.filter(|child| child.is("reaction", NS)).filter_map(|child| Emoji::new(&child.text())) {
        if !emoji.contains(&one) && emoji.len() < MAX_EACH {
            emoji.push(one);
        }
    }
    emoji
}

/// Changes what somebody attached to a post. All that is not known here stays as it is (§4.1).
pub async fn change(
    ask: &impl Ask,
    me: &Address,
    post: &PostRef,
    change: &Attach,
    now: Timestamp,
) -> Result<(), AskError> {
    let nowhere = || refused("feature-not-implemented", "this post takes no reactions");
    let place = place(post).ok_or_else(nowhere)?;
    let id = PostId::new(me.as_str()).map_err(|_| nowhere())?;
    // COMPAT(ejabberd): who publishes where there is no node makes one, which would then be theirs.
    match page::ask_items(ask, &place, Some(1), None).await {
        Ok(_) => {}
        Err(AskError::Stanza { .. }) => return Err(nowhere()),
        Err(error) => return Err(error),
    }
    let item = page::item(ask, &PostRef::new(place.clone(), id)).await?;
    if item.as_ref().is_some_and(|item| item.is_cut) {
        return Err(AskError::TooLarge);
    }
    let old = item.and_then(|item| item.payload.into_iter().find(|payload| payload.is("attachments", NS)));
    let new = changed(old.as_ref(), change, now);
    let is_empty = new.children().next().is_none();
    if is_empty && old.is_none() {
        return Ok(());
    }
    if is_empty {
        let retract = request::retract(place.node.as_str(), me.as_str());
        match set(ask, &place.address, retract).await {
            // COMPAT(Prosody 0.12): in a node where everybody may publish only its owner may take away.
            Err(AskError::Stanza { .. }) => {}
            done => return done.map(|_| ()),
        }
    }
    nodes::publish(ask, &place, me.as_str(), new, &[]).await
}

fn changed(old: Option<&Element>, change: &Attach, now: Timestamp) -> Element {
    let is_ours = |child: &&Element| child.is("noticed", NS) || child.is("reactions", NS);
    let stamp = date::whole(now).to_string();
    let mut is_like = old.is_some_and(|old| old.has_child("noticed", NS));
    let mut emoji = old.map(self::emoji).unwrap_or_default();
    match change {
        Attach::Like => is_like = true,
        Attach::Unlike => is_like = false,
        Attach::Add(one) if emoji.contains(one) || emoji.len() >= MAX_EACH => {}
        Attach::Add(one) => emoji.push(one.clone()),
        Attach::Take(one) => emoji.retain(|known| known != one),
    }
    let mut new = Element::bare("attachments", NS);
    for child in old.into_iter().flat_map(Element::children).filter(|child| !is_ours(child)) {
        new.append_child(child.clone());
    }
    if is_like {
        let before = old.and_then(|old| old.get_child("noticed", NS)).cloned();
        new.append_child(before.unwrap_or_else(|| element("noticed", NS, &[("timestamp", &stamp)])));
    }
    if !emoji.is_empty() {
        let reactions = new.append_child(element("reactions", NS, &[("timestamp", &stamp)]));
        for one in &emoji {
            reactions.append_child(text_element("reaction", NS, one.as_str()));
        }
    }
    new
}
