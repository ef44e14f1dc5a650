//! What servers tell unasked, in the words of the project (XEP-0060 §7.1.2, Movim's habits).

use minidom::Element;

use super::read;
use crate::channel::{Address, ChannelId, Event, Node, PostId, PostRef};
use crate::xmpp::pubsub::Item;
use crate::xmpp::pubsub::event::{self, Happening, Notice};

/// Movim's test whether it may publish: an item that comes and goes.
const TEST_ITEM: &str = "test_post";

/// Reads a message. The channel's address is the sender's; whether that sender is one that we asked is for the caller.
pub fn read(message: &Element) -> Vec<Event> {
    let from = message.attr("from").and_then(|from| from.parse::<jid::Jid>().ok());
    let Some(address) = from.map(|from| from.to_bare()) else { return Vec::new() };
    event::read(message).into_iter().flat_map(|notice| read_notice(&address, notice)).collect()
}

fn read_notice(address: &Address, notice: Notice) -> Vec<Event> {
    let Ok(node) = Node::new(notice.node) else { return Vec::new() };
    let channel = ChannelId::new(address.clone(), node);
    match notice.what {
        Happening::Purged => vec![Event::Emptied(channel)],
        Happening::Deleted => vec![Event::Closed(channel)],
        Happening::Configured => vec![Event::Reconfigured(channel)],
        Happening::Items { items, retracted } => {
            let published = items.iter().filter_map(|item| read_item(&channel, item));
            let removed = retracted.into_iter().filter(|id| id != TEST_ITEM).filter_map(|id| PostId::new(id).ok());
            let removed = removed.map(|id| Event::Removed(PostRef::new(channel.clone(), id)));
            published.chain(removed).collect()
        }
    }
}

/// An item with what is in it, or only its name: then it must be fetched.
fn read_item(channel: &ChannelId, item: &Item) -> Option<Event> {
    if item.payload.is_empty() {
        let id = PostId::new(item.id.as_deref().filter(|id| *id != TEST_ITEM)?).ok()?;
        return Some(Event::Announced(PostRef::new(channel.clone(), id)));
    }
    read::item(channel, item).ok().map(|post| Event::Published(Box::new(post)))
}
