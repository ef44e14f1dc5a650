//! Requests are read strictly: what is not understood is refused, never passed over (XEP-0060 §5 to §8).

use jid::{BareJid, Jid};
use minidom::Element;

use super::{OWNER, PUBSUB, RSM};
use crate::hosting::form::{self, Answer};
use crate::hosting::pubsub::access::Affiliation;
use crate::hosting::pubsub::node::{NODE_CONFIG, PUBLISH_OPTIONS};
use crate::hosting::pubsub::{Fields, Operation, Page, bounds};
use crate::hosting::stanza::{StanzaError, to_text};

/// Whether an IQ reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `get`
    Get,
    /// `set`
    Set,
}

fn bad(text: &str) -> StanzaError {
    StanzaError::new("bad-request").text(text)
}

fn node_name(element: &Element) -> Result<String, StanzaError> {
    let name = element.attr("node").filter(|name| !name.is_empty());
    Ok(name.ok_or_else(|| StanzaError::new("bad-request").pubsub("nodeid-required"))?.to_owned())
}

fn optional_name(element: &Element) -> Option<String> {
    element.attr("node").filter(|name| !name.is_empty()).map(str::to_owned)
}

fn address(element: &Element) -> Result<Jid, StanzaError> {
    let text = element.attr("jid").ok_or_else(|| StanzaError::new("bad-request").pubsub("jid-required"))?;
    Jid::new(text).map_err(|_| StanzaError::new("bad-request").pubsub("invalid-jid"))
}

/// Reads a request; `pubsub` is the child of the IQ.
pub fn read(verb: Verb, pubsub: &Element) -> Result<Operation, StanzaError> {
    if pubsub.texts().any(|text| !text.trim().is_empty()) {
        return Err(bad("There is text between the elements."));
    }
    let is_owner = pubsub.ns() == OWNER;
    let space = if is_owner { OWNER } else { PUBSUB };
    let mut page = None;
    let mut action = None;
    let mut companion = None;
    for child in pubsub.children() {
        if child.is("set", RSM) && page.is_none() {
            page = Some(read_page(child)?);
        } else if child.ns() != space {
            return Err(bad("An element of a foreign namespace is in the request."));
        } else if matches!(child.name(), "configure" | "publish-options" | "options") && action.is_some() {
            if companion.replace(child).is_some() {
                return Err(bad("There are too many elements in the request."));
            }
        } else if action.replace(child).is_some() {
            return Err(bad("There are too many elements in the request."));
        }
    }
    let action = action.ok_or_else(|| bad("The request is empty."))?;
    let expected = match action.name() {
        "create" => Some("configure"),
        "publish" => Some("publish-options"),
        "subscribe" if companion.is_some() => return Err(StanzaError::unsupported("subscription-options")),
        _ => None,
    };
    if companion.is_some_and(|companion| Some(companion.name()) != expected) {
        return Err(bad("These elements do not go together."));
    }
    if is_owner { read_owner(verb, action) } else { read_public(verb, action, companion, page) }
}

fn read_public(
    verb: Verb,
    action: &Element,
    companion: Option<&Element>,
    page: Option<Page>,
) -> Result<Operation, StanzaError> {
    Ok(match (verb, action.name()) {
        (Verb::Set, "create") => Operation::Create {
            node: optional_name(action),
            configuration: companion.map(|form| inner_form(form, NODE_CONFIG)).transpose()?.flatten(),
        },
        (Verb::Set, "publish") => read_publish(action, companion)?,
        (Verb::Set, "retract") => {
            let node = node_name(action)?;
            let mut items = action.children();
            let (item, None) = (items.next(), items.next()) else {
                return Err(bad("One item is retracted at a time."));
            };
            let id = item.filter(|item| item.is("item", PUBSUB)).and_then(|item| item.attr("id"));
            let id = id.ok_or_else(|| StanzaError::new("bad-request").pubsub("item-required"))?.to_owned();
            let notify = match action.attr("notify") {
                Some("true" | "1") => true,
                None | Some("false" | "0") => false,
                Some(_) => return Err(bad("notify is a boolean.")),
            };
            Operation::Retract { node, id, notify }
        }
        (Verb::Get, "items") => {
            if action.attr("subid").is_some() {
                return Err(StanzaError::new("not-acceptable").pubsub("invalid-subid"));
            }
            let max_items = match action.attr("max_items") {
                Some(text) => Some(text.parse().map_err(|_| bad("max_items is a number."))?),
                None => None,
            };
            let mut ids = Vec::new();
            for item in action.children() {
                let id = item.attr("id").filter(|_| item.is("item", PUBSUB));
                ids.push(id.ok_or_else(|| bad("An item without an id is asked for."))?.to_owned());
            }
            Operation::Items { node: node_name(action)?, ids, max_items, page }
        }
        (Verb::Set, "subscribe") => Operation::Subscribe { node: node_name(action)?, jid: address(action)? },
        (Verb::Set, "unsubscribe") => {
            if action.attr("subid").is_some() {
                return Err(StanzaError::new("not-acceptable").pubsub("invalid-subid"));
            }
            Operation::Unsubscribe { node: node_name(action)?, jid: address(action)? }
        }
        (Verb::Get, "subscriptions") => Operation::Subscriptions { node: optional_name(action) },
        (Verb::Get, "affiliations") => Operation::Affiliations { node: optional_name(action) },
        (Verb::Get, "default") => return Err(StanzaError::unsupported("subscription-options")),
        (_, "options") => return Err(StanzaError::unsupported("subscription-options")),
        _ => return Err(bad("There is no such request.")),
    })
}

