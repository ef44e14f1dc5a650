//! What is asked of a channel service beyond plain pubsub (http://buddycloud.org/v1), and in its order: newest first.

use minidom::Element;

use crate::xmpp::element::{element, text_element};
use crate::xmpp::forms;
use crate::xmpp::pubsub::{NODE_CONFIG, NS, OWNER, RSM};

/// The namespace of the extensions.
pub const BUDDYCLOUD: &str = "http://buddycloud.org/v1";

fn pubsub(child: Element) -> Element {
    let mut pubsub = Element::bare("pubsub", NS);
    pubsub.append_child(child);
    pubsub
}

/// Part of a list: at most `max`, behind the one called `after`.
///
/// `before` is never used: an empty one means the newest page to java and the oldest to node.
fn window(max: usize, after: Option<&str>) -> Element {
    let mut set = Element::bare("set", RSM);
    set.append_child(text_element("max", RSM, &max.to_string()));
    if let Some(after) = after {
        set.append_child(text_element("after", RSM, after));
    }
    set
}

/// Adds the part that is wanted to a request.
pub fn with_window(mut request: Element, max: usize, after: Option<&str>) -> Element {
    request.append_child(window(max, after));
    request
}

/// A page of a node. Servers that know how leave replies out if asked for heads only; others pass over that.
pub fn items(node: &str, which: Which, max: usize, after: Option<&str>) -> Element {
    let mut attributes = vec![("node", node)];
    match which {
        Which::Heads => attributes.push(("parent-only", "true")),
        Which::All => attributes.push(("parent-only", "false")),
        Which::Unsaid => {}
    }
    with_window(pubsub(element("items", NS, &attributes)), max, after)
}

/// Which items of a node are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them. To say so tells a service that also speaks plain pubsub which order is expected.
    All,
    /// All of them, to a service that never heard of the question.
    Unsaid,
    /// Those that answer no other.
    Heads,
}

/// The replies to a post.
pub fn replies(node: &str, id: &str, max: usize, after: Option<&str>) -> Element {
    let replies = element("replies", BUDDYCLOUD, &[("node", node), ("item_id", id)]);
    with_window(pubsub(replies), max, after)
}

/// The threads of a node, that with the latest reply first.
pub fn threads(node: &str, max: usize, after: Option<&str>) -> Element {
    with_window(pubsub(element("threads", BUDDYCLOUD, &[("node", node)])), max, after)
}

/// What is new in all followed channels, at most `max` of each.
pub fn recent(since: &str, max: usize, after: Option<&str>) -> Element {
    let max = max.to_string();
    let mut request = pubsub(element("recent-items", BUDDYCLOUD, &[("since", since), ("max", &max)]));
    if let Some(after) = after {
        let mut set = Element::bare("set", RSM);
        set.append_child(text_element("after", RSM, after));
        request.append_child(set);
    }
    request
}

/// Publishes an item.
pub fn publish(node: &str, id: &str, entry: Element) -> Element {
    crate::xmpp::pubsub::request::publish(node, id, entry, &[])
}

/// Takes an item away and tells the followers.
pub fn retract(node: &str, id: &str) -> Element {
    let mut retract = element("retract", NS, &[("node", node), ("notify", "1")]);
    retract.append_child(element("item", NS, &[("id", id)]));
    pubsub(retract)
}

/// Follows a node for as long as the stream lives (XEP-0060 §6.3.7, `pubsub#expire`).
pub fn subscribe_for_now(node: &str, subscriber: &jid::Jid) -> Element {
    let mut request = pubsub(element("subscribe", NS, &[("node", node), ("jid", subscriber.as_str())]));
    let mut options = Element::bare("options", NS);
    let form_type = "http://jabber.org/protocol/pubsub#subscribe_options";
    options.append_child(forms::submit(form_type, &[("pubsub#expire", "presence")]));
    request.append_child(options);
    request
}

/// Makes a node.
///
/// COMPAT(buddycloud-server-java): without a form that has a field besides FORM_TYPE it refuses.
pub fn create(node: &str, fields: &[(&str, &str)]) -> Element {
    let mut request = pubsub(element("create", NS, &[("node", node)]));
    let mut configure = Element::bare("configure", NS);
    configure.append_child(forms::submit(NODE_CONFIG, fields));
    request.append_child(configure);
    request
}

/// One of the lists of people at a node, `affiliations` or `subscriptions`, as its owner asks for it.
pub fn people(list: &str, node: &str, max: usize, after: Option<&str>) -> Element {
    let mut request = Element::bare("pubsub", OWNER);
    request.append_child(element(list, OWNER, &[("node", node)]));
    with_window(request, max, after)
}

/// One of one's own lists, `affiliations` or `subscriptions`.
pub fn own(list: &str, max: usize, after: Option<&str>) -> Element {
    with_window(pubsub(Element::bare(list, NS)), max, after)
}
