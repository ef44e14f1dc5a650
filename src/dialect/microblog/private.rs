//! What only the account itself may read: private nodes in its own PEP (XEP-0223).

use minidom::Element;

use super::{nodes, page};
use crate::channel::{Address, ChannelId, Node, PostId, PostRef};
use crate::dialect::refused;
use crate::xmpp::{Ask, AskError};

const PRIVATE: [(&str, &str); 2] = [("pubsub#access_model", "whitelist"), ("pubsub#persist_items", "true")];
const KEPT: [(&str, &str); 3] =
    [("pubsub#max_items", "max"), ("pubsub#send_last_published_item", "never"), ("pubsub#notify_retract", "true")];

/// How a server says that there is nothing: nobody made the node, or it keeps nothing for accounts.
pub const NOTHING: [&str; 3] = ["item-not-found", "feature-not-implemented", "service-unavailable"];

/// A node of an account.
pub fn place(me: &Address, node: &str) -> ChannelId {
    ChannelId::new(me.clone(), Node::new(node).expect("the name is short and has no control characters"))
}

/// Sees to it that a node is private. Without this a server would make one that contacts may read, and that keeps only
/// one item.
pub async fn keep(ask: &impl Ask, me: &Address, node: &str) -> Result<(), AskError> {
    match nodes::configuration(ask, me, node).await {
        Ok(form) => {
            if !nodes::adjust(ask, me, node, &form, &PRIVATE).await {
                return Err(refused("not-acceptable", "the server does not keep this private"));
            }
            nodes::adjust(ask, me, node, &form, &KEPT).await;
            Ok(())
        }
        Err(AskError::Stanza { .. }) => {
            let whole: Vec<(&str, &str)> = PRIVATE.iter().chain(&KEPT).copied().collect();
            match nodes::create(ask, me, node, &whole, &PRIVATE).await {
                // A server that cannot make it so may still do it while publishing, whose options are binding.
                Ok(_) | Err(AskError::Stanza { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// Publishes into a node that is private; refused if it is not.
pub async fn publish(ask: &impl Ask, me: &Address, node: &str, id: &str, payload: Element) -> Result<(), AskError> {
    nodes::publish(ask, &place(me, node), id, payload, &PRIVATE).await
}

/// The same, and makes the node private where it is not there or not like that.
pub async fn write(ask: &impl Ask, me: &Address, node: &str, id: &str, payload: Element) -> Result<(), AskError> {
    match publish(ask, me, node, id, payload.clone()).await {
        Err(AskError::Stanza { .. }) => {}
        done => return done,
    }
    keep(ask, me, node).await?;
    publish(ask, me, node, id, payload).await
}

/// What one item holds; `None` if there is no such item.
pub async fn read(ask: &impl Ask, me: &Address, node: &str, id: &str) -> Result<Option<Element>, AskError> {
    let id = PostId::new(id).expect("the id is short and has no control characters");
    match page::item(ask, &PostRef::new(place(me, node), id)).await {
        Ok(item) => Ok(item.filter(|item| !item.is_cut).and_then(|item| item.payload.into_iter().next())),
        Err(error) if NOTHING.iter().any(|condition| error.is(condition)) => Ok(None),
        Err(error) => Err(error),
    }
}
