//! What anybody may ask a pubsub service (XEP-0060 §§5 to 7, result sets of XEP-0059).

use minidom::Element;

use super::{NODE_CONFIG, NS, PUBLISH_OPTIONS, RSM};
use crate::xmpp::element::{element, text_element};
use crate::xmpp::forms;

/// Which part of a node's items is wanted, in the words of XEP-0059.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Window<'a> {
    /// The last page: the newest items.
    Last {
        /// At most so many.
        max: usize,
    },
    /// The page before a token of the server's.
    Before {
        /// At most so many.
        max: usize,
        /// Opaque: ejabberd's are timestamps, others' are item ids.
        token: &'a str,
    },
    /// From a position, counted from the oldest.
    Index {
        /// At most so many.
        max: usize,
        /// The position of the first.
        index: usize,
    },
    /// No items, only how many there are.
    Count,
}

fn pubsub(child: Element) -> Element {
    let mut pubsub = Element::bare("pubsub", NS);
    pubsub.append_child(child);
    pubsub
}

/// The newest `max` items, for servers without result sets; with `window` also in the words of those that have them.
pub fn items(node: &str, max: Option<usize>, window: Option<&Window<'_>>) -> Element {
    let max = max.map(|max| max.to_string());
    let mut attributes = vec![("node", node)];
    attributes.extend(max.as_deref().map(|max| ("max_items", max)));
    let mut request = pubsub(element("items", NS, &attributes));
    if let Some(window) = window {
        request.append_child(result_set(window));
    }
    request
}

fn result_set(window: &Window<'_>) -> Element {
    let mut set = Element::bare("set", RSM);
    let mut say = |name: &str, text: &str| {
        set.append_child(text_element(name, RSM, text));
    };
    match window {
        Window::Last { max } => {
            say("max", &max.to_string());
            say("before", "");
        }
        Window::Before { max, token } => {
            say("max", &max.to_string());
            say("before", token);
        }
        Window::Index { max, index } => {
            say("max", &max.to_string());
            say("index", &index.to_string());
        }
        Window::Count => say("max", "0"),
    }
    set
}

/// Items by their ids.
pub fn items_by_id(node: &str, ids: &[&str]) -> Element {
    let mut items = element("items", NS, &[("node", node)]);
    for id in ids {
        items.append_child(element("item", NS, &[("id", id)]));
    }
    pubsub(items)
}

/// Publishes one item. With options the server refuses it unless the node is like that (XEP-0060 §7.1.5).
pub fn publish(node: &str, id: &str, payload: Element, options: &[(&str, &str)]) -> Element {
    let mut item = element("item", NS, &[("id", id)]);
    item.append_child(payload);
    let mut publish = element("publish", NS, &[("node", node)]);
    publish.append_child(item);
    let mut request = pubsub(publish);
    if !options.is_empty() {
        let mut element = Element::bare("publish-options", NS);
        element.append_child(forms::submit(PUBLISH_OPTIONS, options));
        request.append_child(element);
    }
    request
}

/// Takes one item away and tells the followers.
pub fn retract(node: &str, id: &str) -> Element {
    let mut retract = element("retract", NS, &[("node", node), ("notify", "true")]);
    retract.append_child(element("item", NS, &[("id", id)]));
    pubsub(retract)
}

/// Makes a node, configured from the start.
pub fn create(node: &str, configuration: &[(&str, &str)]) -> Element {
    let mut request = pubsub(element("create", NS, &[("node", node)]));
    if !configuration.is_empty() {
        let mut configure = Element::bare("configure", NS);
        configure.append_child(forms::submit(NODE_CONFIG, configuration));
        request.append_child(configure);
    }
    request
}

/// Follows a node; with a bare JID for good, with a full one for as long as that stream lives.
pub fn subscribe(node: &str, subscriber: &jid::Jid) -> Element {
    pubsub(element("subscribe", NS, &[("node", node), ("jid", subscriber.as_str())]))
}

/// Stops following a node.
pub fn unsubscribe(node: &str, subscriber: &jid::Jid, subid: Option<&str>) -> Element {
    let mut attributes = vec![("node", node), ("jid", subscriber.as_str())];
    attributes.extend(subid.map(|subid| ("subid", subid)));
    pubsub(element("unsubscribe", NS, &attributes))
}

/// Asks which nodes of a service one follows.
pub fn subscriptions() -> Element {
    pubsub(Element::bare("subscriptions", NS))
}

/// Asks what one may do at the nodes of a service.
pub fn affiliations() -> Element {
    pubsub(Element::bare("affiliations", NS))
}
