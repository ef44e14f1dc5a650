//! What a channel service tells unasked: the channel is named by the node, the sender is the service.

use std::collections::HashSet;

use minidom::Element;

use super::{Buddycloud, entry, loose, names};
use crate::channel::{ChannelId, Event, PostRef};
use crate::dialect::Problem;

/// How many things one message may tell.
const MAX_TOLD: usize = 200;

const SUBSCRIBE_AUTHORIZATION: &str = "http://jabber.org/protocol/pubsub#subscribe_authorization";

/// Reads a message. Whether the sender may speak for these channels is for the caller to check.
pub fn read(at: &Buddycloud, message: &Element) -> Vec<Event> {
    if message.name() != "message" || message.attr("type") == Some("error") {
        return Vec::new();
    }
    let mut events = loose::children(message, "event");
    let mut told = match (events.next(), events.next()) {
        (Some(event), None) => event.children().take(MAX_TOLD).flat_map(|child| read_notice(at, child)).collect(),
        (None, _) => read_request(message).into_iter().collect::<Vec<_>>(),
        // Which one was meant?
        (Some(_), Some(_)) => Vec::new(),
    };
    told.truncate(MAX_TOLD);
    told
}

fn read_notice(at: &Buddycloud, notice: &Element) -> Vec<Event> {
    if notice.name() == "affiliations" {
        // COMPAT(buddycloud-server-java): the node stands at the list, or at each of its entries.
        let entries = loose::children(notice, "affiliation").take(MAX_TOLD);
        return entries.filter_map(|entry| part_changed(entry.attr("node").or(notice.attr("node"))?, entry)).collect();
    }
    let Some((channel, kind)) = notice.attr("node").and_then(names::read_node) else { return Vec::new() };
    let is_posts = kind == "posts";
    match notice.name() {
        "items" if is_posts => read_items(at, &channel, notice),
        "items" | "purge" if kind == names::STATUS || kind == names::PLACE => vec![Event::Reconfigured(channel)],
        "purge" if is_posts => vec![Event::Emptied(channel)],
        "delete" if is_posts => vec![Event::Closed(channel)],
        "configuration" if is_posts => vec![Event::Reconfigured(channel)],
        "subscription" => notice.attr("node").and_then(|node| part_changed(node, notice)).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// What was published and taken away. Of a post that was taken away node sends the place that is left, too.
fn read_items(at: &Buddycloud, channel: &ChannelId, list: &Element) -> Vec<Event> {
    let mut removed = HashSet::new();
    let mut told = Vec::new();
    for child in list.children().take(MAX_TOLD) {
        let id = child.attr("id").and_then(names::post_id);
        let is_item = child.name() == "item";
        if !is_item && child.name() != "retract" {
            continue;
        }
        let read = if is_item { entry::item(channel, child, at.files()) } else { Err(Problem::NotAPost) };
        match (read, id) {
            (Ok(post), _) if !post.is_deleted => told.push(Event::Published(Box::new(post))),
            // An item without anything in it, or one that was too large to be let through.
            (Err(Problem::TooLarge { .. } | Problem::NotAPost), Some(id)) if is_item => {
                if child.children().all(|inside| inside.name() == "cut") {
                    told.push(Event::Announced(PostRef::new(channel.clone(), id)));
                }
            }
            (Err(_), Some(_)) if is_item => {}
            (_, Some(id)) => {
                if removed.insert(id.clone()) {
                    told.push(Event::Removed(PostRef::new(channel.clone(), id)));
                }
            }
            (_, None) => {}
        }
    }
    told
}

fn part_changed(node: &str, entry: &Element) -> Option<Event> {
    let channel = names::read_posts_node(node)?;
    Some(Event::PartChanged { channel, who: entry::address(entry.attr("jid")?)? })
}

/// The form by which a service asks an owner to let somebody in. COMPAT(buddycloud-server): it asks those who wait,
/// too; so it is only a sign that the lists have changed.
fn read_request(message: &Element) -> Option<Event> {
    let fields = loose::Fields::of_forms(message);
    (fields.get("FORM_TYPE").as_deref() == Some(SUBSCRIBE_AUTHORIZATION)).then_some(())?;
    let channel = names::read_posts_node(&fields.get("pubsub#node")?)?;
    Some(Event::PartChanged { channel, who: entry::address(&fields.get("pubsub#subscriber_jid")?)? })
}
