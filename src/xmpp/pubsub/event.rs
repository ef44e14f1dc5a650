//! What a pubsub service tells unasked (XEP-0060 §7.1.2, §7.2.2, §8.3 to §8.5).

use minidom::{Element, Node};

use super::EVENT;
use super::answer::{Item, read_item};
use crate::xmpp::element::is_cut_mark;

/// How many items are read from one notice.
const MAX_ITEMS: usize = 200;

/// A notice about one node.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The node.
    pub node: String,
    /// What happened there.
    pub what: Happening,
}

/// What happened at a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// Items were published (with or without what is in them) and retracted (ids).
    Items {
        /// Published.
        items: Vec<Item>,
        /// Retracted.
        retracted: Vec<String>,
    },
    /// All items were taken away.
    Purged,
    /// The node was taken away.
    Deleted,
    /// It is configured anew.
    Configured,
}

/// Reads the notices of a message. A message with two `<event/>`s has none: which one was meant?
pub fn read(message: &Element) -> Vec<Notice> {
    if message.name() != "message" || message.attr("type") == Some("error") {
        return Vec::new();
    }
    let mut events = message.children().filter(|child| child.is("event", EVENT));
    match (events.next(), events.next()) {
        (Some(event), None) => event.children().take(MAX_ITEMS).filter_map(read_notice).collect(),
        _ => Vec::new(),
    }
}

fn read_notice(child: &Element) -> Option<Notice> {
    if !child.has_ns(EVENT) {
        return None;
    }
    let what = match child.name() {
        "items" => read_list(child),
        "purge" => Happening::Purged,
        "delete" => Happening::Deleted,
        "configuration" => Happening::Configured,
        _ => return None,
    };
    Some(Notice { node: child.attr("node")?.to_owned(), what })
}

fn read_list(list: &Element) -> Happening {
    let mut items = Vec::new();
    let mut retracted = Vec::new();
    for child in list.nodes().filter_map(Node::as_element).take(MAX_ITEMS) {
        if child.is("item", EVENT) && !is_cut_mark(child) {
            items.push(read_item(child.clone()));
        } else if child.is("retract", EVENT) {
            retracted.extend(child.attr("id").map(str::to_owned));
        }
    }
    Happening::Items { items, retracted }
}
