//! The list of followed channels in the account's own PEP, where Movim looks for it (in the manner of XEP-0330).
//!
//! The node's name says "public", but this is the private one of Movim's two lists: only the account may read it.

use minidom::Element;
use ring::digest;

use super::{nodes, page};
use crate::channel::{Address, ChannelId, Node};
use crate::dialect::{Followed, Following, refused, set, shortened};
use crate::xmpp::element::{element, only_child, text_element};
use crate::xmpp::pubsub::{Item, request};
use crate::xmpp::{Ask, AskError};

const NODE: &str = "urn:xmpp:pubsub:movim-public-subscription";
const NS: &str = "urn:xmpp:pubsub:subscription:0";

/// How many channels are read from the list.
const MAX: usize = 2_000;
/// The longest title, in characters.
const MAX_TITLE: usize = 500;

const PRIVATE: [(&str, &str); 2] = [("pubsub#access_model", "whitelist"), ("pubsub#persist_items", "true")];
const KEPT: [(&str, &str); 3] =
    [("pubsub#max_items", "max"), ("pubsub#send_last_published_item", "never"), ("pubsub#notify_retract", "true")];

/// How a server says that there is no list: nobody made one, or it keeps nothing for accounts.
const NO_LIST: [&str; 3] = ["item-not-found", "feature-not-implemented", "service-unavailable"];

/// The state of a subscription (XEP-0060 §4.2), as an attribute of ours on an item of the list: the owner has yet to
/// agree. Movim does not look at it.
const PENDING: (&str, &str) = ("subscription", "pending");

fn place(me: &Address) -> ChannelId {
    ChannelId::new(me.clone(), Node::new(NODE).expect("the name is short and has no control characters"))
}

/// COMPAT(Movim): it finds its own items by this id, a SHA-1 of server, node and account.
pub fn id(me: &Address, channel: &ChannelId) -> String {
    let name = format!("{}<{}<{me}", channel.address, channel.node);
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, name.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The channels on the list. An account without one has none.
pub async fn read(ask: &impl Ask, me: &Address) -> Result<Vec<Followed>, AskError> {
    match page::list(ask, &place(me), None, MAX).await {
        Ok(listed) => Ok(listed.items.iter().filter_map(read_item).collect()),
        Err(error) if NO_LIST.iter().any(|condition| error.is(condition)) => Ok(Vec::new()),
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

/// Puts a channel on the list, if the server keeps the list private; otherwise it is refused.
pub async fn add(
    ask: &impl Ask,
    me: &Address,
    channel: &ChannelId,
    title: Option<&str>,
    following: Following,
) -> Result<(), AskError> {
    keep_private(ask, me).await?;
    let mut attributes = vec![("server", channel.address.as_str()), ("node", channel.node.as_str())];
    attributes.extend((following == Following::Pending).then_some(PENDING));
    let mut subscription = element("subscription", NS, &attributes);
    if let Some(title) = title {
        subscription.append_child(text_element("title", NS, &shortened(title, MAX_TITLE)));
    }
    nodes::publish(ask, &place(me), &id(me, channel), subscription, &PRIVATE).await
}

/// Without this a server would make a node that contacts may read, and that keeps only one item.
async fn keep_private(ask: &impl Ask, me: &Address) -> Result<(), AskError> {
    match nodes::configuration(ask, me, NODE).await {
        Ok(form) => {
            if !nodes::adjust(ask, me, NODE, &form, &PRIVATE).await {
                return Err(refused("not-acceptable", "the server does not keep the list private"));
            }
            nodes::adjust(ask, me, NODE, &form, &KEPT).await;
            Ok(())
        }
        Err(AskError::Stanza { .. }) => {
            let whole: Vec<(&str, &str)> = PRIVATE.iter().chain(&KEPT).copied().collect();
            match nodes::create(ask, me, NODE, &whole, &PRIVATE).await {
                // A server that cannot make it so may still do it while publishing, whose options are binding.
                Ok(_) | Err(AskError::Stanza { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
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
