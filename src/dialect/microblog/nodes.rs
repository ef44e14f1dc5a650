//! Making nodes and keeping them as they should be, on servers that each refuse something else (XEP-0060 §8.1, §8.2).

use minidom::Element;

use super::page::ask_items;
use crate::channel::{Access, Address, ChannelId, Circle};
use crate::dialect::{discovery, get, refused, set};
use crate::xmpp::forms::Form;
use crate::xmpp::pubsub::{owner, request};
use crate::xmpp::{Ask, AskError};

/// Fields of a node's configuration.
pub type Fields<'a> = [(&'a str, &'a str)];

/// COMPAT(ejabberd 23.01): the only publish-options that both servers understand; any other fails there.
pub const OPEN: [(&str, &str); 2] = [("pubsub#access_model", "open"), ("pubsub#persist_items", "true")];

/// How a node that holds posts should be, apart from who reads it (XEP-0472 §5).
///
/// COMPAT(Movim): it passes over events without payload that come from accounts, hence `deliver_payloads`.
const KEPT: [(&str, &str); 6] = [
    ("pubsub#persist_items", "true"),
    ("pubsub#max_items", "max"),
    ("pubsub#notify_retract", "true"),
    ("pubsub#send_last_published_item", "never"),
    ("pubsub#itemreply", "publisher"),
    ("pubsub#deliver_payloads", "true"),
];

/// The answers by which servers say that they do not like the configuration, rather than the person.
const COMPLAINTS: [&str; 6] = [
    "bad-request",
    "not-acceptable",
    "resource-constraint",
    "feature-not-implemented",
    "precondition-not-met",
    "conflict",
];

/// Whether the server objects to how the node should be.
pub fn is_complaint(error: &AskError) -> bool {
    COMPLAINTS.iter().any(|condition| error.is(condition))
}

/// How a node is configured, if we own it.
pub async fn configuration(ask: &impl Ask, at: &Address, node: &str) -> Result<Form, AskError> {
    let answer = get(ask, at, owner::configuration(node)).await?;
    answer.as_ref().and_then(owner::read_configuration).ok_or_else(|| refused("item-not-found", "there is no form"))
}

/// Who may read one's own channel, as the server tells its owner.
pub async fn own_readers(ask: &impl Ask, channel: &ChannelId) -> Result<(Access, Option<Circle>), AskError> {
    let form = configuration(ask, &channel.address, channel.node.as_str()).await?;
    let model = form.get("pubsub#access_model").unwrap_or_default();
    Ok((discovery::access(model), discovery::circle(model)))
}

/// What came of making a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It is new, and ours.
    Made,
    /// It was there; whose it is remains to be seen.
    Existed,
}

/// Makes a node. A server that does not like the whole configuration is offered the essential part, first with the
/// creation and then after it.
pub async fn create(
    ask: &impl Ask,
    at: &Address,
    node: &str,
    whole: &Fields<'_>,
    essential: &Fields<'_>,
) -> Result<Creation, AskError> {
    for fields in [whole, essential] {
        match set(ask, at, request::create(node, fields)).await {
            Ok(_) => return Ok(Creation::Made),
            Err(error) if exists(&error) => return Ok(Creation::Existed),
            Err(error) if is_complaint(&error) => {}
            Err(error) => return Err(error),
        }
    }
    match set(ask, at, request::create(node, &[])).await {
        Ok(_) => {}
        Err(error) if exists(&error) => return Ok(Creation::Existed),
        Err(error) => return Err(error),
    }
    match set(ask, at, owner::configure(node, essential)).await {
        Ok(_) => Ok(Creation::Made),
        Err(error) => {
            // A node that is not as it must be would only stand in the way.
            let _ = set(ask, at, owner::delete(node)).await;
            Err(error)
        }
    }
}

/// Whether a creation failed because the node is there.
fn exists(error: &AskError) -> bool {
    error.is("conflict") && !error.is("precondition-not-met")
}

/// Brings the fields that the server knows to the wanted values: all at once, and if it does not like that one by one.
/// Says whether all of them are as wanted now.
pub async fn adjust(ask: &impl Ask, at: &Address, node: &str, form: &Form, wanted: &Fields<'_>) -> bool {
    let differs = |(var, value): &(&str, &str)| form.has(var) && form.get(var).is_none_or(|is| !same(is, value));
    let changes: Vec<(&str, &str)> = wanted.iter().copied().filter(differs).collect();
    if changes.is_empty() || set(ask, at, owner::configure(node, &changes)).await.is_ok() {
        return true;
    }
    let mut is_all = true;
    for change in &changes {
        is_all &= changes.len() > 1 && set(ask, at, owner::configure(node, &[*change])).await.is_ok();
    }
    is_all
}

fn same(is: &str, wanted: &str) -> bool {
    let boolean = |value: &str| match value {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    };
    is == wanted || boolean(is).is_some() && boolean(is) == boolean(wanted)
}

/// Sees to it that one's own channel exists and keeps all posts; says who may read it.
///
/// A new one is open. One that exists and holds something stays as closed as it is: to open it would show older posts
/// to everybody, which nobody asked for.
pub async fn own_channel(ask: &impl Ask, channel: &ChannelId) -> Result<Access, AskError> {
    let (at, node) = (&channel.address, channel.node.as_str());
    match configuration(ask, at, node).await {
        Ok(form) => {
            let model = form.get("pubsub#access_model").unwrap_or_default();
            let mut access = discovery::access(model);
            if access == Access::Restricted && is_empty(ask, channel).await && adjust(ask, at, node, &form, &OPEN).await
            {
                access = Access::Open;
            }
            adjust(ask, at, node, &form, &KEPT).await;
            Ok(access)
        }
        Err(AskError::Stanza { .. }) => {
            let whole: Vec<(&str, &str)> = OPEN.iter().chain(&KEPT[1..]).copied().collect();
            match create(ask, at, node, &whole, &OPEN).await {
                Ok(_) => own_channel_made(ask, channel).await,
                Err(AskError::Stanza { .. }) => Ok(Access::Unknown),
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

/// What the server made of the wishes for a new channel.
async fn own_channel_made(ask: &impl Ask, channel: &ChannelId) -> Result<Access, AskError> {
    match configuration(ask, &channel.address, channel.node.as_str()).await {
        Ok(form) => {
            adjust(ask, &channel.address, channel.node.as_str(), &form, &KEPT).await;
            Ok(discovery::access(form.get("pubsub#access_model").unwrap_or_default()))
        }
        Err(AskError::Stanza { .. }) => Ok(Access::Unknown),
        Err(error) => Err(error),
    }
}

async fn is_empty(ask: &impl Ask, channel: &ChannelId) -> bool {
    ask_items(ask, channel, Some(1), None).await.is_ok_and(|items| items.items.is_empty())
}

/// Publishes one item into a node as it is, or only if it is like `options` say.
pub async fn publish(
    ask: &impl Ask,
    channel: &ChannelId,
    id: &str,
    payload: Element,
    options: &Fields<'_>,
) -> Result<(), AskError> {
    let request = request::publish(channel.node.as_str(), id, payload, options);
    set(ask, &channel.address, request).await.map(|_| ())
}