fn read_publish(action: &Element, companion: Option<&Element>) -> Result<Operation, StanzaError> {
    let node = node_name(action)?;
    let mut items = action.children();
    let item = items.next().ok_or_else(|| StanzaError::new("bad-request").pubsub("item-required"))?;
    if items.next().is_some() {
        return Err(StanzaError::new("not-allowed").pubsub("max-items-exceeded"));
    }
    if !item.is("item", PUBSUB) {
        return Err(StanzaError::new("bad-request").pubsub("item-required"));
    }
    let mut payloads = item.children();
    let payload = payloads.next().map(to_text);
    if payloads.next().is_some() || item.texts().any(|text| !text.trim().is_empty()) {
        return Err(StanzaError::new("bad-request").pubsub("invalid-payload"));
    }
    let options = companion.map(|form| inner_form(form, PUBLISH_OPTIONS)).transpose()?.flatten();
    Ok(Operation::Publish { node, id: item.attr("id").map(str::to_owned), payload, options })
}

fn read_owner(verb: Verb, action: &Element) -> Result<Operation, StanzaError> {
    Ok(match (verb, action.name()) {
        (Verb::Get, "default") => Operation::DefaultConfiguration,
        (Verb::Get, "configure") => Operation::Configuration { node: node_name(action)? },
        (Verb::Set, "configure") => {
            let form = action.children().next().ok_or_else(|| bad("The form is missing."))?;
            Operation::Configure { node: node_name(action)?, answer: form::read(form, NODE_CONFIG)? }
        }
        (Verb::Set, "delete") => {
            if action.children().next().is_some() {
                return Err(StanzaError::new("feature-not-implemented").text("Nodes cannot be moved."));
            }
            Operation::Delete { node: node_name(action)? }
        }
        (Verb::Set, "purge") => Operation::Purge { node: node_name(action)? },
        (Verb::Get, "affiliations") => Operation::Affiliates { node: node_name(action)? },
        (Verb::Set, "affiliations") => {
            let mut changes = Vec::new();
            for child in action.children().filter(|child| child.is("affiliation", OWNER)) {
                let word = child.attr("affiliation").and_then(Affiliation::parse);
                let word = word.ok_or_else(|| bad("There is no such affiliation."))?;
                changes.push((bare(child)?, word));
            }
            if changes.is_empty() || changes.len() > bounds::IDS {
                return Err(bad("Between one and some changes are made at a time."));
            }
            Operation::SetAffiliates { node: node_name(action)?, changes }
        }
        (Verb::Get, "subscriptions") => Operation::Subscribers { node: node_name(action)? },
        (Verb::Set, "subscriptions") => {
            let mut jids = Vec::new();
            for child in action.children().filter(|child| child.is("subscription", OWNER)) {
                if child.attr("subscription") != Some("none") {
                    return Err(StanzaError::new("not-acceptable").text("Owners can end subscriptions, not make them."));
                }
                jids.push(address(child)?);
            }
            if jids.is_empty() || jids.len() > bounds::IDS {
                return Err(bad("Between one and some changes are made at a time."));
            }
            Operation::EndSubscriptions { node: node_name(action)?, jids }
        }
        _ => return Err(bad("There is no such request.")),
    })
}

fn bare(element: &Element) -> Result<BareJid, StanzaError> {
    match address(element)?.try_into_full() {
        Ok(_) => Err(StanzaError::new("bad-request").pubsub("invalid-jid")),
        Err(bare) => Ok(bare),
    }
}

fn inner_form(element: &Element, form_type: &str) -> Result<Option<Fields>, StanzaError> {
    match element.children().next() {
        None => Ok(None),
        Some(form) => match form::read(form, form_type)? {
            Answer::Submit(fields) => Ok(Some(fields)),
            Answer::Cancel => Ok(None),
        },
    }
}

/// Reads `<set/>` of XEP-0059.
pub fn read_page(set: &Element) -> Result<Page, StanzaError> {
    let mut page = Page::default();
    for child in set.children().filter(|child| child.ns() == RSM) {
        let text = child.text();
        let number = || text.trim().parse::<usize>().map_err(|_| bad("The page is not a number."));
        match child.name() {
            "max" => page.max = Some(number()?),
            "index" => page.index = Some(number()?),
            "after" if text.is_empty() => {}
            "after" => page.after = Some(text),
            "before" => page.before = Some(text),
            _ => return Err(bad("There is no such way to choose a page.")),
        }
    }
    Ok(page)
}
