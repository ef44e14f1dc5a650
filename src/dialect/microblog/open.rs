//! What everybody may read of an account beside its channel: open nodes in its own PEP.

use minidom::Element;

use super::{nodes, private};
use crate::channel::Address;
use crate::xmpp::{Ask, AskError};

const OPEN: [(&str, &str); 2] = [("pubsub#access_model", "open"), ("pubsub#persist_items", "true")];

/// Publishes into an open node, and makes it so where it is not there or not like that: a server by itself makes nodes that
/// only contacts may read. One that cannot be opened takes the item all the same: whoever may read it does.
pub async fn publish(ask: &impl Ask, me: &Address, node: &str, id: &str, payload: Element) -> Result<(), AskError> {
    match nodes::configuration(ask, me, node).await {
        Ok(form) => _ = nodes::adjust(ask, me, node, &form, &OPEN).await,
        Err(AskError::Stanza { .. }) => match nodes::create(ask, me, node, &OPEN, &OPEN[..1]).await {
            Ok(_) | Err(AskError::Stanza { .. }) => {}
            Err(error) => return Err(error),
        },
        Err(error) => return Err(error),
    }
    nodes::publish(ask, &private::place(me, node), id, payload, &[]).await
}
