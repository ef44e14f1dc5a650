//! The list of followed channels in the account's own PEP, where Movim looks for it (in the manner of XEP-0330).
//!
//! The node's name says "public", but this is the private one of Movim's two lists: only the account may read it.

use minidom::Element;
use ring::digest;

use super::{page, private};
use crate::channel::{Address, ChannelId, Node};
use crate::dialect::{Followed, Following, set, shortened};
use crate::xmpp::element::{element, only_child, text_element};
use crate::xmpp::pubsub::{Item, request};
use crate::xmpp::{Ask, AskError};

const NODE: &str = "urn:xmpp:pubsub:movim-public-subscription";
const NS: &str = "urn:xmpp:pubsub:subscription:0";

/// The node of the list that others may see (XEP-0330).
const SHOWN: &str = "urn:xmpp:pubsub:subscription";

/// How many channels are read of what somebody shows.
const MAX_SHOWN: usize = 200;
/// How many channels are read from the list.
const MAX: usize = 2_000;
/// The longest title, in characters.
const MAX_TITLE: usize = 500;

/// The state of a subscription (XEP-0060 §4.2), as an attribute of ours on an item of the list: the owner has yet to
/// agree. Movim does not look at it.
const PENDING: (&str, &str) = ("subscription", "pending");

/// COMPAT(Movim): it finds its own items by this id, a SHA-1 of server, node and account.
pub fn id(me: &Address, channel: &ChannelId) -> String {
    let name = format!("{}<{}<{me}", channel.address, channel.node);
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, name.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The channels on the list. An account without one has none.
pub async fn read(ask: &impl Ask, me: &Address) -> Result<Vec<Followed>, AskError> {
    match page::list(ask, &private::place(me, NODE), None, MAX).await {
        Ok(listed) => Ok(listed.items.iter().filter_map(read_item).collect()),
        Err(error) if private::NOTHING.iter().any(|condition| error.is(condition)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn read_item(item: &Item) -> Option<Followed> {
    let [subscription] = item.payload.as_slice() else { return None };
    if item.is_cut || !subscription.is("subscription", NS) {
        return None;
    }
    let address = subscription.attr("server")?.parse().ok()?;
    let channel = ChannelId::new(address, Node::new(subscription.attr("node")?).ok()?);
    let title = only_child(subscription, "title", NS).map(Element::text);
    let title = title.map(|title| shortened(title.trim(), MAX_TITLE)).filter(|title| !title.is_empty());
    let is_pending = subscription.attr(PENDING.0) == Some(PENDING.1);
    Some(Followed { channel, title, is_pending, invited_by: None })
}

/// The channels that somebody shows to follow, to whoever may see it: the other of Movim's two lists. At most 200.
pub async fn shown(ask: &impl Ask, who: &Address) -> Result<Vec<Followed>, AskError> {
    let listed = page::list(ask, &private::place(who, SHOWN), None, MAX_SHOWN).await?;
    Ok(listed.items.iter().filter_map(read_item).collect())
}

/// Puts a channel on the list, if the server keeps the list private; otherwise it is refused.
pub async fn add(
    ask: &impl Ask,
    me: &Address,
    channel: &ChannelId,
    title: Option<&str>,
    following: Following,
) -> Result<(), AskError> {
    private::keep(ask, me, NODE).await?;
    let mut attributes = vec![("server", channel.address.as_str()), ("node", channel.node.as_str())];
    attributes.extend((following == Following::Pending).then_some(PENDING));
    let mut subscription = element("subscription", NS, &attributes);
    if let Some(title) = title {
        subscription.append_child(text_element("title", NS, &shortened(title, MAX_TITLE)));
    }
    private::publish(ask, me, NODE, &id(me, channel), subscription).await
}

/// Takes a channel off the list.
pub async fn remove(ask: &impl Ask, me: &Address, channel: &ChannelId) -> Result<(), AskError> {
    match set(ask, me, request::retract(NODE, &id(me, channel))).await {
        Ok(_) => Ok(()),
        Err(error) if error.is("item-not-found") => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_that_movim_looks_for() {
        let me: Address = "bob@example.net".parse().expect("an address");
        let alice = ChannelId::personal("alice@example.org".parse().expect("an address"));
        // printf '%s' 'alice@example.org<urn:xmpp:microblog:0<bob@example.net' | sha1sum
        assert_eq!(id(&me, &alice), "8c4645127dc592315688b33da3a53c2f7bcfd386");
    }
}
